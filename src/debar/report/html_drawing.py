"""The paths of findings as a picture in SVG: what they share is drawn once, layer by layer from the product.

A small layered drawing after Sugiyama: cycles set aside, layers by the longest way, long edges led through
empty places, crossings lessened by barycentres. All of it is bounded by how many edges a picture may have.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from debar.report import basis
from debar.report.markup import Html, tag, together
from debar.report.picture import drawn
from debar.report.text import label
from debar.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from debar.model.decision import Finding, Ruling, Verdict
    from debar.report.picture import Picture

_HIGH = 46
#: How wide boxes are, in shallow drawings and in deep ones, and how far apart, with and without words on the arrows.
_WIDE, _NARROW = 190, 164
_APART, _CLOSE = 78, 44
#: So wide is a bold letter at most on average; East Asian ones count twice.
_LETTER = 8.2
_SWEEPS = 4
_MARGIN, _BETWEEN = 6, 18
#: In a picture of more edges the commonest kind is said once below it, and not at each.
_WORDED = 6
#: So many layers lie beside each other on a sheet of paper; deeper drawings run downwards unless they are broad.
_BESIDE, _BROAD = 4, 4

Edge = tuple[str, str]


class _Layout(NamedTuple):
    """Where the middle of each box and of each empty place is, the places that an edge runs through, the size."""

    centres: dict[str, tuple[float, float]]
    ways: dict[Edge, list[str]]
    size: tuple[float, float]
    down: bool
    wide: int


def drawing(
    verdict: Verdict, pairs: Sequence[tuple[Ruling, Finding]], most: int, title: str, cut: Collection[int] = ()
) -> Html:
    """Return the paths of findings in one picture of at most `most` edges; empty if there is nothing to draw.

    The components of `cut` are outlined.
    """
    picture = drawn(verdict, pairs, most)
    edges = list(picture.edges)
    if not edges:
        return Html()
    common = Counter(picture.edges.values()).most_common(1)[0][0] if len(edges) > _WORDED else ""
    worded = any(word not in {"", common} for word in picture.edges.values())
    layout = _layout(list(picture.nodes), edges, _APART if worded else _CLOSE)
    width, height = layout.size
    several = len(verdict.documents) > 1
    parts = [_edge(layout, edge) for edge in edges]
    parts += [_words(layout, edge, word) for edge, word in picture.edges.items() if word not in {"", common}]
    parts += [_box(verdict, picture, key, layout, cut, several=several) for key in picture.nodes]
    svg = tag(
        "svg",
        *parts,
        viewBox=f"0 0 {width:g} {height:g}",
        width=f"{width:g}",
        height=f"{height:g}",
        role="img",
        aria_label=title,
    )
    said = f"Arrows without a word are {common}. " if common else ""
    said += f"{picture.left:,} more findings are not drawn." if picture.left else ""
    below = tag("p", said.strip(), class_="muted") if said else ""
    return together((tag("div", svg, class_="drawing", tabindex="0", role="group", aria_label=title), below))


def _layout(nodes: Sequence[str], edges: Sequence[Edge], apart: int) -> _Layout:
    layers = _layers(nodes, _acyclic(edges))
    ways = {edge: _way(layers, edge) for edge in edges}
    rows: dict[int, list[str]] = defaultdict(list)
    for key, layer in layers.items():
        rows[layer].append(key)
    before, behind = _neighbours(ways.values())
    _untangle(rows, before, behind)
    broad = max(map(len, rows.values()))
    down = len(rows) > _BESIDE and broad <= _BROAD
    wide = _WIDE if down or len(rows) <= _BESIDE else _NARROW
    long, thick = (_HIGH, wide) if down else (wide, _HIGH)
    sides = _sides(rows, before, thick + _BETWEEN)
    least = min(sides.values()) - thick / 2 - _MARGIN
    step = _HIGH + 40 if down else wide + apart
    fronts = {key: long / 2 + _MARGIN + layer * step for layer, keys in rows.items() for key in keys}
    centres = {key: (side - least, fronts[key]) for key, side in sides.items()}
    broadest = max(sides.values()) - least + thick / 2 + _MARGIN
    longest = (len(rows) - 1) * step + long + 2.0 * _MARGIN
    if down:
        return _Layout(centres, ways, (broadest, longest), down, wide)
    centres = {key: (front, side) for key, (side, front) in centres.items()}
    return _Layout(centres, ways, (longest, broadest), down, wide)


def _acyclic(edges: Iterable[Edge]) -> list[Edge]:
    """Return the edges, in order, that close no cycle with those before them."""
    kept: list[Edge] = []
    after: dict[str, list[str]] = defaultdict(list)
    for start, end in edges:
        seen, stack = {end}, [end]
        while stack:
            found = [key for key in after[stack.pop()] if key not in seen]
            seen.update(found)
            stack += found
        if start not in seen:
            kept.append((start, end))
            after[start].append(end)
    return kept


def _layers(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Give each node the length of the longest way to it."""
    layers = dict.fromkeys(nodes, 0)
    moved = True
    while moved:
        moved = False
        for start, end in edges:
            if layers[end] <= layers[start]:
                layers[end], moved = layers[start] + 1, True
    return layers


def _way(layers: dict[str, int], edge: Edge) -> list[str]:
    """Return the ends of an edge with an empty place in each layer between, which is added to the layers."""
    start, end = edge
    places = [f"{start}>{end}>{layer}" for layer in range(layers[start] + 1, layers[end])]
    layers.update({place: int(place.rsplit(">", 1)[1]) for place in places})
    return [start, *places, end]


def _neighbours(ways: Iterable[Sequence[str]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    before: dict[str, list[str]] = defaultdict(list)
    behind: dict[str, list[str]] = defaultdict(list)
    for way in ways:
        for start, end in pairwise(way):
            before[end].append(start)
            behind[start].append(end)
    return before, behind


def _untangle(rows: dict[int, list[str]], before: dict[str, list[str]], behind: dict[str, list[str]]) -> None:
    """Order each layer by the mean place of its neighbours in the layer before, then in the one behind."""
    order = sorted(rows)
    for sweep in range(_SWEEPS):
        near, layers = (behind, order[::-1]) if sweep % 2 else (before, order)
        for layer in layers:
            at = {key: place / len(keys) for keys in rows.values() for place, key in enumerate(keys)}
            means = {key: fmean(at[one] for one in near[key]) if near[key] else at[key] for key in rows[layer]}
            rows[layer].sort(key=means.__getitem__)


def _sides(rows: dict[int, list[str]], before: dict[str, list[str]], across: int) -> dict[str, float]:
    """Put each box where its predecessors are on average, as far as its neighbours leave room; keep the order."""
    sides: dict[str, float] = {}
    for layer in sorted(rows):
        wished = [fmean([sides[one] for one in before[key] if one in sides] or [0]) for key in rows[layer]]
        placed: list[float] = []
        for wish in wished:
            placed.append(max(wish, placed[-1] + across) if placed else wish)
        shift = fmean(wish - place for wish, place in zip(wished, placed, strict=True))
        sides.update(zip(rows[layer], (place + shift for place in placed), strict=True))
    return sides


def _edge(layout: _Layout, edge: Edge) -> Html:
    points = [layout.centres[key] for key in layout.ways[edge]]
    half = (_HIGH if layout.down else layout.wide) / 2
    (x, y), (to_x, to_y) = points[0], points[-1]
    forward = to_y > y if layout.down else to_x > x
    gone = half if forward else -half
    points[0] = (x, y + gone) if layout.down else (x + gone, y)
    points[-1] = (to_x, to_y - gone) if layout.down else (to_x - gone, to_y)
    line = f"M{points[0][0]:g} {points[0][1]:g}" + "".join(_curve(a, b, down=layout.down) for a, b in pairwise(points))
    x, y = points[-1]
    size = 7 if forward else -7
    head = f"M{x:g} {y:g}l-4 {-size}h8z" if layout.down else f"M{x:g} {y:g}l{-size} -4v8z"
    return together((tag("path", class_="edge", d=line), tag("path", class_="head", d=head)))


def _curve(start: tuple[float, float], end: tuple[float, float], *, down: bool) -> str:
    (x, y), (to_x, to_y) = start, end
    if down:
        middle = (y + to_y) / 2
        return f"C{x:g} {middle:g} {to_x:g} {middle:g} {to_x:g} {to_y:g}"
    middle = (x + to_x) / 2
    return f"C{middle:g} {y:g} {middle:g} {to_y:g} {to_x:g} {to_y:g}"


def _words(layout: _Layout, edge: Edge, word: str) -> Html:
    """Write the kind of an edge at the middle of its last stretch."""
    (x, y), (to_x, to_y) = (layout.centres[key] for key in layout.ways[edge][-2:])
    return tag("text", word, class_="kind", x=f"{(x + to_x) / 2:g}", y=f"{(y + to_y) / 2 + 4:g}")


def _box(
    verdict: Verdict,
    picture: Picture,
    key: str,
    layout: _Layout,
    cut: Collection[int],
    *,
    several: bool,
) -> Html:
    x, y = layout.centres[key]
    if key[0] == "m":
        return tag("text", "…", class_="left-out", x=f"{x:g}", y=f"{y + 4:g}")
    number = int(key[1:])
    component = verdict.components[number]
    whole = label(verdict, number)
    under = [safe_text(component.version, 40)] if component.version else []
    if several:
        under.append(safe_text(verdict.documents[component.document].path.rsplit("/", 1)[-1], 60))
    if basis.certified(verdict, number):
        under.append("certified by its supplier")
    name = whole.removesuffix(f"@{component.version}") if component.version else whole
    kinds = " ".join(filter(None, ("box", picture.nodes[key][1], "cut" if number in cut else "")))
    corner: dict[str, str | float] = {
        "x": f"{x - layout.wide / 2:g}",
        "y": f"{y - _HIGH / 2:g}",
        "width": layout.wide,
        "height": _HIGH,
        "rx": 8,
    }
    lines = [tag("text", _fitting(name, layout.wide), class_="name", x=f"{x:g}", y=f"{y + (-3 if under else 5):g}")]
    if under:
        lines.append(tag("text", _fitting(" · ".join(under), layout.wide), class_="under", x=f"{x:g}", y=f"{y + 14:g}"))
    return tag("g", tag("title", whole), tag("rect", **corner), *lines, class_=kinds)


def _fitting(text: str, wide: int) -> str:
    """Return a text that a box holds, the middle of a longer one left out: its end often tells most."""
    letters = wide / _LETTER
    if _breadth(text) <= letters:
        return text
    start, end = text, text
    while _breadth(start) > letters * 0.55:
        start = start[:-1]
    while _breadth(end) > letters * 0.4:
        end = end[1:]
    return f"{start}…{end}"


def _breadth(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
