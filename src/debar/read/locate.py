"""From a JSON pointer to line and column, without keeping positions while reading.

Only offenders are located, so reading pays nothing. Values are skipped with msgspec's `Raw`, which knows
how long each one is, so that 100 MB cost about one decode.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property

import msgspec

_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KEY = re.compile(rb'[\s,{]*("(?:[^"\\]|\\.)*")\s*:\s*')
_OPENING = ord("{")
_GAP = re.compile(rb"[\s,]*")


class Locator:
    """Finds pointers in one JSON text; remembers what it has split."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._offsets: dict[str, tuple[list[int], list[msgspec.Raw]]] = {}
        self._members: dict[str, dict[str, msgspec.Raw]] = {}
        self._starts: dict[str, int] = {}
        self._last = (0, 1)

    def place(self, pointer: str) -> tuple[int, int]:
        """Return the 1-based (line, column in characters) of the value at a pointer; (0, 0) if it is not there."""
        offset = self._offset(pointer)
        if offset < 0:
            return 0, 0
        line = bisect_left(self._ends, offset)
        start = self._ends[line - 1] + 1 if line else 0
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
    def _ends(self) -> list[int]:
        return [match.start() for match in re.finditer(rb"\n", self._text)]

    @cached_property
    def _ascii(self) -> bool:
        return self._text.isascii()

    def _offset(self, pointer: str) -> int:
        begin = len(self._text) - len(self._text.lstrip())
        value = msgspec.Raw(self._text[begin:])
        path = ""
        for part in pointer.split("/")[1:]:
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
