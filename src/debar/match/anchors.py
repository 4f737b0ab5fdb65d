"""A gate in front of all matchers: a value that shares no telling word with any fact cannot match one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from debar.model.policy import FactKind
from debar.text import forms, words

if TYPE_CHECKING:
    from debar.model.policy import Pack

# A word that touches a star may be a part of one in the value, so it tells nothing.
_STARRED = re.compile(r"[^\W_]*\*+[^\W_]*")
# Long words that half of all addresses, firmware and companies share spare nothing: a shorter one tells more.
_COMMON = frozenset(
    {"com", "communications", "core", "digital", "firmware", "github", "software", "technologies", "technology"}
)
_DISGUISE = re.compile(r"[%&\\]|xn--", re.IGNORECASE)


class Anchors:
    """The longest whole word, common ones aside, of every value of every fact.

    Every kind of match but stems and guesses needs each word of the fact to stand in the value as a whole
    word, so that one set test spares nearly all values of a clean SBOM everything else.
    """

    def __init__(self, pack: Pack) -> None:
        self._words = frozenset(
            max(parts, key=lambda word: (word not in _COMMON, len(word)))
            for fact in pack.facts
            if fact.kind is not FactKind.STEM
            for value in fact.values
            for form in forms(_STARRED.sub(" ", value))
            if (parts := words(form.text))
        )

    def absent(self, value: str) -> bool:
        """Tell whether no fact can match a value: plain ASCII, percent escapes read, and no anchor in it."""
        probe = unquote(value) if "%" in value else value
        if not probe.isascii() or not probe.isprintable() or _DISGUISE.search(probe):
            return False
        return self._words.isdisjoint(words(probe.lower()))
