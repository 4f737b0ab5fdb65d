"""Plain data -> the Structs of `model.policy`, with a sentence for every value that does not fit.

msgspec stops at the first mistake; so every field, item and value is converted by itself, and the whole
only when all of them fit.
"""

from __future__ import annotations

import re
from enum import Enum
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from debar.packs.plain import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.packs.plain import Place, Problem

S = TypeVar("S", bound=msgspec.Struct)

_KINDS = {
    "str": "text",
    "int": "a whole number",
    "bool": "true or false",
    "null": "nothing",
    "array": "a list",
    "object": "keys and values",
}
# Told by a part of the pattern, because msgspec reports nothing but the pattern.
_PATTERNS = (
    (r"(T\d\d:", "is not a date or an instant in UTC such as 2027-03-31 or 2027-03-31T12:00:00Z"),
    (r"T\d\d:", "is not an instant in UTC such as 2024-09-29T04:00:00Z"),
    (r"\d{4}-\d\d", "is not a date such as 2026-11-21"),
    ("0-9a-f]{64}", "is no SHA-256: 64 hexadecimal digits in lower case"),
    ("*/[", "is no rule; write REGIME/RULE as reports name it"),
    ("A-Za-z0-9", "may hold only letters, digits, '.', '_' and '-', and begins with a letter or digit"),
)


def convert(kind: type[S], place: Place, problems: list[Problem]) -> S | None:
    """Return the Struct that a place holds, or None after appending all that is wrong with it."""
    found = list(check(kind, place))
    if not found:
        try:
            return msgspec.convert(place.data, kind)
        except msgspec.ValidationError as error:
            found = [place.say(str(error))]
    problems += found
    return None


def convert_items(
    kind: type[S], place: Place, key: str, problems: list[Problem], *, beside: str = ""
) -> list[tuple[S, Place]]:
    """Return the items that fit, each with its place, of a file whose only key, but for `beside`, holds a list."""
    if not isinstance(place.data, dict):
        problems.append(place.say(f"expected the key `{key}` with a list"))
        return []
    problems += [
        place.at(other).say(f"unknown key; the only key here is `{key}`")
        for other in place.data
        if other not in {key, beside}
    ]
    if not isinstance(place.data.get(key), list):
        problems.append(place.at(key).say("expected a list"))
    return [(item, here) for here in place.at(key).each() if (item := convert(kind, here, problems)) is not None]


def check(annotation: Any, place: Place) -> Iterator[Problem]:  # noqa: ANN401 - an annotation may be any object
    """Yield every way in which the data of a place does not fit an annotation."""
    bare = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    data = place.data
    found: list[Problem] = []
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        yield from _check_struct(bare, place)
        return
    if get_origin(bare) is tuple and isinstance(data, list):
        found = [problem for item in place.each() for problem in check(get_args(bare)[0], item)]
    elif isinstance(data, dict) and (mapping := _mapping(bare)):
        found = [problem for key in data for problem in check(get_args(mapping)[1], place.at(key))]
    yield from found
    if not found:
        try:
            msgspec.convert(data, annotation)
        except msgspec.ValidationError as error:
            yield place.say(_sentence(str(error), annotation, data))


def _check_struct(kind: type[msgspec.Struct], place: Place) -> Iterator[Problem]:
    if not isinstance(place.data, dict):
        yield place.say(f"expected keys and values, found {_kind(place.data)}")
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key in place.data:
        if key not in fields:
            yield place.at(key).say(f"unknown key; known are {', '.join(fields)}")
    for name, field in fields.items():
        if name in place.data:
            yield from check(field.type, place.at(name))
        elif field.required:
            yield place.say(f"the key `{name}` is missing")


def _members(bare: Any) -> tuple[Any, ...]:  # noqa: ANN401 - an annotation may be any object
    return get_args(bare) if get_origin(bare) in {Union, UnionType} else (bare,)


def _mapping(bare: Any) -> Any:  # noqa: ANN401 - an annotation may be any object
    return next((member for member in _members(bare) if get_origin(member) is dict), None)


def _words(annotation: Any) -> list[str]:  # noqa: ANN401 - an annotation may be any object
    """Return the words of the closed set that an annotation allows, or an empty list."""
    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, Enum):
            return [item.value for item in member]
        if get_origin(member) is Literal:
            return list(get_args(member))
    return []


def _sentence(message: str, annotation: Any, data: object) -> str:  # noqa: ANN401 - an annotation may be any object
    """Say in plain words what msgspec's message says; an unknown message is passed on."""
    message = message.partition(" - at ")[0]
    if words := _words(annotation):
        return f"{shown(data)} is none of {', '.join(words)}"
    if wrong := re.fullmatch(r"Expected `(.+)`, got `(.+)`", message):
        wanted = " or ".join(_KINDS.get(word, word) for word in wrong[1].split(" | "))
        quote = "; put it in quotes" if wrong[1] == "str" and wrong[2] in {"int", "bool"} else ""
        return f"expected {wanted}, found {_kind(data)}{quote}"
    if pattern := re.fullmatch(r"Expected `str` matching regex '(.+)'", message):
        says = next((says for part, says in _PATTERNS if part in pattern[1].replace("\\\\", "\\")), message)
        return f"{shown(data)} {says}"
    if message.endswith("of length >= 1"):
        return "must not be empty"
    return message.replace("Expected `int` >=", "must be at least").replace("`", "")


def _kind(data: object) -> str:
    kinds = {str: "str", int: "int", bool: "bool", type(None): "null", list: "array", dict: "object"}
    return _KINDS[kinds[type(data)]]
