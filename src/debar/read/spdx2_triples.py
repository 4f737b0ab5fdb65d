"""What the triples of an SPDX 2.2/2.3 document mean, in the shape of the JSON schema.

RDF has no order, names things by IRI and shares nodes; a node is read as a class because of the property that
leads to it, whatever type it claims. Vocabulary: https://spdx.org/rdf/terms/.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The property that types a node.
TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
#: What the names of blank nodes start with.
BLANK: Final = "_:"
#: How many times its share of the document each statement may fill in the answer: nodes can be shared.
GROWTH: Final = 4
_MARGIN: Final = 1 << 20
#: About what the key of a value takes.
_KEY_LENGTH: Final = 48
_LICENCE_DEPTH: Final = 32
_LICENCE_LENGTH: Final = 10_000
_SPDX: Final = "http://spdx.org/rdf/terms#"
_VOCABULARIES: Final = (_SPDX, "http://www.w3.org/2000/01/rdf-schema#", "http://usefulinc.com/ns/doap#")
_MARKS: Final = {f"{_SPDX}none": "NONE", f"{_SPDX}noassertion": "NOASSERTION"}
_LISTED_LICENCE: Final = re.compile(r"https?://spdx\.org/licenses/([^/#]+)")
_LIST_OF_TERMS: Final = re.compile(r"(?:relationshipType|referenceCategory|purpose|checksumAlgorithm)_")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ELEMENTS: Final = {"packages": "Package", "files": "File", "snippets": "Snippet"}
_DOCUMENT_REF: Final = "DocumentRef-"


def _texts(names: str) -> dict[str, tuple[str, str]]:
    return {name: (name, "text") for name in names.split()}


_ELEMENT: Final = {
    **_texts("name comment copyrightText licenseComments"),
    "licenseConcluded": ("licenseConcluded", "licence"),
    "attributionText": ("attributionTexts", "text*"),
    "annotation": ("annotations", "Annotation*"),
    "checksum": ("checksums", "Checksum*"),
}
# Class of node -> property -> (key of the JSON schema, what its value is); a star stands for a list of them.
# "id" is an element, "term" a word of the vocabulary, "licence" a licence or an expression; others are classes.
_PROPERTIES: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "SpdxDocument": {
        **_texts("name comment"),
        "specVersion": ("spdxVersion", "text"),
        "creationInfo": ("creationInfo", "CreationInfo"),
        "externalDocumentRef": ("externalDocumentRefs", "ExternalDocumentRef*"),
        "hasExtractedLicensingInfo": ("hasExtractedLicensingInfos", "ExtractedLicensingInfo*"),
        "annotation": ("annotations", "Annotation*"),
        "reviewed": ("revieweds", "Review*"),
        "describesPackage": ("documentDescribes", "id*"),
    },
    "Package": {
        **_ELEMENT,
        **_texts("versionInfo packageFileName supplier originator downloadLocation homepage"),
        **_texts("sourceInfo summary description"),
        "licenseDeclared": ("licenseDeclared", "licence"),
        "licenseInfoFromFiles": ("licenseInfoFromFiles", "licence*"),
        "primaryPackagePurpose": ("primaryPackagePurpose", "term"),
        "packageVerificationCode": ("packageVerificationCode", "PackageVerificationCode"),
        "externalRef": ("externalRefs", "ExternalRef*"),
        "hasFile": ("hasFiles", "id*"),
    },
    "File": {
        **_ELEMENT,
        **_texts("fileName noticeText"),
        "licenseInfoInFile": ("licenseInfoInFiles", "licence*"),
        "fileContributor": ("fileContributors", "text*"),
        "fileDependency": ("fileDependencies", "id*"),
        "artifactOf": ("artifactOfs", "Project*"),
    },
    "Snippet": {
        **_ELEMENT,
        "snippetFromFile": ("snippetFromFile", "id"),
        "licenseInfoInSnippet": ("licenseInfoInSnippets", "licence*"),
    },
    "Relationship": {
        **_texts("comment"),
        "relationshipType": ("relationshipType", "term"),
        "relatedSpdxElement": ("relatedSpdxElement", "id"),
    },
    "ExternalRef": {
        **_texts("comment referenceType referenceLocator"),
        "referenceCategory": ("referenceCategory", "term"),
    },
    "PackageVerificationCode": {
        **_texts("packageVerificationCodeValue"),
        "packageVerificationCodeExcludedFile": ("packageVerificationCodeExcludedFiles", "text*"),
    },
    "ExtractedLicensingInfo": {
        **_texts("licenseId name extractedText comment"),
        "seeAlso": ("seeAlsos", "text*"),
        "crossRef": ("crossRefs", "CrossRef*"),
    },
    "Checksum": {**_texts("checksumValue"), "algorithm": ("algorithm", "term")},
    "CreationInfo": {**_texts("comment"), "creator": ("creators", "text*")},
    "Project": {**_texts("name"), "homepage": ("homePage", "text")},
    "ExternalDocumentRef": {**_texts("externalDocumentId spdxDocument"), "checksum": ("checksum", "Checksum")},
    "Annotation": _texts("annotator comment"),
    "Review": _texts("reviewer comment"),
    "CrossRef": _texts("url"),
}
# Where the JSON schema has a key for what RDF says by the IRI of the node.
_NAMED: Final = {
    **dict.fromkeys(("SpdxDocument", *_ELEMENTS.values()), "SPDXID"),
    "ExternalDocumentRef": "externalDocumentId",
    "ExtractedLicensingInfo": "licenseId",
    "Project": "projectUri",
}


class Triple(NamedTuple):
    """A statement. Blank nodes start with ``_:``; `literal` says that the object is text and no node."""

    subject: str
    predicate: str
    object: str
    literal: bool = False


class Mapped(NamedTuple):
    """A document in the shape of the JSON schema, and what it does not say.

    `elements` names the nodes behind the entries of `packages`, `files` and `snippets`, `iris` every IRI that
    was read as an id, `duplicates` single values that are stated more than once, `dropped` what was not read.
    """

    document: dict[str, Any]
    elements: dict[str, list[str]]
    iris: list[str]
    duplicates: list[str]
    dropped: list[str]


class TooDenseError(Exception):
    """Nodes are shared so often that the answer would be out of proportion to the document."""


def document_from_triples(triples: Iterable[Triple]) -> Mapped:
    """Return the document that triples describe; raises `TooDenseError` where shared nodes would multiply it."""
    graph = _Graph(triples)
    document = graph.node(graph.own, "SpdxDocument") if graph.own else {}
    document["documentNamespace"] = graph.namespace
    for kind, class_ in _ELEMENTS.items():
        document[kind] = [graph.node(node, class_) for node in graph.typed.get(class_, ())]
    document["relationships"] = list(graph.relationships())
    outside = [{"externalDocumentId": ref, "spdxDocument": name} for name, ref in graph.undeclared.items()]
    document["externalDocumentRefs"] = [*document.get("externalDocumentRefs", ()), *outside]
    return Mapped(
        document=document,
        elements={kind: list(graph.typed.get(class_, ())) for kind, class_ in _ELEMENTS.items()},
        iris=[iri for iri in graph.refs if not iri.startswith(BLANK)],
        duplicates=graph.duplicates,
        dropped=graph.dropped,
    )


class _Graph:
    """Statements by node and property, and how to read a node as one of the classes of `_PROPERTIES`."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.nodes: dict[str, dict[str, dict[tuple[str, bool], None]]] = {}
        self.typed: dict[str, dict[str, None]] = {}
        self.refs: dict[str, str] = {}
        self.undeclared: dict[str, str] = {}
        self.duplicates: list[str] = []
        self.dropped: list[str] = []
        self._licences: dict[str, str] = {}
        self._external: dict[str, str] = {}
        self._spare = _MARGIN
        for triple in triples:
            self._take(triple)
        self.own = self._find_document()
        named = not self.own.startswith(BLANK)
        self.namespace = self.own.partition("#")[0] if named else ""
        for one, _ in self._stated(self.own, "externalDocumentRef"):
            ids = [text for text, _ in self._stated(one, "externalDocumentId")] or [one.rpartition("#")[2]]
            for name, _ in self._stated(one, "spdxDocument"):
                self._external[name.rstrip("#")] = ids[-1]

    def _take(self, triple: Triple) -> None:
        subject, predicate, value, literal = triple
        self._spare += GROWTH * (len(subject) + len(value) + _KEY_LENGTH)
        if predicate == TYPE:
            self.typed.setdefault(value.rpartition("#")[2], {})[subject] = None
        for vocabulary in _VOCABULARIES:
            if predicate.startswith(vocabulary):
                name = predicate.removeprefix(vocabulary)
                self.nodes.setdefault(subject, {}).setdefault(name, {})[value, literal] = None

    def _stated(self, node: str, name: str) -> Iterable[tuple[str, bool]]:
        return self.nodes.get(node, {}).get(name, ())

    def _find_document(self) -> str:
        documents = list(self.typed.get("SpdxDocument", ()))
        # Another document may be named with its type; only one that says its version is described here.
        described = [one for one in documents if self._stated(one, "specVersion")] or documents[:1]
        self.dropped += [f"{one}: a second document" for one in described[1:]]
        return described[0] if described else ""

    def node(self, node: str, class_: str) -> dict[str, Any]:
        """Return a node in the shape that the JSON schema has for a class."""
        made: dict[str, Any] = {}
        for name, (key, what) in _PROPERTIES[class_].items():
            stated = self._stated(node, name)
            values = [self._value(f"{node} {name}", what.rstrip("*"), *one) for one in stated] if stated else []
            values = [value for value in values if value]
            if not values:
                continue
            made[key] = values if what.endswith("*") else values[-1]
            if len(values) > 1 and not what.endswith("*"):
                self.duplicates.append(f"{node} {name}")
        if named := _NAMED.get(class_):
            made.setdefault(named, self.ref(node))
        return made

    def relationships(self) -> Iterator[dict[str, Any]]:
        """Yield what each node says of others, in the order of the document."""
        for node, stated in self.nodes.items():
            for one, literal in stated.get("relationship", ()):
                if made := self._value(f"{node} relationship", "Relationship", one, literal):
                    yield {"spdxElementId": self.ref(node), **made}

    def _value(self, place: str, what: str, value: str, literal: bool) -> Any:  # noqa: ANN401, FBT001 - JSON; a triple
        """Return the JSON of one object of a statement, nothing where it has no place."""
        if what in _PROPERTIES:
            if not literal:
                self._spend(value)
                return self.node(value, what)
            self.dropped.append(f"{place}: a text where a node belongs")
            return None
        if literal:
            text = value.strip()
        elif what == "text":
            text = _MARKS.get(value, value)
            if value.startswith(BLANK):
                self.dropped.append(f"{place}: a node where a text belongs")
                return None
        elif what == "licence":
            text = self._licence(value)
        else:
            text = self.ref(value) if what == "id" else _term(value)
        self._spend(text)
        return text

    def _spend(self, text: str) -> None:
        self._spare -= len(text) + _KEY_LENGTH
        if self._spare < 0:
            raise TooDenseError("nodes that many others share multiply the text")

    def ref(self, iri: str) -> str:
        """Return the id of an element as JSON writes it: bare, or with the ``DocumentRef-`` of its document."""
        known = self.refs.get(iri)
        if known is None:
            known = self.refs[iri] = self._ref(iri)
        return known

    def _ref(self, iri: str) -> str:
        if iri in _MARKS or iri.startswith(BLANK):
            return _MARKS.get(iri, iri)
        namespace, _, fragment = iri.rpartition("#")
        if fragment and namespace == self.namespace:
            return fragment
        if any(iri in self.typed.get(class_, ()) for class_ in _ELEMENTS.values()):
            return iri
        if fragment and namespace in self._external:
            return f"{self._external[namespace]}:{fragment}"
        if namespace and fragment.startswith("SPDXRef-"):
            ref = self.undeclared.setdefault(namespace, f"{_DOCUMENT_REF}undeclared-{len(self.undeclared) + 1}")
            return f"{ref}:{fragment}"
        return iri

    def _licence(self, node: str, depth: int = 0) -> str:
        """Return a licence's id, or the expression of a set of licences; one that is too long is dropped."""
        if known := _MARKS.get(node) or self._licences.get(node):
            return known
        # What is open stands for itself, so that a circle ends.
        self._licences[node] = node
        text = self._expression(node, depth)
        if depth > _LICENCE_DEPTH or len(text) > _LICENCE_LENGTH:
            self.dropped.append(f"{node}: a licence expression that is too deep or too long")
            text = node
        self._licences[node] = text
        return text

    def _expression(self, node: str, depth: int) -> str:
        listed = _LISTED_LICENCE.fullmatch(node)
        if listed or depth > _LICENCE_DEPTH:
            return listed[1] if listed else node
        parts, length = [], 0
        for one, literal in self._stated(node, "member"):
            parts.append(one if literal else self._licence(one, depth + 1))
            length += len(parts[-1])
            if length > _LICENCE_LENGTH:
                break
        if not parts:
            ids = [text for text, literal in self._stated(node, "licenseId") if literal]
            return ids[-1] if ids else self.ref(node)
        for one, literal in self._stated(node, "licenseException"):
            names = [text for text, _ in self._stated(one, "licenseExceptionId")]
            return f"{parts[0]} WITH {names[-1] if names else one if literal else self._licence(one, depth + 1)}"
        if node in self.typed.get("OrLaterOperator", ()):
            return f"{parts[0]}+"
        joint = " OR " if node in self.typed.get("DisjunctiveLicenseSet", ()) else " AND "
        return joint.join(f"({part})" if " " in part else part for part in parts)


def _term(iri: str) -> str:
    """Return a word of the vocabulary as JSON writes it: ``relationshipType_dependsOn`` is DEPENDS_ON."""
    word = iri.rpartition("#")[2]
    found = _LIST_OF_TERMS.match(word)
    word = _CAMEL.sub("_", word[found.end() :] if found else word).upper()
    return word.replace("_", "-") if found and found[0] == "referenceCategory_" else word
