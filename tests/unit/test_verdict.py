"""How evidence is weighed, which rule applies, and when an inventory suffices for a pass."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from conftest import cyclonedx
from debar import pipeline, report
from debar.errors import UsageError
from debar.model.decision import Completeness, Evidence, Status, Verdict
from debar.model.gaps import GAPS
from debar.model.inventory import Use
from debar.model.policy import Article, Confidence, Fact, FactKind, Outcome, Pack, Verified
from debar.pipeline import Input, Options
from debar.verdict.findings import judge, leading, lookup, outcome_of

A, C = Article, Confidence
NOW = "2026-11-21T00:00:00Z"


def evidence(
    article: Article, confidence: Confidence, field: str = "name", fact: str = "F", **more: object
) -> Evidence:
    known = Fact(
        id=fact,
        kind=FactKind.PARTY,
        values=("x",),
        article=article,
        confidence=confidence,
        what="w",
        source="s",
        verified=Verified(more.pop("verified", "primary")),
    )
    return Evidence(component=1, field=field, value=f"{field} x", fact=known, confidence=confidence)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([evidence(A.ENGINE, C.CERTAIN)], (A.ENGINE, C.CERTAIN)),
        ([evidence(A.ENGINE, C.LIKELY)], (A.ENGINE, C.LIKELY)),
        ([evidence(A.ENGINE, C.WEAK)], (A.ENGINE, C.WEAK)),
        # a likely product and another field that supports it
        ([evidence(A.ENGINE, C.LIKELY, "file-name"), evidence(A.ENTITY, C.CERTAIN, "supplier")], (A.ENGINE, C.CERTAIN)),
        (
            [evidence(A.ENGINE, C.LIKELY, "file-name"), evidence(A.ENGINE, C.LIKELY, "description")],
            (A.ENGINE, C.LIKELY),
        ),
        (
            [evidence(A.ENGINE, C.LIKELY, "file-name"), evidence(A.ENTITY, C.WEAK, "documentation")],
            (A.ENGINE, C.LIKELY),
        ),
        # two addresses are one hint given twice
        ([evidence(A.ENTITY, C.LIKELY, "website"), evidence(A.ENTITY, C.LIKELY, "vcs")], (A.ENTITY, C.LIKELY)),
        # two weak facts make a likely one, the same fact twice does not, prose never does
        ([evidence(A.ENGINE, C.WEAK, fact="F"), evidence(A.ENGINE, C.WEAK, "file-name", "G")], (A.ENGINE, C.LIKELY)),
        ([evidence(A.ENGINE, C.WEAK, fact="F"), evidence(A.ENGINE, C.WEAK, "file-name", "F")], (A.ENGINE, C.WEAK)),
        (
            [evidence(A.ENTITY, C.WEAK, "description", "F"), evidence(A.ENTITY, C.WEAK, "copyright", "G")],
            (A.ENTITY, C.WEAK),
        ),
        # two security articles support each other, a client of a service does not
        (
            [evidence(A.CYBERSECURITY, C.WEAK, "file-name", "F"), evidence(A.ENGINE, C.WEAK, "occurrence", "G")],
            (A.ENGINE, C.LIKELY),
        ),
        (
            [evidence(A.ENGINE, C.WEAK, "file-name", "F"), evidence(A.CONNECTOR, C.WEAK, "occurrence", "G")],
            (A.ENGINE, C.WEAK),
        ),
        # a known product wins over its party, and the worst product over the others
        (
            [evidence(A.THREAT_INTELLIGENCE, C.CERTAIN, "purl"), evidence(A.ENTITY, C.CERTAIN, "author")],
            (A.THREAT_INTELLIGENCE, C.CERTAIN),
        ),
        (
            [evidence(A.THREAT_INTELLIGENCE, C.CERTAIN, "purl"), evidence(A.ENGINE, C.CERTAIN, "cpe")],
            (A.ENGINE, C.CERTAIN),
        ),
        (
            [evidence(A.THREAT_INTELLIGENCE, C.CERTAIN, "description"), evidence(A.ENTITY, C.CERTAIN, "author")],
            (A.ENTITY, C.CERTAIN),
        ),
        # a product that is only hinted at does not name the finding
        ([evidence(A.ENGINE, C.WEAK, "description"), evidence(A.ENTITY, C.CERTAIN, "supplier")], (A.ENTITY, C.CERTAIN)),
        # what nobody verified is at most likely
        ([evidence(A.ENGINE, C.CERTAIN, verified="no")], (A.ENGINE, C.LIKELY)),
    ],
)
def test_evidence_is_weighed(found: list[Evidence], expected: tuple[Article, Confidence]) -> None:
    assert leading(judge(found)) == expected
    assert leading(judge(found[::-1])) == expected


def test_a_use_without_a_rule_takes_the_next_stronger_one(tiny_pack: Pack) -> None:
    regime, now = tiny_pack.regimes[0], datetime(2026, 1, 1, tzinfo=UTC)
    table = {use: lookup(regime, "operative", A.ENGINE, use, now)[0].id for use in Use}

    assert table[Use.SHIPPED] == table[Use.OPTIONAL] == table[Use.PROVIDED] == table[Use.DERIVED] == "security"
    assert table[Use.BUILD] == table[Use.DEV_TEST] == table[Use.TOOL] == table[Use.MENTIONED] == "security-build"


def test_an_outcome_may_depend_on_the_profile(tiny_pack: Pack) -> None:
    rule = tiny_pack.regimes[0].rules[2]

    assert (outcome_of(rule, "operative"), outcome_of(rule, "strict")) == (Outcome.REVIEW, Outcome.FAIL)


def check(pack: Pack, data: bytes, **options: object) -> Verdict:
    options.setdefault("as_of", NOW)
    return pipeline.check([Input(path="x.json", data=data)], pack=pack, options=Options(**options))  # type: ignore[arg-type] # a test's shorthand


ENGINE = {"name": "e", "cpe": "cpe:2.3:a:kaspersky:antivirus_engine:1:*:*:*:*:*:*:*"}
CLEAN = {"name": "left-pad", "version": "1", "purl": "pkg:npm/left-pad@1"}


@pytest.mark.parametrize(
    ("component", "options", "expected"),
    [
        (CLEAN, {}, Status.PASS),
        (ENGINE, {}, Status.FAIL),
        (ENGINE, {"as_of": "2024-09-29T03:59:59Z"}, Status.PASS),
        (ENGINE, {"as_of": "2024-09-29T04:00:00Z"}, Status.FAIL),
        (ENGINE, {"as_of": "2024-09-29T00:00:00-04:00"}, Status.FAIL),
        (ENGINE, {"as_of": "2024-09-29"}, Status.PASS),
        (ENGINE, {"market": "de"}, Status.NOT_APPLICABLE),
        ({**ENGINE, "scope": "excluded"}, {}, Status.REVIEW),
        ({**CLEAN, "supplier": {"name": "Kaspersky Lab"}}, {}, Status.REVIEW),
        ({**CLEAN, "supplier": {"name": "Kaspersky Lab"}}, {"regimes": {"ban": "strict"}}, Status.FAIL),
        ({"name": "opentip", "purl": "pkg:pypi/opentip@1.2"}, {}, Status.PASS),
        ({**CLEAN, "description": "works with Kaspersky"}, {"regimes": {"ban": "strict"}}, Status.PASS),
        (CLEAN, {"profile": Completeness.CERTIFY}, Status.INCOMPLETE),
        ({"name": "mystery"}, {}, Status.INCOMPLETE),
        ({"name": "mystery"}, {"profile": Completeness.INVENTORY}, Status.PASS),
    ],
)
def test_verdicts(tiny_pack: Pack, component: dict[str, object], options: dict[str, object], expected: Status) -> None:
    assert check(tiny_pack, cyclonedx(component), **options).status is expected


def test_a_pass_before_the_effective_instant_says_what_it_turns_into(tiny_pack: Pack) -> None:
    verdict = check(tiny_pack, cyclonedx(ENGINE), as_of="2024-09-29T03:59:59Z")

    assert verdict.reason.startswith("as of 2024-09-29T03:59:59Z, and would fail from 2024-09-29T04:00:00Z: ")


def test_few_unidentified_components_are_a_limit_and_many_block(tiny_pack: Pack) -> None:
    few = check(tiny_pack, cyclonedx(*[{**CLEAN, "purl": f"pkg:npm/p@{n}"} for n in range(10)], {"name": "mystery"}))
    many = check(tiny_pack, cyclonedx(CLEAN, {"name": "mystery"}))

    assert (few.status, many.status) == (Status.PASS, Status.INCOMPLETE)
    assert [(ruling.gap.code, ruling.gap.count) for ruling in many.gaps if ruling.blocks] == [("unidentified", 1)]


def test_a_pass_says_what_it_rests_on(tiny_pack: Pack) -> None:
    verdict = check(tiny_pack, cyclonedx(CLEAN))

    assert (
        verdict.reason == "no Kaspersky component among 1 identified component; the author does not assert completeness"
    )


def test_an_old_pack_is_a_note_and_blocks_a_certificate(tiny_pack: Pack) -> None:
    later = "2027-11-21T00:00:00Z"

    assert check(tiny_pack, cyclonedx(CLEAN), as_of=later).status is Status.PASS
    certified = check(tiny_pack, cyclonedx(CLEAN), as_of=later, profile=Completeness.CERTIFY)
    assert "policy-outdated" in {ruling.gap.code for ruling in certified.gaps if ruling.blocks}


def test_ids_do_not_depend_on_references_or_order(tiny_pack: Pack) -> None:
    other = {**CLEAN, "supplier": {"name": "Kaspersky"}}
    first = check(tiny_pack, cyclonedx(ENGINE, other, ENGINE))
    second = check(tiny_pack, cyclonedx(other, {**ENGINE, "bom-ref": "zzz"}, ENGINE))

    assert [finding.id for finding in first.findings] == [finding.id for finding in second.findings]
    assert [finding.id for finding in first.findings] == ["engine:e", "engine:e#2", "entity:pkg:npm/left-pad@1"]


@pytest.mark.parametrize(
    "options",
    [
        {"as_of": "yesterday"},
        {"as_of": "2024-09-29T04:00:00"},
        {"regimes": {"nope": ""}},
        {"regimes": {"ban": "nope"}},
    ],
)
def test_impossible_terms_are_usage_errors(tiny_pack: Pack, options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        check(tiny_pack, cyclonedx(CLEAN), **options)


def test_every_gap_says_what_it_means_and_what_helps() -> None:
    assert all(kind.says and kind.helps and kind.blocks for kind in GAPS.values())
    assert all(code == kind.code for code, kind in GAPS.items())


def test_a_count_of_paths_beyond_every_integer_is_still_reported(tiny_pack: Pack) -> None:
    verdict = check(tiny_pack, cyclonedx(ENGINE))
    found = verdict.findings[0]
    many = replace(found, route=replace(found.route, count=2**20_000))
    verdict = replace(verdict, findings=(many,))

    assert "more than 1,000,000,000,000,000 paths" in report.render(verdict, "text")
    counted = json.loads(report.render(verdict, "json"))["findings"][0]["path_count"]
    assert len(counted) == 6_021
    assert counted.isdecimal()


def test_verdicts_are_equal_when_they_say_the_same_and_show_no_document(tiny_pack: Pack) -> None:
    options: dict[str, object] = {"as_of": "2026-11-21"}
    one, again, other = (check(tiny_pack, cyclonedx(what), **options) for what in (ENGINE, ENGINE, CLEAN))

    assert one == again
    assert one != other
    assert "bomFormat" not in repr(one) + repr(one.documents)


def test_minimum_elements_are_counted_alike_in_every_format(tiny_pack: Pack) -> None:
    licensed = {"licenses": [{"license": {"id": "MIT"}}], "hashes": [{"alg": "SHA-1", "content": "0" * 40}]}
    product = {"type": "application", "bom-ref": "product", "name": "product"}
    made = {"authors": [{"name": "Jane"}], "timestamp": NOW, "tools": {"components": [{"name": "t", "version": "1"}]}}
    cdx = cyclonedx({**CLEAN, **licensed}, metadata={"component": product, **made})
    spdx = (
        "SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nCreator: Person: Jane\nCreator: Tool: t-1\n"
        f"Created: {NOW}\nPackageName: product\nSPDXID: SPDXRef-p\nPackageName: left-pad\nSPDXID: SPDXRef-l\n"
        "PackageVersion: 1\nPackageLicenseConcluded: MIT\nPackageChecksum: SHA1: 00\n"
        "ExternalRef: PACKAGE-MANAGER purl pkg:npm/left-pad@1\n"
        "Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-p\nRelationship: SPDXRef-p DEPENDS_ON SPDXRef-l\n"
    )
    first, second = (
        {(element.kind.standard, element.kind.name): (element.present, element.total) for element in verdict.elements}
        for verdict in (check(tiny_pack, cdx), check(tiny_pack, spdx.encode()))
    )

    assert first == second
    absent = {name for (_, name), (present, _) in first.items() if not present}
    assert absent == {
        "SBOM author signature",
        "generation context",
        "SBOM version",
        "component producer",
        "supplier name",
    }
