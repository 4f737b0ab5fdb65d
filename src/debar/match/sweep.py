"""The net under all readers: stems in the raw text that no mention explains.

A section that no reader knows, a key that a duplicate shadows, text in an unknown attribute: whatever
names the vendor anywhere in the bytes is either explained by a mention or becomes evidence with its line.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from debar.match.gate import automaton
from debar.match.hit import lower
from debar.model.decision import Evidence
from debar.model.policy import Confidence, FactKind
from debar.text import forms, obfuscated, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from debar.model.inventory import Document, Inventory
    from debar.model.policy import Fact, Pack

# What can hide a letter, each with a cheap test for whether it occurs at all: escapes of JSON and YAML, entities,
# percent escapes of characters that never need one, punycode.
_HIDING = (
    (b"\\", rb"\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\[bf\n]"),
    (b"&", rb"&#|&[a-z]{2,8};"),
    (b"%", rb"%(?:[46][1-9a-f]|[57][0-9a]|3[0-9]|25|[89a-f][0-9a-f])"),
    (b"xn--", rb"xn--"),
)
_NOT_ASCII = rb"[\x80-\xff]+"
# From this size on it pays to import RE2.
_LARGE = 1 << 20
_HIDDEN = re.compile(r"[%&\\]|xn--|[^ -~\n]", re.IGNORECASE)
_ESCAPE = r"(?s)\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))"
# What XML allows inside a text without being a part of it.
_XML_BREAKS = rb"(?s)<!--.*?-->|<!\[CDATA\[|\]\]>|<\?.*?\?>"
_LONGEST = 20_000
_BACKSLASH = ord("\\")
# From here on scripts write words without spaces between them (Unicode blocks CJK Radicals and above).
_SPACELESS = "\u2e80"


class Spot(NamedTuple):
    """A string of the raw text that holds a stem: the decoded string, its byte offset (-1 if unknown), fact, folds."""

    text: str
    offset: int
    fact: Fact
    folds: tuple[str, ...]


class Stems:
    """The pack's stems and how to see one in a string."""

    def __init__(self, pack: Pack) -> None:
        self._facts: dict[str, Fact] = {}
        for fact in pack.facts:
            if fact.kind is FactKind.STEM:
                for value in fact.values:
                    self._facts.update({form.text: fact for form in forms(value)})
        self._warm = False
        plain = sorted(stem for stem in self._facts if stem.isascii())
        #: Those that are searched for as they stand.
        self.plain = tuple(plain)
        self._plain = re.compile("|".join(map(re.escape, plain)) or r"(?!)", re.IGNORECASE)

    def seen(self, value: str) -> tuple[Fact, tuple[str, ...]] | None:
        """Return the stem's fact and the folds needed to see it, or None."""
        if self.quiet(value):
            return None
        for form in forms(value):
            for stem, fact in self._facts.items():
                if stem in form.text:
                    return fact, form.folds
        return None

    def quiet(self, text: str) -> bool:
        """Tell cheaply that a text holds no stem, openly or hidden."""
        return text.isascii() and _HIDDEN.search(text) is None and not self.open(text)

    def open(self, text: str) -> bool:
        """Tell whether a text holds an ASCII stem as it stands."""
        return self._plain.search(text) is not None

    def stands_alone(self, value: str) -> bool:
        """Tell whether a stem is a word of its own, or stands in a script that writes no spaces."""
        text = forms(value)[-1].text
        parts = words(text)
        return any(stem in parts or (stem[0] >= _SPACELESS and stem in text) for stem in self._facts)

    def warm(self) -> None:
        """Get ready for many small texts: RE2 takes a tenth of the time once it is there."""
        self._warm = True
        self._everywhere.search(b"")

    def spots(self, document: Document) -> Iterator[Spot]:
        """Yield each string of a document's raw text that holds a stem, in order."""
        text = bytes(document.text)
        yield from self._spots(text, document.format, known=True, silent=document.silent)
        if document.format.endswith("XML") and (joined := re.sub(_XML_BREAKS, b"", text)) != text:
            yield from self._spots(joined, document.format, known=False)

    def _spots(
        self, text: bytes, format_: str, *, known: bool, silent: Sequence[tuple[int, int]] = ()
    ) -> Iterator[Spot]:
        enclosing = _json_string if format_.endswith("JSON") else partial(_segment, format_=format_)
        end = 0
        for position in self._positions(text, silent):
            if position < end:
                continue
            start, end, string = enclosing(text, position)
            string = _unentity(string) if format_.endswith("XML") else string
            found = self.seen(string)
            if found:
                yield Spot(string, start if known else -1, *found)

    def _positions(self, text: bytes, silent: Sequence[tuple[int, int]]) -> list[int]:
        """Return where a stem stands or may hide, in order; searching bytes is cheap, patterns are not."""
        if len(text) > _LARGE or self._warm:
            # What the gate is silent about holds none: it stops at all that is looked for here.
            loud = zip([0, *(end for _, end in silent)], [*(start for start, _ in silent), len(text)], strict=True)
            return [match.start() for begin, end in loud for match in self._everywhere.finditer(text, begin, end)]
        lowered = text.lower()
        positions = [position for stem in self.plain for position in _find_all(lowered, stem.encode())]
        patterns = [pattern for sign, pattern in _HIDING if sign in lowered]
        if not text.isascii():
            patterns.append(_NOT_ASCII)
        if patterns:
            positions += [match.start() for match in re.finditer(b"|".join(patterns), lowered)]
        return sorted(positions)

    @cached_property
    def _everywhere(self) -> re.Pattern[bytes]:
        stems = (re.escape(stem).encode() for stem in self.plain)
        return automaton(b"|".join((*stems, *(pattern for _, pattern in _HIDING), _NOT_ASCII)))


def _find_all(text: bytes, stem: bytes) -> Iterator[int]:
    position = text.find(stem)
    while position >= 0:
        yield position
        position = text.find(stem, position + 1)


def _json_string(text: bytes, position: int) -> tuple[int, int, str]:
    """Return (start, end, decoded text) of the JSON string around a position, at most `_LONGEST` each way."""
    floor = max(0, position - _LONGEST)
    start = text.rfind(b'"', floor, position)
    while start >= 0 and _escaped(text, start, floor):
        start = text.rfind(b'"', floor, start)
    start = floor if start < 0 else start + 1
    limit = min(len(text), position + _LONGEST)
    end = text.find(b'"', position, limit)
    while end >= 0 and _escaped(text, end, floor):
        end = text.find(b'"', end + 1, limit)
    end = limit if end < 0 else end
    raw = text[start:end]
    try:
        return start, end, msgspec.json.decode(b'"' + raw + b'"', type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return start, end, _unescape(raw.decode("utf-8", "replace"))


def _escaped(text: bytes, quote: int, floor: int) -> bool:
    slashes = 0
    while quote - slashes > floor and text[quote - slashes - 1] == _BACKSLASH:
        slashes += 1
    return slashes % 2 == 1


def _unescape(string: str) -> str:
    return re.sub(_ESCAPE, lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else m[3], string)


def _unentity(string: str) -> str:
    from html import unescape

    try:
        return unescape(string)
    except ValueError:
        # A numeric entity of more digits than Python turns into an integer names no character.
        return string


_LINE_BREAKS = (b"\r", b"\n")
_TEXT_BREAKS = (b"<", b">", *_LINE_BREAKS)
_VALUE_BREAKS = (b'"', b"'", *_TEXT_BREAKS)


def _segment(text: bytes, position: int, *, format_: str) -> tuple[int, int, str]:
    """Return (start, end, text) of the run around a position that nothing breaks.

    A line of tag-value is one value. Elsewhere brackets break, and quotes where they delimit values: in YAML and
    within a tag of XML.
    """
    floor = max(0, position - _LONGEST)
    in_tag = text.rfind(b"<", floor, position) > text.rfind(b">", floor, position)
    in_xml = _VALUE_BREAKS if in_tag else _TEXT_BREAKS
    breaks = {"tag-value": _LINE_BREAKS, "YAML": _VALUE_BREAKS}.get(format_.rpartition(" ")[2], in_xml)
    limit = min(len(text), position + _LONGEST)
    start = max(floor, *(text.rfind(sign, floor, position) + 1 for sign in breaks))
    for sign in breaks:
        # Each look stops where the one before it found something, so that all are as short as the text is.
        found = text.find(sign, position, limit)
        limit = found if found >= 0 else limit
    end = limit
    return start, end, _unescape(text[start:end].decode("utf-8", "replace").strip())


def unexplained(
    inventory: Inventory, stems: Stems, loud: Collection[str], told: Mapping[str, Collection[str]]
) -> list[Evidence]:
    """Return evidence for every raw string that holds a stem and that the inventory does not account for.

    A value that made likely or certain evidence (`loud`) explains all its occurrences, and so does a
    reference, which is judged where it is defined. Any other mention, neutral or weak, explains one: a
    shadowed supplier cannot hide behind a tool of the same name. `told` are the values of each field that may hold a
    stem.
    """
    spots = [(document, spot) for document in inventory.documents for spot in stems.spots(document)]
    if not spots:
        return []
    ledger = _Ledger(inventory, stems, loud, told)
    evidence: dict[tuple[int, str], Evidence] = {}
    for document, spot in spots:
        key = (document.product, spot.text)
        if not ledger.explains(spot, document) and key not in evidence:
            evidence[key] = _evidence(document, spot)
    return list(evidence.values())


# A tag-value or YAML line may put a tag and the kind of party before a name, and an address after it.
_TAG = r"^(?:[-\s]*[\w-]+\s*:\s+)+"
_TEXT_TAGS = r"</?text>"
_AFTER = r"(?s)\s*[(<](?P<inner>[^()<>]*).*$"


def _readings(text: str, stems: Stems, *, line: bool) -> Iterator[str]:
    """Yield the values that a reader may have taken out of a string, or out of a line of tag-value."""
    yield text
    bare = re.sub(_TEXT_TAGS, "", re.sub(_TAG, "", text)).strip()
    yield bare
    name = re.sub(_AFTER, "", bare)
    yield name
    if (address := re.search(_AFTER, bare)) and not stems.seen(name):
        yield address["inner"]
    if line:
        # The two ends of a relationship; the locator of an external reference.
        yield from bare.split(" ")[:3:2]


class _Ledger:
    """The mentions that hold a stem, and how many occurrences each may still explain."""

    def __init__(
        self, inventory: Inventory, stems: Stems, loud: Collection[str], told: Mapping[str, Collection[str]]
    ) -> None:
        self._refs = inventory.refs
        self._stems = stems
        self._loud: set[str] = set()
        self._left: Counter[str] = Counter()
        self._folded: list[str] = []
        for field, values in told.items():
            wanted = {value for value in values if stems.seen(value)}
            for value, _ in inventory.mentions.owners(field, wanted) if wanted else ():
                # A text of several lines is found line by line, a property is "name=value".
                pieces = {value, *(line.strip() for line in value.splitlines()), *value.split("=", 1)}
                if value in loud:
                    self._loud |= pieces
                else:
                    self._left.update(pieces)
                    self._folded.append(" ".join(value.split()))
        self._folded = self._folded[:_MOST_FOLDED]
        self._seen_twice: set[str] = set()

    def explains(self, spot: Spot, document: Document) -> bool:
        readings = list(_readings(spot.text, self._stems, line=document.format.endswith("tag-value")))
        if not self._refs.isdisjoint(readings) or not self._loud.isdisjoint(readings):
            return True
        if spot.offset < 0:
            # The second look at XML, without comments, meets every string of the first one again.
            return any(reading in self._seen_twice or reading in self._left for reading in readings)
        for reading in readings:
            if self._left[reading] > 0:
                self._left[reading] -= 1
                self._seen_twice.add(reading)
                return True
        # YAML folds the lines of a text into one.
        return document.format.endswith("YAML") and any(readings[1] in text for text in self._folded)


_MOST_FOLDED = 1_000


def _evidence(document: Document, spot: Spot) -> Evidence:
    line, column = place(document.text, spot.offset) if spot.offset >= 0 else (0, 0)
    return Evidence(
        component=document.product,
        field="raw-text",
        value=spot.text,
        fact=spot.fact,
        confidence=lower(spot.fact.confidence, Confidence.LIKELY),
        folds=spot.folds,
        obfuscated=obfuscated(spot.folds),
        line=line,
        column=column,
    )


def place(text: bytes | memoryview, offset: int) -> tuple[int, int]:
    """Return the 1-based line and column (in characters) of a byte offset."""
    whole = bytes(text)
    start = whole.rfind(b"\n", 0, offset) + 1
    return whole.count(b"\n", 0, offset) + 1, len(whole[start:offset].decode("utf-8", "replace")) + 1
