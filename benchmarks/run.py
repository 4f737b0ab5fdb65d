"""Measures `debar check` beside what else one might do with the same file, all in one run, and writes the table.

    python benchmarks/run.py                        1,000, 10,000 and 100,000 components, every format
    python benchmarks/run.py --million              also a million (1.7 GB on disk, 12 GB of memory for orjson)

Every figure is of a whole process: processor time (user and system) and peak memory from wait4(2), the least of
some runs that take turns, so that what else the machine does falls on all alike. The results go to RESULTS.md and
results.json beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from generate import write

HERE = Path(__file__).parent
ROOT = HERE.parent
DEBAR = (sys.executable, "-m", "debar", "check")
ORJSON = (sys.executable, "-c", "import orjson, sys; orjson.loads(open(sys.argv[1], 'rb').read())")
EXPAT = (
    sys.executable,
    "-c",
    "import sys\nfrom xml.parsers import expat\nexpat.ParserCreate().ParseFile(open(sys.argv[1], 'rb'))",
)
TAGS = (
    sys.executable,
    "-c",
    "import re, sys\nfor _ in re.finditer(rb'(?m)^(\\w+): (.*)$', open(sys.argv[1], 'rb').read()): pass",
)
CLICK = (sys.executable, "-c", "import click")
AUDIT = ("@cyclonedx/cdxgen@12.8.4", "jsonata")
RULE = """\
- id: VENDOR-1
  name: Barred vendor
  description: A component of a barred vendor.
  category: denied-vendor
  severity: critical
  condition: |
    components[$lowercase(name & " " & group & " " & supplier.name) ~> /kaspersky/]
  location: |
    { "bomRef": $."bom-ref", "purl": purl }
  message: "Barred: {{ name }}"
  mitigation: Remove it.
"""
#: How often the smallest is measured, and up to which number of components; larger ones are run less often.
_ROUNDS = {10: 10, 1_000: 5, 10_000: 3, 100_000: 2, 1_000_000: 1}


@dataclass(frozen=True)
class Figure:
    """What one process took: seconds of processor time, MiB of memory at most, and how it ended."""

    user: float
    system: float
    memory: float
    code: int

    @property
    def cpu(self) -> float:
        """User and system time."""
        return self.user + self.system


@dataclass(frozen=True)
class Contest:
    """One file, the budgets on it, and what is run on it: ours first, then the others."""

    name: str
    components: int
    path: Path
    rivals: dict[str, tuple[str, ...]]
    #: rival -> (most processor time, most memory) as a share of the rival's; 0 is no budget.
    budgets: dict[str, tuple[float, float]]


def measure(command: tuple[str, ...], path: Path) -> Figure:
    """Run a command on a file; what it prints is thrown away."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(ROOT / "src")
    process = subprocess.Popen(  # noqa: S603 - the commands above
        [*command, *([] if command is CLICK else [str(path)])],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Figure(usage.ru_utime, usage.ru_stime, usage.ru_maxrss / 1024, process.returncode)


def contests(folder: Path, counts: list[int]) -> list[Contest]:
    """Make the files; each format with what reads it, with offenders and without."""
    made = [_contest(folder, "cyclonedx-json", count, offenders) for count in counts for offenders in (0, 20)]
    return [
        *(_contest(folder, "cyclonedx-json", 10, offenders) for offenders in (0, 1)),
        *made,
        *(
            _contest(folder, form, count, 20)
            for form in ("cyclonedx-xml", "spdx-json", "spdx-tag")
            for count in counts
            if count == 10_000 or (form.endswith("json") and count == 100_000)  # noqa: PLR2004 - the slow ones stay small
        ),
    ]


def _contest(folder: Path, form: str, count: int, offenders: int) -> Contest:
    path = folder / f"{form}-{count}-{offenders}"
    rivals = {"expat": EXPAT} if form.endswith("xml") else {"one regular expression": TAGS}
    budgets: dict[str, tuple[float, float]] = {}
    if form.endswith("json"):
        rivals = {"orjson.loads": ORJSON}
        # DESIGN, budgets: a hundred thousand at most what orjson takes and half its memory, a million less.
        budgets = {100_000: {"orjson.loads": (1.0, 0.5)}, 1_000_000: {"orjson.loads": (0.8, 0.45)}}.get(count, {})
    if count == 10:  # noqa: PLR2004 - the small one of the budgets
        rivals, budgets = {"import click": CLICK}, {"import click": (6.0 if offenders else 3.0, 0)}
    if form == "cyclonedx-json" and count == 10_000:  # noqa: PLR2004 - the one that cdx-audit is measured on
        audit = _audit(folder)
        rivals |= {"cdx-audit": audit} if audit else {}
        budgets |= {"cdx-audit": (0.2 if offenders else 0.1, 0)} if audit else {}
    return Contest(f"{form}, {offenders} offenders", count, path, rivals, budgets)


def _audit(folder: Path) -> tuple[str, ...] | None:
    """Return the command of cdx-audit with a rule for the vendor, or None where npm does not have it."""
    home = Path(tempfile.gettempdir()) / "debar-bench-node"
    program = home / "node_modules" / "@cyclonedx" / "cdxgen" / "bin" / "audit.js"
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and not program.exists():
        install = (npm, "install", "--prefix", str(home), "--omit=optional", "--no-audit", "--no-fund", *AUDIT)
        subprocess.run(install, check=False, capture_output=True, timeout=300)  # noqa: S603 - a fixed command
    if not node or not program.exists():
        return None
    rules = folder / "rules"
    rules.mkdir(exist_ok=True)
    (rules / "vendor.yaml").write_text(RULE)
    options = ("--direct-bom-audit", "--rules-dir", str(rules), "--categories", "denied-vendor", "--bom")
    return (node, str(program), *options)


def fight(contest: Contest, form: str, offenders: int) -> dict[str, Figure]:
    """Measure all on one file in turns and keep the least of each."""
    if not contest.path.exists():
        write(contest.path, form, contest.components, offenders)
    best: dict[str, Figure] = {}
    for _ in range(_ROUNDS[contest.components]):
        for name, command in {"debar check": DEBAR, **contest.rivals}.items():
            figure = measure(command, contest.path)
            best[name] = min(best.get(name, figure), figure, key=lambda one: one.cpu)
    return best


def rows(contest: Contest, best: dict[str, Figure]) -> list[str]:
    """Return the lines of the table: ours, then each other with how we compare."""
    ours = best["debar check"]
    lines = [_row(f"**{contest.name}**, {contest.components:,}, {contest.path.stat().st_size / 1e6:.1f} MB", ours, "")]
    for name, figure in best.items():
        if figure is ours:
            continue
        cpu, memory = ours.cpu / figure.cpu, ours.memory / figure.memory
        most_cpu, most_memory = contest.budgets.get(name, (0.0, 0.0))
        told = f"{cpu:.2f}x time" + _judged(cpu, most_cpu) + f", {memory:.2f}x memory" + _judged(memory, most_memory)
        lines.append(_row(f"... {name}", figure, told))
    return lines


def _judged(share: float, most: float) -> str:
    if not most:
        return ""
    return f" (budget {most:g}: {'met' if share <= most else f'**missed by {share / most:.2f}x**'})"


def _row(name: str, figure: Figure, told: str) -> str:
    return f"| {name} | {figure.user:.2f} | {figure.system:.2f} | {figure.memory:.0f} | {figure.code} | {told} |"


def main() -> None:
    """Read the command line, measure, write."""
    parser = argparse.ArgumentParser(description="Measure debar check.")
    parser.add_argument("--components", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "debar-bench")
    given = parser.parse_args()
    given.folder.mkdir(exist_ok=True)
    table, data = [], {}
    for contest in contests(given.folder, given.components + ([1_000_000] if given.million else [])):
        form, offenders = contest.path.name.split("-")[:2], int(contest.path.name.rpartition("-")[2])
        best = fight(contest, "-".join(form), offenders)
        data[f"{contest.name}, {contest.components}"] = {name: asdict(figure) for name, figure in best.items()}
        table += rows(contest, best)
        print("\n".join(table[-len(best) :]), flush=True)
    (HERE / "results.json").write_text(json.dumps(data, indent=1) + "\n")
    (HERE / "RESULTS.md").write_text(_page(table, data, given.components))


def _page(table: list[str], data: dict[str, dict[str, dict[str, float]]], counts: list[int]) -> str:
    growth = ""
    if {10_000, 100_000} <= set(counts):
        for name in ("cyclonedx-json, 0 offenders", "cyclonedx-json, 20 offenders"):
            small, large = (data[f"{name}, {count}"]["debar check"] for count in (10_000, 100_000))
            share = (large["user"] + large["system"]) / (small["user"] + small["system"])
            growth += f"\nTen times the components take {share:.1f}x the time ({name}; budget 12)."
    head = (
        "# Measured\n\n`just bench` wrote this: "
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end. "
        "Seconds of processor time and MiB at most, of whole processes, the least of several runs in turns.\n\n"
        "| what | user | system | MiB | exit | debar against it |\n|---|---|---|---|---|---|\n"
    )
    missing = (
        "" if any("cdx-audit" in row for row in table) else f"\n{AUDIT[0]} could not be had from npm on this machine."
    )
    return head + "\n".join(table) + "\n" + growth + missing + "\n"


if __name__ == "__main__":
    main()
