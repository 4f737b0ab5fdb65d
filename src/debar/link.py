"""Several inventories of one product -> one, with the links between the documents that were given.

A link is a CycloneDX BOM-Link (``urn:cdx:serial/version#ref``), an SPDX document namespace
(``namespace#SPDXRef-id``), or an address with a hash. It is resolved only among the documents given and
the candidates offered, by identity: serial, namespace or hash. What stays unresolved remains a link.
"""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

import msgspec

from debar.errors import HashMismatch
from debar.model.inventory import Inventory, Kind, Mentions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from debar.model.inventory import Document, Link

_BOM_LINK = "urn:cdx:"
_ALGORITHMS = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3256", "sha3384", "sha3512"}


class Linked(NamedTuple):
    """The joined inventory and how many links were resolved."""

    inventory: Inventory
    resolved: int


def link(inventories: Sequence[Inventory], candidates: Sequence[Inventory] = ()) -> Linked:
    """Join inventories in the order given; a candidate joins only if something links to it.

    A document that another one links to is no root of its own: it hangs under the component that links.
    Raises `HashMismatch` when a linked document does not have the hash that the link states.
    """
    chosen = [*inventories, *_linked_candidates(inventories, candidates)]
    joined = chosen[0] if len(chosen) == 1 else _concatenate(chosen)
    return _resolve(joined) if joined.links else Linked(joined, 0)


def _linked_candidates(inventories: Sequence[Inventory], candidates: Sequence[Inventory]) -> list[Inventory]:
    """Return the candidates that the given documents reach by links, those reached through others included."""
    left = list(candidates)
    found: list[Inventory] = []
    wanted = [item for inventory in inventories for item in inventory.links]
    while wanted and left:
        directory = _Directory([inventory.documents[0] for inventory in left])
        numbers = {number for item in wanted if (number := directory.find(item)) is not None}
        new = [left[number] for number in sorted(numbers)]
        left = [inventory for number, inventory in enumerate(left) if number not in numbers]
        found += new
        wanted = [item for inventory in new for item in inventory.links]
    return found


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


class _Directory:
    """Documents by every name that a link may use for them."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = documents
        self._names: dict[str, int] = {}
        self._versions: dict[str, int] = {}
        for number, document in enumerate(documents):
            self._add(document.serial.lower(), number)

    def _add(self, serial: str, number: int) -> None:
        if not serial.startswith("urn:uuid:"):
            if serial:
                self._names.setdefault(serial, number)
            return
        name, _, version = serial.removeprefix("urn:uuid:").partition("/")
        self._names.setdefault(f"{_BOM_LINK}{name}/{version or '1'}", number)
        # A link without a version, or to one that was not given, means the newest
        # (https://cyclonedx.org/capabilities/bomlink/).
        newest = int(version) if version.isdecimal() else 1
        if newest > self._versions.get(name, -1):
            self._versions[name] = newest
            self._names[f"{_BOM_LINK}{name}"] = self._names[f"urn:uuid:{name}"] = number

    def find(self, item: Link) -> int | None:
        """Return the number of the document that a link names, by its identity, else by its hash."""
        name = item.target.partition("#")[0].lower()
        exact = self._names.get(name)
        if exact is None and name.startswith(_BOM_LINK):
            exact = self._names.get(name.partition("/")[0])
        if exact is not None:
            return exact
        return next((n for n, document in enumerate(self._documents) if _matches(document, item.hashes)), None)


def _digests(document: Document, algorithm: str) -> tuple[str, ...]:
    """Hash a document as given and as unpacked: links are made before and after compression."""
    forms = {bytes(document.given), bytes(document.text)}
    return tuple(hashlib.new(algorithm, data, usedforsecurity=False).hexdigest() for data in forms)


def _usable(hashes: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    named = ((name.lower().replace("-", "").replace("_", ""), value.lower()) for name, value in hashes)
    return [
        (f"sha3_{name[4:]}" if name.startswith("sha3") and len(name) > len("sha384") else name, value)
        for name, value in named
        if name in _ALGORITHMS
    ]


def _matches(document: Document, hashes: tuple[tuple[str, str], ...]) -> bool:
    usable = _usable(hashes)
    return bool(usable) and all(value in _digests(document, algorithm) for algorithm, value in usable)


def _resolve(joined: Inventory) -> Linked:
    directory = _Directory(joined.documents)
    sources, targets, kinds = array("l", joined.sources), array("l", joined.targets), bytearray(joined.kinds)
    left: list[Link] = []
    reached: set[int] = set()
    elements = _elements(joined)
    for item in joined.links:
        number = directory.find(item)
        if number is None and item.target in elements:
            number = joined.components[elements[item.target][0]].document
        if number is None or number == item.document:
            left.append(item)
            continue
        _check(joined, item, joined.documents[number])
        for target in elements.get(item.target) or _targets(joined, number, unquote(item.target.partition("#")[2])):
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
    return Linked(linked, len(joined.links) - len(left))


def _check(joined: Inventory, item: Link, document: Document) -> None:
    """Raise `HashMismatch` unless every hash that the link states is the document's."""
    for algorithm, value in _usable(item.hashes):
        if value not in _digests(document, algorithm):
            linking = joined.documents[item.document].path
            raise HashMismatch(
                document.path,
                f"its {algorithm} is not the one that {linking} states for {item.target}",
                remedy="give the file that was linked, or have the link corrected",
            )


def _elements(joined: Inventory) -> dict[str, list[int]]:
    """Return the elements of SPDX 3 documents by id: ids are global there, and `import` names the element itself."""
    named: dict[str, list[int]] = {}
    if any(document.format.startswith("SPDX 3") for document in joined.documents):
        wanted = {item.target for item in joined.links}
        for number, component in enumerate(joined.components):
            if component.ref in wanted and component.type != "unresolved":
                named.setdefault(component.ref, []).append(number)
    return named


def _roots(roots: tuple[int, ...], reached: set[int]) -> tuple[int, ...]:
    """Drop roots that another document links to; documents that link in a circle keep the first."""
    return tuple(root for root in roots if root not in reached) or roots[:1]


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
