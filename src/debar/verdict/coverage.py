"""How much the inventory shows: coverage figures, and which gaps stand between it and a pass."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

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
_NEEDS_NO_IDENTIFIER = frozenset({"operating-system", "snippet", "workflow"})


def _counted(inventory: Inventory) -> list[tuple[int, Component]]:
    products = {document.product for document in inventory.documents}
    return [
        (number, component)
        for number, component in enumerate(inventory.components)
        if number not in products and not component.auxiliary and not component.synthetic
    ]


def coverage(inventory: Inventory, reachable: int, links_resolved: int) -> Coverage:
    """Count what the components carry; `reachable` comes from the graph, `links_resolved` from linking."""
    counted = _counted(inventory)
    flags = [component.has for _, component in counted]
    unnamed = {number for number, _ in unidentified(inventory)}
    return Coverage(
        components=len(counted),
        with_supplier=sum(1 for has in flags if has & _SUPPLIER),
        with_identifier=sum(1 for has in flags if has & _IDENTIFIER),
        with_hash=sum(1 for has in flags if has & _HASH),
        identified=len(counted) - len(unnamed),
        reachable=reachable,
        links_resolved=links_resolved,
        links_total=len(inventory.links) + links_resolved,
    )


def elements(inventory: Inventory) -> tuple[Element, ...]:
    """Count the minimum elements: those of the SBOM over documents, those of components over components."""
    counted = _counted(inventory)
    linked = set(inventory.sources) | set(inventory.targets)
    present = {
        "name": sum(1 for _, component in counted if component.name),
        "version": sum(1 for _, component in counted if component.version),
        "relation": sum(1 for number, _ in counted if number in linked),
        "party": sum(1 for _, component in counted if component.has & _NAMED),
        "supplier": sum(1 for _, component in counted if component.has & _SUPPLIER),
        "identifier": sum(1 for _, component in counted if component.has & _IDENTIFIER),
        "hash": sum(1 for _, component in counted if component.has & _HASH),
        "licence": sum(1 for _, component in counted if component.has & _LICENCE),
    }
    documents = inventory.documents
    return tuple(
        Element(kind, present[kind.component], len(counted))
        if kind.component
        else Element(kind, sum(kind.statement in {"format", *d.says} for d in documents), len(documents))
        for kind in ELEMENTS
    )


def unidentified(inventory: Inventory) -> list[tuple[int, Component]]:
    """Return the components that nothing identifies, operating systems and files inside a package aside."""
    bare = [
        (number, component)
        for number, component in _counted(inventory)
        if not component.has & _IDENTIFIED and component.type not in _NEEDS_NO_IDENTIFIER
    ]
    if any(component.type == "file" for _, component in bare):
        inside = {
            target for target, kind in zip(inventory.targets, inventory.kinds, strict=True) if kind == Kind.INCLUDED
        }
        bare = [(number, component) for number, component in bare if component.type != "file" or number not in inside]
    return bare


def gaps(inventory: Inventory, profile: Completeness, extra: Sequence[Gap] = ()) -> tuple[GapRuling, ...]:
    """Judge every gap under a profile; those of several documents are added up by code.

    Order: blocking ones first, then as in the table of gaps.
    """
    found: list[Gap] = [*inventory.gaps, *extra]
    bare = unidentified(inventory)
    if bare:
        examples = tuple(dict.fromkeys(component.label for _, component in bare))[:5]
        found.append(Gap(code="unidentified", count=len(bare), examples=examples))
    links = inventory.links
    if links:
        found.append(
            Gap(
                code="unresolved-link",
                count=len(links),
                examples=tuple(dict.fromkeys(link.target for link in links))[:5],
            )
        )
    total = len(_counted(inventory))
    ruled = [_ruling(gap, profile, total) for gap in _merged(found)]
    order = list(GAPS)
    return tuple(sorted(ruled, key=lambda ruling: (not ruling.blocks, order.index(ruling.gap.code))))


def _merged(found: Iterable[Gap]) -> list[Gap]:
    by_code: dict[str, list[Gap]] = defaultdict(list)
    for gap in found:
        by_code[gap.code].append(gap)
    return [
        Gap(
            code=code,
            count=sum(gap.count for gap in same),
            examples=tuple(dict.fromkeys(example for gap in same for example in gap.examples))[:5],
        )
        for code, same in by_code.items()
    ]


def _ruling(gap: Gap, profile: Completeness, components: int) -> GapRuling:
    kind = GAPS[gap.code]
    blocks = profile in kind.blocks
    if gap.code == "unidentified" and profile is Completeness.STANDARD:
        blocks = gap.count > UNIDENTIFIED_SHARE * components
    return GapRuling(gap=gap, blocks=blocks, message=f"{kind.says}; {kind.helps}")
