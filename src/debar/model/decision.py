"""What debar concludes: evidence, paths, findings, the verdict.

All are msgspec Structs: making a frozen dataclass at import takes a millisecond, a Struct a thirtieth of it.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from debar.model.baseline import Baseline
    from debar.model.certificate import Certified
    from debar.model.elements import ElementKind
    from debar.model.inventory import Component, Document, Gap, Kind, Use
    from debar.model.knowledge import Corrected, Corrections, PrivateFacts
    from debar.model.policy import Article, Confidence, Fact, Outcome, Regime
    from debar.model.waivers import Waivers, WaiverUse


class Status(Enum):
    """The verdict, worst first."""

    FAIL = "fail"
    REVIEW = "review"
    INCOMPLETE = "incomplete"
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    NOT_APPLICABLE = "not-applicable"


class Completeness(Enum):
    """How much the inventory must prove before a pass (docs/design.md 7, the columns of its table)."""

    INVENTORY = "inventory"
    STANDARD = "standard"
    CERTIFY = "certify"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One value in one field of one component that matches one fact.

    `folds` names the normalisations that the match needed; `confidence` is the fact's, lowered by what
    the field can prove. A fold beyond case and compatibility forms is `obfuscated`. `line` and `column`
    are set only where the raw text is the evidence; otherwise the component's place counts. `private` marks
    what rests on a fact of the user's own.
    """

    component: int
    field: str
    value: str
    fact: Fact
    confidence: Confidence
    folds: tuple[str, ...] = ()
    obfuscated: bool = False
    line: int = 0
    column: int = 0
    private: bool = False


class NearMiss(msgspec.Struct, frozen=True, kw_only=True):
    """A value that looks like the vendor's name and was not flagged, and why not."""

    component: int
    field: str
    value: str
    why: str


class Matches(msgspec.Struct, frozen=True, kw_only=True):
    """What matching found: evidence in the order of components, and near misses."""

    evidence: tuple[Evidence, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()


class Step(msgspec.Struct, frozen=True):
    """One component on a path and the kind of the edge that leads to it (None for the product)."""

    component: int
    kind: Kind | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """How the product comes to hold an offender, within the offender's effective use.

    `paths` are the first k in order of length. `count` is exact over the condensed graph: cycles are
    shrunk to one node each, and each edge between two of them counts. `introduced_by` are the direct
    ingredients of the product on some path. Removing any one of `cut`, or any one edge of `cut_edges`,
    removes the offender; both are ordered from the product to the offender, the first twenty at most. Where
    the paths of all findings together grow beyond half a million steps, further ones show only their end.
    """

    use: Use
    paths: tuple[tuple[Step, ...], ...]
    count: int
    introduced_by: tuple[int, ...] = ()
    cut: tuple[int, ...] = ()
    cut_edges: tuple[tuple[int, int], ...] = ()


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one finding under one regime: which rule, why, and what to do.

    `later` is the outcome that the rule will have once it is in force, while it is not. What is waived keeps the
    outcome that it would have (`waived`) and the ids of the waivers, in order.
    """

    regime: str
    outcome: Outcome
    rule: str
    citation: str
    why: str
    remedy: str = ""
    later: Outcome | None = None
    waived: Outcome | None = None
    waivers: tuple[str, ...] = ()

    @property
    def unwaived(self) -> Outcome:
        """The outcome, had nobody waived it."""
        return self.waived or self.outcome


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One offending component, by the facts and regimes of one pack.

    `id` survives reordering and a change of format (docs/design.md 3), and is unique within its pack. `existing` says
    that the baseline has it too; `since` is the first edge on its path that the baseline lacks.
    """

    id: str
    pack: str
    article: Article
    use: Use
    confidence: Confidence
    obfuscated: bool
    component: int
    evidence: tuple[Evidence, ...]
    rulings: tuple[Ruling, ...]
    route: Route
    line: int = 0
    column: int = 0
    existing: bool = False
    since: tuple[int, int] | None = None

    def ruling(self, regime: str) -> Ruling | None:
        """Return the ruling under that regime, or None."""
        return next((ruling for ruling in self.rulings if ruling.regime == regime), None)


class RegimeVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict under one regime; only gating ones decide the top verdict.

    `from_when` says when the regime starts to hold, if that is after the instant judged. `title`, `citation`
    and `url` are the regime's own, and `law` is all of it, with its quotations. `waived` counts findings that would
    fail or need review, `ungated` those that only new ones decide over (`--new-only`).
    """

    regime: str
    profile: str
    gating: bool
    status: Status
    reason: str
    from_when: str = ""
    title: str = ""
    citation: str = ""
    url: str = ""
    waived: int = 0
    ungated: int = 0
    law: Regime


class GapRuling(msgspec.Struct, frozen=True, kw_only=True):
    """A gap and whether it blocks a pass (`blocks`) or is only a stated limit, with the sentence that helps."""

    gap: Gap
    blocks: bool
    message: str


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of components (without the product, tools and synthetic nodes) and of links."""

    components: int
    with_supplier: int
    with_identifier: int
    with_hash: int
    identified: int
    reachable: int
    links_resolved: int
    links_total: int


class Element(msgspec.Struct, frozen=True):
    """How many of `total` documents or components carry a minimum element."""

    kind: ElementKind
    present: int
    total: int


class PackInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Which pack decided."""

    id: str
    version: str
    title: str
    digest: str
    legal_as_of: str
    vendor: str
    disclaimer: str


def _nowhere(_component: int) -> tuple[int, int]:
    return 0, 0


class Verdict(msgspec.Struct, frozen=True, kw_only=True):  # noqa: PLW1641 - its components are a list
    """The whole answer. Component numbers index `components`; documents index `documents`.

    `packs` are those that decided, in the order given. `facts` and `corrected` tell what the user knew beyond
    them: files of private facts, and every correction with what it removed; `corrections` are its files. `waived` tells
    what became of every waiver, ordered by id; `waivers` are its files.
    """

    status: Status
    reason: str
    packs: tuple[PackInfo, ...]
    as_of: str
    market: str
    profile: Completeness
    regimes: tuple[RegimeVerdict, ...]
    findings: tuple[Finding, ...]
    gaps: tuple[GapRuling, ...]
    coverage: Coverage
    elements: tuple[Element, ...]
    documents: tuple[Document, ...]
    components: Sequence[Component]
    relation_counts: tuple[int, ...]
    component_counts: tuple[int, ...]
    notes: tuple[str, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    facts: tuple[PrivateFacts, ...] = ()
    corrections: tuple[Corrections, ...] = ()
    corrected: tuple[Corrected, ...] = ()
    #: Gives the 1-based (line, column) of any component, (0, 0) if unknown; for reports that place whole paths.
    places: Callable[[int], tuple[int, int]] = _nowhere
    waivers: tuple[Waivers, ...] = ()
    waived: tuple[WaiverUse, ...] = ()
    baseline: Baseline | None = None
    certified: tuple[Certified, ...] = ()

    def __eq__(self, other: object) -> bool:
        """Tell whether two verdicts say the same; how components are placed is no part of what they say."""
        said = [name for name in self.__struct_fields__ if name != "places"]
        return isinstance(other, Verdict) and all(getattr(self, name) == getattr(other, name) for name in said)

    def __repr__(self) -> str:
        return f"Verdict(status={self.status}, reason={self.reason!r}, findings={len(self.findings)})"

    @property
    def pack(self) -> PackInfo:
        """The first pack: the only one, unless the user asked for several."""
        return self.packs[0]
