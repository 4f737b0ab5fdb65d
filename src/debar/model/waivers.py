"""Waivers: findings that are true and that somebody accepts, for a time; docs/waivers.md.

They come from files that the user names, never from an SBOM. A waiver that does not fit letter by letter, or is not in
effect at the instant, clears nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from debar.model.knowledge import Named, spellings
from debar.model.policy import Id, Outcome, Text

if TYPE_CHECKING:
    from debar.model.decision import Evidence, Ruling
    from debar.model.inventory import Component

#: A date, which is 00:00 UTC, or an instant in UTC.
When = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$")]
_Rule = Annotated[str, Meta(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*)?$", max_length=161)]
_MaybeId = Annotated[str, Meta(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]*)?$", max_length=80)]
_Sha256 = Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?$")]


class Waiver(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One component that may stay although a rule bars it, who answers for that, why, and until when.

    `rule` (``REGIME/RULE``) waives what that rule says; `fact` waives what rests on that fact, under `regime` or every
    regime. Every other key narrows: `accepts` is the worst outcome that it clears; `path` is one way from the product,
    or its ingredient, to the component, each step a purl, a name or name@version; `sbom` is the SHA-256 of the
    document; `value` is the text that matched. Raw text that no section explains is waived only by its text, because
    it stands on the product whatever it is.
    """

    id: Id
    component: Named
    reason: Text
    approver: Text
    created: When
    expires: When
    rule: _Rule = ""
    fact: _MaybeId = ""
    regime: _MaybeId = ""
    path: tuple[Text, ...] = ()
    sbom: _Sha256 = ""
    value: str = ""
    accepts: Literal["fail", "review"] = "fail"

    def concerns(self, ruling: Ruling) -> bool:
        """Tell whether it speaks of a rule under a regime, and accepts how bad that is."""
        accepted = ruling.unwaived is Outcome.REVIEW or (ruling.unwaived is Outcome.FAIL and self.accepts == "fail")
        return accepted and self.rule in {"", ruling.rule} and self.regime in {"", ruling.regime}

    def covers(self, item: Evidence) -> bool:
        """Tell whether it accepts that piece of evidence, on whatever path."""
        if self.fact not in {"", item.fact.id}:
            return False
        return self.value == item.value or (not self.value and item.field != "raw-text")


def moment(text: str) -> datetime:
    """Return the instant that a `When` means."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def names_step(text: str, component: Component) -> bool:
    """Tell whether a step of a waiver's path means that component."""
    named = {component.name, component.label, f"{component.name}@{component.version}", *spellings(component.purl)}
    return bool(text) and not component.synthetic and text in named


class Waivers(msgspec.Struct, frozen=True, kw_only=True):
    """Waivers of a file of the user with the lines where they begin; the digest is SHA-256 over the bytes."""

    path: str
    digest: str
    waivers: tuple[Waiver, ...]
    lines: tuple[int, ...]


class WaiverState(Enum):
    """What became of a waiver in a run."""

    APPLIED = "applied"
    EXPIRED = "expired"
    UNUSED = "unused"


class WaiverUse(msgspec.Struct, frozen=True, kw_only=True):
    """A waiver, where it stands, what became of it and why; `findings` are (pack, id) of what it clears.

    `soon` says that it expires within 30 days.
    """

    waiver: Waiver
    path: str
    line: int
    state: WaiverState
    why: str = ""
    soon: bool = False
    findings: tuple[tuple[str, str], ...] = ()
