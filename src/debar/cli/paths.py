"""``debar paths``: how the product comes to hold any component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import click

from debar import pipeline, report
from debar.cli.options import judged_by, shared
from debar.errors import UsageError
from debar.text import inert, safe_text

if TYPE_CHECKING:
    from debar.model.inventory import Component, Inventory

_MOST_NAMES = 10


@click.command(
    epilog="\b\nExamples:\n"
    "  debar paths product.cdx.json av-engine\n"
    "  debar paths product.cdx.json pkg:npm/left-pad@1.3.0 --paths 10"
)
@click.argument("sboms", nargs=-1, required=True, metavar="SBOM...")
@click.argument("component")
@shared
def paths(component: str, **values: Any) -> None:  # noqa: ANN401 - click passes options of many types
    """Show how the product comes to hold a component.

    COMPONENT, flagged or not, is a purl, a reference (bom-ref, SPDX id), a name, or name@version.
    """
    chosen, options = judged_by(values)
    examined = pipeline.examine([pipeline.from_file(path) for path in values["sboms"]], pack=chosen, options=options)
    for number in select(examined.inventory, component):
        click.echo(inert(safe_text(examined.inventory.components[number].label, 200)))
        click.echo(f"  used as {(route := examined.graph.route(number, k=options.paths)).use.word}")
        for line in report.routes(examined.verdict, route):
            click.echo(inert(line))


def is_called(item: Component, wanted: str) -> bool:
    """Tell whether a word names a component exactly: by purl, reference, name or name@version."""
    # "%40scope" and "@scope" are the same purl; people write the second.
    plain = unquote(wanted)
    return wanted in {item.ref, item.name, item.label, f"{item.name}@{item.version}"} or plain in {
        unquote(item.purl),
        unquote(item.purl).rpartition("@")[0],
    }


def select(inventory: Inventory, wanted: str) -> list[int]:
    """Return the components that a user's word names: exactly, else by the one thing it is a part of.

    Raises `UsageError` with the nearest names when nothing or too much fits.
    """
    if not wanted:
        raise UsageError("COMPONENT is empty; give a purl, a reference, a name or name@version")
    exact = [number for number, item in enumerate(inventory.components) if is_called(item, wanted)]
    if exact:
        return exact
    lowered = wanted.lower()
    near = [
        n for n, item in enumerate(inventory.components) if lowered in f"{item.label} {item.purl} {item.ref}".lower()
    ]
    names = list(dict.fromkeys(inventory.components[number].label for number in near))
    if len(names) == 1:
        return near
    if not names:
        raise UsageError(
            f"no component is called {wanted!r}; give a purl, a reference, a name or name@version, after the SBOMs"
        )
    listed = "\n  ".join([*names[:_MOST_NAMES], *(["..."] if len(names) > _MOST_NAMES else [])])
    raise UsageError(f"{len(names)} components fit {wanted!r}; name one of them:\n  {listed}")
