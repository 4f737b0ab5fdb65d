"""``debar schema``: the JSON Schemas of what debar reads and writes."""

from __future__ import annotations

import json
from importlib import resources

import click

from debar import packs

_REPORT = "report"


@click.command(
    epilog="\b\n"
    "pack         pack.yaml of a policy pack\n"
    "entities     entities.yaml of a policy pack\n"
    "facts        facts/*.yaml of a policy pack, and files for --facts\n"
    "regime       regimes/*.yaml of a policy pack\n"
    "cases        cases/*.yaml of a policy pack\n"
    "corrections  files for --corrections\n"
    "waivers      files for --waivers\n"
    "report       what `debar check --format json` prints\n\n"
    "\b\nExample:\n"
    "  debar schema facts > facts.schema.json"
)
@click.argument("name", metavar="NAME", type=click.Choice([*packs.schemas(), _REPORT]))
def schema(name: str) -> None:
    """Print a JSON Schema (draft 2020-12) on standard output."""
    if name == _REPORT:
        text = resources.files("debar.report").joinpath("report-v1.schema.json").read_text(encoding="utf-8")
        click.echo(text.rstrip("\n"))
        return
    click.echo(json.dumps(packs.schemas()[name], indent=2, ensure_ascii=False))
