"""What the facts and regimes of a pack must be beyond their shape, so that matching and judging cannot go wrong."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from debar.model.policy import USES, Article, Fact, FactKind, Outcome, Rule
from debar.packs.plain import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from debar.packs.plain import Place, Problem

# A stem is looked for inside raw text, so it must be too long to stand in ordinary words. Native scripts
# have more letters than the Latin one, and a syllable or word a letter.
_STEM_LETTERS = 5
_NATIVE_STEM_LETTERS = 4


def raw_id(place: Place) -> str:
    """Return the id that an item gives itself, whatever else is wrong with it, or an empty string."""
    found = place.at("id").data
    return found if isinstance(found, str) else ""


def duplicates(items: Iterable[Place], what: str) -> Iterator[Problem]:
    """Yield a problem for each item whose id another item before it has."""
    first: dict[str, Place] = {}
    for place in items:
        name = raw_id(place)
        if name in first:
            before = first[name].at("id").say("")
            yield place.at("id").say(f"{what} {shown(name)} is already in {before.file}, line {before.line}")
        elif name:
            first[name] = place


def pack_file(place: Place, folder: str, regimes: Iterable[Place]) -> Iterator[Problem]:
    """Check pack.yaml against the folder's name and the regimes."""
    if (name := raw_id(place)) and name != folder:
        yield place.at("id").say(f"{shown(name)} is not the name of the folder, {shown(folder)}")
    known = [raw_id(regime) for regime in regimes]
    for item in place.at("default_regimes").each():
        if item.data not in known:
            yield item.say(f"no regime {shown(item.data)}; there are {', '.join(known) or 'none'}")
    for key in ("edition_words", "not_near"):
        yield from (item.say(_LOWER) for item in place.at(key).each() if not _is_lower(item.data))
    yield from date(place.at("legal_as_of"))


_LOWER = "must be lower-case, or it never compares equal"


def _is_lower(value: object) -> bool:
    return not isinstance(value, str) or value == value.lower()


def date(place: Place) -> Iterator[Problem]:
    """Check that a date or instant is one of the calendar; its form is checked with the shape."""
    if isinstance(place.data, str) and place.data[:4].isdigit():
        try:
            datetime.fromisoformat(place.data)
        except ValueError:
            yield place.say(f"{shown(place.data)} is no date of the calendar")


def fact(item: Fact, place: Place, entities: Collection[str] | None) -> Iterator[Problem]:
    """Check one fact; None for `entities` where they are not known."""
    if item.entity and entities is not None and item.entity not in entities:
        yield place.at("entity").say(f"no entity {shown(item.entity)} in entities.yaml")
    if item.kind in {FactKind.PACKAGE, FactKind.NAMESPACE} and not item.types:
        yield place.say("`types` is missing: the purl types in which the name counts, such as [pypi]")
    yield from (here.say(_LOWER) for here in place.at("types").each() if not _is_lower(here.data))
    for number, value in enumerate(item.values):
        wrong = _value(item.kind, value)
        if wrong:
            yield place.at("values").at(number).say(f"{shown(value)} {wrong}")


def _value(kind: FactKind, value: str) -> str:
    """Say what is wrong with a value of that kind, or nothing; the forms are those that `match` compares."""
    if not any(letter.isalnum() for letter in value):
        return "holds no letter or digit"
    if kind is FactKind.STEM:
        return _stem(value)
    right, says = _FORMS.get(kind, _ANY_FORM)
    return "" if right.fullmatch(value) else says


_ANY_FORM = (re.compile(".*", re.DOTALL), "")
_FORMS = {
    FactKind.CPE: (
        re.compile(r"[^:A-Z*]+:\*?[^A-Z*]+"),
        "must be `vendor:product` or `vendor:*end` in lower case, as CPE names are compared",
    ),
    FactKind.CPE_VENDOR: (re.compile(r"[^:A-Z]+"), "must be a vendor alone, in lower case"),
    FactKind.HOST: (re.compile(r"[^/:]+\.[^/:]+"), "must be a host name alone, without scheme, port or path"),
    FactKind.REPOSITORY: (re.compile(r"[^:/]+(/[^:/]+)+"), "must be `host/owner` or `host/owner/repository`"),
}


def _stem(value: str) -> str:
    letters = sum(unicodedata.category(letter)[0] in "LM" for letter in value)
    least = _STEM_LETTERS if value.isascii() else _NATIVE_STEM_LETTERS
    if value != value.lower():
        return "must be lower-case: raw text is lower-cased before stems are looked for"
    if letters < least:
        return f"is too short for a stem: at least {least} letters, or it occurs in ordinary text"
    return ""


def regime(place: Place, rules: list[tuple[Rule, Place]], articles: Collection[Article]) -> Iterator[Problem]:
    """Check one regime file; `rules` are those of its rules that have the right shape, `articles` the facts' own."""
    name, stem = raw_id(place), PurePosixPath(place.file).stem
    if name and name != stem:
        yield place.at("id").say(f"{shown(name)} is not the name of the file, {shown(stem)}")
    yield from duplicates(place.at("rules").each(), "rule")
    yield from duplicates(place.at("quotations").each(), "quotation")
    yield from (here.say(_LOWER) for here in place.at("territory").each() if not _is_lower(here.data))
    yield from date(place.at("effective"))
    for instant in place.at("instants").each():
        yield from date(instant.at("at"))
    profiles = place.at("profiles").data
    profiles = list(profiles) if isinstance(profiles, dict) else []
    quotations = {raw_id(here) for here in place.at("quotations").each()}
    for item, here in rules:
        yield from _rule(item, here, profiles, quotations)
    yield from _twice(rules, place.at("effective").data)
    yield from _unruled(place, articles)


def _rule(item: Rule, place: Place, profiles: list[str], quotations: set[str]) -> Iterator[Problem]:
    for number, quote in enumerate(item.quotes):
        if quote not in quotations:
            yield place.at("quotes").at(number).say(f"no quotation {shown(quote)} in this regime")
    if item.use not in USES:
        yield place.at("use").say(f"{shown(item.use)} is none of {', '.join(USES)}")
    yield from _outcome(item, place, profiles)
    yield from date(place.at("effective"))


def _outcome(item: Rule, place: Place, profiles: list[str]) -> Iterator[Problem]:
    by_profile = item.outcome if isinstance(item.outcome, dict) else dict.fromkeys(profiles, item.outcome)
    for profile in by_profile:
        if profile not in profiles:
            yield place.at("outcome").at(profile).say(f"no such profile; there are {', '.join(profiles)}")
    for profile in profiles:
        if profile not in by_profile:
            yield place.at("outcome").say(f"says nothing for the profile {shown(profile)}")
    outcomes = set(by_profile.values())
    if Outcome.WAIVED in outcomes:
        yield place.at("outcome").say("no rule waives; only a waiver does")
    if outcomes & {Outcome.FAIL, Outcome.REVIEW} and not item.remedy.strip():
        yield place.say("`remedy` is missing: a rule that fails or asks for review says what to do")


def _twice(rules: list[tuple[Rule, Place]], since: object) -> Iterator[Problem]:
    """Find two rules of a regime, in force `since`, that rule the same from the same instant."""
    seen: dict[tuple[Article, str, object], str] = {}
    for item, place in rules:
        for number, article in enumerate(item.articles):
            first = seen.setdefault((article, item.use, item.effective or since), item.id)
            if first != item.id:
                what = f"{article.value} at use {item.use} is already ruled by {shown(first)} from the same instant"
                yield place.at("articles").at(number).say(what)


def _unruled(place: Place, wanted: Collection[Article]) -> Iterator[Problem]:
    """Find articles of facts without a rule for `shipped`, from which every weaker use inherits."""
    ruled = {
        article
        for rule in place.at("rules").each()
        if rule.at("use").data == "shipped" and isinstance(articles := rule.at("articles").data, list)
        for article in articles
        if isinstance(article, str)
    }
    for article in Article:
        if article in wanted and article.value not in ruled:
            yield place.at("rules").say(f"no rule says what {article.value} is at use shipped")
