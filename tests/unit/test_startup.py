"""What a small check imports and makes ready: what slips in costs every user at every start (docs/design.md 1)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
#: What other inputs, commands and options need, and never a JSON document.
HEAVY = {
    "asyncio",
    "concurrent",
    "cyclonedx",
    "dataclasses",
    "email",
    "html",
    "importlib.metadata",
    "json",
    "jsonschema",
    "jsonschema_rs",
    "lxml",
    "multiprocessing",
    "networkx",
    "numpy",
    "rdflib",
    "re2",
    "spdx_tools",
    "string",
    "subprocess",
    "tarfile",
    "tempfile",
    "xml",
    "yaml",
    "zipfile",
}
#: Modules of debar's own, and regular expressions that they compile themselves.
MODULES, PATTERNS = 62, 35
COUNTING = """
import re, sys
compile = re.compile
def counted(pattern, flags=0):
    caller = sys._getframe(1).f_globals["__name__"]
    if caller.startswith("debar"):
        print("compiled:", caller, repr(pattern), file=sys.stderr)
    return compile(pattern, flags)
re.compile = counted
from debar.cli import main
main()
"""


def start(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def imports(told: str) -> list[tuple[int, str, str]]:
    """Return (depth, module, line) of what ``-X importtime`` tells: a module stands before the one that imports it."""
    found = []
    for line in told.splitlines():
        name = line.rpartition("|")[2]
        if line.startswith("import time:") and "self [us]" not in line:
            found.append((len(name) - len(name.lstrip()), name.strip(), line))
    return found


def chain(listed: list[tuple[int, str, str]], at: int) -> str:
    """Return the lines of a module and of those that import it, up to the outermost."""
    depth, _, line = listed[at]
    lines = [line]
    for outer, _, line in listed[at + 1 :]:
        if outer < depth:
            depth = outer
            lines.append(line)
    return "\n".join(lines)


@pytest.mark.parametrize("example", ["clean.cdx.json", "engine-two-paths.cdx.json"])
def test_a_small_check_imports_nothing_heavy(example: str) -> None:
    run = start("-X", "importtime", "-m", "debar", "check", str(EXAMPLES / example))

    assert "Kaspersky" in run.stdout
    listed = imports(run.stderr)
    slipped = [chain(listed, at) for at, (_, name, _) in enumerate(listed) if name in HEAVY]
    assert not slipped, "\n\n".join(["imported, by whom:", *slipped])
    own = [line for _, name, line in listed if name.startswith("debar")]
    assert 30 < len(own) <= MODULES, "\n".join([f"{len(own)} modules of debar's own:", *own])


def test_few_patterns_are_compiled_before_they_are_needed() -> None:
    run = start("-c", COUNTING, "check", str(EXAMPLES / "clean.cdx.json"))

    assert "Kaspersky" in run.stdout
    compiled = [line for line in run.stderr.splitlines() if line.startswith("compiled:")]
    assert 5 < len(compiled) <= PATTERNS, "\n".join([f"{len(compiled)} patterns:", *compiled])


ENDING = """
import atexit, os, sys
atexit.register(lambda: print("told at the end"))
class Freed:
    def __del__(self, say=os.write): say(1, b"taken apart\\n")
freed = Freed()
sys.argv[0] = "debar"
{traced}
from debar.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["check", "--as-of", "2026-11-21", str(EXAMPLES / "clean.cdx.json")], 0),
        (["check", "--as-of", "2026-11-21", str(EXAMPLES / "engine-two-paths.cdx.json")], 1),
        (["check"], 2),
        (["check", "no-such-file"], 3),
        (["--help"], 0),
    ],
)
def test_a_process_ends_at_once_with_its_code_and_all_that_it_said(command: list[str], code: int) -> None:
    plain, traced = (
        start("-c", ENDING.format(traced=line), *command) for line in ("", "sys.setprofile(lambda *_: None)")
    )

    assert plain.returncode == traced.returncode == code
    assert plain.stderr == traced.stderr
    assert plain.stdout.endswith("told at the end\n")
    # A profiler is told at the end of Python itself, which takes everything apart.
    assert traced.stdout == plain.stdout + "taken apart\n"
