"""SPDX 2.2/2.3 YAML.

Read from parser events, so that nesting and aliases are counted before they cost anything and each element
keeps its line. Scalars stay text: ``1.10`` is no number, ``no`` no boolean, a date no date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from debar.errors import LimitExceeded, MalformedSbom
from debar.read import tolerant
from debar.read.spdx2 import Reading, to_inventory
from debar.read.spdx2_types import Document

if TYPE_CHECKING:
    from collections.abc import Callable

    from debar.model.inventory import Inventory
    from debar.read.limits import Source

    # PyYAML's events and marks have no usable types.
    Event: TypeAlias = Any

_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_MERGE: Final = "<<"
_STANDARD_TAG: Final = "tag:yaml.org,2002:"
_PLAIN_TAGS: Final = frozenset({"str", "map", "seq", "null", "bool", "int", "float", "timestamp"})
# An alias is one use and may stand for much: what all of them together stand for is bounded as well.
_ALIASED_NODES: Final = 1_000_000
_NO_KEY: Final = object()
#: The only keys of SPDX 2 whose values are no text: a boolean, and integers of at most 64 bits.
_TYPED: Final = frozenset({"filesAnalyzed", "offset", "lineNumber"})
_INT_DIGITS: Final = 18


def read_yaml(source: Source) -> Inventory:
    """Read a document; a value that SPDX does not allow costs that value only.

    Raises `MalformedSbom` for text that is no YAML or more than one document, `LimitExceeded` for more depth,
    alias uses or components than allowed.
    """
    tree = _parsed(source)
    dropped = tree.dropped
    changed: list[str] = []

    def report(path: str, what: str) -> None:
        (dropped if what == tolerant.DROPPED else changed).append(path)

    document = tolerant.coerce(tree.root, Document, report)
    return to_inventory(
        Reading(
            form="SPDX YAML",
            document=document,
            places={kind: tree.places(kind) for kind in ("packages", "files", "snippets")},
            dropped=dropped,
            changed=changed,
            duplicates=tree.duplicates,
        ),
        source,
    )


def as_json(source: Source) -> tuple[bytes, Callable[[str], tuple[int, int]], list[str]]:
    """Return the JSON text of a document, the (line, column) of a JSON pointer, and the keys that occur twice.

    Scalars are texts, but for those that the JSON schema of SPDX 2 wants as booleans or integers. Raises what
    `read_yaml` raises for broken or too large documents.
    """
    tree = _parsed(source)
    open_values = [tree.root]
    seen: set[int] = set()
    while open_values:
        value = open_values.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            value |= {key: _typed(key, value[key]) for key in _TYPED & value.keys()}
            open_values.extend(value.values())
        elif isinstance(value, list):
            open_values.extend(value)
    return msgspec.json.encode(tree.root), tree.place, tree.duplicates


def _typed(key: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if key == "filesAnalyzed":
        return {"true": True, "false": False}.get(value.lower(), value)
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= _INT_DIGITS else value


def _parsed(source: Source) -> _Tree:
    import yaml

    tree = _Tree(source)
    loader: Event = getattr(yaml, "CBaseLoader", yaml.BaseLoader)(source.text)
    try:
        while loader.check_event():
            tree.take(loader.get_event())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _malformed(source, error) from error
    finally:
        loader.dispose()
    return tree


class _Node:
    """A list or mapping under construction."""

    __slots__ = ("anchor", "key", "merges", "size", "value")

    def __init__(self, value: dict[str, object] | list[object], anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.key: object = _NO_KEY
        self.merges: list[object] = []
        self.size = 1


class _Tree:
    """Plain values from events, without recursion."""

    def __init__(self, source: Source) -> None:
        self.root: object = None
        self.dropped: list[str] = []
        self.duplicates: list[str] = []
        self._source = source
        self._open: list[_Node] = []
        self._anchors: dict[str, tuple[object, int]] = {}
        self._marks: dict[int, tuple[int, int]] = {}
        self._aliases = 0
        self._aliased_nodes = 0
        self._documents = 0

    def places(self, kind: str) -> list[tuple[int, int]]:
        """Return (line, column) of each entry of a list of the document."""
        entries = self.root.get(kind) if isinstance(self.root, dict) else None
        entries = entries if isinstance(entries, list) else [entries]
        return [self._marks.get(id(entry), (0, 0)) for entry in entries]

    def place(self, pointer: str) -> tuple[int, int]:
        """Return the (line, column) of the list or mapping that a JSON pointer leads to or through last."""
        value, found = self.root, self._marks.get(id(self.root), (0, 0))
        for part in pointer.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(value, dict):
                value = value.get(key)
            elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
                value = value[int(key)]
            else:
                break
            found = self._marks.get(id(value), found)
        return found

    def take(self, event: Event) -> None:
        """Take the next event."""
        match type(event).__name__:
            case "ScalarEvent":
                self._check_tag(event)
                plain_null = event.style in {None, ""} and event.value in _NULL
                value = None if plain_null else event.value
                self._anchor(event.anchor, value, 1)
                self._put(value, 1, event, text=event.value)
            case "MappingStartEvent" | "SequenceStartEvent":
                self._start(event)
            case "MappingEndEvent" | "SequenceEndEvent":
                node = self._open.pop()
                if isinstance(node.value, dict):
                    _merge(node.value, node.merges)
                self._anchor(node.anchor, node.value, node.size)
                self._put(node.value, node.size, event)
            case "AliasEvent":
                self._alias(event)
            case "DocumentStartEvent":
                self._documents += 1
                if self._documents > 1:
                    problem = "a second YAML document starts here"
                    raise MalformedSbom(self._source.path, problem, place=_place(event.start_mark))

    def _start(self, event: Event) -> None:
        self._check_tag(event)
        if len(self._open) >= self._source.limits.depth:
            remedy = "no real SBOM nests as deep"
            raise LimitExceeded(self._source.path, "nested too deep", place=_place(event.start_mark), remedy=remedy)
        value: dict[str, object] | list[object] = {} if type(event).__name__ == "MappingStartEvent" else []
        self._open.append(_Node(value, event.anchor))
        # Values live as long as the tree, so their identity is a safe key.
        self._marks[id(value)] = (event.start_mark.line + 1, event.start_mark.column + 1)

    def _anchor(self, anchor: str | None, value: object, size: int) -> None:
        if anchor:
            self._anchors[anchor] = (value, size)

    def _alias(self, event: Event) -> None:
        known = self._anchors.get(event.anchor)
        if known is None:
            problem = f"the alias *{event.anchor} has no anchor before it"
            raise MalformedSbom(self._source.path, problem, place=_place(event.start_mark))
        value, size = known
        self._aliases += 1
        self._aliased_nodes += size
        if self._aliases > self._source.limits.aliases or self._aliased_nodes > _ALIASED_NODES:
            raise LimitExceeded(self._source.path, "more YAML aliases than allowed", place=_place(event.start_mark))
        self._put(value, size, event, text=value)

    def _put(self, value: object, size: int, event: Event, text: object = None) -> None:
        """Put a finished value where it belongs; `text` is what it is as a key."""
        if not self._open:
            self.root = value
            return
        node = self._open[-1]
        node.size += size
        if isinstance(node.value, list):
            node.value.append(value)
        elif node.key is _NO_KEY:
            node.key = text
        elif not isinstance(node.key, str):
            self.dropped.append(f"{_place(event.start_mark)}: a key that is no text")
            node.key = _NO_KEY
        else:
            self._set(node, node.key, value, event)
            node.key = _NO_KEY

    def _set(self, node: _Node, key: str, value: object, event: Event) -> None:
        if key == _MERGE:
            node.merges.extend(value if isinstance(value, list) else [value])
            return
        values = node.value
        if isinstance(values, dict):
            if key in values:
                self.duplicates.append(f"{_place(event.start_mark)}: {key}")
            values[key] = value

    def _check_tag(self, event: Event) -> None:
        tag = event.tag
        if tag and tag != "!" and tag.removeprefix(_STANDARD_TAG) not in _PLAIN_TAGS:
            self.dropped.append(f"{_place(event.start_mark)}: the YAML tag {tag}")


def _merge(values: dict[str, object], merges: list[object]) -> None:
    """Take over what a merge key (https://yaml.org/type/merge.html) brings and the mapping does not set."""
    for other in merges:
        if isinstance(other, dict):
            for key, value in other.items():
                values.setdefault(key, value)


def _malformed(source: Source, error: Exception) -> MalformedSbom:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "broken YAML"
    return MalformedSbom(source.path, f"broken YAML: {problem}", place=_place(mark) if mark else "")


def _place(mark: Event) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}"
