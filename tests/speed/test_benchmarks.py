"""What the page of ``just bench`` says of a run is what was measured, and whoever failed has no figures on it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from contests import Contest, Figure, Outcome, Ring
from page import Run, page
from rivals import BY_NAME, CYCLONEDX, OURS, Rival

CLEAN = Path(__file__).parents[2] / "examples" / "clean.cdx.json"
ORJSON = BY_NAME["orjson.loads"]


def script(name: str, code: str, found: int = 0) -> Rival:
    return Rival(name=name, command=("python", "-c", code, "FILE"), lacks="", reads=(), found=found)


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    return Ring(folder=tmp_path, slots={"python": sys.executable}, tell=lambda _: None)


def held(ring: Ring, *rivals: Rival, offenders: int | None = 0, limit: int = 60) -> Outcome:
    contest = Contest(title="a", path=CLEAN, form=CYCLONEDX, rivals=rivals, rounds=1, limit=limit, offenders=offenders)
    return ring.hold(contest)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import sys; sys.exit('no such word')", "failed with exit code 1: no such word"),
        ("import sys; sys.exit(3)", "failed with exit code 3"),
        ("import os; os.abort()", "failed with exit code -6"),
    ],
)
def test_who_fails_is_told_and_has_no_figures(ring: Ring, code: str, why: str) -> None:
    outcome = held(ring, script("other", code))

    assert outcome.failed["other"].startswith(why)
    assert "other" not in outcome.turns
    assert why in told(outcome)


def test_who_takes_too_long_is_stopped_and_told(ring: Ring) -> None:
    outcome = held(ring, script("other", "import time; time.sleep(60)"), limit=1)

    assert outcome.failed["other"].startswith("did not finish in 1 s")
    assert "other" not in outcome.turns


def test_a_verdict_that_cannot_be_is_a_failure(ring: Ring) -> None:
    # An exit code of 1 is a verdict where there is an offender; on a clean file it may as well be a broken install.
    assert OURS.name in held(ring, offenders=0).turns
    assert OURS.name in held(ring, offenders=1).failed
    assert OURS.name in held(ring, offenders=None).turns


def test_memory_is_that_of_the_command_alone(ring: Ring) -> None:
    ballast = bytearray(200 << 20)

    memory = ring.measure(("python", "-c", "pass"), {}, 60).memory

    assert memory < 100 < len(ballast) >> 20


def figure(cpu: float, memory: float = 10) -> Figure:
    return Figure(user=cpu, system=0, wall=cpu, memory=memory, code=0, stopped=False, said="")


def outcome_of(components: int, ours: Sequence[float], theirs: Sequence[float]) -> Outcome:
    title = f"{CYCLONEDX}, {components:,} components"
    contest = Contest(
        title=title,
        path=Path("a"),
        form=CYCLONEDX,
        rivals=(ORJSON,),
        rounds=len(ours),
        limit=60,
        components=components,
        offenders=0,
    )
    turns = {
        name: dict(enumerate(map(figure, figures))) for name, figures in ((OURS.name, ours), (ORJSON.name, theirs))
    }
    return Outcome(contest=contest, size=1, turns=turns)


def told(*made: Outcome) -> str:
    return page(Run(machine="", how="", made=made, real=(), absent={"sbomaudit": "no such wheel"}, missing=()))


def test_ratios_are_of_the_same_round() -> None:
    # Each round of ours is half of theirs, though the machine slows down threefold.
    text = told(outcome_of(1_000, [1, 2, 3], [2, 4, 6]))

    assert "0.50 **0.50** 0.50" in text
    assert "sbomaudit could not be had: no such wheel" in text


@pytest.mark.parametrize(("ours", "verdict"), [([3.0], "| met |"), ([8.0], "| **missed by 2.00x** |")])
def test_budgets_are_judged_by_the_median(ours: list[float], verdict: str) -> None:
    text = told(outcome_of(100_000, ours, [4.0]))

    assert [verdict in line for line in text.splitlines() if "processor time / orjson.loads" in line] == [True]


def test_growth_is_held_to_that_of_orjson() -> None:
    text = told(outcome_of(1_000, [1.0], [1.0]), outcome_of(10_000, [30.0], [15.0]))

    assert [line for line in text.splitlines() if "growth of time" in line and "**missed by 2.00x**" in line]


def test_every_command_is_on_the_page_with_what_it_leaves_undone() -> None:
    outcome = outcome_of(1_000, [1.0], [1.0])
    every = tuple(BY_NAME.values())

    text = told(replace(outcome, contest=replace(outcome.contest, rivals=every)))

    assert all(f"**{rival.name}**: {rival.lacks}\n\n```sh\n" in text for rival in every)
    assert all(rival.lacks for rival in every)
