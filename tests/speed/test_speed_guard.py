"""A check stays within a few times what it costs today, so that a quadratic step or a lost fast path is noticed.

Only ratios of processor time are held, each taken within this process: ours to `orjson.loads` of the same bytes, and
ours on ten times as many components. Their bounds are nearly four times what was measured, because a busy machine
slows memory and caches unevenly. ``just bench`` measures closely.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass

import orjson
import pytest
from generate import FORMATS, Product

from debar import packs, pipeline
from debar.pipeline import Input

#: What the command line judges by unless told otherwise.
PACK = packs.load(packs.find("us-kaspersky"))
#: So many that what grows with the square of them outweighs all else.
FEW, MANY = 2_000, 20_000
#: With offenders, every stage has something to do.
OFFENDERS = 20
#: The most that a check may take of what orjson takes. Measured: 2.3 and 3.4.
SHARES = {"cyclonedx-json": 9.0, "spdx-json": 13.0}
#: Linear is 10 at most. Measured: 7 to 8, for some of a check takes the same whatever the size.
GROWTH = 20.0
TRIES, MOST_TRIES = 2, 5
FURTHER = (
    "Run `just bench --components 1000 10000 --only orjson.loads --output /tmp` on this commit and on the one before. "
    "If both are slow, it is the machine; else look with `python -m cProfile -s tottime -m debar check FILE`, "
    "FILE being made by benchmarks/generate.py."
)


@dataclass
class Least:
    """The least processor time of some tries, in seconds."""

    few: float = float("inf")
    many: float = float("inf")
    orjson: float = float("inf")

    @property
    def share(self) -> float:
        return self.many / self.orjson

    @property
    def growth(self) -> float:
        return self.many / self.few


def generated(form: str, count: int) -> bytes:
    return "".join(FORMATS[form](Product(count, OFFENDERS))).encode()


def seconds(work: Callable[[], object]) -> float:
    # Else whoever makes more objects pays for going through what other tests left behind.
    gc.collect()
    gc.disable()
    try:
        began = time.process_time()
        work()
        return time.process_time() - began
    finally:
        gc.enable()


def check(data: bytes) -> None:
    pipeline.check([Input(path="generated", data=data)], pack=PACK)


def measured(few: bytes, many: bytes, most: float) -> Least:
    """Take turns; whoever seems too slow gets more of them, for a machine may be busy just now."""
    least = Least()
    for attempt in range(MOST_TRIES):
        if attempt >= TRIES and least.share <= most and least.growth <= GROWTH:
            break
        least.few = min(least.few, seconds(lambda: check(few)))
        least.many = min(least.many, seconds(lambda: check(many)))
        least.orjson = min(least.orjson, seconds(lambda: orjson.loads(many)))
    return least


@pytest.mark.bench
@pytest.mark.parametrize("form", SHARES)
def test_a_check_takes_its_share_of_time(form: str) -> None:
    most = SHARES[form]
    few, many = (generated(form, count) for count in (FEW, MANY))

    least = measured(few, many, most)

    told = (
        f"{form}: checking {MANY:,} components took {least.many:.2f} s of processor time. That is {least.share:.1f} "
        f"times what orjson.loads took on the same bytes ({least.orjson:.2f} s; the bound is {most:g}), and "
        f"{least.growth:.1f} times what {FEW:,} components took ({least.few:.2f} s; linear is 10 at most, the bound is "
        f"{GROWTH:g}). {FURTHER}"
    )
    assert least.share <= most, told
    assert least.growth <= GROWTH, told


# Counted, not timed: a reader that gives up its fast path without a word costs less than the bounds above allow for.
@pytest.mark.parametrize("form", SHARES)
def test_few_components_are_read_closely(form: str) -> None:
    data = [Input(path="generated", data=generated(form, FEW))]

    inventory = pipeline.examine(data, pack=PACK, every_mention=False).inventory

    mentions = inventory.mentions
    close = {owner for field in mentions.fields() for _, owner in mentions.owners(field, mentions.distinct(field))}
    assert len(close) < len(inventory.components) / 10, (
        f"{len(close):,} of {len(inventory.components):,} components ({form}) were read closely: the fast path of "
        "src/debar/read was not taken, or its gate (src/debar/match/gate.py) tells of too much"
    )
