"""How the product comes to hold a component: uses, paths, counts and cuts (DESIGN 6).

Nodes are component numbers. The whole graph lives in flat arrays; only the region that can reach an
offender, at the strength of the offender's use, becomes dictionaries, and only what is cyclic in that
region becomes a networkx graph. Every search is linear in the region or has a bound: SBOMs are hostile.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from functools import cached_property
from itertools import accumulate, chain, count, pairwise, repeat
from operator import sub
from typing import TYPE_CHECKING, NamedTuple

from debar.model.decision import Route, Step
from debar.model.inventory import KIND_USE, Kind, Use

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from debar.model.inventory import Inventory

# Edges carry the rank of their kind: the strongest use first, then the smallest kind, so that of
# parallel edges the smallest rank is both the one that counts and the one to show.
_BY_RANK = sorted(Kind, key=lambda kind: (-KIND_USE[kind], kind))
_RANK = bytes(map(_BY_RANK.index, Kind)).ljust(256, b"\0")
_STRENGTH = bytes(KIND_USE[kind] for kind in _BY_RANK)

#: Edges looked at for more than the first paths, about a second: offenders share them evenly, as if ten at least.
_LOOKS = 10_000_000
#: Offenders that share a region: each is one bit in a mask that every node of the region carries.
_TOGETHER = 1024


class _Rows(NamedTuple):
    """Edges grouped by one end: those of node v are at ``start[v]:start[v + 1]``."""

    start: array[int]
    other: array[int]
    rank: bytearray


def _rows(keys: Sequence[int], others: Iterable[int], ranks: Iterable[int], nodes: int) -> _Rows:
    """Group edges by `keys`, keeping their order within a group (a counting sort)."""
    degree = [0] * (nodes + 1)
    for key in keys:
        degree[key + 1] += 1
    start = array("l", accumulate(degree))
    cursor = start.tolist()
    other, rank = array("l", bytes(start.itemsize * len(keys))), bytearray(len(keys))
    for key, far, value in zip(keys, others, ranks, strict=True):
        at = cursor[key]
        cursor[key] = at + 1
        other[at] = far
        rank[at] = value
    return _Rows(start, other, rank)


def _keys(rows: _Rows) -> Iterator[int]:
    """Yield the node that each edge is grouped by."""
    degrees = map(sub, rows.start[1:], rows.start)
    return chain.from_iterable(map(repeat, count(), degrees))


def _spread(rows: _Rows, starts: Iterable[int], seen: bytearray) -> None:
    """Mark the starts and all that they lead to, except what is marked already."""
    first, other, _ = rows
    stack = [node for node in starts if not seen[node]]
    for node in stack:
        seen[node] = 1
    while stack:
        node = stack.pop()
        for far in other[first[node] : first[node + 1]]:
            if not seen[far]:
                seen[far] = 1
                stack.append(far)


class ProductGraph:
    """The union graph of an inventory, with `listed` edges for what hangs on nothing.

    `reachable` counts the components (neither synthetic, auxiliary nor a document's product) that the
    roots reach by the documents' own edges. `listed` are the components attached by a listed edge, in
    ascending order: the sources among what is not reached, one (the smallest) for a source cycle
    (formats: CycloneDX `dependency.description` calls them opaque, not dependency-free).
    """

    def __init__(self, inventory: Inventory) -> None:
        components = inventory.components
        products = {document.product for document in inventory.documents}
        self._components = components
        self._roots = frozenset(inventory.roots or products)
        self._own = _rows(inventory.sources, inventory.targets, inventory.kinds.translate(_RANK), len(components))
        reached = bytearray(len(components))
        _spread(self._own, self._roots, reached)
        self.reachable = sum(
            1
            for number, (component, hit) in enumerate(zip(components, reached, strict=True))
            if hit and not component.synthetic and not component.auxiliary and number not in products
        )
        self.listed = self._sources_of_rest(reached) if self._roots else ()
        # A product that nothing reaches cannot hold anything up, so the first root stands in for it.
        first = min(self._roots, default=-1)
        owners = (inventory.documents[components[number].document].product for number in self.listed)
        self._owners = [owner if reached[owner] else first for owner in owners]

    def route(self, component: int, *, k: int = 3) -> Route:
        """Return how the product holds that component; see `routes`."""
        return self.routes((component,), k=k)[component]

    def routes(self, offenders: Collection[int], *, k: int = 3) -> dict[int, Route]:
        """Return the route to each offender, in ascending order of their numbers.

        At most `k` paths each, always the first of the shortest ones; fewer than exist only when the
        search for more runs into its bound. A root is its own path, whatever else leads to it.
        """
        wanted = sorted(set(offenders))
        width = self._widths(wanted)
        looks = _LOOKS // max(len(wanted), 10)
        by_use: defaultdict[int, list[int]] = defaultdict(list)
        routes: dict[int, Route] = {}
        for number in wanted:
            if number in self._roots or not width[number]:
                routes[number] = Route(use=Use.SHIPPED, paths=((Step(number),),), count=1)
            else:
                by_use[width[number] - 1].append(number)
        for use, members in by_use.items():
            for begin in range(0, len(members), _TOGETHER):
                some = members[begin : begin + _TOGETHER]
                routes.update(self._routes_of_use(Use(use), some, width, (max(k, 1), looks)))
        return {number: routes[number] for number in wanted}

    def _routes_of_use(
        self, use: Use, offenders: list[int], width: bytearray, bounds: tuple[int, int]
    ) -> Iterator[tuple[int, Route]]:
        region = _Region(self._roots, self._ancestors(use, offenders, width))
        counts = region.counts(offenders)
        introducers = region.introducers(offenders)
        for number in offenders:
            paths = _Search(region, number, *bounds).run()
            cut, cut_edges = region.cuts(number)
            yield (
                number,
                Route(
                    use=use,
                    paths=tuple(self._steps(path) for path in paths),
                    count=counts[number],
                    introduced_by=introducers[number],
                    cut=cut,
                    cut_edges=cut_edges,
                ),
            )

    def _sources_of_rest(self, reached: bytearray) -> tuple[int, ...]:
        """Return the smallest member of each source strongly connected part of what is not reached.

        Ascending searches start at each such member, as nothing else enters its part, and at others;
        searches from the last start back to the first then leave out exactly those others.
        """

        def starts(order: Iterable[int]) -> Iterator[int]:
            seen = reached[:]
            for number in order:
                if not seen[number]:
                    yield number
                    _spread(self._own, (number,), seen)

        return tuple(starts(reversed(list(starts(range(len(reached)))))))[::-1]

    @cached_property
    def _edges(self) -> tuple[_Rows, _Rows]:
        """All edges with the listed ones, by source, and by target with each row sorted by source."""
        nodes = len(self._components)
        out = self._own
        if self.listed:
            sources = array("l", chain(_keys(out), self._owners))
            ranks = out.rank + bytes([_RANK[Kind.LISTED]]) * len(self.listed)
            out = _rows(sources, chain(out.other, self.listed), ranks, nodes)
        return out, _rows(out.other, _keys(out), out.rank, nodes)

    def _widths(self, offenders: Sequence[int]) -> bytearray:
        """Return the use of each ancestor of the offenders plus one: 0 is no ancestor, or not reached."""
        (first, other, rank), into = self._edges
        wanted = bytearray(len(self._components))
        _spread(into, offenders, wanted)
        width = bytearray(len(self._components))
        buckets: list[list[int]] = [[] for _ in Use]
        for root in self._roots:
            if wanted[root]:
                width[root] = Use.SHIPPED + 1
                buckets[Use.SHIPPED].append(root)
        for level in reversed(range(len(buckets))):
            for node in buckets[level]:
                if width[node] != level + 1:
                    continue
                begin, end = first[node], first[node + 1]
                for target, value in zip(other[begin:end], rank[begin:end], strict=True):
                    if width[target] <= level and wanted[target]:
                        use = min(level, _STRENGTH[value], self._components[target].scope)
                        if use >= width[target]:
                            width[target] = use + 1
                            buckets[use].append(target)
        return width

    def _ancestors(self, use: Use, offenders: Sequence[int], width: bytearray) -> dict[int, list[int]]:
        """Return the sorted predecessors of each node between the roots and the offenders at that strength.

        No simple path comes back to the only root, so nothing precedes it.
        """
        first, other, rank = self._edges[1]
        only = min(self._roots) if len(self._roots) == 1 else -1
        weakest = max(value for value, strength in enumerate(_STRENGTH) if strength >= use)
        before: dict[int, list[int]] = {number: [] for number in offenders}
        stack = list(offenders)
        while stack:
            node = stack.pop()
            if node == only:
                continue
            row = before[node]
            begin, end = first[node], first[node + 1]
            last = node
            for source, value in zip(other[begin:end], rank[begin:end], strict=True):
                if value <= weakest and source not in (last, node) and width[source] > use:
                    last = source
                    row.append(source)
                    if source not in before:
                        before[source] = []
                        stack.append(source)
        return before

    def _steps(self, path: Sequence[int]) -> tuple[Step, ...]:
        steps = [Step(path[0])]
        first, other, rank = self._edges[1]
        for source, target in pairwise(path):
            end = first[target + 1]
            at = bisect_left(other, source, first[target], end)
            best = rank[at]
            while at < end and other[at] == source:
                best = min(best, rank[at])
                at += 1
            steps.append(Step(target, _BY_RANK[best]))
        return tuple(steps)


class _Region:
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
        self.parts = _strong_parts(before, self.after)
        #: The member that stands for a part of several nodes.
        self.dominators, self.bridged = _dominators(self.roots, before, self.after)
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


class _Search:
    """The search for the first simple paths to one component, by length, then by node numbers.

    Depth-first within a bound on the length that grows to the next length that can occur (IDA*, with
    exact distances as the heuristic): no queue of partial paths, so memory stays linear. The first
    path takes no wrong turn; once there is one, the edges to look at are bounded by `looks`.
    """

    def __init__(self, region: _Region, target: int, k: int, looks: int) -> None:
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


def _strong_parts(before: dict[int, list[int]], after: dict[int, list[int]]) -> list[Sequence[int]]:
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


def _dominators(
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
