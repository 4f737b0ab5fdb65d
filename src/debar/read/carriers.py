"""What SBOMs come in: compressed, in archives, in attestations, in folders. This is the way in for every input.

Layers are opened one after the other, never by recursion, and one budget counts over all of them. A name inside a
carrier is a label for people: it is made safe to show and never opened. What is no SBOM is passed over and counted;
what may be one and cannot be read is named in `Carried.unread`, so that the inventory is known to be incomplete.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field
from msgspec.structs import replace

from debar.errors import InputError, LimitExceeded, MalformedSbom, NotAnSbom, UnsupportedFormat
from debar.read import archives, envelopes
from debar.read.archives import Budget, Member
from debar.read.sniff import WEB_PAGE, decode, recognise
from debar.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from debar.read.envelopes import Attested, Subject
    from debar.read.limits import Limits

_LAYERS: Final = 4
_NAMED: Final = 5
_PATH: Final = 4096
# Bytes that are in no ASCII text, UTF-16 or not: without them broken text shows what it was meant to be.
_NOT_ASCII: Final = bytes([0, *range(128, 256)])
# A generator that failed leaves an empty file; an empty file of another name says nothing.
_SBOM_WORDS: Final = ("bom", "cdx", "cyclonedx", "spdx")


class Carried(Struct, frozen=True, kw_only=True):
    """One thing that may be an SBOM, and where it was: ``bundle.zip!sboms/app.json``, ``att.jsonl!2``.

    `data` is as it was in its carrier, not yet decoded; `subjects` is what an attestation or a referrer binds it to.
    `unread` names, on the first of several, what may be an SBOM in the same carrier and is not read: with any,
    the inventory is incomplete.
    """

    path: str
    data: bytes
    subjects: tuple[Subject, ...] = ()
    notes: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


class _Piece(Struct, frozen=True, kw_only=True):
    """A thing still to be opened or judged.

    `name` is what it is called in its carrier, `member` whether it is one of several, `layers` how many archives and
    compressions are around it, `leaf` whether it is to be judged as it is, `claims` whether its carrier says that it
    is an SBOM. `data` is None for what is no file; `problem` says why it is not read.
    """

    path: str
    name: str
    data: bytes | None
    member: bool
    layers: int = 0
    leaf: bool = False
    claims: bool = False
    problem: str = ""
    subjects: tuple[Subject, ...] = ()
    notes: tuple[str, ...] = ()


class _Found(Struct, kw_only=True):
    carried: list[Carried] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    kept: int = 0


def unwrap(data: bytes, path: str, limits: Limits) -> list[Carried]:
    """Return what may be an SBOM in `data`: at least one, in the order of the carrier.

    A file that is no carrier comes back as it is, for the readers to recognise or refuse. Raises `LimitExceeded` for
    too much of anything (bytes, ratio, 10,000 members, 4 layers), `UnreadableInput` for a broken or encrypted carrier,
    `UnsupportedFormat` for compressions that debar does not read or when nothing in a carrier can be read,
    `MalformedSbom` for an ambiguous attestation and `NotAnSbom` for a carrier without any SBOM.
    """
    budget = Budget(path=path, limits=limits)
    budget.give(len(data))
    return _finish(_resolve(iter([_whole(budget, data)]), budget), path)


def folder(path: Path, limits: Limits) -> list[Carried]:
    """Return the SBOMs of an OCI image layout, or of the files in and below a plain folder, sorted by name.

    Hidden files are passed over, and a link is followed only within the folder. Raises what `unwrap` raises, and
    `UnreadableInput` when the folder cannot be read or a blob is not what its digest says.
    """
    from debar.read import folders

    budget = Budget(path=safe_text(str(path), _PATH), limits=limits)
    read, join = (folders.image, "!") if folders.is_image(path) else (folders.plain, "/")
    return _finish(_resolve(_members(_whole(budget, b""), read(path, budget), join), budget), budget.path)


def is_stranger(data: bytes, path: str, limits: Limits) -> bool:
    """Tell whether a file of a folder is passed over there: it is no SBOM, holds none, and was none once."""
    budget = Budget(path=path, limits=limits)
    budget.give(len(data))
    try:
        found = _resolve(iter([replace(_whole(budget, data), member=True)]), budget)
    except LimitExceeded:
        return False
    return not found.carried and not found.unread


def _whole(budget: Budget, data: bytes) -> _Piece:
    return _Piece(path=budget.path, name=budget.path, data=data, member=False)


def _resolve(pieces: Iterator[_Piece], budget: Budget) -> _Found:
    found = _Found()
    stack: list[tuple[Iterator[_Piece], _Piece | None]] = [(pieces, None)]
    while stack:
        iterator, piece = stack[-1]
        owner = piece
        try:
            piece = next(iterator, None)
            if piece is None:
                stack.pop()
                continue
            inner = _open(piece, budget)
        except LimitExceeded:
            raise
        except InputError as error:
            if piece is None or not piece.member:
                raise
            if piece is owner:
                stack.pop()
            found.unread.append(f"{piece.name} ({error.problem})")
            continue
        if inner is not None:
            stack.append((inner, piece))
        else:
            _judge(piece, found, budget)
    return found


def _open(piece: _Piece, budget: Budget) -> Iterator[_Piece] | None:
    """Return what is in a carrier, lazily, so that one thing at a time is in memory; None for what is no carrier."""
    if piece.data is None or piece.problem or piece.leaf:
        return None
    opener = archives.opener(piece.data, piece.path)
    if opener:
        if piece.layers >= _LAYERS:
            problem = f"more than {_LAYERS} archives or compressions inside each other"
            raise LimitExceeded(piece.path, problem, remedy="unpack it first")
        opened, alone = opener
        inner = opened(piece.data, piece.path, budget)
        deeper = replace(piece, layers=piece.layers + 1)
        return (replace(deeper, data=one.data) for one in inner) if alone else _members(deeper, inner, "!")
    try:
        text, _ = decode(piece.data, piece.path)
    except MalformedSbom:
        return None
    listed = envelopes.lines(text, piece.path)
    if listed:
        problem = "it looks like a part of an SBOM"
        found = (
            Member(str(number), line, problem if stray else "") for number, line, stray in _counted(listed, budget)
        )
        return _members(piece, found, "!")
    held = envelopes.attested(text, piece.path)
    return iter([_predicate(piece, held)]) if held else None


def _counted(listed: Iterator[tuple[int, bytes, bool]], budget: Budget) -> Iterator[tuple[int, bytes, bool]]:
    for line in listed:
        budget.member()
        yield line


def _members(owner: _Piece, members: Iterable[Member], join: str) -> Iterator[_Piece]:
    used: set[str] = set()
    for number, one in enumerate(members, 1):
        label = safe_text(one.name)
        # Two entries may have one name, and other tools then see only one of them.
        while label in used:
            label = f"{label}#{number}"
        used.add(label)
        yield replace(
            owner,
            path=f"{owner.path}{join}{label}",
            name=f"{owner.name}{join}{label}" if owner.member else label,
            data=one.data,
            member=True,
            claims=owner.claims or one.claims,
            problem=one.problem,
            subjects=owner.subjects + one.subjects,
        )


def _predicate(piece: _Piece, held: Attested) -> _Piece:
    kind = safe_text(held.predicate_type, 120)
    return replace(
        piece,
        name=f"{piece.name} ({kind})" if kind else piece.name,
        data=held.text,
        leaf=True,
        problem="it is an attestation inside another" if envelopes.attested(held.text, piece.path) else "",
        claims=piece.claims or held.says_sbom,
        subjects=piece.subjects + held.subjects,
        notes=piece.notes + held.notes,
    )


def _judge(piece: _Piece, found: _Found, budget: Budget) -> None:
    # What was given alone is for its reader to refuse, with the better words.
    alone = not piece.member and not piece.leaf
    problem = piece.problem or (None if alone else _why_not(piece))
    if problem:
        found.unread.append(f"{piece.name} ({problem})")
    elif piece.data is None or problem is not None:
        found.strangers.append(piece.name)
    else:
        found.kept += len(piece.data)
        if found.kept > budget.limits.bytes:
            raise budget.too_large()
        found.carried.append(
            Carried(path=piece.path, data=piece.data, subjects=piece.subjects, notes=tuple(dict.fromkeys(piece.notes)))
        )


def _why_not(piece: _Piece) -> str | None:
    """Return None for an SBOM, even a broken one; why it is not read for what may be one, and "" for anything else."""
    data = piece.data
    if data is None:
        return ""
    if not data.strip():
        named = piece.path.rpartition("/")[2].lower()
        return "it is empty" if piece.claims or any(word in named for word in _SBOM_WORDS) else ""
    try:
        recognise(decode(data, piece.path)[0], piece.path)
    except UnsupportedFormat as error:
        return "" if re.match(WEB_PAGE, data) and not piece.claims else error.problem
    except NotAnSbom as error:
        return error.problem if piece.claims else ""
    except MalformedSbom:
        return None if piece.claims or _was_sbom(data, piece.path) else ""
    return None


def _was_sbom(data: bytes, path: str) -> bool:
    """Tell whether bytes that are not UTF-8 are a broken SBOM and not just a picture or a program."""
    ascii_only = data.translate(None, _NOT_ASCII)
    try:
        recognise(ascii_only, path)
    except MalformedSbom:  # an XML encoding that is not supported
        return bool(re.search(envelopes.SBOM_SIGN, ascii_only))
    except (NotAnSbom, UnsupportedFormat):
        return False
    return True


def _finish(found: _Found, path: str) -> list[Carried]:
    total = len(found.carried) + len(found.strangers) + len(found.unread)
    if not found.carried:
        if found.unread:
            raise UnsupportedFormat(path, f"no SBOM in it can be read: {_names(found.unread)}")
        what = _names(found.strangers) if found.strangers else "it is empty"
        raise NotAnSbom(path, f"there is no SBOM in it: {what}", remedy="did the generator fail?")
    notes = list(found.carried[0].notes)
    if found.strangers:
        are = "is" if len(found.strangers) == 1 else "are"
        notes.append(f"{len(found.strangers)} of {total} members {are} no SBOM: {_names(found.strangers)}")
    found.carried[0] = replace(found.carried[0], notes=tuple(notes), unread=tuple(found.unread))
    return found.carried


def _names(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
