"""CSV: one row for the verdict, each regime, each finding and each gap.

Cells that a spreadsheet would take for a formula begin with an apostrophe (OWASP, "CSV injection").
"""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

from debar.report import accepted, basis
from debar.report.joining import Between
from debar.report.json_v1 import digits
from debar.report.text import products, ranked, remarks, title
from debar.report.wording import chain, elsewhere
from debar.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.model.decision import Finding, Ruling, Verdict

COLUMNS = (
    "record",
    "outcome",
    "id",
    "component",
    "version",
    "purl",
    "article",
    "use",
    "confidence",
    "disguised",
    "document",
    "line",
    "column",
    "matched",
    "path",
    "paths",
    "regime",
    "citation",
    "why",
    "elsewhere",
    "remedy",
    "status",
    "remarks",
)
_HEADING = ",".join(COLUMNS) + "\n"
_FORMULA = tuple("=+-@\t\r＝＋－＠")
_MOST_TEXT = 2_000
_MOST_LISTED = 20


def render(verdict: Verdict) -> str:
    """Return the verdict as CSV with a heading line."""
    text = StringIO()
    text.write(_HEADING)
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    for row in _rows(verdict):
        writer.writerow({key: cell(value) for key, value in row.items()})
    return text.getvalue()


class Joined(Between):
    """One table of several, under one heading."""

    def __init__(self) -> None:
        super().__init__(_HEADING, "", "", lambda report: report.removeprefix(_HEADING))


def cell(value: str) -> str:
    """Return a value as one line of text that no spreadsheet evaluates."""
    text = safe_text(value, _MOST_TEXT)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _rows(verdict: Verdict) -> Iterator[dict[str, str]]:
    yield {
        "record": "verdict",
        "outcome": verdict.status.value,
        "component": products(verdict),
        "document": "; ".join(item.path for item in verdict.documents[:_MOST_LISTED]),
        "regime": "; ".join(item.regime for item in verdict.regimes if item.gating),
        "why": verdict.reason,
    }
    for item in verdict.regimes:
        yield {
            "record": "regime" if item.gating else "regime (shown only)",
            "outcome": item.status.value,
            "regime": f"{item.regime}:{item.profile}",
            "citation": item.citation,
            "why": item.reason,
        }
    for ruling, finding in ranked(verdict):
        yield _finding(verdict, ruling, finding)
    for known in (*basis.files(verdict), *basis.corrected(verdict)):
        yield {"record": "basis", "why": known}
    for line in accepted.gone(verdict):
        yield {"record": "gone", "component": line}
    for gap in verdict.gaps:
        yield {
            "record": "gap",
            "outcome": "missing" if gap.blocks else "limit",
            "id": gap.gap.code,
            "matched": "; ".join(gap.gap.examples),
            "why": f"{gap.message} ({gap.gap.count:,})",
        }


def _finding(verdict: Verdict, ruling: Ruling, finding: Finding) -> dict[str, str]:
    component = verdict.components[finding.component]
    raw = finding.evidence[0].field == "raw-text"
    shown = finding.evidence[:_MOST_LISTED]
    return {
        "record": "finding",
        "outcome": ruling.outcome.value,
        "id": finding.id,
        "component": title(verdict, finding) if raw else component.name,
        "version": "" if raw else component.version,
        "purl": "" if raw else component.purl,
        "article": finding.article.value,
        "use": finding.use.word,
        "confidence": finding.confidence.value,
        "disguised": "yes" if finding.obfuscated else "no",
        "document": verdict.documents[component.document].path,
        "line": str(finding.line or ""),
        "column": str(finding.column or ""),
        "matched": "; ".join(f"{item.field}: {item.value} ({item.fact.id})" for item in shown),
        "path": chain(verdict, finding.route.paths[0]),
        "paths": digits(finding.route.count),
        "regime": ruling.regime,
        "citation": ruling.citation,
        "why": ruling.why,
        "elsewhere": elsewhere(finding, ruling.regime),
        "remedy": ruling.remedy,
        "status": accepted.status(verdict, finding),
        "remarks": "; ".join(remarks(verdict, finding)),
    }
