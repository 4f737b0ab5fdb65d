"""Several inventories of one product -> one, with the links between the documents that were given.

A CycloneDX BOM-Link (``urn:cdx:serial/version#ref``) or an SPDX namespace (``namespace#SPDXRef-id``) is
resolved only among the documents given; what stays unresolved remains a link and becomes a gap.
"""

from __future__ import annotations

from array import array
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

from debar.model.inventory import Inventory, Kind, Mentions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debar.model.inventory import Link

_BOM_LINK = "urn:cdx:"


def link(inventories: Sequence[Inventory]) -> tuple[Inventory, int]:
    """Join inventories in the order given; return the whole and the number of links resolved.

    A document that another one links to is no root of its own: it hangs under the component that links.
    """
    joined = inventories[0] if len(inventories) == 1 else _concatenate(inventories)
    if not joined.links:
        return joined, 0
    return _resolve(joined)


def _concatenate(inventories: Sequence[Inventory]) -> Inventory:
    shifts = [0, *accumulate(len(inventory.components) for inventory in inventories)]
    components, mentions = [], Mentions()
    sources, targets, kinds = array("l"), array("l"), bytearray()
    for number, (inventory, shift) in enumerate(zip(inventories, shifts, strict=False)):
        components += [msgspec.structs.replace(component, document=number) for component in inventory.components]
        sources.extend(source + shift for source in inventory.sources)
        targets.extend(target + shift for target in inventory.targets)
        kinds += inventory.kinds
        mentions.extend(inventory.mentions, shift)
    pairs = list(zip(inventories, shifts, range(len(inventories)), strict=False))
    return Inventory(
        documents=tuple(replace(d, product=d.product + shift) for i, shift, _ in pairs for d in i.documents),
        components=components,
        sources=sources,
        targets=targets,
        kinds=kinds,
        mentions=mentions,
        roots=tuple(root + shift for i, shift, _ in pairs for root in i.roots),
        gaps=tuple(replace(gap, document=number) for i, _, number in pairs for gap in i.gaps),
        notes=tuple(f"{i.documents[0].path}: {note}" for i in inventories for note in i.notes),
        links=tuple(
            replace(item, component=item.component + shift, document=number)
            for i, shift, number in pairs
            for item in i.links
        ),
        refs=frozenset().union(*(i.refs for i in inventories)),
    )


def _resolve(joined: Inventory) -> tuple[Inventory, int]:
    serials: dict[str, int] = {}
    for number, document in enumerate(joined.documents):
        serials.update({name: number for name in _names(document.serial) if name not in serials})
    sources, targets, kinds = array("l", joined.sources), array("l", joined.targets), bytearray(joined.kinds)
    left: list[Link] = []
    reached: set[int] = set()
    for item in joined.links:
        name, _, ref = item.target.partition("#")
        found = serials.get(name.lower())
        if found is None or found == item.document:
            left.append(item)
            continue
        for target in _targets(joined, found, unquote(ref)):
            sources.append(item.component)
            targets.append(target)
            kinds.append(Kind.INCLUDED)
            reached.add(target)
    linked = replace(
        joined,
        sources=sources,
        targets=targets,
        kinds=kinds,
        links=tuple(left),
        roots=_roots(joined.roots, reached),
    )
    return linked, len(joined.links) - len(left)


def _roots(roots: tuple[int, ...], reached: set[int]) -> tuple[int, ...]:
    """Drop roots that another document links to; documents that link in a circle keep the first."""
    return tuple(root for root in roots if root not in reached) or roots[:1]


def _names(serial: str) -> tuple[str, ...]:
    """Return the link targets that name a document: a BOM-Link with and without version, or its namespace."""
    lowered = serial.lower()
    if lowered.startswith("urn:uuid:"):
        name, _, version = lowered.removeprefix("urn:uuid:").partition("/")
        return (f"{_BOM_LINK}{name}/{version or '1'}", f"{_BOM_LINK}{name}", f"urn:uuid:{name}")
    return (lowered,) if lowered else ()


def _targets(joined: Inventory, number: int, ref: str) -> list[int]:
    """Return the components that a link names: by reference, else the product of the document."""
    if ref:
        found = [
            index
            for index, component in enumerate(joined.components)
            if component.document == number and component.ref == ref
        ]
        if found:
            return found
    return [joined.documents[number].product]
