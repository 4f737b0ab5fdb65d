"""``debar check``: the verdict on one product."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from debar import pipeline, report
from debar.cli import hush
from debar.cli.options import judged_by, shared
from debar.errors import UsageError
from debar.model.decision import Status
from debar.verdict import SEVERITY

if TYPE_CHECKING:
    from debar.model.decision import Verdict

_FAIL_ON = ("incomplete", "review", "fail")


@click.command(
    epilog="\b\nExamples:\n"
    "  debar check product.cdx.json\n"
    "  syft . -o cyclonedx-json | debar check -\n"
    "  debar check app.spdx.json --regime us-bis-icts-2021-002:strict\n"
    "  debar check app.spdx.json --format text --format json --output - --output report.json\n"
    "  debar check app.spdx.json --as-of 2024-09-29T03:59:59Z\n"
    "\n\b\nExit codes:\n"
    "  0 pass, 1 verdict at or above --fail-on, 2 usage, 3 input unreadable or no SBOM,\n"
    "  4 policy invalid, 70 internal error"
)
@click.argument("sboms", nargs=-1, required=True, metavar="SBOM...")
@shared
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(report.FORMATS),
    help="Report format, repeatable. Default: text.",
)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    metavar="FILE",
    help="Where the report of the same position goes; - or none is standard output. Repeatable.",
)
@click.option(
    "--fail-on",
    type=click.Choice(_FAIL_ON),
    default="incomplete",
    show_default=True,
    help="The mildest verdict that exits with 1.",
)
@click.option("--near-misses", is_flag=True, help="Also show what looked alike and was not flagged.")
@click.option("--coverage", is_flag=True, help="Also show how many components carry each minimum element (text only).")
def check(**values: Any) -> None:  # noqa: ANN401 - click passes options of many types
    """Check the SBOMs of one product; - reads standard input.

    Several SBOMs are one product: links between them are followed among the files given.
    """
    targets = _targets(values["formats"], values["outputs"], values["sboms"])
    pack, options = judged_by(values)
    inputs = [pipeline.from_file(path) for path in values["sboms"]]
    verdict = pipeline.check(inputs, pack=pack, options=options)
    for format_, output in targets:
        _write(verdict, format_, output, {key: values[key] for key in ("near_misses", "coverage")})
    sys.exit(exit_code(verdict, values["fail_on"]))


def exit_code(verdict: Verdict, fail_on: str) -> int:
    """Return 1 for a verdict at or above `fail_on`, else 0."""
    return int(SEVERITY.index(verdict.status) <= SEVERITY.index(Status(fail_on)))


def _targets(formats: tuple[str, ...], outputs: tuple[str, ...], inputs: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pair formats with outputs by position; no report overwrites an input or another report."""
    formats = formats or ("text",)
    if len(outputs) > len(formats):
        raise UsageError("more --output than --format; the first output belongs to the first format, and so on")
    padded = [*outputs, *["-"] * (len(formats) - len(outputs))]
    if padded.count("-") > 1:
        raise UsageError("two reports would share standard output; give the others an --output FILE")
    files = [Path(output).resolve() for output in padded if output != "-"]
    if "" in outputs:
        raise UsageError("--output is empty")
    if len(set(files)) < len(files):
        raise UsageError("two reports would go to one file; give each an --output of its own")
    if clash := set(files) & {Path(sbom).resolve() for sbom in inputs}:
        raise UsageError(f"{clash.pop().name} is an input; give --output another name")
    return list(zip(formats, padded, strict=True))


def _write(verdict: Verdict, format_: str, output: str, extras: dict[str, bool]) -> None:
    if output == "-":
        plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
        colour = sys.stdout.isatty() and not plain
        try:
            click.echo(report.render(verdict, format_, colour=colour, **extras), nl=False, color=colour)
        except BrokenPipeError:
            # `debar check ... | head` must still end with the verdict's own code.
            hush()
        except OSError as error:
            raise UsageError(f"cannot write the report: {error.strerror}") from error
        return
    text = report.render(verdict, format_, **extras)
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from error
