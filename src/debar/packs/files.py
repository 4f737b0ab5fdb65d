"""Where packs lie, which files belong to one, and the digest over them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from debar.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The bundled pack that counts where the user names none.
DEFAULT = "us-kaspersky"
#: The compiled form, which is made from the sources and no source itself.
COMPILED = "compiled.json"
_FOLDERS = ("facts", "regimes")
_CASES = "cases"


def bundled() -> dict[str, Path]:
    """Return the folders of the packs that come with debar, by pack id, sorted.

    A wheel holds them in `debar/_policy`. An editable install does not see what the build adds to the
    wheel, so there the `policy` folder of the checkout counts.
    """
    package = Path(__file__).resolve().parents[1]
    checkout = package.parents[1]
    home = package / "_policy"
    if not home.is_dir() and (checkout / "pyproject.toml").is_file():
        home = checkout / "policy"
    if not home.is_dir():
        return {}
    return {path.name: path for path in sorted(home.iterdir()) if (path / "pack.yaml").is_file()}


def find(name_or_path: str | Path) -> Path:
    """Return the folder of a pack, given the id of a bundled one or a path.

    A bundled id wins over a folder of that name, so that a checkout cannot slip its own pack in; write
    ``./name`` for the folder. Raises `PolicyError` if there is no such pack.
    """
    known = bundled()
    if isinstance(name_or_path, str) and name_or_path in known:
        return known[name_or_path]
    folder = Path(name_or_path)
    if (folder / "pack.yaml").is_file():
        return folder
    if folder.is_dir():
        raise PolicyError([f"{folder}: this folder holds no pack.yaml, so it is no policy pack"])
    ids = ", ".join(known) or "none"
    raise PolicyError(
        [f"{name_or_path}: no such policy pack; bundled: {ids}; else give the folder that holds pack.yaml"]
    )


def sources(folder: Path) -> dict[str, bytes]:
    """Read the files that make the pack, by relative POSIX name, sorted; line ends become LF.

    Raises `PolicyError` if one cannot be read.
    """
    names = ["pack.yaml", "entities.yaml", *_yaml_files(folder, *_FOLDERS)]
    return _read(folder, [name for name in names if (folder / name).is_file()])


def case_sources(folder: Path) -> dict[str, bytes]:
    """Read the case files like `sources`; they are no part of the pack or its digest."""
    return _read(folder, _yaml_files(folder, _CASES))


def digest(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 (hex) over sorted files: name, NUL, content.

    The names are of a fixed form and YAML allows no NUL, so no two packs give the same bytes.
    """
    sha = hashlib.sha256()
    for name, content in sorted(files.items()):
        sha.update(name.encode() + b"\0" + content)
    return sha.hexdigest()


def strays(folder: Path) -> list[str]:
    """Return the relative names of files that look like a part of the pack and would never be read."""
    found = [entry.name for entry in _entries(folder) if entry.name.endswith((".yaml", ".yml")) or entry.is_dir()]
    found += [f"{name}/{entry.name}" for name in (*_FOLDERS, _CASES) for entry in _entries(folder / name)]
    known = {"pack.yaml", "entities.yaml", *_FOLDERS, _CASES, *_yaml_files(folder, *_FOLDERS, _CASES)}
    return sorted(name for name in found if name not in known)


def _yaml_files(folder: Path, *subfolders: str) -> list[str]:
    return [
        f"{name}/{entry.name}"
        for name in subfolders
        for entry in _entries(folder / name)
        if entry.name.endswith(".yaml") and entry.is_file()
    ]


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """Return what a folder shows, sorted by name; nothing where there is no such folder."""
    try:
        # It tells files from folders without asking for each, which takes pathlib a hundredth of a small check.
        with os.scandir(folder) as found:
            return sorted((entry for entry in found if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise PolicyError([f"{folder}:1: cannot be read: {error.strerror}"]) from error


def _read(folder: Path, names: list[str]) -> dict[str, bytes]:
    files, problems = {}, []
    for name in sorted(names):
        try:
            files[name] = (folder / name).read_bytes().replace(b"\r\n", b"\n")
        except OSError as error:
            problems.append(f"{name}:1: cannot be read: {error.strerror}")
    if problems:
        raise PolicyError(problems)
    return files
