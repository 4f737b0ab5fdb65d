"""Several documents become one inventory; links are resolved only among those given."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from debar.errors import HashMismatch
from debar.link import link
from debar.model.inventory import Inventory, Kind
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
