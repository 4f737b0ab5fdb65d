"""One comment on the pull request, written once and then updated."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from debar_action.api import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debar_action.api import Api
    from debar_action.event import Event
    from debar_action.inputs import Inputs
    from debar_action.runner import Runner

# GitHub takes 65,536 characters.
_MOST = 60_000
_FENCE = re.compile(r"(`{3,})")
#: Who may have written a comment that we update: a stranger could have put our mark into one of theirs.
_TRUSTED = {"OWNER", "MEMBER", "COLLABORATOR"}


def post(api: Api, event: Event, inputs: Inputs, runner: Runner, page: str, given: Mapping[str, str]) -> None:
    """Write the report to the pull request; what keeps it from that is a warning, never a verdict."""
    if not event.pull_request:
        runner.annotate("notice", "comment is set, and this run has no pull request to comment on")
        return
    issues = f"/repos/{event.repository}/issues"
    mark = f"<!-- debar:{_key(inputs, given)} -->"
    run = f"{given.get('GITHUB_SERVER_URL', '')}/{event.repository}/actions/runs/{given.get('GITHUB_RUN_ID', '')}"
    body = {"body": f"{mark}\n{shortened(page, run)}"}
    try:
        mine = _mine(api, f"{issues}/{event.pull_request}/comments", mark)
        if mine is None:
            api.send("POST", f"{issues}/{event.pull_request}/comments", body)
        else:
            api.send("PATCH", f"{issues}/comments/{mine}", body)
    except ApiError as error:
        helps = {403: "; the job needs `pull-requests: write`, which a pull request from a fork never has"}
        runner.annotate("warning", f"the pull request got no comment: {error}{helps.get(error.status, '')}")


def _key(inputs: Inputs, given: Mapping[str, str]) -> str:
    """Return what tells the comments of several checks of one pull request apart."""
    step = [given.get(name, "") for name in ("GITHUB_WORKFLOW", "GITHUB_JOB", "GITHUB_ACTION")]
    return hashlib.sha256("\0".join([*step, *inputs.sbom, "", *inputs.regimes]).encode()).hexdigest()[:16]


def _mine(api: Api, path: str, mark: str) -> int | None:
    for page, _ in api.pages(f"{path}?per_page=100"):
        if not isinstance(page, list):
            raise ApiError("the list of comments is not understood")
        for comment in page:
            if isinstance(comment, dict) and _is_ours(comment, mark):
                return int(comment["id"])
    return None


def _is_ours(comment: dict[str, Any], mark: str) -> bool:
    user = comment.get("user")
    known = comment.get("author_association") in _TRUSTED or (isinstance(user, dict) and user.get("type") == "Bot")
    return known and isinstance(comment.get("id"), int) and str(comment.get("body")).startswith(mark)


def shortened(page: str, run: str) -> str:
    """Return as many whole lines of a page as a comment holds, ending outside of any code block."""
    if len(page) <= _MOST:
        return page
    end = length = 0
    fence = ""
    for line in page.splitlines(keepends=True):
        length += len(line)
        if length > _MOST:
            break
        if mark := _FENCE.match(line):
            if not fence:
                fence = mark[1]
            elif line.strip() == fence:
                fence = ""
        if not fence:
            end = length
    return f"{page[:end].rstrip()}\n\n> **Cut:** the whole report is in the summary of [the run]({run}).\n"
