"""All formats of one run tell the same verdict and the same findings."""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from xml.etree import ElementTree as ET

import lxml.html
import pytest
from hostile import EXAMPLES, OPTIONS, PACK, example

from debar import pipeline, report
from debar.errors import UsageError
from debar.model.decision import Verdict
from debar.model.policy import Outcome
from debar.report.text import gating, label

NAMES = sorted(path.name for path in EXAMPLES.glob("*.*"))
LOUD = {Outcome.FAIL, Outcome.REVIEW}
Told = tuple[str, dict[str, str]]


def _names(verdict: Verdict) -> dict[str, str]:
    """Return the label and outcome of each finding that counts."""
    return {
        label(verdict, finding.component): outcome.value
        for finding in verdict.findings
        if (outcome := gating(verdict, finding).outcome) in LOUD
    }


def _by_id(verdict: Verdict, told: dict[str, str]) -> dict[str, str]:
    labels = {finding.id: label(verdict, finding.component) for finding in verdict.findings}
    return {labels[key]: outcome for key, outcome in told.items() if outcome in {"fail", "review"}}


def _headed(lines: list[str]) -> Told:
    """Read ``FAIL: name (...)`` lines, the first of which is the verdict."""
    status, *found = [line.split(" ", 1) for line in lines]
    return status[0].strip(":").lower(), {name: word.strip(":").lower() for word, name in found}


def from_text(found: str, _verdict: Verdict) -> Told:
    lines = re.findall(r"^((?:FAIL|REVIEW|INCOMPLETE|PASS)  .*)", found, re.MULTILINE)
    return _headed([re.sub(" +", " ", line, count=1) for line in lines])


def from_json(found: str, verdict: Verdict) -> Told:
    shape = json.loads(found)
    gate = next(key for key, item in shape["regimes"].items() if item["gating"])
    ids = {item["id"]: item["outcomes"][gate]["outcome"] for item in shape["findings"]}
    return shape["verdict"], _by_id(verdict, ids)


def from_sarif(found: str, verdict: Verdict) -> Told:
    run = json.loads(found)["runs"][0]
    results = [item["properties"] for item in run["results"] if "findingId" in item.get("properties", {})]
    return run["properties"]["verdict"], _by_id(verdict, {item["findingId"]: item["outcome"] for item in results})


def from_markdown(found: str, _verdict: Verdict) -> Told:
    return _headed([line.replace("`", "") for line in re.findall(r"^##+ (?:\S+ )?([A-Z]+: .*)", found, re.MULTILINE)])


def from_github(found: str, _verdict: Verdict) -> Told:
    titles = [line.replace("%3A", ":") for line in re.findall(r"title=([^,:\n]*)", found)]
    return _headed([line.removeprefix("debar: ").split(",file")[0] for line in titles])


def from_junit(found: str, verdict: Verdict) -> Told:
    suite = ET.fromstring(found)[0]  # noqa: S314 - our own output
    words = {item.get("name"): item.get("value") for item in suite[0]}
    lines = "\n".join(item.text or "" for item in suite.iter("failure"))
    told = re.findall(r"^(FAIL|REVIEW) (.*) at \S+$", lines, re.MULTILINE)
    kinds = {item.get("type") for item in suite.iter() if item.tag in {"failure", "error"}}
    assert (words["debar:verdict"] in kinds) == (verdict.status.value != "pass")
    return str(words["debar:verdict"]), {name: word.lower() for word, name in told}


def from_csv(found: str, verdict: Verdict) -> Told:
    rows = list(csv.DictReader(StringIO(found)))
    return rows[0]["outcome"], _by_id(
        verdict, {row["id"]: row["outcome"] for row in rows if row["record"] == "finding"}
    )


def _drawn(found: str) -> Told:
    labels = re.findall(r'"((?:FAIL|REVIEW|INCOMPLETE|PASS): [^"]*)"', found)
    return _headed([re.sub(r" \([a-z-]+\)$", "", item) for item in labels])


def from_mermaid(found: str, _verdict: Verdict) -> Told:
    return _drawn(re.sub(r"#(\d+);", lambda code: chr(int(code[1])), found))


def from_dot(found: str, _verdict: Verdict) -> Told:
    return _drawn(found)


def from_cyclonedx(found: str, verdict: Verdict) -> Told:
    document = json.loads(found)
    summary = {item["name"]: item["value"] for item in document["metadata"]["properties"]}
    ids: dict[str, str] = {}
    for match in re.finditer(
        r'"debar:finding",\s+"value": ("[^\n]*")\s+},\s+{\s+"name": "debar:outcome",\s+"value": "([a-z-]+)"', found
    ):
        ids[json.loads(match[1])] = match[2]
    return summary["debar:verdict"], _by_id(verdict, ids)


def from_html(found: str, _verdict: Verdict) -> Told:
    page = lxml.html.document_fromstring(found)
    status = page.find_class("status")[0].text_content()
    items = [item.find("summary") for item in page.find_class("finding")]
    words = {item.find_class("name")[0].text_content(): item.find_class("pill")[0].text_content() for item in items}
    return status.lower(), {name: word.lower() for name, word in words.items() if word in {"FAIL", "REVIEW"}}


TOLD = {
    "far-report": from_text,
    "text": from_text,
    "json": from_json,
    "sarif": from_sarif,
    "markdown": from_markdown,
    "github": from_github,
    "junit": from_junit,
    "csv": from_csv,
    "mermaid": from_mermaid,
    "dot": from_dot,
    "cyclonedx": from_cyclonedx,
    "html": from_html,
}


@pytest.mark.parametrize("format_", report.FORMATS)
@pytest.mark.parametrize("name", NAMES)
def test_every_format_tells_the_same(name: str, format_: str) -> None:
    verdict = example(name)
    if format_ == "cyclonedx" and not name.endswith(".cdx.json"):
        with pytest.raises(UsageError, match=r"not into (SPDX|CycloneDX XML)"):
            report.render(verdict, format_)
        return

    told = TOLD[format_](report.render(verdict, format_), verdict)

    assert told == (verdict.status.value, _names(verdict))


def test_a_product_of_several_sboms_has_no_one_cyclonedx_document() -> None:
    inputs = [pipeline.from_file(EXAMPLES / name) for name in ("clean.cdx.json", "engine-two-paths.cdx.json")]
    verdict = pipeline.check(inputs, pack=PACK, options=OPTIONS)

    with pytest.raises(UsageError, match="has several"):
        report.render(verdict, "cyclonedx")
