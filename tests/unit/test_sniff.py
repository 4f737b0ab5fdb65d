"""The format is told from the bytes; what is not read is refused by name."""

from __future__ import annotations

import gzip
import zlib

import pytest

from debar.errors import InputError, LimitExceeded, MalformedSbom, NotAnSbom, UnreadableInput, UnsupportedFormat
from debar.read import Limits, read
from debar.read.archives import unpack
from debar.read.sniff import Format, decode, recognise

CDX = b'{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"a","purl":"pkg:npm/a@1"}]}'
TAG = b"SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: d\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (CDX, Format.CYCLONEDX_JSON),
        (b"  \n" + CDX, Format.CYCLONEDX_JSON),
        (b'{"components":[],"x":"' + b"y" * 70_000 + b'","bomFormat":"CycloneDX"}', Format.CYCLONEDX_JSON),
        (b'<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>', Format.CYCLONEDX_XML),
        (b'{"spdxVersion":"SPDX-2.3","packages":[]}', Format.SPDX2_JSON),
        (b'{"sbom":{"spdxVersion":"SPDX-2.3","packages":[]}}', Format.SPDX2_JSON),
        (b"spdxVersion: SPDX-2.3\nname: d\n", Format.SPDX2_YAML),
        (b'---\nname: d\ncomment: |\n  SPDXVersion: SPDX-2.3\n"spdxVersion": "SPDX-2.3"\n', Format.SPDX2_YAML),
        (b'{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[]}', Format.SPDX3_JSON),
        (b'{"artifacts":[],"artifactRelationships":[]}', Format.SYFT_JSON),
        (b"<Document><spdxVersion>SPDX-2.3</spdxVersion></Document>", Format.SPDX2_XML),
        (b'<rdf:RDF xmlns:spdx="http://spdx.org/rdf/terms#"/>', Format.SPDX2_RDF),
        (TAG, Format.SPDX2_TAG),
        (b"# a comment\n\n" + TAG, Format.SPDX2_TAG),
        (TAG.replace(b"\n", b"\r"), Format.SPDX2_TAG),
        (TAG.replace(b"\n", b"\r\n"), Format.SPDX2_TAG),
    ],
)
def test_format_is_told_from_content(data: bytes, expected: Format) -> None:
    assert recognise(data, "sbom.txt") is expected


@pytest.mark.parametrize(
    ("data", "error", "named"),
    [
        (b"", NotAnSbom, "empty"),
        (b" \n\t", NotAnSbom, "empty"),
        (b"{}", NotAnSbom, "no SBOM"),
        (b"[]", NotAnSbom, "no SBOM"),
        (b"hello", NotAnSbom, "no SBOM"),
        (b"<!DOCTYPE html><html><body>bomFormat</body></html>", UnsupportedFormat, "web page"),
        (b"<html><head/></html>", UnsupportedFormat, "web page"),
        (b"PK\x03\x04rest", UnsupportedFormat, "zip"),
        (b"\x28\xb5\x2f\xfdrest", UnsupportedFormat, "zstd"),
        (b"x" * 257 + b"ustar\x0000", UnsupportedFormat, "tar"),
        (b'{"specFormat":"CycloneDX","specVersion":"2.0"}', UnsupportedFormat, "CycloneDX 2"),
        (b'{"payloadType":"application/vnd.in-toto+json","payload":"e30="}', UnsupportedFormat, "DSSE"),
        (b'{"_type":"https://in-toto.io/Statement/v1","predicateType":"x"}', UnsupportedFormat, "in-toto"),
        (b'{"SchemaVersion":2,"ArtifactName":"x"}', UnsupportedFormat, "Trivy"),
        (b'{"lockfileVersion":3}', UnsupportedFormat, "lock file"),
        (b"\x7fELF\x00\x01", UnsupportedFormat, "binary"),
        (b"\xff\xfe\x00\x00", MalformedSbom, "UTF-32"),
        (b"\xff\xfeabc", MalformedSbom, "UTF-16"),
        (CDX[:-2] + b"\xe9" + CDX[-2:], MalformedSbom, "0xe9"),
        (
            b'<?xml version="1.0" encoding="UTF-7"?><bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>',
            MalformedSbom,
            "UTF-7",
        ),
    ],
)
def test_the_rest_is_refused_by_name(data: bytes, error: type[InputError], named: str) -> None:
    with pytest.raises(error, match=named) as caught:
        read(data, "given.json")

    assert caught.value.path == "given.json"
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")]
)
def test_byte_order_marks_are_read_and_noted(encoding: str, mark: bytes) -> None:
    inventory = read(mark + CDX.decode().encode(encoding), "x")

    assert [component.name for component in inventory.components if not component.synthetic] == ["a"]
    assert any("UTF" in note for note in inventory.notes)


def test_gzip_in_several_members_is_one_file() -> None:
    half = len(CDX) // 2

    assert unpack(gzip.compress(CDX[:half]) + gzip.compress(CDX[half:]), "x", Limits()) == CDX


def test_digest_is_of_the_bytes_as_given() -> None:
    assert read(gzip.compress(CDX, mtime=0), "x").documents[0].sha256 != read(CDX, "x").documents[0].sha256


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(CDX, mtime=0)[:-9],
        b"\x1f\x8bnot gzip at all",
        gzip.compress(CDX, mtime=0) + b"\0x" + gzip.compress(CDX, mtime=0),
    ],
)
def test_broken_gzip_is_an_error(data: bytes) -> None:
    with pytest.raises(UnreadableInput, match="gzip"):
        unpack(data, "x", Limits())


def test_a_bomb_stops_at_the_ratio_and_at_the_size() -> None:
    stream = zlib.compressobj(9, wbits=31)
    bomb = b"".join(stream.compress(bytes(1 << 20)) for _ in range(64)) + stream.flush()

    with pytest.raises(LimitExceeded, match="times its size"):
        unpack(bomb, "x", Limits())
    with pytest.raises(LimitExceeded, match="larger than"):
        unpack(bomb, "x", Limits(bytes=1 << 20))
    with pytest.raises(LimitExceeded, match="larger than"):
        unpack(CDX, "x", Limits(bytes=10))


def test_decode_leaves_plain_utf8_alone() -> None:
    assert decode(CDX, "x") == (CDX, ())
