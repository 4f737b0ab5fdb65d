"""The parts of a CycloneDX document that debar reads, as lean Structs (schemas 1.2 to 1.7).

Lists and objects that are rare, or whose only use is the text in them, stay `msgspec.Raw`: they are walked
by `cyclonedx_leaves`. Every field has a default and takes null, unknown keys are ignored. Keys that start
with "@" are no CycloneDX: the XML reader leaves positions and text of other namespaces there.
"""

# Without `from __future__ import annotations`: msgspec would compile every one of them again when a decoder is made.
from msgspec import Raw, Struct, field

# An absent Raw is false; null is four bytes of text and says nothing either.
_RAW = Raw()
_ODD_KEYS = {"ref": "bom-ref", "mime_type": "mime-type", "schema": "$schema"}


def _key(name: str) -> str:
    """Return the format's key of an attribute: camel case, but for a few."""
    head, *tail = name.split("_")
    return _ODD_KEYS.get(name) or head + "".join(part.capitalize() for part in tail)


class _Struct(Struct, gc=False, rename=_key):
    """Common to all: keys as the format spells them, and no part in garbage collection (there are no cycles)."""


class Hash(_Struct, gc=False):
    """A checksum."""

    alg: str | None = None
    content: str | None = None


class Property(_Struct, gc=False):
    """A name and a value, both free."""

    name: str | None = None
    value: str | None = None


class Reference(_Struct, gc=False):
    """An `externalReferences` entry."""

    type: str | None = None
    url: str | None = None
    comment: str | None = None
    hashes: Raw = _RAW
    properties: Raw = _RAW


class Pedigree(_Struct, gc=False):
    """Where a component comes from, and what came from it."""

    ancestors: list["Component | None"] | None = None
    descendants: list["Component | None"] | None = None
    variants: list["Component | None"] | None = None
    commits: Raw = _RAW
    patches: Raw = _RAW
    notes: Raw = _RAW


class Component(_Struct, gc=False):
    """A component, wherever it stands."""

    ref: str | None = None
    type: str | None = None
    mime_type: str | None = None
    name: str | None = None
    version: str | None = None
    group: str | None = None
    purl: str | None = None
    cpe: str | None = None
    scope: str | None = None
    publisher: str | None = None
    author: str | None = None
    copyright: str | None = None
    description: str | None = None
    is_external: bool | None = None
    hashes: list[Hash | None] | None = None
    external_references: list[Reference | None] | None = None
    properties: list[Property | None] | None = None
    components: list["Component | None"] | None = None
    pedigree: Pedigree | None = None
    supplier: Raw = _RAW
    manufacturer: Raw = _RAW
    authors: Raw = _RAW
    licenses: Raw = _RAW
    evidence: Raw = _RAW
    swid: Raw = _RAW
    omnibor_id: Raw = _RAW
    swhid: Raw = _RAW
    tags: Raw = _RAW
    data: Raw = _RAW
    model_card: Raw = _RAW
    crypto_properties: Raw = _RAW
    patent_assertions: Raw = _RAW
    release_notes: Raw = _RAW
    signature: Raw = _RAW
    version_range: Raw = _RAW
    foreign: list[str | None] | None = field(name="@foreign", default=None)
    line: int = field(name="@line", default=0)
    column: int = field(name="@column", default=0)


class Service(_Struct, gc=False):
    """A service, wherever it stands."""

    ref: str | None = None
    name: str | None = None
    version: str | None = None
    group: str | None = None
    description: str | None = None
    endpoints: list[str | None] | None = None
    external_references: list[Reference | None] | None = None
    properties: list[Property | None] | None = None
    services: list["Service | None"] | None = None
    provider: Raw = _RAW
    data: Raw = _RAW
    licenses: Raw = _RAW
    patent_assertions: Raw = _RAW
    release_notes: Raw = _RAW
    signature: Raw = _RAW
    tags: Raw = _RAW
    trust_zone: Raw = _RAW
    foreign: list[str | None] | None = field(name="@foreign", default=None)
    line: int = field(name="@line", default=0)
    column: int = field(name="@column", default=0)


class Tool(_Struct, gc=False):
    """A tool in the manner of 1.2 to 1.4 (still allowed in 1.7)."""

    vendor: str | None = None
    name: str | None = None
    version: str | None = None
    hashes: list[Hash | None] | None = None
    external_references: list[Reference | None] | None = None
    foreign: list[str | None] | None = field(name="@foreign", default=None)


class Nodes(_Struct, gc=False):
    """Components and services of a part that is no list of ingredients, such as `metadata.tools` since 1.5."""

    components: list[Component | None] | None = None
    services: list[Service | None] | None = None


class Metadata(_Struct, gc=False):
    """What the document says about itself and its product."""

    component: Component | None = None
    tools: Nodes | list[Tool | None] | None = None
    supplier: Raw = _RAW
    manufacture: Raw = _RAW
    manufacturer: Raw = _RAW
    authors: Raw = _RAW
    licenses: Raw = _RAW
    lifecycles: Raw = _RAW
    properties: list[Property | None] | None = None
    timestamp: Raw = _RAW
    distribution_constraints: Raw = _RAW


class Dependency(_Struct, gc=False):
    """The ingredients of one element, all by reference."""

    ref: str | None = field(name="ref", default=None)
    depends_on: list[str | None] | None = None
    provides: list[str | None] | None = None


class Composition(_Struct, gc=False):
    """How complete the author says that some elements are."""

    ref: str | None = None
    aggregate: str | None = None
    assemblies: list[str | None] | None = None
    dependencies: list[str | None] | None = None
    vulnerabilities: list[str | None] | None = None
    signature: Raw = _RAW


class Formula(_Struct, gc=False):
    """How the product was made."""

    ref: str | None = None
    components: list[Component | None] | None = None
    services: list[Service | None] | None = None
    workflows: list[Raw] | None = None
    properties: list[Property | None] | None = None


class Document(_Struct, gc=False):
    """A whole BOM."""

    bom_format: str | None = None
    spec_version: str | None = None
    serial_number: str | None = None
    schema: str | None = None
    version: int | str | None = None
    metadata: Metadata | None = None
    components: list[Component | None] | None = None
    services: list[Service | None] | None = None
    dependencies: list[Dependency | None] | None = None
    external_references: list[Reference | None] | None = None
    compositions: list[Composition | None] | None = None
    formulation: list[Formula | None] | None = None
    properties: list[Property | None] | None = None
    annotations: Raw = _RAW
    vulnerabilities: Raw = _RAW
    declarations: Raw = _RAW
    definitions: Raw = _RAW
    citations: Raw = _RAW
    signature: Raw = _RAW
    foreign: list[str | None] | None = field(name="@foreign", default=None)


class SlicedDocument(Document, gc=False):
    """A BOM whose components are still text."""

    components: list[Raw] | None = None  # type: ignore[assignment]  # msgspec decodes by the field of the subclass
