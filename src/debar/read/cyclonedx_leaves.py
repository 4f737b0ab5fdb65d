"""The texts in the rare parts of a CycloneDX document, each with its field.

Licences, evidence, model cards and the like are decoded without types and walked along the table of paths,
so that whatever stands in them is read and odd shapes cost nothing.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Final

from debar.model.fields import FIELDS, Role
from debar.model.inventory import Has, is_bom_link
from debar.read.cyclonedx_paths import IDENTITY_FIELDS, PATHS
from debar.read.tolerant import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    import msgspec

Found = tuple[tuple[str, str], ...]

# A text where the table expects an object is the part of it that people mean.
_MEANT = ("name", "content", "expression", "url")
_CACHED = 1 << 14

_FLAGS: Final[dict[str, int]] = {
    "purl": int(Has.PURL),
    "cpe": int(Has.CPE),
    "swid": int(Has.SWID),
    "hash": int(Has.HASH),
    "supplier": int(Has.SUPPLIER | Has.PARTY),
    "provider": int(Has.SUPPLIER | Has.PARTY),
    "manufacturer": int(Has.PARTY),
    "publisher": int(Has.PARTY),
    "author": int(Has.PARTY),
    "licensor": int(Has.PARTY),
}
# A licence is prose that may be an address.
_LINKING: Final = frozenset(
    key for key, field in FIELDS.items() if field.role in {Role.ADDRESS, Role.NEUTRAL} or key == "licence"
)
# Real documents also hold "pkg:/", "NOASSERTION" and plain URLs.
_PURL: Final = re.compile(r"(?i:pkg):/*[^/]+/.", re.DOTALL).match
_SAYS_NOTHING = frozenset({"", "noassertion", "none", "unknown", "n/a", "-", "null"})


def flag(field: str, text: str) -> int:
    """Return the `Has` flags of what a text of a field identifies, as a plain number.

    Placeholders and broken purls and CPEs identify nothing. Numbers, since combining flags of an enum for
    every part of every component costs as much as the rest of the reading.
    """
    known = _FLAGS.get(field, 0)
    if not known:
        return 0
    if field == "purl":
        return known if _PURL(text) else 0
    if field == "cpe":
        return known if text[:4].lower() == "cpe:" else 0
    return 0 if text.strip().lower() in _SAYS_NOTHING else known


class Place:
    """A node of the table of paths: the field of a text here, the places below, and what all else below is."""

    __slots__ = ("below", "deep", "field")

    def __init__(self) -> None:
        self.field = ""
        self.below: dict[str, Place] = {}
        self.deep: Place | None = None

    def child(self, key: str) -> Place | None:
        """Return the place of a key, or None when no schema has it and no wildcard covers it."""
        place = self.below.get(key) or self.deep
        if place is None and key == "content" and self.field:
            # XML: a text that has attributes too. JSON has a plain text in the same place.
            return self
        return place


def _wildcard(field: str) -> Place:
    place = Place()
    place.field = field
    place.deep = place
    return place


def _inherit(root: Place) -> None:
    todo = [root]
    for place in todo:
        for below in place.below.values():
            if below.deep is None:
                below.deep = place.deep
            if not below.field:
                below.field = next((below.below[key].field for key in _MEANT if key in below.below), "")
            if not below.field and below.deep is not None:
                below.field = below.deep.field
            todo.append(below)


@cache
def tree(node: str) -> Place:
    """Return the table of a node ("component", "service", "document") as a tree of places."""
    root = Place()
    for path, field in PATHS[node].items():
        place = root
        *parents, last = path.split(".")
        for key in parents if last == "**" else (*parents, last):
            place = place.below.setdefault(key, Place())
        if last == "**":
            place.deep = _wildcard(field)
        place.field = field
    _inherit(root)
    return root


@cache
def place_of(node: str, path: str) -> Place:
    """Return the place of a path that the table knows; raises KeyError for another."""
    place = tree(node)
    for key in path.split("."):
        place = place.below[key]
    return place


def walk(value: object, place: Place) -> Iterator[tuple[str, str]]:
    """Yield (field, text) for each text in a decoded value.

    Text that is base64 is yielded decoded when it is UTF-8. What no schema knows is left to the raw sweep.
    """
    todo: list[tuple[object, Place]] = [(value, place)]
    while todo:
        value, place = todo.pop()
        if isinstance(value, dict):
            value, place = _understood(value, place)
            for key, inner in value.items():
                below = place.below.get(key) or place.child(key)
                if below is None:
                    continue
                # Texts are the most of it: they are yielded here, only containers wait.
                if isinstance(inner, str):
                    if inner and below.field:
                        # A `bom-ref` is the element's own name, never a link.
                        yield (_field(below, inner) if key != "bom-ref" else below.field), inner
                elif isinstance(inner, dict | list):
                    todo.append((inner, below))
        elif isinstance(value, list):
            todo.extend((inner, place) for inner in reversed(value))
        elif isinstance(value, str) and value and place.field:
            yield _field(place, value), value


def _field(place: Place, value: str) -> str:
    # A BOM-Link where an address or a reference may stand points to another document.
    return "link" if is_bom_link(value) and place.field in _LINKING else place.field


def _understood(value: dict[str, object], place: Place) -> tuple[dict[str, object], Place]:
    """Decode an attachment and give a conclusion on identity the place that fits what it is about."""
    if "encoding" in value:
        value = _opened(value)
    if "concludedValue" in value and "concludedValue" in place.below:
        return value, _identity(place, IDENTITY_FIELDS.get(str(value.get("field")), "identifier"))
    return value, place


@cache
def _identity(place: Place, field: str) -> Place:
    here = Place()
    here.below = {**place.below, "concludedValue": _wildcard(field)}
    return here


def _opened(value: dict[str, object]) -> dict[str, object]:
    """Return an attachment with its base64 decoded; anything else as it is."""
    content = value.get("content")
    encoding = value.get("encoding")
    if not isinstance(content, str) or not (encoding is None or str(encoding).strip().lower() == "base64"):
        return value
    bare = "".join(content.split())
    try:
        data = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return value
    text = _text_of(data)
    # Without a declared encoding a short word may be base64 by accident; both readings count then.
    return {**value, "content": text} if encoding else {**value, "content": f"{content}\n{text}"}


def _text_of(data: bytes) -> str:
    """Decode attached text: UTF-16 with a mark, else UTF-8, else whatever letters there are."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


class Leaves:
    """Walks rare parts and remembers what it found: licences and suppliers repeat."""

    def __init__(self) -> None:
        self._seen: defaultdict[Place, dict[bytes, tuple[Found, int]]] = defaultdict(dict)

    def of(self, raw: msgspec.Raw, place: Place) -> tuple[Found, int]:
        """Return (field, text) for each text of a raw part, and the flags of all that they identify."""
        seen, key = self._seen[place], bytes(raw)
        found = seen.get(key)
        if found is None:
            if len(seen) >= _CACHED:
                seen.clear()
            texts = tuple(walk(plain(raw), place))
            flags = 0
            for field, text in texts:
                flags |= flag(field, text)
            found = seen[key] = texts, flags
        return found
