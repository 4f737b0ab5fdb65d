"""SPDX ids and relationships as edges, links and gaps (SPDX 2.3 chapter 11)."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from debar.errors import LimitExceeded
from debar.model.inventory import KIND_USE, Component, Kind, Link
from debar.read.decoding import Slices
from debar.read.spdx2_paths import NOASSERTION, NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from debar.model.inventory import InventoryBuilder
    from debar.read.limits import Source
    from debar.read.spdx2_types import ExternalDocument, Relationship


class Direction(Enum):
    """Which end of ``A TYPE B`` holds the other."""

    FORWARD = auto()
    REVERSE = auto()
    BOTH = auto()
    #: Says nothing about ingredients.
    NONE = auto()
    #: Is about the document itself.
    DOCUMENT = auto()


_NO_INGREDIENT: Final = frozenset({Kind.WEAK, Kind.COPY})

# The enumeration of SPDX 2.3 (table 68), in its order. BUILD_DEPENDENCY_OF ships: its example is Maven's
# `compile` scope. DEPENDENCY_OF and its like are reversed: A is the ingredient.
RELATIONSHIPS: Final[dict[str, tuple[Direction, Kind | None]]] = {
    "DESCRIBES": (Direction.DOCUMENT, None),
    "DESCRIBED_BY": (Direction.DOCUMENT, None),
    "CONTAINS": (Direction.FORWARD, Kind.INCLUDED),
    "CONTAINED_BY": (Direction.REVERSE, Kind.INCLUDED),
    "DEPENDS_ON": (Direction.FORWARD, Kind.RUNTIME),
    "DEPENDENCY_OF": (Direction.REVERSE, Kind.RUNTIME),
    "DEPENDENCY_MANIFEST_OF": (Direction.NONE, None),
    "BUILD_DEPENDENCY_OF": (Direction.REVERSE, Kind.BUILD_LINKED),
    "DEV_DEPENDENCY_OF": (Direction.REVERSE, Kind.DEV),
    "OPTIONAL_DEPENDENCY_OF": (Direction.REVERSE, Kind.OPTIONAL),
    "PROVIDED_DEPENDENCY_OF": (Direction.REVERSE, Kind.PROVIDED),
    "TEST_DEPENDENCY_OF": (Direction.REVERSE, Kind.TEST),
    "RUNTIME_DEPENDENCY_OF": (Direction.REVERSE, Kind.RUNTIME),
    "EXAMPLE_OF": (Direction.REVERSE, Kind.WEAK),
    "GENERATES": (Direction.REVERSE, Kind.DERIVED),
    "GENERATED_FROM": (Direction.FORWARD, Kind.DERIVED),
    "ANCESTOR_OF": (Direction.REVERSE, Kind.PEDIGREE),
    "DESCENDANT_OF": (Direction.FORWARD, Kind.PEDIGREE),
    "VARIANT_OF": (Direction.BOTH, Kind.PEDIGREE),
    "DISTRIBUTION_ARTIFACT": (Direction.FORWARD, Kind.INCLUDED),
    "PATCH_FOR": (Direction.REVERSE, Kind.WEAK),
    "PATCH_APPLIED": (Direction.REVERSE, Kind.INCLUDED),
    "COPY_OF": (Direction.BOTH, Kind.COPY),
    "FILE_ADDED": (Direction.REVERSE, Kind.INCLUDED),
    "FILE_DELETED": (Direction.NONE, None),
    "FILE_MODIFIED": (Direction.FORWARD, Kind.DERIVED),
    "EXPANDED_FROM_ARCHIVE": (Direction.BOTH, Kind.INCLUDED),
    "DYNAMIC_LINK": (Direction.FORWARD, Kind.RUNTIME),
    "STATIC_LINK": (Direction.FORWARD, Kind.INCLUDED),
    "DATA_FILE_OF": (Direction.REVERSE, Kind.INCLUDED),
    "TEST_CASE_OF": (Direction.REVERSE, Kind.TEST),
    "BUILD_TOOL_OF": (Direction.REVERSE, Kind.BUILD),
    "DEV_TOOL_OF": (Direction.REVERSE, Kind.DEV),
    "TEST_OF": (Direction.REVERSE, Kind.TEST),
    "TEST_TOOL_OF": (Direction.REVERSE, Kind.TEST),
    "DOCUMENTATION_OF": (Direction.REVERSE, Kind.WEAK),
    "OPTIONAL_COMPONENT_OF": (Direction.REVERSE, Kind.OPTIONAL),
    "METAFILE_OF": (Direction.NONE, None),
    "PACKAGE_OF": (Direction.REVERSE, Kind.INCLUDED),
    "AMENDS": (Direction.DOCUMENT, None),
    "PREREQUISITE_FOR": (Direction.REVERSE, Kind.RUNTIME),
    "HAS_PREREQUISITE": (Direction.FORWARD, Kind.RUNTIME),
    "REQUIREMENT_DESCRIPTION_FOR": (Direction.NONE, None),
    "SPECIFICATION_FOR": (Direction.NONE, None),
    "OTHER": (Direction.BOTH, Kind.WEAK),
}

#: What points plainly from one end to the other: whether it is reversed, the kind, and whether that is an ingredient.
_PLAIN: Final = {
    name: (direction is Direction.REVERSE, int(kind), kind not in _NO_INGREDIENT)
    for name, (direction, kind) in RELATIONSHIPS.items()
    if kind is not None and direction in {Direction.FORWARD, Direction.REVERSE}
}
DOCUMENT_ID: Final = "SPDXRef-DOCUMENT"
_MARKS: Final = NONE | NOASSERTION
_EXTERNAL: Final = "DocumentRef-"

# Trivy wrote DESCRIBE for years.
_DESCRIBES: Final = frozenset({"DESCRIBES", "DESCRIBE"})
# What syft says in the comments of OTHER: A owns B, and package A is evident by file B.
_OTHER: Final = ("ownership-by-file-overlap", "evident-by")
# The kinds for which NONE closes a component and NOASSERTION leaves it open.
_ASSERTED: Final = frozenset({Kind.INCLUDED, Kind.RUNTIME, Kind.BUILD_LINKED, Kind.OPTIONAL, Kind.PROVIDED})
# Relations between ids that several elements share multiply; real documents share a few ids.
_FAN_OUT: Final = 1_000_000


def normal_type(text: str) -> str:
    """Return a relationship type as the enumeration writes it."""
    return text.strip().upper().replace("-", "_").replace(" ", "_")


def described(
    listed: Iterable[str] | None, relationships: Iterable[Relationship], own: frozenset[str]
) -> tuple[list[str], bool]:
    """Return the ids that the document says it describes, in order, and whether a type was misspelt."""
    ids = dict.fromkeys(listed or ())
    misspelt = False
    for one in relationships.near(b"DESCRIBE") if isinstance(relationships, Slices) else relationships:
        if "DESCRIBE" not in one.relationship_type.upper():
            continue
        type_ = normal_type(one.relationship_type)
        if type_ in _DESCRIBES and one.spdx_element_id in own:
            ids[one.related_spdx_element] = None
            misspelt |= type_ == "DESCRIBE"
        elif type_ == "DESCRIBED_BY" and one.related_spdx_element in own:
            ids[one.spdx_element_id] = None
    return [ref for ref in ids if ref and ref not in _MARKS], misspelt


class Relations:
    """Turns ids into component numbers and relationships into edges of one builder.

    `own` are the ids of the document itself; `namespaces` maps each ``DocumentRef-`` to its document.
    """

    def __init__(
        self, builder: InventoryBuilder, source: Source, own: frozenset[str], namespaces: Mapping[str, ExternalDocument]
    ) -> None:
        self.own = own
        self.product = -1
        #: Components of which a relationship says that there is no further ingredient.
        self.closed: set[int] = set()
        #: Whether any relationship names an ingredient.
        self.any = False
        self._builder = builder
        self._source = source
        self._namespaces = namespaces
        # Nearly every id stands for one component; the others, and those that mean something else too, are apart.
        self._alone: dict[str, int] = {}
        self._shared: dict[str, list[int]] = {ref: [] for ref in own | _MARKS}
        self._files: dict[str, list[int]] | None = None
        self._seen: set[int] = set()
        #: Place of the link from a component to a target.
        self._links: dict[tuple[int, str], int] = {}
        self._linked: set[str] = set()
        self._unknown: dict[str, None] = {}
        self._outside = 0
        self._spare = _FAN_OUT

    def register(self, ref: str, number: int) -> None:
        """Say which component an SPDX id stands for; several may share one."""
        if ref in self._shared:
            self._shared[ref].append(number)
        elif ref in self._alone:
            self._shared[ref] = [self._alone.pop(ref), number]
        elif _is_external(ref):
            self._shared[ref] = [number]
        elif ref:
            self._alone[ref] = number

    def register_all(self, refs: Sequence[str]) -> None:
        """Say that SPDX ids stand for the components from the first one on."""
        alone = dict(zip(refs, range(len(refs)), strict=True))
        plain = len(alone) == len(refs) and "" not in alone and self._shared.keys().isdisjoint(alone)
        if plain and _EXTERNAL not in "".join(refs):
            self._alone = alone
            return
        for number, ref in enumerate(refs):
            self.register(ref, number)

    def check_duplicates(self) -> None:
        """Count ids that stand for components of different identity."""
        components = self._builder.components
        held = ((numbers[0], ref) for ref, numbers in self._shared.items() if numbers)
        for _, ref in sorted(held):
            numbers = self._shared[ref]
            if ref in self.own or len({(components[n].name, components[n].version) for n in numbers}) > 1:
                self._builder.gap("duplicate-ref", ref)

    def known(self, ref: str) -> list[int]:
        """Return the components that an id stands for, none if it is unknown."""
        number = self._alone.get(ref)
        return self._shared.get(ref, []) if number is None else [number]

    def set_product(self, number: int) -> None:
        """Let the ids of the document stand for its product."""
        self.product = number
        for ref in self.own:
            self._shared[ref].insert(0, number)

    def describe(self, ref: str) -> None:
        """Add the edges from a product that stands for the document to something that it describes."""
        if _is_external(ref):
            self._link(self.product, ref)
            return
        for number in self._resolve(ref):
            self._add(self.product, number, Kind.INCLUDED)

    def holds(self, number: int, refs: Iterable[str], kind: Kind) -> None:
        """Add edges from a component to what its own field lists (`hasFiles` and the like)."""
        for ref in refs:
            if ref and ref not in _MARKS:
                self._part(number, ref, kind)

    def held_by(self, number: int, ref: str) -> None:
        """Add the edge to a component from what its own field says it is part of (`snippetFromFile`)."""
        if ref in _MARKS or ref in self.own or _is_external(ref):
            return
        holders = self._resolve(ref)
        self._spend(len(holders) - 1)
        self.any = True
        for holder in holders:
            self._add(holder, number, Kind.INCLUDED)

    def depends(self, number: int, refs: Iterable[str]) -> None:
        """Add edges for `fileDependencies`, which name ids in JSON and file names in tag-value (8.17)."""
        if self._files is None:
            self._files = {}
            for index, component in enumerate(self._builder.components):
                if component.type == "file":
                    self._files.setdefault(component.name, []).append(index)
        for ref in refs:
            named = () if self.known(ref) else self._files.get(ref, ())
            self._spend(len(named) - 1)
            for part in named:
                self.any = True
                self._add(number, part, Kind.RUNTIME)
            if not named:
                self.holds(number, [ref], Kind.RUNTIME)

    def relate_plain(self, given: Iterable[Relationship]) -> Iterator[Relationship]:
        """Add what plainly goes from one element to another, nearly all there is; yield the others, and comments."""
        alone, seen, builder = self._alone, self._seen, self._builder
        add_key, add_kind = seen.add, builder.kinds.append
        add_source, add_target = builder.sources.append, builder.targets.append
        for one in given:
            try:
                source, target = alone[one.spdx_element_id], alone[one.related_spdx_element]
                reversed_, kind, ingredient = _PLAIN[one.relationship_type]
            except KeyError:
                yield one
                continue
            if one.comment:
                yield one
                continue
            if ingredient:
                self.any = True
            if reversed_:
                source, target = target, source
            key = (source << 36) | (target << 4) | kind
            if source != target and key not in seen:
                add_key(key)
                add_source(source)
                add_target(target)
                add_kind(kind)

    def relate(self, one: Relationship) -> None:
        """Add what a relationship says."""
        left, right = one.spdx_element_id, one.related_spdx_element
        self._builder.refs.update((left, right))
        if not (left and right):
            self._builder.gap("parse-partial", f"relationship {left or '?'} {one.relationship_type} {right or '?'}")
            return
        direction, kind = self._meaning(one)
        if direction is Direction.DOCUMENT:
            self._document(left, right)
        elif kind is None:
            self._outside += _is_external(left) or _is_external(right)
            for ref in (left, right):
                if ref not in _MARKS and not _is_external(ref):
                    self._resolve(ref)
        elif direction is Direction.BOTH:
            self._hold(left, right, kind)
            self._hold(right, left, kind)
        else:
            holder, part = (left, right) if direction is Direction.FORWARD else (right, left)
            self._outside += _is_external(holder)
            self._hold(holder, part, kind)

    def finish(self) -> None:
        """Write the notes that were collected."""
        if self._unknown:
            names = ", ".join(f"{name[:40]}" for name in list(self._unknown)[:5])
            self._builder.note(f"unknown relationship types read as weak links: {names}")
        if self._outside:
            self._builder.note(f"relationships that another document has to something here: {self._outside}")
        unused = [name for name in self._namespaces if name not in self._linked]
        if unused:
            self._builder.note(f"external documents that no relationship uses: {', '.join(unused[:5])}")

    def _meaning(self, one: Relationship) -> tuple[Direction, Kind | None]:
        type_ = normal_type(one.relationship_type)
        if type_ in _DESCRIBES or type_ == "DESCRIBED_BY":
            document = one.related_spdx_element if type_ == "DESCRIBED_BY" else one.spdx_element_id
            return (Direction.DOCUMENT, None) if document in self.own else (Direction.BOTH, Kind.WEAK)
        if type_ == "OTHER" and one.comment.lstrip().startswith(_OTHER):
            return Direction.FORWARD, Kind.INCLUDED
        meaning = RELATIONSHIPS.get(type_)
        if meaning is None:
            self._unknown[type_] = None
            return Direction.BOTH, Kind.WEAK
        return meaning

    def _document(self, left: str, right: str) -> None:
        """AMENDS: what this document amends stands in the other one. DESCRIBES was read for the product."""
        for ref in (left, right):
            if _is_external(ref):
                self._link(self.product, ref)

    def _hold(self, holder: str, part: str, kind: Kind) -> None:
        if holder in _MARKS or _is_external(holder):
            return
        # The document is no ingredient of what it lists, unless an element has taken its id.
        if part in self.own and len(self._shared[part]) == 1:
            return
        if part in _MARKS:
            if kind in _ASSERTED:
                self._assert(holder, closed=part in NONE)
            return
        holders = self._resolve(holder)
        self._spend(len(holders) - 1)
        for number in holders:
            self._part(number, part, kind)

    def _assert(self, holder: str, *, closed: bool) -> None:
        if closed:
            self.any = True
            self.closed.update(self._resolve(holder))
        else:
            self._builder.gap("declared-incomplete", holder)

    def _part(self, number: int, ref: str, kind: Kind) -> None:
        self.any |= kind not in _NO_INGREDIENT
        if _is_external(ref):
            self._link(number, ref, kind)
            return
        parts = self._resolve(ref)
        self._spend(len(parts) - 1)
        for part in parts:
            self._add(number, part, kind)

    def _resolve(self, ref: str) -> list[int]:
        numbers = self.known(ref)
        if not numbers:
            builder = self._builder
            number = builder.add(Component(ref=ref, name=ref, type="unresolved"))
            builder.mentions.add("ref", ref, number)
            builder.gap("dangling-ref", ref)
            numbers = self._shared.setdefault(ref, [])
            numbers.append(number)
        return numbers

    def _spend(self, count: int) -> None:
        self._spare -= max(count, 0)
        if self._spare < 0:
            problem = f"ids that several elements share multiply the relationships beyond {_FAN_OUT:,}"
            raise LimitExceeded(self._source.path, problem, remedy="give each element an id of its own")

    def _add(self, source: int, target: int, kind: Kind) -> None:
        key = (source << 36) | (target << 4) | kind
        if source != target and key not in self._seen:
            self._seen.add(key)
            self._builder.relate(source, target, kind)

    def _link(self, number: int, ref: str, kind: Kind = Kind.INCLUDED) -> None:
        target, hashes = self._target(ref)
        links = self._builder.links
        at = self._links.setdefault((number, target), len(links))
        if at == len(links):
            links.append(Link(component=number, target=target, hashes=hashes, kind=kind))
        elif KIND_USE[kind] > KIND_USE[links[at].kind]:
            links[at] = replace(links[at], kind=kind)

    def _target(self, ref: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Return what a reference into another document points to, and the hashes stated for that document."""
        name, _, element = ref.partition(":")
        known = self._namespaces.get(name)
        namespace = known.spdx_document if known else ""
        checksum = known.checksum if known else None
        self._linked.add(name)
        target = f"{namespace}#{element}" if namespace and element else namespace or ref
        return target, ((checksum.algorithm, checksum.checksum_value),) if checksum else ()


def _is_external(ref: str) -> bool:
    return ref.startswith(_EXTERNAL)
