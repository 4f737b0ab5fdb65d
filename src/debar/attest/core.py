"""The core of a result: what the same inputs must give again, byte for byte, whoever repeats the check.

Findings, outcomes, gaps, coverage and digests. No paths of files, no wording, no version of the tool: those may
differ where the result is the same. Everything is in an order of its own, so that the order in which SBOMs are
given does not matter either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from debar.model.decision import Coverage, Finding, Verdict


def core(verdict: Verdict) -> dict[str, Any]:
    """Return the core as plain values for `canonical`."""
    return {
        "asOf": verdict.as_of,
        "market": verdict.market,
        "profile": verdict.profile.value,
        "verdict": verdict.status.value,
        "regimes": {
            item.regime: {"profile": item.profile, "gating": item.gating, "verdict": item.status.value}
            for item in verdict.regimes
        },
        "findings": sorted(
            (_finding(finding) for finding in verdict.findings), key=lambda one: (one["id"], one["policy"])
        ),
        "gaps": sorted(
            ({"code": ruling.gap.code, "count": ruling.gap.count, "blocks": ruling.blocks} for ruling in verdict.gaps),
            key=lambda one: str(one["code"]),
        ),
        "coverage": _coverage(verdict.coverage),
        "minimumElements": [
            {"standard": one.kind.standard.value, "name": one.kind.name, "present": one.present, "total": one.total}
            for one in verdict.elements
        ],
        "inputs": {
            "sboms": sorted(document.sha256 for document in verdict.documents),
            "policies": sorted([pack.id, pack.version, pack.digest] for pack in verdict.packs),
            "facts": sorted(file.digest for file in verdict.facts),
            "corrections": sorted(file.digest for file in verdict.corrections),
            "waivers": sorted(file.digest for file in verdict.waivers),
            "certificates": sorted({held.sha256 for held in verdict.certified}),
        },
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "policy": finding.pack,
        "article": finding.article.value,
        "use": finding.use.word,
        "confidence": finding.confidence.value,
        "obfuscated": finding.obfuscated,
        "existing": finding.existing,
        "outcomes": {
            ruling.regime: {"outcome": ruling.outcome.value, "rule": ruling.rule} for ruling in finding.rulings
        },
        "mentions": sorted([item.field, item.value, item.fact.id] for item in finding.evidence),
    }


def _coverage(coverage: Coverage) -> dict[str, int]:
    return {
        "components": coverage.components,
        "withSupplier": coverage.with_supplier,
        "withIdentifier": coverage.with_identifier,
        "withHash": coverage.with_hash,
        "identified": coverage.identified,
        "reachable": coverage.reachable,
        "linksResolved": coverage.links_resolved,
        "linksTotal": coverage.links_total,
    }
