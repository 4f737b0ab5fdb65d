"""The command as a process of its own: ``debar``, or ``python -m debar``."""

from __future__ import annotations

import atexit
import gc
import os
import sys

# A small check makes 35,000 objects that could be in a cycle and next to no cycle: looking for them early is in vain.
_OBJECTS = 100_000


def main() -> None:
    """Run the command line, and end the process without taking apart what it built.

    The system takes the memory back at once; object by object that is a twentieth of a check, small or large
    (mypy/util.py, hard_exit, does the same).
    """
    gc.set_threshold(_OBJECTS)
    from debar import cli

    try:
        cli.main()
        code = 0
    except SystemExit as ending:
        if not isinstance(ending.code, int):
            raise
        code = ending.code
    # A debugger, a profiler or a tracer reports when Python itself ends.
    if sys.gettrace() or sys.getprofile():
        sys.exit(code)
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no other way to them
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except (OSError, ValueError):
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    main()
