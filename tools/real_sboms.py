"""Write docs/real-sboms.md, what debar says of real SBOMs: ``python tools/real_sboms.py FOLDER --date 2026-11-21``.

`FOLDER` holds the SBOMs and a MANIFEST.csv with the columns path, source, format and version. Only names and counts
go into the page; rows of files that are not there are left out.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from debar import packs, pipeline
from debar.errors import InputError
from debar.model.decision import Status, Verdict
from debar.model.inventory import Inventory, Kind
from debar.model.policy import Outcome, Pack
from debar.pipeline import Options
from debar.text import safe_text

PAGE = Path(__file__).parents[1] / "docs" / "real-sboms.md"
#: Repositories of the formats themselves: what they hold was written to show a format, or to break readers.
SHOWCASES = ("CycloneDX/specification@", "spdx/")

HEAD = """\
# Real SBOMs

What `debar check` says of SBOMs that others wrote or that generators made: the default regimes and the profile
`standard`, each file alone, as of {date}. The page was made on {date} with policy {policy} by
`python tools/real_sboms.py FOLDER --date {date}` from a folder of {files} files with a manifest; the folder itself is
no part of this project. A file is named by the public repository that it comes from, or, under `generated/`, by the
generator that made it. Components and findings are counted, nothing else of a file is shown here.

{share}

A file counts as the output of a generator when it names the tool that made it and does not come from a repository of
the formats themselves, which hold examples. A file that is refused, or names no tool, counts as neither. The set is
small: the share says something of these files, not of all generators. Those under `generated/` hold packages that have
to do with the vendor.

*Blocks* are the [gaps](gaps.md) that keep the file from a pass under `standard`, each with its count. *Findings* are
counted by the worst outcome that a gating regime gives them.

| file | format | made by | components | verdict | blocks | findings |
|---|---|---|---:|---|---|---|
"""


class Row(NamedTuple):
    """One line of the table; `verdict` is a status, or says which error there was."""

    file: str
    format: str
    maker: str
    components: str
    verdict: str
    blocks: str
    findings: str


def judge(folder: Path, entry: dict[str, str], pack: Pack, options: Options) -> Row:
    """Check one file of the manifest; what cannot be read becomes a row too."""
    form = f"{entry['format']} {entry['version'].removeprefix('SPDX-')}".strip()
    try:
        seen = pipeline.examine([pipeline.from_file(folder / entry["path"])], pack=pack, options=options)
    except InputError as error:
        return Row(entry["path"], form, "", "", f"refused ({type(error).__name__})", "", "")
    verdict = seen.verdict
    maker = "example" if entry["source"].startswith(SHOWCASES) else tools(seen.inventory)
    blocks = ", ".join(f"`{ruling.gap.code}` {ruling.gap.count}" for ruling in verdict.gaps if ruling.blocks)
    return Row(
        entry["path"], form, maker, str(verdict.coverage.components), verdict.status.value, blocks, findings(verdict)
    )


def tools(inventory: Inventory) -> str:
    """Name the tools that a document says it was made with, as a cell of the table."""
    named = {inventory.components[target].label for _, target, kind in inventory.edges() if kind is Kind.TOOL}
    named |= inventory.mentions.distinct("bom-tool")
    return ", ".join(f"`{re.sub('[`|]', ' ', safe_text(name, 60))}`" for name in sorted(named)[:3])


def findings(verdict: Verdict) -> str:
    """Count findings by the worst outcome among the regimes that gate."""
    gating = {item.regime for item in verdict.regimes if item.gating}
    order = list(Outcome)
    counts: Counter[Outcome] = Counter()
    for finding in verdict.findings:
        outcomes = [ruling.outcome for ruling in finding.rulings if ruling.regime in gating]
        counts[min(outcomes, key=order.index)] += 1
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in order if counts[outcome])


def share(rows: list[Row]) -> str:
    """Say how many outputs of generators are incomplete, and how the rest end."""
    ends = Counter(row.verdict for row in rows if row.maker not in {"", "example"})
    made, incomplete = ends.total(), ends.pop(Status.INCOMPLETE.value, 0)
    rest = ", ".join(f"{number} {word}" for word, number in sorted(ends.items()))
    part = f"{incomplete} of {made} ({incomplete / max(1, made):.0%})"
    return f"**Outputs of generators that are `incomplete` under `standard`: {part}.** The others: {rest}."


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--date", required=True, help="the day to judge as of, such as 2026-11-21")
    given = parser.parse_args()
    with (given.folder / "MANIFEST.csv").open(encoding="utf-8", newline="") as manifest:
        entries = [entry for entry in csv.DictReader(manifest) if (given.folder / entry["path"]).is_file()]
    options = Options(as_of=f"{given.date}T00:00:00Z")
    pack = packs.load(packs.find("us-kaspersky"))
    rows = [judge(given.folder, entry, pack, options) for entry in sorted(entries, key=lambda entry: entry["path"])]
    text = HEAD.format(date=given.date, policy=f"{pack.id} {pack.version}", files=len(rows), share=share(rows))
    for row in rows:
        text += f"| `{row.file}` | {' | '.join(row[1:])} |\n"
    PAGE.write_text(text, encoding="utf-8")
    print(PAGE.name, share(rows))


if __name__ == "__main__":
    main()
