"""Write the pages of docs/ that are made from the code: ``python tools/make_docs.py``; ``--check`` only compares."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from debar.model.decision import Completeness
from debar.model.fields import FIELDS, Role
from debar.model.gaps import GAPS, UNIDENTIFIED_SHARE

DOCS = Path(__file__).parents[1] / "docs"


def gaps() -> str:
    """Return the table gap x profile."""
    lines = [
        "# Gaps",
        "",
        "Why an inventory may be incomplete, and under which `--profile` that keeps a product from a pass. A *limit*",
        "is printed with the verdict and changes nothing. This page is made by `python tools/make_docs.py`.",
        "",
        "| gap | " + " | ".join(item.value for item in Completeness) + " | what it says | what helps |",
        "|---|" + "---|" * (len(Completeness) + 2),
    ]
    for kind in GAPS.values():
        cells = [_cell(kind.code, kind.blocks, profile) for profile in Completeness]
        lines.append(f"| `{kind.code}` | {' | '.join(cells)} | {kind.says} | {kind.helps} |")
    return "\n".join(lines) + "\n"


def _cell(code: str, blocks: frozenset[Completeness], profile: Completeness) -> str:
    if profile not in blocks:
        return "limit"
    if code == "unidentified" and profile is Completeness.STANDARD:
        return f"incomplete above {UNIDENTIFIED_SHARE:.0%} of components, else a limit"
    return "incomplete"


def fields() -> str:
    """Return the registry of fields by role."""
    lines = [
        "# Fields",
        "",
        "Every place where an SBOM names something, by what a name there means. This page is made by",
        "`python tools/make_docs.py`.",
    ]
    for role in Role:
        lines += ["", f"## {role.value}", "", "| field | this value is |", "|---|---|"]
        lines += [f"| `{field.id}` | {field.what} |" for field in FIELDS.values() if field.role is role]
    return "\n".join(lines) + "\n"


def action() -> str:
    """Return the inputs and outputs of the GitHub Action."""
    described = yaml.safe_load((DOCS.parent / "action.yml").read_bytes())
    lines = [
        "# Inputs and outputs of the action",
        "",
        "How they are used stands in [In CI](ci.md). This page is made by `python tools/make_docs.py`.",
    ]
    for kind in ("inputs", "outputs"):
        lines += ["", f"| {kind[:-1]} | |", "|---|---|"]
        lines += [f"| `{name}` | {' '.join(item['description'].split())} |" for name, item in described[kind].items()]
    return "\n".join(lines) + "\n"


PAGES = {"gaps.md": gaps, "fields.md": fields, "action.md": action}


def main() -> int:
    """Write the pages, or compare them and return 1 when one is not current."""
    stale = []
    for name, make in PAGES.items():
        path = DOCS / name
        if "--check" not in sys.argv[1:]:
            path.write_text(make(), encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != make():
            stale.append(name)
    for name in stale:
        print(f"docs/{name} is not current: run python tools/make_docs.py")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())
