"""Every relationship of SPDX 2.3 becomes the edge that its sentence says."""

from __future__ import annotations

import pytest
from test_read_spdx2 import edges, package, read, relation

from debar.graph import ProductGraph
from debar.model.inventory import Inventory, Use
from debar.read.spdx2_relationships import RELATIONSHIPS

#: SPDX 2.3 table 68, read as "a TYPE b": holder, kind, part.
EXPECTED = {
    "CONTAINS": {"a included b"},
    "CONTAINED_BY": {"b included a"},
    "DEPENDS_ON": {"a runtime b"},
    "DEPENDENCY_OF": {"b runtime a"},
    "DEPENDENCY_MANIFEST_OF": set(),
    "BUILD_DEPENDENCY_OF": {"b build-linked a"},
    "DEV_DEPENDENCY_OF": {"b dev a"},
    "OPTIONAL_DEPENDENCY_OF": {"b optional a"},
    "PROVIDED_DEPENDENCY_OF": {"b provided a"},
    "TEST_DEPENDENCY_OF": {"b test a"},
    "RUNTIME_DEPENDENCY_OF": {"b runtime a"},
    "EXAMPLE_OF": {"b weak a"},
    "GENERATES": {"b derived a"},
    "GENERATED_FROM": {"a derived b"},
    "ANCESTOR_OF": {"b pedigree a"},
    "DESCENDANT_OF": {"a pedigree b"},
    "VARIANT_OF": {"a pedigree b", "b pedigree a"},
    "DISTRIBUTION_ARTIFACT": {"a included b"},
    "PATCH_FOR": {"b weak a"},
    "PATCH_APPLIED": {"b included a"},
    "COPY_OF": {"a copy b", "b copy a"},
    "FILE_ADDED": {"b included a"},
    "FILE_DELETED": set(),
    "FILE_MODIFIED": {"a derived b"},
    "EXPANDED_FROM_ARCHIVE": {"a included b", "b included a"},
    "DYNAMIC_LINK": {"a runtime b"},
    "STATIC_LINK": {"a included b"},
    "DATA_FILE_OF": {"b included a"},
    "TEST_CASE_OF": {"b test a"},
    "BUILD_TOOL_OF": {"b build a"},
    "DEV_TOOL_OF": {"b dev a"},
    "TEST_OF": {"b test a"},
    "TEST_TOOL_OF": {"b test a"},
    "DOCUMENTATION_OF": {"b weak a"},
    "OPTIONAL_COMPONENT_OF": {"b optional a"},
    "METAFILE_OF": set(),
    "PACKAGE_OF": {"b included a"},
    "AMENDS": set(),
    "PREREQUISITE_FOR": {"b runtime a"},
    "HAS_PREREQUISITE": {"a runtime b"},
    "REQUIREMENT_DESCRIPTION_FOR": set(),
    "SPECIFICATION_FOR": set(),
    "OTHER": {"a weak b", "b weak a"},
    # Between elements these say nothing that an edge could be sure of.
    "DESCRIBES": {"a weak b", "b weak a"},
    "DESCRIBED_BY": {"a weak b", "b weak a"},
}


def found(type_: str, comment: str = "") -> set[str]:
    given = relation("SPDXRef-a", type_, "SPDXRef-b", comment=comment)
    return related(read(packages=[package("a"), package("b")], relationships=[given]))


def related(inventory: Inventory) -> set[str]:
    return {" ".join(edge) for edge in edges(inventory) if edge[1] != "listed"}


@pytest.mark.parametrize("type_", ["OTHER", "LINKS_TO", "DESCRIBES", "PATCH_FOR", "DOCUMENTATION_OF", "EXAMPLE_OF"])
def test_what_only_weak_edges_reach_is_still_listed(type_: str) -> None:
    given = relation("SPDXRef-a", type_, "SPDXRef-b")
    inventory = read(packages=[package("a"), package("b")], relationships=[given])
    graph = ProductGraph(inventory)
    names = [component.name for component in inventory.components]

    assert {graph.route(names.index(name)).use for name in ("a", "b")} == {Use.SHIPPED}


def test_the_table_is_the_enumeration() -> None:
    assert set(RELATIONSHIPS) == set(EXPECTED)
    assert len(RELATIONSHIPS) == 45


@pytest.mark.parametrize("type_", EXPECTED)
def test_direction_and_kind(type_: str) -> None:
    assert found(type_) == EXPECTED[type_]


@pytest.mark.parametrize("spelling", ["contains", "Contains", " CONTAINS ", "STATIC-LINK", "static link"])
def test_spelling_of_types(spelling: str) -> None:
    assert found(spelling) == {"a included b"}


@pytest.mark.parametrize(
    "comment", ["ownership-by-file-overlap: indicates that", "evident-by: indicates the package's"]
)
def test_other_of_syft(comment: str) -> None:
    assert found("OTHER", comment) == {"a included b"}


def test_unknown_type_is_weak_and_noted() -> None:
    inventory = read(
        packages=[package("a"), package("b")], relationships=[relation("SPDXRef-a", "FRIEND_OF", "SPDXRef-b")]
    )
    assert related(inventory) == {"a weak b", "b weak a"}
    assert any("FRIEND_OF" in note for note in inventory.notes)
