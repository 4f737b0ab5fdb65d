"""One pass over a text for all that could make evidence or a near miss: what it does not point at is silent.

Most of a large SBOM names nothing of the vendor's. Judging each of its values takes a hundred times as long as one
automaton takes to run over all of them, so the values that are judged are only those it stops at (RE2, whose time
does not grow with the pattern; Python's own `re` takes a thousand times as long). It stops too
often rather than not at all: at an anchor of any fact, a stem, anything that may hide a letter, and whatever
`Parties.guess` may guess from. The same holds for JSON text, where a value stands with its escapes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

from debar.text import unmask

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

# Bytes that are no plain text; escapes but for quotes, slashes and white space; entities; percent escapes of
# characters that never need one; punycode; base64.
_HIDING = (
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]",
    rb'\\[^"/nrt]',
    rb"&(?:#|[a-z]{2})",
    rb"%(?:[46][1-9a-f]|[57][0-9a]|3[0-9]|25|[89a-f][0-9a-f])",
    rb"xn--",
    rb'"encoding"',
)
# A word begins or ends here; what escapes stand for is no letter.
_BEFORE = rb"(?:\b|_|\\[nrt]|%[0-9a-f]{2})"
_AFTER = rb"(?:\b|_)"
# `text.loose` joins over these, and reads these digits and signs as letters.
_JOINT = rb"(?:[ \t\r._-]|\\[nrt])*"
_LEET = {"a": b"[a4@]", "e": b"[e3]", "i": b"[i1]", "l": b"[l1]", "o": b"[o0]", "s": b"[s5$]", "t": b"[t7]"}
_ASCII = range(0x80)
# ASCII and the letters of Latin-1 Supplement and Latin Extended-A and B (Unicode blocks).
_MARKED = re.compile("[\0-\x7f\xc0-\u024f]*")
_LONGEST = 4_096
_KNOWN = 1 << 14
# As many values are judged while RE2 is imported.
_FEW = 1_000


class Gate:
    """Where a text may name something of the vendor's.

    `anchors` are words of which every fact has one, `stems` what counts inside words too, `parties` words of
    which every party's name has one, `targets` the names that may be mistyped; all are folded and in ASCII.
    """

    def __init__(
        self, anchors: Iterable[str], stems: Collection[str], parties: Iterable[str], targets: Iterable[str]
    ) -> None:
        self._words = anchors, stems, parties, targets
        self._warm = False

    @cached_property
    def pattern(self) -> bytes:
        """What the automaton looks for; a small document does without."""
        anchors, stems, parties, targets = self._words

        def open_(texts: Iterable[str]) -> list[str]:
            return sorted(text for text in set(texts) if not any(stem in text for stem in stems))

        words = b"|".join(re.escape(word).encode() for word in open_(anchors))
        return b"|".join(
            (
                *_HIDING,
                *(_BEFORE + b"(?:" + words + b")" + _AFTER for _ in words[:1]),
                *(_joined(one) for one in sorted({*open_(parties), *stems})),
                *(slip.encode() for slip in open_(slip for target in targets for slip in _slips(target))),
            )
        )

    def __call__(self, text: bytes) -> list[int]:
        """Return the offsets in `text` of what may be telling, in order."""
        return [match.start() for match in self._automaton.finditer(text)]

    @cached_property
    def _automaton(self) -> re.Pattern[bytes]:
        return automaton(self.pattern)

    def warm(self) -> None:
        """Get ready for many small texts: what RE2 costs at first is spent once for all of them."""
        self._warm = True
        self(b"")

    def telling(self, values: Collection[str]) -> Iterator[str]:
        """Yield those of some distinct values that may be telling; a few values may well be."""
        if len(values) < _FEW and not self._warm:
            yield from values
            return
        lines = "\n".join(values)
        if lines.count("\n") >= max(len(values), 1):
            yield from (value for value in values if "\n" in value)
            lines = "\n".join(value for value in values if "\n" not in value)
        text = lines.encode("utf-8", "surrogatepass")
        said = -1
        for position in self(text):
            if position > said:
                start, end = text.rfind(b"\n", 0, position) + 1, text.find(b"\n", position)
                end = len(text) if end < 0 else end
                value = text[start:end].decode("utf-8", "surrogatepass")
                if text[position] in _ASCII or _hides(value, self._automaton):
                    said = end
                    yield value


def among(gates: Iterable[Gate], text: bytes, starts: Sequence[int], marks: bytes) -> set[int]:
    """Return the numbers of the slices of a JSON text that may be telling to a gate, or hold a reader's own `marks`.

    `starts` are where each slice begins and the last one ends.
    """
    pattern = automaton(b"|".join(filter(None, (*(gate.pattern for gate in gates), marks))))
    known: dict[bytes, bool] = {}
    found: set[int] = set()
    for spot in (match.start() for match in pattern.finditer(text, starts[0], starts[-1])):
        if text[spot] not in _ASCII:
            # Quotes end a value; escaped ones cut it where no name goes on.
            part = text[text.rfind(b'"', starts[0], spot) + 1 : text.find(b'"', spot)]
            hides = known.get(part)
            if hides is None:
                if len(known) > _KNOWN:
                    known.clear()
                hides = known[part] = _hides(part.decode("utf-8", "surrogatepass"), pattern)
            if not hides:
                continue
        found.add(bisect_right(starts, spot) - 1)
    return found


def _hides(value: str, pattern: re.Pattern[bytes]) -> bool:
    """Tell whether a value may say something in letters that are not ASCII.

    Letters with marks become plain one by one, so that it can be seen; all others may hide anything.
    """
    if len(value) > _LONGEST or _MARKED.fullmatch(value) is None:
        return True
    bare = unmask(value).text
    return not bare.isascii() or pattern.search(bare.encode()) is not None


def automaton(pattern: bytes) -> re.Pattern[bytes]:
    """Compile a pattern for large texts, without regard to case."""
    import re2

    options = re2.Options()
    options.case_sensitive = False
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 64 << 20
    compiled: re.Pattern[bytes] = re2.compile(pattern, options)
    return compiled


def _joined(word: str) -> bytes:
    """Return a pattern for a word that stands as it is, in pieces, or in other signs; see `text.loose`."""
    return _JOINT.join(_LEET.get(letter, re.escape(letter).encode()) for letter in word)


def _slips(word: str) -> Iterator[str]:
    """Yield patterns for all words that one slip of the keyboard makes of a word; see `text.typo_of`."""
    for at in range(1, len(word) + 1):
        yield f"{word[:at]}[a-z0-9]{word[at:]}"
        yield f"{word[:at]}[a-z0-9]?{word[at + 1 :]}"
        yield f"{word[:at]}{word[at : at + 2][::-1]}{word[at + 2 :]}"
