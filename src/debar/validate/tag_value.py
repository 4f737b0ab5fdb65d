"""SPDX 2.2/2.3 tag-value: the rules of the specification that a reader can check, each broken one with its line.

There is no schema for this format. Tables follow the chapters of SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/)
and 2.2; the closed sets of values are those of the JSON schemas.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from debar.errors import MalformedSbom
from debar.validate import tag_rules
from debar.validate.problem import Problem, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.validate.tag_rules import Rules

VERSIONS: Final = ("2.2", "2.3")

_TAG: Final = re.compile(r"[ \t]*([A-Za-z][A-Za-z0-9]*)[ \t]*:[ \t]*")
_TEXT: Final = "<text>"
_TEXT_END: Final = "</text>"
_LICENSE_REF: Final = re.compile(r"(?<![A-Za-z0-9.:-])LicenseRef-[A-Za-z0-9.-]+")


class Tag(NamedTuple):
    """One tag with its value, and where its name starts."""

    name: str
    value: str
    line: int
    column: int


def check(text: bytes, path: str, version: str, *, most: int) -> list[Problem]:
    """Return the first `most` problems of a document, in the order of their lines.

    Raises `MalformedSbom` for what is not UTF-8 and for a ``<text>`` that is never closed.
    """
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise MalformedSbom(path, "not UTF-8", place=f"line {line}") from error
    checker = _Checker(tag_rules.rules(version))
    problems = list(islice(checker.run(_tags(decoded, path)), most))
    # What refers to later lines is known only at the end: an earlier line may come after a later one.
    return sorted(problems)


def _tags(text: str, path: str) -> Iterator[Tag]:
    """Yield the tags; a line that is none has an empty name."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    start, line = 0, 1
    while start < len(text):
        end = _line_end(text, start)
        found = _TAG.match(text, start, end)
        here = line
        if found is None:
            content = text[start:end].strip()
            if content and not content.startswith("#"):
                yield Tag("", content, line, 1)
        else:
            value = text[found.end() : end].strip()
            if value.startswith(_TEXT):
                opened = text.index(_TEXT, found.end()) + len(_TEXT)
                closed = text.find(_TEXT_END, opened)
                if closed < 0:
                    raise MalformedSbom(path, f"the <text> of {found[1]} is never closed", place=f"line {line}")
                value = text[opened:closed]
                end = _line_end(text, closed)
                line += text.count("\n", start, end)
            yield Tag(found[1], value, here, found.start(1) - start + 1)
        start, line = end + 1, line + 1


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


class _Open:
    """A section that has begun: the tag that began it and how often it has each tag."""

    __slots__ = ("begun", "counts", "files_analyzed", "kind")

    def __init__(self, kind: str, begun: Tag | None) -> None:
        self.kind = kind
        self.begun = begun
        self.counts: dict[str, int] = {}
        self.files_analyzed = True


class _Checker:
    """What has been seen of a document, and what must hold of it."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._document = _Open("document", None)
        # The section of each kind that tags are added to; an element stays open while relationships follow it.
        self._open: dict[str, _Open] = {"document": self._document}
        self._element = self._document
        self._defined: dict[str, Tag] = {}
        self._documents: set[str] = set()
        self._licenses: dict[str, Tag] = {}
        self._references: list[tuple[Tag, str]] = []
        self._used_licenses: list[tuple[Tag, str]] = []

    def run(self, tags: Iterator[Tag]) -> Iterator[Problem]:
        """Yield the problems of a document."""
        for tag in tags:
            yield from self._take(tag)
        for section in self._open.values():
            yield from self._complete(section)
        yield from self._resolved()

    def _take(self, tag: Tag) -> Iterator[Problem]:
        if not tag.name:
            yield _problem(tag, f'this line is no tag: "{tag.value[:60]}"')
            return
        kinds = self._rules.sections.get(tag.name)
        if kinds is None:
            yield _problem(tag, "there is no such tag in SPDX " + self._rules.version)
            return
        begun = tag_rules.BEGINS.get(tag.name)
        if begun:
            yield from self._begin(begun, tag)
        section = self._section(kinds)
        if section is None:
            yield _problem(tag, f"it belongs to a {kinds[0]}, and none has begun")
            return
        count = section.counts[tag.name] = section.counts.get(tag.name, 0) + 1
        if count == 2 and not self._rules.repeats(section.kind, tag.name):  # noqa: PLR2004 - the second is one too many, said once
            yield _problem(tag, f"it may stand only once in a {section.kind}")
        yield from self._value(tag, section)

    def _begin(self, kind: str, tag: Tag) -> Iterator[Problem]:
        if kind in self._open:
            yield from self._complete(self._open[kind])
        section = self._open[kind] = _Open(kind, tag)
        if kind in tag_rules.ELEMENTS:
            self._element = section
        elif kind == "external reference" and "package" not in self._open:
            yield _problem(tag, "it belongs to a package, and none has begun")

    def _section(self, kinds: tuple[str, ...]) -> _Open | None:
        if self._element.kind in kinds:
            return self._element
        # SPDXID stands in several; where the open element has none of it, the tag is the document's.
        return next((self._open[kind] for kind in kinds if kind in self._open), None)

    def _value(self, tag: Tag, section: _Open) -> Iterator[Problem]:
        if wrong := self._rules.wrong(tag.name, tag.value):
            yield _problem(tag, wrong)
            return
        value = tag.value.strip()
        match tag.name:
            case "SPDXID" | "SnippetSPDXID":
                yield from self._define(tag, value, section)
            case "LicenseID":
                if value in self._licenses:
                    yield _problem(tag, f"{value} is defined in line {self._licenses[value].line} already")
                self._licenses.setdefault(value, tag)
            case "ExternalDocumentRef":
                self._documents.add(value.split()[0])
            case "FilesAnalyzed":
                section.files_analyzed = value == "true"
            case "Relationship":
                left, _, right = value.split()[:3]
                self._references += [(tag, left), (tag, right)]
            case "SPDXREF" | "SnippetFromFileSPDXID" | "FileDependency":
                self._references.append((tag, value))
            case _ if tag.name in tag_rules.LICENSES:
                self._used_licenses += [(tag, ref) for ref in _LICENSE_REF.findall(value)]

    def _define(self, tag: Tag, value: str, section: _Open) -> Iterator[Problem]:
        if section is self._document and value != "SPDXRef-DOCUMENT":
            yield _problem(tag, "the document's SPDXID is SPDXRef-DOCUMENT (6.3)")
        if value in self._defined:
            yield _problem(tag, f"{value} is the id of the element in line {self._defined[value].line} already")
        self._defined.setdefault(value, tag)

    def _complete(self, section: _Open) -> Iterator[Problem]:
        """Yield what a finished section lacks, or has though it may not."""
        tag = section.begun or Tag("", "", 1, 1)
        for name in self._rules.required(section.kind):
            if name not in section.counts:
                yield _problem(tag, f"the {section.kind} has no {name}")
        if not section.files_analyzed:
            for name in ("PackageVerificationCode", "PackageLicenseInfoFromFiles"):
                if name in section.counts:
                    yield _problem(tag, f"the package has a {name} though FilesAnalyzed is false")

    def _resolved(self) -> Iterator[Problem]:
        for tag, ref in self._references:
            document, colon, _ = ref.rpartition(":")
            if colon and document not in self._documents:
                yield _problem(tag, f"{document} is no ExternalDocumentRef of this document")
            elif not colon and ref.startswith("SPDXRef-") and ref not in self._defined:
                yield _problem(tag, f"nothing in this document has the id {ref}")
        for tag, ref in self._used_licenses:
            if ref not in self._licenses:
                yield _problem(tag, f"no LicenseID defines {ref}")


def _problem(tag: Tag, message: str) -> Problem:
    return Problem(tag.line, tag.column, tag.name, shortened(message))
