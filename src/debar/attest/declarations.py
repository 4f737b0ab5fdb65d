"""The certificate as CycloneDX: standards with their requirements, claims, evidence, an affirmation.

The schema lets dangling references and scores without a reason pass, so references are checked here
(https://cyclonedx.org/docs/1.6/json/#declarations). The signature is not inside: the certificate, which is signed,
states the digest of this document.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from debar.attest.canonical import canonical
from debar.attest.certificate import identifier
from debar.model.decision import Status
from debar.model.policy import Basis, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debar.model.certificate import Certificate, Subject
    from debar.model.decision import Finding, RegimeVerdict, Verdict
    from debar.model.policy import Pack, Regime, Rule

VERSIONS = ("1.6", "1.7")
_ALGORITHMS = {"sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
_BARRED = (Outcome.FAIL, Outcome.REVIEW)


def render(
    made: Certificate, verdict: Verdict, packs: Sequence[Pack], subjects: Sequence[Subject], spec_version: str = "1.6"
) -> str:
    """Return the CycloneDX document as ASCII JSON with a final newline."""
    judged = [
        (regime, item, f"{item.profile}, as policy {pack.id} {pack.version} has it")
        for pack in packs
        for regime in pack.regimes
        for item in verdict.regimes
        if item.regime == regime.id and item.status is not Status.NOT_APPLICABLE
    ]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": spec_version,
        "serialNumber": identifier(canonical([made.certificate_id, "cyclonedx", spec_version])),
        "version": 1,
        "metadata": {
            "timestamp": made.issued_at,
            "tools": {"components": [{"type": "application", "name": made.tool.name, "version": made.tool.version}]},
            "component": _target(made, subjects),
        },
        "definitions": {
            "standards": [
                _standard(regime, _rules(regime, item.profile, verdict), version) for regime, item, version in judged
            ]
        },
        "declarations": {
            "assessors": [
                {"bom-ref": "assessor", "thirdParty": False, "organization": {"name": made.signer.organization}}
            ],
            "attestations": [_attestation(regime, item, verdict, made) for regime, item, _ in judged],
            "claims": list(_claims([(regime, item) for regime, item, _ in judged], verdict)),
            "evidence": list(_evidence(made)),
            "targets": {"components": [{**_target(made, subjects), "bom-ref": "target"}]},
            "affirmation": _affirmation(made),
        },
    }
    _check_refs(document)
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _target(made: Certificate, subjects: Sequence[Subject]) -> dict[str, Any]:
    hashes = [
        {"alg": _ALGORITHMS[name], "content": value} for one in subjects for name, value in sorted(one.digest.items())
    ]
    product = made.product
    optional = {"version": product.version, "purl": product.purl, "hashes": hashes}
    return {
        "bom-ref": "product",
        "type": "application",
        "name": product.name,
        **{key: value for key, value in optional.items() if value},
    }


def _rules(regime: Regime, profile: str, verdict: Verdict) -> list[Rule]:
    """Return the rules that bar something under a profile, or did here: those are what a product conforms to."""
    named = {ruling.rule for finding in _against(regime.id, verdict) if (ruling := finding.ruling(regime.id))}
    return [
        rule
        for rule in regime.rules
        if (rule.outcome if isinstance(rule.outcome, Outcome) else rule.outcome[profile]) in _BARRED
        or f"{regime.id}/{rule.id}" in named
    ]


def _against(regime: str, verdict: Verdict, rule: str = "") -> list[Finding]:
    """Return the findings that a regime bars or leaves to review, those under one of its rules if it is given."""
    return [
        finding
        for finding in verdict.findings
        if (ruling := finding.ruling(regime)) and ruling.outcome in _BARRED and rule in {"", ruling.rule}
    ]


def _standard(regime: Regime, rules: Sequence[Rule], version: str) -> dict[str, Any]:
    quotes = {quote.id: f"“{quote.text}” ({quote.source})" for quote in regime.quotations}
    return {
        "bom-ref": f"standard:{regime.id}",
        "name": regime.title,
        "version": version,
        "description": f"{regime.citation}. {regime.scope}",
        "owner": regime.authority,
        "requirements": [
            {
                "bom-ref": f"requirement:{regime.id}:{rule.id}",
                "identifier": rule.id,
                "title": f"No {', '.join(article.value for article in rule.articles)}: {rule.use}",
                "text": rule.why + (" (Our reading of the text.)" if rule.basis is Basis.INTERPRETATION else ""),
                "descriptions": [quotes[key] for key in rule.quotes],
            }
            for rule in rules
        ],
        "externalReferences": [{"type": "website", "url": regime.url}],
    }


def _attestation(regime: Regime, item: RegimeVerdict, verdict: Verdict, made: Certificate) -> dict[str, Any]:
    covered = verdict.coverage
    share = covered.identified * 100 // covered.components / 100 if covered.components else 0
    confidence = {
        "score": share,
        "rationale": f"{covered.identified:,} of {covered.components:,} components are identified",
    }
    return {
        "summary": f"{regime.title}: {item.status.value}; {item.reason}",
        "assessor": "assessor",
        "map": [
            {
                "requirement": f"requirement:{regime.id}:{rule.id}",
                **_conformance(regime.id, rule.id, item.status, verdict, made),
                "confidence": confidence,
            }
            for rule in _rules(regime, item.profile, verdict)
        ],
    }


def _conformance(regime: str, rule: str, status: Status, verdict: Verdict, made: Certificate) -> dict[str, Any]:
    found = _against(regime, verdict, f"{regime}/{rule}")
    if found:
        rationale = f"{len(found)} findings: {', '.join(finding.id for finding in found[:5])}"
        return {"counterClaims": [f"counter:{regime}"], "conformance": {"score": 0, "rationale": rationale}}
    limits = "; ".join(limit.says for limit in made.limits if limit.accepted)
    if status is Status.INCOMPLETE:
        # Neither conforming nor not: no claim, and the reason.
        return {"conformance": {"score": 0, "rationale": f"nothing found, and not shown to be absent: {limits}"}}
    rationale = f"nothing found among {verdict.coverage.components:,} components"
    return {"claims": [f"claim:{regime}"], "conformance": {"score": 1, "rationale": rationale}}


def _claims(judged: Sequence[tuple[Regime, RegimeVerdict]], verdict: Verdict) -> Iterator[dict[str, Any]]:
    for regime, item in judged:
        found = sorted({finding.id for finding in _against(regime.id, verdict)})
        claim = {"target": "target", "reasoning": item.reason, "evidence": ["evidence:result", "evidence:sboms"]}
        if found:
            says = f"contains what {regime.title} bars or leaves to review: {', '.join(found[:20])}"
            yield {**claim, "bom-ref": f"counter:{regime.id}", "predicate": says}
        if item.status is not Status.INCOMPLETE:
            says = f"contains nothing else that {regime.title} bars" if found else f"keeps {regime.title}"
            yield {**claim, "bom-ref": f"claim:{regime.id}", "predicate": says}


def _evidence(made: Certificate) -> Iterator[dict[str, Any]]:
    author = {"name": made.signer.name}
    common = {"created": made.evaluated_at, "expires": made.valid_until, "author": author}
    content = canonical(made.result).decode()
    yield {
        **common,
        "bom-ref": "evidence:result",
        "propertyName": "debar:result",
        "description": "what the check found; `debar verify --rerun` repeats it and compares byte for byte",
        "data": [
            {
                "name": "result",
                "classification": "public",
                "contents": {"attachment": {"contentType": "application/json", "content": content}},
            }
        ],
    }
    yield {
        **common,
        "bom-ref": "evidence:sboms",
        "propertyName": "debar:sboms",
        "description": "the bills of materials that were checked, by digest",
        "data": [
            {
                "name": f"{sbom.name} ({sbom.format})",
                "classification": "public",
                "contents": {"url": f"urn:sha256:{sbom.sha256}"},
            }
            for sbom in made.sboms
        ],
    }


def _affirmation(made: Certificate) -> dict[str, Any]:
    signer = made.signer
    signatory = {
        "name": signer.name,
        "role": signer.title or "signer",
        "organization": {"name": signer.organization},
        "externalReference": {
            "type": "electronic-signature",
            "url": made.certificate_id,
            "comment": f"a DSSE envelope by the key {signer.key_id}",
        },
    }
    limits = "; ".join(made.inquiry.not_examined)
    return {"statement": f"{made.inquiry.statement} Not examined: {limits}", "signatories": [signatory]}


def _check_refs(document: dict[str, Any]) -> None:
    """Raise `ValueError` for a reference that leads nowhere or an id that is there twice: a mistake of ours."""
    ids = [one["bom-ref"] for one in _objects(document) if "bom-ref" in one]
    used = {
        ref
        for one in _objects(document["declarations"])
        for key in ("assessor", "requirement", "target", "claims", "counterClaims", "evidence")
        for ref in _texts(one.get(key))
    }
    if len(ids) != len(set(ids)) or not used <= set(ids):
        raise ValueError(f"the CycloneDX certificate has broken references: {sorted(used - set(ids))}")


def _objects(value: object) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _texts(value: object) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
