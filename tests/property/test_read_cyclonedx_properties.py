"""Whatever stands in a CycloneDX document, reading gives an inventory or an error of the tree."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from debar.errors import InputError
from debar.model.fields import FIELDS
from debar.model.gaps import GAPS
from debar.model.inventory import Inventory, Kind
from debar.read.cyclonedx import read_json, read_xml
from debar.read.cyclonedx_paths import PATHS
from debar.read.limits import Limits, Source

KEYS = sorted({part for table in PATHS.values() for path in table for part in path.split(".")} | {"components", "x"})
TEXTS = st.sampled_from(
    ["", "a", "b", "pkg:npm/a@1", "urn:cdx:x/1#a", "base64", "S2FzcGVyc2t5", "é\u202e", "a.b/c", "1.6"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=25,
)
DOCUMENTS = st.dictionaries(
    st.sampled_from(
        [
            "metadata",
            "components",
            "services",
            "dependencies",
            "compositions",
            "formulation",
            "vulnerabilities",
            "annotations",
            "declarations",
            "externalReferences",
            "properties",
            "specVersion",
            "serialNumber",
            "version",
        ]
    ),
    VALUES,
)


def source(text: bytes) -> Source:
    return Source(path="bom", sha256="", text=text, limits=Limits())


def read(document: object) -> Inventory:
    return read_json(source(json.dumps(document).encode()))


def sound(inventory: Inventory) -> None:
    size = len(inventory.components)
    assert all(0 <= source < size and 0 <= target < size for source, target, _ in inventory.edges())
    assert all(0 <= link.component < size and link.target for link in inventory.links)
    assert {gap.code for gap in inventory.gaps} <= GAPS.keys()
    assert inventory.roots == (0,)
    for field in inventory.mentions.fields():
        assert field in FIELDS
        values, owners = inventory.mentions.column(field)
        assert len(values) == len(owners)
        assert all(value and type(value) is str for value in values)
        assert all(0 <= owner < size for owner in owners)
    for component in inventory.components:
        assert all(isinstance(text, str) for text in (component.ref, component.name, component.version, component.purl))


@given(DOCUMENTS)
def test_any_document_is_read_or_refused(document: dict[str, Any]) -> None:
    try:
        inventory = read({"bomFormat": "CycloneDX", **document})
    except InputError:
        return
    sound(inventory)


FULL: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {"component": {"name": "shop", "bom-ref": "root"}, "tools": {"components": [{"name": "tool"}]}},
    "components": [
        {
            "name": "a",
            "bom-ref": "a",
            "purl": "pkg:npm/a",
            "supplier": {"name": "S", "url": ["u"]},
            "licenses": [{"license": {"name": "L", "text": {"content": "TA==", "encoding": "base64"}}}],
            "hashes": [{"alg": "MD5", "content": "h"}],
            "externalReferences": [{"type": "vcs", "url": "v"}],
            "properties": [{"name": "n", "value": "v"}],
            "evidence": {"identity": [{"field": "purl", "concludedValue": "pkg:npm/a"}]},
            "pedigree": {"ancestors": [{"name": "p"}]},
            "components": [{"name": "b", "bom-ref": "b"}],
        },
        {"name": "untouched", "bom-ref": "untouched", "supplier": {"name": "Kept"}},
    ],
    "services": [{"name": "s", "endpoints": ["e"], "data": [{"flow": "outbound", "source": ["f"]}]}],
    "dependencies": [{"ref": "root", "dependsOn": ["a"]}],
    "compositions": [{"aggregate": "complete", "assemblies": ["a"]}],
    "formulation": [{"workflows": [{"name": "w", "steps": [{"name": "x"}]}]}],
    "vulnerabilities": [{"tools": {"components": [{"name": "scanner"}]}}],
}


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    entries: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        entries = list(value.items())
    elif isinstance(value, list):
        entries = list(enumerate(value))
    found = [path] if path else []
    for key, inner in entries:
        found += places(inner, (*path, key))
    return found


# Everything but the second component, the list that holds it, and the name of the format.
TOUCHED = [
    place for place in places(FULL) if place[:2] != ("components", 1) and place not in {("components",), ("bomFormat",)}
]


@given(st.sampled_from(TOUCHED), VALUES)
def test_one_odd_value_does_not_cost_the_rest(place: tuple[str | int, ...], value: object) -> None:
    document: Any = copy.deepcopy(FULL)
    holder = document
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    inventory = read(document)
    sound(inventory)
    kept = [number for number, component in enumerate(inventory.components) if component.name == "untouched"]
    assert kept
    assert any(("supplier", "Kept") in inventory.mentions.of(number) for number in kept)


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_cleanly(text: bytes) -> None:
    for reader in (read_json, read_xml):
        try:
            sound(reader(source(text)))
        except InputError:
            continue


TAGS = sorted(
    set(KEYS) - {"**", "$schema", "x"}
    | {"component", "service", "license", "reference", "dependency", "tool", "composition"}
)
ELEMENTS = st.recursive(
    st.sampled_from(["", "text", "pkg:npm/a", "&lt;"]),
    lambda inner: st.builds(
        lambda tag, attribute, children: f"<{tag}{attribute}>{''.join(children)}</{tag}>",
        st.sampled_from(TAGS),
        st.sampled_from(
            ["", ' ref="a"', ' bom-ref="a"', ' type="file"', ' name="n"', ' encoding="base64"', ' isExternal="true"']
        ),
        st.lists(inner, max_size=3),
    ),
    max_leaves=20,
)


@given(st.lists(ELEMENTS, max_size=4))
def test_any_xml_is_read_or_refused(elements: list[str]) -> None:
    text = f'<bom xmlns="http://cyclonedx.org/schema/bom/1.6">{"".join(elements)}</bom>'
    try:
        inventory = read_xml(source(text.encode()))
    except InputError:
        return
    sound(inventory)


ELEMENT_LISTS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=5)


@given(
    ELEMENT_LISTS, ELEMENT_LISTS, st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde")), max_size=6)
)
def test_more_components_never_take_anything_away(
    first: list[str], more: list[str], pairs: list[tuple[str, str]]
) -> None:
    def document(names: list[str]) -> Inventory:
        components = [{"bom-ref": name, "name": f"{name}{index % 2}"} for index, name in enumerate(names)]
        dependencies = [{"ref": ref, "dependsOn": [target]} for ref, target in pairs]
        return read(
            {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": components, "dependencies": dependencies}
        )

    def edges(inventory: Inventory) -> set[tuple[str, str]]:
        names = [component.name for component in inventory.components]
        return {(names[source], names[target]) for source, target, kind in inventory.edges() if kind is Kind.RUNTIME}

    fewer, all_of_them = document(first), document(first + more)
    listed = {component.name for component in fewer.components if component.type != "unresolved"}
    assert listed <= {component.name for component in all_of_them.components}
    assert {edge for edge in edges(fewer) if set(edge) <= listed} <= edges(all_of_them)
