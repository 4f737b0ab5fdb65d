"""SPDX 2 RDF/XML says what the same document says in JSON; hostile input costs neither time nor memory."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib.plugins.parsers import rdfxml
from spdx_tools.spdx.writer.json import json_writer
from spdx_tools.spdx.writer.rdf import rdf_writer
from test_read_spdx2 import edges, gaps, mentions, source
from test_read_spdx2_notations import JSON
from test_read_spdx2_xml import LAUGHS, small_document

from debar.errors import LimitExceeded, MalformedSbom, UnsupportedFormat
from debar.read import spdx2_rdf, spdx2_triples, tolerant
from debar.read.spdx2_json import read_json
from debar.read.spdx2_rdf import read_rdf
from debar.read.spdx2_triples import TYPE, TooDenseError, Triple, document_from_triples
from debar.read.spdx2_types import Document

if TYPE_CHECKING:
    from debar.model.inventory import Inventory

SPDX = "http://spdx.org/rdf/terms#"
HEAD = f"""\
<?xml version="1.0" encoding="UTF-16"?>
<rdf:RDF xmlns:spdx="{SPDX}" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" xmlns:doap="http://usefulinc.com/ns/doap#">
"""
ABOUT = """\
  <spdx:SpdxDocument rdf:about="urn:d#SPDXRef-DOCUMENT">
    <spdx:specVersion>SPDX-2.3</spdx:specVersion>
    <spdx:name>doc</spdx:name>
  </spdx:SpdxDocument>
"""
# What `DOCUMENT` of the notations says, nested and referred to as other tools do.
RDF = f"""\
{HEAD}
  <spdx:SpdxDocument rdf:about="urn:d#SPDXRef-DOCUMENT">
    <spdx:specVersion>SPDX-2.3</spdx:specVersion>
    <spdx:name>doc</spdx:name>
    <rdfs:comment>about
it</rdfs:comment>
    <spdx:creationInfo>
      <spdx:CreationInfo>
        <spdx:creator>Tool: gen-1</spdx:creator>
        <spdx:creator>Organization: Acme (a@acme.example)</spdx:creator>
        <rdfs:comment>made</rdfs:comment>
      </spdx:CreationInfo>
    </spdx:creationInfo>
    <spdx:externalDocumentRef>
      <spdx:ExternalDocumentRef rdf:about="urn:d#DocumentRef-x">
        <spdx:spdxDocument rdf:resource="https://x.example/ns"/>
        <spdx:checksum><spdx:Checksum>
          <spdx:algorithm rdf:resource="http://spdx.org/rdf/terms#checksumAlgorithm_sha1"/>
          <spdx:checksumValue>d6a770ba38583ed4bb4525bd96e50461655d2759</spdx:checksumValue>
        </spdx:Checksum></spdx:checksum>
      </spdx:ExternalDocumentRef>
    </spdx:externalDocumentRef>
    <spdx:annotation><spdx:Annotation spdx:annotator="Person: Joe" rdfs:comment="document seen"/></spdx:annotation>
    <spdx:reviewed rdf:parseType="Resource">
      <spdx:reviewer>Person: Sue</spdx:reviewer><rdfs:comment>reviewed</rdfs:comment>
    </spdx:reviewed>
    <spdx:hasExtractedLicensingInfo rdf:resource="urn:d#LicenseRef-1"/>
    <spdx:describesPackage>
      <spdx:Package rdf:about="urn:d#SPDXRef-a">
        <spdx:name>a</spdx:name>
        <spdx:versionInfo rdf:datatype="http://www.w3.org/2001/XMLSchema#decimal">1.10</spdx:versionInfo>
        <spdx:supplier>Organization: Acme (a@acme.example)</spdx:supplier>
        <spdx:originator>Person: Jané (Oslo)</spdx:originator>
        <spdx:downloadLocation>git+https://x.example/a.git</spdx:downloadLocation>
        <doap:homepage rdf:resource="https://x.example/"/>
        <spdx:sourceInfo>source</spdx:sourceInfo>
        <spdx:summary>summary</spdx:summary>
        <spdx:description>one

  two # three: four</spdx:description>
        <rdfs:comment>comment</rdfs:comment>
        <spdx:copyrightText>(c) Acme</spdx:copyrightText>
        <spdx:licenseConcluded rdf:resource="urn:d#LicenseRef-1"/>
        <spdx:licenseDeclared>
          <spdx:ListedLicense rdf:about="http://spdx.org/licenses/MIT" spdx:name="MIT License"/>
        </spdx:licenseDeclared>
        <spdx:licenseComments>why</spdx:licenseComments>
        <spdx:licenseInfoFromFiles rdf:resource="http://spdx.org/licenses/MIT"/>
        <spdx:licenseInfoFromFiles rdf:resource="{SPDX}noassertion"/>
        <spdx:attributionText>thanks</spdx:attributionText>
        <spdx:packageFileName>a.tgz</spdx:packageFileName>
        <spdx:primaryPackagePurpose rdf:resource="{SPDX}purpose_application"/>
        <spdx:checksum>
          <spdx:Checksum>
            <spdx:algorithm rdf:resource="{SPDX}checksumAlgorithm_sha1"/><spdx:checksumValue>ab12</spdx:checksumValue>
          </spdx:Checksum>
        </spdx:checksum>
        <spdx:packageVerificationCode>
          <spdx:PackageVerificationCode>
            <spdx:packageVerificationCodeValue>cd34</spdx:packageVerificationCodeValue>
            <spdx:packageVerificationCodeExcludedFile>./a.spdx</spdx:packageVerificationCodeExcludedFile>
            <spdx:packageVerificationCodeExcludedFile>./b.spdx</spdx:packageVerificationCodeExcludedFile>
          </spdx:PackageVerificationCode>
        </spdx:packageVerificationCode>
        <spdx:annotation rdf:nodeID="seen"/>
        <spdx:hasFile rdf:resource="urn:d#SPDXRef-f"/>
        <spdx:hasFile rdf:resource="urn:d#SPDXRef-g"/>
        <spdx:externalRef>
          <spdx:ExternalRef>
            <spdx:referenceCategory rdf:resource="{SPDX}referenceCategory_packageManager"/>
            <spdx:referenceType rdf:resource="http://spdx.org/rdf/references/purl"/>
            <spdx:referenceLocator>pkg:npm/a@1.10</spdx:referenceLocator>
            <rdfs:comment>the purl</rdfs:comment>
          </spdx:ExternalRef>
        </spdx:externalRef>
        <spdx:relationship>
          <spdx:Relationship>
            <spdx:relationshipType rdf:resource="{SPDX}relationshipType_dependsOn"/>
            <spdx:relatedSpdxElement>
              <spdx:Package rdf:about="urn:d#SPDXRef-b" spdx:name="b" spdx:versionInfo="no"/>
            </spdx:relatedSpdxElement>
            <rdfs:comment>needs</rdfs:comment>
          </spdx:Relationship>
        </spdx:relationship>
        <spdx:relationship rdf:parseType="Resource">
          <spdx:relationshipType rdf:resource="{SPDX}relationshipType_contains"/>
          <spdx:relatedSpdxElement rdf:resource="{SPDX}noassertion"/>
        </spdx:relationship>
      </spdx:Package>
    </spdx:describesPackage>
  </spdx:SpdxDocument>
  <rdf:Description rdf:about="urn:d#SPDXRef-b">
    <spdx:relationship rdf:parseType="Resource">
      <spdx:relationshipType rdf:resource="{SPDX}relationshipType_contains"/>
      <spdx:relatedSpdxElement rdf:resource="{SPDX}none"/>
    </spdx:relationship>
    <spdx:relationship rdf:parseType="Resource">
      <spdx:relationshipType rdf:resource="{SPDX}relationshipType_contains"/>
      <spdx:relatedSpdxElement rdf:resource="urn:d#SPDXRef-gone"/>
    </spdx:relationship>
    <spdx:relationship rdf:parseType="Resource">
      <spdx:relationshipType rdf:resource="{SPDX}relationshipType_contains"/>
      <spdx:relatedSpdxElement rdf:resource="https://x.example/ns#SPDXRef-y"/>
    </spdx:relationship>
  </rdf:Description>
  <spdx:Annotation rdf:nodeID="seen">
    <spdx:annotator>Tool: t</spdx:annotator><rdfs:comment>package seen</rdfs:comment>
  </spdx:Annotation>
  <spdx:Package rdf:about="urn:d#SPDXRef-c">
    <spdx:name>c</spdx:name>
    <spdx:versionInfo>2024-01-02</spdx:versionInfo>
    <spdx:relationship rdf:parseType="Resource">
      <spdx:relationshipType rdf:resource="{SPDX}relationshipType_testDependencyOf"/>
      <spdx:relatedSpdxElement rdf:resource="urn:d#SPDXRef-a"/>
    </spdx:relationship>
  </spdx:Package>
  <spdx:File rdf:about="urn:d#SPDXRef-f">
    <spdx:fileName>./f.c</spdx:fileName>
    <spdx:checksum><spdx:Checksum spdx:checksumValue="ef56"/></spdx:checksum>
    <spdx:licenseInfoInFile rdf:resource="http://spdx.org/licenses/MIT"/>
    <spdx:copyrightText>(c) file</spdx:copyrightText>
    <rdfs:comment>file</rdfs:comment>
    <spdx:noticeText>notice</spdx:noticeText>
    <spdx:fileContributor>Jane</spdx:fileContributor>
    <spdx:fileDependency><spdx:File rdf:about="urn:d#SPDXRef-g" spdx:fileName="./g.c"/></spdx:fileDependency>
    <spdx:attributionText>file thanks</spdx:attributionText>
    <spdx:artifactOf>
      <doap:Project rdf:about="https://u.example" doap:name="proj"><doap:homepage>https://p.example</doap:homepage></doap:Project>
    </spdx:artifactOf>
  </spdx:File>
  <spdx:Snippet rdf:about="urn:d#SPDXRef-s">
    <spdx:name>snip</spdx:name>
    <spdx:snippetFromFile rdf:resource="urn:d#SPDXRef-f"/>
    <rdfs:comment>snippet</rdfs:comment>
    <spdx:licenseInfoInSnippet rdf:resource="urn:d#LicenseRef-1"/>
  </spdx:Snippet>
  <spdx:ExtractedLicensingInfo rdf:about="urn:d#LicenseRef-1">
    <spdx:name>EULA</spdx:name>
    <spdx:extractedText>line 1

PackageName: none of this</spdx:extractedText>
    <rdfs:comment>licence</rdfs:comment>
    <rdfs:seeAlso>https://l.example</rdfs:seeAlso>
  </spdx:ExtractedLicensingInfo>
</rdf:RDF>
"""


def content(inventory: Inventory) -> object:
    return (
        sorted((c.label, c.ref, c.purl, c.type, c.has, c.synthetic) for c in inventory.components),
        edges(inventory),
        mentions(inventory),
        {(gap.code, gap.count) for gap in inventory.gaps},
        {(inventory.components[link.component].label, link.target) for link in inventory.links},
        inventory.components[inventory.documents[0].product].label,
        inventory.documents[0].makers,
        inventory.notes,
    )


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    # What the parsing process replaces in rdflib is put back.
    monkeypatch.setattr(rdfxml, "Literal", rdfxml.Literal)
    monkeypatch.setattr(spdx2_rdf, "_ask", lambda given: spdx2_rdf._read(given.text))  # noqa: SLF001 - saves time


def in_document(text: str) -> Inventory:
    return read_rdf(source(f"{HEAD}{ABOUT}{text}</rdf:RDF>"))


def test_rdf_and_json_are_one_inventory() -> None:
    assert content(read_rdf(source(RDF))) == content(read_json(source(JSON)))


def test_what_spdx_tools_writes_is_one_inventory() -> None:
    in_json, in_rdf = io.StringIO(), io.BytesIO()
    json_writer.write_document_to_stream(small_document(), in_json, validate=False)
    rdf_writer.write_document_to_stream(small_document(), in_rdf, validate=False)

    inventory = read_rdf(source(in_rdf.getvalue()))

    assert content(inventory) == content(read_json(source(in_json.getvalue())))
    assert ("supplier", "a@1.10", "Kaspersky Lab") in mentions(inventory)
    assert ("a@1.10", "runtime", "b") in edges(inventory)


@pytest.mark.usefixtures("in_this_process")
def test_document_and_places() -> None:
    inventory = read_rdf(source(RDF))
    document = inventory.documents[0]
    lines = RDF.splitlines()

    assert (document.format, document.spec_version, document.serial) == ("SPDX RDF/XML", "SPDX-2.3", "urn:d")
    assert {"SPDXRef-a", "urn:d#SPDXRef-a", "https://x.example/ns#SPDXRef-y"} <= inventory.refs
    for component in inventory.components:
        if component.type != "unresolved":
            named = lines[component.line - 1][component.column - 1 :]
            assert f'rdf:about="urn:d#{component.ref}"' in named
            assert component.pointer == ""


@pytest.mark.usefixtures("in_this_process")
def test_the_same_bytes_give_the_same_inventory() -> None:
    text = "<spdx:Package spdx:name='a'/><spdx:Package spdx:name='b'/>"
    assert [c.ref for c in in_document(text).components][:2] == [c.ref for c in in_document(text).components][:2]


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(
    "name",
    [
        "<spdx:name>Kasper<!-- x -->sky</spdx:name>",
        "<spdx:name>Kasper<![CDATA[sky]]></spdx:name>",
        "<spdx:name>&#75;aspersky</spdx:name>",
        "<spdx:name xml:lang='en'>\n Kaspersky</spdx:name>",
    ],
)
def test_text_that_is_split(name: str) -> None:
    assert in_document(f"<spdx:Package>{name}</spdx:Package>").components[0].name == "Kaspersky"


@pytest.mark.usefixtures("in_this_process")
def test_entities_in_an_xml_literal_stay_text() -> None:
    text = '&lt;!DOCTYPE a [&lt;!ENTITY b "c">]>&lt;a>&amp;b;&lt;/a>'
    kind = "http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral"
    inventory = in_document(f'<spdx:Package><spdx:name rdf:datatype="{kind}">{text}</spdx:name></spdx:Package>')
    assert inventory.components[0].name == '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'


@pytest.mark.usefixtures("in_this_process")
def test_ids_relative_to_the_document() -> None:
    about = ABOUT.replace("urn:d#", "#")
    file = '<spdx:hasFile><spdx:File rdf:ID="SPDXRef-f"/></spdx:hasFile>'
    text = f'<spdx:Package rdf:about="#SPDXRef-a">{file}</spdx:Package>'
    inventory = read_rdf(source(f"{HEAD}{about}{text}</rdf:RDF>"))
    assert [component.ref for component in inventory.components] == ["SPDXRef-a", "SPDXRef-f", "SPDXRef-DOCUMENT"]

    text = text.replace("<spdx:Package", '<spdx:Package xml:base="urn:x/d"')
    assert [component.ref for component in in_document(text).components][:2] == ["#SPDXRef-a", "#SPDXRef-f"]


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<spdx:Package><spdx:name>a</spdx:name><spdx:name>b</spdx:name></spdx:Package>", {"duplicate-key": 1}),
        ("<spdx:Package><spdx:name rdf:parseType='Resource'/></spdx:Package>", {"parse-partial": 1}),
        ("<spdx:Package><spdx:checksum>ab12</spdx:checksum></spdx:Package>", {"parse-partial": 1}),
        ("<spdx:Package><spdx:relationship>x</spdx:relationship></spdx:Package>", {"parse-partial": 1}),
        (f"<spdx:Package/>{ABOUT.replace('urn:d', 'urn:e')}", {"parse-partial": 1}),
        ("", {"empty-inventory": 1}),
    ],
)
def test_doubts_are_gaps(text: str, found: dict[str, int]) -> None:
    assert {code: count for code, count in gaps(in_document(text)).items() if not code.startswith("no-")} == found


@pytest.mark.usefixtures("in_this_process")
def test_an_element_of_an_undeclared_document_is_a_link() -> None:
    inventory = in_document(
        '<spdx:Package spdx:name="a"><spdx:relationship rdf:parseType="Resource">'
        f'<spdx:relationshipType rdf:resource="{SPDX}relationshipType_contains"/>'
        '<spdx:relatedSpdxElement rdf:resource="urn:other#SPDXRef-y"/></spdx:relationship></spdx:Package>'
    )
    assert [link.target for link in inventory.links] == ["urn:other#SPDXRef-y"]


REFUSED = {
    "billion laughs": f'<!DOCTYPE d [<!ENTITY e0 "ha">{LAUGHS}]>{HEAD}<spdx:Package spdx:name="&e11;"/></rdf:RDF>',
    "quadratic": f'<!DOCTYPE d [<!ENTITY e "{"a" * 100_000}">]>{HEAD}<spdx:Package>{"&e;" * 100_000}',
    "external": f'\n<!DOCTYPE d SYSTEM "file:///etc/passwd">{HEAD}</rdf:RDF>',
    "late": f"{HEAD}<!ENTITY e 'x'></rdf:RDF>",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_entities_are_refused_before_anything_is_parsed(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spdx2_rdf.subprocess, "run", None)
    begin = time.process_time()
    with pytest.raises(MalformedSbom, match="document type declaration"):
        read_rdf(source(text))
    assert time.process_time() - begin < 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1, column 1"),
        (HEAD, "line 4, column 1"),
        (f"{HEAD}<spdx:Package></rdf:RDF>", "line 4, column 17"),
        (f"{HEAD}</rdf:RDF>\nweb page text", "line 5, column 1"),
        (f"{HEAD}\n<spdx:Package rdf:ID='9 x'/>\n</rdf:RDF>", "line 5, column 29"),
        (f"{HEAD}<spdx:Package xml:base='http://x' rdf:about='http://['/></rdf:RDF>", "line 4, column 57"),
        (f"{HEAD}<spdx:Package>\n<rdf:Description/></spdx:Package></rdf:RDF>", "line 5, column 19"),
        ("<html></html>", "line 1, column 1"),
        ('{"spdxVersion": "SPDX-2.3"}', "line 1, column 1"),
        (b"<a>\xff</a>", ""),
    ],
)
def test_broken_rdf(text: str | bytes, place: str) -> None:
    with pytest.raises(MalformedSbom, match="broken RDF/XML") as caught:
        read_rdf(source(text))
    assert caught.value.place == place


DEEP = "<spdx:Package><spdx:relationship>" * 10_000 + "</spdx:relationship></spdx:Package>" * 10_000


@pytest.mark.parametrize(
    ("text", "name", "limit"),
    [
        (f"<spdx:Package spdx:name='{'a' * 40_000_000}'/>", "MEMORY_BYTES", 250 << 20),
        (DEEP * 10, "CPU_SECONDS", 1),
        (DEEP, "WALL_SECONDS", 0.2),
    ],
    ids=["memory", "time", "waiting"],
)
def test_limits_of_the_process(text: str, name: str, limit: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spdx2_rdf, name, limit)
    with pytest.raises(LimitExceeded, match="takes more than"):
        in_document(text)


@pytest.mark.usefixtures("in_this_process")
def test_depth_is_read() -> None:
    assert len(in_document(DEEP).components) == 10_001


@pytest.mark.usefixtures("in_this_process")
def test_components_are_limited() -> None:
    text = f"{HEAD}{ABOUT}{'<spdx:Package/>' * 20}</rdf:RDF>"
    with pytest.raises(LimitExceeded, match="more than 10 components"):
        read_rdf(source(text, components=10))


def test_shared_nodes_do_not_multiply() -> None:
    shared = f"<spdx:Annotation rdf:nodeID='n'><rdfs:comment>{'a' * 1_000_000}</rdfs:comment></spdx:Annotation>"
    with pytest.raises(LimitExceeded, match="multiply"):
        in_document(shared + "<spdx:Package><spdx:annotation rdf:nodeID='n'/></spdx:Package>" * 1_000)


def test_rdflib_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spdx2_rdf, "_START", "import sys; sys.modules['rdflib'] = None\n" + spdx2_rdf._START)  # noqa: SLF001 - stands for an installation without it
    with pytest.raises(UnsupportedFormat, match=r"pip install .debar\[rdf\]"):
        in_document("")


@pytest.mark.parametrize("command", ["", "/nowhere/python"])
def test_a_process_that_cannot_start(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spdx2_rdf.sys, "executable", command)
    with pytest.raises(UnsupportedFormat, match="cannot be started"):
        in_document("")


def declared(*statements: tuple[str, str, str]) -> tuple[str, list[str]]:
    """Return the licence that a package declares with node ``_:0``, and what was dropped."""
    triples = [Triple("urn:d#p", TYPE, f"{SPDX}Package"), Triple("urn:d#p", f"{SPDX}licenseDeclared", "_:0")]
    for subject, name, value in statements:
        triples.append(Triple(subject, TYPE if name == "type" else SPDX + name, value))
    mapped = document_from_triples(triples)
    return mapped.document["packages"][0]["licenseDeclared"], mapped.dropped


MIT, GPL = "http://spdx.org/licenses/MIT", "http://spdx.org/licenses/GPL-2.0-only"


@pytest.mark.parametrize(
    ("statements", "text"),
    [
        (
            [("_:0", "type", f"{SPDX}ConjunctiveLicenseSet"), ("_:0", "member", MIT), ("_:0", "member", GPL)],
            "MIT AND GPL-2.0-only",
        ),
        (
            [
                *(("_:0", "type", f"{SPDX}ConjunctiveLicenseSet"), ("_:0", "member", MIT), ("_:0", "member", "_:1")),
                *(("_:1", "type", f"{SPDX}DisjunctiveLicenseSet"), ("_:1", "member", MIT), ("_:1", "member", GPL)),
            ],
            "MIT AND (MIT OR GPL-2.0-only)",
        ),
        ([("_:0", "type", f"{SPDX}OrLaterOperator"), ("_:0", "member", GPL)], "GPL-2.0-only+"),
        (
            [("_:0", "member", GPL), ("_:0", "licenseException", "http://spdx.org/licenses/Classpath-exception-2.0")],
            "GPL-2.0-only WITH Classpath-exception-2.0",
        ),
        ([("_:0", "member", "_:0"), ("_:0", "member", MIT)], "_:0 AND MIT"),
    ],
)
def test_licence_expressions(statements: list[tuple[str, str, str]], text: str) -> None:
    assert declared(*statements) == (text, [])


@pytest.mark.parametrize("width", [1, 2, 3])
def test_licence_expressions_are_bounded(width: int) -> None:
    levels = [(f"_:{n}", "member", f"_:{n + 1}" + "x" * extra) for n in range(500) for extra in range(width)]
    levels += [(f"_:{n}x" + "x" * extra, "member", f"_:{n + 1}") for n in range(500) for extra in range(width)]
    text, dropped = declared(*levels)
    assert len(text) < 100_000
    assert dropped


def test_too_dense_is_told_without_a_process() -> None:
    triples = [Triple("_:n", f"{SPDX}annotator", "a" * 100_000, literal=True)]
    for number in range(100):
        triples += [Triple(f"_:{number}", TYPE, f"{SPDX}File"), Triple(f"_:{number}", f"{SPDX}annotation", "_:n")]
    with pytest.raises(TooDenseError):
        document_from_triples(triples)


@pytest.mark.parametrize(
    ("term", "word"),
    [
        ("relationshipType_dependsOn", "DEPENDS_ON"),
        ("relationshipType_expandedFromArchive", "EXPANDED_FROM_ARCHIVE"),
        ("relationshipType_describedBy", "DESCRIBED_BY"),
        ("relationshipType_other", "OTHER"),
        ("CONTAINS", "CONTAINS"),
    ],
)
def test_words_of_the_vocabulary(term: str, word: str) -> None:
    triples = [Triple("#a", f"{SPDX}relationship", "_:r"), Triple("_:r", f"{SPDX}relationshipType", SPDX + term)]
    assert document_from_triples(triples).document["relationships"] == [
        {"spdxElementId": "a", "relationshipType": word}
    ]


NODES = st.sampled_from(["urn:d#SPDXRef-DOCUMENT", "urn:d#a", "urn:e#SPDXRef-b", "_:1", "_:2", "", "#", f"{SPDX}none"])
PROPERTIES = st.sampled_from(sorted({name for table in spdx2_triples._PROPERTIES.values() for name in table}))  # noqa: SLF001 - all there are
CLASSES = st.sampled_from(sorted(spdx2_triples._PROPERTIES))  # noqa: SLF001 - all there are
TRIPLES = st.lists(
    st.builds(Triple, NODES, PROPERTIES.map(SPDX.__add__), NODES, st.booleans())
    | st.builds(Triple, NODES, st.just(TYPE), CLASSES.map(SPDX.__add__)),
    max_size=25,
)


@given(TRIPLES)
def test_any_triples_are_a_document(triples: list[Triple]) -> None:
    mapped = document_from_triples(triples)
    changed: list[str] = []

    document = tolerant.coerce(mapped.document, Document, lambda path, _: changed.append(path))

    assert not changed
    for kind, nodes in mapped.elements.items():
        assert len(getattr(document, kind) or ()) == len(nodes)
