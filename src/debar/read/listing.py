"""What a document lists is in the product, even where its only edges say less than that."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from debar.model.inventory import KIND_USE, InventoryBuilder, Kind, Use

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def tie_listed(builder: InventoryBuilder, product: int, counted: Collection[int], weaker: frozenset[Kind]) -> None:
    """Tie the ingredients that only weaker edges reach to the product, as what its document lists.

    Whoever lists a component says that it is in the product. That a tool depends on it too, or that
    something unclear relates to it, takes nothing away.
    """
    weak = set(builder.tied(weaker))
    if not weak or (weak.isdisjoint(counted) and weak.isdisjoint(builder.sources)):
        return
    anything, firm, shipped = defaultdict(list), defaultdict(list), defaultdict(list)
    for source, target, kind in zip(builder.sources, builder.targets, builder.kinds, strict=True):
        anything[source].append(target)
        if kind not in weaker:
            firm[source].append(target)
        if KIND_USE[kind] is Use.SHIPPED:
            shipped[source].append(target)
    within = _reached({product}, firm, set())
    for number in sorted(_reached(weak, anything, set()).intersection(counted)):
        if number not in within:
            builder.relate(product, number, Kind.LISTED)
            _reached({number}, shipped, within)


def _reached(starts: set[int], edges: Mapping[int, Sequence[int]], known: set[int]) -> set[int]:
    """Add to the known elements all that can be reached from some others, and return them."""
    todo = [number for number in starts if number not in known]
    known.update(todo)
    while todo:
        for target in edges.get(todo.pop(), ()):
            if target not in known:
                known.add(target)
                todo.append(target)
    return known
