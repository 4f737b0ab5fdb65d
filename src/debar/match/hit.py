"""What a matcher answers, and how much a field can prove."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from debar.model.fields import FIELDS, Role
from debar.model.policy import Confidence

if TYPE_CHECKING:
    from debar.model.policy import Fact


class Hit(NamedTuple):
    """A fact that a value matches, capped by how it matched.

    `unless_purl` drops owners whose purl carries the same name: then the purl says whose name it is.
    """

    fact: Fact
    cap: Confidence = Confidence.CERTAIN
    folds: tuple[str, ...] = ()
    unless_purl: bool = False


ORDER = (Confidence.WEAK, Confidence.LIKELY, Confidence.CERTAIN)


def lower(*confidences: Confidence) -> Confidence:
    """Return the least of some confidences."""
    return min(confidences, key=ORDER.index)


_ROLE_CAP = {
    Role.IDENTITY: Confidence.CERTAIN,
    Role.PARTY: Confidence.CERTAIN,
    Role.ADDRESS: Confidence.LIKELY,
    Role.PROSE: Confidence.WEAK,
}

# A product is fetched from, or talks to, what its vendor runs; a home page or a tracker only hints.
_FIELD_CAP = {
    "endpoint": Confidence.CERTAIN,
    "distribution": Confidence.CERTAIN,
    "documentation": Confidence.WEAK,
    "ref": Confidence.LIKELY,
    # An id or a telling word there is more than prose; names are held at weak where they are found.
    "property": Confidence.LIKELY,
    "raw-text": Confidence.LIKELY,
}

FIELD_CAP = {
    key: _FIELD_CAP.get(key, _ROLE_CAP[field.role]) for key, field in FIELDS.items() if field.role is not Role.NEUTRAL
}
