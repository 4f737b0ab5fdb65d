"""What holds of a baseline: it never makes a new offender an old one, and more of it never makes an old one new."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from test_waiver_laws import AS_OF, EDGES, ENGINE, KINDS, document, waiver, waivers

from conftest import PACK, cyclonedx
from debar import pipeline
from debar.errors import InputError, UsageError
from debar.model.decision import Status, Verdict
from debar.model.policy import Pack
from debar.pipeline import Input, Options

TINY = msgspec.convert(PACK, Pack)


def check(head: bytes, *base: bytes, **options: Any) -> Verdict:  # noqa: ANN401 - any option
    baseline = [Input(path=f"base-{number}", data=data) for number, data in enumerate(base)]
    given_ = Options(as_of=AS_OF, baseline=baseline, **options)
    return pipeline.check([Input(path="head", data=head)], pack=TINY, options=given_)


def new(verdict: Verdict) -> list[str]:
    return [finding.id for finding in verdict.findings if not finding.existing]


@settings(max_examples=40)
@given(KINDS, EDGES)
def test_a_product_has_nothing_that_it_does_not_have(kinds: list[dict[str, Any]], edges: list[tuple[int, int]]) -> None:
    sbom = document(kinds, edges)
    verdict = check(sbom, sbom, new_only=True)

    assert new(verdict) == []
    assert verdict.status in {Status.PASS, Status.INCOMPLETE}
    assert verdict.baseline
    assert verdict.baseline.gone == ()
    assert all(item.ungated == 0 or "not gated" in item.reason for item in verdict.regimes)


@settings(max_examples=40)
@given(KINDS, KINDS, KINDS)
def test_more_in_the_baseline_never_makes_more_of_the_product_new(
    head: list[dict[str, Any]], base: list[dict[str, Any]], more: list[dict[str, Any]]
) -> None:
    before, after = check(cyclonedx(*head), cyclonedx(*base)), check(cyclonedx(*head), cyclonedx(*base, *more))

    assert set(new(after)) <= set(new(before))


@settings(max_examples=40)
@given(KINDS, KINDS)
def test_what_a_baseline_does_to_findings(head: list[dict[str, Any]], base: list[dict[str, Any]]) -> None:
    alone, compared = check(cyclonedx(*head)), check(cyclonedx(*head), cyclonedx(*base))
    of_base = check(cyclonedx(*base))

    assert (compared.status, compared.gaps) == (alone.status, alone.gaps)
    assert [finding.id for finding in compared.findings] == [finding.id for finding in alone.findings]
    # As many exist as the baseline has, at most; and what is gone was there.
    assert sum(finding.existing for finding in compared.findings) <= len(of_base.findings)
    assert compared.baseline
    assert {one.id for one in compared.baseline.gone} <= {finding.id for finding in of_base.findings}


def engine(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - any CycloneDX
    return {**ENGINE, **more}


NAMELESS = {key: value for key, value in ENGINE.items() if key != "purl"}
PARTY = {"name": "e", "version": "1", "purl": "pkg:npm/e@1", "supplier": {"name": "Kaspersky Lab"}}
PRODUCT = {"name": "e", "version": "1", "purl": "pkg:npm/e@1", "description": "x"}


@pytest.mark.parametrize(
    ("base", "head", "fresh"),
    [
        ([ENGINE], [ENGINE], 0),
        ([ENGINE], [ENGINE, {"name": "left-pad"}], 0),
        ([], [ENGINE], 1),
        # A second one under the name of the first.
        ([ENGINE], [ENGINE, ENGINE], 1),
        ([NAMELESS], [NAMELESS, {**NAMELESS, "description": "other"}], 1),
        # A worse one in the place of a milder one.
        ([PARTY], [ENGINE], 1),
        ([engine(scope="excluded")], [ENGINE], 1),
        ([ENGINE], [engine(scope="excluded")], 0),
        # A name that reads like a purl, or like a name with its version or ordinal, is a name.
        ([ENGINE], [{**NAMELESS, "name": "pkg:npm/e", "version": "1"}], 1),
        ([NAMELESS, NAMELESS], [NAMELESS, {**NAMELESS, "version": "1#2"}], 1),
        # Other software under the old name, recognised by other facts.
        (
            [ENGINE],
            [
                {
                    "name": "e",
                    "version": "1",
                    "purl": "pkg:npm/e@1",
                    "properties": [{"name": "x", "value": "com.kavsdk"}],
                }
            ],
            1,
        ),
        ([engine(version="1")], [engine(version="2", purl="pkg:npm/e@2")], 1),
        # A better description of the same thing.
        ([{**ENGINE, "supplier": {"name": "ACME"}}], [ENGINE], 0),
    ],
)
def test_what_is_new(base: list[dict[str, Any]], head: list[dict[str, Any]], fresh: int) -> None:
    verdict = check(cyclonedx(*head), cyclonedx(*base, {"name": "left-pad"}))

    gated = check(cyclonedx(*head), cyclonedx(*base, {"name": "left-pad"}), new_only=True)

    assert len(new(verdict)) == fresh, [finding.id for finding in verdict.findings]
    assert (gated.status in {Status.FAIL, Status.REVIEW}) == bool(fresh)


@pytest.mark.parametrize(
    ("before", "after", "edge"),
    [
        ([(-1, 1), (-1, 2)], [(-1, 1), (-1, 2), (1, 0)], ("a@1", "e@1")),
        ([(2, 1)], [(-1, 1), (-1, 2), (1, 0)], ("product", "a@1")),
        ([(-1, 1), (-1, 2)], [(-1, 1), (1, 2), (2, 0)], ("a@1", "b")),
    ],
)
def test_the_edge_that_brought_an_offender_in_is_named(
    before: list[tuple[int, int]], after: list[tuple[int, int]], edge: tuple[str, str]
) -> None:
    old, fresh = {"name": "a", "version": "0.9"}, {"name": "a", "version": "1"}
    base = document([{"name": "harmless"}, old, {"name": "b"}], before)
    (finding,) = (verdict := check(document([ENGINE, fresh, {"name": "b"}], after), base)).findings

    assert finding.since
    assert tuple(verdict.components[number].label for number in finding.since) == edge


def test_a_new_version_of_an_offender_is_new_by_its_own_edge() -> None:
    edges = [(-1, 1), (1, 0)]
    base = document([ENGINE, {"name": "a"}], edges)
    verdict = check(document([engine(version="2", purl="pkg:npm/e@2"), {"name": "a"}], edges), base)

    assert verdict.findings[0].since
    assert [verdict.components[number].label for number in verdict.findings[0].since] == ["a", "e@2"]
    assert verdict.baseline
    assert [one.label for one in verdict.baseline.gone] == ["e@1"]


def test_several_documents_are_one_baseline() -> None:
    parts = [cyclonedx(ENGINE), cyclonedx({"name": "left-pad", "version": "1"})]
    verdict = check(cyclonedx(ENGINE), *parts)

    assert new(verdict) == []
    assert verdict.baseline
    assert [document_.path for document_ in verdict.baseline.documents] == ["base-0", "base-1"]


def test_a_waived_finding_is_an_existing_one_and_waivers_do_not_touch_the_baseline() -> None:
    sbom = cyclonedx(ENGINE)
    rule = check(sbom).findings[0].rulings[0].rule
    accepted = waivers(waiver(component={"purl": "pkg:npm/e@1"}, rule=rule))
    verdict = check(sbom, sbom, waivers=[accepted])

    assert verdict.baseline
    assert (verdict.status, new(verdict), verdict.baseline.status) == (Status.PASS, [], Status.FAIL)


def test_a_gap_is_never_excused_by_a_baseline() -> None:
    nameless = cyclonedx(*({"name": f"n{number}"} for number in range(5)))

    assert check(nameless, nameless, new_only=True).status is Status.INCOMPLETE


def test_another_product_is_told() -> None:
    other = cyclonedx(ENGINE).replace(b'"name": "product"', b'"name": "elsewhere"')

    assert check(cyclonedx(ENGINE), other).notes[0] == "the baseline is of another product: elsewhere, not product"


@pytest.mark.parametrize("base", [b"", b"{}", b'{"bomFormat": "CycloneDX"', b"[]"])
def test_a_baseline_that_cannot_be_read_is_an_error(base: bytes) -> None:
    with pytest.raises(InputError, match="base-0"):
        check(cyclonedx(ENGINE), base)


def test_new_only_needs_a_baseline() -> None:
    with pytest.raises(UsageError, match="baseline"):
        check(cyclonedx(ENGINE), new_only=True)
