"""HTML and SVG that no text can break out of: what is not `Html` by its type is made safe and escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from debar.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Beyond it a text of a pack is cut; those of an SBOM are cut earlier, where they are taken.
_LONGEST = 4_000
_EMPTY = frozenset({"meta", "rect", "path", "circle"})
#: Within a line a new line would be a space.
_INLINE = frozenset({"a", "b", "code", "small", "span", "em", "text", "title", "summary", "td", "th", "dt", "h3"})


class Html(str):
    """Markup that was made here. An f-string or a join of it is a plain text again, and escaped."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str | float) -> Html:
    """Return an element; ``class_`` and ``aria_label`` become class and aria-label, an empty attribute is left out."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_text(str(value))}"'
        for key, value in attributes.items()
        if value != ""
    )
    if name in _EMPTY:
        return Html(f"<{name}{given}>" if name == "meta" else f"<{name}{given}/>")
    return Html(f"<{name}{given}>{together(children)}</{name}>{'' if name in _INLINE else chr(10)}")


def together(parts: Iterable[str]) -> Html:
    """Return parts one after the other."""
    return Html("".join(part if isinstance(part, Html) else _text(part) for part in parts))


def each(name: str, items: Iterable[str], /, **attributes: str | float) -> Html:
    """Return an element for each item."""
    return together(tag(name, item, **attributes) for item in items)


def _text(value: str) -> str:
    return escape(safe_text(value, _LONGEST))
