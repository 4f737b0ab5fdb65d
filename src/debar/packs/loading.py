"""Load, compile and lint a pack's folder.

`assembly` and `schema` are imported where they are used: a compiled pack needs neither, and importing YAML
costs as much as a small check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from debar.errors import PolicyError
from debar.model.policy import Pack
from debar.packs import files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from debar.packs.casefile import Case
    from debar.packs.plain import Problem


def load(folder: str | Path) -> Pack:
    """Return the pack of a folder, or of a bundled pack's id.

    Only a bundled pack's compiled form is used, while it belongs to the files beside it: its digest is what it says
    itself, so in a folder of the user's it could hold other facts than the files that people review. Raises
    `PolicyError` with every mistake of the pack; its cases are not looked at.
    """
    path = files.find(folder)
    content = files.sources(path)
    stamp = files.digest(content)
    trusted = path in files.bundled().values() and not files.strays(path)
    compiled = _compiled(path, stamp) if trusted else None
    return compiled or _parsed(path, content, stamp)


def compile_pack(folder: str | Path) -> bytes:
    """Return the compiled form of a pack: one line of JSON, the same bytes for the same sources.

    Keys keep the order of the types and of the files, because the first profile of a regime is its default.
    Raises `PolicyError` with every mistake of the pack.
    """
    path = files.find(folder)
    content = files.sources(path)
    return _encoded(_parsed(path, content, files.digest(content)))


def lint(folder: str | Path) -> list[str]:
    """Return every mistake of a pack and its cases as ``relative/file.yaml:LINE: what``, sorted.

    Raises `PolicyError` only if there is no such pack or a file cannot be read.
    """
    from debar.packs import assembly
    from debar.packs.plain import Problem

    path = files.find(folder)
    content = files.sources(path)
    pack, problems = assembly.assemble(path.resolve().name, content, files.digest(content))
    problems += _strays(path)
    cases, wrong = assembly.read_cases(files.case_sources(path))
    problems += wrong
    if pack:
        problems += assembly.check_cases(pack, cases)
        compiled = _compiled_bytes(path)
        if compiled is not None and compiled.replace(b"\r\n", b"\n") != _encoded(pack):
            what = f"is not what the files make: run `debar policy compile {path}`"
            problems.append(Problem(files.COMPILED, 1, what))
    return _sorted(problems)


def cases(folder: str | Path) -> tuple[Case, ...]:
    """Return the cases of a pack, in the order of file and line; raises `PolicyError` with every mistake in them."""
    from debar.packs import assembly

    found, problems = assembly.read_cases(files.case_sources(files.find(folder)))
    if problems:
        raise PolicyError(_sorted(problems))
    return tuple(case for case, _ in found)


def schemas() -> dict[str, dict[str, Any]]:
    """Return a JSON Schema (draft 2020-12) for each kind of file, by its word."""
    from debar.packs import schema

    return schema.schemas()


def _compiled(path: Path, stamp: str) -> Pack | None:
    """Return the compiled pack, or None if there is none, it is another version's, or not of these sources."""
    try:
        pack = msgspec.json.decode(_compiled_bytes(path) or b"", type=Pack)
    except ValueError:
        return None
    return pack if pack.digest == stamp else None


def _compiled_bytes(path: Path) -> bytes | None:
    try:
        return (path / files.COMPILED).read_bytes()
    except OSError:
        return None


def _parsed(path: Path, content: dict[str, bytes], stamp: str) -> Pack:
    from debar.packs import assembly

    pack, problems = assembly.assemble(path.resolve().name, content, stamp)
    problems += _strays(path)
    if pack is None or problems:
        raise PolicyError(_sorted(problems))
    return pack


def _strays(path: Path) -> list[Problem]:
    from debar.packs.plain import Problem

    what = "would never be read: a pack is pack.yaml, entities.yaml, and *.yaml in facts, regimes and cases"
    return [Problem(name, 1, what) for name in files.strays(path)]


def _encoded(pack: Pack) -> bytes:
    return msgspec.json.encode(pack) + b"\n"


def _sorted(problems: Iterable[Problem]) -> list[str]:
    return [str(problem) for problem in sorted(problems)]
