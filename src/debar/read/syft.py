"""syft's own JSON (https://github.com/anchore/syft, schema/json; schemas 1 to 16).

It says more than syft's exports: where each package was found, and what its own manifest calls author, vendor
or maintainer. That metadata differs by ecosystem, so it is walked by the names of its keys.
"""

from __future__ import annotations

import base64
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from debar.model.inventory import Component, Document, Has, InventoryBuilder
from debar.read.decoding import lenient
from debar.read.spdx2_paths import read_party
from debar.read.spdx2_relationships import Relations
from debar.read.spdx2_types import Relationship
from debar.read.syft_types import Sbom
from debar.read.syft_types import Source as Scanned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from debar.model.inventory import Inventory
    from debar.read.limits import Source
    from debar.read.syft_types import Licence, Location


_DECODER: Final = msgspec.json.Decoder(Sbom)
_READ_VERSIONS: Final = re.compile(r"(?:[1-9]|1[0-6])(?:\.\d{1,4}){0,2}")
_PRODUCT_TYPES: Final = {"image": "container", "directory": "directory", "dir": "directory", "file": "file"}
# syft's own export to SPDX writes the other two as OTHER, with the same direction (spdxhelpers).
_RELATIONSHIPS: Final = {
    "dependency-of": "DEPENDENCY_OF",
    "contains": "CONTAINS",
    "ownership-by-file-overlap": "CONTAINS",
    "evident-by": "CONTAINS",
}

# Key of a package's metadata, in small letters and without punctuation -> field. Anything else is a property.
# A distribution's maintainer supplies the package: so syft's exports have it, too.
_FIELDS: Final = {
    **dict.fromkeys(("author", "authors"), "author"),
    **dict.fromkeys(("publisher", "publishers"), "publisher"),
    **dict.fromkeys(("supplier", "vendor", "maintainer", "maintainers", "packager", "companyname"), "supplier"),
    **dict.fromkeys(("implementationvendor", "specificationvendor", "bundlevendor"), "supplier"),
    **dict.fromkeys(("contributor", "contributors"), "contributor"),
    **dict.fromkeys(("email", "authoremail", "maintaineremail"), "contact"),
    **dict.fromkeys(("url", "urls", "homepage", "homeurl", "website", "pluginuri"), "website"),
    **dict.fromkeys(("authoruri", "authorurl"), "party-url"),
    **dict.fromkeys(("repository", "repositoryurl", "vcsurl", "sourcerepo"), "vcs"),
    **dict.fromkeys(("downloadurl", "resolved", "resolvedurl", "repodigests"), "distribution"),
    **dict.fromkeys(("description", "summary", "comments"), "description"),
    **dict.fromkeys(("license", "licenses"), "licence"),
    **dict.fromkeys(("copyright", "legalcopyright"), "copyright"),
    **dict.fromkeys(("path", "hashpath", "linkdestination", "virtualpath", "internalname"), "file-name"),
    **dict.fromkeys(("files", "listedfiles", "ownedfiles"), "file-name"),
    **dict.fromkeys(("digest", "digests", "checksum", "sha1", "sha256", "sha512", "integrity"), "hash"),
    **dict.fromkeys(("productname", "implementationvendorid", "bundlesymbolicname"), "identifier"),
    **dict.fromkeys(("automaticmodulename", "artifactid"), "identifier"),
    # The configuration of a container image, with its labels and history.
    **dict.fromkeys(("manifest", "config"), "attachment"),
    "groupid": "group",
    "purl": "purl",
    "algorithm": "metadata",
}
_PARTIES: Final = frozenset({"author", "publisher", "supplier"})
_LABELS: Final = ("org.opencontainers.image.", "org.label-schema.")
_PUNCTUATION: Final = re.compile(r"[^a-z0-9]+")
#: Longer keys are a mention of their own, so that they are not repeated before each of many values.
_KEY: Final = 100
_PURL, _CPE, _HASH, _PARTY, _SUPPLIER = (int(one) for one in (Has.PURL, Has.CPE, Has.HASH, Has.PARTY, Has.SUPPLIER))


def read_json(source: Source) -> Inventory:
    """Read a document; a value of another type than syft writes costs that value only.

    Raises `MalformedSbom` for text that is no JSON, `LimitExceeded` for more depth or components than allowed.
    """
    sbom, (dropped, changed) = lenient(_DECODER, Sbom, source)
    builder = InventoryBuilder()
    for place in dropped:
        builder.gap("parse-partial", place or "the whole document")
    if changed:
        builder.note(f"values of another type than syft writes, read all the same: {len(changed)}, {changed[0]} first")
    return _Reading(sbom, source, builder).inventory()


class _Reading:
    """One document on its way into an inventory."""

    def __init__(self, sbom: Sbom, source: Source, builder: InventoryBuilder) -> None:
        self._sbom = sbom
        self._source = source
        self._builder = builder
        self._about = sbom.source or Scanned()
        own = frozenset({self._about.id} - {""})
        self._relations = Relations(builder, source, own, {})
        self._add = builder.mentions.add
        # Few parties name themselves on many packages.
        self._named = cache(read_party)

    def inventory(self) -> Inventory:
        sbom, builder, relations = self._sbom, self._builder, self._relations
        self._source.check_components(range(len(sbom.artifacts or ()) + len(sbom.files or ())))
        self._artifacts()
        self._files()
        relations.check_duplicates()
        listed = len(builder.components)
        product = self._product()
        self._tools(product)
        for one in sbom.artifact_relationships or ():
            type_ = _RELATIONSHIPS.get(one.type, one.type)
            relations.relate(
                Relationship(spdx_element_id=one.parent, relationship_type=type_, related_spdx_element=one.child)
            )
        relations.finish()
        self._source.check_components(builder.components)
        version = sbom.schema.version if sbom.schema else ""
        if not _READ_VERSIONS.fullmatch(version):
            builder.gap("unsupported-version", version or "no version")
        if not listed:
            builder.gap("empty-inventory")
        elif not relations.any:
            builder.gap("no-edges")
        # No word of the format says that a list is complete.
        builder.gap("not-asserted-complete", builder.components[0].label, count=listed or 1)
        builder.refs.update(component.ref for component in builder.components)
        builder.refs.discard("")
        return builder.freeze(
            Document(
                path=self._source.path,
                sha256=self._source.sha256,
                format="syft JSON",
                spec_version=version,
                serial="",
                name=builder.components[product].name,
                product=product,
                text=self._source.text,
            )
        )

    def _artifacts(self) -> None:
        builder = self._builder
        for index, one in enumerate(self._sbom.artifacts or ()):
            if one is None:
                continue
            number = len(builder.components)
            for field, text in (
                ("name", one.name),
                ("version", one.version),
                ("purl", one.purl),
                ("metadata", one.language),
                ("metadata", one.found_by),
                ("metadata", one.metadata_type),
            ):
                self._add(field, text, number)
            has = _PURL if one.purl else 0
            for cpe in one.cpes or ():
                text = cpe if isinstance(cpe, str) else cpe.cpe
                self._add("cpe", text, number)
                has |= _CPE if text else 0
            self._places(one.locations or (), number)
            self._licences(one.licenses or (), number)
            has |= self._metadata(one.metadata, number)
            builder.add(
                Component(
                    ref=one.id,
                    name=one.name,
                    version=one.version,
                    purl=one.purl,
                    type=one.type or "package",
                    pointer=f"/artifacts/{index}",
                    has=Has(has),
                )
            )
            self._relations.register(one.id, number)

    def _files(self) -> None:
        builder = self._builder
        for index, one in enumerate(self._sbom.files or ()):
            if one is None:
                continue
            number = len(builder.components)
            path = one.location.path if one.location else ""
            self._places((one.location,) if one.location else (), number, "file-name")
            has = 0
            for digest in one.digests or ():
                self._add("hash", digest.value, number)
                has |= _HASH if digest.value else 0
            self._licences(one.licenses or (), number)
            self._add("attachment", _plain(one.contents), number)
            if one.metadata:
                self._add("file-name", one.metadata.link_destination, number)
            for library in (one.executable.imported_libraries if one.executable else None) or ():
                self._add("file-name", library, number)
            for text in one.unknowns or ():
                self._add("comment", text, number)
                # What syft could not look into.
                builder.gap("declared-incomplete", path or text)
            builder.add(Component(ref=one.id, name=path, type="file", pointer=f"/files/{index}", has=Has(has)))
            self._relations.register(one.id, number)

    def _product(self) -> int:
        about, number = self._about, len(self._builder.components)
        target = about.target if isinstance(about.target, str) else ""
        asked = about.metadata.get("userInput") if isinstance(about.metadata, dict) else None
        name = about.name or target or (asked if isinstance(asked, str) else "")
        for field, text in (("name", name), ("version", about.version)):
            self._add(field, text, number)
        has = self._party("supplier", about.supplier, number) | self._metadata(about.metadata, number)
        has |= self._metadata(about.target, number)
        for key, text, _ in _leaves(self._sbom.distro):
            self._add("property", f"distro.{key}={text}" if key else text, number)
        known = self._sbom.source is not None and bool(name or about.id)
        if not known:
            self._builder.gap("no-root")
        self._builder.add(
            Component(
                ref=about.id,
                name=name or self._source.path,
                version=about.version,
                type=_PRODUCT_TYPES.get(about.type.lower(), about.type.lower() or "application"),
                pointer="/source" if known else "",
                has=Has(has),
                synthetic=not known,
            )
        )
        self._relations.set_product(number)
        return number

    def _tools(self, product: int) -> None:
        tool, schema = self._sbom.descriptor, self._sbom.schema
        if tool:
            self._add("bom-tool", tool.name, product)
            self._add("metadata", tool.version, product)
            self._add("bom-author", tool.supplier, product)
            for key, text, _ in _leaves(tool.configuration):
                self._add("metadata", f"{key}={text}" if key else text, product)
        if schema:
            self._add("metadata", schema.url, product)

    def _places(self, places: Iterable[Location], number: int, field: str = "occurrence") -> None:
        for one in places:
            for path in dict.fromkeys((one.path, one.access_path, one.virtual_path)):
                self._add(field, path, number)

    def _licences(self, licences: Iterable[Licence | str], number: int) -> None:
        for one in licences:
            if isinstance(one, str):
                self._add("licence", one, number)
                continue
            for text in dict.fromkeys((one.value, one.spdx_expression, one.contents, *(one.urls or ()))):
                self._add("licence", text, number)
            self._places(one.locations or (), number)

    def _metadata(self, value: object, number: int) -> int:
        """Record what a package's or the product's metadata says; return the kinds of party that it names."""
        has = 0
        for key, text, holder in _leaves(value):
            field = _field(key, holder)
            if field in _PARTIES:
                has |= self._party(field, text, number)
            elif field == "property":
                self._add(field, f"{key}={text}" if key else text, number)
            else:
                self._add(field, _plain(text) if field == "attachment" else text, number)
        return has

    def _party(self, field: str, text: str, number: int) -> int:
        names, contact = self._named(text) if text else ((), "")
        for name in names:
            self._add(field, name, number)
        self._add("contact", contact, number)
        return (_SUPPLIER | _PARTY if field == "supplier" else _PARTY) if names else 0


def _leaves(value: object) -> Iterator[tuple[str, str, str]]:
    """Yield (key, text, key above it) of each text of a plain value, in order.

    Lists pass on the key that they stand under. ``{"key": k, "value": v}``, as syft writes the manifest of a Java
    archive, is the text v under k. The walk is iterative, so depth costs nothing.
    """
    open_: list[tuple[str, object, str]] = [("", value, "")]
    while open_:
        key, value, holder = open_.pop()
        if isinstance(value, str):
            if value:
                yield key, value, holder
        elif isinstance(value, list):
            open_ += [(key, entry, holder) for entry in reversed(value)]
        elif isinstance(value, dict):
            name, text = value.get("key"), value.get("value")
            if isinstance(name, str) and isinstance(text, str):
                value = {name: text, **{k: v for k, v in value.items() if k not in {"key", "value"}}}
            entries = []
            for inner, entry in value.items():
                short = inner
                if len(inner) > _KEY:
                    short = inner[:_KEY]
                    entries.append(("", inner, key))
                elif isinstance(entry, list | dict) and not _field_of(inner) and not inner.isidentifier():
                    # A key that is content (a section of a manifest, a package), not a word of the schema.
                    entries.append(("", inner, key))
                entries.append((short, entry, key))
            open_ += reversed(entries)


@lru_cache(maxsize=4096)
def _field_of(key: str) -> str:
    """Return the field of a key that the table knows, else nothing."""
    key = key[:_KEY].lower()
    for prefix in _LABELS:
        key = key.removeprefix(prefix)
    return _FIELDS.get(_PUNCTUATION.sub("", key), "")


@lru_cache(maxsize=4096)
def _field(key: str, holder: str) -> str:
    """Return the field of a text: by its key, below a party or a digest also by the key above."""
    found, above = _field_of(key), _field_of(holder)
    if above in _PARTIES or above == "contributor":
        return {"website": "party-url", "contact": "contact"}.get(found, above)
    if above == "hash" and key == "value":
        return "hash"
    return found or "property"


def _plain(contents: str) -> str:
    """Return the contents of a file, which are base64, as text when that is UTF-8."""
    try:
        return base64.b64decode(contents, validate=True).decode()
    except ValueError:
        return contents
