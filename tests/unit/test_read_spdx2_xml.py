"""SPDX 2 XML says what the same document says in JSON; entities, depth and broken text are refused."""

from __future__ import annotations

import datetime as dt
import io
import time
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import pytest
from spdx_tools.spdx.model import (
    Actor,
    ActorType,
    Checksum,
    ChecksumAlgorithm,
    CreationInfo,
    Document,
    ExternalPackageRef,
    ExternalPackageRefCategory,
    File,
    Package,
    Relationship,
    RelationshipType,
)
from spdx_tools.spdx.writer.json import json_writer
from spdx_tools.spdx.writer.xml import xml_writer
from test_read_spdx2 import edges, gaps, mentions, source
from test_read_spdx2_notations import DOCUMENT, JSON, content

from conftest import SHARED
from debar.errors import LimitExceeded, MalformedSbom
from debar.read.spdx2_json import read_json
from debar.read.spdx2_xml import read_xml

if TYPE_CHECKING:
    from debar.model.inventory import Inventory


def xml(key: str, value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, list):
        return "".join(xml(key, one) for one in value)
    inner = "".join(xml(*item) for item in value.items()) if isinstance(value, dict) else escape(value)
    return f"<{key}>{inner}</{key}>\n"


def in_document(text: str) -> Inventory:
    return read_xml(source(f"<Document><spdxVersion>SPDX-2.3</spdxVersion>{text}</Document>"))


def small_document() -> Document:
    """Return a document of spdx-tools, for the notations that it writes."""
    about = CreationInfo(
        spdx_version="SPDX-2.3",
        spdx_id="SPDXRef-DOCUMENT",
        name="made by spdx-tools",
        document_namespace="https://d.example/ns",
        creators=[Actor(ActorType.ORGANIZATION, "Acme", "a@acme.example"), Actor(ActorType.TOOL, "gen-1")],
        created=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        creator_comment="made",
        document_comment="about it",
    )
    packages = [
        Package(
            spdx_id="SPDXRef-a",
            name="a",
            version="1.10",
            download_location="https://a.example/a.tgz",
            supplier=Actor(ActorType.ORGANIZATION, "Kaspersky Lab", "x@acme.example"),
            originator=Actor(ActorType.PERSON, "Jané"),
            homepage="https://a.example/",
            comment="one & two",
            checksums=[Checksum(ChecksumAlgorithm.SHA256, "ab" * 32)],
            external_references=[
                ExternalPackageRef(ExternalPackageRefCategory.PACKAGE_MANAGER, "purl", "pkg:npm/a@1.10", "the purl")
            ],
        ),
        Package(spdx_id="SPDXRef-b", name="b", download_location="https://b.example/"),
    ]
    files = [File("./f.c", "SPDXRef-f", [Checksum(ChecksumAlgorithm.SHA1, "cd" * 20)], contributors=["Jane"])]
    relationships = [
        Relationship("SPDXRef-DOCUMENT", RelationshipType.DESCRIBES, "SPDXRef-a"),
        Relationship("SPDXRef-a", RelationshipType.DEPENDS_ON, "SPDXRef-b", "needs"),
        Relationship("SPDXRef-b", RelationshipType.CONTAINS, "SPDXRef-f"),
        Relationship("SPDXRef-f", RelationshipType.TEST_CASE_OF, "SPDXRef-a"),
    ]
    return Document(about, packages=packages, files=files, relationships=relationships)


XML = '<?xml version="1.0" encoding="UTF-16"?>\n' + xml("Document", DOCUMENT)


@pytest.mark.parametrize(
    "text",
    [
        XML,
        XML.replace("<Document>", "<SpdxDocument><Document>").replace("</Document>", "</Document></SpdxDocument>"),
        XML.replace("<Document>", "<SpdxDocument>").replace("</Document>", "</SpdxDocument>"),
        XML.replace("<Document>", '<Document xmlns="urn:x">'),
        XML.replace("\n", "\r\n"),
    ],
    ids=["plain", "wrapped", "other root", "namespace", "CRLF"],
)
def test_xml_and_json_are_one_inventory(text: str) -> None:
    assert content(read_xml(source(text))) == content(read_json(source(JSON)))


def test_what_spdx_tools_writes_is_one_inventory() -> None:
    in_json, in_xml = io.StringIO(), io.StringIO()
    json_writer.write_document_to_stream(small_document(), in_json, validate=False)
    xml_writer.write_document_to_stream(small_document(), in_xml, validate=False)

    inventory = read_xml(source(in_xml.getvalue()))

    assert content(inventory) == content(read_json(source(in_json.getvalue())))
    assert ("supplier", "a@1.10", "Kaspersky Lab") in mentions(inventory)
    assert ("a@1.10", "runtime", "b") in edges(inventory)


def test_document_and_lines() -> None:
    inventory = read_xml(source(XML))
    document = inventory.documents[0]
    places = {
        component.label: (component.line, component.column, component.pointer) for component in inventory.components
    }
    lines = XML.splitlines()

    assert (document.format, document.spec_version, document.serial) == ("SPDX XML", "SPDX-2.3", "urn:d")
    assert document.text == XML.encode()
    for label, ref in (("a@1.10", "a"), ("b@no", "b"), ("./g.c", "g"), ("snip", "s")):
        line, column, pointer = places[label]
        assert (lines[line - 1][column - 1 :].partition(">")[2], pointer) == (f"<SPDXID>SPDXRef-{ref}</SPDXID>", "")


def test_one_entry_and_no_entry() -> None:
    assert [c.name for c in in_document("<packages><name>a</name></packages>").components] == ["a", "sbom"]
    inventory = in_document("<packages/><packages><name>a</name><checksums/></packages><files/>")
    assert [(c.name, c.line, c.column) for c in inventory.components[:1]] == [("a", 1, 57)]


@pytest.mark.parametrize(
    "name",
    ["Kasper<!-- x -->sky", "Kasper<![CDATA[sky]]>", "Kasper<?x y?>sky", "&#75;aspersky", "  Kaspersky\n"],
)
def test_text_that_is_split(name: str) -> None:
    assert in_document(f"<packages><name>{name}</name></packages>").components[0].name == "Kaspersky"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<packages><name>a</name><name>b</name></packages>", {"duplicate-key": 1}),
        ("<packages><name>a<x>b</x></name></packages>", {"parse-partial": 1}),
        ("<packages><name>a</name>stray</packages>", {"parse-partial": 1}),
        ("<packages>stray</packages>", {}),
        ("<packages><supplier><name>a</name></supplier></packages>", {"parse-partial": 1}),
        ("<packages><unheard><of>it</of></unheard></packages>", {}),
    ],
)
def test_doubts_are_gaps(text: str, found: dict[str, int]) -> None:
    assert {code: count for code, count in gaps(in_document(text)).items() if not code.startswith("no-")} == found


LAUGHS = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
ENTITIES = {
    "billion laughs": f'<!DOCTYPE d [<!ENTITY e0 "ha">{LAUGHS}]><Document><name>&e11;</name></Document>',
    "quadratic": f'<!DOCTYPE d [<!ENTITY e "{"a" * 100_000}">]><Document><name>{"&e;" * 100_000}</name></Document>',
    "external": '<!DOCTYPE d SYSTEM "file:///etc/passwd"><Document/>',
    "file": '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document><name>&x;</name></Document>',
}


@pytest.mark.parametrize("text", ENTITIES.values(), ids=ENTITIES)
def test_entities_are_refused_at_once(text: str) -> None:
    begin = time.process_time()
    with pytest.raises(MalformedSbom, match="document type declaration"):
        read_xml(source(text))
    assert time.process_time() - begin < 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1, column 1"),
        ("<Document>\n<name>", "line 2, column 7"),
        ("<Document>\n <name>a</nam></Document>", "line 2, column 11"),
        ("<Document/>\nweb page text", "line 2, column 1"),
        ("<Document>&unheard;</Document>", "line 1, column 11"),
        ("<Document>\x00</Document>", "line 1, column 11"),
        ("<html></html>", "line 1, column 1"),
    ],
)
def test_broken_xml(text: str, place: str) -> None:
    with pytest.raises(MalformedSbom) as caught:
        read_xml(source(text))
    assert caught.value.place == place


def test_bytes_that_are_not_utf8() -> None:
    with pytest.raises(MalformedSbom):
        read_xml(source(b"<Document><name>\xff</name></Document>"))


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("<Document>" + "<a>" * 100_000, {}),
        ("<Document>" + "<packages>" * 20 + "</packages>" * 20 + "</Document>", {"depth": 10}),
        ("<Document>" + "<packages/>" * 20 + "</Document>", {"components": 10}),
    ],
)
def test_limits(text: str, limits: dict[str, int]) -> None:
    begin = time.process_time()
    with pytest.raises(LimitExceeded):
        read_xml(source(text, **limits))
    assert time.process_time() - begin < 1


def test_linear_in_the_text() -> None:
    def seconds(count: int) -> float:
        text = "<packages><name>a&#10;b</name><checksums/><attributionTexts>c</attributionTexts></packages>" * count
        begin = time.process_time()
        in_document(text + "<comment>" + "x&#10;" * count + "</comment>")
        return time.process_time() - begin

    seconds(100)
    assert seconds(10_000) < 40 * max(seconds(1_000), 0.005)


@pytest.mark.corpus
def test_the_example_of_the_specification() -> None:
    path = SHARED / "corpus" / "spdx+tools-java" / "SPDXXMLExample-v2.2.spdx.xml"
    if not path.exists():
        pytest.skip("not here")
    inventory = read_xml(source(path.read_bytes()))

    assert gaps(inventory) == {}
    assert {component.type for component in inventory.components} == {"package", "file", "snippet", "document"}
    assert ("glibc@2.11.1", "runtime", "Saxon@8.8") in edges(inventory)
    assert [link.target.partition("#")[2] for link in inventory.links] == ["SPDXRef-ToolsElement"]
