"""CycloneDX 1.2 to 1.7 JSON and 1.0 to 1.7 XML -> Inventory.

JSON is decoded straight into Structs; where a value is not what the schema says, a second, tolerant pass
keeps all that fits. XML is turned into the same JSON first. The meaning of every part is the same for both
(https://cyclonedx.org/docs/1.7/json/).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from debar.errors import InputError, LimitExceeded, MalformedSbom
from debar.model.inventory import Component, Document, Inventory, Kind
from debar.read import cyclonedx_types as cdx
from debar.read.cyclonedx_components import PRODUCT, Collector, Spot
from debar.read.cyclonedx_graph import WEAKER, compositions, dependencies, own_links
from debar.read.cyclonedx_leaves import place_of, walk
from debar.read.listing import tie_listed
from debar.read.tolerant import DROPPED, coerce, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.read.cyclonedx_leaves import Place
    from debar.read.limits import Source

_DECODER: Final = msgspec.json.Decoder(cdx.Document)
_SLICER: Final = msgspec.json.Decoder(cdx.SlicedDocument)
# From this size on it pays to read only closely where something may match.
_LARGE: Final = 1 << 20
_JSON_VERSIONS: Final = re.compile(r"1\.[2-7](?:\.\d{1,4})?")
_XML_VERSIONS: Final = re.compile(r"1\.[0-7](?:\.\d{1,4})?")
_BYTE: Final = re.compile(r" ?\(byte (\d+)\)")

_SUPPLIERS: Final = tuple(place_of("document", f"metadata.{key}") for key in ("supplier", "manufacture"))
_METADATA: Final = tuple(
    place_of("document", f"metadata.{key}")
    for key in ("manufacturer", "authors", "licenses", "lifecycles", "timestamp", "distributionConstraints")
)
_WORKFLOW_NAMES: Final = ("bom-ref", "name", "uid")
_PARTS: Final = ("annotations", "vulnerabilities", "declarations", "definitions", "citations", "signature")
# Elements that stand in such a part are no ingredients. Tools made the claim; what a declaration is about is
# only mentioned by it, the ingredients of the product are told elsewhere.
_ELSEWHERE: Final = (
    ("annotations", ("annotator", "component"), Kind.TOOL),
    ("annotations", ("annotator", "service"), Kind.TOOL),
    ("vulnerabilities", ("tools", "components"), Kind.TOOL),
    ("vulnerabilities", ("tools", "services"), Kind.TOOL),
    ("declarations", ("targets", "components"), Kind.WEAK),
    ("declarations", ("targets", "services"), Kind.WEAK),
)


def read_json(source: Source) -> Inventory:
    """Read a CycloneDX JSON document.

    Raises `MalformedSbom` for broken JSON and `LimitExceeded` for what is nested too deep or too large.
    """
    return _read(source, source.text, "CycloneDX JSON")


def read_xml(source: Source) -> Inventory:
    """Read a CycloneDX XML document.

    Raises `MalformedSbom` for broken XML and for any document type declaration, `LimitExceeded` as `read_json`.
    """
    from debar.read.cyclonedx_xml import to_json

    return _read(source, to_json(source), "CycloneDX XML")


def _read(source: Source, text: bytes, form: str) -> Inventory:
    if source.telling and len(text) > _LARGE:
        try:
            return _Reading(source, text, form, sliced=True).inventory()
        except (msgspec.MsgspecError, InputError):
            # A value of an odd type, which only the tolerant pass over the whole document understands, or an error,
            # which is told best by who reads it all.
            pass
    return _Reading(source, text, form).inventory()


class _Reports:
    """Counts what the tolerant pass could not keep as it stood."""

    def __init__(self) -> None:
        self.dropped: list[str] = []
        self.changed = 0
        self.first = ""

    def __call__(self, path: str, what: str) -> None:
        if what == DROPPED:
            self.dropped.append(path)
        else:
            self.first = self.first or path
            self.changed += 1


class _Reading:
    """One document on its way into an inventory."""

    def __init__(self, source: Source, text: bytes, form: str, *, sliced: bool = False) -> None:
        self._source = source
        self._text = text
        self._form = form
        self._xml = form.endswith("XML")
        self._reports = _Reports()
        self._collector = Collector(source, positions=self._xml)
        self._builder = self._collector.builder
        try:
            self._given = _SLICER.decode(text) if sliced else self._decode(text)
        except RecursionError as error:
            raise self._too_deep() from error

    def inventory(self) -> Inventory:
        given, collector = self._given, self._collector
        metadata = given.metadata or cdx.Metadata()
        try:
            self._product(metadata)
            self._metadata(metadata)
            if isinstance(given, cdx.SlicedDocument):
                collector.slices(given.components or [], self._text, Spot("/components"))
            else:
                collector.components(given.components, Spot("/components"))
            collector.services(given.services, Spot("/services", PRODUCT, Kind.SERVICE))
            self._formulation()
            self._tools(metadata)
            self._document_parts()
        except RecursionError as error:
            raise self._too_deep() from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            # Parts that stay raw are checked no further than their brackets before they are walked.
            raise MalformedSbom(self._source.path, f"broken JSON in a part of the document: {error}") from error
        dependencies(collector, given)
        compositions(collector, given)
        own_links(collector, given)
        tie_listed(self._builder, PRODUCT, collector.counted.keys(), WEAKER)
        self._gaps()
        return self._builder.freeze(self._document(metadata))

    def _decode(self, text: bytes) -> cdx.Document:
        try:
            return _DECODER.decode(text)
        except msgspec.ValidationError:
            pass
        except ValueError as error:
            raise self._malformed(text, error) from error
        try:
            value = plain(text)
        except ValueError as error:
            raise self._malformed(text, error) from error
        if not isinstance(value, dict):
            raise MalformedSbom(self._source.path, "a CycloneDX document is one JSON object, and this is none")
        return coerce(value, cdx.Document, self._reports)

    def _malformed(self, text: bytes, error: ValueError) -> MalformedSbom:
        message = str(error)
        problem = f"broken JSON: {_BYTE.sub('', message).removeprefix('JSON is malformed: ')}"
        found = _BYTE.search(message)
        if found is None:
            # msgspec calls half a surrogate pair truncated too, and does not say where it stands.
            whole = text.rstrip().endswith((b"}", b"]"))
            return MalformedSbom(self._source.path, f"{problem}, or half a surrogate pair" if whole else problem)
        # It counts trailing characters from behind the first one.
        offset = int(found[1]) - ("trailing" in message)
        line = text.count(b"\n", 0, offset) + 1
        column = len(text[text.rfind(b"\n", 0, offset) + 1 : offset].decode("utf-8", "replace")) + 1
        return MalformedSbom(self._source.path, problem, place=f"line {line}, column {column}")

    def _too_deep(self) -> LimitExceeded:
        return LimitExceeded(self._source.path, "nested too deep to be an SBOM")

    def _product(self, metadata: cdx.Metadata) -> None:
        given = metadata.component
        if given is None:
            name = self._given.serial_number or self._source.path.replace("\\", "/").rpartition("/")[2]
            self._collector.synthetic(Component(type="document", name=name, synthetic=True), PRODUCT, None)
        else:
            self._collector.components([given], Spot("/metadata/component", alone=True))
        if given is None or not (given.name or given.ref or given.purl):
            self._builder.gap("no-root")

    def _metadata(self, metadata: cdx.Metadata) -> None:
        record, components = self._collector.record, self._builder.components
        flags = record.parts((metadata.supplier, metadata.manufacture), _SUPPLIERS, PRODUCT)
        components[PRODUCT] = replace(components[PRODUCT], has=components[PRODUCT].has | flags)
        parts = (
            metadata.manufacturer,
            metadata.authors,
            metadata.licenses,
            metadata.lifecycles,
            metadata.timestamp,
            metadata.distribution_constraints,
        )
        record.parts(parts, _METADATA, PRODUCT)
        record.properties(metadata.properties, PRODUCT)

    def _formulation(self) -> None:
        workflows = place_of("document", "formulation.workflows")
        for index, formula in enumerate(self._given.formulation or ()):
            if formula is None:
                continue
            pointer = f"/formulation/{index}"
            spot = Spot(f"{pointer}/components", PRODUCT, Kind.BUILD, counted=False)
            self._collector.components(formula.components, spot)
            self._collector.services(formula.services, spot._replace(pointer=f"{pointer}/services"))
            self._collector.record.properties(formula.properties, PRODUCT)
            if formula.ref:
                self._builder.mentions.add("relation", formula.ref, PRODUCT)
            for place, raw in enumerate(formula.workflows or ()):
                self._workflow(plain(raw), f"{pointer}/workflows/{place}", workflows)

    def _workflow(self, given: object, pointer: str, place: Place) -> None:
        known = given if isinstance(given, dict) else {}
        ref, name, uid = (text if isinstance(text := known.get(key), str) else "" for key in _WORKFLOW_NAMES)
        made = Component(
            ref=ref,
            name=name or uid,
            type="workflow",
            pointer="" if self._xml else pointer,
            auxiliary=True,
        )
        number = self._collector.synthetic(made, PRODUCT, Kind.BUILD)
        for field, text in walk(given, place):
            self._collector.record.text(field, text, number)

    def _tools(self, metadata: cdx.Metadata) -> None:
        spot = Spot("/metadata/tools", PRODUCT, Kind.TOOL, auxiliary=True)
        if isinstance(metadata.tools, cdx.Nodes):
            self._collector.components(metadata.tools.components, spot._replace(pointer="/metadata/tools/components"))
            self._collector.services(metadata.tools.services, spot._replace(pointer="/metadata/tools/services"))
        elif metadata.tools:
            self._collector.tools(metadata.tools, spot)

    def _document_parts(self) -> None:
        given, record, mentions = self._given, self._collector.record, self._builder.mentions
        record.references(given.external_references, PRODUCT, link=True)
        record.properties(given.properties, PRODUCT)
        record.foreign(given.foreign, PRODUCT)
        for text in (given.schema, given.spec_version, given.serial_number):
            mentions.add("metadata", text or "", PRODUCT)
        for key in _PARTS:
            raw: msgspec.Raw = getattr(given, key)
            if not raw:
                continue
            value = plain(raw)
            for part, keys, kind in _ELSEWHERE:
                if part == key:
                    for pointer, inner in _taken(value, keys, f"/{key}"):
                        self._elsewhere(inner, pointer, kind, service=keys[-1].startswith("service"))
            for field, text in walk(value, place_of("document", key)):
                record.text(field, text, PRODUCT)
        self._composition_signatures()

    def _composition_signatures(self) -> None:
        place = place_of("document", "compositions.signature")
        for composition in self._given.compositions or ():
            if composition is not None and composition.signature:
                for field, text in walk(plain(composition.signature), place):
                    self._builder.mentions.add(field, text, PRODUCT)

    def _elsewhere(self, inner: object, pointer: str, kind: Kind, *, service: bool) -> None:
        alone = not isinstance(inner, list)
        spot = Spot(pointer, PRODUCT, kind, auxiliary=True, counted=False, alone=alone)
        listed = {"services" if service else "components": [inner] if alone else inner}
        nodes = coerce(listed, cdx.Nodes, lambda path, what: self._reports(f"{pointer} {path}", what))
        self._collector.components(nodes.components, spot)
        self._collector.services(nodes.services, spot)

    def _gaps(self) -> None:
        version = self._given.spec_version or ""
        if not (_XML_VERSIONS if self._xml else _JSON_VERSIONS).fullmatch(version):
            self._builder.gap("unsupported-version", version or "(none)")
        for path in self._reports.dropped:
            self._builder.gap("parse-partial", path)
        if self._reports.changed:
            self._builder.note(
                f"{self._reports.changed:,} values have another type than the schema says, "
                f"the first at {self._reports.first}"
            )

    def _document(self, metadata: cdx.Metadata) -> Document:
        serial = self._given.serial_number or ""
        version = self._given.version
        starts = self._collector.starts
        return Document(
            path=self._source.path,
            sha256=self._source.sha256,
            format=self._form,
            spec_version=self._given.spec_version or "",
            serial=f"{serial}/{version}" if serial and version is not None else serial,
            name=self._builder.components[PRODUCT].name,
            product=PRODUCT,
            makers=tuple(_names(plain(metadata.manufacturer))) if metadata.manufacturer else (),
            says=frozenset(self._statements(metadata)),
            created=next(_names(plain(metadata.timestamp)), "") if metadata.timestamp else "",
            text=self._source.text,
            silent=self._collector.silent,
            starts={"/components": starts} if starts else {},
        )

    def _statements(self, metadata: cdx.Metadata) -> Iterator[str]:
        builder = self._builder
        tools = [builder.components[target] for target in builder.tied([Kind.TOOL])]
        told = {
            "author": metadata.authors or metadata.manufacturer,
            "signature": self._given.signature,
            "generation-context": metadata.lifecycles,
            "timestamp": metadata.timestamp,
            "tool-name": any(tool.name for tool in tools),
            "tool-version": any(tool.version for tool in tools),
            "version": self._given.version is not None,
        }
        return (statement for statement, value in told.items() if value)


def _names(value: object) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        name = one.get("name") if isinstance(one, dict) else one
        if isinstance(name, str) and name:
            yield name


def _taken(value: object, keys: tuple[str, ...], pointer: str) -> Iterator[tuple[str, object]]:
    """Take the values under a chain of keys out of a decoded part, through lists; yield each with its pointer."""
    *above, last = keys
    found = [(value, pointer)]
    for key in above:
        found = [(one[key], f"{at}/{key}") for one, at in _objects(found) if key in one]
    for one, at in _objects(found):
        if last in one:
            yield f"{at}/{last}", one.pop(last)


def _objects(found: list[tuple[object, str]]) -> Iterator[tuple[dict[str, object], str]]:
    for value, pointer in found:
        if isinstance(value, dict):
            yield value, pointer
        elif isinstance(value, list):
            yield from ((one, f"{pointer}/{index}") for index, one in enumerate(value) if isinstance(one, dict))
