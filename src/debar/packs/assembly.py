"""YAML files -> Pack and cases, with every mistake of every file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from debar.model.policy import USES, Entity, Fact, FactKind, Pack, Regime, Rule
from debar.packs import checks
from debar.packs.casefile import NO_FINDING, SERVICE_USES, Case, CaseEntry
from debar.packs.plain import Place, Problem, parse, shown
from debar.packs.schema import PackFile
from debar.packs.shape import convert, convert_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def assemble(folder: str, files: Mapping[str, bytes], digest: str) -> tuple[Pack | None, list[Problem]]:
    """Make a pack of its source files; `folder` is the folder's name. None if there is any problem."""
    problems: list[Problem] = []
    places = {name: place for name, data in files.items() if (place := parse(name, data, problems))}
    header = places.get("pack.yaml")
    fields = _header(header, problems)
    entity_files = [place for name, place in places.items() if name == "entities.yaml"]
    entities = [item for place in entity_files for item in convert_items(Entity, place, "entities", problems)]
    fact_files = [place for name, place in places.items() if name.startswith("facts/")]
    facts = [item for place in fact_files for item in convert_items(Fact, place, "facts", problems)]
    regime_files = [place for name, place in places.items() if name.startswith("regimes/")]
    regimes = [regime for place in regime_files if (regime := convert(Regime, place, problems))]

    entity_places = [here for place in entity_files for here in place.at("entities").each()]
    names = {checks.raw_id(here) for here in entity_places}
    problems += checks.duplicates(entity_places, "entity")
    problems += checks.duplicates((here for place in fact_files for here in place.at("facts").each()), "fact")
    problems += checks.duplicates(regime_files, "regime")
    for fact, here in facts:
        problems += checks.fact(fact, here, names)
    for place in regime_files:
        problems += checks.regime(place, _rules(place), {fact.article for fact, _ in facts})
    if header:
        problems += checks.pack_file(header, folder, regime_files)
    if not all(any(name.startswith(kind) for name in files) for kind in ("facts/", "regimes/")):
        problems.append(Problem("pack.yaml", 1, "a pack needs facts (facts/*.yaml) and regimes (regimes/*.yaml)"))
    if not (facts or problems):
        problems.append(Problem(fact_files[0].file, 1, "the pack holds no facts, so it would find nothing"))
    if problems:
        return None, problems
    pack = Pack(
        **fields,
        entities=tuple(item for item, _ in entities),
        facts=tuple(item for item, _ in facts),
        regimes=tuple(regimes),
        digest=digest,
    )
    return pack, []


def _header(place: Place | None, problems: list[Problem]) -> dict[str, Any]:
    """Return the fields of pack.yaml, empty if they do not fit."""
    header = convert(PackFile, place, problems) if place else None
    return msgspec.structs.asdict(header) if header else {}


def _rules(place: Place) -> list[tuple[Rule, Place]]:
    """Return the rules of a regime file that have the right shape; the others are reported with the regime."""
    return [(rule, here) for here in place.at("rules").each() if (rule := convert(Rule, here, []))]


def read_cases(files: Mapping[str, bytes]) -> tuple[list[tuple[Case, Place]], list[Problem]]:
    """Read the cases of a pack's case files, with the mistakes in their shape and what needs no pack to be seen."""
    problems: list[Problem] = []
    places = [place for name, data in files.items() if (place := parse(name, data, problems))]
    entries = [item for place in places for item in convert_items(CaseEntry, place, "cases", problems)]
    cases = []
    seen: dict[str, Problem] = {}
    for entry, place in entries:
        start = place.say("")
        first = seen.setdefault(entry.name, start)
        if first is not start:
            problems.append(place.at("name").say(f"this name is already in {first.file}, line {first.line}"))
        problems += _case(entry, place)
        cases.append((Case(**msgspec.structs.asdict(entry), file=place.file, line=start.line), place))
    return cases, problems


def _case(case: CaseEntry, place: Place) -> Iterator[Problem]:
    """Check what a case says of itself."""
    if bool(case.rule) == bool(case.kind):
        yield place.say("give either `rule` or `kind`: what the case puts to the test")
    if (case.component is None) == (case.service is None):
        yield place.say("give either `component` or `service`: a CycloneDX fragment")
    if case.use not in USES:
        yield place.at("use").say(f"{shown(case.use)} is none of {', '.join(USES)}")
    elif case.service is not None and case.use not in SERVICE_USES:
        yield place.at("use").say(f"CycloneDX cannot say that of a service; only {', '.join(sorted(SERVICE_USES))}")
    if case.expect.outcome == NO_FINDING and case.expect.article:
        yield place.at("expect").at("article").say("no finding has no article: remove it, or expect an outcome")
    if case.expect.outcome != NO_FINDING and not case.expect.article:
        yield place.at("expect").say("`article` is missing: what the component is found to be")
    yield from checks.date(place.at("as_of"))


def check_cases(pack: Pack, cases: Iterable[tuple[Case, Place]]) -> Iterator[Problem]:
    """Check the cases against the pack, and that every rule and every kind of fact has its cases."""
    regimes = {regime.id: regime for regime in pack.regimes}
    tried: set[tuple[str | FactKind | None, bool]] = set()
    for case, place in cases:
        tried.add((case.rule or case.kind, case.expect.outcome != NO_FINDING))
        regime_id = case.rule.partition("/")[0] if case.rule else pack.default_regimes[0]
        if regime := regimes.get(regime_id):
            yield from _case_under(regime, case, place)
        else:
            yield place.at("rule").say(f"no regime {shown(regime_id)}; a rule is written regime-id/rule-id")
    for regime in pack.regimes:
        for rule in regime.rules:
            if (f"{regime.id}/{rule.id}", True) not in tried:
                yield Problem(f"regimes/{regime.id}.yaml", 1, f"the rule {rule.id} has no case: add one to cases/")
    for kind in dict.fromkeys(fact.kind for fact in pack.facts):
        for found, what in ((True, "finds something"), (False, f"looks alike and expects `outcome: {NO_FINDING}`")):
            if (kind, found) not in tried:
                yield Problem("pack.yaml", 1, f"facts of kind {kind.value} have no case that {what}: add one to cases/")


def _case_under(regime: Regime, case: Case, place: Place) -> Iterator[Problem]:
    """Check a case against the regime that it is judged under."""
    if case.expect.profile and case.expect.profile not in regime.profiles:
        known = ", ".join(regime.profiles)
        yield place.at("expect").at("profile").say(f"{regime.id} has no such profile; it has {known}")
    if not case.rule:
        return
    rule = next((rule for rule in regime.rules if f"{regime.id}/{rule.id}" == case.rule), None)
    if rule is None:
        yield place.at("rule").say(f"{regime.id} has no such rule; it has {', '.join(r.id for r in regime.rules)}")
    elif case.expect.article and case.expect.article not in rule.articles:
        covered = ", ".join(article.value for article in rule.articles)
        yield place.at("expect").at("article").say(f"the rule covers {covered}, not {case.expect.article.value}")
