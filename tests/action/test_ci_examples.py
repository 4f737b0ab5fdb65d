"""The files to copy for CI say what holds: pinned actions, few rights, commands that run; and the hook finds SBOMs."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from defaults import ACTION, ROOT

EXAMPLES = sorted((ROOT / "examples" / "ci").iterdir())
WORKFLOWS = [path for path in EXAMPLES if path.name.startswith("github-")]
ENVIRONMENT = {"PYTHONPATH": str(ROOT / "src")}
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_bytes())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_pins_what_it_uses_and_asks_for_few_rights(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    used = re.findall(r"uses: (.*)", text)

    assert used
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # .+", use) for use in used)
    assert workflow["permissions"] == {}
    (job,) = workflow["jobs"].values()
    assert job["permissions"]["contents"] == "read"
    assert "pull_request_target" not in text


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_gives_and_reads_what_the_action_has(path: Path) -> None:
    workflow = yaml.safe_load(path.read_bytes())
    (job,) = workflow["jobs"].values()
    (ours,) = [step for step in job["steps"] if step.get("uses", "").startswith("OWNER/debar@")]

    assert set(ours.get("with", {})) <= set(ACTION["inputs"])
    assert set(re.findall(r"steps\.debar\.outputs\.([\w-]+)", path.read_text())) <= set(ACTION["outputs"])


@pytest.mark.parametrize("name", ["README.md", "docs/ci.md"])
def test_a_page_has_the_pins_of_the_examples(name: str) -> None:
    page = (ROOT / name).read_text(encoding="utf-8")
    used = {use for path in WORKFLOWS for use in re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))}

    assert set(re.findall(r"uses: (.*)", page)) <= used


def test_the_page_leads_to_every_example() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")

    assert all(f"../examples/ci/{path.name}" in page for path in EXAMPLES)


@pytest.mark.parametrize("name", ["gitlab-ci.yml", "azure-pipelines.yml", "Jenkinsfile"])
def test_the_command_of_the_others_runs_and_writes_what_they_collect(name: str, tmp_path: Path) -> None:
    text = (ROOT / "examples" / "ci" / name).read_text(encoding="utf-8")
    (line,) = re.findall(r"^\s*-? ?(debar check .*?)(?: \|\| .*)?$", text, re.MULTILINE)
    shutil.copy(ROOT / "examples" / "clean.cdx.json", tmp_path / "sbom.cdx.json")
    command = [sys.executable, "-m", "debar", *shlex.split(line)[1:]]

    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, check=False, env={"PYTHONPATH": str(ROOT / "src")}
    )

    assert done.returncode == 0, done.stderr
    written = {path.name for path in tmp_path.iterdir()} - {"sbom.cdx.json"}
    assert written == set(re.findall(r"--output (debar\.\w+)", line))
    assert all(text.count(file) > 1 for file in written)
    assert (tmp_path / "debar.xml").read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.parametrize("name", ["gitlab-ci.yml", "azure-pipelines.yml"])
def test_the_files_of_other_hosts_are_yaml(name: str) -> None:
    assert yaml.safe_load((ROOT / "examples" / "ci" / name).read_bytes())


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("product.cdx.json", True),
        ("sboms/Product.CDX.xml", True),
        ("bom.json", True),
        ("x/sbom.xml", True),
        ("a.spdx", True),
        ("a.spdx.json", True),
        ("a.spdx.yml", True),
        ("a.spdx.rdf", True),
        ("a.spdx3.json", True),
        ("a.syft.json", True),
        ("package.json", False),
        ("abom.json", False),
        ("a.spdx.txt", False),
        ("bom.py", False),
    ],
)
def test_the_hook_takes_sboms_by_their_names(name: str, found: bool) -> None:
    assert bool(re.search(HOOK["files"], name)) == found


def test_the_hook_stops_a_commit(tmp_path: Path) -> None:
    names = ["clean.cdx.json", "engine-two-paths.cdx.json"]
    for name in names:
        shutil.copy(ROOT / "examples" / name, tmp_path)
    command = [sys.executable, "-m", *shlex.split(HOOK["entry"]), *names]

    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, check=False, env={"PYTHONPATH": str(ROOT / "src")}
    )

    assert done.returncode == 1
    assert b"FAIL                   1  engine-two-paths.cdx.json" in done.stdout
