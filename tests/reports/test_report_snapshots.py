"""What a user gets in each format: one product that fails, one to review, one incomplete, one that passes."""

from __future__ import annotations

import re
from importlib.metadata import version

import pytest
from hostile import example
from syrupy.assertion import SnapshotAssertion

from debar import report

PRODUCTS = {
    "fail": "engine-two-paths.cdx.json",
    "review": "test-dependency-unscoped.cdx.json",
    "incomplete": "incomplete.spdx",
    "pass": "clean.cdx.json",
}


@pytest.mark.parametrize("kind", PRODUCTS)
@pytest.mark.parametrize("format_", [name for name in report.FORMATS if name not in {"text", "cyclonedx"}])
def test_a_report_looks_as_it_did(format_: str, kind: str, snapshot: SnapshotAssertion) -> None:
    verdict = example(PRODUCTS[kind])
    found = report.render(verdict, format_)
    for changing in (verdict.pack.digest, f'"{version("debar")}"', f"debar {version('debar')}", verdict.pack.version):
        found = found.replace(changing, "(changes)")
    found = re.sub(r"sha256-[\w+/=]+|(?<=<style>).*(?=</style>)", "(looks)", found, flags=re.DOTALL)

    assert found == snapshot


@pytest.mark.parametrize("kind", ["fail", "pass"])
def test_an_annotated_sbom_looks_as_it_did(kind: str, snapshot: SnapshotAssertion) -> None:
    verdict = example(PRODUCTS[kind])
    found = report.render(verdict, "cyclonedx")
    for changing in (verdict.pack.digest, f'"{version("debar")}"', verdict.pack.version):
        found = found.replace(changing, "(changes)")

    assert found == snapshot
