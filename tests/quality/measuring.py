"""How well labelled rows are told apart: every row through the whole pipeline, counted by label and by field.

Run as a command, it prints what it measured and writes it to docs/quality.md.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from carrying import TABLE, WRITERS, sboms
from labelled import SETS, Row

from debar import packs, pipeline
from debar.pipeline import Input, Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from debar.model.decision import Finding, Verdict
    from debar.model.policy import Pack

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs/quality.md"
AS_OF = "2026-11-21T00:00:00Z"
BIS = "us-bis-icts-2021-002"
# Worst first.
OUTCOMES = ("fail", "review", "note", "nothing")
_GATE: dict[str, Any] = yaml.safe_load((HERE / "gate.yaml").read_text(encoding="utf-8"))
FLOORS: dict[str, dict[str, float]] = _GATE["floors"]
#: (field, value) -> why the row is still wrong.
REMAINING = {(field, value): group["why"] for group in _GATE["remaining"] for field, value in group["rows"]}


@dataclass(frozen=True, slots=True)
class Seen:
    """What one document came to: the worst outcome under BIS and under any regime, the worst finding's article."""

    format: str
    bis: str
    any: str
    article: str
    kinds: frozenset[str]

    @property
    def said(self) -> str:
        return f"{self.bis} {self.article}".strip()


@dataclass(frozen=True, slots=True)
class Judged:
    """A row and what its documents came to. A row is only as good as its worst document."""

    row: Row
    seen: tuple[Seen, ...]

    def reported(self, one: Seen) -> bool:
        return one.any in {"fail", "review"} or (one.any == "note" and self.row.noted)

    @property
    def kind(self) -> str:
        """Return TP, FN, FP or TN; a note on what is not the vendor's is no false alarm."""
        if self.row.articles:
            return "TP" if all(map(self.reported, self.seen)) else "FN"
        return "FP" if any(one.bis in {"fail", "review"} for one in self.seen) else "TN"

    def right(self, one: Seen) -> bool:
        """Tell whether a document came to what its row says: reported or left alone, and under which article."""
        if self.row.articles:
            return self.reported(one) and one.article in self.row.articles
        return one.bis in {"note", "nothing"}

    @property
    def article_right(self) -> bool:
        return all(one.article in self.row.articles for one in self.seen)

    @property
    def outcome_right(self) -> bool:
        """Tell whether BIS comes to exactly what the row says; of a negative, to no more."""
        asked = self.row.outcome
        return not asked or all(
            one.bis == asked or (not self.row.articles and OUTCOMES.index(one.bis) > OUTCOMES.index(asked))
            for one in self.seen
        )

    @property
    def wrong(self) -> bool:
        return not all(map(self.right, self.seen)) or not self.outcome_right

    @property
    def deciding(self) -> str:
        """Return the outcome that counts: the weakest of a positive, the worst of a negative."""
        return (max if self.row.articles else min)((one.bis for one in self.seen), key=OUTCOMES.index)


@cache
def pack() -> Pack:
    return packs.load(packs.find("us-kaspersky"))


def _worst(finding: Finding, regimes: Iterable[str]) -> int:
    outcomes = [ruling.outcome.value for ruling in finding.rulings if ruling.regime in regimes]
    return min((OUTCOMES.index(one) for one in outcomes if one in OUTCOMES), default=OUTCOMES.index("nothing"))


def see(format_: str, data: bytes) -> Seen:
    """Check one document."""
    verdict: Verdict = pipeline.check([Input(path="x", data=data)], pack=pack(), options=Options(as_of=AS_OF))
    assert verdict.documents[0].format == format_
    every = {regime.regime for regime in verdict.regimes}
    found = sorted((_worst(one, {BIS}), _worst(one, every), one.article.value) for one in verdict.findings)
    kinds = frozenset(item.fact.kind.value for one in verdict.findings for item in one.evidence)
    bis, _, article = found[0] if found else (-1, -1, "")
    return Seen(format_, OUTCOMES[bis], OUTCOMES[min((one[1] for one in found), default=-1)], article, kinds)


def judge(row: Row) -> Judged:
    """Check a row in every place and format that has its field."""
    made = [one for parts in row.places for one in sboms(parts).items()]
    assert made, f"no format has a place for {row}"
    return Judged(row, tuple(see(format_, data) for format_, data in made))


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares, from 0 to 1."""

    precision: float
    recall: float
    article: float
    outcome: float

    @classmethod
    def of(cls, judged: Sequence[Judged]) -> Figures:
        count = Counter(one.kind for one in judged)
        reported = [one for one in judged if one.kind == "TP"]
        asked = [one for one in judged if one.row.outcome]
        return cls(
            precision=count["TP"] / (count["TP"] + count["FP"]),
            recall=count["TP"] / (count["TP"] + count["FN"]),
            article=sum(one.article_right for one in reported) / len(reported),
            outcome=sum(one.outcome_right for one in asked) / len(asked) if asked else 1,
        )


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    return ["| " + " | ".join(map(str, row)) + " |" for row in (head, ["---"] * len(head), *rows)]


def _confusion(what: str, judged: Sequence[Judged], key: Callable[[Judged], str]) -> list[str]:
    rows = []
    for name in sorted({key(one) for one in judged}):
        some = [one for one in judged if key(one) == name]
        outcome = Counter(one.deciding for one in some)
        kind = Counter(one.kind for one in some)
        article = sum(one.kind == "TP" and not one.article_right for one in some)
        rows.append(
            (
                name,
                len(some),
                *(outcome[one] or "" for one in OUTCOMES),
                kind["FN"] or "",
                kind["FP"] or "",
                article or "",
            )
        )
    return _table((what, "rows", *OUTCOMES, "missed", "false alarms", "other article"), rows)


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


def wrong_rows(judged: Iterable[Judged]) -> set[tuple[str, str]]:
    """Return field and value of what is wrong."""
    return {(one.row.field, one.row.value) for one in judged if one.wrong}


def _wrong(judged: Sequence[Judged]) -> list[str]:
    groups: dict[str, list[tuple[str, ...]]] = {}
    for one in judged:
        if one.wrong:
            bad = [seen for seen in one.seen if not one.right(seen)] or one.seen
            said = Counter(seen.said for seen in bad)
            where = "" if len(bad) == len(one.seen) else ": " + ", ".join(sorted({seen.format for seen in bad}))
            asked = f"{one.row.outcome} {one.row.label}".strip()
            why = REMAINING.get((one.row.field, one.row.value), "**no reason given**")
            groups.setdefault(why, []).append((one.row.field, _code(one.row.value), asked, " or ".join(said) + where))
    lines = []
    for why, rows in sorted(groups.items()):
        lines += [why, "", *_table(("field", "value", "should be", "is"), rows), ""]
    return lines[:-1] if lines else ["None."]


def section(name: str, judged: Sequence[Judged]) -> str:
    """Return what was measured of one set, in Markdown."""
    figures = Figures.of(judged)
    count = Counter(one.kind for one in judged)
    positive = count["TP"] + count["FN"]
    shares = (figures.precision, figures.recall, figures.article, figures.outcome)
    summary = (*(f"{share:.3f}" for share in shares), count["FN"], count["FP"])
    documents = Counter(seen.format for one in judged for seen in one.seen)
    bad = Counter(seen.format for one in judged for seen in one.seen if not one.right(seen))
    lines = [
        f"## {name}",
        "",
        f"{len(judged)} rows in {documents.total()} documents; {positive} rows are to be reported.",
        "",
        *_table(("precision", "recall", "article right", "outcome right", "missed", "false alarms"), [summary]),
        "",
        *_confusion("label", judged, lambda one: one.row.label),
        "",
        *_confusion("field", judged, lambda one: one.row.field),
        "",
        *_table(("format", "documents", "wrong"), [(one, documents[one], bad[one] or "") for one in WRITERS]),
        "",
        f"### What is still wrong: {name}",
        "",
        *_wrong(judged),
    ]
    return "\n".join(lines) + "\n"


HEAD = """# How well it matches

This page is made by `just quality`, and a test holds it to what that prints.

Every row of a labelled set names one value of one field, and says what it is. The row becomes the smallest SBOM that
carries it in that field, in every format that has the field (the table of places is `tests/quality/places.yaml`). Each
document goes through the whole pipeline as of {as_of}, and a row counts as right only if it is right in all of them.
Rows without a place in any format: {nowhere}.

- A row of the vendor's is *reported* when it is at `review` or `fail` under some regime, or at `note` where that is
  what its article comes to: threat intelligence and training, which are excluded, connectors, and other software.
  What is not reported is *missed*.
- A row that is not the vendor's is a *false alarm* when it is at `review` or `fail` under the BIS determination; at
  `note` it is not.
- *Precision* is reported / (reported + false alarms); *recall* is reported / (reported + missed).
- *Article right* is the share of reported rows whose worst finding has the article that the row says; *outcome right*
  the share whose outcome under BIS is exactly that of the row (of a row to be left alone: no more than that).
- The columns `fail` to `nothing` count rows by their outcome under BIS in the document that decides: the weakest of a
  row to report, the worst of one to leave alone.

The floors below which the tests fail are in `tests/quality/gate.yaml`. The sets are hard on purpose and no random
sample: the figures say how the matcher does on hard cases, not how often it errs on a usual SBOM.
"""


def head() -> str:
    """Return what the page says before its sections."""
    nowhere = ", ".join(f"`{field}` ({why})" for field, why in TABLE["nowhere"].items()) or "none"
    return HEAD.format(nowhere=nowhere, as_of=AS_OF[:10])


def kept(name: str) -> str:
    """Return the section that the page has of a set."""
    found = re.search(
        rf"^## {re.escape(name)}\n.*?(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return found[0].rstrip("\n") + "\n" if found else ""


def main() -> None:
    """Measure every set that is here; a set that is not keeps its section."""
    parts = [head()]
    for name, (path, rows) in SETS.items():
        judged = [judge(row) for row in rows()] if path.is_file() else []
        parts.append(section(name, judged) if judged else kept(name))
        right = {(one.row.field, one.row.value) for one in judged} - wrong_rows(judged)
        for field, value in sorted(right & REMAINING.keys()):
            sys.stderr.write(f"right again, take it out of gate.yaml: {field} {value}\n")
    text = "\n".join(parts)
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
