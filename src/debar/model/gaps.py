"""What each gap means, which profile it blocks, and what the SBOM's author can do (docs/design.md 7)."""

from __future__ import annotations

import msgspec

from debar.model.decision import Completeness


class GapKind(msgspec.Struct, frozen=True):
    """A code, the profiles under which it makes a pass `incomplete`, what it says and what helps."""

    code: str
    blocks: frozenset[Completeness]
    says: str
    helps: str


_ALWAYS = frozenset(Completeness)
_STANDARD = frozenset({Completeness.STANDARD, Completeness.CERTIFY})
_CERTIFY = frozenset({Completeness.CERTIFY})

#: `unidentified` blocks under `standard` only above this share of the components.
UNIDENTIFIED_SHARE = 0.10

GAPS: dict[str, GapKind] = {
    kind.code: kind
    for kind in (
        GapKind("parse-partial", _ALWAYS, "parts of the document could not be understood", "correct the values named"),
        GapKind(
            "unsupported-version",
            _ALWAYS,
            "this version of the format is not known to debar",
            "export CycloneDX 1.0-1.7, SPDX 2.2-2.3 or 3.0, or update debar",
        ),
        GapKind(
            "empty-inventory",
            _ALWAYS,
            "the document lists no component",
            "check that the generator found the dependencies; if there are none, assert it",
        ),
        GapKind(
            "unresolved-link",
            _ALWAYS,
            "other documents that this one points to were not given",
            "give the linked SBOM as a further argument",
        ),
        GapKind(
            "declared-incomplete",
            _STANDARD,
            "the author declares that something is missing or unknown",
            "complete the list, or ask the supplier for what is missing",
        ),
        GapKind(
            "not-this-commit",
            _STANDARD,
            "the SBOM describes another state of the sources than the one that is checked",
            "make the SBOM from this commit and give it",
        ),
        GapKind(
            "withheld",
            _STANDARD,
            "the author declares that something is withheld",
            "ask the supplier for the withheld part",
        ),
        GapKind(
            "unidentified",
            _STANDARD,
            "components carry no purl, CPE, SWID tag, hash or party, so nobody can tell what they are",
            "give each component a purl or a supplier",
        ),
        GapKind(
            "no-root",
            _CERTIFY,
            "the document does not say which product it describes",
            "name it in metadata.component (CycloneDX) or with DESCRIBES (SPDX)",
        ),
        GapKind("no-edges", _CERTIFY, "the document lists no dependency", "export the dependency graph too"),
        GapKind(
            "opaque",
            _CERTIFY,
            "components have no entry in the dependency graph, so what they need is unknown",
            "give each component an entry in `dependencies`, empty when it needs nothing",
        ),
        GapKind(
            "dangling-ref",
            _CERTIFY,
            "the graph names components that the document does not list",
            "list them, or remove the references",
        ),
        GapKind(
            "duplicate-ref",
            _CERTIFY,
            "different components share one reference, so edges to it are ambiguous",
            "give each component a reference of its own",
        ),
        GapKind(
            "duplicate-key",
            _CERTIFY,
            "an object holds the same key twice, so readers may disagree",
            "remove the duplicate",
        ),
        GapKind(
            "schema-invalid",
            _CERTIFY,
            "the document breaks the schema of its own format, or there is none to hold it to",
            "run `debar validate` and have the generator corrected, or export CycloneDX or SPDX",
        ),
        GapKind(
            "unbound",
            _CERTIFY,
            "nothing ties the document to the delivered product's digest",
            "state the product's hash in metadata.component (CycloneDX) or its checksum (SPDX), or attest the SBOM",
        ),
        GapKind(
            "not-asserted-complete",
            _CERTIFY,
            "the author does not assert that the list is complete",
            "state it: a composition of aggregate `complete` (CycloneDX), `NONE` (SPDX 2), `completeness` (SPDX 3)",
        ),
        GapKind(
            "policy-outdated",
            _CERTIFY,
            "the policy pack is older than its own maximum age",
            "update debar, or the pack",
        ),
    )
}
