"""The page about reports knows every format, and what it shows is what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hostile import example

from debar import report

PAGE = (Path(__file__).parents[2] / "docs" / "reports.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"<!-- (\w+) (\S+) -->\n```\w*\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("format_", "name", "lines"), SHOWN, ids=[format_ for format_, _, _ in SHOWN])
def test_excerpts_are_real(format_: str, name: str, lines: str) -> None:
    found = [line.strip() for line in report.render(example(name), format_).splitlines()]

    assert [line for line in lines.splitlines() if line.strip() not in found] == []


def test_the_picture_is_real() -> None:
    assert f"```mermaid\n{report.render(example('engine-two-paths.cdx.json'), 'mermaid')}```" in PAGE


def test_every_format_and_its_endings_stand_in_the_table() -> None:
    table = re.findall(r"^\| `([\w-]+)` \|([^|]*)\|", PAGE, re.MULTILINE)
    rows = {name: re.findall(r"`(\.[\w.]+)`", cell) for name, cell in table}

    assert rows == {name: list(item.endings) for name, item in report.FORMATS.items()}
