"""What a pack says: entities, facts, regimes. All of it is data under `policy/`; nothing here knows a vendor.

The types are msgspec Structs, because a compiled pack decodes straight into them and the published
JSON Schemas are made from them.
"""

# Without `from __future__ import annotations`: msgspec would compile every one of them again when a decoder is made.
from enum import Enum
from typing import Annotated

import msgspec
from msgspec import Meta

from debar.model.inventory import Use


class Article(Enum):
    """What a thing is, worst first: between two products of one component the earlier one wins."""

    ENGINE = "engine"
    CYBERSECURITY = "cybersecurity"
    EQUIPMENT = "equipment"
    SURVEILLANCE_EQUIPMENT = "surveillance-equipment"
    ENTITY = "entity"
    OTHER_SOFTWARE = "other-software"
    AFFILIATE_SOFTWARE = "affiliate-software"
    THREAT_INTELLIGENCE = "threat-intelligence"
    TRAINING = "training"
    CONNECTOR = "connector"


class FactKind(Enum):
    """How a fact's value is compared, and in which fields; one module of `match/` a kind."""

    PARTY = "party"
    CPE = "cpe"
    CPE_VENDOR = "cpe-vendor"
    PRODUCT = "product"
    PACKAGE = "package"
    NAMESPACE = "namespace"
    REPOSITORY = "repository"
    FILE = "file"
    HOST = "host"
    IDENTIFIER = "identifier"
    TOKEN = "token"  # noqa: S105 - a kind of fact, not a password
    STEM = "stem"


class Confidence(Enum):
    """How sure a fact is: certain takes the table's outcome, likely is capped at review, weak is a note."""

    WEAK = "weak"
    LIKELY = "likely"
    CERTAIN = "certain"


class Verified(Enum):
    """How a statement was checked: in the primary text, in a secondary source, or not at all."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    NO = "no"


class Outcome(Enum):
    """What a finding is under a regime, worst first."""

    FAIL = "fail"
    REVIEW = "review"
    NOTE = "note"
    NOT_APPLICABLE = "not-applicable"
    WAIVED = "waived"


class Basis(Enum):
    """Whether a rule restates the legal text or is this project's reading of it."""

    TEXT = "text"
    INTERPRETATION = "interpretation"


Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)]
Text = Annotated[str, Meta(min_length=1)]


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that is known about the vendor's software: a value, how to compare it, what a hit means.

    `types` narrows packages and namespaces to purl types. `exact` narrows a namespace or repository to
    itself (without it everything below counts too).
    """

    id: Id
    kind: FactKind
    values: Annotated[tuple[Text, ...], Meta(min_length=1)]
    article: Article
    confidence: Confidence
    what: Text
    source: Text
    verified: Verified = Verified.PRIMARY
    types: tuple[Text, ...] = ()
    exact: bool = False
    entity: str = ""
    note: str = ""


class Relation(Enum):
    """What an entity is to the vendor."""

    VENDOR = "vendor"
    AFFILIATE = "affiliate"
    MAJORITY_OWNED = "majority-owned"
    FORMER_NAME = "former-name"
    UNVERIFIED = "unverified"
    NOT_COVERED = "not-covered"


class Entity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A company or person and its relation to the vendor, with the evidence for it."""

    id: Id
    name: Text
    relation: Relation
    evidence: Text
    source: Text
    verified: Verified = Verified.PRIMARY
    names: tuple[Text, ...] = ()
    note: str = ""


class Quotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Exact words of a legal text, and where they were read."""

    id: Id
    text: Text
    source: Text
    verified: Verified = Verified.PRIMARY


class Instant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A moment (RFC 3339, UTC) from which something of a regime holds."""

    at: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    what: Text
    source: Text
    verified: Verified = Verified.PRIMARY


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Articles x use -> outcome. A use without a rule takes that of the next stronger use.

    `outcome` is one word, or one word a profile of the regime. `effective` overrides the regime's.
    """

    id: Id
    articles: Annotated[tuple[Article, ...], Meta(min_length=1)]
    use: Text
    outcome: Outcome | dict[str, Outcome]
    basis: Basis
    why: Text
    quotes: tuple[Id, ...] = ()
    remedy: str = ""
    effective: Annotated[str, Meta(pattern=r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?$")] = ""


class Regime(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One legal rule: where and since when it holds, and what it makes of each article and use.

    `effective` is the instant from which its rules count (RFC 3339, UTC); the other `instants` are told
    to the reader. The first profile is the default.
    """

    id: Id
    title: Text
    citation: Text
    authority: Text
    url: Text
    territory: Annotated[tuple[Text, ...], Meta(min_length=1)]
    effective: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    instants: tuple[Instant, ...]
    profiles: Annotated[dict[str, str], Meta(min_length=1)]
    scope: Text
    quotations: Annotated[tuple[Quotation, ...], Meta(min_length=1)]
    rules: Annotated[tuple[Rule, ...], Meta(min_length=1)]
    exclusions: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything that is known about one ban.

    `digest` is the SHA-256 over the source files; `max_age_days` counts from `legal_as_of`.
    `default_regimes` gate unless the user chooses others. `edition_words` may follow a product's name
    without making it another product; `not_near` are words that look like the vendor's name and are not.
    """

    id: Id
    version: Text
    title: Text
    description: Text
    vendor: Text
    legal_as_of: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$")]
    max_age_days: Annotated[int, Meta(ge=1)]
    default_regimes: Annotated[tuple[Id, ...], Meta(min_length=1)]
    disclaimer: Text
    missing_sources: tuple[str, ...] = ()
    legal_forms: tuple[str, ...] = ()
    edition_words: tuple[str, ...] = ()
    not_near: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()
    facts: tuple[Fact, ...] = ()
    regimes: tuple[Regime, ...] = ()
    digest: str = ""

    def regime(self, regime_id: str) -> Regime | None:
        """Return the regime of that id, or None."""
        return next((regime for regime in self.regimes if regime.id == regime_id), None)


USES: dict[str, Use] = {use.word: use for use in Use}
