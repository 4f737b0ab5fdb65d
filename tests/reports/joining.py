"""The reports of several products, joined as the command line does it, whole."""

from __future__ import annotations

from collections.abc import Iterable

from debar import report


def joined(format_: str, reports: Iterable[str]) -> str:
    begin = report.FORMATS[format_].join
    assert begin is not None
    join = begin()
    return "".join([*map(join.add, reports), join.end()])
