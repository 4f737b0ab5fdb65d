"""Every example prints what its expected file holds, and ends as its name promises."""

from __future__ import annotations

from pathlib import Path

import pytest
import update_examples

SBOMS = update_examples.sboms()


@pytest.mark.parametrize("path", SBOMS, ids=[path.name for path in SBOMS])
def test_example_prints_what_is_expected(path: Path) -> None:
    printed = update_examples.run(path)

    assert printed == update_examples.expected(path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("clean.cdx.json", "PASS"),
        ("engine-two-paths.cdx.json", "FAIL"),
        ("everywhere.cdx.json", "FAIL"),
        ("incomplete.spdx", "INCOMPLETE"),
        ("orphan.cdx.xml", "FAIL"),
        ("test-dependency.cdx.json", "PASS"),
        ("test-dependency-unscoped.cdx.json", "REVIEW"),
        ("threat-intelligence.cdx.json", "PASS"),
        ("vendor-own.cdx.json", "FAIL"),
    ],
)
def test_example_shows_what_it_is_for(name: str, verdict: str) -> None:
    text = update_examples.expected(update_examples.EXAMPLES / name).read_text(encoding="utf-8")

    assert text.splitlines()[1].startswith(f"{verdict}  ")
    assert text.endswith(f"exit code {int(verdict != 'PASS')}\n")


@pytest.mark.parametrize("name", update_examples.MORE)
def test_example_of_several_files_prints_what_is_expected(name: str) -> None:
    assert update_examples.run_more(name) == update_examples.expected_more(name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "heading", "says"),
    [
        ("waived", "PASS, 1 finding waived  ", "WAIVER-2025-001 (examples/accepted/waivers.yaml:10) expired"),
        (
            "waived-one-path",
            "FAIL  ",
            "WAIVER-2026-008 (examples/accepted/paths.yaml:3) is unused: another path is left",
        ),
        ("baseline", "FAIL  ", "new: the baseline lacks the edge acme-gateway@4.2.0 -> mail-filter@3.4.1"),
        ("new-only", "PASS, 9 existing not gated  ", "gone since the baseline"),
    ],
)
def test_example_of_several_files_shows_what_it_is_for(name: str, heading: str, says: str) -> None:
    text = update_examples.expected_more(name).read_text(encoding="utf-8")

    assert text.splitlines()[1].startswith(heading)
    assert says in text
    assert text.endswith(f"exit code {int(not heading.startswith('PASS'))}\n")


def test_every_example_has_an_expected_file_and_no_other() -> None:
    files = {path.name for path in (update_examples.EXAMPLES / "expected").iterdir()}

    assert files == {f"{path.name}.txt" for path in SBOMS} | {f"{name}.txt" for name in update_examples.MORE}
