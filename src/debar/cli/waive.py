"""``debar waive``: write a waiver of a finding, for a person to complete."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from debar import pipeline
from debar.cli.options import judged_by, shared
from debar.cli.paths import select
from debar.errors import UsageError
from debar.model.policy import Outcome
from debar.model.waivers import moment
from debar.text import inert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.model.decision import Finding, Ruling, Verdict
    from debar.pipeline import Examination

_LOUD = frozenset({Outcome.FAIL, Outcome.REVIEW})
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", re.ASCII)
_SLUG = 40
_EMPTY = '""'


@click.command(
    epilog="\b\nExamples:\n"
    "  debar waive product.cdx.json pkg:generic/acme/av-core@2.1 --until 2027-03-31 > accepted.yaml\n"
    "  debar policy lint accepted.yaml\n"
    "  debar check product.cdx.json --waivers accepted.yaml"
)
@click.argument("sboms", nargs=-1, required=True, metavar="SBOM...")
@click.argument("finding")
@shared
@click.option("--until", metavar="DATE", default="", help="When it expires: a date (00:00 UTC) or an instant in UTC.")
def waive(finding: str, until: str, **values: Any) -> None:  # noqa: ANN401 - click passes options of many types
    """Write a waiver of a finding on standard output.

    FINDING is an id as the JSON report has it, or the component: a purl, a reference, a name, or name@version. What
    a person must answer for (reason, approver) stays empty, and an empty field makes the file invalid. There is a
    waiver for each deciding regime under which the finding fails or needs review.
    """
    now = datetime.now(UTC)
    _ends(until, now)
    chosen, options = judged_by(values)
    examined = pipeline.examine([pipeline.from_file(path) for path in values["sboms"]], pack=chosen, options=options)
    for line in _written(examined.verdict, _chosen(examined, finding), now, until):
        click.echo(inert(line))


def _ends(until: str, now: datetime) -> None:
    if not until:
        return
    try:
        ends = moment(until) if _INSTANT.fullmatch(until) else None
    except ValueError:
        ends = None
    if ends is None:
        raise UsageError(f"--until {until!r} is no date or instant in UTC; write 2027-03-31 or 2027-03-31T12:00:00Z")
    if ends <= now:
        raise UsageError(f"--until {until} has passed; a waiver ends in the future")


def _chosen(examined: Examination, wanted: str) -> Finding:
    """Return the one finding that a user's word names."""
    found = [item for item in examined.verdict.findings if item.id == wanted]
    if not found:
        numbers = set(select(examined.inventory, wanted))
        found = [item for item in examined.verdict.findings if item.component in numbers]
        if not found:
            raise UsageError(f"{wanted!r} is not flagged; there is nothing to waive")
    if len(found) > 1:
        listed = "\n  ".join(f"{item.id} (by {item.pack})" for item in found[:10])
        raise UsageError(f"{len(found)} findings fit {wanted!r}; name one of them by its id and --policy:\n  {listed}")
    return found[0]


def _written(verdict: Verdict, finding: Finding, now: datetime, until: str) -> Iterator[str]:
    """Yield the lines of a file of waivers; what comes from the SBOM is quoted in ASCII."""
    gates = {item.regime for item in verdict.regimes if item.gating}
    rulings = [ruling for ruling in finding.rulings if ruling.regime in gates and ruling.outcome in _LOUD]
    if not rulings:
        raise UsageError(f"{finding.id} neither fails nor needs review under a regime that decides; nothing to waive")
    component = verdict.components[finding.component]
    if component.synthetic or not (component.purl or component.name):
        raise UsageError(f"{finding.id} is on no component with a purl or a name, so no waiver can say what it is for")
    raw = finding.evidence[0].field == "raw-text"
    named = {"purl": component.purl} if component.purl else {"name": component.name, "version": component.version}
    yield "# Not in effect until a person fills in what is empty. docs/waivers.md says what each key means."
    yield "waivers:"
    for ruling in rulings:
        yield f"  - id: {_id(finding, ruling, component.label)}"
        yield f"    rule: {ruling.rule}  # {ruling.outcome.value}"
        if ruling.outcome is Outcome.REVIEW:
            yield "    accepts: review  # clears nothing once it fails"
        yield f"    component: {{{', '.join(f'{key}: {_quoted(value)}' for key, value in named.items())}}}"
        if raw:
            yield f"    value: {_quoted(finding.evidence[0].value)}"
        yield f"    # sbom: {verdict.documents[component.document].sha256}  # holds it to exactly this document"
        yield '    reason: ""  # why this may ship'
        yield '    approver: ""  # who answers for it'
        yield f"    created: {now:%Y-%m-%d}"
        yield f"    expires: {until or _EMPTY}  # from then on it clears nothing"


def _id(finding: Finding, ruling: Ruling, label: str) -> str:
    """Return an id that is the same for the same finding and rule, and tells a reader what it is about."""
    slug = re.sub(r"[^a-z0-9.]+", "-", label.lower()).strip("-.")[:_SLUG]
    digest = hashlib.sha256(f"{finding.pack}\n{finding.id}\n{ruling.rule}".encode("utf-8", "surrogatepass"))
    return "-".join(part for part in (slug, digest.hexdigest()[:8]) if part)


def _quoted(text: str) -> str:
    """Return a text as a YAML scalar in double quotes and ASCII (YAML 1.2.2 section 5.7)."""

    def escaped(letter: str) -> str:
        if letter in '"\\':
            return f"\\{letter}"
        return letter if " " <= letter <= "~" else f"\\U{ord(letter):08x}"

    return '"' + "".join(map(escaped, text)) + '"'
