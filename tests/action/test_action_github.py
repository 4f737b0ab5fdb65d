"""What the action asks GitHub for and what it makes of the answers, against a fake of the API on this machine."""

from __future__ import annotations

import base64
import functools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from defaults import DEFAULTS
from fake_github import Answer, FakeGitHub, serving

from debar import packs, pipeline
from debar.model.inventory import Gap
from debar.model.policy import Pack
from debar_action import comment, dependency_graph, environment, main
from debar_action.api import Api, ApiError
from debar_action.event import Event
from debar_action.inputs import Inputs
from debar_action.runner import Runner, Stop

# The only test file that may open a socket, and to this machine only.
pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

ROOT = Path(__file__).parents[2]
BASE, HEAD = "b" * 40, "c" * 40
SBOM = "/repos/acme/product/dependency-graph/sbom"
COMPARE = f"/repos/acme/product/dependency-graph/compare/{BASE}...{HEAD}"
COMMENTS = "/repos/acme/product/issues/7/comments"
GRAPH = {
    "sbom": {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "com.github.acme/product",
        "dataLicense": "CC0-1.0",
        "documentNamespace": "https://spdx.org/spdxdocs/protobom/1",
        "creationInfo": {"created": "2026-11-21T00:00:00Z", "creators": ["Tool: GitHub.com-Dependency-Graph"]},
        "packages": [
            {"name": "com.github.acme/product", "SPDXID": "SPDXRef-p", "downloadLocation": "NOASSERTION"},
            {
                "name": "click",
                "SPDXID": "SPDXRef-c",
                "versionInfo": "8.1.0",
                "downloadLocation": "NOASSERTION",
                "externalRefs": [
                    {
                        "referenceCategory": "PACKAGE-MANAGER",
                        "referenceType": "purl",
                        "referenceLocator": "pkg:pypi/click@8.1.0",
                    }
                ],
            },
        ],
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-p"},
            {"spdxElementId": "SPDXRef-p", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "SPDXRef-c"},
        ],
    }
}


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with serving() as fake:
        fake.on("GET", SBOM, Answer(GRAPH))
        yield fake


def api(fake: FakeGitHub) -> Api:
    return Api(fake.url, "secret", pause=0)


def event(**changes: Any) -> Event:  # noqa: ANN401 - fields of many types
    values = {
        "name": "pull_request",
        "repository": "acme/product",
        "head_repository": "fork/product",
        "ref": "refs/pull/7/merge",
        "base": BASE,
        "head": HEAD,
        "base_branch": "main",
        "default_branch": "main",
        "pull_request": 7,
        "proposed": True,
        "trusted": BASE,
    }
    return Event(**(values | changes))


def change(name: str, kind: str = "added", **more: str) -> dict[str, Any]:
    purl = f"pkg:pypi/{name}@1.0"
    known = {"change_type": kind, "manifest": "requirements.txt", "ecosystem": "pip", "name": name, "version": "1.0"}
    return {**known, "package_url": purl, "license": None, "source_repository_url": None, **more}


@functools.cache
def pack() -> Pack:
    return packs.load(packs.find("us-kaspersky"))


def verdict(found: dependency_graph.Fetched) -> str:
    gaps = [Gap(code="not-this-commit", count=1, examples=(reason,)) for reason in found.not_this_commit]
    inputs = [pipeline.from_file(path) for path in found.paths]
    return pipeline.check(inputs, pack=pack(), options=pipeline.Options(gaps=gaps)).status.value


def test_a_pull_request_is_the_default_branch_and_what_it_adds(github: FakeGitHub, tmp_path: Path) -> None:
    first = Answer([change("requests")], headers={"Link": f'<{github.url}{COMPARE}?page=2>; rel="next"'})
    github.on("GET", COMPARE, first)
    github.on("GET", f"{COMPARE}?page=2", Answer([change("opentip", source_repository_url="https://x.example/y")]))

    found = dependency_graph.fetch(api(github), event(), tmp_path)

    assert not found.not_this_commit
    assert [Path(path).name for path in found.paths] == ["dependency-graph.spdx.json", "added.cdx.json"]
    added = json.loads(Path(found.paths[1]).read_bytes())["components"]
    assert [item["purl"] for item in added] == ["pkg:pypi/requests@1.0", "pkg:pypi/opentip@1.0"]
    assert added[1]["externalReferences"] == [{"type": "vcs", "url": "https://x.example/y"}]
    assert {request.token for request in github.asked} == {"Bearer secret"}
    assert verdict(found) == "pass"


def test_an_offender_that_the_pull_request_adds_fails_though_the_default_branch_is_clean(
    github: FakeGitHub, tmp_path: Path
) -> None:
    github.on("GET", COMPARE, Answer([change("kavsdk", package_url="pkg:generic/kaspersky/kav-sdk@8.9")]))

    assert verdict(dependency_graph.fetch(api(github), event(), tmp_path)) in {"fail", "review"}


def test_nothing_added_is_no_second_sbom(github: FakeGitHub, tmp_path: Path) -> None:
    github.on("GET", COMPARE, Answer([]))

    found = dependency_graph.fetch(api(github), event(), tmp_path)

    assert len(found.paths) == 1
    assert verdict(found) == "pass"


def test_what_a_change_removes_is_still_judged_and_said(github: FakeGitHub, tmp_path: Path) -> None:
    github.on("GET", COMPARE, Answer([change("`a`\n|<error::", "removed"), change("b", "removed"), change("b")]))

    found = dependency_graph.fetch(api(github), event(), tmp_path)

    assert found.notes[1:] == (
        "Still judged, though the change removes it from a manifest: `?a????error::`. An SBOM of this commit tells.",
    )


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer({"message": "no"}, 403), "HTTP 403; a private repository"),
        (Answer({"message": "no"}, 404), "HTTP 404"),
        (Answer(b"<html>"), "no JSON"),
        (Answer({"a": 1}), "no list"),
        (Answer([{"change_type": "moved", "name": "x"}]), "not understood"),
        (Answer([{"change_type": "added"}]), "not understood"),
        (Answer([], headers={"Link": '<https://evil.example/x>; rel="next"'}), "another server"),
    ],
)
def test_without_a_comparison_the_verdict_is_incomplete(
    github: FakeGitHub, tmp_path: Path, answer: Answer, says: str
) -> None:
    github.on("GET", COMPARE, answer)

    found = dependency_graph.fetch(api(github), event(), tmp_path)

    assert len(found.paths) == 1
    assert says in found.not_this_commit[0]
    assert says in found.notes[0]
    assert verdict(found) == "incomplete"


def test_a_comparison_that_github_calls_incomplete_is_used_and_makes_the_verdict_incomplete(
    github: FakeGitHub, tmp_path: Path
) -> None:
    warning = base64.b64encode(b"No snapshots were found for the head SHA.").decode()
    headers = {"X-GitHub-Dependency-Graph-Snapshot-Warnings": warning}
    github.on("GET", COMPARE, Answer([change("requests")], headers=headers))

    found = dependency_graph.fetch(api(github), event(), tmp_path)

    assert len(found.paths) == 2
    assert "No snapshots were found" in found.not_this_commit[0]
    assert verdict(found) == "incomplete"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"base_branch": "stable"}, "goes into stable"),
        ({"default_branch": ""}, "does not name the default branch"),
        ({"base": ""}, "does not name the commits"),
        ({"name": "push", "base_branch": "", "ref": "refs/heads/topic"}, "refs/heads/topic is not the branch main"),
        ({"name": "release", "base_branch": "", "ref": "refs/tags/v1"}, "refs/tags/v1 is not the branch main"),
        ({"name": "push", "base_branch": "", "ref": "refs/heads/main", "base": ""}, "does not name the commits"),
    ],
)
def test_a_run_that_is_not_the_default_branch_is_incomplete(
    github: FakeGitHub, tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    found = dependency_graph.fetch(api(github), event(**changes), tmp_path)

    assert says in found.not_this_commit[0]
    assert verdict(found) == "incomplete"


def test_a_push_to_the_default_branch_is_compared_with_what_was_there_before(
    github: FakeGitHub, tmp_path: Path
) -> None:
    github.on("GET", COMPARE, Answer([change("requests")]))
    pushed = event(name="push", base_branch="", ref="refs/heads/main", proposed=False)

    found = dependency_graph.fetch(api(github), pushed, tmp_path)

    assert len(found.paths) == 2
    assert verdict(found) == "pass"


def test_a_scheduled_run_takes_the_graph_as_it_stands(github: FakeGitHub, tmp_path: Path) -> None:
    scheduled = event(name="schedule", base_branch="", base="", ref="refs/heads/main", proposed=False)

    found = dependency_graph.fetch(api(github), scheduled, tmp_path)

    assert verdict(found) == "pass"
    assert [request.path for request in github.asked] == [SBOM]


@pytest.mark.parametrize(("status", "says"), [(403, "contents: read"), (404, "enabled"), (500, "HTTP 500")])
def test_without_an_sbom_there_is_no_verdict(github: FakeGitHub, tmp_path: Path, status: int, says: str) -> None:
    github.on("GET", SBOM, Answer({}, status))

    with pytest.raises(Stop, match=says) as stop:
        dependency_graph.fetch(api(github), event(), tmp_path)

    assert stop.value.code == 3


def test_a_server_error_is_tried_again(github: FakeGitHub) -> None:
    github.on("GET", "/x", Answer({}, 502), Answer({}, 503), Answer({"a": 1}))

    assert api(github).get("/x")[0] == b'{"a": 1}'


def test_a_writing_call_is_not_sent_twice(github: FakeGitHub) -> None:
    github.on("POST", "/x", Answer({}, 502))

    with pytest.raises(ApiError):
        api(github).send("POST", "/x", {})

    assert len(github.asked) == 1


def test_the_token_goes_to_no_other_server(github: FakeGitHub) -> None:
    with serving() as other:
        github.on("GET", "/x", Answer({}, 302, {"Location": f"{other.url}/x"}))
        with pytest.raises(ApiError, match="HTTP 302"):
            api(github).get("/x")

        assert other.asked == []


def test_a_redirect_on_the_same_server_is_followed(github: FakeGitHub) -> None:
    github.on("GET", "/x", Answer({}, 301, {"Location": f"{github.url}/y"}))
    github.on("GET", "/y", Answer([1]))

    assert api(github).get("/x")[0] == b"[1]"


def test_no_server_is_an_error_and_no_traceback() -> None:
    with pytest.raises(ApiError):
        Api("http://127.0.0.1:9", "", pause=0).get("/x")


RUN = {"GITHUB_WORKFLOW": "w", "GITHUB_JOB": "j", "GITHUB_RUN_ID": "5", "GITHUB_SERVER_URL": "https://github.com"}
INPUTS = Inputs.read(DEFAULTS)


def post(fake: FakeGitHub, page: str = "the report", **changes: int) -> None:
    comment.post(api(fake), event(**changes), INPUTS, Runner({}), page, RUN)


def written(fake: FakeGitHub) -> list[tuple[str, str]]:
    return [(request.method, request.path) for request in fake.asked if request.method != "GET"]


def test_the_first_comment_is_written_and_the_next_updates_it(github: FakeGitHub) -> None:
    github.on("GET", f"{COMMENTS}?per_page=100", Answer([]))
    github.on("POST", COMMENTS, Answer({}, 201))
    post(github)
    first = github.asked[-1].body["body"]
    mine = {"id": 42, "body": first, "user": {"type": "Bot"}, "author_association": "NONE"}
    others = [{"id": n, "body": "hello", "user": {"type": "User"}} for n in range(3)]
    more = Answer(others, headers={"Link": f'<{github.url}{COMMENTS}?per_page=100&page=2>; rel="next"'})
    github.on("GET", f"{COMMENTS}?per_page=100", more)
    github.on("GET", f"{COMMENTS}?per_page=100&page=2", Answer([mine]))
    github.on("PATCH", "/repos/acme/product/issues/comments/42", Answer({}))

    post(github, "another report")

    assert written(github) == [("POST", COMMENTS), ("PATCH", "/repos/acme/product/issues/comments/42")]
    assert github.asked[-1].body["body"] == first.replace("the report", "another report")


def test_a_strangers_comment_with_our_mark_is_left_alone(github: FakeGitHub) -> None:
    github.on("GET", f"{COMMENTS}?per_page=100", Answer([]))
    github.on("POST", COMMENTS, Answer({}, 201))
    post(github)
    mark = github.asked[-1].body["body"]
    theirs = {"id": 1, "body": mark, "user": {"type": "User"}, "author_association": "CONTRIBUTOR"}
    quoted = {"id": 2, "body": f"> {mark}", "user": {"type": "Bot"}}
    github.on("GET", f"{COMMENTS}?per_page=100", Answer([theirs, quoted]))

    post(github)

    assert written(github) == [("POST", COMMENTS)] * 2


def test_a_fork_gets_no_comment_and_a_warning(github: FakeGitHub, capsys: pytest.CaptureFixture[str]) -> None:
    github.on("GET", f"{COMMENTS}?per_page=100", Answer([]))
    github.on("POST", COMMENTS, Answer({}, 403))

    post(github)

    assert "::warning title=debar::the pull request got no comment: HTTP 403" in capsys.readouterr().out


def test_a_run_without_a_pull_request_writes_no_comment(github: FakeGitHub) -> None:
    post(github, pull_request=0)

    assert github.asked == []


def test_a_workflow_that_gives_nothing_gets_a_verdict_with_summary_and_comment(
    github: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    github.on("GET", COMPARE, Answer([change("kesl", package_url="pkg:deb/debian/kesl@12.0")]))
    github.on("GET", f"{COMMENTS}?per_page=100", Answer([]))
    github.on("POST", COMMENTS, Answer({}, 201))
    pull = {"number": 7, "base": {"sha": BASE, "ref": "main"}, "head": {"sha": HEAD}}
    payload = tmp_path / "event.json"
    payload.write_text(json.dumps({"repository": {"default_branch": "main"}, "pull_request": pull}))
    # The environment of its own is made in test_action_act.py; here the one of the tests stands in for it.
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nshift\nPYTHONPATH={ROOT}/src exec {sys.executable} "$@"\n')
    python.chmod(0o700)
    monkeypatch.setattr(environment, "install", lambda _folder, _root: python)
    given = {
        **DEFAULTS,
        **RUN,
        "DEBAR_COMMENT": "true",
        "DEBAR_TOKEN": "secret",
        "GITHUB_API_URL": github.url,
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(payload),
        "GITHUB_OUTPUT": str(tmp_path / "out"),
        "GITHUB_REPOSITORY": "acme/product",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "GITHUB_WORKSPACE": str(tmp_path),
        "RUNNER_TEMP": str(tmp_path),
    }

    code = main(given)

    summary = (tmp_path / "summary").read_text(encoding="utf-8")
    assert code == 1, capsys.readouterr().out
    assert summary.startswith("> SBOM: GitHub's dependency graph of `acme/product`, default branch, and 1 package ")
    assert "FAIL: `kesl@1.0`" in summary
    assert github.asked[-1].body["body"].endswith(summary)
    assert "\nfail\n" in (tmp_path / "out").read_text()
