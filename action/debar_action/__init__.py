"""The GitHub Action around ``debar check``: everything that needs a network or a runner, and nothing else.

The order of the steps, and what each outcome becomes on the runner, stand in `run`.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from debar_action import checker, comment, dependency_graph, environment, trusted
from debar_action.api import Api
from debar_action.event import Event
from debar_action.inputs import Inputs, expand
from debar_action.runner import Runner, Stop

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[2]
_LOUD = {"fail", "review"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the steps after this one can ask for, and the status of this one."""

    verdict: str = "error"
    code: int
    findings: int = 0
    report: str = ""
    sarif: str = ""


def main(given: Mapping[str, str] = os.environ) -> int:
    """Run the action; returns the exit status of `debar check`, or that of what kept it from running."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Windows would write in a code page that lacks most letters.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    runner = Runner(given)
    try:
        result = run(given, runner)
    except Stop as stop:
        runner.annotate("error", str(stop))
        result = Result(code=stop.code)
    except Exception:  # noqa: BLE001 - the outputs must be set whatever happens
        runner.log(traceback.format_exc())
        runner.annotate("error", "an internal error of the action; the log has the traceback")
        result = Result(code=70)
    runner.outputs(
        {
            "verdict": result.verdict,
            "exit-code": str(result.code),
            "findings": str(result.findings),
            "report": result.report,
            "sarif": result.sarif,
        }
    )
    return result.code


def run(given: Mapping[str, str], runner: Runner) -> Result:
    """Find the SBOMs, settle what they are judged by, check them, and tell the outcome; raises `Stop`."""
    inputs = Inputs.read(given)
    event = Event.read(given)
    workspace = Path(given.get("GITHUB_WORKSPACE") or ".").resolve()
    # Beside other jobs of a self-hosted runner nobody else may look in: mkdtemp makes it for this user alone.
    scratch = Path(tempfile.mkdtemp(prefix="debar-", dir=given.get("RUNNER_TEMP") or None))
    api = Api(given.get("GITHUB_API_URL", "https://api.github.com"), given.get("DEBAR_TOKEN", ""))
    if inputs.sbom:
        sboms = dependency_graph.Fetched(paths=expand(inputs.sbom, workspace))
    else:
        sboms = dependency_graph.fetch(api, event, scratch)
    judged = trusted.settle(inputs, sboms.paths, event, workspace, scratch, given)
    files = checker.Files.at(scratch, inputs, workspace)
    arguments = checker.arguments(inputs, judged, sboms, files, checker.anchor(inputs, given, workspace))
    folder = scratch / "environment"
    try:
        python = environment.install(folder, ROOT)
        code = checker.check(python, arguments, workspace, runner)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    page = _told(runner, files, (*judged.notes, *sboms.notes))
    if inputs.summary:
        runner.summary(page)
    if inputs.comment:
        comment.post(api, event, inputs, runner, page, given)
    return _result(files, code)


def _told(runner: Runner, files: checker.Files, notes: tuple[str, ...]) -> str:
    """Tell the log; returns the page for the summary and the comment, which begins with the notes."""
    runner.log(files.text.read_text(encoding="utf-8"))
    runner.commands(files.annotations.read_text(encoding="utf-8"))
    for note in notes:
        runner.annotate("notice", note)
    told = "".join(f"> {note}\n\n" for note in notes)
    return told + files.markdown.read_text(encoding="utf-8")


def _result(files: checker.Files, code: int) -> Result:
    report = json.loads(files.report.read_text(encoding="utf-8"))
    new_only = bool((report["baseline"] or {}).get("new_only"))
    gating = {name for name, regime in report["regimes"].items() if regime["gating"]}
    findings = [
        finding
        for finding in report["findings"]
        if not (new_only and finding["baseline"] == "existing")
        and any(finding["outcomes"][name]["outcome"] in _LOUD for name in gating & finding["outcomes"].keys())
    ]
    return Result(
        verdict=report["verdict"],
        code=code,
        findings=len(findings),
        report=str(files.report),
        sarif=str(files.sarif or ""),
    )
