"""Typed Structs from plain values whose types are not what the format says.

One odd value (``"version": 1.2``, ``"supplier": "Acme"``, a null entry) must not cost the document, so
after a `msgspec.ValidationError` readers decode again without types and pass the plain value here.
"""

from __future__ import annotations

from collections import deque
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import msgspec
from msgspec import inspect
from msgspec.structs import force_setattr

if TYPE_CHECKING:
    from collections.abc import Callable

    Report: TypeAlias = Callable[[str, str], None]

#: Text, a list or an object had no place in the type: names may be lost.
DROPPED: Final = "dropped"
#: Nothing nameable is lost: a number became text, one value a list of one, a stray number nothing.
CHANGED: Final = "changed"

S = TypeVar("S", bound=msgspec.Struct)

_ABSENT: Final = object()
_NUMBERS = (int, float, Decimal)
# What always fits 64 bits; Python itself refuses to convert very long digit strings.
_INT_DIGITS = 18
# A place is (parent place, key); the text of it is made only for a report.
_Place: TypeAlias = "tuple[_Place, str | int] | None"


def plain(text: bytes | memoryview) -> object:
    """Decode JSON without types; fractions become `Decimal`, so that version ``1.10`` keeps its zero.

    Raises `msgspec.DecodeError` and `RecursionError` as msgspec does.
    """
    return _plain_decoder().decode(text)


def coerce(value: object, type_: type[S], report: Report) -> S:
    """Return a `type_` that keeps everything of `value` that fits its annotations.

    Every field of `type_` and of the Structs in it needs a default. `report(path, what)` is called for
    each place that does not fit, with its JSON pointer (RFC 6901) and `DROPPED` or `CHANGED`:

    - a number or boolean where text is wanted becomes its JSON text; texts of a list are joined by line breaks
    - text where a Struct with a field `name` is wanted becomes its name; an object where text is wanted
      becomes its "name" or "content"
    - a single value where a list is wanted becomes a list of one, a list of one object that object
    - anything else is left out; an entry of a list becomes None where the list may hold None, so that
      positions stay true

    null and empty values are left out without a report; unknown keys are not looked at. The walk is
    iterative, so its depth is bounded only by memory.
    """
    work = _Work(report)
    made = work.fit(value, _info(type_), None)
    if not isinstance(made, type_):
        work.misfit(value, None)
        made = type_()
    work.run()
    return made


def _fraction(text: str) -> Decimal | float:
    try:
        return Decimal(text)
    except InvalidOperation:
        return float(text)  # an exponent beyond what Decimal holds


@cache
def _plain_decoder() -> msgspec.json.Decoder[object]:
    return msgspec.json.Decoder(float_hook=_fraction)


@cache
def _info(type_: type[msgspec.Struct]) -> inspect.Type:
    return inspect.type_info(type_)


class _Work:
    """The containers still to fill: `fit` makes an empty one at once, `run` fills them, breadth first."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.structs: deque[tuple[msgspec.Struct, inspect.StructType, dict[str, object], _Place]] = deque()
        self.lists: deque[tuple[list[object], inspect.Type, list[object], _Place]] = deque()
        self.dicts: deque[tuple[dict[str, object], inspect.Type, dict[str, object], _Place]] = deque()

    def run(self) -> None:
        while self.structs or self.lists or self.dicts:
            while self.structs:
                self._fill_struct(*self.structs.popleft())
            while self.lists:
                self._fill_list(*self.lists.popleft())
            while self.dicts:
                self._fill_dict(*self.dicts.popleft())

    def fit(self, value: object, kind: inspect.Type, place: _Place) -> object:
        """Return what stands for `value` under `kind`, or `_ABSENT`; containers are filled later."""
        kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
        if value is None:
            return None if any(isinstance(k, inspect.NoneType) for k in kinds) else _ABSENT
        for attempt in (self._exact, self._retyped):
            for one in kinds:
                made = attempt(value, one, place)
                if made is not _ABSENT:
                    return made
        return _ABSENT

    def misfit(self, value: object, place: _Place) -> None:
        """Report a value that was left out, unless it says nothing."""
        if isinstance(value, _NUMBERS):
            self.report(_pointer(place), CHANGED)
        elif value:
            self.report(_pointer(place), DROPPED)

    def _exact(self, value: object, kind: inspect.Type, place: _Place) -> object:
        if isinstance(kind, inspect.StructType) and isinstance(value, dict):
            struct: msgspec.Struct = kind.cls()
            self.structs.append((struct, kind, value, place))
            return struct
        if isinstance(kind, inspect.ListType) and isinstance(value, list):
            entries: list[object] = []
            self.lists.append((entries, kind.item_type, value, place))
            return entries
        if isinstance(kind, inspect.DictType) and isinstance(value, dict):
            table: dict[str, object] = {}
            self.dicts.append((table, kind.value_type, value, place))
            return table
        return _scalar(value, kind)

    def _retyped(self, value: object, kind: inspect.Type, place: _Place) -> object:
        made: object = _ABSENT
        match kind:
            case inspect.StrType():
                made = _text(value)
            case inspect.StructType():
                made = self._single(value, kind, place)
            case inspect.ListType() if _wraps(value, kind.item_type):
                entries: list[object] = []
                self.lists.append((entries, kind.item_type, [value], place))
                made = entries
            case inspect.BoolType() if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
                made = value.strip().lower() == "true"
            case inspect.IntType() if isinstance(value, str) and value.isdecimal() and len(value) <= _INT_DIGITS:
                made = int(value)
        if made is not _ABSENT:
            self.report(_pointer(place), CHANGED)
        return made

    def _single(self, value: object, kind: inspect.StructType, place: _Place) -> object:
        if isinstance(value, list) and len(value) == 1:
            value, place = value[0], (place, 0)
        if isinstance(value, dict):
            return self._exact(value, kind, place)
        if isinstance(value, str) and value and _field(kind, "name"):
            return self._exact({"name": value}, kind, place)
        return _ABSENT

    def _fill_struct(
        self, struct: msgspec.Struct, kind: inspect.StructType, value: dict[str, object], place: _Place
    ) -> None:
        for known in kind.fields:
            given = value.get(known.encode_name)
            if given is None:
                continue
            here = (place, known.encode_name)
            made = self.fit(given, known.type, here)
            if made is _ABSENT:
                self.misfit(given, here)
            else:
                force_setattr(struct, known.name, made)

    def _fill_list(self, entries: list[object], kind: inspect.Type, value: list[object], place: _Place) -> None:
        nullable = isinstance(kind, inspect.UnionType) and kind.includes_none
        for index, given in enumerate(value):
            here = (place, index)
            made = self.fit(given, kind, here)
            if made is _ABSENT:
                self.misfit(given, here)
                if nullable:
                    entries.append(None)
            else:
                entries.append(made)

    def _fill_dict(self, table: dict[str, object], kind: inspect.Type, value: dict[str, object], place: _Place) -> None:
        for key, given in value.items():
            here = (place, str(key))
            made = self.fit(given, kind, here)
            if made is _ABSENT:
                self.misfit(given, here)
            else:
                table[str(key)] = made


def _scalar(value: object, kind: inspect.Type) -> object:
    number = isinstance(value, _NUMBERS) and not isinstance(value, bool)
    made = _ABSENT
    match kind:
        case inspect.AnyType():
            made = value
        case inspect.RawType():
            made = msgspec.Raw(msgspec.json.encode(value))
        case inspect.FloatType() if number:
            made = float(value)  # type: ignore[arg-type]  # `number` says that it is one
        case inspect.IntType() if number and isinstance(value, int):
            made = value
        case inspect.StrType() if isinstance(value, str):
            made = value
        case inspect.BoolType() if isinstance(value, bool):
            made = value
    return made


def _text(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _NUMBERS):
        return str(value)
    if isinstance(value, dict):
        return next((text for key in ("name", "content") if isinstance(text := value.get(key), str)), _ABSENT)
    if isinstance(value, list) and value:
        texts = [_text(entry) if isinstance(entry, _NUMBERS) else entry for entry in value]
        if all(isinstance(text, str) for text in texts):
            return "\n".join(map(str, texts))
    return _ABSENT


def _wraps(value: object, kind: inspect.Type) -> bool:
    """Tell whether a lone value is a plausible entry: an object has to share a key with the entries' type."""
    if isinstance(value, list):
        return False
    if not isinstance(value, dict):
        return True
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    structs = [k for k in kinds if isinstance(k, inspect.StructType)]
    return not structs or any(_field(k, key) for k in structs for key in value)


def _field(kind: inspect.StructType, name: object) -> bool:
    return any(known.encode_name == name for known in kind.fields)


def _pointer(place: _Place) -> str:
    keys: list[str] = []
    while place is not None:
        place, key = place
        keys.append(str(key).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{key}" for key in reversed(keys))
