"""The paths to the findings as a graph: Mermaid, which GitHub and GitLab draw in Markdown, and Graphviz DOT."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from debar.report import accepted
from debar.report.text import label, products, ranked
from debar.report.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debar.model.decision import Finding, Ruling, Verdict

#: Mermaid draws no more than 500 edges and 50,000 characters (maxEdges, maxTextSize).
_MERMAID_EDGES = 450
_MERMAID_TEXT = 45_000
_DOT_EDGES = 5_000
_MOST_PRODUCTS = 20
_FILLS = {"fail": "#f8d7da", "review": "#fff3cd", "note": "#d1ecf1", "product": "#e2e3e5"}
_OUTSIDE_LABELS = re.compile(r"[^\w .,()/@+:-]")


@dataclass(slots=True)
class Picture:
    """Nodes by key with (text, class), edges with the words on them; `left` counts findings that do not fit."""

    nodes: dict[str, tuple[str, str]] = field(default_factory=dict)
    edges: dict[tuple[str, str], str] = field(default_factory=dict)
    left: int = 0


def mermaid(verdict: Verdict) -> str:
    """Return a Mermaid flowchart of the paths to the findings."""
    edges = _MERMAID_EDGES
    while len(text := _mermaid(verdict, _all(verdict, edges))) > _MERMAID_TEXT and edges:
        edges //= 2
    return text


def dot(verdict: Verdict) -> str:
    """Return a Graphviz digraph of the paths to the findings."""
    picture = _all(verdict, _DOT_EDGES)
    lines = [
        "digraph debar {",
        f'  label="{_dot_text(_heading(verdict))}";',
        "  labelloc=t; rankdir=LR;",
        '  node [shape=box, style="rounded,filled", fillcolor="#ffffff", fontname="sans-serif"];',
        '  edge [fontname="sans-serif", fontsize=10];',
    ]
    for key, (text, kind) in picture.nodes.items():
        fill = f', fillcolor="{_FILLS[kind]}"' if kind else ""
        lines.append(f'  {key} [label="{_dot_text(text)}"{fill}];')
    lines += [f'  {a} -> {b} [label="{_dot_text(word)}"];' for (a, b), word in picture.edges.items()]
    if picture.left:
        lines.append(f'  more [label="{_more(picture)}", shape=note];')
    return "\n".join([*lines, "}"]) + "\n"


def _mermaid(verdict: Verdict, picture: Picture) -> str:
    lines = ["flowchart LR", f'  verdict["{_mermaid_text(_heading(verdict))}"]']
    for key, (text, kind) in picture.nodes.items():
        lines.append(f'  {key}["{_mermaid_text(text)}"]' + (f":::{kind}" if kind else ""))
    lines += [f'  {a} -->|"{_mermaid_text(word)}"| {b}' for (a, b), word in picture.edges.items()]
    if picture.left:
        lines.append(f'  more["{_mermaid_text(_more(picture))}"]')
    lines += [f"  classDef {kind} fill:{fill},stroke:#333,color:#111" for kind, fill in _FILLS.items()]
    return "\n".join(lines) + "\n"


def _heading(verdict: Verdict) -> str:
    return f"{accepted.heading(verdict)}: {products(verdict)}"


def _more(picture: Picture) -> str:
    return f"{picture.left:,} more findings are not drawn"


def _all(verdict: Verdict, most: int) -> Picture:
    """Return the picture of all findings, with every product even if nothing leads from it."""
    products = {
        f"n{document.product}": (label(verdict, document.product), "product")
        for document in verdict.documents[:_MOST_PRODUCTS]
    }
    return drawn(verdict, ranked(verdict), most, products)


def drawn(
    verdict: Verdict,
    pairs: Sequence[tuple[Ruling, Finding]],
    most: int,
    products: Mapping[str, tuple[str, str]] = MappingProxyType({}),
) -> Picture:
    """Lay the paths of findings over each other, in order, up to `most` edges; raw text has no path."""
    picture = Picture(nodes=dict(products))
    pairs = [(ruling, finding) for ruling, finding in pairs if finding.evidence[0].field != "raw-text"]
    for count, (ruling, finding) in enumerate(pairs):
        edges = {(a, b): word for a, b, word in _edges(finding)}
        if len(picture.edges | edges) > most:
            picture.left = len(pairs) - count
            break
        picture.edges |= edges
        for key in (key for edge in edges for key in edge):
            if key not in picture.nodes:
                picture.nodes[key] = _node(verdict, key)
        kind = ruling.outcome.value if ruling.outcome.value in _FILLS else "note"
        text = f"{ruling.outcome.value.upper()}: {label(verdict, finding.component)} ({finding.article.value})"
        picture.nodes[f"n{finding.component}"] = text, kind
    return picture


def _node(verdict: Verdict, key: str) -> tuple[str, str]:
    if key[0] == "m":
        return "...", ""
    number = int(key[1:])
    root = verdict.documents[verdict.components[number].document].product == number
    return label(verdict, number), "product" if root else ""


def _edges(finding: Finding) -> Iterator[tuple[str, str, str]]:
    """Yield the edges of a finding's paths with the words on them; the middle of a long path is one node."""
    for path in finding.route.paths:
        first, hidden, last = shortened(path)
        for part in (first, last):
            for a, b in pairwise(part):
                yield f"n{a.component}", f"n{b.component}", b.kind.word if b.kind is not None else ""
        if hidden:
            middle = f"m{first[-1].component}_{last[0].component}"
            yield f"n{first[-1].component}", middle, ""
            yield middle, f"n{last[0].component}", f"{hidden:,} more"


def _mermaid_text(text: str) -> str:
    """Return text with everything that Mermaid might read as syntax as an entity of its own kind (#35;)."""
    return _OUTSIDE_LABELS.sub(_entity, text)


def _entity(found: re.Match[str]) -> str:
    return f"#{ord(found[0])};"


def _dot_text(text: str) -> str:
    r"""Return text for a quoted string of DOT, where \N and \G are escapes and entities are decoded."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
