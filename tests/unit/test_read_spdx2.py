"""What an SPDX 2 document says, as components, mentions, edges, links and gaps."""

from __future__ import annotations

import json
from typing import Any

import pytest

from debar.errors import LimitExceeded, MalformedSbom
from debar.model.inventory import Has, Inventory
from debar.read.limits import Limits, Source
from debar.read.spdx2_json import read_json

Fact = tuple[str, str, str]


def source(text: bytes | str, **limits: int) -> Source:
    data = text.encode() if isinstance(text, str) else text
    return Source(path="sbom", sha256="0" * 64, text=data, limits=Limits(**limits))


def package(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any SPDX
    return {"SPDXID": f"SPDXRef-{name}", "name": name, **more}


def relation(left: str, type_: str, right: str, **more: str) -> dict[str, str]:
    return {"spdxElementId": left, "relationshipType": type_, "relatedSpdxElement": right, **more}


def document(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - any SPDX
    return {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "doc",
        "documentNamespace": "urn:d",
        **more,
    }


def read(**more: Any) -> Inventory:  # noqa: ANN401 - any SPDX
    return read_json(source(json.dumps(document(**more))))


def mentions(inventory: Inventory) -> set[Fact]:
    return {
        (field, inventory.components[owner].label, value)
        for field in inventory.mentions.fields()
        for value, owner in inventory.mentions.owners(field, inventory.mentions.distinct(field))
    }


def edges(inventory: Inventory) -> set[Fact]:
    label = [component.label for component in inventory.components]
    return {(label[left], kind.word, label[right]) for left, right, kind in inventory.edges()}


def gaps(inventory: Inventory) -> dict[str, int]:
    return {gap.code: gap.count for gap in inventory.gaps if gap.code != "not-asserted-complete"}


def refer(category: str, type_: str, locator: str, **more: str) -> dict[str, Any]:
    return {
        "externalRefs": [{"referenceCategory": category, "referenceType": type_, "referenceLocator": locator, **more}]
    }


PACKAGE_MENTIONS: list[tuple[dict[str, Any], set[tuple[str, str]], Has]] = [
    ({"versionInfo": "1.0"}, {("version", "1.0")}, Has.NOTHING),
    (
        {"supplier": "Organization: Acme (sales@acme.example)"},
        {("supplier", "Acme"), ("contact", "sales@acme.example")},
        Has.SUPPLIER | Has.PARTY,
    ),
    ({"supplier": "Organisation: Acme ()"}, {("supplier", "Acme")}, Has.SUPPLIER | Has.PARTY),
    ({"supplier": "Acme <a@b.example>"}, {("supplier", "Acme"), ("contact", "a@b.example")}, Has.SUPPLIER | Has.PARTY),
    (
        {"supplier": "Person: Acme (Oslo)"},
        {("supplier", "Acme (Oslo)"), ("supplier", "Acme")},
        Has.SUPPLIER | Has.PARTY,
    ),
    ({"supplier": "NOASSERTION"}, set(), Has.NOTHING),
    ({"supplier": "Organization: NOASSERTION"}, set(), Has.NOTHING),
    ({"supplier": ""}, set(), Has.NOTHING),
    ({"originator": "Tool: maker"}, {("originator", "maker")}, Has.PARTY),
    ({"downloadLocation": "https://x.example/a.tgz"}, {("distribution", "https://x.example/a.tgz")}, Has.NOTHING),
    (
        {"downloadLocation": "git+https://x.example/a.git@v1"},
        {("distribution", "git+https://x.example/a.git@v1"), ("vcs", "git+https://x.example/a.git@v1")},
        Has.NOTHING,
    ),
    ({"downloadLocation": "NONE", "homepage": "NOASSERTION"}, set(), Has.NOTHING),
    ({"homepage": "https://x.example/"}, {("website", "https://x.example/")}, Has.NOTHING),
    ({"sourceInfo": "a", "comment": "b"}, {("comment", "a"), ("comment", "b")}, Has.NOTHING),
    ({"summary": "a", "description": "b"}, {("description", "a"), ("description", "b")}, Has.NOTHING),
    ({"copyrightText": "(c) Acme"}, {("copyright", "(c) Acme")}, Has.NOTHING),
    ({"licenseComments": "a", "licenseDeclared": "MIT"}, {("licence", "a"), ("licence", "MIT")}, Has.LICENCE),
    ({"licenseInfoFromFiles": ["MIT", "NONE"]}, {("licence", "MIT")}, Has.NOTHING),
    ({"attributionTexts": ["a", "b"]}, {("comment", "a"), ("comment", "b")}, Has.NOTHING),
    ({"packageFileName": "a.tgz"}, {("file-name", "a.tgz")}, Has.NOTHING),
    ({"checksums": [{"algorithm": "SHA1", "checksumValue": "ab"}]}, {("hash", "ab")}, Has.HASH),
    (
        {
            "packageVerificationCode": {
                "packageVerificationCodeValue": "ab",
                "packageVerificationCodeExcludedFiles": ["./a.spdx"],
            }
        },
        {("hash", "ab"), ("file-name", "./a.spdx")},
        Has.HASH,
    ),
    (
        {"annotations": [{"annotator": "Person: Jane", "comment": "seen"}]},
        {("annotator", "Person: Jane"), ("comment", "seen")},
        Has.NOTHING,
    ),
    (refer("PACKAGE_MANAGER", "purl", "pkg:npm/a@1"), {("purl", "pkg:npm/a@1")}, Has.PURL),
    (refer("OTHER", "http://spdx.org/rdf/references/purl", "PKG:npm/a@1"), {("purl", "PKG:npm/a@1")}, Has.PURL),
    (refer("PACKAGE-MANAGER", "purl", "pkg:/"), {("identifier", "pkg:/")}, Has.NOTHING),
    (refer("PACKAGE-MANAGER", "purl", "NOASSERTION"), set(), Has.NOTHING),
    (refer("SECURITY", "cpe22Type", "cpe:/a:x:y:1"), {("cpe", "cpe:/a:x:y:1")}, Has.CPE),
    (refer("SECURITY", "cpe23Type", "x", comment="c"), {("cpe", "x"), ("comment", "c")}, Has.CPE),
    (refer("SECURITY", "swid", "swid:2df9de35"), {("swid", "swid:2df9de35")}, Has.SWID),
    (refer("SECURITY", "advisory", "https://x.example/1"), {("documentation", "https://x.example/1")}, Has.NOTHING),
    (refer("SECURITY", "odd", "https://x.example/1"), {("documentation", "https://x.example/1")}, Has.NOTHING),
    (refer("PERSISTENT-ID", "swh", "swh:1:cnt:94"), {("identifier", "swh:1:cnt:94")}, Has.NOTHING),
    (refer("OTHER", "LocationRef-acme", "acme/x/1"), {("identifier", "acme/x/1")}, Has.NOTHING),
    (
        refer("PACKAGE-MANAGER", "npm", "@a/b@1.0"),
        {("identifier", "@a/b@1.0"), ("purl", "pkg:npm/%40a/b@1.0")},
        Has.PURL,
    ),
    (
        refer("PACKAGE-MANAGER", "maven-central", "org.x:y:1"),
        {("identifier", "org.x:y:1"), ("purl", "pkg:maven/org.x/y@1")},
        Has.PURL,
    ),
    (
        refer("PACKAGE-MANAGER", "nuget", "Microsoft.X/5.0"),
        {("identifier", "Microsoft.X/5.0"), ("purl", "pkg:nuget/Microsoft.X@5.0")},
        Has.PURL,
    ),
    (refer("PACKAGE-MANAGER", "npm", "no version"), {("identifier", "no version")}, Has.NOTHING),
    ({"name": "pip:flake8"}, {("name", "pip:flake8"), ("name", "flake8")}, Has.QUALIFIED_NAME),
    ({"name": "org.x:y"}, {("name", "org.x:y")}, Has.NOTHING),
    ({"name": "a.sys", "primaryPackagePurpose": "FILE"}, {("name", "a.sys"), ("file-name", "a.sys")}, Has.NOTHING),
]


@pytest.mark.parametrize(("given", "expected", "has"), PACKAGE_MENTIONS)
def test_package_mentions(given: dict[str, Any], expected: set[tuple[str, str]], has: Has) -> None:
    inventory = read(packages=[{"SPDXID": "SPDXRef-a", **given}])

    assert set(inventory.mentions.of(0)) == expected
    assert inventory.components[0].has == has


def test_first_package_url_is_the_component_s() -> None:
    refs = refer("SECURITY", "cpe23Type", "cpe:2.3:a")["externalRefs"]
    refs += refer("PACKAGE-MANAGER", "npm", "b@2")["externalRefs"]
    refs += refer("PACKAGE-MANAGER", "purl", "pkg:npm/a@1")["externalRefs"]
    refs += refer("PACKAGE-MANAGER", "purl", "pkg:npm/c@3")["externalRefs"]
    inventory = read(packages=[package("a", externalRefs=refs)])

    assert inventory.components[0].purl == "pkg:npm/a@1"
    assert inventory.mentions.distinct("purl") == {"pkg:npm/a@1", "pkg:npm/b@2", "pkg:npm/c@3"}


@pytest.mark.parametrize(
    ("purpose", "expected"), [("", "package"), ("LIBRARY", "library"), ("OPERATING_SYSTEM", "operating-system")]
)
def test_purpose_is_the_type(purpose: str, expected: str) -> None:
    assert read(packages=[package("a", primaryPackagePurpose=purpose)]).components[0].type == expected


def test_file() -> None:
    file = {
        "SPDXID": "SPDXRef-f",
        "fileName": "./f.c",
        "checksums": [{"checksumValue": "ab"}],
        "noticeText": "notice",
        "fileContributors": ["Jane"],
        "artifactOfs": [{"name": "proj", "homePage": "https://p.example", "projectUri": "https://u.example"}],
        "fileDependencies": ["SPDXRef-g", "./h.c"],
    }
    others = [{"SPDXID": "SPDXRef-g", "fileName": "./g.c"}, {"SPDXID": "SPDXRef-h", "fileName": "./h.c"}]
    inventory = read(files=[file, *others])

    assert inventory.components[0].type == "file"
    assert inventory.components[0].has == Has.HASH
    assert set(inventory.mentions.of(0)) == {
        ("file-name", "./f.c"),
        ("hash", "ab"),
        ("licence", "notice"),
        ("contributor", "Jane"),
        ("identifier", "proj"),
        ("website", "https://p.example"),
        ("website", "https://u.example"),
    }
    assert edges(inventory) == {("./f.c", "runtime", "./g.c"), ("./f.c", "runtime", "./h.c")}
    assert "dangling-ref" not in gaps(inventory)


def test_snippet_is_in_its_file() -> None:
    inventory = read(
        files=[{"SPDXID": "SPDXRef-f", "fileName": "f"}],
        snippets=[{"SPDXID": "SPDXRef-s", "name": "s", "snippetFromFile": "SPDXRef-f"}],
    )
    assert edges(inventory) == {("f", "included", "s")}
    assert inventory.components[1].type == "snippet"


def test_has_files_and_contains_are_one_edge() -> None:
    inventory = read(
        packages=[package("a", hasFiles=["SPDXRef-f"])],
        files=[{"SPDXID": "SPDXRef-f", "fileName": "f"}],
        relationships=[
            relation("SPDXRef-a", "CONTAINS", "SPDXRef-f"),
            relation("SPDXRef-f", "CONTAINED_BY", "SPDXRef-a"),
        ],
    )
    assert list(inventory.edges()) == [(0, 1, 0)]


def test_licence_text_belongs_to_who_is_under_it() -> None:
    inventory = read(
        packages=[
            package("a", licenseDeclared="MIT OR LicenseRef-1"),
            package("b", licenseInfoFromFiles=["LicenseRef-1"]),
            package("c", licenseDeclared="LicenseRef-12 AND DocumentRef-x:LicenseRef-1"),
        ],
        hasExtractedLicensingInfos=[
            {"licenseId": "LicenseRef-1", "name": "EULA", "extractedText": "text", "seeAlsos": ["https://l.example"]},
            {"licenseId": "LicenseRef-9", "extractedText": "unused", "crossRefs": [{"url": "https://c.example"}]},
        ],
    )
    found = mentions(inventory)
    assert {("licence", who, "text") for who in "ab"} <= found
    assert {("licence", "a", "EULA"), ("licence", "a", "https://l.example")} <= found
    assert ("licence", "c", "text") not in found
    assert {("licence", "doc", "unused"), ("licence", "doc", "https://c.example")} <= found


def test_document_mentions_and_makers() -> None:
    inventory = read(
        comment="about",
        packages=[package("a")],
        documentDescribes=["SPDXRef-a"],
        creationInfo={
            "creators": ["Tool: gen-1", "Organization: Acme (a@acme.example)", "Person: Jane"],
            "comment": "made",
        },
        annotations=[{"annotator": "Person: Joe", "comment": "seen"}],
        revieweds=[{"reviewer": "Person: Sue", "comment": "good"}],
        externalDocumentRefs=[{"externalDocumentId": "DocumentRef-x", "spdxDocument": "urn:x"}],
    )
    assert inventory.documents[0].makers == ("Acme",)
    assert inventory.documents[0].serial == "urn:d"
    assert inventory.documents[0].spec_version == "SPDX-2.3"
    assert mentions(inventory) == {
        ("name", "a", "a"),
        ("comment", "a", "doc"),
        ("comment", "a", "about"),
        ("comment", "a", "made"),
        ("comment", "a", "seen"),
        ("comment", "a", "good"),
        ("bom-tool", "a", "gen-1"),
        ("bom-author", "a", "Acme"),
        ("bom-author", "a", "a@acme.example"),
        ("bom-author", "a", "Jane"),
        ("annotator", "a", "Person: Joe"),
        ("annotator", "a", "Person: Sue"),
        ("link", "a", "urn:x"),
        ("link", "a", "urn:d"),
    }
    assert any("external documents that no relationship uses" in note for note in inventory.notes)


TWO = [package("a"), package("b")]
DESCRIBES_A = relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-a")

PRODUCTS: list[tuple[dict[str, Any], str, set[Fact], set[str]]] = [
    ({"documentDescribes": ["SPDXRef-a"]}, "a", set(), set()),
    ({"relationships": [DESCRIBES_A], "documentDescribes": ["SPDXRef-a"]}, "a", set(), set()),
    ({"relationships": [relation("SPDXRef-a", "DESCRIBED_BY", "SPDXRef-DOCUMENT")]}, "a", set(), set()),
    ({"relationships": [relation("SPDXRef-DOCUMENT", "DESCRIBE", "SPDXRef-a")]}, "a", set(), set()),
    ({"relationships": [relation("SPDXRef-DOCUMENT", "describes", "SPDXRef-a")]}, "a", set(), set()),
    (
        {"documentDescribes": ["SPDXRef-a"], "relationships": [relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-b")]},
        "doc",
        {("doc", "included", "a"), ("doc", "included", "b")},
        set(),
    ),
    ({}, "doc", set(), {"no-root"}),
    ({"documentDescribes": ["NOASSERTION"]}, "doc", set(), {"no-root"}),
    (
        {"relationships": [relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-DOCUMENT"), DESCRIBES_A]},
        "a",
        set(),
        set(),
    ),
    ({"relationships": [relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-DOCUMENT")]}, "doc", set(), {"no-root"}),
    (
        {"documentDescribes": ["SPDXRef-gone"]},
        "doc",
        {("doc", "included", "SPDXRef-gone")},
        {"dangling-ref"},
    ),
    (
        {"relationships": [relation("SPDXRef-DOCUMENT", "DEPENDS_ON", "SPDXRef-b"), DESCRIBES_A]},
        "a",
        {("a", "runtime", "b")},
        set(),
    ),
    (
        {"relationships": [DESCRIBES_A, relation("SPDXRef-b", "CONTAINS", "SPDXRef-DOCUMENT")]},
        "a",
        set(),
        set(),
    ),
]


@pytest.mark.parametrize(("given", "product", "expected", "codes"), PRODUCTS)
def test_product(given: dict[str, Any], product: str, expected: set[Fact], codes: set[str]) -> None:
    inventory = read(packages=TWO, **given)
    root = inventory.components[inventory.documents[0].product]

    assert root.label == product
    assert root.synthetic == (product == "doc")
    assert inventory.roots == (inventory.documents[0].product,)
    assert edges(inventory) == expected
    assert set(gaps(inventory)) - {"no-edges"} == codes


def test_misspelt_and_circular_descriptions_are_noted() -> None:
    inventory = read(packages=TWO, relationships=[relation("SPDXRef-DOCUMENT", "DESCRIBE", "SPDXRef-DOCUMENT")])

    assert any("DESCRIBE is read as DESCRIBES" in note for note in inventory.notes)
    assert any("describes itself" in note for note in inventory.notes)


def test_files_only() -> None:
    inventory = read(files=[{"SPDXID": "SPDXRef-f", "fileName": "f"}], documentDescribes=["SPDXRef-f"])

    assert inventory.components[inventory.documents[0].product].name == "f"
    assert next(gap for gap in inventory.gaps if gap.code == "not-asserted-complete").count == 1


GAPS: list[tuple[dict[str, Any], dict[str, int]]] = [
    ({"packages": TWO, "documentDescribes": ["SPDXRef-a"]}, {"no-edges": 1}),
    ({"packages": TWO[:1], "documentDescribes": ["SPDXRef-a"]}, {"empty-inventory": 1}),
    ({}, {"no-root": 1, "empty-inventory": 1}),
    (
        {
            "packages": TWO[:1],
            "documentDescribes": ["SPDXRef-a"],
            "relationships": [relation("SPDXRef-a", "DEPENDS_ON", "NONE")],
        },
        {},
    ),
    (
        {
            "packages": TWO,
            "documentDescribes": ["SPDXRef-a"],
            "relationships": [relation("SPDXRef-a", "CONTAINS", "NOASSERTION")],
        },
        {"declared-incomplete": 1, "no-edges": 1},
    ),
    (
        {
            "packages": TWO,
            "documentDescribes": ["SPDXRef-a"],
            "relationships": [relation("SPDXRef-a", "GENERATED_FROM", "NOASSERTION")],
        },
        {"no-edges": 1},
    ),
    (
        {
            "packages": [*TWO, package("b", versionInfo="2")],
            "documentDescribes": ["SPDXRef-a"],
            "relationships": [relation("SPDXRef-a", "DEPENDS_ON", "SPDXRef-b")],
        },
        {"duplicate-ref": 1},
    ),
    (
        {
            "packages": [*TWO, package("b")],
            "documentDescribes": ["SPDXRef-a"],
            "relationships": [relation("SPDXRef-a", "DEPENDS_ON", "SPDXRef-b")],
        },
        {},
    ),
    (
        {
            "packages": TWO,
            "documentDescribes": ["SPDXRef-a"],
            "relationships": [relation("SPDXRef-a", "DEPENDS_ON", "SPDXRef-gone")],
        },
        {"dangling-ref": 1},
    ),
    (
        {
            "packages": TWO,
            "documentDescribes": ["SPDXRef-a"],
            "relationships": [relation("SPDXRef-a", "CONTAINS", "SPDXRef-b"), {"spdxElementId": "SPDXRef-a"}],
        },
        {"parse-partial": 1},
    ),
]


@pytest.mark.parametrize(("given", "expected"), GAPS)
def test_gaps(given: dict[str, Any], expected: dict[str, int]) -> None:
    assert gaps(read(**given)) == expected


@pytest.mark.parametrize(
    ("version", "known"),
    [
        ("SPDX-2.2", True),
        ("SPDX-2.3", True),
        ("SPDX-2.2.1", True),
        ("SPDX-2.3.1", True),
        ("SPDX-2.1", False),
        ("SPDX-2.4", False),
        ("SPDX-2.30", False),
        ("", False),
    ],
)
def test_versions(version: str, known: bool) -> None:
    assert ("unsupported-version" not in gaps(read(spdxVersion=version))) == known


def test_completeness_is_counted_per_package() -> None:
    closing = relation("SPDXRef-a", "CONTAINS", "NONE")
    counts = [
        {gap.code: gap.count for gap in read(packages=TWO, relationships=some).gaps}["not-asserted-complete"]
        for some in ([], [closing])
    ]
    assert counts == [2, 1]


def test_edges_fan_out_to_all_holders_of_an_id() -> None:
    inventory = read(
        packages=[package("a"), package("b", versionInfo="1"), package("b", versionInfo="2")],
        relationships=[relation("SPDXRef-a", "CONTAINS", "SPDXRef-b")],
    )
    assert edges(inventory) == {("a", "included", "b@1"), ("a", "included", "b@2")}


def test_fan_out_is_bounded() -> None:
    many = [package("a", versionInfo=str(number)) for number in range(1_500)]
    with pytest.raises(LimitExceeded, match="several elements share"):
        read(packages=many, relationships=[relation("SPDXRef-a", "CONTAINS", "SPDXRef-a")])


def test_element_with_the_id_of_the_document_keeps_its_edges() -> None:
    inventory = read(
        packages=[package("a"), package("DOCUMENT")],
        documentDescribes=["SPDXRef-a"],
        relationships=[relation("SPDXRef-a", "CONTAINS", "SPDXRef-DOCUMENT")],
    )
    assert ("a", "included", "DOCUMENT") in edges(inventory)
    assert gaps(inventory) == {"duplicate-ref": 1}


EXTERNAL = [{"externalDocumentId": "DocumentRef-x", "spdxDocument": "https://x.example/ns"}]

LINKS: list[tuple[dict[str, str], set[tuple[str, str]]]] = [
    (relation("SPDXRef-b", "CONTAINS", "DocumentRef-x:SPDXRef-y"), {("b", "https://x.example/ns#SPDXRef-y")}),
    (relation("DocumentRef-x:SPDXRef-y", "DEPENDENCY_OF", "SPDXRef-b"), {("b", "https://x.example/ns#SPDXRef-y")}),
    (relation("SPDXRef-b", "COPY_OF", "DocumentRef-x:SPDXRef-y"), {("b", "https://x.example/ns#SPDXRef-y")}),
    (relation("SPDXRef-b", "DEPENDS_ON", "DocumentRef-q:SPDXRef-y"), {("b", "DocumentRef-q:SPDXRef-y")}),
    (
        relation("SPDXRef-DOCUMENT", "AMENDS", "DocumentRef-x:SPDXRef-DOCUMENT"),
        {("a", "https://x.example/ns#SPDXRef-DOCUMENT")},
    ),
    (relation("SPDXRef-DOCUMENT", "AMENDS", "DocumentRef-x"), {("a", "https://x.example/ns")}),
    (relation("SPDXRef-b", "DEPENDENCY_OF", "DocumentRef-x:SPDXRef-y"), set()),
    (relation("SPDXRef-b", "METAFILE_OF", "DocumentRef-x:SPDXRef-y"), set()),
]


@pytest.mark.parametrize(("given", "expected"), LINKS)
def test_links(given: dict[str, str], expected: set[tuple[str, str]]) -> None:
    inventory = read(
        packages=TWO, documentDescribes=["SPDXRef-a"], externalDocumentRefs=EXTERNAL, relationships=[given]
    )
    assert {(inventory.components[link.component].name, link.target) for link in inventory.links} == expected
    assert any("another document" in note for note in inventory.notes) == (not expected)
    assert "dangling-ref" not in gaps(inventory)


def test_described_external_element_is_a_link_of_the_document() -> None:
    inventory = read(packages=TWO, documentDescribes=["DocumentRef-x:SPDXRef-y"], externalDocumentRefs=EXTERNAL)

    assert [(link.component, link.target) for link in inventory.links] == [(2, "https://x.example/ns#SPDXRef-y")]
    assert "no-root" not in gaps(inventory)


def test_dangling_reference_is_a_component_named_by_its_id() -> None:
    inventory = read(packages=TWO, relationships=[relation("SPDXRef-a", "CONTAINS", "SPDXRef-kaspersky-sdk")])
    phantom = inventory.components[-1]

    assert (phantom.name, phantom.type) == ("SPDXRef-kaspersky-sdk", "unresolved")
    assert inventory.mentions.of(3) == [("ref", "SPDXRef-kaspersky-sdk")]


def test_comment_of_a_relationship_is_its_left_side_s() -> None:
    inventory = read(
        packages=TWO, relationships=[relation("SPDXRef-a", "DEPENDS_ON", "SPDXRef-b", comment="uses an engine")]
    )
    assert ("comment", "a", "uses an engine") in mentions(inventory)


def test_references_are_collected() -> None:
    inventory = read(
        packages=[package("a", hasFiles=["SPDXRef-f"])],
        documentDescribes=["SPDXRef-d"],
        relationships=[relation("SPDXRef-l", "CONTAINS", "SPDXRef-r")],
        externalDocumentRefs=EXTERNAL,
    )
    ids = {"SPDXRef-a", "SPDXRef-f", "SPDXRef-d", "SPDXRef-l", "SPDXRef-r", "DocumentRef-x", "SPDXRef-DOCUMENT"}
    assert inventory.refs == ids


ODD: list[tuple[dict[str, Any], set[str], bool]] = [
    ({"versionInfo": 1.10}, {"a@1.1"}, False),
    ({"versionInfo": None}, {"a"}, False),
    ({"checksums": None, "externalRefs": None}, {"a"}, False),
    ({"attributionTexts": "one"}, {"a"}, False),
    ({"supplier": {"name": "Acme"}}, {"a"}, False),
    ({"supplier": {"organization": {"x": "Acme"}}}, {"a"}, True),
]


@pytest.mark.parametrize(("given", "labels", "partial"), ODD)
def test_odd_values_cost_only_themselves(
    given: dict[str, Any],
    labels: set[str],
    partial: bool,
) -> None:
    inventory = read(packages=[None, package("a", **given), 7], documentDescribes=["SPDXRef-a"])

    assert {component.label for component in inventory.components} == labels
    assert inventory.components[0].pointer == "/packages/1"
    assert ("parse-partial" in gaps(inventory)) == partial


def test_pointers_through_the_github_wrapper() -> None:
    wrapped = {
        "sbom": document(
            packages=TWO,
            files=[{"SPDXID": "SPDXRef-f", "fileName": "f"}],
            snippets=[{"SPDXID": "SPDXRef-s", "name": "s"}],
        )
    }
    inventory = read_json(source(json.dumps(wrapped)))

    pointers = [component.pointer for component in inventory.components]
    assert pointers == ["/sbom/packages/0", "/sbom/packages/1", "/sbom/files/0", "/sbom/snippets/0", ""]
    assert read(packages=TWO).components[1].pointer == "/packages/1"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b'{"spdxVersion": "SPDX-2.3"}\n<html>', "line 2, column 1"),
        (b'{"spdxVersion": "SPDX-2.3",\n "packages": [', "line 2, column 15"),
        (b'{"spdxVersion": "SPDX-2.3",\n "name": "\xc3\xa9\xff"}', "line 2, column 12"),
        (b'{"spdxVersion": 2,\n "packages": [1,}', "line 2, column 17"),
        (b"", "line 1, column 1"),
    ],
)
def test_broken_json_is_refused_with_its_place(text: bytes, place: str) -> None:
    with pytest.raises(MalformedSbom) as caught:
        read_json(source(text))
    assert caught.value.place == place


def test_limits() -> None:
    with pytest.raises(LimitExceeded):
        read_json(source(b'{"spdxVersion": "SPDX-2.3", "x": ' + b"[" * 100_000))
    with pytest.raises(LimitExceeded):
        read_json(source(json.dumps(document(packages=TWO)), components=1))
    with pytest.raises(LimitExceeded):
        read_json(source(json.dumps(document(relationships=[relation("a", "CONTAINS", "b")])), components=1))
