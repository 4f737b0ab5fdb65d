"""Verdict -> text, one module a format. `FORMATS` is the registry; a format's module is imported when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from debar.report import text
from debar.report.accepted import waivers
from debar.report.basis import correction
from debar.report.joining import Between
from debar.report.text import routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from debar.model.decision import Verdict
    from debar.report import far
    from debar.report.joining import Join

__all__ = ["FORMATS", "Format", "Wish", "correction", "implied", "redact", "render", "routes", "waivers"]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the user wants shown beside the verdict; a format ignores what it has no place for."""

    colour: bool = False
    near_misses: bool = False
    coverage: bool = False
    sarif_anchor: str = ""
    contract: far.Contract | None = None


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """How a verdict is rendered, the endings of file names that imply the format, the longest first.

    `join` begins one file of the reports of several products (``--each``); None where a file can hold only one.
    What is not `redactable` shows the SBOM as it came.
    """

    render: Callable[[Verdict, Wish], str]
    endings: tuple[str, ...] = ()
    join: Callable[[], Join] | None = None
    redactable: bool = True


def _text(verdict: Verdict, wish: Wish) -> str:
    return text.render(verdict, colour=wish.colour, near_misses=wish.near_misses, coverage=wish.coverage)


def _json(verdict: Verdict, wish: Wish) -> str:
    from debar.report import json_v1

    return json_v1.render(verdict, near_misses=wish.near_misses)


def _sarif(verdict: Verdict, wish: Wish) -> str:
    from debar.report import sarif

    return sarif.render(verdict, anchor=wish.sarif_anchor)


def _far(verdict: Verdict, wish: Wish) -> str:
    from debar.report import far

    return far.render(verdict, wish.contract)


def _html(verdict: Verdict, wish: Wish) -> str:
    from debar.report import html

    return html.render(verdict, near_misses=wish.near_misses, coverage=wish.coverage)


def _plain(module: str, function: str = "render") -> Callable[[Verdict, Wish], str]:
    """Return a renderer that takes no wishes, its module imported when it is called."""
    return lambda verdict, _: getattr(import_module(f"debar.report.{module}"), function)(verdict)


def _joined(module: str) -> Callable[[], Join]:
    return lambda: import_module(f"debar.report.{module}").Joined()


def _lines() -> Join:
    return Between("", "\n", "")


def _array() -> Join:
    return Between("[", ",\n", "]\n", str.rstrip)


#: The formats of `--format`.
FORMATS: dict[str, Format] = {
    "text": Format(render=_text, endings=(".txt",), join=_lines),
    "json": Format(render=_json, endings=(".json",), join=_array),
    "sarif": Format(render=_sarif, endings=(".sarif", ".sarif.json"), join=_joined("sarif")),
    "markdown": Format(render=_plain("markdown"), endings=(".md", ".markdown"), join=_joined("markdown")),
    "html": Format(render=_html, endings=(".html", ".htm")),
    "github": Format(render=_plain("github"), join=_joined("github")),
    "junit": Format(render=_plain("junit"), endings=(".xml", ".junit"), join=_joined("junit")),
    "csv": Format(render=_plain("table"), endings=(".csv",), join=_joined("table")),
    "mermaid": Format(render=_plain("picture", "mermaid"), endings=(".mmd", ".mermaid")),
    "cyclonedx": Format(render=_plain("cyclonedx"), endings=(".cdx.json",), redactable=False),
    "dot": Format(render=_plain("picture", "dot"), endings=(".dot", ".gv")),
    "far-report": Format(render=_far, join=_lines),
}


def render(verdict: Verdict, format_: str, **wishes: Any) -> str:  # noqa: ANN401 - the fields of `Wish`
    """Return a verdict in one of `FORMATS`; `wishes` are the fields of `Wish`."""
    return FORMATS[format_].render(verdict, Wish(**wishes))


def redact(verdict: Verdict) -> Verdict:
    """Return the verdict without paths, user names and e-mail addresses, for `render`."""
    from debar.report import redaction

    return redaction.redact(verdict)


def implied(name: str) -> str | None:
    """Return the format that a file's name implies, by its longest known ending; None if it implies none."""
    lowered = name.lower()
    fitting = [(len(end), key) for key, item in FORMATS.items() for end in item.endings if lowered.endswith(end)]
    return max(fitting)[1] if fitting else None
