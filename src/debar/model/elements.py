"""The minimum elements of an SBOM, as two lists of fields: CISA's of 2026 and NTIA's of 2021.

The text of CISA's 2026 publication was not available; its fields are taken from what public implementations
of it name (interlynk-io/sbomqs#737, sbomify/sbomify#1510, DependencyTrack/dependency-track#6852). NTIA's are
those of "The Minimum Elements For a Software Bill of Materials", 12 July 2021, table 1, as the same
implementations give them.
"""

from __future__ import annotations

from enum import Enum

import msgspec

#: What a document may say of itself.
STATEMENTS = ("author", "signature", "generation-context", "timestamp", "tool-name", "tool-version", "version")


class Standard(Enum):
    """A list of minimum elements."""

    CISA_2026 = "CISA 2026"
    NTIA_2021 = "NTIA 2021"


class ElementKind(msgspec.Struct, frozen=True):
    """A field of a list: where it is looked for.

    `statement` is a member of `STATEMENTS`, "format" for what every document that was read has, or empty for
    a field of components; `component` names how it is counted there.
    """

    standard: Standard
    name: str
    statement: str = ""
    component: str = ""


_CISA, _NTIA = Standard.CISA_2026, Standard.NTIA_2021

ELEMENTS = (
    ElementKind(_CISA, "SBOM author", "author"),
    ElementKind(_CISA, "SBOM author signature", "signature"),
    ElementKind(_CISA, "data format name", "format"),
    ElementKind(_CISA, "data format version", "format"),
    ElementKind(_CISA, "generation context", "generation-context"),
    ElementKind(_CISA, "timestamp", "timestamp"),
    ElementKind(_CISA, "tool name", "tool-name"),
    ElementKind(_CISA, "tool version", "tool-version"),
    ElementKind(_CISA, "SBOM version", "version"),
    ElementKind(_CISA, "component producer", component="party"),
    ElementKind(_CISA, "component name", component="name"),
    ElementKind(_CISA, "component version", component="version"),
    ElementKind(_CISA, "component identifiers", component="identifier"),
    ElementKind(_CISA, "dependency relationship", component="relation"),
    ElementKind(_CISA, "component hash value", component="hash"),
    ElementKind(_CISA, "component hash algorithm", component="hash"),
    ElementKind(_CISA, "component licence", component="licence"),
    ElementKind(_NTIA, "author of SBOM data", "author"),
    ElementKind(_NTIA, "timestamp", "timestamp"),
    ElementKind(_NTIA, "supplier name", component="supplier"),
    ElementKind(_NTIA, "component name", component="name"),
    ElementKind(_NTIA, "version of the component", component="version"),
    ElementKind(_NTIA, "other unique identifiers", component="identifier"),
    ElementKind(_NTIA, "dependency relationship", component="relation"),
)
