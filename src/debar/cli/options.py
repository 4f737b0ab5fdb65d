"""Options that several commands share, and the way from them to the pipeline."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from debar import packs
from debar.errors import UsageError
from debar.model.decision import Completeness
from debar.pipeline import Input, Options, from_file
from debar.read import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from debar.model.policy import Pack

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
    )
    return chosen, options


def _candidates(folder: str | None) -> tuple[Input, ...]:
    """Read the files of a folder that may be linked; those below it do not count."""
    if folder is None:
        return ()
    return tuple(from_file(path) for path in sorted(Path(folder).iterdir()) if path.is_file())
