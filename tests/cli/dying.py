"""What tests put in the place of the judge of ``check --each``: processes import it by its name."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from debar.cli.judging import Setup, Task, answering


def slow_first(_: object) -> Callable[[int], bytes]:
    """Take the longer for a task the earlier it comes."""

    def answer(task: int) -> bytes:
        time.sleep(0.02 if task % 4 == 0 else 0)
        return b"%d" % task

    return answer


def dying(deadly: int) -> Callable[[int], bytes]:
    """Die of one task, as by the kernel for want of memory."""

    def answer(task: int) -> bytes:
        if task == deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"%d" % task

    return answer


def dying_once(mark: Path) -> Callable[[int], bytes]:
    """Die of the fifth task the first time only."""

    def answer(task: int) -> bytes:
        if task == 5 and not mark.exists():
            mark.touch()
            os._exit(9)
        return b"%d" % task

    return answer


def stillborn(_: object) -> Callable[[int], bytes]:
    os._exit(7)


def answering_but_for_one(setup: Setup) -> Callable[[Task], bytes]:
    """Judge, and die of a file called deadly.json."""
    judge = answering(setup)

    def answer(task: Task) -> bytes:
        if task.name == "deadly.json":
            os._exit(3)
        return judge(task)

    return answer
