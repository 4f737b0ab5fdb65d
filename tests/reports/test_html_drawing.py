"""A picture of paths can be read: boxes lie apart and inside, each component stands once, cycles do no harm."""

from __future__ import annotations

from itertools import combinations

import lxml.html
import pytest
from hostile import OPTIONS, PACK
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import cyclonedx
from debar import pipeline
from debar.model.decision import Verdict
from debar.report.html_drawing import drawing
from debar.report.text import label, ranked

SIZE = 12
EDGES = st.sets(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)), max_size=30)


def judge(edges: set[tuple[int, int]], offenders: set[int]) -> Verdict:
    """Return the verdict on a product whose ingredients hang together like that."""
    names = {at: "AO Kaspersky Lab" if at in offenders else "Acme" for at in range(SIZE)}
    listed = [{"name": f"n{at}", "bom-ref": f"n{at}", "supplier": {"name": names[at]}} for at in names]
    depends = [{"ref": f"n{at}", "dependsOn": sorted(f"n{b}" for a, b in edges if a == at)} for at in range(SIZE)]
    data = cyclonedx(*listed, dependencies=[{"ref": "product", "dependsOn": ["n0", "n1"]}, *depends])
    return pipeline.check([pipeline.Input(path="a.json", data=data)], pack=PACK, options=OPTIONS)


@given(EDGES, st.sets(st.integers(0, SIZE - 1), min_size=1, max_size=4))
@settings(max_examples=60)
def test_boxes_lie_apart_and_inside(edges: set[tuple[int, int]], offenders: set[int]) -> None:
    verdict = judge(edges, offenders)
    svg = lxml.html.fromstring(drawing(verdict, ranked(verdict), 100, "x")).find(".//svg")
    wide, high = (float(value) for value in svg.get("viewbox").split()[2:])
    boxes = [tuple(float(rect.get(key)) for key in ("x", "y", "width", "height")) for rect in svg.iter("rect")]

    for x, y, w, h in boxes:
        assert 0 <= x <= x + w <= wide
        assert 0 <= y <= y + h <= high
    for (x, y, w, h), (x2, y2, w2, h2) in combinations(boxes, 2):
        assert x + w < x2 or x2 + w2 < x or y + h < y2 or y2 + h2 < y


@given(EDGES, st.sets(st.integers(0, SIZE - 1), min_size=1, max_size=4))
@settings(max_examples=60)
def test_each_component_of_the_paths_stands_once(edges: set[tuple[int, int]], offenders: set[int]) -> None:
    verdict = judge(edges, offenders)
    tree = lxml.html.fromstring(drawing(verdict, ranked(verdict), 100, "x"))
    steps = {step.component for finding in verdict.findings for path in finding.route.paths for step in path}

    assert sorted(item.text for item in tree.iter("title")) == sorted(label(verdict, number) for number in steps)


@pytest.mark.parametrize(("most", "left"), [(1, "11 more"), (6, "6 more"), (100, "")])
def test_what_is_not_drawn_is_counted(most: int, left: str) -> None:
    verdict = judge(set(), set(range(SIZE)))
    found = drawing(verdict, ranked(verdict), most, "x")

    assert ("findings are not drawn" in found) == bool(left)
    assert left in found
