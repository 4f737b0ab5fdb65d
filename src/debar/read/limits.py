"""Limits on hostile input, each with its own clear error, and the source that readers get.

The defaults bear a CycloneDX JSON of a million components; every one can be changed by the caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from debar.errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence, Sized

    Telling = Callable[[bytes, Sequence[int], bytes], Collection[int]]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one input may cost.

    `bytes` counts after decompression; `ratio` is decompressed to compressed size, judged above 16 MiB;
    `depth` counts nested objects, lists or elements (msgspec itself stops near 1,000); `components`
    counts components, services and files; `aliases` counts YAML alias uses.
    """

    bytes: int = 4 << 30
    ratio: int = 200
    depth: int = 256
    components: int = 5_000_000
    aliases: int = 1_000


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One input as readers get it: UTF-8 text without a byte-order mark, its name, its digest, its limits.

    `sha256` is taken over the bytes as they were given, before decompression, as hex. With `telling` a reader may
    leave out the mentions of a component in whose text nothing can match: given a text, where its slices begin (and
    the last one ends) and a pattern of the reader's own marks, it finds the slices where something may, or a mark is.
    """

    path: str
    sha256: str
    text: bytes
    limits: Limits
    telling: Telling | None = None

    def check_components(self, found: Sized) -> None:
        """Raise `LimitExceeded` when a reader has found more components than the limits allow."""
        if len(found) > self.limits.components:
            raise LimitExceeded(
                self.path,
                f"more than {self.limits.components:,} components",
                remedy="raise the limit with --max-components",
            )
