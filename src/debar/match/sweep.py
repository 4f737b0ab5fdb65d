"""The net under all readers: stems in the raw text that no mention explains.

A section that no reader knows, a key that a duplicate shadows, text in an unknown attribute: whatever
names the vendor anywhere in the bytes is either explained by a mention or becomes evidence with its line.
"""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

from debar.match.hit import lower
from debar.model.decision import Evidence
from debar.model.fields import FIELDS, Role
from debar.model.policy import Confidence, FactKind
from debar.text import forms, obfuscated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.model.inventory import Document, Inventory
    from debar.model.policy import Fact, Pack

# What can hide a letter, each with a cheap test for whether it occurs at all: JSON escapes, numeric entities,
# percent escapes of characters that never need one, punycode.
_HIDING = (
    (b"\\u", rb"\\u[0-9a-f]{4}"),
    (b"&#", rb"&#"),
    (b"%", rb"%(?:[46][1-9a-f]|[57][0-9a]|3[0-9]|25|[89a-f][0-9a-f])"),
    (b"xn--", rb"xn--"),
)
_JSON_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
_HIDDEN = re.compile(r"[%&\\]|xn--|[^ -~\n]", re.IGNORECASE)
_PLAIN_ESCAPE = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_BACKSLASH = ord("\\")
_LONGEST = 20_000


class Spot(NamedTuple):
    """A string of the raw text that holds a stem: the decoded string, its byte offset, the fact and the folds."""

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
        plain = sorted(stem for stem in self._facts if stem.isascii())
        self._raw = tuple(stem.encode() for stem in plain)
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
        return text.isascii() and _HIDDEN.search(text) is None and self._plain.search(text) is None

    def spots(self, document: Document) -> Iterator[Spot]:
        """Yield each string of a document's raw text that holds a stem, in order."""
        text = bytes(document.text)
        enclosing = _json_string if document.format.endswith("JSON") else _segment
        decoded = unescape if document.format.endswith("XML") else str
        end = 0
        for position in self._positions(text):
            if position < end:
                continue
            start, end, string = enclosing(text, position)
            found = self.seen(string)
            if found:
                yield Spot(decoded(string), start, *found)

    def _positions(self, text: bytes) -> list[int]:
        """Return where a stem stands or may hide, in order; searching bytes is cheap, patterns are not."""
        lowered = text.lower()
        positions = [position for stem in self._raw for position in _find_all(lowered, stem)]
        patterns = [pattern for sign, pattern in _HIDING if sign in lowered]
        if not text.isascii():
            patterns.append(rb"[\x80-\xff]+")
        if patterns:
            positions += [match.start() for match in re.finditer(b"|".join(patterns), lowered)]
        return sorted(positions)


def _find_all(text: bytes, stem: bytes) -> Iterator[int]:
    position = text.find(stem)
    while position >= 0:
        yield position
        position = text.find(stem, position + 1)


def _json_string(text: bytes, position: int) -> tuple[int, int, str]:
    """Return (start, end, decoded text) of the JSON string around a position."""
    start = position
    while (start := text.rfind(b'"', max(0, start - _LONGEST), start)) > 0 and _escaped(text, start):
        pass
    start += 1
    end = position
    while (end := text.find(b'"', end, end + _LONGEST)) >= 0 and _escaped(text, end):
        end += 1
    if end < 0:
        end = min(len(text), position + _LONGEST)
    return start, end, _unescape(text[start:end].decode("utf-8", "replace"))


def _escaped(text: bytes, quote: int) -> bool:
    slashes = 0
    while quote - slashes > 0 and text[quote - slashes - 1] == _BACKSLASH:
        slashes += 1
    return slashes % 2 == 1


def _unescape(string: str) -> str:
    return _JSON_ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _PLAIN_ESCAPE.get(m[2], m[2]), string)


_BREAKS = re.compile(rb'[<>"\'\r\n]')


def _segment(text: bytes, position: int) -> tuple[int, int, str]:
    """Return (start, end, text) of the run around a position that no quote, bracket or line end breaks."""
    floor = max(0, position - _LONGEST)
    start = max((match.end() for match in _BREAKS.finditer(text, floor, position)), default=floor)
    found = _BREAKS.search(text, position, position + _LONGEST)
    end = found.start() if found else min(len(text), position + _LONGEST)
    return start, end, text[start:end].decode("utf-8", "replace").strip()


def unexplained(inventory: Inventory, stems: Stems) -> list[Evidence]:
    """Return evidence for every raw string that holds a stem and that the inventory does not account for.

    A string is explained by a mention that equals it, holds it or is part of it, or by a reference. Where
    every such mention is neutral, JSON strings must also be no more frequent than the mentions, so that a
    shadowed supplier cannot hide behind a tool of the same name.
    """
    spots = [(document, spot) for document in inventory.documents for spot in stems.spots(document)]
    if not spots:
        return []
    counts, judged = _mentioned(inventory, stems)
    frequency = Counter(spot.text for _, spot in spots)
    evidence: dict[tuple[int, str], Evidence] = {}
    for document, spot in spots:
        related = [value for value in counts if value in spot.text or spot.text in value]
        if spot.text in inventory.refs or any(value in judged for value in related):
            continue
        exact_limit = document.format.endswith("JSON") and spot.text in counts
        if related and not (exact_limit and frequency[spot.text] > sum(counts[value] for value in related)):
            continue
        key = (document.product, spot.text)
        if key not in evidence:
            evidence[key] = _evidence(document, spot)
    return list(evidence.values())


def _mentioned(inventory: Inventory, stems: Stems) -> tuple[Counter[str], set[str]]:
    """Count the mentions that hold a stem; the second answer is those in a field that matching judges."""
    counts: Counter[str] = Counter()
    judged: set[str] = set()
    for field in inventory.mentions.fields():
        wanted = {value for value in inventory.mentions.distinct(field) if stems.seen(value)}
        if wanted:
            counts.update(value for value, _ in inventory.mentions.owners(field, wanted))
            if FIELDS[field].role is not Role.NEUTRAL:
                judged |= wanted
    return counts, judged


def _evidence(document: Document, spot: Spot) -> Evidence:
    line, column = place(document.text, spot.offset)
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
    head = bytes(text[:offset])
    start = head.rfind(b"\n") + 1
    return head.count(b"\n") + 1, len(head[start:].decode("utf-8", "replace")) + 1
