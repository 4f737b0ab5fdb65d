"""The dependency graph and the completeness claims of a CycloneDX document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from debar.errors import LimitExceeded
from debar.model.inventory import Component, Has, Kind, Link
from debar.read.cyclonedx_components import PRODUCT
from debar.read.cyclonedx_leaves import flag, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debar.read.cyclonedx_components import Collector
    from debar.read.cyclonedx_types import Composition, Dependency, Document

_REF_FIELD: Final = place_of("component", "bom-ref").field
# Edges that say less of an ingredient than that it is listed.
WEAKER: Final = frozenset({Kind.PEDIGREE, Kind.BUILD, Kind.TOOL, Kind.WEAK})
_BOM_LINK: Final = "urn:cdx:"
# Edges to a reference that many elements share fan out to all of them; hostile documents share one among all.
_MOST_SHARED: Final = 1_000_000

# `not_specified` is silence. `incomplete_third_party_only` leaves out only what the product's own maker wrote;
# every other one leaves out code of third parties (CycloneDX 1.7 `aggregateType`).
_COMPLETE: Final = "complete"
_SILENT: Final = frozenset({"", "not_specified"})
_FIRST_PARTY_MISSING: Final = "incomplete_third_party_only"


class _Edges:
    """Adds edges by reference; makes a phantom for every reference that nothing holds."""

    def __init__(self, collector: Collector, own: str) -> None:
        self._collector = collector
        self._own = own
        self._shared = 0

    def add(self, ref: str, targets: Sequence[str | None] | None, kind: Kind) -> None:
        """Add an edge from every holder of a reference to every holder of each target."""
        # An entry without ingredients still names an element, which may be listed nowhere.
        sources = self._elements(self._local(ref) or ref) if ref else ()
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
            found = self._ingredients(target, sources)
            self._count(len(sources) * len(found))
            for source in sources:
                for number in found:
                    relate(source, number, kind)

    def _ingredients(self, ref: str, sources: tuple[int, ...]) -> tuple[int, ...]:
        local = self._local(ref)
        if local or not ref.startswith(_BOM_LINK) or ref in self._collector.holders:
            return self._elements(local or ref)
        self._collector.builder.refs.add(ref)
        self._collector.builder.links.extend(Link(component=source, target=ref) for source in sources)
        return ()

    def _elements(self, ref: str) -> tuple[int, ...]:
        self._collector.builder.refs.add(ref)
        return self._collector.holding(ref) or (self._phantom(ref),)

    def _local(self, link: str) -> str:
        """Return the reference of a BOM-Link into this very document, or nothing."""
        if not link.startswith(_BOM_LINK):
            return ""
        document, _, ref = link.partition("#")
        return unquote(ref) if self._own and document.lower() == self._own else ""

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
                type="unresolved",
                has=Has.PURL if is_purl else Has.NOTHING,
            ),
            PRODUCT,
            None,
        )
        builder.mentions.add("purl" if is_purl else _REF_FIELD, ref, number)
        if ref.startswith(_BOM_LINK):
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
    edges = _Edges(collector, _own_link(document))
    told: set[str] = set()
    for entry in given:
        if entry.ref:
            told.add(entry.ref)
        elif entry.depends_on or entry.provides:
            builder.gap("dangling-ref", "(an entry without a reference)")
        edges.add(entry.ref or "", entry.depends_on, Kind.RUNTIME)
        edges.add(entry.ref or "", entry.provides, Kind.PROVIDED)
    if not given:
        if ingredients:
            builder.gap("no-edges")
    else:
        for number in collector.counted:
            component = builder.components[number]
            if component.ref and component.ref not in told:
                builder.gap("opaque", component.label)
    if not ingredients and not _declared_leaf(collector, given, document.compositions):
        builder.gap("empty-inventory")


def _own_link(document: Document) -> str:
    serial = (document.serial_number or "").lower().removeprefix("urn:uuid:")
    return f"{_BOM_LINK}{serial}/{document.version or 1}" if serial else ""


def _declared_leaf(
    collector: Collector, given: Sequence[Dependency], compositions: Sequence[Composition | None] | None
) -> bool:
    ref = collector.builder.components[PRODUCT].ref
    entries = [entry for entry in given if ref and entry.ref == ref]
    if not entries or any(entry.depends_on or entry.provides for entry in entries):
        return False
    return any(
        one.aggregate == _COMPLETE and (ref in (one.assemblies or ()) or ref in (one.dependencies or ()))
        for one in _known(compositions)
    )


def _known(given: Sequence[Composition | None] | None) -> Iterator[Composition]:
    return (one for one in given or () if one is not None)


def compositions(collector: Collector, given: Sequence[Composition | None] | None) -> None:
    """Turn claims of completeness into gaps: what is said to be missing, and what is not said to be complete.

    References do not cascade, so an ingredient counts as complete only when its assembly and its dependencies
    are both claimed, each by name.
    """
    builder = collector.builder
    assemblies: set[str | None] = set()
    depending: set[str | None] = set()
    for one in _known(given):
        aggregate = one.aggregate or ""
        refs = [ref for ref in (*(one.assemblies or ()), *(one.dependencies or ())) if ref]
        for ref in (*refs, *(one.vulnerabilities or ()), one.ref):
            if ref:
                builder.mentions.add("relation", ref, PRODUCT)
        if aggregate == _COMPLETE:
            assemblies.update(one.assemblies or ())
            depending.update(one.dependencies or ())
        elif aggregate == _FIRST_PARTY_MISSING:
            builder.note("the author declares that only third-party components are listed")
        elif aggregate not in _SILENT and (refs or not one.vulnerabilities):
            about = ", ".join(_label(collector, ref) for ref in refs[:3])
            builder.gap("declared-incomplete", f"{aggregate}: {about}" if about else aggregate, max(1, len(refs)))
    complete = assemblies & depending
    for number in collector.counted:
        component = builder.components[number]
        if not component.ref or component.ref not in complete:
            builder.gap("not-asserted-complete", component.label)


def _label(collector: Collector, ref: str) -> str:
    number = collector.holders.get(ref)
    return ref if number is None else collector.builder.components[number].label
