"""The call of ``debar check``: its arguments, its files, its streams."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debar_action.environment import private
from debar_action.inputs import Inputs, output_file
from debar_action.runner import Stop

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from debar_action.dependency_graph import Fetched
    from debar_action.runner import Runner
    from debar_action.trusted import Judged

_SECONDS = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where the reports of one check go; `sarif` and `html` only if asked for."""

    text: Path
    report: Path
    markdown: Path
    annotations: Path
    sarif: Path | None
    html: Path | None

    @classmethod
    def at(cls, scratch: Path, inputs: Inputs, workspace: Path) -> Files:
        """Lay them out; raises `Stop` for a name that no report may have."""

        def asked(name: str) -> Path | None:
            return output_file(name, workspace, str(scratch.parent)) if name else None

        return cls(
            text=scratch / "report.txt",
            report=scratch / "report.json",
            markdown=scratch / "report.md",
            annotations=scratch / "annotations.txt",
            sarif=asked(inputs.sarif_file),
            html=asked(inputs.html_file),
        )

    def options(self) -> list[str]:
        """Return the pairs of ``--format`` and ``--output``."""
        pairs = [
            ("text", self.text),
            ("json", self.report),
            ("markdown", self.markdown),
            ("github", self.annotations),
            ("sarif", self.sarif),
            ("html", self.html),
        ]
        return [part for name, path in pairs if path for part in ("--format", name, "--output", str(path))]


def anchor(inputs: Inputs, given: Mapping[str, str], workspace: Path) -> str:
    """Return the file that SARIF alerts stand on: the one asked for; the workflow itself for a fetched SBOM.

    Code scanning shows an alert on a file of the repository only, and a fetched SBOM is none.
    """
    if inputs.sarif_anchor or inputs.sbom:
        return inputs.sarif_anchor
    path = given.get("GITHUB_WORKFLOW_REF", "").partition("@")[0]
    path = path.removeprefix(f"{given.get('GITHUB_REPOSITORY', '')}/")
    return path if path and (workspace / path).is_file() else ""


def arguments(inputs: Inputs, judged: Judged, sboms: Fetched, files: Files, sarif_anchor: str) -> list[str]:
    """Return the arguments of ``debar check``; an input that is empty is left to debar's default."""
    given = [
        *(part for name, values in judged.options.items() for part in _each(f"--{name}", values)),
        *_each("--regime", inputs.regimes),
        *_each("--gap", [f"not-this-commit={reason}" for reason in sboms.not_this_commit]),
        *_each("--profile", [inputs.profile]),
        *_each("--fail-on", [inputs.fail_on]),
        *_each("--sarif-anchor", [sarif_anchor]),
        *(["--redact"] if inputs.redact else []),
        # A baseline that was asked for and cannot be had leaves every finding new; debar would refuse the option.
        *(["--new-only"] if inputs.new_only and (judged.options["baseline"] or not inputs.baseline) else []),
    ]
    return ["check", *given, *files.options(), "--", *sboms.paths]


def _each(option: str, values: tuple[str, ...] | list[str]) -> list[str]:
    # One word with =, so that a value which starts with a dash stays a value.
    return [f"{option}={value}" for value in values if value]


def check(python: Path, command: list[str], workspace: Path, runner: Runner) -> int:
    """Run debar and pass on what it says; returns 0 or 1, its verdict's exit code.

    Raises `Stop` if it cannot be run, or ends with a code that is no verdict.
    """
    try:
        done = subprocess.run(
            [str(python), "-I", "-m", "debar", *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=workspace,
            env=private(),
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise Stop(f"debar could not be run: {type(error).__name__}", 70) from error
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode not in {0, 1}:
        raise Stop(said or "debar ended without a word", done.returncode if done.returncode > 0 else 70)
    if said:
        runner.log(said)
    return done.returncode
