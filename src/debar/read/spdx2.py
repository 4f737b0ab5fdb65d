"""An SPDX 2.x document as an `Inventory`, whatever it was written in (SPDX 2.3, chapters 6 to 12)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from debar.model.inventory import Component, Document, Has, InventoryBuilder, Kind
from debar.read.listing import tie_listed
from debar.read.spdx2_paths import NOTHING, PATHS, external_field, is_vcs, package_url, read_party, without_ecosystem
from debar.read.spdx2_relationships import DOCUMENT_ID, Relations, collect_refs, described
from debar.read.spdx2_types import File, Package, Relationship, Snippet

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from debar.model.inventory import Inventory, Mentions
    from debar.read.decoding import Slices
    from debar.read.limits import Source
    from debar.read.spdx2_types import Annotation, Checksum, CreationInfo, ExternalRef
    from debar.read.spdx2_types import Document as SpdxDocument

    # How to get a plain text or list of texts of an element, and the columns for its values and owners.
    Column = tuple[Callable[[object], Any], list[str], list[int]]
    Columns = tuple[list[Column], list[Column]]

_READ_VERSIONS: Final = re.compile(r"SPDX-2\.[23](\.[0-9]+)?")
_LICENCE_REF: Final = re.compile(r"(?<![\w.:-])LicenseRef-[\w.-]+", re.ASCII)
# Plain numbers: combining flags costs ten times as much, for each of a million components.
_PURL, _HASH, _PARTY, _QUALIFIED_NAME = (int(one) for one in (Has.PURL, Has.HASH, Has.PARTY, Has.QUALIFIED_NAME))
_LICENCE: Final = int(Has.LICENCE)
_SUPPLIER: Final = int(Has.SUPPLIER | Has.PARTY)
_KINDS: Final = {"purl": int(Has.PURL), "cpe": int(Has.CPE), "swid": int(Has.SWID)}
# Fields of text that are no mention, or that `_Mapping` takes apart itself.
_NOT_PLAIN: Final = frozenset({"relation", "metadata", "supplier", "originator"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a notation hands over: the document and where its parts stand.

    Where the notation is JSON, `pointer` leads to the document; others give `places`, the (line, column) of
    each entry of `packages`, `files` and `snippets`. `dropped` and `changed` name places whose values did not
    fit SPDX (see `read.tolerant`), `duplicates` keys or tags that stand twice where one is allowed. `telling` are the
    packages in whose text something may match, if that is known; the others get no mentions
    and are silent in `standing`, which says where all of them stand. `packages` and `relationships` take the place of
    the document's where those are still text.
    """

    form: str
    document: SpdxDocument
    pointer: str = ""
    places: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    dropped: Sequence[str] = ()
    changed: Sequence[str] = ()
    duplicates: Sequence[str] = ()
    notes: Sequence[str] = ()
    telling: Container[int] | None = None
    starts: Sequence[int] = ()
    silent: Sequence[tuple[int, int]] = ()
    packages: Slices[Package | None] | None = None
    relationships: Slices[Relationship] | None = None


def to_inventory(reading: Reading, source: Source) -> Inventory:
    """Map a document to components, relations, mentions and gaps; raises `LimitExceeded`."""
    document = reading.document
    elements = (reading.packages or document.packages, document.files, document.snippets)
    source.check_components(range(sum(len(some or ()) for some in elements)))
    builder = InventoryBuilder()
    _report_problems(builder, reading)
    if not _READ_VERSIONS.fullmatch(document.spdx_version):
        builder.gap("unsupported-version", document.spdx_version or "no version")
    own = frozenset({DOCUMENT_ID, document.spdx_id or DOCUMENT_ID})
    namespaces = {one.external_document_id: one for one in document.external_document_refs or ()}
    relations = Relations(builder, source, own, namespaces)
    mapping = _Mapping(builder, relations, reading)
    mapping.packages()
    mapping.files()
    mapping.snippets()
    relations.check_duplicates()
    listed = len(builder.components)
    product = _set_product(mapping, source)
    makers = _describe_document(mapping)
    mapping.licences()
    mapping.relate()
    tie_listed(builder, product, range(listed), frozenset({Kind.WEAK}))
    source.check_components(builder.components)
    _count_gaps(mapping, listed)
    collect_refs(builder, document)
    return builder.freeze(
        Document(
            path=source.path,
            sha256=source.sha256,
            format=reading.form,
            spec_version=document.spdx_version,
            serial=document.document_namespace,
            name=document.name,
            product=product,
            makers=makers,
            says=frozenset(_statements(document.creation_info)),
            created=document.creation_info.created if document.creation_info else "",
            text=source.text,
            silent=reading.silent,
            starts={f"{reading.pointer}/packages": reading.starts} if reading.starts else {},
        )
    )


class _Mapping:
    """One document on its way into one builder."""

    def __init__(self, builder: InventoryBuilder, relations: Relations, reading: Reading) -> None:
        self.builder = builder
        self.relations = relations
        self.document = reading.document
        self.relationships = reading.relationships or reading.document.relationships or ()
        #: How many packages there are.
        self.packaged = 0
        self._reading = reading
        # Where what is said is written; for a package that cannot match, nowhere.
        self._mentions: Mentions | _Nowhere = builder.mentions
        # Few suppliers name themselves on many components.
        self.party = cache(read_party)
        # Component -> ids that its own field lists, until every id is known.
        self._held: list[tuple[int, list[str]]] = []
        self._depends: list[tuple[int, list[str]]] = []
        self._parts: list[tuple[int, str]] = []
        # Licence id -> the components whose licence it is; filled only where the document defines licences.
        self._licensed: dict[str, list[int]] = {}
        self._defines_licences = bool(self.document.has_extracted_licensing_infos)

    def packages(self) -> None:
        slices, elements = self._reading.packages, self.document.packages or ()
        told, nowhere = self._reading.telling, _Nowhere()
        some = elements if slices is None or told is None else [*slices.some(told)]
        columns = _plain("package", Package, some, self.builder.mentions)
        for index, package in enumerate(slices or elements):
            if package is None:
                continue
            number = len(self.builder.components)
            if told is None or index in told:
                self._mentions = self.builder.mentions
                _fill(columns, package, number)
            else:
                self._mentions = nowhere
            purl, has = self._external_refs(package.external_refs or (), number)
            has |= self._name(package.name, number) | self._suppliers(package, number)
            has |= self._checksums(package.checksums or (), number) | self._verification(package, number)
            type_ = package.primary_package_purpose.strip().lower().replace("_", "-") or "package"
            if type_ == "file":
                self._mentions.add("file-name", package.name, number)
            if is_vcs(package.download_location):
                self._mentions.add("vcs", package.download_location, number)
            self._annotations(package.annotations or (), number)
            if not {package.license_concluded, package.license_declared} <= NOTHING:
                has |= _LICENCE
            self._licences_of(number, package.license_concluded, package.license_declared)
            self._licences_of(number, *(package.license_info_from_files or ()))
            if package.has_files:
                self._held.append((number, package.has_files))
                self.builder.refs.update(package.has_files)
            self.packaged += 1
            self._add("packages", index, package.spdx_id, package.name, type_, package.version_info, purl, has)
        self._mentions = self.builder.mentions

    def files(self) -> None:
        elements = self.document.files or ()
        columns = _plain("file", File, elements, self.builder.mentions)
        for index, file in enumerate(elements):
            if file is None:
                continue
            number = len(self.builder.components)
            _fill(columns, file, number)
            has = self._checksums(file.checksums or (), number)
            if file.license_concluded not in NOTHING:
                has |= _LICENCE
            self._annotations(file.annotations or (), number)
            self._licences_of(number, file.license_concluded, *(file.license_info_in_files or ()))
            for artifact in file.artifact_ofs or ():
                self._mention("identifier", artifact.name, number)
                for address in (artifact.home_page, artifact.homepage, artifact.project_uri):
                    self._mention("website", address, number)
            if file.file_dependencies:
                self._depends.append((number, file.file_dependencies))
            self._add("files", index, file.spdx_id, file.file_name, "file", "", "", has)

    def snippets(self) -> None:
        elements = self.document.snippets or ()
        columns = _plain("snippet", Snippet, elements, self.builder.mentions)
        for index, snippet in enumerate(elements):
            if snippet is None:
                continue
            number = len(self.builder.components)
            _fill(columns, snippet, number)
            self._annotations(snippet.annotations or (), number)
            self._licences_of(number, snippet.license_concluded, *(snippet.license_info_in_snippets or ()))
            if snippet.snippet_from_file:
                self._parts.append((number, snippet.snippet_from_file))
            self._add("snippets", index, snippet.spdx_id, snippet.name, "snippet", "", "", 0)

    def licences(self) -> None:
        """Give each licence text to the components under that licence, else to the product."""
        for one in self.document.has_extracted_licensing_infos or ():
            # A second text under the same id goes to the product, and addresses to the first owner, so that texts
            # times owners cannot multiply.
            owners = self._licensed.pop(one.license_id, None) or [self.relations.product]
            for owner in owners:
                for text in (one.license_id, one.name, one.extracted_text):
                    self._mention("licence", text, owner)
                self._mention("comment", one.comment, owner)
            for address in (*(one.see_alsos or ()), *(cross.url for cross in one.cross_refs or ())):
                self._mention("licence", address, owners[0])

    def relate(self) -> None:
        """Add every edge, now that every id is known."""
        relations = self.relations
        for number, refs in self._held:
            relations.holds(number, refs, Kind.INCLUDED)
        for number, refs in self._depends:
            relations.depends(number, refs)
        for number, ref in self._parts:
            relations.held_by(number, ref)
        for one in relations.relate_plain(self.relationships):
            relations.relate(one)
            if one.comment:
                owners = relations.known(one.spdx_element_id)
                self._mention("comment", one.comment, owners[0] if owners else relations.product)
        relations.finish()

    def document_annotations(self, product: int) -> None:
        """Add who annotated and reviewed the document, and what they said."""
        self._annotations(self.document.annotations or (), product)
        for review in self.document.revieweds or ():
            self._mention("annotator", review.reviewer, product)
            self._mention("comment", review.comment, product)

    def _add(self, kind: str, index: int, ref: str, name: str, type_: str, version: str, purl: str, has: int) -> None:
        places = self._reading.places.get(kind)
        line, column = places[index] if places and index < len(places) else (0, 0)
        pointer = "" if places else f"{self._reading.pointer}/{kind}/{index}"
        number = self.builder.add(
            Component(
                ref=ref,
                name=name,
                version=version if version not in NOTHING else "",
                purl=purl,
                type=type_,
                pointer=pointer,
                line=line,
                column=column,
                has=has,
            )
        )
        self.relations.register(ref, number)

    def _mention(self, field_id: str, value: str, number: int) -> None:
        if value not in NOTHING:
            self._mentions.add(field_id, value, number)

    def _name(self, name: str, number: int) -> int:
        bare = without_ecosystem(name)
        self._mentions.add("name", bare, number)
        return _QUALIFIED_NAME if bare else 0

    def _suppliers(self, package: Package, number: int) -> int:
        has = 0
        for field_id, text, flags in (
            ("supplier", package.supplier, _SUPPLIER),
            ("originator", package.originator, _PARTY),
        ):
            if text in NOTHING:
                continue
            names, contact = self.party(text)
            for name in names:
                self._mentions.add(field_id, name, number)
                has |= flags
            self._mentions.add("contact", contact, number)
        return has

    def _external_refs(self, refs: Iterable[ExternalRef], number: int) -> tuple[str, int]:
        purl, derived, has = "", "", 0
        for ref in refs:
            locator = ref.reference_locator.strip()
            self._mention("comment", ref.comment, number)
            if locator in NOTHING:
                continue
            field_id = external_field(ref.reference_category, ref.reference_type, locator)
            self._mentions.add(field_id, locator, number)
            has |= _KINDS.get(field_id, 0)
            if field_id == "purl":
                purl = purl or locator
            elif made := package_url(ref.reference_type, locator):
                derived = derived or made
                self._mentions.add("purl", made, number)
                has |= _PURL
        return purl or derived, has

    def _checksums(self, checksums: Iterable[Checksum], number: int) -> int:
        has = 0
        for checksum in checksums:
            if checksum.checksum_value:
                self._mentions.add("hash", checksum.checksum_value, number)
                has = _HASH
        return has

    def _verification(self, package: Package, number: int) -> int:
        code = package.package_verification_code
        if code is None:
            return 0
        for name in code.package_verification_code_excluded_files or ():
            self._mentions.add("file-name", name, number)
        self._mentions.add("hash", code.package_verification_code_value, number)
        return _HASH if code.package_verification_code_value else 0

    def _annotations(self, annotations: Iterable[Annotation], number: int) -> None:
        for one in annotations:
            self._mentions.add("comment", one.comment, number)
            self._mentions.add("annotator", one.annotator, number)

    def _licences_of(self, number: int, *expressions: str) -> None:
        if not self._defines_licences:
            return
        for expression in expressions:
            for ref in _LICENCE_REF.findall(expression):
                owners = self._licensed.setdefault(ref, [])
                if not owners or owners[-1] != number:
                    owners.append(number)


class _Nowhere:
    """Takes mentions that cannot match, and keeps none."""

    def add(self, field_id: str, value: str, owner: int) -> None:
        """Leave a mention out."""


def _plain(node: str, type_: type[msgspec.Struct], elements: Sequence[object], mentions: Mentions) -> Columns:
    """Return the texts and lists of texts that any element has, with the columns that the path table gives them."""
    texts: list[Column] = []
    lists: list[Column] = []
    known = [element for element in elements if element is not None]
    for one in msgspec.structs.fields(type_):
        field_id = PATHS[node].get(one.encode_name, "metadata")
        get = attrgetter(one.name)
        if field_id in _NOT_PLAIN:
            continue
        if one.type is str and any(get(element) not in NOTHING for element in known):
            texts.append((get, *mentions.column(field_id)))
        elif one.type == list[str] | None and any(map(get, known)):
            lists.append((get, *mentions.column(field_id)))
    return texts, lists


def _fill(columns: Columns, element: object, number: int) -> None:
    texts, lists = columns
    for get, values, owners in texts:
        text = get(element)
        if text not in NOTHING:
            values.append(text)
            owners.append(number)
    for get_all, values, owners in lists:
        for text in get_all(element) or ():
            if text not in NOTHING:
                values.append(text)
                owners.append(number)


def _report_problems(builder: InventoryBuilder, reading: Reading) -> None:
    for text in reading.notes:
        builder.note(text)
    for place in reading.dropped:
        builder.gap("parse-partial", place or "the whole document")
    for key in reading.duplicates:
        builder.gap("duplicate-key", key)
    if reading.changed:
        count, first = len(reading.changed), reading.changed[0]
        builder.note(f"values of another type than SPDX 2.3 says, read all the same: {count}, the first at {first}")


def _set_product(mapping: _Mapping, source: Source) -> int:
    """Return the one described element, else a stand-in for the document that includes what it describes."""
    builder, relations, document = mapping.builder, mapping.relations, mapping.document
    refs, misspelt = described(document.document_describes, mapping.relationships, relations.own)
    if misspelt:
        builder.note("the relationship type DESCRIBE is read as DESCRIBES")
    count = len(refs)
    refs = [ref for ref in refs if ref not in relations.own or relations.known(ref)]
    if len(refs) < count:
        builder.note("the document says that it describes itself, which is ignored")
    found = [number for ref in refs for number in relations.known(ref)]
    if len(refs) == 1 and len(found) == 1 and builder.components[found[0]].type != "snippet":
        product = found[0]
        builder.mentions.add(PATHS["document"]["name"], document.name, product)
        relations.set_product(product)
        return product
    name = document.name or document.document_namespace or source.path
    product = builder.add(Component(ref=DOCUMENT_ID, name=name, type="document", synthetic=True))
    builder.mentions.add("name", document.name, product)
    relations.set_product(product)
    for ref in refs:
        relations.describe(ref)
    if not refs:
        builder.gap("no-root")
    return product


def _describe_document(mapping: _Mapping) -> tuple[str, ...]:
    """Add what is said of the document itself to its product; return the organisations that made it."""
    mentions, document, product = mapping.builder.mentions, mapping.document, mapping.relations.product
    mapping.document_annotations(product)
    mentions.add("comment", document.comment, product)
    mentions.add("link", document.document_namespace, product)
    for external in document.external_document_refs or ():
        mentions.add("link", external.spdx_document, product)
        mentions.add("link", external.checksum.checksum_value if external.checksum else "", product)
    if document.creation_info is None:
        return ()
    mentions.add("comment", document.creation_info.comment, product)
    makers: dict[str, None] = {}
    for creator in document.creation_info.creators or ():
        names, contact = mapping.party(creator)
        kind = creator.lstrip().lower()
        for name in names:
            mentions.add("bom-tool" if kind.startswith("tool") else "bom-author", name, product)
            if kind.startswith("organi"):
                makers[name] = None
        mentions.add("bom-author", contact, product)
    return tuple(makers)


def _statements(info: CreationInfo | None) -> Iterator[str]:
    """Say which statements about itself a document makes; SPDX 2 has no version, context or signature of its own."""
    if info is None:
        return
    tools = [creator for creator in info.creators or () if creator.lstrip().lower().startswith("tool")]
    if len(tools) < len(info.creators or ()):
        yield "author"
    if info.created:
        yield "timestamp"
    if tools:
        yield "tool-name"
    # "Tool: name-1.2" is the form that the specification shows (6.8).
    if any(re.search(r"[-@ ]v?\d", tool) for tool in tools):
        yield "tool-version"


def _count_gaps(mapping: _Mapping, listed: int) -> None:
    builder, relations = mapping.builder, mapping.relations
    others = listed - (relations.product < listed)
    if not others and relations.product not in relations.closed:
        builder.gap("empty-inventory")
    if others and not relations.any:
        builder.gap("no-edges")
    # Only NONE closes a component (11.1.1); files count where the document lists nothing else.
    open_ = [number for number in range(mapping.packaged or listed) if number not in relations.closed]
    if open_ or not listed:
        example = builder.components[open_[0] if open_ else relations.product].label
        builder.gap("not-asserted-complete", example, count=len(open_) or 1)
