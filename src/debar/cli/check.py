"""``debar check``: the verdict on one product."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from debar import pipeline, report
from debar.cli import fail, hush
from debar.cli.options import judged_by, shared
from debar.errors import InputError, UsageError
from debar.model.decision import Status
from debar.text import safe_text
from debar.verdict import SEVERITY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debar.model.decision import Verdict
    from debar.model.policy import Pack
    from debar.pipeline import Options

_FAIL_ON = ("incomplete", "review", "fail")


@click.command(
    epilog="\b\nExamples:\n"
    "  debar check product.cdx.json\n"
    "  syft . -o cyclonedx-json | debar check -\n"
    "  debar check app.spdx.json --regime us-bis-icts-2021-002:strict\n"
    "  debar check app.spdx.json --format text --format json --output - --output report.json\n"
    "  debar check app.spdx.json --as-of 2024-09-29T03:59:59Z\n"
    "  debar check app.spdx.json --policy us-kaspersky --policy us-section-889\n"
    "  debar check app.spdx.json --facts oem.yaml --corrections reviewed.yaml\n"
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
@click.option("--each", is_flag=True, help="Give a verdict on each SBOM; a broken one does not stop the rest.")
@click.option("--near-misses", is_flag=True, help="Also show what looked alike and was not flagged.")
@click.option("--coverage", is_flag=True, help="Also show how many components carry each minimum element (text only).")
def check(**values: Any) -> None:  # noqa: ANN401 - click passes options of many types
    """Check the SBOMs of one product; - reads standard input.

    Several SBOMs are one product: links between them are followed among the files given. A file may also be an
    archive of SBOMs, an attestation, or a folder. With --each every argument is a product of its own, and the
    exit code is the worst.
    """
    targets = _targets(values["formats"], values["outputs"], values["sboms"])
    chosen, options = judged_by(values)
    extras = {key: values[key] for key in ("near_misses", "coverage")}
    if values["each"]:
        sys.exit(_each(values, targets, chosen, options, extras))
    inputs = [pipeline.from_file(path) for path in values["sboms"]]
    verdict = pipeline.check(inputs, pack=chosen, options=options)
    for format_, output in targets:
        _write([report.render(verdict, format_, colour=_coloured(output), **extras)], output)
    sys.exit(exit_code(verdict, values["fail_on"]))


def _each(
    values: dict[str, Any],
    targets: list[tuple[str, str]],
    chosen: Sequence[Pack],
    options: Options,
    extras: dict[str, bool],
) -> int:
    """Judge each argument alone; JSON becomes one array, text one report after the other with a table at the end."""
    if any(format_ == "json" for format_, _ in targets) and "-" in values["sboms"]:
        raise UsageError("--each reads files, not standard input")
    texts: dict[int, list[str]] = {position: [] for position in range(len(targets))}
    summary, worst = [], 0
    for path in values["sboms"]:
        try:
            verdict = pipeline.check([pipeline.from_file(path)], pack=chosen, options=options)
        except InputError as error:
            fail(str(error))
            summary.append(f"{'ERROR':<14} {safe_text(path)}")
            worst = max(worst, error.exit_code)
            continue
        worst = max(worst, exit_code(verdict, values["fail_on"]))
        summary.append(f"{verdict.status.value.upper():<14} {safe_text(path)}")
        for position, (format_, output) in enumerate(targets):
            texts[position].append(report.render(verdict, format_, colour=_coloured(output), **extras))
    for position, (format_, output) in enumerate(targets):
        if format_ == "json":
            _write(["[", ",\n".join(text.rstrip() for text in texts[position]), "]\n"], output)
        else:
            _write(["\n".join([*texts[position], "\n".join(summary) + "\n"])], output)
    return worst


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


def _coloured(output: str) -> bool:
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return output == "-" and sys.stdout.isatty() and not plain


def _write(parts: Sequence[str], output: str) -> None:
    text = "".join(parts)
    try:
        if output == "-":
            click.echo(text, nl=False, color=_coloured(output))
        else:
            Path(output).write_text(text, encoding="utf-8")
    except BrokenPipeError:
        # `debar check ... | head` must still end with the verdict's own code.
        hush()
    except OSError as error:
        raise UsageError(f"cannot write {'the report' if output == '-' else output}: {error.strerror}") from error
