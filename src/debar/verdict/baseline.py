"""What a product had before: which findings it still has, which are gone, and what brought a new one in.

A finding is an existing one only if the baseline has one of the same pack, article and component that rests on a
common fact, and that is as bad. So a new offender that takes the name of an old one beside it, or a worse one in its
place, is new.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from debar.model.baseline import Baseline, Gone
from debar.model.knowledge import spellings
from debar.model.policy import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from debar.model.decision import Finding, Verdict
    from debar.model.inventory import Component, Inventory

_OUTCOMES = (Outcome.FAIL, Outcome.REVIEW, Outcome.NOTE, Outcome.WAIVED, Outcome.NOT_APPLICABLE)

_Key = tuple[str, str, str, str]
_Edge = tuple[str, str]


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """The baseline, judged by the same packs and options but without waivers, and the edges of its graph."""

    verdict: Verdict
    roots: tuple[int, ...]
    edges: Callable[[], Iterable[tuple[int, int]]]


class _Known(msgspec.Struct):
    """What the baseline has of one key: how many, the facts they rest on, the worst outcome a regime."""

    findings: list[Finding] = msgspec.field(default_factory=list)
    facts: set[str] = msgspec.field(default_factory=set)
    worst: dict[str, int] = msgspec.field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        self.findings.append(finding)
        self.facts |= _facts(finding)
        for ruling in finding.rulings:
            level = _OUTCOMES.index(ruling.unwaived)
            self.worst[ruling.regime] = min(level, self.worst.get(ruling.regime, level))

    def holds(self, finding: Finding) -> bool:
        """Tell whether a finding rests on a common fact and is nowhere worse."""
        return not self.facts.isdisjoint(_facts(finding)) and all(
            _OUTCOMES.index(ruling.unwaived) >= self.worst.get(ruling.regime, len(_OUTCOMES))
            for ruling in finding.rulings
        )


def compare(
    inventory: Inventory, found: Sequence[tuple[Finding, ...]], before: Before, *, new_only: bool
) -> tuple[list[tuple[Finding, ...]], Baseline]:
    """Mark the findings that the baseline has too, say which edge brought the others in, and return what is gone."""
    known: dict[_Key, _Known] = {}
    for finding in before.verdict.findings:
        known.setdefault(_key(finding, before.verdict.components), _Known()).add(finding)
    taken: Counter[_Key] = Counter()
    present: Counter[_Key] = Counter()

    def marked(finding: Finding) -> Finding:
        key = _key(finding, inventory.components)
        present[key] += 1
        old = known.get(key)
        if old is None or taken[key] == len(old.findings) or not old.holds(finding):
            return finding
        taken[key] += 1
        return replace(finding, existing=True)

    marked_ = [tuple(marked(finding) for finding in own) for own in found]
    gone = tuple(
        _gone(finding, before.verdict.components)
        for key, old in known.items()
        for finding in old.findings[min(present[key], len(old.findings)) :]
    )
    old_ = before.verdict
    baseline = Baseline(documents=old_.documents, status=old_.status, gone=gone, new_only=new_only)
    return _traced(inventory, marked_, before), baseline


def other_product(inventory: Inventory, before: Before) -> tuple[str, ...]:
    """Say that the baseline is of another product, if both name theirs and share no name; versions do not count."""
    mine, theirs = (
        dict.fromkeys(
            components[root].name for root in roots if components[root].name and not components[root].synthetic
        )
        for components, roots in ((inventory.components, inventory.roots), (before.verdict.components, before.roots))
    )
    if not mine or not theirs or mine.keys() & theirs.keys():
        return ()
    return (f"the baseline is of another product: {', '.join(theirs)}, not {', '.join(mine)}",)


def _key(finding: Finding, components: Sequence[Component]) -> _Key:
    """Return what a finding is of; a kind apart from purls keeps a name from passing for one."""
    component = components[finding.component]
    if finding.evidence[0].field == "raw-text":
        kind, name = "text", finding.evidence[0].value
    else:
        kind, name = ("purl", component.purl) if component.purl else ("label", component.label)
    return finding.pack, finding.article.value, kind, name


def _facts(finding: Finding) -> set[str]:
    """Return the facts that say what the finding is of."""
    return {item.fact.id for item in finding.evidence if item.fact.article is finding.article}


def _gone(finding: Finding, components: Sequence[Component]) -> Gone:
    raw = finding.evidence[0].field == "raw-text"
    label = finding.evidence[0].value if raw else components[finding.component].label
    return Gone(id=finding.id, pack=finding.pack, article=finding.article, use=finding.use, label=label)


def _traced(inventory: Inventory, found: list[tuple[Finding, ...]], before: Before) -> list[tuple[Finding, ...]]:
    """Name on each new finding the first edge of its first path that the baseline lacks.

    Versions do not count at first: a product of another version with all its parts would lack every edge.
    """
    if all(finding.existing for own in found for finding in own):
        return found
    paths = [
        finding.route.paths[0]
        for own in found
        for finding in own
        if not finding.existing and finding.evidence[0].field != "raw-text"
    ]
    here, there = _Names(inventory.components, inventory.roots), _Names(before.verdict.components, before.roots)
    wanted = {
        edge
        for path in paths
        for a, b in pairwise(step.component for step in path)
        for edge in (here.loose(a, b), here.exact(a, b))
    }
    held = {edge for a, b in before.edges() for edge in (there.loose(a, b), there.exact(a, b)) if edge in wanted}

    def traced(finding: Finding) -> Finding:
        if finding.existing:
            return finding
        steps = list(pairwise(step.component for step in finding.route.paths[0]))
        lacking = (edge for name in (here.loose, here.exact) for edge in steps if name(*edge) not in held)
        return replace(finding, since=next(lacking, None))

    return [tuple(traced(finding) for finding in own) for own in found]


class _Names:
    """What components are called across SBOMs; the product is the same one whatever its name."""

    def __init__(self, components: Sequence[Component], roots: Iterable[int]) -> None:
        self._components = components
        self._roots = frozenset(roots)
        self._known: dict[int, tuple[str, str]] = {}

    def loose(self, source: int, target: int) -> _Edge:
        """Return an edge without versions."""
        return self._of(source)[0], self._of(target)[0]

    def exact(self, source: int, target: int) -> _Edge:
        """Return an edge with versions; never equal to one without."""
        return f"={self._of(source)[1]}", f"={self._of(target)[1]}"

    def _of(self, number: int) -> tuple[str, str]:
        if number not in self._known:
            component = self._components[number]
            name = f"{component.group}/{component.name}" if component.group else component.name
            both = (spellings(component.purl)[2], component.purl) if component.purl else (name, component.label)
            self._known[number] = ("", "") if number in self._roots else both
        return self._known[number]
