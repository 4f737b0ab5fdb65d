"""What a small check imports: a heavy module that slips in costs every user a part of a second (docs/design.md 1)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
# What other inputs, commands and options need, and never a JSON document that passes.
HEAVY = (
    "asyncio",
    "cyclonedx",
    "email",
    "html",
    "jsonschema",
    "jsonschema_rs",
    "lxml",
    "networkx",
    "numpy",
    "rdflib",
    "re2",
    "spdx_tools",
    "subprocess",
    "tarfile",
    "xml",
    "yaml",
    "zipfile",
)


@pytest.mark.parametrize("example", ["clean.cdx.json", "engine-two-paths.cdx.json"])
def test_a_small_check_imports_nothing_heavy(example: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    code = (
        "import sys\n"
        "from debar.cli import main\n"
        f"sys.argv = ['debar', 'check', {str(EXAMPLES / example)!r}]\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert "Kaspersky" in run.stdout
    slipped = sorted(set(HEAVY) & set(run.stderr.split()))
    assert not slipped, f"{slipped}: `python -X importtime -m debar check examples/{example}` shows who imports them"
