"""What a check judges by, taken from where a pull request cannot change it (the input `trust`).

On a pull request the checkout is the proposal. What lies in it and decides is read from the base
commit instead, straight from git's objects: no file of the checkout, no link in it and no filter of it counts.
"""

from __future__ import annotations

import base64
import os
import subprocess
from dataclasses import dataclass
from enum import Enum
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
FILES = ("facts", "corrections", "waivers")


class Remark(Enum):
    """What the reader must know of a file that was looked up in a commit."""

    SAME = "same"
    DIFFERS = "differs"
    ABSENT = "absent"
    FOREIGN = "foreign"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the check is judged by, as debar takes it, by option; and what the reader must be told about it."""

    options: dict[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()


def settle(
    inputs: Inputs, sboms: Sequence[str], event: Event, workspace: Path, scratch: Path, given: Mapping[str, str]
) -> Judged:
    """Return what to judge `sboms` by; raises `Stop` where the base commit is needed and cannot be read."""
    named: dict[str, tuple[str, ...]] = {name: getattr(inputs, name) for name in ("policy", *FILES)}
    notes: list[str] = []
    if event.proposed and inputs.trust == "base":
        commit = _Commit(event.trusted, event, workspace, scratch / "base", given)
        for option, names in named.items():
            found = (name if option == "policy" and _bundled(name) else _held(commit, name, notes) for name in names)
            named[option] = tuple(filter(None, found)) if option in FILES else tuple(map(_required, names, found))
    elif event.proposed and any(named.values()):
        used = " and ".join(name for name, values in named.items() if values)
        notes.append(f"trust is head: {used} of the pull request itself apply.")
    earlier = event.base or (event.trusted if event.proposed else "")
    before = _Commit(earlier, event, workspace, scratch / "before", given)
    checked = [(workspace / path).resolve() for path in sboms]
    baseline = tuple(filter(None, (_earlier(before, workspace / name, checked, notes) for name in inputs.baseline)))
    return Judged(options={**named, "baseline": baseline}, notes=tuple(notes))


def _bundled(name: str) -> bool:
    """Tell whether debar takes a name for a pack of its own, whatever the checkout holds."""
    packs = Path(__file__).resolve().parents[2] / "policy"
    return name in {path.parent.name for path in packs.glob("*/pack.yaml")}


def _held(commit: _Commit, name: str, notes: list[str]) -> str:
    """Return where what the base commit holds of a name now lies; empty if it has none."""
    path, remark = commit.find(name)
    if remark is Remark.UNREAD:
        raise Stop(
            f"{plain(name)!r} is to be read from the base commit, and "
            + (
                f"{commit.name} is not in the checkout and cannot be fetched; give actions/checkout fetch-depth: 0"
                if commit.name
                else "the event names no base commit"
            )
            + ", or set trust to head",
            4,
        )
    says = {
        Remark.FOREIGN: "is of another repository and is taken as it is.",
        Remark.ABSENT: f"is not in the base commit `{commit.name}` and is not applied.",
        Remark.DIFFERS: f"differs in this pull request; that of the base commit `{commit.name}` is applied.",
    }
    if remark in says:
        notes.append(f"`{plain(name)}` {says[remark]}")
    return path


def _required(name: str, path: str) -> str:
    if path:
        return path
    raise Stop(
        f"the policy {plain(name)!r} is not in the base commit; merge it before a pull request is judged by it, or set "
        "trust to head",
        4,
    )


def _earlier(before: _Commit, file: Path, checked: Sequence[Path], notes: list[str]) -> str:
    """Return where a baseline lies: the file of that name before the change; empty if there is none.

    A run of the repository's own that has no commit before it takes the file of the checkout, unless that is what is
    checked: compared with itself, nothing would ever be new.
    """
    path, remark = before.find(str(file))
    itself = any(sbom.is_relative_to(file.resolve()) for sbom in checked)
    if remark is Remark.UNREAD and not before.name and not before.proposed and not itself:
        return str(file)
    if remark in {Remark.UNREAD, Remark.ABSENT}:
        notes.append(f"The baseline `{plain(file.name)}` cannot be had of before this change, so every finding is new.")
    return path


class _Commit:
    """A commit, of which files are written to a folder outside the checkout."""

    def __init__(self, commit: str, event: Event, workspace: Path, folder: Path, given: Mapping[str, str]) -> None:
        self.name = commit[:12]
        self.proposed = event.proposed
        self._commit = commit
        self._event = event
        self._workspace = workspace
        self._folder = folder
        self._given = given

    def find(self, name: str) -> tuple[str, Remark]:
        """Return where a file or folder of the commit now lies, empty if it has none of that name.

        What lies outside the workspace, or in a checkout of another repository, is no part of the change
        and stays as it is.
        """
        path = Path(os.path.normpath(self._workspace / name))
        if not path.is_relative_to(self._workspace):
            return name, Remark.SAME
        top = self._checkout(path)
        if top is None:
            raise Stop(f"{plain(name)!r} is in no git checkout, so it cannot be read from a commit", 4)
        if self._foreign(top):
            return name, Remark.FOREIGN
        if not self._commit or not (self._has(top) or self._fetched(top)):
            return "", Remark.UNREAD
        files = self._files(top, path.relative_to(top).as_posix())
        if files is None:
            return "", Remark.ABSENT
        target = self._folder / str(len(list(self._folder.glob("*")))) / path.name
        for inside, data in files.items():
            place = target / inside if inside else target
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return str(target), Remark.SAME if files == _on_disk(path) else Remark.DIFFERS

    def _checkout(self, path: Path) -> Path | None:
        """Return the checkout that holds a path; a submodule is part of the one around it.

        A pull request chooses what a submodule is. It cannot make a folder called .git: git refuses to store one.
        """
        inside = (folder for folder in (path, *path.parents) if folder.is_relative_to(self._workspace))
        return next((folder for folder in inside if (folder / ".git").is_dir()), None)

    def _foreign(self, top: Path) -> bool:
        origin = self._git(top, "config", "--get", "remote.origin.url", fails=True).decode("utf-8", "replace")
        slug = "/".join(origin.strip().replace(":", "/").removesuffix(".git").split("/")[-2:]).lower()
        own = {self._event.repository.lower(), self._event.head_repository.lower(), ""}
        return slug not in own and top != self._workspace

    def _has(self, top: Path) -> bool:
        return self._git(top, "rev-parse", "--quiet", "--verify", f"{self._commit}^{{tree}}", fails=True) != b""

    def _fetched(self, top: Path) -> bool:
        """Fetch the commit, which a shallow checkout lacks; tell whether it is there then."""
        command = ("fetch", "--quiet", "--no-tags", "--depth=1", "--no-recurse-submodules", "origin", self._commit)
        self._git(top, *command, fails=True)
        token = self._given.get("DEBAR_TOKEN", "")
        if not token or self._has(top):
            return self._has(top)
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
        return self._has(top)

    def _files(self, top: Path, relative: str) -> dict[str, bytes] | None:
        """Return a file of a commit under the name "", or a folder's files under theirs; None if it has neither."""
        tree = ("ls-tree", "-z", "--full-tree")
        listed = self._entries(self._git(top, *tree, self._commit, "--", relative))
        if relative == ".":
            listed = self._entries(self._git(top, *tree, "-r", self._commit))
        elif [kind for kind, _, _ in listed] == ["tree"]:
            listed = self._entries(self._git(top, *tree, "-r", self._commit, "--", f"{relative}/"))
        if not listed:
            return None
        if odd := next((name for kind, _, name in listed if kind != "blob"), None):
            raise Stop(f"{plain(odd)!r} in the commit is a link or a submodule; only files are read", 4)
        if len(listed) > _MOST_FILES:
            raise Stop(f"{plain(relative)!r} holds more than {_MOST_FILES:,} files in the commit", 4)
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
            raise Stop(f"git, which reads a commit, failed: {type(error).__name__}", 4) from error
        if done.returncode == 0:
            return done.stdout
        if fails:
            return b""
        raise Stop(f"git {arguments[0]} failed: {plain(done.stderr.decode('utf-8', 'replace'))}", 4)


def _on_disk(path: Path) -> dict[str, bytes]:
    """Return what the checkout has under a path, to be compared with `_Commit._files`."""
    if path.is_dir() and not path.is_symlink():
        inside: Sequence[Path] = [found for found in path.rglob("*") if found.is_file() or found.is_symlink()]
        return {
            found.relative_to(path).as_posix(): b"" if found.is_symlink() else found.read_bytes() for found in inside
        }
    return {"": path.read_bytes()} if path.is_file() and not path.is_symlink() else {}
