"""Write the expected output of every example anew: ``python tools/update_examples.py``.

`examples/expected/NAME.txt` holds the command, its exit code and what it prints.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
#: The verdict depends on the day; the examples are judged as of this one.
AS_OF = "2026-11-21T00:00:00Z"


#: Examples of more than one file: a name, and what follows `debar check`.
MORE: dict[str, list[str]] = {
    "waived": ["examples/engine-two-paths.cdx.json", "--waivers", "examples/accepted/waivers.yaml"],
    "waived-one-path": ["examples/engine-two-paths.cdx.json", "--waivers", "examples/accepted/paths.yaml"],
    "baseline": ["examples/engine-two-paths.cdx.json", "--baseline", "examples/clean.cdx.json"],
    "new-only": [
        "examples/everywhere.cdx.json",
        *["--baseline", "examples/everywhere.cdx.json", "--baseline", "examples/engine-two-paths.cdx.json"],
        "--new-only",
    ],
}


def sboms() -> list[Path]:
    """Return the example SBOMs in order of their names."""
    return sorted(path for path in EXAMPLES.iterdir() if path.is_file() and path.suffix != ".md")


def command(path: Path) -> list[str]:
    """Return the command that an example is run with, as a user would type it in the checkout."""
    return ["debar", "check", f"examples/{path.name}", "--as-of", AS_OF]


def run(path: Path) -> str:
    """Run an example and return command, output and exit code as the expected file holds them."""
    return _ran(command(path))


def run_more(name: str) -> str:
    """Run one of `MORE` and return the same."""
    return _ran(["debar", "check", *MORE[name], "--as-of", AS_OF])


def _ran(line: list[str]) -> str:
    arguments = [sys.executable, "-m", *line]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)  # noqa: S603 - our own command
    return f"$ {' '.join(line)}\n{done.stdout}{done.stderr}exit code {done.returncode}\n"


def expected(path: Path) -> Path:
    """Return the file that holds what an example prints."""
    return EXAMPLES / "expected" / f"{path.name}.txt"


def expected_more(name: str) -> Path:
    """Return the file that holds what one of `MORE` prints."""
    return EXAMPLES / "expected" / f"{name}.txt"


def main() -> None:
    """Write every expected file."""
    (EXAMPLES / "expected").mkdir(exist_ok=True)
    for path in sboms():
        expected(path).write_text(run(path), encoding="utf-8")
        print(expected(path).relative_to(ROOT))
    for name in MORE:
        expected_more(name).write_text(run_more(name), encoding="utf-8")
        print(expected_more(name).relative_to(ROOT))


if __name__ == "__main__":
    main()
