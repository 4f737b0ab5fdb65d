"""What every validator reports, and how it is put into words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeAlias

#: From a JSON pointer to its 1-based (line, column); (0, 0) where it is not known.
Place: TypeAlias = Callable[[str], tuple[int, int]]

_LONGEST: Final = 300


class Problem(NamedTuple):
    """One way in which a document breaks its specification.

    `line` and `column` are 1-based, 0 where they are not known. `pointer` is a JSON pointer (RFC 6901); in
    tag-value it is the tag, in XML it is empty. Texts come from the document and are not made safe for a sink.
    `twice` marks a key that stands twice in one object.
    """

    line: int
    column: int
    pointer: str
    message: str
    twice: bool = False


def shortened(message: str) -> str:
    """Return a message of bounded length; the end is kept, since it says what is wrong with a quoted value."""
    return message if len(message) <= _LONGEST else "... " + message[-_LONGEST:]


def pointer_of(parts: Iterable[str | int]) -> str:
    """Return the JSON pointer of a path."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)
