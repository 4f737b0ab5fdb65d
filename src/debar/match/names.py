"""Names of parties, products and tokens: compared word by word, never by substring."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from debar.match.anchors import telling
from debar.match.hit import Hit
from debar.model.policy import Article, Confidence, FactKind
from debar.text import TYPO_LENGTHS, Folded, forms, loose, typo_of, unmask, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from debar.model.policy import Fact, Pack

# "Kaspersky Lab <dev@example.com>" and "Kaspersky Lab (dev@example.com)" name the party before the bracket.
_BRACKET = r"[<(\[]"
_EMAIL = r"[^\s<>()@]{1,100}@[^\s<>()@]{1,253}"
# "KasperskyLab" is two words to the eye; trademark signs fold to letters that would stick to the name.
_HUMP = r"(?<=[a-z])(?=[A-Z])"
_MARKS = str.maketrans("™®©℠", "    ")
_SEPARATOR = r"[;,/|]| and "
# No party has a longer name; guessing at longer text finds accidents.
_LONGEST_NAME = 80
# Letters that digits and signs stand for (`text.loose`); everything else that is no letter goes, line ends aside.
_SKELETON = bytes.maketrans(b"013457@$l", b"oieastasi")
_NO_LETTERS = b"!\"#%&'()*+,-./:;<=>?[\\]^_`{|}~ \t\r\x0b\x0c"
_EDITION_NUMBER = r"v?\d[\w]*"


class Parties:
    """Whole party names, legal forms and punctuation aside; an unknown tail after two known words is likely."""

    def __init__(self, pack: Pack, stems: Collection[str] = ()) -> None:
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
        joined = ("".join(name) for name in self._names)
        plain = {name.encode().translate(_SKELETON) for name in joined if name.isascii()}
        # A name that holds another is seen by the shorter one.
        self._skeletons = sorted(one for one in plain if not any(other in one for other in plain - {one}))
        #: One word of every name in ASCII, and the names that are looked for with one slip.
        self.words = {telling(name, stems) for name in self._names if name and all(map(str.isascii, name))}
        self.targets = [target for target in self._typo_targets if len(target) in TYPO_LENGTHS]
        initials = {target[0] for target in self._typo_targets}
        self._typos = [_typo_pattern([one for one in self._typo_targets if one[0] == first]) for first in initials]

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
        value = value.translate(_MARKS)
        name = re.split(_BRACKET, value, maxsplit=1)[0].strip() or value
        hits = list(self._whole(name))
        if not hits and re.search(_SEPARATOR, name):
            hits = [hit for part in re.split(_SEPARATOR, name) for hit in self._whole(part)]
        yield from hits

    def named(self, value: str) -> Iterator[Hit]:
        """Match a value of a party field: one party, several, or a party named beside others, which is likely.

        A given name before a lone surname is a person (people are called Kaspersky too), e-mail addresses aside.
        """
        hits = list(self.whole(value))
        if not hits:
            for form in forms(re.sub(_EMAIL, " ", value.translate(_MARKS))):
                text = words(form.text)
                person = len(text) == len(("given", "surname")) and text[1:] in self._names
                hits = [] if person else [hit._replace(cap=Confidence.LIKELY) for hit in self.inside(form)]
                if hits:
                    break
        yield from hits or self.guess(value)

    def _whole(self, value: str) -> Iterator[Hit]:
        for form in forms(value):
            bare = self._bare(form.text)
            if fact := self._names.get(bare):
                yield Hit(fact, Confidence.CERTAIN, form.folds)
                return
            if fact := self._names.get(bare[:2]):
                yield Hit(fact, Confidence.LIKELY, form.folds)
                return

    def resembled(self, value: str) -> bool:
        """Tell cheaply whether `guess` may see something in plain ASCII text, or in lines of it."""
        text = value.lower().encode("ascii", "replace")
        bare = text.translate(_SKELETON, _NO_LETTERS)
        return any(one in bare for one in self._skeletons) or any(pattern.search(text) for pattern in self._typos)

    def suspects(self, values: Sequence[str]) -> Iterator[str]:
        """Yield the values that `guess` may see something in, by halves: nearly always there is none."""
        if not self.resembled("\n".join(values)):
            return
        middle = len(values) // 2
        if middle:
            yield from self.suspects(values[:middle])
            yield from self.suspects(values[middle:])
        else:
            yield from values

    def guess(self, value: str) -> Iterator[Hit]:
        """Guess at letters joined or replaced and at one typing error; review only."""
        value = re.split(_BRACKET, value[: 2 * _LONGEST_NAME], maxsplit=1)[0]
        if len(value) > _LONGEST_NAME:
            return
        for form in (*loose(value), *humps(value)):
            if fact := self._names.get(self._bare(form.text)):
                yield Hit(fact, Confidence.LIKELY, form.folds)
                return
        form = unmask(value)
        for word in words(form.text)[:4]:
            for target, fact in self._typo_targets.items():
                if word not in self._not_near and (word,) not in self._names and typo_of(word, target):
                    yield Hit(fact, Confidence.LIKELY, (*form.folds, "typo"))
                    return

    def title(self, value: str) -> Iterator[Hit]:
        """Match a party named in a title of several words, as an unknown product's would: ``Kaspersky Thin Client``."""
        for form in forms(value):
            hits = [hit._replace(cap=Confidence.LIKELY) for hit in self.inside(form)] if " " in form.text else []
            if hits:
                yield from hits
                return

    def part(self, parts: Iterable[str]) -> Iterator[Hit]:
        """Match a party's whole name as one part of a path, host or id; at most one hit, and only likely."""
        for part in parts:
            for form in forms(part):
                if fact := self._names.get(self._bare(form.text)):
                    yield Hit(fact, Confidence.LIKELY, form.folds)
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


def _typo_pattern(targets: list[str]) -> re.Pattern[bytes]:
    """Return a pattern that every word one slip away from a target matches (`typo_of`), and few others.

    The slip comes after the second letter, or all that follows the third one is right. The targets share
    their first letter: a pattern that begins with one letter is found many times faster.
    """
    seconds, tails = "".join({one[1] for one in targets}), "|".join(re.escape(one[3:]) for one in targets)
    rest = rf"(?:[{seconds}][0-9a-z]{{4,10}}|[0-9a-z]{{1,3}}(?:{tails}))(?![0-9a-z])"
    return re.compile(rf"{targets[0][0]}(?<![0-9a-z].){rest}".encode())


def humps(value: str) -> tuple[Folded, ...]:
    """Read capitals inside a word as the beginnings of words (``KasperskyEndpointSecurity``); a guess, for review."""
    split = re.sub(_HUMP, " ", value)
    return tuple(Folded(form.text, (*form.folds, "split")) for form in forms(split)) if split != value else ()


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
        best: tuple[int, int, Fact] | None = None
        for start, word in enumerate(text):
            for phrase, fact in self._by_first.get(word, ()):
                if (best is None or len(phrase) > best[0]) and text[start : start + len(phrase)] == phrase:
                    best = len(phrase), start, fact
        if best:
            length, start, fact = best
            rest = (*text[:start], *text[start + length :])
            plain = all(word in self._editions or re.fullmatch(_EDITION_NUMBER, word) for word in rest)
            yield Hit(fact, Confidence.CERTAIN if plain else Confidence.LIKELY, form.folds)

    def in_value(self, value: str) -> Iterator[Hit]:
        """Match the phrase in any form of a value."""
        for form in forms(value):
            hits = list(self.find(form))
            if hits:
                yield from hits
                return
        for form in humps(value[:_LONGEST_NAME]):
            for hit in self.find(form):
                # Written as one word with others, the name may be a part of somebody else's.
                yield hit._replace(cap=Confidence.LIKELY, unless_purl=hit.cap is not Confidence.CERTAIN)
