"""RESULTS.md: what a run measured, the budgets it is held to, and the commands."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from contests import Spread, spread
from rivals import BY_NAME, CDXGEN, CLICK, CYCLONEDX, OURS, RIVALS, RULE, WHEELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from contests import Outcome

_CPU, _MEMORY = attrgetter("cpu"), attrgetter("memory")


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The most that debar may take of what a rival takes on a file: of its processor time, or of its memory."""

    components: int
    rival: str
    most: float
    memory: bool = False
    #: Whether it holds for files with offenders, for clean ones, or both.
    offenders: tuple[bool, ...] = (False, True)


BUDGETS = (
    Budget(components=10, rival="import click", most=3, offenders=(False,)),
    Budget(components=10, rival="import click", most=6, offenders=(True,)),
    Budget(components=10_000, rival="cdx-audit", most=0.1, offenders=(False,)),
    Budget(components=10_000, rival="cdx-audit", most=0.2, offenders=(True,)),
    Budget(components=100_000, rival="orjson.loads", most=1),
    Budget(components=100_000, rival="orjson.loads", most=0.5, memory=True),
    Budget(components=1_000_000, rival="orjson.loads", most=0.8),
    Budget(components=1_000_000, rival="orjson.loads", most=0.45, memory=True),
)

_HOW = """\
Every figure is of a whole process, from its start to its end, as the kernel counts it (`wait4`). Within a round each
command is run once on the same file, one after the other; the rounds take turns in their order. Seconds are the
median over the rounds, memory is the most. **debar / it** divides what debar took by what the other took *in the same
round*, and tells the least, the **median** and the most of these: below 1 debar took less. A ratio is worth more than
the seconds: what else the machine does falls on both. User and system time are told apart because what only fills
memory spends much of its time in the system, and that part varies most. **exit** is the exit code: debar's is 0 for a
pass and 1 for less, cdx-audit's 3 for a finding.
"""
_COLUMNS = ("user s", "system s", "wall s", "MiB", "exit", "CPU, debar / it", "memory, debar / it")


@dataclass(frozen=True, kw_only=True)
class Run:
    """All that the page tells: where and how it was measured, and what came of it."""

    machine: str
    how: str
    made: Sequence[Outcome]
    real: Sequence[Outcome]
    #: Rivals that could not be had, and why.
    absent: dict[str, str]
    #: What was looked for and is not here.
    missing: Sequence[str]


def page(run: Run) -> str:
    """Return the page."""
    held = {rival.name for outcome in (*run.made, *run.real) for rival in outcome.contest.rivals}
    parts = [
        "# What a check costs: measured",
        "`just bench` wrote this page; [README.md](README.md) says what is compared, and the traps.",
        f"{run.machine}\n{run.how}",
        _HOW.rstrip(),
        *_glance(run.made),
        "## The budgets",
        *_budgets(run.made),
        "## Generated SBOMs",
        "Made by `generate.py`, the same for everybody; about 1.5 KB a component.",
        *(part for outcome in run.made for part in _generated(outcome)),
        "## Real SBOMs",
        "The largest of each format. They are small, so what is measured is mostly how long each takes to start.",
        *_real(run.real),
        *run.missing,
        "## The commands",
        "`python` is this project's, `VENV/` and `NODE/` hold what was installed apart.",
        *_commands([name for name in BY_NAME if name in held]),
        *_absent(run.absent),
    ]
    return "\n\n".join(parts) + "\n"


def _glance(made: Sequence[Outcome]) -> Iterator[str]:
    """Yield one table of the format that all but a few are run on, by size."""
    sizes = [one for one in made if one.contest.form == CYCLONEDX and one.contest.offenders and OURS.name in one.turns]
    names = [rival.name for rival in RIVALS if any(rival in one.contest.rivals for one in sizes)]
    if not names:
        return
    yield "## At a glance"
    yield (
        "Processor time of debar divided by that of each other, CycloneDX JSON with offenders, median of the rounds. "
        "None of the others does the whole work; what each leaves undone stands under [the commands](#the-commands)."
    )
    sizes = [one for one in sizes if one.contest.rivals and one.contest.rivals != (CLICK,)]
    rows = [[f"debar / {name}", *(_share(outcome, name) for outcome in sizes)] for name in names]
    yield _lines(["", *(f"{outcome.contest.components:,} components" for outcome in sizes)], rows)


def _share(outcome: Outcome, name: str) -> str:
    if name in outcome.turns:
        return f"{outcome.ratio(name, _CPU).middle:.2f}"
    return "it failed" if name in outcome.failed else "not run"


def _generated(outcome: Outcome) -> Iterator[str]:
    contest = outcome.contest
    yield f"### {contest.title}\n\n{_size(outcome)}, {rounds(contest.rounds)}."
    yield _table(("",), [(_cells(outcome, name)) for name in _everybody(outcome)])


def _real(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield a table for each format."""
    for form in dict.fromkeys(outcome.contest.form for outcome in outcomes):
        yield f"### {form}, real"
        rows = []
        for outcome in outcomes:
            if outcome.contest.form == form:
                file = f"{_cell(outcome.contest.title)}, {_size(outcome)}"
                rows += [(file if name == OURS.name else "", *_cells(outcome, name)) for name in _everybody(outcome)]
        yield _table(("file", ""), rows)


def _everybody(outcome: Outcome) -> tuple[str, ...]:
    return (OURS.name, *(rival.name for rival in outcome.contest.rivals))


def _size(outcome: Outcome) -> str:
    return f"{outcome.size / 1e6:.1f} MB" if outcome.size > 1e6 else f"{outcome.size / 1e3:.1f} KB"  # noqa: PLR2004 - SI


def _table(first: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return _lines([*first, *_COLUMNS], rows)


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _cells(outcome: Outcome, name: str) -> list[str]:
    """Return who it is and a cell for each of the columns."""
    label = f"**{name}**" if name == OURS.name else name
    if name not in outcome.turns:
        return [label, _cell(outcome.failed.get(name, "not run, for debar failed"))] + [""] * (len(_COLUMNS) - 1)
    seconds = (outcome.spread_of(name, attrgetter(what)).middle for what in ("user", "system", "wall"))
    ratios = ["", ""]
    if name != OURS.name and OURS.name in outcome.turns:
        ratios = [_three(outcome.ratio(name, _CPU)), f"{outcome.ratio(name, _MEMORY).middle:.2f}"]
    code = next(iter(outcome.turns[name].values())).code
    memory = outcome.spread_of(name, _MEMORY).most
    return [label, *(f"{one:.2f}" for one in seconds), f"{memory:.0f}", str(code), *ratios]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def rounds(count: int) -> str:
    """Return a number of rounds in words."""
    return "1 round" if count == 1 else f"{count} rounds"


def _three(ratio: Spread) -> str:
    return f"{ratio.least:.2f} **{ratio.middle:.2f}** {ratio.most:.2f}"


def _budgets(made: Sequence[Outcome]) -> Iterator[str]:
    rows = [row for outcome in made for row in _held_to(outcome)] + [*_growth(made)]
    if not rows:
        yield "None of the files that have a budget was measured."
        return
    yield "A budget is met when the median is within it."
    yield _lines(["file", "debar's", "at most", "measured: least, median, most", ""], rows)


def _held_to(outcome: Outcome) -> Iterator[Sequence[str]]:
    contest = outcome.contest
    if "JSON" not in contest.form:
        return
    for budget in BUDGETS:
        measured = budget.rival in outcome.turns and OURS.name in outcome.turns
        if measured and budget.components == contest.components and bool(contest.offenders) in budget.offenders:
            what = f"{'memory' if budget.memory else 'processor time'} / {budget.rival}"
            ratio = outcome.ratio(budget.rival, _MEMORY if budget.memory else _CPU)
            yield contest.title, what, f"{budget.most:g}", _three(ratio), _judged(ratio, budget.most)


def _judged(ratio: Spread, most: float) -> str:
    return "met" if ratio.middle <= most else f"**missed by {ratio.middle / most:.2f}x**"


def _growth(made: Sequence[Outcome]) -> Iterator[Sequence[str]]:
    """Compare how time grows with how it grows for orjson on the same files, from one size to ten times as much."""
    kinds = {(one.contest.form, one.contest.offenders, one.contest.components): one for one in made}
    for (form, offenders, count), large in kinds.items():
        small = kinds.get((form, offenders, count // 10))
        if small is None or any(
            "orjson.loads" not in one.turns or OURS.name not in one.turns for one in (small, large)
        ):
            continue
        ours, theirs = (_tenfold(small, large, name) for name in (OURS.name, "orjson.loads"))
        title = f"from {small.contest.components:,} to {count:,} components, {form}, {_offenders(offenders)}"
        most = theirs.middle
        told = f"growth of time; orjson.loads grows {_three(theirs)}"
        yield title, told, f"{most:.1f}", _three(ours), _judged(ours, most)


def _tenfold(small: Outcome, large: Outcome, name: str) -> Spread:
    """Divide each round of the large file by the median of the small one, which was measured at another time."""
    middle = small.spread_of(name, _CPU).middle
    return spread([figure.cpu / middle for figure in large.turns[name].values()])


def _offenders(count: int | None) -> str:
    return "1 offender" if count == 1 else f"{count} offenders" if count else "no offender"


def title(form: str, components: int, offenders: int) -> str:
    """Return what a generated SBOM is called on the page."""
    return f"{form}, {components:,} components, {_offenders(offenders)}"


def _commands(names: Sequence[str]) -> Iterator[str]:
    yield _command(OURS.name, OURS.command, "")
    for name in names:
        yield _command(name, BY_NAME[name].command, BY_NAME[name].lacks)
    if "cdx-audit" in names:
        yield f"RULES holds one file, the rule of cdx-audit ({CDXGEN}):\n\n```yaml\n{RULE}```"
    if {"debsbom trace-path", "sbomaudit"} & {*names}:
        yield (
            "PURL is that of the last offender; DENY lists the exact names of all of them. "
            f"Installed for these: {', '.join(f'`{wheel}`' for wheel in WHEELS)}."
        )


def _command(name: str, command: Sequence[str], lacks: str) -> str:
    told = f" {lacks}" if lacks else ""
    return f"**{name}**{':' if told else ''}{told}\n\n```sh\n{shlex.join(command)}\n```"


def _absent(absent: dict[str, str]) -> Iterator[str]:
    if absent:
        yield "## Not measured"
        yield "\n".join(f"- {name} could not be had: {_cell(why)}" for name, why in absent.items())
