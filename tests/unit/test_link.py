"""Several documents become one inventory; links are resolved only among those given."""

from __future__ import annotations

import hashlib
import json

import pytest
from msgspec.structs import replace

from debar.errors import HashMismatch, LimitExceeded
from debar.graph import ProductGraph
from debar.link import link
from debar.model.inventory import Inventory, Kind, Link, Use
from debar.read import read

FIRST = "3e671687-395b-41f5-a30f-a58921a69b79"
SECOND = "11111111-395b-41f5-a30f-a58921a69b79"


def bom(serial: str, product: str, *components: dict[str, object]) -> Inventory:
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": product, "name": product}},
        "components": [{"type": "library", **component} for component in components],
        "dependencies": [{"ref": product, "dependsOn": [str(c["bom-ref"]) for c in components]}],
    }
    return read(json.dumps(document).encode(), f"{product}.json")


def edges(inventory: Inventory) -> set[tuple[str, str, Kind]]:
    names = [component.name for component in inventory.components]
    return {(names[source], names[target], kind) for source, target, kind in inventory.edges()}


LINKED = {
    "bom-ref": "part",
    "name": "part",
    "externalReferences": [{"type": "bom", "url": f"urn:cdx:{SECOND}/1"}],
}


def test_one_document_stays_itself() -> None:
    only = bom(FIRST, "app")

    assert link([only]) == (only, 0)


def test_documents_without_links_stand_side_by_side() -> None:
    joined, resolved = link(
        [bom(FIRST, "app", {"bom-ref": "a", "name": "a"}), bom(SECOND, "app2", {"bom-ref": "b", "name": "b"})]
    )

    assert resolved == 0
    assert [joined.components[root].name for root in joined.roots] == ["app", "app2"]
    assert edges(joined) == {("app", "a", Kind.RUNTIME), ("app2", "b", Kind.RUNTIME)}
    assert [component.document for component in joined.components] == [0, 0, 1, 1]
    assert ("b", joined.components.index(next(c for c in joined.components if c.name == "b"))) in set(
        joined.mentions.owners("name", {"b"})
    )


def test_a_bom_link_hangs_the_other_product_under_the_component() -> None:
    joined, resolved = link([bom(FIRST, "app", LINKED), bom(SECOND, "module", {"bom-ref": "x", "name": "x"})])

    assert resolved == 1
    assert joined.links == ()
    assert ("part", "module", Kind.INCLUDED) in edges(joined)
    assert [joined.components[root].name for root in joined.roots] == ["app"]


def test_a_link_with_a_fragment_names_one_component() -> None:
    linked = {**LINKED, "externalReferences": [{"type": "bom", "url": f"urn:cdx:{SECOND}/1#x"}]}
    joined, resolved = link([bom(FIRST, "app", linked), bom(SECOND, "module", {"bom-ref": "x", "name": "x"})])

    assert resolved == 1
    assert ("part", "x", Kind.INCLUDED) in edges(joined)


def test_what_was_not_given_stays_a_link() -> None:
    joined, resolved = link([bom(FIRST, "app", LINKED)])

    assert resolved == 0
    assert [item.target for item in joined.links] == [f"urn:cdx:{SECOND}/1"]


def test_the_newest_version_of_a_serial_stands_for_one_that_was_not_given() -> None:
    older, newer = (bom(SECOND, name) for name in ("older", "newer"))
    newer = replace(newer, documents=(replace(newer.documents[0], serial=f"urn:uuid:{SECOND}/7"),))
    linked = {**LINKED, "externalReferences": [{"type": "bom", "url": f"urn:cdx:{SECOND}/5"}]}
    joined, _ = link([bom(FIRST, "app", linked), older, newer])

    assert ("part", "newer", Kind.INCLUDED) in edges(joined)
    assert ("part", "older", Kind.INCLUDED) not in edges(joined)


@pytest.mark.parametrize("algorithm", ["SHA-1", "SHA-256", "SHA-512", "SHA3-256", "SHA1"])
def test_an_address_with_a_hash_names_the_file_of_that_hash(algorithm: str) -> None:
    other = bom(SECOND, "module")
    name = algorithm.replace("SHA-", "SHA").replace("SHA3-", "SHA3_").lower()
    digest = hashlib.new(name, other.documents[0].given).hexdigest()
    reference = {"type": "bom", "url": "https://acme.example/sbom", "hashes": [{"alg": algorithm, "content": digest}]}
    joined, resolved = link([bom(FIRST, "app", {**LINKED, "externalReferences": [reference]}), other])

    assert resolved == 1
    assert ("part", "module", Kind.INCLUDED) in edges(joined)


def test_a_linked_file_with_another_hash_is_an_error() -> None:
    stated = [{"alg": "SHA-256", "content": "0" * 64}]
    linked = {**LINKED, "externalReferences": [{"type": "bom", "url": f"urn:cdx:{SECOND}/1", "hashes": stated}]}

    with pytest.raises(HashMismatch, match="sha256") as caught:
        link([bom(FIRST, "app", linked), bom(SECOND, "module")])
    assert caught.value.path == "module.json"


def test_candidates_join_only_where_something_links_to_them() -> None:
    third = "22222222-395b-41f5-a30f-a58921a69b79"
    onward = {**LINKED, "externalReferences": [{"type": "bom", "url": f"urn:cdx:{third}/1"}]}
    candidates = [bom(third, "deep"), bom(SECOND, "module", onward), bom("3" * 8 + third[8:], "stray")]
    joined, resolved = link([bom(FIRST, "app", LINKED)], candidates)

    assert resolved == 2
    assert {document.name for document in joined.documents} == {"app", "module", "deep"}


def test_documents_that_link_in_a_circle_keep_a_root() -> None:
    back = {**LINKED, "externalReferences": [{"type": "bom", "url": f"urn:cdx:{FIRST}/1"}]}
    joined, resolved = link([bom(FIRST, "app", LINKED), bom(SECOND, "module", back)])

    assert resolved == 2
    assert [joined.components[root].name for root in joined.roots] == ["app"]


THIRD = "22222222-395b-41f5-a30f-a58921a69b79"


def mentioning(inventory: Inventory, *targets: str) -> Inventory:
    """Let the product of a document speak of others."""
    links = tuple(Link(component=0, target=target, kind=Kind.WEAK) for target in targets)
    return replace(inventory, links=(*inventory.links, *links))


def uses(joined: Inventory) -> dict[str, Use]:
    graph = ProductGraph(joined)
    return {component.name: graph.route(number).use for number, component in enumerate(joined.components)}


def test_a_candidate_that_is_only_mentioned_stays_so_with_all_that_it_brings_in() -> None:
    onward = {**LINKED, "externalReferences": [{"type": "bom", "url": f"urn:cdx:{THIRD}/1#deep"}]}
    app = mentioning(bom(FIRST, "app", {"bom-ref": "a", "name": "a"}), f"urn:cdx:{SECOND}/1#part")
    candidates = [bom(SECOND, "module", onward), bom(THIRD, "far", {"bom-ref": "deep", "name": "deep"})]
    joined, resolved = link([app], candidates)

    assert resolved == 2
    mentioned = dict.fromkeys(("module", "part", "far", "deep"), Use.MENTIONED)
    assert uses(joined) == {"app": Use.SHIPPED, "a": Use.SHIPPED, **mentioned}


def test_a_mention_never_weakens_what_is_in_the_product() -> None:
    back = {**LINKED, "externalReferences": [{"type": "bom", "url": f"urn:cdx:{SECOND}/1#loose"}]}
    loose = bom(SECOND, "module", {"bom-ref": "loose", "name": "loose"})
    # `loose` hangs on nothing: an edge to it would be its only one.
    loose = replace(loose, sources=loose.sources[:0], targets=loose.targets[:0], kinds=bytearray())
    app = mentioning(bom(FIRST, "app"), f"urn:cdx:{SECOND}/1#loose", f"urn:cdx:{SECOND}/1", f"urn:cdx:{THIRD}/1")
    joined, resolved = link([app, loose], [bom(THIRD, "stray", back)])

    assert resolved == 4
    shipped = dict.fromkeys(("app", "module", "loose"), Use.SHIPPED)
    assert uses(joined) == {**shipped, "stray": Use.MENTIONED, "part": Use.MENTIONED}


def test_a_candidate_that_an_ingredient_leads_to_is_shipped_though_it_is_mentioned_too() -> None:
    app = mentioning(bom(FIRST, "app", LINKED), f"urn:cdx:{SECOND}/1#x")
    joined, _ = link([app], [bom(SECOND, "module", {"bom-ref": "x", "name": "x"})])

    assert uses(joined)["x"] is Use.SHIPPED


def test_what_a_linked_document_only_lists_is_as_strong_as_the_link() -> None:
    dev = {**LINKED, "properties": [{"name": "cdx:npm:package:development", "value": "true"}]}
    module = bom(SECOND, "module", {"bom-ref": "x", "name": "x"})
    module = replace(module, sources=module.sources[:0], targets=module.targets[:0], kinds=bytearray())
    app = bom(FIRST, "app", dev)
    app = replace(app, sources=app.sources[:0], targets=app.targets[:0], kinds=bytearray())

    assert uses(link([app, module]).inventory)["x"] is Use.DEV_TEST


def test_a_given_document_wins_over_a_candidate_of_another_version() -> None:
    linked = {**LINKED, "externalReferences": [{"type": "bom", "url": f"urn:cdx:{SECOND}/9"}]}
    given, candidate = (
        replace(one, documents=(replace(one.documents[0], serial=f"urn:uuid:{SECOND}/{version}"),))
        for one, version in ((bom(SECOND, "newer"), 7), (bom(SECOND, "older"), 5))
    )
    joined, _ = link([bom(FIRST, "app", linked), given], [candidate])

    assert {document.name for document in joined.documents} == {"app", "newer"}


def test_the_urn_of_a_bom_link_is_in_any_case() -> None:
    linked = {**LINKED, "externalReferences": [{"type": "other", "url": f"URN:CDX:{SECOND}/1"}]}

    assert link([bom(FIRST, "app", linked), bom(SECOND, "module")]).resolved == 1


def test_links_to_a_reference_that_everything_shares_are_bounded() -> None:
    linking = [{**LINKED, "bom-ref": f"p{n}", "name": f"p{n}"} for n in range(1100)]
    for one in linking:
        one["externalReferences"] = [{"type": "bom", "url": f"urn:cdx:{SECOND}/1#x"}]
    sharing = [{"bom-ref": "x", "name": f"x{n}"} for n in range(1000)]
    shared = bom(SECOND, "module", *sharing[:1])
    components = [*shared.components, *bom(SECOND, "m", *sharing[1:]).components[1:]]
    shared = replace(shared, components=components)

    with pytest.raises(LimitExceeded, match="edges"):
        link([bom(FIRST, "app", *linking), shared])


def spdx3(name: str, *elements: dict[str, object], **document: object) -> Inventory:
    graph = [
        {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1", "created": "2026-01-01T00:00:00Z"},
        {"type": "SpdxDocument", "spdxId": f"urn:{name}:doc", "rootElement": [f"urn:{name}"], **document},
        {"type": "software_Package", "spdxId": f"urn:{name}", "name": name},
        *elements,
    ]
    text = json.dumps({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph})
    return read(text.encode(), f"{name}.json")


def importing(kind: str, **stated: object) -> Inventory:
    relation = {
        "type": "Relationship",
        "spdxId": "urn:r",
        "from": "urn:app",
        "relationshipType": kind,
        "to": ["urn:part"],
    }
    return spdx3("app", relation, **{"import": [{"type": "ExternalMap", "externalSpdxId": "urn:part", **stated}]})


def test_an_element_that_spdx_3_imports_is_found_among_the_candidates() -> None:
    joined, resolved = link([importing("dependsOn")], [spdx3("stray"), spdx3("part")])

    assert resolved == 1
    assert {document.path for document in joined.documents} == {"app.json", "part.json"}
    assert ("app", "part", Kind.RUNTIME) in edges(joined)


def test_the_hash_that_an_import_of_spdx_3_states_is_checked() -> None:
    part = spdx3("part")
    digest = hashlib.sha256(part.documents[0].given).hexdigest()
    stated = {"type": "Hash", "algorithm": "sha256", "hashValue": digest}

    assert link([importing("contains", verifiedUsing=[stated]), part]).resolved == 1
    with pytest.raises(HashMismatch):
        link([importing("contains", verifiedUsing=[{**stated, "hashValue": "0" * 64}]), part])


@pytest.mark.parametrize(("relation", "use"), [("DEPENDS_ON", Use.SHIPPED), ("OPTIONAL_DEPENDENCY_OF", Use.OPTIONAL)])
def test_a_link_of_spdx_2_means_what_its_relationship_means(relation: str, use: Use) -> None:
    def spdx2(name: str, *more: str) -> Inventory:
        lines = [
            f"SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: {name}\nDocumentNamespace: urn:{name}",
            *more[:1],
            f"PackageName: {name}\nSPDXID: SPDXRef-p\nRelationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-p",
            *more[1:],
        ]
        return read("\n".join(lines).encode(), name)

    ends = "DocumentRef-m:SPDXRef-p", "SPDXRef-p"
    left, right = ends if relation.endswith("_OF") else reversed(ends)
    reference = f"ExternalDocumentRef: DocumentRef-m urn:module SHA1: {'0' * 40}"
    app = spdx2("app", reference, f"Relationship: {left} {relation} {right}")
    app = replace(app, links=tuple(replace(item, hashes=()) for item in app.links))

    assert uses(link([app, spdx2("module")]).inventory)["module"] is use
