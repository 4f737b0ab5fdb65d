"""Duplicate keys and nesting of a JSON text, found in one pass over its tokens.

A JSON parser keeps the last of two equal keys and says nothing, so a document can show one thing to its reader
and another to a person (RFC 8259, section 4: "names within an object SHOULD be unique").
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from debar.errors import LimitExceeded
from debar.validate.problem import pointer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Levels of objects and lists; what the readers allow as well.
DEPTH: Final = 256
# Possessive, so that no text makes it go back. Group 1 is a string, group 2 the colon that makes it a key.
_TOKEN: Final = re.compile(rb'("(?:[^"\\]++|\\.)*+")\s*+(:)?|[{}\[\],]', re.DOTALL)
_LONGEST_KEY: Final = 200


class DuplicateKey(NamedTuple):
    """A key that its object already has: where the object is, where the second key stands (1-based), the key."""

    pointer: str
    line: int
    column: int
    key: str


def duplicate_keys(
    text: bytes, path: str = "(document)", *, most: int = 1_000, depth: int = DEPTH
) -> list[DuplicateKey]:
    """Return the first `most` keys of a JSON text (UTF-8) that repeat a key of their object, in order.

    The time is linear in the text. Whether it is JSON at all is for a parser to say. Raises `LimitExceeded` at
    more than `depth` levels.
    """
    return list(islice(_duplicates(text, path, depth), most))


class _Open:
    """An object or list that is not closed yet: its keys (None for a list) and where in it the scan stands."""

    __slots__ = ("at", "keys")

    def __init__(self, keys: set[bytes] | None) -> None:
        self.keys = keys
        self.at: bytes | int = 0

    def repeats(self, key: bytes) -> bool:
        """Stand at a key, and tell whether the object has had it before."""
        self.at = key
        if self.keys is None:
            return False
        known = len(self.keys)
        self.keys.add(key)
        return len(self.keys) == known


def _duplicates(text: bytes, path: str, depth: int) -> Iterator[DuplicateKey]:
    stack: list[_Open] = []
    top = _Open(None)
    cursor = _Cursor(text)
    for token in _TOKEN.finditer(text):
        kind = token.lastindex
        if kind == 1:
            continue
        if kind:
            raw = token[1]
            key = _plain(raw) if b"\\" in raw else raw[1:-1]
            if top.repeats(key):
                shown = [_shown(one.at) for one in stack[1:]]
                yield DuplicateKey(pointer_of(shown), *cursor.move(token.start()), _shown(key))
            continue
        mark = token[0]
        if mark == b",":
            if top.keys is None:
                top.at += 1  # type: ignore[operator]  # a list's place is a number
        elif mark in b"{[":
            stack.append(top)
            if len(stack) > depth:
                line, column = cursor.move(token.start())
                raise LimitExceeded(path, f"more than {depth} levels deep", place=f"line {line}, column {column}")
            top = _Open(set() if mark == b"{" else None)
        elif stack:
            top = stack.pop()


def _plain(raw: bytes) -> bytes:
    """Return what a key with escapes stands for, as UTF-8."""
    try:
        return msgspec.json.decode(raw, type=str).encode()
    except msgspec.MsgspecError:
        return raw[1:-1]


def _shown(key: bytes | int) -> str:
    return str(key) if isinstance(key, int) else key[: _LONGEST_KEY * 4].decode("utf-8", "replace")[:_LONGEST_KEY]


class _Cursor:
    """Line and column of offsets that only grow, each byte looked at once."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._offset = 0
        self._line = 1
        self._column = 1

    def move(self, offset: int) -> tuple[int, int]:
        passed = self._text[self._offset : offset]
        self._offset = offset
        if lines := passed.count(b"\n"):
            self._line += lines
            self._column = 1
            passed = passed[passed.rindex(b"\n") + 1 :]
        self._column += len(passed.decode("utf-8", "replace"))
        return self._line, self._column
