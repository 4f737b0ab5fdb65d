"""SPDX 2.2/2.3 JSON, bare or in GitHub's ``{"sbom": ...}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from debar.read.decoding import lenient
from debar.read.spdx2 import Reading, to_inventory
from debar.read.spdx2_types import Envelope

if TYPE_CHECKING:
    from debar.model.inventory import Inventory
    from debar.read.limits import Source

_DECODER: Final = msgspec.json.Decoder(Envelope)


def read_json(source: Source) -> Inventory:
    """Read a document; a value that SPDX does not allow costs that value only.

    Raises `MalformedSbom` for text that is no JSON, `LimitExceeded` for more depth or components than allowed.
    """
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
