"""What holds of waivers, whatever the product: they clear what they are for, and nothing gets better without them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import PACK, cyclonedx
from debar import pipeline, report
from debar.graph.ways import Ways
from debar.model.decision import Status, Verdict
from debar.model.knowledge import Named
from debar.model.policy import Outcome, Pack
from debar.model.waivers import Waiver, Waivers, WaiverState
from debar.pipeline import Input, Options
from debar.verdict import SEVERITY

AS_OF = "2026-11-21T00:00:00Z"
TINY = msgspec.convert(PACK, Pack)
EARLIER, LATER, PAST = "2020-01-01", "2999-01-01", "2020-06-01"
LOUD = {Outcome.FAIL, Outcome.REVIEW}

KINDS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["left-pad", "Kaspersky Anti-Virus", "core", "Kaspersky Lab"])},
        optional={
            "version": st.sampled_from(["1.0", "2.1"]),
            "purl": st.sampled_from(["pkg:npm/left-pad@1.0", "pkg:pypi/opentip@1.2", "pkg:npm/%40kaspersky/hexa-ui@1"]),
            "cpe": st.just("cpe:2.3:a:kaspersky:antivirus_engine:8:*:*:*:*:*:*:*"),
            "supplier": st.sampled_from([{"name": "Kaspersky Lab"}, {"name": "ACME"}]),
            "scope": st.sampled_from(["required", "optional", "excluded"]),
            "unknown-section": st.just("made by kaspersky"),
        },
    ),
    min_size=1,
    max_size=5,
)
EDGES = st.lists(st.tuples(st.integers(-1, 4), st.integers(0, 4)), max_size=10)


def document(kinds: list[dict[str, Any]], edges: list[tuple[int, int]] = ()) -> bytes:  # type: ignore[assignment] - an empty tuple is an empty list here
    refs = {-1: "product", **{number: f"c{number}" for number in range(len(kinds))}}
    depends: dict[str, list[str]] = {"product": []}
    for source, target in dict.fromkeys(edges):
        if source in refs and target in refs:
            depends.setdefault(refs[source], []).append(refs[target])
    return cyclonedx(*kinds, dependencies=[{"ref": ref, "dependsOn": sorted(to)} for ref, to in depends.items()])


def check(data: bytes, **options: Any) -> Verdict:  # noqa: ANN401 - any option
    return pipeline.check([Input(path="x", data=data)], pack=TINY, options=Options(as_of=AS_OF, **options))


def waivers(*some: Waiver) -> Waivers:
    return Waivers(path="accepted.yaml", digest="0" * 64, waivers=some, lines=tuple(range(2, 2 + len(some))))


def waiver(waiver_id: str = "W", **more: Any) -> Waiver:  # noqa: ANN401 - any key of a waiver
    given_ = {"reason": "r", "approver": "a", "created": EARLIER, "expires": LATER, "id": waiver_id, **more}
    return msgspec.convert(given_, Waiver, strict=False)


@st.composite
def fitting(draw: st.DrawFn, verdict: Verdict) -> list[Waiver]:
    """Waivers of things that a verdict found; each may be too narrow, or too late."""
    made = []
    for number in range(draw(st.integers(0, 5))):
        finding = draw(st.sampled_from(verdict.findings))
        component = verdict.components[finding.component]
        item = draw(st.sampled_from(finding.evidence))
        ruling = draw(st.sampled_from(finding.rulings))
        made.append(
            waiver(
                f"W-{number}",
                component=Named(purl=component.purl)
                if component.purl
                else Named(name=component.name, version=component.version),
                **draw(st.sampled_from([{"rule": ruling.rule}, {"fact": item.fact.id}])),
                **draw(st.sampled_from([{}, {"regime": ruling.regime}])),
                value=item.value if item.field == "raw-text" else "",
                path=[verdict.components[step.component].name for step in draw(st.sampled_from(finding.route.paths))]
                if draw(st.booleans())
                else [],
                accepts=draw(st.sampled_from(["fail", "fail", "review"])),
                sbom=draw(st.sampled_from(["", "", verdict.documents[0].sha256, "0" * 64])),
                expires=draw(st.sampled_from([LATER, LATER, LATER, PAST])),
            )
        )
    return made


@settings(max_examples=60)
@given(KINDS, EDGES, st.data())
def test_a_waiver_changes_only_the_rulings_that_it_clears(
    kinds: list[dict[str, Any]], edges: list[tuple[int, int]], data: st.DataObject
) -> None:
    sbom = document(kinds, edges)
    before = check(sbom)
    if not before.findings:
        return
    made = data.draw(fitting(before))
    after = check(sbom, waivers=[waivers(*made)])
    uses = {use.waiver.id: use for use in after.waived}

    assert [finding.id for finding in after.findings] == [finding.id for finding in before.findings]
    assert (after.gaps, after.coverage, after.near_misses) == (before.gaps, before.coverage, before.near_misses)
    assert SEVERITY.index(after.status) >= SEVERITY.index(before.status)
    for old, new in zip(before.findings, after.findings, strict=True):
        assert (new.evidence, new.route, new.article, new.use) == (old.evidence, old.route, old.article, old.use)
        for was, now in zip(old.rulings, new.rulings, strict=True):
            if now == was:
                continue
            assert (was.outcome in LOUD, now.outcome, now.waived) == (True, Outcome.WAIVED, was.outcome)
            assert now.waivers
            for name in now.waivers:
                one = uses[name]
                assert one.state is WaiverState.APPLIED
                assert (new.pack, new.id) in one.findings
                assert one.waiver.component.names(after.components[new.component])
                assert one.waiver.concerns(was)


@settings(max_examples=40)
@given(KINDS, EDGES, st.data())
def test_fewer_waivers_never_improve_a_verdict_and_expired_ones_are_none(
    kinds: list[dict[str, Any]], edges: list[tuple[int, int]], data: st.DataObject
) -> None:
    sbom = document(kinds, edges)
    alone = check(sbom)
    if not alone.findings:
        return
    made = data.draw(fitting(alone))
    fewer = [one for one in made if data.draw(st.booleans())]
    with_all, with_fewer = check(sbom, waivers=[waivers(*made)]), check(sbom, waivers=[waivers(*fewer)])
    late = [msgspec.structs.replace(one, expires=PAST) for one in made]
    expired = check(sbom, waivers=[waivers(*late)])

    assert SEVERITY.index(with_fewer.status) <= SEVERITY.index(with_all.status)
    for few, many in zip(with_fewer.regimes, with_all.regimes, strict=True):
        assert SEVERITY.index(few.status) <= SEVERITY.index(many.status)
    assert (expired.findings, expired.regimes, expired.status) == (alone.findings, alone.regimes, alone.status)
    assert {use.state for use in expired.waived} <= {WaiverState.EXPIRED}


@settings(max_examples=30)
@given(KINDS, EDGES, st.data())
def test_the_order_of_waivers_does_not_matter(
    kinds: list[dict[str, Any]], edges: list[tuple[int, int]], data: st.DataObject
) -> None:
    sbom = document(kinds, edges)
    alone = check(sbom)
    if not alone.findings:
        return
    made = data.draw(fitting(alone))
    lines = {one.id: number for number, one in enumerate(made, 2)}
    other = data.draw(st.permutations(made))
    shuffled = Waivers(
        path="accepted.yaml", digest="0" * 64, waivers=tuple(other), lines=tuple(lines[one.id] for one in other)
    )

    assert report.render(check(sbom, waivers=[waivers(*made)]), "json") == report.render(
        check(sbom, waivers=[shuffled]), "json"
    )


ENGINE = {
    "name": "e",
    "version": "1",
    "purl": "pkg:npm/e@1",
    "cpe": "cpe:2.3:a:kaspersky:antivirus_engine:1:*:*:*:*:*:*:*",
    "supplier": {"name": "Kaspersky Lab"},
}
PARTLY = {key: value for key, value in ENGINE.items() if key != "cpe"}
CPE, PARTY = "T-cpe-kaspersky-antivirus-engine", "T-party-Kaspersky-Lab"
HIDDEN = {"name": "x", "version": "1", "purl": "pkg:npm/x@1", "unknown-section": "made by kaspersky"}
E, X, PRODUCT = {"purl": "pkg:npm/e@1"}, {"purl": "pkg:npm/x@1"}, {"name": "product", "version": ""}


def rule_of(sbom: bytes) -> str:
    (finding,) = check(sbom).findings
    return finding.rulings[0].rule


@pytest.mark.parametrize(
    ("component", "made", "status"),
    [
        (ENGINE, [{"component": E, "rule": "?"}], Status.PASS),
        (ENGINE, [{"component": {"purl": "pkg:npm/e"}, "rule": "?"}], Status.PASS),
        (ENGINE, [{"component": {"name": "e", "version": "1"}, "rule": "?"}], Status.PASS),
        (ENGINE, [{"component": {"name": "e", "version": ""}, "rule": "?"}], Status.FAIL),
        (ENGINE, [{"component": {"purl": "pkg:npm/e@2"}, "rule": "?"}], Status.FAIL),
        (ENGINE, [{"component": {"purl": "pkg:npm"}, "rule": "?"}], Status.FAIL),
        (ENGINE, [{"component": E, "rule": "ban/other"}], Status.FAIL),
        (ENGINE, [{"component": E, "rule": "?", "accepts": "review"}], Status.FAIL),
        (PARTLY, [{"component": E, "rule": "?", "accepts": "review"}], Status.PASS),
        (ENGINE, [{"component": E, "rule": "?", "regime": "ban"}], Status.PASS),
        (ENGINE, [{"component": E, "fact": CPE, "regime": "other"}], Status.FAIL),
        # The finding rests on two facts: whoever accepts one of them did not accept the other.
        (ENGINE, [{"component": E, "fact": CPE}], Status.FAIL),
        (ENGINE, [{"component": E, "fact": CPE}, {"component": E, "fact": PARTY}], Status.PASS),
        (ENGINE, [{"component": E, "rule": "?", "sbom": "0" * 64}], Status.FAIL),
        (ENGINE, [{"component": E, "rule": "?", "path": ["e"]}], Status.PASS),
        (ENGINE, [{"component": E, "rule": "?", "path": ["product", "pkg:npm/e@1"]}], Status.PASS),
        (ENGINE, [{"component": E, "rule": "?", "path": ["product"]}], Status.FAIL),
        (ENGINE, [{"component": E, "rule": "?", "path": ["other", "e"]}], Status.FAIL),
        (ENGINE, [{"component": E, "rule": "?", "created": "2998-01-01"}], Status.FAIL),
        (ENGINE, [{"component": E, "rule": "?", "expires": "2026-11-21"}], Status.FAIL),
        # Text that no section explains stands on the product: only its own words waive it.
        (HIDDEN, [{"component": PRODUCT, "rule": "?"}], Status.REVIEW),
        (HIDDEN, [{"component": X, "rule": "?", "value": "made by kaspersky"}], Status.REVIEW),
        (HIDDEN, [{"component": PRODUCT, "rule": "?", "value": "made by kaspersky"}], Status.PASS),
    ],
)
def test_what_waivers_clear(component: dict[str, Any], made: list[dict[str, Any]], status: Status) -> None:
    sbom = cyclonedx(component)
    rule = rule_of(sbom)
    some = [
        waiver(f"W-{number}", **{**one, **({"rule": rule} if one.get("rule") == "?" else {})})
        for number, one in enumerate(made)
    ]
    verdict = check(sbom, waivers=[waivers(*some)])

    assert verdict.status is status
    assert ("waived" in verdict.reason) == (status is Status.PASS)


def test_a_waiver_of_a_path_needs_every_other_path_waived_too() -> None:
    kinds = [ENGINE, {"name": "a", "purl": "pkg:npm/a"}, {"name": "b", "purl": "pkg:npm/b"}]
    sbom = document(kinds, [(-1, 1), (-1, 2), (1, 0), (2, 0)])
    rule = rule_of(sbom)
    one = waiver("W-a", component=E, rule=rule, path=["a", "e"])
    other = waiver("W-b", component=E, rule=rule, path=["product", "b", "e@1"])
    alone, both = check(sbom, waivers=[waivers(one)]), check(sbom, waivers=[waivers(one, other)])

    assert (alone.status, alone.waived[0].why) == (Status.FAIL, "another path is left: product -> b -> ... -> e@1")
    assert (both.status, [use.state for use in both.waived]) == (Status.PASS, [WaiverState.APPLIED] * 2)


def test_a_weaker_path_is_a_path_too() -> None:
    kinds = [{**ENGINE}, {"name": "a"}, {"name": "b", "scope": "excluded"}]
    sbom = document(kinds, [(-1, 1), (-1, 2), (1, 0), (2, 0)])
    one = waiver(component=E, rule=rule_of(sbom), path=["a", "e"])

    assert check(sbom, waivers=[waivers(one)]).status is Status.FAIL


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=14), st.data())
def test_no_other_path_is_left_only_if_every_simple_path_is_named(
    edges: list[tuple[int, int]], data: st.DataObject
) -> None:
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(range(6))
    paths = [tuple(map(str, path)) for path in nx.all_simple_paths(graph, 0, 5)]
    named = data.draw(st.lists(st.sampled_from(paths), unique=True)) if paths else []
    leads = nx.ancestors(graph, 5) | {5}
    ways = Ways(5, lambda node: (far for far in graph.successors(node) if far in leads), lambda text, n: text == str(n))
    left = ways.left([0], [way[data.draw(st.integers(0, 1)) :] for way in named] or [("none",)])

    if set(named) < set(paths):
        assert left
        assert all(graph.has_edge(one, two) for one, two in pairwise(left))
    # A path that only comes back to itself after leaving the named ones counts as another: in doubt, nothing clears.
    if paths and set(named) == set(paths) and nx.is_directed_acyclic_graph(graph.subgraph(leads)):
        assert not left


def test_a_hostile_crowd_of_names_clears_nothing() -> None:
    layers = [[f"{layer}.{number}" for number in range(12)] for layer in range(12)]
    names = {name: "a" for layer in layers for name in layer} | {"root": "root", "end": "end"}
    after = {"root": layers[0], **{name: layers[at + 1] for at in range(11) for name in layers[at]}}
    after |= {name: ["end"] for name in layers[-1]}
    numbers = {name: number for number, name in enumerate(names)}
    called = list(names.values())
    onward = {numbers[name]: [numbers[far] for far in row] for name, row in after.items()}
    ways = Ways(numbers["end"], lambda node: onward.get(node, ()), lambda text, node: called[node] == text)

    assert ways.left([numbers["root"]], [("a",) * 12 + ("end",)])
