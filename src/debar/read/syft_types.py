"""The parts of a syft document that say something about ingredients.

Names follow syft's model (https://github.com/anchore/syft, syft/format/syftjson/model). Every field is optional,
and unknown keys are not kept.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Location(msgspec.Struct, gc=False, rename="camel"):
    """Where something was found: a path in the product, and the path by which it was reached."""

    path: str = ""
    access_path: str = ""
    #: The name that old schemas use for `accessPath`.
    virtual_path: str = ""


class Cpe(msgspec.Struct, gc=False):
    """A CPE name; old schemas write the mere text."""

    cpe: str = ""


class Licence(msgspec.Struct, gc=False, rename="camel"):
    """A licence; old schemas write the mere text."""

    value: str = ""
    spdx_expression: str = ""
    contents: str = ""
    urls: list[str] | None = None
    locations: list[Location] | None = None


class Artifact(msgspec.Struct, gc=False, rename="camel"):
    """A package; `metadata` is what its ecosystem says of it, in the ecosystem's own words."""

    id: str = ""
    name: str = ""
    version: str = ""
    type: str = ""
    found_by: str = ""
    language: str = ""
    purl: str = ""
    metadata_type: str = ""
    locations: list[Location] | None = None
    licenses: list[Licence | str] | None = None
    cpes: list[Cpe | str] | None = None
    metadata: Any = None


class Digest(msgspec.Struct, gc=False):
    """A digest of a file."""

    value: str = ""


class FileMetadata(msgspec.Struct, gc=False, rename="camel"):
    """What the file system says of a file."""

    link_destination: str = ""


class Executable(msgspec.Struct, gc=False, rename="camel"):
    """What the headers of an executable say."""

    imported_libraries: list[str] | None = None


class File(msgspec.Struct, gc=False):
    """A file that a package owns, or that syft looked into."""

    id: str = ""
    location: Location | None = None
    metadata: FileMetadata | None = None
    contents: str = ""
    digests: list[Digest] | None = None
    licenses: list[Licence | str] | None = None
    executable: Executable | None = None
    unknowns: list[str] | None = None


class Relationship(msgspec.Struct, gc=False):
    """What one id is to another."""

    parent: str = ""
    child: str = ""
    type: str = ""


class Source(msgspec.Struct, gc=False):
    """What was scanned."""

    id: str = ""
    name: str = ""
    version: str = ""
    type: str = ""
    supplier: str = ""
    metadata: Any = None
    #: What `metadata` was before schema 9; the path of a folder or file as plain text.
    target: Any = None


class Descriptor(msgspec.Struct, gc=False):
    """The tool that made the document."""

    name: str = ""
    version: str = ""
    supplier: str = ""
    configuration: Any = None


class Schema(msgspec.Struct, gc=False):
    """The version of the format."""

    version: str = ""
    url: str = ""


class Sbom(msgspec.Struct, gc=False, rename="camel"):
    """A document."""

    artifacts: list[Artifact | None] | None = None
    artifact_relationships: list[Relationship] | None = None
    files: list[File | None] | None = None
    source: Source | None = None
    distro: Any = None
    descriptor: Descriptor | None = None
    schema: Schema | None = None
