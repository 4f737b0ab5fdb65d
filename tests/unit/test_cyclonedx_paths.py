"""The table of paths against the published schemas (as cyclonedx-python-lib bundles them)."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from debar.model.fields import FIELDS
from debar.read.cyclonedx_leaves import tree
from debar.read.cyclonedx_paths import IDENTITY_FIELDS, PATHS, REFERENCE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSIONS = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
# Elements of these types are nodes with paths of their own.
NODES = {"#/definitions/component", "#/definitions/service"}
# Keys that describe a value without limiting it to a type.
SILENT = {
    *("title", "description", "$comment", "examples", "default", "deprecated", "format", "pattern", "meta:enum"),
    *("maxLength", "minLength", "readOnly"),
}


@cache
def schema(name: str) -> dict[str, Any]:
    text = files("cyclonedx.schema").joinpath("_res", name).read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def resolve(reference: str, base: str) -> tuple[Any, str, str]:
    """Return (schema, file it stands in, key for the cycle guard) of a reference."""
    file, _, fragment = reference.partition("#")
    base = file.rsplit("/", 1)[-1] or base
    node: Any = schema(base)
    for part in filter(None, fragment.split("/")):
        node = node[part]
    return node, base, f"{base}#{fragment}"


def admits_text(node: dict[str, Any]) -> bool:
    kind = node.get("type")
    if kind is not None:
        return kind == "string" or "string" in kind
    shaped = {"properties", "items", "anyOf", "oneOf", "allOf", "$ref", "required", "not"} & node.keys()
    return bool({"enum", "const"} & node.keys()) or not (shaped or node.keys() - SILENT)


def below(node: dict[str, Any], path: str) -> Iterator[tuple[Any, str]]:
    """Yield the schemas within a schema, each with its path; list indexes are dropped."""
    for key in ("anyOf", "oneOf", "allOf"):
        yield from ((choice, path) for choice in node.get(key, ()))
    for key in ("then", "else"):
        yield node.get(key), path
    for key, inner in node.get("properties", {}).items():
        yield inner, f"{path}.{key}" if path else key
    items = node.get("items")
    yield from ((inner, path) for inner in (items if isinstance(items, list) else [items]))


def texts(node: Any, base: str, path: str, seen: frozenset[str]) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the paths at and below a schema where a text may stand."""
    if not isinstance(node, dict):
        return
    if "$ref" in node:
        if node["$ref"] in NODES and base.startswith("bom-"):
            return
        target, base, key = resolve(node["$ref"], base)
        if key not in seen:
            yield from texts(target, base, path, seen | {key})
        return
    if admits_text(node):
        yield path
    for inner, place in below(node, path):
        yield from texts(inner, base, place, seen)


@cache
def paths(version: str, node: str) -> frozenset[str]:
    base = f"bom-{version}.SNAPSHOT.schema.json"
    root = schema(base)
    if node == "document":
        return frozenset(texts(root, base, "", frozenset()))
    start = f"{base}#/definitions/{node}"
    return frozenset(texts(root["definitions"][node], base, "", frozenset({start})))


def classified(node: str, path: str) -> str:
    place = tree(node)
    for key in path.split("."):
        child = place.child(key)
        if child is None:
            return ""
        place = child
    return place.field


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("node", sorted(PATHS))
def test_every_text_of_the_schema_has_a_field(version: str, node: str) -> None:
    found = paths(version, node)
    assert len(found) > 20
    missing = sorted(path for path in found if not classified(node, path))
    assert not missing, f"{len(missing)} unclassified: {missing}"


@pytest.mark.parametrize("node", sorted(PATHS))
def test_every_field_of_the_table_exists(node: str) -> None:
    assert {field for field in PATHS[node].values() if field not in FIELDS} == set()


@pytest.mark.parametrize("table", [REFERENCE_FIELDS, IDENTITY_FIELDS])
def test_every_field_chosen_by_type_exists(table: dict[str, str]) -> None:
    assert set(table.values()) <= FIELDS.keys()


@pytest.mark.parametrize("node", sorted(PATHS))
def test_no_entry_of_the_table_is_dead(node: str) -> None:
    known = frozenset[str]().union(*(paths(version, node) for version in VERSIONS))

    def alive(entry: str) -> bool:
        if not entry.endswith("**"):
            return entry in known
        stem = entry.removesuffix("**")
        return any(path.startswith(stem) or f"{path}." == stem for path in known)

    assert [entry for entry in PATHS[node] if not alive(entry)] == []


def test_every_type_of_reference_and_identity_is_of_the_schema() -> None:
    definitions = schema("bom-1.7.SNAPSHOT.schema.json")["definitions"]
    assert set(REFERENCE_FIELDS) <= set(definitions["externalReference"]["properties"]["type"]["enum"])
    assert set(IDENTITY_FIELDS) == set(definitions["componentIdentityEvidence"]["properties"]["field"]["enum"])


@pytest.mark.parametrize(
    ("node", "path", "field"),
    [
        ("component", "supplier.name", "supplier"),
        ("component", "supplier", "supplier"),
        ("component", "licenses", "licence"),
        ("component", "licenses.license", "licence"),
        ("component", "licenses.license.licensing.licensor.organization.name", "licensor"),
        ("component", "licenses.license.licensing.purchaser.organization.name", "licensee"),
        ("component", "modelCard.modelParameters.task", "description"),
        ("component", "modelCard.modelParameters.datasets.name", "identifier"),
        ("component", "signature.signers.publicKey.n", "signature"),
        ("component", "vendor", ""),
        ("component", "supplier.name.more", ""),
        ("service", "provider.name", "provider"),
        ("document", "metadata.manufacturer.name", "bom-author"),
        ("document", "metadata.manufacture.name", "manufacturer"),
        ("document", "vulnerabilities.credits.organizations.name", "vulnerability"),
        ("document", "vulnerabilities.affects.ref", "relation"),
    ],
)
def test_the_longest_entry_decides(node: str, path: str, field: str) -> None:
    assert classified(node, path) == field
