"""The parts of an SPDX 2.2/2.3 document that say something about ingredients.

Names follow the JSON schema (https://github.com/spdx/spdx-spec, schemas/spdx-schema.json); the JSON, YAML
and tag-value readers all fill these. Every field is optional, and unknown keys are not kept. The lists of
elements may hold None for an entry that is no element, so that positions in the file stay true.
"""

from __future__ import annotations

import msgspec


class Annotation(msgspec.Struct, gc=False, rename="camel"):
    """A comment on an element (chapter 12)."""

    annotator: str = ""
    comment: str = ""


class Review(msgspec.Struct, gc=False, rename="camel"):
    """A review of the document (chapter 13, deprecated)."""

    reviewer: str = ""
    comment: str = ""


class Checksum(msgspec.Struct, gc=False, rename="camel"):
    """A digest of an element."""

    algorithm: str = ""
    checksum_value: str = ""


class VerificationCode(msgspec.Struct, gc=False, rename="camel"):
    """A digest of all files of a package (7.9)."""

    package_verification_code_value: str = ""
    package_verification_code_excluded_files: list[str] | None = None


class ExternalRef(msgspec.Struct, gc=False, rename="camel"):
    """An identifier or address of a package elsewhere (7.21)."""

    reference_category: str = ""
    reference_type: str = ""
    reference_locator: str = ""
    comment: str = ""


class Package(msgspec.Struct, gc=False, rename="camel"):
    """A package (chapter 7)."""

    spdx_id: str = msgspec.field(default="", name="SPDXID")
    name: str = ""
    version_info: str = ""
    package_file_name: str = ""
    supplier: str = ""
    originator: str = ""
    download_location: str = ""
    homepage: str = ""
    source_info: str = ""
    summary: str = ""
    description: str = ""
    comment: str = ""
    copyright_text: str = ""
    license_concluded: str = ""
    license_declared: str = ""
    license_comments: str = ""
    primary_package_purpose: str = ""
    license_info_from_files: list[str] | None = None
    attribution_texts: list[str] | None = None
    has_files: list[str] | None = None
    checksums: list[Checksum] | None = None
    external_refs: list[ExternalRef] | None = None
    package_verification_code: VerificationCode | None = None
    annotations: list[Annotation] | None = None


class Artifact(msgspec.Struct, gc=False, rename="camel"):
    """The project that a file comes from (8.9 to 8.11, deprecated). Both spellings of the home page occur."""

    name: str = ""
    home_page: str = ""
    homepage: str = ""
    project_uri: str = ""


class File(msgspec.Struct, gc=False, rename="camel"):
    """A file (chapter 8)."""

    spdx_id: str = msgspec.field(default="", name="SPDXID")
    file_name: str = ""
    comment: str = ""
    copyright_text: str = ""
    license_concluded: str = ""
    license_comments: str = ""
    notice_text: str = ""
    license_info_in_files: list[str] | None = None
    attribution_texts: list[str] | None = None
    file_contributors: list[str] | None = None
    file_dependencies: list[str] | None = None
    checksums: list[Checksum] | None = None
    artifact_ofs: list[Artifact] | None = None
    annotations: list[Annotation] | None = None


class Snippet(msgspec.Struct, gc=False, rename="camel"):
    """A part of a file (chapter 9)."""

    spdx_id: str = msgspec.field(default="", name="SPDXID")
    name: str = ""
    snippet_from_file: str = ""
    comment: str = ""
    copyright_text: str = ""
    license_concluded: str = ""
    license_comments: str = ""
    license_info_in_snippets: list[str] | None = None
    attribution_texts: list[str] | None = None
    annotations: list[Annotation] | None = None


class CrossRef(msgspec.Struct, gc=False, rename="camel"):
    """Where a licence can be read."""

    url: str = ""


class ExtractedLicence(msgspec.Struct, gc=False, rename="camel"):
    """A licence that is not on the SPDX list (chapter 10)."""

    license_id: str = ""
    name: str = ""
    extracted_text: str = ""
    comment: str = ""
    see_alsos: list[str] | None = None
    cross_refs: list[CrossRef] | None = None


class ExternalDocument(msgspec.Struct, gc=False, rename="camel"):
    """Another SPDX document and the ``DocumentRef-`` that stands for it (6.6)."""

    external_document_id: str = ""
    spdx_document: str = ""
    checksum: Checksum | None = None


class CreationInfo(msgspec.Struct, gc=False, rename="camel"):
    """Who made the document (6.8 to 6.10)."""

    creators: list[str] | None = None
    created: str = ""
    comment: str = ""


class Relationship(msgspec.Struct, gc=False, rename="camel"):
    """What one element is to another (chapter 11)."""

    spdx_element_id: str = ""
    relationship_type: str = ""
    related_spdx_element: str = ""
    comment: str = ""


class Document(msgspec.Struct, gc=False, rename="camel"):
    """An SPDX 2.x document (chapter 6)."""

    spdx_id: str = msgspec.field(default="", name="SPDXID")
    spdx_version: str = ""
    name: str = ""
    document_namespace: str = ""
    comment: str = ""
    creation_info: CreationInfo | None = None
    external_document_refs: list[ExternalDocument] | None = None
    has_extracted_licensing_infos: list[ExtractedLicence] | None = None
    annotations: list[Annotation] | None = None
    revieweds: list[Review] | None = None
    document_describes: list[str] | None = None
    packages: list[Package | None] | None = None
    files: list[File | None] | None = None
    snippets: list[Snippet | None] | None = None
    relationships: list[Relationship] | None = None


class Envelope(Document, gc=False, rename="camel"):
    """A document, or GitHub's ``{"sbom": document}`` (REST API, dependency-graph/sbom)."""

    sbom: Document | None = None


class SlicedDocument(Document, gc=False, rename="camel"):
    """A document whose longest lists are still text."""

    packages: list[msgspec.Raw] | None = None  # type: ignore[assignment]  # msgspec decodes by the subclass's field
    relationships: list[msgspec.Raw] | None = None  # type: ignore[assignment]  # as above


class SlicedEnvelope(SlicedDocument, gc=False, rename="camel"):
    """An envelope of such a document, or the document."""

    sbom: SlicedDocument | None = None
