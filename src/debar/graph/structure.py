"""Strongly connected parts in topological order, and dominators."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def strong_parts(before: dict[int, list[int]], after: dict[int, list[int]]) -> list[Sequence[int]]:
    """Return the strongly connected parts in topological order.

    What precedes every cycle and what follows every cycle is peeled off; only a rest is worth the fifth of
    a second that networkx takes to import.
    """
    head = _peel({node: len(row) for node, row in before.items()}, after)
    if len(head) == len(before):
        return [(node,) for node in head]
    rest = before.keys() - head
    tail = _peel(
        {node: len(after[node]) for node in rest}, {node: [s for s in before[node] if s in rest] for node in rest}
    )
    rest.difference_update(tail)
    import networkx as nx

    core: nx.DiGraph[int] = nx.DiGraph((node, target) for node in rest for target in after[node] if target in rest)
    condensed = nx.condensation(core)
    cyclic = [sorted(condensed.nodes[number]["members"]) for number in nx.topological_sort(condensed)]
    return [*((node,) for node in head), *cyclic, *((node,) for node in reversed(tail))]


def _peel(degree: dict[int, int], onward: dict[int, list[int]]) -> list[int]:
    """Return nodes in the order in which their degree falls to zero as those before them are taken away."""
    free = [node for node, count in degree.items() if not count]
    for node in free:
        for other in onward[node]:
            degree[other] -= 1
            if not degree[other]:
                free.append(other)
    return free


def dominators(
    roots: Collection[int], before: dict[int, list[int]], after: dict[int, list[int]]
) -> tuple[dict[int, int], set[int]]:
    """Return the immediate dominator of each node (-1 for none) and the nodes that only an edge from it enters."""
    order, parents, place = [-1], [0], {-1: 0}
    stack = [(root, 0) for root in roots]
    while stack:
        node, parent = stack.pop()
        if node not in place:
            at = place[node] = len(order)
            order.append(node)
            parents.append(parent)
            stack.extend([(target, at) for target in after[node] if target not in place])
    into = [[]] + [[*map(place.__getitem__, before[node]), *((0,) if node in roots else ())] for node in order[1:]]
    above = _immediate(parents, into)
    # Numbers of the dominator tree in depth-first order: a node dominates the `size` numbers from its own on.
    size, number, free = [1] * len(order), [0] * len(order), [1] * len(order)
    for at in range(len(order) - 1, 0, -1):
        size[above[at]] += size[at]
    for at in range(1, len(order)):
        number[at] = free[above[at]]
        free[above[at]] += size[at]
        free[at] = number[at] + 1
    bridged = {
        order[at]
        for at in range(1, len(order))
        if all(one == above[at] or 0 <= number[one] - number[at] < size[at] for one in into[at])
    }
    return {order[at]: order[above[at]] for at in range(1, len(order))}, bridged


def _immediate(parents: list[int], into: list[list[int]]) -> list[int]:
    """Return immediate dominators, nodes being places in a depth-first order that starts with the root.

    Lengauer and Tarjan 1979, https://doi.org/10.1145/357062.357071, the simple form: O(m log n), where
    networkx's iteration (Cooper, Harvey and Kennedy) takes quadratic time on a graph made for it.
    """
    semi, best, linked = list(range(len(parents))), list(range(len(parents))), parents[:]
    above = [0] * len(parents)
    waiting: defaultdict[int, list[int]] = defaultdict(list)

    def find(at: int, floor: int) -> int:
        trail = [at]
        while linked[trail[-1]] >= floor:
            trail.append(linked[trail[-1]])
        top = trail.pop()
        while trail:
            below = trail.pop()
            if semi[best[top]] < semi[best[below]]:
                best[below] = best[top]
            linked[below] = linked[top]
            top = below
        return best[at]

    for at in range(len(parents) - 1, 0, -1):
        semi[at] = min(one if one <= at else semi[find(one, at + 1)] for one in into[at])
        waiting[semi[at]].append(at)
        for other in waiting.pop(parents[at], ()):
            low = find(other, at)
            above[other] = low if semi[low] < semi[other] else parents[at]
    for at in range(1, len(parents)):
        if above[at] != semi[at]:
            above[at] = above[above[at]]
    return above
