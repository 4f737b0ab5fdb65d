"""What ``debar policy show`` prints."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeVar

import msgspec

from debar.errors import UsageError
from debar.model.inventory import Use
from debar.model.policy import USES, Article, Basis, Fact, Outcome, Pack, Regime, Verified
from debar.verdict.findings import lookup, outcome_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Item = TypeVar("Item", Fact, Regime)

_WIDTH = 100
_VERIFIED = {
    Verified.PRIMARY: "read in the source",
    Verified.SECONDARY: "from a secondary source",
    Verified.NO: "NOT VERIFIED",
}
_USES = tuple(sorted(Use, reverse=True))


def pick(items: Sequence[Item], wanted: str, what: str, pack: Pack) -> Item:
    """Return the item of that id; `UsageError` with the nearest ids if there is none."""
    found = next((item for item in items if item.id == wanted), None)
    if found is None:
        near = get_close_matches(wanted, [item.id for item in items], n=5, cutoff=0.3)
        raise UsageError(f"pack {pack.id} has no {what} {wanted!r}" + (f"; like it: {', '.join(near)}" if near else ""))
    return found


def as_json(part: object) -> str:
    """Return a pack or a part of it as JSON in ASCII, so that no character of a pack can act on a terminal."""
    return json.dumps(msgspec.to_builtins(part), indent=2)


def counts(pack: Pack) -> str:
    """Return how much a pack holds."""
    return f"{len(pack.facts)} facts · {len(pack.entities)} entities · {len(pack.regimes)} regimes"


def lines(pack: Pack, part: object) -> Iterator[str]:
    """Yield the text for a pack, one of its regimes or facts, or all facts; not yet safe to print."""
    if isinstance(part, Regime):
        yield from _regime(part, pack)
    elif isinstance(part, Fact):
        yield from _fact(part, pack)
    elif isinstance(part, Pack):
        yield from _overview(part)
    else:
        width = max(len(fact.id) for fact in pack.facts)
        for fact in pack.facts:
            words = f"{fact.kind.value:10}  {fact.article.value:19}  {fact.confidence.value:7}"
            yield f"{fact.id:{width}}  {words}  {' | '.join(fact.values)}"


def _overview(pack: Pack) -> Iterator[str]:
    due = date.fromisoformat(pack.legal_as_of) + timedelta(days=pack.max_age_days)
    yield f"{pack.id} {pack.version}: {pack.title}"
    yield from _prose(pack.description)
    yield ""
    yield f"Vendor      {pack.vendor}"
    yield f"Law as of   {pack.legal_as_of}; due for an update after {due}"
    yield f"Digest      sha256 {pack.digest}"
    yield f"Holds       {counts(pack)}"
    kinds = Counter(fact.kind.value for fact in pack.facts)
    yield from _prose(", ".join(f"{kind} {number}" for kind, number in kinds.items()), "Facts       ", 12)
    yield ""
    yield "Regimes"
    for regime in pack.regimes:
        default = " (default)" if regime.id in pack.default_regimes else ""
        yield f"  {regime.id}{default}"
        yield from _prose(f"{regime.title}; in force from {_utc(regime.effective)}", "    ", 4)
    if pack.missing_sources:
        yield ""
        yield "Sources that were not available"
        for source in pack.missing_sources:
            yield from _item(source)
    yield ""
    yield from _prose(pack.disclaimer)
    yield ""
    yield f"More: debar policy show {pack.id} --regime ID, --facts or --fact ID"


def _fact(fact: Fact, pack: Pack) -> Iterator[str]:
    yield f"{fact.id}: {fact.what}"
    yield f"  kind        {fact.kind.value}" + (f" in {', '.join(fact.types)}" if fact.types else "")
    for number, value in enumerate(fact.values):
        yield f"  {'' if number else 'values':11} {value}" + (" (exactly)" if fact.exact else "")
    yield f"  article     {fact.article.value}"
    yield f"  confidence  {fact.confidence.value}"
    yield from _prose(f"{fact.source} ({_VERIFIED[fact.verified]})", "  source      ", 14)
    entity = next((entity for entity in pack.entities if entity.id == fact.entity), None)
    if entity:
        yield from _prose(f"{entity.name}, {entity.relation.value}: {entity.evidence}", "  entity      ", 14)
    if fact.note:
        yield from _prose(fact.note, "  note        ", 14)


def _regime(regime: Regime, pack: Pack) -> Iterator[str]:
    yield f"{regime.id}: {regime.title}"
    yield ""
    yield from _prose(regime.citation, "Citation    ", 12)
    yield from _prose(regime.authority, "Authority   ", 12)
    yield f"Text        {regime.url}"
    yield f"In force    from {_utc(regime.effective)}"
    yield f"Territory   {', '.join(regime.territory)}"
    yield from _prose(regime.scope, "Scope       ", 12)
    yield ""
    yield "Dates"
    for instant in regime.instants:
        yield from _item(f"{_utc(instant.at)}: {instant.what} ({instant.source}; {_VERIFIED[instant.verified]})")
    yield ""
    for number, (profile, meaning) in enumerate(regime.profiles.items()):
        yield from _prose(f"{profile}{'' if number else ' (default)'}: {meaning}", "Profile     ", 12)
        yield from _table(regime, profile, pack)
        yield ""
    yield "(outcome): taken over from the next stronger use. waiting: not in force yet on that day."
    yield ""
    yield from _rules(regime)
    yield "Quotations"
    for quotation in regime.quotations:
        yield from _item(f'{quotation.id}: "{quotation.text}"')
        yield from _prose(f"{quotation.source} ({_VERIFIED[quotation.verified]})", "    ", 4)
    for title, texts in (("Excluded", regime.exclusions), ("Not verified", regime.unverified)):
        if texts:
            yield ""
            yield title
            for text in texts:
                yield from _item(text)
    yield ""
    yield from _prose(pack.disclaimer)


def _table(regime: Regime, profile: str, pack: Pack) -> Iterator[str]:
    """Yield article x use under a profile, on the day whose law the pack states."""
    as_of = datetime.fromisoformat(pack.legal_as_of).replace(tzinfo=UTC)
    rows = [["", *(use.word for use in _USES)]]
    ruled = {article for rule in regime.rules for article in rule.articles}
    rows += [
        [article.value, *(_cell(regime, article, use, profile, as_of) for use in _USES)]
        for article in Article
        if article in ruled
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield ("  " + "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))).rstrip()


def _cell(regime: Regime, article: Article, use: Use, profile: str, as_of: datetime) -> str:
    rule, in_force = lookup(regime, profile, article, use, as_of)
    outcome = outcome_of(rule, profile).value if in_force else "waiting"
    return outcome if USES[rule.use] is use else f"({outcome})"


def _rules(regime: Regime) -> Iterator[str]:
    yield "Rules"
    for rule in regime.rules:
        articles = ", ".join(article.value for article in rule.articles)
        outcome = rule.outcome.value if isinstance(rule.outcome, Outcome) else _by_profile(rule.outcome)
        since = f" from {_utc(rule.effective)}" if rule.effective else ""
        yield from _item(f"{rule.id}: {articles}, {rule.use}: {outcome}{since}")
        basis = "the text says so" if rule.basis is Basis.TEXT else "our reading of the text"
        quotes = f"; see {', '.join(rule.quotes)}" if rule.quotes else ""
        yield from _prose(f"{rule.why} ({basis}{quotes})", "    ", 4)
        if rule.remedy:
            yield from _prose(f"Remedy: {rule.remedy}", "    ", 4)
    yield ""


def _by_profile(outcomes: dict[str, Outcome]) -> str:
    return ", ".join(f"{outcome.value} ({profile})" for profile, outcome in outcomes.items())


def _utc(instant: str) -> str:
    return instant.replace("T", " ").replace(":00Z", " UTC")


def _item(text: str) -> Iterator[str]:
    yield from _prose(text, "  - ", 4)


def _prose(text: str, first: str = "", indent: int = 0) -> Iterator[str]:
    """Yield text wrapped to lines; `first` stands before it and the others are indented as far."""
    yield from textwrap.wrap(
        " ".join(text.split()),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
