"""Bytes -> Inventory. The format is told from the content; each format has a reader of its own."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from debar.read.limits import Limits, Source
from debar.read.locate import Locator
from debar.read.sniff import Format, decode, recognise, unpack

if TYPE_CHECKING:
    from collections.abc import Callable

    from debar.model.inventory import Inventory

__all__ = ["Limits", "Locator", "read"]


def _reader(found: Format) -> Callable[[Source], Inventory]:
    """Import the one reader that is needed: an XML parser or YAML costs nothing where JSON is read."""
    if found in {Format.CYCLONEDX_JSON, Format.CYCLONEDX_XML}:
        if found is Format.CYCLONEDX_JSON:
            from debar.read.cyclonedx import read_json as reader
        else:
            from debar.read.cyclonedx import read_xml as reader
    elif found is Format.SPDX2_JSON:
        from debar.read.spdx2_json import read_json as reader
    elif found is Format.SPDX2_YAML:
        from debar.read.spdx2_yaml import read_yaml as reader
    else:
        from debar.read.spdx2_tag import read_tag_value as reader
    return reader


def read(data: bytes, path: str, limits: Limits | None = None) -> Inventory:
    """Read one SBOM.

    `path` only names the input in messages and reports. Raises an `InputError` for what cannot be read;
    doubt about the content becomes gaps and notes of the inventory, never an exception.
    """
    limits = limits or Limits()
    digest = hashlib.sha256(data).hexdigest()
    text, notes = decode(unpack(data, path, limits), path)
    source = Source(path=path, sha256=digest, text=text, limits=limits)
    inventory = _reader(recognise(text, path))(source)
    documents = tuple(replace(document, given=data) for document in inventory.documents)
    return replace(inventory, documents=documents, notes=(*notes, *inventory.notes))
