"""``debar policy``: look at packs, and check, test and compile them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from debar import packs
from debar.cli import policy_show
from debar.errors import DebarError, PolicyError, UsageError
from debar.text import inert, safe_text

if TYPE_CHECKING:
    from debar.model.decision import Finding, Verdict
    from debar.model.policy import Pack
    from debar.packs import Case

_LONG = 1_000
_NO_FINDING = "none"


@click.group()
def policy() -> None:
    """Look at policy packs, and check, test and compile them.

    A pack says what is banned: facts about a vendor's software, and the legal regimes that judge them. PACK
    is the id of a bundled pack or the folder of one.
    """


@policy.command(name="list", epilog="\b\nExample:\n  debar policy list")
def list_() -> None:
    """List the packs that come with debar."""
    for folder in packs.bundled().values():
        pack = packs.load(folder)
        click.echo(_safe(f"{pack.id} {pack.version}: {pack.title}"))
        click.echo(_safe(f"  law as of {pack.legal_as_of} · {policy_show.counts(pack)}"))
        for regime in pack.regimes:
            default = " (default)" if regime.id in pack.default_regimes else ""
            click.echo(_safe(f"  {regime.id}{default}: {regime.title}"))


@policy.command(
    epilog="\b\nExamples:\n"
    "  debar policy show\n"
    "  debar policy show us-kaspersky --regime us-bis-icts-2021-002\n"
    "  debar policy show us-kaspersky --facts | grep -i sdk\n"
    "  debar policy show us-kaspersky --fact KI-0017 --format json"
)
@click.argument("pack_name", metavar="[PACK]", default=packs.DEFAULT)
@click.option("--facts", is_flag=True, help="List the facts, a line each.")
@click.option("--regime", metavar="ID", help="Show one regime: its table, quotations, exclusions.")
@click.option("--fact", metavar="ID", help="Show one fact with its source.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(*, pack_name: str, facts: bool, regime: str | None, fact: str | None, format_: str) -> None:
    """Show a pack, one of its regimes, or its facts.

    Without an option: what the pack is, its regimes, and what was not available to its authors.
    """
    if sum([facts, bool(regime), bool(fact)]) > 1:
        raise UsageError("give only one of --facts, --regime and --fact")
    pack = packs.load(packs.find(pack_name))
    part: object = pack
    if facts:
        part = pack.facts
    elif regime:
        part = policy_show.pick(pack.regimes, regime, "regime", pack)
    elif fact:
        part = policy_show.pick(pack.facts, fact, "fact", pack)
    if format_ == "json":
        click.echo(policy_show.as_json(part))
        return
    for line in policy_show.lines(pack, part):
        click.echo(_safe(line))


@policy.command(
    epilog="\b\nExamples:\n"
    "  debar policy lint\n"
    "  debar policy lint ./policy/our-ban\n"
    "  debar policy lint oem-facts.yaml accepted.yaml"
)
@click.argument("names", metavar="[PACK|FILE]...", nargs=-1)
def lint(names: tuple[str, ...]) -> None:
    """Check packs, and files for --facts, --corrections or --waivers, for mistakes, each told with file and line.

    Without PACK: every bundled pack. Exits with 4 if there is a mistake.
    """
    total = 0
    for name in names or [str(folder) for folder in _folders(())]:
        shown, mistakes = _mistakes(name)
        for mistake in mistakes:
            click.echo(_safe(mistake))
        click.echo(_safe(f"{shown}: {_count(len(mistakes), 'mistake')}"))
        total += len(mistakes)
    if total:
        sys.exit(PolicyError.exit_code)


def _mistakes(name: str) -> tuple[str, list[str]]:
    """Return what a pack or file is called, and its mistakes."""
    if name not in packs.bundled() and Path(name).is_file():
        return name, packs.lint_file(name)
    folder = packs.find(name)
    return _shown(folder), [f"{_shown(folder)}/{mistake}" for mistake in packs.lint(folder)]


@policy.command(epilog="\b\nExamples:\n  debar policy test\n  debar policy test ./policy/our-ban")
@click.argument("names", metavar="[PACK]...", nargs=-1)
def test(names: tuple[str, ...]) -> None:
    """Check the cases of packs: each is built as an SBOM and judged for real.

    Without PACK: every bundled pack. Prints a line for each case that comes to something else than it
    expects; exits with 1 if there is one, or if there is no case at all.
    """
    total = failed = 0
    for folder in _folders(names):
        pack = packs.load(folder)
        for case in packs.cases(folder):
            total += 1
            if problem := failure(pack, case):
                failed += 1
                click.echo(_safe(f"{_shown(folder)}/{case.file}:{case.line}: {case.name}: {problem}"))
    click.echo(f"{_count(total, 'case')}, {failed} failed")
    if failed or not total:
        sys.exit(1)


@policy.command(name="compile", epilog="\b\nExample:\n  debar policy compile ./policy/our-ban")
@click.argument("names", metavar="PACK...", nargs=-1, required=True)
def compile_(names: tuple[str, ...]) -> None:
    """Write compiled.json, the form of a pack that loads fast.

    For maintainers of the packs that come with debar, after every change; elsewhere the YAML counts.
    """
    for folder in _folders(names):
        data = packs.compile_pack(folder)
        target = folder / "compiled.json"
        try:
            target.write_bytes(data)
        except OSError as error:
            raise UsageError(f"cannot write {target}: {error.strerror}") from error
        click.echo(_safe(f"{_shown(target)}: {len(data):,} bytes"))


def failure(pack: Pack, case: Case) -> str:
    """Judge a case for real; return what is wrong, with expected, got and a hint, or an empty string."""
    from debar import pipeline

    regime_id = case.rule.partition("/")[0] if case.rule else pack.default_regimes[0]
    options = pipeline.Options(
        as_of=case.as_of or f"{pack.legal_as_of}T00:00:00Z", regimes={regime_id: case.expect.profile}
    )
    try:
        document = pipeline.Input(path="case.cdx.json", data=packs.case_document(case))
        verdict = pipeline.check([document], pack=pack, options=options)
    except DebarError as error:
        return f"expected {_expected(case)}, got an error: {error}"
    if _as_expected(verdict, case, regime_id):
        return ""
    got = "; ".join(_got(finding, regime_id) for finding in verdict.findings) or "no finding"
    return f"expected {_expected(case)}, got {got}. {_hint(verdict, case, regime_id)}"


def _as_expected(verdict: Verdict, case: Case, regime_id: str) -> bool:
    """Tell whether the expected finding is there, by the case's own rule, and none is worse; or that there is none."""
    if case.expect.outcome == _NO_FINDING:
        return not verdict.findings
    outcomes = [_outcome(finding, regime_id) for finding in verdict.findings]
    worst = min(outcomes, key=("fail", "review", "note", "not-applicable", "").index, default="")
    return worst == case.expect.outcome and any(
        finding.article is case.expect.article
        and (ruling := finding.ruling(regime_id)) is not None
        and ruling.outcome.value == case.expect.outcome
        and (not case.rule or ruling.rule == case.rule)
        for finding in verdict.findings
    )


def _outcome(finding: Finding, regime_id: str) -> str:
    ruling = finding.ruling(regime_id)
    return ruling.outcome.value if ruling else ""


def _expected(case: Case) -> str:
    if case.expect.article is None:
        return "no finding"
    rule = f" by {case.rule}" if case.rule else ""
    return f"{case.expect.outcome} for {case.expect.article.value}{rule}"


def _got(finding: Finding, regime_id: str) -> str:
    ruling = finding.ruling(regime_id)
    rule = f" by {ruling.rule}" if ruling and ruling.rule else ""
    matched = ", ".join(
        dict.fromkeys(f"fact {item.fact.id} ({item.confidence.value}) in {item.field}" for item in finding.evidence)
    )
    outcome = _outcome(finding, regime_id)
    return f"{outcome} for {finding.article.value} as {finding.use.word}{rule}, from {matched}"


def _hint(verdict: Verdict, case: Case, regime_id: str) -> str:
    """Say where to look first."""
    if not verdict.findings:
        near = next((f"; it came near: {item.why}" for item in verdict.near_misses), "")
        return f"Hint: no fact matches; add a value to a fact{near}"
    if case.expect.outcome == _NO_FINDING:
        return "Hint: narrow the fact (types, exact, a longer value) or expect the finding"
    articles = {finding.article for finding in verdict.findings}
    if case.expect.article not in articles:
        return "Hint: the article comes from the fact; correct the fact or the case"
    uses = {finding.use.word for finding in verdict.findings}
    if case.use not in uses:
        return f"Hint: the component counts as {', '.join(sorted(uses))}; look at its scope and type"
    why = next((ruling.why for finding in verdict.findings if (ruling := finding.ruling(regime_id))), "")
    return f"Hint: the rule says: {why}"


def _folders(names: tuple[str, ...]) -> list[Path]:
    folders = [packs.find(name) for name in names] or list(packs.bundled().values())
    if not folders:
        raise UsageError("no pack is bundled; name the folder of one")
    return folders


def _shown(path: Path) -> str:
    """Return a path as short as it can be clicked."""
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _safe(line: str) -> str:
    return inert(safe_text(line, _LONG))
