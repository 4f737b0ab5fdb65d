"""A pull request is judged by what its base commit holds: it cannot excuse itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from defaults import DEFAULTS

from debar_action import trusted
from debar_action.event import Event
from debar_action.inputs import Inputs
from debar_action.runner import Stop

IDENTITY = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}


def git(folder: Path, *arguments: str) -> str:
    command = ["git", *IDENTITY, *arguments]
    done = subprocess.run(command, cwd=folder, env=CLEAN, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path, files: dict[str, str | None]) -> str:
    for name, text in files.items():
        path = folder / name
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "x")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository whose base commit has a policy, facts and corrections."""
    folder = tmp_path / "remote" / "acme" / "product"
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "-b", "main")
    commit(
        folder,
        {
            "policy/own/pack.yaml": "id: own",
            "policy/own/facts/a b.yaml": "facts",
            "corrections.yaml": "base",
            "facts.yaml": "base facts",
        },
    )
    return folder


def checkout(origin: Path, *options: str) -> Path:
    """Return a checkout of the origin's head, with the remote that a runner's would have."""
    folder = origin.parents[2] / "work"
    git(origin.parent, "clone", "--quiet", *options, f"file://{origin}", str(folder))
    return folder


def settle(workspace: Path, base: str, given: dict[str, str] | None = None, **lists: str) -> trusted.Judged:
    inputs = Inputs.read(DEFAULTS | {f"DEBAR_{name.upper()}": value for name, value in lists.items()})
    event = Event.read(
        {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_REPOSITORY": "acme/product"} | (given or {}),
    )
    proposal = given is None
    changed = {name: getattr(event, name) for name in Event.__dataclass_fields__}
    if proposal:
        changed |= {"proposed": True, "trusted": base, "base": base}
    scratch = workspace.parent / "scratch"
    return trusted.settle(inputs, inputs.sbom, Event(**changed), workspace.resolve(), scratch, {})


def test_what_the_base_commit_says_is_applied_whatever_the_pull_request_says(origin: Path) -> None:
    base = git(origin, "rev-parse", "HEAD")
    mine: dict[str, str | None] = dict.fromkeys(("corrections.yaml", "new.yaml", "policy/own/facts/more.yaml"), "mine")
    commit(origin, {**mine, "policy/own/pack.yaml": None})

    judged = settle(checkout(origin), base, corrections="corrections.yaml\nnew.yaml", policy="policy/own")

    (corrections,) = judged.options["corrections"]
    assert Path(corrections).read_text() == "base"
    (policy,) = map(Path, judged.options["policy"])
    found = {path.relative_to(policy).as_posix(): path.read_text() for path in policy.rglob("*") if path.is_file()}
    assert found == {"pack.yaml": "id: own", "facts/a b.yaml": "facts"}
    short = base[:12]
    assert judged.notes == (
        f"`policy/own` differs in this pull request; that of the base commit `{short}` is applied.",
        f"`corrections.yaml` differs in this pull request; that of the base commit `{short}` is applied.",
        f"`new.yaml` is not in the base commit `{short}` and is not applied.",
    )


def test_what_does_not_differ_is_not_talked_about(origin: Path) -> None:
    base = git(origin, "rev-parse", "HEAD")

    judged = settle(checkout(origin), base, facts="facts.yaml", policy="./policy/own\nus-kaspersky")

    assert Path(judged.options["facts"][0]).read_text() == "base facts"
    assert judged.options["policy"][1] == "us-kaspersky"
    assert judged.notes == ()


def test_a_shallow_checkout_fetches_the_base_commit(origin: Path) -> None:
    base = git(origin, "rev-parse", "HEAD")
    commit(origin, {"corrections.yaml": "mine"})
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    workspace = checkout(origin, "--depth=1")
    assert subprocess.run(["git", "cat-file", "-e", base], cwd=workspace, check=False).returncode  # noqa: S607 - git

    judged = settle(workspace, base, corrections="corrections.yaml")

    assert Path(judged.options["corrections"][0]).read_text() == "base"


def test_a_base_commit_that_cannot_be_had_is_no_verdict(origin: Path) -> None:
    base = git(origin, "rev-parse", "HEAD")
    commit(origin, {"corrections.yaml": "mine"})
    workspace = checkout(origin, "--depth=1")
    shutil.rmtree(origin)

    with pytest.raises(Stop, match="fetch-depth: 0") as stop:
        settle(workspace, base, corrections="corrections.yaml")

    assert stop.value.code == 4


@pytest.mark.parametrize("trust", [{"policy": "policy/new"}, {"policy": "new"}])
def test_a_policy_that_the_pull_request_brings_along_does_not_judge_it(origin: Path, trust: dict[str, str]) -> None:
    base = git(origin, "rev-parse", "HEAD")
    commit(origin, {"policy/new/pack.yaml": "id: new", "new/pack.yaml": "id: new"})

    with pytest.raises(Stop, match="not in the base commit") as stop:
        settle(checkout(origin), base, **trust)

    assert stop.value.code == 4


def test_a_link_in_the_base_commit_is_not_followed(origin: Path) -> None:
    (origin / "link.yaml").symlink_to("/etc/passwd")
    base = commit(origin, {})

    with pytest.raises(Stop, match=r"'link\.yaml' in the commit is a link"):
        settle(checkout(origin), base, facts="link.yaml")


def test_a_checkout_of_another_repository_is_taken_as_it_is(origin: Path) -> None:
    base = git(origin, "rev-parse", "HEAD")
    workspace = checkout(origin)
    other = workspace / "shared"
    other.mkdir()
    git(other, "init", "--quiet")
    git(other, "remote", "add", "origin", "https://github.com/acme/policies.git")
    (other / "corrections.yaml").write_text("of acme/policies")

    judged = settle(workspace, base, corrections="shared/corrections.yaml")

    assert judged.options["corrections"] == ("shared/corrections.yaml",)
    assert judged.notes == ("`shared/corrections.yaml` is of another repository and is taken as it is.",)


def test_a_folder_may_be_the_whole_of_a_checkout(origin: Path, tmp_path: Path) -> None:
    packs = tmp_path / "remote" / "acme" / "packs"
    packs.mkdir()
    git(packs, "init", "--quiet")
    base = commit(packs, {"pack.yaml": "base"})
    commit(packs, {"pack.yaml": "mine"})
    git(origin.parent, "clone", "--quiet", str(packs), str(origin / "inner"))

    (own,) = settle(packs, base, policy=".").options["policy"]

    assert Path(own, "pack.yaml").read_text() == "base"
    assert settle(checkout(packs), base, policy="./policy", trust="head").options["policy"] == ("./policy",)
    assert settle(origin, git(origin, "rev-parse", "HEAD"), policy="inner").options["policy"] == ("inner",)


@pytest.mark.parametrize("url", ["https://github.com/acme/product", "git@github.com:acme/product.git"])
def test_a_second_checkout_of_the_pull_request_is_still_the_pull_request(origin: Path, url: str) -> None:
    base = git(origin, "rev-parse", "HEAD")
    commit(origin, {"corrections.yaml": "mine"})
    workspace = checkout(origin)
    git(workspace, "clone", "--quiet", str(origin), "again")
    git(workspace / "again", "remote", "set-url", "origin", url)

    judged = settle(workspace, base, corrections="again/corrections.yaml")

    assert Path(judged.options["corrections"][0]).read_text() == "base"


def test_a_submodule_is_chosen_by_the_pull_request_and_does_not_count(origin: Path, tmp_path: Path) -> None:
    evil = tmp_path / "evil"
    evil.mkdir()
    git(evil, "init", "--quiet")
    commit(evil, {"corrections.yaml": "mine"})
    base = git(origin, "rev-parse", "HEAD")
    git(origin, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(evil), "sub")
    commit(origin, {})
    workspace = checkout(origin)
    git(workspace, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init")
    assert (workspace / "sub" / "corrections.yaml").is_file()

    assert settle(workspace, base, corrections="sub/corrections.yaml").options["corrections"] == ()


def test_no_checkout_is_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "corrections.yaml").write_text("mine")

    with pytest.raises(Stop, match="in no git checkout"):
        settle(tmp_path / "work", "b" * 40, corrections="corrections.yaml")


def test_a_file_outside_the_workspace_is_none_of_the_pull_request(origin: Path, tmp_path: Path) -> None:
    outside = tmp_path / "made-by-the-workflow.yaml"
    outside.write_text("x")

    judged = settle(checkout(origin), "b" * 40, corrections=f"{outside}\n../made-by-the-workflow.yaml")

    assert judged.options["corrections"] == (str(outside), "../made-by-the-workflow.yaml")


@pytest.mark.parametrize(
    ("name", "proposed"),
    [("push", False), ("schedule", False), ("workflow_run", True), ("issue_comment", True), ("", True)],
)
def test_only_events_of_the_repository_itself_are_taken_at_their_word(name: str, proposed: bool) -> None:
    event = Event.read({"GITHUB_EVENT_NAME": name, "GITHUB_SHA": "a" * 40})

    assert (event.proposed, event.trusted) == (proposed, "a" * 40)


@pytest.mark.parametrize("name", ["pull_request", "pull_request_target", "pull_request_review", "merge_group"])
@pytest.mark.parametrize(
    "payload",
    [
        "",
        "{",
        "[]",
        '{"pull_request": 7, "merge_group": null}',
        '{"pull_request": {"base": {"sha": "main"}}, "before": "%s"}' % ("b" * 40),
        '{"merge_group": {"base_sha": "%s"}}' % ("0" * 40),
    ],
)
def test_a_proposal_that_names_no_base_commit_is_no_verdict(
    origin: Path, tmp_path: Path, name: str, payload: str
) -> None:
    file = tmp_path / "event.json"
    file.write_text(payload)
    head = git(origin, "rev-parse", "HEAD")
    given = {"GITHUB_EVENT_NAME": name, "GITHUB_SHA": head, "GITHUB_EVENT_PATH": str(file)}

    with pytest.raises(Stop, match="names no base commit") as stop:
        settle(checkout(origin), "", given, corrections="corrections.yaml")

    assert stop.value.code == 4


def test_a_push_applies_what_is_checked_out(origin: Path) -> None:
    workspace = checkout(origin)
    given = {"GITHUB_EVENT_NAME": "push", "GITHUB_SHA": git(origin, "rev-parse", "HEAD")}

    assert settle(workspace, "", given, corrections="corrections.yaml").options["corrections"] == ("corrections.yaml",)


@pytest.mark.parametrize("same", [True, False])
def test_the_baseline_of_a_pull_request_is_the_file_before_it(origin: Path, same: bool) -> None:
    base = git(origin, "rev-parse", "HEAD")
    commit(origin, {"facts.yaml": "changed"})
    sbom = "facts.yaml" if same else "corrections.yaml"

    judged = settle(checkout(origin), base, baseline="facts.yaml", sbom=sbom)

    assert Path(judged.options["baseline"][0]).read_text() == "base facts"
    assert judged.notes == ()


def test_the_baseline_of_a_push_is_the_file_before_it(origin: Path, tmp_path: Path) -> None:
    base = git(origin, "rev-parse", "HEAD")
    head = commit(origin, {"facts.yaml": "changed"})
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"before": base}))
    given = {"GITHUB_EVENT_NAME": "push", "GITHUB_SHA": head, "GITHUB_EVENT_PATH": str(event)}

    judged = settle(checkout(origin), "", given, baseline="facts.yaml", sbom="facts.yaml")

    assert Path(judged.options["baseline"][0]).read_text() == "base facts"


def test_an_sbom_is_never_its_own_baseline(origin: Path) -> None:
    given = {"GITHUB_EVENT_NAME": "schedule", "GITHUB_SHA": git(origin, "rev-parse", "HEAD")}
    workspace = checkout(origin)

    judged = settle(workspace, "", given, baseline="./facts.yaml\n.\ncorrections.yaml", sbom="facts.yaml")

    assert judged.options["baseline"] == (str(workspace / "corrections.yaml"),)
    assert judged.notes == (
        "The baseline `facts.yaml` cannot be had of before this change, so every finding is new.",
        "The baseline `work` cannot be had of before this change, so every finding is new.",
    )


def test_a_baseline_that_the_change_brings_along_is_none(origin: Path) -> None:
    base = git(origin, "rev-parse", "HEAD")
    commit(origin, {"new.cdx.json": "mine"})

    judged = settle(checkout(origin), base, baseline="new.cdx.json", sbom="facts.yaml")

    assert judged.options["baseline"] == ()
    assert "every finding is new" in judged.notes[0]


@pytest.mark.parametrize("name", ["issue_comment", "pull_request"])
def test_a_proposal_never_brings_its_own_baseline(origin: Path, name: str) -> None:
    base = git(origin, "rev-parse", "HEAD")
    commit(origin, {"facts.yaml": "mine"})
    given = {"GITHUB_EVENT_NAME": name, "GITHUB_SHA": base}

    judged = settle(checkout(origin), "", given, baseline="facts.yaml", sbom="corrections.yaml")

    assert [Path(path).read_text() for path in judged.options["baseline"]] == (
        ["base facts"] if name == "issue_comment" else []
    )
