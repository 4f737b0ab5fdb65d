"""Which tag may stand where, how often, and what it may say (SPDX 2.3, chapters 6 to 13; 2.2 where it differs)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from debar.validate import bundled

if TYPE_CHECKING:
    from collections.abc import Callable

#: Tags that begin a section.
BEGINS: Final = {
    "PackageName": "package",
    "FileName": "file",
    "SnippetSPDXID": "snippet",
    "LicenseID": "license",
    "ExternalRef": "external reference",
    "Relationship": "relationship",
    "Annotator": "annotation",
    "Reviewer": "review",
}
#: Sections that others may refer to, and that SPDXID and licences may belong to.
ELEMENTS: Final = frozenset({"package", "file", "snippet"})

# Section -> its tags; "!" is mandatory, "!2.2" mandatory in 2.2 only, "*" may repeat.
_TAGS: Final = {
    "document": """SPDXVersion! DataLicense! SPDXID! DocumentName! DocumentNamespace! ExternalDocumentRef*
        LicenseListVersion Creator!* Created! CreatorComment DocumentComment""",
    "package": """PackageName! SPDXID! PackageVersion PackageFileName PackageSupplier PackageOriginator
        PackageDownloadLocation! FilesAnalyzed PackageVerificationCode PackageChecksum* PackageHomePage
        PackageSourceInfo PackageLicenseConcluded!2.2 PackageLicenseInfoFromFiles* PackageLicenseDeclared!2.2
        PackageLicenseComments PackageCopyrightText!2.2 PackageSummary PackageDescription PackageComment
        PackageAttributionText* PrimaryPackagePurpose ReleaseDate BuiltDate ValidUntilDate""",
    "file": """FileName! SPDXID! FileType* FileChecksum!* LicenseConcluded!2.2 LicenseInfoInFile!2.2*
        LicenseComments FileCopyrightText!2.2 FileComment FileNotice FileContributor* FileAttributionText*
        FileDependency* ArtifactOfProjectName* ArtifactOfProjectHomePage* ArtifactOfProjectURI*""",
    "snippet": """SnippetSPDXID! SnippetFromFileSPDXID! SnippetByteRange! SnippetLineRange
        SnippetLicenseConcluded!2.2 LicenseInfoInSnippet* SnippetLicenseComments SnippetCopyrightText!2.2
        SnippetComment SnippetName SnippetAttributionText*""",
    "license": "LicenseID! ExtractedText! LicenseName LicenseCrossReference* LicenseComment",
    "external reference": "ExternalRef! ExternalRefComment",
    "relationship": "Relationship! RelationshipComment",
    "annotation": "Annotator! AnnotationDate! AnnotationType! SPDXREF! AnnotationComment!",
    "review": "Reviewer! ReviewDate! ReviewComment",
}
_TAG: Final = re.compile(r"(\w+)(!?)(2\.2)?(\*?)")

#: Tags with licence expressions, which may name a LicenseRef.
LICENSES: Final = frozenset(
    {
        *("PackageLicenseConcluded", "PackageLicenseInfoFromFiles", "PackageLicenseDeclared"),
        *("LicenseConcluded", "LicenseInfoInFile", "SnippetLicenseConcluded", "LicenseInfoInSnippet"),
    }
)

_ID: Final = r"SPDXRef-[A-Za-z0-9.-]+"
_DOCUMENT_ID: Final = r"DocumentRef-[A-Za-z0-9.+-]+"
_ANY_ID: Final = rf"(?:{_DOCUMENT_ID}:)?{_ID}"
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_RANGE: Final = re.compile(r"([1-9]\d{0,17}):([1-9]\d{0,17})", re.ASCII)
_RELATIONSHIP: Final = re.compile(rf"({_ANY_ID})\s+(\S+)\s+({_ANY_ID}|NONE|NOASSERTION)(?:\s.*)?", re.DOTALL)
_PARTY: Final = re.compile(r"(?:Person|Organization):\s*\S.*|NOASSERTION")
_MAKER: Final = re.compile(r"(?:Person|Organization|Tool):\s*\S.*")
_CHECKSUM: Final = re.compile(r"([A-Za-z0-9-]+):\s*(\S*)")
_HEX: Final = re.compile(r"[0-9a-f]+")

# Algorithm -> hexadecimal digits; MD6 and BLAKE3 have outputs of any length.
_DIGITS: Final = {
    **dict.fromkeys(("MD2", "MD4", "MD5"), 32),
    **dict.fromkeys(("SHA256", "SHA3-256", "BLAKE2b-256"), 64),
    **dict.fromkeys(("SHA384", "SHA3-384", "BLAKE2b-384"), 96),
    **dict.fromkeys(("SHA512", "SHA3-512", "BLAKE2b-512"), 128),
    "ADLER32": 8,
    "SHA1": 40,
    "SHA224": 56,
}

_PATTERNS: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    **dict.fromkeys(
        ("SPDXID", "SnippetSPDXID"), (re.compile(_ID), "an id is SPDXRef- and letters, digits, points or hyphens")
    ),
    **dict.fromkeys(
        ("SPDXREF", "SnippetFromFileSPDXID"),
        (re.compile(_ANY_ID), "it names an element: [DocumentRef-...:]SPDXRef-..."),
    ),
    **dict.fromkeys(
        ("PackageSupplier", "PackageOriginator"), (_PARTY, "it is Person: or Organization: and a name, or NOASSERTION")
    ),
    **dict.fromkeys(("Creator", "Annotator", "Reviewer"), (_MAKER, "it is Person:, Organization: or Tool: and a name")),
    "DataLicense": (re.compile(r"CC0-1\.0"), "an SPDX document's own licence is CC0-1.0 (6.2)"),
    "DocumentName": (re.compile(r".+", re.DOTALL), "it is empty"),
    "PackageName": (re.compile(r".+", re.DOTALL), "it is empty"),
    "FileName": (re.compile(r".+", re.DOTALL), "it is empty"),
    "DocumentNamespace": (re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s#]+"), "it is an absolute URI without # (6.5)"),
    "ExternalDocumentRef": (
        re.compile(rf"{_DOCUMENT_ID}\s+[A-Za-z][A-Za-z0-9+.-]*:\S+\s+SHA1:\s*[0-9a-f]{{40}}"),
        "it is DocumentRef-..., the document's URI and its SHA1 (6.6)",
    ),
    "FilesAnalyzed": (re.compile(r"true|false"), "it is true or false"),
    "PackageDownloadLocation": (re.compile(r"NONE|NOASSERTION|[^\s:]+:\S+"), "it is a URL, NONE or NOASSERTION"),
    "PackageHomePage": (re.compile(r"NONE|NOASSERTION|[^\s:]+:\S+"), "it is a URL, NONE or NOASSERTION"),
    "PackageVerificationCode": (
        re.compile(r"[0-9a-f]{40}(?:\s*\(.*\))?", re.DOTALL),
        "it is 40 lower-case hexadecimal digits",
    ),
    "LicenseID": (re.compile(r"LicenseRef-[A-Za-z0-9.-]+"), "it is LicenseRef- and letters, digits, points or hyphens"),
    "LicenseListVersion": (re.compile(r"\d+\.\d+(?:\.\d+)?"), "it is a version such as 3.20"),
    "ExternalRef": (re.compile(r"\S+\s+\S+\s+\S+"), "it is a category, a type and a locator"),
}
_INSTANTS: Final = frozenset({"Created", "AnnotationDate", "ReviewDate", "ReleaseDate", "BuiltDate", "ValidUntilDate"})
_NEW_IN_2_3: Final = frozenset({"PrimaryPackagePurpose", "ReleaseDate", "BuiltDate", "ValidUntilDate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of one version: where a tag may stand, and the closed sets of its JSON schema."""

    version: str
    sections: dict[str, tuple[str, ...]]
    mandatory: dict[str, tuple[str, ...]]
    repeatable: frozenset[tuple[str, str]]
    closed: dict[str, frozenset[str]]

    def required(self, kind: str) -> tuple[str, ...]:
        """Return the tags that a section must have."""
        return self.mandatory[kind]

    def repeats(self, kind: str, name: str) -> bool:
        """Tell whether a section may have a tag more than once."""
        return (kind, name) in self.repeatable

    def wrong(self, name: str, value: str) -> str:
        """Return what is wrong with a tag's value; empty when nothing is."""
        value = value.strip()
        if check := _CHECKS.get(name):
            return check(self, value)
        if name in _INSTANTS:
            return _instant(value)
        if name in self.closed and value not in self.closed[name]:
            return f"it is one of {', '.join(sorted(self.closed[name]))}"
        pattern, problem = _PATTERNS.get(name, (None, ""))
        return problem if pattern and not pattern.fullmatch(value) else ""


def _instant(value: str) -> str:
    if _INSTANT.fullmatch(value):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return "there is no such date or time"
        return ""
    return "a date is written YYYY-MM-DDThh:mm:ssZ"


def _version(rules: Rules, value: str) -> str:
    return "" if value == f"SPDX-{rules.version}" else f"it is SPDX-{rules.version}"


def _checksum(rules: Rules, value: str) -> str:
    found = _CHECKSUM.fullmatch(value)
    if not found:
        return "a checksum is an algorithm, a colon and hexadecimal digits"
    if found[1] not in rules.closed["checksum"]:
        return f"{found[1]} is no checksum algorithm of SPDX {rules.version}"
    if not _HEX.fullmatch(found[2]):
        return "a checksum is written in lower-case hexadecimal digits"
    digits = _DIGITS.get(found[1], len(found[2]))
    return (
        "" if len(found[2]) == digits else f"{found[1]} has {digits} hexadecimal digits, and this has {len(found[2])}"
    )


def _relationship(rules: Rules, value: str) -> str:
    found = _RELATIONSHIP.fullmatch(value)
    if not found:
        return "a relationship is an id, a type, and an id, NONE or NOASSERTION"
    return (
        ""
        if found[2] in rules.closed["relationship"]
        else f"{found[2][:60]} is no relationship type of SPDX {rules.version}"
    )


def _range(_rules: Rules, value: str) -> str:
    found = _RANGE.fullmatch(value)
    return "" if found and int(found[1]) <= int(found[2]) else "a range is two numbers from 1, the first not the larger"


def _external_ref(rules: Rules, value: str) -> str:
    pattern, problem = _PATTERNS["ExternalRef"]
    if not pattern.fullmatch(value):
        return problem
    category = value.split(maxsplit=1)[0]
    return (
        ""
        if category.replace("_", "-") in rules.closed["category"]
        else f"{category[:60]} is no category of references"
    )


_CHECKS: Final[dict[str, Callable[[Rules, str], str]]] = {
    "SPDXVersion": _version,
    "PackageChecksum": _checksum,
    "FileChecksum": _checksum,
    "Relationship": _relationship,
    "SnippetByteRange": _range,
    "SnippetLineRange": _range,
    "ExternalRef": _external_ref,
}


@cache
def rules(version: str) -> Rules:
    """Return the rules of SPDX 2.2 or 2.3."""
    sections: dict[str, tuple[str, ...]] = {}
    mandatory: dict[str, tuple[str, ...]] = {}
    repeatable = set()
    for kind, tags in _TAGS.items():
        needed = []
        for word in tags.split():
            name, must, only, many = _TAG.fullmatch(word).groups()  # type: ignore[union-attr]  # the table is above
            if name in _NEW_IN_2_3 and version == "2.2":
                continue
            sections[name] = (*sections.get(name, ()), kind)
            if must and only in {None, version}:
                needed.append(name)
            if many:
                repeatable.add((kind, name))
        mandatory[kind] = tuple(needed)
    return Rules(
        version=version,
        sections=sections,
        mandatory=mandatory,
        repeatable=frozenset(repeatable),
        closed=_closed(version),
    )


def _closed(version: str) -> dict[str, frozenset[str]]:
    """Return the closed sets of values of the JSON schema; tag-value has hyphens for some underscores."""
    top: dict[str, Any] = msgspec.json.decode(bundled.spdx(bundled.SPDX[version]))
    properties = top["properties"]
    package = properties["packages"]["items"]["properties"]
    file = properties["files"]["items"]["properties"]
    categories = package["externalRefs"]["items"]["properties"]["referenceCategory"]["enum"]
    purposes = package.get("primaryPackagePurpose", {}).get("enum", ())
    return {
        "relationship": frozenset(properties["relationships"]["items"]["properties"]["relationshipType"]["enum"]),
        "checksum": frozenset(package["checksums"]["items"]["properties"]["algorithm"]["enum"]),
        # The prose of 2.2 has PERSISTENT-ID (F.4), its schema has not.
        "category": frozenset({"PERSISTENT-ID", *(one.replace("_", "-") for one in categories)}),
        "FileType": frozenset(file["fileTypes"]["items"]["enum"]),
        "PrimaryPackagePurpose": frozenset({*purposes, *(one.replace("_", "-") for one in purposes)}),
        "AnnotationType": frozenset(properties["annotations"]["items"]["properties"]["annotationType"]["enum"]),
    }
