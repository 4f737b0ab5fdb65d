"""CycloneDX XML against the XML schema of its version, through lxml (the extra ``xml``).

Of what there is, lxml is both kept up and fast: 10,000 components take .3 s of CPU, xmlschema 4.3 takes 12 s.
The document is validated while it is parsed, since a finished validation has made every error already, 13 KB each
where it lists all licences.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from debar.errors import MalformedSbom, UnsupportedFormat
from debar.validate import bundled
from debar.validate.problem import Problem, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    # lxml has no types.
    Etree: TypeAlias = Any

# Whatever may stand before the root element; possessive, so that no text makes it go back.
_DOCTYPE: Final = re.compile(rb"\s*+(?:<\?(?s:.*?)\?>\s*+|<!--(?s:.*?)-->\s*+)*+<!DOCTYPE\s+([^\s\[>]{1,80})")
_CHUNK: Final = 1 << 16
_NAMESPACE: Final = re.compile(r"\{https?:[^{}']*\}")
_ENUMERATION: Final = re.compile(r" of the set \{.{200,}\}", re.DOTALL)


def check(text: bytes, path: str, version: str, *, most: int) -> list[Problem]:
    """Return up to `most` problems of an XML text (UTF-8, whatever it declares), each at the tag where it showed.

    Raises `UnsupportedFormat` without lxml, `MalformedSbom` for a document type declaration or broken XML.
    """
    if found := _DOCTYPE.match(text):
        line = text.count(b"\n", 0, found.start(1)) + 1
        name = found[1].decode("utf-8", "replace")
        raise MalformedSbom(
            path,
            f"a document type declaration ({name}) is refused, since it can define entities",
            place=f"line {line}",
            remedy="remove <!DOCTYPE ...>",
        )
    try:
        from lxml import etree  # type: ignore[import-untyped]  # it has no types of its own
    except ImportError as error:
        raise UnsupportedFormat(
            path, "CycloneDX XML is validated with lxml, which is not installed", remedy='pip install "debar[xml]"'
        ) from error
    schema = _schema(etree, bundled.CYCLONEDX_XML[version])
    if not _messages(etree, schema, path, text, _chunks(text), 1):
        return []
    # lxml does not say where in the text it is: a tag at a time, it is at the tag that was fed last.
    return _messages(etree, schema, path, text, _tags(text), most)


@cache
def _schema(etree: Etree, name: str) -> Etree:
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    return etree.XMLSchema(etree.parse(str(bundled.cyclonedx_folder() / name), parser))


class _Nothing:
    """A parser's target that builds no tree."""

    def close(self) -> None:
        pass


def _messages(
    etree: Etree, schema: Etree, path: str, text: bytes, pieces: Iterator[tuple[int, bytes]], most: int
) -> list[Problem]:
    """Parse and validate piece by piece until there are `most` problems; a piece comes with its start."""
    parser = etree.XMLParser(
        schema=schema,
        target=_Nothing(),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    problems: list[Problem] = []
    line, counted, known = 1, 0, 0
    try:
        for start, piece in pieces:
            parser.feed(piece)
            log = parser.feed_error_log
            if len(log) > known:
                line += text.count(b"\n", counted, start)
                counted = start
                column = len(text[text.rfind(b"\n", 0, start) + 1 : start].decode("utf-8", "replace")) + 1
                problems += [_problem(entry, path, line, column) for entry in list(log)[known:]]
                known = len(log)
                if known >= most:
                    return problems[:most]
        parser.close()
    except etree.XMLSyntaxError as error:
        late = list(parser.feed_error_log)[known:]
        problems += [_problem(entry, path, line, 0) for entry in late]
        if not problems:
            raise MalformedSbom(path, f"broken XML: {shortened(str(error))}") from error
    return problems[:most]


def _problem(entry: Etree, path: str, line: int, column: int) -> Problem:
    if entry.domain_name != "SCHEMASV":
        raise MalformedSbom(path, f"broken XML: {shortened(entry.message)}", place=f"line {entry.line or line}")
    message = _ENUMERATION.sub(" of the set that the schema lists", _NAMESPACE.sub("", entry.message))
    return Problem(line, column, "", shortened(message))


def _chunks(text: bytes) -> Iterator[tuple[int, bytes]]:
    return ((start, text[start : start + _CHUNK]) for start in range(0, len(text), _CHUNK))


def _tags(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the text in pieces that each end with a tag; the start of a piece is that of its tag."""
    position = 0
    while position < len(text):
        end = text.find(b">", position) + 1 or len(text)
        tag = text.find(b"<", position, end)
        yield (position if tag < 0 else tag), text[position:end]
        position = end
