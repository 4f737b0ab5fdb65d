"""Options that several commands share, and the way from them to the pipeline."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from debar import packs
from debar.errors import InputError, UsageError
from debar.model.decision import Completeness, Status
from debar.model.gaps import GAPS
from debar.model.inventory import Gap
from debar.pipeline import Input, Options, from_file
from debar.read import Limits
from debar.verdict import SEVERITY

if TYPE_CHECKING:
    from collections.abc import Callable

    from debar.model.certificate import Supplied
    from debar.model.decision import Verdict
    from debar.model.policy import Pack
    from debar.report import far

_SHARED = (
    click.option(
        "--policy",
        "policies",
        multiple=True,
        default=[packs.DEFAULT],
        show_default=True,
        metavar="PACK",
        help="A bundled pack's id, or a pack's folder; repeatable.",
    ),
    click.option(
        "--facts",
        multiple=True,
        type=click.Path(),
        metavar="FILE",
        help="Private facts that join a pack (YAML or JSON); repeatable.",
    ),
    click.option(
        "--corrections",
        multiple=True,
        type=click.Path(),
        metavar="FILE",
        help="Facts that are not true of a component, each with reason and reviewer; repeatable.",
    ),
    click.option(
        "--waivers",
        multiple=True,
        type=click.Path(),
        metavar="FILE",
        help="Findings that somebody accepts until a date, each with reason and approver; repeatable.",
    ),
    click.option(
        "--regime",
        "regimes",
        multiple=True,
        metavar="ID[:PROFILE]",
        help="A regime that decides the verdict, with a profile of it; repeatable. Default: the packs' own choice.",
    ),
    click.option(
        "--profile",
        type=click.Choice([item.value for item in Completeness]),
        default=Completeness.STANDARD.value,
        show_default=True,
        help="How complete the SBOM must prove to be before a pass (the profiles of a regime go with --regime).",
    ),
    click.option(
        "--as-of", metavar="INSTANT", help="Judge as of this instant (2024-09-29T04:00:00Z) or date (00:00 UTC)."
    ),
    click.option("--market", default="us", show_default=True, help="Where the product is offered, as a country code."),
    click.option("--paths", default=3, show_default=True, type=click.IntRange(1, 100), help="Paths to show a finding."),
    click.option(
        "--bom-dir",
        type=click.Path(exists=True, file_okay=False),
        help="A folder of SBOMs that are read only if one given links to them.",
    ),
    click.option(
        "--certificate",
        "certificates",
        multiple=True,
        metavar="FILE",
        help="A supplier's certificate, in place of SBOMs that were not given; with --trust. Repeatable.",
    ),
    click.option(
        "--trust",
        multiple=True,
        metavar="KEY",
        help="A supplier's public key (PEM), got by another way than the certificate; repeatable.",
    ),
    click.option(
        "--revoked", metavar="FILE", help="Ids of certificates and keys that no longer count, one a line (# comments)."
    ),
    click.option(
        "--gap",
        "gaps",
        multiple=True,
        metavar="CODE[=TEXT]",
        help="A gap of the inventory that the SBOM does not tell of, such as not-this-commit; repeatable.",
    ),
    click.option(
        "--max-bytes", default=Limits().bytes, type=click.IntRange(1), help="Largest input, unpacked, in bytes."
    ),
    click.option(
        "--max-components", default=Limits().components, type=click.IntRange(1), help="Most components in one SBOM."
    ),
)


def shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what to judge by."""
    for option in reversed(_SHARED):
        command = option(command)
    return command


def judged_by(values: dict[str, Any]) -> tuple[tuple[Pack, ...], Options]:
    """Turn the shared options' values into the packs and the pipeline's options."""
    market = values["market"].lower()
    if not re.fullmatch(r"[a-z]{2}", market):
        raise UsageError(f"{values['market']!r} is no two-letter country code (ISO 3166); the United States are us")
    regimes = {}
    for text in values["regimes"]:
        regime, _, profile = text.partition(":")
        if regime in regimes:
            raise UsageError(f"--regime {regime} is given twice")
        regimes[regime] = profile
    chosen = tuple(packs.load(packs.find(name)) for name in values["policies"])
    suppliers, notes = read_suppliers(values)
    options = Options(
        as_of=values["as_of"],
        market=market,
        regimes=regimes,
        profile=Completeness(values["profile"]),
        paths=values["paths"],
        candidates=_candidates(values["bom_dir"]),
        limits=Limits(bytes=values["max_bytes"], components=values["max_components"]),
        facts=packs.private_facts(values["facts"], chosen),
        corrections=packs.corrections(values["corrections"]),
        waivers=packs.waivers(values["waivers"]),
        baseline=tuple(from_file(path) for path in values.get("baseline", ())),
        new_only=values.get("new_only", False),
        suppliers=suppliers,
        notes=notes,
        gaps=tuple(map(_gap, values["gaps"])),
    )
    return chosen, options


def _gap(text: str) -> Gap:
    code, _, example = text.partition("=")
    if code not in GAPS:
        raise UsageError(f"--gap {text!r}: there is no gap {code!r}; there are {', '.join(GAPS)}")
    return Gap(code=code, count=1, examples=(example,) if example else ())


def _candidates(folder: str | None) -> tuple[Input, ...]:
    """Read the files of a folder that may be linked; those below it do not count."""
    if folder is None:
        return ()
    return tuple(from_file(path) for path in sorted(Path(folder).iterdir()) if path.is_file())


def exit_code(verdict: Verdict, fail_on: str) -> int:
    """Return 1 for a verdict at or above `--fail-on`, else 0."""
    return int(SEVERITY.index(verdict.status) <= SEVERITY.index(Status(fail_on)))


def contract(path: str | None) -> far.Contract:
    """Return what a contract file says for FAR reports, nothing where there is none."""
    from debar.report import far

    return far.read_contract(from_file(path).data, path) if path else far.Contract()


def read_suppliers(values: dict[str, Any]) -> tuple[tuple[Supplied, ...], tuple[str, ...]]:
    """Return the suppliers' certificates that can be trusted, and what is wrong with the others."""
    if bool(values["certificates"]) != bool(values["trust"]):
        missing = "--trust KEY, the supplier's public key" if values["certificates"] else "--certificate FILE"
        raise UsageError(f"suppliers' certificates and keys go together; add {missing}")
    if not values["certificates"]:
        return (), ()
    from debar.attest import opening
    from debar.attest.keys import load_public
    from debar.read.envelopes import signed

    keys = [(path, load_public(from_file(path).data, path)) for path in values["trust"]]
    revoked = read_revoked(values["revoked"])
    found, notes = [], []
    for path in values["certificates"]:
        data = from_file(path).data
        try:
            found.append(opening.supplied(signed(data, path), keys, revoked, path))
        except (opening.Rejected, InputError) as error:
            notes.append(f"{path}: this certificate does not count: {error}")
    return tuple(found), tuple(notes)


def read_revoked(path: str | None) -> frozenset[str]:
    """Return the ids in a file of revocations: the first word of each line that is no comment."""
    if path is None:
        return frozenset()
    try:
        lines = from_file(path).data.decode().splitlines()
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no text file of ids, one a line") from error
    return frozenset(line.split()[0] for line in lines if line.strip() and not line.lstrip().startswith("#"))
