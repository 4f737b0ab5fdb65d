"""A Python environment of this run's own: hash-pinned wheels, and debar from the action's own checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from debar_action.runner import Stop

if TYPE_CHECKING:
    from pathlib import Path

_PIP = (
    "install",
    "--quiet",
    "--no-input",
    "--no-cache-dir",
    "--no-compile",
    "--no-deps",
    "--disable-pip-version-check",
    "--no-warn-script-location",
)
_SECONDS = 600


def install(folder: Path, root: Path) -> Path:
    """Make the environment in a new folder; returns its Python.

    The environment holds no pip: the runner's own installs into it, which is faster than to unpack another.
    """
    _run([sys.executable, "-I", "-m", "venv", "--without-pip", str(folder)], "python3 -m venv failed")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [sys.executable, "-I", "-m", "pip", "--python", str(python), *_PIP]
    pinned = ["--require-hashes", "--only-binary", ":all:", "--requirement", str(root / "action" / "requirements.txt")]
    _run([*pip, *pinned], "pip could not install the pinned wheels (it must be pip 22.3 or newer)")
    # Nothing is fetched here: the build backend is one of the pinned wheels.
    _run(
        [*pip, "--no-index", "--no-build-isolation", str(root)],
        "debar could not be installed from the action's checkout",
    )
    return python


def _run(command: list[str], failed: str) -> None:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
            check=False,
            env=private(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Stop(f"{failed}: {type(error).__name__}", 70) from error
    if done.returncode:
        said = done.stdout.decode("utf-8", "replace").strip().splitlines()[-12:]
        raise Stop("\n".join([failed, *said]), 70)


def private() -> dict[str, str]:
    """Return the environment for a program that has no business with the API, nor with the job's own Python."""
    return {key: value for key, value in os.environ.items() if key != "DEBAR_TOKEN" and not key.startswith("PYTHON")}
