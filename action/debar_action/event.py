"""What made the workflow run: which commits, which branch, which pull request."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+\Z")
# The sources of these events are the repository's own; any other may have a stranger's sources checked out.
_OWN = {"push", "schedule", "workflow_dispatch", "repository_dispatch", "release", "create"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The run's event; commits are full hashes or empty, branches go without ``refs/heads/``.

    `base` is the commit that the change starts from: that of a pull request or merge group, the one before
    a push. `proposed` tells that the sources are somebody's proposal and not yet the repository's own.
    `trusted` is then the commit to take policy from.
    """

    name: str
    repository: str
    head_repository: str
    ref: str
    base: str
    head: str
    base_branch: str
    default_branch: str
    pull_request: int
    proposed: bool
    trusted: str

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Event:
        """Read the event from ``GITHUB_*`` and the payload; what is missing or of an odd form is empty."""
        payload = _payload(given.get("GITHUB_EVENT_PATH", ""))
        name = given.get("GITHUB_EVENT_NAME", "")
        sha = _sha(given.get("GITHUB_SHA"))
        asked = _object(payload, "pull_request")
        group = _object(payload, "merge_group")
        before, head, branch = "", sha, ""
        if name == "push":
            before = _sha(payload.get("before"))
        elif asked:
            base = _object(asked, "base")
            before, head, branch = _sha(base.get("sha")), _sha(_object(asked, "head").get("sha")), _text(base, "ref")
        elif group:
            before, head = _sha(group.get("base_sha")), _sha(group.get("head_sha"))
            branch = _text(group, "base_ref").removeprefix("refs/heads/")
        number = asked.get("number")
        # A proposal whose payload is odd must not be taken for the commit that it proposes.
        named = bool(asked or group) or name.startswith(("pull_request", "merge_group"))
        return cls(
            name=name,
            repository=_slug(given.get("GITHUB_REPOSITORY", "")),
            head_repository=_slug(_text(_object(_object(asked, "head"), "repo"), "full_name")),
            ref=given.get("GITHUB_REF", ""),
            base=before,
            head=head,
            base_branch=branch,
            default_branch=_text(_object(payload, "repository"), "default_branch"),
            pull_request=number if isinstance(number, int) else 0,
            proposed=named or name not in _OWN,
            trusted=before if named else sha,
        )

    @property
    def on_default_branch(self) -> bool:
        """Tell whether the run is one of the default branch itself."""
        return bool(self.default_branch) and self.ref == f"refs/heads/{self.default_branch}"


def _payload(path: str) -> dict[str, Any]:
    try:
        found = json.loads(Path(path).read_bytes()) if path else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _object(holder: dict[str, Any], key: str) -> dict[str, Any]:
    value = holder.get(key)
    return value if isinstance(value, dict) else {}


def _text(holder: dict[str, Any], key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def _sha(value: object) -> str:
    return value if isinstance(value, str) and _SHA.match(value) and value.strip("0") else ""


def _slug(text: str) -> str:
    return text if _REPOSITORY.match(text) else ""
