"""SPDX 3 relationships as edges, links and gaps.

What each type says: https://spdx.github.io/spdx-spec/v3.0.1/model/Core/Vocabularies/RelationshipType/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from debar.model.inventory import Kind
from debar.read import spdx2_relationships
from debar.read.spdx2_relationships import Direction
from debar.read.spdx3_paths import first, local

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

    from debar.model.inventory import InventoryBuilder
    from debar.read.limits import Source
    from debar.read.spdx3_paths import Graph, Node

_SECURITY_TYPES: Final = """
    affects doesNotAffect fixedIn fixedBy foundBy reportedBy publishedBy republishedBy coordinatedBy exploitCreatedBy
    hasAssessmentFor hasAssociatedVulnerability underInvestigationFor
"""

RELATIONSHIPS: Final[dict[str, tuple[Direction, Kind | None]]] = {
    "contains": (Direction.FORWARD, Kind.INCLUDED),
    "dependsOn": (Direction.FORWARD, Kind.RUNTIME),
    "hasStaticLink": (Direction.FORWARD, Kind.INCLUDED),
    "hasDynamicLink": (Direction.FORWARD, Kind.RUNTIME),
    "hasPrerequisite": (Direction.FORWARD, Kind.RUNTIME),
    "hasRequirement": (Direction.NONE, None),
    "hasOptionalComponent": (Direction.FORWARD, Kind.OPTIONAL),
    "hasOptionalDependency": (Direction.FORWARD, Kind.OPTIONAL),
    "hasProvidedDependency": (Direction.FORWARD, Kind.PROVIDED),
    "hasDistributionArtifact": (Direction.FORWARD, Kind.INCLUDED),
    "packagedBy": (Direction.BOTH, Kind.COPY),
    "expandsTo": (Direction.FORWARD, Kind.INCLUDED),
    "copiedTo": (Direction.BOTH, Kind.COPY),
    "hasAddedFile": (Direction.FORWARD, Kind.INCLUDED),
    "hasDeletedFile": (Direction.NONE, None),
    "hasDataFile": (Direction.FORWARD, Kind.INCLUDED),
    "patchedBy": (Direction.FORWARD, Kind.INCLUDED),
    "modifiedBy": (Direction.FORWARD, Kind.WEAK),
    "amendedBy": (Direction.DOCUMENT, None),
    "generates": (Direction.REVERSE, Kind.DERIVED),
    "hasInput": (Direction.FORWARD, Kind.BUILD),
    # An artifact came out of the build: the way to what went in leads from the artifact over the build.
    "hasOutput": (Direction.REVERSE, Kind.DERIVED),
    "hasHost": (Direction.FORWARD, Kind.BUILD),
    "usesTool": (Direction.FORWARD, Kind.BUILD),
    "invokedBy": (Direction.FORWARD, Kind.WEAK),
    "delegatedTo": (Direction.FORWARD, Kind.WEAK),
    "configures": (Direction.REVERSE, Kind.RUNTIME),
    "ancestorOf": (Direction.REVERSE, Kind.PEDIGREE),
    "descendantOf": (Direction.FORWARD, Kind.PEDIGREE),
    "hasVariant": (Direction.BOTH, Kind.PEDIGREE),
    "availableFrom": (Direction.FORWARD, Kind.WEAK),
    "trainedOn": (Direction.FORWARD, Kind.DERIVED),
    "testedOn": (Direction.FORWARD, Kind.TEST),
    "hasTest": (Direction.FORWARD, Kind.TEST),
    "hasTestCase": (Direction.FORWARD, Kind.TEST),
    "hasExample": (Direction.FORWARD, Kind.WEAK),
    "hasDocumentation": (Direction.FORWARD, Kind.WEAK),
    "hasDependencyManifest": (Direction.NONE, None),
    "hasMetadata": (Direction.NONE, None),
    "hasSpecification": (Direction.NONE, None),
    "hasEvidence": (Direction.NONE, None),
    "hasConcludedLicense": (Direction.NONE, None),
    "hasDeclaredLicense": (Direction.NONE, None),
    "describes": (Direction.DOCUMENT, None),
    "serializedInArtifact": (Direction.DOCUMENT, None),
    "other": (Direction.BOTH, Kind.WEAK),
    **dict.fromkeys(_SECURITY_TYPES.split(), (Direction.NONE, None)),
}
#: Types about vulnerabilities: an agent at their end found or reported one, and made nothing.
SECURITY: Final = frozenset(_SECURITY_TYPES.split())
LICENCES: Final = frozenset({"hasConcludedLicense", "hasDeclaredLicense"})
#: Type -> what an agent at its end is to the component; an end that is no agent is a weak edge.
PARTIES: Final = {
    "availableFrom": "supplier",
    "modifiedBy": "contributor",
    "invokedBy": "contributor",
    "delegatedTo": "contributor",
}
# No scope is the widest one.
_SCOPES: Final = {
    "dependsOn": {"development": Kind.DEV, "test": Kind.TEST, "build": Kind.BUILD},
    "usesTool": {"development": Kind.DEV, "test": Kind.TEST, "runtime": Kind.RUNTIME},
}
# The kinds whose relationships say what a component is made of, and the types that close it when complete.
_ASSERTED: Final = frozenset({Kind.INCLUDED, Kind.RUNTIME, Kind.OPTIONAL, Kind.PROVIDED})
# Of elements that share an id so many are looked at, each time that it is named.
_LOOKED_AT: Final = 16
_CLOSING: Final = ("dependsOn", "contains")
_SPELLINGS: Final = {name.lower(): name for name in RELATIONSHIPS}
_INDIVIDUAL: Final = re.compile(
    r"(?:https?://spdx\.org/rdf/[^/]+/terms/(?:Core|ExpandedLicensing)/|spdx:(?:Core|ExpandedLicensing)/)?"
    r"(NoneElement|NoAssertionElement|NoneLicense|NoAssertionLicense|SpdxOrganization|NONE|NOASSERTION)"
)
_SPDX_OWN: Final = re.compile(r"https?://spdx\.org/(?:licenses|rdf)/")


class Statement(NamedTuple):
    """A relationship element: ``left TYPE right``, with local names of the terms."""

    left: list[str]
    type: str
    right: list[str]
    scope: str = ""
    completeness: str = ""


def type_of(text: str) -> str:
    """Return a relationship type as the vocabulary spells it, or the text itself."""
    return _SPELLINGS.get(text.strip().replace("_", "").lower(), text)


def individual(ref: str) -> str:
    """Return the local name of an individual of the specification, such as ``NoneElement``, or nothing."""
    found = _INDIVIDUAL.fullmatch(ref)
    return {"NONE": "NoneElement", "NOASSERTION": "NoAssertionElement"}.get(found[1], found[1]) if found else ""


def is_spdx_own(ref: str) -> bool:
    """Tell whether an id is the specification's or the licence list's, which no document has to define."""
    return _SPDX_OWN.match(ref) is not None or bool(individual(ref))


class Elements(Protocol):
    """What relationships need of the document that they stand in: its elements and what they say."""

    nodes: dict[str, list[Node]]
    graph: Graph
    builder: InventoryBuilder
    collections: list[Node]
    product: int

    def refs(self, node: Node, key: str) -> list[str]:
        """Return the ids that a property names."""

    def known(self, refs: Iterable[str]) -> list[int]:
        """Return the components that ids stand for."""

    def facts(self, node: Node) -> Iterable[tuple[str, str]]:
        """Return what an element says of itself, as (field, text)."""

    def party(self, role: str, ref: str, owner: int) -> None:
        """Mention an agent under its role for a component."""

    def licence(self, ref: str, owner: int) -> None:
        """Mention a licence of a component."""


class Relations(spdx2_relationships.Relations):
    """Edges between the elements of one document.

    `own` are the ids that stand for the document, `imports` those that an `ExternalMap` defines elsewhere, with
    the (algorithm, hex) hashes that it states for the other document, `defined` those that this document defines.
    `stand_in(ref)` registers a component for an element that is none by itself (a tool, a bundle) and
    returns the ids that it includes, or None for an unknown id.
    """

    def __init__(
        self,
        builder: InventoryBuilder,
        source: Source,
        own: frozenset[str],
        imports: Mapping[str, tuple[tuple[str, str], ...]],
        defined: Container[str],
        stand_in: Callable[[str], list[str] | None],
    ) -> None:
        super().__init__(builder, source, own, {})
        self._imports = imports
        self._defined = defined
        self._stand_in = stand_in
        self._pending: list[tuple[str, list[str]]] = []
        self._complete: set[tuple[str, str]] = set()
        self._open: set[tuple[str, str]] = set()

    def state(self, one: Statement) -> None:
        """Add what a relationship says."""
        direction, kind = self._said(one)
        marks = {individual(ref) for ref in one.right} & {"NoneElement", "NoAssertionElement"}
        right = [ref for ref in one.right if not individual(ref)]
        for left in one.left:
            if individual(left):
                continue
            if direction is Direction.FORWARD:
                self._claim(left, one, kind, marks, alone=not right)
            for ref in right:
                self._relate(left, ref, direction, kind, one.type)

    def missing(self, ref: str) -> None:
        """Note that an id is used without an edge: an unknown one becomes an unresolved component."""
        if ref not in self._defined and not self.is_elsewhere(ref) and not is_spdx_own(ref):
            self._resolve(ref)

    def is_elsewhere(self, ref: str) -> bool:
        """Tell whether an id is defined only in another document."""
        return ref in self._imports and not self.known(ref)

    def describe(self, ref: str) -> None:
        """Add the edges from a product that stands for the document to one of its root elements."""
        if self.is_elsewhere(ref):
            self._link(self.product, ref)
        else:
            super().describe(ref)

    def finish(self) -> None:
        """Add what stand-ins include, close components, and write the notes that were collected."""
        while self._pending:
            ref, held = self._pending.pop()
            for number in self.known(ref):
                self.holds(number, held, Kind.INCLUDED)
        for type_ in _CLOSING:
            for ref, closed in self._complete:
                if closed == type_ and (ref, type_) not in self._open:
                    self.closed.update(self.known(ref))
        super().finish()

    def _said(self, one: Statement) -> tuple[Direction, Kind | None]:
        meaning = RELATIONSHIPS.get(one.type)
        if meaning is None:
            self._unknown[one.type] = None
            return Direction.BOTH, Kind.WEAK
        if one.type == "describes" and not self.own.intersection(one.left):
            return Direction.BOTH, Kind.WEAK
        direction, kind = meaning
        return direction, _SCOPES.get(one.type, {}).get(one.scope.lower(), kind)

    def _claim(self, left: str, one: Statement, kind: Kind | None, marks: Iterable[str], *, alone: bool) -> None:
        """Remember what a relationship says of its own completeness; none alone says that there is nothing."""
        if RELATIONSHIPS.get(one.type, (None, None))[1] not in _ASSERTED:
            return
        completeness = one.completeness.lower()
        if "NoAssertionElement" in marks or completeness in {"incomplete", "noassertion"}:
            self._open.add((left, one.type))
            self._builder.gap("declared-incomplete", left)
        elif kind in _ASSERTED and alone and "NoneElement" in marks:
            self.any = True
            self._resolve_holder(left)
            self._complete.add((left, one.type))
        elif kind in _ASSERTED and not marks and completeness == "complete":
            self._complete.add((left, one.type))

    def _resolve_holder(self, ref: str) -> None:
        if not self.is_elsewhere(ref):
            self._resolve(ref)

    def _relate(self, left: str, right: str, direction: Direction, kind: Kind | None, type_: str) -> None:
        if direction is Direction.DOCUMENT:
            if type_ == "amendedBy" and self.is_elsewhere(right):
                self._link(self.product, right)
        elif kind is None:
            self.missing(left)
            self.missing(right)
        elif direction is Direction.BOTH:
            self._hold(left, right, kind)
            self._hold(right, left, kind)
        elif direction is Direction.FORWARD:
            self._hold(left, right, kind)
        else:
            self._hold(right, left, kind)

    def _hold(self, holder: str, part: str, kind: Kind) -> None:
        if self.is_elsewhere(holder):
            self._outside += 1
        else:
            super()._hold(holder, part, kind)

    def _part(self, number: int, ref: str, kind: Kind) -> None:
        if self.is_elsewhere(ref):
            # A weak edge names no ingredient, so nothing is missed where its end is not given.
            if kind is not Kind.WEAK:
                self.any = True
                self._link(number, ref, kind)
        elif self.known(ref) or not is_spdx_own(ref):
            super()._part(number, ref, kind)

    def _target(self, ref: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        return ref, self._imports.get(ref, ())

    def _resolve(self, ref: str) -> list[int]:
        if not self.known(ref):
            held = self._stand_in(ref)
            if held:
                self._pending.append((ref, held))
        return super()._resolve(ref)


def find_roots(elements: Elements, documents: Sequence[Node]) -> tuple[list[str], frozenset[str]]:
    """Return the ids of the root elements below all collections, and those of the collections on the way.

    Without an SpdxDocument the collections that no other one holds stand for it. Where no collection names a
    root, `describes` relationships do, as in SPDX 2.
    """
    inner = {ref for node in elements.collections for ref in elements.refs(node, "element")}
    outermost = [node for node in elements.collections if node.id not in inner] or elements.collections
    own = {node.id for node in documents or outermost}
    for start in (documents, outermost):
        queue = list(dict.fromkeys(ref for node in start for ref in elements.refs(node, "rootElement")))
        seen = set(queue)
        way: set[str] = set()
        for ref in queue:
            below = [node for node in elements.nodes.get(ref, ()) if node.group == "collection"]
            way.update(node.id for node in below)
            fresh = dict.fromkeys(inner_ref for node in below for inner_ref in elements.refs(node, "rootElement"))
            queue += [one for one in fresh if one not in seen]
            seen.update(fresh)
        roots = [ref for ref in queue if ref not in own and ref not in way and not individual(ref)]
        if roots:
            return roots, frozenset(own | way | {node.id for node in start})
    return _described(elements, own), frozenset(own)


def _described(elements: Elements, own: set[str]) -> list[str]:
    found: dict[str, None] = {}
    for node in elements.graph.nodes:
        if node.group != "relationship" or type_of(local(first(node, "relationshipType"))) != "describes":
            continue
        if own.intersection(elements.refs(node, "from")):
            found.update(dict.fromkeys(elements.refs(node, "to")))
    return [ref for ref in found if ref not in own and not individual(ref)]


def read_relationship(elements: Elements, relations: Relations, node: Node) -> None:
    """Add what a relationship element says: edges, parties, licences, and its own words."""
    type_ = type_of(local(first(node, "relationshipType")))
    left, right = elements.refs(node, "from"), elements.refs(node, "to")
    if node.group == "assessment" or type_ in SECURITY:
        _assess(elements, node, [*left, *right, *elements.refs(node, "suppliedBy")])
        return
    owners = elements.known(left) or [elements.product]
    if not (left and right):
        ends = f"{(left or ['?'])[0]} {type_} {(right or ['?'])[0]}"
        elements.builder.gap("parse-partial", f"relationship {ends}")
    elif type_ in LICENCES:
        for ref in right:
            for owner in owners:
                elements.licence(ref, owner)
    else:
        parties = dict.fromkeys(ref for ref in right if _is_agent(elements, ref)) if type_ in PARTIES else {}
        for ref in parties:
            for owner in owners:
                elements.party(PARTIES[type_], ref, owner)
        parts = [ref for ref in right if ref not in parties]
        scope, completeness = (local(first(node, key)) for key in ("scope", "completeness"))
        if parts:
            relations.state(Statement(left, type_, parts, scope, completeness))
    for field, text in elements.facts(node):
        elements.builder.mentions.add(field, text, owners[0])


def _assess(elements: Elements, node: Node, refs: Iterable[str]) -> None:
    for ref in refs:
        if _is_agent(elements, ref):
            elements.party("vulnerability", ref, elements.product)
    for _, text in elements.facts(node):
        elements.builder.mentions.add("vulnerability", text, elements.product)


def _is_agent(elements: Elements, ref: str) -> bool:
    """Tell whether an end may be an agent; what is not in the document may be one."""
    nodes = elements.nodes.get(ref)
    return any(node.group in {"agent", "tool"} for node in nodes[:_LOOKED_AT]) if nodes else not individual(ref)
