"""The inputs of ``action.yml``, as the environment holds them, and the SBOMs that their patterns name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from debar_action.runner import Stop, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_SBOMS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """One field an input; lists are written one a line, empty texts are left to debar's own defaults."""

    sbom: tuple[str, ...]
    policy: tuple[str, ...]
    regimes: tuple[str, ...]
    facts: tuple[str, ...]
    corrections: tuple[str, ...]
    waivers: tuple[str, ...]
    baseline: tuple[str, ...]
    new_only: bool
    profile: str
    fail_on: str
    sarif_file: str
    sarif_anchor: str
    html_file: str
    redact: bool
    summary: bool
    comment: bool
    trust: str

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Inputs:
        """Read ``DEBAR_*`` of the environment; raises `Stop` for a value that is none of those allowed."""
        return cls(
            sbom=_lines(given, "SBOM"),
            policy=_lines(given, "POLICY"),
            regimes=_lines(given, "REGIMES"),
            facts=_lines(given, "FACTS"),
            corrections=_lines(given, "CORRECTIONS"),
            waivers=_lines(given, "WAIVERS"),
            baseline=_lines(given, "BASELINE"),
            new_only=_one_of(given, "NEW_ONLY", "true", "false") == "true",
            profile=_text(given, "PROFILE"),
            fail_on=_text(given, "FAIL_ON"),
            sarif_file=_text(given, "SARIF_FILE"),
            sarif_anchor=_text(given, "SARIF_ANCHOR"),
            html_file=_text(given, "HTML_FILE"),
            redact=_one_of(given, "REDACT", "true", "false") == "true",
            summary=_one_of(given, "SUMMARY", "true", "false") == "true",
            comment=_one_of(given, "COMMENT", "true", "false") == "true",
            trust=_one_of(given, "TRUST", "base", "head"),
        )


def _text(given: Mapping[str, str], name: str) -> str:
    return given.get(f"DEBAR_{name}", "").strip()


def _lines(given: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in _text(given, name).splitlines() if line.strip()))


def _one_of(given: Mapping[str, str], name: str, *allowed: str) -> str:
    value = _text(given, name).lower()
    if value not in allowed:
        written = name.lower().replace("_", "-")
        raise Stop(f"the input {written} is {plain(value)!r}; write {' or '.join(allowed)}", 2)
    return value


def expand(patterns: Sequence[str], workspace: Path) -> tuple[str, ...]:
    """Return the files that patterns name, sorted within each, relative to the workspace where they lie in it.

    What stands in the workspace under that very name is meant literally. A pattern that names nothing
    raises `Stop`: an SBOM that is not there must not pass.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        matches = [pattern] if os.path.lexists(workspace / pattern) else _matching(pattern, workspace)
        if not matches:
            raise Stop(f"the input sbom has {plain(pattern)!r}, and no file of the workspace is called so", 3)
        found.update(dict.fromkeys(matches))
    if len(found) > _MOST_SBOMS:
        raise Stop(f"the input sbom names {len(found):,} files; more than {_MOST_SBOMS:,} are no one product", 3)
    # A name such as -x.json is no option, and - no standard input.
    return tuple(f"./{name}" if name.startswith("-") else name for name in found)


def _matching(pattern: str, workspace: Path) -> list[str]:
    """Return the files that a pattern matches; ``**`` does not follow links, which could lead in circles."""
    path = Path(pattern)
    home = Path(path.anchor) if path.is_absolute() else workspace
    try:
        files = sorted(found for found in home.glob(str(path.relative_to(path.anchor))) if found.is_file())
    except (ValueError, NotImplementedError, OSError) as error:
        raise Stop(f"the input sbom has {plain(pattern)!r}, which is no pattern: {plain(str(error))}", 2) from error
    inside = (found.is_relative_to(workspace) for found in files)
    return [
        str(found.relative_to(workspace)) if within else str(found) for found, within in zip(files, inside, strict=True)
    ]


def output_file(name: str, workspace: Path, temporary: str) -> Path:
    """Return where a report goes: in the workspace or RUNNER_TEMP, and through no symbolic link of a checkout.

    Raises `Stop` otherwise: a pull request could point a link at any file that the runner may write.
    """
    path = Path(os.path.normpath(workspace / name))
    homes = [workspace, *([Path(temporary).resolve()] if temporary else [])]
    home = next((home for home in homes if path.is_relative_to(home) and path != home), None)
    if home is None:
        raise Stop(f"{plain(name)!r} lies neither in the workspace nor in RUNNER_TEMP; reports go nowhere else", 2)
    below = [path, *path.parents]
    if any(part.is_symlink() for part in below[: below.index(home)]):
        raise Stop(f"{plain(name)!r} is or leads through a symbolic link; reports are not written through one", 2)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
