"""``debar check``: the verdict on one product."""

from __future__ import annotations

import sys
from typing import Any

import click

from debar import pipeline, report
from debar.cli import output
from debar.cli.options import contract, exit_code, judged_by, shared
from debar.cli.output import reported
from debar.errors import UsageError

_FAIL_ON = ("incomplete", "review", "fail")


@click.command(
    epilog="\b\nExamples:\n"
    "  debar check product.cdx.json\n"
    "  syft . -o cyclonedx-json | debar check -\n"
    "  debar check app.spdx.json --regime us-bis-icts-2021-002:strict\n"
    "  debar check app.spdx.json --output - --output report.json --output debar.sarif\n"
    "  debar check app.spdx.json --as-of 2024-09-29T03:59:59Z\n"
    "  debar check app.spdx.json --policy us-kaspersky --policy us-section-889\n"
    "  debar check app.spdx.json --facts oem.yaml --corrections reviewed.yaml\n"
    "  debar check app.spdx.json --waivers accepted.yaml\n"
    "  debar check app.spdx.json --baseline released.spdx.json --new-only\n"
    "  debar check --each sboms/ --output all.json --output -\n"
    "\n\b\nExit codes:\n"
    "  0 pass, 1 verdict at or above --fail-on, 2 usage, 3 input unreadable or no SBOM,\n"
    "  4 policy or waiver invalid, 70 internal error"
)
@click.argument("sboms", nargs=-1, required=True, metavar="SBOM...")
@shared
@reported
@click.option(
    "--fail-on",
    type=click.Choice(_FAIL_ON),
    default="incomplete",
    show_default=True,
    help="The mildest verdict that exits with 1.",
)
@click.option(
    "--baseline",
    multiple=True,
    metavar="SBOM",
    help="An earlier SBOM of the product, judged anew: findings are new or existing. Repeatable for its parts.",
)
@click.option("--new-only", is_flag=True, help="Only new findings decide the verdict (with --baseline).")
@click.option("--contract", metavar="FILE.toml", help="What --format far-report needs of the contract (TOML).")
@click.option(
    "--each", is_flag=True, help="Give a verdict on each SBOM and file of a folder; a broken one stops nothing."
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes of --each. Default: one a core.")
@click.option("--near-misses", is_flag=True, help="Also show what looked alike and was not flagged (text, json, html).")
@click.option("--coverage", is_flag=True, help="Also show how many components carry each minimum element (text, html).")
def check(**values: Any) -> None:  # noqa: ANN401 - click passes options of many types
    """Check the SBOMs of one product; - reads standard input.

    Several SBOMs are one product: links between them are followed among the files given. A file may also be an
    archive of SBOMs, an attestation, or a folder. With --each every argument, and every file of a folder, is a
    product of its own, and the exit code is the worst.
    """
    taken = (*values["sboms"], *values["baseline"], *values["waivers"])
    targets = output.targets(values["formats"], values["outputs"], taken)
    output.refuse_unfit(targets, redact=values["redact"], each=values["each"])
    _comparable(values)
    chosen, options = judged_by(values)
    wishes: dict[str, Any] = {key: values[key] for key in ("near_misses", "coverage", "sarif_anchor")}
    if values["contract"]:
        wishes["contract"] = contract(values["contract"])
    if values["each"]:
        from debar.cli import each, judging

        if any(name == "json" for name, _ in targets) and "-" in values["sboms"]:
            raise UsageError("--each reads files, not standard input")
        setup = judging.Setup(chosen, options, values["fail_on"], values["redact"], (), wishes)
        sys.exit(each.run(values["sboms"], targets, setup, values["jobs"] or each.cores()))
    inputs = [pipeline.from_file(path) for path in values["sboms"]]
    verdict = pipeline.check(inputs, pack=chosen, options=options)
    if values["redact"]:
        verdict = report.redact(verdict)
    # All are made before one is written: what one format cannot show leaves no half of a set behind.
    reports = [report.render(verdict, name, colour=output.coloured(file), **wishes) for name, file in targets]
    for (_, file), text in zip(targets, reports, strict=True):
        output.write(text, file)
    sys.exit(exit_code(verdict, values["fail_on"]))


def _comparable(values: dict[str, Any]) -> None:
    """Refuse options that do not go together."""
    if values["new_only"] and not values["baseline"]:
        raise UsageError("--new-only needs a --baseline to tell what is new")
    if values["jobs"] and not values["each"]:
        raise UsageError("--jobs goes with --each: one product is judged by one process")
    if values["baseline"] and values["each"]:
        raise UsageError("--baseline compares one product; it does not go with --each")
    if "-" in values["baseline"] and "-" in values["sboms"]:
        raise UsageError("the SBOM and the --baseline cannot both come from standard input")
