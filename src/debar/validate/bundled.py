"""The schemas: files of the installed distributions, never anything from the network or named by a document."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from debar.errors import DebarError

#: What cyclonedx-python-lib calls the specification's schemas; the strict ones know no unknown keys.
CYCLONEDX_JSON: Final = {
    "1.2": "bom-1.2-strict.SNAPSHOT.schema.json",
    "1.3": "bom-1.3-strict.SNAPSHOT.schema.json",
    **{version: f"bom-{version}.SNAPSHOT.schema.json" for version in ("1.4", "1.5", "1.6", "1.7")},
}
CYCLONEDX_XML: Final = {
    version: f"bom-{version}.SNAPSHOT.xsd" for version in ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
}
SPDX: Final = {version: f"spdx-{version}.schema.json" for version in ("2.2", "2.3", "3.0.1")}


@cache
def cyclonedx_folder() -> Path:
    """Return where cyclonedx-python-lib keeps its schemas, without importing it (its import is slow).

    Raises `DebarError` when the library is missing or keeps them elsewhere.
    """
    found = find_spec("cyclonedx")
    for place in (found.submodule_search_locations or ()) if found else ():
        folder = Path(place) / "schema" / "_res"
        if (folder / "spdx.SNAPSHOT.schema.json").is_file():
            return folder
    raise DebarError('the CycloneDX schemas are not installed; run: pip install "cyclonedx-python-lib>=11,<12"')


def cyclonedx(name: str) -> bytes:
    """Return one of the CycloneDX schemas."""
    return (cyclonedx_folder() / name).read_bytes()


def spdx(name: str) -> bytes:
    """Return one of the SPDX schemas that come with debar (schemas/SOURCE.md)."""
    return files("debar.validate").joinpath("schemas", name).read_bytes()
