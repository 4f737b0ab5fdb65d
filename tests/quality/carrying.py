"""The smallest SBOM that carries a row of a labelled set, in every format that has the field (places.yaml)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import yaml
from planting import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TABLE: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("places.yaml").read_text(encoding="utf-8"))
PLACES: dict[str, dict[str, Any]] = TABLE["places"]

# The order that the schema of CycloneDX XML asks for.
_ORDER = """provider supplier manufacturer authors publisher group name version description endpoints hashes licenses
    copyright cpe purl swid pedigree externalReferences properties components evidence data cryptoProperties tags"""
_PLAIN = "neutral-part"
_MADE = "2026-11-02T09:00:00Z"
_SHA1 = "a9993e364706816aba3e25717850c26c9cd0d89d"


def fragments(format_: str, parts: Mapping[str, str]) -> list[Any] | None:
    """Return what a format says for each place and value, or None if it lacks one of the places."""
    if any(format_ not in PLACES[place] for place in parts):
        return None
    quote = escape if format_ == "CycloneDX XML" else str
    return [_filled(PLACES[place][format_], quote(value)) for place, value in parts.items()]


def _filled(template: Any, value: str) -> Any:  # noqa: ANN401 - JSON
    if isinstance(template, str):
        return template.replace("$", value)
    if isinstance(template, dict):
        return {key: _filled(entry, value) for key, entry in template.items()}
    return [_filled(entry, value) for entry in template] if isinstance(template, list) else template


def element(parts: Mapping[str, str]) -> str:
    """Tell what the places make of their component: a package, a file or a service."""
    return next((PLACES[place]["element"] for place in parts if "element" in PLACES[place]), "package")


def _merged(given: list[Any]) -> tuple[Any, Any]:
    """Return what fragments say of the component, and what they say of the document (under `^`)."""
    whole: Any = {}
    for one in given:
        whole = joined(whole, one)
    return {key: value for key, value in whole.items() if key != "^"}, whole.get("^", {})


def cyclonedx_json(given: list[Any], kind: str) -> str:
    said, around = _merged(given)
    section = "services" if kind == "service" else "components"
    type_ = {} if kind == "service" else {"type": "file" if kind == "file" else "library"}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": {"type": "application", "bom-ref": "product", "name": "product", "version": "1"}},
        section: [{**type_, "bom-ref": "it", "name": _PLAIN, **said}],
        "dependencies": [{"ref": "product", "dependsOn": ["it"]}],
    }
    return json.dumps(joined(document, around), ensure_ascii=False)


def cyclonedx_xml(given: list[str], kind: str) -> str:
    tag = re.compile(r"<(\w+)")
    if not any(one.startswith("<name>") for one in given):
        given = [f"<name>{_PLAIN}</name>", *given]
    rank = {name: number for number, name in enumerate(_ORDER.split())}
    inner = "".join(sorted(given, key=lambda one: rank.get(tag.match(one)[1], 0)))  # type: ignore[index] # a tag
    inner = inner.replace("</externalReferences><externalReferences>", "")
    type_ = "" if kind == "service" else f' type="{"file" if kind == "file" else "library"}"'
    word = "service" if kind == "service" else "component"
    return (
        '<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"><metadata>'
        '<component type="application" bom-ref="product"><name>product</name><version>1</version></component>'
        f'</metadata><{word}s><{word}{type_} bom-ref="it">{inner}</{word}></{word}s>'
        '<dependencies><dependency ref="product"><dependency ref="it"/></dependency></dependencies></bom>'
    )


def spdx_json(given: list[Any], kind: str) -> str:
    said, around = _merged(given)
    package = {"downloadLocation": "NOASSERTION", "filesAnalyzed": False}
    checksums = [{"algorithm": "SHA1", "checksumValue": _SHA1}]
    own = {"checksums": checksums} if kind == "file" else {"name": _PLAIN, **package}
    own |= {"SPDXID": "SPDXRef-it", **said}
    document: Any = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "product",
        "documentNamespace": "https://acme.example/product",
        "creationInfo": {"created": _MADE, "creators": ["Organization: ACME"]},
        "packages": [{"SPDXID": "SPDXRef-product", "name": "product", "versionInfo": "1", **package}],
        "relationships": [
            {"spdxElementId": source, "relationshipType": type_, "relatedSpdxElement": target}
            for source, type_, target in (
                ("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-product"),
                ("SPDXRef-product", "CONTAINS" if kind == "file" else "DEPENDS_ON", "SPDXRef-it"),
            )
        ],
    }
    return json.dumps(joined(joined(document, {"files" if kind == "file" else "packages": [own]}), around))


def tag_value(given: list[str], kind: str) -> str:
    first = "FileName: " if kind == "file" else "PackageName: "
    named = [one for one in given if one.startswith(first)] or [first + _PLAIN]
    unknown = ("PackageDownloadLocation: NOASSERTION", "FilesAnalyzed: false")
    own = (f"FileChecksum: SHA1: {_SHA1}",) if kind == "file" else unknown
    if any(one.startswith("PackageDownloadLocation") for one in given):
        own = own[1:]
    lines = [
        *("SPDXVersion: SPDX-2.3", "DataLicense: CC0-1.0", "SPDXID: SPDXRef-DOCUMENT", "DocumentName: product"),
        *("DocumentNamespace: https://acme.example/product", "Creator: Organization: ACME", f"Created: {_MADE}"),
        *("PackageName: product", "SPDXID: SPDXRef-product", "PackageVersion: 1", *unknown),
        *(named[0], "SPDXID: SPDXRef-it", *own),
        *(one for one in given if one not in named),
        "Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-product",
        f"Relationship: SPDXRef-product {'CONTAINS' if kind == 'file' else 'DEPENDS_ON'} SPDXRef-it",
    ]
    return "\n".join(lines)


def spdx_3(given: list[Any], kind: str) -> str:
    said, _ = _merged(given)

    def node(type_: str, ref: str, **more: object) -> dict[str, object]:
        return {"type": type_, "spdxId": f"urn:x:{ref}", "creationInfo": "_:made", **more}

    agents: list[dict[str, object]] = []
    for key in ("suppliedBy", "originatedBy"):
        for number, agent in enumerate([said[key]] if isinstance(said.get(key), dict) else said.get(key, [])):
            agents.append({**node("", f"{key}-{number}"), **agent})
        if key in said:
            ids = [agent["spdxId"] for agent in agents if str(agent["spdxId"]).startswith(f"urn:x:{key}")]
            said[key] = ids[0] if key == "suppliedBy" else ids
    ends = {
        "from": "urn:x:product",
        "to": ["urn:x:it"],
        "relationshipType": "contains" if kind == "file" else "dependsOn",
    }
    graph = [
        {
            "type": "CreationInfo",
            "@id": "_:made",
            "specVersion": "3.0.1",
            "created": _MADE,
            "createdBy": ["urn:x:acme"],
        },
        node("Organization", "acme", name="ACME"),
        node("SpdxDocument", "document", rootElement=["urn:x:product"]),
        *agents,
        node("software_Package", "product", name="product", software_packageVersion="1"),
        {**node("software_File" if kind == "file" else "software_Package", "it", name=_PLAIN), **said},
        node("Relationship", "needs", **ends),
    ]
    return json.dumps({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph})


def syft(given: list[Any], kind: str) -> str:
    said, _ = _merged(given)
    own = {"id": "it", **said} if kind == "file" else {"id": "it", "name": _PLAIN, "type": "binary", **said}
    return json.dumps(
        {
            "artifacts": [] if kind == "file" else [own],
            "files": [own] if kind == "file" else [],
            "artifactRelationships": [{"parent": "it", "child": "product", "type": "dependency-of"}],
            "source": {"id": "product", "name": "product", "version": "1", "type": "directory"},
            "schema": {"version": "16.0.0"},
        }
    )


WRITERS: dict[str, Callable[[list[Any], str], str]] = {
    "CycloneDX JSON": cyclonedx_json,
    "CycloneDX XML": cyclonedx_xml,
    "SPDX JSON": spdx_json,
    "SPDX tag-value": tag_value,
    "SPDX 3 JSON": spdx_3,
    "syft JSON": syft,
}


def sboms(parts: Mapping[str, str]) -> dict[str, bytes]:
    """Return, by format, the smallest SBOM whose component has these values in these places."""
    made = {}
    for format_, writer in WRITERS.items():
        given = fragments(format_, parts)
        if given is not None:
            made[format_] = writer(given, element(parts)).encode()
    return made
