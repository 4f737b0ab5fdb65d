"""One document in JSON, YAML and tag-value is one inventory; each notation has traps of its own."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
import yaml
from test_read_spdx2 import document, edges, gaps, mentions, package, refer, relation, source

from conftest import SHARED
from debar import read as read_any
from debar.errors import LimitExceeded, MalformedSbom
from debar.read.spdx2_json import read_json
from debar.read.spdx2_tag import read_tag_value
from debar.read.spdx2_yaml import read_yaml

if TYPE_CHECKING:
    from debar.model.inventory import Inventory

DOCUMENT = document(
    comment="about\nit",
    creationInfo={"creators": ["Tool: gen-1", "Organization: Acme (a@acme.example)"], "comment": "made"},
    externalDocumentRefs=[
        {
            "externalDocumentId": "DocumentRef-x",
            "spdxDocument": "https://x.example/ns",
            "checksum": {"algorithm": "SHA1", "checksumValue": "d6a770ba38583ed4bb4525bd96e50461655d2759"},
        }
    ],
    annotations=[{"annotator": "Person: Joe", "comment": "document seen"}],
    revieweds=[{"reviewer": "Person: Sue", "comment": "reviewed"}],
    packages=[
        package(
            "a",
            versionInfo="1.10",
            supplier="Organization: Acme (a@acme.example)",
            originator="Person: Jané (Oslo)",
            downloadLocation="git+https://x.example/a.git",
            homepage="https://x.example/",
            sourceInfo="source",
            summary="summary",
            description="one\n\n  two # three: four",
            comment="comment",
            copyrightText="(c) Acme",
            licenseConcluded="LicenseRef-1",
            licenseDeclared="MIT",
            licenseComments="why",
            licenseInfoFromFiles=["MIT", "NOASSERTION"],
            attributionTexts=["thanks"],
            packageFileName="a.tgz",
            primaryPackagePurpose="APPLICATION",
            checksums=[{"algorithm": "SHA1", "checksumValue": "ab12"}],
            packageVerificationCode={
                "packageVerificationCodeValue": "cd34",
                "packageVerificationCodeExcludedFiles": ["./a.spdx", "./b.spdx"],
            },
            annotations=[{"annotator": "Tool: t", "comment": "package seen"}],
            hasFiles=["SPDXRef-f", "SPDXRef-g"],
            **refer("PACKAGE-MANAGER", "purl", "pkg:npm/a@1.10", comment="the purl"),
        ),
        package("b", versionInfo="no"),
        package("c", versionInfo="2024-01-02"),
    ],
    files=[
        {
            "SPDXID": "SPDXRef-f",
            "fileName": "./f.c",
            "checksums": [{"algorithm": "MD5", "checksumValue": "ef56"}],
            "licenseInfoInFiles": ["MIT"],
            "copyrightText": "(c) file",
            "comment": "file",
            "noticeText": "notice",
            "fileContributors": ["Jane"],
            "fileDependencies": ["./g.c"],
            "attributionTexts": ["file thanks"],
            "artifactOfs": [{"name": "proj", "homePage": "https://p.example", "projectUri": "https://u.example"}],
        },
        {"SPDXID": "SPDXRef-g", "fileName": "./g.c"},
    ],
    snippets=[
        {
            "SPDXID": "SPDXRef-s",
            "name": "snip",
            "snippetFromFile": "SPDXRef-f",
            "comment": "snippet",
            "licenseInfoInSnippets": ["LicenseRef-1"],
        }
    ],
    hasExtractedLicensingInfos=[
        {
            "licenseId": "LicenseRef-1",
            "name": "EULA",
            "extractedText": "line 1\n\nPackageName: none of this",
            "comment": "licence",
            "seeAlsos": ["https://l.example"],
        }
    ],
    relationships=[
        relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-a"),
        relation("SPDXRef-a", "DEPENDS_ON", "SPDXRef-b", comment="needs"),
        relation("SPDXRef-c", "TEST_DEPENDENCY_OF", "SPDXRef-a"),
        relation("SPDXRef-b", "CONTAINS", "NONE"),
        relation("SPDXRef-a", "CONTAINS", "NOASSERTION"),
        relation("SPDXRef-b", "CONTAINS", "SPDXRef-gone"),
        relation("SPDXRef-b", "CONTAINS", "DocumentRef-x:SPDXRef-y"),
    ],
)

TAG_VALUE = """\
# A comment: PackageName: x
SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: doc
DocumentNamespace: urn:d
DocumentComment: <text>about
it</text>
ExternalDocumentRef: DocumentRef-x https://x.example/ns SHA1: d6a770ba38583ed4bb4525bd96e50461655d2759
Creator: Tool: gen-1
Creator: Organization: Acme (a@acme.example)
Created: 2010-01-29T18:30:22.123Z
CreatorComment: made
Annotator: Person: Joe
AnnotationDate: 2010-01-29T18:30:22Z
AnnotationType: OTHER
AnnotationComment: document seen
SPDXREF: SPDXRef-DOCUMENT
Reviewer: Person: Sue
ReviewDate: 2010-01-29T18:30:22Z
ReviewComment: <text>reviewed</text>

PackageName: b
SPDXID: SPDXRef-b
PackageVersion: no
FilesAnalyzed: false

PackageName: a
SPDXID: SPDXRef-a
PackageVersion: 1.10
PackageSupplier: Organization: Acme (a@acme.example)
PackageOriginator: Person: Jané (Oslo)
PackageDownloadLocation: git+https://x.example/a.git
PackageHomePage: https://x.example/
PackageSourceInfo: source
PackageSummary: <text>summary</text>
PackageDescription: <text>one

  two # three: four</text>
PackageComment: comment
PackageCopyrightText: <text>(c) Acme</text>
PackageLicenseConcluded: LicenseRef-1
PackageLicenseDeclared: MIT
PackageLicenseComments: why
PackageLicenseInfoFromFiles: MIT
PackageLicenseInfoFromFiles: NOASSERTION
PackageAttributionText: thanks
PackageFileName: a.tgz
PrimaryPackagePurpose: APPLICATION
PackageChecksum: SHA1: ab12
PackageVerificationCode: cd34 (excludes: ./a.spdx, ./b.spdx)
ExternalRef: PACKAGE-MANAGER purl pkg:npm/a@1.10
ExternalRefComment: the purl
FileName: ./f.c
SPDXID: SPDXRef-f
FileType: SOURCE
FileChecksum: MD5: ef56
LicenseInfoInFile: MIT
FileCopyrightText: (c) file
FileComment: file
FileNotice: notice
FileContributor: Jane
FileDependency: ./g.c
FileAttributionText: file thanks
ArtifactOfProjectName: proj
ArtifactOfProjectHomePage: https://p.example
ArtifactOfProjectURI: https://u.example
FileName: ./g.c
SPDXID: SPDXRef-g
SnippetSPDXID: SPDXRef-s
SnippetFromFileSPDXID: SPDXRef-f
SnippetByteRange: 310:420
SnippetName: snip
SnippetComment: snippet
LicenseInfoInSnippet: LicenseRef-1
Annotator: Tool: t
AnnotationComment: package seen
SPDXREF: SPDXRef-a

packagename: c
  SPDXID : SPDXRef-c
PackageVersion:2024-01-02

LicenseID: LicenseRef-1
ExtractedText: <TEXT>line 1

PackageName: none of this</TEXT>
LicenseName: EULA
LicenseCrossReference: https://l.example
LicenseComment: licence

Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-a
Relationship: SPDXRef-a DEPENDS_ON SPDXRef-b
RelationshipComment: needs
Relationship: SPDXRef-c TEST_DEPENDENCY_OF SPDXRef-a
Relationship: SPDXRef-b CONTAINS NONE
Relationship: SPDXRef-a CONTAINS NOASSERTION
Relationship: SPDXRef-b CONTAINS SPDXRef-gone
Relationship: SPDXRef-b CONTAINS DocumentRef-x:SPDXRef-y
"""


def content(inventory: Inventory) -> object:
    return (
        sorted((c.label, c.ref, c.purl, c.type, c.has, c.synthetic) for c in inventory.components),
        edges(inventory),
        mentions(inventory),
        {(gap.code, gap.count) for gap in inventory.gaps},
        {(inventory.components[link.component].label, link.target, link.hashes) for link in inventory.links},
        inventory.refs - {"./g.c"},
        inventory.components[inventory.documents[0].product].label,
        inventory.documents[0].makers,
        inventory.notes,
    )


JSON = json.dumps(DOCUMENT)
YAML = yaml.safe_dump(DOCUMENT, allow_unicode=True, sort_keys=False)


def test_three_notations_are_one_inventory() -> None:
    inventory = read_json(source(JSON))

    assert gaps(inventory) == {"declared-incomplete": 1, "dangling-ref": 1}
    assert content(read_yaml(source(YAML))) == content(inventory)
    assert content(read_tag_value(source(TAG_VALUE))) == content(inventory)


@pytest.mark.parametrize(("text", "form"), [(JSON, "SPDX JSON"), (YAML, "SPDX YAML"), (TAG_VALUE, "SPDX tag-value")])
def test_format_is_named(text: str, form: str) -> None:
    document_ = read_any.read(text.encode(), "x").documents[0]

    assert document_.format == form
    assert (document_.name, document_.spec_version, document_.text) == ("doc", "SPDX-2.3", text.encode())


@pytest.mark.parametrize(
    "text",
    [
        TAG_VALUE.replace("\n", "\r\n"),
        TAG_VALUE.replace("\n", "\r"),
        TAG_VALUE.replace("\nPackage", "\r\nPackage").replace("\nFile", "\rFile"),
    ],
    ids=["CRLF", "CR", "mixed"],
)
def test_line_ends(text: str) -> None:
    assert content(read_tag_value(source(text))) == content(read_tag_value(source(TAG_VALUE)))


def test_lines_of_elements() -> None:
    inventory = read_tag_value(source(TAG_VALUE))
    places = {c.label: (c.line, c.column, c.pointer) for c in inventory.components}
    lines = TAG_VALUE.splitlines()

    assert places["b@no"] == (lines.index("PackageName: b") + 1, 1, "")
    assert places["./g.c"] == (lines.index("FileName: ./g.c") + 1, 1, "")
    assert places["snip"] == (lines.index("SnippetSPDXID: SPDXRef-s") + 1, 1, "")
    assert places["c@2024-01-02"] == (lines.index("packagename: c") + 1, 1, "")

    yaml_lines = YAML.splitlines()
    inventory = read_yaml(source(YAML))
    places = {c.label: (c.line, c.column, c.pointer) for c in inventory.components}
    assert places["a@1.10"] == (yaml_lines.index("- SPDXID: SPDXRef-a") + 1, 3, "")
    assert places["./g.c"] == (yaml_lines.index("- SPDXID: SPDXRef-g") + 1, 3, "")
    assert places["snip"] == (yaml_lines.index("- SPDXID: SPDXRef-s") + 1, 3, "")


def tags(*lines: str) -> Inventory:
    return read_tag_value(source("\n".join(("SPDXVersion: SPDX-2.3", *lines))))


def test_unclosed_text_is_refused_with_the_line_it_starts_on() -> None:
    with pytest.raises(MalformedSbom, match="never closed") as caught:
        tags("PackageName: a", "PackageComment: <text>never", "PackageName: b")
    assert caught.value.place == "line 3"


def test_text_after_a_closed_text_is_kept() -> None:
    assert ("comment", "a", "one two") in mentions(tags("PackageName: a", "PackageComment: <text>one</text> two"))


def test_what_is_no_tag_is_noted() -> None:
    inventory = tags("some page text", "PackageName: a", "Unheard: of", "more text", "Unheard: again")

    assert inventory.notes == (
        "lines that are no tag: 2, the first is line 2",
        "unknown tags: 1: Unheard (line 4)",
    )


def test_repeated_tags_are_a_gap_and_the_last_counts() -> None:
    inventory = tags(
        "PackageName: a", "PackageSupplier: Person: A", "PackageSupplier: Person: B", "SPDXID: x", "SPDXID: y"
    )

    assert gaps(inventory)["duplicate-key"] == 2
    assert inventory.mentions.distinct("supplier") == {"B"}
    assert inventory.components[0].ref == "x"


def test_tags_before_their_header_are_not_lost() -> None:
    inventory = tags("PackageSupplier: Person: A", "FileContributor: B", "ExternalRefComment: c", "SnippetComment: d")

    assert {value for _, _, value in mentions(inventory)} == {"A", "B", "c", "d"}


def test_licence_of_a_package_without_its_prefix() -> None:
    inventory = tags("PackageName: a", "LicenseConcluded: LicenseRef-x")
    assert ("licence", "a", "LicenseRef-x") in mentions(inventory)
    assert len(inventory.components) == 2


def test_files_follow_the_package_that_was_analysed() -> None:
    inventory = tags(
        *("PackageName: a", "SPDXID: a", "FileName: f", "SPDXID: f"),
        *("PackageName: b", "SPDXID: b", "FilesAnalyzed: false", "FileName: g", "SPDXID: g"),
    )
    assert edges(inventory) == {("a", "included", "f")}


def test_broken_lines_are_counted() -> None:
    inventory = tags("PackageName: a", "Relationship: a CONTAINS", "ExternalRef: x", "PackageVerificationCode: (")
    assert gaps(inventory)["parse-partial"] == 1


def test_tag_value_is_linear() -> None:
    def seconds(count: int) -> float:
        text = "PackageName: a\nPackageComment: <text>\n" + "x\r\n" * count + "</text>\nAnnotationComment: y\n" * count
        begin = time.process_time()
        read_tag_value(source(text))
        return time.process_time() - begin

    seconds(100)
    assert seconds(20_000) < 40 * max(seconds(2_000), 0.005)


def yaml_packages(text: str) -> Inventory:
    return read_yaml(source(f"spdxVersion: SPDX-2.3\nname: doc\npackages:\n{text}"))


@pytest.mark.parametrize(
    ("version", "label"),
    [
        ("1.10", "a@1.10"),
        ("no", "a@no"),
        ("2001-01-01", "a@2001-01-01"),
        ("null", "a"),
        ("'null'", "a@null"),
        ("0x10", "a@0x10"),
    ],
)
def test_yaml_scalars_stay_text(version: str, label: str) -> None:
    assert yaml_packages(f"- name: a\n  versionInfo: {version}").components[0].label == label


def test_yaml_merges_and_aliases() -> None:
    inventory = yaml_packages(
        "- &a {name: a, supplier: 'Person: A', versionInfo: &v '1'}\n- {<<: *a, name: b}\n- {name: c, versionInfo: *v}"
    )
    assert [component.label for component in inventory.components] == ["a@1", "b@1", "c@1", "doc"]
    assert ("supplier", "b@1", "A") in mentions(inventory)


def test_yaml_lists_of_null_and_single_values() -> None:
    assert [c.name for c in yaml_packages("  name: only").components] == ["only", "doc"]
    assert [c.name for c in yaml_packages("  null").components] == ["doc"]
    assert yaml_packages("- name: a\n  checksums:\n  externalRefs: ~").components[0].name == "a"


@pytest.mark.parametrize(
    ("text", "code", "example"),
    [
        ("- name: a\n  name: b", "duplicate-key", "line 5, column 9: name"),
        ("- name: !!binary S2FzcGVyc2t5", "parse-partial", "line 4, column 9: the YAML tag tag:yaml.org,2002:binary"),
        ("- name: !!python/object:os.system x", "parse-partial", "tag:yaml.org,2002:python/object:os.system"),
        ("- ? [a]\n  : b", "parse-partial", "a key that is no text"),
        ("- supplier: {a: [b]}", "parse-partial", "/packages/0/supplier"),
    ],
)
def test_yaml_doubts(text: str, code: str, example: str) -> None:
    found = {gap.code: gap.examples for gap in yaml_packages(text).gaps}
    assert any(example in one for one in found[code])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("- name: [", "line 5, column 1"),
        ("- name: *gone", "line 4, column 9"),
        ("- &a [*a]", "line 4, column 7"),
        ("- name: a\n---\nname: b", "line 5, column 1"),
        ("- name: a\n\tb: c", "line 5, column 1"),
        ("- name: \x01", ""),
    ],
)
def test_broken_yaml_is_refused(text: str, place: str) -> None:
    with pytest.raises(MalformedSbom) as caught:
        yaml_packages(text)
    assert caught.value.place == place


@pytest.mark.parametrize(
    "text",
    [
        "- " * 300 + "a",
        "  " + "[" * 100_000,
        "  " + "{a: " * 2_000,
        "- &a [x]\n" + "- *a\n" * 1_001,
        "- &a [" + "x," * 2_000 + "]\n" + "- *a\n" * 600,
        "- &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"- &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20)),
    ],
)
def test_yaml_bombs_are_refused(text: str) -> None:
    begin = time.process_time()
    with pytest.raises(LimitExceeded):
        yaml_packages(text)
    assert time.process_time() - begin < 2


@pytest.mark.parametrize("reader", [read_json, read_yaml, read_tag_value])
def test_bytes_that_are_not_utf8(reader: object) -> None:
    assert callable(reader)
    with pytest.raises(MalformedSbom):
        reader(source(b'{"name": "\xff"}'))


def corpus() -> list[str]:
    if not SHARED.exists():
        return []
    files = [*(SHARED / "corpus").glob("*/*"), *(SHARED / "reference" / "sboms").glob("*")]
    return sorted(str(path) for path in files if "spdx" in path.name.lower() and "spdx3" not in path.name)


@pytest.mark.corpus
@pytest.mark.skipif(not corpus(), reason="not here")
@pytest.mark.parametrize("path", corpus())
def test_real_documents_are_read(path: str) -> None:
    with open(path, "rb") as file:  # noqa: PTH123 - the ids of the cases are texts
        inventory = read_any.read(file.read(), path)
    assert len(inventory.components) > 1
    assert "unsupported-version" not in gaps(inventory)


def test_one_example_in_three_notations() -> None:
    folder = SHARED / "corpus" / "spdx+tools-python"
    if not folder.exists():
        pytest.skip("not here")
    found = [
        content(read_any.read((folder / name).read_bytes(), name))
        for name in ("SPDXJSONExample-v2.3.spdx.json", "SPDXYAMLExample-v2.3.spdx.yaml")
    ]
    assert found[0] == found[1]
