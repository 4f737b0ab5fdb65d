"""YAML as plain data, with the line of every value.

A pack is a small part of YAML: mappings, lists and scalars. Anchors, tags and several documents in a file
are refused, and a plain scalar is text unless it is ``true``, ``false``, ``null`` or a whole number, as in
the JSON schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#102-json-schema). So ``verified: no`` is the word
no, and a date or a version number stays what was written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import yaml
from yaml.events import (
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
)
from yaml.reader import ReaderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Way = tuple[str | int, ...]
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
# Far above the four levels of a pack; what is deeper is no pack, and must not exhaust the stack.
_MAX_DEPTH = 30
# Characters of a value in a message.
_SHOWN = 60


class Problem(NamedTuple):
    """A mistake and where it stands; sorts by file and line."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


@dataclass(frozen=True, slots=True)
class Place:
    """A value of a YAML file and the way to it; `lines` maps ways to 1-based lines, for the whole file."""

    file: str
    data: object
    lines: Mapping[Way, int] = field(repr=False)
    path: Way = ()

    def at(self, key: str | int) -> Place:
        """Return the place of one entry; its data is None if there is no such entry."""
        child: object = None
        if isinstance(self.data, dict):
            child = self.data.get(key)
        elif isinstance(self.data, list) and isinstance(key, int):
            child = self.data[key]
        return Place(self.file, child, self.lines, (*self.path, key))

    def each(self) -> Iterator[Place]:
        """Yield the place of every item of a list; nothing if the value is no list."""
        if isinstance(self.data, list):
            yield from (self.at(number) for number in range(len(self.data)))

    def say(self, what: str) -> Problem:
        """Return a problem at this place, or at the nearest one above it that has a line."""
        line = next(
            (self.lines[way] for end in range(len(self.path), -1, -1) if (way := self.path[:end]) in self.lines), 1
        )
        keys = "".join(f"[{key}]" if isinstance(key, int) else f".{shown(key)}" for key in self.path).lstrip(".")
        return Problem(self.file, line, f"{keys}: {what}" if keys else what)


def shown(value: object) -> str:
    """Return a value for a message: escaped and cut; a plain word stays bare."""
    text = value if isinstance(value, str) and re.fullmatch(r"[\w-]+", value, re.ASCII) else repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def parse(file: str, content: bytes, problems: list[Problem]) -> Place | None:
    """Parse one YAML file; append what is wrong. None if there is nothing to go on with."""
    try:
        events = list(yaml.parse(content.decode(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except UnicodeDecodeError as error:
        problems.append(Problem(file, content.count(b"\n", 0, error.start) + 1, "is not UTF-8"))
        return None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.append(Problem(file, line, f"not well-formed YAML: {error.problem}"))
        return None
    except ReaderError as error:
        line = content.count(b"\n", 0, error.position) + 1
        problems.append(Problem(file, line, f"not well-formed YAML: {error.reason}"))
        return None
    if not any(isinstance(event, DocumentStartEvent) for event in events):
        problems.append(Problem(file, 1, "the file is empty"))
        return None
    return _Builder(file, events, problems).document()


class _Builder:
    """Builds plain data from the parser's events."""

    def __init__(self, file: str, events: list[Event], problems: list[Problem]) -> None:
        self._file = file
        self._events = iter(events)
        self._problems = problems
        self._lines: dict[Way, int] = {}

    def document(self) -> Place:
        next(self._events)  # the start of the stream
        next(self._events)  # the start of the document
        data = self._value(next(self._events), ())
        next(self._events)  # the end of the document
        following = next(self._events)
        if isinstance(following, DocumentStartEvent):
            self._refuse(following, "one document a file: remove the `---`")
        return Place(self._file, data, self._lines)

    def _refuse(self, event: Event, what: str) -> None:
        self._problems.append(Problem(self._file, _line(event), what))

    def _value(self, event: Event, way: Way) -> object:
        self._lines.setdefault(way, _line(event))
        if isinstance(event, NodeEvent) and event.anchor:
            self._refuse(event, "anchors and aliases (&name, *name) are refused: a pack is plain data")
        if isinstance(event, (ScalarEvent, CollectionStartEvent)) and event.tag:
            self._refuse(event, "tags (!name) are refused: a pack is plain data")
        if isinstance(event, ScalarEvent):
            return _scalar(event.value) if event.implicit[0] else event.value
        if not isinstance(event, CollectionStartEvent):
            return None
        if len(way) >= _MAX_DEPTH:
            self._refuse(event, f"nested more than {_MAX_DEPTH} levels deep")
            self._skip()
            return None
        return self._mapping(way) if isinstance(event, MappingStartEvent) else self._sequence(way)

    def _mapping(self, way: Way) -> dict[str, object]:
        result: dict[str, object] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event)
            here = (*way, key)
            if key in result:
                self._refuse(event, f"the key {shown(key)} is written twice; the first is on line {self._lines[here]}")
            self._lines[here] = _line(event)
            result[key] = self._value(next(self._events), here)
        return result

    def _key(self, event: Event) -> str:
        if isinstance(event, ScalarEvent) and not event.anchor and not event.tag:
            return str(event.value)
        self._refuse(event, "a key must be a plain word")
        if isinstance(event, CollectionStartEvent):
            self._skip()
        return ""

    def _sequence(self, way: Way) -> list[object]:
        result: list[object] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            result.append(self._value(event, (*way, len(result))))
        return result

    def _skip(self) -> None:
        """Leave out the rest of the mapping or list that has just begun."""
        depth = 1
        while depth:
            event = next(self._events)
            depth += isinstance(event, CollectionStartEvent)
            depth -= isinstance(event, CollectionEndEvent)


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text
