"""What a CycloneDX JSON document says, as components, mentions, edges, links and gaps."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from debar.errors import LimitExceeded, MalformedSbom
from debar.model.inventory import Has, Inventory, Kind, Use
from debar.read.cyclonedx import read_json
from debar.read.limits import Limits, Source

SHARED = Path(__file__).parents[3] / "shared"
LINK = "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79"


def source(text: bytes | str, **limits: int) -> Source:
    data = text.encode() if isinstance(text, str) else text
    return Source(path="shop/bom.json", sha256="0" * 64, text=data, limits=Limits(**limits))


def bom(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - any CycloneDX
    product = {"type": "application", "bom-ref": "root", "name": "shop", "version": "1"}
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": product}, **more}


def read(**more: Any) -> Inventory:  # noqa: ANN401 - any CycloneDX
    return read_json(source(json.dumps(bom(**more))))


def one(**component: Any) -> Inventory:  # noqa: ANN401 - any CycloneDX
    """Read a document with one component, number 1."""
    return read(components=[{"name": "x", **component}])


def labels(inventory: Inventory) -> list[str]:
    return [component.label for component in inventory.components]


def edges(inventory: Inventory) -> list[tuple[str, str, str]]:
    names = labels(inventory)
    return [(names[source], kind.word, names[target]) for source, target, kind in inventory.edges()]


def gaps(inventory: Inventory) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {gap.code: (gap.count, gap.examples) for gap in inventory.gaps}


def base64_of(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


ATTACHMENT = {"contentType": "text/plain", "encoding": "base64", "content": base64_of("Kaspersky EULA ü")}
PERSON = {"name": "Eugene", "email": "e@kaspersky.com", "phone": "7"}
ORGANISATION = {"name": "AO K", "url": ["https://k.example"], "contact": [PERSON], "address": {"locality": "Moscow"}}


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        ({"group": "org.acme"}, {("name", "x"), ("group", "org.acme"), ("full-name", "org.acme/x")}),
        ({"version": "1.2", "purl": "pkg:npm/x@1.2"}, {("version", "1.2"), ("purl", "pkg:npm/x@1.2")}),
        ({"versionRange": "vers:npm/<2"}, {("version", "vers:npm/<2")}),
        ({"cpe": "cpe:/a:kaspersky:av"}, {("cpe", "cpe:/a:kaspersky:av")}),
        ({"publisher": "P", "author": "A"}, {("publisher", "P"), ("author", "A")}),
        ({"authors": [PERSON]}, {("author", "Eugene"), ("contact", "e@kaspersky.com"), ("contact", "7")}),
        (
            {"supplier": ORGANISATION},
            {("supplier", "AO K"), ("party-url", "https://k.example"), ("contact", "Eugene"), ("contact", "Moscow")},
        ),
        ({"manufacturer": ORGANISATION}, {("manufacturer", "AO K")}),
        ({"copyright": "(c) K", "description": "D"}, {("copyright", "(c) K"), ("description", "D")}),
        ({"hashes": [{"alg": "SHA-1", "content": "abc"}, None]}, {("hash", "abc")}),
        ({"tags": ["av"], "omniborId": ["gitoid:1"]}, {("comment", "av"), ("identifier", "gitoid:1")}),
        ({"swhid": ["swh:1:cnt:9"], "mime-type": "a/b"}, {("identifier", "swh:1:cnt:9"), ("metadata", "a/b")}),
        ({"type": "file", "name": "klif.sys"}, {("name", "klif.sys"), ("file-name", "klif.sys")}),
        ({"type": "spyware", "scope": "secret"}, {("comment", "spyware"), ("comment", "secret")}),
        (
            {"licenses": [{"license": {"id": "MIT"}}, {"expression": "A OR B"}]},
            {("licence", "MIT"), ("licence", "A OR B")},
        ),
        (
            {"licenses": [{"license": {"name": "EULA", "text": ATTACHMENT, "url": "https://k.example/eula"}}]},
            {("licence", "EULA"), ("licence", "Kaspersky EULA ü"), ("licence", "https://k.example/eula")},
        ),
        (
            {"licenses": [{"license": {"name": "L", "licensing": {"licensor": {"organization": {"name": "AO K"}}}}}]},
            {("licensor", "AO K")},
        ),
        (
            {"licenses": [{"license": {"name": "L", "licensing": {"purchaser": {"organization": {"name": "AO K"}}}}}]},
            {("licensee", "AO K")},
        ),
        (
            {"evidence": {"occurrences": [{"location": "/opt/k", "symbol": "kav_init"}]}},
            {("occurrence", "/opt/k"), ("code", "kav_init")},
        ),
        (
            {
                "evidence": {
                    "callstack": {"frames": [{"package": "com.kaspersky", "module": "m", "fullFilename": "/f"}]}
                }
            },
            {("code", "com.kaspersky"), ("code", "m"), ("occurrence", "/f")},
        ),
        (
            {
                "evidence": {
                    "identity": [{"field": "purl", "concludedValue": "pkg:npm/y", "methods": [{"value": "/p.json"}]}]
                }
            },
            {("purl", "pkg:npm/y"), ("occurrence", "/p.json")},
        ),
        ({"evidence": {"identity": {"field": "cpe", "concludedValue": "cpe:/a:k:v"}}}, {("cpe", "cpe:/a:k:v")}),
        ({"evidence": {"identity": {"field": "odd", "concludedValue": "K"}}}, {("identifier", "K")}),
        ({"evidence": {"copyright": [{"text": "(c) K"}]}}, {("copyright", "(c) K")}),
        ({"swid": {"tagId": "t", "name": "n", "version": "1"}}, {("swid", "t"), ("swid", "n"), ("version", "1")}),
        (
            {
                "swid": {
                    "tagId": "t",
                    "text": {"encoding": "base64", "content": base64_of("<Entity name=\"AO K\" regid='k.com'/>")},
                }
            },
            {("swid", "AO K"), ("swid", "k.com"), ("attachment", "<Entity name=\"AO K\" regid='k.com'/>")},
        ),
        (
            {
                "cryptoProperties": {
                    "certificateProperties": {
                        "subjectName": "O=AO K",
                        "issuerName": "CN=I",
                        "certificateFormat": "X.509",
                    }
                }
            },
            {("signer", "O=AO K"), ("signer", "CN=I"), ("metadata", "X.509")},
        ),
        (
            {
                "data": [
                    {
                        "name": "feed",
                        "contents": {"url": "https://k.example/feed"},
                        "governance": {"owners": [{"organization": {"name": "AO K"}}]},
                    }
                ]
            },
            {("identifier", "feed"), ("distribution", "https://k.example/feed"), ("custodian", "AO K")},
        ),
        ({"modelCard": {"considerations": {"users": ["SOC"]}}}, {("description", "SOC")}),
        (
            {"releaseNotes": {"title": "T", "notes": [{"text": ATTACHMENT}], "resolves": [{"id": "CVE-1"}]}},
            {("description", "T"), ("description", "Kaspersky EULA ü"), ("vulnerability", "CVE-1")},
        ),
        ({"patentAssertions": [{"asserter": {"name": "AO K"}, "notes": "n"}]}, {("patent", "AO K"), ("patent", "n")}),
        ({"signature": {"algorithm": "RS256", "value": "v"}}, {("signature", "RS256"), ("signature", "v")}),
        (
            {
                "pedigree": {
                    "commits": [{"url": "https://git.example/c", "author": {"name": "E"}}],
                    "notes": "N",
                    "patches": [{"type": "monkey", "diff": {"text": ATTACHMENT, "url": "https://p.example"}}],
                }
            },
            {
                ("vcs", "https://git.example/c"),
                ("contributor", "E"),
                ("comment", "N"),
                ("attachment", "Kaspersky EULA ü"),
                ("reference", "https://p.example"),
            },
        ),
        (
            {"properties": [{"name": "a", "value": "b"}, {"name": "only"}, None]},
            {("property", "a=b"), ("property", "only=")},
        ),
        ({"properties": [{"name": "syft:location:0:path", "value": "/lib/k.so"}]}, {("occurrence", "/lib/k.so")}),
        (
            {"properties": [{"name": "cdx:npm:package:path", "value": "node_modules/k"}]},
            {("occurrence", "node_modules/k")},
        ),
        ({"properties": [{"name": "SrcFile", "value": "/s"}]}, {("occurrence", "/s")}),
        ({"properties": [{"name": "syft:cpe23", "value": "cpe:2.3:a:k:v"}]}, {("cpe", "cpe:2.3:a:k:v")}),
        ({"properties": [{"name": "cdx:cisa:alternate-name", "value": "KAV"}]}, {("identifier", "KAV")}),
        ({"bom-ref": "pkg:npm/%40k/y@1"}, {("purl", "pkg:npm/%40k/y@1")}),
        ({"bom-ref": "K-engine", "purl": "pkg:npm/x"}, {("ref", "K-engine")}),
    ],
)
def test_a_component_names(component: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert expected <= set(one(**component).mentions.of(1))


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("distribution", "distribution"),
        ("distribution-intake", "distribution"),
        ("source-distribution", "distribution"),
        ("vcs", "vcs"),
        ("website", "website"),
        ("issue-tracker", "issue-tracker"),
        ("license", "licence"),
        ("advisories", "documentation"),
        ("pentest-report", "documentation"),
        ("release-notes", "documentation"),
        ("chat", "reference"),
        ("never-heard-of", "reference"),
        ("bom", "link"),
    ],
)
def test_an_external_reference_is_what_its_type_says(kind: str, field: str) -> None:
    reference = {"type": kind, "url": "https://k.example", "comment": "C", "hashes": [{"alg": "MD5", "content": "h"}]}
    mentions = one(externalReferences=[reference, None]).mentions.of(1)
    assert {(field, "https://k.example"), ("comment", "C"), ("hash", "h")} <= set(mentions)


@pytest.mark.parametrize(
    ("component", "has"),
    [
        ({}, Has.NOTHING),
        ({"purl": "pkg:npm/x@1"}, Has.PURL),
        ({"purl": "pkg://npm/x@1"}, Has.PURL),
        ({"purl": "pkg:/"}, Has.NOTHING),
        ({"purl": "NOASSERTION"}, Has.NOTHING),
        ({"purl": "https://x.example/y"}, Has.NOTHING),
        ({"cpe": "cpe:2.3:a:x:y"}, Has.CPE),
        ({"swid": {"tagId": "t"}}, Has.SWID),
        ({"hashes": [{"alg": "MD5", "content": "a"}]}, Has.HASH),
        ({"hashes": [{"alg": "MD5"}]}, Has.NOTHING),
        ({"author": "A"}, Has.PARTY),
        ({"supplier": {"name": "S"}}, Has.PARTY | Has.SUPPLIER),
        ({"supplier": {"name": "NOASSERTION"}}, Has.NOTHING),
        ({"publisher": "unknown"}, Has.NOTHING),
        ({"bom-ref": "pkg:npm/x@1"}, Has.PURL),
        ({"evidence": {"identity": [{"field": "purl", "concludedValue": "pkg:npm/x"}]}}, Has.PURL),
        ({"externalReferences": [{"type": "vcs", "url": "u", "hashes": [{"content": "h"}]}]}, Has.NOTHING),
    ],
)
def test_what_identifies_a_component(component: dict[str, Any], has: Has) -> None:
    assert one(**component).components[1].has == has


def properties(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"properties": [{"name": name, "value": value} for name, value in pairs]}


@pytest.mark.parametrize(
    ("component", "use"),
    [
        ({}, Use.SHIPPED),
        ({"scope": "required"}, Use.SHIPPED),
        ({"scope": "optional"}, Use.OPTIONAL),
        ({"scope": "excluded"}, Use.DEV_TEST),
        ({"scope": "whatever"}, Use.SHIPPED),
        ({"isExternal": True}, Use.PROVIDED),
        ({"isExternal": True, "scope": "optional"}, Use.PROVIDED),
        (properties(("cdx:npm:package:development", "true")), Use.DEV_TEST),
        (properties(("cdx:npm:package:development", "false")), Use.SHIPPED),
        (properties(("cdx:composer:package:isDevRequirement", "true")), Use.DEV_TEST),
        (properties(("cdx:pipenv:category", "develop")), Use.DEV_TEST),
        (properties(("cdx:pipenv:category", "default")), Use.SHIPPED),
        (properties(("cdx:poetry:group", "dev")), Use.DEV_TEST),
        (properties(("cdx:poetry:group", "dev"), ("cdx:poetry:group", "main")), Use.SHIPPED),
    ],
)
def test_the_use_that_a_component_declares(component: dict[str, Any], use: Use) -> None:
    assert one(**component).components[1].scope is use


A, B, C = ({"bom-ref": ref, "name": ref, "type": "library"} for ref in "abc")
LEAF = {"ref": "root", "dependsOn": []}
COMPLETE = {"aggregate": "complete", "assemblies": ["root"], "dependencies": ["root"]}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"components": [A, B], "dependencies": [{"ref": "a", "dependsOn": ["b"]}]}, [("a", "runtime", "b")]),
        ({"components": [A, B], "dependencies": [{"ref": "a", "provides": ["b"]}]}, [("a", "provided", "b")]),
        (
            {
                "components": [A, B],
                "dependencies": [{"ref": "a", "dependsOn": ["b"]}, {"ref": "a", "dependsOn": ["a"]}],
            },
            [("a", "runtime", "b"), ("a", "runtime", "a")],
        ),
        (
            {"components": [{**A, "components": [{**B, "components": [C]}]}]},
            [("a", "included", "b"), ("b", "included", "c")],
        ),
        ({"metadata": {"component": {"name": "p", "components": [A]}}}, [("p", "included", "a")]),
        (
            {"components": [{**A, "pedigree": {"ancestors": [B], "variants": [C], "descendants": [{"name": "d"}]}}]},
            [("a", "pedigree", "b"), ("a", "pedigree", "c"), ("a", "weak", "d")],
        ),
        (
            {"services": [{"name": "s", "services": [{"name": "t"}]}]},
            [("shop@1", "service", "s"), ("s", "service", "t")],
        ),
        (
            {"formulation": [{"components": [A], "services": [B], "workflows": [{"name": "w"}]}]},
            [("shop@1", "build", "a"), ("shop@1", "build", "b"), ("shop@1", "build", "w")],
        ),
        # What is an ingredient too does not become a build tool.
        ({"components": [A], "formulation": [{"components": [A, B]}]}, [("shop@1", "build", "b")]),
        (
            {"components": [A], "dependencies": [{"ref": "a", "dependsOn": ["pkg:npm/%40k/x@1?a=b"]}]},
            [("a", "runtime", "x@1")],
        ),
        (
            {"components": [A], "dependencies": [{"ref": "a", "dependsOn": ["gone", "", None]}]},
            [("a", "runtime", "gone")],
        ),
        (
            {
                "components": [A, B],
                "dependencies": [{"ref": "root", "dependsOn": ["a"]}, {"ref": "gone", "dependsOn": ["b"]}],
            },
            [("shop@1", "runtime", "a"), ("gone", "runtime", "b")],
        ),
        # Different elements with one reference: edges fan out.
        (
            {
                "components": [A, {**A, "name": "a2"}, B],
                "dependencies": [{"ref": "a", "dependsOn": ["b"]}, {"ref": "root", "dependsOn": ["a"]}],
            },
            [("a", "runtime", "b"), ("a2", "runtime", "b"), ("shop@1", "runtime", "a"), ("shop@1", "runtime", "a2")],
        ),
        # The product repeated among the components is one element.
        (
            {
                "components": [{"bom-ref": "root", "name": "shop", "components": [A]}],
                "dependencies": [{"ref": "root", "dependsOn": ["a"]}],
            },
            [("shop@1", "included", "a"), ("shop@1", "runtime", "a")],
        ),
        (
            {"vulnerabilities": [{"tools": {"components": [A], "services": [B]}}]},
            [("shop@1", "tool", "a"), ("shop@1", "tool", "b")],
        ),
        (
            {"annotations": [{"annotator": {"component": A}}, {"annotator": {"service": B}}]},
            [("shop@1", "tool", "a"), ("shop@1", "tool", "b")],
        ),
        ({"declarations": {"targets": {"components": [A]}}}, [("shop@1", "weak", "a")]),
    ],
)
def test_edges(parts: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    assert edges(read(**parts)) == expected


TOOLS = {"components": [{"bom-ref": "t", "name": "t"}]}
PRODUCT = {"bom-ref": "root", "name": "shop", "version": "1"}


@pytest.mark.parametrize(
    "parts",
    [
        {"metadata": {"component": PRODUCT, "tools": TOOLS}, "dependencies": [{"ref": "t", "dependsOn": ["a"]}]},
        {"metadata": {"component": PRODUCT, "tools": {"components": [A]}}},
        {"metadata": {"component": {**PRODUCT, "pedigree": {"ancestors": [A]}}}},
        {
            "metadata": {"component": {**PRODUCT, "pedigree": {"descendants": [A]}}},
            "formulation": [{"components": [A]}],
        },
        {"declarations": {"targets": {"components": [A]}}},
        {"annotations": [{"annotator": {"component": A}}]},
        {"formulation": [{"components": [B]}], "dependencies": [{"ref": "b", "dependsOn": ["a"]}]},
    ],
)
def test_no_weaker_edge_takes_a_listed_component_out_of_the_product(parts: dict[str, Any]) -> None:
    inventory = read(components=[A], **parts)
    assert ("shop@1", "listed", "a") in edges(inventory)
    assert not inventory.components[labels(inventory).index("a")].auxiliary


@pytest.mark.parametrize(
    "tools",
    [
        [{"vendor": "AO K", "name": "scanner", "version": "2", "hashes": [{"alg": "MD5", "content": "h"}]}],
        {
            "components": [
                {"name": "scanner", "version": "2", "supplier": {"name": "AO K"}, "hashes": [{"content": "h"}]}
            ]
        },
    ],
)
def test_tools_are_no_ingredients(tools: object) -> None:
    inventory = read(metadata={**bom()["metadata"], "tools": tools}, components=[A])
    assert edges(inventory) == [("shop@1", "tool", "scanner@2")]
    tool = labels(inventory).index("scanner@2")
    assert inventory.components[tool].auxiliary
    assert {("supplier", "AO K"), ("hash", "h")} <= set(inventory.mentions.of(tool))


def test_tool_services_are_tools() -> None:
    inventory = read(metadata={"tools": {"services": [{"name": "cloud"}]}})
    assert edges(inventory) == [("bom.json", "tool", "cloud")]


def test_metadata_is_about_the_product_or_about_the_bom() -> None:
    metadata = {
        **bom()["metadata"],
        "supplier": {"name": "S"},
        "manufacture": {"name": "M"},
        "manufacturer": {"name": "Scribe"},
        "authors": [{"name": "Writer"}],
        "properties": [{"name": "p", "value": "v"}],
        "licenses": [{"license": {"name": "CC0"}}],
    }
    inventory = read(metadata=metadata)
    assert {
        ("supplier", "S"),
        ("manufacturer", "M"),
        ("bom-author", "Scribe"),
        ("bom-author", "Writer"),
        ("property", "p=v"),
        ("metadata", "CC0"),
    } <= set(inventory.mentions.of(0))
    assert inventory.documents[0].makers == ("Scribe",)
    assert inventory.components[0].has == Has.PARTY | Has.SUPPLIER


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            {"vulnerabilities": [{"id": "CVE-1", "credits": {"organizations": [{"name": "AO K"}]}}]},
            ("vulnerability", "AO K"),
        ),
        ({"vulnerabilities": [{"affects": [{"ref": "root"}]}]}, ("relation", "root")),
        ({"annotations": [{"text": "T", "annotator": {"organization": {"name": "AO K"}}}]}, ("annotator", "AO K")),
        ({"annotations": [{"text": "T"}]}, ("comment", "T")),
        ({"declarations": {"assessors": [{"organization": {"name": "AO K"}}]}}, ("declaration", "AO K")),
        ({"definitions": {"standards": [{"owner": "AO K"}]}}, ("declaration", "AO K")),
        ({"definitions": {"patents": [{"title": "P"}]}}, ("patent", "P")),
        ({"citations": [{"note": "N"}]}, ("declaration", "N")),
        ({"signature": {"signers": [{"value": "V"}]}}, ("signature", "V")),
        ({"properties": [{"name": "a", "value": "b"}]}, ("property", "a=b")),
        ({"externalReferences": [{"type": "vcs", "url": "u"}]}, ("vcs", "u")),
        ({"compositions": [{"aggregate": "complete", "assemblies": ["r"]}]}, ("relation", "r")),
        ({"formulation": [{"properties": [{"name": "a", "value": "b"}]}]}, ("property", "a=b")),
        ({"$schema": "http://s.example"}, ("metadata", "http://s.example")),
    ],
)
def test_the_document_names(parts: dict[str, Any], expected: tuple[str, str]) -> None:
    assert expected in read(**parts).mentions.of(0)


def test_a_service_names_its_provider_and_where_it_talks_to() -> None:
    data = [{"flow": "outbound", "destination": ["https://ksn.example", f"{LINK}/1#x"], "classification": "PII"}]
    service = {"name": "s", "group": "g", "provider": ORGANISATION, "endpoints": ["https://e.example"], "data": data}
    inventory = read(services=[service])
    assert {
        ("full-name", "g/s"),
        ("provider", "AO K"),
        ("party-url", "https://k.example"),
        ("endpoint", "https://e.example"),
        ("endpoint", "https://ksn.example"),
        ("link", f"{LINK}/1#x"),
        ("comment", "PII"),
    } <= set(inventory.mentions.of(1))
    assert inventory.components[1].has == Has.PARTY | Has.SUPPLIER
    assert [(link.target, link.kind) for link in inventory.links] == [(f"{LINK}/1#x", Kind.SERVICE)]


def test_a_workflow_names_what_it_runs() -> None:
    tasks = [
        {"name": "t", "steps": [{"commands": [{"executed": "kav scan"}]}], "inputs": [{"parameters": [{"value": "v"}]}]}
    ]
    workflow = {
        "bom-ref": "w",
        "uid": "u",
        "tasks": tasks,
        "resourceReferences": [{"externalReference": {"url": "https://k.example"}}],
    }
    inventory = read(formulation=[{"workflows": [workflow]}])
    assert {("description", "kav scan"), ("property", "v"), ("reference", "https://k.example")} <= set(
        inventory.mentions.of(1)
    )
    assert (inventory.components[1].type, inventory.components[1].auxiliary) == ("workflow", True)


@pytest.mark.parametrize(
    ("parts", "links"),
    [
        ({"components": [{**A, "externalReferences": [{"type": "bom", "url": f"{LINK}/1"}]}]}, [(1, f"{LINK}/1")]),
        ({"components": [{**A, "externalReferences": [{"type": "bom", "url": "a.json"}]}]}, [(1, "a.json")]),
        ({"components": [{**A, "externalReferences": [{"type": "vcs", "url": "a.json"}]}]}, []),
        ({"components": [{**A, "externalReferences": [{"type": "BOM", "url": "a.json"}]}]}, [(1, "a.json")]),
        ({"externalReferences": [{"type": "bom", "url": "b.json"}]}, [(0, "b.json")]),
        ({"components": [A], "dependencies": [{"ref": "a", "dependsOn": [f"{LINK}/1#x"]}]}, [(1, f"{LINK}/1#x")]),
        # A tool's ingredients are none of the product's.
        ({"metadata": {"tools": [{"name": "t", "externalReferences": [{"type": "bom", "url": "t.json"}]}]}}, []),
    ],
)
def test_links(parts: dict[str, Any], links: list[tuple[int, str]]) -> None:
    inventory = read(**parts)
    assert [(link.component, link.target) for link in inventory.links] == links
    assert "dangling-ref" not in gaps(inventory)


def test_a_bom_link_into_the_same_document_is_an_edge() -> None:
    inventory = read(
        serialNumber="urn:uuid:3E671687-395b-41f5-a30f-a58921a69b79",
        version=2,
        components=[A, {"bom-ref": "b c", "name": "b"}],
        dependencies=[{"ref": "a", "dependsOn": [f"{LINK}/2#b%20c"]}],
    )
    assert edges(inventory) == [("a", "runtime", "b")]
    assert inventory.links == ()


@pytest.mark.parametrize(
    ("parts", "code", "expected"),
    [
        ({"metadata": {}, "components": [A]}, "no-root", (1, ())),
        ({"components": [A]}, "no-edges", (1, ())),
        ({"components": [A], "dependencies": []}, "no-edges", (1, ())),
        ({"components": [A], "dependencies": [{"ref": "a"}]}, "no-edges", None),
        ({}, "empty-inventory", (1, ())),
        ({"services": [A]}, "empty-inventory", None),
        ({"dependencies": [LEAF]}, "empty-inventory", (1, ())),
        ({"dependencies": [LEAF], "compositions": [COMPLETE]}, "empty-inventory", None),
        ({"components": [A, B], "dependencies": [{"ref": "root", "dependsOn": ["a"]}]}, "opaque", (2, ("a", "b"))),
        ({"components": [A, {"name": "noref"}], "dependencies": [LEAF, {"ref": "a"}]}, "opaque", None),
        ({"components": [A], "dependencies": [{"ref": "a", "dependsOn": ["gone"]}]}, "dangling-ref", (1, ("gone",))),
        (
            {"components": [A], "dependencies": [{"ref": "", "dependsOn": ["a"]}]},
            "dangling-ref",
            (1, ("(an entry without a reference)",)),
        ),
        ({"components": [A, {**A, "name": "other"}]}, "duplicate-ref", (1, ("a",))),
        ({"components": [A, {**A, "version": "2"}]}, "duplicate-ref", (1, ("a",))),
        ({"components": [A, A]}, "duplicate-ref", None),
        ({"components": [{"bom-ref": "root", "name": "shop"}, A]}, "duplicate-ref", None),
        ({"components": [{"bom-ref": "root", "name": "shop", "version": "9"}]}, "duplicate-ref", (1, ("root",))),
        ({"specVersion": "1.8"}, "unsupported-version", (1, ("1.8",))),
        ({"specVersion": "2.0"}, "unsupported-version", (1, ("2.0",))),
        ({"specVersion": "1.1"}, "unsupported-version", (1, ("1.1",))),
        ({"specVersion": None}, "unsupported-version", (1, ("(none)",))),
        ({"specVersion": "1.7.2"}, "unsupported-version", None),
        ({"specVersion": "1.2"}, "unsupported-version", None),
        ({"components": [A]}, "not-asserted-complete", (2, ("shop@1", "a"))),
        ({"components": [A], "compositions": [COMPLETE]}, "not-asserted-complete", (1, ("a",))),
        (
            {"compositions": [{"aggregate": "complete", "assemblies": ["root"]}]},
            "not-asserted-complete",
            (1, ("shop@1",)),
        ),
        ({"compositions": [COMPLETE]}, "not-asserted-complete", None),
        ({"compositions": [COMPLETE]}, "declared-incomplete", None),
        (
            {"compositions": [{"aggregate": "incomplete", "assemblies": ["root"]}]},
            "declared-incomplete",
            (1, ("incomplete: shop@1",)),
        ),
        ({"compositions": [{"aggregate": "unknown"}]}, "declared-incomplete", (1, ("unknown",))),
        (
            {"compositions": [{"aggregate": "incomplete_first_party_only", "dependencies": ["root", "a"]}]},
            "declared-incomplete",
            (2, ("incomplete_first_party_only: shop@1, a",)),
        ),
        (
            {"compositions": [{"aggregate": "incomplete_third_party_opensource_only"}]},
            "declared-incomplete",
            (1, ("incomplete_third_party_opensource_only",)),
        ),
        ({"compositions": [{"aggregate": "incomplete_third_party_only"}]}, "declared-incomplete", None),
        ({"compositions": [{"aggregate": "not_specified"}, {}, None]}, "declared-incomplete", None),
        ({"compositions": [{"aggregate": "incomplete", "vulnerabilities": ["v"]}]}, "declared-incomplete", None),
        ({"compositions": [{"aggregate": "some-future-term"}]}, "declared-incomplete", (1, ("some-future-term",))),
        (
            {"components": [{**A, **properties(("cdx:cisa:unknown-information", "Producer"))}]},
            "declared-incomplete",
            (1, ("a: Producer",)),
        ),
        (
            {"properties": [{"name": "cdx:cisa:withheld-information", "value": "Producer"}]},
            "withheld",
            (1, ("Producer",)),
        ),
    ],
)
def test_gaps(parts: dict[str, Any], code: str, expected: tuple[int, tuple[str, ...]] | None) -> None:
    assert gaps(read(**parts)).get(code) == expected


def test_a_missing_root_gets_a_stand_in() -> None:
    inventory = read(metadata={}, components=[A], serialNumber="urn:uuid:1", version=3)
    product = inventory.components[0]
    assert (product.name, product.type, product.synthetic) == ("urn:uuid:1", "document", True)
    assert inventory.documents[0].serial == "urn:uuid:1/3"
    assert read(metadata=None).components[0].name == "bom.json"


def test_the_repeated_product_keeps_what_both_say() -> None:
    again = {"bom-ref": "root", "name": "shop", "purl": "pkg:npm/shop@1", "supplier": {"name": "S"}}
    inventory = read(components=[again, A])
    assert labels(inventory) == ["shop@1", "a"]
    assert inventory.components[0].purl == "pkg:npm/shop@1"
    assert inventory.components[0].has == Has.PURL | Has.PARTY | Has.SUPPLIER
    assert ("supplier", "S") in inventory.mentions.of(0)


def test_a_dangling_purl_is_an_element_that_can_be_matched() -> None:
    inventory = read(components=[A], dependencies=[{"ref": "a", "dependsOn": ["pkg:npm/%40k/ui@1.2"]}])
    phantom = inventory.components[2]
    assert (phantom.name, phantom.version, phantom.type, phantom.has) == ("ui", "1.2", "unresolved", Has.PURL)
    assert inventory.mentions.of(2) == [("purl", "pkg:npm/%40k/ui@1.2")]


def test_references_are_known_text() -> None:
    inventory = read(components=[A], dependencies=[{"ref": "a", "dependsOn": ["gone"]}])
    assert inventory.refs >= {"root", "a", "gone"}


def test_pointers() -> None:
    inventory = read(
        components=[{**A, "components": [B], "pedigree": {"ancestors": [{"name": "p"}]}}, None, C],
        services=[{"name": "s", "services": [{"name": "t"}]}],
        formulation=[{"components": [{"name": "f"}], "workflows": [{"name": "w"}]}],
        metadata={"component": {"name": "root", "components": [{"name": "r"}]}, "tools": [{"name": "tool"}]},
        annotations=[{"annotator": {"component": {"name": "n"}}}],
    )
    assert {component.name: component.pointer for component in inventory.components} == {
        "root": "/metadata/component",
        "r": "/metadata/component/components/0",
        "a": "/components/0",
        "b": "/components/0/components/0",
        "p": "/components/0/pedigree/ancestors/0",
        "c": "/components/2",
        "s": "/services/0",
        "t": "/services/0/services/0",
        "f": "/formulation/0/components/0",
        "w": "/formulation/0/workflows/0",
        "tool": "/metadata/tools/0",
        "n": "/annotations/0/annotator/component",
    }


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        ({"name": 5, "version": 1.2}, {("name", "5"), ("version", "1.2")}),
        ({"name": ["K", "SDK"]}, {("name", "K\nSDK")}),
        ({"supplier": "Acme"}, {("supplier", "Acme")}),
        ({"supplier": [{"name": "Acme"}, "Other"]}, {("supplier", "Acme"), ("supplier", "Other")}),
        ({"publisher": {"name": "P"}}, {("publisher", "P")}),
        ({"licenses": {"license": {"name": "EULA"}}}, {("licence", "EULA")}),
        ({"licenses": ["MIT"]}, {("licence", "MIT")}),
        ({"hashes": {"alg": "MD5", "content": "h"}}, {("hash", "h")}),
        ({"externalReferences": {"type": "vcs", "url": "u"}}, {("vcs", "u")}),
        ({"properties": [None, {"name": "n", "value": 7}]}, {("property", "n=7")}),
        ({"tags": "one"}, {("comment", "one")}),
    ],
)
def test_odd_values_are_read_and_cost_nothing(component: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    inventory = one(**component)
    assert expected <= set(inventory.mentions.of(1))
    assert "parse-partial" not in gaps(inventory)


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ({"components": {"left": {"name": "x"}}}, "/components"),
        ({"components": [["x", "y"]]}, "/components/0"),
        ({"components": [{"name": {"first": "K"}}]}, "/components/0/name"),
        ({"components": [{"name": "x", "hashes": "abc"}]}, "/components/0/hashes/0"),
        ({"dependencies": [{"ref": "root", "dependsOn": [["a"]]}, {"ref": {"x": "y"}}]}, "/dependencies/1/ref"),
    ],
)
def test_what_cannot_be_kept_is_a_gap(parts: dict[str, Any], place: str) -> None:
    found = gaps(read(**parts))["parse-partial"]
    assert place in found[1]


def test_positions_survive_entries_that_do_not_fit() -> None:
    inventory = read(components=[["x", "y"], None, {"name": "b", "version": 1}])
    assert inventory.components[1].pointer == "/components/2"
    assert len(inventory.notes) == 1
    assert "1 values have another type" in inventory.notes[0]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"caf\xe9 Kaspersky", "base64"),
        ("Kaspersky".encode("utf-16"), "base64"),
        (b"Kaspersky", " BASE64 "),
        (b"Kaspersky Lab", None),
    ],
)
@pytest.mark.parametrize("padded", [True, False])
def test_attachments_are_opened_in_any_encoding(data: bytes, encoding: str | None, padded: bool) -> None:
    content = base64_of(data) if padded else base64_of(data).rstrip("=")
    inventory = one(licenses=[{"license": {"text": {"encoding": encoding, "content": content}}}])

    assert any(field == "licence" and "Kaspersky" in value for field, value in inventory.mentions.of(1))


@pytest.mark.parametrize(
    ("text", "problem", "place"),
    [
        ('{"bomFormat": "CycloneDX",\n "components": [}', "invalid character", "line 2, column 17"),
        ('{"bomFormat": "CycloneDX"', "truncated", ""),
        ('{"bomFormat": "CycloneDX"}\n<html>', "trailing characters", "line 2, column 1"),
        ('{"bomFormat": "CycloneDX"} {"bomFormat": "CycloneDX"}', "trailing characters", "line 1, column 28"),
        ('["bomFormat"]', "one JSON object", ""),
        ('{"bomFormat": "CycloneDX", "metadata": {"component": {"name": "\\ud800"}}}', "surrogate", ""),
        ('{"bomFormat": "CycloneDX", "version": NaN}', "invalid character", "line 1, column 39"),
        ('{"bomFormat": "CycloneDX", "components": [{"licenses": ["\\ud800"]}]}', "surrogate", ""),
        ('{"bomFormat": "CycloneDX", "components": [{"licenses": [' + "1" * 5000 + "]}]}", "part of the document", ""),
    ],
)
def test_broken_json_is_refused_with_its_place(text: str, problem: str, place: str) -> None:
    with pytest.raises(MalformedSbom) as caught:
        read_json(source(text))
    assert problem in caught.value.problem
    assert caught.value.place.startswith(place)
    assert caught.value.path == "shop/bom.json"


def nest(depth: int) -> str:
    return '{"bomFormat":"CycloneDX",' + '"components":[{' * depth + "}]" * depth + "}"


def test_deep_nesting_is_refused() -> None:
    for depth in (200, 100_000):
        with pytest.raises(LimitExceeded):
            read_json(source(nest(depth)))
    assert len(read_json(source(nest(100))).components) == 101
    with pytest.raises(LimitExceeded):
        read_json(source(nest(20), depth=30))


def test_deep_nesting_in_a_part_that_is_only_walked() -> None:
    head = '{"bomFormat":"CycloneDX","metadata":{"component":{"name":"x","evidence":'
    assert len(read_json(source(head + "[" * 500 + "]" * 500 + "}}}")).components) == 1
    with pytest.raises(LimitExceeded):
        read_json(source(head + "[" * 5000 + "]" * 5000 + "}}}"))


def test_too_many_components_are_refused() -> None:
    text = json.dumps(bom(components=[{"name": str(n)} for n in range(20)]))
    with pytest.raises(LimitExceeded):
        read_json(source(text, components=10))


def test_one_reference_for_everything_stays_linear() -> None:
    components = [{"bom-ref": "a", "name": str(n)} for n in range(3000)]
    with pytest.raises(LimitExceeded):
        read(components=components, dependencies=[{"ref": "a", "dependsOn": ["a"]}])
    inventory = read(components=components)
    assert gaps(inventory)["duplicate-ref"][0] == 2999


def test_numbers_keep_their_text() -> None:
    text = json.dumps(bom(components=[{"name": "x", "version": "@"}])).replace('"@"', "1.10")
    assert read_json(source(text)).components[1].version == "1.10"
    huge = json.dumps(bom(components=[{"name": "x", "version": "@"}])).replace('"@"', "1e999999999999999999999")
    assert read_json(source(huge)).components[1].version


def corpus() -> list[Path]:
    folders = (SHARED / "corpus", SHARED / "reference" / "sboms")
    return [
        path
        for folder in folders
        for path in sorted(folder.rglob("*.json"))
        if b'"bomFormat"' in path.read_bytes()[:4096] and not path.read_bytes().startswith(b"\xff\xfe")
    ]


@pytest.mark.corpus
@pytest.mark.skipif(not SHARED.is_dir(), reason="not here")
def test_real_documents_are_read() -> None:
    paths = corpus()
    assert len(paths) > 10
    for path in paths:
        inventory = read_json(source(path.read_bytes()))
        assert len(inventory.components) > 1, path
        assert not {"parse-partial", "unsupported-version"} & gaps(inventory).keys(), path
