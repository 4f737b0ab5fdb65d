"""How much the inventory shows: coverage figures, and which gaps stand between it and a pass."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from debar.model.decision import Completeness, Coverage, Element, GapRuling
from debar.model.elements import ELEMENTS
from debar.model.gaps import GAPS, UNIDENTIFIED_SHARE
from debar.model.inventory import IDENTIFIED, IDENTIFIER, Gap, Has, Inventory, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from debar.model.inventory import Component

# Plain numbers: combining flags costs ten times as much, for each of a million components.
_SUPPLIER, _HASH, _LICENCE = int(Has.SUPPLIER), int(Has.HASH), int(Has.LICENCE)
_NAMED, _IDENTIFIER, _IDENTIFIED = int(Has.PARTY | Has.SUPPLIER), int(IDENTIFIER), int(IDENTIFIED)
# An operating system is named by its type; a file inside a package is that package's (corpus of real SBOMs:
# files carry a hash at best).
_EXAMPLES = 5
_NEEDS_NO_IDENTIFIER = frozenset({"operating-system", "snippet", "workflow"})


class Counted(NamedTuple):
    """The components that count: neither a document's product nor auxiliary nor synthetic.

    `having` says how many have each combination of `Has` flags, `bare` are those that nothing identifies.
    """

    total: int
    named: int
    versioned: int
    related: int
    having: Counter[int]
    bare: list[tuple[int, Component]]

    def with_any(self, flags: int) -> int:
        """Return how many have any of some flags."""
        return sum(count for has, count in self.having.items() if has & flags)


def count(inventory: Inventory) -> Counted:
    """Count, column by column: there may be a million."""
    components = inventory.components
    outside = {document.product for document in inventory.documents}
    outside.update(number for number, one in enumerate(components) if one.auxiliary or one.synthetic)
    counts = bytearray(b"\1") * len(components)
    for number in outside:
        counts[number] = False
    kept = list(compress(components, counts))
    having = Counter([component.has for component in kept])
    return Counted(
        total=len(kept),
        named=len(kept) - [component.name for component in kept].count(""),
        versioned=len(kept) - [component.version for component in kept].count(""),
        related=len(set(inventory.sources).union(inventory.targets) - outside),
        having=having,
        bare=_unidentified(inventory, counts) if any(not has & _IDENTIFIED for has in having) else [],
    )


def coverage(counted: Counted, inventory: Inventory, reachable: int, links_resolved: int) -> Coverage:
    """Say what the components carry; `reachable` comes from the graph, `links_resolved` from linking."""
    return Coverage(
        components=counted.total,
        with_supplier=counted.with_any(_SUPPLIER),
        with_identifier=counted.with_any(_IDENTIFIER),
        with_hash=counted.with_any(_HASH),
        identified=counted.total - len(counted.bare),
        reachable=reachable,
        links_resolved=links_resolved,
        links_total=len(inventory.links) + links_resolved + sum(held.links for held in inventory.certified),
    )


def elements(counted: Counted, inventory: Inventory) -> tuple[Element, ...]:
    """Count the minimum elements: those of the SBOM over documents, those of components over components."""
    present = {
        "name": counted.named,
        "version": counted.versioned,
        "relation": counted.related,
        "party": counted.with_any(_NAMED),
        "supplier": counted.with_any(_SUPPLIER),
        "identifier": counted.with_any(_IDENTIFIER),
        "hash": counted.with_any(_HASH),
        "licence": counted.with_any(_LICENCE),
    }
    documents = inventory.documents
    return tuple(
        Element(kind, present[kind.component], counted.total)
        if kind.component
        else Element(kind, sum(kind.statement in {"format", *d.says} for d in documents), len(documents))
        for kind in ELEMENTS
    )


def _unidentified(inventory: Inventory, counts: bytearray) -> list[tuple[int, Component]]:
    """Return the components that count and that nothing identifies, but for systems and files inside a package."""
    bare = [
        (number, component)
        for number, component in compress(enumerate(inventory.components), counts)
        if not component.has & _IDENTIFIED and component.type not in _NEEDS_NO_IDENTIFIER
    ]
    if any(component.type == "file" for _, component in bare):
        inside = {
            target for target, kind in zip(inventory.targets, inventory.kinds, strict=True) if kind == Kind.INCLUDED
        }
        bare = [(number, component) for number, component in bare if component.type != "file" or number not in inside]
    return bare


def gaps(
    inventory: Inventory, profile: Completeness, extra: Sequence[Gap] = (), counted: Counted | None = None
) -> tuple[GapRuling, ...]:
    """Judge every gap under a profile; those of several documents are added up by code.

    Order: blocking ones first, then as in the table of gaps.
    """
    found: list[Gap] = [*inventory.gaps, *extra]
    counted = counted or count(inventory)
    bare = counted.bare
    if bare:
        examples = _first(component.label for _, component in bare)
        found.append(Gap(code="unidentified", count=len(bare), examples=examples))
    links = inventory.links
    if links:
        found.append(
            Gap(
                code="unresolved-link",
                count=len(links),
                examples=_first(link.target for link in links),
            )
        )
    ruled = [_ruling(gap, profile, counted.total) for gap in _merged(found)]
    order = list(GAPS)
    return tuple(sorted(ruled, key=lambda ruling: (not ruling.blocks, order.index(ruling.gap.code))))


def _first(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the first few that differ."""
    found: dict[str, None] = {}
    for text in texts:
        found[text] = None
        if len(found) == _EXAMPLES:
            break
    return tuple(found)


def _merged(found: Iterable[Gap]) -> list[Gap]:
    by_code: dict[str, list[Gap]] = defaultdict(list)
    for gap in found:
        by_code[gap.code].append(gap)
    return [
        Gap(
            code=code,
            count=sum(gap.count for gap in same),
            examples=_first(example for gap in same for example in gap.examples),
        )
        for code, same in by_code.items()
    ]


def _ruling(gap: Gap, profile: Completeness, components: int) -> GapRuling:
    kind = GAPS[gap.code]
    blocks = profile in kind.blocks
    if gap.code == "unidentified" and profile is Completeness.STANDARD:
        blocks = gap.count > UNIDENTIFIED_SHARE * components
    return GapRuling(gap=gap, blocks=blocks, message=f"{kind.says}; {kind.helps}")
