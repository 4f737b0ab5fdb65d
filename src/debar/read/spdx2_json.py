"""SPDX 2.2/2.3 JSON, bare or in GitHub's ``{"sbom": ...}``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from debar.errors import LimitExceeded, MalformedSbom
from debar.read import tolerant
from debar.read.spdx2 import Reading, to_inventory
from debar.read.spdx2_types import Envelope

if TYPE_CHECKING:
    from debar.model.inventory import Inventory
    from debar.read.limits import Source

_DECODER: Final = msgspec.json.Decoder(Envelope)
_BYTE: Final = re.compile(r"\s*\(byte (\d+)\)$")


def read_json(source: Source) -> Inventory:
    """Read a document; a value that SPDX does not allow costs that value only.

    Raises `MalformedSbom` for text that is no JSON, `LimitExceeded` for more depth or components than allowed.
    """
    dropped: list[str] = []
    changed: list[str] = []

    def report(path: str, what: str) -> None:
        (dropped if what == tolerant.DROPPED else changed).append(path)

    try:
        try:
            envelope = _DECODER.decode(source.text)
        except msgspec.ValidationError:
            envelope = tolerant.coerce(tolerant.plain(source.text), Envelope, report)
    except RecursionError as error:
        raise LimitExceeded(source.path, "nested too deep") from error
    except msgspec.DecodeError as error:
        raise malformed(source, str(error)) from error
    except UnicodeDecodeError as error:
        raise MalformedSbom(source.path, "not UTF-8", place=place_at(source.text, first_bad(source.text))) from error
    wrapped = None if envelope.spdx_version else envelope.sbom
    return to_inventory(
        Reading(
            form="SPDX JSON",
            document=wrapped or envelope,
            pointer="/sbom" if wrapped else "",
            dropped=dropped,
            changed=changed,
        ),
        source,
    )


def malformed(source: Source, problem: str) -> MalformedSbom:
    """Return the error for broken JSON, with line and column in place of msgspec's byte offset."""
    byte = _BYTE.search(problem)
    # Without a position the text has ended too early; trailing characters are told with the first one consumed.
    offset = int(byte[1]) - ("trailing" in problem) if byte else len(source.text)
    place = place_at(source.text, offset)
    return MalformedSbom(source.path, _BYTE.sub("", problem), place=place)


def first_bad(text: bytes) -> int:
    """Return the offset of the first byte that is not UTF-8, 0 if all are."""
    # msgspec counts from the start of the string that it was in.
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0


def place_at(text: bytes, offset: int) -> str:
    """Return ``line L, column C`` of a byte offset, 1-based, columns in characters."""
    start = text.rfind(b"\n", 0, offset) + 1
    column = len(text[start:offset].decode("utf-8", "replace")) + 1
    line = text.count(b"\n", 0, offset) + 1
    return f"line {line}, column {column}"
