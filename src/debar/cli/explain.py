"""``debar explain``: why a component is, or is not, flagged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from debar import pipeline, report
from debar.cli.options import judged_by, shared
from debar.cli.paths import select
from debar.model.fields import FIELDS
from debar.text import inert, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.model.decision import Evidence
    from debar.pipeline import Examination


@click.command(
    epilog="\b\nExamples:\n"
    "  debar explain product.cdx.json av-engine\n"
    "  debar explain product.spdx.json SPDXRef-Package-opentip"
)
@click.argument("sboms", nargs=-1, required=True, metavar="SBOM...")
@click.argument("component")
@shared
def explain(component: str, **values: Any) -> None:  # noqa: ANN401 - click passes options of many types
    """Say why a component is or is not flagged.

    Shows every mention of COMPONENT, what it was compared with, near misses and paths. COMPONENT is a purl, a
    reference (bom-ref, SPDX id), a name, or name@version.
    """
    chosen, options = judged_by(values)
    examined = pipeline.examine([pipeline.from_file(path) for path in values["sboms"]], pack=chosen, options=options)
    for number in select(examined.inventory, component):
        for line in _explained(examined, number, options.paths):
            click.echo(inert(line))


def _explained(examined: Examination, number: int, most_paths: int) -> Iterator[str]:
    component = examined.inventory.components[number]
    line, column = pipeline.place(examined.inventory, {}, number)
    path = safe_text(examined.inventory.documents[component.document].path, 200)
    yield f"{safe_text(component.label, 200)}  at {path}" + (f":{line}:{column}" if line else "")
    found = [item for item in examined.verdict.findings if item.component == number]
    for finding in found:
        by = f" by {finding.pack}" if len(examined.verdict.packs) > 1 else ""
        yield f"  flagged as {finding.article.value}, {finding.confidence.value}{by}"
        for ruling in finding.rulings:
            yield f"    {ruling.outcome.value} under {ruling.regime}: {safe_text(ruling.why, 300)}"
        for line_ in report.waivers(examined.verdict, finding):
            yield f"    waived  {line_}"
    if not found:
        yield "  not flagged"
    yield "  mentions"
    yield from _mentions(examined, number)
    route = examined.graph.route(number, k=most_paths)
    yield f"  used as {route.use.word}"
    yield from report.routes(examined.verdict, route)


def _mentions(examined: Examination, number: int) -> Iterator[str]:
    evidence = [item for item in examined.matches.evidence if item.component == number]
    near = {(item.field, item.value): item.why for item in examined.matches.near_misses if item.component == number}
    for field, value in dict.fromkeys(examined.inventory.mentions.of(number)):
        yield f'    {field} ({FIELDS[field].role.value}) "{safe_text(value, 160)}"'
        for item in evidence:
            if (item.field, item.value) == (field, value):
                yield from _match(examined, item)
        if (field, value) in near:
            yield f"      near miss: {safe_text(near[field, value], 300)}"
    own = set(examined.inventory.mentions.of(number))
    for item in evidence:
        if (item.field, item.value) not in own and FIELDS[item.field].corroborates:
            yield f'    {item.field} of a part "{safe_text(item.value, 160)}"'
            yield from _match(examined, item)


def _match(examined: Examination, item: Evidence) -> Iterator[str]:
    folds = f"; folds: {', '.join(item.folds)}" if item.folds else ""
    fact = f"{item.fact.id} {item.fact.kind.value}: {safe_text(item.fact.what, 120)}"
    yield f"      matches {fact} ({item.confidence.value}{folds})"
    yield f"      source  {safe_text(item.fact.source, 160)}"
    for one in examined.verdict.corrected:
        if item in one.evidence:
            yield f"      not judged: {report.correction(one)}"
