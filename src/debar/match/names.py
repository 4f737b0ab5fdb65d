"""Names of parties, products and tokens: compared word by word, never by substring."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from debar.match.hit import Hit
from debar.model.policy import Article, Confidence, FactKind
from debar.text import forms, loose, typo_of, unmask, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.model.policy import Fact, Pack
    from debar.text import Folded

# "Kaspersky Lab <dev@example.com>" and "Kaspersky Lab (dev@example.com)" name the party before the bracket.
_BRACKET = re.compile(r"\s*[<(\[].*$", re.DOTALL)
_SEPARATOR = re.compile(r"[;,/|]| and ")
# No party has a longer name; guessing at longer text finds accidents.
_LONGEST_NAME = 80
_EDITION_NUMBER = re.compile(r"v?\d[\w]*")


class Parties:
    """Whole party names, legal forms and punctuation aside; an unknown tail after two known words is likely."""

    def __init__(self, pack: Pack) -> None:
        self._forms = frozenset(
            word for legal in pack.legal_forms for form in forms(legal) for word in words(form.text)
        )
        self._not_near = frozenset(pack.not_near)
        self._names: dict[tuple[str, ...], Fact] = {}
        for fact in pack.facts:
            if fact.kind is FactKind.PARTY:
                for value in fact.values:
                    for form in forms(value):
                        self._names.setdefault(self._bare(form.text), fact)
        self._typo_targets = {
            name[0]: fact
            for name, fact in self._names.items()
            if len(name) == 1 and name[0].isascii() and fact.article is Article.ENTITY
        }
        self._firsts = frozenset(name[0] for name in self._names if name)

    def _bare(self, text: str) -> tuple[str, ...]:
        """Return the words of a name without the legal forms at its ends."""
        parts = list(words(text))
        while len(parts) > 1 and parts[-1] in self._forms:
            parts.pop()
        while len(parts) > 1 and parts[0] in self._forms:
            parts.pop(0)
        return tuple(parts)

    def whole(self, value: str) -> Iterator[Hit]:
        """Match a value that is one party's name, or a list of names."""
        value = _BRACKET.sub("", value) or value
        hits = list(self._whole(value))
        if not hits and _SEPARATOR.search(value):
            hits = [hit for part in _SEPARATOR.split(value)[:20] for hit in self._whole(part)]
        yield from hits

    def _whole(self, value: str) -> Iterator[Hit]:
        for form in forms(value):
            bare = self._bare(form.text)
            if fact := self._names.get(bare):
                yield Hit(fact, Confidence.CERTAIN, form.folds)
                return
            if fact := self._names.get(bare[:2]):
                yield Hit(fact, Confidence.LIKELY, form.folds)
                return

    def guess(self, value: str) -> Iterator[Hit]:
        """Guess at letters joined or replaced and at one typing error; review only."""
        value = _BRACKET.sub("", value)
        if len(value) > _LONGEST_NAME:
            return
        for form in loose(value):
            if fact := self._names.get(self._bare(form.text)):
                yield Hit(fact, Confidence.LIKELY, form.folds)
                return
        form = unmask(value)
        for word in words(form.text)[:4]:
            for target, fact in self._typo_targets.items():
                if word not in self._not_near and (word,) not in self._names and typo_of(word, target):
                    yield Hit(fact, Confidence.LIKELY, (*form.folds, "typo"))
                    return

    def opening(self, value: str) -> Iterator[Hit]:
        """Match a title that opens with a party's name, as an unknown product's would: ``Kaspersky Thin Client``."""
        for form in forms(value):
            first, space, _ = form.text.partition(" ")
            if space and (fact := self._names.get((first,))):
                yield Hit(fact, Confidence.LIKELY, form.folds, unless_purl=True)
                return

    def inside(self, form: Folded) -> Iterator[Hit]:
        """Match a party named somewhere in folded prose; at most one hit."""
        text = words(form.text)
        if self._firsts.isdisjoint(text):
            return
        for start, word in enumerate(text):
            if word in self._firsts:
                for length in (3, 2, 1):
                    if fact := self._names.get(text[start : start + length]):
                        yield Hit(fact, Confidence.WEAK, form.folds)
                        return


class Phrases:
    """Sequences of whole words: product names, and tokens that say what is configured."""

    def __init__(self, pack: Pack, kind: FactKind) -> None:
        self._editions = frozenset(pack.edition_words)
        self._by_first: dict[str, list[tuple[tuple[str, ...], Fact]]] = {}
        for fact in pack.facts:
            if fact.kind is kind:
                for phrase in {words(form.text) for value in fact.values for form in forms(value)}:
                    self._by_first.setdefault(phrase[0], []).append((phrase, fact))
        for phrases in self._by_first.values():
            phrases.sort(key=lambda item: -len(item[0]))

    def find(self, form: Folded) -> Iterator[Hit]:
        """Match the longest phrase: certain when nothing but edition words is left, else likely; at most one hit."""
        text = words(form.text)
        if self._by_first.keys().isdisjoint(text):
            return
        best: tuple[int, Fact, tuple[str, ...]] | None = None
        for start, word in enumerate(text):
            for phrase, fact in self._by_first.get(word, ()):
                if text[start : start + len(phrase)] == phrase and (best is None or len(phrase) > best[0]):
                    best = len(phrase), fact, text[:start] + text[start + len(phrase) :]
        if best:
            _, fact, rest = best
            plain = all(word in self._editions or _EDITION_NUMBER.fullmatch(word) for word in rest)
            yield Hit(fact, Confidence.CERTAIN if plain else Confidence.LIKELY, form.folds)

    def in_value(self, value: str) -> Iterator[Hit]:
        """Match the phrase in any form of a value."""
        for form in forms(value):
            hits = list(self.find(form))
            if hits:
                yield from hits
                return
