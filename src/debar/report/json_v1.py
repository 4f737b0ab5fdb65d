"""The JSON report, version 1: a shape of its own, frozen, described by ``report-v1.schema.json``.

It is written in ASCII with escapes, so that it carries every name exactly and is still safe to print.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from debar.model.policy import Outcome
from debar.report import accepted
from debar.text import inert_json

if TYPE_CHECKING:
    from debar.model.baseline import Baseline, Gone
    from debar.model.certificate import Certified
    from debar.model.decision import Evidence, Finding, NearMiss, PackInfo, Step, Verdict
    from debar.model.knowledge import Corrected
    from debar.model.waivers import WaiverUse

SCHEMA = "urn:debar:schema:report:v1"
_WORST = (Outcome.FAIL, Outcome.REVIEW, Outcome.NOTE, Outcome.WAIVED, Outcome.NOT_APPLICABLE)


def render(verdict: Verdict, *, near_misses: bool = False) -> str:
    """Return the report as JSON text with a final newline; near misses only when asked for."""
    from importlib.metadata import version

    shape = {
        "schema": SCHEMA,
        "tool": {"name": "debar", "version": version("debar")},
        "policy": _pack(verdict.pack),
        "policies": [_pack(pack) for pack in verdict.packs],
        "facts_files": [
            {"path": file.path, "sha256": file.digest, "policy": file.pack, "facts": [fact.id for fact in file.facts]}
            for file in verdict.facts
        ],
        "corrections_files": [{"path": file.path, "sha256": file.digest} for file in verdict.corrections],
        "corrections": [_corrected(verdict, one) for one in verdict.corrected],
        "waivers_files": [{"path": file.path, "sha256": file.digest} for file in verdict.waivers],
        "waivers": [_waiver(one) for one in verdict.waived],
        "baseline": _baseline(verdict.baseline) if verdict.baseline else None,
        "certificates": [_certificate(verdict, held) for held in verdict.certified],
        "as_of": verdict.as_of,
        "market": verdict.market,
        "profile": verdict.profile.value,
        "inputs": [_input(verdict, number) for number in range(len(verdict.documents))],
        "verdict": verdict.status.value,
        "reason": verdict.reason,
        "regimes": {
            item.regime: {
                "verdict": item.status.value,
                "gating": item.gating,
                "profile": item.profile,
                "reason": item.reason,
                "waived": item.waived,
                "not_gated": item.ungated,
            }
            for item in verdict.regimes
        },
        "findings": [_finding(verdict, finding) for finding in verdict.findings],
        "gaps": [
            {
                "code": ruling.gap.code,
                "message": ruling.message,
                "count": ruling.gap.count,
                "examples": list(ruling.gap.examples),
                "blocks": ruling.blocks,
            }
            for ruling in verdict.gaps
        ],
        "coverage": {
            "components": verdict.coverage.components,
            "with_supplier": verdict.coverage.with_supplier,
            "with_identifier": verdict.coverage.with_identifier,
            "with_hash": verdict.coverage.with_hash,
            "reachable": verdict.coverage.reachable,
            "links_resolved": verdict.coverage.links_resolved,
            "links_total": verdict.coverage.links_total,
        },
        "notes": list(verdict.notes),
        "near_misses": [_near(verdict, miss) for miss in verdict.near_misses] if near_misses else [],
    }
    return inert_json(json.dumps(shape, indent=2)) + "\n"


def _pack(pack: PackInfo) -> dict[str, str]:
    return {"id": pack.id, "version": pack.version, "digest": pack.digest, "legal_as_of": pack.legal_as_of}


def _corrected(verdict: Verdict, one: Corrected) -> dict[str, Any]:
    correction = one.correction
    return {
        "file": one.path,
        "line": one.line,
        "fact": correction.fact,
        "component": msgspec.to_builtins(correction.component),
        "value": correction.value or None,
        "reason": correction.reason,
        "reviewer": correction.reviewer,
        "matched": [
            {"component": _component(verdict, item.component), "field": item.field, "value": item.value}
            for item in one.evidence
        ],
    }


def _waiver(use: WaiverUse) -> dict[str, Any]:
    waiver = use.waiver
    return {
        "id": waiver.id,
        "state": use.state.value,
        "why": use.why,
        "expires_soon": use.soon,
        "file": use.path,
        "line": use.line,
        "rule": waiver.rule or None,
        "fact": waiver.fact or None,
        "regime": waiver.regime or None,
        "component": msgspec.to_builtins(waiver.component),
        "path": list(waiver.path),
        "sbom": waiver.sbom or None,
        "value": waiver.value or None,
        "accepts": waiver.accepts,
        "reason": waiver.reason,
        "approver": waiver.approver,
        "created": waiver.created,
        "expires": waiver.expires,
        "findings": [{"policy": pack, "id": finding} for pack, finding in use.findings],
    }


def _waived(verdict: Verdict, finding: Finding) -> dict[str, Any] | None:
    """Return what clears a finding: the first waiver in full, the ids of all, and the regimes."""
    ids = sorted({name for ruling in finding.rulings for name in ruling.waivers})
    if not ids:
        return None
    waiver = next(one.waiver for one in verdict.waived if one.waiver.id == ids[0])
    return {
        "id": waiver.id,
        "ids": ids,
        "regimes": [ruling.regime for ruling in finding.rulings if ruling.waivers],
        "reason": waiver.reason,
        "approver": waiver.approver,
        "created": waiver.created,
        "expires": waiver.expires,
    }


def _baseline(baseline: Baseline) -> dict[str, Any]:
    return {
        "inputs": [{"path": document.path, "sha256": document.sha256} for document in baseline.documents],
        "verdict": baseline.status.value,
        "new_only": baseline.new_only,
        "gone": [_gone(one) for one in baseline.gone],
    }


def _gone(one: Gone) -> dict[str, str]:
    return {"policy": one.pack, "id": one.id, "article": one.article.value, "use": one.use.word, "name": one.label}


def _component(verdict: Verdict, number: int) -> dict[str, Any]:
    component = verdict.components[number]
    return {
        "document": verdict.documents[component.document].path,
        "ref": component.ref,
        "name": component.name,
        "version": component.version,
        "purl": component.purl,
    }


def _input(verdict: Verdict, number: int) -> dict[str, Any]:
    document = verdict.documents[number]
    root = verdict.components[document.product]
    return {
        "path": document.path,
        "sha256": document.sha256,
        "format": document.format,
        "spec_version": document.spec_version,
        "serial": document.serial,
        "root": root.label,
        "components": verdict.component_counts[number],
        "relations": verdict.relation_counts[number],
    }


def _finding(verdict: Verdict, finding: Finding) -> dict[str, Any]:
    worst = min(
        (ruling for ruling in finding.rulings if ruling.remedy),
        key=lambda ruling: _WORST.index(ruling.outcome),
        default=None,
    )
    return {
        "id": finding.id,
        "policy": finding.pack,
        "article": finding.article.value,
        "use": finding.use.word,
        "confidence": finding.confidence.value,
        "obfuscated": finding.obfuscated,
        "component": {**_component(verdict, finding.component), "line": finding.line, "column": finding.column},
        "mentions": [_mention(item) for item in finding.evidence],
        "outcomes": {
            ruling.regime: {
                "outcome": ruling.outcome.value,
                "rule": ruling.rule,
                "citation": ruling.citation,
                "why": ruling.why,
                "waived": ruling.waived.value if ruling.waived else None,
                "waivers": list(ruling.waivers),
            }
            for ruling in finding.rulings
        },
        "paths": [[_step(verdict, step) for step in path] for path in finding.route.paths],
        "path_count": digits(finding.route.count),
        "introduced_by": [_ref(verdict, number) for number in finding.route.introduced_by],
        "cut": [_ref(verdict, number) for number in finding.route.cut],
        "cut_edges": [[_ref(verdict, a), _ref(verdict, b)] for a, b in finding.route.cut_edges],
        "status": accepted.status(verdict, finding),
        "baseline": ("existing" if finding.existing else "new") if verdict.baseline else None,
        "new_edge": [_ref(verdict, number) for number in finding.since] if finding.since else None,
        "waiver": _waived(verdict, finding),
        "remedy": worst.remedy if worst else "",
    }


def digits(number: int) -> str:
    """Return an integer in decimal digits; `str` refuses more than 4,300, and a graph can have that many paths."""
    return format(Decimal(number), "f")


def _mention(item: Evidence) -> dict[str, Any]:
    return {"field": item.field, "value": item.value, "fact": item.fact.id, "folds": list(item.folds)}


def _step(verdict: Verdict, step: Step) -> dict[str, Any]:
    component = verdict.components[step.component]
    return {
        "document": verdict.documents[component.document].path,
        "ref": component.ref,
        "name": component.label,
        "kind": step.kind.word if step.kind is not None else "product",
    }


def _ref(verdict: Verdict, number: int) -> str:
    component = verdict.components[number]
    return component.ref or component.label


def _certificate(verdict: Verdict, held: Certified) -> dict[str, Any]:
    return {
        "id": held.certificate_id,
        "organization": held.organization,
        "product": held.product,
        "valid_until": held.valid_until,
        "sha256": held.sha256,
        "components": [_ref(verdict, number) for number in held.components],
    }


def _near(verdict: Verdict, miss: NearMiss) -> dict[str, Any]:
    return {
        "component": verdict.components[miss.component].label,
        "field": miss.field,
        "value": miss.value,
        "why": miss.why,
    }
