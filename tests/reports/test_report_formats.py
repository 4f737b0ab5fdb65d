"""What each format promises beyond what all share: sizes, schemas, counts."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hostile import EXAMPLES, OPTIONS, PACK, component, example, judged
from hypothesis import given, settings
from hypothesis import strategies as st
from joining import joined
from lxml import etree

from conftest import cyclonedx
from debar import pipeline, report, validate
from debar.model.decision import Verdict
from debar.model.policy import Article
from debar.report import picture
from debar.report.table import COLUMNS
from debar.report.wording import ARTICLES

JUNIT = etree.XMLSchema(etree.parse(Path(__file__).parent / "schemas" / "junit-10.xsd"))
TEXT = st.text(max_size=40).map(lambda text: text.encode("utf-8", "replace").decode())


def judge(data: bytes, path: str = "a.json") -> Verdict:
    return pipeline.check([pipeline.Input(path=path, data=data)], pack=PACK, options=OPTIONS)


@pytest.fixture(scope="module")
def many() -> Verdict:
    """Return a product with 3,000 findings whose names are long and whose characters take three bytes."""
    return judge(cyclonedx(*(component(f"{number} {'漢' * 200}") for number in range(3_000))))


def test_a_job_summary_stays_below_a_million_bytes_and_says_what_it_cut(many: Verdict) -> None:
    found = report.render(many, "markdown")

    assert 900_000 < len(found.encode()) <= 1_000_000
    assert "more sections do not fit into a job summary" in found
    assert "### Regimes" in found
    assert found.count("```") % 2 == 0
    assert found.rstrip().endswith("</sub>")
    page = joined("markdown", [found] * 3)
    assert len(page.encode()) <= 1_000_000
    assert "2 more reports do not fit" in page


def test_ten_annotations_at_most_the_first_for_all(many: Verdict) -> None:
    lines = report.render(many, "github").splitlines()

    assert len(lines) == 10
    assert lines[0].startswith("::warning title=debar%3A REVIEW::")
    assert "2,991 more findings have no annotation" in lines[0]
    assert all(len(line) < 8_000 for line in lines)
    found = joined("github", (report.render(example(path.name), "github") for path in EXAMPLES.glob("*.*")))
    assert len(found.splitlines()) == 10
    assert found.splitlines()[-1].startswith("::warning title=debar::")
    assert "::notice" not in found


def test_pictures_stay_within_what_mermaid_draws(many: Verdict) -> None:
    drawn = picture.mermaid(many)

    assert drawn.count("-->") <= 500
    assert len(drawn) <= 50_000
    assert "more findings are not drawn" in drawn


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.*")), ids=lambda path: path.name)
def test_junit_follows_its_schema(path: Path) -> None:
    verdict = example(path.name)
    tree = etree.fromstring(report.render(verdict, "junit").encode())
    JUNIT.assertValid(tree)

    for suite, regime in zip(tree, verdict.regimes, strict=True):
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
        assert int(suite.get("failures")) == len(list(suite.iter("failure")))
        assert int(suite.get("errors")) == len(list(suite.iter("error")))
        bad = list(suite.iter("failure", "error", "skipped"))
        assert bool(bad) == (regime.gating and regime.status.value != "pass")


@given(st.lists(TEXT, min_size=1, max_size=3))
@settings(max_examples=40)
def test_any_name_makes_valid_junit_and_csv(names: list[str]) -> None:
    verdict = judged(*names)
    rows = list(csv.reader(StringIO(report.render(verdict, "csv"))))

    JUNIT.assertValid(etree.fromstring(report.render(verdict, "junit").encode()))
    assert {len(row) for row in rows} == {len(COLUMNS)}


def test_every_article_is_worded() -> None:
    assert ARTICLES.keys() == set(Article)


def test_a_regime_of_another_market_is_skipped() -> None:
    options = pipeline.Options(as_of="2026-11-21T00:00:00Z", market="de")
    inputs = [pipeline.from_file(EXAMPLES / "engine-two-paths.cdx.json")]
    verdict = pipeline.check(inputs, pack=PACK, options=options)
    tree = etree.fromstring(report.render(verdict, "junit").encode())

    assert [item.tag for item in tree[0].iter("skipped", "failure")] == ["skipped"]


DOCUMENT: dict[str, Any] = json.loads((EXAMPLES / "engine-two-paths.cdx.json").read_bytes())


def _older(document: dict[str, Any], version: str) -> bytes:
    """Return the example as an older version has it."""
    plain = {**document, "specVersion": version, "metadata": {"component": document["metadata"]["component"]}}
    plain.pop("$schema", None)
    return json.dumps(plain).encode()


@pytest.mark.parametrize("version", ["1.3", "1.4", "1.5", "1.6", "1.7"])
def test_the_annotated_sbom_is_valid_and_says_the_same(version: str) -> None:
    given_ = _older(DOCUMENT, version)
    verdict = judge(given_)
    found = report.render(verdict, "cyclonedx").encode()
    document = json.loads(found)

    assert not validate.validate(given_, "a.json", "CycloneDX JSON", version)
    assert not validate.validate(found, "a.json", "CycloneDX JSON", version)
    assert document["version"] == 2
    assert ("annotations" in document) == (version >= "1.5")
    again = judge(found)
    assert [(item.id, item.use) for item in again.findings] == [(item.id, item.use) for item in verdict.findings]
    assert json.loads(report.render(again, "cyclonedx"))["components"] == document["components"]


def test_an_annotated_clean_sbom_stays_clean() -> None:
    again = judge(report.render(example("clean.cdx.json"), "cyclonedx").encode())

    assert (again.status.value, again.findings) == ("pass", ())


def test_a_signature_goes_since_it_no_longer_holds() -> None:
    signed = {**DOCUMENT, "signature": {"algorithm": "ES256", "value": "x"}}

    assert "signature" not in json.loads(report.render(judge(json.dumps(signed).encode()), "cyclonedx"))
