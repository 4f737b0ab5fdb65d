"""JSON documents against the JSON schema of their specification.

`is_valid` is linear and cheap, but the validator makes all errors at once, and one bad entry may cost a megabyte
(each of its 80 alternatives says why not). So only what is bad is asked for its errors, entry by entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from debar.errors import MalformedSbom
from debar.validate import bundled
from debar.validate.json_keys import DEPTH, duplicate_keys
from debar.validate.problem import Place, Problem, pointer_of, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import jsonschema_rs

    Path: TypeAlias = tuple[str | int, ...]

_CYCLONEDX_BASE: Final = "http://cyclonedx.org/schema/"
_CYCLONEDX_PARTS: Final = (
    "spdx.SNAPSHOT.schema.json",
    "jsf-0.82.SNAPSHOT.schema.json",
    "cryptography-defs.SNAPSHOT.schema.json",
)
_NO_CLASS: Final = '"Not a '
# An entry up to this size is asked for all its errors.
_MOST_VALUES: Final = 5_000
_MOST_TEXT: Final = 100_000
_MOST_LEVELS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A schema by its file.

    `depth` bounds nesting; `branching` says that an error of one entry names every class there is.
    """

    name: str
    cyclonedx: bool
    depth: int = DEPTH
    branching: bool = False


def family(format_name: str, version: str) -> Family | None:
    """Return the schema of a format (`sniff.Format` values) and version, None where there is none."""
    if format_name == "CycloneDX JSON":
        known = bundled.CYCLONEDX_JSON.get(version)
        return Family(name=known, cyclonedx=True) if known else None
    known = bundled.SPDX.get(version)
    if not known or version.startswith("3.") != (format_name == "SPDX 3 JSON"):
        return None
    # SPDX 3 is a flat graph; its schema takes time that grows with the square of the depth.
    spdx3 = format_name == "SPDX 3 JSON"
    return Family(name=known, cyclonedx=False, depth=64 if spdx3 else DEPTH, branching=spdx3)


def check(text: bytes, path: str, schema: Family, *, most: int, place: Place) -> list[Problem]:
    """Return up to `most` problems of a JSON text, in the order of their places.

    Raises `MalformedSbom` for what is no JSON, `LimitExceeded` for one nested too deep.
    """
    problems = [
        Problem(one.line, one.column, one.pointer, f"the key {shortened(repr(one.key))} occurs twice", twice=True)
        for one in duplicate_keys(text, path, most=most, depth=schema.depth)
    ]
    try:
        document = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedSbom(path, f"broken JSON: {error}") from error
    problems += islice(_problems(document, schema, place), most - len(problems))
    return sorted(problems)


def _problems(document: Any, schema: Family, place: Place) -> Iterator[Problem]:  # noqa: ANN401 - any JSON
    whole = _whole(schema)
    if whole.is_valid(document):
        return
    found = False
    for where, error in _errors(document, schema, whole):
        found = True
        yield _worded(where, error, place)
    if not found:
        # What holds between entries, such as that no two are equal.
        for where, error in _first(whole, document, ()):
            yield _worded(where, error, place)


Found: TypeAlias = "tuple[Path, jsonschema_rs.ValidationError | None]"


def _errors(document: Any, schema: Family, whole: jsonschema_rs.Validator) -> Iterator[Found]:  # noqa: ANN401 - any JSON
    if not isinstance(document, dict):
        yield from _of(whole, document, (), schema)
        return
    lists = {key: value for key, value in document.items() if isinstance(value, list) and key in _lists(schema)}
    rest = {**document, **{key: [] for key in lists}}
    if not whole.is_valid(rest):
        yield from _of(whole, rest, (), schema)
    for key, entries in lists.items():
        entry = _entry(schema, key)
        for number, value in enumerate(entries):
            if not entry.is_valid(value):
                yield from _of(entry, value, (key, number), schema)


def _of(validator: jsonschema_rs.Validator, value: Any, where: Path, schema: Family) -> Iterator[Found]:  # noqa: ANN401 - any JSON
    """Yield what is wrong with a value that is not valid."""
    if not _is_small(value):
        if schema.branching:
            yield where, None
        else:
            yield from _first(validator, value, where)
        return
    errors = list(validator.iter_errors(value))
    told = {tuple(one.instance_path) for one in errors if one.kind.name != "unevaluatedProperties"}
    for error in errors:
        # A class that does not fit leaves all its properties unevaluated: that says nothing more.
        if error.kind.name != "unevaluatedProperties" or tuple(error.instance_path) not in told:
            yield where, error


def _first(validator: jsonschema_rs.Validator, value: Any, where: Path) -> Iterator[Found]:  # noqa: ANN401 - any JSON
    import jsonschema_rs

    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        yield where, error


def _is_small(value: Any) -> bool:  # noqa: ANN401 - any JSON
    level, values, size = [value], 0, 0
    for _ in range(_MOST_LEVELS):
        deeper: list[Any] = []
        for one in level:
            values += 1
            if isinstance(one, str):
                size += len(one)
            elif isinstance(one, list | dict):
                deeper.extend(one if isinstance(one, list) else one.values())
                size += 0 if isinstance(one, list) else sum(map(len, one))
            if values + len(deeper) > _MOST_VALUES or size > _MOST_TEXT:
                return False
        if not deeper:
            return True
        level = deeper
    return False


def _worded(where: Path, error: jsonschema_rs.ValidationError | None, place: Place) -> Problem:
    if error is None:
        pointer = pointer_of(where)
        return Problem(*_placed(pointer, place), pointer, "not valid, and too large or too deep to say where")
    nearest = _nearest(error)
    pointer = pointer_of((*where, *nearest.instance_path))
    unexpected = getattr(nearest.kind, "unexpected", None)
    if unexpected and isinstance(unexpected[0], str):
        return Problem(*_placed(pointer + pointer_of(unexpected[:1]), place), pointer, shortened(nearest.message))
    return Problem(*_placed(pointer, place), pointer, _message(nearest))


def _message(error: jsonschema_rs.ValidationError) -> str:
    if error.kind.name == "uniqueItems":
        return "two of its entries are equal"
    if hasattr(error.kind, "context"):
        return "fits none, or more than one, of the forms that are allowed here"
    if error.message.startswith(_NO_CLASS):
        return "its type is no class of the specification"
    return shortened(error.message)


def _nearest(error: jsonschema_rs.ValidationError) -> jsonschema_rs.ValidationError:
    """Return, of the alternatives that failed, the error of the one that came furthest."""
    while branches := [branch for branch in getattr(error.kind, "context", ()) if branch]:
        branch = max(branches, key=_nearness)
        error = max(branch, key=_depth)
    return error


def _nearness(branch: list[jsonschema_rs.ValidationError]) -> tuple[int, bool, int]:
    return max(map(_depth, branch)), branch[0].kind.name != "const", -len(branch)


def _depth(error: jsonschema_rs.ValidationError) -> int:
    return len(error.instance_path)


def _placed(pointer: str, place: Place) -> tuple[int, int]:
    """Return the place of a value, else of the nearest one around it."""
    while True:
        line, column = place(pointer)
        if line or not pointer:
            return line, column
        pointer = pointer.rpartition("/")[0]


@cache
def _schema(schema: Family) -> dict[str, Any]:
    read = bundled.cyclonedx if schema.cyclonedx else bundled.spdx
    decoded: dict[str, Any] = msgspec.json.decode(read(schema.name))
    return decoded


def _lists(schema: Family) -> Mapping[str, str]:
    """Return the lists whose entries stand for themselves, each with the schema's pointer to its entries."""
    top = _schema(schema)
    found = {}
    for base, part in (("#", top), ("#/then", top.get("then", {}))):
        for key, value in part.get("properties", {}).items():
            # An emptied list must not be an error of its own.
            if "items" in value and not value.get("minItems"):
                found[key] = base + pointer_of(("properties", key, "items"))
    return found


@cache
def _whole(schema: Family) -> jsonschema_rs.Validator:
    return _validator(schema, "#")


@cache
def _entry(schema: Family, key: str) -> jsonschema_rs.Validator:
    return _validator(schema, _lists(schema)[key])


def _validator(schema: Family, fragment: str) -> jsonschema_rs.Validator:
    import jsonschema_rs

    top = _schema(schema)
    uri = top.get("$id", f"urn:debar:{schema.name}")
    resources = [(uri, top)]
    if schema.cyclonedx:
        resources += [
            (_CYCLONEDX_BASE + name, msgspec.json.decode(bundled.cyclonedx(name))) for name in _CYCLONEDX_PARTS
        ]
    # The linear engine knows no lookaround, of which SPDX 3 has one that cannot go back either: ^(?!_:).
    engine = jsonschema_rs.FancyRegexOptions() if schema.branching else jsonschema_rs.RegexOptions()
    return jsonschema_rs.validator_for(
        {"$schema": top["$schema"], "$ref": uri + fragment},
        registry=jsonschema_rs.Registry(resources, retriever=_refuse),
        retriever=_refuse,
        validate_formats=True,
        pattern_options=engine,
    )


def _refuse(uri: str) -> Any:  # noqa: ANN401 - jsonschema-rs's protocol
    raise LookupError(f"{uri} is no schema that comes with debar, and nothing is ever fetched")
