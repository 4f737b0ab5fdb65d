"""Which field of the registry each text of a CycloneDX document is.

A path is relative to its node (component, service, document), without list indexes. A path that ends in
``.**`` stands for itself and everything below, the longest one wins. A test expands the published schemas
(1.2 to 1.7) and fails for a text that has no entry here. Components and services that stand within a node
are nodes of their own.
"""

from __future__ import annotations

from typing import Final

_Table = dict[str, str]


def _under(prefix: str, *tables: _Table) -> _Table:
    return {f"{prefix}.{path}": field for table in tables for path, field in table.items()}


def _organisation(field: str) -> _Table:
    return {"name": field, "url": "party-url", "bom-ref": "relation", "contact.**": "contact", "address.**": "contact"}


def _person(field: str) -> _Table:
    return {"name": field, "email": "contact", "phone": "contact", "bom-ref": "relation"}


def _attachment(field: str) -> _Table:
    return {"content": field, "contentType": "metadata", "encoding": "metadata"}


_PROPERTIES: _Table = {"properties.**": "property"}
_HASHES: _Table = {"hashes.alg": "metadata", "hashes.content": "hash"}
# The field of `url` depends on `type`: see REFERENCE_FIELDS.
_REFERENCES: _Table = _under(
    "externalReferences", {"type": "metadata", "url": "reference", "comment": "comment"}, _HASHES, _PROPERTIES
)
# The customer's side of a licence says nothing about who made the software.
_LICENSING: _Table = {
    **_under("licensor.organization", _organisation("licensor")),
    **_under("licensor.individual", _person("licensor")),
    "licensee.**": "licensee",
    "purchaser.**": "licensee",
    "altIds": "licensee",
    "purchaseOrder": "licensee",
    "licenseTypes": "metadata",
    "lastRenewal": "metadata",
    "expiration": "metadata",
}
_LICENCES: _Table = _under(
    "licenses",
    {
        "expression": "licence",
        "acknowledgement": "metadata",
        "bom-ref": "relation",
        "license.id": "licence",
        "license.name": "licence",
        "license.url": "licence",
        "license.acknowledgement": "metadata",
        "license.bom-ref": "relation",
        "expressionDetails.licenseIdentifier": "licence",
        "expressionDetails.url": "licence",
        "expressionDetails.bom-ref": "relation",
    },
    _under("license.text", _attachment("licence")),
    _under("expressionDetails.text", _attachment("licence")),
    _under("license.licensing", _LICENSING),
    _under("license", _PROPERTIES),
    _under("licensing", _LICENSING),
    _PROPERTIES,
)
_GRAPHICS: _Table = {
    "graphics.description": "description",
    "graphics.collection.name": "description",
    **_under("graphics.collection.image", _attachment("attachment")),
}
_GOVERNANCE: _Table = {
    path: field
    for role in ("custodians", "stewards", "owners")
    for path, field in {
        **_under(f"governance.{role}.organization", _organisation("custodian")),
        **_under(f"governance.{role}.contact", _person("custodian")),
    }.items()
}
_DATA: _Table = {
    # A data set that is part of the product is an ingredient, and so is its address.
    "name": "identifier",
    "contents.url": "distribution",
    **_under("contents.attachment", _attachment("attachment")),
    **_under("contents", _PROPERTIES),
    "bom-ref": "relation",
    "type": "metadata",
    "classification": "comment",
    "sensitiveData": "comment",
    "description": "description",
    **_GRAPHICS,
    **_GOVERNANCE,
}
_RELEASE_NOTES: _Table = {
    "title": "description",
    "description": "description",
    "aliases": "description",
    "tags": "comment",
    "featuredImage": "reference",
    "socialImage": "reference",
    "type": "metadata",
    "timestamp": "metadata",
    "resolves.**": "vulnerability",
    "notes.locale": "metadata",
    **_under("notes.text", _attachment("description")),
    **_PROPERTIES,
}
_EVIDENCE: _Table = {
    # `concludedValue` is a value of the field that `identity.field` names: see IDENTITY_FIELDS.
    "identity.concludedValue": "identifier",
    "identity.field": "metadata",
    "identity.methods.technique": "metadata",
    "identity.methods.value": "occurrence",
    "identity.tools": "relation",
    "occurrences.location": "occurrence",
    "occurrences.symbol": "code",
    "occurrences.additionalContext": "comment",
    "occurrences.bom-ref": "relation",
    "callstack.frames.package": "code",
    "callstack.frames.module": "code",
    "callstack.frames.function": "code",
    "callstack.frames.parameters": "code",
    "callstack.frames.fullFilename": "occurrence",
    "copyright.text": "copyright",
    **_LICENCES,
}
_PEDIGREE: _Table = {
    "commits.url": "vcs",
    "commits.message": "comment",
    "commits.uid": "metadata",
    "commits.author.**": "contributor",
    "commits.author.timestamp": "metadata",
    "commits.committer.**": "contributor",
    "commits.committer.timestamp": "metadata",
    "patches.type": "metadata",
    "patches.diff.url": "reference",
    **_under("patches.diff.text", _attachment("attachment")),
    "patches.resolves.**": "vulnerability",
    "notes": "comment",
}
_MODEL_CARD: _Table = {
    "bom-ref": "relation",
    "modelParameters.**": "description",
    **_under("modelParameters.datasets", _DATA, {"ref": "relation"}),
    "considerations.**": "description",
    # Who sold the electricity is no party of the component.
    "considerations.environmentalConsiderations.energyConsumptions.energyProviders.**": "metadata",
    "quantitativeAnalysis.**": "description",
    **_PROPERTIES,
}
_CRYPTO: _Table = {
    "**": "metadata",
    "certificateProperties.subjectName": "signer",
    "certificateProperties.issuerName": "signer",
    "certificateProperties.certificateExtensions.**": "comment",
}

_COMPONENT: _Table = {
    "bom-ref": "ref",
    "name": "name",
    "group": "group",
    "version": "version",
    "versionRange": "version",
    "purl": "purl",
    "cpe": "cpe",
    "type": "metadata",
    "scope": "metadata",
    "mime-type": "metadata",
    "publisher": "publisher",
    "author": "author",
    **_under("authors", _person("author")),
    **_under("supplier", _organisation("supplier")),
    **_under("manufacturer", _organisation("manufacturer")),
    "copyright": "copyright",
    "description": "description",
    "omniborId": "identifier",
    "swhid": "identifier",
    "swid.tagId": "swid",
    "swid.name": "swid",
    "swid.version": "version",
    "swid.url": "reference",
    **_under("swid.text", _attachment("attachment")),
    "tags": "comment",
    **_HASHES,
    **_REFERENCES,
    **_LICENCES,
    **_PROPERTIES,
    **_under("releaseNotes", _RELEASE_NOTES),
    **_under("evidence", _EVIDENCE),
    **_under("pedigree", _PEDIGREE),
    **_under("data", _DATA),
    **_under("modelCard", _MODEL_CARD),
    **_under("cryptoProperties", _CRYPTO),
    "patentAssertions.**": "patent",
    "signature.**": "signature",
}

_SERVICE: _Table = {
    "bom-ref": "ref",
    "name": "name",
    "group": "group",
    "version": "version",
    **_under("provider", _organisation("provider")),
    "endpoints": "endpoint",
    "description": "description",
    "trustZone": "comment",
    "tags": "comment",
    **_under(
        "data",
        {
            "source": "endpoint",
            "destination": "endpoint",
            "name": "description",
            "description": "description",
            "classification": "comment",
            "flow": "metadata",
        },
        _GOVERNANCE,
    ),
    **_REFERENCES,
    **_LICENCES,
    **_PROPERTIES,
    **_under("releaseNotes", _RELEASE_NOTES),
    "patentAssertions.**": "patent",
    "signature.**": "signature",
}


def _resource(prefix: str) -> _Table:
    return {
        f"{prefix}.ref": "relation",
        f"{prefix}.externalReference.**": "comment",
        f"{prefix}.externalReference.url": "reference",
        f"{prefix}.externalReference.type": "metadata",
        f"{prefix}.externalReference.hashes.**": "hash",
    }


_WORKED: _Table = {
    "bom-ref": "relation",
    "uid": "metadata",
    "name": "description",
    "description": "description",
    **_resource("resourceReferences"),
    **{
        path: field
        for side in ("inputs", "outputs")
        for path, field in {
            # Parameters, environment variables and attached data.
            f"{side}.**": "property",
            **_resource(f"{side}.source"),
            **_resource(f"{side}.target"),
            **_resource(f"{side}.resource"),
        }.items()
    },
    **_PROPERTIES,
}
_TASK: _Table = {
    **_WORKED,
    "taskTypes": "metadata",
    "timeStart": "metadata",
    "timeEnd": "metadata",
    "runtimeTopology.**": "relation",
    "steps.**": "description",
    **_under("workspaces", {"**": "description", "uid": "metadata"}, _resource("resourceReferences")),
    **_under("trigger", {"**": "description"}, _WORKED, _resource("event.source"), _resource("event.target")),
}
_FORMULATION: _Table = {
    "bom-ref": "relation",
    **_PROPERTIES,
    **_under("workflows", {"taskDependencies.**": "relation"}, _TASK),
    **_under("workflows.tasks", _TASK),
}
_METADATA: _Table = {
    **_under("supplier", _organisation("supplier")),
    # Until 1.5 the maker of the product; since 1.6 `manufacturer` is the maker of the BOM.
    **_under("manufacture", _organisation("manufacturer")),
    "manufacturer.**": "bom-author",
    "authors.**": "bom-author",
    **_under("tools", {"vendor": "supplier", "name": "name", "version": "version"}, _HASHES, _REFERENCES),
    # The licence is that of the BOM, not of the product.
    "licenses.**": "metadata",
    "lifecycles.**": "metadata",
    "timestamp": "metadata",
    "distributionConstraints.**": "metadata",
    **_PROPERTIES,
}
_DOCUMENT: _Table = {
    "$schema": "metadata",
    "bomFormat": "metadata",
    "specVersion": "metadata",
    "serialNumber": "metadata",
    **_under("metadata", _METADATA),
    "dependencies.**": "relation",
    "compositions.**": "relation",
    "compositions.aggregate": "metadata",
    "compositions.signature.**": "signature",
    **_REFERENCES,
    **_PROPERTIES,
    **_under("formulation", _FORMULATION),
    "annotations.bom-ref": "relation",
    "annotations.subjects": "relation",
    "annotations.text": "comment",
    "annotations.timestamp": "metadata",
    "annotations.annotator.**": "annotator",
    "annotations.signature.**": "signature",
    # A vendor that found, rated or fixed a weakness is no ingredient.
    "vulnerabilities.**": "vulnerability",
    "vulnerabilities.affects.ref": "relation",
    "declarations.**": "declaration",
    "definitions.standards.**": "declaration",
    "definitions.patents.**": "patent",
    "citations.**": "declaration",
    "signature.**": "signature",
}

#: Node -> path -> id of a field of `model.fields.FIELDS`.
PATHS: Final[dict[str, _Table]] = {"component": _COMPONENT, "service": _SERVICE, "document": _DOCUMENT}

#: The field of an external reference's URL by its type; an unknown type is a `reference`.
REFERENCE_FIELDS: Final[dict[str, str]] = {
    "distribution": "distribution",
    "distribution-intake": "distribution",
    "source-distribution": "distribution",
    "vcs": "vcs",
    "website": "website",
    "issue-tracker": "issue-tracker",
    "license": "licence",
    "bom": "link",
    "patent": "patent",
    "patent-family": "patent",
    "patent-assertion": "patent",
    **dict.fromkeys(
        [
            "advisories",
            "documentation",
            "release-notes",
            "security-contact",
            "threat-model",
            "adversary-model",
            "risk-assessment",
            "vulnerability-assertion",
            "exploitability-statement",
            "pentest-report",
            "static-analysis-report",
            "dynamic-analysis-report",
            "runtime-analysis-report",
            "component-analysis-report",
            "maturity-report",
            "certification-report",
            "quality-metrics",
            "poam",
            "rfc-9116",
            "model-card",
            "log",
            "evidence",
            "citation",
            "attestation",
        ],
        "documentation",
    ),
}

#: The field of `evidence.identity[].concludedValue` by `field`.
IDENTITY_FIELDS: Final[dict[str, str]] = {
    "group": "group",
    "name": "name",
    "version": "version",
    "purl": "purl",
    "cpe": "cpe",
    "swid": "swid",
    "hash": "hash",
    "omniborId": "identifier",
    "swhid": "identifier",
}
