"""The reports of several products as one file, made as they come, so that none of them is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Join(Protocol):
    """What `add` returns for each report and `end` after the last makes the file, one after the other."""

    def add(self, report: str) -> str:
        """Return what one more report adds to the file."""
        ...

    def end(self) -> str:
        """Return how the file ends."""
        ...


class Between:
    """A join that puts something before, between and behind the reports, each as `change` returns it."""

    def __init__(self, head: str, between: str, tail: str, change: Callable[[str], str] = str) -> None:
        self._before = head
        self._between = between
        self._tail = tail
        self._change = change
        self._empty = True

    def add(self, report: str) -> str:
        """Return a report with what goes before it."""
        before, self._before, self._empty = self._before, self._between, False
        return before + self._change(report)

    def end(self) -> str:
        """Return the tail; nothing but head and tail where there was no report."""
        return (self._before if self._empty else "") + self._tail
