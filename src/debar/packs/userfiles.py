"""The user's own files: private facts, corrections and waivers.

They are YAML or JSON, and held to the same shape and lint as a pack.

What needs YAML is imported where it is used, as in `loading`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from debar.errors import PolicyError
from debar.model.knowledge import Correction, Corrections, Named, PrivateFacts
from debar.model.policy import Fact
from debar.text import unmask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debar.model.policy import Pack
    from debar.model.waivers import Waiver, Waivers
    from debar.packs.plain import Place, Problem


def private_facts(paths: Sequence[str | Path], packs: Sequence[Pack]) -> tuple[PrivateFacts, ...]:
    """Read files of facts that join packs of a run; raises `PolicyError` with every mistake of every file."""
    problems: list[Problem] = []
    taken = {fact.id: f"the pack {pack.id}" for pack in packs for fact in pack.facts}
    files = []
    for path in paths:
        place, digest = _opened(path, problems)
        if place is None:
            continue
        found = _facts(place, problems)
        pack = _joined_pack(place, packs, problems)
        for fact, here in found:
            if fact.id in taken:
                problems.append(here.at("id").say(f"fact {fact.id} is already in {taken[fact.id]}"))
            taken.setdefault(fact.id, str(path))
            if pack:
                problems += _against(fact, here, pack)
        name = pack.id if pack else ""
        files.append(PrivateFacts(path=str(path), digest=digest, pack=name, facts=tuple(fact for fact, _ in found)))
    _refuse(problems)
    return tuple(files)


def corrections(paths: Sequence[str | Path]) -> tuple[Corrections, ...]:
    """Read files of corrections; raises `PolicyError` with every mistake of every file."""
    problems: list[Problem] = []
    files = []
    for path in paths:
        place, digest = _opened(path, problems)
        found = _corrections(place, problems) if place else []
        lines = tuple(here.say("").line for _, here in found)
        files.append(Corrections(path=str(path), digest=digest, corrections=tuple(c for c, _ in found), lines=lines))
    _refuse(problems)
    return tuple(files)


def waivers(paths: Sequence[str | Path]) -> tuple[Waivers, ...]:
    """Read files of waivers; raises `PolicyError` with every mistake of every file.

    So that a mistake never clears anything, one keeps all waivers of the run from counting.
    """
    if not paths:
        return ()
    from debar.model.waivers import Waivers as Filed
    from debar.packs import checks

    problems: list[Problem] = []
    files, places = [], []
    for path in paths:
        place, digest = _opened(path, problems)
        found = _waivers(place, problems) if place else []
        places += [here for _, here in found]
        lines = tuple(here.say("").line for _, here in found)
        files.append(Filed(path=str(path), digest=digest, waivers=tuple(one for one, _ in found), lines=lines))
    # Reports and findings name a waiver by its id alone.
    problems += checks.duplicates(places, "waiver")
    _refuse(problems)
    return tuple(files)


def lint_file(path: str | Path) -> list[str]:
    """Return every mistake of a file of private facts, corrections or waivers as ``path:LINE: what``, sorted.

    Whether it fits a pack shows when the two are used together. Raises `PolicyError` if it cannot be read.
    """
    problems: list[Problem] = []
    place, _ = _opened(path, problems)
    if place:
        keys = place.data if isinstance(place.data, dict) else {}
        kind = _corrections if "corrections" in keys else _waivers if "waivers" in keys else _facts
        found = kind(place, problems)
        if kind is _waivers:
            from debar.packs import checks

            problems += checks.duplicates((here for _, here in found), "waiver")
    return [str(problem) for problem in sorted(problems)]


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise PolicyError([str(problem) for problem in sorted(problems)])


def _opened(path: str | Path, problems: list[Problem]) -> tuple[Place | None, str]:
    """Return the content of a file, None if it is no YAML, and its digest."""
    from debar.packs.plain import parse

    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise PolicyError([f"{path}:1: cannot be read: {error.strerror}"]) from error
    # A pack's digest is over LF; this one is over the bytes, so that any tool can recompute it.
    return parse(str(path), data, problems), hashlib.sha256(data).hexdigest()


def _facts(place: Place, problems: list[Problem]) -> list[tuple[Fact, Place]]:
    from debar.packs import checks
    from debar.packs.shape import convert_items

    found = convert_items(Fact, place, "facts", problems, beside="pack")
    problems += checks.duplicates(place.at("facts").each(), "fact")
    for fact, here in found:
        problems += checks.fact(fact, here, None)
    if not found and not problems:
        problems.append(place.say("the file holds no facts"))
    return found


def _joined_pack(place: Place, packs: Sequence[Pack], problems: list[Problem]) -> Pack | None:
    """Return the pack that a file's facts join: the one that it names, or the only one of the run."""
    from debar.packs.plain import shown

    known = ", ".join(pack.id for pack in packs)
    named = place.at("pack")
    if named.data is None:
        if len(packs) == 1:
            return packs[0]
        problems.append(place.say(f"`pack` is missing: which of the packs of this run the facts join, {known}"))
        return None
    pack = next((pack for pack in packs if pack.id == named.data), None)
    if pack is None:
        problems.append(named.say(f"{shown(named.data)} is no pack of this run, which has {known}"))
    return pack


def _against(fact: Fact, place: Place, pack: Pack) -> Iterator[Problem]:
    """Check a private fact against the pack that it joins."""
    if fact.entity and fact.entity not in {entity.id for entity in pack.entities}:
        yield place.at("entity").say(f"the pack {pack.id} has no entity {fact.entity}")
    for regime in pack.regimes:
        if all(fact.article not in rule.articles for rule in regime.rules):
            yield place.at("article").say(f"{regime.id} has no rule for {fact.article.value}")


def _corrections(place: Place, problems: list[Problem]) -> list[tuple[Correction, Place]]:
    from debar.packs.shape import convert_items

    found = convert_items(Correction, place, "corrections", problems)
    for correction, here in found:
        problems += _identity(correction.component, here.at("component"), "correction")
        problems += _blank(here, reason=correction.reason, reviewer=correction.reviewer)
    if not found and not problems:
        problems.append(place.say("the file holds no corrections"))
    return found


def _waivers(place: Place, problems: list[Problem]) -> list[tuple[Waiver, Place]]:
    from debar.model.waivers import Waiver as Item
    from debar.packs import checks
    from debar.packs.shape import convert_items

    for here in place.at("waivers").each():
        for key in ("created", "expires"):
            problems += checks.date(here.at(key))
    found = convert_items(Item, place, "waivers", problems)
    for waiver, here in found:
        problems += _identity(waiver.component, here.at("component"), "waiver")
        problems += _blank(here, reason=waiver.reason, approver=waiver.approver)
        problems += _waives(waiver, here)
    if not found and not problems:
        problems.append(place.say("the file holds no waivers"))
    return found


def _waives(waiver: Waiver, place: Place) -> Iterator[Problem]:
    """Check that a waiver is of one thing and ends."""
    from debar.model.waivers import moment
    from debar.packs.plain import shown

    if not waiver.rule and not waiver.fact:
        yield place.say("give `rule` (REGIME/RULE) or `fact`, as reports name them: nothing waives everything")
    if waiver.rule and waiver.regime not in {"", waiver.rule.partition("/")[0]}:
        yield place.at("regime").say(f"the rule {waiver.rule} is not one of {waiver.regime}")
    for number, step in enumerate(waiver.path):
        if "*" in step or not step.strip():
            yield place.at("path").at(number).say("no wildcards: each step is a purl, a name or name@version")
    try:
        created, expires = moment(waiver.created), moment(waiver.expires)
    except ValueError:
        return
    if expires <= created:
        yield place.at("expires").say(f"{shown(waiver.expires)} is not after `created`, {shown(waiver.created)}")


def _blank(place: Place, **texts: str) -> Iterator[Problem]:
    # A zero-width space is no reason, and no name either.
    return (place.at(key).say("must not be empty") for key, text in texts.items() if not unmask(text).text.strip())


def _identity(named: Named, place: Place, what: str) -> Iterator[Problem]:
    """Check that one component is named, and not whatever happens to be called so."""
    for key, text in (("purl", named.purl), ("name", named.name), ("ref", named.ref)):
        if "*" in text:
            yield place.at(key).say(f"no wildcards: a {what} is for one component")
    if not named.purl and not named.name:
        yield place.say("give `purl`, or `name` and `version`: a reference alone is no identity")
    elif named.purl and not named.purl.startswith("pkg:"):
        yield place.at("purl").say("is no purl: it begins with pkg:")
    elif not named.purl and named.version is None:
        yield place.say('`version` is missing beside `name`; "" where the SBOM states none')
