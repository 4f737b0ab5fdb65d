"""Runs one command and prints what it took, as JSON: ``stopwatch.py LIMIT COMMAND...``.

A process starts with the peak memory of whoever starts it: until the moment of exec it is the parent, and Linux
counts that (`ru_maxrss` in https://man7.org/linux/man-pages/man2/getrusage.2.html). So commands are started by this
small program, in a Python of its own that imports next to nothing, and not by the one that makes the SBOMs.
"""

import json
import os
import signal
import sys
import time
from typing import NoReturn

#: How much of what a command complained about is kept.
_MOST_SAID = 2_000


def main() -> None:
    """Run the command for at most LIMIT seconds; what it prints is thrown away."""
    limit, command = int(sys.argv[1]), sys.argv[2:]
    stopped = []
    errors, told = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _become(command, told)
    os.close(told)
    # The command has a group of its own, so that what it started is stopped with it.
    signal.signal(signal.SIGALRM, lambda *_: (stopped.append(True), os.killpg(child, signal.SIGKILL)))
    signal.alarm(limit)
    try:
        said = _last_line(errors)
        _, status, usage = os.wait4(child, 0)
    except KeyboardInterrupt:
        os.killpg(child, signal.SIGKILL)
        raise
    signal.alarm(0)
    figure = {
        "user": usage.ru_utime,
        "system": usage.ru_stime,
        "wall": time.monotonic() - began,
        "memory": usage.ru_maxrss / 1024,
        "code": os.waitstatus_to_exitcode(status),
        "stopped": bool(stopped),
        "said": said,
    }
    print(json.dumps(figure))


def _become(command: list[str], errors: int) -> NoReturn:
    """Turn into the command; never comes back."""
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(errors, 2)
        os.execvp(command[0], command)  # noqa: S606 - the commands of rivals.py
    except OSError as error:
        os.write(errors, f"{command[0]}: {error.strerror}\n".encode())
        os._exit(127)


def _last_line(errors: int) -> str:
    """Read what a command complains about until it ends."""
    kept = b""
    while some := os.read(errors, 1 << 16):
        kept = (kept + some)[-_MOST_SAID:]
    lines = [line.strip() for line in kept.decode(errors="replace").split("\n")]
    return next((line for line in reversed(lines) if line), "")


if __name__ == "__main__":
    main()
