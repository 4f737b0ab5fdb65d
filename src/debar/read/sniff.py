"""What a file is, told from its bytes and never from its name."""

from __future__ import annotations

import codecs
import re
from enum import Enum

from debar.errors import MalformedSbom, NotAnSbom, UnsupportedFormat

_HEAD = 1 << 16
_XML_ENCODING = rb"""^<\?xml[^>]*encoding=["']([A-Za-z0-9._-]+)"""
_CYCLONEDX_NAMESPACE = b"cyclonedx.org/schema/bom/"
# Keys are looked for anywhere near the start: generators put them first, people do not always.
_CYCLONEDX_JSON = rb'"bomFormat"\s*:\s*"CycloneDX"'
_SPDX2_JSON = rb'"spdxVersion"\s*:\s*"SPDX-'
_SPDX3_JSON = rb"spdx\.org/rdf/v?3"
# Its relationships and schema stand at the end, its packages at the start.
_SYFT_JSON = rb'"artifactRelationships"\s*:|"foundBy"\s*:\s*"[^"]{0,200}cataloger'
_SPDX2_RDF = rb"(?s)<(?:[\w.-]{1,60}:)?RDF\b.{0,8000}?spdx\.org/rdf/terms"
_SPDX2_XML = rb"(?s)<(?:Document|SpdxDocument)\b[^>]{0,2000}>.{0,8000}?spdxVersion"
_SPDX_TAG = rb"(?m)^[ \t]*SPDXVersion[ \t]*:"
_SPDX_YAML = rb"""(?m)^["']?spdxVersion["']?[ \t]*:"""
_TAG_LINE = rb"^[ \t]*(?:#|$|[A-Z][A-Za-z]+[ \t]*:)"


class Format(Enum):
    """The formats that debar reads."""

    CYCLONEDX_JSON = "CycloneDX JSON"
    CYCLONEDX_XML = "CycloneDX XML"
    SPDX2_JSON = "SPDX JSON"
    SPDX2_YAML = "SPDX YAML"
    SPDX2_TAG = "SPDX tag-value"
    SPDX2_XML = "SPDX XML"
    SPDX2_RDF = "SPDX RDF/XML"
    SPDX3_JSON = "SPDX 3 JSON"
    SYFT_JSON = "syft JSON"


_READS = "debar reads CycloneDX JSON and XML, SPDX 2 JSON, YAML, tag-value, XML and RDF/XML, SPDX 3 JSON, and syft JSON"

WEB_PAGE = rb"(?i)^\s*(?:<!DOCTYPE html|<html)"
"""What a web page starts with; alone it is refused by name, among others it is just no SBOM."""

# Recognised and refused: (what to look for near the start, its name, what to do instead). Compiled when asked for:
# an SBOM that is recognised never gets here.
_REFUSED: tuple[tuple[bytes, str, str], ...] = (
    (rb'"specFormat"\s*:\s*"CycloneDX"', "CycloneDX 2", "export CycloneDX 1.7"),
    (rb'"payloadType"\s*:|"dsseEnvelope"\s*:', "a DSSE envelope", "give the SBOM that it holds"),
    (rb'"predicateType"\s*:', "an in-toto statement", "give its predicate"),
    (rb'(?s)"SchemaVersion"\s*:.{0,2000}?"ArtifactName"', "Trivy JSON", "run trivy with --format cyclonedx"),
    (rb'"lockfileVersion"\s*:', "npm's lock file", "make an SBOM: npm sbom --sbom-format cyclonedx"),
    (rb"<SoftwareIdentity\b", "a SWID tag", "list it in an SBOM"),
    (rb"(?m)^spec_version: |proto_dependencies", "CycloneDX Protobuf text", "export CycloneDX JSON"),
)
# The same for what is no text, or no data at all: told before the encoding is looked at.
_REFUSED_BYTES: tuple[tuple[bytes, str, str], ...] = (
    (rb"^\x0a[\x03-\x05]1\.\d", "CycloneDX Protobuf", "export CycloneDX JSON"),
    (WEB_PAGE, "a web page", "download the SBOM itself"),
    (rb"^PK\x03\x04", "a zip archive", "unpack it first"),
    (rb"^\x28\xb5\x2f\xfd", "zstd-compressed data", "unpack it first"),
    (rb"(?s)^.{257}ustar", "a tar archive", "unpack it first"),
    (rb"^(?:\x00{3}[^\x00]|[^\x00]\x00{3})", "UTF-32 without a byte-order mark", "save the file as UTF-8"),
    (rb"^(?:\x00[^\x00]|[^\x00]\x00){2}", "UTF-16 without a byte-order mark", "save the file as UTF-8"),
    (rb"^[^\n]{0,200}\x00", "a binary file", "name the SBOM instead"),
)


def decode(data: bytes, path: str) -> tuple[bytes, tuple[str, ...]]:
    """Return UTF-8 without a byte-order mark, and notes on what was converted.

    Accepts UTF-8 with or without a mark and UTF-16 with one; raises `MalformedSbom` for anything else.
    """
    if data.startswith(codecs.BOM_UTF8):
        return data[3:], ("the file starts with a UTF-8 byte-order mark",)
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise MalformedSbom(path, "UTF-32 is not supported", remedy="save the file as UTF-8")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16").encode(), ("the file is UTF-16",)
        except UnicodeError as error:
            raise MalformedSbom(path, f"broken UTF-16: {error}", remedy="save the file as UTF-8") from error
    return data, ()


def _check_utf8(data: bytes, path: str) -> None:
    if data.isascii():
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    end = 0
    try:
        # In pieces: as one string a large document would take four times its size.
        while end < len(data):
            begin, end = end, min(end + _HEAD, len(data))
            decoder.decode(data[begin:end], final=end == len(data))
    except UnicodeDecodeError as error:
        # What is left of a piece is counted with the next one.
        start = end - len(error.object) + error.start
        line = data.count(b"\n", 0, start) + 1
        problem = f"byte 0x{data[start]:02x} is not UTF-8"
        raise MalformedSbom(path, problem, place=f"line {line}", remedy="save the file as UTF-8") from error


def recognise(data: bytes, path: str) -> Format:
    """Name the format of decoded text.

    Raises `NotAnSbom` for what is nothing known, `UnsupportedFormat` for what is known and not read, and
    `MalformedSbom` for bytes that are not UTF-8.
    """
    if not data or data.isspace():
        raise NotAnSbom(path, "the file is empty", remedy="did the generator fail?")
    head = data[:_HEAD]
    # What begins as JSON does can only be one of these by a NUL, or by the sign of a tar archive.
    sure = head[:1] in b"{[" and b"\0" not in head and head[257:262] != b"ustar"
    for pattern, name, remedy in () if sure else _REFUSED_BYTES:
        if re.search(pattern, head):
            raise UnsupportedFormat(path, f"this is {name}, which debar does not read", remedy=remedy)
    _check_utf8(data, path)
    first = data.lstrip()[:1]
    found = _json(data, head) if first in b"{[" else _xml(data, path) if first == b"<" else _text(data, head)
    if found:
        return found
    for sign, name, remedy in _REFUSED:
        if re.search(sign, head):
            raise UnsupportedFormat(path, f"this is {name}, which debar does not read", remedy=remedy)
    raise NotAnSbom(path, "this is no SBOM that debar knows", remedy=_READS)


def _json(data: bytes, head: bytes) -> Format | None:
    for part in (head, data):
        if re.search(_CYCLONEDX_JSON, part):
            return Format.CYCLONEDX_JSON
        if re.search(_SPDX2_JSON, part):
            return Format.SPDX2_JSON
        if re.search(_SPDX3_JSON, part):
            return Format.SPDX3_JSON
        if re.search(_SYFT_JSON, part):
            return Format.SYFT_JSON
        if any(re.search(sign, head) for sign, _, _ in _REFUSED):
            return None
    return None


def _xml(data: bytes, path: str) -> Format | None:
    encoding = re.match(_XML_ENCODING, data)
    if encoding and encoding[1].upper() not in {b"UTF-8", b"UTF8", b"UTF-16", b"US-ASCII", b"ASCII"}:
        name = encoding[1].decode()
        raise MalformedSbom(path, f"the encoding {name} is not supported", remedy="save the file as UTF-8")
    head = data[:_HEAD]
    if _CYCLONEDX_NAMESPACE in head:
        return Format.CYCLONEDX_XML
    if re.search(_SPDX2_RDF, head):
        return Format.SPDX2_RDF
    return Format.SPDX2_XML if re.search(_SPDX2_XML, head) else None


def _text(data: bytes, head: bytes) -> Format | None:
    # A YAML document may quote "SPDXVersion:" in a text block, and a tag-value one may hold YAML-like lines:
    # what the first line looks like decides.
    yaml, tag = re.search(_SPDX_YAML, data), re.search(_SPDX_TAG, data)
    if yaml and not (tag and re.match(_TAG_LINE, head.lstrip()) and tag.start() < yaml.start()):
        return Format.SPDX2_YAML
    return Format.SPDX2_TAG if tag else None
