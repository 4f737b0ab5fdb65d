"""Several documents become one inventory; links are resolved only among those given."""

from __future__ import annotations

import json

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
