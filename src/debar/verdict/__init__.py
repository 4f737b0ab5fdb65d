"""Evidence + routes + pack + date -> verdict. Pure: no clock, no file, no graph."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from debar.model.decision import PackInfo, RegimeVerdict, Status, Verdict
from debar.model.gaps import GAPS
from debar.model.inventory import Gap
from debar.model.policy import Outcome
from debar.verdict.binding import stated_digests, unbound
from debar.verdict.corrections import correct
from debar.verdict.coverage import count, coverage, elements, gaps
from debar.verdict.findings import Terms, findings, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from debar.model.baseline import Baseline
    from debar.model.decision import Coverage, Finding, GapRuling, Matches, NearMiss, Route
    from debar.model.inventory import Inventory
    from debar.model.knowledge import Corrected
    from debar.model.policy import Pack, Regime
    from debar.model.waivers import WaiverUse
    from debar.verdict.baseline import Before
    from debar.verdict.coverage import Counted

    OtherPath = Callable[[int, Collection[Sequence[str]]], tuple[int, ...]]

__all__ = ["SEVERITY", "Terms", "correct", "decide", "stated_digests", "unbound"]

_LOUD = frozenset({Outcome.FAIL, Outcome.REVIEW})
#: Worst first; the order of `--fail-on`.
SEVERITY = (Status.FAIL, Status.REVIEW, Status.INCOMPLETE, Status.PASS, Status.NOT_APPLICABLE)


def decide(
    inventory: Inventory,
    judged: Sequence[tuple[Pack, Matches]],
    routes: Mapping[int, Route],
    places: Callable[[int], tuple[int, int]],
    reach: tuple[int, int],
    terms: Terms,
    corrected: tuple[Corrected, ...] = (),
    other_path: OtherPath | None = None,
    before: Before | None = None,
) -> Verdict:
    """Judge an inventory under every regime of some packs, each by what matches its own facts.

    `routes` holds one per component with evidence, `places` gives a component's (line, column),
    `reach` is how many components the roots reach and how many links were resolved. The regimes in
    `terms.regimes` gate. `corrected` is what was taken out of the matches before. `other_path` tells how a path to a
    component begins that is none of those named (without it no waiver of a path counts); `before` is the baseline.
    """
    counted = count(inventory)
    covered = coverage(counted, inventory, *reach)
    packs = [pack for pack, _ in judged]
    regimes = [regime for pack in packs for regime in pack.regimes]
    profiles = {regime.id: terms.regimes.get(regime.id) or next(iter(regime.profiles)) for regime in regimes}
    found = [findings(inventory, matches, routes, places, pack, profiles, terms) for pack, matches in judged]
    accepted = _accept(inventory, found, packs, terms, other_path, before)
    rulings = [
        _judge(inventory, pack, matches, own, profiles, (counted, covered), terms)
        for (pack, matches), own in zip(judged, accepted.findings, strict=True)
    ]
    aged = [_age(pack, terms) for pack in packs]
    status, reason = _top(packs, [own.regimes for own in rulings])
    applied = sum(bool(one.evidence) for one in corrected)
    if status is Status.PASS and applied:
        reason += f"; {_count(applied, 'correction')} applied"
    return Verdict(
        status=status,
        reason=reason,
        packs=tuple(_info(pack) for pack in packs),
        as_of=terms.as_of.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        market=terms.market,
        profile=terms.profile,
        regimes=tuple(regime for own in rulings for regime in own.regimes),
        findings=merged(own.findings for own in rulings),
        gaps=gaps(inventory, terms.profile, [gap for old, _ in aged for gap in old], counted),
        coverage=covered,
        elements=elements(counted, inventory),
        documents=inventory.documents,
        components=inventory.components,
        component_counts=_per_document(inventory, [one.document for one in inventory.components if not one.synthetic]),
        relation_counts=_relations(inventory),
        notes=(*accepted.notes, *inventory.notes, *(note for _, told in aged for note in told)),
        near_misses=tuple(miss for own in rulings for miss in own.near_misses),
        corrected=corrected,
        places=places,
        waived=accepted.uses,
        baseline=accepted.baseline,
        certified=inventory.certified,
    )


class _Accepted(NamedTuple):
    """The findings of each pack, told by a baseline and cleared by waivers, and what is to be said of both."""

    findings: Sequence[tuple[Finding, ...]]
    baseline: Baseline | None = None
    uses: tuple[WaiverUse, ...] = ()
    notes: tuple[str, ...] = ()


def _accept(
    inventory: Inventory,
    found: Sequence[tuple[Finding, ...]],
    packs: Sequence[Pack],
    terms: Terms,
    other_path: OtherPath | None,
    before: Before | None,
) -> _Accepted:
    """Compare findings with the baseline and apply the waivers; most checks have neither, and import neither."""
    accepted = _Accepted(found)
    if before:
        from debar.verdict.baseline import compare, other_product

        found, baseline = compare(inventory, found, before, new_only=terms.new_only)
        accepted = _Accepted(found, baseline, notes=other_product(inventory, before))
    if terms.waivers:
        from debar.verdict.waivers import Desk, notes

        desk = Desk(inventory, terms.waivers, terms.waived_at or terms.as_of, other_path)
        found = [tuple(desk.cleared(finding) for finding in own) for own in found]
        uses = desk.uses(packs)
        accepted = accepted._replace(findings=found, uses=uses, notes=(*notes(uses), *accepted.notes))
    return accepted


class _Judged(NamedTuple):
    """What one pack says of an inventory."""

    regimes: tuple[RegimeVerdict, ...]
    findings: tuple[Finding, ...]
    gaps: tuple[GapRuling, ...]
    near_misses: tuple[NearMiss, ...]


def _judge(
    inventory: Inventory,
    pack: Pack,
    matches: Matches,
    found: tuple[Finding, ...],
    profiles: Mapping[str, str],
    shown: tuple[Counted, Coverage],
    terms: Terms,
) -> _Judged:
    counted, covered = shown
    # The age of another pack is no gap of this one.
    ruled = gaps(inventory, terms.profile, _age(pack, terms)[0], counted)
    regimes = tuple(
        _regime_verdict(regime, profiles[regime.id], found, ruled, covered, pack, terms) for regime in pack.regimes
    )
    flagged = {finding.component for finding in found}
    near = tuple(miss for miss in matches.near_misses if miss.component not in flagged)
    return _Judged(regimes, found, ruled, near)


def _top(packs: Sequence[Pack], regimes: Sequence[tuple[RegimeVerdict, ...]]) -> tuple[Status, str]:
    """Return the worst verdict of the gating regimes; where several packs have it, each gives its reason."""
    worst = []
    for pack, own in zip(packs, regimes, strict=True):
        gating = [item for item in own if item.gating]
        if gating:
            worst.append((pack, min(gating, key=lambda item: SEVERITY.index(item.status))))
    status = min((item.status for _, item in worst), key=SEVERITY.index)
    reasons = [(pack, item.reason) for pack, item in worst if item.status is status]
    if len(packs) == 1:
        return status, reasons[0][1]
    return status, "; ".join(f"by {pack.id}: {reason}" for pack, reason in reasons)


def _info(pack: Pack) -> PackInfo:
    return PackInfo(
        id=pack.id,
        version=pack.version,
        title=pack.title,
        digest=pack.digest,
        legal_as_of=pack.legal_as_of,
        vendor=pack.vendor,
        disclaimer=pack.disclaimer,
    )


def _per_document(inventory: Inventory, owners: Iterable[int]) -> tuple[int, ...]:
    counts = Counter(owners)
    return tuple(counts[document] for document in range(len(inventory.documents)))


def _relations(inventory: Inventory) -> tuple[int, ...]:
    if len(inventory.documents) == 1:
        return (len(inventory.sources),)
    return _per_document(inventory, (inventory.components[source].document for source in inventory.sources))


def _age(pack: Pack, terms: Terms) -> tuple[tuple[Gap, ...], tuple[str, ...]]:
    """Report a pack that is older than it allows itself to be."""
    stale = datetime.fromisoformat(pack.legal_as_of).replace(tzinfo=UTC) + timedelta(days=pack.max_age_days)
    if terms.as_of <= stale:
        return (), ()
    text = f"pack {pack.id} states the law as of {pack.legal_as_of} and was due for an update after {stale:%Y-%m-%d}"
    return (Gap(code="policy-outdated", count=1, examples=(text,)),), (text,)


def _regime_verdict(
    regime: Regime,
    profile: str,
    found: tuple[Finding, ...],
    gaps_ruled: tuple[GapRuling, ...],
    covered: Coverage,
    pack: Pack,
    terms: Terms,
) -> RegimeVerdict:
    ruled_on = [(finding, ruling.outcome) for finding in found if (ruling := finding.ruling(regime.id))]
    outcomes = [one for finding, one in ruled_on if not (terms.new_only and finding.existing and one in _LOUD)]
    waived, spared = outcomes.count(Outcome.WAIVED), len(ruled_on) - len(outcomes)
    aside = _aside(waived, spared)
    blocking = [ruling for ruling in gaps_ruled if ruling.blocks]
    later = regime.effective if terms.as_of < datetime.fromisoformat(regime.effective) else ""
    if terms.market not in regime.territory:
        status, reason = Status.NOT_APPLICABLE, f"it holds in {', '.join(regime.territory)}, not in {terms.market}"
    elif _LOUD.intersection(outcomes):
        status, reason = _offending(outcomes.count(Outcome.FAIL), outcomes.count(Outcome.REVIEW))
        reason += f"; {aside}" if aside else ""
    elif blocking:
        causes = "; ".join(f"{GAPS[ruling.gap.code].says} ({ruling.gap.count:,})" for ruling in blocking)
        what = f"{aside}; nothing else found" if aside else "nothing found"
        status, reason = Status.INCOMPLETE, f"{what}, but the SBOM cannot show that nothing is there: {causes}"
    else:
        status, reason = Status.PASS, _pass_reason(outcomes, covered, gaps_ruled, pack, aside)
    if status is Status.PASS and (coming := _coming(regime, found)):
        reason = f"as of {terms.as_of.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}, and {coming}: {reason}"
    return RegimeVerdict(
        regime=regime.id,
        profile=profile,
        gating=regime.id in terms.regimes,
        status=status,
        reason=reason,
        from_when=later,
        title=regime.title,
        citation=regime.citation,
        url=regime.url,
        waived=waived,
        ungated=spared,
        law=regime,
    )


def _aside(waived: int, spared: int) -> str:
    """Word what does not decide although it stands in the product."""
    parts = [f"{_count(waived, 'finding')} waived"] if waived else []
    if spared:
        parts.append(f"{_count(spared, 'existing finding')} not gated")
    return ", ".join(parts)


def _offending(fails: int, reviews: int) -> tuple[Status, str]:
    """Word a verdict that findings decide."""
    look = f"{_count(reviews, 'component')} that a person must look at"
    if not fails:
        return Status.REVIEW, look
    return Status.FAIL, f"{_count(fails, 'component')} barred" + (f", {look}" if reviews else "")


def _coming(regime: Regime, found: tuple[Finding, ...]) -> str:
    """Say what a pass before the effective instant turns into."""
    later = {ruling.later for finding in found if (ruling := finding.ruling(regime.id))}
    worst = next((outcome.value for outcome in (Outcome.FAIL, Outcome.REVIEW) if outcome in later), "")
    return f"would {'fail' if worst == 'fail' else 'need review'} from {regime.effective}" if worst else ""


def _pass_reason(
    outcomes: list[Outcome], covered: Coverage, ruled: tuple[GapRuling, ...], pack: Pack, aside: str
) -> str:
    """Say honestly what a pass rests on."""
    noted = outcomes.count(Outcome.NOTE)
    what = f"no {'other ' if aside else ''}{'barred ' if noted else ''}{pack.vendor} component"
    text = f"{aside}; " if aside else ""
    text += f"{what} among {_count(covered.identified, 'identified component')}"
    if noted:
        text += f", {_count(noted, 'note')}"
    if any(ruling.gap.code == "not-asserted-complete" for ruling in ruled):
        text += "; the author does not assert completeness"
    return text


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
