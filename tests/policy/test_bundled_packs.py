"""Every pack that comes with debar: its own mistakes, its cases, its compiled form."""

from collections import Counter
from pathlib import Path

import pytest

from debar import packs
from debar.cli.policy import failure
from debar.model.policy import Pack
from debar.packs import Case

FOLDERS = packs.bundled()
CASES = [(name, case) for name, folder in FOLDERS.items() for case in packs.cases(folder)]


@pytest.fixture(scope="module")
def loaded() -> dict[str, Pack]:
    return {name: packs.load(folder) for name, folder in FOLDERS.items()}


def test_the_bundled_packs_are_known() -> None:
    assert list(FOLDERS) == ["us-kaspersky", "us-section-889"]


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS.keys())
def test_a_pack_has_no_mistake(folder: Path) -> None:
    assert packs.lint(folder) == []


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS.keys())
def test_a_pack_is_data_only(folder: Path) -> None:
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} == {".yaml", ".json"}


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS.keys())
def test_the_compiled_form_is_that_of_the_files(folder: Path) -> None:
    compiled = folder / "compiled.json"
    assert compiled.is_file(), "run `just packs`"
    assert compiled.read_bytes().replace(b"\r\n", b"\n") == packs.compile_pack(folder), "run `just packs`"


def test_no_indicator_was_lost_or_doubled(loaded: dict[str, Pack]) -> None:
    ids = Counter(fact.id for fact in loaded["us-kaspersky"].facts if fact.id.startswith("KI-"))
    assert ids == {f"KI-{number:04}": 1 for number in range(1, 246)}


def test_every_fact_has_a_source_and_a_meaning(loaded: dict[str, Pack]) -> None:
    facts = [fact for pack in loaded.values() for fact in pack.facts]
    assert [fact.id for fact in facts if not fact.source.strip() or not fact.what.strip()] == []


def test_ids_of_facts_and_regimes_tell_all_bundled_packs_apart(loaded: dict[str, Pack]) -> None:
    ids = Counter(item.id for pack in loaded.values() for item in (*pack.facts, *pack.regimes))
    assert [name for name, count in ids.items() if count > 1] == []


def test_every_quotation_says_where_it_was_read(loaded: dict[str, Pack]) -> None:
    assert [
        f"{regime.id}/{quotation.id}"
        for pack in loaded.values()
        for regime in pack.regimes
        for quotation in regime.quotations
        if not quotation.source.strip()
    ] == []


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}/{case.file}:{case.name}" for name, case in CASES])
def test_a_case_comes_to_what_it_expects(loaded: dict[str, Pack], name: str, case: Case) -> None:
    assert failure(loaded[name], case) == ""
