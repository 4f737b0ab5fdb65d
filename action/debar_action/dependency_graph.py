"""The repository's own SBOM, from GitHub's dependency graph, for runs that give none.

GitHub answers for the tip of the default branch only. What a change adds on top of it is read from the dependency
review (https://docs.github.com/en/rest/dependency-graph/dependency-review) and checked as a second SBOM. Where
that cannot be had, the SBOM is not that of the commit that is checked, and the check is told so.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from debar_action.api import ApiError
from debar_action.runner import Stop, plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from debar_action.api import Api
    from debar_action.event import Event

_WARNINGS = "X-GitHub-Dependency-Graph-Snapshot-Warnings"
_MOST_NAMES = 5
#: Runs that look at the default branch as it stands, and propose no change to it.
_STANDING = {"schedule", "workflow_dispatch", "repository_dispatch"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """SBOMs to check, why they may not be those of this commit, and what the reader must be told."""

    paths: tuple[str, ...]
    not_this_commit: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def fetch(api: Api, event: Event, folder: Path) -> Fetched:
    """Write the SBOM of the default branch, and that of what the change adds; raises `Stop` if there is none."""
    if not event.repository:
        raise Stop("no sbom is given, and GITHUB_REPOSITORY names no repository to fetch one of", 3)
    sbom = folder / "dependency-graph.spdx.json"
    try:
        sbom.write_bytes(api.get(f"/repos/{event.repository}/dependency-graph/sbom")[0])
    except ApiError as error:
        helps = {403: "; the job needs `contents: read`", 404: "; is the dependency graph enabled?"}
        raise Stop(
            f"no sbom is given, and GitHub's dependency graph of {event.repository} cannot be had: {error}"
            + helps.get(error.status, ""),
            3,
        ) from error
    note = f"SBOM: GitHub's dependency graph of `{plain(event.repository)}`, default branch"
    if event.on_default_branch and event.name in _STANDING:
        return Fetched(paths=(str(sbom),), notes=(f"{note}.",))
    if reason := _incomparable(event):
        return _unsure(sbom, note, reason)
    try:
        added, removed, warned = _compare(api, event)
    except ApiError as error:
        licensed = "; a private repository needs GitHub Advanced Security for it" if error.status in {403, 404} else ""
        return _unsure(sbom, note, f"the dependency review of the change cannot be had ({error}{licensed})")
    paths = [str(sbom)]
    if added:
        more = folder / "added.cdx.json"
        more.write_text(json.dumps(_document(event, added)), encoding="utf-8")
        paths.append(str(more))
    plural = "" if len(added) == 1 else "s"
    note += f", and {len(added):,} package{plural} that `{event.base[:12]}...{event.head[:12]}` adds."
    notes = [note, *_still_judged(added, removed)]
    reasons = (f"GitHub says that its dependency review is not complete: {plain(warned)}",) if warned else ()
    return Fetched(paths=tuple(paths), notes=tuple(notes), not_this_commit=reasons)


def _unsure(sbom: Path, note: str, reason: str) -> Fetched:
    return Fetched(paths=(str(sbom),), not_this_commit=(reason,), notes=(f"{note}, not of this commit: {reason}.",))


def _incomparable(event: Event) -> str:
    """Say why the default branch and a comparison do not add up to the commit that is checked; empty if they do."""
    if not event.default_branch:
        return "the event does not name the default branch"
    if event.base_branch and event.base_branch != event.default_branch:
        return f"the change goes into {plain(event.base_branch)}, and the SBOM is that of {plain(event.default_branch)}"
    if not event.base_branch and not (event.name == "push" and event.on_default_branch):
        return f"{plain(event.ref) or 'this run'} is not the branch {plain(event.default_branch)}"
    return "" if event.base and event.head else "the event does not name the commits before and after the change"


def _compare(api: Api, event: Event) -> tuple[list[dict[str, Any]], list[dict[str, Any]], str]:
    """Return what was added, what was removed and what GitHub warns of; raises `ApiError`."""
    changes: dict[str, list[dict[str, Any]]] = {"added": [], "removed": []}
    warned = ""
    path = f"/repos/{event.repository}/dependency-graph/compare/{event.base}...{event.head}"
    for page, headers in api.pages(path):
        if not isinstance(page, list):
            raise ApiError("the answer is no list")
        for change in page:
            kind = change.get("change_type") if isinstance(change, dict) else None
            if kind not in changes or not isinstance(change.get("name"), str):
                raise ApiError("an entry is not understood")
            changes[kind].append(change)
        warned = warned or _unpacked(headers.get(_WARNINGS, ""))
    return changes["added"], changes["removed"], warned


def _unpacked(warning: str) -> str:
    try:
        return base64.b64decode(warning).decode("utf-8", "replace")
    except ValueError:
        return "a warning that cannot be read"


def _document(event: Event, added: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what a change adds as CycloneDX: a product that holds every package."""
    components = [_component(number, change) for number, change in enumerate(added)]
    name = f"{event.repository}, added by {event.base[:12]}...{event.head[:12]}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": {"type": "application", "bom-ref": "change", "name": name}},
        "components": components,
        "dependencies": [{"ref": "change", "dependsOn": [item["bom-ref"] for item in components]}],
    }


def _component(number: int, change: dict[str, Any]) -> dict[str, Any]:
    def text(key: str) -> str:
        value = change.get(key)
        return value if isinstance(value, str) else ""

    component: dict[str, Any] = {"type": "library", "bom-ref": f"added-{number}", "name": text("name")}
    component |= {key: value for key, value in (("version", text("version")), ("purl", text("package_url"))) if value}
    if source := text("source_repository_url"):
        component["externalReferences"] = [{"type": "vcs", "url": source}]
    if manifest := text("manifest"):
        component["evidence"] = {"occurrences": [{"location": manifest}]}
    return component


def _still_judged(added: Sequence[dict[str, Any]], removed: Sequence[dict[str, Any]]) -> list[str]:
    """Say what is judged although the change removes it.

    GitHub's SBOM does not tell which manifest a package is of: another one may still hold it.
    """
    kept = {(item["name"], item.get("version")) for item in added}
    gone = sorted({item["name"] for item in removed if (item["name"], item.get("version")) not in kept})
    if not gone:
        return []
    names = ", ".join(f"`{plain(name)}`" for name in gone[:_MOST_NAMES])
    more = f" and {len(gone) - _MOST_NAMES:,} more" if len(gone) > _MOST_NAMES else ""
    return [f"Still judged, though the change removes it from a manifest: {names}{more}. An SBOM of this commit tells."]
