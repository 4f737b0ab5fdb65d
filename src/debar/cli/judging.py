"""One product of ``check --each``: found among the arguments, judged, and turned into reports.

What crosses from one process to another is here: a `Task` and the `Setup` go there, an `Outcome` comes back.
"""

from __future__ import annotations

import os
import stat
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from debar import pipeline, report
from debar.cli.options import exit_code
from debar.errors import DebarError, InputError, UnreadableInput
from debar.read import Limits, carriers, folders
from debar.read.archives import Budget
from debar.report import summary
from debar.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from debar.model.policy import Pack
    from debar.pipeline import Options


class Task(NamedTuple):
    """A product: what the user named, or (`name` in `root`) a file of a folder that the user named.

    `path` is what it is called, `given` the number of the argument that it came by, `size` its bytes as far as known,
    `problem` why it is not read.
    """

    path: str
    given: int
    root: str = ""
    name: str = ""
    size: int = 0
    problem: str = ""


class Setup(NamedTuple):
    """What products are judged and reported by; `formats` are names, and whether they are coloured.

    `many` says that it pays to get ready for them.
    """

    packs: tuple[Pack, ...]
    options: Options
    fail_on: str
    redact: bool
    formats: tuple[tuple[str, bool], ...]
    wishes: dict[str, Any]
    many: bool = False


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a product: its row in the summary, its reports, or what went wrong.

    Without a row it is a file of a folder that is no SBOM.
    """

    row: summary.Row | None = None
    code: int = 0
    reports: list[str] = []
    message: str = ""


def products(paths: Sequence[str], limits: Limits) -> Iterator[Task]:
    """Yield the products of some arguments: the files of a plain folder are one each, as is anything else."""
    for given, path in enumerate(paths):
        folder = Path(path)
        found = _status(folder)
        if path == "-" or not found or not stat.S_ISDIR(found.st_mode) or folders.is_image(folder):
            yield Task(path, given, size=found.st_size if found else 0)
            continue
        try:
            root, names = folders.listed(folder, Budget(path=safe_text(path), limits=limits))
            for name, problem in names:
                inner = _status(root / name)
                yield Task(str(folder / name), given, str(root), name, inner.st_size if inner else 0, problem)
        except InputError as error:
            yield Task(path, given, problem=error.problem)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (OSError, ValueError):
        return None


def failed(code: int, why: str, message: str) -> Outcome:
    """Return the outcome of what could not be judged: `message` is for standard error, `why` for the summary."""
    # What comes from another process is UTF-8, which the name of a file need not be.
    told = message.encode("utf-8", "backslashreplace").decode()
    return Outcome(row=summary.Row(word=summary.ERROR, why=safe_text(why, 120)), code=code, message=told)


class Judge:
    """Judges one product after the other; whatever goes wrong with one costs that one, and is told.

    Raises, when it is made, what `pipeline.ready` raises.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._ready = pipeline.ready(setup.packs, setup.options, many=setup.many)

    def __call__(self, task: Task) -> Outcome:
        """Return what came of a product."""
        try:
            return self._outcome(task)
        except InputError as error:
            return failed(error.exit_code, error.problem, str(error))
        except MemoryError:
            why = "it needs more memory than there is"
            return failed(InputError.exit_code, why, f"{task.path}: {why}; --max-bytes refuses large ones early")
        except Exception as error:  # noqa: BLE001 - a bug costs the file that shows it
            why = f"internal error: {type(error).__name__}: {error}"
            more = traceback.format_exc() if os.environ.get("DEBAR_TRACEBACK") else "DEBAR_TRACEBACK=1 shows where"
            return failed(DebarError.exit_code, why, f"{task.path}: {why}\n  this is a bug; {more}")

    def _outcome(self, task: Task) -> Outcome:
        setup = self._setup
        given = self._read(task)
        if given is None:
            return Outcome()
        try:
            verdict = pipeline.judge([given], self._ready)
        except InputError:
            if task.root and carriers.is_stranger(given.data, task.path, setup.options.limits):
                return Outcome()
            raise
        if setup.redact:
            verdict = report.redact(verdict)
        return Outcome(
            row=summary.row(verdict),
            code=exit_code(verdict, setup.fail_on),
            reports=[report.render(verdict, name, colour=colour, **setup.wishes) for name, colour in setup.formats],
        )

    def _read(self, task: Task) -> pipeline.Input | None:
        """Read a product; None for a thing in a folder that is no file, such as a pipe."""
        if task.problem:
            raise UnreadableInput(task.path, task.problem)
        if not task.root:
            return pipeline.from_file(task.path)
        budget = Budget(path=task.path, limits=self._setup.options.limits)
        found = folders.one(Path(task.root), task.name, budget)
        if found.problem:
            raise UnreadableInput(task.path, found.problem)
        return None if found.data is None else pipeline.Input(path=task.path, data=found.data)


def answering(setup: Setup) -> Callable[[Task], bytes]:
    """Return what judges in a process of its own, and answers in MessagePack."""
    judge = Judge(setup)
    return lambda task: msgspec.msgpack.encode(judge(task))
