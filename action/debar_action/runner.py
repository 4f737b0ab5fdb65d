"""What the runner reads of us: commands on standard output, and the files of outputs and the summary."""

from __future__ import annotations

import re
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# The runner drops a summary above 1 MiB whole; debar's own part ends at a million bytes.
_MOST_SUMMARY = 1_040_000
_STRANGE = re.compile(r"[^A-Za-z0-9 @/._:+%~=#,;()'-]")
# actions/toolkit `command.ts`
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})


class Stop(Exception):
    """The action cannot go on; `code` is one of debar's exit codes."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


def plain(text: str) -> str:
    """Return a name in letters that mean nothing to a terminal, the runner or Markdown; others become ``?``."""
    return _STRANGE.sub("?", text)[:200]


class Runner:
    """Standard output as the runner parses it, and the files that it names in the environment."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._output = given.get("GITHUB_OUTPUT", "")
        self._summary = given.get("GITHUB_STEP_SUMMARY", "")

    def log(self, text: str) -> None:
        """Print a text of which no line is taken for a command."""
        token = secrets.token_hex(16)
        print(f"::stop-commands::{token}\n{text.rstrip()}\n::{token}::", flush=True)

    def annotate(self, kind: str, message: str) -> None:
        """Write an annotation of the job: a `notice`, `warning` or `error`."""
        print(f"::{kind} title=debar::{message.translate(_DATA)}", flush=True)

    def commands(self, text: str) -> None:
        """Pass on commands that debar wrote (``--format github``)."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def outputs(self, values: Mapping[str, str]) -> None:
        """Set the outputs of the step."""
        if not self._output:
            return
        with Path(self._output).open("a", encoding="utf-8") as file:
            for name, value in values.items():
                fence = f"debar_{secrets.token_hex(16)}"
                file.write(f"{name}<<{fence}\n{value}\n{fence}\n")

    def summary(self, text: str) -> None:
        """Add to the summary of the job."""
        if not self._summary:
            return
        if len(text.encode()) > _MOST_SUMMARY:
            text = "The report does not fit into a job summary; the output `report` names the file that holds it.\n"
        with Path(self._summary).open("a", encoding="utf-8") as file:
            file.write(text)
