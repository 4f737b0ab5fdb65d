"""From a JSON pointer to line and column, without keeping positions while reading.

Only offenders are located, so reading pays nothing. Values are skipped with msgspec's `Raw`, which knows
how long each one is, so that 100 MB cost about one decode.
"""

from __future__ import annotations

import re

import msgspec

_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_KEY = re.compile(rb'[\s,{]*("(?:[^"\\]|\\.)*")\s*:\s*')
_GAP = re.compile(rb"[\s,]*")


class Locator:
    """Finds pointers in one JSON text; remembers the lists it has split."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._offsets: dict[str, tuple[list[int], list[msgspec.Raw]]] = {}

    def place(self, pointer: str) -> tuple[int, int]:
        """Return the 1-based (line, column in characters) of the value at a pointer; (0, 0) if it is not there."""
        offset = self._offset(pointer)
        if offset < 0:
            return 0, 0
        start = self._text.rfind(b"\n", 0, offset) + 1
        return self._text.count(b"\n", 0, offset) + 1, len(self._text[start:offset].decode("utf-8", "replace")) + 1

    def _offset(self, pointer: str) -> int:
        begin = len(self._text) - len(self._text.lstrip())
        value = msgspec.Raw(self._text[begin:])
        path = ""
        for part in pointer.split("/")[1:]:
            found = self._item(path, value, begin, part) if part.isdecimal() else self._member(value, begin, part)
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
            position = begin + 1
            for item in items:
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

    def _member(self, value: msgspec.Raw, begin: int, part: str) -> tuple[int, msgspec.Raw] | None:
        """Find a member of an object; of duplicate keys the last counts, as it does for the reader."""
        try:
            members = _OBJECT.decode(value)
        except msgspec.MsgspecError:
            return None
        wanted = members.get(part)
        if wanted is None:
            return None
        needle = bytes(memoryview(wanted))
        position = self._walk(members, begin, part)
        if position < 0:
            # Duplicate keys make the lengths of shadowed values unknown: fall back to the text itself.
            position = self._text.rfind(needle, begin, begin + len(memoryview(value)))
        return (position, wanted) if position >= 0 else None

    def _walk(self, members: dict[str, msgspec.Raw], begin: int, part: str) -> int:
        position = begin
        while key := _KEY.match(self._text, position):
            name = msgspec.json.decode(key[1], type=str)
            raw = memoryview(members[name]) if name in members else None
            if raw is None or self._text[key.end() : key.end() + len(raw)] != raw:
                return -1
            if name == part:
                return key.end()
            position = key.end() + len(raw)
        return -1
