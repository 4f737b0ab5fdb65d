import json
import re
import shutil
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner, Result

from debar import packs
from debar.cli.policy import policy
from debar.cli.schema import schema
from debar.errors import PolicyError, UsageError

BUNDLED = "us-kaspersky"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(policy, [str(argument) for argument in arguments])


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(Path(__file__).parent / "data" / "tiny", tmp_path / "tiny"))


def edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def test_list_names_every_bundled_pack_with_its_regimes() -> None:
    result = run("list")
    pack = packs.load(BUNDLED)
    assert result.exit_code == 0
    assert f"{pack.id} {pack.version}: {pack.title}" in result.output
    assert all(regime.id in result.output for regime in pack.regimes)


def test_lint_is_quiet_about_a_clean_pack(tiny: Path) -> None:
    result = run("lint", tiny)
    assert (result.exit_code, result.output) == (0, "tiny: 0 mistakes\n")


def test_lint_prints_places_that_can_be_clicked_and_exits_with_4(tiny: Path) -> None:
    edit(tiny, "facts/all.yaml", "certain", "sure")
    result = run("lint", tiny)
    assert result.exit_code == 4
    assert result.output == (
        "tiny/facts/all.yaml:7: facts[0].confidence: sure is none of weak, likely, certain\ntiny: 1 mistake\n"
    )


def test_what_a_pack_says_is_made_safe_before_it_is_printed(tiny: Path) -> None:
    edit(tiny, "pack.yaml", "title: Acme in Nowhere", 'title: "Acme \\u202e\\e[31m"')
    edit(tiny, "facts/all.yaml", "what: the engine", 'what: "the\\a engine"')
    edit(tiny, "facts/all.yaml", "confidence: likely", 'confidence: likely\n    "\\e]0;": 1')
    for arguments in (["lint"], ["show"], ["show", "--fact", "A-1"], ["show", "--format", "json"]):
        output = run(arguments[0], tiny, *arguments[1:]).output
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", output), arguments


def test_compile_writes_what_load_then_uses(tiny: Path) -> None:
    before = packs.load(tiny)
    assert run("compile", tiny).exit_code == 0
    assert (tiny / "compiled.json").read_bytes() == packs.compile_pack(tiny)
    assert packs.load(tiny) == before
    edit(tiny, "pack.yaml", "vendor: Acme", "vendor: Emca")
    stale = run("lint", tiny)
    assert stale.exit_code == 4
    assert "debar policy compile" in stale.output


def test_compile_refuses_a_pack_with_mistakes(tiny: Path) -> None:
    edit(tiny, "facts/all.yaml", "certain", "sure")
    result = run("compile", tiny)
    assert isinstance(result.exception, PolicyError)
    assert not (tiny / "compiled.json").exists()


def test_show_tells_what_the_pack_is(tiny: Path) -> None:
    output = run("show", tiny).output
    for part in (
        "tiny 1: Acme in Nowhere",
        "due for an update after 2027-05-20",
        "rule-one (default)",
        "Not legal advice",
    ):
        assert part in output


def test_show_regime_resolves_inheritance_for_every_profile(tiny: Path) -> None:
    output = run("show", tiny, "--regime", "rule-one").output
    rows = [line.split() for line in output.splitlines() if line.strip().startswith("engine ")]
    assert rows == [
        ["engine", "fail", "(fail)", "(fail)", "(fail)", "note", "(note)", "(note)", "(note)"],
        ["engine", "review", "(review)", "(review)", "(review)", "note", "(note)", "(note)", "(note)"],
    ]
    for part in (
        "1 NWR 1",
        "2024-09-29 04:00 UTC",
        "strict (default)",
        '"No Acme."',
        "read in the source",
        "Not legal",
    ):
        assert part in output


def test_show_regime_says_what_waits_for_its_day(tiny: Path) -> None:
    edit(tiny, "regimes/rule-one.yaml", "    use: build\n", "    use: build\n    effective: 2030-01-01T00:00:00Z\n")
    assert "waiting" in run("show", tiny, "--regime", "rule-one").output.split("Rules")[0]


def test_show_facts_gives_a_line_each(tiny: Path) -> None:
    assert [line.split()[0] for line in run("show", tiny, "--facts").output.splitlines()] == ["A-1", "A-2"]


def test_show_fact_gives_its_source_and_entity(tiny: Path) -> None:
    output = run("show", tiny, "--fact", "A-1").output
    assert "PyPI (read in the source)" in output
    assert "Acme Ltd, vendor: It says so" in output
    assert "NOT VERIFIED" in run("show", tiny, "--fact", "A-2").output


@pytest.mark.parametrize(
    ("arguments", "key"), [([], "regimes"), (["--regime", "rule-one"], "rules"), (["--fact", "A-1"], "values")]
)
def test_show_prints_json_too(tiny: Path, arguments: list[str], key: str) -> None:
    assert key in json.loads(run("show", tiny, *arguments, "--format", "json").output)


def test_show_json_of_facts_is_a_list(tiny: Path) -> None:
    assert [fact["id"] for fact in json.loads(run("show", tiny, "--facts", "--format", "json").output)] == [
        "A-1",
        "A-2",
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--fact", "A-11"], "no fact 'A-11'; like it: A-1"),
        (["--regime", "rule-on"], "no regime 'rule-on'; like it: rule-one"),
        (["--fact", "A-1", "--facts"], "only one of"),
    ],
)
def test_show_says_what_cannot_be_shown(tiny: Path, arguments: list[str], says: str) -> None:
    error = run("show", tiny, *arguments).exception
    assert isinstance(error, UsageError)
    assert says in str(error)


def test_the_cases_of_the_tiny_pack_hold(tiny: Path) -> None:
    result = run("test", tiny)
    assert (result.exit_code, result.output) == (0, "6 cases, 0 failed\n")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        (
            "outcome: fail}",
            "outcome: note}",
            2,
            "expected note for engine by rule-one/all-shipped, got fail for engine as shipped by rule-one/all-shipped",
        ),
        ("acme-av, version", "other, version", 0, ""),
        (
            "use: build\n    expect: {article: engine, outcome: note}",
            "expect: {article: engine, outcome: fail}",
            6,
            "expected fail for engine by rule-one/all-build, got fail for engine as shipped by rule-one/all-shipped",
        ),
        (
            "pkg:npm/",
            "pkg:pypi/",
            15,
            "expected no finding, got fail for engine as shipped by rule-one/all-shipped, from",
        ),
        (
            "made by acmesky",
            "made by somebody",
            19,
            "expected review for entity, got no finding. Hint: no fact matches",
        ),
        ("article: entity,", "article: training,", 19, "Hint: the article comes from the fact"),
    ],
)
def test_a_case_that_fails_is_told_with_its_place_and_a_hint(
    tiny: Path, old: str, new: str, line: int, says: str
) -> None:
    edit(tiny, "cases/all.yaml", old, new)
    result = run("test", tiny)
    *failed, last = result.output.splitlines()
    assert last == f"6 cases, {len(failed)} failed"
    assert result.exit_code == (1 if line else 0)
    for shown in failed:
        assert shown.startswith(f"tiny/cases/all.yaml:{line}: ")
        assert says in shown


def test_a_pack_without_cases_is_not_a_success(tiny: Path) -> None:
    shutil.rmtree(tiny / "cases")
    result = run("test", tiny)
    assert (result.exit_code, result.output) == (1, "0 cases, 0 failed\n")


@pytest.mark.parametrize("name", ["pack", "entities", "facts", "regime", "cases", "report"])
def test_schema_prints_a_json_schema(name: str) -> None:
    result = CliRunner().invoke(schema, [name])
    assert result.exit_code == 0
    printed = json.loads(result.output)
    assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(printed)


@pytest.mark.parametrize("command", ["list", "show", "lint", "test", "compile"])
def test_help_has_an_example(command: str) -> None:
    assert f"debar policy {command}" in run(command, "--help").output
