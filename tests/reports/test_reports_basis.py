"""What a verdict rests on is told in every format that has words for it: packs, private facts, corrections."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from hostile import EXAMPLES
from lxml import etree

from debar import report
from debar.cli.check import check

FORMATS = [name for name in report.FORMATS if name not in {"github", "mermaid", "dot"}]
SBOM = EXAMPLES / "engine-two-paths.cdx.json"


def told(format_: str, folder: Path, *more: str) -> str:
    """Return the report of a check by two packs with private facts and corrections that stand in `folder`."""
    for name in ("facts.yaml", "corrections.yaml"):
        shutil.copy(EXAMPLES / "knowledge" / name, folder)
    own = ["--facts", str(folder / "facts.yaml"), "--corrections", str(folder / "corrections.yaml")]
    packs = ["--policy", "us-kaspersky", "--policy", "us-section-889"]
    done = CliRunner().invoke(check, [str(SBOM), *packs, *own, "--format", format_, *more])
    assert done.exit_code == 1, done.output
    return done.stdout


@pytest.mark.parametrize("format_", FORMATS)
def test_what_the_user_knew_is_told_with_its_file(tmp_path: Path, format_: str) -> None:
    found = told(format_, tmp_path)

    assert "facts.yaml" in found
    assert "corrections.yaml" in found
    assert "filled in from a template" in found or format_ == "cyclonedx"
    assert "us-section-889" in found


def test_the_first_annotation_counts_corrections(tmp_path: Path) -> None:
    assert "1 correction of the user's own applied" in told("github", tmp_path).splitlines()[0]


@pytest.mark.parametrize("format_", [name for name in FORMATS if report.FORMATS[name].redactable])
def test_folders_of_the_users_files_are_redacted(tmp_path: Path, format_: str) -> None:
    found = told(format_, tmp_path, "--redact")

    assert "corrections.yaml" in found
    assert str(tmp_path) not in found


def test_each_pack_has_suites_and_rules_of_its_own(tmp_path: Path) -> None:
    suites = etree.fromstring(told("junit", tmp_path).encode())

    assert {suite.get("name").split(": ")[1].split("-")[1] for suite in suites} >= {"bis", "section"}


def test_a_disclaimer_that_another_one_goes_on_from_is_told_once(tmp_path: Path) -> None:
    found = told("text", tmp_path)

    assert found.count("Not legal advice.") == 1
    assert "a pass says nothing about hardware" in " ".join(found.split())
