"""The action from its inputs to its outputs; only the making of an environment is left to test_action_act.py."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from defaults import DEFAULTS, ROOT

from debar_action import environment, main

EXAMPLES = ROOT / "examples"


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def commit(folder: Path, sbom: str) -> str:
    shutil.copy(EXAMPLES / sbom, folder / "product.cdx.json")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "x")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nshift\nPYTHONPATH={ROOT}/src exec {sys.executable} "$@"\n')
    python.chmod(0o700)
    monkeypatch.setattr(environment, "install", lambda _folder, _root: python)
    folder = tmp_path / "w"
    folder.mkdir()
    git(folder, "init", "--quiet", "-b", "main")
    return folder


def run(workspace: Path, base: str = "", **inputs: str) -> dict[str, str]:
    """Run the action as on a pull request; returns its outputs, and its status and summary beside them."""
    home = workspace.parent
    pull = {"number": 7, "base": {"sha": base, "ref": "main"}, "head": {"sha": "c" * 40}}
    (home / "event.json").write_text(json.dumps({"pull_request": pull}))
    (home / "out").unlink(missing_ok=True)
    code = main(
        {
            **DEFAULTS,
            **{f"DEBAR_{name.upper()}": value for name, value in inputs.items()},
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(home / "event.json"),
            "GITHUB_OUTPUT": str(home / "out"),
            "GITHUB_STEP_SUMMARY": str(home / "summary"),
            "GITHUB_WORKSPACE": str(workspace),
            "RUNNER_TEMP": str(home),
        }
    )
    found = dict(re.findall(r"([\w-]+)<<debar_\w+\n(.*)\ndebar_", (home / "out").read_text()))
    assert found["exit-code"] == str(code)
    return found


@pytest.mark.parametrize(
    ("before", "verdict", "findings"),
    [("clean.cdx.json", "fail", "1"), ("engine-two-paths.cdx.json", "pass", "0")],
)
def test_with_new_only_a_finding_that_was_there_before_does_not_decide(
    workspace: Path, before: str, verdict: str, findings: str
) -> None:
    base = commit(workspace, before)
    commit(workspace, "engine-two-paths.cdx.json")

    told = run(workspace, base, sbom="*.cdx.json", baseline="product.cdx.json", new_only="true")

    assert (told["verdict"], told["findings"]) == (verdict, findings)


def test_with_new_only_and_no_baseline_before_everything_decides(workspace: Path) -> None:
    base = commit(workspace, "engine-two-paths.cdx.json")
    shutil.copy(EXAMPLES / "engine-two-paths.cdx.json", workspace / "new.cdx.json")
    commit(workspace, "clean.cdx.json")

    told = run(workspace, base, sbom="new.cdx.json", baseline="new.cdx.json", new_only="true")

    assert (told["verdict"], told["findings"], told["exit-code"]) == ("fail", "1", "1")
    assert "every finding is new" in (workspace.parent / "summary").read_text(encoding="utf-8")


def test_what_debar_refuses_is_said_as_an_error(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commit(workspace, "clean.cdx.json")
    (workspace / "x.json").write_text("{}")

    told = run(workspace, sbom="x.json")

    assert (told["verdict"], told["exit-code"], told["report"]) == ("error", "3", "")
    assert "::error title=debar::" in capsys.readouterr().out


def test_fail_on_lets_a_milder_verdict_through_and_still_tells_it(workspace: Path) -> None:
    commit(workspace, "clean.cdx.json")
    shutil.copy(EXAMPLES / "incomplete.spdx", workspace)

    assert run(workspace, sbom="incomplete.spdx")["exit-code"] == "1"
    told = run(workspace, sbom="incomplete.spdx", fail_on="fail")

    assert (told["verdict"], told["exit-code"]) == ("incomplete", "0")
