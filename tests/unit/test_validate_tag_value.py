"""The rules of SPDX tag-value, each broken one with its line."""

from __future__ import annotations

import csv
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import SHARED
from debar.errors import MalformedSbom
from debar.validate import validate
from debar.validate.tag_rules import rules

FORM = "SPDX tag-value"
VALID = """SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: product
DocumentNamespace: https://example.com/product-1
ExternalDocumentRef: DocumentRef-other https://example.com/other SHA1: d6a770ba38583ed4bb4525bd96e50461655d2758
Creator: Tool: maker-1.0
Creator: Organization: ACME (a@example.com)
Created: 2024-02-29T18:30:22Z
# a comment

PackageName: glibc
SPDXID: SPDXRef-glibc
PackageSupplier: Organization: ACME
PackageDownloadLocation: git+https://example.com/glibc.git@v1#src
FilesAnalyzed: true
PackageChecksum: SHA256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
PackageLicenseConcluded: (MIT OR LicenseRef-1 OR DocumentRef-other:LicenseRef-9)
PackageComment: <text>Kaspersky:
PackageName: nothing
</text>
ExternalRef: PACKAGE-MANAGER purl pkg:deb/debian/glibc@2
PrimaryPackagePurpose: OPERATING-SYSTEM
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-glibc
Relationship: SPDXRef-glibc DEPENDS_ON NOASSERTION
Relationship: SPDXRef-glibc COPY_OF DocumentRef-other:SPDXRef-x

FileName: ./a.c
SPDXID: SPDXRef-a
FileType: SOURCE
FileChecksum: SHA1: d6a770ba38583ed4bb4525bd96e50461655d2758
LicenseComments: none

SnippetSPDXID: SPDXRef-s
SnippetFromFileSPDXID: SPDXRef-a
SnippetByteRange: 310:420

LicenseID: LicenseRef-1
ExtractedText: <text>Do what you like.</text>

Annotator: Person: Jane
AnnotationDate: 2024-01-01T00:00:00Z
AnnotationType: REVIEW
SPDXREF: SPDXRef-glibc
AnnotationComment: good
"""


def problems(text: str, version: str = "2.3", most: int = 100) -> list[tuple[int, str]]:
    return [(one.line, one.message) for one in validate(text.encode(), "x", FORM, version, most=most)]


def test_a_valid_document_has_no_problems() -> None:
    assert problems(VALID) == []
    assert problems(VALID.replace("\n", "\r\n")) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("DataLicense: CC0-1.0", "DataLicense: MIT", 2, "CC0-1.0"),
        ("DataLicense: CC0-1.0\n", "", 1, "no DataLicense"),
        ("SPDXID: SPDXRef-DOCUMENT", "SPDXID: SPDXRef-doc", 3, "SPDXRef-DOCUMENT"),
        ("DocumentName: product", "DocumentName: product\nDocumentName: two", 5, "only once"),
        ("DocumentName: product", "DocumentName:", 4, "empty"),
        ("https://example.com/product-1", "https://example.com/#1", 5, "without #"),
        ("SHA1: d6a770ba38583ed4bb4525bd96e50461655d2758\nCreator", "SHA1: d6\nCreator", 6, "SHA1"),
        ("Creator: Tool: maker-1.0", "Creator: maker", 7, "Person:"),
        ("2024-02-29T18:30:22Z", "2023-02-29T18:30:22Z", 9, "no such date"),
        ("2024-02-29T18:30:22Z", "2024-02-29 18:30", 9, "YYYY-MM-DDThh:mm:ssZ"),
        ("2024-02-29T18:30:22Z", "2024-02-29T18:30:22.5Z", 9, "YYYY-MM-DDThh:mm:ssZ"),
        ("SPDXID: SPDXRef-glibc\n", "", 12, "no SPDXID"),
        ("SPDXID: SPDXRef-a", "SPDXID: SPDXRef-glibc", 29, "line 13"),
        ("SPDXID: SPDXRef-a\n", "SPDXID: SPDXRef-a_b\n", 29, "letters, digits"),
        ("Organization: ACME\nPackageD", "ACME\nPackageD", 14, "Organization:"),
        ("git+https://example.com/glibc.git@v1#src", "somewhere", 15, "URL"),
        ("PackageDownloadLocation: git+https://example.com/glibc.git@v1#src\n", "", 12, "no PackageDownloadLocation"),
        ("FilesAnalyzed: true", "FilesAnalyzed: True", 16, "true or false"),
        ("SHA256: aaaa", "SHA256: aaa", 17, "64 hexadecimal digits, and this has 63"),
        ("SHA256: aaaa", "SHA256: AAAA", 17, "lower-case"),
        ("SHA256: aaaa", "ROT13: aaaa", 17, "ROT13"),
        ("OR LicenseRef-1 ", "OR LicenseRef-2 ", 18, "no LicenseID defines LicenseRef-2"),
        ("PACKAGE-MANAGER purl", "SHOP purl", 22, "SHOP"),
        ("PrimaryPackagePurpose: OPERATING-SYSTEM", "PrimaryPackagePurpose: TOY", 23, "one of"),
        ("DESCRIBES", "EATS", 24, "EATS"),
        ("DESCRIBES SPDXRef-glibc", "DESCRIBES SPDXRef-nothing", 24, "SPDXRef-nothing"),
        ("DESCRIBES SPDXRef-glibc", "DESCRIBES", 24, "a relationship is"),
        ("DocumentRef-other:SPDXRef-x", "DocumentRef-no:SPDXRef-x", 26, "DocumentRef-no"),
        ("FileType: SOURCE", "FileType: SECRET", 30, "one of"),
        ("FileChecksum: SHA1: d6a770ba38583ed4bb4525bd96e50461655d2758\n", "", 28, "no FileChecksum"),
        ("310:420", "420:310", 36, "range"),
        ("310:420", "0:1", 36, "range"),
        ("LicenseID: LicenseRef-1", "LicenseID: LicenseRef-1\nLicenseID: LicenseRef-1", 38, "no ExtractedText"),
        ("AnnotationType: REVIEW", "AnnotationType: REVIEW\nAnnotationType: OTHER", 44, "only once"),
        ("AnnotationDate: 2024-01-01T00:00:00Z\n", "", 41, "no AnnotationDate"),
        ("SPDXREF: SPDXRef-glibc", "SPDXREF: SPDXRef-nothing", 44, "SPDXRef-nothing"),
        ("# a comment", "a comment", 10, "no tag"),
        ("# a comment", "PackageVendor: x", 10, "no such tag"),
        ("# a comment", "packageName: x", 10, "no such tag"),
        ("# a comment", "PackageVersion: 1", 10, "none has begun"),
    ],
)
def test_each_broken_rule_is_said_with_its_line(old: str, new: str, line: int, says: str) -> None:
    assert old in VALID

    found = problems(VALID.replace(old, new, 1))

    assert any(where == line and says in message for where, message in found), found


def test_what_files_analyzed_forbids() -> None:
    text = VALID.replace("FilesAnalyzed: true", "FilesAnalyzed: false\nPackageLicenseInfoFromFiles: MIT")

    assert problems(text) == [(12, "the package has a PackageLicenseInfoFromFiles though FilesAnalyzed is false")]


def test_2_2_wants_more_and_knows_less() -> None:
    found = problems(VALID.replace("SPDX-2.3", "SPDX-2.2"), "2.2")

    assert (12, "the package has no PackageCopyrightText") in found
    assert (23, "there is no such tag in SPDX 2.2") in found


def test_relationship_types_are_those_of_the_schema() -> None:
    assert len(rules("2.2").closed["relationship"]) == 42
    assert len(rules("2.3").closed["relationship"]) == 45


@pytest.mark.parametrize(
    "text", [b"SPDXVersion: SPDX-2.3\nDocumentName: \xff", b"SPDXVersion: SPDX-2.3\nDocumentComment: <text>x"]
)
def test_broken_text_is_refused_with_its_line(text: bytes) -> None:
    with pytest.raises(MalformedSbom, match="line 2"):
        validate(text, "x", FORM, "2.3")


@given(st.lists(st.sampled_from(VALID.splitlines()), max_size=30), st.integers(1, 5))
def test_lines_in_any_order_make_problems_in_order(lines: list[str], most: int) -> None:
    try:
        found = problems("\n".join(lines), most=most)
    except MalformedSbom:
        return
    assert len(found) <= most
    assert [line for line, _ in found] == sorted(line for line, _ in found)


def test_time_is_linear() -> None:
    package = "PackageName: n{0}\nSPDXID: SPDXRef-{0}\nPackageDownloadLocation: NONE\n"
    package += "Relationship: SPDXRef-{0} CONTAINS NONE\n"
    text = VALID + "".join(package.format(number) for number in range(20_000))

    before = time.process_time()
    assert problems(text) == []

    assert time.process_time() - before < 5


@pytest.mark.corpus
@pytest.mark.skipif(not (SHARED / "corpus" / "MANIFEST.csv").exists(), reason="not here")
def test_the_example_of_the_specification_is_valid() -> None:
    rows = csv.DictReader((SHARED / "corpus" / "MANIFEST.csv").read_text(encoding="utf-8").splitlines())
    for row in rows:
        if row["format"] == "SPDX-TV":
            text = (SHARED / "corpus" / row["path"]).read_bytes()
            assert validate(text, "x", FORM, row["version"]) == ()
