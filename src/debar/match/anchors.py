"""A gate in front of all matchers: a value that shares no telling word with any fact cannot match one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from debar.model.policy import FactKind
from debar.text import forms, words

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from debar.model.policy import Pack

# A word that touches a star may be a part of one in the value, so it tells nothing.
_STARRED = re.compile(r"[^\W_]*\*+[^\W_]*")
# Words that half of all addresses, descriptions, firmware and companies share spare nothing: another one tells more.
_COMMON_WORDS = (
    "agent|android|antivirus|base|build|cloud|com|communications|components|connection|connector|core|digital|drivers|"
    "engine|express|firmware|framework|free|github|government|image|intelligence|juniper|laboratory|modules|"
    "monitoring|new|params|preinstall|protection|release|score|sdk|security|signatures|software|switzerland|system32|"
    "technologies|technology|triage|windows"
)
_COMMON = frozenset(_COMMON_WORDS.split("|"))
_DISGUISE = re.compile(r"[%&\\]|xn--", re.IGNORECASE)


def telling(parts: Sequence[str], stems: Collection[str]) -> str:
    """Return the word of a fact that says most: one that holds a stem, else the longest that is not common."""
    return max(parts, key=lambda word: (any(map(word.__contains__, stems)), word not in _COMMON, len(word)))


class Anchors:
    """A whole word of every value of every fact, the one that tells most.

    Every kind of match but stems and guesses needs each word of the fact to stand in the value as a whole
    word, so that one set test spares nearly all values of a clean SBOM everything else.
    """

    def __init__(self, pack: Pack, stems: Collection[str]) -> None:
        self.words = frozenset(
            telling(parts, stems)
            for fact in pack.facts
            if fact.kind is not FactKind.STEM
            for value in fact.values
            for form in forms(_STARRED.sub(" ", value) if "*" in value else value)
            if (parts := words(form.text))
        )

    def absent(self, value: str) -> bool:
        """Tell whether no fact can match a value: plain ASCII, percent escapes read, and no anchor in it."""
        probe = unquote(value) if "%" in value else value
        if not probe.isprintable():
            # Tabs and line ends part words as blanks do.
            probe = " ".join(probe.split())
        if not probe.isascii() or not probe.isprintable() or _DISGUISE.search(probe):
            return False
        return self.words.isdisjoint(words(probe.lower()))
