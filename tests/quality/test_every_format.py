"""One product, written in every format that is read, gives the same findings and the same verdict."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import yaml
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.writer.rdf import rdf_writer
from spdx_tools.spdx.writer.xml import xml_writer

from debar import packs, pipeline
from debar.model.decision import Verdict
from debar.pipeline import Input, Options

PACK = packs.load(packs.find("us-kaspersky"))
OPTIONS = Options(as_of="2026-11-21T00:00:00Z")
# Product -> bridge -> engine, and product -> pad; the engine names its maker and its CPE.
ENGINE_CPE = "cpe:2.3:a:kaspersky:antivirus_engine:8:*:*:*:*:*:*:*"
MAKER = "AO Kaspersky Lab"

CYCLONEDX = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {"component": {"type": "application", "bom-ref": "product", "name": "product", "version": "1"}},
    "components": [
        {"type": "library", "bom-ref": "bridge", "name": "bridge", "version": "1", "purl": "pkg:generic/bridge@1"},
        {"type": "library", "bom-ref": "pad", "name": "pad", "version": "1", "purl": "pkg:npm/pad@1"},
        {
            "type": "library",
            "bom-ref": "engine",
            "supplier": {"name": MAKER},
            "name": "engine",
            "version": "8",
            "cpe": ENGINE_CPE,
        },
    ],
    "dependencies": [{"ref": "product", "dependsOn": ["bridge", "pad"]}, {"ref": "bridge", "dependsOn": ["engine"]}],
}


def component_xml(ref: str, version: str, more: str, type_: str = "library") -> str:
    head, tail = (more, "") if more.startswith("<supplier>") else ("", more)
    cpe = f"<cpe>{ENGINE_CPE}</cpe>" if head else ""
    named = f"<name>{ref}</name><version>{version}</version>"
    return f'<component type="{type_}" bom-ref="{ref}">{head}{named}{cpe}{tail}</component>'


def needs_xml(ref: str, *targets: str) -> str:
    return f'<dependency ref="{ref}">' + "".join(f'<dependency ref="{one}"/>' for one in targets) + "</dependency>"


def cyclonedx_xml() -> str:
    root = component_xml("product", "1", "", "application")
    parts = [
        component_xml("bridge", "1", "<purl>pkg:generic/bridge@1</purl>"),
        component_xml("pad", "1", "<purl>pkg:npm/pad@1</purl>"),
        component_xml("engine", "8", f"<supplier><name>{MAKER}</name></supplier>"),
    ]
    graph = needs_xml("product", "bridge", "pad") + needs_xml("bridge", "engine")
    return (
        f'<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><metadata>{root}</metadata>'
        f"<components>{''.join(parts)}</components><dependencies>{graph}</dependencies></bom>"
    )


def package(name: str, version: str, **more: object) -> dict[str, Any]:
    return {
        "SPDXID": f"SPDXRef-{name}",
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        **more,
    }


def reference(category: str, kind: str, locator: str) -> list[dict[str, str]]:
    return [{"referenceCategory": category, "referenceType": kind, "referenceLocator": locator}]


def relation(source: str, type_: str, target: str) -> dict[str, str]:
    return {"spdxElementId": source, "relationshipType": type_, "relatedSpdxElement": target}


SPDX = {
    "spdxVersion": "SPDX-2.3",
    "dataLicense": "CC0-1.0",
    "SPDXID": "SPDXRef-DOCUMENT",
    "name": "product",
    "documentNamespace": "https://acme.example/product",
    "creationInfo": {"created": "2026-11-02T09:00:00Z", "creators": ["Organization: ACME"]},
    "packages": [
        package("product", "1"),
        package("bridge", "1", externalRefs=reference("PACKAGE-MANAGER", "purl", "pkg:generic/bridge@1")),
        package("pad", "1", externalRefs=reference("PACKAGE-MANAGER", "purl", "pkg:npm/pad@1")),
        package(
            "engine",
            "8",
            supplier=f"Organization: {MAKER}",
            externalRefs=reference("SECURITY", "cpe23Type", ENGINE_CPE),
        ),
    ],
    "relationships": [
        relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-product"),
        relation("SPDXRef-product", "DEPENDS_ON", "SPDXRef-bridge"),
        relation("SPDXRef-product", "DEPENDS_ON", "SPDXRef-pad"),
        relation("SPDXRef-bridge", "DEPENDS_ON", "SPDXRef-engine"),
    ],
}


def tag_value() -> str:
    lines = ["SPDXVersion: SPDX-2.3", "SPDXID: SPDXRef-DOCUMENT", "DocumentNamespace: https://acme.example/product"]
    for one in SPDX["packages"]:  # type: ignore[attr-defined] # a list of packages
        lines += [f"PackageName: {one['name']}", f"SPDXID: {one['SPDXID']}", f"PackageVersion: {one['versionInfo']}"]
        lines += [f"PackageSupplier: {one['supplier']}"] if "supplier" in one else []
        for ref in one.get("externalRefs", ()):
            lines.append("ExternalRef: {referenceCategory} {referenceType} {referenceLocator}".format(**ref))
    for one in SPDX["relationships"]:  # type: ignore[attr-defined] # a list of relationships
        lines.append("Relationship: {spdxElementId} {relationshipType} {relatedSpdxElement}".format(**one))
    return "\n".join(lines)


def spdx_xml() -> str:
    out = io.StringIO()
    xml_writer.write_document_to_stream(JsonLikeDictParser().parse(SPDX), out, validate=False)
    return out.getvalue()


def spdx_rdf() -> str:
    out = io.BytesIO()
    rdf_writer.write_document_to_stream(JsonLikeDictParser().parse(SPDX), out, validate=False)
    return out.getvalue().decode()


def spdx3() -> str:
    def element(type_: str, name: str, **more: object) -> dict[str, object]:
        return {"type": type_, "spdxId": f"urn:x:{name}", "creationInfo": "_:made", "name": name, **more}

    def edge(source: str, *targets: str) -> dict[str, object]:
        ends = {"from": f"urn:x:{source}", "to": [f"urn:x:{target}" for target in targets]}
        return {"type": "Relationship", "spdxId": f"urn:x:{source}-needs", "relationshipType": "dependsOn", **ends}

    cpe = [{"type": "ExternalIdentifier", "externalIdentifierType": "cpe23", "identifier": ENGINE_CPE}]
    graph = [
        {"type": "CreationInfo", "@id": "_:made", "specVersion": "3.0.1", "created": "2026-11-02T09:00:00Z"},
        element("SpdxDocument", "document", rootElement=["urn:x:product"]),
        element("Organization", "maker") | {"name": MAKER},
        element("software_Package", "product", software_packageVersion="1"),
        element("software_Package", "bridge", software_packageVersion="1", software_packageUrl="pkg:generic/bridge@1"),
        element("software_Package", "pad", software_packageVersion="1", software_packageUrl="pkg:npm/pad@1"),
        element(
            "software_Package", "engine", software_packageVersion="8", suppliedBy="urn:x:maker", externalIdentifier=cpe
        ),
        edge("product", "bridge", "pad"),
        edge("bridge", "engine"),
    ]
    return json.dumps({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph})


def syft() -> str:
    def artifact(name: str, version: str, **more: object) -> dict[str, object]:
        return {"id": name, "name": name, "version": version, "type": "binary", "foundBy": "a-cataloger", **more}

    def dependency(of: str, on: str) -> dict[str, str]:
        return {"parent": on, "child": of, "type": "dependency-of"}

    return json.dumps(
        {
            "artifacts": [
                artifact("bridge", "1", purl="pkg:generic/bridge@1"),
                artifact("pad", "1", purl="pkg:npm/pad@1"),
                artifact("engine", "8", cpes=[{"cpe": ENGINE_CPE}], metadata={"vendor": MAKER}),
            ],
            "artifactRelationships": [
                dependency("product", "bridge"),
                dependency("product", "pad"),
                dependency("bridge", "engine"),
            ],
            "source": {"id": "product", "name": "product", "version": "1", "type": "directory"},
            "schema": {"version": "16.0.0"},
        }
    )


FORMATS = {
    "CycloneDX JSON": lambda: json.dumps(CYCLONEDX),
    "CycloneDX XML": cyclonedx_xml,
    "SPDX JSON": lambda: json.dumps(SPDX),
    "SPDX YAML": lambda: yaml.safe_dump(SPDX),
    "SPDX tag-value": tag_value,
    "SPDX XML": spdx_xml,
    "SPDX RDF/XML": spdx_rdf,
    "SPDX 3 JSON": spdx3,
    "syft JSON": syft,
}


def essence(verdict: Verdict) -> object:
    label = [component.label for component in verdict.components]
    return verdict.status, [
        (
            finding.id,
            finding.use,
            finding.confidence,
            {(item.field, item.value, item.fact.id) for item in finding.evidence},
            [(ruling.regime, ruling.outcome, ruling.rule) for ruling in finding.rulings],
            [[label[step.component] for step in path] for path in finding.route.paths],
        )
        for finding in verdict.findings
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_product_in_every_format(name: str) -> None:
    def check(text: str) -> Verdict:
        return pipeline.check([Input(path="x", data=text.encode())], pack=PACK, options=OPTIONS)

    verdict = check(FORMATS[name]())

    assert verdict.documents[0].format == name
    assert [finding.id for finding in verdict.findings] == ["engine:engine@8"]
    assert essence(verdict) == essence(check(json.dumps(CYCLONEDX)))


@pytest.mark.parametrize("name", FORMATS)
def test_a_baseline_in_another_format_has_the_same_findings(name: str) -> None:
    inputs = [
        Input(path=str(number), data=text.encode())
        for number, text in enumerate([FORMATS[name](), FORMATS["SPDX JSON"]()])
    ]
    for head, base in (inputs, inputs[::-1]):
        options = Options(as_of="2026-11-21T00:00:00Z", baseline=[base])
        verdict = pipeline.check([head], pack=PACK, options=options)

        assert [finding.existing for finding in verdict.findings] == [True]
        assert verdict.baseline
        assert verdict.baseline.gone == ()


def test_an_imported_element_of_spdx_3_is_found_in_the_other_document() -> None:
    whole = json.loads(spdx3())
    held = [one for one in whole["@graph"] if one.get("spdxId") in {"urn:x:engine", "urn:x:maker"}]
    rest = [one for one in whole["@graph"] if one not in held]
    rest[1]["import"] = [{"type": "ExternalMap", "externalSpdxId": "urn:x:engine"}]
    document = {
        "type": "SpdxDocument",
        "spdxId": "urn:x:other",
        "rootElement": ["urn:x:engine"],
        "creationInfo": "_:made",
    }
    parts = [json.dumps({**whole, "@graph": graph}).encode() for graph in (rest, [whole["@graph"][0], document, *held])]
    alone = pipeline.check([Input(path="a", data=parts[0])], pack=PACK, options=OPTIONS)
    both = pipeline.check(
        [Input(path=name, data=data) for name, data in zip("ab", parts, strict=True)], pack=PACK, options=OPTIONS
    )

    assert "unresolved-link" in {ruling.gap.code for ruling in alone.gaps if ruling.blocks}
    assert both.status.value == "fail"
    path = both.findings[0].route.paths[0]
    assert [both.components[step.component].name for step in path] == ["product", "bridge", "engine"]
