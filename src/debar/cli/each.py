"""``check --each``: many products, each judged alone, by all cores, and reported as they come."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from debar import pipeline
from debar.cli import fail
from debar.cli.judging import Judge, Outcome, answering, failed, products
from debar.cli.output import Target
from debar.errors import InputError, NotAnSbom, UsageError
from debar.report import FORMATS, summary

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from typing import Self, TextIO

    from debar.cli.judging import Setup, Task

# A process takes as long to begin as a hundred small files take to be judged.
_FEW, _LITTLE = 150, 16 << 20
_CHUNK, _CHUNK_BYTES = 16, 4 << 20
_NAMED = 5


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(paths: Sequence[str], targets: Sequence[tuple[str, str]], setup: Setup, jobs: int) -> int:
    """Judge each product, write the reports in the order of the arguments, and return the worst exit code."""
    # All are judged as of one instant.
    as_of = setup.options.as_of or datetime.now(UTC).isoformat()
    setup = setup._replace(options=msgspec.structs.replace(setup.options, as_of=as_of))
    tasks = list(products(paths, setup.options.limits))
    with ExitStack() as stack:
        files = [stack.enter_context(Target(file)) for _, file in targets]
        formats = tuple((name, file.coloured) for (name, _), file in zip(targets, files, strict=True))
        many = len(tasks) >= _FEW or sum(task.size for task in tasks) >= _LITTLE
        setup = setup._replace(formats=formats, many=many)
        outcomes = stack.enter_context(closing(_outcomes(tasks, setup, 1 if "-" in paths else jobs)))
        progress = stack.enter_context(_Progress(len(tasks), files))
        reports = _Reports(setup, files, progress)
        for task, outcome in zip(tasks, outcomes, strict=True):
            reports.add(task, outcome)
            progress.step()
        return reports.end(paths)


def _outcomes(tasks: Sequence[Task], setup: Setup, jobs: int) -> Generator[Outcome, None, None]:
    if jobs == 1 or not setup.many:
        yield from map(Judge(setup), tasks)
        return
    from debar.cli import pool

    # A mistake in the options is told here, once.
    pipeline.ready(setup.packs, setup.options)
    chunks = list(_chunks(tasks, max(1, min(_CHUNK, len(tasks) // (4 * jobs)))))
    with closing(pool.answers(chunks, answering, setup, _lost, jobs)) as answers:
        for answer in answers:
            yield msgspec.msgpack.decode(answer, type=Outcome)


def _chunks(tasks: Iterable[Task], most: int) -> Iterator[list[Task]]:
    """Cut into parts of up to so many files, fewer if they are large."""
    chunk: list[Task] = []
    size = 0
    for task in tasks:
        if chunk and (len(chunk) == most or size + task.size > _CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(task)
        size += task.size
    if chunk:
        yield chunk


def _lost(task: Task, code: int) -> bytes:
    ended = {one.value: one.name for one in signal.Signals}.get(-code, f"exit code {code}")
    why = f"the process that read it ended with {ended}, twice"
    remedy = "out of memory? --max-bytes refuses large ones early"
    return msgspec.msgpack.encode(failed(InputError.exit_code, why, f"{task.path}: {why} ({remedy})"))


def _terminal(stream: TextIO | None) -> bool:
    """Tell whether a stream, which may be closed, is a terminal."""
    return bool(stream and stream.isatty())


class _Progress:
    """A bar on standard error, if that is a terminal and no report scrolls through it."""

    def __init__(self, total: int, files: Sequence[Target]) -> None:
        scrolled = _terminal(sys.stdout) and any(file.output == "-" for file in files)
        shown = total >= _CHUNK and _terminal(sys.stderr) and os.environ.get("TERM") != "dumb" and not scrolled
        self._bar = click.progressbar(length=total, label="checking", file=sys.stderr, show_pos=True) if shown else None

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.__exit__(None, None, None)

    def step(self) -> None:
        """Count one more product."""
        if self._bar:
            self._bar.update(1)

    def tell(self, message: str) -> None:
        """Print an error message where the bar is, which is drawn anew below it."""
        if self._bar:
            click.echo("\r\x1b[K", err=True, nl=False)
        fail(message)


class _Reports:
    """Writes what comes of the products, in their order, and the summary where the report is text."""

    def __init__(self, setup: Setup, files: Sequence[Target], progress: _Progress) -> None:
        begun = [(name, FORMATS[name].join) for name, _ in setup.formats]
        self._parts = [(name, file, join()) for (name, join), file in zip(begun, files, strict=True) if join]
        self._own = {os.path.realpath(file.output) for file in files if file.output != "-"}
        self._progress = progress
        self._redact = setup.redact
        self._summary = summary.Summary()
        self._worst = 0
        self._judged: Counter[int] = Counter()
        self._strangers: Counter[int] = Counter()
        self._named: dict[int, list[str]] = {}

    def add(self, task: Task, outcome: Outcome) -> None:
        """Write the reports on a product, or tell what is wrong with it; count what is no SBOM."""
        if outcome.row is None:
            self._strangers[task.given] += 1
            names = self._named.setdefault(task.given, [])
            if len(names) < _NAMED:
                names.append(task.name)
            return
        if task.root and self._own and os.path.realpath(Path(task.root, task.name)) in self._own:
            raise UsageError(f"{task.path} is an input; give --output another name")
        self._judged[task.given] += 1
        self._count(task.path, outcome)
        for (_, file, join), text in zip(self._parts, outcome.reports, strict=False):
            file.put(join.add(text))

    def _count(self, path: str, outcome: Outcome) -> None:
        row = outcome.row or summary.Row(word=summary.ERROR)
        if self._redact:
            from debar.report.redaction import base_name, redacted

            path, row = base_name(path), msgspec.structs.replace(row, why=redacted(row.why))
        self._worst = max(self._worst, outcome.code)
        self._summary.add(path, row)
        if outcome.message:
            self._progress.tell(outcome.message)

    def end(self, paths: Sequence[str]) -> int:
        """Write what stands at the end, tell what was passed over, and return the worst exit code."""
        for given, path in enumerate(paths):
            self._tell_strangers(given, path)
        for name, file, join in self._parts:
            if name == "text":
                file.put(join.add(self._summary.render(colour=file.coloured)))
            file.put(join.end())
        return self._worst

    def _tell_strangers(self, given: int, path: str) -> None:
        count, judged = self._strangers[given], self._judged[given]
        names = ", ".join(self._named.get(given, ())) + (", ..." if count > _NAMED else "")
        if not judged:
            error = NotAnSbom(
                path, f"there is no SBOM in it: {names or 'it is empty'}", remedy="did the generator fail?"
            )
            self._count(path, failed(error.exit_code, error.problem, str(error)))
        elif count:
            are = "is" if count == 1 else "are"
            self._progress.tell(f"{path}: {count:,} of {count + judged:,} files {are} no SBOM: {names}")
            self._summary.passed_over += count
