"""What an SPDX 3 document says, as components, mentions, edges, links and gaps."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from test_read_spdx2 import edges, gaps, mentions, source

from conftest import SHARED
from debar.errors import LimitExceeded, MalformedSbom
from debar.model.fields import FIELDS, Role
from debar.model.inventory import Has, Inventory, Kind, Use
from debar.read.locate import Locator
from debar.read.spdx2_relationships import Direction
from debar.read.spdx3 import read_json
from debar.read.spdx3_paths import GROUPS, PATHS, local
from debar.read.spdx3_relationships import RELATIONSHIPS

Element = dict[str, Any]
CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
TERMS = "https://spdx.org/rdf/3.0.1/terms"
NONE, UNKNOWN = f"{TERMS}/Core/NoneElement", f"{TERMS}/Core/NoAssertionElement"
PLANT = "Kaspersky Lab"


def element(type_: str, name: str, **more: Any) -> Element:  # noqa: ANN401 - any SPDX
    return {"type": type_, "spdxId": f"urn:{name}", "creationInfo": "_:c", "name": name, **more}


def package(name: str, **more: Any) -> Element:  # noqa: ANN401 - any SPDX
    return element("software_Package", name, **more)


def relation(left: str, type_: str, *right: str, **more: Any) -> Element:  # noqa: ANN401 - any SPDX
    type_name = "LifecycleScopedRelationship" if "scope" in more else "Relationship"
    ends = [ref if ":" in ref else f"urn:{ref}" for ref in right]
    return {"type": type_name, "spdxId": f"urn:{left}-{type_}", "from": f"urn:{left}", "relationshipType": type_} | {
        "to": ends,
        **more,
    }


CREATION = {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "createdBy": ["urn:Jane"]}
JANE = {"type": "Person", "spdxId": "urn:Jane", "name": "Jane"}
FRAME = [
    CREATION,
    JANE,
    {"type": "SpdxDocument", "spdxId": "urn:doc", "creationInfo": "_:c", "rootElement": ["urn:bom"]},
    {"type": "software_Sbom", "spdxId": "urn:bom", "creationInfo": "_:c", "rootElement": ["urn:app"]},
    package("app"),
]


def load(value: object, **limits: int) -> Inventory:
    return read_json(source(json.dumps(value), **limits))


def read(*elements: Element) -> Inventory:
    """Read elements beside a document whose product is `app`."""
    return load({"@context": CONTEXT, "@graph": [*FRAME, *elements]})


def said(inventory: Inventory, name: str) -> set[tuple[str, str]]:
    """Return the mentions of the component of that name, its name aside."""
    return {(field, text) for field, label, text in mentions(inventory) if label == name and field != "name"}


EXAMPLE = {
    "@context": CONTEXT,
    "@graph": [
        {
            **CREATION,
            "createdBy": ["urn:Example", "urn:Jane"],
            "createdUsing": ["urn:Maker"],
            "comment": "made by hand",
        },
        JANE,
        element("Organization", "Example"),
        element("Tool", "Maker"),
        element(
            "Organization", "Vendor", externalIdentifier=[{"externalIdentifierType": "email", "identifier": "a@b"}]
        ),
        element("SpdxDocument", "doc", rootElement=["urn:bom"], comment="an example"),
        element("software_Sbom", "bom", rootElement=["urn:app"], element=["urn:app", "urn:lib"]),
        package("app", software_packageVersion="1.0", suppliedBy="urn:Example"),
        package("lib", software_packageVersion="2.0", suppliedBy="urn:Vendor", software_packageUrl="pkg:npm/lib@2.0"),
        element(
            "software_File", "lib/a.js", verifiedUsing=[{"type": "Hash", "algorithm": "sha256", "hashValue": "ab"}]
        ),
        element("software_Snippet", "part", software_snippetFromFile="urn:lib/a.js"),
        relation("app", "dependsOn", "lib", completeness="complete"),
        relation("lib", "contains", "lib/a.js"),
        relation("lib", "dependsOn", NONE),
    ],
}


def test_example() -> None:
    inventory = load(EXAMPLE)
    document = inventory.documents[0]
    assert (document.format, document.spec_version, document.serial) == ("SPDX 3 JSON", "3.0.1", "urn:doc")
    assert (document.name, document.makers) == ("doc", ("Example",))
    assert inventory.components[document.product].label == "app@1.0"
    assert [(one.label, one.type, one.pointer) for one in inventory.components] == [
        ("app@1.0", "package", "/@graph/7"),
        ("lib@2.0", "package", "/@graph/8"),
        ("lib/a.js", "file", "/@graph/9"),
        ("part", "snippet", "/@graph/10"),
    ]
    assert [one.has for one in inventory.components[:3]] == [
        Has.SUPPLIER | Has.PARTY,
        Has.SUPPLIER | Has.PARTY | Has.PURL,
        Has.HASH,
    ]
    assert edges(inventory) == {
        ("app@1.0", "runtime", "lib@2.0"),
        ("lib@2.0", "included", "lib/a.js"),
        ("lib/a.js", "included", "part"),
    }
    assert said(inventory, "lib@2.0") == {
        ("supplier", "Vendor"),
        ("contact", "a@b"),
        ("version", "2.0"),
        ("purl", "pkg:npm/lib@2.0"),
    }
    assert said(inventory, "app@1.0") == {
        ("supplier", "Example"),
        ("version", "1.0"),
        *(("bom-author", name) for name in ("Example", "Jane")),
        ("bom-tool", "Maker"),
        *(("comment", text) for text in ("made by hand", "an example", "doc", "bom")),
    }
    assert said(inventory, "lib/a.js") == {("file-name", "lib/a.js"), ("hash", "ab")}
    assert not inventory.gaps
    assert not inventory.notes
    assert {"urn:doc", "urn:app", "urn:lib/a.js", "urn:app-dependsOn", "urn:Vendor"} <= inventory.refs


def test_pointers_lead_to_the_elements() -> None:
    text = json.dumps(EXAMPLE, indent=1).encode()
    inventory = read_json(source(text))
    lines = text.decode().splitlines()
    for component in inventory.components:
        line, _ = Locator(text).place(component.pointer)
        assert f'"urn:{component.name}"' in lines[line + 1]


PROPERTIES: list[tuple[Element, set[tuple[str, str]], Has]] = [
    ({"software_packageVersion": "1.0"}, {("version", "1.0")}, Has.NOTHING),
    ({"software_packageUrl": "pkg:npm/a@1"}, {("purl", "pkg:npm/a@1")}, Has.PURL),
    ({"software_packageUrl": "npm a"}, {("identifier", "npm a")}, Has.NOTHING),
    ({"software_packageUrl": "NOASSERTION", "software_homePage": "NONE"}, set(), Has.NOTHING),
    ({"software_downloadLocation": "https://x.example/a"}, {("distribution", "https://x.example/a")}, Has.NOTHING),
    (
        {"software_downloadLocation": "git+https://x.example/a"},
        {("distribution", "git+https://x.example/a"), ("vcs", "git+https://x.example/a")},
        Has.NOTHING,
    ),
    ({"software_homePage": "https://x.example"}, {("website", "https://x.example")}, Has.NOTHING),
    ({"standardName": ["a", "b"]}, {("identifier", "a"), ("identifier", "b")}, Has.NOTHING),
    ({"summary": "a", "description": "b"}, {("description", "a"), ("description", "b")}, Has.NOTHING),
    ({"comment": "a", "software_sourceInfo": "b"}, {("comment", "a"), ("comment", "b")}, Has.NOTHING),
    ({"software_attributionText": ["a"]}, {("comment", "a")}, Has.NOTHING),
    ({"software_copyrightText": "(c) a"}, {("copyright", "(c) a")}, Has.NOTHING),
    ({"verifiedUsing": [{"type": "Hash", "hashValue": "ab"}]}, {("hash", "ab")}, Has.HASH),
    (
        {
            "verifiedUsing": [
                {"type": "PackageVerificationCode", "hashValue": "ab", "packageVerificationCodeExcludedFile": ["./x"]}
            ]
        },
        {("hash", "ab"), ("file-name", "./x")},
        Has.HASH,
    ),
    (
        {"software_contentIdentifier": [{"software_contentIdentifierValue": "swh:1:cnt:ab"}]},
        {("identifier", "swh:1:cnt:ab")},
        Has.NOTHING,
    ),
    (
        {"extension": [{"type": "https://x.example/ext", "a": {"b": ["c", 1]}}]},
        {("comment", "ext"), ("comment", "c"), ("comment", "1")},
        Has.NOTHING,
    ),
    (
        {
            "extension": [
                {
                    "type": "extension_CdxPropertiesExtension",
                    "extension_cdxProperty": [{"extension_cdxPropName": "a", "extension_cdxPropValue": "b"}],
                }
            ]
        },
        {("property", "a"), ("property", "b")},
        Has.NOTHING,
    ),
    ({"suppliedBy": "urn:V"}, {("supplier", "V")}, Has.SUPPLIER | Has.PARTY),
    ({"originatedBy": ["urn:V", "urn:Jane"]}, {("originator", "V"), ("originator", "Jane")}, Has.PARTY),
    ({"suppliedBy": {"type": "Organization", "name": "In"}}, {("supplier", "In")}, Has.SUPPLIER | Has.PARTY),
    ({"suppliedBy": {"name": "In"}}, {("supplier", "In")}, Has.SUPPLIER | Has.PARTY),
    ({"suppliedBy": {"@id": "urn:V"}}, {("supplier", "V")}, Has.SUPPLIER | Has.PARTY),
    ({"suppliedBy": "Acme Inc."}, {("supplier", "Acme Inc.")}, Has.SUPPLIER | Has.PARTY),
    ({"suppliedBy": "Organization: Acme"}, {("supplier", "Acme")}, Has.SUPPLIER | Has.PARTY),
    (
        {"suppliedBy": f"{TERMS}/Core/SpdxOrganization"},
        {("supplier", "SpdxOrganization")},
        Has.SUPPLIER | Has.PARTY,
    ),
    ({"suppliedBy": UNKNOWN}, set(), Has.NOTHING),
    ({"suppliedBy": "https://gone.example/v"}, {("party-url", "https://gone.example/v")}, Has.NOTHING),
    ({"unheardOf": {"a": "x"}, "other": ["urn:V"]}, {("comment", "x")}, Has.NOTHING),
    ({"software_packageVersion": 1.10, "software_primaryPurpose": "library"}, {("version", "1.1")}, Has.NOTHING),
]


@pytest.mark.parametrize(("given", "expected", "has"), PROPERTIES)
def test_properties_of_a_package(given: Element, expected: set[tuple[str, str]], has: Has) -> None:
    inventory = read(element("Organization", "V"), package("a", **given))
    (one,) = (component for component in inventory.components if component.name == "a")
    assert said(inventory, one.label) == expected
    assert one.has == has


@pytest.mark.parametrize(
    ("kind", "text", "field", "has"),
    [
        ("packageUrl", "pkg:npm/a@1", "purl", Has.PURL),
        (f"{TERMS}/Core/ExternalIdentifierType/packageUrl", "pkg:npm/a@1", "purl", Has.PURL),
        ("packageUrl", "a@1", "identifier", Has.NOTHING),
        ("other", "pkg:npm/a@1", "purl", Has.PURL),
        ("cpe22", "cpe:/a:v:p", "cpe", Has.CPE),
        ("cpe23", "cpe:2.3:a:v:p:1:*:*:*:*:*:*:*", "cpe", Has.CPE),
        ("swid", "tag-1", "swid", Has.SWID),
        ("gitoid", "gitoid:blob:sha1:ab", "identifier", Has.NOTHING),
        ("swhid", "swh:1:cnt:ab", "identifier", Has.NOTHING),
        ("cve", "CVE-2024-1", "vulnerability", Has.NOTHING),
        ("email", "a@b.example", "contact", Has.NOTHING),
        ("securityOther", "x", "documentation", Has.NOTHING),
        ("urlScheme", "https://x.example", "reference", Has.NOTHING),
        ("other", "x", "identifier", Has.NOTHING),
    ],
)
def test_external_identifiers(kind: str, text: str, field: str, has: Has) -> None:
    given = {"externalIdentifierType": kind, "identifier": text, "issuingAuthority": "who", "comment": "why"}
    inventory = read(package("a", externalIdentifier=[{**given, "identifierLocator": ["https://where.example"]}]))
    rest = {("comment", "who"), ("comment", "why"), ("reference", "https://where.example")}
    assert said(inventory, "a") == {(field, text), *rest}
    assert next(one for one in inventory.components if one.name == "a").has == has


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        *((kind, "distribution") for kind in ("altDownloadLocation", "binaryArtifact", "sourceArtifact")),
        *((kind, "documentation") for kind in ("documentation", "securityAdvisory", "securityFix", "releaseNotes")),
        ("vcs", "vcs"),
        ("altWebPage", "website"),
        ("issueTracker", "issue-tracker"),
        ("license", "licence"),
        ("npm", "identifier"),
        ("chat", "reference"),
        ("", "reference"),
    ],
)
def test_external_references(kind: str, field: str) -> None:
    reference = {
        "type": "ExternalRef",
        "externalRefType": kind,
        "locator": ["https://x.example/1"],
        "contentType": "a/b",
    }
    assert said(read(package("a", externalRef=[reference])), "a") == {(field, "https://x.example/1")}


def test_package_managers_name_a_package() -> None:
    reference = {"externalRefType": "mavenCentral", "locator": ["g:a:1"]}
    inventory = read(package("a", externalRef=reference))
    assert said(inventory, "a") == {("identifier", "g:a:1"), ("purl", "pkg:maven/g/a@1")}
    assert inventory.components[-1].purl == "pkg:maven/g/a@1"


@pytest.mark.parametrize(
    ("given", "type_"),
    [
        (package("a"), "package"),
        (package("a", software_primaryPurpose="operatingSystem"), "operating-system"),
        (element("software_File", "a", software_primaryPurpose="executable"), "file"),
        (element("software_Snippet", "a"), "snippet"),
        (element("ai_AIPackage", "a"), "aipackage"),
        (element("dataset_DatasetPackage", "a"), "datasetpackage"),
        (element("build_Build", "a"), "build"),
        (element(f"{TERMS}/Software/Package", "a"), "package"),
        (element("software_package", "a"), "package"),
        (element("hardware_Board", "a"), "board"),
    ],
)
def test_types_of_components(given: Element, type_: str) -> None:
    (one,) = (component for component in read(given).components if component.name == "a")
    assert (one.type, one.auxiliary) == (type_, type_ == "build")
    assert one.scope == (Use.BUILD if type_ == "build" else Use.SHIPPED)


def test_builds_keep_their_parameters() -> None:
    build = element(
        "build_Build",
        "b",
        build_buildType="urn:t",
        build_parameter=[{"type": "DictionaryEntry", "key": "k", "value": "v"}],
        build_configSourceUri=["git+https://x.example/a"],
        build_configSourceDigest=[{"type": "Hash", "hashValue": "ab"}],
    )
    assert said(read(build), "b") == {
        ("property", "urn:t"),
        ("property", "k=v"),
        ("reference", "git+https://x.example/a"),
        ("vcs", "git+https://x.example/a"),
        ("hash", "ab"),
    }


F, R, B, N, D = Direction.FORWARD, Direction.REVERSE, Direction.BOTH, Direction.NONE, Direction.DOCUMENT
TYPES: dict[tuple[Direction, Kind | None], str] = {
    (
        F,
        Kind.INCLUDED,
    ): """contains hasStaticLink hasDistributionArtifact expandsTo hasAddedFile hasDataFile patchedBy""",
    (F, Kind.RUNTIME): "dependsOn hasDynamicLink hasPrerequisite",
    (F, Kind.OPTIONAL): "hasOptionalComponent hasOptionalDependency",
    (F, Kind.PROVIDED): "hasProvidedDependency",
    (F, Kind.BUILD): "hasInput hasHost usesTool",
    (F, Kind.TEST): "testedOn hasTest hasTestCase",
    (F, Kind.DERIVED): "trainedOn",
    (F, Kind.PEDIGREE): "descendantOf",
    (F, Kind.WEAK): "hasExample hasDocumentation modifiedBy invokedBy delegatedTo availableFrom",
    (R, Kind.DERIVED): "generates hasOutput",
    (R, Kind.RUNTIME): "configures",
    (R, Kind.PEDIGREE): "ancestorOf",
    (B, Kind.COPY): "packagedBy copiedTo",
    (B, Kind.PEDIGREE): "hasVariant",
    (B, Kind.WEAK): "other",
    (N, None): """hasRequirement hasDeletedFile hasDependencyManifest hasMetadata hasSpecification hasEvidence
        hasConcludedLicense hasDeclaredLicense affects doesNotAffect fixedIn fixedBy foundBy reportedBy publishedBy
        republishedBy coordinatedBy exploitCreatedBy hasAssessmentFor hasAssociatedVulnerability
        underInvestigationFor""",
    (D, None): "describes amendedBy serializedInArtifact",
}
EXPECTED = {name: meaning for meaning, names in TYPES.items() for name in names.split()}


def test_every_relationship_type_has_a_meaning() -> None:
    # The 59 entries of the vocabulary RelationshipType of 3.0.1.
    assert len(EXPECTED) == 59
    assert EXPECTED == RELATIONSHIPS


@pytest.mark.parametrize("type_", [*EXPECTED, f"{TERMS}/Core/RelationshipType/contains", "DEPENDS_ON"])
def test_relationships_are_edges(type_: str) -> None:
    direction, kind = EXPECTED.get({"DEPENDS_ON": "dependsOn"}.get(type_, local(type_)), (N, None))
    inventory = read(package("a"), package("b"), package("c"), relation("a", type_, "b", "c"))
    word = kind.word if kind is not None else ""
    forward = {("a", word, "b"), ("a", word, "c")}
    backward = {("b", word, "a"), ("c", word, "a")}
    expected = {F: forward, R: backward, B: forward | backward}.get(direction, set())
    if type_ == "describes":
        # Not the document describes here.
        expected = {(left, "weak", right) for left, _, right in forward | backward}
    assert edges(inventory) == expected


@pytest.mark.parametrize(
    ("type_", "scope", "word"),
    [
        ("dependsOn", "development", "dev"),
        ("dependsOn", "test", "test"),
        ("dependsOn", "build", "build"),
        *(("dependsOn", scope, "runtime") for scope in ("runtime", "design", "other", "", "odd")),
        ("dependsOn", f"{TERMS}/Core/LifecycleScopeType/test", "test"),
        ("usesTool", "build", "build"),
        ("usesTool", "runtime", "runtime"),
        ("usesTool", "test", "test"),
        ("usesTool", "development", "dev"),
        ("hasStaticLink", "build", "included"),
    ],
)
def test_scopes(type_: str, scope: str, word: str) -> None:
    inventory = read(package("lib"), relation("app", type_, "lib", scope=scope))
    assert edges(inventory) == {("app", word, "lib")}


def test_builds_lead_from_what_came_out_to_what_went_in() -> None:
    inventory = read(
        element("build_Build", "build"),
        element("Tool", "compiler"),
        package("src"),
        relation("build", "hasOutput", "app"),
        relation("build", "hasInput", "src", scope="build"),
        relation("build", "usesTool", "compiler", scope="build"),
    )
    assert edges(inventory) == {
        ("app", "derived", "build"),
        ("build", "build", "src"),
        ("build", "build", "compiler"),
    }
    compiler = next(one for one in inventory.components if one.name == "compiler")
    assert (compiler.type, compiler.auxiliary, compiler.pointer) == ("tool", True, "/@graph/6")
    assert ("name", "compiler", "compiler") in mentions(inventory)


def test_unknown_types_are_weak() -> None:
    inventory = read(package("b"), relation("app", "lovesDearly", "b"))
    assert edges(inventory) == {("app", "weak", "b"), ("b", "weak", "app")}
    assert any("lovesDearly" in note for note in inventory.notes)


def test_agents_in_relationships_are_parties() -> None:
    inventory = read(
        element("Organization", "V"),
        package("a"),
        relation("a", "availableFrom", "V"),
        relation("a", "modifiedBy", "Jane"),
        relation("a", "modifiedBy", "app"),
    )
    assert said(inventory, "a") == {("supplier", "V"), ("contributor", "Jane")}
    assert edges(inventory) == {("a", "weak", "app")}
    assert next(one for one in inventory.components if one.name == "a").has == Has.SUPPLIER | Has.PARTY


def test_bundles_as_ingredients_hold_their_elements() -> None:
    inventory = read(
        element("Bundle", "inner", element=["urn:b"]),
        element("Bundle", "outer", element=["urn:a", "urn:inner"]),
        package("a"),
        package("b"),
        relation("app", "contains", "outer"),
    )
    assert edges(inventory) == {
        ("app", "included", "outer"),
        ("outer", "included", "a"),
        ("outer", "included", "inner"),
        ("inner", "included", "b"),
    }


def open_packages(inventory: Inventory) -> int:
    return next((gap.count for gap in inventory.gaps if gap.code == "not-asserted-complete"), 0)


@pytest.mark.parametrize(
    ("relations", "still_open", "incomplete"),
    [
        ([relation("lib", "dependsOn", NONE)], 1, 0),
        ([relation("lib", "contains", "NoneElement:")], 2, 0),
        ([relation("lib", "contains", NONE, "app")], 2, 0),
        ([relation("lib", "dependsOn", "app", completeness="complete")], 1, 0),
        ([relation("lib", "dependsOn", "app", completeness=f"{TERMS}/Core/RelationshipCompleteness/complete")], 1, 0),
        ([relation("lib", "hasTest", "app", completeness="complete")], 2, 0),
        ([relation("lib", "dependsOn", "app", completeness="complete", scope="test")], 2, 0),
        ([relation("lib", "dependsOn", NONE), relation("lib", "dependsOn", "app", completeness="incomplete")], 2, 1),
        ([relation("lib", "dependsOn", NONE), relation("lib", "contains", "app", completeness="incomplete")], 1, 1),
        ([relation("lib", "dependsOn", UNKNOWN)], 2, 1),
        ([relation("lib", "contains", "app", completeness="noAssertion")], 2, 1),
        ([relation("lib", "hasTest", UNKNOWN), relation("lib", "other", "app", completeness="incomplete")], 2, 0),
        ([relation("app", "dependsOn", "lib", completeness="complete"), relation("lib", "contains", NONE)], 0, 0),
    ],
)
def test_completeness(relations: list[Element], still_open: int, incomplete: int) -> None:
    inventory = read(package("lib"), element("software_File", "f"), *relations)
    assert open_packages(inventory) == still_open
    assert gaps(inventory).get("declared-incomplete", 0) == incomplete


def rooted(document: Element | None, *elements: Element) -> Inventory:
    top = [] if document is None else [element("SpdxDocument", "doc", **document)]
    return load({"@context": CONTEXT, "@graph": [CREATION, JANE, *top, *elements]})


@pytest.mark.parametrize(
    ("document", "elements", "product", "found"),
    [
        ({"rootElement": "urn:a"}, [package("a"), package("b")], "a", set()),
        ({"rootElement": ["urn:a", "urn:a"]}, [package("a"), package("b")], "a", set()),
        (
            {"rootElement": ["urn:x"]},
            [
                element("Bom", "x", rootElement=["urn:y"]),
                element("Bundle", "y", rootElement=["urn:x", "urn:a"]),
                package("a"),
            ],
            "a",
            set(),
        ),
        (None, [element("software_Sbom", "s", rootElement=["urn:a"], element=["urn:a"]), package("a")], "a", set()),
        ({}, [element("software_Sbom", "s", rootElement=["urn:a"]), package("a")], "a", set()),
        ({}, [package("a"), relation("doc", "describes", "a")], "a", set()),
        (
            {"rootElement": ["urn:a", "urn:b"]},
            [package("a"), package("b")],
            "doc",
            {("doc", "included", "a"), ("doc", "included", "b")},
        ),
        ({"rootElement": ["urn:s"]}, [element("software_Snippet", "s")], "doc", {("doc", "included", "s")}),
        ({"rootElement": [UNKNOWN]}, [package("a")], "doc", set()),
        ({"rootElement": ["urn:Jane"]}, [package("a")], "doc", set()),
        ({}, [package("a")], "doc", set()),
        (None, [package("a")], "sbom", set()),
        ({"rootElement": ["urn:a"]}, [package("a"), package("a")], "doc", {("doc", "included", "a")}),
    ],
)
def test_roots(
    document: Element | None, elements: list[Element], product: str, found: set[tuple[str, str, str]]
) -> None:
    inventory = rooted(document, *elements)
    one = inventory.components[inventory.documents[0].product]
    assert (one.label, one.synthetic) == (product, product in {"doc", "sbom"})
    assert edges(inventory) == found
    assert ("no-root" in gaps(inventory)) == (product in {"doc", "sbom"} and not found)


def test_relations_of_the_document_are_those_of_its_product() -> None:
    inventory = read(package("a"), relation("doc", "contains", "a"), relation("bom", "dependsOn", "a"))
    assert edges(inventory) == {("app", "included", "a"), ("app", "runtime", "a")}


IMPORT = {"type": "ExternalMap", "externalSpdxId": "urn:there", "locationHint": "https://x.example/there.json"}


def importing(*elements: Element) -> Inventory:
    document = {"type": "SpdxDocument", "spdxId": "urn:doc", "rootElement": ["urn:app"], "import": [IMPORT]}
    return load({"@context": CONTEXT, "@graph": [CREATION, JANE, document, package("app"), *elements]})


@pytest.mark.parametrize(
    ("relations", "targets", "absent"),
    [
        ([relation("app", "dependsOn", "there")], [(0, "urn:there")], set()),
        ([relation("app", "dependsOn", "there"), relation("app", "contains", "there")], [(0, "urn:there")], set()),
        ([relation("there", "generates", "app")], [(0, "urn:there")], set()),
        ([relation("there", "contains", "app")], [], {"empty-inventory"}),
        ([relation("app", "hasDocumentation", "there")], [], {"empty-inventory"}),
        ([relation("app", "amendedBy", "there")], [(0, "urn:there")], set()),
        ([relation("app", "hasMetadata", "there")], [], {"empty-inventory"}),
        ([element("Bundle", "b", element=["urn:there"])], [], {"empty-inventory"}),
    ],
)
def test_imports_are_links(relations: list[Element], targets: list[tuple[int, str]], absent: set[str]) -> None:
    inventory = importing(*relations)
    assert [(link.component, link.target) for link in inventory.links] == targets
    assert set(gaps(inventory)) == absent
    assert {("link", "app", "urn:there"), ("link", "app", "https://x.example/there.json")} <= mentions(inventory)


def test_an_import_that_the_document_defines_is_no_link() -> None:
    inventory = importing(package("there"), relation("app", "dependsOn", "there"))
    assert not inventory.links
    assert edges(inventory) == {("app", "runtime", "there")}


def test_a_root_that_is_imported_is_a_link() -> None:
    document = {"type": "SpdxDocument", "spdxId": "urn:doc", "rootElement": ["urn:there"], "import": [IMPORT]}
    inventory = load({"@context": CONTEXT, "@graph": [CREATION, document]})
    assert [link.target for link in inventory.links] == ["urn:there"]


def test_unknown_ids_become_unresolved_components() -> None:
    inventory = read(
        relation("app", "contains", "gone"),
        relation("gone", "contains", "app"),
        relation("app", "hasMetadata", "lost"),
        element("Bundle", "b", element=["urn:missing", "https://spdx.org/licenses/MIT"]),
    )
    unresolved = {one.name for one in inventory.components if one.type == "unresolved"}
    assert unresolved == {"urn:gone", "urn:lost", "urn:missing"}
    assert gaps(inventory)["dangling-ref"] == 3
    assert ("ref", "urn:gone", "urn:gone") in mentions(inventory)


@pytest.mark.parametrize("broken", [{"from": None}, {"to": None}, {"to": []}])
def test_a_relationship_without_an_end_is_a_gap(broken: Element) -> None:
    inventory = read(package("a"), {**relation("app", "contains", "a"), **broken})
    assert gaps(inventory)["parse-partial"] == 1


def test_licences_belong_to_what_they_license() -> None:
    text = element("simplelicensing_SimpleLicensingText", "text", simplelicensing_licenseText="permission of V")
    inventory = read(
        package("a"),
        package("b"),
        text,
        element(
            "simplelicensing_LicenseExpression",
            "expression",
            simplelicensing_licenseExpression="MIT AND LicenseRef-1",
            simplelicensing_customIdToUri=[{"key": "LicenseRef-1", "value": "urn:text"}],
        ),
        element("expandedlicensing_CustomLicense", "custom", simplelicensing_licenseText="the text of C"),
        element("expandedlicensing_ConjunctiveLicenseSet", "set", expandedlicensing_member=["urn:custom", "urn:set"]),
        element("expandedlicensing_CustomLicense", "unused", simplelicensing_licenseText="for nobody"),
        relation("a", "hasDeclaredLicense", "expression"),
        relation("b", "hasConcludedLicense", "set", "http://spdx.org/licenses/Apache-2.0"),
        relation("a", "hasConcludedLicense", f"{TERMS}/ExpandedLicensing/NoneLicense"),
    )
    a, b, app = (said(inventory, name) for name in ("a", "b", "app"))
    assert {("licence", "permission of V"), ("licence", "MIT AND LicenseRef-1")} <= a
    assert {("licence", "the text of C"), ("licence", "custom"), ("licence", "Apache-2.0")} <= b
    assert ("licence", "for nobody") in app
    assert not {text for _, text in a} & {"the text of C", f"{TERMS}/ExpandedLicensing/NoneLicense"}
    assert not edges(inventory)


def test_annotations_are_comments_of_their_subject() -> None:
    annotation = element("Annotation", "n", subject="urn:a", statement="seen", contentType="text/plain")
    assert said(read(package("a"), annotation), "a") == {("comment", "seen"), ("comment", "n"), ("annotator", "Jane")}
    assert ("comment", "seen") in said(read({**annotation, "subject": "urn:doc"}), "app")


def test_vulnerability_data_is_neutral() -> None:
    inventory = read(
        package("a"),
        element("Organization", PLANT),
        element("security_Vulnerability", "CVE-1", description=f"found by {PLANT}"),
        relation("CVE-1", "foundBy", PLANT, comment=f"credit {PLANT}"),
        relation("CVE-1", "affects", "a"),
        element(
            "security_VexAffectedVulnAssessmentRelationship",
            "vex",
            relationshipType="affects",
            security_actionStatement=f"ask {PLANT}",
            suppliedBy=f"urn:{PLANT}",
            **{"from": "urn:CVE-1", "to": ["urn:a"]},
        ),
    )
    planted = {(field, label) for field, label, text in mentions(inventory) if PLANT in text}
    assert planted == {("vulnerability", "app")}
    assert not edges(inventory)
    assert {one.name for one in inventory.components} == {"app", "a"}


def test_agents_that_nobody_names_are_not_lost() -> None:
    inventory = read(element("Organization", PLANT), element("Tool", "hammer"))
    assert {("comment", PLANT), ("comment", "hammer")} <= said(inventory, "app")


def test_makers_are_the_organisations_that_created_the_document() -> None:
    other = {"type": "CreationInfo", "specVersion": "3.0.1", "createdBy": ["urn:W"]}
    inventory = load(
        {
            "@context": CONTEXT,
            "@graph": [
                {**CREATION, "createdBy": ["urn:V", "urn:Jane", {"type": "SoftwareAgent", "name": "bot"}]},
                *FRAME[1:],
                element("Organization", "V"),
                element("Organization", "W"),
                package("a", creationInfo=other),
            ],
        }
    )
    assert inventory.documents[0].makers == ("V",)
    assert {text for field, text in said(inventory, "app") if field == "bom-author"} == {"V", "W", "Jane", "bot"}


def spelt(value: object, **names: str) -> object:
    """Write a document with other names of types and properties."""
    if isinstance(value, dict):
        return {
            names.get(key, key): names.get(inner, inner) if key == "type" else spelt(inner, **names)
            for key, inner in value.items()
        }
    return [spelt(inner, **names) for inner in value] if isinstance(value, list) else value


def expanded(value: object) -> object:
    """Write a document as JSON-LD expansion does: lists and value objects everywhere."""
    if isinstance(value, dict):
        return {
            key: inner
            if key == "@id"
            else [inner]
            if key == "@type"
            else expanded(inner if isinstance(inner, list) else [inner])
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [expanded(inner) for inner in value]
    return {"@id": value} if isinstance(value, str) and value.startswith(("urn:", "_:", "http")) else {"@value": value}


IRIS = {
    "spdxId": "@id",
    "type": "@type",
    "software_Package": f"{TERMS}/Software/Package",
    "software_File": f"{TERMS}/Software/File",
    "software_packageVersion": f"{TERMS}/Software/packageVersion",
    "software_packageUrl": f"{TERMS}/Software/packageUrl",
    "software_snippetFromFile": f"{TERMS}/Software/snippetFromFile",
    "Relationship": f"{TERMS}/Core/Relationship",
    **{
        name: f"{TERMS}/Core/{name}"
        for name in ("name", "from", "to", "relationshipType", "suppliedBy", "rootElement", "creationInfo", "hashValue")
    },
}
COMPACT = {key: iri.replace(f"{TERMS}/", "spdx:") for key, iri in IRIS.items()}
FULL = spelt(EXAMPLE, **IRIS)


@pytest.mark.parametrize(
    "value",
    [
        FULL,
        spelt(EXAMPLE, **COMPACT),
        {"@context": [CONTEXT, {"pkg": f"{TERMS}/Software/Package"}], **spelt(EXAMPLE, software_Package="pkg")}
        | {"@context": [CONTEXT, {"pkg": f"{TERMS}/Software/Package"}]},
        {**spelt(EXAMPLE, suppliedBy="vendor"), "@context": [CONTEXT, {"vendor": {"@id": f"{TERMS}/Core/suppliedBy"}}]},
        expanded(FULL["@graph"]),
        {**EXAMPLE, "@graph": [*EXAMPLE["@graph"][:8], {"@graph": EXAMPLE["@graph"][8:]}]},
        {**EXAMPLE, "@graph": [*EXAMPLE["@graph"][:7], *({"@set": [one]} for one in EXAMPLE["@graph"][7:])]},
    ],
    ids=["full IRIs", "compact IRIs", "alias of a type", "alias of a property", "expanded", "nested graph", "sets"],
)
def test_spellings_of_json_ld(value: object) -> None:
    plain, other = load(EXAMPLE), load(value)
    assert mentions(plain) == mentions(other)
    assert edges(plain) == edges(other)
    assert [one.has for one in plain.components] == [one.has for one in other.components]
    assert plain.documents[0].makers == other.documents[0].makers


def test_prefixed_ids_are_the_same_ids() -> None:
    context = [CONTEXT, {"ex": "https://x.example/ids#"}]
    graph = [
        {**FRAME[2], "rootElement": ["ex:a"]},
        {**package("a"), "spdxId": "https://x.example/ids#a"},
        {**package("b"), "spdxId": "ex:b"},
        relation("x", "contains", "https://x.example/ids#b") | {"from": "ex:a"},
    ]
    inventory = load({"@context": context, "@graph": [CREATION, JANE, *graph]})
    assert edges(inventory) == {("a", "included", "b")}
    assert not gaps(inventory)


def test_elements_may_stand_inside_others() -> None:
    inner = package("inner", suppliedBy={"type": "Organization", "name": "V"})
    statement = relation("app", "contains") | {"to": [inner, {"name": "nameless"}]}
    inventory = read(statement)
    assert edges(inventory) == {("app", "included", "inner"), ("app", "included", "nameless")}
    assert ("supplier", "inner", "V") in mentions(inventory)
    assert [one.pointer for one in inventory.components] == ["/@graph/4", "/@graph/5/to/0", "/@graph/5/to/1"]


def test_a_single_root_object() -> None:
    sbom = element("software_Sbom", "s", rootElement=[package("a")], creationInfo={**CREATION, "@id": "_:x"})
    inventory = load({"@context": CONTEXT, **sbom})
    assert inventory.components[inventory.documents[0].product].label == "a"
    assert inventory.documents[0].spec_version == "3.0.1"


def test_parts_may_be_blank_nodes() -> None:
    inventory = read(
        package("a", externalIdentifier=["_:i"], verifiedUsing=["_:h"]),
        package("b", externalIdentifier=["_:i"]),
        {
            "@id": "_:i",
            "type": "ExternalIdentifier",
            "externalIdentifierType": "packageUrl",
            "identifier": "pkg:npm/a@1",
        },
        {"@id": "_:h", "type": "Hash", "hashValue": "ab"},
        {"@id": "_:u", "type": "Hash", "hashValue": "unused"},
    )
    assert said(inventory, "a") == {("purl", "pkg:npm/a@1"), ("hash", "ab")}
    assert said(inventory, "b") == {("purl", "pkg:npm/a@1")}
    assert ("comment", "unused") in said(inventory, "app")


@pytest.mark.parametrize(
    ("second", "gap"),
    [({"name": "b"}, 1), ({"software_packageVersion": "2"}, 1), ({"software_packageUrl": "pkg:npm/a"}, 1), ({}, 0)],
)
def test_duplicate_ids_are_all_kept(second: Element, gap: int) -> None:
    inventory = read(package("a"), {**package("a"), **second}, relation("app", "contains", "a"))
    assert len(inventory.components) == 3
    assert len(edges(inventory)) == 1 + bool(second.keys() - {"software_packageUrl"})
    assert len(inventory.kinds) == 2
    assert gaps(inventory).get("duplicate-ref", 0) == gap


def test_both_agents_of_one_id_count() -> None:
    twins = [element("Organization", "V"), {**element("Organization", PLANT), "spdxId": "urn:V"}]
    inventory = read(*twins, package("a", suppliedBy="urn:V"))
    assert said(inventory, "a") == {("supplier", "V"), ("supplier", PLANT)}
    assert gaps(inventory)["duplicate-ref"] == 1


@pytest.mark.parametrize(
    ("version", "context", "spec", "gap", "note"),
    [
        ("3.0.1", CONTEXT, "3.0.1", 0, False),
        ("3.0.0", CONTEXT.replace("3.0.1", "3.0.0"), "3.0.0", 0, True),
        ("3.1.0", CONTEXT.replace("3.0.1", "3.1"), "3.1.0", 2, True),
        (None, CONTEXT, "3.0.1", 0, False),
        (None, CONTEXT.replace("3.0.1", "3.1"), "3.1", 1, True),
        ("3.0.2", CONTEXT, "3.0.2", 1, True),
        (None, "https://x.example/context", "", 1, False),
    ],
)
def test_versions(version: str | None, context: str, spec: str, gap: int, note: bool) -> None:
    creation = {**CREATION, "specVersion": version}
    inventory = load({"@context": context, "@graph": [creation, *FRAME[1:]]})
    assert inventory.documents[0].spec_version == spec
    assert gaps(inventory).get("unsupported-version", 0) == gap
    assert any("compatible" in one for one in inventory.notes) == note


def test_empty_and_flat_inventories() -> None:
    assert set(gaps(load({"@context": CONTEXT, "@graph": []}))) == {"empty-inventory", "no-root"}
    assert set(gaps(read())) == {"empty-inventory"}
    assert set(gaps(read(relation("app", "contains", NONE)))) == set()
    assert set(gaps(read(package("a")))) == {"no-edges"}


def test_what_is_nothing_is_not_lost() -> None:
    inventory = load({"@context": CONTEXT, "stray": "one", "@graph": [*FRAME, "two", {"who": "three"}, None, 0]})
    assert {("comment", text) for text in ("one", "two", "three")} <= said(inventory, "app")
    assert gaps(inventory)["parse-partial"] == 2


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"@graph": [', "line 1, column 13"),
        ('{"@graph": [],\n "a" 1}', "line 2, column 6"),
        ('{"@graph": []} x', "line 1, column 16"),
        ("1", ""),
    ],
)
def test_broken_json_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(MalformedSbom) as caught:
        read_json(source(text))
    assert caught.value.place == place


def test_text_that_is_not_utf8_is_refused_with_its_place() -> None:
    with pytest.raises(MalformedSbom) as caught:
        read_json(source(b'{"a":\n "\xff"}'))
    assert caught.value.place == "line 2, column 3"


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        ({"@graph": [package(str(number)) for number in range(4)]}, {"components": 3}),
        ({"@graph": [relation("a", "contains", *map(str, range(4)))]}, {"components": 3}),
        ({"@graph": [package("a", extension=[[[[[[["x"]]]]]]])]}, {"depth": 8}),
        ({"@graph": {"@graph": {"@graph": {"@graph": []}}}}, {"depth": 4}),
    ],
)
def test_limits(value: object, limits: dict[str, int]) -> None:
    with pytest.raises(LimitExceeded):
        load(value, **limits)
    load(value)


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"@graph":[', '{"@value":', '{"to":{"spdxId":"a","to":'])
@pytest.mark.parametrize("depth", [400, 100_000])
def test_depth_is_bounded(opening: str, depth: int) -> None:
    closing = "".join({"[": "]", "{": "}"}[sign] for sign in reversed(opening) if sign in "[{")
    with pytest.raises(LimitExceeded):
        read_json(source(opening * depth + "1" + closing * depth))


MANY = 3_000
HOSTILE: dict[str, list[Element]] = {
    "one long agent": [
        element("Organization", "V", description=["x"] * MANY),
        *(package(str(number), suppliedBy="urn:V") for number in range(MANY)),
    ],
    "agents of one id": [
        *(element("Organization", "V") for _ in range(MANY)),
        *(package(str(number), suppliedBy="urn:V") for number in range(MANY)),
    ],
    "nested licences": [
        *(
            element("expandedlicensing_OrLaterOperator", f"l{n}", expandedlicensing_subjectLicense=f"urn:l{n + 1}")
            for n in range(MANY)
        ),
        *(relation("app", "hasDeclaredLicense", f"l{n}") for n in range(MANY)),
    ],
    "wide licences": [
        element(
            "expandedlicensing_DisjunctiveLicenseSet", "l", expandedlicensing_member=[f"urn:m{n}" for n in range(MANY)]
        ),
        *(relation(str(n), "hasDeclaredLicense", "l") for n in range(MANY)),
        *(package(str(number)) for number in range(MANY)),
    ],
    "annotations of one id": [
        *(package("a") for _ in range(MANY)),
        *(element("Annotation", str(n), subject="urn:a", statement="x") for n in range(MANY)),
    ],
    "licences of one id": [
        *(package("a") for _ in range(MANY)),
        *(relation("a", "hasDeclaredLicense", "http://spdx.org/licenses/MIT") for n in range(MANY)),
    ],
    "parties of one id": [
        *(package("a") for _ in range(MANY)),
        *(relation("a", "availableFrom", "a") for n in range(MANY)),
    ],
    "nested bundles": [
        *(element("Bundle", f"b{n}", element=[f"urn:b{n + 1}"]) for n in range(MANY)),
        relation("app", "contains", "b0"),
    ],
    "roots in a circle": [
        *(element("Bundle", f"b{n}", rootElement=[f"urn:b{m}" for m in range(20)]) for n in range(MANY)),
        element("SpdxDocument", "d", rootElement=["urn:b0"]),
    ],
    "one property in many spellings": [package("a", **{f"p{n}:name": "x" for n in range(MANY)})],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_shared_elements_do_not_multiply(name: str) -> None:
    start = time.process_time()
    try:
        inventory = read(*HOSTILE[name])
    except LimitExceeded:
        pass
    else:
        count = sum(len(inventory.mentions.column(field)[0]) for field in inventory.mentions.fields())
        assert count + len(inventory.kinds) < 100 * MANY
    assert time.process_time() - start < 5


def test_shared_parts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("debar.read.spdx3._SHARED_TEXTS", 1_000)
    blank = {"@id": "_:r", "type": "ExternalRef", "locator": ["x"] * 100}
    users = [package(str(number), externalRef=["_:r"]) for number in range(20)]
    with pytest.raises(LimitExceeded):
        read(blank, *users)
    read(blank, *users[:5])


LINES = [
    line.split(": ")
    for line in (Path(__file__).parent / "data" / "spdx-3.0.1-string-properties.txt")
    .read_text(encoding="utf-8")
    .splitlines()
    if not line.startswith("#")
]
STRINGS = [(type_, name) for type_, names in LINES for name in names.split()]


@pytest.mark.parametrize(("type_", "name"), STRINGS)
def test_every_text_of_the_model_is_classified(type_: str, name: str) -> None:
    assert name in PATHS[GROUPS[local(type_).lower()]]


def test_every_entry_is_a_text_of_the_model_and_a_field() -> None:
    known = {(GROUPS[local(type_).lower()], name) for type_, name in STRINGS}
    parts = {"extension", "externalIdentifier", "externalRef", "verifiedUsing", "software_contentIdentifier"} | {
        *("build_configSourceDigest", "build_parameter", "build_environment", "ai_hyperparameter", "ai_metric"),
        *("ai_metricDecisionThreshold", "dataset_sensor", "simplelicensing_customIdToUri"),
    }
    stray = {
        (group, name)
        for group, table in PATHS.items()
        for name, field in table.items()
        if field not in {"relation", "metadata"} and name not in parts
    } - known
    assert not stray
    assert {field for table in PATHS.values() for field in table.values()} <= set(FIELDS)


# Where an object that is no element stands: the property of a package, of the document, or of an extension.
HOLDERS = {
    "ExternalIdentifier": "externalIdentifier",
    "ExternalRef": "externalRef",
    "Hash": "verifiedUsing",
    "PackageVerificationCode": "verifiedUsing",
    "software_ContentIdentifier": "software_contentIdentifier",
    "DictionaryEntry": "build_parameter",
    "extension_CdxPropertyEntry": "extension",
}


def planted(type_: str, name: str) -> Inventory:
    one: Element = {"type": type_, name: PLANT}
    if type_ in HOLDERS:
        return read(package("a", **{HOLDERS[type_]: [one]}))
    if type_ in {"ExternalMap", "NamespaceMap"}:
        key = "import" if type_ == "ExternalMap" else "namespaceMap"
        return read({"type": "SpdxDocument", "spdxId": "urn:doc2", key: [one]})
    if type_ == "CreationInfo":
        return read(package("a", creationInfo=one))
    users = [package("a", suppliedBy="urn:x"), relation("a", "hasDeclaredLicense", "x")]
    group = GROUPS[local(type_).lower()]
    tool = {"type": "CreationInfo", "@id": "_:t", "createdUsing": ["urn:x"]}
    one |= {"spdxId": "urn:x", "subject": "urn:app", "from": "urn:app", "to": ["urn:app"], "relationshipType": "other"}
    beside = {"agent": users[:1], "licence": [package("a"), users[1]], "tool": [tool]}.get(group, [])
    return read(one, *beside)


@pytest.mark.parametrize(("type_", "name"), STRINGS)
def test_what_is_planted_is_mentioned_in_its_field(type_: str, name: str) -> None:
    inventory = planted(type_, name)
    field = PATHS[GROUPS[local(type_).lower()]][name]
    found = {one for one, _, text in mentions(inventory) if PLANT in text}
    if field == "metadata":
        assert not found
        return
    if (type_, name) == ("software_File", "name"):
        field = "file-name"
    if name == "software_packageUrl":
        field = "identifier"
    if type_ == "Tool":
        field = "bom-tool"
    assert found == {field}
    quiet = {"assessment", "vulnerability", "map", "tool"}
    assert (FIELDS[field].role is Role.NEUTRAL) == (GROUPS[local(type_).lower()] in quiet)


CORPUS = sorted((SHARED / "corpus").glob("*/*.json")) if (SHARED / "corpus").exists() else []
REAL = [path for path in CORPUS if b"spdx.org/rdf/3" in path.read_bytes()[:1000]]


@pytest.mark.corpus
@pytest.mark.skipif(not REAL, reason="not here")
@pytest.mark.parametrize("path", REAL, ids=[path.name for path in REAL])
def test_real_documents_are_read(path: Path) -> None:
    inventory = read_json(source(path.read_bytes()))
    assert inventory.components
    assert not {"parse-partial", "unsupported-version", "no-root"} & set(gaps(inventory))
