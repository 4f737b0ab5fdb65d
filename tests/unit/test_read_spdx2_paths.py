"""Every text that SPDX 2.3 allows has a field, and what is planted there is mentioned there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_read_spdx2 import document, package, source

from debar.model.fields import FIELDS, Role
from debar.read.spdx2_json import read_json
from debar.read.spdx2_paths import PATHS

STRING_PATHS = [
    line
    for line in (Path(__file__).parent / "data" / "spdx-2.3-string-paths.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
NODES = {"packages": "package", "files": "file", "snippets": "snippet"}
LISTS = {
    *("packages", "files", "snippets", "annotations", "revieweds", "relationships", "externalDocumentRefs"),
    *("hasExtractedLicensingInfos", "crossRefs", "seeAlsos", "creators", "documentDescribes", "attributionTexts"),
    *("checksums", "externalRefs", "hasFiles", "licenseInfoFromFiles", "packageVerificationCodeExcludedFiles"),
    *("artifactOfs", "fileContributors", "fileDependencies", "fileTypes", "licenseInfoInFiles", "ranges"),
    "licenseInfoInSnippets",
}
PLANT = "Kaspersky Lab"


def split(path: str) -> tuple[str, str]:
    head, _, rest = path.partition(".")
    return (NODES[head], rest) if rest and head in NODES else ("document", path)


def plant(path: str) -> dict[str, Any]:
    head, _, rest = path.partition(".")
    value = plant(rest) if rest else PLANT
    return {head: [value] if head in LISTS else value}


@pytest.mark.parametrize("path", STRING_PATHS)
def test_every_text_of_the_schema_is_classified(path: str) -> None:
    node, relative = split(path)
    assert relative in PATHS[node]


def test_every_entry_is_a_text_of_the_schema_and_a_field() -> None:
    known = {split(path) for path in STRING_PATHS}
    # The schema leaves the keys of artifactOfs open; they are those of chapters 8.9 to 8.11.
    stray = {
        (node, path) for node, table in PATHS.items() for path in table if not path.startswith("artifactOfs.")
    } - known
    assert not stray
    assert {field for table in PATHS.values() for field in table.values()} <= set(FIELDS)


def found(path: str) -> set[str]:
    planted = plant(path)
    base = document(packages=[package("a")], documentDescribes=["SPDXRef-a"], relationships=[])
    inventory = read_json(source(json.dumps({**base, **planted})))
    return {
        field
        for field in inventory.mentions.fields()
        if any(PLANT in value for value in inventory.mentions.distinct(field))
    }


@pytest.mark.parametrize("path", [*STRING_PATHS, *(f"files.{path}" for path in PATHS["file"] if "artifact" in path)])
def test_what_is_planted_is_mentioned_in_its_field(path: str) -> None:
    node, relative = split(path)
    field = PATHS[node][relative]
    if field in {"relation", "metadata"}:
        # At most an id that stands for nothing.
        assert found(path) <= {"ref"}
    else:
        assert found(path) == {field}
        assert FIELDS[field].role is not Role.NEUTRAL or node == "document" or relative == "annotations.annotator"
