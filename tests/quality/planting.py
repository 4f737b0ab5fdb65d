"""The smallest documents that hold one text alone, for every place where a JSON schema allows a text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = Any
Schema = dict[str, Any]
#: A reference of a schema and the file it stands in -> what it names and the file that stands in.
Resolve = "Callable[[str, str], tuple[Json, str]]"

# One text a pattern of the schemas: what they ask for beside the planted text.
SAMPLES = (
    "x",
    "urn:x",
    "_:x",
    "1",
    "3.0.1",
    "2026-11-21T00:00:00Z",
    "a" * 32,
    "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
    "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1",
    "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#x",
    "2026-11-21",
    "US",
    "text/plain",
    "en",
    "CVE-2026-0001",
    "kWh",
)
_EMAIL = r"[^@\s]+@[^@\s]+"
_FORMATS = {
    "date-time": r"\d{4}-\d\d-\d\dT.*",
    "date": r"\d{4}-\d\d-\d\d",
    "email": _EMAIL,
    "idn-email": _EMAIL,
    "uri": r"[a-z][a-z0-9+.-]*:[^\s\"<>]+",
    "iri": r"[a-z][a-z0-9+.-]*:[^\s\"<>]+",
    "iri-reference": r"[^\s\"<>]*",
    "uri-reference": r"[^\s\"<>]*",
}
_COMBINED = ("$ref", "allOf", "anyOf", "oneOf", "if", "then", "else")
_SILENT = {"title", "description", "$comment", "examples", "default", "deprecated", "meta:enum", "readOnly"}


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of a text: the keys that lead there, without indexes of lists.

    `make` wraps a value into the smallest value around it; `around` is what stands beside it; `node` is the
    reference of a whole element that stands here instead of a text, else empty.
    """

    path: tuple[str, ...]
    schema: Schema
    make: Callable[[Json], Json]
    around: dict[str, Json] = field(default_factory=dict)
    node: str = ""

    def inside(self, key: str, wrap: Callable[[Json], Json], around: dict[str, Json]) -> Slot:
        """Return the same place seen from the object that holds it under a key."""
        make = self.make
        return Slot(
            (key, *self.path),
            self.schema,
            lambda text: wrap(make(text)),
            self.around if self.path else around,
            self.node,
        )

    @property
    def size(self) -> int:
        """The size of the smallest value around a text."""
        return len(json.dumps(self.make("")))


def admits(schema: Schema, text: str) -> bool:
    """Tell whether a schema of a text allows this one."""
    if "const" in schema:
        return bool(schema["const"] == text)
    if "enum" in schema:
        return text in schema["enum"]
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", len(text))
    form = _FORMATS.get(schema.get("format", ""), r"[\s\S]*")
    return (
        shortest <= len(text) <= longest
        and re.fullmatch(form, text) is not None
        and all(re.search(pattern, text) for pattern in schema.get("pattern", ()))
    )


@dataclass(frozen=True, slots=True)
class Walk:
    """A schema on the way through it.

    `nodes` are references of elements that are not entered, but given as a whole; `fixed` are values of
    properties that have to fit the document around; `entered` tells whether a nested shape is entered. `decided`
    maps a property to the one beside it that decides what its text is, and the terms of that (none: the schema's).
    Without `recursive` a definition may stand within itself, as one that all others share has to.
    """

    resolve: Callable[[str, str], tuple[Json, str]]
    nodes: frozenset[str] = frozenset()
    fixed: dict[str, Json] = field(default_factory=dict)
    entered: Callable[[Schema], bool] = lambda _: True
    decided: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    recursive: bool = True

    def shapes(self, schema: Json, base: str, seen: frozenset[str]) -> list[tuple[Schema, str, frozenset[str]]]:
        """Return the alternatives of a schema, each as one object without references, with its file and guard."""
        if schema is True or not isinstance(schema, dict):
            return [({"properties": {}}, base, seen)] if schema is True else []
        plain = {key: value for key, value in schema.items() if key not in _COMBINED}
        if isinstance(plain.get("pattern"), str):
            plain["pattern"] = [plain["pattern"]]
        plain["properties"] = {key: (value, base) for key, value in plain.get("properties", {}).items()}
        made = [(plain, base, seen)]
        parts = [[part] for part in schema.get("allOf", ())]
        parts += [schema[key] for key in ("anyOf", "oneOf") if key in schema]
        if "$ref" in schema:
            parts.append([{"$ref": schema["$ref"]}] if len(schema) > 1 else [])
        if "then" in schema:
            # An `else` that is a single value, as SPDX 3 has it, says that there is no other way.
            other = schema.get("else", {})
            closed = isinstance(other, dict) and "const" in other
            parts.append([{"allOf": [schema["if"], schema["then"]]}, *([] if closed else [other])])
        if "$ref" in schema and len(schema) == 1:
            return self._named(schema["$ref"], base, seen)
        for choices in parts:
            known = [shape for choice in choices for shape in self.shapes(choice, base, seen)]
            made = [_merged(one, other) for one, other in product(made, known)]
        return made

    def _named(self, ref: str, base: str, seen: frozenset[str]) -> list[tuple[Schema, str, frozenset[str]]]:
        if ref in self.nodes:
            return [({"node": ref, "properties": {}}, base, seen)]
        target, file = self.resolve(ref, base)
        key = f"{file}{ref.rpartition('#')[2]}"
        return [] if key in seen else self.shapes(target, file, seen | {key} if self.recursive else seen)

    def smallest(self, schema: Json, base: str) -> Json:
        """Return the smallest value that a schema allows."""
        shapes = self.shapes(schema, base, frozenset())
        # A text first: in SPDX 3 it names an element, which could hold elements without end.
        found = [one for one in shapes if one[0].get("type") == "string" or "const" in one[0]] or shapes
        return min((self._value(shape, file) for shape, file, _ in found), key=lambda value: len(json.dumps(value)))

    def _value(self, shape: Schema, base: str) -> Json:
        if "node" in shape:
            return {"type": "library", "name": "x"}
        if "const" in shape or "enum" in shape:
            return shape["const"] if "const" in shape else shape["enum"][0]
        kind = shape.get("type") or ("object" if shape["properties"] else "string")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "object":
            return self.beside(shape, "")
        if kind == "array":
            items = shape.get("items")
            return [self.smallest(items, base)] * max(1, shape.get("minItems", 1)) if items else []
        if kind == "string":
            known = [text for text in SAMPLES if admits(shape, text)]
            assert known, f"SAMPLES has no text for {shape}"
            return known[0]
        return {"integer": shape.get("minimum", 1), "number": shape.get("minimum", 0), "boolean": False}.get(kind)

    def beside(self, shape: Schema, left_out: str) -> dict[str, Json]:
        """Return what an object has to hold, but for one property."""
        properties = shape["properties"]
        return {
            key: self.fixed[key] if key in self.fixed else self.smallest(*properties.get(key, (True, "")))
            for key in dict.fromkeys(shape.get("required", ()))
            if key != left_out
        }

    def slots(self, schema: Json, base: str, seen: frozenset[str] = frozenset()) -> Iterator[Slot]:
        """Yield every place of a text at and below a schema, some more than once."""
        for shape, file, guard in self.shapes(schema, base, seen):
            yield from self._below(shape, file, guard, nested=bool(seen))

    def _below(self, shape: Schema, base: str, seen: frozenset[str], *, nested: bool) -> Iterator[Slot]:
        if "node" in shape:
            yield Slot((), {}, lambda value: value, node=shape["node"])
            return
        kind = shape.get("type", [])
        if kind == "string" or "string" in kind or _is_open(shape):
            yield Slot((), shape, lambda text: text)
        if nested and not self.entered(shape):
            return
        items = shape.get("items")
        for entry in items if isinstance(items, list) else [items] if items else []:
            for slot in self.slots(entry, base, seen or frozenset({""})):
                more = [self.smallest(entry, base) for _ in range(1, shape.get("minItems", 1))]
                yield Slot(slot.path, slot.schema, partial(_listed, slot.make, more), slot.around, slot.node)
        for key, (inner, file) in shape["properties"].items():
            around = self.beside(shape, key)
            for chosen in self._decided(shape, around, key):
                for slot in self.slots(inner, file, seen or frozenset({""})):
                    yield slot.inside(key, lambda value, key=key, chosen=chosen: {**chosen, key: value}, chosen)

    def _decided(self, shape: Schema, around: dict[str, Json], key: str) -> list[dict[str, Json]]:
        """Return what stands beside a property: once with each term that decides what its text is."""
        decider, terms = self.decided.get(key, ("", ()))
        if decider not in shape["properties"]:
            return [around]
        inner, base = shape["properties"][decider]
        known = terms or [term for one, _, _ in self.shapes(inner, base, frozenset()) for term in one.get("enum", ())]
        return [{**around, decider: term} for term in known]


def _listed(make: Callable[[Json], Json], more: list[Json], text: Json) -> Json:
    return [make(text), *more]


def _is_open(shape: Schema) -> bool:
    """Tell whether a schema says nothing about the type of a value, or lists its values."""
    if "type" in shape:
        return False
    if "const" in shape:
        return isinstance(shape["const"], str)
    if "enum" in shape:
        return True
    return not (shape["properties"] or shape.keys() - _SILENT - {"properties", "format", "pattern", "minLength"})


def _merged(one: tuple[Schema, str, frozenset[str]], other: tuple[Schema, str, frozenset[str]]) -> Any:  # noqa: ANN401
    left, base, seen = one
    right, file, more = other
    merged = {**left, **right}
    for key in ("required", "pattern"):
        if key in left and key in right:
            merged[key] = [*left[key], *right[key]]
    merged["properties"] = left["properties"] | {
        key: ({"allOf": [left["properties"][key][0], value]}, place) if key in left["properties"] else (value, place)
        for key, (value, place) in right["properties"].items()
    }
    return merged, file if "items" in right else base, seen | more


def smallest_slots(walk: Walk, schema: Json, base: str) -> list[Slot]:
    """Return one slot a place (and term that decides): one open to free text before others, then the smallest."""
    best: dict[tuple[str, ...], tuple[tuple[bool, int], Slot]] = {}
    for slot in walk.slots(schema, base):
        decider = walk.decided.get(slot.path[-1], ("",))[0] if slot.path else ""
        place = (*slot.path, str(slot.around.get(decider, "")))
        rank = is_closed(slot.schema), slot.size
        if place not in best or rank < best[place][0]:
            best[place] = rank, slot
    return [slot for _, slot in best.values()]


def is_closed(schema: Schema) -> bool:
    """Tell whether a schema lists the texts it allows."""
    return "const" in schema or "enum" in schema


def joined(left: Json, right: Json) -> Json:
    """Return one document with what both hold; the right one's text wins."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left | {key: joined(left[key], value) if key in left else value for key, value in right.items()}
    return [*left, *right] if isinstance(left, list) and isinstance(right, list) else right
