"""The same product gives the same findings whatever format, order or nesting it is written in."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from hypothesis import given
from hypothesis import strategies as st

from debar import packs, pipeline
from debar.model.decision import Status, Verdict
from debar.pipeline import Input, Options
from debar.verdict import SEVERITY

PACK = packs.load(packs.find("us-kaspersky"))
OPTIONS = Options(as_of="2026-11-21T00:00:00Z", paths=2)


@dataclass(frozen=True)
class Part:
    """A component as every format can say it."""

    name: str
    version: str = "1.0"
    purl: str = ""
    supplier: str = ""
    cpe: str = ""
    website: str = ""
    description: str = ""


PARTS = st.lists(
    st.builds(
        Part,
        name=st.sampled_from(
            ["left-pad", "opentip", "Kaspersky Anti-Virus", "kaspersky-free-name-generator", "av-bridge"]
        ),
        version=st.sampled_from(["1.0", "2.1"]),
        purl=st.sampled_from(["", "pkg:npm/left-pad@1.0", "pkg:pypi/opentip@1.2", "pkg:npm/%40kaspersky/hexa-ui@6.1"]),
        supplier=st.sampled_from(
            ["", "ACME", "Kaspersky Lab", "АО «Лаборатория Касперского»", "Kаspersky", "Kapersky"]
        ),
        cpe=st.sampled_from(
            ["", "cpe:2.3:a:kaspersky:antivirus_engine:8:*:*:*:*:*:*:*", "cpe:2.3:a:redis:redis:7:*:*:*:*:*:*:*"]
        ),
        website=st.sampled_from(["", "https://github.com/KasperskyLab/uif", "https://github.com/kaspersky/gengine"]),
        description=st.sampled_from(["", "works with Kaspersky & others", "pads <strings>"]),
    ),
    min_size=1,
    max_size=6,
)
EDGES = st.sets(st.tuples(st.integers(-1, 5), st.integers(0, 5)), max_size=8)


def usable(parts: list[Part], edges: set[tuple[int, int]]) -> list[tuple[int, int]]:
    return sorted((a, b) for a, b in edges if a < len(parts) and b < len(parts))


def cyclonedx(parts: list[Part], edges: set[tuple[int, int]]) -> dict[str, Any]:
    def component(number: int, part: Part) -> dict[str, Any]:
        made = {"type": "library", "bom-ref": f"c{number}", "name": part.name, "version": part.version}
        made |= {key: value for key in ("purl", "cpe", "description") if (value := getattr(part, key))}
        if part.supplier:
            made["supplier"] = {"name": part.supplier}
        if part.website:
            made["externalReferences"] = [{"type": "website", "url": part.website}]
        return made

    refs = {-1: "product", **{number: f"c{number}" for number in range(len(parts))}}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "metadata": {"component": {"type": "application", "bom-ref": "product", "name": "product", "version": "1"}},
        "components": [component(number, part) for number, part in enumerate(parts)],
        "dependencies": [
            {"ref": ref, "dependsOn": [refs[b] for a, b in usable(parts, edges) if a == n]} for n, ref in refs.items()
        ],
    }


def xml(parts: list[Part], edges: set[tuple[int, int]]) -> str:
    def component(number: int, part: Part) -> str:
        supplier = f"<supplier><name>{escape(part.supplier)}</name></supplier>" if part.supplier else ""
        text = "".join(
            f"<{key}>{escape(value)}</{key}>"
            for key in ("name", "version", "description", "cpe", "purl")
            if (value := getattr(part, key))
        )
        site = (
            f'<externalReferences><reference type="website"><url>{part.website}</url></reference></externalReferences>'
        )
        return (
            f'<component type="library" bom-ref="c{number}">{supplier}{text}{site if part.website else ""}</component>'
        )

    refs = {-1: "product", **{number: f"c{number}" for number in range(len(parts))}}
    listed = "".join(component(number, part) for number, part in enumerate(parts))
    graph = "".join(
        f"<dependency ref={quoteattr(ref)}>"
        + "".join(f'<dependency ref="{refs[b]}"/>' for a, b in usable(parts, edges) if a == number)
        + "</dependency>"
        for number, ref in refs.items()
    )
    root = '<component type="application" bom-ref="product"><name>product</name><version>1</version></component>'
    return (
        '<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.5">'
        f"<metadata>{root}</metadata><components>{listed}</components><dependencies>{graph}</dependencies></bom>"
    )


def spdx(parts: list[Part], edges: set[tuple[int, int]]) -> dict[str, Any]:
    def package(number: int, part: Part) -> dict[str, Any]:
        made = {
            "SPDXID": f"SPDXRef-{number}",
            "name": part.name,
            "versionInfo": part.version,
            "downloadLocation": "NOASSERTION",
        }
        references = []
        if part.purl:
            references.append(
                {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": part.purl}
            )
        if part.cpe:
            references.append(
                {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": part.cpe}
            )
        made |= {"externalRefs": references} if references else {}
        made |= {"supplier": f"Organization: {part.supplier}"} if part.supplier else {}
        made |= {"homepage": part.website} if part.website else {}
        return made | ({"description": part.description} if part.description else {})

    root = {"SPDXID": "SPDXRef-product", "name": "product", "versionInfo": "1", "downloadLocation": "NOASSERTION"}
    ids = {-1: "SPDXRef-product", **{number: f"SPDXRef-{number}" for number in range(len(parts))}}
    return {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "document",
        "documentNamespace": "https://acme.example/1",
        "documentDescribes": ["SPDXRef-product"],
        "packages": [root, *(package(number, part) for number, part in enumerate(parts))],
        "relationships": [
            {"spdxElementId": ids[a], "relationshipType": "DEPENDS_ON", "relatedSpdxElement": ids[b]}
            for a, b in usable(parts, edges)
        ],
    }


def tag_value(document: dict[str, Any]) -> str:
    lines = [f"SPDXVersion: {document['spdxVersion']}", "SPDXID: SPDXRef-DOCUMENT", f"DocumentName: {document['name']}"]
    lines += [f"DocumentNamespace: {document['documentNamespace']}"]
    names = {
        "versionInfo": "PackageVersion",
        "downloadLocation": "PackageDownloadLocation",
        "supplier": "PackageSupplier",
    }
    names |= {"homepage": "PackageHomePage", "description": "PackageDescription"}
    for package in document["packages"]:
        lines += ["", f"PackageName: {package['name']}", f"SPDXID: {package['SPDXID']}"]
        lines += [f"{tag}: {package[key]}" for key, tag in names.items() if key in package]
        for reference in package.get("externalRefs", ()):
            lines.append("ExternalRef: {referenceCategory} {referenceType} {referenceLocator}".format(**reference))
    lines += ["", "Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-product"]
    lines += [
        "Relationship: {spdxElementId} {relationshipType} {relatedSpdxElement}".format(**r)
        for r in document["relationships"]
    ]
    return "\n".join(lines) + "\n"


def check(data: str | dict[str, Any]) -> Verdict:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return pipeline.check([Input(path="x", data=text.encode())], pack=PACK, options=OPTIONS)


def essence(verdict: Verdict) -> list[object]:
    label = [component.label for component in verdict.components]
    return [
        (
            finding.id,
            finding.article,
            finding.use,
            finding.confidence,
            finding.obfuscated,
            [(item.field, item.value, item.fact.id, item.confidence) for item in finding.evidence],
            [(ruling.regime, ruling.outcome, ruling.rule) for ruling in finding.rulings],
            finding.route.count,
            sorted({tuple(label[step.component] for step in path) for path in finding.route.paths[:1]}),
        )
        for finding in verdict.findings
    ]


@given(PARTS, EDGES)
def test_every_format_gives_the_same_findings(parts: list[Part], edges: set[tuple[int, int]]) -> None:
    document = spdx(parts, edges)
    verdicts = [check(data) for data in (cyclonedx(parts, edges), xml(parts, edges), document, tag_value(document))]
    first = sorted(map(str, essence(verdicts[0])))

    for other in verdicts[1:]:
        assert sorted(map(str, essence(other))) == first
        assert other.status is verdicts[0].status


@given(PARTS, EDGES, st.randoms(use_true_random=False))
def test_order_of_components_and_edges_does_not_matter(
    parts: list[Part], edges: set[tuple[int, int]], random: Random
) -> None:
    document = cyclonedx(parts, edges)
    shuffled = json.loads(json.dumps(document))
    random.shuffle(shuffled["components"])
    random.shuffle(shuffled["dependencies"])
    before, after = check(document), check(shuffled)

    assert after.status is before.status
    assert sorted(f.id for f in after.findings) == sorted(f.id for f in before.findings)
    assert sorted((f.id.split("#")[0], f.use, str(f.route.count)) for f in after.findings) == sorted(
        (f.id.split("#")[0], f.use, str(f.route.count)) for f in before.findings
    )


@given(PARTS, EDGES)
def test_renamed_references_do_not_matter(parts: list[Part], edges: set[tuple[int, int]]) -> None:
    text = json.dumps(cyclonedx(parts, edges), ensure_ascii=False)

    renamed = text.replace('"product"', '"R0"').replace('"name": "R0"', '"name": "product"')
    for number in range(len(parts)):
        renamed = renamed.replace(f'"c{number}"', f'"ref/{number}"')

    assert essence(check(renamed)) == essence(check(text))


@given(
    PARTS, EDGES, st.builds(Part, name=st.sampled_from(["new", "opentip"]), supplier=st.sampled_from(["", "Kaspersky"]))
)
def test_another_component_never_lowers_a_verdict(parts: list[Part], edges: set[tuple[int, int]], new: Part) -> None:
    before = check(cyclonedx(parts, edges))
    after = check(cyclonedx([*parts, new], edges))

    if before.status in {Status.FAIL, Status.REVIEW}:
        assert SEVERITY.index(after.status) <= SEVERITY.index(before.status)


@given(PARTS, EDGES, st.integers(0, 5))
def test_another_shipped_edge_from_the_product_never_lowers_a_verdict(
    parts: list[Part], edges: set[tuple[int, int]], target: int
) -> None:
    before = check(cyclonedx(parts, edges))
    after = check(cyclonedx(parts, edges | {(-1, target)}))

    if before.status in {Status.FAIL, Status.REVIEW}:
        assert SEVERITY.index(after.status) <= SEVERITY.index(before.status)


@given(PARTS, EDGES, st.integers(0, 5))
def test_a_barred_supplier_anywhere_is_never_a_pass(parts: list[Part], edges: set[tuple[int, int]], at: int) -> None:
    parts[at % len(parts)] = replace(parts[at % len(parts)], name="engine", purl="", supplier="Kaspersky Lab")

    assert check(cyclonedx(parts, edges)).status in {Status.FAIL, Status.REVIEW}
