"""SPDX 3.0 JSON-LD (https://spdx.github.io/spdx-spec/v3.0.1/); 3.0.0 and 3.1 are read by the same rules."""

from __future__ import annotations

import re
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

import msgspec

from debar.errors import LimitExceeded, MalformedSbom
from debar.model.fields import FIELDS, Role
from debar.model.inventory import Component, Document, Has, InventoryBuilder, Use
from debar.read import tolerant
from debar.read.decoding import broken_told
from debar.read.spdx2_paths import NOTHING, external_field, is_vcs, read_party
from debar.read.spdx3_paths import (
    FIELD_OF,
    GROUPS,
    Graph,
    first,
    first_text,
    identifier_field,
    local,
    reference_field,
    texts,
)
from debar.read.spdx3_relationships import Relations, find_roots, individual, is_spdx_own, read_relationship

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from debar.model.inventory import Inventory
    from debar.read.limits import Source
    from debar.read.spdx3_paths import Node

    Facts = Iterable[tuple[str, str]]

_READ_VERSIONS: Final = frozenset({"3.0.0", "3.0.1"})
_PACKAGES: Final = frozenset({"package", "aipackage", "datasetpackage"})
_MAKERS: Final = frozenset({"organization", "agent"})
_PARTIES: Final = {"supplier": "suppliedBy", "originator": "originatedBy"}
_HAS: Final = {
    "purl": int(Has.PURL),
    "cpe": int(Has.CPE),
    "swid": int(Has.SWID),
    "hash": int(Has.HASH),
    "supplier": int(Has.SUPPLIER | Has.PARTY),
    "originator": int(Has.PARTY),
}
# Property -> (group of its objects, what a bare text in its place is).
_PARTS: Final = {
    "externalIdentifier": ("identifier", "identifier"),
    "externalRef": ("reference", "locator"),
    **dict.fromkeys(("verifiedUsing", "contentIdentifier", "configSourceDigest"), ("integrity", "hashValue")),
    **dict.fromkeys(
        ("parameter", "environment", "hyperparameter", "metric", "metricDecisionThreshold", "sensor"),
        ("entry", "value"),
    ),
    "customIdToUri": ("entry", "value"),
    "extension": ("extension", ""),
}
# The fields of the names of agents and tools, which their role decides, and what stands for them until then.
_NAMES: Final = frozenset({"supplier", "bom-tool"})
_NAME: Final = ""
_SILENT: Final = frozenset({"relation", "metadata"})
_LICENCE_PARTS: Final = ("member", "subjectLicense", "subjectExtendableLicense", "subjectAddition", "customIdToUri")
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
# What an agent or a licence says of itself goes to everyone who names it, up to this much, the rest to the first;
# and what is said of an id goes to so many of the elements that share it. Texts times users cannot multiply.
_REPEATED: Final = 16
_SHOWN: Final = 5
_SHARED_TEXTS: Final = 5_000_000


def read_json(source: Source) -> Inventory:
    """Read a document; a value that SPDX does not allow is read as a comment.

    Raises `MalformedSbom` for text that is no JSON object or list, `LimitExceeded` for more depth or components
    than allowed.
    """
    with broken_told(source):
        value = tolerant.plain(source.text)
        if not isinstance(value, (dict, list)):
            raise MalformedSbom(source.path, "neither an object nor a list")
        return Mapping(Graph(value, source), source).inventory()


class Mapping:
    """One document on its way into one builder."""

    def __init__(self, graph: Graph, source: Source) -> None:
        self.graph = graph
        self.source = source
        self.builder = InventoryBuilder()
        self.mention = self.builder.mentions.add
        self.nodes: dict[str, list[Node]] = {}
        for node in graph.nodes:
            self.nodes.setdefault(node.id, []).append(node)
        self.listed = [node for node in graph.nodes if node.group == "component"]
        source.check_components(self.listed)
        self.collections = [node for node in graph.nodes if node.group == "collection"]
        self.documents = [node for node in self.collections if node.type.lower() == "spdxdocument"]
        self.product = -1
        self._spent = 0
        self._used_parts: set[str] = set()
        self._known_facts: dict[str, list[tuple[str, str]]] = {}
        self._said: set[tuple[str, str]] = set()
        self._unknown: dict[str, None] = {}
        self._versions: dict[str, None] = {}
        self._moment = ""
        self._snippets: list[tuple[int, str]] = []
        imports = {
            graph.expand(text): tuple(self._hashes(part))
            for node in self.collections
            for part in self._parts(node.values.get("import"))
            for text in islice(texts(part.get("externalSpdxId") or part.get("locationHint")), 1)
        }
        self.imports = {ref: hashes for ref, hashes in imports.items() if ref not in self.nodes}
        self.roots, own = find_roots(self, self.documents)
        self.relations = Relations(self.builder, source, own, self.imports, self.nodes, self._stand_in)

    def inventory(self) -> Inventory:
        """Return what the document lists."""
        for node in self.listed:
            self._component(node)
        self._duplicates()
        named = [text for node in self.documents or self.collections for text in texts(node.values.get("name"))]
        name = named[0] if named else ""
        self._set_product(name)
        makers = self._creation()
        self._relate()
        self._leftovers()
        self.source.check_components(self.builder.components)
        self._gaps()
        self.builder.refs.update(node.ref for node in self.graph.nodes if node.ref)
        return self.builder.freeze(
            Document(
                path=self.source.path,
                sha256=self.source.sha256,
                format="SPDX 3 JSON",
                spec_version=next(iter(self._versions), ""),
                serial=self.documents[0].ref if self.documents else "",
                name=name,
                product=self.product,
                makers=makers,
                created=self._moment,
                text=self.source.text,
            )
        )

    def refs(self, node: Node, key: str) -> list[str]:
        """Return the ids that a property names."""
        return [self.graph.expand(text) for text in texts(node.values.get(key))]

    def known(self, refs: Iterable[str]) -> list[int]:
        """Return the components that ids stand for, as many as may share what is said of them."""
        return list(islice(chain.from_iterable(map(self.relations.known, refs)), _REPEATED))

    def _parts(self, value: object) -> Iterator[dict[str, object]]:
        """Yield the objects that a property holds or names; a text that names none comes under an empty key."""
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield one
            elif isinstance(one, str):
                ref = self.graph.expand(one)
                known = self.graph.parts.get(ref)
                if known and ref in self._used_parts:
                    self._spend(sum(1 for _ in texts(known)))
                self._used_parts.add(ref)
                yield from known or [{"": one}]

    def _hashes(self, part: dict[str, object]) -> Iterator[tuple[str, str]]:
        """Yield what an ExternalMap states of the file that it points to."""
        for one in self._parts(part.get("verifiedUsing")):
            algorithm, value = one.get("algorithm"), one.get("hashValue")
            if isinstance(algorithm, str) and isinstance(value, str):
                yield local(algorithm), value

    def _spend(self, count: int) -> None:
        self._spent += count
        if self._spent > _SHARED_TEXTS:
            problem = f"objects that several elements share multiply beyond {_SHARED_TEXTS:,} texts"
            raise LimitExceeded(self.source.path, problem, remedy="write them out where they are used")

    def _component(self, node: Node, *, stands_in: bool = False) -> None:
        number = len(self.builder.components)
        has, version, purl = 0, "", ""
        for field, text in self.facts(node):
            if text in NOTHING or (stands_in and field in _NAMES):
                continue
            self.mention(field, text, number)
            has |= _HAS.get(field, 0)
            if field == "purl":
                purl = purl or text
            elif field == "version":
                version = version or text
        name = first(node, "name")
        if stands_in:
            self.mention("name", name, number)
        build = node.type.lower() == "build"
        self.builder.add(
            Component(
                ref=node.ref,
                name=name,
                version=version,
                purl=purl,
                type=_type_of(node),
                # A build that no artifact leads to hangs on the product as what it is.
                scope=Use.BUILD if build else Use.SHIPPED,
                pointer=node.pointer,
                has=Has(has),
                auxiliary=stands_in or build,
            )
        )
        self.relations.register(node.id, number)
        if not stands_in:
            self._own_references(node, number)

    def _own_references(self, node: Node, number: int) -> None:
        for role, key in _PARTIES.items():
            if key in node.values:
                for ref in self.refs(node, key):
                    self.party(role, ref, number)
        if "snippetFromFile" in node.values:
            self._snippets += [(number, ref) for ref in self.refs(node, "snippetFromFile")]

    def facts(self, node: Node) -> Iterator[tuple[str, str]]:
        """Yield what an element says of itself, as (field, text)."""
        table = FIELD_OF[node.group]
        for key, value in node.values.items():
            field = table.get(key)
            if field is None:
                self._unknown[key] = None
                field = table.get("comment", "comment")
                yield from ((field, text) for text in texts(value) if self.graph.expand(text) not in self.nodes)
            elif field in _SILENT:
                continue
            elif key in _PARTS:
                for part in self._parts(value):
                    if node.group == "component":
                        yield from _part_facts(key, part)
                    else:
                        yield from ((_address(field, text), text) for text in texts(part))
            else:
                for text in texts(value):
                    yield from _property_facts(node, key, field, text)

    def _facts_of(self, ref: str) -> list[tuple[str, str]]:
        """Return what the elements of an id say: everything the first time, the first of it from then on."""
        known = self._known_facts.get(ref)
        if known is None:
            nodes = self.nodes.get(ref, ())
            names = [(_NAME, text) for node in nodes for text in texts(node.values.get("name"))]
            # What else a component says is about itself alone, whoever takes it for a party or a licence.
            rest = (fact for node in nodes if node.group != "component" for fact in self.facts(node))
            known = [*names, *(fact for fact in rest if fact[0] not in _NAMES)]
            known = [fact for fact in known if fact[1] not in NOTHING]
            self._known_facts[ref] = known[:_REPEATED]
        return known

    def party(self, role: str, ref: str, owner: int) -> None:
        """Mention an agent, or a tool, under its role for a component."""
        neutral = FIELDS[role].role is Role.NEUTRAL
        named = False
        if ref in self.nodes:
            for field, text in self._facts_of(ref):
                named |= field == _NAME
                self.mention(role if neutral or field == _NAME else field, text, owner)
        elif not individual(ref).startswith("No") and ref not in NOTHING:
            # An IRI without its element is an address at best; anything else was meant as a name.
            is_iri = ":" in ref and not ref.partition(":")[2].startswith(" ")
            names = (individual(ref) or ref,) if is_iri or individual(ref) else read_party(ref)[0]
            for name in names:
                self.mention("party-url" if is_iri and not neutral and name == ref else role, name, owner)
            named = bool(names) and (not is_iri or bool(individual(ref)))
            if is_iri and not neutral and ref not in self.imports and not is_spdx_own(ref):
                self.builder.gap("dangling-ref", ref)
        if named and owner < len(self.builder.components):
            self._identify(owner, _HAS.get(role, 0))

    def _identify(self, number: int, flags: int) -> None:
        component = self.builder.components[number]
        if flags & ~int(component.has):
            self.builder.components[number] = msgspec.structs.replace(component, has=component.has | flags)

    def _stand_in(self, ref: str) -> list[str] | None:
        """Make a component of an element that is none by itself; return the ids that it includes."""
        held: list[str] = []
        for node in self.nodes.get(ref, ()):
            self._component(node, stands_in=True)
            if node.group == "collection":
                held += self.refs(node, "rootElement") + self.refs(node, "element")
        return held if ref in self.nodes else None

    def _set_product(self, name: str) -> None:
        """Take the one root component, else a stand-in for the document that includes what it describes."""
        builder, relations = self.builder, self.relations
        refs = [ref for ref in self.roots if relations.known(ref) or ref not in self.nodes]
        if len(refs) < len(self.roots):
            builder.note("root elements that are no software are passed over")
        found = [number for ref in refs for number in relations.known(ref)]
        if len(refs) == 1 and len(found) == 1 and builder.components[found[0]].type != "snippet":
            self.product = found[0]
            relations.set_product(self.product)
            return
        ref, pointer = next(((one.ref, one.pointer) for one in self.documents or self.collections), ("", ""))
        shown = name or ref or self.source.path
        component = Component(ref=ref, name=shown, type="document", pointer=pointer, synthetic=True)
        self.product = builder.add(component)
        self.mention("name", name, self.product)
        relations.set_product(self.product)
        for one in refs:
            relations.describe(one)
        if not refs:
            builder.gap("no-root")

    def _creation(self) -> tuple[str, ...]:
        """Mention who made the document and with what; return the organisations among them."""
        product = self.listed[self.product : self.product + 1]
        about = list(self._creations([*self.documents, *self.collections, *product] or self.graph.nodes))
        named = (ref for ref, parts in self.graph.parts.items() if parts[0]["@group"] == "creation")
        makers: dict[str, None] = {}
        for part in about:
            self._moment = self._moment or next(iter(texts(part.get("created"))), "")
            for ref in map(self.graph.expand, texts(part.get("createdBy"))):
                for agent in islice(self.nodes.get(ref, ()), _REPEATED):
                    if agent.type.lower() in _MAKERS:
                        makers.update(dict.fromkeys(texts(agent.values.get("name"))))
        for part in chain(about, self._creations(self.graph.nodes)):
            self._created(part)
        for ref in named:
            self._used_parts.add(ref)
            for part in self.graph.parts[ref]:
                self._created(part)
        return tuple(makers)

    def _creations(self, nodes: Iterable[Node]) -> Iterator[dict[str, object]]:
        """Yield the creation information of elements; what many of them name, once."""
        seen: set[str] = set()
        for node in nodes:
            value = node.values.get("creationInfo")
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    yield one
                elif isinstance(one, str) and one not in seen:
                    seen.add(one)
                    ref = self.graph.expand(one)
                    self._used_parts.add(ref)
                    yield from self.graph.parts.get(ref, ())

    def _created(self, part: dict[str, object]) -> None:
        for key, value in part.items():
            if key == "specVersion":
                self._versions.update(dict.fromkeys(texts(value)))
            if FIELD_OF["creation"].get(key) == "metadata" or key == "@group":
                continue
            role = {"createdBy": "bom-author", "createdUsing": "bom-tool"}.get(key, "comment")
            for text in texts(value):
                if (role, text) in self._said:
                    continue
                self._said.add((role, text))
                if role == "comment":
                    self.mention(role, text, self.product)
                else:
                    self.party(role, self.graph.expand(text), self.product)

    def _relate(self) -> None:
        """Add every edge, and what relationships and annotations say."""
        for node in self.graph.nodes:
            if node.group in {"relationship", "assessment"}:
                read_relationship(self, self.relations, node)
            elif node.group == "annotation":
                self._annotation(node)
        for number, ref in self._snippets:
            if not self.relations.is_elsewhere(ref) and not individual(ref):
                self.relations.held_by(number, ref)
        for node in self.collections:
            for ref in self.refs(node, "element") + self.refs(node, "rootElement"):
                self.relations.missing(ref)
        self.relations.finish()

    def _annotation(self, node: Node) -> None:
        owners = self.known(self.refs(node, "subject")) or [self.product]
        facts = list(self.facts(node))
        authors = [
            self.graph.expand(text)
            for part in self._parts(node.values.get("creationInfo"))
            for text in texts(part.get("createdBy"))
        ]
        for owner in owners:
            for field, text in facts:
                self.mention(field, text, owner)
            for ref in authors[:_REPEATED]:
                self.party("annotator", ref, owner)

    def licence(self, ref: str, owner: int) -> None:
        """Mention a licence and what it is made of; names alone where the document does not define it."""
        queue = [ref]
        for one in queue:
            if one in self.nodes:
                for field, text in self._facts_of(one):
                    self.mention(field or "licence", text, owner)
                inner = (
                    text
                    for node in self.nodes[one][:_REPEATED]
                    for key in _LICENCE_PARTS
                    for text in texts(node.values.get(key))
                )
                fresh = (self.graph.expand(text) for text in islice(inner, _REPEATED))
                queue += [text for text in dict.fromkeys(fresh) if text not in queue][: _REPEATED - len(queue)]
            elif not individual(one):
                self.mention("licence", one.rpartition("/")[2] if is_spdx_own(one) else one, owner)
                if one == ref and not is_spdx_own(one) and one not in self.imports:
                    self.builder.gap("dangling-ref", one)

    def _leftovers(self) -> None:
        """Give what belongs to no component to the product, so that no text is lost."""
        for pointer, value in self.graph.stray:
            if pointer:
                self.builder.gap("parse-partial", pointer)
            self._mention_all("comment", value)
        for ref, parts in self.graph.parts.items():
            if ref not in self._used_parts and ref not in self.graph.placed:
                self._mention_all("comment", parts)
        for node in self.graph.nodes:
            if node.group == "collection":
                self._mention_all("link", [node.values.get("import"), node.values.get("namespaceMap")])
            elif node.id in self._known_facts or node.group in {
                "component",
                "relationship",
                "assessment",
                "annotation",
            }:
                continue
            if not self.relations.known(node.id) or node.id in self.relations.own:
                for field, text in self.facts(node):
                    self.mention("comment" if field in _NAMES else field, text, self.product)
        self._mention_all("link", self.graph.contexts)

    def _mention_all(self, field: str, value: object) -> None:
        for text in texts(value):
            self.mention(field, text, self.product)

    def _duplicates(self) -> None:
        for ref, nodes in self.nodes.items():
            if len(nodes) > 1:
                seen = {tuple(first(node, key) for key in ("name", "packageVersion", "packageUrl")) for node in nodes}
                if len(seen) > 1:
                    self.builder.gap("duplicate-ref", ref)

    def _check_versions(self) -> None:
        for version in self.graph.versions:
            # A context names 3.0 and means its first release.
            self._versions.setdefault("3.0.0" if version == "3.0" else version)
        for version in self._versions or ("no version",):
            if version not in _READ_VERSIONS:
                self.builder.gap("unsupported-version", version)
        if set(self._versions) - {"3.0.1"}:
            shown = ", ".join(islice(self._versions, _SHOWN))
            self.builder.note(f"SPDX {shown} is read by the rules of 3.0.1, as compatible")

    def _write_notes(self) -> None:
        note, contexts = self.builder.note, self.graph.contexts
        if contexts:
            note(f"contexts that are not SPDX's are not fetched: {', '.join(contexts[:_SHOWN])}")
        types = dict.fromkeys(node.type for node in self.listed if node.type.lower() not in GROUPS)
        for what, names in (("properties", self._unknown), ("types of elements", types)):
            known = [name[:40] for name in names if name and name[:1] != "@"]
            if known:
                note(f"{what} that SPDX 3.0.1 does not have, read all the same: {', '.join(known[:_SHOWN])}")
        if len(self.documents) > 1:
            note(f"the file holds {len(self.documents)} SPDX documents, read as one")

    def _gaps(self) -> None:
        self._check_versions()
        self._write_notes()
        builder, relations = self.builder, self.relations
        components = [number for number in range(len(self.listed)) if not builder.components[number].auxiliary]
        others = [number for number in components if number != self.product]
        if not others and not builder.links and self.product not in relations.closed:
            builder.gap("empty-inventory")
        if others and not relations.any:
            builder.gap("no-edges")
        packages = [number for number in components if self.listed[number].type.lower() in _PACKAGES]
        open_ = [number for number in packages or components if number not in relations.closed]
        if open_ or not components:
            example = builder.components[open_[0] if open_ else self.product].label
            builder.gap("not-asserted-complete", example, count=len(open_) or 1)


def _type_of(node: Node) -> str:
    """Return what a component is: a package by its purpose, anything else by its type."""
    type_ = node.type.lower()
    purpose = local(first(node, "primaryPurpose")) if type_ == "package" else ""
    return _HUMP.sub("-", purpose).lower() or type_


def _address(field: str, text: str) -> str:
    return "party-url" if field == "contact" and "://" in text else field


def _property_facts(node: Node, key: str, field: str, text: str) -> Facts:
    """Return the fields of a text of an element."""
    if key == "name" and _type_of(node) == "file":
        return (("file-name", text),)
    if key == "packageUrl":
        return ((external_field("", "purl", text), text),)
    if field in {"distribution", "reference"} and is_vcs(text):
        return (("vcs", text), (field, text))
    return ((field, text),)


def _part_facts(property_: str, part: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Yield what a part of a component says: identifiers and references by their type, entries as one text."""
    group, bare = _PARTS[property_]
    if group == "entry":
        yield (
            "property",
            "=".join(chain(texts(part.get("key")), texts(part.get("value") or part.get(bare) or part.get("")))),
        )
        return
    if group == "extension":
        what = "property" if any(key.startswith("cdxProp") for key in part) else "comment"
        yield from ((what, text) for text in texts(part))
        return
    kind = first_text(part.get("externalIdentifierType") or part.get("externalRefType"))
    for key, value in part.items():
        name = key or bare
        field = FIELD_OF[group].get(name, "comment")
        if field in _SILENT or name in {"externalIdentifierType", "externalRefType", "algorithm", "@group"}:
            continue
        for text in texts(value):
            if name == "identifier":
                yield identifier_field(kind, text), text
            elif name == "locator":
                found, purl = reference_field(kind, text)
                yield found, text
                yield "purl", purl
            else:
                yield field, text
