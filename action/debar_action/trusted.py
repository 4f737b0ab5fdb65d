"""What a check judges by, taken from where a pull request cannot change it (the input `trust`).

On a pull request the checkout is the proposal. What lies in it and decides is read from the base
commit instead, straight from git's objects: no file of the checkout, no link in it and no filter of it counts.
"""

from __future__ import annotations

import base64
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from debar_action.environment import private
from debar_action.runner import Stop, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debar_action.event import Event
    from debar_action.inputs import Inputs

_SECONDS = 300
_MOST_FILES = 5_000


#: Inputs that name files which decide beside the policy; each is an option of debar, repeated for every file.
FILES = ("facts", "corrections")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the check is judged by, as debar takes it, by option; and what the reader must be told about it."""

    options: dict[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()


def settle(inputs: Inputs, event: Event, workspace: Path, scratch: Path, given: Mapping[str, str]) -> Judged:
    """Return what to judge by; raises `Stop` where the base commit is needed and cannot be read."""
    named: dict[str, tuple[str, ...]] = {name: getattr(inputs, name) for name in ("policy", *FILES)}
    if inputs.trust == "head" or not event.proposed:
        used = " and ".join(name for name, values in named.items() if values)
        note = f"trust is head: {used} of the pull request itself apply."
        return Judged(options=named, notes=(note,) if event.proposed and used else ())
    base = _Base(event, workspace, scratch / "base", given)
    options = {"policy": tuple(name if _bundled(name) else base.required(name) for name in inputs.policy)}
    options |= {name: tuple(filter(None, map(base.path, named[name]))) for name in FILES}
    return Judged(options=options, notes=tuple(base.notes))


def _bundled(name: str) -> bool:
    """Tell whether debar takes a name for a pack of its own, whatever the checkout holds."""
    packs = Path(__file__).resolve().parents[2] / "policy"
    return name in {path.parent.name for path in packs.glob("*/pack.yaml")}


class _Base:
    """The base commit, of which files are written to a folder outside the checkout."""

    def __init__(self, event: Event, workspace: Path, folder: Path, given: Mapping[str, str]) -> None:
        self.notes: list[str] = []
        self._event = event
        self._workspace = workspace
        self._folder = folder
        self._given = given
        self._ready: set[Path] = set()

    def required(self, name: str) -> str:
        """Like `path`, for what a check cannot do without."""
        found = self.path(name)
        if not found:
            raise Stop(
                f"the policy {plain(name)!r} is not in the base commit {self._event.trusted[:12]}; merge it before a "
                "pull request is judged by it, or set trust to head",
                4,
            )
        return found

    def path(self, name: str) -> str:
        """Return where a file or folder of the base commit now lies; empty if the base has none of that name.

        What lies outside the workspace, or in a checkout of another repository, is no part of the pull request
        and stays as it is.
        """
        path = Path(os.path.normpath(self._workspace / name))
        if not path.is_relative_to(self._workspace):
            return name
        top = self._checkout(path)
        if top is None:
            raise Stop(f"{plain(name)!r} is in no git checkout, so it cannot be read from the base commit", 4)
        if self._foreign(top):
            self.notes.append(f"`{plain(name)}` is of another repository and is taken as it is.")
            return name
        commit = self._commit(top)
        relative = path.relative_to(top).as_posix()
        files = self._files(top, commit, relative)
        if files is None:
            self.notes.append(f"`{plain(name)}` is not in the base commit `{commit[:12]}` and is not applied.")
            return ""
        target = self._folder / str(len(list(self._folder.glob("*")))) / path.name
        for inside, data in files.items():
            place = target / inside if inside else target
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        if files != _on_disk(path):
            self.notes.append(
                f"`{plain(name)}` differs in this pull request; that of the base commit `{commit[:12]}` is applied."
            )
        return str(target)

    def _checkout(self, path: Path) -> Path | None:
        """Return the checkout that holds a path; a submodule is part of the one around it.

        A pull request chooses what a submodule is. It cannot make a folder called .git: git refuses to store one.
        """
        inside = (folder for folder in path.parents if folder.is_relative_to(self._workspace))
        return next((folder for folder in inside if (folder / ".git").is_dir()), None)

    def _foreign(self, top: Path) -> bool:
        origin = self._git(top, "config", "--get", "remote.origin.url", fails=True).decode("utf-8", "replace")
        slug = "/".join(origin.strip().replace(":", "/").removesuffix(".git").split("/")[-2:]).lower()
        own = {self._event.repository.lower(), self._event.head_repository.lower(), ""}
        return slug not in own and top != self._workspace

    def _commit(self, top: Path) -> str:
        """Return the base commit, fetched if the checkout is too shallow to have it."""
        commit = self._event.trusted
        if not commit:
            raise Stop("the event names no base commit, so policy cannot be read from it; set trust to head", 4)
        if top not in self._ready and not self._has(top, commit):
            self._fetch(top, commit)
            if not self._has(top, commit):
                raise Stop(
                    f"the base commit {commit[:12]} is not in the checkout and cannot be fetched, so policy cannot be "
                    "read from it; give actions/checkout fetch-depth: 0, or set trust to head",
                    4,
                )
        self._ready.add(top)
        return commit

    def _has(self, top: Path, commit: str) -> bool:
        return self._git(top, "rev-parse", "--quiet", "--verify", f"{commit}^{{tree}}", fails=True) != b""

    def _fetch(self, top: Path, commit: str) -> None:
        command = ("fetch", "--quiet", "--no-tags", "--depth=1", "--no-recurse-submodules", "origin", commit)
        self._git(top, *command, fails=True)
        if token := self._given.get("DEBAR_TOKEN", ""):
            if self._has(top, commit):
                return
            server = self._given.get("GITHUB_SERVER_URL", "https://github.com")
            basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
            # In the environment and not among the arguments, which every process of the machine can read.
            self._git(
                top,
                *command,
                fails=True,
                GIT_CONFIG_COUNT="1",
                GIT_CONFIG_KEY_0=f"http.{server}/.extraheader",
                GIT_CONFIG_VALUE_0=f"AUTHORIZATION: basic {basic}",
            )

    def _files(self, top: Path, commit: str, relative: str) -> dict[str, bytes] | None:
        """Return a file of a commit under the name "", or a folder's files under theirs; None if it has neither."""
        listed = self._entries(self._git(top, "ls-tree", "-z", "--full-tree", commit, "--", relative))
        if [kind for kind, _, _ in listed] == ["tree"]:
            listed = self._entries(self._git(top, "ls-tree", "-rz", "--full-tree", commit, "--", f"{relative}/"))
        if not listed:
            return None
        if odd := next((name for kind, _, name in listed if kind != "blob"), None):
            raise Stop(f"{plain(odd)!r} in the base commit is a link or a submodule; policy is read from files only", 4)
        if len(listed) > _MOST_FILES:
            raise Stop(f"{plain(relative)!r} holds more than {_MOST_FILES:,} files in the base commit", 4)
        start = PurePosixPath(relative)
        return {
            "" if name == relative else PurePosixPath(name).relative_to(start).as_posix(): self._git(
                top, "cat-file", "blob", identifier
            )
            for _, identifier, name in listed
        }

    @staticmethod
    def _entries(listing: bytes) -> list[tuple[str, str, str]]:
        """Parse ``mode type id TAB name NUL``; a symbolic link, which git stores as a blob, is of kind link."""
        found = []
        for entry in filter(None, listing.decode("utf-8", "surrogateescape").split("\0")):
            head, _, name = entry.partition("\t")
            mode, kind, identifier = head.split()
            found.append(("link" if mode == "120000" else kind, identifier, name))
        return found

    def _git(self, top: Path, *arguments: str, fails: bool = False, **environment: str) -> bytes:
        """Run git on a checkout; its output, or with `fails` nothing where it failed. Raises `Stop` else."""
        command = ["git", "--literal-pathspecs", "-c", f"safe.directory={top}", f"--git-dir={top / '.git'}"]
        try:
            done = subprocess.run(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                cwd=top,
                env={**private(), "GIT_TERMINAL_PROMPT": "0", **environment},
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Stop(f"git, which reads the base commit, failed: {type(error).__name__}", 4) from error
        if done.returncode == 0:
            return done.stdout
        if fails:
            return b""
        raise Stop(f"git {arguments[0]} of the base commit failed: {plain(done.stderr.decode('utf-8', 'replace'))}", 4)


def _on_disk(path: Path) -> dict[str, bytes]:
    """Return what the checkout has under a path, to be compared with `_Base._files`."""
    if path.is_dir() and not path.is_symlink():
        inside: Sequence[Path] = [found for found in path.rglob("*") if found.is_file() or found.is_symlink()]
        return {
            found.relative_to(path).as_posix(): b"" if found.is_symlink() else found.read_bytes() for found in inside
        }
    return {"": path.read_bytes()} if path.is_file() and not path.is_symlink() else {}
