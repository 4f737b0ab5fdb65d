"""Markdown for a job summary: GitHub drops a summary above 1 MiB whole, so this one ends earlier by itself.

Texts of an SBOM stand in code spans and code blocks only, where neither mentions nor links nor HTML work.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from debar.model.decision import Status
from debar.model.gaps import GAPS
from debar.report import accepted, basis
from debar.report.joining import Between
from debar.report.text import SHOWN, mention, products, ranked, remarks, routes, title, where
from debar.report.wording import chain, elsewhere, meaning
from debar.text import inert, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from debar.model.decision import Finding, Ruling, Verdict

_MOST_BYTES = 1_000_000
# Kept for what comes after the findings and must not be lost: regimes, inventory, the notice.
_RESERVED = 60_000
# What goes between two parts, at most.
_RULE = 10
_MOST_ROWS = 200
_MOST_MENTIONS = 12
_MOST_EXAMPLES = 3
_MOST_NOTES = 20
_SIGNS = {"fail": "❌", "review": "⚠️", "incomplete": "❔", "pass": "✅"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&!])")
_BACKTICKS = re.compile(r"`+")


def render(verdict: Verdict) -> str:
    """Return the report as GitHub-flavoured Markdown of at most a million bytes."""
    pairs = ranked(verdict)
    loud = [pair for pair in pairs if pair[0].outcome in SHOWN]
    quiet = [pair for pair in pairs if pair[0].outcome not in SHOWN]
    head = [_head(verdict), _table(verdict, loud)]
    tail = [
        _regimes(verdict),
        _inventory(verdict),
        _notes(verdict),
        f"<sub>{escaped(' '.join(basis.disclaimers(verdict)))}</sub>",
    ]
    used = sum(len(part.encode()) for part in (*head, *tail))
    sections = [*(_finding(verdict, *pair) for pair in loud), _quiet(verdict, quiet)]
    kept = list(_fitting(sections, _MOST_BYTES - _RESERVED - used))
    if len(kept) < len(sections):
        left = len(sections) - len(kept)
        kept.append(f"> **Cut:** {left:,} more sections do not fit into a job summary; `--format json` writes all.")
    return inert("\n\n".join(part for part in (*head, *kept, *tail) if part)) + "\n"


class Joined(Between):
    """One page of several, as many as fit."""

    def __init__(self) -> None:
        super().__init__("", "\n---\n\n", "")
        self._room = _MOST_BYTES - _RESERVED
        self._left = 0

    def add(self, report: str) -> str:
        """Return a report with what goes before it, nothing once the page is full."""
        self._room -= len(report.encode()) + _RULE
        if self._room >= 0:
            return super().add(report)
        self._left += 1
        return ""

    def end(self) -> str:
        """Return how many reports are left out, if any."""
        cut = f"> **Cut:** {self._left:,} more reports do not fit; write a file for each SBOM.\n"
        return super().add(cut) if self._left else ""


def _fitting(parts: Iterable[str], room: int) -> Iterator[str]:
    for part in parts:
        room -= len(part.encode()) + _RULE
        if room < 0:
            return
        yield part


def escaped(text: str) -> str:
    """Escape prose of a pack; texts of an SBOM go through `code`, since GitHub links mentions even when escaped."""
    return _SPECIAL.sub(r"\\\1", safe_text(text, 2_000))


def code(text: str, *, cell: bool = False) -> str:
    """Return text as a code span that it cannot end; in a cell of a table a bar becomes a broken one."""
    text = safe_text(text, 300) or " "
    if cell:
        # No escape of a bar holds in all of GitHub, GitLab and Azure; the finding's section shows it as it is.
        text = text.replace("|", "¦")
    fence = _fence(text, 1)
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"


def block(lines: Iterable[str]) -> str:
    """Return lines as a code block that they cannot end."""
    text = "\n".join(lines)
    fence = _fence(text, 3)
    return f"{fence}text\n{text}\n{fence}"


def _fence(text: str, least: int) -> str:
    longest = max(map(len, _BACKTICKS.findall(text)), default=0)
    return "`" * max(least, longest + 1)


def _head(verdict: Verdict) -> str:
    word = verdict.status.value
    regimes = ", ".join(item.regime for item in verdict.regimes if item.gating)
    others = [item for item in verdict.regimes if not item.gating and item.status in {Status.FAIL, Status.REVIEW}]
    lines = [
        f"## {_SIGNS.get(word, '')} {accepted.heading(verdict)}: {code(products(verdict))}".replace("  ", " "),
        "",
        f"**{escaped(verdict.reason)}**",
        "",
        (
            f"Policy {escaped(basis.packs(verdict))}, as of {verdict.as_of}, "
            f"market {code(verdict.market)}, profile {verdict.profile.value}; {escaped(regimes)} decides."
        ),
    ]
    if others and verdict.status not in {Status.FAIL, Status.REVIEW}:
        lines += ["", "But " + ", ".join(f"{item.status.value} under {escaped(item.regime)}" for item in others) + "."]
    return "\n".join(lines)


def _table(verdict: Verdict, loud: Sequence[tuple[Ruling, Finding]]) -> str:
    if not loud:
        return ""
    rows = ["| | component | what it is | use | path |", "|---|---|---|---|---|"]
    for ruling, finding in loud[:_MOST_ROWS]:
        name = code(title(verdict, finding), cell=True)
        path = code(chain(verdict, finding.route.paths[0]), cell=True)
        facts = f"{finding.article.value}, {finding.confidence.value}"
        rows.append(f"| {ruling.outcome.value.upper()} | {name} | {facts} | {finding.use.word} | {path} |")
    if len(loud) > _MOST_ROWS:
        rows.append(f"| | {len(loud) - _MOST_ROWS:,} more | | | |")
    return "\n".join(rows)


def _finding(verdict: Verdict, ruling: Ruling, finding: Finding) -> str:
    disguised = ", disguised" if finding.obfuscated else ""
    what = meaning(verdict, finding)
    lines = [
        f"### {ruling.outcome.value.upper()}: {code(title(verdict, finding))}",
        "",
        (
            f"{what[0].upper()}{escaped(what[1:])}; {finding.use.word}, {finding.confidence.value}{disguised}; "
            f"at {code(where(verdict, finding))}."
        ),
        "",
        block(map(mention, finding.evidence[:_MOST_MENTIONS])),
    ]
    if len(finding.evidence) > _MOST_MENTIONS:
        lines += ["", f"... and {len(finding.evidence) - _MOST_MENTIONS:,} more matches"]
    if finding.evidence[0].field != "raw-text":
        lines += ["", block(line.removeprefix("  ") for line in routes(verdict, finding.route))]
    lines.append("")
    lines += [f"- {code(line)}" for line in remarks(verdict, finding)]
    lines += [f"- **Why:** {escaped(ruling.why)} {escaped(ruling.regime)}: {escaped(ruling.citation)}"]
    if others := elsewhere(finding, ruling.regime):
        lines.append(f"- **Also:** {escaped(others)}")
    if ruling.remedy:
        lines.append(f"- **What to do:** {escaped(ruling.remedy)}")
    return "\n".join(lines)


def _quiet(verdict: Verdict, quiet: Sequence[tuple[Ruling, Finding]]) -> str:
    if not quiet:
        return ""
    lines = ["### Related components that the deciding regime does not bar", ""]
    for ruling, finding in quiet[:_MOST_ROWS]:
        others = elsewhere(finding, ruling.regime)
        but = f"; but {escaped(others)}" if others else ""
        lines.append(
            f"- {code(title(verdict, finding))}: {finding.article.value}, {finding.use.word}; "
            f"{ruling.outcome.value}: {escaped(ruling.why)}{but}"
        )
    if len(quiet) > _MOST_ROWS:
        lines.append(f"- ... and {len(quiet) - _MOST_ROWS:,} more")
    return "\n".join(lines)


def _regimes(verdict: Verdict) -> str:
    rows = ["### Regimes", "", "| regime | verdict | |", "|---|---|---|"]
    for item in verdict.regimes:
        name = f"[{escaped(item.title)}](<{item.url}>)" if item.url.startswith("https://") else escaped(item.title)
        word = item.status.value.upper()
        standing = "decides" if item.gating else "shown only"
        standing += f", {item.waived:,} waived" if item.waived else ""
        standing += f", {item.ungated:,} not gated" if item.ungated else ""
        rows.append(f"| {name}, {escaped(item.regime)} ({escaped(item.profile)}) | {word} | {standing} |")
    return "\n".join(rows)


def _inventory(verdict: Verdict) -> str:
    coverage = verdict.coverage
    lines = [
        "### Inventory",
        "",
        f"{coverage.components:,} components, all checked; {coverage.identified:,} identified, "
        f"{coverage.reachable:,} linked to the product."
        + (f" {coverage.links_resolved:,} of {coverage.links_total:,} links resolved." if coverage.links_total else ""),
        "",
    ]
    for ruling in verdict.gaps:
        word, says = ("missing", ruling.message) if ruling.blocks else ("limit", GAPS[ruling.gap.code].says)
        such = ", ".join(code(example) for example in ruling.gap.examples[:_MOST_EXAMPLES])
        named = f" Such as: {such}." if such and ruling.blocks else ""
        lines.append(f"- **{word}** {ruling.gap.code} ({ruling.gap.count:,}): {escaped(says)}.{named}")
    inputs = [
        f"{safe_text(item.path, 200)}  {item.format} {safe_text(item.spec_version, 20)}  sha256:{item.sha256}"
        for item in verdict.documents[:_MOST_NOTES]
    ]
    if len(verdict.documents) > _MOST_NOTES:
        inputs.append(f"... and {len(verdict.documents) - _MOST_NOTES:,} more")
    return "\n".join([*lines, "", block(inputs)])


def _notes(verdict: Verdict) -> str:
    own = [*basis.files(verdict), *basis.corrected(verdict)]
    known = f"### Files of the user\n\n{block(own)}" if own else ""
    if lines := list(accepted.gone(verdict)):
        cut = [*lines[:_MOST_ROWS], *([f"... and {len(lines) - _MOST_ROWS:,} more"] if len(lines) > _MOST_ROWS else [])]
        known = "\n\n".join([*([known] if known else ()), f"### Gone since the baseline\n\n{block(cut)}"])
    if not verdict.notes:
        return known
    more = len(verdict.notes) - _MOST_NOTES
    shown = [safe_text(note) for note in verdict.notes[:_MOST_NOTES]] + ([f"... and {more:,} more"] if more > 0 else [])
    return "\n\n".join([*([known] if known else ()), f"### Notes\n\n{block(shown)}"])
