"""What does not decide although it stands in the product: waived findings, and what the baseline has too.

In words that every report for people uses; all of it is safe to print.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from debar.model.policy import Outcome
from debar.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.model.decision import Finding, Ruling, Verdict
    from debar.model.waivers import WaiverUse

_ORDER = (Outcome.FAIL, Outcome.REVIEW, Outcome.NOTE, Outcome.WAIVED, Outcome.NOT_APPLICABLE)


def decisive(verdict: Verdict, finding: Finding) -> Ruling | None:
    """Return the worst ruling of a finding under the gating regimes; None if its pack has none that gates."""
    gates = {item.regime for item in verdict.regimes if item.gating}
    return min(
        (ruling for ruling in finding.rulings if ruling.regime in gates),
        key=lambda ruling: _ORDER.index(ruling.outcome),
        default=None,
    )


def status(verdict: Verdict, finding: Finding) -> str:
    """Return whether a finding is waived under the regimes that decide, else whether the baseline has it too."""
    ruling = decisive(verdict, finding)
    if ruling and ruling.outcome is Outcome.WAIVED:
        return "waived"
    return "existing" if finding.existing else "new"


def gated(verdict: Verdict, finding: Finding) -> bool:
    """Tell whether a finding may decide: with `--new-only` what the baseline has too may not."""
    return not (finding.existing and verdict.baseline and verdict.baseline.new_only)


def heading(verdict: Verdict) -> str:
    """Return the verdict in capitals with what it leaves aside, such as ``PASS, 2 findings waived``."""
    return ", ".join(part for part in (verdict.status.value.upper(), aside(verdict)) if part)


def aside(verdict: Verdict) -> str:
    """Return what the verdict leaves aside, such as ``2 findings waived, 1 existing not gated``, or nothing."""
    gates = {item.regime for item in verdict.regimes if item.gating}
    waived = spared = 0
    for finding in verdict.findings:
        outcomes = {ruling.outcome for ruling in finding.rulings if ruling.regime in gates}
        if not gated(verdict, finding):
            spared += not outcomes.isdisjoint({Outcome.FAIL, Outcome.REVIEW})
        waived += Outcome.WAIVED in outcomes
    parts = [f"{waived:,} finding{'' if waived == 1 else 's'} waived"] if waived else []
    return ", ".join([*parts, *([f"{spared:,} existing not gated"] if spared else [])])


def files(verdict: Verdict) -> Iterator[str]:
    """Yield a sentence for each file of waivers and each document of the baseline, with its digest."""
    for file in verdict.waivers:
        used = sum(one.state.value == "applied" for one in verdict.waived if one.path == file.path)
        yield f"waivers {safe_text(file.path, 200)}: {used} of {len(file.waivers)} applied, sha256 {file.digest}"
    yield from baseline(verdict)


def baseline(verdict: Verdict) -> Iterator[str]:
    """Yield a sentence for each document of the baseline and one that counts what is new, existing and gone."""
    if verdict.baseline:
        for document in verdict.baseline.documents:
            yield f"baseline {safe_text(document.path, 200)}, sha256 {document.sha256}"
        old = sum(finding.existing for finding in verdict.findings)
        counts = f"{len(verdict.findings) - old:,} new, {old:,} existing, {len(verdict.baseline.gone):,} gone"
        only = "; only new findings decide" if verdict.baseline.new_only else ""
        yield f"compared with the baseline: {counts}{only}"


def waivers(verdict: Verdict, finding: Finding) -> Iterator[str]:
    """Yield a sentence for each waiver of a finding: what it clears, why, who answers for it, and until when."""
    uses = {one.waiver.id: one for one in verdict.waived}
    for waiver_id in dict.fromkeys(name for ruling in finding.rulings for name in ruling.waivers):
        cleared = ", ".join(
            f"{ruling.unwaived.value} under {ruling.regime}"
            for ruling in finding.rulings
            if waiver_id in ruling.waivers
        )
        yield f"waived {cleared}: {_told(uses[waiver_id])}"


def _told(use: WaiverUse) -> str:
    reason, approver = safe_text(use.waiver.reason, 400), safe_text(use.waiver.approver, 120)
    place = f"{safe_text(use.path, 200)}:{use.line}"
    return f"{use.waiver.id}: {reason} (approved by {approver} until {use.waiver.expires}, {place})"


def gone(verdict: Verdict) -> Iterator[str]:
    """Yield a line for each finding of the baseline that is no more."""
    for one in verdict.baseline.gone if verdict.baseline else ():
        yield f"{safe_text(one.label, 120)}  {one.article.value}, {one.use.word}"
