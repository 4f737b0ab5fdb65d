"""From a JSON pointer to line and column, without keeping positions while reading.

Only offenders are located, so reading pays nothing. Values are skipped with msgspec's `Raw`, which knows
how long each one is, so that 100 MB cost about one decode.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KEY = re.compile(rb'[\s,{]*("(?:[^"\\]|\\.)*")\s*:\s*')
_OPENING = ord("{")
_GAP = re.compile(rb"[\s,]*")
_BETWEEN = b", \t\r\n"
# Lines are counted up to the start of each block of this size: a number for each line would be millions.
_BLOCK = 1 << 16


class Locator:
    """Finds pointers in one JSON text; remembers what it has split. `starts` is that of `Document`."""

    def __init__(self, text: bytes, starts: Mapping[str, Sequence[int]] | None = None) -> None:
        self._text = text
        self._known = {pointer: some for pointer, some in (starts or {}).items() if self._certain(some)}
        self._entries: dict[str, tuple[int, msgspec.Raw]] = {}
        self._offsets: dict[str, tuple[list[int], list[msgspec.Raw]]] = {}
        self._members: dict[str, dict[str, msgspec.Raw]] = {}
        self._starts: dict[str, int] = {}
        self._last = (0, 1)

    def place(self, pointer: str) -> tuple[int, int]:
        """Return the 1-based (line, column in characters) of the value at a pointer; (0, 0) if it is not there."""
        offset = self._offset(pointer)
        if offset < 0:
            return 0, 0
        line, end = self._blocks[offset // _BLOCK]
        begin = offset - offset % _BLOCK
        line += self._text.count(b"\n", begin, offset)
        start = max(end, self._text.rfind(b"\n", begin, offset)) + 1
        if self._ascii:
            return line + 1, offset - start + 1
        # Offenders mostly come in order: count on from the last one, so that a file of one line stays linear.
        before, column = self._last
        if not start <= before <= offset:
            before, column = start, 1
        column += len(self._text[before:offset].decode("utf-8", "replace"))
        self._last = offset, column
        return line + 1, column

    @cached_property
    def _blocks(self) -> list[tuple[int, int]]:
        """How many lines end before each block, and where the last of them ends."""
        found, line, end = [], 0, -1
        for begin in range(0, len(self._text), _BLOCK):
            found.append((line, end))
            line += self._text.count(b"\n", begin, begin + _BLOCK)
            end = max(end, self._text.rfind(b"\n", begin, begin + _BLOCK))
        return found

    @cached_property
    def _ascii(self) -> bool:
        return self._text.isascii()

    def _certain(self, starts: Sequence[int]) -> bool:
        """Tell whether entries stand where they were found: not if the text of the first one stands twice."""
        return self._text.find(self._text[starts[0] : starts[1]].rstrip(_BETWEEN), starts[0] + 1) < 0

    def _entry(self, pointer: str) -> tuple[str, int, msgspec.Raw]:
        """Return the nearest place above a pointer that is known from the start: its pointer, offset and value."""
        for above, starts in self._known.items():
            index = pointer.removeprefix(f"{above}/").partition("/")[0]
            path = f"{above}/{index}"
            if index.isdecimal() and int(index) < len(starts) - 1 and f"{pointer}/".startswith(f"{path}/"):
                if path not in self._entries:
                    begin, end = starts[int(index)], starts[int(index) + 1]
                    self._entries[path] = begin, msgspec.Raw(self._text[begin:end].rstrip(_BETWEEN))
                return path, *self._entries[path]
        begin = len(self._text) - len(self._text.lstrip())
        return "", begin, msgspec.Raw(self._text[begin:])

    def _offset(self, pointer: str) -> int:
        path, begin, value = self._entry(pointer)
        for part in pointer[len(path) :].split("/")[1:]:
            find = self._item if part.isdecimal() else self._member
            found = find(path, value, begin, part)
            if found is None:
                return -1
            begin, value = found
            path = f"{path}/{part}"
        return begin

    def _item(self, path: str, value: msgspec.Raw, begin: int, part: str) -> tuple[int, msgspec.Raw] | None:
        if path not in self._offsets:
            try:
                items = _LIST.decode(value)
            except msgspec.MsgspecError:
                return None
            offsets = []
            position, text = begin + 1, self._text
            for item in items:
                if text[position] != _OPENING:
                    position = self._skip(position)
                offsets.append(position)
                position += len(memoryview(item))
            self._offsets[path] = offsets, items
        offsets, items = self._offsets[path]
        index = int(part)
        return (offsets[index], items[index]) if index < len(items) else None

    def _skip(self, position: int) -> int:
        match = _GAP.match(self._text, position)
        return match.end() if match else position

    def _member(self, path: str, value: msgspec.Raw, begin: int, part: str) -> tuple[int, msgspec.Raw] | None:
        """Find a member of an object; of duplicate keys the last counts, as it does for the reader."""
        if path not in self._members:
            try:
                self._members[path] = _OBJECT.decode(value)
            except msgspec.MsgspecError:
                return None
        members = self._members[path]
        wanted = members.get(part)
        if wanted is None:
            return None
        key = f"{path}/{part}"
        if key not in self._starts:
            position = self._walk(members, begin, part)
            if position < 0:
                # Duplicate keys make the lengths of shadowed values unknown: fall back to the text itself.
                end = begin + len(memoryview(value))
                position = self._text.rfind(bytes(memoryview(wanted)), begin, end)
            self._starts[key] = position
        position = self._starts[key]
        return (position, wanted) if position >= 0 else None

    def _walk(self, members: dict[str, msgspec.Raw], begin: int, part: str) -> int:
        position = begin
        while key := _KEY.match(self._text, position):
            name = msgspec.json.decode(key[1], type=str)
            # As bytes: views are compared item by item, which takes a second for the components of a large document.
            raw = bytes(members[name]) if name in members else None
            if raw is None or not self._text.startswith(raw, key.end()):
                return -1
            if name == part:
                return key.end()
            position = key.end() + len(raw)
        return -1
