"""Every error that debar raises on purpose.

    DebarError                 70  also what an unexpected failure becomes
    ├── UsageError              2  the command line cannot be carried out as given
    ├── InputError              3  an SBOM cannot be checked
    │   ├── UnreadableInput        missing, a folder, no permission, a broken archive
    │   ├── NotAnSbom              readable, but nothing that debar knows
    │   ├── MalformedSbom          a known format, broken: truncated, not UTF-8, not well-formed
    │   ├── UnsupportedFormat      recognised and refused by name
    │   ├── HashMismatch           not the file that another SBOM links to
    │   └── LimitExceeded          larger, deeper or denser than the limits allow
    └── PolicyError             4  a pack or a file of the user has mistakes; `problems` lists them all

The number is the exit code of the process (docs/design.md 7: 0 pass, 1 verdict at or above --fail-on).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


class DebarError(Exception):
    """A failure with a message for a person and an exit code for a machine."""

    exit_code: ClassVar[int] = 70


class UsageError(DebarError):
    """The arguments cannot be carried out as given."""

    exit_code = 2


class InputError(DebarError):
    """An SBOM cannot be checked; it is never a pass.

    `place` says where in the file (``line 3, column 9``), empty when the file as a whole is meant.
    """

    exit_code = 3

    def __init__(self, path: str, problem: str, *, place: str = "", remedy: str = "") -> None:
        self.path = path
        self.problem = problem
        self.place = place
        self.remedy = remedy
        where = f"{path}: {place}: " if place else f"{path}: "
        super().__init__(where + problem + (f" ({remedy})" if remedy else ""))


class UnreadableInput(InputError):
    """The file cannot be opened or unpacked."""


class NotAnSbom(InputError):
    """The content is no format that debar knows."""


class MalformedSbom(InputError):
    """The format is known and the content is broken."""


class UnsupportedFormat(InputError):
    """The format is recognised, and debar does not read it."""


class HashMismatch(InputError):
    """A document that another one links to does not have the hash that the link states."""


class LimitExceeded(InputError):
    """The input is larger, deeper or denser than the limits allow."""


class PolicyError(DebarError):
    """A pack has mistakes; every one is listed in `problems`, each as ``file:line: what is wrong``."""

    exit_code = 4

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "1 mistake in a policy file" if count == 1 else f"{count} mistakes in policy files"
        super().__init__("\n  ".join([head, *self.problems]))
