"""CycloneDX XML gives what the same document gives as JSON; hostile XML is refused."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from debar.errors import LimitExceeded, MalformedSbom
from debar.read.cyclonedx import read_json, read_xml
from debar.read.cyclonedx_leaves import tree
from debar.read.cyclonedx_xml import to_json
from debar.read.limits import Limits, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.model.inventory import Inventory

SHARED = Path(__file__).parents[3] / "shared"
NAMESPACE = "http://cyclonedx.org/schema/bom/"


def source(text: str | bytes, **limits: int) -> Source:
    data = text.encode() if isinstance(text, str) else text
    return Source(path="bom.xml", sha256="0" * 64, text=data, limits=Limits(**limits))


def xml(body: str, version: str = "1.6", more: str = "") -> str:
    return f'<bom xmlns="{NAMESPACE}{version}" version="1"{more}>{body}</bom>'


def read(body: str, version: str = "1.6") -> Inventory:
    return read_xml(source(xml(body, version)))


def component(inner: str, attributes: str = "") -> str:
    return f'<components><component type="library"{attributes}><name>x</name>{inner}</component></components>'


def said(inventory: Inventory) -> dict[str, Any]:
    """Return what does not depend on the notation; the file's own data aside."""
    labels = [found.label for found in inventory.components]
    return {
        "components": Counter((found.label, found.scope, found.has, found.auxiliary) for found in inventory.components),
        "edges": Counter((labels[source], kind, labels[target]) for source, target, kind in inventory.edges()),
        "mentions": {
            (number, *mention)
            for number, label in enumerate(labels)
            for mention in ((label, *mention) for mention in inventory.mentions.of(number))
            if mention[1] != "metadata"
        },
        "gaps": {(gap.code, gap.count, gap.examples) for gap in inventory.gaps},
        "links": {(labels[link.component], link.target) for link in inventory.links},
        "refs": inventory.refs,
    }


ORGANISATION_JSON = {
    "name": "O",
    "url": ["https://o.example", "https://p.example"],
    "contact": [{"name": "C", "email": "c@o.example"}],
}
ORGANISATION_XML = (
    "<name>O</name><url>https://o.example</url><url>https://p.example</url>"
    "<contact><name>C</name><email>c@o.example</email></contact>"
)
LICENCES_JSON = [
    {"license": {"name": "L", "text": {"contentType": "text/plain", "encoding": "base64", "content": "S2FzcGVyc2t5"}}},
    {"license": {"id": "MIT", "licensing": {"licensor": {"organization": {"name": "Licensor"}}}}},
    {"expression": "A OR B", "acknowledgement": "declared"},
]
LICENCES_XML = (
    '<licenses><license><name>L</name><text content-type="text/plain" encoding="base64">S2FzcGVyc2t5</text></license>'
    "<license><id>MIT</id><licensing><licensor><organization><name>Licensor</name></organization></licensor></licensing>"
    '</license><expression acknowledgement="declared">A OR B</expression></licenses>'
)

# (part of a JSON document, the same in XML)
SAME: list[tuple[str, dict[str, Any], str]] = [
    (
        "identity",
        {
            "components": [
                {
                    "type": "file",
                    "bom-ref": "r",
                    "group": "g",
                    "name": "n",
                    "version": "1",
                    "purl": "pkg:npm/n@1",
                    "cpe": "cpe:/a:b:c",
                    "scope": "optional",
                    "publisher": "P",
                    "author": "A",
                    "description": "D <b>",
                    "copyright": "(c)",
                    "hashes": [{"alg": "MD5", "content": "h"}],
                    "swid": {"tagId": "t", "name": "s", "text": {"content": "w"}},
                    "omniborId": ["gitoid:1"],
                    "tags": ["t1", "t2"],
                }
            ]
        },
        (
            '<components><component type="file" bom-ref="r"><author>A</author><publisher>P</publisher><group>g</group>'
            "<name>n</name><version>1</version><description>D &lt;b&gt;</description><scope>optional</scope>"
            '<hashes><hash alg="MD5">h</hash></hashes><copyright>(c)</copyright><cpe>cpe:/a:b:c</cpe>'
            '<purl>pkg:npm/n@1</purl><omniborId>gitoid:1</omniborId><swid tagId="t" name="s"><text>w</text></swid>'
            "<tags><tag>t1</tag><tag>t2</tag></tags></component></components>"
        ),
    ),
    (
        "parties",
        {
            "components": [
                {
                    "name": "x",
                    "supplier": ORGANISATION_JSON,
                    "manufacturer": ORGANISATION_JSON,
                    "authors": [{"name": "W", "email": "w@o.example"}],
                    "licenses": LICENCES_JSON,
                }
            ]
        },
        component(
            f"<supplier>{ORGANISATION_XML}</supplier><manufacturer>{ORGANISATION_XML}</manufacturer>"
            f"<authors><author><name>W</name><email>w@o.example</email></author></authors>{LICENCES_XML}"
        ),
    ),
    (
        "references and properties",
        {
            "components": [
                {
                    "name": "x",
                    "externalReferences": [
                        {"type": "vcs", "url": "u", "comment": "c", "hashes": [{"alg": "MD5", "content": "h"}]},
                        {"type": "bom", "url": "b.xml"},
                    ],
                    "properties": [
                        {"name": "cdx:npm:package:development", "value": "true"},
                        {"name": "a", "value": "b"},
                    ],
                }
            ]
        },
        component(
            '<externalReferences><reference type="vcs"><url>u</url><comment>c</comment><hashes><hash alg="MD5">h</hash>'
            '</hashes></reference><reference type="bom"><url>b.xml</url></reference></externalReferences><properties>'
            '<property name="cdx:npm:package:development">true</property><property name="a">b</property></properties>'
        ),
    ),
    (
        "nesting and pedigree",
        {
            "components": [
                {
                    "name": "x",
                    "components": [{"name": "y", "isExternal": True}],
                    "pedigree": {
                        "ancestors": [{"name": "a"}],
                        "variants": [{"name": "v"}],
                        "descendants": [{"name": "d"}],
                        "commits": [{"uid": "1", "url": "u", "author": {"name": "E", "email": "e@x"}, "message": "m"}],
                        "patches": [
                            {
                                "type": "backport",
                                "diff": {"text": {"content": "diff"}, "url": "p"},
                                "resolves": [{"type": "security", "id": "CVE-1", "references": ["r1", "r2"]}],
                            }
                        ],
                        "notes": "N",
                    },
                }
            ]
        },
        component(
            '<components><component type="library" isExternal="true"><name>y</name></component></components><pedigree>'
            "<ancestors><component><name>a</name></component></ancestors><descendants><component><name>d</name>"
            "</component></descendants><variants><component><name>v</name></component></variants><commits><commit>"
            "<uid>1</uid><url>u</url><author><name>E</name><email>e@x</email></author><message>m</message></commit>"
            '</commits><patches><patch type="backport"><diff><text>diff</text><url>p</url></diff><resolves>'
            '<issue type="security"><id>CVE-1</id><references><url>r1</url><url>r2</url></references></issue>'
            "</resolves></patch></patches><notes>N</notes></pedigree>"
        ),
    ),
    (
        "evidence and data",
        {
            "components": [
                {
                    "name": "x",
                    "evidence": {
                        "identity": [
                            {
                                "field": "purl",
                                "concludedValue": "pkg:npm/k",
                                "methods": [{"technique": "filename", "value": "/f"}],
                                "tools": ["t"],
                            },
                            {"field": "name", "concludedValue": "K"},
                        ],
                        "occurrences": [{"location": "/l", "symbol": "s"}],
                        "callstack": {"frames": [{"package": "p", "module": "m", "parameters": ["a", "b"]}]},
                        "copyright": [{"text": "(c) 1"}, {"text": "(c) 2"}],
                    },
                    "data": [
                        {
                            "type": "dataset",
                            "name": "feed",
                            "contents": {"url": "u"},
                            "governance": {"owners": [{"contact": {"name": "Z"}}, {"organization": {"name": "O"}}]},
                        }
                    ],
                    "cryptoProperties": {"certificateProperties": {"subjectName": "O=K", "issuerName": "CN=I"}},
                }
            ]
        },
        component(
            "<evidence><identity><field>purl</field><concludedValue>pkg:npm/k</concludedValue><methods><method>"
            '<technique>filename</technique><value>/f</value></method></methods><tools><tool ref="t"/></tools>'
            "</identity><identity><field>name</field><concludedValue>K</concludedValue></identity><occurrences>"
            "<occurrence><location>/l</location><symbol>s</symbol></occurrence></occurrences><callstack><frames>"
            "<frame><package>p</package><module>m</module><parameters><parameter>a</parameter><parameter>b</parameter>"
            "</parameters></frame></frames></callstack><copyright><text>(c) 1</text><text>(c) 2</text></copyright>"
            "</evidence><data><type>dataset</type><name>feed</name><contents><url>u</url></contents><governance>"
            "<owners><owner><individual><name>Z</name></individual></owner><owner><organization><name>O</name>"
            "</organization></owner></owners></governance></data><cryptoProperties><certificateProperties>"
            "<subjectName>O=K</subjectName><issuerName>CN=I</issuerName></certificateProperties></cryptoProperties>"
        ),
    ),
    (
        "services",
        {
            "services": [
                {
                    "bom-ref": "s",
                    "name": "s",
                    "provider": ORGANISATION_JSON,
                    "endpoints": ["https://e1", "https://e2"],
                    "data": [
                        {
                            "flow": "outbound",
                            "classification": "PII",
                            "name": "N",
                            "destination": ["https://d"],
                            "source": ["https://f"],
                        }
                    ],
                    "services": [{"name": "t"}],
                    "releaseNotes": {"type": "major", "title": "T", "notes": [{"text": {"content": "note"}}]},
                }
            ]
        },
        (
            f'<services><service bom-ref="s"><provider>{ORGANISATION_XML}</provider><name>s</name><endpoints>'
            "<endpoint>https://e1</endpoint><endpoint>https://e2</endpoint></endpoints><data>"
            '<dataflow name="N"><classification flow="outbound">PII</classification><source><url>https://f</url></source>'
            "<destination><url>https://d</url></destination></dataflow></data><services><service><name>t</name></service>"
            "</services><releaseNotes><type>major</type><title>T</title><notes><note><text>note</text></note></notes>"
            "</releaseNotes></service></services>"
        ),
    ),
    (
        "metadata",
        {
            "metadata": {
                "component": {"name": "p", "bom-ref": "p", "components": [{"name": "q"}]},
                "tools": [{"vendor": "V", "name": "t", "version": "1", "hashes": [{"alg": "MD5", "content": "h"}]}],
                "supplier": {"name": "S"},
                "manufacture": {"name": "M"},
                "manufacturer": {"name": "B"},
                "authors": [{"name": "A"}],
                "properties": [{"name": "k", "value": "v"}],
                "lifecycles": [{"phase": "build"}],
            }
        },
        (
            "<metadata><lifecycles><lifecycle><phase>build</phase></lifecycle></lifecycles><tools><tool><vendor>V</vendor>"
            '<name>t</name><version>1</version><hashes><hash alg="MD5">h</hash></hashes></tool></tools><authors>'
            '<author><name>A</name></author></authors><component type="application" bom-ref="p"><name>p</name>'
            "<components><component><name>q</name></component></components></component><manufacture><name>M</name></manufacture>"
            "<manufacturer><name>B</name></manufacturer><supplier><name>S</name></supplier><properties>"
            '<property name="k">v</property></properties></metadata>'
        ),
    ),
    (
        "tools of 1.5",
        {"metadata": {"tools": {"components": [{"name": "t"}], "services": [{"name": "u"}]}}},
        (
            "<metadata><tools><components><component><name>t</name></component></components><services><service>"
            "<name>u</name></service></services></tools></metadata>"
        ),
    ),
    (
        "dependencies",
        {
            "components": [{"bom-ref": "a", "name": "a"}, {"bom-ref": "b", "name": "b"}, {"bom-ref": "c", "name": "c"}],
            "dependencies": [{"ref": "a", "dependsOn": ["b", "gone"], "provides": ["c"]}, {"ref": "b"}],
        },
        (
            '<components><component bom-ref="a"><name>a</name></component>'
            '<component bom-ref="b"><name>b</name></component>'
            '<component bom-ref="c"><name>c</name></component></components><dependencies><dependency ref="a">'
            '<dependency ref="b"/><dependency ref="gone"/><provides ref="c"/></dependency><dependency ref="b"/>'
            "</dependencies>"
        ),
    ),
    (
        "compositions",
        {
            "components": [{"bom-ref": "a", "name": "a"}],
            "compositions": [
                {"aggregate": "complete", "assemblies": ["a"], "dependencies": ["a"]},
                {"aggregate": "incomplete", "assemblies": ["a"]},
            ],
        },
        (
            '<components><component bom-ref="a"><name>a</name></component></components><compositions><composition>'
            '<aggregate>complete</aggregate><assemblies><assembly ref="a"/></assemblies><dependencies>'
            '<dependency ref="a"/></dependencies></composition><composition><aggregate>incomplete</aggregate>'
            '<assemblies><assembly ref="a"/></assemblies></composition></compositions>'
        ),
    ),
    (
        "formulation",
        {
            "formulation": [
                {
                    "components": [{"name": "f"}],
                    "workflows": [
                        {
                            "bom-ref": "w",
                            "uid": "u",
                            "name": "w",
                            "taskTypes": ["build"],
                            "tasks": [{"bom-ref": "t", "uid": "t", "steps": [{"commands": [{"executed": "make"}]}]}],
                            "inputs": [{"environmentVars": [{"name": "N", "value": "V"}]}],
                        }
                    ],
                }
            ]
        },
        (
            "<formulation><formula><components><component><name>f</name></component></components><workflows>"
            '<workflow bom-ref="w"><uid>u</uid><name>w</name><tasks><task bom-ref="t"><uid>t</uid><steps><step>'
            "<commands><command><executed>make</executed></command></commands></step></steps></task></tasks><taskTypes>"
            "<taskType>build</taskType></taskTypes><inputs><input><environmentVars>"
            '<environmentVar name="N">V</environmentVar></environmentVars></input></inputs></workflow></workflows>'
            "</formula></formulation>"
        ),
    ),
    (
        "document parts",
        {
            "vulnerabilities": [
                {
                    "id": "CVE-1",
                    "source": {"name": "NVD", "url": "https://nvd"},
                    "credits": {"organizations": [{"name": "K"}]},
                    "affects": [{"ref": "r"}],
                    "tools": {"components": [{"name": "scanner"}]},
                    "analysis": {"response": ["update"], "detail": "why"},
                }
            ],
            "annotations": [
                {"subjects": ["r"], "annotator": {"component": {"name": "bot"}}, "text": "T", "timestamp": "now"}
            ],
            "definitions": {"standards": [{"name": "S", "owner": "K"}]},
            "declarations": {"targets": {"components": [{"name": "target"}]}, "affirmation": {"statement": "yes"}},
            "externalReferences": [{"type": "website", "url": "w"}],
            "properties": [{"name": "k", "value": "v"}],
        },
        (
            '<externalReferences><reference type="website"><url>w</url></reference></externalReferences><properties>'
            '<property name="k">v</property></properties><vulnerabilities><vulnerability><id>CVE-1</id><source>'
            "<name>NVD</name><url>https://nvd</url></source><credits><organizations><organization><name>K</name>"
            "</organization></organizations></credits><tools><components><component><name>scanner</name></component>"
            "</components></tools><analysis><responses><response>update</response></responses><detail>why</detail>"
            "</analysis><affects><target><ref>r</ref></target></affects></vulnerability></vulnerabilities><annotations>"
            '<annotation><subjects><subject ref="r"/></subjects><annotator><component><name>bot</name></component>'
            "</annotator><timestamp>now</timestamp><text>T</text></annotation></annotations><declarations><targets>"
            "<components><component><name>target</name></component></components></targets><affirmation>"
            "<statement>yes</statement></affirmation></declarations><definitions><standards><standard><name>S</name>"
            "<owner>K</owner></standard></standards></definitions>"
        ),
    ),
]


@pytest.mark.parametrize(("parts", "body"), [case[1:] for case in SAME], ids=[case[0] for case in SAME])
def test_the_same_document_says_the_same(parts: dict[str, Any], body: str) -> None:
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, **parts}
    as_json = read_json(Source(path="bom.xml", sha256="", text=json.dumps(document).encode(), limits=Limits()))
    as_xml = read(body)
    assert said(as_xml) == said(as_json)
    assert as_xml.documents[0].makers == as_json.documents[0].makers
    assert "parse-partial" not in {gap.code for gap in as_xml.gaps}


def test_elements_carry_line_and_column() -> None:
    inventory = read('\n<components>\n  <component type="library">\n   <name>a</name></component></components>')
    element = inventory.components[1]
    assert (element.line, element.column, element.pointer) == (3, 3, "")


@pytest.mark.parametrize(
    "name",
    [
        "Kasper<!-- x -->sky SDK",
        "Kasper<![CDATA[sky]]> SDK",
        "Kasper<?x y?>sky SDK",
        "&#75;aspersky SDK",
        "\n   Kaspersky SDK\n ",
    ],
)
def test_a_text_is_one_text(name: str) -> None:
    inventory = read(f"<components><component><name>{name}</name></component></components>")
    assert inventory.components[1].name == "Kaspersky SDK"


@pytest.mark.parametrize(
    "foreign",
    [
        "<k:maker>Kaspersky</k:maker>",
        '<k:maker by="Kaspersky"/>',
        "<k:a><k:b>Kaspersky</k:b></k:a>",
        f'<k:a><name xmlns="{NAMESPACE}1.6">Kaspersky</name></k:a>',
    ],
)
def test_other_namespaces_become_comments(foreign: str) -> None:
    inventory = read_xml(source(xml(component(foreign), more=' xmlns:k="urn:k"')))
    assert inventory.components[1].name == "x"
    assert ("comment", "Kaspersky") in inventory.mentions.of(1)


def test_foreign_attributes_become_comments_and_schema_locations_do_not() -> None:
    more = ' xmlns:k="urn:k" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="a b" k:by="K"'
    assert [m for m in read_xml(source(xml("", more=more))).mentions.of(0) if m[0] == "comment"] == [("comment", "K")]


def test_signatures_are_signatures() -> None:
    body = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>K</X509Data></Signature>'
    assert ("signature", "K") in read(body).mentions.of(0)


GRAPH = "http://cyclonedx.org/schema/ext/dependency-graph/1.0"


def test_the_graph_extension_of_1_1() -> None:
    elements = "".join(f'<component bom-ref="{ref}"><name>{ref}</name></component>' for ref in "abcd")
    graph = (
        f'<g:dependencies xmlns:g="{GRAPH}"><g:dependency ref="a"><g:dependency ref="b"><g:dependency ref="c"/>'
        '</g:dependency></g:dependency><g:dependency ref="d"/></g:dependencies>'
    )
    inventory = read(f"<components>{elements}</components>{graph}", "1.1")
    names = [element.name for element in inventory.components]
    assert [(names[a], names[b]) for a, b, _ in inventory.edges()] == [("a", "b"), ("b", "c")]
    assert {gap.code: gap.examples for gap in inventory.gaps}["opaque"] == ("c",)
    assert "unsupported-version" not in {gap.code for gap in inventory.gaps}


@pytest.mark.parametrize(
    ("version", "known"), [("1.0", True), ("1.7", True), ("1.7.2", True), ("1.8", False), ("9", False)]
)
def test_versions(version: str, known: bool) -> None:
    inventory = read("", version)
    assert ("unsupported-version" not in {gap.code for gap in inventory.gaps}) is known
    assert inventory.documents[0].spec_version == version


BOMB = '<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("text", "problem", "place"),
    [
        (BOMB + xml(component("<description>&b;</description>")), "document type", "line 1"),
        ('<!DOCTYPE b SYSTEM "file:///etc/passwd">' + xml(""), "document type", "line 1"),
        (xml("<components>\n<component>"), "broken XML", "line 2"),
        (xml(component("<description>&nbsp;</description>")), "undefined entity", "line 1"),
        ("<bom/>", "root element", "line 1, column 1"),
        (f'<not xmlns="{NAMESPACE}1.6"/>', "root element", "line 1"),
        (xml("") + "<bom/>", "junk after document element", "line 1"),
        ("", "no element found", "line 1"),
        (b"<bom>\xff</bom>", "root element", "line 1"),
        (xml("<components>\x00</components>"), "not well-formed", "line 1"),
    ],
)
def test_broken_or_hostile_xml_is_refused_with_its_place(text: str | bytes, problem: str, place: str) -> None:
    with pytest.raises(MalformedSbom) as caught:
        read_xml(source(text))
    assert problem in caught.value.problem
    assert caught.value.place.startswith(place)


def test_the_declared_encoding_of_decoded_text_does_not_matter() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?>' + xml(component("<author>Касперский</author>"))
    assert ("author", "Касперский") in read_xml(source(text)).mentions.of(1)


@pytest.mark.parametrize("tag", ["components", "k"])
def test_limits(tag: str) -> None:
    body = "<components><component>" * 150 if tag == "components" else "<k>" * 100_000
    with pytest.raises(LimitExceeded):
        read_xml(source(f'<bom xmlns="{NAMESPACE}1.6">{body}'))
    with pytest.raises(LimitExceeded):
        read_xml(source(xml("<components>" + "<component/>" * 20 + "</components>"), components=10))


def test_repeated_elements_stay_linear() -> None:
    body = (
        "<components><component>" + "<name>n</name><data><type>t</type></data>" * 50_000 + "</component></components>"
    )
    inventory = read(body)
    assert len(inventory.components) == 2
    assert inventory.components[1].name.startswith("n\nn")


SCHEMA = "{http://www.w3.org/2001/XMLSchema}"
NODES = {"component", "service"}
# Numbers and truth values; texts of a closed list that JSON keeps beside, not in, the value.
NOT_TEXT = {
    *("line", "column", "offset", "confidence", "version", "modified", "authenticated", "x-trust-boundary"),
    *("isExternal", "patch", "tagVersion"),
}
BESIDE = {("expression", "acknowledgement"), ("expression", "bom-ref"), ("classification", "flow")}


class Xsd:
    """Yields (elements, attribute or "") for each place of an XML schema where a text may stand."""

    def __init__(self, version: str) -> None:
        text = files("cyclonedx.schema").joinpath("_res", f"bom-{version}.SNAPSHOT.xsd").read_text("utf-8")
        self.root = ET.fromstring(text)  # noqa: S314 - a published schema
        self.named = {(part.tag, part.get("name")): part for part in self.root}

    def places(self, node: str) -> Iterator[tuple[tuple[str, ...], str]]:
        if node == "document":
            yield from self._content(self.named[f"{SCHEMA}element", "bom"], (), frozenset())
        elif (start := self.named.get((f"{SCHEMA}complexType", node))) is not None:
            yield from self._content(start, (), frozenset({node}))

    def _content(
        self, part: ET.Element, path: tuple[str, ...], seen: frozenset[str]
    ) -> Iterator[tuple[tuple[str, ...], str]]:
        if part.tag == f"{SCHEMA}simpleType":
            yield path, ""
            return
        for child in part:
            name = child.get("ref", "").rpartition(":")[2]
            match child.tag.removeprefix(SCHEMA):
                case "attribute":
                    yield path, child.get("name") or name
                case "element":
                    yield from self._element(child, name, path, seen)
                case "group" | "attributeGroup":
                    yield from self._content(self.named[child.tag, name], path, seen)
                case "extension" | "restriction":
                    yield from self._type(child.get("base", ""), path, seen)
                    yield from self._content(child, path, seen)
                case _:
                    yield from self._content(child, path, seen)

    def _element(
        self, element: ET.Element, ref: str, path: tuple[str, ...], seen: frozenset[str]
    ) -> Iterator[tuple[tuple[str, ...], str]]:
        element = self.named.get((element.tag, ref), element)
        name = element.get("name")
        if name and element.get("type"):
            yield from self._type(element.get("type", ""), (*path, name), seen)
        elif name:
            yield from self._content(element, (*path, name), seen)

    def _type(
        self, qualified: str, path: tuple[str, ...], seen: frozenset[str]
    ) -> Iterator[tuple[tuple[str, ...], str]]:
        prefix, _, name = qualified.rpartition(":")
        known = self.named.get((f"{SCHEMA}complexType", name))
        if known is None or prefix in {"xs", "spdx"}:
            yield path, ""
        elif name not in NODES and name not in seen:
            yield from self._content(known, path, seen | {name})


def planted(elements: tuple[str, ...], attribute: str, version: str) -> str:
    """Return a document whose only text is a mark at one place."""
    if not elements:
        return f'<bom xmlns="{NAMESPACE}{version}" {attribute}="MARK"/>'
    opening = "".join(f"<{tag}>" for tag in elements[:-1])
    closing = "".join(f"</{tag}>" for tag in reversed(elements[:-1]))
    last = elements[-1]
    leaf = f'<{last} {attribute}="MARK"/>' if attribute else f"<{last}>MARK</{last}>"
    return f'<bom xmlns="{NAMESPACE}{version}">{opening}{leaf}{closing}</bom>'


def marked(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if value == "MARK":
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from marked(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from marked(inner, path)


@cache
def field_of(node: str, path: tuple[str, ...]) -> str:
    place = tree(node)
    for key in path:
        child = place.child(key)
        if child is None:
            return ""
        place = child
    return place.field


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])
@pytest.mark.parametrize("node", ["component", "service", "document"])
def test_every_text_of_the_xml_schema_comes_to_a_known_path(version: str, node: str) -> None:
    above = () if node == "document" else (f"{node}s", node)
    missing = []
    for elements, attribute in set(Xsd(version).places(node)):
        if (attribute or elements[-1]) in NOT_TEXT or (elements[-1:] and (elements[-1], attribute) in BESIDE):
            continue
        if "callstack" in elements and "tools" in elements:
            continue  # references to tools, which JSON has at `identity` alone
        found = list(marked(json.loads(to_json(source(planted((*above, *elements), attribute, version))))))
        if not (found and field_of(node, found[0][len(above[:1]) :])):
            missing.append((elements, attribute, found))
    assert missing == []


@pytest.mark.corpus
@pytest.mark.skipif(not SHARED.is_dir(), reason="not here")
def test_real_documents_are_read() -> None:
    paths = [path for path in sorted((SHARED / "corpus").rglob("*.xml")) if NAMESPACE.encode() in path.read_bytes()]
    assert len(paths) > 4
    for path in paths:
        inventory = read_xml(source(path.read_bytes()))
        assert len(inventory.components) > 3, path
        assert not {"parse-partial", "unsupported-version"} & {gap.code for gap in inventory.gaps}, path
        assert all(element.line for element in inventory.components if not element.synthetic and element.type != "tool")
