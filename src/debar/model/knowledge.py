"""What the user knows beyond the packs: private facts, and corrections of what was matched.

Both come from files that the user names, never from an SBOM, and both are told in every report with the
digest of their file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from debar.model.policy import Fact, Id, Text  # noqa: TC001 - msgspec evaluates the annotations

if TYPE_CHECKING:
    from debar.model.decision import Evidence
    from debar.model.inventory import Component


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which component is meant; every key that is given must be equal, letter by letter.

    Either `purl` (without a version it means every version, without qualifiers all of them), or `name` with
    `version` ("" where the SBOM states none). `ref` narrows both; alone it is no identity, because
    generators number their references anew.
    """

    purl: str = ""
    name: str = ""
    version: str | None = None
    ref: str = ""

    def names(self, component: Component) -> bool:
        """Tell whether this is that component."""
        return (
            bool(self.purl or self.name)
            and (not self.purl or self.purl in spellings(component.purl))
            and (not self.name or self.name == component.name)
            and (self.version is None or self.version == component.version)
            and (not self.ref or self.ref == component.ref)
            and not component.synthetic
        )


def spellings(purl: str) -> tuple[str, str, str]:
    """Return a purl as it stands, without qualifiers and subpath, and without the version too."""
    bare = purl.partition("#")[0].partition("?")[0]
    base, at, version = bare.rpartition("@")
    return purl, bare, base if at and "/" not in version else bare


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One fact that is not true of one component, who found that out and how.

    `value` narrows it to evidence of exactly that text. Raw text that no section explains is corrected only
    by its text, because it stands on the product whatever it is.
    """

    fact: Id
    component: Named
    reason: Text
    reviewer: Text
    value: str = ""

    def removes(self, item: Evidence, component: Component) -> bool:
        """Tell whether evidence on a component is what this corrects."""
        if item.fact.id != self.fact or not self.component.names(component):
            return False
        return self.value == item.value or (not self.value and item.field != "raw-text")


class PrivateFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of a file of the user, with the id of the pack that they join; the digest is SHA-256 over the bytes."""

    path: str
    digest: str
    pack: str
    facts: tuple[Fact, ...]


class Corrections(msgspec.Struct, frozen=True, kw_only=True):
    """Corrections of a file of the user with the lines where they begin; the digest is SHA-256 over the bytes."""

    path: str
    digest: str
    corrections: tuple[Correction, ...]
    lines: tuple[int, ...]


class Corrected(msgspec.Struct, frozen=True, kw_only=True):
    """A correction, where it stands, and the evidence that it removed (none: it fits nothing here)."""

    correction: Correction
    path: str
    line: int
    evidence: tuple[Evidence, ...] = ()
