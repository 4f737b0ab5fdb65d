"""The registry of fields: every place where an SBOM names something, and what a name there means.

A field's role decides how a match in it is judged (docs/design.md 3). Readers map the paths of their format
to these ids; a test compares those tables with the published schemas, so that a new string field is
classified before it can be overlooked.
"""

from __future__ import annotations

from enum import Enum

import msgspec


class Role(Enum):
    """What a name in a field says about the component that carries it."""

    IDENTITY = "identity"
    PARTY = "party"
    ADDRESS = "address"
    PROSE = "prose"
    NEUTRAL = "neutral"


class Field(msgspec.Struct, frozen=True):
    """One kind of place; `what` completes the sentence "this value is ..."."""

    id: str
    role: Role
    what: str

    @property
    def corroborates(self) -> bool:
        """Tell whether a match here supports another one: what prose and documentation say of others never does."""
        return self.role is not Role.PROSE and self.id != "documentation"


_IDENTITY = {
    "name": "the component's name",
    "group": "the component's group or namespace",
    "full-name": "the component's group and name together",
    "ref": "the id that the document gives the component",
    "purl": "a package URL",
    "cpe": "a CPE name",
    "swid": "a SWID tag id or name",
    "hash": "a checksum",
    "file-name": "a file's name or path",
    "occurrence": "a place where the component was found",
    "code": "a package, module, function or symbol in the component's code",
    "identifier": "another identifier of the component",
}
_PARTY = {
    "supplier": "the supplier",
    "manufacturer": "the manufacturer",
    "publisher": "the publisher",
    "author": "the author",
    "originator": "the originator",
    "licensor": "the licensor",
    "provider": "the provider of a service",
    "signer": "the holder or issuer of a certificate",
    "custodian": "who owns or keeps the component's data",
}
_ADDRESS = {
    "distribution": "where the component is downloaded from",
    "vcs": "the source repository",
    "website": "the home page",
    "endpoint": "a network endpoint of a service",
    "issue-tracker": "the issue tracker",
    "party-url": "the web address of a party",
    "reference": "another web reference",
    "documentation": "documentation or an advisory",
}
_PROSE = {
    "description": "a description",
    "copyright": "a copyright notice",
    "licence": "a licence name or text",
    "property": "a property",
    "comment": "a comment, note or tag",
    "contact": "a contact person or address",
    "contributor": "a contributor or committer",
    "version": "a version",
    "attachment": "attached text",
    "raw-text": "text of the document that no section explains",
}
_NEUTRAL = {
    "bom-author": "who made the SBOM",
    "bom-tool": "a tool that made the SBOM",
    "annotator": "who annotated the SBOM",
    "vulnerability": "vulnerability data, its sources, credits and tools",
    "licensee": "who holds or bought a licence",
    "patent": "patent data",
    "declaration": "an attestation about the product",
    "relation": "a reference to another element",
    "link": "a reference to another document",
    "metadata": "a timestamp, media type, number or term of a closed list",
    "signature": "signature material",
}

FIELDS: dict[str, Field] = {
    key: Field(key, role, what)
    for role, table in (
        (Role.IDENTITY, _IDENTITY),
        (Role.PARTY, _PARTY),
        (Role.ADDRESS, _ADDRESS),
        (Role.PROSE, _PROSE),
        (Role.NEUTRAL, _NEUTRAL),
    )
    for key, what in table.items()
}
