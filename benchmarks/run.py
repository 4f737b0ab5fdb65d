"""Measures `debar check` beside what else one might do with the same file, and writes RESULTS.md and results.json."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from contests import Contest, Ring
from generate import Product, write
from page import Run, page, rounds, title
from rivals import BY_NAME, CLICK, CYCLONEDX, CYCLONEDX_XML, OURS, SPDX, TAG, ready

from debar.errors import InputError
from debar.read.sniff import decode, recognise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from contests import Outcome
    from rivals import Rival, Rivals

HERE = Path(__file__).parent
ROOT = HERE.parent
#: Real SBOMs of others, which are not part of the project.
CORPUS = ROOT.parent / "shared" / "corpus"
EXAMPLES = ROOT / "examples"
MILLION = 1_000_000
_OFFENDERS = 20
_SMALLEST = 10
#: Formats that are read line by line stay below this; the large files are JSON.
_MOST_SLOW = 10_000
_LARGEST = 3
#: A round of a million takes minutes: there are fewer, and each may take longer.
_MOST_ROUNDS_MILLION = 2
_PATIENCE_MILLION = 10
_FORMS = {
    CYCLONEDX: ("cyclonedx-json", ".cdx.json"),
    SPDX: ("spdx-json", ".spdx.json"),
    CYCLONEDX_XML: ("cyclonedx-xml", ".cdx.xml"),
    TAG: ("spdx-tag", ".spdx"),
}
#: What results.json tells of each turn.
_KEPT = ("user", "system", "wall", "memory", "code")
EXAMPLES_OF_USE = """\
examples:
  python benchmarks/run.py                                  everything but the million
  python benchmarks/run.py --million                        everything
  python benchmarks/run.py --components 1000 --rounds 2 --output /tmp     a quick look that leaves the page alone
  python benchmarks/run.py --only orjson.loads cdx-audit    debar and these two

What is installed and generated is kept under --folder for the next run; delete it when you like.
"""


def main() -> None:
    """Read the command line, measure, write."""
    given = _command_line()
    home = _home(given.folder)
    _tell(f"installing {len(given.only)} rivals below {home}\n")
    rivals = ready(given.only, home)
    for name, why in rivals.absent.items():
        _tell(f"  {name} could not be had: {why}\n")
    made = [*_made(home, given, rivals)]
    real, missing = _real(given, rivals)
    ring = Ring(folder=home, slots=rivals.slots, tell=_tell)
    began, load = datetime.now(UTC), os.getloadavg()[0]
    # What debar's modules take to be compiled, the first time, is nobody's figure.
    first = ring.measure(OURS.command, {"FILE": str(EXAMPLES / "engine-two-paths.cdx.json")}, given.limit)
    if first.code != OURS.found:
        sys.exit(f"debar does not run: {first.said}")
    held = []
    for at, contest in enumerate([*made, *real], 1):
        _tell(f"[{at}/{len(made) + len(real)}] {contest.title}\n")
        held.append(ring.hold(contest))
    run = Run(
        machine=_machine(began, load),
        how=_how(given),
        made=held[: len(made)],
        real=held[len(made) :],
        absent=rivals.absent,
        missing=missing,
    )
    given.output.mkdir(parents=True, exist_ok=True)
    (given.output / "RESULTS.md").write_text(page(run), encoding="utf-8")
    (given.output / "results.json").write_text(json.dumps(_data(run), indent=1) + "\n", encoding="utf-8")
    _tell(f"wrote {given.output / 'RESULTS.md'}\n")


def _command_line() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES_OF_USE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    # `just` does not pass quotes on.
    names = {name.replace(" ", "-"): name for name in BY_NAME}
    parser.add_argument(
        *("--components", "-n"),
        type=int,
        nargs="*",
        default=[1_000, 10_000, 100_000],
        metavar="N",
        help="sizes of the generated SBOMs (default: 1000 10000 100000); none: only the smallest and the real ones",
    )
    parser.add_argument(
        "--million", action="store_true", help="also a million components: 3.4 GB of disk, 12 GB of memory for orjson"
    )
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="how often each is run (default: 5)")
    parser.add_argument(
        "--only", nargs="+", default=names, choices=names, metavar="RIVAL", help=f"some of: {' '.join(names)}"
    )
    parser.add_argument(
        "--limit", type=int, default=120, metavar="SECONDS", help="wall time that one run may take (default: 120)"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(tempfile.gettempdir()) / "debar-bench",
        help="where rivals are installed and SBOMs made (default: %(default)s)",
    )
    parser.add_argument(
        "--output", type=Path, default=HERE, metavar="FOLDER", help="where the page is written (default: beside this)"
    )
    given = parser.parse_args()
    if given.rounds < 1 or given.limit < 1 or any(count < 1 for count in given.components):
        parser.error("--components, --rounds and --limit are 1 or more")
    given.only = [names[name] for name in given.only]
    return given


def _home(folder: Path) -> Path:
    """Make the folder, which nobody else may have made: what lies in it is run."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        sys.exit(f"{folder} belongs to somebody else; name another --folder")
    return folder.resolve()


def _tell(text: str) -> None:
    print(text, end="", file=sys.stderr, flush=True)


def _made(home: Path, given: argparse.Namespace, rivals: Rivals) -> Iterator[Contest]:
    """Yield the contests on generated SBOMs, which are made when their turn comes."""
    # Files are kept only for as long as they would be made the same.
    folder = home / hashlib.sha256((HERE / "generate.py").read_bytes()).hexdigest()[:8]
    folder.mkdir(exist_ok=True)
    click = tuple(rival for rival in rivals.here if rival is CLICK)
    for offenders in (0, 1):
        yield _generated(folder, CYCLONEDX, _SMALLEST, offenders, click, given, {})
    counts = sorted({*given.components, *([MILLION] if given.million else [])})
    for form in _FORMS:
        for count in counts:
            if (form in {CYCLONEDX_XML, TAG} and count > _MOST_SLOW) or (form == SPDX and count >= MILLION):
                continue
            for offenders in (0, _OFFENDERS) if form == CYCLONEDX else (_OFFENDERS,):
                fit = tuple(
                    rival
                    for rival in rivals.here
                    if form in rival.reads and count <= rival.most and (offenders or rival.clean)
                )
                slots = _offending(folder, count, offenders) if form == CYCLONEDX and offenders else {}
                yield _generated(folder, form, count, offenders, fit, given, slots)


def _generated(
    folder: Path,
    form: str,
    count: int,
    offenders: int,
    rivals: tuple[Rival, ...],
    given: argparse.Namespace,
    slots: Mapping[str, str],
) -> Contest:
    kind, suffix = _FORMS[form]

    def make(path: Path) -> None:
        write(path, kind, count, offenders)

    return Contest(
        title=title(form, count, offenders),
        path=folder / f"{kind}-{count}-{offenders}{suffix}",
        form=form,
        rivals=rivals,
        rounds=given.rounds if count < MILLION else min(given.rounds, _MOST_ROUNDS_MILLION),
        limit=given.limit if count < MILLION else given.limit * _PATIENCE_MILLION,
        slots=slots,
        components=count,
        offenders=offenders,
        make=make,
    )


def _offending(folder: Path, count: int, offenders: int) -> dict[str, str]:
    """Say whom the rivals that must be told look for: PURL is the last offender, DENY a list of all by name."""
    product = Product(count, offenders)
    names = [product.identity(number)[1] for number in product.marks]
    deny = folder / f"deny-{offenders}.txt"
    deny.write_text("\n".join(["[package]", *names, ""]))
    last = max(product.marks, default=0)
    if count > _MOST_SLOW:
        return {"DENY": str(deny)}
    return {"DENY": str(deny), "PURL": next(part.purl for part in product.parts() if part.number == last)}


def _real(given: argparse.Namespace, rivals: Rivals) -> tuple[list[Contest], list[str]]:
    """Return the contests on real SBOMs, the largest of each format, and what is missing."""
    contests = []
    for folder, origin in ((EXAMPLES, "an example of ours"), (CORPUS, "of others")):
        for form, paths in _largest(folder).items():
            for path in paths:
                fit = tuple(rival for rival in rivals.here if form in rival.reads and rival.real)
                name = f"{path.name} ({origin})"
                contests.append(
                    Contest(title=name, path=path, form=form, rivals=fit, rounds=given.rounds, limit=given.limit)
                )
    missing = [] if CORPUS.is_dir() else ["Real SBOMs that others wrote: not here (`../shared/corpus`)."]
    return sorted(contests, key=lambda contest: (contest.form, -contest.path.stat().st_size)), missing


def _largest(folder: Path) -> dict[str, list[Path]]:
    """Return the largest SBOMs below a folder by format; what is none, or is wrapped, is left out."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("**/*.*"), key=lambda one: (-one.stat().st_size, one)):
        if path.is_file():
            try:
                form = recognise(decode(path.read_bytes(), path.name)[0], path.name).value
            except InputError:
                continue
            found.setdefault(form, []).append(path)
    return {form: paths[:_LARGEST] for form, paths in sorted(found.items())}


def _machine(began: datetime, load: float) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.machine()
    minutes = (datetime.now(UTC) - began).total_seconds() / 60
    wheels = ", ".join(f"{name} {version(name)}" for name in ("orjson", "cyclonedx-python-lib"))
    return (
        f"- {began:%d %B %Y}, {minutes:.0f} minutes, debar {version('debar')}{_commit()}\n"
        f"- {platform.system()} {platform.release()}, {model}, {os.cpu_count()} cores; "
        f"load {load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end\n"
        f"- Python {platform.python_version()}, {wheels}; what was installed apart stands with the commands"
    )


def _commit() -> str:
    """Return which commit this is, for the figures of a page go stale; nothing outside a clone."""
    git = shutil.which("git")
    if not git or not (ROOT / ".git").exists():
        return ""
    command = (git, "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*")
    told = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - a fixed command
    return f" ({told.stdout.strip()})" if told.returncode == 0 else ""


def _how(given: argparse.Namespace) -> str:
    told = f"- {rounds(given.rounds)} of everything; a run that took longer than {given.limit} s was stopped."
    if given.million:
        fewer = rounds(min(given.rounds, _MOST_ROUNDS_MILLION))
        told += f" A million components: {fewer}, for each takes minutes, and {given.limit * _PATIENCE_MILLION:,} s."
    return told


def _data(run: Run) -> dict[str, object]:
    def told(outcome: Outcome) -> dict[str, object]:
        turns = {
            name: [{key: getattr(figure, key) for key in _KEPT} for figure in turns.values()]
            for name, turns in outcome.turns.items()
        }
        return {"bytes": outcome.size, "turns": turns, "failed": outcome.failed}

    return {
        "machine": run.machine,
        "how": run.how,
        "absent": run.absent,
        "contests": {outcome.contest.title: told(outcome) for outcome in (*run.made, *run.real)},
    }


if __name__ == "__main__":
    main()
