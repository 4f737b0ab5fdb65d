"""Inventory + pack -> evidence: staged, explainable matching without a fuzzy score.

Each field is compared by what it means, never by one pattern over everything: `_judges` is the registry.
A distinct value is matched once, however many components carry it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from debar.match.addresses import Addresses, registrable
from debar.match.anchors import Anchors
from debar.match.gate import Gate, among
from debar.match.hit import FIELD_CAP, Hit, lower
from debar.match.names import Parties, Phrases
from debar.match.near import Reasons, namesakes, short_names
from debar.match.packages import Packages, Purl, Repositories, on_forge, same_name, split_purl
from debar.match.sweep import Stems, place, unexplained
from debar.match.things import Cpes, Files, Identifiers
from debar.model.decision import Evidence, Matches, NearMiss
from debar.model.fields import FIELDS, Role
from debar.model.inventory import Has, Kind
from debar.model.policy import Confidence, FactKind
from debar.text import forms, obfuscated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from debar.model.inventory import Inventory
    from debar.model.policy import Pack

# Nothing that is compared part by part is longer; what is cut off here is still swept as raw text.
_LONGEST = 4_096
_ORDER = {field: number for number, field in enumerate(FIELDS)}
_MAILBOX = r"\s*<?[^\s<>@]{1,100}@[^\s<>@]{1,253}>?\s*"

__all__ = ["Matcher", "among", "match", "place"]


class Matcher:
    """A pack, made ready for comparing: `hits` judges one value of one field."""

    def __init__(self, pack: Pack) -> None:
        self.stems = Stems(pack)
        self._anchors = Anchors(pack, self.stems.plain)
        self._parties = Parties(pack, self.stems.plain)
        self.reasons = Reasons(pack)
        self.short_names = short_names(pack)
        anchors = {*self._anchors.words, *map(str.lower, self.short_names)}
        self.gate = Gate(anchors, self.stems.plain, self._parties.words, self._parties.targets)
        self._products = Phrases(pack, FactKind.PRODUCT)
        self._tokens = Phrases(pack, FactKind.TOKEN)
        self._packages = Packages(pack)
        self._repositories = Repositories(pack)
        self._addresses = Addresses(pack, self._repositories)
        self._files = Files(pack)
        self._cpes = Cpes(pack, self._products, self._parties)
        self._identifiers = Identifiers(pack)
        self._judges = self._registry()

    def warm(self) -> None:
        """Get ready for many small inventories, at the price of what pays only in large ones."""
        self.stems.warm()
        self.gate.warm()

    def _registry(self) -> dict[str, Callable[[str], Iterable[Hit]]]:
        judges: dict[str, Callable[[str], Iterable[Hit]]] = {
            "name": self._name,
            "ref": self._ref,
            "full-name": self._packages.name,
            "group": self._group,
            "purl": self._purl,
            "cpe": self._cpes.cpe,
            "swid": self._name,
            "hash": self._identifiers.value,
            "file-name": self._file,
            "occurrence": self._file,
            "code": self._code,
            "identifier": self._name,
            "signer": self._signer,
            "property": self._property,
            "contact": self._contact,
        }
        for field_id, field in FIELDS.items():
            if field.role is Role.ADDRESS:
                judges[field_id] = self._address(field_id)
            elif field.role is Role.PARTY:
                judges.setdefault(field_id, self._party)
            elif field.role is Role.PROSE:
                judges.setdefault(field_id, self._prose)
        return judges

    def suspects(self, values: Sequence[str]) -> frozenset[str]:
        """Return the values that `hits` should guess at: those that may be a misspelt name."""
        return frozenset(self._parties.suspects(values))

    def hits(self, field: str, value: str, *, guess: bool = True) -> list[Hit]:
        """Return what a value of a field matches, each fact once, capped by what the field can prove.

        Without `guess` a name that is misspelt in plain letters is not seen.
        """
        cap = FIELD_CAP.get(field)
        if cap is None:
            return []
        role = FIELDS[field].role
        absent = not self.stems.open(value) and self._anchors.absent(value)
        guessed = absent and guess and (role is Role.PARTY or field == "name")
        if absent and not guessed:
            return []
        found: dict[str, Hit] = {}
        for hit in self._guessed(field, value) if absent else self._judges[field](value):
            found.setdefault(hit.fact.id, hit._replace(cap=lower(cap, hit.cap, hit.fact.confidence)))
        if role is not Role.PROSE and all(hit.unless_purl for hit in found.values()):
            found |= {hit.fact.id: hit for hit in self._hidden(value)}
        return list(found.values())

    def _guessed(self, field: str, value: str) -> Iterator[Hit]:
        for hit in self._parties.guess(value):
            yield hit._replace(unless_purl=field == "name")

    def _hidden(self, value: str) -> Iterator[Hit]:
        """Flag a name that shows only after its disguise is taken off: an accident is unlikely."""
        seen = self.stems.seen(value)
        if seen and (obfuscated(seen[1]) or self.stems.stands_alone(value)):
            yield Hit(seen[0], Confidence.LIKELY, seen[1])

    def _name(self, value: str) -> Iterator[Hit]:
        packages = list(self._packages.name(value))
        yield from packages
        products = list(self._products.in_value(value))
        yield from products
        yield from self._tokens.in_value(value)
        yield from self._identifiers.value(value)
        # The scope of a known package is no second sign of the party.
        known = packages or any(lower(hit.cap, hit.fact.confidence) is Confidence.CERTAIN for hit in products)
        if not known:
            # Who publishes an npm package is its scope; what it is called after that is anybody's.
            owner = value.partition("/")[0] if value.startswith("@") else value
            for hit in (*self._parties.whole(owner), *self._parties.title(owner)) or self._parties.guess(owner):
                yield hit._replace(unless_purl=True)

    def _group(self, value: str) -> Iterator[Hit]:
        yield from self._packages.group(value)
        yield from self._products.in_value(value)
        for hit in self._parties.whole(value):
            yield hit._replace(unless_purl=True)

    def _party(self, value: str) -> Iterator[Hit]:
        hits = list(self._parties.named(value))
        yield from hits
        if not hits and re.fullmatch(_MAILBOX, value):
            # No person is named: the party is whose domain it is.
            for hit in self._addresses.email(value):
                yield hit._replace(cap=Confidence.LIKELY)

    def _contact(self, value: str) -> Iterable[Hit]:
        return list(self._addresses.email(value)) or self._prose(value)

    def _ref(self, value: str) -> Iterable[Hit]:
        """Judge the reference of a component: often a purl, else a name."""
        return self._purl(value) if value.startswith("pkg:") else self._name(value)

    def _file(self, value: str) -> Iterator[Hit]:
        base = value.replace("\\", "/").rpartition("/")[2]
        yield from self._files.path(value)
        yield from self._identifiers.path(value)
        yield from self._identifiers.value(value)
        yield from self._tokens.in_value(base)
        yield from self._products.in_value(base)

    def _code(self, value: str) -> Iterator[Hit]:
        yield from self._identifiers.value(value)
        yield from self._file(value)
        yield from self._parties.part(value[:_LONGEST].split("."))

    def _signer(self, value: str) -> Iterator[Hit]:
        yield from self._identifiers.distinguished_name(value)
        for attribute in re.split(r"[,+;\n]|(?<!\\)/", value[:_LONGEST]):
            name = attribute.partition("=")[2] or attribute
            yield from self._parties.whole(name)
            yield from self._products.in_value(name)
            yield from self._addresses.host(name.strip().removeprefix("*."))

    def _property(self, value: str) -> Iterator[Hit]:
        yield from self._identifiers.property(value)
        yield from self._tokens.in_value(value)
        for hit in self._prose(value):
            yield hit._replace(cap=Confidence.WEAK)

    def _prose(self, value: str) -> Iterator[Hit]:
        if self.stems.seen(value):
            for form in forms(value):
                hits = list(self._products.find(form)) or list(self._parties.inside(form))
                if hits:
                    yield from hits
                    return
        else:
            yield from self._tokens.in_value(value)

    def _address(self, field: str) -> Callable[[str], Iterable[Hit]]:
        def judge(value: str) -> Iterator[Hit]:
            hits = list(self._addresses.url(field, value))
            if not hits and field == "distribution":
                hits = list(self._files.path(value[:_LONGEST])) or list(self._parties.title(value[:_LONGEST]))
            yield from hits or self._parties.part(registrable(value))

        return judge

    def _purl(self, value: str) -> Iterator[Hit]:
        purl = split_purl(value)
        if purl is None:
            yield from self._prose(value)
            return
        hits = [*self._packages.purl(purl), *self._repositories.purl(purl), *self._purl_extras(purl)]
        yield from hits
        if all(hit.fact.confidence is Confidence.WEAK for hit in hits) and not on_forge(purl):
            # Whoever owns a namespace of that name is most likely the vendor; a lone package name is anybody's.
            parts = re.split(r"[/.]", purl.namespace)
            yield from self._parties.part((*parts, purl.name.partition(".")[0]) if "." in purl.name else parts)

    def _purl_extras(self, purl: Purl) -> Iterator[Hit]:
        for key, text in purl.qualifiers:
            if key in {"vcs_url", "download_url", "repository_url"}:
                yield from self._addresses.url("distribution", text)
            elif key == "tag_creator_name":
                yield from self._parties.whole(text)
            elif key == "file_name":
                yield from self._files.path(text)
        if purl.type == "swid":
            yield from self._parties.whole(purl.namespace.partition("/")[0])
            yield from self._products.in_value(purl.name)
        elif purl.type == "generic":
            yield from self._files.path(purl.name)
            yield from self._parties.whole(purl.namespace)
            yield from self._products.in_value(purl.name)
        # A sub-folder named for the vendor is that vendor's part of somebody else's module.
        for segment in purl.subpath.split("/") if purl.subpath else ():
            for hit in self._parties.whole(segment):
                yield hit._replace(cap=lower(hit.cap, Confidence.LIKELY))


def match(inventory: Inventory, pack: Pack, matcher: Matcher | None = None) -> Matches:
    """Compare every mention of an inventory with every fact of a pack.

    Evidence comes in the order of components, then fields. Near misses are values that hold one of the
    pack's stems and made no evidence, and namesakes of the vendor's packages. Raw text that no mention
    explains is evidence too (`sweep`).
    """
    matcher = matcher or Matcher(pack)
    evidence: list[Evidence] = []
    near: list[NearMiss] = []
    mentions = inventory.mentions
    told: dict[str, list[str]] = {}
    for field in mentions.fields():
        hits: dict[str, list[Hit]] = {}
        missed: dict[str, str] = {}
        told[field] = list(matcher.gate.telling(mentions.distinct(field)))
        suspects = matcher.suspects(told[field])
        for value in told[field]:
            found = matcher.hits(field, value, guess=value in suspects)
            if found:
                hits[value] = found
            elif matcher.stems.seen(value):
                missed[value] = matcher.reasons.why(field, value)
        evidence.extend(_evidence(inventory, field, hits))
        near.extend(
            NearMiss(component=owner, field=field, value=value, why=missed[value])
            for value, owner in mentions.owners(field, missed)
        )
    evidence.extend(_own_products(inventory, matcher))
    evidence.extend(_of_parts(inventory, evidence))
    near.extend(namesakes(inventory, matcher.short_names, {item.component for item in evidence}))
    evidence.sort(key=_place)
    near.sort(key=_place)
    loud = {item.value for item in evidence if item.confidence is not Confidence.WEAK}
    hidden = unexplained(inventory, matcher.stems, loud, told)
    return Matches(evidence=(*evidence, *hidden), near_misses=tuple(near))


def _place(item: Evidence | NearMiss) -> tuple[int, int]:
    return item.component, _ORDER[item.field]


def _evidence(inventory: Inventory, field: str, hits: dict[str, list[Hit]]) -> Iterator[Evidence]:
    seen: set[tuple[int, str, str]] = set()
    for value, owner in inventory.mentions.owners(field, hits):
        for hit in hits[value]:
            key = (owner, value, hit.fact.id)
            if key in seen or (hit.unless_purl and same_name(inventory.components[owner].purl, value)):
                continue
            seen.add(key)
            yield Evidence(
                component=owner,
                field=field,
                value=value,
                fact=hit.fact,
                confidence=hit.cap,
                folds=hit.folds,
                obfuscated=obfuscated(hit.folds),
            )


def _of_parts(inventory: Inventory, evidence: list[Evidence]) -> list[Evidence]:
    """Return the weak evidence on the parts of a component, as its own, where with it two facts say the same.

    An engine that nobody names shows in several files, each of which alone proves nothing.
    """
    weak: dict[int, list[Evidence]] = defaultdict(list)
    for item in evidence:
        if item.confidence is Confidence.WEAK and FIELDS[item.field].corroborates:
            weak[item.component].append(item)
    if not weak:
        return []
    parts: dict[int, dict[int, None]] = defaultdict(dict)
    for whole, part, kind in zip(inventory.sources, inventory.targets, inventory.kinds, strict=True):
        if part in weak and kind == Kind.INCLUDED and part != whole:
            parts[whole][part] = None
    return [
        replace(item, component=whole)
        for whole, owners in parts.items()
        if len({item.fact.id for owner in (whole, *owners) for item in weak.get(owner, ())}) > 1
        for owner in owners
        for item in weak[owner]
    ]


def _own_products(inventory: Inventory, matcher: Matcher) -> Iterator[Evidence]:
    """Ask for a look at a product that names no party and whose SBOM the vendor made: it may be the vendor's own."""
    for document in inventory.documents:
        if inventory.components[document.product].has & (Has.PARTY | Has.SUPPLIER):
            continue
        for maker in document.makers:
            for hit in matcher.hits("manufacturer", maker):
                yield Evidence(
                    component=document.product,
                    field="bom-author",
                    value=maker,
                    fact=hit.fact,
                    confidence=lower(hit.cap, hit.fact.confidence, Confidence.LIKELY),
                    folds=hit.folds,
                    obfuscated=obfuscated(hit.folds),
                )
