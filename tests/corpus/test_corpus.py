"""Real SBOMs that others wrote: each is read, each known component is found, and nothing else is reported."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from conftest import SHARED
from debar import packs, pipeline
from debar.errors import UnsupportedFormat
from debar.model.decision import Verdict
from debar.model.policy import Outcome
from debar.pipeline import Options

CORPUS = SHARED / "corpus"
REFERENCE = SHARED / "reference" / "sboms"
PACK = packs.load(packs.find("us-kaspersky"))
OPTIONS = Options(as_of="2026-11-21T00:00:00Z")

pytestmark = pytest.mark.corpus


def rows(name: str) -> list[dict[str, str]]:
    path = CORPUS / name
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())) if path.exists() else []


MANIFEST = rows("MANIFEST.csv")
TRUTH = {row["path"]: row["kaspersky_component_purls"].split() for row in rows("TRUTH.csv")}
#: What debar recognises and refuses by name.
REFUSED = ("protobuf", "textproto")


def check(path: Path) -> Verdict:
    return pipeline.check([pipeline.from_file(path)], pack=PACK, options=OPTIONS)


@pytest.mark.skipif(not MANIFEST, reason="not here")
@pytest.mark.parametrize("row", MANIFEST, ids=[row["path"] for row in MANIFEST])
def test_real_sbom(row: dict[str, str]) -> None:
    path = CORPUS / row["path"]
    if any(word in row["format"] or row["path"].endswith(word) for word in REFUSED):
        with pytest.raises(UnsupportedFormat):
            check(path)
        return

    verdict = check(path)
    loud = {
        verdict.components[finding.component].purl
        for finding in verdict.findings
        if any(ruling.outcome in {Outcome.FAIL, Outcome.REVIEW} for ruling in finding.rulings)
    }
    found = {verdict.components[finding.component].purl for finding in verdict.findings}

    assert set(TRUTH.get(row["path"], ())) <= found
    assert loud <= set(TRUTH.get(row["path"], ()))


@pytest.mark.skipif(not REFERENCE.exists(), reason="not here")
@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("cyclonedx-py-env.cdx.json", {"opentip@1.2", "triangle-check@1.1", "kasperskytip@1.0"}),
        ("npm-sbom-hexa-ui-core.cdx.json", {"@kaspersky/hexa-ui-core@0.9.12"}),
        ("npm-sbom-hexa-ui-core.spdx.json", {"@kaspersky/hexa-ui-core@0.9.12"}),
    ],
)
def test_generator_output(name: str, labels: set[str]) -> None:
    verdict = check(REFERENCE / name)
    found = {verdict.components[finding.component].label for finding in verdict.findings}

    assert labels <= found
