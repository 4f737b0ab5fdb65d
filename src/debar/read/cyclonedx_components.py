"""Components and services of a CycloneDX document -> numbered components.

The document lists them in many places; each place says by a kind of edge what it means. A reference that
two elements share stands for both, unless they are the same element told twice.
"""

from __future__ import annotations

from collections import deque
from itertools import repeat
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from debar.errors import LimitExceeded
from debar.model.inventory import Component, InventoryBuilder, Kind, Use
from debar.read import cyclonedx_types as cdx
from debar.read.cyclonedx_leaves import flag, place_of
from debar.read.cyclonedx_mentions import MARKS, Recorder
from debar.read.decoding import begins, silences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from debar.read.limits import Source

    # A list of components, and where it stands.
    _List = tuple[list[cdx.Component | None] | None, "Spot"]

T = TypeVar("T")

# What is read is not needed again; the largest documents need the room.
_READ: Final = msgspec.Raw()
_DECODER: Final = msgspec.json.Decoder(cdx.Component | None)
# Components that are added at once.
_TOGETHER: Final = 1_000

#: The number of the product, which is always made first.
PRODUCT = 0

# An ancestor's code is in the component and a variant's may be (lineage unknown); a descendant holds the
# component, not the other way round.
_LINEAGE = (("ancestors", Kind.PEDIGREE), ("variants", Kind.PEDIGREE), ("descendants", Kind.WEAK))
_REF_FIELD = place_of("component", "bom-ref").field
_SCOPES = {"optional": Use.OPTIONAL, "excluded": Use.DEV_TEST}


class Spot(NamedTuple):
    """Where a list of elements stands and what standing there means.

    `parent` is the number of what they hang under, None for ingredients that only `dependencies` connects.
    `counted` elements are ingredients, whose own completeness matters. An element that is `alone` stands at
    the pointer itself instead of in a list. Nothing in a `quiet` one can match, so its mentions are left out.
    """

    pointer: str
    parent: int | None = None
    kind: Kind = Kind.INCLUDED
    auxiliary: bool = False
    counted: bool = True
    alone: bool = False
    depth: int = 1
    quiet: bool = False

    def at(self, index: int) -> str:
        """Return the pointer of an entry."""
        return self.pointer if self.alone else f"{self.pointer}/{index}"

    def inside(self, pointer: str, parent: int, kind: Kind) -> Spot:
        """Return the spot of what is nested in element `parent` of this one."""
        return self._replace(pointer=pointer, parent=parent, kind=kind, alone=False, depth=self.depth + 2)


class Collector:
    """Numbers elements as they come; knows who holds which reference and which elements are ingredients.

    With `positions` the elements carry line and column (XML), else a pointer (JSON).
    """

    def __init__(self, source: Source, *, positions: bool) -> None:
        self.source = source
        self.builder = InventoryBuilder()
        self.record = Recorder(self.builder)
        #: Reference -> the first element that holds it.
        self.holders: dict[str, int] = {}
        #: Reference -> further, different elements that hold it.
        self.sharers: dict[str, list[int]] = {}
        #: Numbers of the ingredients, in order.
        self.counted: dict[int, None] = {}
        #: Where the components that were read as slices begin, and where nothing in them is telling.
        self.starts: Sequence[int] = ()
        self.silent: Sequence[tuple[int, int]] = ()
        self._positions = positions
        self._twins: dict[tuple[str, str, str, str, str], int] = {}

    def components(self, given: list[cdx.Component | None] | None, spot: Spot) -> None:
        """Add a list of components and all that is nested in them; iterative, bounded by the limits."""
        self._components(deque([(given, spot)]))

    def _components(self, todo: deque[_List]) -> None:
        while todo:
            given, spot = todo.popleft()
            for index, one in self._entries(given, spot):
                todo.extend(self._whole(one, spot.at(index), spot))

    def slices(self, given: list[msgspec.Raw], text: bytes, spot: Spot) -> None:
        """Add components that are still slices of a text; those that hold nothing telling stay without mentions."""
        starts = begins(text, given)
        # Where they cannot be found again, all may be telling.
        told = self.source.telling(text, starts, MARKS) if self.source.telling and starts else range(len(given))
        if not self._positions:
            self.starts, self.silent = starts, silences(starts, told)
        quiet = spot._replace(quiet=True)
        nested: deque[_List] = deque()
        begin = 0
        for index in (*sorted(told), len(given)):
            for first in range(begin, index, _TOGETHER):
                nested.extend(self._quiet(given, first, min(index, first + _TOGETHER), quiet))
            if index < len(given):
                one = _DECODER.decode(given[index])
                given[index] = _READ
                nested.extend(self._whole(one, spot.at(index), spot) if one else ())
            begin = index + 1
        self.source.check_components(self.builder.components)
        self._components(nested)

    def _quiet(self, given: list[msgspec.Raw], begin: int, end: int, spot: Spot) -> list[_List]:
        """Add some of the components that nothing can match; return what is nested in them."""
        some = [_DECODER.decode(raw) for raw in given[begin:end]]
        given[begin:end] = [_READ] * len(some)
        pointers = [f"{spot.pointer}/{index}" for index in range(begin, end)]
        first = len(self.builder.components)
        if not self._plain(some, pointers):
            pairs = zip(some, pointers, strict=True)
            return [found for one, pointer in pairs if one for found in self._whole(one, pointer, spot)]
        return [
            found
            for number, one in enumerate(some, first)
            if one and (one.components or one.pedigree)
            for found in _nested(one, pointers[number - first], number, spot)
        ]

    def _plain(self, some: Sequence[cdx.Component | None], pointers: Sequence[str]) -> bool:
        """Add components all at once if each has a reference of its own, as nearly all have; tell whether."""
        builder, known = self.builder, [one for one in some if one is not None]
        refs, purls = [one.ref or "" for one in known], [one.purl or "" for one in known]
        numbers = range(len(builder.components), len(builder.components) + len(known))
        fresh = dict(zip(refs, numbers, strict=True))
        if len(fresh) < len(some) or "" in fresh or not self.holders.keys().isdisjoint(fresh):
            return False
        if any(one.is_external for one in known) or any(map(_other_purl, refs, purls)):
            return False
        builder.components.extend(
            map(
                Component,
                refs,
                [one.name or "" for one in known],
                [one.version or "" for one in known],
                [one.group or "" for one in known],
                purls,
                [one.type or "" for one in known],
                [_SCOPES.get(one.scope or "", Use.SHIPPED) for one in known],
                repeat(0),
                repeat("") if self._positions else pointers,
                [one.line for one in known] if self._positions else repeat(0),
                [one.column for one in known] if self._positions else repeat(0),
                map(self.record.standing, known),
            )
        )
        self.holders.update(fresh)
        self.counted.update(dict.fromkeys(numbers))
        builder.refs.update(fresh)
        return True

    def _whole(self, one: cdx.Component, pointer: str, spot: Spot) -> Iterable[_List]:
        """Add a component and return what is nested in it."""
        number = self._component(one, pointer, spot)
        return _nested(one, pointer, number, spot) if one.components or one.pedigree else ()

    def services(self, given: list[cdx.Service | None] | None, spot: Spot) -> None:
        """Add a list of services and the services nested in them, like `components`."""
        todo = deque([(given, spot)])
        while todo:
            given, spot = todo.popleft()
            for index, one in self._entries(given, spot):
                pointer = spot.at(index)
                number = self._number(one.ref, one.group or "", one.name or "", one.version or "", "")
                flags, development = self.record.service(one, number, link=not spot.auxiliary)
                self._place(one, pointer, spot, number, flags, Use.DEV_TEST if development else Use.SHIPPED)
                if one.services:
                    todo.append((one.services, spot.inside(f"{pointer}/services", number, Kind.SERVICE)))

    def tools(self, given: list[cdx.Tool | None], spot: Spot) -> None:
        """Add tools in the manner of CycloneDX 1.2 to 1.4."""
        for index, tool in self._entries(given, spot):
            one = cdx.Component(
                type="tool",
                name=tool.name,
                version=tool.version,
                hashes=tool.hashes,
                external_references=tool.external_references,
                foreign=tool.foreign,
            )
            if tool.vendor:
                one.supplier = msgspec.Raw(msgspec.json.encode(tool.vendor))
            self._component(one, spot.at(index), spot)

    def synthetic(self, component: Component, parent: int, kind: Kind | None) -> int:
        """Add an element that the document only implies, under a parent if a kind is given."""
        number = self.builder.add(component)
        if component.ref:
            self.holders.setdefault(component.ref, number)
            self.builder.refs.add(component.ref)
        if kind is not None:
            self.builder.relate(parent, number, kind)
        return number

    def holding(self, ref: str) -> tuple[int, ...]:
        """Return all elements that hold a reference."""
        first = self.holders.get(ref)
        return () if first is None else (first, *self.sharers.get(ref, ()))

    def _entries(self, given: list[T | None] | None, spot: Spot) -> Iterator[tuple[int, T]]:
        if not given:
            return
        if spot.depth > self.source.limits.depth:
            raise LimitExceeded(
                self.source.path,
                f"more than {self.source.limits.depth} levels deep",
                place=spot.pointer[:80],
                remedy="no real SBOM nests as deep",
            )
        for index, one in enumerate(given):
            if one is not None:
                yield index, one
                given[index] = None
        self.source.check_components(self.builder.components)

    def _component(self, one: cdx.Component, pointer: str, spot: Spot) -> int:
        number = self._number(one.ref, one.group or "", one.name or "", one.version or "", one.purl or "")
        if spot.quiet:
            flags, development = self.record.standing(one), False
        else:
            flags, development = self.record.component(one, number, link=not spot.auxiliary)
        scope = _SCOPES.get(one.scope or "", Use.SHIPPED)
        if one.is_external:
            scope = min(scope, Use.PROVIDED)
        if development:
            scope = min(scope, Use.DEV_TEST)
        self._place(one, pointer, spot, number, flags, scope)
        return number

    def _number(self, ref: str | None, group: str, name: str, version: str, purl: str) -> int:
        """Return the number of an element: that of the same element under the same reference, else a new one."""
        fresh = len(self.builder.components)
        if not ref:
            return fresh
        first = self.holders.setdefault(ref, fresh)
        if first == fresh:
            return fresh
        held = self.builder.components[first]
        if (group, name) == (held.group, held.name):
            if (version, purl) == (held.version, held.purl):
                return first
            # Generators repeat the product among the components, often with less said about it.
            if first == PRODUCT and _agree(version, held.version) and _agree(purl, held.purl):
                return first
        # One look-up however many share the reference: hostile documents give one to everything.
        number = self._twins.setdefault((ref, group, name, version, purl), fresh)
        if number == fresh:
            self.sharers.setdefault(ref, []).append(fresh)
            self.builder.gap("duplicate-ref", ref)
        return number

    def _place(
        self, one: cdx.Component | cdx.Service, pointer: str, spot: Spot, number: int, flags: int, scope: Use
    ) -> None:
        purl, kind = (one.purl or "", one.type or "") if isinstance(one, cdx.Component) else ("", "service")
        if one.ref:
            flags |= self._reference(one.ref, purl, number, spot)
        made = Component(
            ref=one.ref or "",
            name=one.name or "",
            version=one.version or "",
            group=one.group or "",
            purl=purl,
            type=kind,
            scope=scope,
            pointer=pointer,
            has=flags,
            auxiliary=spot.auxiliary,
        )
        if self._positions:
            made = replace(made, pointer="", line=one.line, column=one.column)
        components = self.builder.components
        listed = number in self.counted
        if number < len(components):
            components[number] = _merged(components[number], made)
        else:
            components.append(made)
        if spot.counted and not spot.auxiliary:
            self.counted[number] = None
        # What is both in `components` and in a formulation is an ingredient, not something that only builds.
        if spot.parent is not None and spot.parent != number and not (listed and spot.kind is Kind.BUILD):
            self.builder.relate(spot.parent, number, spot.kind)

    def _reference(self, ref: str, purl: str, number: int, spot: Spot) -> int:
        """Record a reference; return what it identifies."""
        self.builder.refs.add(ref)
        field = "purl" if _other_purl(ref, purl) else _REF_FIELD
        if not spot.quiet and not (purl and ref.startswith(purl)):
            self.builder.mentions.add(field, ref, number)
        return flag(field, ref)


def _nested(one: cdx.Component, pointer: str, number: int, spot: Spot) -> Iterator[_List]:
    """Yield the lists of components within a component, each with its spot."""
    if one.components:
        yield one.components, spot.inside(f"{pointer}/components", number, Kind.INCLUDED)
    if one.pedigree:
        for key, kind in _LINEAGE:
            inside = spot.inside(f"{pointer}/pedigree/{key}", number, kind)
            yield getattr(one.pedigree, key), inside._replace(counted=False)


def _other_purl(ref: str, purl: str) -> bool:
    """Tell whether a reference is a purl, as generators write it, and not the component's own: it may say more."""
    return ref.startswith("pkg:") and not (purl and ref.startswith(purl))


def _agree(one: str, other: str) -> bool:
    return not one or not other or one == other


def _merged(first: Component, again: Component) -> Component:
    return replace(
        first,
        version=first.version or again.version,
        purl=first.purl or again.purl,
        type=first.type or again.type,
        scope=max(first.scope, again.scope),
        has=first.has | again.has,
        auxiliary=first.auxiliary and again.auxiliary,
    )
