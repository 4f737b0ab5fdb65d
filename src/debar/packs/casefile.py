"""Cases: small components with the outcome that a pack must give them, and the SBOM that puts one to the test."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from debar.model.policy import Article, FactKind  # noqa: TC001 - msgspec evaluates the annotations

NO_FINDING = "none"


class Expect(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a case must come to: an article with its outcome under a profile, or no finding at all.

    An empty `profile` is the regime's default.
    """

    outcome: Literal["fail", "review", "note", "not-applicable", "none"]
    article: Article | None = None
    profile: str = ""


class CaseEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One case as a file has it.

    Either `rule` (``regime-id/rule-id``) or `kind` says what is put to the test; a case for a kind is judged
    under the pack's first default regime. Either `component` or `service` is a CycloneDX fragment. `as_of`
    is an instant in UTC; without it the pack's `legal_as_of` counts.
    """

    name: Annotated[str, Meta(min_length=1)]
    rule: str = ""
    kind: FactKind | None = None
    component: Annotated[dict[str, Any], Meta(min_length=1)] | None = None
    service: Annotated[dict[str, Any], Meta(min_length=1)] | None = None
    use: str = "shipped"
    as_of: Annotated[str, Meta(pattern=r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?$")] = ""
    expect: Expect


class Case(CaseEntry, frozen=True, kw_only=True):
    """A case with the file (relative to the pack) and line where it begins."""

    file: str
    line: int


#: The uses that a CycloneDX service can have: it knows no scope, no pedigree and no `isExternal`.
SERVICE_USES = frozenset({"shipped", "build", "tool"})

_REF = "case"
_PRODUCT = {
    "type": "application",
    "bom-ref": "product",
    "name": "product",
    "version": "1",
    "purl": "pkg:generic/product@1",
}
_CARRIER = {"type": "library", "bom-ref": "carrier", "name": "carrier", "version": "1", "purl": "pkg:generic/carrier@1"}
_DECLARED: dict[str, dict[str, object]] = {
    "optional": {"scope": "optional"},
    "dev-test": {"scope": "excluded"},
    "provided": {"isExternal": True},
}


def case_document(case: CaseEntry) -> bytes:
    """Return the smallest CycloneDX JSON in which a product uses the case's component in the case's way.

    Version 1.6, or 1.7 for `provided` (`isExternal` is new there). A `derived` component is the ancestor, a
    `mentioned` one the descendant, in the pedigree of a carrier that the product depends on.
    """
    service = case.service is not None
    node = {"bom-ref": _REF, **(case.service or case.component or {}), **_DECLARED.get(case.use, {})}
    plural = "services" if service else "components"
    metadata: dict[str, object] = {"component": _PRODUCT}
    document: dict[str, object] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.7" if case.use == "provided" else "1.6",
        "version": 1,
        "metadata": metadata,
    }
    used = node["bom-ref"]
    if case.use == "tool":
        metadata["tools"] = {plural: [node]}
        used = None
    elif case.use == "build":
        document["formulation"] = [{"bom-ref": "formula", plural: [node]}]
        used = None
    elif case.use in {"derived", "mentioned"}:
        relation = "ancestors" if case.use == "derived" else "descendants"
        document["components"] = [{**_CARRIER, "pedigree": {relation: [node]}}]
        used = _CARRIER["bom-ref"]
    else:
        document[plural] = [node]
    document["dependencies"] = [{"ref": _PRODUCT["bom-ref"], "dependsOn": [used] if used else []}]
    return msgspec.json.format(msgspec.json.encode(document), indent=1)
