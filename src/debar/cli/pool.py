"""Work shared out among processes, the answers in the order of the work.

`concurrent.futures` loses everything under way when one process dies, and cannot say whose fault it was. Here each
process has a pipe of its own and answers task by task: a death costs the task in hand.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from debar.errors import DebarError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from multiprocessing.connection import Connection

    Answer = Callable[[Any], bytes]

Task = TypeVar("Task")

#: Bytes of answers that may wait for an earlier one before no new work is given out.
_HELD = 64 << 20


def answers(
    chunks: Sequence[Sequence[Task]],
    begin: Callable[[Any], Answer],
    setup: object,
    lost: Callable[[Task, int], bytes],
    jobs: int,
) -> Generator[bytes, None, None]:
    """Yield the answer to each task, in order; each process calls `begin(setup)` once for what answers its tasks.

    A task in hand when its process dies is given to a new process, and if that dies too, `lost(task, exit code)` is
    its answer. `begin` must be a function of a module, and what it returns must not raise. Raises `DebarError` when a
    process cannot begin. Closing the generator ends the processes at once.
    """
    pool = _Pool(chunks, begin, setup, lost, jobs)
    try:
        for number in range(pool.total):
            yield pool.take(number)
    finally:
        pool.end()


def _serve(pipe: Connection, begin: Callable[[Any], Answer], setup: object) -> None:
    """Answer until the other end goes away; an interrupt is for the parent to act on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answer = begin(setup)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        pipe.send_bytes(b"")
        while True:
            for task in pipe.recv():
                pipe.send_bytes(answer(task))


class _Worker:
    """A process, and the numbers of the tasks that it was given and has not answered."""

    def __init__(self, begin: Callable[[Any], Answer], setup: object) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, begin, setup), daemon=True)
        with _guarded():
            self.process.start()
        theirs.close()
        self.ready = False
        self.tasks: deque[int] = deque()

    @property
    def idle(self) -> bool:
        return self.ready and not self.tasks

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


@contextmanager
def _guarded() -> Iterator[None]:
    """Start processes that import nothing from the current folder, and do not see the terminal's interrupt.

    A fresh interpreter is started with ``-c``, which puts the current folder first on its path: a checkout with a
    struct.py in it would run. https://docs.python.org/3/using/cmdline.html#envvar-PYTHONSAFEPATH
    """
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    # What is ignored stays so in the new process, from its first instruction on.
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard or signal.SIG_DFL)
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


class _Pool(Generic[Task]):
    def __init__(
        self,
        chunks: Sequence[Sequence[Task]],
        begin: Callable[[Any], Answer],
        setup: object,
        lost: Callable[[Task, int], bytes],
        jobs: int,
    ) -> None:
        self._begin, self._setup, self._lost = begin, setup, lost
        self._tasks = [task for chunk in chunks for task in chunk]
        self.total = len(self._tasks)
        self._waiting: deque[list[int]] = deque()
        first = 0
        for chunk in chunks:
            self._waiting.append([*range(first, first + len(chunk))])
            first += len(chunk)
        self._held: dict[int, bytes] = {}
        self._weight = 0
        self._again: set[int] = set()
        self._workers: list[_Worker] = []
        try:
            for _ in range(min(jobs, len(chunks))):
                self._workers.append(_Worker(begin, setup))
        except BaseException:
            self.end()
            raise

    def take(self, number: int) -> bytes:
        """Return the answer to the task of that number, waiting for it if need be."""
        while number not in self._held:
            self._give()
            self._listen()
        answer = self._held.pop(number)
        self._weight -= len(answer)
        return answer

    def _give(self) -> None:
        for worker in self._workers:
            # Work is given only to a process that waits for it: were both to write to a full pipe, both would wait.
            busy = any(one.tasks for one in self._workers)
            if not self._waiting or (busy and self._weight > _HELD):
                return
            if worker.idle:
                numbers = self._waiting.popleft()
                worker.tasks.extend(numbers)
                # A process that has died is found when it is listened to.
                with suppress(BrokenPipeError, ConnectionResetError):
                    worker.pipe.send([self._tasks[number] for number in numbers])

    def _listen(self) -> None:
        speaking = connection.wait([worker.pipe for worker in self._workers if not worker.idle])
        for place, worker in enumerate(self._workers):
            if worker.pipe not in speaking:
                continue
            try:
                answer = worker.pipe.recv_bytes()
            except (EOFError, OSError):
                self._workers[place] = self._replaced(worker)
                continue
            if worker.ready:
                self._keep(worker.tasks.popleft(), answer)
            worker.ready = True

    def _keep(self, number: int, answer: bytes) -> None:
        self._held[number] = answer
        self._weight += len(answer)

    def _replaced(self, dead: _Worker) -> _Worker:
        """Put the work of a process that died back, and return a new one."""
        dead.process.join()
        code = dead.process.exitcode or 0
        if not dead.ready:
            raise DebarError(f"a process of --jobs could not begin (exit code {code}); --jobs 1 works without any")
        number, *rest = dead.tasks
        if rest:
            self._waiting.appendleft(rest)
        if number in self._again:
            self._keep(number, self._lost(self._tasks[number], code))
        else:
            self._again.add(number)
            self._waiting.appendleft([number])
        dead.pipe.close()
        return _Worker(self._begin, self._setup)

    def end(self) -> None:
        """End the processes at once."""
        for worker in self._workers:
            worker.end()
