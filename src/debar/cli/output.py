"""Where reports go: which format to which file, and how a file is written."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from debar import report
from debar.cli import hush
from debar.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Self, TextIO

_OPTIONS = (
    click.option(
        "--format",
        "formats",
        multiple=True,
        type=click.Choice(list(report.FORMATS)),
        help="Report format, repeatable. Default: what the name of the --output implies, else text.",
    ),
    click.option(
        "--output",
        "outputs",
        multiple=True,
        metavar="FILE",
        help="Where the report of the same position goes; - or none is standard output. Repeatable.",
    ),
    click.option(
        "--redact",
        is_flag=True,
        help="Keep absolute paths, user names and e-mail addresses of the SBOM, and folders of the inputs, out.",
    ),
    click.option(
        "--sarif-anchor",
        default="",
        metavar="FILE",
        help="A file of the repository that SARIF alerts stand on, where the SBOM itself is not in the repository.",
    ),
)


def reported(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which reports are written, and where."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def targets(formats: Sequence[str], outputs: Sequence[str], inputs: Sequence[str]) -> list[tuple[str, str]]:
    """Pair formats with outputs by position; no report overwrites an input or another report.

    An output without a format takes the one that its name implies. Raises `UsageError`.
    """
    if "" in outputs:
        raise UsageError("--output is empty")
    named = [*formats, *map(_implied, outputs[len(formats) :])] or ["text"]
    if not formats:
        named[0] = named[0] or "text"
    if None in named:
        raise UsageError(
            f"more --output than --format, and the name {outputs[named.index(None)]!r} implies no format; "
            "the first output belongs to the first format, and so on"
        )
    padded = [*outputs, *["-"] * (len(named) - len(outputs))]
    if padded.count("-") > 1:
        raise UsageError("two reports would share standard output; give the others an --output FILE")
    files = [Path(output).resolve() for output in padded if output != "-"]
    if len(set(files)) < len(files):
        raise UsageError("two reports would go to one file; give each an --output of its own")
    if clash := set(files) & {Path(sbom).resolve() for sbom in inputs}:
        raise UsageError(f"{clash.pop().name} is an input; give --output another name")
    return [(name, output) for name, output in zip(named, padded, strict=True) if name]


def refuse_unfit(pairs: Sequence[tuple[str, str]], *, redact: bool, each: bool) -> None:
    """Raise `UsageError` for a format that cannot do what is asked of all, before anything is checked."""
    for name, _ in pairs:
        if each and report.FORMATS[name].join is None:
            raise UsageError(f"--format {name} holds one product; give it one SBOM at a time, without --each")
        if redact and not report.FORMATS[name].redactable:
            raise UsageError(f"--format {name} is the SBOM itself, which --redact cannot keep its texts out of")


def _implied(output: str) -> str | None:
    return "text" if output == "-" else report.implied(output)


def coloured(output: str) -> bool:
    """Tell whether a report may carry colours: on a terminal that wants them."""
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return output == "-" and not plain and bool(sys.stdout and sys.stdout.isatty())


def write(text: str, output: str) -> None:
    """Write one report; a file appears whole or not at all. Raises `UsageError` when it cannot be written."""
    with Target(output) as target:
        target.put(text)


class Target:
    """Where a report goes, written as it is made; raises `UsageError` when it cannot be written.

    A file is replaced in one step when the block ends without an error, else it stays what it was; what is no plain
    file (/dev/stderr, a named pipe) is written to as it is.
    """

    def __init__(self, output: str) -> None:
        self.output = output
        self.coloured = coloured(output)
        self._file: TextIO | None = None
        self._path = self._scratch = Path(output)

    def __enter__(self) -> Self:
        if self.output == "-":
            return self
        with self._explained():
            if self._path.exists() and not self._path.is_file():
                self._file = self._path.open("w", encoding="utf-8")
                return self
            from secrets import token_hex

            self._path = self._path.resolve()
            self._scratch = self._path.with_name(f".debar-{token_hex(8)}")
            self._file = self._scratch.open("x", encoding="utf-8")
        return self

    def put(self, text: str) -> None:
        """Write the next part of the report."""
        with self._explained():
            if self._file:
                self._file.write(text)
            elif text:
                click.echo(text, nl=False, color=self.coloured)

    def __exit__(self, kind: object, *_: object) -> None:
        if not self._file:
            return
        try:
            with self._explained():
                self._file.close()
                if kind is None and self._scratch != self._path:
                    if self._path.exists():
                        self._scratch.chmod(self._path.stat().st_mode & 0o777)
                    self._scratch.replace(self._path)
        finally:
            if self._scratch != self._path:
                self._scratch.unlink(missing_ok=True)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            # `debar check ... | head` must still end with the verdict's own code.
            hush()
        except OSError as error:
            what = "the report" if self.output == "-" else self.output
            raise UsageError(f"cannot write {what}: {error.strerror}") from error
