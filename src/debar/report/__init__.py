"""Verdict -> text, one module a format. `FORMATS` is the registry."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from debar.report import json_v1, text
from debar.report.basis import correction
from debar.report.text import routes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debar.model.decision import Verdict

__all__ = ["FORMATS", "correction", "render", "routes"]

#: The formats of `--format`; `render` is the way in.
FORMATS = ("text", "json")


def render(
    verdict: Verdict, format_: str, *, colour: bool = False, near_misses: bool = False, coverage: bool = False
) -> str:
    """Return a verdict in one of `FORMATS`; `colour` and `coverage` only matter for text."""
    renderers: Mapping[str, partial[str]] = {
        "text": partial(text.render, colour=colour, coverage=coverage),
        "json": partial(json_v1.render),
    }
    return renderers[format_](verdict, near_misses=near_misses)
