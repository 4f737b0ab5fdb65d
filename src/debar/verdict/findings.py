"""Evidence on components -> findings with an outcome under each regime.

A certain fact takes the table's outcome, a likely one is capped at review until another field
corroborates it, a weak one is a note, and an unverified fact never fails a product by itself (docs/design.md 3).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from debar.model.decision import (
    Completeness,
    Evidence,
    Finding,
    Matches,
    Route,
    Ruling,
    Step,
)
from debar.model.fields import FIELDS, Role
from debar.model.inventory import Inventory, Use
from debar.model.policy import USES, Article, Basis, Confidence, Outcome, Pack, Regime, Rule, Verified

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from debar.model.waivers import Waivers

_ENOUGH = 3
_SECURITY = {Article.ENGINE, Article.CYBERSECURITY}
_CONFIDENCES = (Confidence.WEAK, Confidence.LIKELY, Confidence.CERTAIN)
_ARTICLES = tuple(Article)
_OUTCOMES = (Outcome.FAIL, Outcome.REVIEW, Outcome.NOTE, Outcome.WAIVED, Outcome.NOT_APPLICABLE)
_CAPS = {Confidence.CERTAIN: Outcome.FAIL, Confidence.LIKELY: Outcome.REVIEW, Confidence.WEAK: Outcome.NOTE}


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asked for: the instant, the market, the regimes that gate with their profiles.

    `waivers` are judged at the instant `waived_at` (None: `as_of`). With `new_only`, what the baseline has too does not
    decide.
    """

    as_of: datetime
    market: str = "us"
    regimes: Mapping[str, str] = msgspec.field(default_factory=dict)
    profile: Completeness = Completeness.STANDARD
    waivers: Sequence[Waivers] = ()
    waived_at: datetime | None = None
    new_only: bool = False


def group(evidence: Iterable[Evidence]) -> dict[tuple[int, str], list[Evidence]]:
    """Gather evidence into findings: by component, raw text by its own value."""
    groups: dict[tuple[int, str], list[Evidence]] = defaultdict(list)
    for item in evidence:
        groups[item.component, item.value if item.field == "raw-text" else ""].append(item)
    return groups


def _standing(item: Evidence) -> Confidence:
    """Return the confidence of one piece of evidence; an unverified fact is at most likely."""
    if item.fact.verified is Verified.NO and item.confidence is Confidence.CERTAIN:
        return Confidence.LIKELY
    return item.confidence


def _kin(item: Evidence, other: Evidence) -> bool:
    """Tell whether two facts are of the same thing: of one article, or both of security, or one names the party.

    That a client of a service is listed does not make an engine of it.
    """
    articles = {item.fact.article, other.fact.article}
    return len(articles) == 1 or Article.ENTITY in articles or articles == _SECURITY


def judge(evidence: Sequence[Evidence]) -> dict[Article, Confidence]:
    """Weigh what stands on one component: the articles it may be and how sure each is.

    `entity` gives way to a product that is certain from an identity field. What the user's own facts say
    comes on top and never takes away: adding knowledge must not lower a verdict.
    """
    public = [item for item in evidence if not item.private]
    weighed = _weighed(evidence)
    if public and len(public) < len(evidence):
        for article, sure in _weighed(public).items():
            weighed[article] = max(sure, weighed.get(article, sure), key=_CONFIDENCES.index)
    return weighed


def _weighed(evidence: Sequence[Evidence]) -> dict[Article, Confidence]:
    weighed: dict[Article, Confidence] = {}
    evidence = _telling(evidence)
    for article in {item.fact.article for item in evidence}:
        own = [item for item in evidence if item.fact.article is article]
        best = max((_standing(item) for item in own), key=_CONFIDENCES.index)
        if best is Confidence.WEAK and any(_seconded(item, evidence) for item in own):
            best = Confidence.LIKELY
        if best is Confidence.LIKELY and any(_corroborated(item, evidence) for item in own):
            best = Confidence.CERTAIN
        weighed[article] = best
    known = any(
        weighed[item.fact.article] is Confidence.CERTAIN
        and item.fact.article is not Article.ENTITY
        and FIELDS[item.field].role is Role.IDENTITY
        for item in evidence
    )
    if known:
        weighed.pop(Article.ENTITY, None)
    return weighed


def _telling(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Leave out what repeats: three values a field, article and confidence weigh as much as thousands."""
    seen: Counter[tuple[str, Article, Confidence]] = Counter()
    kept = []
    for item in evidence:
        key = item.field, item.fact.article, _standing(item)
        seen[key] += 1
        if seen[key] <= _ENOUGH:
            kept.append(item)
    return kept


def _seconded(item: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Tell whether another fact, in another text, says the same as a weak one."""
    return FIELDS[item.field].corroborates and any(
        other.fact.id != item.fact.id
        and other.value != item.value
        and FIELDS[other.field].corroborates
        and _kin(item, other)
        for other in evidence
    )


def _corroborated(item: Evidence, evidence: Sequence[Evidence]) -> bool:
    """Tell whether another field supports likely evidence.

    The same text read in two fields, or two addresses, are one hint given twice.
    """
    if _standing(item) is not Confidence.LIKELY or not FIELDS[item.field].corroborates:
        return False
    role = FIELDS[item.field].role
    return any(
        other.field != item.field
        and _kin(item, other)
        and other.value != item.value
        and FIELDS[other.field].corroborates
        and _standing(other) is not Confidence.WEAK
        and not (role is Role.ADDRESS and FIELDS[other.field].role is Role.ADDRESS)
        for other in evidence
    )


def leading(weighed: Mapping[Article, Confidence]) -> tuple[Article, Confidence]:
    """Return the article that names the finding: the worst one that is more than weak, else the worst."""
    firm = [article for article, sure in weighed.items() if sure is not Confidence.WEAK]
    article = min(firm or weighed, key=_ARTICLES.index)
    return article, weighed[article]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def lookup(regime: Regime, profile: str, article: Article, use: Use, as_of: datetime) -> tuple[Rule, bool]:
    """Return the rule for an article and use, and whether it is in force.

    A use without a rule takes the next stronger use's. Of several rules in force the worst counts; if none
    is in force yet, the one that will be first.
    """
    for level in range(use, Use.SHIPPED + 1):
        rules = [rule for rule in regime.rules if article in rule.articles and USES[rule.use] == level]
        if rules:
            in_force = [rule for rule in rules if _instant(rule.effective or regime.effective) <= as_of]
            if in_force:
                return min(in_force, key=lambda rule: _OUTCOMES.index(outcome_of(rule, profile))), True
            return min(rules, key=lambda rule: rule.effective or regime.effective), False
    message = f"regime {regime.id} has no rule for {article.value}"  # the pack linter refuses such a pack
    raise LookupError(message)


def outcome_of(rule: Rule, profile: str) -> Outcome:
    """Return a rule's outcome under a profile."""
    return rule.outcome if isinstance(rule.outcome, Outcome) else rule.outcome[profile]


def _rule_on(regime: Regime, profile: str, weighed: Mapping[Article, Confidence], use: Use, terms: Terms) -> Ruling:
    """Judge one finding under one regime: the worst over the articles it may be."""
    if terms.market not in regime.territory:
        why = f"{regime.title} holds in {', '.join(regime.territory)}, not in {terms.market}"
        return Ruling(regime=regime.id, outcome=Outcome.NOT_APPLICABLE, rule="", citation=regime.citation, why=why)
    rulings = []
    for article in sorted(weighed, key=_ARTICLES.index):
        rule, in_force = lookup(regime, profile, article, use, terms.as_of)
        tabled = outcome_of(rule, profile)
        outcome = max(tabled, _CAPS[weighed[article]], key=_OUTCOMES.index)
        why = rule.why
        if rule.basis is Basis.INTERPRETATION:
            why += " (our reading of the text, not the text itself)"
        if not in_force:
            outcome = Outcome.NOTE
            why = f"not in force yet: {tabled.value} from {rule.effective or regime.effective}. {why}"
        elif outcome is not tabled:
            why += f" Held at {outcome.value}: the evidence is {weighed[article].value}."
        rulings.append(
            Ruling(
                regime=regime.id,
                outcome=outcome,
                rule=f"{regime.id}/{rule.id}",
                citation=regime.citation,
                why=why,
                remedy=rule.remedy,
                later=None if in_force else max(tabled, _CAPS[weighed[article]], key=_OUTCOMES.index),
            )
        )
    return min(rulings, key=lambda ruling: _OUTCOMES.index(ruling.outcome))


def _identity(inventory: Inventory, evidence: Sequence[Evidence]) -> str:
    component = inventory.components[evidence[0].component]
    if evidence[0].field == "raw-text":
        return f"text:{evidence[0].value[:100]}"
    return component.purl or component.label


def findings(
    inventory: Inventory,
    matches: Matches,
    routes: Mapping[int, Route],
    places: Callable[[int], tuple[int, int]],
    pack: Pack,
    profiles: Mapping[str, str],
    terms: Terms,
) -> tuple[Finding, ...]:
    """Turn the evidence of one pack into findings, ordered by outcome, article and id, whatever the document's order.

    `routes` holds one per component with evidence; `places` gives the (line, column) of a component;
    `profiles` maps each regime of the pack to the profile it is judged under.
    """
    found = []
    for (component, _), unsorted in group(matches.evidence).items():
        evidence = sorted(unsorted, key=lambda item: (item.field, item.value, item.fact.id))
        weighed = judge(evidence)
        article, confidence = leading(weighed)
        raw = evidence[0].field == "raw-text"
        route = _raw_route(component) if raw else routes[component]
        rulings = tuple(_rule_on(regime, profiles[regime.id], weighed, route.use, terms) for regime in pack.regimes)
        line, column = (evidence[0].line, evidence[0].column) if raw else places(component)
        found.append(
            Finding(
                id=f"{article.value}:{_identity(inventory, evidence)}",
                pack=pack.id,
                article=article,
                use=route.use,
                confidence=confidence,
                obfuscated=any(item.obfuscated for item in evidence),
                component=component,
                evidence=tuple(evidence),
                rulings=rulings,
                route=route,
                line=line,
                column=column,
            )
        )
    return _numbered(found)


def _raw_route(product: int) -> Route:
    return Route(use=Use.SHIPPED, paths=((Step(product),),), count=1)


def merged(found: Iterable[tuple[Finding, ...]]) -> tuple[Finding, ...]:
    """Join the findings of several packs, each in its own order, whatever the order of the packs."""
    return tuple(sorted((finding for own in found for finding in own), key=lambda item: (*_weight(item), item.pack)))


def _weight(finding: Finding) -> tuple[int, int]:
    worst = min((_OUTCOMES.index(ruling.unwaived) for ruling in finding.rulings), default=0)
    return worst, _ARTICLES.index(finding.article)


def _numbered(found: list[Finding]) -> tuple[Finding, ...]:
    """Order findings and give those that share an id an ordinal."""

    def rank(finding: Finding) -> tuple[int, int, str, str, int]:
        # Twins are told apart by what they say before where they stand.
        content = repr([(item.field, item.value) for item in finding.evidence])
        return *_weight(finding), finding.id, content, finding.component

    seen: Counter[str] = Counter()
    ordered = []
    for finding in sorted(found, key=rank):
        seen[finding.id] += 1
        ordinal = seen[finding.id]
        ordered.append(finding if ordinal == 1 else replace(finding, id=f"{finding.id}#{ordinal}"))
    return tuple(ordered)
