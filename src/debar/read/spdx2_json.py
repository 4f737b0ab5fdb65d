"""SPDX 2.2/2.3 JSON, bare or in GitHub's ``{"sbom": ...}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from debar.read.decoding import UNKNOWN, lenient, standing
from debar.read.spdx2 import Reading, to_inventory
from debar.read.spdx2_types import Envelope

if TYPE_CHECKING:
    from debar.model.inventory import Inventory
    from debar.read.limits import Source

_DECODER: Final = msgspec.json.Decoder(Envelope)
# From this size on it pays to keep only the mentions that may match.
_LARGE: Final = 1 << 20


class _Slices(msgspec.Struct):
    """The packages of a document as text."""

    packages: list[msgspec.Raw] | None = None
    sbom: _Slices | None = None


def read_json(source: Source) -> Inventory:
    """Read a document; a value that SPDX does not allow costs that value only.

    Raises `MalformedSbom` for text that is no JSON, `LimitExceeded` for more depth or components than allowed.
    """
    envelope, leniency = lenient(_DECODER, Envelope, source)
    wrapped = None if envelope.spdx_version else envelope.sbom
    document = wrapped or envelope
    slices = _slices(source, wrapped=bool(wrapped))
    told = source.telling(slices, b"") if source.telling and len(slices) == len(document.packages or ()) else None
    return to_inventory(
        Reading(
            form="SPDX JSON",
            document=document,
            pointer="/sbom" if wrapped else "",
            dropped=leniency.dropped,
            changed=leniency.changed,
            telling=told,
            standing=UNKNOWN if told is None else standing(source.text, slices, told),
        ),
        source,
    )


def _slices(source: Source, *, wrapped: bool) -> list[msgspec.Raw]:
    """Return the packages as text where that is worth while, else nothing."""
    if source.telling is None or len(source.text) <= _LARGE:
        return []
    try:
        outer = msgspec.json.decode(source.text, type=_Slices)
    except msgspec.MsgspecError:
        return []
    inner = outer.sbom if wrapped else outer
    return (inner and inner.packages) or []
