"""Whether a document keeps the rules of its own specification: schemas for JSON and XML, rules for tag-value.

Nothing is fetched: the schemas come with debar and with cyclonedx-python-lib, and a document's own ``$schema`` is
never looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from debar.errors import UnsupportedFormat
from debar.validate.json_keys import DuplicateKey, duplicate_keys
from debar.validate.problem import Problem

if TYPE_CHECKING:
    from debar.validate.problem import Place

__all__ = ["DuplicateKey", "Problem", "duplicate_keys", "validate"]

#: The formats that can be validated, each with the versions there are schemas or rules for.
VERSIONS: Final = {
    "CycloneDX JSON": "1.2 to 1.7",
    "CycloneDX XML": "1.0 to 1.7",
    "SPDX JSON": "2.2 and 2.3",
    "SPDX YAML": "2.2 and 2.3",
    "SPDX tag-value": "2.2 and 2.3",
    "SPDX 3 JSON": "3.0.1",
}


def validate(
    text: bytes, path: str, format_name: str, spec_version: str, *, most: int = 100, place: Place | None = None
) -> tuple[Problem, ...]:
    """Return up to `most` problems of a document, in the order of their places; none when it is valid.

    `text` is UTF-8 without a byte-order mark; for "SPDX YAML" it is the JSON text of the same document, its scalars
    typed as the schema wants them. `format_name` is a value of `read.sniff.Format`; `spec_version` is what the
    document says ("1.6", "2.3" or "SPDX-2.3"). `place` finds the line and column of a JSON pointer and is asked
    for at most `most` problems; without it only duplicate keys have a place. `path` only names the input.

    Raises `UnsupportedFormat` for a format or version without a schema, `MalformedSbom` for broken text,
    `LimitExceeded` for text that is nested too deep.
    """
    version = spec_version.strip().removeprefix("SPDX-")
    if format_name in VERSIONS and not version:
        return (Problem(0, 0, "", "the document does not say which version of its specification it follows"),)
    problems: list[Problem] | None = None
    if format_name == "SPDX tag-value":
        from debar.validate import tag_value

        if version in tag_value.VERSIONS:
            problems = tag_value.check(text, path, version, most=most)
    elif format_name == "CycloneDX XML":
        from debar.validate import bundled, xml_schema

        if version in bundled.CYCLONEDX_XML:
            problems = xml_schema.check(text, path, version, most=most)
    elif format_name in VERSIONS:
        from debar.validate import json_schema

        if schema := json_schema.family(format_name, version):
            problems = json_schema.check(text, path, schema, most=most, place=place or _nowhere)
    if problems is None:
        raise _unsupported(path, format_name, version)
    return tuple(problems)


def _nowhere(_pointer: str) -> tuple[int, int]:
    return 0, 0


def _unsupported(path: str, format_name: str, version: str) -> UnsupportedFormat:
    if format_name in VERSIONS:
        known = f"{format_name} is validated in versions {VERSIONS[format_name]}"
        return UnsupportedFormat(path, f"there is no schema for {format_name} {version[:40]}", remedy=known)
    return UnsupportedFormat(
        path, f"{format_name} cannot be validated", remedy=f"debar validates {', '.join(VERSIONS)}"
    )
