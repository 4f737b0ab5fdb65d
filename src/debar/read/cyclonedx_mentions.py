"""What the parts of a CycloneDX component or service name, written into the columns of mentions."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from debar.model.inventory import Has, Kind, Link, is_bom_link
from debar.read.cyclonedx_leaves import Leaves, flag, place_of
from debar.read.cyclonedx_paths import REFERENCE_FIELDS
from debar.read.tolerant import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import msgspec

    from debar.model.inventory import InventoryBuilder
    from debar.read.cyclonedx_leaves import Place
    from debar.read.cyclonedx_types import Component, Property, Reference, Service

_TEXTS = ("name", "group", "version", "purl", "cpe", "publisher", "author", "copyright", "description", "metadata")
_COMPONENT_PARTS = tuple(
    place_of("component", key)
    for key in (
        "supplier",
        "manufacturer",
        "authors",
        "licenses",
        "evidence",
        "omniborId",
        "swhid",
        "tags",
        "data",
        "modelCard",
        "cryptoProperties",
        "patentAssertions",
        "releaseNotes",
        "signature",
        "versionRange",
    )
)
_SUPPLIER, _MANUFACTURER, _AUTHORS, _LICENCES, _EVIDENCE = _COMPONENT_PARTS[:5]
_PEDIGREE_PARTS = tuple(place_of("component", f"pedigree.{key}") for key in ("commits", "patches", "notes"))
_SERVICE_PARTS = tuple(
    place_of("service", key)
    for key in ("provider", "data", "licenses", "patentAssertions", "releaseNotes", "signature", "tags", "trustZone")
)
_REFERENCE_PARTS = tuple(place_of("component", f"externalReferences.{key}") for key in ("hashes", "properties"))
_SWID: Final = place_of("component", "swid")
# What a BOM-Link says about the component or service it stands in; anywhere else it only speaks of its target.
_LINK_KINDS: Final = {
    place_of("component", "data"): Kind.INCLUDED,
    # A model is made from its data sets.
    place_of("component", "modelCard"): Kind.DERIVED,
    # Where a service takes its data from and sends them to.
    place_of("service", "data"): Kind.SERVICE,
}

_CACHED = 1 << 14
_HASH, _LICENCE = int(Has.HASH), int(Has.LICENCE)
# A term of a closed list says nothing, so only one that is not on the list is worth a mention.
_TYPES = frozenset(
    {
        "application",
        "container",
        "cryptographic-asset",
        "data",
        "device",
        "device-driver",
        "file",
        "firmware",
        "framework",
        "library",
        "machine-learning-model",
        "operating-system",
        "platform",
        "tool",
    }
)
_SCOPES = frozenset({"required", "optional", "excluded"})
_TAG_NAME = re.compile(r"""\b(?:name|regid|tagId)\s{0,9}=\s{0,9}(?:"([^"<]{1,300})"|'([^'<]{1,300})')""")

# CycloneDX property taxonomy: https://github.com/CycloneDX/cyclonedx-property-taxonomy
_DEVELOPMENT = frozenset({"cdx:npm:package:development", "cdx:composer:package:isDevRequirement"})
_GROUPS: Final = {"cdx:pipenv:category": "develop", "cdx:poetry:group": "main"}
_CISA_GAPS: Final = {
    "cdx:cisa:unknown-information": "declared-incomplete",
    "cdx:cisa:withheld-information": "withheld",
}


#: What says more of a component than whom it names: its links, and that it is for development only or incomplete.
MARKS: Final = b"|".join(
    (rb'urn:cdx:|"bom"|cdx:cisa:', *(re.escape(name).encode() for name in sorted({*_DEVELOPMENT, *_GROUPS})))
)


@lru_cache(maxsize=4096)
def _property_field(name: str) -> str:
    """Return the field of a property's value where its name tells more than "a property"."""
    if name.startswith("syft:cpe23"):
        return "cpe"
    if name in {"cdx:cisa:alternate-name", "cdx:cisa:component-identifier"}:
        return "identifier"
    is_path = name.startswith(("syft:location:", "cdx:")) and name.endswith(":path")
    return "occurrence" if is_path or name in {"SrcFile", "aquasecurity:trivy:FilePath"} else "property"


def _development(pairs: Sequence[tuple[str, str]]) -> bool:
    """Tell whether properties make a component a development one; a group of production wins over others."""
    if any(name in _DEVELOPMENT and value == "true" for name, value in pairs):
        return True
    groups = [
        value == "develop" if name == "cdx:pipenv:category" else value != "main"
        for name, value in pairs
        if name in _GROUPS
    ]
    return bool(groups) and all(groups)


class Recorder:
    """Writes mentions; each method says what the part told about the element beside them."""

    def __init__(self, builder: InventoryBuilder) -> None:
        self._builder = builder
        self._add = builder.mentions.add
        self._leaves = Leaves()
        self._suppliers: dict[bytes, int] = {}
        self._licences: dict[bytes, int] = {}
        self._columns: dict[str, tuple[list[str], list[int]]] = {}
        self._linked: set[tuple[int, str, Kind]] = set()
        self._texts = [builder.mentions.column(field) for field in _TEXTS]
        self._hashes = builder.mentions.column("hash")
        self._properties = builder.mentions.column("property")

    def component(self, one: Component, number: int, *, link: bool) -> tuple[int, bool]:
        """Record a component; return what identifies it and whether it is for development only.

        `link` says whether a reference to another BOM (type `bom` or a BOM-Link) stands for ingredients of the
        product; if not, a BOM-Link only speaks of its target.
        """
        texts = (
            one.name,
            one.group,
            one.version,
            one.purl,
            one.cpe,
            one.publisher,
            one.author,
            one.copyright,
            one.description,
            one.mime_type,
        )
        for (values, owners), text in zip(self._texts, texts, strict=True):
            if text:
                values.append(text)
                owners.append(number)
        if one.group and one.name:
            self._add("full-name", f"{one.group}/{one.name}", number)
        if one.hashes:
            values, owners = self._hashes
            contents = [one.content for one in one.hashes if one is not None and one.content]
            values.extend(contents)
            owners.extend([number] * len(contents))
        self.parts(_parts(one), _COMPONENT_PARTS, number)
        if one.swid:
            self._swid(one.swid, number)
        if one.pedigree:
            pedigree = one.pedigree
            self.parts((pedigree.commits, pedigree.patches, pedigree.notes), _PEDIGREE_PARTS, number)
        self._terms(one, number)
        return self.standing(one), self._common(one, number, link=link)

    def standing(self, one: Component) -> int:
        """Return what identifies a component, without recording anything."""
        has = flag("purl", one.purl) if one.purl else 0
        if one.cpe:
            has |= flag("cpe", one.cpe)
        if one.publisher:
            has |= flag("publisher", one.publisher)
        if one.author:
            has |= flag("author", one.author)
        for checksum in one.hashes or ():
            if checksum is not None and checksum.content:
                has |= _HASH
                break
        # The parts that are not asked here hold nothing that identifies.
        if one.supplier:
            has |= self._said(self._suppliers, one.supplier, _SUPPLIER)
        if one.licenses:
            has |= self._said(self._licences, one.licenses, _LICENCES)
        if one.swid or one.manufacturer or one.authors or one.evidence:
            parts = ((one.swid, _SWID), (one.manufacturer, _MANUFACTURER), (one.authors, _AUTHORS))
            for raw, place in (*parts, (one.evidence, _EVIDENCE)):
                has |= self._leaves.of(raw, place)[1] if raw else 0
        return has

    def _said(self, known: dict[bytes, int], raw: msgspec.Raw, place: Place) -> int:
        """Return what a part identifies, remembering it: suppliers and licences repeat."""
        key = bytes(raw)
        has = known.get(key)
        if has is None:
            if len(known) >= _CACHED:
                known.clear()
            has = self._leaves.of(raw, place)[1]
            if place is _LICENCES and len(key) > len("null"):
                has |= _LICENCE
            known[key] = has
        return has

    def service(self, one: Service, number: int, *, link: bool) -> tuple[int, bool]:
        """Record a service; the answer is that of `component`."""
        for field, text in (
            ("name", one.name),
            ("group", one.group),
            ("version", one.version),
            ("description", one.description),
            ("full-name", f"{one.group}/{one.name}" if one.group and one.name else ""),
        ):
            self._add(field, text or "", number)
        for endpoint in one.endpoints or ():
            if endpoint and is_bom_link(endpoint):
                self.text("link", endpoint, number, Kind.SERVICE)
            else:
                self._add("endpoint", endpoint or "", number)
        parts = (
            one.provider,
            one.data,
            one.licenses,
            one.patent_assertions,
            one.release_notes,
            one.signature,
            one.tags,
            one.trust_zone,
        )
        has = self.parts(parts, _SERVICE_PARTS, number)
        return has, self._common(one, number, link=link)

    def text(self, field: str, text: str, number: int, kind: Kind = Kind.WEAK) -> None:
        """Record a text; a BOM-Link also as a link of this kind, once however often the document repeats it."""
        values, owners = self._columns.get(field) or self._column(field)
        values.append(text)
        owners.append(number)
        if field == "link" and (number, text, kind) not in self._linked:
            self._linked.add((number, text, kind))
            self._builder.links.append(Link(component=number, target=text, kind=kind))

    def parts(self, raws: Iterable[msgspec.Raw], places: Sequence[Place], number: int) -> int:
        """Record rare parts, each at its place in the table of paths; return what they identify."""
        flags = 0
        columns = self._columns
        for place, raw in zip(places, raws, strict=True):
            if raw:
                texts, found = self._leaves.of(raw, place)
                flags |= found
                for field, text in texts:
                    if field == "link":
                        self.text(field, text, number, _LINK_KINDS.get(place, Kind.WEAK))
                        continue
                    values, owners = columns.get(field) or self._column(field)
                    values.append(text)
                    owners.append(number)
        return flags

    def properties(self, given: Sequence[Property | None] | None, number: int, about: str = "") -> bool:
        """Record properties; return whether they say that the element is for development only."""
        values, owners = self._properties
        taxonomy: list[tuple[str, str]] = []
        for one in given or ():
            if one is None:
                continue
            name, value = one.name or "", one.value or ""
            field = _property_field(name)
            if field != "property":
                self._add(field, value, number)
            elif name or value:
                values.append(f"{name}={value}")
                owners.append(number)
            if name.startswith("cdx:"):
                taxonomy.append((name, value))
        for name, value in taxonomy:
            if value and name in _CISA_GAPS:
                self._builder.gap(_CISA_GAPS[name], f"{about}: {value}" if about else value)
        return bool(taxonomy) and _development(taxonomy)

    def references(self, given: Sequence[Reference | None] | None, number: int, *, link: bool) -> None:
        """Record external references; `link` is that of `component`."""
        for one in given or ():
            if one is None:
                continue
            kind, url = (one.type or "").lower(), one.url or ""
            linking = is_bom_link(url)
            if url:
                field = "link" if linking else REFERENCE_FIELDS.get(kind, "reference")
                values, owners = self._columns.get(field) or self._column(field)
                values.append(url)
                owners.append(number)
            if one.comment:
                self._add("comment", one.comment, number)
            if url and (linking or (link and kind == "bom")):
                said = Kind.INCLUDED if link else Kind.WEAK
                hashes = _stated(one.hashes)
                self._builder.links.append(Link(component=number, target=url, hashes=hashes, kind=said))
            if one.hashes or one.properties:
                self.parts((one.hashes, one.properties), _REFERENCE_PARTS, number)

    def foreign(self, given: Sequence[str | None] | None, number: int) -> None:
        """Record text of other XML namespaces, which no schema explains."""
        for text in given or ():
            self._add("comment", text or "", number)

    def _column(self, field: str) -> tuple[list[str], list[int]]:
        column = self._columns[field] = self._builder.mentions.column(field)
        return column

    def _swid(self, raw: msgspec.Raw, number: int) -> None:
        texts, _ = self._leaves.of(raw, _SWID)
        for field, text in texts:
            self.text(field, text, number)
            if field == "attachment":
                # The tag itself names the product and the entities behind it (ISO/IEC 19770-2).
                for match in _TAG_NAME.finditer(text):
                    self._add("swid", match[1] or match[2], number)

    def _terms(self, one: Component, number: int) -> None:
        if one.type and one.type not in _TYPES:
            self._add("comment", one.type, number)
        elif one.type == "file" and one.name:
            self._add("file-name", one.name, number)
        if one.scope and one.scope not in _SCOPES:
            self._add("comment", one.scope, number)

    def _common(self, one: Component | Service, number: int, *, link: bool) -> bool:
        if one.external_references:
            self.references(one.external_references, number, link=link)
        if one.foreign:
            self.foreign(one.foreign, number)
        return bool(one.properties) and self.properties(one.properties, number, one.name or one.ref or "")


def _stated(hashes: msgspec.Raw) -> tuple[tuple[str, str], ...]:
    """Return the (algorithm, hex) pairs that an external reference states for what it points at."""
    given = plain(hashes) if hashes else None
    entries = given if isinstance(given, list) else ()
    pairs = ((entry.get("alg"), entry.get("content")) for entry in entries if isinstance(entry, dict))
    return tuple((alg, content) for alg, content in pairs if isinstance(alg, str) and isinstance(content, str))


def _parts(one: Component) -> tuple[msgspec.Raw, ...]:
    """Return the parts at the places of `_COMPONENT_PARTS`."""
    return (
        one.supplier,
        one.manufacturer,
        one.authors,
        one.licenses,
        one.evidence,
        one.omnibor_id,
        one.swhid,
        one.tags,
        one.data,
        one.model_card,
        one.crypto_properties,
        one.patent_assertions,
        one.release_notes,
        one.signature,
        one.version_range,
    )
