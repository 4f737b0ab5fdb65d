"""Folders of SBOMs: plain ones, and OCI image layouts on disk.

https://github.com/opencontainers/image-spec: image-layout.md, image-index.md, manifest.md, descriptor.md. BuildKit's
attestation manifests: https://docs.docker.com/build/metadata/attestations/attestation-storage/.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from debar.errors import LimitExceeded, UnreadableInput
from debar.read.archives import Member
from debar.read.envelopes import Subject
from debar.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.read.archives import Budget

_FOLDERS_DEEP: Final = 32
_INDEXES_DEEP: Final = 4
# What registries must accept (OCI distribution-spec, "Pushing Manifests"); real ones are far smaller.
_MANIFEST_SIZE: Final = 4 << 20
_DIGEST = re.compile(r"([a-z0-9]+):([0-9a-f]{32,128})")
_ALGORITHMS: Final = frozenset({"sha256", "sha384", "sha512"})
_MANIFEST = re.compile(
    r"application/vnd\.(?:oci\.image\.(?:index|manifest)|oci\.artifact\.manifest|docker\.distribution\.manifest)\b"
)
# application/vnd.cyclonedx+json, text/spdx, text/spdx+json, application/vnd.syft+json (cosign pkg/types/media.go).
_SBOM = re.compile(r"cyclonedx|spdx|syft|sbom")
_READ = re.compile(_SBOM.pattern + r"|in-toto|dsse|sigstore\.bundle")
_NOTHING: Final = "application/vnd.oci.empty.v1+json"
_BUILDKIT_SUBJECT: Final = "vnd.docker.reference.digest"


class _Descriptor(msgspec.Struct, rename="camel"):
    media_type: str = ""
    digest: str = ""
    artifact_type: str = ""
    annotations: dict[str, str] | None = None


class _Manifest(msgspec.Struct, rename="camel"):
    """An index or a manifest; Go writes null for an empty list."""

    artifact_type: str = ""
    manifests: list[_Descriptor] | None = None
    layers: list[_Descriptor] | None = None
    blobs: list[_Descriptor] | None = None
    config: _Descriptor | None = None
    subject: _Descriptor | None = None
    annotations: dict[str, str] | None = None


def is_image(folder: Path) -> bool:
    """Tell whether the folder is an OCI image layout."""
    try:
        return (folder / "oci-layout").is_file() and (folder / "index.json").is_file()
    except OSError:
        return False


def plain(folder: Path, budget: Budget) -> Iterator[Member]:
    """Give every file in and below a folder, by its name from there, sorted; hidden ones are passed over.

    Raises `UnreadableInput` when the folder itself cannot be read, `LimitExceeded` for too many or too large files.
    """
    root = _real(folder, budget)
    for name, problem in _names(root, budget):
        if problem:
            yield Member(name, None, problem)
        else:
            budget.member()
            yield _file(root / name, root, budget, f"{budget.path}/{safe_text(name)}")


def listed(folder: Path, budget: Budget) -> tuple[Path, Iterator[tuple[str, str]]]:
    """Return where a folder really is, and what `plain` gives of it as (name, why it is not read), unread.

    However many files there are. Raises what `plain` raises.
    """
    root = _real(folder, budget)
    return root, _names(root, budget)


def one(root: Path, name: str, budget: Budget) -> Member:
    """Read one of those `listed`, by a budget of its own; raises `LimitExceeded` when it is too large."""
    return _file(root / name, root, budget, budget.path)


def _names(root: Path, budget: Budget) -> Iterator[tuple[str, str]]:
    errors: list[OSError] = []
    for place, inner, files in os.walk(root, onerror=errors.append):
        here = Path(place)
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        below = here.relative_to(root)
        if len(below.parts) > _FOLDERS_DEEP:
            raise LimitExceeded(
                budget.path, f"more than {_FOLDERS_DEEP} folders deep", remedy="give a folder further in"
            )
        # A link to a folder is listed with the folders and not entered; `_file` tells whether it leads out.
        links = [name for name in inner if (here / name).is_symlink()]
        shown = sorted(name for name in files if not name.startswith(".")) + links
        yield from (((below / name).as_posix(), "") for name in shown)
    for error in errors:
        if error.filename == str(root):
            raise UnreadableInput(budget.path, f"the folder cannot be read: {error.strerror}") from error
        yield os.path.relpath(error.filename, root), f"the folder cannot be read: {error.strerror}"


def _real(folder: Path, budget: Budget) -> Path:
    try:
        root = folder.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise UnreadableInput(budget.path, f"the folder cannot be read: {safe_text(str(error))}") from error
    if not root.is_dir():
        raise UnreadableInput(budget.path, "this is no folder")
    return root


def _file(path: Path, root: Path, budget: Budget, label: str) -> Member:
    name = path.relative_to(root).as_posix()
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(root):
            return Member(name, None, "a link that leads out of the folder")
        return Member(name, _bytes(real, budget, label, budget.limits.bytes))
    except (OSError, RuntimeError) as error:
        return Member(name, None, f"it cannot be read: {safe_text(getattr(error, 'strerror', '') or str(error))}")


def _bytes(path: Path, budget: Budget, label: str, most: int) -> bytes | None:
    """Read a file that is no link; None for what is no regular file (a pipe would make us wait for ever)."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return None
    # Between that look and this one it may have become something else.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            return None
        if status.st_size > most:
            remedy = "raise the limit with --max-bytes" if most == budget.limits.bytes else ""
            raise LimitExceeded(label, f"larger than {most:,} bytes", remedy=remedy)
        budget.give(status.st_size)
        return file.read(status.st_size)


def image(folder: Path, budget: Budget) -> Iterator[Member]:
    """Give the blobs of an OCI image layout that are SBOMs or attestations by their media type, in index order.

    Each is named by its digest and bound to what its manifest refers to; everything else in an index or a manifest is
    named without being read. Raises `UnreadableInput` for broken manifests and for blobs that do not have their
    digest, `LimitExceeded` for indexes too deep in each other.
    """
    root = _real(folder, budget)
    label = f"{budget.path}/index.json"
    try:
        index = _manifest(_bytes(root / "index.json", budget, label, _MANIFEST_SIZE), label)
    except OSError as error:
        raise UnreadableInput(label, f"it cannot be read: {error.strerror}") from error
    waiting = deque(_below(index, (), 1))
    seen: set[str] = set()
    while waiting:
        entry = waiting.popleft()
        budget.member()
        digest, kind = entry.descriptor.digest, entry.descriptor.media_type
        inner = _MANIFEST.match(kind)
        if not inner and not _READ.search(kind) and not _READ.search(entry.artifact_type):
            yield Member(f"{digest} ({kind})", None)
            continue
        if inner and digest in seen:
            continue
        data = _blob(root, digest, budget, _MANIFEST_SIZE if inner else budget.limits.bytes)
        if data is None:
            yield Member(digest, None, "its blob is not in the layout")
        elif inner:
            seen.add(digest)
            if entry.depth > _INDEXES_DEEP:
                raise LimitExceeded(budget.path, f"more than {_INDEXES_DEEP} indexes inside each other")
            waiting.extend(_below(_manifest(data, f"{budget.path}!{digest}"), entry.subjects, entry.depth + 1))
        else:
            claims = bool(_SBOM.search(kind) or _SBOM.search(entry.artifact_type))
            yield Member(digest, data, claims=claims, subjects=entry.subjects)


class _Entry(NamedTuple):
    """A descriptor, what it is about, what its manifest says that it is, and how many manifests it is in."""

    descriptor: _Descriptor
    subjects: tuple[Subject, ...]
    artifact_type: str
    depth: int


def _below(manifest: _Manifest, subjects: tuple[Subject, ...], depth: int) -> Iterator[_Entry]:
    about = subjects + _subject(manifest.subject.digest if manifest.subject else "")
    # Before artifactType there was only the type of the config to say what an artifact is (OCI manifest.md).
    said = manifest.artifact_type or (manifest.config.media_type if manifest.config else "")
    for one in manifest.manifests or ():
        refers = (one.annotations or {}).get(_BUILDKIT_SUBJECT, "")
        yield _Entry(one, _subject(refers), "", depth)
    for one in [*(manifest.layers or ()), *(manifest.blobs or ())]:
        if one.media_type != _NOTHING:
            yield _Entry(one, about, said, depth)


def _subject(digest: str) -> tuple[Subject, ...]:
    found = _DIGEST.fullmatch(digest)
    return (Subject(name="", digests=((found[1], found[2]),)),) if found else ()


def _manifest(data: bytes | None, label: str) -> _Manifest:
    try:
        return msgspec.json.decode(data or b"", type=_Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableInput(label, f"this is no OCI manifest: {error}") from error


def _blob(root: Path, digest: str, budget: Budget, most: int) -> bytes | None:
    """Return the bytes that have the digest; None when the layout leaves them out, which it may."""
    label = f"{budget.path}!{safe_text(digest, 80)}"
    found = _DIGEST.fullmatch(digest)
    if not found or found[1] not in _ALGORITHMS:
        raise UnreadableInput(label, "this is no digest that debar knows")
    try:
        path = (root / "blobs" / found[1] / found[2]).resolve(strict=True)
        if not path.is_relative_to(root):
            raise UnreadableInput(label, "its blob is a link that leads out of the layout")
        data = _bytes(path, budget, label, most)
    except FileNotFoundError:
        return None
    except (OSError, RuntimeError) as error:
        raise UnreadableInput(label, f"its blob cannot be read: {safe_text(str(error))}") from error
    if data is None or hashlib.new(found[1], data).hexdigest() != found[2]:
        raise UnreadableInput(label, "its blob does not have its digest")
    return data
