from collections import Counter

import pytest

from debar import packs
from debar.cli.policy import failure
from debar.model.policy import Pack
from debar.packs import Case

FOLDER = packs.bundled()["us-kaspersky"]
CASES = packs.cases(FOLDER)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return packs.load(FOLDER)


def test_the_pack_has_no_mistake() -> None:
    assert packs.lint(FOLDER) == []


def test_the_compiled_form_is_that_of_the_files() -> None:
    compiled = FOLDER / "compiled.json"
    assert compiled.is_file(), "run `debar policy compile`"
    assert compiled.read_bytes().replace(b"\r\n", b"\n") == packs.compile_pack(FOLDER), "run `debar policy compile`"


def test_no_indicator_was_lost_or_doubled(pack: Pack) -> None:
    ids = Counter(fact.id for fact in pack.facts if fact.id.startswith("KI-"))
    assert ids == {f"KI-{number:04}": 1 for number in range(1, 246)}


def test_every_fact_has_a_source_and_a_meaning(pack: Pack) -> None:
    assert [fact.id for fact in pack.facts if not fact.source.strip() or not fact.what.strip()] == []


def test_every_quotation_says_where_it_was_read(pack: Pack) -> None:
    assert [
        f"{regime.id}/{quotation.id}"
        for regime in pack.regimes
        for quotation in regime.quotations
        if not quotation.source.strip()
    ] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}:{case.name}")
def test_a_case_comes_to_what_it_expects(pack: Pack, case: Case) -> None:
    assert failure(pack, case) == ""
