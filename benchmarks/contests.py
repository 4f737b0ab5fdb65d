"""Ours and the others on one file, in turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from rivals import OURS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rivals import Rival

HERE = Path(__file__).parent
_MOST_SAID = 160


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What one process took: seconds of processor and wall time, MiB of memory at most, and how it ended.

    `stopped` says that it came to its limit; `said` is the last line of its standard error.
    """

    user: float
    system: float
    wall: float
    memory: float
    code: int
    stopped: bool
    said: str

    @property
    def cpu(self) -> float:
        """User and system time."""
        return self.user + self.system


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The least, the median and the most of some figures."""

    least: float
    middle: float
    most: float


def spread(figures: list[float]) -> Spread:
    """Return how figures spread; there is at least one."""
    return Spread(least=min(figures), middle=median(figures), most=max(figures))


@dataclass(frozen=True, kw_only=True)
class Contest:
    """One file and who is measured on it, ours first.

    `slots` says what the words of the commands stand for here. Of a real file nobody says beforehand whether there
    is something to find: `offenders` is None.
    """

    title: str
    path: Path
    form: str
    rivals: tuple[Rival, ...]
    rounds: int
    #: Seconds of wall time that one run may take.
    limit: int
    slots: Mapping[str, str] = field(default_factory=dict)
    components: int = 0
    offenders: int | None = None
    #: Writes the file before the first turn, if it is not there.
    make: Callable[[Path], None] | None = None

    def well(self, rival: Rival, code: int) -> bool:
        """Tell whether this exit code says that a rival did its work."""
        if self.offenders is None:
            return code in {0, rival.found}
        return code == (rival.found if self.offenders else 0)


@dataclass(kw_only=True)
class Outcome:
    """A contest that was held: the figures of every turn by name, and why some have none."""

    contest: Contest
    size: int
    turns: dict[str, dict[int, Figure]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def spread_of(self, name: str, value: Callable[[Figure], float]) -> Spread:
        """Return how the figures of one spread over the rounds."""
        return spread([value(figure) for figure in self.turns[name].values()])

    def ratio(self, name: str, value: Callable[[Figure], float]) -> Spread:
        """Return ours divided by another's, turn by turn."""
        ours = self.turns[OURS.name]
        return spread([value(ours[at]) / value(figure) for at, figure in self.turns[name].items()])


@dataclass(kw_only=True)
class Ring:
    """Where contests are held: what the words of the commands stand for, and who is told how it goes."""

    folder: Path
    slots: Mapping[str, str]
    tell: Callable[[str], None]

    def hold(self, contest: Contest) -> Outcome:
        """Measure all on one file in turns; whoever fails or comes to the limit is not tried again."""
        if contest.make and not contest.path.exists():
            self.tell("  making the SBOM\n")
            part = contest.path.with_suffix(".part")
            contest.make(part)
            part.rename(contest.path)
        outcome = Outcome(contest=contest, size=contest.path.stat().st_size)
        line = [OURS, *contest.rivals]
        for at in range(contest.rounds):
            self.tell(f"  round {at + 1} of {contest.rounds}:")
            # Every other round goes the other way, so that nobody always follows the same neighbour.
            for rival in line if at % 2 == 0 else line[::-1]:
                if rival.name not in outcome.failed:
                    self._turn(outcome, rival, at)
            self.tell("\n")
            if OURS.name in outcome.failed:
                break
        return outcome

    def _turn(self, outcome: Outcome, rival: Rival, at: int) -> None:
        contest = outcome.contest
        figure = self.measure(rival.command, {"FILE": str(contest.path), **contest.slots}, contest.limit)
        if figure.stopped:
            why = f"did not finish in {contest.limit} s ({figure.cpu:.0f} s of processor time until then)"
        elif not contest.well(rival, figure.code):
            said = figure.said.replace(str(contest.path), "FILE")
            why = f"failed with exit code {figure.code}: {said[:_MOST_SAID]}"
        else:
            outcome.turns.setdefault(rival.name, {})[at] = figure
            self.tell(f" {rival.name} {figure.cpu:.2f}")
            return
        outcome.failed[rival.name] = why
        outcome.turns.pop(rival.name, None)
        self.tell(f" {rival.name} {why}")

    def measure(self, command: Sequence[str], slots: Mapping[str, str], limit: int) -> Figure:
        """Run a command for at most `limit` seconds through the stopwatch, in a folder of no consequence."""
        words = {**self.slots, **slots}
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPATH"] = str(HERE.parent / "src")
        watch = [
            sys.executable,
            "-S",
            "-E",
            str(HERE / "stopwatch.py"),
            str(limit),
            *(words.get(one, one) for one in command),
        ]
        told = subprocess.run(  # noqa: S603 - the commands of rivals.py
            watch, cwd=self.folder, env=environment, stdout=subprocess.PIPE, check=True
        )
        return Figure(**json.loads(told.stdout))
