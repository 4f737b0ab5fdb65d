"""Measures `debar check --each` on a folder of many SBOMs: by one process, and by as many as there are cores.

    python benchmarks/many.py                       10,000 SBOMs of 5 to 500 KB
    python benchmarks/many.py --files 2000 --rounds 3

The files are hard links to 48 different documents of `generate.py`: CycloneDX JSON and XML, SPDX JSON and tag-value,
small ones more often than large ones, one in eight with an offender. They lie in the file cache: no disk is measured.
Where other work shares the cores, as many as there are do not do their number of times the work of one. So the same
files are also shared out by hand among checks that know nothing of each other: that is what the machine can do.
Processor time is that of wait4(2), memory at most that of proc_pid_status(5); of several rounds the quickest counts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from generate import write

ROOT = Path(__file__).parent.parent
_DOCUMENTS = 48
_SMALLEST, _LARGEST = 5_000, 500_000
#: Bytes of a component, about.
_BYTES = {"cyclonedx-json": 1_500, "spdx-json": 1_450, "cyclonedx-xml": 1_300, "spdx-tag": 1_250}
_FORMATS = ("cyclonedx-json", "spdx-json", "cyclonedx-json", "cyclonedx-xml", "cyclonedx-json", "spdx-tag")
_OFFENDING = 8


@dataclass(frozen=True)
class Run:
    """What some processes took together: seconds on the clock and of processors, MiB of the largest and its children.

    `child` is that of the largest child; `codes` are how they ended.
    """

    seconds: float
    cpu: float
    parent: float
    child: float
    codes: list[int]


def make(folder: Path, files: int, parts: int) -> tuple[list[Path], int]:
    """Write a folder for each part, and return the folders and how many bytes there are in all."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "documents").mkdir(parents=True)
    documents = [folder / "documents" / f"{number:02}" for number in range(_DOCUMENTS)]
    for number, path in enumerate(documents):
        form = _FORMATS[number % len(_FORMATS)]
        size = _SMALLEST * (_LARGEST / _SMALLEST) ** (number / (_DOCUMENTS - 1))
        write(path, form, max(1, int(size / _BYTES[form])), int(number % _OFFENDING == 0))
    folders = [folder / "sboms" / f"{part:02}" for part in range(parts)]
    for one in folders:
        one.mkdir(parents=True)
    total = 0
    for number in range(files):
        # Spread, so that the large ones do not come together and every part has as many.
        document = documents[number // parts * 29 % _DOCUMENTS]
        os.link(document, folders[number % parts] / f"{number:06}")
        total += document.stat().st_size
    return folders, total


def measure(checks: list[tuple[Path, int]]) -> Run:
    """Check folders in so many processes each, all at once; the reports are thrown away."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    left = [
        subprocess.Popen(  # noqa: S603 - debar itself
            [sys.executable, "-m", "debar", "check", "--each", str(folder), "--jobs", str(jobs)],
            env=environment | {"PYTHONPATH": str(ROOT / "src")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for folder, jobs in checks
    ]
    cpu = parent = child = 0.0
    codes = []
    while left:
        time.sleep(0.1)
        for process in list(left):
            parent = max(parent, _peak(process.pid))
            child = max([child, *map(_peak, _children(process.pid))])
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                process.returncode = os.waitstatus_to_exitcode(status)
                codes.append(process.returncode)
                cpu += usage.ru_utime + usage.ru_stime
                left.remove(process)
    return Run(time.perf_counter() - began, cpu, parent, child, codes)


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _peak(pid: int) -> float:
    """Return the MiB that a process has held at most so far."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


def _told(name: str, files: int, run: Run) -> str:
    return (
        f"{name:<24}{run.seconds:7.1f} s {files / run.seconds:7.0f} files/s {run.cpu:7.1f} s of processors, "
        f"{1e3 * run.cpu / files:.1f} ms a file; at most {run.parent:.0f} MiB, a child {run.child:.0f} MiB; {run.codes}"
    )


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description="Measure debar check --each.")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "debar-bench-many")
    given = parser.parse_args()
    jobs = given.jobs
    folders, total = make(given.folder, given.files, jobs)
    print(f"{given.files:,} files, {total / 1e6:.0f} MB; load {os.getloadavg()[0]:.1f}", flush=True)
    whole = folders[0].parent
    contest = {
        "--jobs 1": [(whole, 1)],
        f"--jobs {jobs}": [(whole, jobs)],
        f"{jobs} checks at once": [(folder, 1) for folder in folders],
    }
    best: dict[str, Run] = {}
    for _ in range(given.rounds):
        for name, checks in contest.items():
            run = measure(checks)
            best[name] = min(best.get(name, run), run, key=lambda one: one.seconds)
            print(_told(name, given.files, run), flush=True)
    alone, shared, apart = best.values()
    print(
        f"{alone.seconds / shared.seconds:.2f} times as fast as one process (budget {0.9 * jobs:g}), "
        f"{apart.seconds / shared.seconds:.2f} times as {jobs} checks at once, "
        f"for {shared.cpu / alone.cpu:.2f} of the processor time; load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
