"""The report for people: verdict first, then each finding with what matched, its paths, why, and what to do."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from msgspec.structs import replace

from debar.model.decision import Status
from debar.model.elements import Standard
from debar.model.fields import FIELDS, Role
from debar.model.gaps import GAPS
from debar.model.policy import Confidence, FactKind, Outcome
from debar.report import accepted, basis
from debar.text import inert, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debar.model.decision import Evidence, Finding, RegimeVerdict, Route, Ruling, Step, Verdict

_COLOURS = {"fail": "31", "review": "33", "incomplete": "35", "pass": "32", "note": "36", "waived": "36"}
_ORDER = (Outcome.FAIL, Outcome.REVIEW, Outcome.NOTE, Outcome.WAIVED, Outcome.NOT_APPLICABLE)
#: What gets a section of its own; a waived finding stays as visible as it was.
SHOWN = frozenset({Outcome.FAIL, Outcome.REVIEW, Outcome.WAIVED})
_CONFIDENCES = (Confidence.WEAK, Confidence.LIKELY, Confidence.CERTAIN)
#: Gaps that nearly every generated SBOM has: naming three of all components tells nothing.
_EXPECTED = frozenset({"not-asserted-complete", "opaque"})
_WIDTH = 120
_VERBS = {Role.ADDRESS: "points to", Role.PROSE: "mentions"}
NOUNS = {
    FactKind.PARTY: "a company name",
    FactKind.CPE: "a CPE name",
    FactKind.CPE_VENDOR: "a CPE vendor",
    FactKind.PRODUCT: "a product name",
    FactKind.PACKAGE: "a package",
    FactKind.NAMESPACE: "a namespace",
    FactKind.REPOSITORY: "a repository",
    FactKind.FILE: "a file name",
    FactKind.HOST: "a host",
    FactKind.IDENTIFIER: "an identifier",
    FactKind.TOKEN: "a telling word",
    FactKind.STEM: "the vendor's name",
}
_COUNTABLE = 10**15
_LONGEST_PATH = 24
_MOST_FINDINGS = 200
_MOST_MENTIONS = 12
_MOST_NOTES = 20


def render(verdict: Verdict, *, colour: bool = False, near_misses: bool = False, coverage: bool = False) -> str:
    """Return the report as text with a final newline; ANSI colours only when asked for."""
    lines = [
        *_head(verdict, colour=colour),
        *_findings(verdict, colour=colour),
        *_corrected(verdict),
        *_gone(verdict),
        *_regimes(verdict, colour=colour),
        *_inventory(verdict),
        *(_elements(verdict) if coverage else ()),
        *_tail(verdict, near_misses=near_misses),
    ]
    return inert("\n".join(lines)) + "\n"


def paint(word: str, *, colour: bool) -> str:
    """Return an outcome or status in capitals, coloured if asked."""
    code = _COLOURS.get(word)
    return f"\x1b[1;{code}m{word.upper()}\x1b[0m" if colour and code else word.upper()


def label(verdict: Verdict, number: int) -> str:
    """Return a component's label, safe to print; what stands for a document is called by its file."""
    component = verdict.components[number]
    path = verdict.documents[component.document].path
    return safe_text(f"{path} (names no product)" if component.synthetic else component.label, 120)


def title(verdict: Verdict, finding: Finding) -> str:
    """Return what a finding is called; raw text belongs to no component."""
    if finding.evidence[0].field == "raw-text":
        return "text that no section of the SBOM explains"
    return label(verdict, finding.component)


def products(verdict: Verdict) -> str:
    """Return the names of the products judged, the first three at most."""
    names = ", ".join(dict.fromkeys(label(verdict, document.product) for document in verdict.documents[:3]))
    more = len(verdict.documents) - 3
    return names + (f" and {more} more" if more > 0 else "")


def _head(verdict: Verdict, *, colour: bool) -> Iterator[str]:
    aside = f", {words}" if (words := accepted.aside(verdict)) else ""
    yield f"{paint(verdict.status.value, colour=colour)}{aside}  {products(verdict)}"
    yield from _wrap("      ", verdict.reason)
    others = [item for item in verdict.regimes if not item.gating and item.status in {Status.FAIL, Status.REVIEW}]
    if others and verdict.status not in {Status.FAIL, Status.REVIEW}:
        yield from _wrap("      but ", ", ".join(f"{item.status.value} under {item.regime}" for item in others))
    yield (
        f"      policy {basis.packs(verdict)}, as of {verdict.as_of}, "
        f"market {safe_text(verdict.market, 20)}, profile {verdict.profile.value}"
    )
    yield from (f"      {line}" for line in basis.files(verdict))


def gating(verdict: Verdict, finding: Finding) -> Ruling:
    """Return the worst ruling of a finding under the gating regimes; a note if its pack has none that gates."""
    return accepted.decisive(verdict, finding) or replace(finding.rulings[0], outcome=Outcome.NOTE)


def ranked(verdict: Verdict) -> list[tuple[Ruling, Finding]]:
    """Return each finding with its worst gating ruling, the worst first."""
    worst = [(gating(verdict, finding), finding) for finding in verdict.findings]
    return sorted(worst, key=lambda pair: _ORDER.index(pair[0].outcome))


def _findings(verdict: Verdict, *, colour: bool) -> Iterator[str]:
    worst = ranked(verdict)
    loud = [pair for pair in worst if pair[0].outcome in SHOWN]
    for ruling, finding in loud[:_MOST_FINDINGS]:
        yield ""
        yield from _finding(verdict, finding, ruling, colour=colour)
    if len(loud) > _MOST_FINDINGS:
        yield ""
        yield f"... and {len(loud) - _MOST_FINDINGS:,} more components (--format json lists all)"
    notes = [finding for ruling, finding in worst if ruling.outcome not in SHOWN]
    if notes:
        yield ""
        what = "related component" + ("" if len(notes) == 1 else "s")
        yield f"{paint('note', colour=colour)}  {len(notes)} {what} that the deciding regime does not bar"
        for finding in notes[:_MOST_NOTES]:
            yield from _note(verdict, finding)
        if len(notes) > _MOST_NOTES:
            yield f"  ... and {len(notes) - _MOST_NOTES} more (--format json lists all)"


def _corrected(verdict: Verdict) -> Iterator[str]:
    if verdict.corrected:
        yield ""
        yield "corrected"
        for line in basis.corrected(verdict):
            yield from _wrap("  ", line, indent=4)


def _gone(verdict: Verdict) -> Iterator[str]:
    lines = list(accepted.gone(verdict))
    if lines:
        yield ""
        yield "gone since the baseline"
        yield from (f"  {line}" for line in lines[:_MOST_NOTES])
        if len(lines) > _MOST_NOTES:
            yield f"  ... and {len(lines) - _MOST_NOTES:,} more (--format json lists all)"


def where(verdict: Verdict, finding: Finding) -> str:
    """Return file, line and column of a finding, as far as they are known."""
    path = safe_text(verdict.documents[verdict.components[finding.component].document].path, 200)
    return f"{path}:{finding.line}:{finding.column}" if finding.line else path


def _finding(verdict: Verdict, finding: Finding, ruling: Ruling, *, colour: bool) -> Iterator[str]:
    yield f"{paint(ruling.outcome.value, colour=colour)}  {title(verdict, finding)}"
    facts = f"{finding.article.value}, {finding.use.word}, {finding.confidence.value}"
    by = f", by {finding.pack}" if len(verdict.packs) > 1 else ""
    yield f"  {facts}{', disguised' if finding.obfuscated else ''}{by}  at {where(verdict, finding)}"
    yield "  matched"
    for item in finding.evidence[:_MOST_MENTIONS]:
        yield f"    {mention(item)}"
    if len(finding.evidence) > _MOST_MENTIONS:
        yield f"    ... and {len(finding.evidence) - _MOST_MENTIONS} more"
    if finding.evidence[0].field != "raw-text":
        yield from routes(verdict, finding.route)
    for line in remarks(verdict, finding):
        yield from _wrap("  ", line, indent=8)
    yield from _wrap("  why   ", ruling.why)
    yield from _wrap("        ", f"{ruling.regime}: {ruling.citation}")
    others = [other for other in finding.rulings if other.regime != ruling.regime]
    if others:
        yield "  also  " + ", ".join(f"{other.outcome.value} under {other.regime}" for other in others)
    if ruling.remedy:
        yield from _wrap("  do    ", ruling.remedy)


def remarks(verdict: Verdict, finding: Finding) -> Iterator[str]:
    """Yield what waivers and a baseline say of a finding, safe to print."""
    if verdict.baseline and finding.existing:
        yield "existing: the baseline has it too"
    elif verdict.baseline and finding.since:
        source, target = (label(verdict, number) for number in finding.since)
        yield f"new: the baseline lacks the edge {source} -> {target}"
    elif verdict.baseline:
        yield "new: the baseline has nothing there that is as bad, on the same facts"
    yield from accepted.waivers(verdict, finding)


def mention(item: Evidence) -> str:
    """Return what matched as a line: the field, the text, the folds that it took, and the fact."""
    folds = f" [{', '.join(item.folds)}]" if item.obfuscated else ""
    sure = "" if item.confidence is Confidence.CERTAIN else f", {item.confidence.value}"
    verb = _VERBS.get(FIELDS[item.field].role, "matches")
    known = f"{NOUNS[item.fact.kind]}: {safe_text(item.fact.what, 100)} ({item.fact.id}{sure})"
    return f'{item.field} "{safe_text(item.value, 160)}"{folds} {verb} {known}'


def routes(verdict: Verdict, route: Route) -> Iterator[str]:
    """Yield the lines that show how the product comes to hold a component."""
    shown = len(route.paths)
    many = route.count >= _COUNTABLE
    counted = f"more than {_COUNTABLE:,} paths" if many else f"{route.count:,} path" + ("" if route.count == 1 else "s")
    yield f"  {counted}" + (f", the {shown} shortest" if route.count > shown else "")
    for path in route.paths:
        yield from _path(verdict, path)
    if route.count > 1 and route.introduced_by and route.introduced_by != (route.paths[0][-1].component,):
        yield f"  brought in by {_some(verdict, route.introduced_by)}"
    if route.count == 1:
        return
    if route.cut:
        yield f"  removing any one of these removes it: {_some(verdict, route.cut)}"
    if route.cut_edges:
        pairs = [f"{label(verdict, a)} -> {label(verdict, b)}" for a, b in route.cut_edges[:5]]
        yield f"  cutting any one of these edges removes it: {'; '.join(pairs)}"


def _some(verdict: Verdict, numbers: Sequence[int], most: int = 8) -> str:
    names = [label(verdict, number) for number in numbers[:most]]
    return ", ".join(names) + (f" and {len(numbers) - most} more" if len(numbers) > most else "")


def _path(verdict: Verdict, path: Sequence[Step]) -> Iterator[str]:
    """Draw a path, without the middle of a very long one."""
    document = -1
    half = _LONGEST_PATH // 2
    hidden = range(half, len(path) - half) if len(path) > _LONGEST_PATH else range(0)
    for at, step in enumerate(path):
        if at in hidden:
            if at == hidden.start:
                yield f"    {'   ' * (at - 1)}└─ ... {len(hidden):,} more ..."
            continue
        component = verdict.components[step.component]
        moved = f"  (in {safe_text(verdict.documents[component.document].path, 120)})"
        note = moved if len(verdict.documents) > 1 and component.document != document else ""
        note += basis.certified(verdict, step.component)
        document = component.document
        depth = at - max(0, len(hidden) - 1) if hidden and at >= hidden.stop else at
        if step.kind is None:
            yield f"    {label(verdict, step.component)}{note}"
        else:
            yield f"    {'   ' * (depth - 1)}└─ {step.kind.word} ─ {label(verdict, step.component)}{note}"


def _note(verdict: Verdict, finding: Finding) -> Iterator[str]:
    best = max(
        finding.evidence,
        key=lambda item: (item.fact.article is finding.article, _CONFIDENCES.index(item.confidence)),
    )
    name = label(verdict, finding.component)
    yield f"  {name}  {finding.article.value}, {finding.use.word}  at {where(verdict, finding)}"
    yield f"    {mention(best)}"
    elsewhere = [r for r in finding.rulings if r.outcome in {Outcome.FAIL, Outcome.REVIEW}]
    ruling = gating(verdict, finding)
    yield from _wrap("    ", ruling.why)
    for line in remarks(verdict, finding):
        yield from _wrap("    ", line, indent=8)
    if elsewhere:
        yield "    but " + ", ".join(f"{other.outcome.value} under {other.regime}" for other in elsewhere)


def _regimes(verdict: Verdict, *, colour: bool) -> Iterator[str]:
    yield ""
    yield "regimes"
    width = max(len(item.regime) + len(item.profile) + 3 for item in verdict.regimes)
    for item in verdict.regimes:
        name = f"{item.regime} ({item.profile})"
        yield f"  {name:<{width}}  {_standing(item, colour=colour)}"


def _standing(item: RegimeVerdict, *, colour: bool) -> str:
    word = paint(item.status.value, colour=colour)
    aside = (f"{item.waived:,} waived" if item.waived else "", f"{item.ungated:,} not gated" if item.ungated else "")
    told = "".join(f", {part}" for part in aside if part)
    if item.gating:
        return f"{word}  decides the verdict{told}"
    return f"would be {word}{told}" if item.status is not Status.NOT_APPLICABLE else word


def _inventory(verdict: Verdict) -> Iterator[str]:
    coverage = verdict.coverage
    yield ""
    yield "inventory"
    unlinked = coverage.components - coverage.reachable
    yield (
        f"  {_count(coverage.components, 'component')}, all checked; {coverage.identified:,} identified: "
        f"{coverage.with_identifier:,} by purl, CPE or SWID, {coverage.with_supplier:,} with a supplier, "
        f"{coverage.with_hash:,} with a hash"
    )
    yield f"  {coverage.reachable:,} linked to the product, {unlinked:,} only listed"
    if coverage.links_total:
        yield f"  {coverage.links_resolved:,} of {coverage.links_total:,} links to other documents resolved"
    for ruling in verdict.gaps:
        word, message = ("missing", ruling.message) if ruling.blocks else ("limit  ", GAPS[ruling.gap.code].says)
        examples = ", ".join(safe_text(example, 80) for example in ruling.gap.examples[:3])
        named = f" Such as: {examples}." if examples and ruling.gap.code not in _EXPECTED else ""
        head = f"  {word}  {ruling.gap.code} ({ruling.gap.count:,}): "
        yield from _wrap(head, f"{message}.{named}", indent=11)


def _elements(verdict: Verdict) -> Iterator[str]:
    """Show the minimum elements as a table a standard."""
    for standard in Standard:
        yield ""
        yield f"minimum elements, {standard.value}"
        for element in verdict.elements:
            if element.kind.standard is standard:
                what = "component" if element.kind.component else "document"
                yield f"  {element.kind.name:<25} {element.present:>9,} of {_count(element.total, what)}"
    yield "  the official text of CISA 2026 was not available: its fields are as public implementations name them"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _tail(verdict: Verdict, *, near_misses: bool) -> Iterator[str]:
    if verdict.notes or verdict.near_misses:
        yield ""
        yield "notes"
        for note in verdict.notes[:_MOST_NOTES]:
            yield f"  {safe_text(note, 300)}"
        if verdict.near_misses and not near_misses:
            yield f"  looked alike and not flagged: {len(verdict.near_misses):,} (--near-misses shows them)"
        for miss in verdict.near_misses if near_misses else ():
            name = label(verdict, miss.component)
            yield f'  not flagged: {name}: {miss.field} "{safe_text(miss.value, 120)}": {miss.why}'
    yield ""
    for disclaimer in basis.disclaimers(verdict):
        yield from _wrap("", disclaimer)


def _wrap(head: str, text: str, indent: int | None = None) -> list[str]:
    """Wrap made-safe text behind a head, the following lines set in as far."""
    inner = " " * (len(head) if indent is None else indent)
    return wrap(safe_text(text, 1_000), _WIDTH, initial_indent=head, subsequent_indent=inner) or [head]
