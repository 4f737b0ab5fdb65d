"""The dependency graph and the completeness claims of a CycloneDX document."""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from debar.errors import LimitExceeded
from debar.model.inventory import Component, Has, Kind, Link, is_bom_link
from debar.read.cyclonedx_components import PRODUCT
from debar.read.cyclonedx_leaves import flag, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debar.read.cyclonedx_components import Collector
    from debar.read.cyclonedx_types import Composition, Dependency, Document

_REF_FIELD: Final = place_of("component", "bom-ref").field
# Edges that say less of an ingredient than that it is listed.
WEAKER: Final = frozenset({Kind.PEDIGREE, Kind.BUILD, Kind.TOOL, Kind.WEAK})
# Edges to a reference that many elements share fan out to all of them; hostile documents share one among all.
_MOST_SHARED: Final = 1_000_000
# Entries that are looked at together.
_TOGETHER: Final = 1_000

_PHANTOM: Final = "unresolved"

# `not_specified` is silence. `incomplete_third_party_only` leaves out only what the product's own maker wrote;
# every other one leaves out code of third parties (CycloneDX 1.7 `aggregateType`).
_COMPLETE: Final = "complete"
_SILENT: Final = frozenset({"", "not_specified"})
_FIRST_PARTY_MISSING: Final = "incomplete_third_party_only"


class _Edges:
    """Adds edges by reference; makes a phantom for every reference that nothing holds."""

    def __init__(self, collector: Collector, document: Document) -> None:
        self._collector = collector
        self._own = _own_link(document)
        self._shared = 0

    def plain(self, entries: Sequence[Dependency]) -> bool:
        """Add the edges of some entries all at once if each reference in them has one holder, as nearly all have."""
        holders, sharers, builder = self._collector.holders, self._collector.sharers, self._collector.builder
        refs = [entry.ref or "" for entry in entries]
        needs = [entry.depends_on or () for entry in entries]
        sources = [holders.get(ref, -1) for ref in refs]
        targets = [holders.get(ref or "", -1) for ref in chain.from_iterable(needs)]
        if -1 in sources or -1 in targets or any(entry.provides for entry in entries):
            return False
        if [ref for ref in refs if "#" in ref and is_bom_link(ref)]:
            return False
        if sharers and not sharers.keys().isdisjoint(chain(refs, *needs)):
            return False
        each = chain.from_iterable(repeat(source, len(some)) for source, some in zip(sources, needs, strict=True))
        builder.relate_all(each, targets, Kind.RUNTIME)
        return True

    def add(self, ref: str, targets: Sequence[str | None] | None, kind: Kind) -> None:
        """Add an edge from every holder of a reference to every holder of each target."""
        # An entry without ingredients still names an element, which may be listed nowhere.
        sources = self._elements(self.local(ref) or ref) if ref else ()
        if not targets:
            return
        holders, sharers = self._collector.holders, self._collector.sharers
        relate = self._collector.builder.relate
        for target in targets:
            if not target:
                continue
            first = holders.get(target)
            if first is not None and target not in sharers:
                for source in sources:
                    relate(source, first, kind)
                continue
            found = self._ingredients(target, sources, kind)
            self._count(len(sources) * len(found))
            for source in sources:
                for number in found:
                    relate(source, number, kind)

    def tie(self, item: Link) -> None:
        """Add the edges of a link into this very document, if it names an element."""
        _, _, ref = item.target.partition("#")
        found = self._elements(self.local(item.target) or item.target) if ref else ()
        self._count(len(found))
        for number in found:
            if number != item.component:
                self._collector.builder.relate(item.component, number, item.kind)

    def own(self, link: str) -> bool:
        """Tell whether a BOM-Link points at or into this very document, or is a reference that it uses as its own."""
        if not is_bom_link(link):
            return False
        held = self._collector.holders.get(link)
        known = held is not None and self._collector.builder.components[held].type != _PHANTOM
        return known or link.partition("#")[0].lower() == self._own

    def local(self, link: str) -> str:
        """Return the reference of a BOM-Link into this very document, or nothing."""
        if not self._own or "#" not in link:
            return ""
        document, _, ref = link.partition("#")
        return unquote(ref) if document.lower() == self._own else ""

    def _elements(self, ref: str) -> tuple[int, ...]:
        self._collector.builder.refs.add(ref)
        return self._collector.holding(ref) or (self._phantom(ref),)

    def _ingredients(self, ref: str, sources: tuple[int, ...], kind: Kind) -> tuple[int, ...]:
        local = self.local(ref)
        if local or not is_bom_link(ref) or ref in self._collector.holders:
            return self._elements(local or ref)
        self._collector.builder.refs.add(ref)
        self._collector.builder.links.extend(Link(component=source, target=ref, kind=kind) for source in sources)
        return ()

    def _phantom(self, ref: str) -> int:
        builder = self._collector.builder
        name, version = _parsed(ref) if flag("purl", ref) else (ref, "")
        is_purl = name != ref
        number = self._collector.synthetic(
            Component(
                ref=ref,
                name=name,
                version=version,
                purl=ref if is_purl else "",
                type=_PHANTOM,
                has=Has.PURL if is_purl else Has.NOTHING,
            ),
            PRODUCT,
            None,
        )
        builder.mentions.add("purl" if is_purl else _REF_FIELD, ref, number)
        if is_bom_link(ref):
            builder.links.append(Link(component=number, target=ref))
        else:
            builder.gap("dangling-ref", ref)
        return number

    def _count(self, edges: int) -> None:
        self._shared += edges
        if self._shared > _MOST_SHARED:
            path = self._collector.source.path
            raise LimitExceeded(path, f"more than {_MOST_SHARED:,} edges between elements that share references")


def _parsed(purl: str) -> tuple[str, str]:
    """Return (name, version) of a package URL, well enough to label an element that nothing describes."""
    path = purl.partition("#")[0].partition("?")[0]
    name, at, version = path.rpartition("@")
    if not at or "/" in version:
        name, version = path, ""
    return unquote(name.rpartition("/")[2]) or purl, unquote(version)


def dependencies(collector: Collector, document: Document) -> None:
    """Add the edges of `dependencies`, and the gaps of what it leaves out."""
    builder = collector.builder
    given = [entry for entry in document.dependencies or () if entry is not None]
    ingredients = [number for number in collector.counted if number != PRODUCT]
    edges = _Edges(collector, document)
    told: set[str] = set()
    for some in (given[begin : begin + _TOGETHER] for begin in range(0, len(given), _TOGETHER)):
        if edges.plain(some):
            told.update(entry.ref or "" for entry in some)
            continue
        for entry in some:
            if entry.ref:
                told.add(edges.local(entry.ref) or entry.ref)
            elif entry.depends_on or entry.provides:
                builder.gap("dangling-ref", "(an entry without a reference)")
            edges.add(entry.ref or "", entry.depends_on, Kind.RUNTIME)
            if entry.provides:
                edges.add(entry.ref or "", entry.provides, Kind.PROVIDED)
    if not given:
        if ingredients:
            builder.gap("no-edges")
    else:
        components = map(builder.components.__getitem__, collector.counted)
        builder.gaps("opaque", [one for one in components if one.ref and one.ref not in told])
    if not ingredients and not _declared_leaf(collector, edges, document):
        builder.gap("empty-inventory")


def own_links(collector: Collector, document: Document) -> None:
    """Make edges of the BOM-Links that point into the document itself; those that only speak of it say nothing new."""
    builder, edges = collector.builder, _Edges(collector, document)
    given, builder.links = builder.links, []
    for item in given:
        if not edges.own(item.target):
            builder.links.append(item)
        elif item.ingredient:
            edges.tie(item)


def _own_link(document: Document) -> str:
    serial = (document.serial_number or "").lower().removeprefix("urn:uuid:")
    return f"urn:cdx:{serial}/{document.version or 1}" if serial else ""


def _declared_leaf(collector: Collector, edges: _Edges, document: Document) -> bool:
    product = collector.builder.components[PRODUCT].ref

    def is_product(ref: str | None) -> bool:
        return bool(ref) and product in {ref, edges.local(ref or "")}

    entries = [entry for entry in document.dependencies or () if entry is not None and is_product(entry.ref)]
    if not entries or any(entry.depends_on or entry.provides for entry in entries):
        return False
    return any(
        one.aggregate == _COMPLETE and any(map(is_product, (*(one.assemblies or ()), *(one.dependencies or ()))))
        for one in _known(document.compositions)
    )


def _known(given: Sequence[Composition | None] | None) -> Iterator[Composition]:
    return (one for one in given or () if one is not None)


def compositions(collector: Collector, document: Document) -> None:
    """Turn claims of completeness into gaps: what is said to be missing, and what is not said to be complete.

    References do not cascade, so an ingredient counts as complete only when its assembly and its dependencies
    are both claimed, each by name. A claim about an element of another document adds no ingredient: it says how
    complete that element is, and not that the product holds it.
    """
    builder, local = collector.builder, _Edges(collector, document).local
    assemblies: set[str | None] = set()
    depending: set[str | None] = set()
    for one in _known(document.compositions):
        aggregate = one.aggregate or ""
        assembled, needed = (
            [local(ref) or ref for ref in part or () if ref] for part in (one.assemblies, one.dependencies)
        )
        refs = [*assembled, *needed]
        builder.mentions.add("relation", one.ref or "", PRODUCT)
        for ref in (*(one.assemblies or ()), *(one.dependencies or ()), *(one.vulnerabilities or ())):
            if ref:
                collector.record.text("link" if is_bom_link(ref) else "relation", ref, PRODUCT)
        if aggregate == _COMPLETE:
            assemblies.update(assembled)
            depending.update(needed)
        elif aggregate == _FIRST_PARTY_MISSING:
            builder.note("the author declares that only third-party components are listed")
        elif aggregate not in _SILENT and (refs or not one.vulnerabilities):
            about = ", ".join(_label(collector, ref) for ref in refs[:3])
            builder.gap("declared-incomplete", f"{aggregate}: {about}" if about else aggregate, max(1, len(refs)))
    complete = assemblies & depending
    components = map(builder.components.__getitem__, collector.counted)
    builder.gaps("not-asserted-complete", [one for one in components if not one.ref or one.ref not in complete])


def _label(collector: Collector, ref: str) -> str:
    number = collector.holders.get(ref)
    return ref if number is None else collector.builder.components[number].label
