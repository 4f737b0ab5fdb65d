"""``debar validate``: whether SBOMs keep the rules of their own specification."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from debar import pipeline
from debar.cli import fail
from debar.errors import InputError
from debar.read import Limits, read
from debar.text import inert, inert_json, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.model.inventory import Document
    from debar.validate import Problem


_SHOWN = ("line", "column", "pointer", "message")


@click.command(
    epilog="\b\nExamples:\n"
    "  debar validate product.cdx.json\n"
    "  debar validate build/*.spdx --most 5\n"
    "  debar validate firmware.cdx.xml --format json\n"
    "\n\b\nExit codes:\n"
    "  0 all are valid, 1 one is not, 2 usage, 3 one cannot be read or has no schema, 70 internal error"
)
@click.argument("sboms", nargs=-1, required=True, metavar="SBOM...")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
@click.option(
    "--most", default=100, show_default=True, type=click.IntRange(1), metavar="N", help="Problems to show a document."
)
@click.option("--max-bytes", default=Limits().bytes, type=click.IntRange(1), help="Largest input, unpacked, in bytes.")
@click.option(
    "--max-components", default=Limits().components, type=click.IntRange(1), help="Most components in one SBOM."
)
def validate(sboms: tuple[str, ...], format_: str, most: int, max_bytes: int, max_components: int) -> None:
    """Check SBOMs against the schema or rules of their specification; - reads standard input.

    Nothing is fetched: the schemas are installed with debar. One broken file does not stop the rest.
    """
    limits = Limits(bytes=max_bytes, components=max_components)
    code, entries = 0, []
    for path in sboms:
        try:
            for document, problems in _validated(path, limits, most):
                entries.append(_entry(document, problems))
                code = max(code, int(bool(problems)))
                if format_ == "text":
                    _print(document, problems)
                if len(problems) == most:
                    fail(f"{document.path}: the first {most} problems are shown; there may be more (--most)")
        except InputError as error:
            code = error.exit_code
            entries.append({"path": error.path, "valid": False, "error": str(error)})
            fail(str(error))
    if format_ == "json":
        click.echo(inert_json(json.dumps({"documents": entries}, indent=2)))
    sys.exit(code)


def _validated(path: str, limits: Limits, most: int) -> Iterator[tuple[Document, tuple[Problem, ...]]]:
    given = pipeline.from_file(path)
    for document in read(given.data, given.path, limits).documents:
        yield document, pipeline.problems_of(document, limits, most=most)


def _version(document: Document) -> str:
    return document.spec_version.removeprefix("SPDX-")


def _entry(document: Document, problems: tuple[Problem, ...]) -> dict[str, Any]:
    return {
        "path": document.path,
        "format": document.format,
        "spec_version": _version(document),
        "valid": not problems,
        "problems": [dict(zip(_SHOWN, problem, strict=False)) for problem in problems],
    }


def _print(document: Document, problems: tuple[Problem, ...]) -> None:
    path = inert(safe_text(document.path, 200))
    if not problems:
        click.echo(f"{path}: valid {document.format} {safe_text(_version(document), 40)}")
    for problem in problems:
        place = f":{problem.line}:{problem.column}" if problem.line else ""
        pointer = f" {safe_text(problem.pointer, 200)}:" if problem.pointer else ""
        click.echo(f"{path}{place}:{pointer} {safe_text(problem.message, 320)}")
