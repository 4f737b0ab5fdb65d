"""The one place where the stages meet: read, link, match, graph, verdict."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from debar.errors import InputError, UnreadableInput, UsageError
from debar.graph import ProductGraph, affordable
from debar.link import Linked, link
from debar.match import Matcher, among, match
from debar.model.decision import Completeness, Matches
from debar.model.inventory import Gap
from debar.model.policy import Pack
from debar.packs.together import together
from debar.read import Limits, Locator, read_all, read_folder
from debar.verdict import Terms, correct, decide, unbound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from os import PathLike

    from debar.model.certificate import Supplied
    from debar.model.decision import Verdict
    from debar.model.inventory import Document, Inventory
    from debar.model.knowledge import Corrections, PrivateFacts
    from debar.model.waivers import Waivers
    from debar.read.limits import Telling
    from debar.validate.problem import Place, Problem
    from debar.verdict.baseline import Before


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """One SBOM, or a carrier of several: its bytes and the name it goes by in messages and reports.

    `folder` says that `path` is a folder, to be read when its turn comes.
    """

    path: str
    data: bytes = b""
    folder: bool = False


_MOST_PROBLEMS = 100
#: Offenders beyond which each is shown with one path.
_MANY = 500


def from_file(path: str | PathLike[str]) -> Input:
    """Read a file named by the user (never one named by an SBOM); ``-`` is standard input.

    Raises `UnreadableInput` with the reason in plain words.
    """
    name = fspath(path)
    try:
        if name == "-":
            return Input(path="(standard input)", data=sys.stdin.buffer.read())
        return Input(path=name, data=Path(name).read_bytes())
    except IsADirectoryError:
        return Input(path=name, folder=True)
    except FileNotFoundError as error:
        raise UnreadableInput(name, "no such file") from error
    except OSError as error:
        raise UnreadableInput(name, f"cannot be read: {error.strerror}") from error


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What to judge by.

    `as_of` is an instant with zone (RFC 3339) or a date (00:00 UTC); None is now. `regimes` maps the ids
    that gate to a profile of theirs, "" being the default; empty means the default regimes of every pack.
    `paths` is how many paths to show for each finding. `candidates` join only if an input links to them.
    `facts` and `corrections` are what the user knows beyond the packs (`debar.packs.private_facts`,
    `debar.packs.corrections`). `waivers` (`debar.packs.waivers`) are judged at the later of `as_of` and now. With a
    `baseline`, an earlier state of the product, findings are new or existing, and `new_only` lets only new ones decide.
    `gaps` are reasons, beside those that the SBOMs give, why the inventory may be incomplete.
    """

    as_of: str | None = None
    market: str = "us"
    regimes: Mapping[str, str] = msgspec.field(default_factory=dict)
    profile: Completeness = Completeness.STANDARD
    paths: int = 3
    candidates: Sequence[Input] = ()
    limits: Limits = Limits()
    facts: Sequence[PrivateFacts] = ()
    corrections: Sequence[Corrections] = ()
    waivers: Sequence[Waivers] = ()
    baseline: Sequence[Input] = ()
    new_only: bool = False
    #: Digests (hex) of the product's artefacts, for whether the SBOMs are bound to them.
    artefacts: tuple[str, ...] = ()
    #: Why the vendor itself asserts that the SBOMs are complete; empty if it does not.
    complete: str = ""
    suppliers: tuple[Supplied, ...] = ()
    #: What the user should know about the options themselves, for the report.
    notes: tuple[str, ...] = ()
    gaps: Sequence[Gap] = ()


def load(inputs: Sequence[Input], options: Options, telling: Telling | None = None) -> Linked:
    """Read and join the SBOMs of one product; candidates that cannot be read are no candidates, and are noted.

    With `telling` the inventory holds no mentions of components that cannot match (`Source.telling`).
    """
    if not inputs:
        raise UsageError("no SBOM given")
    inventories: list[Inventory] = []
    candidates: list[Inventory] = []
    notes = list(options.notes)
    for inventory in (found for item in inputs for found in _read(item, options, telling)):
        if any(inventory.documents[0].sha256 == other.documents[0].sha256 for other in inventories):
            notes.append(f"{inventory.documents[0].path} was given before, and is read once")
        else:
            inventories.append(inventory)
    if any(inventory.links for inventory in inventories):
        for item in options.candidates:
            try:
                candidates += _read(item, options, telling)
            except InputError as error:
                notes.append(f"offered as a candidate and not read: {error}")
    if options.as_of and len(options.as_of) == len("2026-11-21"):
        notes.append(f"{options.as_of} means {options.as_of}T00:00:00Z")
    linked = link(inventories, candidates)
    known = linked.inventory
    stated = replace(known, notes=(*known.notes, *notes), gaps=(*known.gaps, *options.gaps))
    return linked._replace(inventory=stated)


def _read(item: Input, options: Options, telling: Telling | None) -> list[Inventory]:
    if item.folder:
        return read_folder(Path(item.path), options.limits, telling)
    return read_all(item.data, item.path, options.limits, telling)


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict together with what it was drawn from, for commands that show more than the verdict.

    `matches` are those of all packs together, before any correction.
    """

    inventory: Inventory
    matches: Matches
    graph: ProductGraph
    verdict: Verdict


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """What any number of products are judged by, made once: packs ready for comparing, and terms at one instant."""

    packs: tuple[Pack, ...]
    options: Options
    terms: Terms
    knowledge: tuple[tuple[tuple[Pack, Matcher], ...], ...]


def ready(pack: Pack | Sequence[Pack], options: Options | None = None, *, many: bool = False) -> Ready:
    """Make ready what products are judged by, for `many` so that each of them costs less.

    Raises `UsageError` for an unknown regime, profile or date, `PolicyError` when packs do not go together.
    """
    options = options or Options()
    packs = together((pack,) if isinstance(pack, Pack) else pack, options.facts)
    terms = _terms(packs, options)
    with _no_collection():
        knowledge = tuple(_knowledge(one, options) for one in packs)
    if many:
        for _, matcher in chain.from_iterable(knowledge):
            matcher.warm()
    return Ready(packs=packs, options=options, terms=terms, knowledge=knowledge)


def examine(
    inputs: Sequence[Input],
    *,
    pack: Pack | Sequence[Pack],
    options: Options | None = None,
    every_mention: bool = True,
) -> Examination:
    """Judge the SBOMs of one product by a pack, or by several at once, and keep the stages' results.

    Without `every_mention` the inventory holds only what can match; the verdict is the same.

    Raises an `InputError` when an SBOM cannot be read, and what `ready` raises.
    """
    return _examined(inputs, ready(pack, options), every_mention=every_mention)


def _examined(inputs: Sequence[Input], by: Ready, *, every_mention: bool) -> Examination:
    with _no_collection():
        return _examine(inputs, by, every_mention=every_mention)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the cyclic collector off: nothing here makes cycles, and it would go through a million components again."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _examine(inputs: Sequence[Input], by: Ready, *, every_mention: bool) -> Examination:
    packs, options, terms = by.packs, by.options, by.terms
    gates = [matcher.gate for parts in by.knowledge for _, matcher in parts]
    before = _before(by)
    # Hashes of components that cannot match still say which artefact an SBOM or a certificate is of.
    every_mention = every_mention or bool(options.suppliers) or options.profile is Completeness.CERTIFY
    inventory, resolved = load(inputs, options, None if every_mention else partial(among, gates))
    inventory = _completed(inventory, packs, options, terms)
    matched = [(one, _matches(inventory, parts)) for one, parts in zip(packs, by.knowledge, strict=True)]
    judged, corrected = correct(inventory, matched, options.corrections) if options.corrections else (matched, ())
    graph = ProductGraph(inventory)
    offenders = {item.component for _, found in judged for item in found.evidence if item.field != "raw-text"}
    routes = affordable(graph.routes(offenders, k=options.paths if len(offenders) <= _MANY else 1)) if offenders else {}
    reach = (graph.reachable, resolved)
    places = partial(place, inventory, {})
    verdict = decide(inventory, judged, routes, places, reach, terms, corrected, graph.other_path, before)
    known = replace(
        verdict,
        facts=tuple(options.facts),
        corrections=tuple(options.corrections),
        waivers=tuple(sorted(options.waivers, key=lambda file: file.path)),
    )
    matches = _joined([found for _, found in matched])
    return Examination(inventory=inventory, matches=matches, graph=graph, verdict=known)


def _before(by: Ready) -> Before | None:
    """Judge the baseline by the same packs and options, but for the waivers; None if there is none."""
    options = by.options
    if options.new_only and not options.baseline:
        raise UsageError("only new findings can be told from a baseline: give one")
    if not options.baseline:
        return None
    from debar.verdict.baseline import Before

    alone = replace(options, waivers=(), baseline=(), new_only=False)
    terms = replace(by.terms, waivers=(), new_only=False)
    found = _examined(options.baseline, replace(by, options=alone, terms=terms), every_mention=False)
    return Before(verdict=found.verdict, roots=found.inventory.roots, edges=found.graph.edges)


def _knowledge(pack: Pack, options: Options) -> tuple[tuple[Pack, Matcher], ...]:
    """Return a pack and, apart from it, one of the private facts that join it, each made ready for comparing.

    Matching lets the more specific fact win. Held apart, a private fact adds evidence and never takes the
    place of one of the pack's.
    """
    private = tuple(fact for file in options.facts if file.pack == pack.id for fact in file.facts)
    packs = [pack, replace(pack, facts=private)] if private else [pack]
    return tuple((one, Matcher(one)) for one in packs)


def _matches(inventory: Inventory, knowledge: Sequence[tuple[Pack, Matcher]]) -> Matches:
    found, *private = (match(inventory, pack, matcher) for pack, matcher in knowledge)
    return _joined(
        [
            found,
            *(replace(own, evidence=tuple(replace(item, private=True) for item in own.evidence)) for own in private),
        ]
    )


def _joined(parts: Sequence[Matches]) -> Matches:
    """Put matches together; what two of them nearly missed is told once."""
    if len(parts) == 1:
        return parts[0]
    return Matches(
        evidence=tuple(item for part in parts for item in part.evidence),
        near_misses=tuple(dict.fromkeys(miss for part in parts for miss in part.near_misses)),
    )


def _completed(inventory: Inventory, packs: Sequence[Pack], options: Options, terms: Terms) -> Inventory:
    """Settle which gaps there are: closed by suppliers' certificates, asserted away, or found by strict checks."""
    if options.suppliers:
        from debar.attest.suppliers import cover

        deciding = frozenset(pack.id for pack in packs if any(pack.regime(name) for name in terms.regimes))
        inventory = cover(inventory, options.suppliers, deciding, terms.as_of, terms.market, terms.regimes)
    gaps = inventory.gaps
    if options.complete:
        gaps = tuple(gap for gap in gaps if gap.code != "not-asserted-complete")
    if options.profile is Completeness.CERTIFY:
        gaps += unbound(inventory, options.artefacts)
        for number, document in enumerate(inventory.documents):
            gaps += tuple(replace(gap, document=number) for gap in _strict_gaps(document, options.limits))
    return replace(inventory, gaps=gaps)


def _strict_gaps(document: Document, limits: Limits) -> list[Gap]:
    """Hold a document to its own format: the full look for duplicate keys and the schema cost a second parse."""
    try:
        problems = problems_of(document, limits, most=_MOST_PROBLEMS)
    except InputError as error:
        return [Gap(code="schema-invalid", count=1, examples=(error.problem,))]
    twice = [problem.message for problem in problems if problem.twice]
    other = [problem.message for problem in problems if not problem.twice]
    found = (("duplicate-key", twice), ("schema-invalid", other))
    return [Gap(code=code, count=len(texts), examples=tuple(texts[:5])) for code, texts in found if texts]


def problems_of(document: Document, limits: Limits, *, most: int) -> tuple[Problem, ...]:
    """Return up to `most` breaches of the rules of a document's own format; raises what `validate` raises."""
    from debar.validate import Problem, validate

    text = bytes(document.text)
    at: Place | None = Locator(text).place if "JSON" in document.format else None
    twice: list[str] = []
    if document.format == "SPDX YAML":
        from debar.read.limits import Source
        from debar.read.spdx2_yaml import as_json

        source = Source(path=document.path, sha256=document.sha256, text=text, limits=limits)
        text, at, twice = as_json(source)
    found = validate(text, document.path, document.format, document.spec_version, most=most, place=at)
    doubled = (Problem(0, 0, "", f"{one}: the key occurs twice", twice=True) for one in twice)
    return (*doubled, *found)[:most]


def check(inputs: Sequence[Input], *, pack: Pack | Sequence[Pack], options: Options | None = None) -> Verdict:
    """Judge the SBOMs of one product by a pack, or by several at once; raises what `examine` raises."""
    return judge(inputs, ready(pack, options))


def judge(inputs: Sequence[Input], by: Ready) -> Verdict:
    """Judge the SBOMs of one product by what was made ready; raises an `InputError` when one cannot be read."""
    return _examined(inputs, by, every_mention=False).verdict


def place(inventory: Inventory, locators: dict[int, Locator], number: int) -> tuple[int, int]:
    """Return the line and column of a component; `locators` keeps what has been split, by document."""
    component = inventory.components[number]
    if component.line or not component.pointer:
        return component.line, component.column
    if component.document not in locators:
        document = inventory.documents[component.document]
        locators[component.document] = Locator(bytes(document.text), document.starts)
    return locators[component.document].place(component.pointer)


def _terms(packs: Sequence[Pack], options: Options) -> Terms:
    regimes = dict(options.regimes) or {name: "" for pack in packs for name in pack.default_regimes}
    known = {regime.id: regime for pack in packs for regime in pack.regimes}
    for regime_id, profile in regimes.items():
        regime = known.get(regime_id)
        if regime is None:
            names = ", ".join(pack.id for pack in packs)
            what = f"pack {names} has" if len(packs) == 1 else f"packs {names} have"
            raise UsageError(f"{what} no regime {regime_id!r}; there are {', '.join(known)}")
        if profile and profile not in regime.profiles:
            raise UsageError(f"regime {regime_id} has no profile {profile!r}; it has {', '.join(regime.profiles)}")
        regimes[regime_id] = profile or next(iter(regime.profiles))
    as_of = instant(options.as_of)
    return Terms(
        as_of=as_of,
        market=options.market,
        regimes=regimes,
        profile=options.profile,
        waivers=options.waivers,
        waived_at=max(as_of, datetime.now(UTC)),
        new_only=options.new_only,
    )


def instant(text: str | None) -> datetime:
    """Parse `--as-of`: an instant with zone, or a bare date meaning 00:00 UTC; None is now.

    Raises `UsageError` for anything else, a time without a zone included.
    """
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no date or instant; write 2026-11-21 or 2024-09-29T04:00:00Z") from error
    if moment.tzinfo is None:
        if len(text) > len("2026-11-21"):
            raise UsageError(f"{text!r} has no time zone; add Z for UTC, or an offset such as -04:00")
        return moment.replace(tzinfo=UTC)
    return moment
