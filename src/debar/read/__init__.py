"""Bytes -> Inventory. The format is told from the content; each format has a reader of its own."""

from __future__ import annotations

import hashlib
from importlib import import_module
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from debar.model.inventory import Gap
from debar.read.archives import unpack
from debar.read.limits import Limits, Source
from debar.read.locate import Locator
from debar.read.sniff import Format, decode, recognise

if TYPE_CHECKING:
    from pathlib import Path

    from debar.model.inventory import Inventory
    from debar.read.carriers import Carried
    from debar.read.limits import Telling

__all__ = ["Limits", "Locator", "read", "read_all", "read_folder"]

# Imported when needed: an XML parser or YAML costs nothing where JSON is read.
_READERS = {
    Format.CYCLONEDX_JSON: ("cyclonedx", "read_json"),
    Format.CYCLONEDX_XML: ("cyclonedx", "read_xml"),
    Format.SPDX2_JSON: ("spdx2_json", "read_json"),
    Format.SPDX2_YAML: ("spdx2_yaml", "read_yaml"),
    Format.SPDX2_TAG: ("spdx2_tag", "read_tag_value"),
    Format.SPDX2_XML: ("spdx2_xml", "read_xml"),
    Format.SPDX2_RDF: ("spdx2_rdf", "read_rdf"),
    Format.SPDX3_JSON: ("spdx3", "read_json"),
    Format.SYFT_JSON: ("syft", "read_json"),
}


def read(data: bytes, path: str, limits: Limits | None = None, telling: Telling | None = None) -> Inventory:
    """Read one SBOM, gzipped or not.

    `path` only names the input in messages and reports. With `telling` (`Source.telling`) mentions that cannot match
    may be left out. Raises an `InputError` for what cannot be read;
    doubt about the content becomes gaps and notes of the inventory, never an exception.
    """
    limits = limits or Limits()
    digest = hashlib.sha256(data).hexdigest()
    text, notes = decode(unpack(data, path, limits), path)
    source = Source(path=path, sha256=digest, text=text, limits=limits, telling=telling)
    module, function = _READERS[recognise(text, path)]
    reader: Any = getattr(import_module(f"debar.read.{module}"), function)
    inventory: Inventory = reader(source)
    documents = tuple(replace(document, given=data) for document in inventory.documents)
    return replace(inventory, documents=documents, notes=(*notes, *inventory.notes))


def read_all(data: bytes, path: str, limits: Limits | None = None, telling: Telling | None = None) -> list[Inventory]:
    """Read every SBOM that an input holds: itself, or what it carries (archives, attestations, JSON Lines).

    Raises what `read` raises; a carrier without any SBOM is a `NotAnSbom`.
    """
    from debar.read.carriers import unwrap

    limits = limits or Limits()
    return [_carried(item, limits, telling) for item in unwrap(data, path, limits)]


def read_folder(path: Path, limits: Limits | None = None, telling: Telling | None = None) -> list[Inventory]:
    """Read every SBOM of a folder or an OCI image layout; raises what `read_all` raises."""
    from debar.read.carriers import folder

    limits = limits or Limits()
    return [_carried(item, limits, telling) for item in folder(path, limits)]


def _carried(item: Carried, limits: Limits, telling: Telling | None) -> Inventory:
    inventory = read(item.data, item.path, limits, telling)
    unread = (Gap(code="parse-partial", count=len(item.unread), examples=item.unread[:5]),) if item.unread else ()
    subjects = tuple((subject.name, subject.digests) for subject in item.subjects)
    return replace(
        inventory,
        documents=tuple(replace(document, subjects=subjects) for document in inventory.documents),
        gaps=(*inventory.gaps, *unread),
        notes=(*item.notes, *inventory.notes),
    )
