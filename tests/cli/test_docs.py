"""Pages that are made from the code are current, and the README shows real output."""

from __future__ import annotations

import re
from pathlib import Path

import make_docs
import pytest

ROOT = Path(__file__).parents[2]
PAGES = [path for folder in (".", "docs", "policy") for path in sorted((ROOT / folder).glob("*.md"))]


@pytest.mark.parametrize("name", make_docs.PAGES)
def test_made_pages_are_current(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == make_docs.PAGES[name]()


def test_readme_shows_what_the_example_prints() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    expected = (ROOT / "examples/expected/engine-two-paths.cdx.json.txt").read_text(encoding="utf-8")

    assert f"```\n{expected}```" in readme


def test_readme_shows_pictures_that_are_small_and_in_both_schemes() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = set(re.findall(r'(?:srcset|src)="([^"]+)"', readme))

    assert shown == {f"docs/pictures/{path.name}" for path in (ROOT / "docs/pictures").iterdir()}
    assert {name.rpartition("-")[2] for name in shown} == {"light.png", "dark.png"}
    assert all((ROOT / name).stat().st_size < 200_000 for name in shown)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))

    assert all((page.parent / link).exists() for link in links), links
