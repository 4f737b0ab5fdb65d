"""Workflow commands of GitHub Actions: the lines become annotations of the job.

GitHub keeps ten annotations of a type a step, so at most ten are written, the first of which sums all up.
Escapes: actions/toolkit `command.ts`. A message is cut at 4,096 characters by the runner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from debar.model.policy import Outcome
from debar.report.accepted import gated
from debar.report.text import mention, products, ranked, remarks, title
from debar.report.wording import chain, relative
from debar.text import safe_text

if TYPE_CHECKING:
    from debar.model.decision import Finding, Ruling, Verdict

_MOST = 10
_MOST_TEXT = 4_000
_COMMANDS = {"fail": "error", "review": "warning", "incomplete": "warning"}
_SEVERITY = ("::error", "::warning", "::notice")
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(verdict: Verdict) -> str:
    """Return up to ten workflow commands, one a line."""
    loud = [pair for pair in ranked(verdict) if pair[0].outcome in {Outcome.FAIL, Outcome.REVIEW}]
    hidden = len(loud) - (_MOST - 1)
    more = f" {hidden:,} more findings have no annotation of their own." if hidden > 0 else ""
    word = verdict.status.value
    used = sum(bool(one.evidence) for one in verdict.corrected)
    known = f" {used:,} correction{'' if used == 1 else 's'} of the user's own applied." if used else ""
    summary = f"{products(verdict)}: {verdict.reason}.{known}{more}"
    lines = [_command(_COMMANDS.get(word, "notice"), f"debar: {word.upper()}", summary)]
    lines += [_finding(verdict, *pair) for pair in loud[: _MOST - 1]]
    return "\n".join(lines) + "\n"


class Joined:
    """The commands of several products: each one's summary first, ten at most."""

    def __init__(self) -> None:
        self._lines: list[tuple[int, bool, int, str]] = []
        self._count = 0

    def add(self, report: str) -> str:
        """Take in the commands of a product; they are written at the end."""
        for number, line in enumerate(report.splitlines()):
            self._count += 1
            self._lines.append((_SEVERITY.index(line.split(" ", 1)[0]), number > 0, self._count, line))
        # The worst must not be the ones left out.
        self._lines = sorted(self._lines)[:_MOST]
        return ""

    def end(self) -> str:
        """Return the commands."""
        if self._count <= _MOST:
            lines = [line for *_, line in sorted(self._lines, key=lambda one: one[1:])]
        else:
            left = self._count - (_MOST - 1)
            more = _command("warning", "debar", f"{left:,} more annotations are not shown")
            lines = [*(line for *_, line in self._lines[: _MOST - 1]), more]
        return "\n".join(lines) + "\n"


def _finding(verdict: Verdict, ruling: Ruling, finding: Finding) -> str:
    lines = [
        f"{finding.article.value}, {finding.use.word}, {finding.confidence.value}: {ruling.why}",
        f"{ruling.regime}: {ruling.citation}",
        f"path: {chain(verdict, finding.route.paths[0])}",
        *map(mention, finding.evidence[:5]),
        *([f"do: {ruling.remedy}"] if ruling.remedy else ()),
        *remarks(verdict, finding),
    ]
    return _command(
        _COMMANDS[ruling.outcome.value] if gated(verdict, finding) else "notice",
        f"{ruling.outcome.value.upper()}: {title(verdict, finding)}",
        "\n".join(safe_text(line, 1_000) for line in lines)[:_MOST_TEXT],
        file=relative(verdict.documents[verdict.components[finding.component].document].path),
        line=finding.line,
        column=finding.column,
    )


def _command(command: str, heading: str, message: str, *, file: str = "", line: int = 0, column: int = 0) -> str:
    """Return one command; the heading and file are made safe here, the message may hold lines of safe text."""
    properties = {"title": safe_text(heading, 200)}
    if file:
        properties["file"] = safe_text(file, 400)
        if line:
            properties |= {"line": str(line), "col": str(max(column, 1))}
    listed = ",".join(f"{key}={value.translate(_PROPERTY)}" for key, value in properties.items())
    return f"::{command} {listed}::{message.translate(_DATA)}"
