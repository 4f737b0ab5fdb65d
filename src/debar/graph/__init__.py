"""How the product comes to hold a component: uses, paths, counts and cuts (docs/design.md 6).

Nodes are component numbers. The whole graph lives in flat arrays; only the region that can reach an
offender, at the strength of the offender's use, becomes dictionaries, and only what is cyclic in that
region becomes a networkx graph. Every search is linear in the region or has a bound: SBOMs are hostile.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from functools import cached_property
from itertools import accumulate, chain, compress, count, islice, pairwise, repeat
from operator import add, le, sub
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from debar.graph.region import Region, Search
from debar.model.decision import Route, Step
from debar.model.inventory import KIND_USE, Kind, Use

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

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
#: Steps of paths shown over all offenders; beyond it only the last steps of one path each are.
_MOST_STEPS = 500_000
_MOST_TAIL = 20


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
    if all(map(le, keys, islice(keys, 1, None))):
        # Documents mostly list edges in the order of their components.
        return _Rows(start, array("l", others), bytearray(ranks))
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


def _widen(rows: _Rows, scopes: bytes, starts: Mapping[int, int], width: bytearray) -> None:
    """Raise the use plus one of the starts, and of all that they lead to, to the strongest that a path gives."""
    first, other, rank = rows
    strength = rank.translate(_STRENGTH.ljust(256, b"\0"))
    buckets: list[list[int]] = [[] for _ in Use]
    for node, use in starts.items():
        width[node] = use + 1
        buckets[use].append(node)
    for level in reversed(range(len(buckets))):
        for node in buckets[level]:
            if width[node] != level + 1:
                continue
            begin, end = first[node], first[node + 1]
            for target, strong in zip(other[begin:end], strength[begin:end], strict=True):
                if width[target] <= level:
                    use = level if strong >= level <= scopes[target] else min(strong, scopes[target])
                    if use >= width[target]:
                        width[target] = use + 1
                        buckets[use].append(target)


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
        self._scopes = bytes([component.scope for component in components])
        reached = bytearray(len(components))
        _widen(self._own, self._scopes, dict.fromkeys(self._roots, Use.SHIPPED), reached)
        inside = reached[:]
        for number in products:
            inside[number] = False
        self.reachable = sum([not one.synthetic and not one.auxiliary for one in compress(components, inside)])
        self.listed = self._sources_of_rest(reached) if self._roots else ()
        owners = [inventory.documents[components[number].document].product for number in self.listed]
        held = self._held(owners, reached)
        # A product that nothing reaches cannot hold anything up, so the first root stands in for it.
        first = min(self._roots, default=-1)
        self._reached = reached
        self._asked: dict[int, dict[int, int]] = {}
        self._owners = [owner if held[owner] else first for owner in owners]

    def route(self, component: int, *, k: int = 3) -> Route:
        """Return how the product holds that component; see `routes`."""
        return self.routes((component,), k=k)[component]

    def routes(self, offenders: Collection[int], *, k: int = 3) -> dict[int, Route]:
        """Return the route to each offender, in ascending order of their numbers.

        At most `k` paths each, always the first of the shortest ones; fewer than exist only when the
        search for more runs into its bound. A root is its own path, whatever else leads to it.
        """
        wanted = sorted(set(offenders))
        width = self._widths
        looks = _LOOKS // max(len(wanted), 10)
        by_use: defaultdict[int, list[int]] = defaultdict(list)
        routes: dict[int, Route] = {}
        for number in wanted:
            if number in self._roots or not width[number]:
                routes[number] = Route(use=Use.SHIPPED, paths=((Step(number),),), count=1)
            else:
                by_use[width[number] - 1].append(number)
        for use, members in by_use.items():
            before = self._before(Use(use))
            for begin in range(0, len(members), _TOGETHER):
                some = members[begin : begin + _TOGETHER]
                region = Region(self._roots, self._ancestors(before, Use(use), some))
                routes.update(self._routes_in(region, Use(use), some, (max(k, 1), looks)))
        return {number: routes[number] for number in wanted}

    def other_path(self, component: int, ways: Collection[Sequence[str]]) -> tuple[int, ...]:
        """Return how a path of any strength begins that is none of some named ways, or nothing if there is none.

        A step of a way is a purl, a name or name@version. A path counts as another one when in doubt: where it comes
        back to itself, or where the names fit so many components that the search runs into its bound.
        """
        from debar.graph.ways import Ways
        from debar.model.waivers import names_step

        first, other, _ = self._edges
        leads = bytearray(len(self._components))
        for node in self._ancestors(self._any_before, Use.MENTIONED, (component,)):
            leads[node] = 1

        def after(node: int) -> Iterator[int]:
            return (far for far in other[first[node] : first[node + 1]] if leads[far])

        roots = sorted(root for root in self._roots if leads[root])
        found = Ways(component, after, lambda text, node: names_step(text, self._components[node]))
        return found.left(roots or (component,), ways)

    def edges(self) -> Iterator[tuple[int, int]]:
        """Yield (source, target) of each edge, the listed ones too."""
        return zip(_keys(self._edges), self._edges.other, strict=True)

    def _routes_in(
        self, region: Region, use: Use, offenders: Sequence[int], bounds: tuple[int, int]
    ) -> Iterator[tuple[int, Route]]:
        counts = region.counts(offenders)
        introducers = region.introducers(offenders)
        for number in offenders:
            paths = Search(region, number, *bounds).run()
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

    def _held(self, owners: Sequence[int], reached: bytearray) -> bytearray:
        """Mark what is reached when each product also holds what its document lists, and those hold theirs."""
        waiting: defaultdict[int, list[int]] = defaultdict(list)
        for owner, number in zip(owners, self.listed, strict=True):
            waiting[owner].append(number)
        held = reached[:]
        while ready := [owner for owner in waiting if held[owner]]:
            for owner in ready:
                _spread(self._own, waiting.pop(owner), held)
        return held

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
    def _edges(self) -> _Rows:
        """All edges by source, with the listed ones."""
        return self._with_listed(self._own) if self.listed else self._own

    def _with_listed(self, own: _Rows) -> _Rows:
        """Return edges with the listed ones at the ends of the rows of their owners, which are few."""
        more: defaultdict[int, list[int]] = defaultdict(list)
        for owner, number in zip(self._owners, self.listed, strict=True):
            more[owner].append(number)
        other, rank, extra, at = array("l"), bytearray(), [0] * len(own.start), 0
        for owner in sorted(more):
            end = own.start[owner + 1]
            other += own.other[at:end]
            other.extend(more[owner])
            rank += own.rank[at:end] + bytes([_RANK[Kind.LISTED]]) * len(more[owner])
            extra[owner + 1] = len(more[owner])
            at = end
        return _Rows(array("l", map(add, own.start, accumulate(extra))), other + own.other[at:], rank + own.rank[at:])

    @cached_property
    def _widths(self) -> bytearray:
        """The use of each component plus one; 0 is not reached."""
        width = self._reached[:]
        while more := {
            number: use
            for owner, number in zip(self._owners, self.listed, strict=True)
            if width[owner] and (use := min(width[owner] - 1, self._scopes[number])) >= width[number]
        }:
            _widen(self._edges, self._scopes, more, width)
        return width

    def _before(self, use: Use) -> list[list[int]]:
        """Return the predecessors of each node by edges of that strength, in ascending order, some more than once."""
        strong = self._edges.rank.translate(bytes(strength >= use for strength in _STRENGTH).ljust(256, b"\0"))
        before: list[list[int]] = [[] for _ in self._components]
        for source, target in compress(self.edges(), strong):
            before[target].append(source)
        return before

    @cached_property
    def _any_before(self) -> list[list[int]]:
        return self._before(Use.MENTIONED)

    def _ancestors(self, before: Sequence[list[int]], use: Use, offenders: Sequence[int]) -> dict[int, list[int]]:
        """Return the predecessors of each node between the roots and the offenders at that strength, each once.

        No simple path comes back to the only root, so nothing precedes it.
        """
        width = self._widths
        only = min(self._roots) if len(self._roots) == 1 else -1
        found: dict[int, list[int]] = {number: [] for number in offenders}
        stack = [number for number in offenders if number != only]
        while stack:
            node = stack.pop()
            row = found[node] = [one for one in dict.fromkeys(before[node]) if width[one] > use and one != node]
            for source in row:
                if source not in found:
                    found[source] = []
                    if source != only:
                        stack.append(source)
        return found

    def _steps(self, path: Sequence[int]) -> tuple[Step, ...]:
        steps = (Step(target, self._kind(source, target)) for source, target in pairwise(path))
        return (Step(path[0]), *steps)

    def _kind(self, source: int, target: int) -> Kind:
        """Return what the strongest of parallel edges says; a row that is asked for is kept, as paths share them."""
        row = self._asked.get(source)
        if row is None:
            first, other, rank = self._edges
            begin, end = first[source], first[source + 1]
            row = self._asked[source] = {}
            for far, value in zip(other[begin:end], rank[begin:end], strict=True):
                row[far] = min(value, row.get(far, value))
        return _BY_RANK[row[target]]


def affordable(routes: dict[int, Route]) -> dict[int, Route]:
    """Keep what is shown of paths and cuts within bounds: in a chain of offenders they grow with its square."""
    left = _MOST_STEPS
    bounded = {}
    for number, route in routes.items():
        kept = tuple(path for path in route.paths if len(path) <= left) or (route.paths[0][-_MOST_TAIL:],)
        left = max(0, left - sum(map(len, kept)))
        bounded[number] = replace(route, paths=kept, cut=route.cut[:_MOST_TAIL], cut_edges=route.cut_edges[:_MOST_TAIL])
    return bounded
