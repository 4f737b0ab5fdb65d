"""SPDX 2.2/2.3 XML: the JSON schema's keys as elements, with a list as one element for each entry.

The Structs tell which elements are lists and which hold others, so that one package is a list of one. What is
no key of theirs is not kept; the raw sweep covers it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from msgspec import inspect

from debar.errors import MalformedSbom
from debar.read import tolerant
from debar.read.guarded_xml import GuardedXml
from debar.read.spdx2 import Reading, to_inventory
from debar.read.spdx2_types import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.model.inventory import Inventory
    from debar.read.limits import Source

_PLACED: Final = ("packages", "files", "snippets")


def read_xml(source: Source) -> Inventory:
    """Read a document; a value that SPDX does not allow costs that value only.

    Raises `MalformedSbom` for XML that is not well-formed, that has a document type declaration or another root
    than an SPDX document; `LimitExceeded` for more depth or components than allowed.
    """
    builder = _Builder(source)
    builder.parse()
    dropped = builder.dropped
    changed: list[str] = []

    def report(path: str, what: str) -> None:
        (dropped if what == tolerant.DROPPED else changed).append(path)

    document = tolerant.coerce(builder.document, Document, report)
    return to_inventory(
        Reading(
            form="SPDX XML",
            document=document,
            places=builder.places,
            dropped=dropped,
            changed=changed,
            duplicates=builder.duplicates,
        ),
        source,
    )


class _Key(NamedTuple):
    """What stands under a key: one value or many, texts (None) or Structs."""

    many: bool
    struct: type[msgspec.Struct] | None


@cache
def _keys(struct: type[msgspec.Struct]) -> dict[str, _Key]:
    info = inspect.type_info(struct)
    if not isinstance(info, inspect.StructType):
        return {}
    keys = {}
    for field in info.fields:
        kinds = list(_flat(field.type))
        structs = [kind.cls for kind in kinds if isinstance(kind, inspect.StructType)]
        keys[field.encode_name] = _Key(
            many=any(isinstance(kind, inspect.ListType) for kind in kinds), struct=structs[0] if structs else None
        )
    return keys


def _flat(kind: inspect.Type) -> Iterator[inspect.Type]:
    yield kind
    inner = kind.types if isinstance(kind, inspect.UnionType) else ()
    for one in (kind.item_type,) if isinstance(kind, inspect.ListType) else inner:
        yield from _flat(one)


class _Frame:
    """An open element; `key` is None where the Structs do not know it."""

    __slots__ = ("empty", "key", "tag", "texts", "values")

    def __init__(self, tag: str, key: _Key | None) -> None:
        self.tag = tag
        self.key = key
        self.texts: list[str] = []
        self.values: dict[str, object] = {}
        #: Whether it has no element in it, known or not.
        self.empty = True


class _Builder(GuardedXml):
    """The plain values of a document, in the shape of the JSON schema, without recursion."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.document: object = None
        self.dropped: list[str] = []
        self.duplicates: list[str] = []
        self.places: dict[str, list[tuple[int, int]]] = {kind: [] for kind in _PLACED}
        self._stack: list[_Frame] = []
        self._elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - the signature of all builders
        self.check_depth(len(self._stack))
        tag = name.rpartition(" ")[2]
        if not self._stack:
            if tag not in {"Document", "SpdxDocument"}:
                problem = f"the root element is {tag[:80]}, not an SPDX document"
                raise MalformedSbom(self.source.path, problem, place=self.place)
            self._stack.append(_Frame(tag, _Key(many=False, struct=Document)))
            return
        parent = self._stack[-1]
        parent.empty = False
        key = _keys(parent.key.struct).get(tag) if parent.key and parent.key.struct else None
        # Tools before spdx-tools 0.8 wrapped the document once more.
        if parent.tag == "SpdxDocument" and tag == "Document" and len(self._stack) == 1:
            key = parent.key
        if parent.key and not parent.key.struct:
            self.dropped.append(f"{self.place}: <{tag[:80]}> inside the text of <{parent.tag}>")
        self._stack.append(_Frame(tag, key))
        if tag in self.places and parent.key and parent.key.struct is Document:
            self.places[tag].append(self.position)
            self._elements += 1
            self.source.check_components(range(self._elements))

    def text(self, text: str) -> None:
        self._stack[-1].texts.append(text)

    def end(self, name: str) -> None:  # noqa: ARG002 - the signature of all builders
        frame = self._stack.pop()
        if frame.key is None:
            return
        value = self._finished(frame)
        if frame.key.struct is Document:
            if self.document is None:
                self.document = value
            elif value:
                self.dropped.append(f"{self.place}: values outside the document")
            return
        values = self._stack[-1].values
        if frame.key.many:
            entries = values.setdefault(frame.tag, [])
            if isinstance(entries, list):
                entries.append(value)
        elif value is not None:
            if frame.tag in values:
                self.duplicates.append(f"{self.place}: {frame.tag}")
            values[frame.tag] = value

    def _finished(self, frame: _Frame) -> object:
        text = "".join(frame.texts).strip()
        if text and frame.values:
            self.dropped.append(f"{self.place}: text between the elements of <{frame.tag}>")
        if frame.values or (frame.key and frame.key.struct and not (frame.empty or text)):
            return frame.values
        return text or None
