"""SPDX 2.2/2.3 tag-value: a parser of lines, linear in the text, that fills the Structs of the JSON schema.

Tags are taken in any case and in any order that leaves no doubt. The annexes C and J of SPDX 2.3 describe the
format; the table of tags follows chapters 6 to 13.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from debar.errors import MalformedSbom
from debar.read.spdx2 import Reading, to_inventory
from debar.read.spdx2_types import (
    Annotation,
    Artifact,
    Checksum,
    CreationInfo,
    Document,
    ExternalDocument,
    ExternalRef,
    ExtractedLicence,
    File,
    Package,
    Relationship,
    Review,
    Snippet,
    VerificationCode,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from debar.model.inventory import Inventory
    from debar.read.limits import Source

S = TypeVar("S", bound=msgspec.Struct)

_TEXT: Final = "<text>"
_TEXT_END: Final = re.compile("</text>", re.IGNORECASE)
_TAG: Final = re.compile(r"\s*([A-Za-z][A-Za-z0-9]*)\s*:[ \t]*")
_CODE: Final = re.compile(r"\s*([^\s(]*)\s*(?:\(\s*(?:excludes\s*:)?(.*)\))?", re.IGNORECASE | re.DOTALL)
_MANY: Final = 5

# Tag -> (Struct, attribute): one text each. Tags are lower case here.
_SINGLE: Final[dict[str, tuple[type[msgspec.Struct], str]]] = {
    "spdxversion": (Document, "spdx_version"),
    "documentname": (Document, "name"),
    "documentnamespace": (Document, "document_namespace"),
    "documentcomment": (Document, "comment"),
    "creatorcomment": (CreationInfo, "comment"),
    "created": (CreationInfo, "created"),
    "packageversion": (Package, "version_info"),
    "packagefilename": (Package, "package_file_name"),
    "packagesupplier": (Package, "supplier"),
    "packageoriginator": (Package, "originator"),
    "packagedownloadlocation": (Package, "download_location"),
    "packagehomepage": (Package, "homepage"),
    "packagesourceinfo": (Package, "source_info"),
    "packagesummary": (Package, "summary"),
    "packagedescription": (Package, "description"),
    "packagecomment": (Package, "comment"),
    "packagecopyrighttext": (Package, "copyright_text"),
    "packagelicenseconcluded": (Package, "license_concluded"),
    "packagelicensedeclared": (Package, "license_declared"),
    "packagelicensecomments": (Package, "license_comments"),
    "primarypackagepurpose": (Package, "primary_package_purpose"),
    "filecomment": (File, "comment"),
    "filecopyrighttext": (File, "copyright_text"),
    "filenotice": (File, "notice_text"),
    "licenseconcluded": (File, "license_concluded"),
    "licensecomments": (File, "license_comments"),
    "snippetname": (Snippet, "name"),
    "snippetfromfilespdxid": (Snippet, "snippet_from_file"),
    "snippetcomment": (Snippet, "comment"),
    "snippetcopyrighttext": (Snippet, "copyright_text"),
    "snippetlicenseconcluded": (Snippet, "license_concluded"),
    "snippetlicensecomments": (Snippet, "license_comments"),
    "extractedtext": (ExtractedLicence, "extracted_text"),
    "licensename": (ExtractedLicence, "name"),
    "licensecomment": (ExtractedLicence, "comment"),
    "externalrefcomment": (ExternalRef, "comment"),
    "relationshipcomment": (Relationship, "comment"),
    "annotationcomment": (Annotation, "comment"),
    "reviewcomment": (Review, "comment"),
    "artifactofprojecthomepage": (Artifact, "home_page"),
    "artifactofprojecturi": (Artifact, "project_uri"),
}

# Tag -> (Struct, attribute): one text more in a list.
_LISTS: Final[dict[str, tuple[type[msgspec.Struct], str]]] = {
    "creator": (CreationInfo, "creators"),
    "packagelicenseinfofromfiles": (Package, "license_info_from_files"),
    "packageattributiontext": (Package, "attribution_texts"),
    "licenseinfoinfile": (File, "license_info_in_files"),
    "fileattributiontext": (File, "attribution_texts"),
    "filecontributor": (File, "file_contributors"),
    "filedependency": (File, "file_dependencies"),
    "licenseinfoinsnippet": (Snippet, "license_info_in_snippets"),
    "snippetattributiontext": (Snippet, "attribution_texts"),
}

# Where the document lists what starts with a tag of its own.
_DOCUMENT_LISTS: Final[dict[type[msgspec.Struct], str]] = {
    Package: "packages",
    File: "files",
    Snippet: "snippets",
    ExtractedLicence: "has_extracted_licensing_infos",
    Relationship: "relationships",
    Review: "revieweds",
}

_IGNORED: Final = frozenset(
    {
        *("datalicense", "licenselistversion", "builtdate", "releasedate", "validuntildate", "filetype"),
        *("snippetbyterange", "snippetlinerange", "annotationdate", "annotationtype", "reviewdate"),
    }
)


def read_tag_value(source: Source) -> Inventory:
    """Read a document; lines that are no tag and unknown tags are noted.

    Raises `MalformedSbom` for a ``<text>`` that is never closed, `LimitExceeded` for more components than allowed.
    """
    try:
        text = source.text.decode()
    except UnicodeDecodeError as error:
        line = source.text.count(b"\n", 0, error.start) + 1
        raise MalformedSbom(source.path, "not UTF-8", place=f"line {line}") from error
    parser = _Parser()
    for tag, value, line, column in _tags(text, source.path, parser.stray):
        parser.take(tag, value, line, column)
    return to_inventory(parser.finish(), source)


def _tags(text: str, path: str, stray: list[int]) -> Iterator[tuple[str, str, int, int]]:
    """Yield (tag, value, line, column), and put the lines that are no tag into `stray`."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    start, line, length = 0, 1, len(text)
    while start < length:
        end = text.find("\n", start)
        end = length if end < 0 else end
        tag = _TAG.match(text, start, end)
        here = line
        if tag is None:
            content = text[start:end].strip()
            if content and not content.startswith("#"):
                stray.append(line)
        else:
            value = text[tag.end() : end].strip()
            if value[: len(_TEXT)].lower() == _TEXT:
                opened = text.index("<", tag.end()) + len(_TEXT)
                closed = _TEXT_END.search(text, opened)
                if closed is None:
                    raise MalformedSbom(path, f"the <text> of {tag[1]} is never closed", place=f"line {line}")
                end = text.find("\n", closed.end())
                end = length if end < 0 else end
                rest = text[closed.end() : end].strip()
                value = text[opened : closed.start()] + (f" {rest}" if rest else "")
                line += text.count("\n", start, end)
            yield tag[1], value, here, tag.start(1) - start + 1
        start, line = end + 1, line + 1


class _Parser:
    """What has been read, and what the next tag belongs to."""

    def __init__(self) -> None:
        self.stray: list[int] = []
        creation = CreationInfo()
        self._document = Document(creation_info=creation)
        self._places: dict[str, list[tuple[int, int]]] = {"packages": [], "files": [], "snippets": []}
        # The open Struct of each kind; an element stays open until the next of its kind.
        self._open: dict[type[msgspec.Struct], msgspec.Struct] = {Document: self._document, CreationInfo: creation}
        self._element: Document | Package | File | Snippet = self._document
        self._package: Package | None = None
        self._of_package: list[tuple[Package, File]] = []
        self._annotated: list[tuple[Annotation, str, msgspec.Struct]] = []
        self._place = (0, 0)
        self._unknown: dict[str, int] = {}
        self._dropped: list[str] = []
        self._duplicates: list[str] = []
        self._special: dict[str, Callable[[str], None]] = {
            "spdxid": self._spdx_id,
            "packagename": self._package_name,
            "filename": self._file_name,
            "snippetspdxid": self._snippet_id,
            "licenseid": self._licence_id,
            "licensecrossreference": self._cross_reference,
            "filesanalyzed": self._files_analyzed,
            "packagechecksum": lambda value: self._checksum(self._get(Package), value),
            "filechecksum": lambda value: self._checksum(self._get(File), value),
            "packageverificationcode": self._verification_code,
            "externalref": self._external_ref,
            "externaldocumentref": self._external_document,
            "relationship": self._relationship,
            "annotator": self._annotator,
            "spdxref": self._annotation_target,
            "reviewer": self._reviewer,
            "artifactofprojectname": self._artifact,
        }

    def take(self, tag: str, value: str, line: int, column: int) -> None:
        """Take one tag with its value."""
        name = tag.lower()
        self._place = (line, column)
        if special := self._special.get(name):
            special(value)
        elif single := _SINGLE.get(name):
            owner = self._owner(*single)
            if getattr(owner, single[1]):
                self._duplicates.append(f"line {line}: {tag}")
            setattr(owner, single[1], value)
        elif many := _LISTS.get(name):
            _append(self._owner(*many), many[1], value)
        elif name not in _IGNORED:
            self._unknown.setdefault(tag, line)

    def finish(self) -> Reading:
        """Join what refers to each other and hand over the document."""
        for package, file in self._of_package:
            if file.spdx_id:
                _append(package, "has_files", file.spdx_id)
        document = self._document
        elements: dict[str, msgspec.Struct] = {}
        for element in (*(document.packages or ()), *(document.files or ()), *(document.snippets or ())):
            if element is not None and element.spdx_id:
                elements.setdefault(element.spdx_id, element)
        for annotation, ref, element in self._annotated:
            _append(elements.get(ref, document) if ref else element, "annotations", annotation)
        return Reading(
            form="SPDX tag-value",
            document=document,
            places=self._places,
            dropped=self._dropped,
            duplicates=self._duplicates,
            notes=self._notes(),
        )

    def _notes(self) -> list[str]:
        notes = []
        if self.stray:
            notes.append(f"lines that are no tag: {len(self.stray)}, the first is line {self.stray[0]}")
        if self._unknown:
            some = ", ".join(f"{tag[:40]} (line {line})" for tag, line in list(self._unknown.items())[:_MANY])
            notes.append(f"unknown tags: {len(self._unknown)}: {some}")
        return notes

    def _get(self, kind: type[S]) -> S:
        """Return the open Struct of a kind, or a nameless new one: no value may get lost for want of a header."""
        found = self._open.get(kind)
        return found if isinstance(found, kind) else self._start(kind())

    def _owner(self, kind: type[msgspec.Struct], attribute: str) -> msgspec.Struct:
        element = self._element
        if kind not in self._open and isinstance(element, Package | Snippet) and hasattr(element, attribute):
            return element
        return self._get(kind)

    def _start(self, struct: S) -> S:
        self._open[type(struct)] = struct
        if kind := _DOCUMENT_LISTS.get(type(struct)):
            _append(self._document, kind, struct)
        match struct:
            case Package():
                self._begin(struct, "packages")
                self._package = struct
            case File():
                self._begin(struct, "files")
                # A file that follows a package belongs to it (7.8, 8.1).
                if self._package is not None:
                    self._of_package.append((self._package, struct))
            case Snippet():
                self._begin(struct, "snippets")
            case Annotation():
                self._annotated.append((struct, "", self._element))
            case ExternalRef():
                _append(self._get(Package), "external_refs", struct)
            case Artifact():
                _append(self._get(File), "artifact_ofs", struct)
        return struct

    def _begin(self, element: Package | File | Snippet, kind: str) -> None:
        self._places[kind].append(self._place)
        self._element = element
        for part in (ExternalRef, Artifact, Annotation):
            self._open.pop(part, None)

    def _spdx_id(self, value: str) -> None:
        if self._element.spdx_id:
            self._duplicates.append(f"line {self._place[0]}: SPDXID")
        else:
            self._element.spdx_id = value

    def _package_name(self, value: str) -> None:
        self._start(Package(name=value))

    def _file_name(self, value: str) -> None:
        self._start(File(file_name=value))

    def _snippet_id(self, value: str) -> None:
        self._start(Snippet()).spdx_id = value

    def _licence_id(self, value: str) -> None:
        self._start(ExtractedLicence(license_id=value))

    def _cross_reference(self, value: str) -> None:
        for one in value.split(","):
            _append(self._get(ExtractedLicence), "see_alsos", one.strip())

    def _files_analyzed(self, value: str) -> None:
        if value.strip().lower() == "false":
            self._package = None

    def _checksum(self, element: Package | File, value: str) -> None:
        _append(element, "checksums", Checksum(checksum_value=value.rpartition(":")[2].strip()))

    def _verification_code(self, value: str) -> None:
        match = _CODE.match(value)
        if match:
            excluded = [one.strip() for one in (match[2] or "").split(",") if one.strip()]
            self._get(Package).package_verification_code = VerificationCode(
                package_verification_code_value=match[1], package_verification_code_excluded_files=excluded
            )

    def _external_ref(self, value: str) -> None:
        category, kind, locator = _words(value, 3)
        self._start(ExternalRef(reference_category=category, reference_type=kind, reference_locator=locator))

    def _external_document(self, value: str) -> None:
        name, document, checksum = _words(value, 3)
        algorithm, _, digest = checksum.partition(":")
        stated = Checksum(algorithm=algorithm.strip(), checksum_value=digest.strip()) if digest else None
        external = ExternalDocument(external_document_id=name, spdx_document=document, checksum=stated)
        _append(self._document, "external_document_refs", external)

    def _relationship(self, value: str) -> None:
        left, type_, right, comment = _words(value, 4)
        self._start(
            Relationship(spdx_element_id=left, relationship_type=type_, related_spdx_element=right, comment=comment)
        )

    def _annotator(self, value: str) -> None:
        self._start(Annotation(annotator=value))

    def _annotation_target(self, value: str) -> None:
        annotation = self._get(Annotation)
        # The open annotation is always the one that was started last.
        self._annotated[-1] = (annotation, value, self._document)

    def _reviewer(self, value: str) -> None:
        self._start(Review(reviewer=value))

    def _artifact(self, value: str) -> None:
        self._start(Artifact(name=value))


def _append(owner: msgspec.Struct, attribute: str, value: object) -> None:
    values = getattr(owner, attribute)
    if values is None:
        setattr(owner, attribute, [value])
    else:
        values.append(value)


def _words(value: str, count: int) -> list[str]:
    """Split into exactly `count` words, the last one with the rest, missing ones empty."""
    words = value.split(None, count - 1)
    return words + [""] * (count - len(words))
