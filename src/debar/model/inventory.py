"""What SBOMs list: components, relations, mentions, gaps.

Components are numbers 0..n-1; everything else points at them by number, so that an inventory of a
million components stays a few flat arrays. Readers fill an `InventoryBuilder`; every later stage
gets the frozen `Inventory`.
"""

from __future__ import annotations

import re
from array import array
from enum import IntEnum, IntFlag
from itertools import repeat
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from debar.model.certificate import Certified


_BOM_LINK = "urn:cdx:"


class Use(IntEnum):
    """How a component is used by the product, weakest first: a path is as strong as its weakest edge."""

    MENTIONED = 0
    TOOL = 1
    DEV_TEST = 2
    BUILD = 3
    DERIVED = 4
    PROVIDED = 5
    OPTIONAL = 6
    SHIPPED = 7

    @property
    def word(self) -> str:
        """The word used in packs and reports, such as ``dev-test``."""
        return self.name.lower().replace("_", "-")


class Kind(IntEnum):
    """What an edge from a component to one of its ingredients says."""

    INCLUDED = 0
    RUNTIME = 1
    SERVICE = 2
    BUILD_LINKED = 3
    LISTED = 4
    OPTIONAL = 5
    PROVIDED = 6
    DERIVED = 7
    PEDIGREE = 8
    BUILD = 9
    DEV = 10
    TEST = 11
    TOOL = 12
    WEAK = 13
    COPY = 14

    @property
    def word(self) -> str:
        """The word used in reports, such as ``build-linked``."""
        return self.name.lower().replace("_", "-")


# Indexed by Kind. BUILD_LINKED is shipped: the SPDX example of BUILD_DEPENDENCY_OF is Maven's `compile`
# scope, code that ships (SPDX 2.3 table 68).
KIND_USE: tuple[Use, ...] = (
    Use.SHIPPED,
    Use.SHIPPED,
    Use.SHIPPED,
    Use.SHIPPED,
    Use.SHIPPED,
    Use.OPTIONAL,
    Use.PROVIDED,
    Use.DERIVED,
    Use.DERIVED,
    Use.BUILD,
    Use.DEV_TEST,
    Use.DEV_TEST,
    Use.TOOL,
    Use.MENTIONED,
    Use.SHIPPED,
)


class Has(IntFlag):
    """What identifies a component; coverage and the gap `unidentified` are counted from it."""

    NOTHING = 0
    PURL = 1
    CPE = 2
    SWID = 4
    HASH = 8
    PARTY = 16
    SUPPLIER = 32
    LICENCE = 128
    #: A name that carries its ecosystem, as GitHub's old exports write it: ``pip:requests``.
    QUALIFIED_NAME = 64


IDENTIFIER = Has.PURL | Has.CPE | Has.SWID | Has.QUALIFIED_NAME
IDENTIFIED = IDENTIFIER | Has.HASH | Has.PARTY | Has.SUPPLIER


class Component(msgspec.Struct, frozen=True, gc=False):
    """One component, service or file of a document.

    `pointer` is a JSON pointer (RFC 6901) into the document; formats without one carry `line` and
    `column` (1-based) instead, 0 meaning "find it by the pointer". `scope` is the strongest use that
    the component's own declaration allows (CycloneDX `scope`, `isExternal`, development properties).
    A `synthetic` component stands for a document that names no product.
    """

    ref: str = ""
    name: str = ""
    version: str = ""
    group: str = ""
    purl: str = ""
    type: str = ""
    scope: Use = Use.SHIPPED
    document: int = 0
    pointer: str = ""
    line: int = 0
    column: int = 0
    #: A sum of `Has`, as a plain number: flags cost ten times as much.
    has: int = 0
    synthetic: bool = False
    #: A maker's tool, a formulation's task: in the graph, outside the coverage figures.
    auxiliary: bool = False

    @property
    def label(self) -> str:
        """Group, name and version as people write them: ``org.acme/av-bridge@1.2``."""
        name = f"{self.group}/{self.name}" if self.group else self.name
        return f"{name or self.purl or self.ref or '(unnamed)'}" + (f"@{self.version}" if self.version else "")


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A reason why the inventory may be incomplete; `code` is a key of `model.gaps.GAPS`."""

    code: str
    count: int
    examples: tuple[str, ...] = ()
    document: int = 0


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A place where a document points to another document.

    `target` is a BOM-Link, a URL or an SPDX document namespace. `kind` is what the place says that the target
    is to `component`; `Kind.WEAK` where it only speaks of it (an annotation, a vulnerability, a claim).
    `hashes` are (algorithm, lower-case hex) of the linked file, as the link states them.
    """

    component: int
    target: str
    document: int = 0
    hashes: tuple[tuple[str, str], ...] = ()
    kind: Kind = Kind.INCLUDED

    @property
    def ingredient(self) -> bool:
        """Tell whether the place says that the product holds or needs what it points to."""
        return KIND_USE[self.kind] > Use.TOOL


def is_bom_link(text: str) -> bool:
    """Tell whether a text is a CycloneDX BOM-Link; ``urn`` and ``cdx`` are in any case (RFC 8141 section 3.1)."""
    return text[: len(_BOM_LINK)].lower() == _BOM_LINK


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One SBOM that was read. `product` is the number of its root component (synthetic if it names none)."""

    path: str
    sha256: str
    format: str
    spec_version: str
    serial: str
    name: str
    product: int
    #: Organisations that made the SBOM itself (CycloneDX 1.6 `metadata.manufacturer`, SPDX creators).
    makers: tuple[str, ...] = ()
    #: What an attestation around the document binds it to: (name, ((algorithm, hex), ...)).
    subjects: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    #: What the document says of itself: members of `model.elements.STATEMENTS`.
    says: frozenset[str] = frozenset()
    #: When the document says that it was made, as it writes it.
    created: str = ""
    #: The bytes that pointers and offsets refer to: decompressed, UTF-8, without a byte-order mark.
    text: bytes | memoryview = b""
    #: Where in `text` nothing stands that may match: (start, end), in order.
    silent: Sequence[tuple[int, int]] = ()
    #: JSON pointer of a list -> where in `text` each entry begins and the last one ends, if the reader has seen it.
    #: The first entry may be an equal text further up, and then so are all.
    starts: Mapping[str, Sequence[int]] = msgspec.field(default_factory=dict)
    #: The bytes as they were given, which a link's hash is of.
    given: bytes | memoryview = b""

    def __repr__(self) -> str:
        return f"Document(path={self.path!r}, format={self.format!r}, sha256={self.sha256!r})"


class Mentions:
    """Every named thing of the inventory, as one column of values and one of owners a field.

    A field is a key of `model.fields.FIELDS`. Distinct values are cheap to get, so a value that a
    million components carry is matched once; owners are looked up for values that matched.
    """

    __slots__ = ("_columns",)

    def __init__(self) -> None:
        self._columns: dict[str, tuple[list[str], list[int]]] = {}

    def column(self, field_id: str) -> tuple[list[str], list[int]]:
        """Return the growing (values, owners) columns of a field, for readers that fill them in bulk."""
        column = self._columns.get(field_id)
        if column is None:
            column = self._columns[field_id] = ([], [])
        return column

    def add(self, field_id: str, value: str, owner: int) -> None:
        """Record that component `owner` names `value` in this field; an empty value is nothing."""
        if value:
            values, owners = self.column(field_id)
            values.append(value)
            owners.append(owner)

    def fields(self) -> tuple[str, ...]:
        """Return the fields that hold anything, in the order of first use."""
        return tuple(self._columns)

    def distinct(self, field_id: str) -> set[str]:
        """Return the distinct values of a field."""
        column = self._columns.get(field_id)
        return set(column[0]) if column else set()

    def owners(self, field_id: str, wanted: Collection[str]) -> Iterator[tuple[str, int]]:
        """Yield (value, owner) for each mention of a wanted value, in document order."""
        column = self._columns.get(field_id)
        if column:
            yield from ((value, owner) for value, owner in zip(*column, strict=True) if value in wanted)

    def of(self, component: int) -> list[tuple[str, str]]:
        """Return the (field, value) pairs of one component; linear in all mentions, for `explain`."""
        return [
            (field_id, value)
            for field_id, (values, owners) in self._columns.items()
            for value, owner in zip(values, owners, strict=True)
            if owner == component
        ]

    def extend(self, other: Mentions, shift: int) -> None:
        """Append the mentions of another inventory whose component numbers grow by `shift`."""
        for field_id, (values, owners) in other._columns.items():
            mine = self.column(field_id)
            mine[0].extend(values)
            mine[1].extend(owner + shift for owner in owners)


class Inventory(msgspec.Struct, frozen=True):
    """What one or more documents list. Edges are three parallel arrays: source, target, `Kind`."""

    documents: tuple[Document, ...]
    components: Sequence[Component]
    sources: array[int]
    targets: array[int]
    kinds: bytearray
    mentions: Mentions
    roots: tuple[int, ...]
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    #: Suppliers' certificates in place of documents that were not given.
    certified: tuple[Certified, ...] = ()
    #: Reference strings that documents use (bom-refs, SPDX ids, dependency targets): known text for the raw sweep.
    refs: AbstractSet[str] = frozenset()

    def edges(self) -> Iterator[tuple[int, int, Kind]]:
        """Yield (source, target, kind) for each edge."""
        return ((s, t, Kind(k)) for s, t, k in zip(self.sources, self.targets, self.kinds, strict=True))


_EXAMPLES = 5


class InventoryBuilder:
    """Collects what a reader finds in one document, then freezes it. Never raises on odd content."""

    __slots__ = ("_gaps", "components", "kinds", "links", "mentions", "notes", "refs", "sources", "targets")

    def __init__(self) -> None:
        self.components: list[Component] = []
        self.sources = array("l")
        self.targets = array("l")
        self.kinds = bytearray()
        self.mentions = Mentions()
        self.notes: list[str] = []
        self.links: list[Link] = []
        self.refs: set[str] = set()
        self._gaps: dict[str, tuple[int, list[str]]] = {}

    def add(self, component: Component) -> int:
        """Append a component and return its number."""
        self.components.append(component)
        return len(self.components) - 1

    def relate(self, source: int, target: int, kind: Kind) -> None:
        """Add an edge from a component to its ingredient."""
        self.sources.append(source)
        self.targets.append(target)
        self.kinds.append(kind)

    def relate_all(self, sources: Iterable[int], targets: Sequence[int], kind: Kind) -> None:
        """Add an edge from each of some components to the ingredient at the same place."""
        self.sources.extend(sources)
        self.targets.extend(targets)
        self.kinds.extend(repeat(kind, len(targets)))

    def tied(self, kinds: Collection[Kind]) -> list[int]:
        """Return the targets of the edges of some kinds, in order; few edges are of a rare kind."""
        rare = re.compile(b"[" + re.escape(bytes(kinds)) + b"]", re.DOTALL)
        return [self.targets[found.start()] for found in rare.finditer(self.kinds)]

    def gaps(self, code: str, found: Sequence[Component]) -> None:
        """Count a gap of each of some components, their labels being the examples."""
        for position, component in enumerate(found):
            if code in self._gaps and len(self._gaps[code][1]) == _EXAMPLES:
                self.gap(code, count=len(found) - position)
                break
            self.gap(code, component.label)

    def gap(self, code: str, example: str = "", count: int = 1) -> None:
        """Count a gap, keeping the first five examples."""
        total, examples = self._gaps.get(code, (0, []))
        if example and len(examples) < _EXAMPLES and example not in examples:
            examples.append(example)
        self._gaps[code] = (total + count, examples)

    def note(self, text: str) -> None:
        """Record something that a person should know and that changes no verdict."""
        if text not in self.notes:
            self.notes.append(text)

    def freeze(self, document: Document) -> Inventory:
        """Return the finished inventory of one document."""
        return Inventory(
            documents=(document,),
            components=self.components,
            sources=self.sources,
            targets=self.targets,
            kinds=self.kinds,
            mentions=self.mentions,
            roots=(document.product,),
            gaps=tuple(Gap(code=c, count=n, examples=tuple(e)) for c, (n, e) in self._gaps.items()),
            notes=tuple(self.notes),
            links=tuple(self.links),
            refs=self.refs,
        )
