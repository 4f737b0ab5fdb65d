"""Folding of text for comparison, and making text safe to show.

`fold` is what any careful reader would do (case, compatibility forms). `unmask` also takes off every disguise
known to have been tried on a name: encodings, invisible characters, reversed writing, look-alike letters, marks.
`forms` gives both, the light one first, so that a match which needs no disguise is never called disguised.
Facts and values must be folded by the same function: `unmask` makes a mixture of scripts of an honest Cyrillic name.
"""

from __future__ import annotations

import pkgutil
import re
import unicodedata
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CONFUSABLES_UNICODE: Final = "17.0.0"
"""The version of Unicode's confusables that confusables.json was made from (tools/make_confusables.py)."""

HARMLESS_FOLDS: Final = frozenset({"case", "compatibility"})
"""Folds that honest spellings need too; any other fold is a sign of disguise."""

# A value wrapped in more layers than this is still matched by what had been taken off by then.
_ROUNDS = 3
# Unicode allows 125 (https://www.unicode.org/reports/tr9/#BD2); each level turns its text round once more.
_BIDI_DEPTH = 16
# A DNS label has at most 63 characters, and decoding punycode takes quadratic time (RFC 3492, RFC 1035 2.3.4).
_PUNYCODE = r"(?i)(?<![A-Za-z0-9-])xn--([A-Za-z0-9-]{1,59})(?![A-Za-z0-9-])"
# One character in UTF-8. Bytes that make none stay encoded: they may be half of one that is encoded twice in part.
# Decoding a label takes a while, and no honest text holds as many.
_MOST_LABELS = 200
_PERCENT = (
    "(?i)%[0-7][0-9a-f]|%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-4](?:%[89ab][0-9a-f]){3}"
)
# Bounded, because html.unescape raises ValueError on numbers of more than 4,300 digits.
_ENTITY = r"&(?:#0*[0-9]{1,7}|#[xX]0*[0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
_OPEN_ENTITY = _ENTITY.removesuffix(";")
_ENTITY_ZEROS = r"(&#[xX]?)0+(?=[0-9A-Fa-f])"
# The look-behinds keep these linear on long runs of backslashes.
_ESCAPE = r"(?:(?<!\\)\\+u[0-9A-Fa-f]{4})+"
_LONG_ESCAPE = r"(?<!\\)\\+U(00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})"
_ESCAPE_DIGITS = r"\\+u([0-9A-Fa-f]{4})"
_BIDI = "([\u202a-\u202e])"
# Every embedding ends with its paragraph (https://www.unicode.org/reports/tr9/#P1); class B of the bidi classes.
_PARAGRAPH_END = "([\n\r\x1c-\x1e\x85\u2029])"
# Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt; reserved ranges are part of it.
_IGNORABLE_RANGES = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Interlinear annotation marks, surrogates and controls show nothing either; white space (9-13, 28-31, 133) does.
_INVISIBLE = f"[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufff9-\ufffb\ud800-\udfff{_IGNORABLE_RANGES}]"
_WORD = re.compile(r"[^\W_]+")
_SINGLE_LETTERS = r"(?<![^\W_])[^\W_](?:[\s._-]+[^\W_](?![^\W_])){2,}"
_INNER_SEPARATOR = r"(?<=[^\W_])[._-]+(?=[^\W_])"
_LEET_WORD = r"(?:[^\W_]|[@$])+"
_LEET = tuple(str.maketrans("013457@$", f"o{one}east{at}s") for at in "@a" for one in "il")
_LOG_COMMAND = r"#(?=#\w*\[)"
_LINE_COMMAND = r"(?m)^([^\S\n]*):(?=:)"
TYPO_LENGTHS = range(7, 12)


class Folded(NamedTuple):
    """A folded text and the names of the folds that changed something, in the order in which they first did."""

    text: str
    folds: tuple[str, ...]


class _Confusables(msgspec.Struct):
    letters: dict[str, str]


def fold(value: str) -> Folded:
    """Fold case and compatibility forms (NFKC), and make every run of white space one space.

    The folds are "compatibility" and "case".
    """
    if value.isascii():
        text = value.lower()
        folds: tuple[str, ...] = () if text == value else ("case",)
    else:
        compatible = unicodedata.normalize("NFKC", value)
        text = compatible.casefold()
        folds = (("compatibility",) if compatible != value else ()) + (("case",) if text != compatible else ())
        text = unicodedata.normalize("NFKC", text)
    return Folded(" ".join(text.split()), folds)


def unmask(value: str) -> Folded:
    """Take off every disguise.

    The folds, in the order in which they are tried: "percent-decoded", "entity-decoded", "escape-decoded",
    "bidi-reversed", "invisible-removed", "punycode-decoded", "confusable", "compatibility", "case",
    "marks-removed". What one fold uncovers for another is folded too, up to three rounds.
    Decode a value that is encoded by right (a purl, a URL) once before, or its encoding counts as a disguise.
    """
    if _is_plain(value):
        return fold(value)
    text = value
    fired: dict[str, None] = {}
    for _ in range(_ROUNDS):
        before = text
        text = _letters(_apply(_REVEALERS, _decoded(text, fired), fired), fired)
        text = " ".join(text.split())
        if text == before or _is_plain(text):
            break
    return Folded(text, tuple(fired))


@lru_cache(maxsize=1 << 16)
def forms(value: str) -> tuple[Folded, ...]:
    """Return the light fold and, where it gives another text, the unmasked one."""
    light = fold(value)
    if _is_plain(value):
        return (light,)
    bare = unmask(value)
    return (light,) if bare.text == light.text else (light, bare)


def obfuscated(folds: Iterable[str]) -> bool:
    """Tell whether any of these folds is one that honest spellings do not need."""
    return not HARMLESS_FOLDS.issuperset(folds)


def words(text: str) -> tuple[str, ...]:
    """Split a folded text into runs of letters and digits, "@kaspersky/hexa-ui" into kaspersky, hexa, ui.

    Combining marks belong to their letter: Indic vowels are marks, and no normal form composes all accents.
    """
    if text.isascii():
        return tuple(_WORD.findall(text))
    kept = "".join(char if char.isalnum() or unicodedata.category(char)[0] == "M" else " " for char in text)
    return tuple(kept.split())


def loose(value: str) -> tuple[Folded, ...]:
    """Guess further at what `value` may mean to say; for review only, never for a verdict (at most 14 guesses).

    "joined": single letters put together ("K.a.s.p.e.r.s.k.y"), and words cut by dots, hyphens or underscores
    ("Kas_persky"). "leet": digits and signs read as letters within a word ("K4spersky"). Each guess differs
    from `unmask(value)` and from the others, and carries its folds too.
    """
    bare = unmask(value)
    letters = re.sub(_SINGLE_LETTERS, lambda found: "".join(_WORD.findall(found[0])), bare.text)
    texts = {bare.text: bare.folds}
    for text in (letters, re.sub(_INNER_SEPARATOR, "", letters)):
        texts.setdefault(text, (*bare.folds, "joined"))
    for text, folds in tuple(texts.items()):
        for table in _LEET:
            texts.setdefault(_unleet(text, table), (*folds, "leet"))
    del texts[bare.text]
    return tuple(Folded(text, folds) for text, folds in texts.items())


def typo_of(token: str, target: str) -> bool:
    """Tell whether one slip of the keyboard makes `token` of `target`.

    One slip is a letter missing, added, replaced, or swapped with its neighbour: an optimal string alignment
    distance of exactly 1. The first letter must be right, and the target 7 to 11 characters long; shorter words
    have too many honest neighbours. So have some names ("Kasperski" is one, of "Kaspersky"): callers keep a list
    of words that are not near.
    """
    if len(target) not in TYPO_LENGTHS or token[:1] != target[:1] or abs(len(token) - len(target)) > 1:
        return False
    start = next((i for i, (one, other) in enumerate(zip(token, target, strict=False)) if one != other), -1)
    if start < 0:
        return len(token) != len(target)
    left, right = token[start:], target[start:]
    if len(left) == len(right):
        return left[1:] == right[1:] or (left[1::-1] == right[:2] and left[2:] == right[2:])
    return left[1:] == right or left == right[1:]


def safe_text(value: str, limit: int = 300) -> str:
    r"""Return `value` as one printable line of at most `limit` characters (1 or more), for every sink.

    Controls, bidirectional and other invisible characters, surrogates, unusual spaces and code points without a
    character become escapes that a person can see (``\x1b``, ``\u202e``, ``\n``). Backslashes stay as they are,
    so the result is for reading, not for decoding; doing it twice changes nothing more. Build servers act on
    ``##[error]`` and ``##vso[...]`` anywhere in a log, so that is broken up too. Markup of the sink (Markdown, HTML)
    is for the sink to escape, and lines that begin with ``::`` for `inert`.
    """
    # No character becomes shorter, so what lies beyond the limit need not be looked at.
    text = value[: limit + 1]
    if not (text.isprintable() and (text.isascii() or _ignorable().search(text) is None)):
        text = "".join(map(_visible, text))
    if "##" in text:
        text = re.sub(_LOG_COMMAND, r"\\x23", text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def inert(text: str) -> str:
    r"""Return lines of text of which none is a command to GitHub Actions, which also looks behind leading spaces.

    ``::error::`` at the beginning of a line becomes ``\x3a:error::`` (actions/runner, ActionCommand.TryParseV2).
    """
    return re.sub(_LINE_COMMAND, r"\1\\x3a", text) if "::" in text else text


def inert_json(text: str) -> str:
    r"""Return the same JSON with a hash of ``##[error]`` as ``\u0023``, so that it may stand in a log."""
    return re.sub(_LOG_COMMAND, r"\\u0023", text)


@cache
def _ignorable() -> re.Pattern[str]:
    """Compile the class on first need: a file in ASCII alone never needs it."""
    return re.compile(f"[{_IGNORABLE_RANGES}]")


def _visible(char: str) -> str:
    if char.isprintable() and not _ignorable().match(char):
        return char
    return char.encode("unicode_escape").decode("ascii")


def _is_plain(text: str) -> bool:
    """Tell whether `unmask` can do no more than `fold`; asked a million times, so cheap tests come first."""
    return (
        text.isascii()
        and "%" not in text
        and "&" not in text
        and "\\" not in text
        and text.isprintable()
        and ("--" not in text or re.search(_PUNYCODE, text) is None)
    )


def _apply(steps: tuple[tuple[str, Callable[[str], str]], ...], text: str, fired: dict[str, None]) -> str:
    """Run named steps over `text`, noting in `fired` those that change it."""
    for name, step in steps:
        changed = step(text)
        if changed != text:
            fired[name] = None
            text = changed
    return text


def _decoded(text: str, fired: dict[str, None]) -> str:
    for _ in range(_ROUNDS):
        encoded = text
        text = _apply(_DECODERS, text, fired)
        if text == encoded:
            text = _apply(_LAST_DECODERS, text, fired)
        if text == encoded:
            break
    return text


def _percent_decoded(text: str) -> str:
    return re.sub(_PERCENT, _percent_character, text) if "%" in text else text


def _percent_character(found: re.Match[str]) -> str:
    try:
        return bytes.fromhex(found[0].replace("%", "")).decode()
    except UnicodeDecodeError:
        return found[0]


def _entity_decoded(text: str) -> str:
    return re.sub(_ENTITY, _entity, text) if "&" in text else text


def _open_entity_decoded(text: str) -> str:
    """Decode entities without a semicolon, as browsers do too."""
    return re.sub(_OPEN_ENTITY, _entity, text) if "&" in text else text


def _entity(found: re.Match[str]) -> str:
    from html import unescape

    return unescape(re.sub(_ENTITY_ZEROS, r"\1", found[0]))


def _escape_decoded(text: str) -> str:
    """Decode backslash-u escapes as JSON has them, in UTF-16 with surrogate pairs, and the long ones of Python."""
    if "\\" not in text:
        return text
    text = re.sub(_LONG_ESCAPE, lambda found: chr(int(found[1], 16)), text)
    return re.sub(
        _ESCAPE,
        lambda run: bytes.fromhex("".join(re.findall(_ESCAPE_DIGITS, run[0]))).decode("utf-16-be", "replace"),
        text,
    )


def _bidi_reversed(text: str) -> str:
    """Put text under a right-to-left override in the order in which it is seen, and so read.

    An override turns round only what runs the other way by itself: Latin under RLO, Hebrew under LRO
    (https://www.unicode.org/reports/tr9/#Explicit_Directional_Overrides). Controls that turn nothing round are
    left for the removal of invisible characters.
    """
    if "\u202e" not in text and "\u202d" not in text:
        return text
    read = "".join(map(_paragraph_read, re.split(_PARAGRAPH_END, text)))
    return text if read == re.sub(_BIDI, "", text) else read


def _paragraph_read(text: str) -> str:
    """Reorder runs of text by their levels (https://www.unicode.org/reports/tr9/#L2)."""
    runs: list[tuple[int, str]] = []
    for level, pieces in groupby(_bidi_levels(text), key=itemgetter(0)):
        run = "".join(piece for _, piece in pieces)
        runs.append((level, run[::-1] if bool(level % 2) != _runs_left(run) else run))
    for floor in range(max((level for level, _ in runs), default=0), 0, -1):
        groups = groupby(runs, key=lambda run: run[0] >= floor)
        runs = [run for above, group in groups for run in (reversed(list(group)) if above else group)]
    return "".join(run for _, run in runs)


def _bidi_levels(text: str) -> Iterator[tuple[int, str]]:
    """Give each piece between controls its level (https://www.unicode.org/reports/tr9/#X1).

    An odd level is read from right to left. Without an override Latin stays as it is and gets an even level.
    """
    stack = [(0, False)]
    too_deep = 0
    for piece in filter(None, re.split(_BIDI, text)):
        level, override = stack[-1]
        if piece == "\u202c":
            if too_deep:
                too_deep -= 1
            elif len(stack) > 1:
                stack.pop()
        elif re.match(_BIDI, piece):
            deeper = level + 1 + (level % 2 == (piece in "\u202b\u202e"))
            if deeper > _BIDI_DEPTH or too_deep:
                too_deep += 1
            else:
                stack.append((deeper, piece in "\u202d\u202e"))
        else:
            yield level if override else level + (level % 2 != _runs_left(piece)), piece


def _runs_left(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)


def _invisible_removed(text: str) -> str:
    return text if text.isascii() and text.isprintable() else re.sub(_INVISIBLE, "", text)


def _punycode_decoded(text: str) -> str:
    return re.sub(_PUNYCODE, _label, text, count=_MOST_LABELS) if "--" in text else text


def _label(found: re.Match[str]) -> str:
    """Decode one label of a host name, or leave it when it is no punycode (RFC 3492)."""
    try:
        return found[1].encode("ascii").decode("punycode")
    except UnicodeError:
        return found[0]


_DECODERS = (
    ("percent-decoded", _percent_decoded),
    ("entity-decoded", _entity_decoded),
    ("escape-decoded", _escape_decoded),
)
# Only when nothing else is left to decode: a semicolon that is encoded itself would be lost otherwise.
_LAST_DECODERS = (("entity-decoded", _open_entity_decoded),)
_REVEALERS = (
    ("bidi-reversed", _bidi_reversed),
    ("invisible-removed", _invisible_removed),
    ("punycode-decoded", _punycode_decoded),
)
_LETTER_FOLDS = ("confusable", "compatibility", "case", "marks-removed")


def _letters(text: str, fired: dict[str, None]) -> str:
    """Fold each character by itself, noting in `fired` the folds that did something.

    Looking at distinct characters keeps long texts cheap. Hangul and Indic letters that were taken apart to get
    at their marks are composed again.
    """
    table: dict[int, str] = {}
    folds: set[str] = set()
    for char in set(text):
        plain, why = _letter(char)
        if plain != char:
            table[ord(char)] = plain
            folds.update(why)
    for name in _LETTER_FOLDS:
        if name in folds:
            fired[name] = None
    return unicodedata.normalize("NFC", text.translate(table) if table else text)


@lru_cache(maxsize=1 << 14)
def _letter(char: str) -> tuple[str, tuple[str, ...]]:
    """Return what one character comes to, and the folds that it took.

    Look-alikes go first: case folding before would hide capitals that look like Latin ones and whose lower case
    does not (Greek Η, Cyrillic В). Repeated, because a folded character can be a look-alike in its turn.
    """
    if char.isascii():
        lower = char.lower()
        return lower, ("case",) if lower != char else ()
    look_alikes = _confusables()
    text = char
    fired: dict[str, None] = {}
    steps: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("confusable", lambda text: "".join(look_alikes.get(char, char) for char in text)),
        ("compatibility", lambda text: unicodedata.normalize("NFKC", text)),
        ("case", str.casefold),
        ("marks-removed", _marks_removed),
    )
    for _ in range(_ROUNDS):
        before = text
        text = _apply(steps, text, fired)
        if text == before:
            break
    return text, tuple(fired)


def _marks_removed(text: str) -> str:
    """Remove nonspacing marks, and compose what is left."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")
    return unicodedata.normalize("NFC", bare)


@cache
def _confusables() -> dict[str, str]:
    """Read the table of look-alikes on first need: a file in ASCII alone never needs it."""
    data = pkgutil.get_data("debar", "confusables.json") or b""
    return msgspec.json.decode(data, type=_Confusables).letters


def _unleet(text: str, table: dict[int, int]) -> str:
    """Read digits and signs as letters, in those tokens that have real letters too."""

    def read(found: re.Match[str]) -> str:
        token = found[0]
        return token.translate(table) if any(char.isalpha() for char in token) else token

    return re.sub(_LEET_WORD, read, text)
