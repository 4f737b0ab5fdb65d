"""Which field each text of an SPDX 2.x document belongs to.

Paths follow the JSON schema with list indexes dropped, relative to their node. A test compares them with
the schema, so that a new text is classified before it can be overlooked; the mapping takes the fields of
plain texts from here.
"""

from __future__ import annotations

import re
from typing import Final

_ANNOTATIONS: Final = {
    "annotations.annotator": "annotator",
    "annotations.comment": "comment",
    "annotations.annotationDate": "metadata",
    "annotations.annotationType": "metadata",
}
_CHECKSUMS: Final = {"checksums.algorithm": "metadata", "checksums.checksumValue": "hash"}
_LICENSED: Final = {
    "copyrightText": "copyright",
    "licenseComments": "licence",
    "licenseConcluded": "licence",
    "attributionTexts": "comment",
    "comment": "comment",
    "SPDXID": "relation",
}

PATHS: Final[dict[str, dict[str, str]]] = {
    "document": {
        **_ANNOTATIONS,
        "$schema": "metadata",
        "SPDXID": "relation",
        "spdxVersion": "metadata",
        "dataLicense": "metadata",
        # The namespace is on the web site of whoever made the document (6.5), not of what it describes.
        "documentNamespace": "link",
        # A document is mostly named after its product: its identity when no element is, else only prose.
        "name": "comment",
        "comment": "comment",
        "creationInfo.comment": "comment",
        "creationInfo.created": "metadata",
        "creationInfo.creators": "bom-author",
        "creationInfo.licenseListVersion": "metadata",
        "externalDocumentRefs.checksum.algorithm": "metadata",
        "externalDocumentRefs.checksum.checksumValue": "link",
        "externalDocumentRefs.externalDocumentId": "relation",
        "externalDocumentRefs.spdxDocument": "link",
        "hasExtractedLicensingInfos.comment": "comment",
        "hasExtractedLicensingInfos.crossRefs.match": "metadata",
        "hasExtractedLicensingInfos.crossRefs.timestamp": "metadata",
        "hasExtractedLicensingInfos.crossRefs.url": "licence",
        "hasExtractedLicensingInfos.extractedText": "licence",
        "hasExtractedLicensingInfos.licenseId": "licence",
        "hasExtractedLicensingInfos.name": "licence",
        "hasExtractedLicensingInfos.seeAlsos": "licence",
        "revieweds.comment": "comment",
        "revieweds.reviewDate": "metadata",
        "revieweds.reviewer": "annotator",
        "documentDescribes": "relation",
        "relationships.comment": "comment",
        "relationships.relatedSpdxElement": "relation",
        "relationships.relationshipType": "metadata",
        "relationships.spdxElementId": "relation",
    },
    "package": {
        **_ANNOTATIONS,
        **_CHECKSUMS,
        **_LICENSED,
        "name": "name",
        "versionInfo": "version",
        "packageFileName": "file-name",
        "supplier": "supplier",
        "originator": "originator",
        "downloadLocation": "distribution",
        "homepage": "website",
        "sourceInfo": "comment",
        "summary": "description",
        "description": "description",
        "licenseDeclared": "licence",
        "licenseInfoFromFiles": "licence",
        "primaryPackagePurpose": "metadata",
        "builtDate": "metadata",
        "releaseDate": "metadata",
        "validUntilDate": "metadata",
        "hasFiles": "relation",
        "packageVerificationCode.packageVerificationCodeValue": "hash",
        "packageVerificationCode.packageVerificationCodeExcludedFiles": "file-name",
        "externalRefs.comment": "comment",
        "externalRefs.referenceCategory": "metadata",
        # The type decides: see `external_field`.
        "externalRefs.referenceLocator": "identifier",
        "externalRefs.referenceType": "metadata",
    },
    "file": {
        **_ANNOTATIONS,
        **_CHECKSUMS,
        **_LICENSED,
        "fileName": "file-name",
        "fileTypes": "metadata",
        "fileContributors": "contributor",
        "fileDependencies": "relation",
        "licenseInfoInFiles": "licence",
        "noticeText": "licence",
        "artifactOfs.name": "identifier",
        "artifactOfs.homePage": "website",
        "artifactOfs.homepage": "website",
        "artifactOfs.projectUri": "website",
    },
    "snippet": {
        **_ANNOTATIONS,
        **_LICENSED,
        "name": "name",
        "snippetFromFile": "relation",
        "licenseInfoInSnippets": "licence",
        "ranges.startPointer.reference": "relation",
        "ranges.endPointer.reference": "relation",
    },
}

# SPDX 2.3 annex F; a type outside it is told by its category.
_EXTERNAL: Final = {
    "purl": "purl",
    "cpe22type": "cpe",
    "cpe23type": "cpe",
    "swid": "swid",
    "advisory": "documentation",
    "fix": "documentation",
    "url": "documentation",
    "swh": "identifier",
    "gitoid": "identifier",
    "maven-central": "identifier",
    "npm": "identifier",
    "nuget": "identifier",
    "bower": "identifier",
}
#: How "none" and "no assertion" are written, as a word and as the IRI of the RDF terms.
NONE: Final = frozenset({"NONE", "http://spdx.org/rdf/terms#none"})
NOASSERTION: Final = frozenset({"NOASSERTION", "http://spdx.org/rdf/terms#noassertion"})
#: Values that name nothing.
NOTHING: Final = NONE | NOASSERTION | {""}
_PURL: Final = re.compile(r"pkg:/*[a-z][a-z0-9.+-]*/+[^/?#]", re.IGNORECASE)
_NPM: Final = re.compile(r"(?:@([\w.~-]+)/)?([\w.~-]+)@([\w.+-]+)", re.ASCII)
_MAVEN: Final = re.compile(r"([\w.-]+):([\w.-]+)(?::([\w.+-]+))?", re.ASCII)
_NUGET: Final = re.compile(r"([\w.-]+)/([\w.+-]+)", re.ASCII)
_PARTY: Final = re.compile(r"\s*(?:Organi[sz]ation|Person|Tool)\s*:\s*", re.IGNORECASE)
# GitHub's exports of 2023 wrote the ecosystem before the name and left the package URL out.
_ECOSYSTEMS: Final = frozenset(
    {
        *("actions", "bower", "cargo", "composer", "conan", "conda", "gem", "githubactions", "go", "golang", "hex"),
        *("maven", "npm", "nuget", "pip", "pub", "pypi", "rubygems", "rust", "swift"),
    }
)
_VCS: Final = re.compile(r"(?:git|hg|svn|bzr)(?:\+[a-z]+)?:|git@", re.IGNORECASE)


#: Tells whether a locator is a package URL.
is_purl: Final = _PURL.match


def external_field(category: str, kind: str, locator: str) -> str:
    """Return the field of an external reference: by its locator where that is plain, else by type, else category.

    Types may be whole IRIs (``http://spdx.org/rdf/references/purl``); categories come with ``-`` and ``_``.
    """
    if is_purl(locator):
        return "purl"
    if locator[:4].lower() == "cpe:":
        return "cpe"
    kind = kind.rpartition("/")[2].strip().lower()
    if kind == "purl":
        return "identifier"
    return _EXTERNAL.get(kind) or ("documentation" if category.strip().upper() == "SECURITY" else "identifier")


def package_url(kind: str, locator: str) -> str:
    """Return the package URL of a locator of npm, Maven or NuGet (SPDX 2.3 annex F.3), or nothing."""
    kind = kind.rpartition("/")[2].strip().lower()
    if kind == "npm" and (match := _NPM.fullmatch(locator)):
        scope = f"%40{match[1]}/" if match[1] else ""
        return f"pkg:npm/{scope}{match[2]}@{match[3]}"
    if kind == "maven-central" and (match := _MAVEN.fullmatch(locator)):
        return f"pkg:maven/{match[1]}/{match[2]}" + (f"@{match[3]}" if match[3] else "")
    if kind == "nuget" and (match := _NUGET.fullmatch(locator)):
        return f"pkg:nuget/{match[1]}@{match[2]}"
    return ""


def read_party(text: str) -> tuple[tuple[str, ...], str]:
    """Return the names that an agent goes by and its address: ``Organization: Acme (a@acme.example)`` (7.5).

    The prefix may be missing. Brackets without an address may be part of the name, so the name is given
    with and without them. NOASSERTION and NONE are nobody.
    """
    prefix = _PARTY.match(text)
    name = text[prefix.end() :].strip() if prefix else text.strip()
    for opening, closing in ("()", "<>"):
        start = name.rfind(opening)
        if start < 0 or not name.endswith(closing):
            continue
        inner, short = name[start + 1 : -1].strip(), name[:start].strip()
        if "@" in inner or not inner:
            return ((short,) if short and short not in NOTHING else ()), inner
        return tuple(one for one in (name, short) if one), ""
    return (() if name in NOTHING else (name,)), ""


def without_ecosystem(name: str) -> str:
    """Return ``flake8`` of ``pip:flake8``; nothing for a name without an ecosystem."""
    prefix, _, rest = name.partition(":")
    return rest.strip() if prefix.lower() in _ECOSYSTEMS else ""


def is_vcs(location: str) -> bool:
    """Tell whether a download location names a repository: ``git+https://...`` (7.7)."""
    return _VCS.match(location) is not None
