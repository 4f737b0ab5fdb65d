"""Findings that somebody accepts: cleared under the regimes that a waiver covers, and never out of sight.

Waivers clear together: every piece of a finding's evidence must be accepted, on every path. So a waiver of one fact or
one path clears nothing that rests on another.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from debar.model.knowledge import spellings
from debar.model.policy import Outcome
from debar.model.waivers import Waiver, Waivers, WaiverState, WaiverUse, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from debar.model.decision import Finding, Ruling
    from debar.model.inventory import Component, Inventory
    from debar.model.policy import Pack

#: A waiver that ends within this time is told apart, so that nobody is surprised.
SOON = timedelta(days=30)
#: Searches for other paths, each linear in the graph; what fits beyond is not cleared.
_MOST_SEARCHES = 100


class _Filed(NamedTuple):
    waiver: Waiver
    path: str
    line: int


class Desk:
    """Where findings meet the waivers of a run; `uses` tells afterwards what became of each.

    `at` is the instant at which waivers are judged: the later of now and `--as-of`, so that an old date revives none.
    """

    def __init__(
        self,
        inventory: Inventory,
        files: Iterable[Waivers],
        at: datetime,
        other_path: Callable[[int, Collection[Sequence[str]]], tuple[int, ...]] | None,
    ) -> None:
        self._inventory = inventory
        self._at = at
        self._other_path = other_path
        self._searches = 0
        self._left: dict[tuple[int, frozenset[tuple[str, ...]]], tuple[int, ...]] = {}
        filed = (
            _Filed(waiver, file.path, line)
            for file in files
            for waiver, line in zip(file.waivers, file.lines, strict=True)
        )
        self._filed = sorted(filed, key=lambda filed: filed.waiver.id)
        self._named: dict[str, list[Waiver]] = defaultdict(list)
        for waiver, _, _ in self._filed:
            if not self._standing(waiver):
                self._named[waiver.component.purl or waiver.component.name].append(waiver)
        self._cleared: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._why: dict[str, str] = {}

    def cleared(self, finding: Finding) -> Finding:
        """Return a finding with the rulings that waivers clear; everything else of it stays."""
        fitting = self._fitting(finding) if self._named else []
        if not fitting:
            return finding
        return replace(finding, rulings=tuple(self._ruled(finding, ruling, fitting) for ruling in finding.rulings))

    def uses(self, packs: Sequence[Pack]) -> tuple[WaiverUse, ...]:
        """Return what became of each waiver, ordered by id."""
        return tuple(self._use(filed, packs) for filed in self._filed)

    def _standing(self, waiver: Waiver) -> str:
        """Say why a waiver is not in effect, or nothing if it is."""
        if moment(waiver.expires) <= self._at:
            return f"expired on {waiver.expires}"
        return f"not in effect before {waiver.created}" if moment(waiver.created) > self._at else ""

    def _fitting(self, finding: Finding) -> list[Waiver]:
        component = self._inventory.components[finding.component]
        sha256 = self._inventory.documents[component.document].sha256
        keys = dict.fromkeys((*spellings(component.purl), component.name))
        return sorted(
            (
                waiver
                for key in keys
                if key
                for waiver in self._named.get(key, ())
                if waiver.component.names(component) and waiver.sbom in {"", sha256}
            ),
            key=lambda waiver: waiver.id,
        )

    def _ruled(self, finding: Finding, ruling: Ruling, fitting: Sequence[Waiver]) -> Ruling:
        concerned = [waiver for waiver in fitting if waiver.concerns(ruling)]
        if not concerned:
            return ruling
        used, why = self._accepted(finding, concerned)
        for waiver in concerned:
            if why:
                self._why.setdefault(waiver.id, why)
            elif waiver.id in used:
                self._cleared[waiver.id].add((finding.pack, finding.id))
        if why:
            return ruling
        return replace(ruling, outcome=Outcome.WAIVED, waived=ruling.outcome, waivers=tuple(sorted(used)))

    def _accepted(self, finding: Finding, concerned: Sequence[Waiver]) -> tuple[set[str], str]:
        """Return the ids of the waivers that accept all of a finding, or what is left of it."""
        used: set[str] = set()
        seen: set[tuple[str, ...]] = set()
        for item in finding.evidence:
            covering = [waiver for waiver in concerned if waiver.covers(item)]
            key = tuple(waiver.id for waiver in covering)
            if key in seen:
                continue
            seen.add(key)
            if not covering:
                return set(), f"the finding also rests on {item.fact.id} in {item.field}, which no waiver accepts"
            if all(waiver.path for waiver in covering):
                left = self._other(finding.component, frozenset(waiver.path for waiver in covering))
                if left:
                    return set(), left
            used.update(key)
        return used, ""

    def _other(self, component: int, ways: frozenset[tuple[str, ...]]) -> str:
        """Say which path is left to a component beside some ways, or nothing."""
        if self._other_path is None:
            return "the paths are not known"
        key = component, ways
        if key not in self._left:
            if self._searches == _MOST_SEARCHES:
                return "its component and path fit too many findings; give the purl with its version"
            self._searches += 1
            self._left[key] = self._other_path(component, ways)
        left = self._left[key]
        steps = [self._label(self._inventory.components[number]) for number in left]
        if left and left[-1] != component:
            steps += ["...", self._label(self._inventory.components[component])]
        return f"another path is left: {' -> '.join(steps)}" if steps else ""

    def _label(self, component: Component) -> str:
        return self._inventory.documents[component.document].path if component.synthetic else component.label

    def _use(self, filed: _Filed, packs: Sequence[Pack]) -> WaiverUse:
        waiver = filed.waiver
        cleared = tuple(sorted(self._cleared.get(waiver.id, ())))
        standing = self._standing(waiver)
        state, why = WaiverState.APPLIED, ""
        if standing:
            state = WaiverState.EXPIRED if standing.startswith("expired") else WaiverState.UNUSED
            why = standing
        elif not cleared:
            state = WaiverState.UNUSED
            why = (
                _unknown(waiver, packs) or self._why.get(waiver.id) or "it fits nothing here that fails or needs review"
            )
        soon = not standing and moment(waiver.expires) - self._at <= SOON
        return WaiverUse(
            waiver=waiver, path=filed.path, line=filed.line, state=state, why=why, soon=soon, findings=cleared
        )


def notes(uses: Iterable[WaiverUse]) -> tuple[str, ...]:
    """Return a sentence for each waiver that clears nothing, or will soon clear nothing any more."""
    told = []
    for use in uses:
        name = f"waiver {use.waiver.id} ({use.path}:{use.line})"
        if use.state is WaiverState.EXPIRED:
            told.append(f"{name} {use.why} and clears nothing")
        elif use.state is WaiverState.UNUSED:
            told.append(f"{name} is unused: {use.why}")
        if use.soon:
            told.append(f"{name} expires on {use.waiver.expires}, within {SOON.days} days")
    return tuple(told)


def _unknown(waiver: Waiver, packs: Sequence[Pack]) -> str:
    """Say which word of a waiver no pack of the run has."""
    regimes = {regime.id for pack in packs for regime in pack.regimes}
    rules = {f"{regime.id}/{rule.id}" for pack in packs for regime in pack.regimes for rule in regime.rules}
    for what, word, known in (("rule", waiver.rule, rules), ("regime", waiver.regime, regimes)):
        if word and word not in known:
            return f"no pack of this run has the {what} {word}"
    return ""
