"""JSON text -> Structs, for every JSON reader: lenient with values, clear about what is broken."""

from __future__ import annotations

import re
from array import array
from contextlib import contextmanager
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

import msgspec

from debar.errors import LimitExceeded, MalformedSbom
from debar.read import tolerant

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterator, Sequence

    from debar.read.limits import Source

S = TypeVar("S", bound=msgspec.Struct)
T = TypeVar("T")
# Slices that are decoded in one go: what they become stays in the processor's cache while it is walked. A thousand
# take a tenth longer.
_DECODED: Final = 100
# Slices that are compared in one go.
_TOGETHER: Final = 1_000
# How often the first slice of a list may stand further up.
_TRIES: Final = 8
_BETWEEN: Final = frozenset(b", \t\r\n")
_BYTE: Final = re.compile(r"\s*\(byte (\d+)\)$")


class Slices(Generic[T]):
    """Entries of a list that stay text until they are asked for, so that only some are held as Structs at a time.

    Raises what msgspec raises when an entry does not fit its type.
    """

    def __init__(self, raws: Sequence[msgspec.Raw], decoder: msgspec.json.Decoder[list[T]]) -> None:
        self._raws = raws
        self._decoder = decoder

    def __len__(self) -> int:
        return len(self._raws)

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(map(self._decoder.decode, self._groups(self._raws)))

    def some(self, wanted: Container[int]) -> Iterator[T]:
        """Yield the entries of some numbers."""
        raws = [raw for number, raw in enumerate(self._raws) if number in wanted]
        return chain.from_iterable(map(self._decoder.decode, self._groups(raws)))

    def near(self, word: bytes) -> Iterator[T]:
        """Yield all entries that hold an upper-case word in any case and in any way of writing, and some others."""
        for group in self._groups(self._raws):
            if word in group.upper() or b"\\" in group or not group.isascii():
                yield from self._decoder.decode(group)

    def _groups(self, raws: Sequence[msgspec.Raw]) -> Iterator[bytes]:
        for begin in range(0, len(raws), _DECODED):
            yield b"[" + b",".join(raws[begin : begin + _DECODED]) + b"]"


class Leniency(NamedTuple):
    """JSON pointers of what the lenient pass left out and of what it only gave another type."""

    dropped: list[str]
    changed: list[str]


def lenient(decoder: msgspec.json.Decoder[S], type_: type[S], source: Source) -> tuple[S, Leniency]:
    """Decode into a Struct; a value of another type costs that value only (`tolerant.coerce`).

    Raises `MalformedSbom` for text that is no JSON, `LimitExceeded` for too much depth.
    """
    found = Leniency([], [])

    def report(path: str, what: str) -> None:
        (found.dropped if what == tolerant.DROPPED else found.changed).append(path)

    with broken_told(source):
        try:
            return decoder.decode(source.text), found
        except msgspec.ValidationError:
            return tolerant.coerce(tolerant.plain(source.text), type_, report), found


@contextmanager
def broken_told(source: Source) -> Iterator[None]:
    """Turn what msgspec raises for broken JSON into the errors of this project, with line and column."""
    try:
        yield
    except RecursionError as error:
        raise LimitExceeded(source.path, "nested too deep") from error
    except msgspec.DecodeError as error:
        byte = _BYTE.search(str(error))
        # Without a position the text has ended too early; trailing characters are told with the first one consumed.
        offset = int(byte[1]) - ("trailing" in str(error)) if byte else len(source.text)
        raise MalformedSbom(source.path, _BYTE.sub("", str(error)), place=_place(source.text, offset)) from error
    except UnicodeDecodeError as error:
        raise MalformedSbom(source.path, "not UTF-8", place=_place(source.text, _first_bad(source.text))) from error


def _first_bad(text: bytes) -> int:
    # msgspec counts from the start of the string that it was in.
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _place(text: bytes, offset: int) -> str:
    start = text.rfind(b"\n", 0, offset) + 1
    column = len(text[start:offset].decode("utf-8", "replace")) + 1
    line = text.count(b"\n", 0, offset) + 1
    return f"line {line}, column {column}"


def begins(text: bytes, slices: Sequence[msgspec.Raw]) -> array[int]:
    """Return where slices that follow each other in a text begin, and where the last one ends; empty if none do.

    Should an equal text stand further up, its place is as good as the right one.
    """
    first = bytes(slices[0]) if slices else b""
    position = text.find(first) if slices else -1
    for _ in range(_TRIES):
        if position < 0:
            break
        found = _following(text, slices, position)
        if found:
            return found
        # The first one alone may be told twice, as generators do with the product.
        position = text.find(first, position + 1)
    return array("q")


def _following(text: bytes, slices: Sequence[msgspec.Raw], position: int) -> array[int]:
    """Return what `begins` does if the first slice stands at a position."""
    found, end = array("q"), position
    for some in (slices[begin : begin + _TOGETHER] for begin in range(0, len(slices), _TOGETHER)):
        position = _skip(text, end)
        # Nearly always the same stands between all of them, and then a thousand are compared at once.
        after = position + len(memoryview(some[0]))
        between = text[after : _skip(text, after)]
        if text.startswith(between.join(some), position):
            lengths = (len(memoryview(one)) + len(between) for one in some)
            found.extend(accumulate(lengths, initial=position))
            end = found.pop() - len(between)
            continue
        for one in map(bytes, some):
            position = _skip(text, end)
            if not text.startswith(one, position):
                return array("q")
            found.append(position)
            end = position + len(one)
    found.append(end)
    return found


def _skip(text: bytes, position: int) -> int:
    while text[position] in _BETWEEN:
        position += 1
    return position


def silences(starts: Sequence[int], telling: Collection[int]) -> list[tuple[int, int]]:
    """Return (start, end) of what stands between the telling ones of some slices, of which `begins` told the starts."""
    if not starts:
        return []
    loud = sorted(telling)
    spans = zip([0, *(number + 1 for number in loud)], [*loud, len(starts) - 1], strict=True)
    return [(starts[begin], starts[end]) for begin, end in spans if begin < end]
