"""What holds of several packs, of private facts and of corrections, whatever the product."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import PACK, cyclonedx, fact
from debar import packs, pipeline
from debar.errors import PolicyError, UsageError
from debar.model.decision import Status, Verdict
from debar.model.knowledge import Correction, Corrections, Named, PrivateFacts
from debar.model.policy import Fact, Pack
from debar.pipeline import Input, Options
from debar.verdict import SEVERITY

AS_OF = "2026-11-21T00:00:00Z"
TINY = msgspec.convert(PACK, Pack)
BUNDLED = [packs.load(folder) for folder in packs.bundled().values()]

COMPONENTS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["left-pad", "Kaspersky Anti-Virus", "camera", "hikvision-client"])},
        optional={
            "version": st.sampled_from(["1.0", "2.1"]),
            "purl": st.sampled_from(
                ["pkg:npm/left-pad@1.0", "pkg:pypi/opentip@1.2", "pkg:github/KasperskyLab/klara@1", "pkg:pypi/pyhik@1"]
            ),
            "cpe": st.sampled_from(
                [
                    "cpe:2.3:a:kaspersky:antivirus_engine:8:*:*:*:*:*:*:*",
                    "cpe:2.3:o:hikvision:x_firmware:1:*:*:*:*:*:*:*",
                    "cpe:2.3:o:zte:x_firmware:1:*:*:*:*:*:*:*",
                ]
            ),
            "supplier": st.sampled_from([{"name": "Kaspersky Lab"}, {"name": "Hytera"}, {"name": "ACME"}]),
            "scope": st.sampled_from(["required", "excluded"]),
            "description": st.sampled_from(["works with Kaspersky", "driver for Huawei modems"]),
        },
    ),
    min_size=1,
    max_size=5,
)


def check(components: list[dict[str, Any]], *chosen: Pack, **options: Any) -> Verdict:  # noqa: ANN401 - any option
    given_ = Options(as_of=AS_OF, **options)
    return pipeline.check([Input(path="x", data=cyclonedx(*components))], pack=chosen, options=given_)


def by_regime(verdict: Verdict) -> dict[str, tuple[object, ...]]:
    return {item.regime: (item.status, item.reason, item.profile) for item in verdict.regimes}


def essence(verdict: Verdict, pack: str) -> list[object]:
    return [
        (item.id, item.article, item.confidence, item.component, item.evidence, item.rulings, item.route)
        for item in verdict.findings
        if item.pack == pack
    ]


@settings(max_examples=40)
@given(COMPONENTS)
def test_packs_run_together_say_what_each_says_alone(components: list[dict[str, Any]]) -> None:
    together = check(components, *BUNDLED)
    alone = [check(components, pack) for pack in BUNDLED]

    assert by_regime(together) == {regime: said for verdict in alone for regime, said in by_regime(verdict).items()}
    for pack, verdict in zip(BUNDLED, alone, strict=True):
        assert essence(together, pack.id) == essence(verdict, pack.id)
    assert together.status is min((verdict.status for verdict in alone), key=SEVERITY.index)


@settings(max_examples=40)
@given(COMPONENTS)
def test_the_order_of_packs_does_not_matter(components: list[dict[str, Any]]) -> None:
    one, other = check(components, *BUNDLED), check(components, *BUNDLED[::-1])

    assert (one.status, by_regime(one)) == (other.status, by_regime(other))
    assert one.findings == other.findings


PRIVATE = st.lists(
    st.builds(
        fact,
        st.sampled_from(["product", "party", "token", "identifier"]),
        st.sampled_from(["left-pad", "Kaspersky Anti-Virus", "Kaspersky Lab", "ACME", "camera"]),
        article=st.sampled_from(["engine", "entity", "connector", "training", "threat-intelligence", "other-software"]),
        confidence=st.sampled_from(["certain", "likely", "weak"]),
    )
    | st.builds(
        fact,
        st.just("package"),
        st.sampled_from(["left-pad", "opentip"]),
        article=st.sampled_from(["engine", "connector"]),
        types=st.just(["npm", "pypi"]),
    )
    | st.builds(
        fact,
        st.just("repository"),
        st.just("github.com/KasperskyLab/klara"),
        article=st.sampled_from(["connector", "training"]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda item: item["id"],
)


@given(COMPONENTS, PRIVATE)
def test_private_facts_never_lower_a_verdict(components: list[dict[str, Any]], private: list[dict[str, Any]]) -> None:
    facts = tuple(msgspec.convert({**item, "id": f"P-{item['id']}"}, Fact) for item in private)
    known = PrivateFacts(path="known.yaml", digest="0" * 64, pack="test", facts=facts)
    before, after = check(components, TINY), check(components, TINY, facts=[known])
    outcomes = ["fail", "review", "note"]

    # A pass turns into nothing better, and what was found stays found, no milder.
    if before.status in {Status.FAIL, Status.REVIEW}:
        assert SEVERITY.index(after.status) <= SEVERITY.index(before.status)
    worst = {finding.component: finding.rulings[0].outcome.value for finding in after.findings}
    for finding in before.findings:
        if finding.evidence[0].field != "raw-text":
            now = outcomes.index(worst[finding.component])
            assert now <= outcomes.index(finding.rulings[0].outcome.value)


def corrections(*some: Correction) -> Corrections:
    return Corrections(path="reviewed.yaml", digest="0" * 64, corrections=some, lines=tuple(range(2, 2 + len(some))))


@settings(max_examples=40)
@given(COMPONENTS, st.data())
def test_a_correction_removes_only_its_own_evidence(components: list[dict[str, Any]], data: st.DataObject) -> None:
    before = check(components, *BUNDLED)
    evidence = [item for finding in before.findings for item in finding.evidence]
    if not evidence:
        return
    chosen = data.draw(st.sampled_from(evidence))
    component = before.components[chosen.component]
    named = Named(purl=component.purl) if component.purl else Named(name=component.name, version=component.version)
    correction = Correction(fact=chosen.fact.id, component=named, reason="no", reviewer="r")
    after = check(components, *BUNDLED, corrections=[corrections(correction)])
    left = Counter(item for finding in after.findings for item in finding.evidence)
    gone = Counter(evidence) - left

    assert left <= Counter(evidence)
    assert gone == Counter(after.corrected[0].evidence)
    assert all(item.fact.id == chosen.fact.id and named.names(before.components[item.component]) for item in gone)


ENGINE = {
    "name": "e",
    "version": "1",
    "purl": "pkg:npm/e@1",
    "cpe": "cpe:2.3:a:kaspersky:antivirus_engine:1:*:*:*:*:*:*:*",
    "supplier": {"name": "Kaspersky Lab"},
}
E_CPE, E_PARTY = "T-cpe-kaspersky-antivirus-engine", "T-party-Kaspersky-Lab"
HIDDEN = {"name": "x", "version": "1", "purl": "pkg:npm/x@1", "unknown-section": "made by kaspersky"}


def correction(fact_id: str, value: str = "", **named: str) -> Correction:
    return Correction(fact=fact_id, component=Named(**named), reason="no", reviewer="r", value=value)


@pytest.mark.parametrize(
    ("component", "made", "status", "used"),
    [
        (ENGINE, [], Status.FAIL, []),
        (ENGINE, [correction(E_CPE, purl="pkg:npm/e")], Status.REVIEW, [1]),
        (ENGINE, [correction(E_PARTY, purl="pkg:npm/e@1")], Status.FAIL, [1]),
        (
            ENGINE,
            [correction(E_CPE, purl="pkg:npm/e"), correction(E_PARTY, name="e", version="1")],
            Status.PASS,
            [1, 1],
        ),
        (ENGINE, [correction(E_CPE, purl="pkg:npm/other")], Status.FAIL, [0]),
        (ENGINE, [correction("T-no-such-fact", purl="pkg:npm/e")], Status.FAIL, [0]),
        (ENGINE, [correction(E_PARTY, purl="pkg:npm/e", value="Kaspersky Labs")], Status.FAIL, [0]),
        # Text that no section explains stands on the product: only its own words take it out.
        (HIDDEN, [correction("T-stem-kaspersk", name="product", version="")], Status.REVIEW, [0]),
        (HIDDEN, [correction("T-stem-kaspersk", "made by kaspersky", name="product", version="")], Status.PASS, [1]),
    ],
)
def test_what_corrections_leave(
    component: dict[str, Any], made: list[Correction], status: Status, used: list[int]
) -> None:
    verdict = check([component], TINY, corrections=[corrections(*made)] if made else [])

    assert verdict.status is status
    assert [len(one.evidence) for one in verdict.corrected] == used
    assert ("applied" in verdict.reason) == (status is Status.PASS and any(used))


def test_packs_that_share_ids_do_not_run_together() -> None:
    twin = msgspec.structs.replace(TINY, id="twin")
    with pytest.raises(PolicyError) as caught:
        check([ENGINE], TINY, twin)
    with pytest.raises(PolicyError, match="test: the pack test is given twice"):
        check([ENGINE], TINY, TINY)
    with pytest.raises(UsageError, match="no policy pack"):
        check([ENGINE])

    assert "twin: the regime ban is given twice, by test and by twin" in caught.value.problems


def test_facts_for_a_pack_that_does_not_run_are_refused() -> None:
    known = PrivateFacts(path="known.yaml", digest="0" * 64, pack="other", facts=())
    with pytest.raises(PolicyError, match=r"known\.yaml:1: its facts join the pack other"):
        check([ENGINE], TINY, facts=[known])


def test_a_stale_pack_is_no_gap_of_the_other() -> None:
    stale = msgspec.structs.replace(BUNDLED[0], legal_as_of="2020-01-01")
    options = {"profile": pipeline.Completeness.CERTIFY}
    alone = check([{"name": "a"}], BUNDLED[1], **options)
    both = check([{"name": "a"}], stale, BUNDLED[1], **options)

    assert {k: v for k, v in by_regime(both).items() if k.startswith("us-section-889")} == by_regime(alone)
    assert [gap.gap.count for gap in both.gaps if gap.gap.code == "policy-outdated"] == [1]


def test_a_finding_of_a_pack_that_does_not_gate_is_a_note_in_the_text() -> None:
    from debar import report

    verdict = check([ENGINE], *BUNDLED, regimes={"us-section-889-part-a": ""})
    text = report.render(verdict, "text")

    assert verdict.status is Status.PASS
    assert "fail under us-bis-icts-2021-002" in text
    assert json.loads(report.render(verdict, "json"))["findings"][0]["policy"] == "us-kaspersky"
