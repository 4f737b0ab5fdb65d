"""SARIF that the OASIS schema and GitHub code scanning accept, whatever the SBOM holds."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hostile import EVIL, EXAMPLES, OPTIONS, PACK, component, example, judged
from hypothesis import given, settings
from hypothesis import strategies as st
from joining import joined
from msgspec.structs import replace

from conftest import cyclonedx
from debar import pipeline, report
from debar.errors import UsageError
from debar.model.policy import Outcome
from debar.report import sarif

SCHEMA = jsonschema_rs.validator_for(
    json.loads((Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8")),
    validate_formats=True,
)
NAMES = sorted(path.name for path in EXAMPLES.glob("*.*"))


def locations(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every location of a result: its own, related ones, and the steps of its flows."""
    steps = [step["location"] for flow in result.get("codeFlows", ()) for step in flow["threadFlows"][0]["locations"]]
    return [*result["locations"], *result.get("relatedLocations", ()), *steps]


def accepted(text: str) -> dict[str, Any]:
    """Hold a log to the schema and to what GitHub documents; return its run.

    https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
    """
    log = json.loads(text)
    SCHEMA.validate(log)
    (run,) = log["runs"]
    assert log["$schema"]
    assert log["version"] == "2.1.0"
    assert len(gzip.compress(text.encode())) < 10_000_000
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert "/" not in rule["id"]
        assert 0 < len(rule["name"]) <= 255
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
        assert len(rule["properties"]["tags"]) <= 10
        assert "security-severity" not in rule["properties"]
    assert len(run["results"]) <= 5_000
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert result["partialFingerprints"]["primaryLocationLineHash"]
        assert len(result["locations"]) == 1
        assert len(locations(result)) <= 1_100
        for place in locations(result):
            physical = place["physicalLocation"]
            uri, region = physical["artifactLocation"]["uri"], physical["region"]
            assert uri
            assert uri.isascii()
            assert not uri.startswith(("/", "../"))
            assert ":" not in uri
            assert all(region[key] >= 1 for key in ("startLine", "startColumn", "endLine", "endColumn"))
    return run  # type: ignore[no-any-return] # a run is an object


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_accepted(name: str) -> None:
    accepted(report.render(example(name), "sarif"))


@given(st.lists(st.text(max_size=40), min_size=1, max_size=3), st.text(min_size=1, max_size=40))
@settings(max_examples=40)
def test_any_name_is_accepted(names: list[str], path: str) -> None:
    names = [name.encode("utf-8", "replace").decode() for name in names]

    accepted(report.render(judged(*names, path=path), "sarif"))


@pytest.mark.parametrize(
    "path", [*EVIL.values(), "/", ".", "..", "a:b", "C:\\a\\b.json", "/abs/a.json", "../../a.json"]
)
def test_any_file_name_is_accepted(path: str) -> None:
    accepted(report.render(judged("x", path=path or "x"), "sarif"))


def test_an_alert_stands_on_its_component_and_shows_the_way() -> None:
    (result,) = accepted(report.render(example("engine-two-paths.cdx.json"), "sarif"))["results"]
    lines = (EXAMPLES / "engine-two-paths.cdx.json").read_text(encoding="utf-8").split("\n")

    for place in locations(result):
        region = place["physicalLocation"]["region"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "examples/engine-two-paths.cdx.json"
        assert lines[region["startLine"] - 1][region["startColumn"] - 1] == "{"
    assert [place["message"]["text"] for place in result["relatedLocations"]] == [
        "acme-gateway@4.2.0",
        "mail-filter@3.4.1",
        "av-bridge@1.7.0",
        "Kaspersky Scan Engine@2.1.0",
    ]
    assert "[av-bridge@1.7.0](3)" in result["message"]["text"]
    assert [len(flow["threadFlows"][0]["locations"]) for flow in result["codeFlows"]] == [4, 4]


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("engine-two-paths.cdx.json", ["error"]),
        ("test-dependency-unscoped.cdx.json", ["warning"]),
        ("test-dependency.cdx.json", ["note"]),
        ("incomplete.spdx", ["warning"]),
        ("clean.cdx.json", []),
    ],
)
def test_levels_follow_the_regimes_that_decide(name: str, levels: list[str]) -> None:
    run = accepted(report.render(example(name), "sarif"))

    assert [result["level"] for result in run["results"]] == levels


def test_incomplete_says_what_is_missing() -> None:
    (result,) = accepted(report.render(example("incomplete.spdx"), "sarif"))["results"]

    assert result["ruleId"] == "us-kaspersky-inventory"
    assert "declared-incomplete (1)" in result["message"]["text"]


def test_an_alert_is_the_same_wherever_its_component_moves() -> None:
    def prints(data: bytes) -> dict[str, str]:
        verdict = pipeline.check([pipeline.Input(path="a.json", data=data)], pack=PACK, options=OPTIONS)
        results = accepted(report.render(verdict, "sarif"))["results"]
        return {
            item["properties"]["findingId"]: item["partialFingerprints"]["primaryLocationLineHash"] for item in results
        }

    first, second = component("one"), component("two")

    assert prints(cyclonedx(first, second)) == prints(b"\n\n" + cyclonedx(second, first))
    assert len(set(prints(cyclonedx(first, second)).values())) == 2


def test_an_anchor_bears_every_alert_and_keeps_the_place_in_words() -> None:
    for name in ("engine-two-paths.cdx.json", "incomplete.spdx"):
        run = accepted(report.render(example(name), "sarif", sarif_anchor="./.github/workflows/sbom check.yml"))
        (result,) = run["results"]
        for place in locations(result):
            assert place["physicalLocation"] == {
                "artifactLocation": {"uri": ".github/workflows/sbom%20check.yml"},
                "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2},
            }
            assert f"at examples/{name}" in place["message"]["text"]


def test_what_does_not_fit_is_counted() -> None:
    names = [component(f"part {number}") for number in range(5_100)]
    data = cyclonedx(*names)
    verdict = pipeline.check([pipeline.Input(path="a.json", data=data)], pack=PACK, options=OPTIONS)
    run = accepted(report.render(verdict, "sarif"))

    assert len(run["results"]) == 5_000
    assert run["results"][-1]["ruleId"] == "us-kaspersky-limits"
    assert "101 more findings" in run["results"][-1]["message"]["text"]


def test_a_log_stays_below_the_size_that_github_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "_MOST_COMPRESSED", 4_000)
    verdict = judged(*(f"part {number}" for number in range(200)))
    run = accepted(report.render(verdict, "sarif"))

    assert 1 < len(run["results"]) < 200
    shown = len(run["results"]) - 1
    assert f"{len(verdict.findings) - shown:,} more findings" in run["results"][-1]["message"]["text"]


def test_a_long_path_shows_its_ends() -> None:
    count = 400
    chain = [{"name": f"n{number}", "bom-ref": f"n{number}"} for number in range(count)]
    edges = [{"ref": f"n{number}", "dependsOn": [f"n{number + 1}"]} for number in range(count - 1)]
    last = {**component("end"), "bom-ref": f"n{count - 1}"}
    data = cyclonedx(*chain[:-1], last, dependencies=[{"ref": "product", "dependsOn": ["n0"]}, *edges])
    verdict = pipeline.check([pipeline.Input(path="a.json", data=data)], pack=PACK, options=OPTIONS)
    inventory, result = accepted(report.render(verdict, "sarif"))["results"]

    assert inventory["level"] == "note"
    assert "... 377 more ..." in result["message"]["text"]
    assert len(result["codeFlows"][0]["threadFlows"][0]["locations"]) == 24


def test_several_products_are_runs_of_their_own() -> None:
    texts = [report.render(example(name), "sarif") for name in NAMES]
    log = json.loads(joined("sarif", texts))

    SCHEMA.validate(log)
    assert len({run["automationDetails"]["id"] for run in log["runs"]}) == len(NAMES)
    with pytest.raises(UsageError, match="20 SBOMs"):
        joined("sarif", texts * 3)


def test_a_waived_finding_is_suppressed() -> None:
    verdict = example("engine-two-paths.cdx.json")
    (finding,) = verdict.findings
    rulings = tuple(replace(ruling, outcome=Outcome.WAIVED) for ruling in finding.rulings)
    (result,) = accepted(report.render(replace(verdict, findings=(replace(finding, rulings=rulings),)), "sarif"))[
        "results"
    ]

    assert result["level"] == "note"
    assert result["suppressions"][0]["kind"] == "external"
