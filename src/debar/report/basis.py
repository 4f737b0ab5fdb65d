"""What a verdict rests on, in words that every report for people uses: packs and the files of the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debar.report import accepted
from debar.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.model.decision import Verdict
    from debar.model.knowledge import Corrected


def packs(verdict: Verdict) -> str:
    """Return the packs with their versions."""
    return ", ".join(f"{pack.id} {pack.version}" for pack in verdict.packs)


def disclaimers(verdict: Verdict) -> list[str]:
    """Return what the packs disclaim, each text once."""
    texts = dict.fromkeys(pack.disclaimer for pack in verdict.packs)
    return [text for text in texts if not any(other != text and other.startswith(text) for other in texts)]


def files(verdict: Verdict) -> Iterator[str]:
    """Yield a sentence for each file that the user gave beside the SBOM, with its digest, safe to print."""
    for known in verdict.facts:
        name = f"private facts {safe_text(known.path, 200)}: {_count(len(known.facts), 'fact')} for {known.pack}"
        yield f"{name}, sha256 {known.digest}"
    for file in verdict.corrections:
        used = sum(bool(one.evidence) for one in verdict.corrected if one.path == file.path)
        name = f"corrections {safe_text(file.path, 200)}: {used} of {len(file.corrections)} applied"
        yield f"{name}, sha256 {file.digest}"
    yield from accepted.files(verdict)
    for held in verdict.certified:
        name = f"certificate {safe_text(held.certificate_id, 80)} of {safe_text(held.organization, 80)}"
        instead = f"in place of {_count(held.links, 'SBOM')} of {safe_text(held.product, 120)}"
        yield f"{name} {instead}, valid until {safe_text(held.valid_until, 40)}, sha256 {held.sha256}"


def certified(verdict: Verdict, component: int) -> str:
    """Return whose certificate stands in for the SBOM of a component, empty for none; safe to print."""
    held = next((one for one in verdict.certified if component in one.components), None)
    if held is None:
        return ""
    return f"  (certified by {safe_text(held.organization, 80)} until {safe_text(held.valid_until, 40)})"


def corrected(verdict: Verdict) -> Iterator[str]:
    """Yield a sentence for each correction: what it took out of judging, or that it fits nothing; safe to print."""
    for one in verdict.corrected:
        wanted = one.correction.component
        name = wanted.purl or f"{wanted.name}@{wanted.version}".rstrip("@")
        head = f"{one.correction.fact} on {safe_text(name, 160)}"
        if not one.evidence:
            yield f"{head} matched nothing here ({_place(one)})"
            continue
        texts = dict.fromkeys(f'{item.field} "{safe_text(item.value, 120)}"' for item in one.evidence)
        more = f" and {len(texts) - _MOST} more" if len(texts) > _MOST else ""
        yield f"{head}: {', '.join(list(texts)[:_MOST])}{more}: {correction(one)}"


_MOST = 5


def correction(one: Corrected) -> str:
    """Return why a correction was made, by whom, and where that is written; safe to print."""
    reason, reviewer = safe_text(one.correction.reason, 400), safe_text(one.correction.reviewer, 120)
    return f"{reason} (reviewed by {reviewer}, {_place(one)})"


def _place(one: Corrected) -> str:
    return f"{safe_text(one.path, 200)}:{one.line}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
