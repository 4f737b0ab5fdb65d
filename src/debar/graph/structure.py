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


class Dominators:
    """The nodes that every path from the roots to a node takes: `above` is the last of them, -1 for none.

    `bridged` are the nodes that only an edge from there enters, but for edges from what they dominate themselves.
    Nodes come in the order of `parts`, so that what precedes one outside its part is known: its dominator is the
    nearest one above all of that. Within a part of several nodes Lengauer and Tarjan find it.
    """

    def __init__(
        self,
        roots: Collection[int],
        before: dict[int, list[int]],
        after: dict[int, list[int]],
        parts: list[Sequence[int]],
    ) -> None:
        self._roots, self._before, self._after = roots, before, after
        self.above: dict[int, int] = {}
        self.bridged: set[int] = set()
        self._depth = {-1: 0}
        #: A node further up, so that a climb of any height takes steps of the order of its logarithm (Myers 1983,
        #: https://doi.org/10.1016/0020-0190(83)90106-0).
        self._jump = {-1: -1}
        for part in parts:
            if len(part) > 1:
                self._add_cyclic(part)
            elif part[0] in roots:
                self._add(part[0], -1)
            else:
                self._add(part[0], self._nearest(before[part[0]]))
                if len(before[part[0]]) == 1:
                    self.bridged.add(part[0])

    def _add(self, node: int, above: int) -> None:
        depth, jump = self._depth, self._jump
        self.above[node] = above
        depth[node] = depth[above] + 1
        far = jump[above]
        jump[node] = jump[far] if depth[above] - depth[far] == depth[far] - depth[jump[far]] else above

    def _nearest(self, nodes: Sequence[int]) -> int:
        """Return the last node that dominates, or is, each of some nodes."""
        above, depth, jump = self.above, self._depth, self._jump
        one = nodes[0]
        for node in nodes:
            other = node
            while one != other:
                if depth[one] < depth[other]:
                    one, other = other, one
                if depth[one] > depth[other]:
                    one = jump[one] if depth[jump[one]] >= depth[other] else above[one]
                elif jump[one] != jump[other]:
                    one, other = jump[one], jump[other]
                else:
                    one, other = above[one], above[other]
            if one < 0:
                break
        return one

    def _add_cyclic(self, part: Sequence[int]) -> None:
        """Add the nodes of a part of several: each leads to each, so what dominates one from outside dominates all."""
        inside = set(part)
        entered = {
            node: [-1] if node in self._roots else [one for one in self._before[node] if one not in inside]
            for node in part
        }
        outside = self._nearest([one for sources in entered.values() for one in sources])
        entries = {node for node, sources in entered.items() if sources}
        within, bridged = _within(entries, self._before, self._after, inside)
        for node, above in within.items():
            self._add(node, outside if above < 0 else above)
        self.bridged |= {node for node in bridged if all(one == outside for one in entered[node])}


def _within(
    entries: Collection[int], before: dict[int, list[int]], after: dict[int, list[int]], inside: Collection[int]
) -> tuple[dict[int, int], set[int]]:
    """Return what `Dominators` does of a part, entered from outside (-1), each node after the one above it."""
    order, parents, place = [-1], [0], {-1: 0}
    stack = [(node, 0) for node in entries]
    while stack:
        node, parent = stack.pop()
        if node not in place:
            at = place[node] = len(order)
            order.append(node)
            parents.append(parent)
            stack.extend([(target, at) for target in after[node] if target in inside and target not in place])
    into = [[]] + [
        [*(place[one] for one in before[node] if one in inside), *((0,) if node in entries else ())]
        for node in order[1:]
    ]
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
