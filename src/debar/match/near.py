"""Near misses: what looked like the vendor's and was not flagged, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debar.match.addresses import split_url
from debar.match.packages import on_forge, split_purl
from debar.model.decision import NearMiss
from debar.model.fields import FIELDS, Role
from debar.model.policy import FactKind
from debar.text import forms, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from debar.model.inventory import Inventory
    from debar.model.policy import Fact, Pack

_FILES = frozenset({"file-name", "occurrence"})
_FORGE_HOSTS = frozenset({"github.com", "gitlab.com", "bitbucket.org"})
_GIVEN_AND_FAMILY = 2
_SHORTEST_NAME = 3


class Reasons:
    """Why a value that holds a stem of the pack names none of its facts."""

    def __init__(self, pack: Pack) -> None:
        self._surnames = {
            parts[0]
            for fact in pack.facts
            if fact.kind is FactKind.PARTY
            for value in fact.values
            if len(parts := words(forms(value)[-1].text)) == 1
        }
        self._other_names = frozenset(pack.not_near) - self._surnames

    def why(self, field: str, value: str) -> str:
        """Say in words why a value was not flagged."""
        registered = FIELDS[field]
        parts = words(forms(value)[-1].text)
        person = registered.role is Role.PARTY and len(parts) == _GIVEN_AND_FAMILY and parts[1] in self._surnames
        others = (part for part in parts if part in self._other_names)
        reasons = (
            (registered.role is Role.NEUTRAL, f"{registered.what}: this does not count"),
            (other := next(others, ""), f'"{other}" is known as a name of others'),
            (person, "a person's name, as the given name before it says; persons are not matched"),
            (_forge(field, value), "the owner of an account or repository chose this name; it is not the vendor's"),
            (self._surnames.isdisjoint(parts), "the vendor's name is only a part of a longer word"),
            (field in _FILES, "a file named for the vendor, as icons, rules and tests are, is not the vendor's file"),
            (field == "purl", "no package of the vendor has this name, and nobody's namespace is in it"),
        )
        fallback = "holds the vendor's name, but names no known product, party, package or address"
        return next((reason for holds, reason in reasons if holds), fallback)


def _forge(field: str, value: str) -> bool:
    if field == "purl":
        purl = split_purl(value)
        return purl is not None and on_forge(purl)
    split = split_url(value) if FIELDS[field].role is Role.ADDRESS else None
    return split is not None and split[0].lower() in _FORGE_HOSTS


def namesakes(inventory: Inventory, known: Mapping[str, Fact], flagged: Collection[int]) -> Iterator[NearMiss]:
    """Yield components that share one of the `short_names` of a pack and that nothing else flags."""
    wanted = inventory.mentions.distinct("name") & known.keys()
    for name, owner in inventory.mentions.owners("name", wanted) if wanted else ():
        if owner not in flagged:
            fact = known[name]
            why = f"has the name of {fact.values[0]} ({fact.what}, {fact.id}), and nothing else points there"
            yield NearMiss(component=owner, field="name", value=name, why=why)


def short_names(pack: Pack) -> dict[str, Fact]:
    """Return the names that packages and repositories of the vendor have without their owner's."""
    names: dict[str, Fact] = {}
    for fact in pack.facts:
        for value in fact.values:
            head, _, name = value.rpartition("/")
            packaged = fact.kind is FactKind.PACKAGE and not head
            if len(name) >= _SHORTEST_NAME and (packaged or (fact.kind is FactKind.REPOSITORY and "/" in head)):
                names.setdefault(name, fact)
    return names
