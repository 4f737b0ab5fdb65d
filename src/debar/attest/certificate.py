"""Verdict -> certificate: the predicate that says what was checked, what was found, and what nobody looked at."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from debar.attest.canonical import canonical
from debar.attest.core import core
from debar.errors import UsageError
from debar.model.certificate import (
    Assertion,
    Certificate,
    CheckedSbom,
    InputFile,
    Inquiry,
    Limit,
    Policy,
    Product,
    RegimeResult,
    Signer,
    Subject,
    Tool,
)
from debar.model.decision import Completeness, Status
from debar.model.gaps import GAPS
from debar.model.policy import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debar.model.decision import Finding, Ruling, Verdict
    from debar.model.knowledge import Corrections, PrivateFacts
    from debar.model.policy import Pack
    from debar.model.waivers import Waivers

_MOST_YEARS = 10
#: The assertion that `--assert-complete` makes.
COMPLETE = "the SBOMs are complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the vendor adds to the verdict. `product` is a component's number, `days` how long the word holds."""

    product: int
    subjects: tuple[Subject, ...]
    signer: Signer
    tool: Tool
    days: int = 365
    complete: str = ""
    accept_incomplete: bool = False
    far_report: tuple[dict[str, Any], ...] = field(default=())


def refusals(verdict: Verdict, *, accept_incomplete: bool) -> list[str]:
    """Say why no certificate may be given; empty for an unwaived pass.

    What is accepted as incomplete are limits that `profile inventory` would only state: parts that could not be
    read, or stand in a document that was not given, are no limits that a sentence makes good.
    """
    why = []
    if waived := sum(map(_is_waived, verdict.findings)):
        why.append(f"{waived} of the findings are waived, and a waiver is not evidence that nothing is there")
    gates = {item.regime for item in verdict.regimes if item.gating}
    barred = [item.id for item in verdict.findings if any(map(_bars, (item.ruling(gate) for gate in gates)))]
    if verdict.status is Status.PASS and barred:
        why.append(f"the verdict is pass only because {len(barred)} findings are not counted: {', '.join(barred[:5])}")
    if verdict.status is Status.INCOMPLETE and accept_incomplete:
        hard = [r for r in verdict.gaps if r.blocks and Completeness.INVENTORY in GAPS[r.gap.code].blocks]
        why += [f"{r.gap.code} ({r.gap.count:,}) cannot be accepted: {r.message}" for r in hard]
    elif verdict.status is not Status.PASS:
        why.append(f"the verdict is {verdict.status.value}: {verdict.reason}")
    why += [
        f"{item.regime} is not in force as of {verdict.as_of}; it is from {item.from_when}"
        for item in verdict.regimes
        if item.gating and item.from_when
    ]
    return why


def _is_waived(finding: Finding) -> bool:
    return any(ruling.outcome is Outcome.WAIVED or ruling.waivers for ruling in finding.rulings)


def _bars(ruling: Ruling | None) -> bool:
    return ruling is not None and ruling.outcome in {Outcome.FAIL, Outcome.REVIEW}


def certificate(verdict: Verdict, packs: Sequence[Pack], request: Request) -> Certificate:
    """Return the certificate without companions; its id follows from its content.

    Raises `UsageError` for a validity that is no sensible span.
    """
    if not 1 <= request.days <= 366 * _MOST_YEARS:
        raise UsageError(f"a certificate is valid for 1 day to {_MOST_YEARS} years, not {request.days} days")
    issued = datetime.fromisoformat(verdict.as_of)
    made = Certificate(
        certificate_id="",
        issued_at=verdict.as_of,
        valid_until=f"{issued + timedelta(days=request.days):%Y-%m-%dT%H:%M:%SZ}",
        evaluated_at=verdict.as_of,
        market=verdict.market,
        profile=verdict.profile.value,
        verdict=verdict.status.value,
        reason=verdict.reason,
        product=_product(verdict, request.product),
        signer=request.signer,
        tool=request.tool,
        policies=tuple(_policy(pack) for pack in packs),
        regimes=_regimes(verdict, packs),
        sboms=tuple(_sbom(verdict, number) for number in range(len(verdict.documents))),
        inputs=tuple(_inputs(verdict)),
        limits=tuple(
            Limit(
                code=ruling.gap.code,
                count=ruling.gap.count,
                accepted=ruling.blocks,
                says=GAPS[ruling.gap.code].says,
                examples=ruling.gap.examples,
            )
            for ruling in verdict.gaps
        ),
        assertions=tuple(_assertions(verdict, request)),
        inquiry=_inquiry(verdict, packs, request),
        result=core(verdict),
        far_report=request.far_report,
    )
    content = canonical([msgspec.to_builtins(made), msgspec.to_builtins(request.subjects)])
    return msgspec.structs.replace(made, certificate_id=identifier(content))


def identifier(content: bytes) -> str:
    """Return a ``urn:uuid:`` that follows from the content alone (RFC 9562, version 5)."""
    return uuid5(NAMESPACE_URL, f"urn:debar:{hashlib.sha256(content).hexdigest()}").urn


def _product(verdict: Verdict, number: int) -> Product:
    component = verdict.components[number]
    name = f"{component.group}/{component.name}" if component.group else component.name
    return Product(name=name, version=component.version, purl=component.purl, ref=component.ref)


def _policy(pack: Pack) -> Policy:
    return Policy(
        id=pack.id,
        version=pack.version,
        title=pack.title,
        vendor=pack.vendor,
        digest=pack.digest,
        legal_as_of=pack.legal_as_of,
        missing_sources=pack.missing_sources,
    )


def _regimes(verdict: Verdict, packs: Sequence[Pack]) -> tuple[RegimeResult, ...]:
    known = {regime.id: regime for pack in packs for regime in pack.regimes}
    return tuple(
        RegimeResult(
            id=item.regime,
            title=known[item.regime].title,
            citation=known[item.regime].citation,
            authority=known[item.regime].authority,
            url=known[item.regime].url,
            effective=known[item.regime].effective,
            profile=item.profile,
            gating=item.gating,
            verdict=item.status.value,
            reason=item.reason,
        )
        for item in verdict.regimes
    )


def _inputs(verdict: Verdict) -> Iterator[InputFile]:
    """Yield what the verdict rests on beside SBOMs and packs; files go without their folders."""
    for kind, files in files_of_the_user(verdict):
        yield from (InputFile(kind=kind, name=_file(one.path), sha256=one.digest) for one in files)
    for held in verdict.certified:
        yield InputFile(kind="supplier-certificate", name=held.certificate_id, sha256=held.sha256)


def files_of_the_user(verdict: Verdict) -> tuple[tuple[str, Sequence[PrivateFacts | Corrections | Waivers]], ...]:
    """Return the files of the user's own knowledge by their kind."""
    return (("private-facts", verdict.facts), ("corrections", verdict.corrections), ("waivers", verdict.waivers))


def _assertions(verdict: Verdict, request: Request) -> Iterator[Assertion]:
    if request.complete:
        yield Assertion(what=COMPLETE, reason=request.complete, by=request.signer.organization)
    for one in verdict.corrected:
        if one.evidence:
            component = verdict.components[one.evidence[0].component].label
            what = f"{component} is not what the fact {one.correction.fact} says"
            yield Assertion(what=what, reason=one.correction.reason, by=one.correction.reviewer)


def _file(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _sbom(verdict: Verdict, number: int) -> CheckedSbom:
    document = verdict.documents[number]
    return CheckedSbom(
        name=_file(document.path),
        sha256=document.sha256,
        format=document.format,
        spec_version=document.spec_version,
        serial=document.serial,
        created=document.created,
        makers=document.makers,
        root=verdict.components[document.product].label,
        components=verdict.component_counts[number],
        relations=verdict.relation_counts[number],
    )


def _inquiry(verdict: Verdict, packs: Sequence[Pack], request: Request) -> Inquiry:
    covered = verdict.coverage
    vendors = " and ".join(dict.fromkeys(pack.vendor for pack in packs))
    product = verdict.components[request.product].label
    identified = (
        f"what identifies {covered.identified:,} of them: {covered.with_identifier:,} carry a purl, CPE or SWID, "
        f"{covered.with_supplier:,} a supplier, {covered.with_hash:,} a hash"
    )
    unlisted = f"{covered.components - covered.identified:,} components that nothing identifies"
    return Inquiry(
        statement=(
            f"{request.signer.organization} had the listed bills of materials of {product} examined for hardware, "
            f"software and services of {vendors}, to uncover what information in its possession says about them. "
            "It is an inquiry by a tool into documents, without an internal or third-party audit."
        ),
        examined=(
            f"all {covered.components:,} components, services and files that the bills of materials list",
            identified,
            f"the dependency graph, in which {covered.reachable:,} components are linked to the product",
            "names, parties, identifiers, addresses and descriptions of each, and the raw text of the documents",
            *(
                f"the certificate {held.certificate_id} of {held.organization}, in place of the bill of materials "
                f"of {held.product}"
                for held in verdict.certified
            ),
        ),
        not_examined=(
            "the product's own code and binaries: what the bills of materials do not list was not seen",
            "whether the bills of materials describe the artefact truly and completely",
            *((unlisted,) if covered.components > covered.identified else ()),
            *(f"{GAPS[ruling.gap.code].says} ({ruling.gap.count:,})" for ruling in verdict.gaps),
            *(
                f"primary texts that the policy {pack.id} was made without: {'; '.join(pack.missing_sources)}"
                for pack in packs
                if pack.missing_sources
            ),
            *dict.fromkeys(pack.disclaimer for pack in packs),
        ),
    )
