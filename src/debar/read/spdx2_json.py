"""SPDX 2.2/2.3 JSON, bare or in GitHub's ``{"sbom": ...}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from debar.errors import InputError
from debar.read.decoding import Slices, begins, lenient, silences
from debar.read.spdx2 import Reading, to_inventory
from debar.read.spdx2_types import Envelope, Package, Relationship, SlicedEnvelope

if TYPE_CHECKING:
    from debar.model.inventory import Inventory
    from debar.read.limits import Source, Telling

_DECODER: Final = msgspec.json.Decoder(Envelope)
_SLICER: Final = msgspec.json.Decoder(SlicedEnvelope)
_PACKAGES: Final = msgspec.json.Decoder(list[Package | None])
_RELATIONSHIPS: Final = msgspec.json.Decoder(list[Relationship])
# From this size on it pays to read only closely where something may match.
_LARGE: Final = 1 << 20


def read_json(source: Source) -> Inventory:
    """Read a document; a value that SPDX does not allow costs that value only.

    Raises `MalformedSbom` for text that is no JSON, `LimitExceeded` for more depth or components than allowed.
    """
    if source.telling and len(source.text) > _LARGE:
        try:
            return to_inventory(_sliced(source, source.telling), source)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, InputError):
            # A value of an odd type, which only the tolerant pass over the whole document understands, or an error,
            # which is told best by who reads it all.
            pass
    envelope, leniency = lenient(_DECODER, Envelope, source)
    wrapped = None if envelope.spdx_version else envelope.sbom
    return to_inventory(
        Reading(
            form="SPDX JSON",
            document=wrapped or envelope,
            pointer="/sbom" if wrapped else "",
            dropped=leniency.dropped,
            changed=leniency.changed,
        ),
        source,
    )


def _sliced(source: Source, telling: Telling) -> Reading:
    """Leave the packages and relationships of a document as text."""
    envelope = _SLICER.decode(source.text)
    wrapped = None if envelope.spdx_version else envelope.sbom
    document = wrapped or envelope
    packages, relationships = document.packages or [], document.relationships or []
    starts = begins(source.text, packages)
    told = telling(source.text, starts, b"") if starts else range(len(packages))
    return Reading(
        form="SPDX JSON",
        document=document,
        packages=Slices(packages, _PACKAGES),
        relationships=Slices(relationships, _RELATIONSHIPS),
        pointer="/sbom" if wrapped else "",
        telling=told,
        starts=starts,
        silent=silences(starts, told),
    )
