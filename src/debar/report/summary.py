"""The table behind the reports of many products: how many there are of each verdict, and which do not pass."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from debar.model.decision import Status
from debar.model.policy import Outcome
from debar.report.text import gating, paint
from debar.text import inert, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.model.decision import Verdict

#: What stands in the place of a verdict for a file that has none.
ERROR: Final = "error"
# Worst first, as in `debar.verdict.SEVERITY`.
_WORDS: Final = (ERROR, "fail", "review", "incomplete", "pass", "not-applicable")
_MOST_ROWS: Final = 50
_WIDE: Final = 48
_MOST_TEXT: Final = 200
_MOST_WHY: Final = 120


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One file: its verdict or `ERROR`, how many findings fail or need review, and why."""

    word: str
    findings: int = 0
    why: str = ""


def row(verdict: Verdict) -> Row:
    """Return the row of a product that was judged."""
    loud = sum(gating(verdict, one).outcome in {Outcome.FAIL, Outcome.REVIEW} for one in verdict.findings)
    return Row(word=verdict.status.value, findings=loud, why=safe_text(verdict.reason, _MOST_WHY))


class Summary:
    """Takes in rows and keeps the worst of them, so that it does not grow with their number."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._worst: list[tuple[int, int, int, str, Row]] = []
        self.passed_over = 0

    def add(self, path: str, one: Row) -> None:
        """Take in the row of a file."""
        self._counts[one.word] += 1
        if one.word == Status.PASS.value:
            return
        place = (_WORDS.index(one.word), -one.findings, self._counts.total())
        self._worst.append((*place, safe_text(path, _MOST_TEXT), one))
        self._worst = sorted(self._worst)[:_MOST_ROWS]

    def render(self, *, colour: bool = False) -> str:
        """Return the counts, then the files that do not pass, worst first, as text with a final newline."""
        return inert("\n".join(self._lines(colour=colour))) + "\n"

    def _lines(self, *, colour: bool) -> Iterator[str]:
        total = self._counts.total()
        told = [f"{count:,} {paint(word, colour=colour)}" for word, count in self._ordered(self._counts)]
        files = "file is" if self.passed_over == 1 else "files are"
        over = f"; {self.passed_over:,} more {files} no SBOM" if self.passed_over else ""
        yield f"{total:,} input{'' if total == 1 else 's'}: {', '.join(told)}{over}"
        if not self._worst:
            return
        wide = min(_WIDE, max(len(path) for *_, path, _ in self._worst))
        yield "\n                findings  file"
        for *_, path, one in self._worst:
            number = f"{one.findings:,}" if one.findings else "-"
            gap = " " * (14 - len(one.word))
            yield f"{paint(one.word, colour=colour)}{gap}{number:>10}  {path:<{wide}}  {one.why}".rstrip()
        shown = Counter(one.word for *_, one in self._worst)
        left = {word: count - shown[word] for word, count in self._counts.items() if word != Status.PASS.value}
        if any(left.values()):
            more = ", ".join(f"{count:,} {word.upper()}" for word, count in self._ordered(left))
            yield f"and {sum(left.values()):,} more: {more}"

    @staticmethod
    def _ordered(counts: dict[str, int]) -> list[tuple[str, int]]:
        return [(word, counts[word]) for word in _WORDS if counts.get(word)]
