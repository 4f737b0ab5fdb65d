"""Several inventories of one product -> one, with the links between the documents that were given.

A link is a CycloneDX BOM-Link (``urn:cdx:serial/version#ref``), an SPDX document namespace
(``namespace#SPDXRef-id``), or an address with a hash. It is resolved only among the documents given and
the candidates offered, by identity: serial, namespace or hash. What stays unresolved remains a link.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from msgspec.structs import replace

from debar.errors import HashMismatch, LimitExceeded
from debar.model.inventory import Inventory, Mentions, is_bom_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from debar.model.inventory import Document, Link

_BOM_LINK = "urn:cdx:"
_ALGORITHMS = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3256", "sha3384", "sha3512"}


# Links to a reference that many elements share fan out to all of them; hostile documents share one among all.
_MOST_SHARED = 1_000_000


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
    return _resolve(joined, len(inventories)) if joined.links else Linked(joined, 0)


def _linked_candidates(inventories: Sequence[Inventory], candidates: Sequence[Inventory]) -> list[Inventory]:
    """Return the candidates that the given documents reach by links, those reached through others included."""
    offered = [*inventories, *candidates]
    # One directory for all: a link that a given document resolves needs no candidate.
    directory = _Directory([inventory.documents[0] for inventory in offered])
    wanted = {item.target for inventory in offered for item in inventory.links}
    homes = {
        component.ref: number
        for number, inventory in reversed(list(enumerate(offered)))
        if _is_global(inventory.documents[0])
        for component in inventory.components
        if component.ref in wanted and component.type != "unresolved"
    }
    known = set(range(len(inventories)))
    new = sorted(known)
    found: list[Inventory] = []
    while new:
        links = (item for number in new for item in offered[number].links)
        numbers = {homes.get(item.target) if (at := directory.find(item)) is None else at for item in links}
        new = sorted(number for number in numbers if number is not None and number not in known)
        known.update(new)
        found += [offered[number] for number in new]
    return found


def _concatenate(inventories: Sequence[Inventory]) -> Inventory:
    shifts = [0, *accumulate(len(inventory.components) for inventory in inventories)]
    components, mentions = [], Mentions()
    sources, targets, kinds = array("l"), array("l"), bytearray()
    for number, (inventory, shift) in enumerate(zip(inventories, shifts, strict=False)):
        components += [replace(component, document=number) for component in inventory.components]
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
        self._digests: dict[tuple[int, str], frozenset[str]] = {}
        self._hashed: dict[str, dict[str, int]] = {}
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
        if exact is None and is_bom_link(name):
            exact = self._names.get(name.partition("/")[0])
        if exact is not None:
            return exact
        usable = _usable(item.hashes)
        found = {self._by_hash(algorithm).get(value) for algorithm, value in usable}
        return found.pop() if len(found) == 1 else None

    def _by_hash(self, algorithm: str) -> dict[str, int]:
        """Return the documents by digest: computed once, since a hostile document may link a million times."""
        known = self._hashed.get(algorithm)
        if known is None:
            known = self._hashed[algorithm] = {}
            for number in range(len(self._documents)):
                for digest in self.digests(number, algorithm):
                    known.setdefault(digest, number)
        return known

    def digests(self, number: int, algorithm: str) -> frozenset[str]:
        """Hash a document as given and as unpacked: links are made before and after compression."""
        known = self._digests.get((number, algorithm))
        if known is None:
            document = self._documents[number]
            forms = {bytes(document.given), bytes(document.text)}
            made = (hashlib.new(algorithm, data, usedforsecurity=False).hexdigest() for data in forms)
            known = self._digests[number, algorithm] = frozenset(made)
        return known


def _usable(hashes: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    named = ((name.lower().replace("-", "").replace("_", ""), value.lower()) for name, value in hashes)
    return [
        (f"sha3_{name[4:]}" if name.startswith("sha3") and len(name) > len("sha384") else name, value)
        for name, value in named
        if name in _ALGORITHMS
    ]


def _resolve(joined: Inventory, given: int) -> Linked:
    """Turn links into edges; the first `given` documents are the product's own.

    A document that only its mention brought in (see `Link.ingredient`) hangs whole under what speaks of it, however
    its own parts link. A mention of a document that is in the product anyway adds nothing, and so cannot weaken it.
    """
    directory = _Directory(joined.documents)
    elements = _elements(joined)
    pairs = [(item, _document(joined, directory, elements, item)) for item in joined.links]
    product = _product(pairs, given)
    named = _named(joined, pairs)
    sources, targets, kinds = array("l", joined.sources), array("l", joined.targets), bytearray(joined.kinds)
    reached: set[int] = set()
    for item, number in pairs:
        if number is None:
            continue
        _check(joined, directory, item, number)
        whole = [joined.documents[number].product] if number != item.document else []
        if number not in product:
            found = whole
        elif item.ingredient and item.document in product:
            found = elements.get(item.target) or named.get((number, _ref(item))) or whole
        else:
            found = []
        _bounded(joined, item, len(targets) - len(joined.targets) + len(found) - len(pairs))
        for target in found:
            if target != item.component:
                sources.append(item.component)
                targets.append(target)
                kinds.append(item.kind)
        if number != item.document:
            reached.update(found)
    left = tuple(item for item, number in pairs if number is None)
    roots = _roots(joined.roots, reached)
    linked = replace(joined, sources=sources, targets=targets, kinds=kinds, links=left, roots=roots)
    return Linked(linked, len(pairs) - len(left))


def _ref(item: Link) -> str:
    return unquote(item.target.partition("#")[2])


def _bounded(joined: Inventory, item: Link, shared: int) -> None:
    if shared > _MOST_SHARED:
        path = joined.documents[item.document].path
        raise LimitExceeded(path, f"more than {_MOST_SHARED:,} edges from links to elements that share references")


def _document(joined: Inventory, directory: _Directory, elements: dict[str, list[int]], item: Link) -> int | None:
    number = directory.find(item)
    if number is None and item.target in elements:
        number = joined.components[elements[item.target][0]].document
    return number


def _product(pairs: Sequence[tuple[Link, int | None]], given: int) -> set[int]:
    """Return the documents of the product: those given, and those that their ingredients lead to."""
    onward: defaultdict[int, set[int]] = defaultdict(set)
    for item, number in pairs:
        if number is not None and item.ingredient:
            onward[item.document].add(number)
    found = set(range(given))
    todo = list(found)
    for document in todo:
        todo += onward[document] - found
        found |= onward[document]
    return found


def _named(joined: Inventory, pairs: Sequence[tuple[Link, int | None]]) -> dict[tuple[int, str], list[int]]:
    """Return the components that links name by reference, as (document, reference)."""
    wanted = {(number, _ref(item)) for item, number in pairs if number is not None}
    named: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for number, component in enumerate(joined.components):
        if component.ref and (component.document, component.ref) in wanted:
            named[component.document, component.ref].append(number)
    return named


def _check(joined: Inventory, directory: _Directory, item: Link, number: int) -> None:
    """Raise `HashMismatch` unless every hash that the link states is the document's."""
    for algorithm, value in _usable(item.hashes):
        if value not in directory.digests(number, algorithm):
            document = joined.documents[number]
            linking = joined.documents[item.document].path
            raise HashMismatch(
                document.path,
                f"its {algorithm} is not the one that {linking} states for {item.target}",
                remedy="give the file that was linked, or have the link corrected",
            )


def _elements(joined: Inventory) -> dict[str, list[int]]:
    """Return the elements of SPDX 3 documents that links name by their id."""
    named: dict[str, list[int]] = {}
    if any(_is_global(document) for document in joined.documents):
        wanted = {item.target for item in joined.links}
        for number, component in enumerate(joined.components):
            if component.ref in wanted and component.type != "unresolved":
                named.setdefault(component.ref, []).append(number)
    return named


def _is_global(document: Document) -> bool:
    """Tell whether ids are global, as in SPDX 3, where `import` names the element itself."""
    return document.format.startswith("SPDX 3")


def _roots(roots: tuple[int, ...], reached: set[int]) -> tuple[int, ...]:
    """Drop roots that another document links to; documents that link in a circle keep the first."""
    return tuple(root for root in roots if root not in reached) or roots[:1]
