"""Ways to write a name so that people read it and a search does not, as strategies that compose them."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

LETTERS: dict[str, str] = json.loads(resources.files("debar").joinpath("confusables.json").read_bytes())["letters"]
LOOK_ALIKES: dict[str, list[str]] = {}
for look_alike, letter in LETTERS.items():
    LOOK_ALIKES.setdefault(letter.lower(), []).append(look_alike)
IGNORABLE = "\xad\u034f\u061c\u180e\u200b\u200d\u200e\u2060\u2066\u3164\ufe0f\ufeff\U000e0041\U000e0100"


def look_alike_of(char: str, pick: int) -> str:
    known = LOOK_ALIKES.get(char.lower(), [char])
    return known[pick % len(known)]


def full_width(char: str, _: int) -> str:
    return chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char


def swapped_case(char: str, _: int) -> str:
    return char.swapcase() if char.isascii() else char


def with_ignorable(char: str, pick: int) -> str:
    return IGNORABLE[pick % len(IGNORABLE)] + char


def in_percent(char: str, _: int) -> str:
    return "".join(f"%{byte:02x}" for byte in char.encode())


def in_entity(char: str, pick: int) -> str:
    return f"&#{ord(char)};" if pick % 2 else f"&#x{ord(char):X};"


Change = tuple["Callable[[str, int], str]", int, int]


def changes(*kinds: Callable[[str, int], str], most: int) -> st.SearchStrategy[list[Change]]:
    """Draw what to do, which characters to do it to (a bit mask), and which variant to take."""
    return st.lists(st.tuples(st.sampled_from(kinds), st.integers(1, (1 << 64) - 1), st.integers(0, 99)), max_size=most)


def change(text: str, todo: list[Change]) -> str:
    for kind, mask, pick in todo:
        text = "".join(kind(char, pick) if mask >> (i % 64) & 1 else char for i, char in enumerate(text))
    return text


to_the_eye = changes(look_alike_of, full_width, swapped_case, with_ignorable, most=4)
# Encoding comes after: a look-alike or an invisible character within an entity leaves no entity to any reader.
to_the_parser = changes(in_percent, in_entity, most=3)
