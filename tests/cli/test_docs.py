"""Pages that are made from the code are current, and the README shows real output."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import make_docs


@pytest.mark.parametrize("name", make_docs.PAGES)
def test_made_pages_are_current(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == make_docs.PAGES[name]()


def test_readme_shows_what_the_example_prints() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    expected = (ROOT / "examples/expected/engine-two-paths.cdx.json.txt").read_text(encoding="utf-8")

    assert f"```\n{expected}```" in readme


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "policy/README.md"],
    ids=lambda page: page.name,
)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))

    assert all((page.parent / link).exists() for link in links), links
