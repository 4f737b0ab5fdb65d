"""SPDX 2.2/2.3 JSON, bare or in GitHub's ``{"sbom": ...}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from debar.read.decoding import lenient
from debar.read.spdx2 import Reading, to_inventory
from debar.read.spdx2_types import Envelope

if TYPE_CHECKING:
    from collections.abc import Collection

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
    return to_inventory(
        Reading(
            form="SPDX JSON",
            document=document,
            pointer="/sbom" if wrapped else "",
            dropped=leniency.dropped,
            changed=leniency.changed,
            telling=_telling(source, len(document.packages or ()), wrapped=bool(wrapped)),
        ),
        source,
    )


def _telling(source: Source, count: int, *, wrapped: bool) -> Collection[int] | None:
    """Return the packages in whose text something may match; None where that is not known."""
    if source.telling is None or len(source.text) <= _LARGE:
        return None
    try:
        outer = msgspec.json.decode(source.text, type=_Slices)
    except msgspec.MsgspecError:
        return None
    inner = outer.sbom if wrapped else outer
    slices = (inner and inner.packages) or []
    return source.telling(slices, b"") if len(slices) == count else None
