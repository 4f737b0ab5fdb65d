"""The part of the graph between the product and some offenders: counts, cuts, the first paths."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from debar.graph.structure import Dominators, strong_parts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class Region:
    """What lies between the roots and some offenders at one strength, as a simple graph without self-loops.

    `before` maps each node to its sorted predecessors; all nodes are reached from the roots.
    """

    def __init__(self, roots: frozenset[int], before: dict[int, list[int]]) -> None:
        self.before = before
        self.roots = roots.intersection(before)
        self.after: dict[int, list[int]] = {node: [] for node in before}
        for node, row in before.items():
            for source in row:
                self.after[source].append(node)
        self.distance = self._distances()
        self.parts = strong_parts(before, self.after)
        #: The member that stands for a part of several nodes.
        dominators = Dominators(self.roots, before, self.after, self.parts)
        self.dominators, self.bridged = dominators.above, dominators.bridged
        self.stand_in = {node: part[0] for part in self.parts if len(part) > 1 for node in part}

    def _distances(self) -> dict[int, int]:
        distance = dict.fromkeys(self.roots, 0)
        queue = list(self.roots)
        for node in queue:
            step = distance[node] + 1
            for target in self.after[node]:
                if target not in distance:
                    distance[target] = step
                    queue.append(target)
        return distance

    def counts(self, offenders: Collection[int]) -> dict[int, int]:
        """Return the exact number of paths from the roots to each offender, cycles shrunk to one node."""
        stand_in, after = self.stand_in, self.after
        ways: defaultdict[int, int] = defaultdict(int)
        for root in self.roots:
            ways[stand_in.get(root, root)] += 1
        wanted = frozenset(offenders)
        counts = {}
        for part in self.parts:
            # Popped: numbers of a hostile graph have as many bits as it has nodes.
            total = ways.pop(part[0])
            for node in part:
                if node in wanted:
                    counts[node] = total
                for target in after[node]:
                    to = stand_in.get(target, target)
                    if to != part[0]:
                        ways[to] += total
        return counts

    def introducers(self, offenders: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """Return the direct successors of the roots that reach each offender, sorted."""
        direct = sorted({target for root in self.roots for target in self.after[root]})
        found: dict[int, list[int]] = {number: [] for number in offenders}
        masks = self._masks({number: 1 << bit for bit, number in enumerate(offenders)})
        for node in direct:
            mask = masks[self.stand_in.get(node, node)]
            while mask:
                lowest = mask & -mask
                found[offenders[lowest.bit_length() - 1]].append(node)
                mask ^= lowest
        return {number: tuple(nodes) for number, nodes in found.items()}

    def _masks(self, bits: dict[int, int]) -> dict[int, int]:
        """Return for each part's first member the bits of all that the part holds or reaches."""
        stand_in, after = self.stand_in, self.after
        masks: dict[int, int] = {}
        for part in reversed(self.parts):
            mask = masks[part[0]] = 0
            for node in part:
                mask |= bits.get(node, 0)
                for target in after[node]:
                    mask |= masks[stand_in.get(target, target)]
            masks[part[0]] = mask
        return masks

    def cuts(self, target: int) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
        """Return the nodes and edges, from the roots on, that every path to the target takes."""
        chain_up = [target]
        while (node := self.dominators[chain_up[-1]]) >= 0:
            chain_up.append(node)
        chain_up.reverse()
        nodes = tuple(node for node in chain_up[:-1] if node not in self.roots)
        return nodes, tuple((one, two) for one, two in pairwise(chain_up) if two in self.bridged)


class Search:
    """The search for the first simple paths to one component, by length, then by node numbers.

    Depth-first within a bound on the length that grows to the next length that can occur (IDA*, with
    exact distances as the heuristic): no queue of partial paths, so memory stays linear. The first
    path takes no wrong turn; once there is one, the edges to look at are bounded by `looks`.
    """

    def __init__(self, region: Region, target: int, k: int, looks: int) -> None:
        self.region = region
        self.target = target
        self.k = k
        self.paths: list[tuple[int, ...]] = []
        self.looks = looks
        #: The next longer length that may occur, 0 when none can.
        self.beyond = 0

    def run(self) -> list[tuple[int, ...]]:
        """Return at most `k` paths, at least one."""
        bound = self.region.distance[self.target]
        while bound and not self._done():
            self.beyond = 0
            left, onward = self._approach(bound)
            self._walk(bound, left, onward)
            bound = self.beyond
        return self.paths

    def _done(self) -> bool:
        return len(self.paths) >= self.k or (bool(self.paths) and self.looks < 0)

    def _longer(self, length: int) -> None:
        self.beyond = min(self.beyond, length) if self.beyond else length

    def _approach(self, bound: int) -> tuple[dict[int, int], dict[int, list[int]]]:
        """Return steps left and edges onward from each node on a walk to the target of at most `bound` edges."""
        before, distance = self.region.before, self.region.distance
        left = {self.target: 0}
        onward: defaultdict[int, list[int]] = defaultdict(list)
        queue = [self.target]
        for node in queue:
            step = left[node] + 1
            self.looks -= len(before[node]) if self.paths else 0
            if self._done():
                break
            for source in before[node]:
                length = distance[source] + step
                if length > bound:
                    self._longer(length)
                    continue
                onward[source].append(node)
                if source not in left:
                    left[source] = step
                    queue.append(source)
        return left, onward

    def _walk(self, bound: int, left: dict[int, int], onward: dict[int, list[int]]) -> None:
        """Collect the simple paths of exactly `bound` edges; shorter ones were collected before."""
        trail: list[int] = []
        inside: set[int] = set()
        stack = [iter(sorted(left.keys() & self.region.roots))]
        while stack and not self._done():
            self.looks -= 1 if self.paths else 0
            node = next(stack[-1], -1)
            if node < 0:
                stack.pop()
                if trail:
                    inside.remove(trail.pop())
            elif node not in inside:
                length = len(trail) + left[node]
                if length > bound:
                    self._longer(length)
                elif node != self.target:
                    trail.append(node)
                    inside.add(node)
                    stack.append(iter(sorted(onward[node])))
                elif length == bound:
                    self.paths.append((*trail, node))
