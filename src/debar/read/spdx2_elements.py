"""Packages, files and snippets of an SPDX 2.x document -> numbered components, and what is said of each."""

from __future__ import annotations

import re
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from debar.model.inventory import Component, Has, Kind, Use
from debar.read.spdx2_paths import (
    NOTHING,
    PATHS,
    external_field,
    is_purl,
    is_vcs,
    package_url,
    read_party,
    without_ecosystem,
)
from debar.read.spdx2_types import File, Package, Snippet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from debar.model.inventory import InventoryBuilder, Mentions
    from debar.read.spdx2 import Reading
    from debar.read.spdx2_relationships import Relations
    from debar.read.spdx2_types import Annotation, Checksum, ExternalRef

    # How to get a plain text or list of texts of an element, and the columns for its values and owners.
    Column = tuple[Callable[[object], Any], list[str], list[int]]
    Columns = tuple[list[Column], list[Column]]

_LICENCE_REF: Final = re.compile(r"(?<![\w.:-])LicenseRef-[\w.-]+", re.ASCII)
# Plain numbers: combining flags costs ten times as much, for each of a million components.
_PURL, _HASH, _PARTY, _QUALIFIED_NAME = (int(one) for one in (Has.PURL, Has.HASH, Has.PARTY, Has.QUALIFIED_NAME))
_LICENCE: Final = int(Has.LICENCE)
_SUPPLIER: Final = int(Has.SUPPLIER | Has.PARTY)
_KINDS: Final = {"purl": int(Has.PURL), "cpe": int(Has.CPE), "swid": int(Has.SWID)}
# Fields of text that are no mention, or that `Elements` takes apart itself.
_NOT_PLAIN: Final = frozenset({"relation", "metadata", "supplier", "originator"})
_SHIPPED: Final = Use.SHIPPED


class Elements:
    """One document on its way into one builder."""

    def __init__(self, builder: InventoryBuilder, relations: Relations, reading: Reading) -> None:
        self.builder = builder
        self.relations = relations
        self.document = reading.document
        self.relationships = reading.relationships or reading.document.relationships or ()
        #: How many packages there are.
        self.packaged = 0
        # Few suppliers name themselves on many components, and there are few types.
        self.party = cache(read_party)
        self._type = cache(_type_of)
        self._reading = reading
        # Component -> ids that its own field lists, until every id is known.
        self._held: list[tuple[int, list[str]]] = []
        self._depends: list[tuple[int, list[str]]] = []
        self._parts: list[tuple[int, str]] = []
        # Licence id -> the components whose licence it is; filled only where the document defines licences.
        self._licensed: dict[str, list[int]] = {}
        self._defines_licences = bool(self.document.has_extracted_licensing_infos)

    def packages(self) -> None:
        """Add every package; one that cannot match gets no mentions."""
        slices, elements = self._reading.packages, self.document.packages or ()
        told = self._reading.telling
        some = elements if slices is None or told is None else [*slices.some(told)]
        columns = _plain("package", Package, some, self.builder.mentions)
        components = self.builder.components
        for index, package in enumerate(slices or elements):
            if package is None:
                continue
            number = len(components)
            type_ = self._type(package.primary_package_purpose)
            if told is None or index in told:
                _fill(columns, package, number)
                self._package(package, type_, number)
            if self._defines_licences:
                self._licences_of(number, package.license_concluded, package.license_declared)
                self._licences_of(number, *(package.license_info_from_files or ()))
            if package.has_files:
                self._held.append((number, package.has_files))
                self.builder.refs.update(package.has_files)
            purl, has = self._identity(package)
            self._add("packages", index, package.spdx_id, package.name, type_, package.version_info, purl, has)
        self.packaged = len(components)

    def files(self) -> None:
        """Add every file."""
        elements = self.document.files or ()
        columns = _plain("file", File, elements, self.builder.mentions)
        for index, file in enumerate(elements):
            if file is None:
                continue
            number = len(self.builder.components)
            _fill(columns, file, number)
            self._checksums(file.checksums, number)
            self._annotations(file.annotations or (), number)
            self._licences_of(number, file.license_concluded, *(file.license_info_in_files or ()))
            for artifact in file.artifact_ofs or ():
                self._mention("identifier", artifact.name, number)
                for address in (artifact.home_page, artifact.homepage, artifact.project_uri):
                    self._mention("website", address, number)
            if file.file_dependencies:
                self._depends.append((number, file.file_dependencies))
            has = _hashed(file.checksums) | (_LICENCE if file.license_concluded not in NOTHING else 0)
            self._add("files", index, file.spdx_id, file.file_name, "file", "", "", has)

    def snippets(self) -> None:
        """Add every snippet."""
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
        if version in NOTHING:
            version = ""
        # In the order of the fields: names cost as much again, for each of a million components.
        made = Component(ref, name, version, "", purl, type_, _SHIPPED, 0, pointer, line, column, has)
        self.builder.components.append(made)

    def _identity(self, package: Package) -> tuple[str, int]:
        """Return the package URL of a package and what identifies it, a sum of `Has`."""
        purl, has = _located(package.external_refs) if package.external_refs else ("", 0)
        if self.party(package.supplier)[0]:
            has |= _SUPPLIER
        if self.party(package.originator)[0]:
            has |= _PARTY
        if ":" in package.name and without_ecosystem(package.name):
            has |= _QUALIFIED_NAME
        code = package.package_verification_code
        if _hashed(package.checksums) or (code and code.package_verification_code_value):
            has |= _HASH
        if package.license_concluded not in NOTHING or package.license_declared not in NOTHING:
            has |= _LICENCE
        return purl, has

    def _package(self, package: Package, type_: str, number: int) -> None:
        """Add what is said of a package in other ways than by plain texts."""
        mentions = self.builder.mentions
        self._external_refs(package.external_refs or (), number)
        mentions.add("name", without_ecosystem(package.name), number)
        for field_id, text in (("supplier", package.supplier), ("originator", package.originator)):
            names, contact = self.party(text)
            for name in names:
                mentions.add(field_id, name, number)
            mentions.add("contact", contact, number)
        self._checksums(package.checksums, number)
        code = package.package_verification_code
        if code:
            for name in code.package_verification_code_excluded_files or ():
                mentions.add("file-name", name, number)
            mentions.add("hash", code.package_verification_code_value, number)
        if type_ == "file":
            mentions.add("file-name", package.name, number)
        if is_vcs(package.download_location):
            mentions.add("vcs", package.download_location, number)
        self._annotations(package.annotations or (), number)

    def _external_refs(self, refs: Iterable[ExternalRef], number: int) -> None:
        for ref in refs:
            self._mention("comment", ref.comment, number)
            field_id, locator, made = _locator(ref)
            self.builder.mentions.add(field_id, locator, number)
            self.builder.mentions.add("purl", made, number)

    def _checksums(self, checksums: Iterable[Checksum] | None, number: int) -> None:
        for checksum in checksums or ():
            self.builder.mentions.add("hash", checksum.checksum_value, number)

    def _mention(self, field_id: str, value: str, number: int) -> None:
        if value not in NOTHING:
            self.builder.mentions.add(field_id, value, number)

    def _annotations(self, annotations: Iterable[Annotation], number: int) -> None:
        for one in annotations:
            self.builder.mentions.add("comment", one.comment, number)
            self.builder.mentions.add("annotator", one.annotator, number)

    def _licences_of(self, number: int, *expressions: str) -> None:
        if not self._defines_licences:
            return
        for expression in expressions:
            for ref in _LICENCE_REF.findall(expression):
                owners = self._licensed.setdefault(ref, [])
                if not owners or owners[-1] != number:
                    owners.append(number)


def _type_of(purpose: str) -> str:
    return purpose.strip().lower().replace("_", "-") or "package"


def _located(refs: Iterable[ExternalRef]) -> tuple[str, int]:
    purl, derived, has = "", "", 0
    for ref in refs:
        locator = ref.reference_locator.strip()
        if is_purl(locator):
            # Nearly all are; it is what `external_field` looks at first.
            purl = purl or locator
            has |= _PURL
            continue
        field_id, _, made = _locator(ref)
        has |= _KINDS.get(field_id, 0)
        if made:
            derived = derived or made
            has |= _PURL
    return purl or derived, has


def _locator(ref: ExternalRef) -> tuple[str, str, str]:
    """Return the field of an external reference, its locator, and the package URL that the locator amounts to."""
    locator = ref.reference_locator.strip()
    if locator in NOTHING:
        return "", "", ""
    field_id = external_field(ref.reference_category, ref.reference_type, locator)
    return field_id, locator, "" if field_id == "purl" else package_url(ref.reference_type, locator)


def _hashed(checksums: Iterable[Checksum] | None) -> int:
    """Return the flag of a digest if there is any."""
    for one in checksums or ():
        if one.checksum_value:
            return _HASH
    return 0


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
