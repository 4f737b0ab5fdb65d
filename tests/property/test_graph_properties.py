"""Laws of the graph, against brute force on graphs small enough to list every simple path."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import networkx as nx
from hypothesis import assume, given
from hypothesis import strategies as st

from debar.graph import ProductGraph
from debar.model.inventory import KIND_USE, Component, Document, Inventory, Kind, Mentions, Use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from debar.model.decision import Route

TypedEdge = tuple[int, int, Kind]


@dataclass(frozen=True)
class Sample:
    scopes: tuple[Use, ...]
    roots: tuple[int, ...]
    edges: tuple[TypedEdge, ...]

    def inventory(self) -> Inventory:
        return Inventory(
            documents=tuple(
                Document(path="", sha256="", format="", spec_version="", serial="", name="", product=root)
                for root in self.roots
            ),
            components=[
                Component(name=str(number), scope=scope, document=number % len(self.roots))
                for number, scope in enumerate(self.scopes)
            ],
            sources=array("l", (source for source, _, _ in self.edges)),
            targets=array("l", (target for _, target, _ in self.edges)),
            kinds=bytearray(kind for _, _, kind in self.edges),
            mentions=Mentions(),
            roots=self.roots,
        )


@st.composite
def samples(draw: st.DrawFn, *, acyclic: bool = False, connected: bool = False) -> Sample:
    size = draw(st.integers(1, 7))
    roots = tuple(range(draw(st.integers(1, min(2, size)))))
    numbers = st.integers(0, size - 1)
    kinds = st.sampled_from([Kind.RUNTIME, Kind.RUNTIME, Kind.INCLUDED, Kind.OPTIONAL, Kind.DEV, Kind.WEAK, Kind.COPY])
    edges = draw(st.lists(st.tuples(numbers, numbers, kinds), max_size=16))
    if acyclic:
        edges = [(min(s, t), max(s, t), kind) for s, t, kind in edges if s != t]
    if connected:
        edges += [(draw(st.integers(0, n - 1)), n, draw(kinds)) for n in range(len(roots), size)]
    scopes = draw(
        st.lists(st.sampled_from([Use.SHIPPED, Use.SHIPPED, Use.DEV_TEST, Use.OPTIONAL]), min_size=size, max_size=size)
    )
    return Sample(tuple(scopes), roots, tuple(edges))


def listed_by_definition(sample: Sample) -> list[int]:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(sample.scopes)))
    graph.add_edges_from((s, t) for s, t, _ in sample.edges)
    reached = {n for root in sample.roots for n in nx.descendants(graph, root) | {root}}
    rest = nx.condensation(graph.subgraph(set(graph) - reached))
    return sorted(min(rest.nodes[part]["members"]) for part in rest if rest.in_degree(part) == 0)


def all_edges(sample: Sample, graph: ProductGraph) -> list[TypedEdge]:
    owners = {n: sample.roots[n % len(sample.roots)] for n in graph.listed}
    return [*sample.edges, *((owner, n, Kind.LISTED) for n, owner in owners.items())]


def simple_paths(sample: Sample, edges: list[tuple[int, int]], target: int) -> list[tuple[int, ...]]:
    after: dict[int, set[int]] = {}
    for source, other in edges:
        after.setdefault(source, set()).add(other)

    def extend(path: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if path[-1] == target:
            yield path
        else:
            for other in after.get(path[-1], ()):
                if other not in path:
                    yield from extend((*path, other))

    found = [path for root in sample.roots for path in extend((root,))]
    return sorted(found, key=lambda path: (len(path), path))


def strongest(sample: Sample, edges: list[TypedEdge]) -> dict[tuple[int, int], Use]:
    strengths: dict[tuple[int, int], Use] = {}
    for source, target, kind in edges:
        cap = Use.SHIPPED if target in sample.roots else sample.scopes[target]
        use = min(KIND_USE[kind], cap)
        strengths[source, target] = max(use, strengths.get((source, target), use))
    return strengths


def ways(sample: Sample, graph: ProductGraph, target: int) -> tuple[Use, list[tuple[int, ...]], list[tuple[int, int]]]:
    """Return use, all simple paths at that use, and the edges at that use."""
    strengths = strongest(sample, all_edges(sample, graph))
    paths = simple_paths(sample, list(strengths), target)
    use = max(min(strengths[edge] for edge in pairwise(path)) for path in paths)
    edges = [edge for edge, strength in strengths.items() if strength >= use]
    return use, simple_paths(sample, edges, target), edges


def nodes_of(route: Route) -> list[tuple[int, ...]]:
    return [tuple(step.component for step in path) for path in route.paths]


def others(sample: Sample) -> list[int]:
    return [n for n in range(len(sample.scopes)) if n not in sample.roots]


@given(samples())
def test_listed_are_the_sources_of_what_is_not_reached(sample: Sample) -> None:
    assert list(ProductGraph(sample.inventory()).listed) == listed_by_definition(sample)


@given(samples(), st.integers(1, 5))
def test_use_and_first_paths_are_those_of_all_simple_paths(sample: Sample, k: int) -> None:
    graph = ProductGraph(sample.inventory())
    strengths = strongest(sample, all_edges(sample, graph))
    for target, route in graph.routes(others(sample), k=k).items():
        use, paths, _ = ways(sample, graph, target)
        assert route.use == use
        assert nodes_of(route) == paths[:k]
        for path in route.paths:
            assert path[0].kind is None
            for one, two in pairwise(path):
                assert two.kind is not None
                kinds = [k for s, t, k in all_edges(sample, graph) if (s, t) == (one.component, two.component)]
                assert two.kind == min(kinds, key=lambda kind: (-KIND_USE[kind], kind))
                assert strengths[one.component, two.component] >= use


@given(samples())
def test_cuts_are_what_every_path_takes(sample: Sample) -> None:
    graph = ProductGraph(sample.inventory())
    for target, route in graph.routes(others(sample)).items():
        _, paths, _ = ways(sample, graph, target)
        first = paths[0]
        assert list(route.cut) == [n for n in first[:-1] if n not in sample.roots and all(n in path for path in paths)]
        assert list(route.cut_edges) == [
            edge for edge in pairwise(first) if all(edge in pairwise(path) for path in paths)
        ]


@given(samples())
def test_removing_a_cut_disconnects_and_removing_another_does_not(sample: Sample) -> None:
    graph = ProductGraph(sample.inventory())
    for target, route in graph.routes(others(sample)).items():
        _, _, edges = ways(sample, graph, target)
        for node in set(others(sample)) - {target}:
            left = simple_paths(sample, [edge for edge in edges if node not in edge], target)
            assert (not left) == (node in route.cut)
        for edge in edges:
            left = simple_paths(sample, [other for other in edges if other != edge], target)
            assert (not left) == (edge in route.cut_edges)


@given(samples(acyclic=True, connected=True))
def test_count_and_introducers_are_exact_without_cycles(sample: Sample) -> None:
    graph = ProductGraph(sample.inventory())
    for target, route in graph.routes(others(sample)).items():
        _, paths, _ = ways(sample, graph, target)
        assert route.count == len(paths)
        direct = {two for path in paths for one, two in pairwise(path) if one in sample.roots}
        assert list(route.introduced_by) == sorted(direct)


@given(samples())
def test_count_is_that_of_the_condensed_graph(sample: Sample) -> None:
    graph = ProductGraph(sample.inventory())
    for target, route in graph.routes(others(sample)).items():
        _, _, edges = ways(sample, graph, target)
        full: nx.DiGraph[int] = nx.DiGraph([(-1, root) for root in sample.roots])
        full.add_edges_from(edge for edge in edges if len(sample.roots) > 1 or edge[1] != sample.roots[0])
        part = nx.condensation(full).graph["mapping"]
        crossing = [(part[s], part[t]) for s, t in full.edges if part[s] != part[t]]
        dag: nx.MultiDiGraph[int] = nx.MultiDiGraph(crossing)
        counts = {part[-1]: 1}
        for node in nx.topological_sort(dag):
            for _, to in dag.out_edges(node):
                counts[to] = counts.get(to, 0) + counts.get(node, 0)
        assert route.count == counts[part[target]]


@given(samples())
def test_introducers_of_one_root_begin_the_paths(sample: Sample) -> None:
    assume(len(sample.roots) == 1)
    graph = ProductGraph(sample.inventory())
    for target, route in graph.routes(others(sample)).items():
        _, paths, _ = ways(sample, graph, target)
        assert list(route.introduced_by) == sorted({path[1] for path in paths})


@given(samples(), st.data())
def test_results_do_not_depend_on_the_order_of_edges_or_on_the_question(sample: Sample, data: st.DataObject) -> None:
    shuffled = replace(sample, edges=tuple(data.draw(st.permutations(sample.edges))))
    first, second = ProductGraph(sample.inventory()), ProductGraph(shuffled.inventory())
    every = range(len(sample.scopes))
    assert (first.reachable, first.listed) == (second.reachable, second.listed)
    assert first.routes(every) == second.routes(every) == {number: second.route(number) for number in every}


@given(samples(), st.data())
def test_a_shipped_edge_from_a_root_never_lowers_a_use(sample: Sample, data: st.DataObject) -> None:
    graph = ProductGraph(sample.inventory())
    before = graph.routes(range(len(sample.scopes)))
    target = data.draw(st.integers(0, len(sample.scopes) - 1))
    kind = data.draw(st.sampled_from([Kind.RUNTIME, Kind.SERVICE]))
    more = ProductGraph(replace(sample, edges=(*sample.edges, (sample.roots[0], target, kind))).inventory())
    # The one exception: an edge into a cycle that was listed by another member takes that listing away.
    assume(set(graph.listed) - {target} <= set(more.listed))
    for number, route in more.routes(before).items():
        assert route.use >= before[number].use


@given(samples(), st.sampled_from(Use))
def test_a_component_more_changes_no_route(sample: Sample, scope: Use) -> None:
    every = range(len(sample.scopes))
    more = replace(sample, scopes=(*sample.scopes, scope))
    assert ProductGraph(more.inventory()).routes(every) == ProductGraph(sample.inventory()).routes(every)


@given(st.integers(8, 40), st.integers(1, 4), st.randoms(use_true_random=False))
def test_larger_graphs_agree_with_networkx(size: int, density: int, random: Random) -> None:
    near = [(random.randrange(max(0, n - 6), n), n) for n in range(1, size) for _ in range(random.randint(1, density))]
    back = [(random.randrange(size), random.randrange(size)) for _ in range(size // 4)]
    edges = tuple((s, t, Kind.RUNTIME) for s, t in near + back)
    routes = ProductGraph(Sample((Use.SHIPPED,) * size, (0,), edges).inventory()).routes(range(1, size))
    full: nx.DiGraph[int] = nx.DiGraph((s, t) for s, t in near + back if t not in (0, s))
    above = nx.immediate_dominators(full, 0)
    for target, route in routes.items():
        up = [target]
        while up[-1] in above:
            up.append(above[up[-1]])
        assert list(route.cut) == up[-2:0:-1]
        assert len(route.paths[0]) - 1 == nx.shortest_path_length(full, 0, target)
        for source, other in pairwise(nodes_of(route)[0]):
            cut = nx.restricted_view(full, [], [(source, other)])
            assert nx.has_path(cut, 0, target) == ((source, other) not in route.cut_edges)
