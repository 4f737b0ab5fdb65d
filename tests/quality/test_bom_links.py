"""Every place where a CycloneDX schema lets a BOM-Link stand is followed, and says no more than it says.

No place is written down here for JSON: one that a new version adds is tried as soon as its schema is bundled.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import pytest
from planting import Slot, Walk

from debar.graph import ProductGraph
from debar.link import Linked, link
from debar.model.decision import Completeness
from debar.model.inventory import Inventory, Use
from debar.read import read
from debar.verdict.coverage import gaps

Json = Any

VERSIONS = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
OWN = "3e671687-395b-41f5-a30f-a58921a69b79"
OTHER = "11111111-395b-41f5-a30f-a58921a69b79"
ELSEWHERE = f"urn:cdx:{OTHER}/1#part"
HERE = f"urn:cdx:{OWN}/3#held"
NODES = ("component", "service")


class Place(NamedTuple):
    """A place of a schema; `typed` if the schema names references or BOM-Links there, else it takes any IRI."""

    path: str
    node: str
    slot: Slot
    version: str
    typed: bool

    def document(self, text: str) -> bytes:
        """Return a document with the text at this place and with an element that is called `held`."""
        made = self.slot.make(text)
        one = {"bom-ref": self.node, "name": self.node, **made}
        held = {"type": "library", "bom-ref": "held", "name": "held"}
        components = [held, {"type": "library", **one}] if self.node == "component" else [held]
        parts = {"services": [one]} if self.node == "service" else {} if self.node else made
        whole = {**frame(self.version), "components": components, **parts}
        return json.dumps(whole).encode()


def frame(version: str, serial: str = OWN, number: int = 3) -> Json:
    return {"bomFormat": "CycloneDX", "specVersion": version, "serialNumber": f"urn:uuid:{serial}", "version": number}


@cache
def schema(name: str) -> Json:
    return json.loads(files("cyclonedx.schema").joinpath("_res", name).read_text("utf-8"))


def resolve(reference: str, base: str) -> tuple[Json, str]:
    file, _, fragment = reference.partition("#")
    base = file.rsplit("/", 1)[-1] or base
    value = schema(base)
    for key in filter(None, fragment.split("/")):
        value = value[key]
    return value, base


def is_typed(slot: Slot) -> bool:
    if any("urn:cdx" in pattern for pattern in slot.schema.get("pattern", ())):
        return True
    # `compositions` has plain texts where it means references. A `bom-ref` is a name, and no reference.
    if slot.path[0] == "compositions":
        return slot.path[1] in {"assemblies", "dependencies", "vulnerabilities"}
    return slot.path[-1] != "bom-ref" and "interlinkable elements" in slot.schema.get("description", "")


def is_address(slot: Slot) -> bool:
    # The algorithm of a signature may be named by an IRI, which is none of another document.
    return slot.schema.get("format") in {"iri-reference", "uri"} and slot.path[-1] != "algorithm"


@cache
def places(version: str) -> tuple[Place, ...]:
    base = f"bom-{version}.SNAPSHOT.schema.json"
    root = schema(base)
    walk = Walk(
        resolve,
        nodes=frozenset(f"#/definitions/{node}" for node in NODES),
        fixed={"signature": {"algorithm": "ES256", "value": "x"}},
    )
    found: dict[tuple[str, bool], Place] = {}
    for node in ("", *NODES):
        for slot in walk.slots(root["definitions"][node] if node else root, base):
            if slot.path and not slot.node and (is_typed(slot) or is_address(slot)):
                path = ".".join(filter(None, (node, *slot.path)))
                found.setdefault((path, is_typed(slot)), Place(path, node, slot, version, is_typed(slot)))
    return tuple(found.values())


def use_of(path: str) -> Use:
    """Return how the product uses what a place points to."""
    known = {
        "service.endpoints": Use.SHIPPED,
        "dependencies.ref": Use.SHIPPED,
        "dependencies.dependsOn": Use.SHIPPED,
        "dependencies.provides": Use.PROVIDED,
        "externalReferences.url": Use.SHIPPED,
        "component.externalReferences.url": Use.SHIPPED,
        "service.externalReferences.url": Use.SHIPPED,
    }
    if path.startswith(("component.data.", "service.data.")):
        return Use.SHIPPED
    if path.startswith("component.modelCard."):
        return Use.DERIVED
    return known.get(path, Use.MENTIONED)


@cache
def other() -> Inventory:
    """Return the document that the links point to: a product with a part."""
    document = frame("1.6", OTHER, 1) | {
        "metadata": {"component": {"type": "application", "bom-ref": "whole", "name": "whole"}},
        "components": [{"type": "library", "bom-ref": "part", "name": "part"}],
    }
    return read(json.dumps(document).encode(), "other.json")


def use(linked: Linked) -> Use:
    """Return how the joined product uses the part of the other document."""
    inventory = linked.inventory
    (number,) = (n for n, component in enumerate(inventory.components) if component.ref == "part")
    return ProductGraph(inventory).route(number).use


def check_followed(document: bytes, path: str) -> None:
    """Assert what becomes of a BOM-Link to another document: missing, offered as a candidate, and given."""
    inventory = read(document, "bom")
    assert {item.target for item in inventory.links} == {ELSEWHERE}

    for profile in Completeness:
        (missing,) = (one for one in gaps(link([inventory]).inventory, profile) if one.gap.code == "unresolved-link")
        assert missing.blocks
        assert missing.gap.examples == (ELSEWHERE,)

    offered = link([inventory], [other()])
    assert offered.inventory.links == ()
    assert len(offered.inventory.documents) == 2
    assert use(offered) is use_of(path)

    given = link([inventory, other()])
    assert given.inventory.links == ()
    if use_of(path) is Use.MENTIONED:
        # Given by name it is a part of the product, whatever is said of it elsewhere.
        assert use(given) is Use.SHIPPED


def check_own(document: bytes) -> None:
    """Assert that a BOM-Link into the document itself is never missing, whatever version it names."""
    for version in (b"/3#", b"/1#", b"/99#"):
        linked = link([read(document.replace(b"/3#", version), "bom")])
        assert linked.inventory.links == ()
        named = {example for gap in linked.inventory.gaps for example in gap.examples if gap.code == "dangling-ref"}
        assert not {name for name in named if "held" in name}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_bom_link_of_the_schema_is_followed(version: str) -> None:
    found = places(version)
    assert len(found) > (30 if version > "1.3" else 0)
    for place in found:
        check_followed(place.document(ELSEWHERE), place.path)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_bom_link_into_the_same_document_is_never_missing(version: str) -> None:
    for place in places(version):
        check_own(place.document(HERE))


_REFERENCE = '<externalReferences><reference type="bom"><url>{}</url></reference></externalReferences>'
_RESOURCE = "<externalReference type='bom'><url>{}</url></externalReference>"


def _in(path: str, inner: str) -> str:
    names = path.split("/")
    return "".join(f"<{name}>" for name in names) + inner + "".join(f"</{name}>" for name in reversed(names))


_ASSETS = _in("relatedCryptographicAssets/relatedCryptographicAsset/ref", "{}")


def _component(inner: str) -> str:
    return f'<components><component type="library" bom-ref="c"><name>c</name>{inner}</component></components>'


def _service(inner: str) -> str:
    return f'<services><service bom-ref="s"><name>s</name>{inner}</service></services>'


def _crypto(path: str, inner: str = "{}") -> str:
    return _component(_in(f"cryptoProperties/{path}", inner))


def _workflow(path: str, inner: str) -> str:
    return _in("formulation/formula/workflows/workflow", _in(path, inner))


_PATENTED = _in("patentAssertions/patentAssertion/patentRefs", "<bom-ref>{}</bom-ref>")
_ASSERTED = _in("patentAssertions/patentAssertion/asserter", "<ref>{}</ref>")

#: The typed places of all schemas as XML; of a formulation the ends of the paths alone.
XML = {
    "annotations.subjects": _in("annotations/annotation/subjects", '<subject ref="{}"/>'),
    "citations.attributedTo": _in("citations/citation/attributedTo", "{}"),
    "citations.process": _in("citations/citation/process", "{}"),
    "component.cryptoProperties.certificateProperties.relatedCryptographicAssets.ref": _crypto(
        "certificateProperties", _ASSETS
    ),
    "component.cryptoProperties.certificateProperties.signatureAlgorithmRef": _crypto(
        "certificateProperties/signatureAlgorithmRef"
    ),
    "component.cryptoProperties.certificateProperties.subjectPublicKeyRef": _crypto(
        "certificateProperties/subjectPublicKeyRef"
    ),
    "component.cryptoProperties.protocolProperties.cipherSuites.algorithms": _crypto(
        "protocolProperties/cipherSuites/cipherSuite/algorithms/algorithm"
    ),
    "component.cryptoProperties.protocolProperties.cryptoRefArray": _crypto("protocolProperties/cryptoRef"),
    # Until 1.6 the algorithm itself, since 1.7 an object around it.
    **{
        f"component.cryptoProperties.protocolProperties.ikev2TransformTypes.{kind}{'.' * bool(key)}{key}": _crypto(
            f"protocolProperties/ikev2TransformTypes/{kind}{'/' * bool(key)}{key}"
        )
        for kind in ("auth", "encr", "integ", "ke", "prf")
        for key in ("", "algorithm")
    },
    "component.cryptoProperties.protocolProperties.relatedCryptographicAssets.ref": _crypto(
        "protocolProperties", _ASSETS
    ),
    "component.cryptoProperties.relatedCryptoMaterialProperties.algorithmRef": _crypto(
        "relatedCryptoMaterialProperties/algorithmRef"
    ),
    "component.cryptoProperties.relatedCryptoMaterialProperties.relatedCryptographicAssets.ref": _crypto(
        "relatedCryptoMaterialProperties", _ASSETS
    ),
    "component.cryptoProperties.relatedCryptoMaterialProperties.securedBy.algorithmRef": _crypto(
        "relatedCryptoMaterialProperties/securedBy/algorithmRef"
    ),
    "component.evidence.identity.tools": _component(_in("evidence/identity/tools", '<tool ref="{}"/>')),
    "component.externalReferences.url": _component(_REFERENCE),
    "component.modelCard.considerations.environmentalConsiderations.energyConsumptions.energyProviders"
    ".externalReferences.url": _component(
        _in(
            "modelCard/considerations/environmentalConsiderations/energyConsumptions/energyConsumption/energyProviders",
            _REFERENCE,
        )
    ),
    "component.modelCard.modelParameters.datasets.ref": _component(_in("modelCard/modelParameters/datasets/ref", "{}")),
    "component.patentAssertions.asserter": _component(_ASSERTED),
    "component.patentAssertions.patentRefs": _component(_PATENTED),
    "compositions.assemblies": _in("compositions/composition/assemblies", '<assembly ref="{}"/>'),
    "compositions.dependencies": _in("compositions/composition/dependencies", '<dependency ref="{}"/>'),
    "compositions.vulnerabilities": _in("compositions/composition/vulnerabilities", '<vulnerability ref="{}"/>'),
    "declarations.affirmation.signatories.externalReference.url": _in(
        "declarations/affirmation/signatories/signatory", _RESOURCE
    ),
    "declarations.attestations.assessor": _in("declarations/attestations/attestation/assessor", "{}"),
    "declarations.attestations.map.claims": _in("declarations/attestations/attestation/map/claims/claim", "{}"),
    "declarations.attestations.map.conformance.mitigationStrategies": _in(
        "declarations/attestations/attestation/map/conformance/mitigationStrategies/mitigationStrategy", "{}"
    ),
    "declarations.attestations.map.counterClaims": _in(
        "declarations/attestations/attestation/map/counterClaims/counterClaim", "{}"
    ),
    "declarations.attestations.map.requirement": _in("declarations/attestations/attestation/map/requirement", "{}"),
    "declarations.claims.counterEvidence": _in("declarations/claims/claim/counterEvidence", "{}"),
    "declarations.claims.evidence": _in("declarations/claims/claim/evidence", "{}"),
    "declarations.claims.externalReferences.url": _in("declarations/claims/claim", _REFERENCE),
    "declarations.claims.mitigationStrategies": _in(
        "declarations/claims/claim/mitigationStrategies/mitigationStrategy", "{}"
    ),
    "declarations.claims.target": _in("declarations/claims/claim/target", "{}"),
    "definitions.patents.externalReferences.url": _in("definitions/patents/patent", _REFERENCE),
    "definitions.patents.members": _in("definitions/patents/patentFamily/members/ref", "{}"),
    "definitions.standards.externalReferences.url": _in("definitions/standards/standard", _REFERENCE),
    "definitions.standards.levels.requirements": _in(
        "definitions/standards/standard/levels/level/requirements/requirement", "{}"
    ),
    "definitions.standards.requirements.externalReferences.url": _in(
        "definitions/standards/standard/requirements/requirement", _REFERENCE
    ),
    "definitions.standards.requirements.parent": _in(
        "definitions/standards/standard/requirements/requirement/parent", "{}"
    ),
    "dependencies.dependsOn": _component("")
    + _in("dependencies", '<dependency ref="c"><dependency ref="{}"/></dependency>'),
    "dependencies.provides": _component("")
    + _in("dependencies", '<dependency ref="c"><provides ref="{}"/></dependency>'),
    "dependencies.ref": _component("") + _in("dependencies", '<dependency ref="{}"><dependency ref="c"/></dependency>'),
    "externalReferences.url": _REFERENCE,
    "formulation: externalReference.url": _workflow("resourceReferences/resourceReference", _RESOURCE),
    "formulation: resource.ref": _workflow("inputs/input/resource/ref", "{}"),
    "formulation: resourceReferences.ref": _workflow("resourceReferences/resourceReference/ref", "{}"),
    "formulation: source.ref": _workflow("trigger/event/source/ref", "{}"),
    "formulation: target.ref": _workflow("outputs/output/target/ref", "{}"),
    **{
        f"formulation: {part}.{key}": _workflow(part, inner)
        for part in ("runtimeTopology", "taskDependencies")
        for key, inner in (
            ("ref", '<dependency ref="{}"/>'),
            ("dependsOn", '<dependency ref="t"><dependency ref="{}"/></dependency>'),
            ("provides", '<dependency ref="t"><provides ref="{}"/></dependency>'),
        )
    },
    "metadata.tools.externalReferences.url": _in("metadata/tools/tool", _REFERENCE),
    "service.data.destination": _service(_in("data/dataflow/destination/url", "{}")),
    "service.data.source": _service(_in("data/dataflow/source/url", "{}")),
    "service.externalReferences.url": _service(_REFERENCE),
    "service.patentAssertions.asserter": _service(_ASSERTED),
    "service.patentAssertions.patentRefs": _service(_PATENTED),
    "vulnerabilities.affects.ref": _in("vulnerabilities/vulnerability/affects/target/ref", "{}"),
    "vulnerabilities.tools.externalReferences.url": _in("vulnerabilities/vulnerability/tools/tool", _REFERENCE),
}


def shortened(path: str) -> str:
    return "formulation: " + ".".join(path.split(".")[-2:]) if path.startswith("formulation.") else path


def xml(body: str, link_text: str) -> bytes:
    head = f'<bom xmlns="http://cyclonedx.org/schema/bom/1.7" serialNumber="urn:uuid:{OWN}" version="3">'
    return f"{head}{body.format(link_text)}</bom>".encode()


def test_every_typed_place_has_an_xml_example() -> None:
    typed = {shortened(place.path) for version in VERSIONS for place in places(version) if place.typed}
    assert typed == XML.keys()


@pytest.mark.parametrize("path", XML)
def test_every_bom_link_of_xml_is_followed(path: str) -> None:
    check_followed(xml(XML[path], ELSEWHERE), path)


@pytest.mark.parametrize("path", XML)
def test_a_bom_link_of_xml_into_the_same_document_is_never_missing(path: str) -> None:
    held = '<component type="library" bom-ref="held"><name>held</name></component>'
    body = XML[path]
    listed = (
        body.replace("<components>", f"<components>{held}")
        if "<components>" in body
        else _in("components", held) + body
    )
    check_own(xml(listed, HERE))
