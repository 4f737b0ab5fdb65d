"""Whatever stands in an SPDX 3 document, the reader gives a sound inventory or refuses it as an input."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from debar.errors import InputError
from debar.model.fields import FIELDS
from debar.read.limits import Limits, Source
from debar.read.spdx3 import read_json
from debar.read.spdx3_paths import GROUPS, PATHS, local
from debar.read.spdx3_relationships import RELATIONSHIPS

if TYPE_CHECKING:
    from debar.model.inventory import Inventory

CORE = "https://spdx.org/rdf/3.0.1/terms/Core"
NAMES = sorted({name for table in PATHS.values() for name in table})
KEYS = st.sampled_from(
    [
        *NAMES,
        *("spdxId", "@id", "type", "@type", "@graph", "@value", "@set", "@list", "@included", "@context", "@reverse"),
        *(f"{CORE}/name", f"{CORE}/to", f"{CORE}/element", "odd", "", "@group"),
    ]
)
IDS = st.sampled_from(["urn:a", "urn:b", "urn:c", "ex:a", "_:c", f"{CORE}/NoneElement", f"{CORE}/NoAssertionElement"])
TYPES = st.sampled_from(
    [*(name for name in GROUPS if name != "measure"), "software_Package", f"{CORE}/Relationship", "odd", "x/y", ""]
)
WORDS = st.one_of(
    IDS, st.sampled_from(["NONE", "pkg:npm/a@1", "complete", "incomplete", "test", *RELATIONSHIPS]), st.text(max_size=8)
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(KEYS, WORDS), inner, max_size=5)),
    max_leaves=25,
)
ELEMENTS = st.builds(
    lambda type_, id_, name, rest: {**rest, "type": type_, "spdxId": id_, "name": name},
    TYPES,
    IDS,
    WORDS,
    st.dictionaries(KEYS, st.one_of(WORDS, st.lists(IDS, max_size=3), JSON), max_size=4),
)
RELATIONS = st.builds(
    lambda left, type_, right, rest: {
        "type": "LifecycleScopedRelationship",
        "from": left,
        "relationshipType": type_,
        "to": right,
        **rest,
    },
    IDS,
    st.sampled_from([*RELATIONSHIPS]),
    st.lists(IDS, max_size=3),
    st.dictionaries(st.sampled_from(["scope", "completeness", "comment"]), WORDS, max_size=2),
)
CONTEXTS = st.one_of(
    st.just("https://spdx.org/rdf/3.0.1/spdx-context.jsonld"),
    st.lists(st.one_of(WORDS, st.dictionaries(WORDS, st.one_of(WORDS, KEYS, JSON), max_size=2)), max_size=3),
    JSON,
)
GRAPHS = st.lists(st.one_of(ELEMENTS, ELEMENTS, RELATIONS, JSON), max_size=8)


def read(value: object) -> Inventory | None:
    """Read and check what every later stage relies on; any exception but an `InputError` fails the test."""
    with suppress(InputError):
        inventory = read_json(Source(path="x", sha256="", text=json.dumps(value).encode(), limits=Limits()))
        count = len(inventory.components)
        assert all(left != right and left < count and right < count for left, right, _ in inventory.edges())
        assert len(set(inventory.edges())) == len(inventory.kinds)
        assert 0 <= inventory.documents[0].product < count
        assert all(link.component < count for link in inventory.links)
        assert set(inventory.mentions.fields()) <= set(FIELDS)
        for field in inventory.mentions.fields():
            values, owners = inventory.mentions.column(field)
            assert all(values)
            assert all(0 <= owner < count for owner in owners)
        return inventory
    return None


def labels(inventory: Inventory | None) -> set[tuple[str, int, str]]:
    if inventory is None:
        return set()
    found = inventory.components
    return {(found[left].label, kind, found[right].label) for left, right, kind in inventory.edges()}


@given(JSON)
def test_any_json(value: object) -> None:
    read(value)


@given(CONTEXTS, GRAPHS)
def test_graphs(context: object, graph: list[Any]) -> None:
    read({"@context": context, "@graph": graph})


@given(st.lists(st.one_of(ELEMENTS, RELATIONS), max_size=8), st.randoms(use_true_random=False))
def test_order_of_relationships_is_no_matter(graph: list[Any], random: Any) -> None:  # noqa: ANN401 - hypothesis
    relations = [one for one in graph if "from" in one and "name" not in one]
    rest = [one for one in graph if one not in relations]
    shuffled = list(relations)
    random.shuffle(shuffled)
    assert labels(read({"@graph": rest + relations})) == labels(read({"@graph": rest + shuffled}))


TEXTS = st.text(alphabet="kaspersky lab", min_size=12, max_size=16).map(lambda text: f"plant {text}")


@given(GRAPHS, st.sampled_from([name for name in GROUPS if GROUPS[name] == "component"]), TEXTS)
def test_a_component_is_never_lost(graph: list[Any], type_: str, text: str) -> None:
    inventory = read({"@graph": [*graph, {"type": type_, "spdxId": "urn:planted", "name": text}]})
    if inventory is not None:
        assert any(text in inventory.mentions.distinct(field) for field in ("name", "file-name"))
        assert any(one.name == text for one in inventory.components)


@given(ELEMENTS)
def test_a_further_element_takes_no_mention_away(one: dict[str, Any]) -> None:
    package = {"type": "software_Package", "spdxId": "urn:z", "name": "z", "suppliedBy": {"name": "V"}}
    inventory = read({"@graph": [package, one]})
    if inventory is not None:
        assert "V" in inventory.mentions.distinct("supplier")


@given(KEYS | WORDS)
def test_local_names_are_stable(term: str) -> None:
    assert local(local(term)) == local(term)
