from __future__ import annotations

import subprocess
import sys
from array import array
from typing import TYPE_CHECKING

import pytest

from debar.graph import ProductGraph
from debar.model.decision import Route, Step
from debar.model.inventory import Component, Document, Inventory, Kind, Mentions, Use

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

R, INC, DEV, COPY, LISTED = Kind.RUNTIME, Kind.INCLUDED, Kind.DEV, Kind.COPY, Kind.LISTED
Typed = tuple[int, int, Kind]


def product_graph(
    components: int | Sequence[Component], edges: Iterable[Typed], roots: tuple[int, ...] = (0,)
) -> ProductGraph:
    edges = list(edges)
    return ProductGraph(
        Inventory(
            documents=tuple(
                Document(path="", sha256="", format="", spec_version="", serial="", name="", product=root)
                for root in roots
            ),
            components=[Component(name=str(n)) for n in range(components)]
            if isinstance(components, int)
            else components,
            sources=array("l", (source for source, _, _ in edges)),
            targets=array("l", (target for _, target, _ in edges)),
            kinds=bytearray(kind for _, _, kind in edges),
            mentions=Mentions(),
            roots=roots,
        )
    )


def runtime(*pairs: tuple[int, int]) -> list[Typed]:
    return [(source, target, R) for source, target in pairs]


def scoped(*scopes: Use) -> list[Component]:
    return [Component(name=str(number), scope=scope) for number, scope in enumerate(scopes)]


def shown(route: Route) -> list[str]:
    """Write each path as ``0 -runtime> 1``."""
    return [
        "".join(f" -{s.kind.word}> {s.component}" if s.kind is not None else str(s.component) for s in p)
        for p in route.paths
    ]


CHAIN = runtime((0, 1), (1, 2), (2, 3))
DIAMOND = runtime((0, 1), (0, 2), (1, 3), (2, 3))

CASES = [
    pytest.param(
        4, CHAIN, 3, ["0 -runtime> 1 -runtime> 2 -runtime> 3"], 1, (1,), (1, 2), ((0, 1), (1, 2), (2, 3)), id="chain"
    ),
    pytest.param(
        4, DIAMOND, 3, ["0 -runtime> 1 -runtime> 3", "0 -runtime> 2 -runtime> 3"], 2, (1, 2), (), (), id="diamond"
    ),
    pytest.param(
        5,
        [*DIAMOND, (3, 4, R)],
        4,
        ["0 -runtime> 1 -runtime> 3 -runtime> 4", "0 -runtime> 2 -runtime> 3 -runtime> 4"],
        2,
        (1, 2),
        (3,),
        ((3, 4),),
        id="a diamond and its stem",
    ),
    pytest.param(
        4,
        [*CHAIN, (0, 3, R)],
        3,
        ["0 -runtime> 3", "0 -runtime> 1 -runtime> 2 -runtime> 3"],
        2,
        (1, 3),
        (),
        (),
        id="shortcut",
    ),
    pytest.param(
        4,
        [*CHAIN, (2, 1, R)],
        3,
        ["0 -runtime> 1 -runtime> 2 -runtime> 3"],
        1,
        (1,),
        (1, 2),
        ((0, 1), (1, 2), (2, 3)),
        id="cycle",
    ),
    pytest.param(
        3,
        runtime((0, 1), (1, 0), (0, 2)),
        2,
        ["0 -runtime> 2"],
        1,
        (2,),
        (),
        ((0, 2),),
        id="cycle through the root brings in nothing",
    ),
    pytest.param(
        4,
        runtime((0, 1), (1, 2), (2, 1), (0, 2), (2, 3)),
        3,
        ["0 -runtime> 2 -runtime> 3", "0 -runtime> 1 -runtime> 2 -runtime> 3"],
        2,
        (1, 2),
        (2,),
        ((2, 3),),
        id="cycle with two ways in counts them",
    ),
    pytest.param(2, runtime((0, 1), (1, 1), (0, 0)), 1, ["0 -runtime> 1"], 1, (1,), (), ((0, 1),), id="self-loops"),
    pytest.param(
        3,
        [(0, 1, DEV), (0, 1, R), (0, 1, INC), (0, 1, R), (1, 2, R)],
        2,
        ["0 -included> 1 -runtime> 2"],
        1,
        (1,),
        (1,),
        ((0, 1), (1, 2)),
        id="parallel edges are one edge of the strongest, then the first kind",
    ),
    pytest.param(
        3,
        [(0, 1, R), (1, 2, COPY), (2, 1, COPY)],
        2,
        ["0 -runtime> 1 -copy> 2"],
        1,
        (1,),
        (1,),
        ((0, 1), (1, 2)),
        id="copies both ways",
    ),
    pytest.param(3, [], 2, ["0 -listed> 2"], 1, (2,), (), ((0, 2),), id="no edges"),
    pytest.param(
        4,
        runtime((0, 1), (2, 3)),
        3,
        ["0 -listed> 2 -runtime> 3"],
        1,
        (2,),
        (2,),
        ((0, 2), (2, 3)),
        id="chain that hangs on nothing",
    ),
    pytest.param(
        4,
        runtime((3, 2), (2, 1), (1, 3)),
        2,
        ["0 -listed> 1 -runtime> 3 -runtime> 2"],
        1,
        (1,),
        (1, 3),
        ((0, 1), (1, 3), (3, 2)),
        id="cycle that hangs on nothing",
    ),
    pytest.param(
        3, runtime((1, 0), (2, 0)), 2, ["0 -listed> 2"], 1, (2,), (), ((0, 2),), id="edges the wrong way round"
    ),
]


@pytest.mark.parametrize(("size", "edges", "target", "paths", "count", "introduced_by", "cut", "cut_edges"), CASES)
def test_routes_of_small_graphs(
    size: int,
    edges: list[Typed],
    target: int,
    paths: list[str],
    count: int,
    introduced_by: tuple[int, ...],
    cut: tuple[int, ...],
    cut_edges: tuple[tuple[int, int], ...],
) -> None:
    route = product_graph(size, edges).route(target)
    assert route.use == Use.SHIPPED
    assert shown(route) == paths
    assert (route.count, route.introduced_by, route.cut, route.cut_edges) == (count, introduced_by, cut, cut_edges)


S, D, OPT = Use.SHIPPED, Use.DEV_TEST, Use.OPTIONAL


@pytest.mark.parametrize(
    ("components", "edges", "target", "use", "paths"),
    [
        (scoped(S, S), [(0, 1, DEV)], 1, D, ["0 -dev> 1"]),
        (scoped(S, S, S), [(0, 1, DEV), (1, 2, R)], 2, D, ["0 -dev> 1 -runtime> 2"]),
        (scoped(S, S, S), [(0, 2, DEV), (0, 1, R), (1, 2, R)], 2, S, ["0 -runtime> 1 -runtime> 2"]),
        (scoped(S, S), [(0, 1, Kind.WEAK)], 1, Use.MENTIONED, ["0 -weak> 1"]),
        (scoped(S, OPT, S), [(0, 1, R), (1, 2, R)], 2, OPT, ["0 -runtime> 1 -runtime> 2"]),
        (scoped(S, S, D), [(0, 1, R), (1, 2, R)], 2, D, ["0 -runtime> 1 -runtime> 2"]),
        (scoped(S, OPT, S), [(0, 1, R), (1, 2, R), (0, 2, DEV)], 2, OPT, ["0 -runtime> 1 -runtime> 2"]),
        (scoped(S, D, S), [(0, 1, R), (1, 2, R), (0, 2, DEV)], 2, D, ["0 -dev> 2", "0 -runtime> 1 -runtime> 2"]),
        (scoped(D, S), [(0, 1, R)], 1, S, ["0 -runtime> 1"]),
        (scoped(S, D), [], 1, D, ["0 -listed> 1"]),
    ],
    ids=[
        "dev edge",
        "as strong as the weakest edge",
        "runtime beats dev",
        "weakest of all",
        "a scope caps what lies below",
        "a scope caps the component",
        "the stronger of two weak ways",
        "as strong ways are all shown",
        "a root's scope caps nothing",
        "listed, yet of a declared scope",
    ],
)
def test_uses(components: list[Component], edges: list[Typed], target: int, use: Use, paths: list[str]) -> None:
    route = product_graph(components, edges).route(target)
    assert (route.use, shown(route)) == (use, paths)


@pytest.mark.parametrize(
    ("edges", "target", "paths", "count", "introduced_by", "cut", "cut_edges"),
    [
        (
            runtime((0, 2), (2, 4), (1, 3), (3, 4)),
            4,
            ["0 -runtime> 2 -runtime> 4", "1 -runtime> 3 -runtime> 4"],
            2,
            (2, 3),
            (),
            (),
        ),
        (
            runtime((0, 2), (1, 2), (2, 3)),
            3,
            ["0 -runtime> 2 -runtime> 3", "1 -runtime> 2 -runtime> 3"],
            2,
            (2,),
            (2,),
            ((2, 3),),
        ),
        (runtime((1, 3), (0, 2)), 3, ["1 -runtime> 3"], 1, (3,), (), ((1, 3),)),
        (runtime((0, 1), (1, 3)), 3, ["1 -runtime> 3", "0 -runtime> 1 -runtime> 3"], 2, (1, 3), (), ((1, 3),)),
    ],
    ids=["a way from each", "meeting in one", "only one reaches it", "one root under the other"],
)
def test_two_roots(
    edges: list[Typed],
    target: int,
    paths: list[str],
    count: int,
    introduced_by: tuple[int, ...],
    cut: tuple[int, ...],
    cut_edges: tuple[tuple[int, int], ...],
) -> None:
    route = product_graph(5, edges, roots=(0, 1)).route(target)
    assert shown(route) == paths
    assert (route.count, route.introduced_by, route.cut, route.cut_edges) == (count, introduced_by, cut, cut_edges)


@pytest.mark.parametrize("roots", [(0,), (0, 1)])
@pytest.mark.parametrize("edges", [[], runtime((0, 1), (1, 0), (0, 0))])
def test_a_root_is_its_own_path(roots: tuple[int, ...], edges: list[Typed]) -> None:
    assert product_graph(2, edges, roots).route(0) == Route(use=Use.SHIPPED, paths=((Step(0),),), count=1)


@pytest.mark.parametrize(
    ("edges", "reachable", "listed"),
    [
        ([], 0, (1, 2, 3, 4, 5)),
        (CHAIN, 3, (4, 5)),
        (runtime((0, 1), (3, 2), (2, 3), (3, 4), (5, 4)), 1, (2, 5)),
        (runtime((0, 1), (5, 4), (4, 5), (4, 3), (3, 2), (2, 3)), 1, (4,)),
        (runtime((5, 0), (5, 1), (5, 5)), 0, (2, 3, 4, 5)),
        ([(0, n, Kind.WEAK) for n in range(6)], 5, ()),
    ],
)
def test_listed_and_reachable(edges: list[Typed], reachable: int, listed: tuple[int, ...]) -> None:
    graph = product_graph(6, edges)
    assert (graph.reachable, graph.listed) == (reachable, listed)


def test_only_components_proper_count_as_reachable() -> None:
    components = [
        Component(synthetic=True),
        Component(auxiliary=True),
        Component(),
        Component(synthetic=True),
        Component(),
    ]
    graph = product_graph(components, runtime((0, 1), (0, 2), (0, 3), (0, 4)), roots=(0, 4))
    assert graph.reachable == 1


def test_listed_components_hang_on_the_product_of_their_document() -> None:
    components = [Component(), Component(document=1), Component(document=1), Component(document=0)]
    graph = product_graph(components, [], roots=(0, 1))
    assert [shown(route) for route in graph.routes((2, 3)).values()] == [["1 -listed> 2"], ["0 -listed> 3"]]


def test_a_product_that_nothing_reaches_leaves_its_components_to_the_first_root() -> None:
    documents = tuple(
        Document(path="", sha256="", format="", spec_version="", serial="", name="", product=product)
        for product in (0, 1)
    )
    inventory = Inventory(
        documents=documents,
        components=[Component(), Component(document=1), Component(document=1)],
        sources=array("l", [2]),
        targets=array("l", [1]),
        kinds=bytearray([R]),
        mentions=Mentions(),
        roots=(0,),
    )
    assert shown(ProductGraph(inventory).route(1)) == ["0 -listed> 2 -runtime> 1"]


def test_a_listed_cycle_is_listed_no_more_once_it_is_reached() -> None:
    cycle = [(1, 2, R), (2, 1, DEV)]
    assert product_graph(3, cycle).route(1).use == Use.SHIPPED
    assert product_graph(3, [*cycle, (0, 2, R)]).route(1).use == Use.DEV_TEST


def test_counts_are_exact_beyond_machine_words() -> None:
    tower = [edge for n in range(0, 120, 3) for edge in runtime((n, n + 1), (n, n + 2), (n + 1, n + 3), (n + 2, n + 3))]
    route = product_graph(121, tower).route(120)
    assert route.count == 2**40
    assert route.cut == tuple(range(3, 120, 3))
    assert len(route.paths) == 3


@pytest.mark.parametrize("k", [1, 2, 5])
def test_no_more_paths_than_asked_for(k: int) -> None:
    wide = [edge for n in range(1, 8) for edge in runtime((0, n), (n, 8))]
    assert [path[1].component for path in product_graph(9, wide).route(8, k=k).paths] == list(range(1, k + 1))


def test_the_search_for_more_paths_is_bounded() -> None:
    # The only ways round the bottleneck 0-1 come back to it: dead ends without number.
    size = 300
    clique = runtime(*((s, t) for s in range(1, size) for t in range(1, size) if s != t))
    route = product_graph(size + 2, [(0, 1, R), *clique, (1, size, R), (size, size + 1, R)]).route(size + 1)
    assert shown(route) == [f"0 -runtime> 1 -runtime> {size} -runtime> {size + 1}"]
    assert (route.count, route.cut) == (1, (1, size))


@pytest.mark.parametrize("both_ways", [False, True])
def test_depth_is_no_matter(both_ways: bool) -> None:
    size = 20_000
    line = [(n, n + 1) for n in range(size - 1)]
    route = product_graph(size, runtime(*line, *((t, s) for s, t in line if both_ways))).route(size - 1)
    assert [step.component for step in route.paths[0]] == list(range(size))
    assert (len(route.cut), len(route.cut_edges)) == (size - 2, size - 1)


def test_many_offenders_share_the_work() -> None:
    size = 3_000
    routes = product_graph(size, runtime(*((0, n) for n in range(1, size)))).routes(range(size))
    assert list(routes) == list(range(size))
    assert all(route.introduced_by == (number,) for number, route in routes.items() if number)


def test_nothing_heavy_is_imported_before_routes_are_asked_for() -> None:
    code = "import sys, debar.graph; sys.exit('networkx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
