"""What debar is measured beside: the commands, what each leaves undone, and how it is had.

A command is written as the page shows it. The words in capitals stand for files, and `VENV/` and `NODE/` for the
folders of their own that the heavy ones are installed into; `Rivals.slots` says what each word is.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: pip and npm install these apart, under the folder that the SBOMs are made in.
WHEELS = ("debsbom[graph,cdx,spdx]==0.10.2", "sbomaudit==0.4.4", "spdx-tools==0.8.5")
CDXGEN = "@cyclonedx/cdxgen@12.8.4"
_JSONATA = "jsonata"
_AUDIT = "NODE/@cyclonedx/cdxgen/bin/audit.js"
_MOST_SECONDS = 600

#: The rule that cdx-audit is given. It sees components at the top, and three of their fields.
RULE = """\
- id: VENDOR-1
  name: Barred vendor
  description: A component of a barred vendor.
  category: denied-vendor
  severity: critical
  condition: |
    components[$lowercase(name & " " & group & " " & supplier.name) ~> /kaspersky/]
  location: |
    { "bomRef": $."bom-ref", "purl": purl }
  message: "Barred: {{ name }}"
  mitigation: Remove it.
"""

CYCLONEDX, CYCLONEDX_XML, SPDX, SPDX_3, TAG = (
    "CycloneDX JSON",
    "CycloneDX XML",
    "SPDX JSON",
    "SPDX 3 JSON",
    "SPDX tag-value",
)
_ANY = sys.maxsize


@dataclass(frozen=True, kw_only=True)
class Rival:
    """One of the others.

    `lacks` is one line on what it did not do. `reads` are the formats it is run on, `most` the largest number of
    components (beyond it, it would never end in time), `clean` whether it is also run where nothing is to be found,
    `real` whether on real files. `found` is its exit code when it finds something; else it is 0, or it failed.
    """

    name: str
    command: tuple[str, ...]
    lacks: str
    reads: tuple[str, ...]
    most: int = _ANY
    clean: bool = False
    real: bool = True
    found: int = 0


def _python(name: str, code: str, reads: tuple[str, ...], lacks: str, most: int = _ANY) -> Rival:
    return Rival(name=name, command=("python", "-c", code, "FILE"), reads=reads, lacks=lacks, most=most, clean=True)


OURS = Rival(
    name="debar check",
    command=("python", "-m", "debar", "check", "FILE"),
    lacks="",
    reads=(),
    found=1,
)
CLICK = Rival(
    name="import click",
    command=("python", "-c", "import click"),
    lacks="Reads nothing. It is the least in which a Python program with this library for its command line starts.",
    reads=(),
)
_SPDX_TOOLS = "import sys; from spdx_tools.spdx.parser.parse_anything import parse_file; parse_file(sys.argv[1])"

RIVALS = (
    _python(
        "orjson.loads",
        'import orjson, sys; orjson.loads(open(sys.argv[1], "rb").read())',
        (CYCLONEDX, SPDX, SPDX_3),
        "Makes Python objects of the text. Knows no component, no edge, no vendor and no rule, and prints nothing.",
    ),
    _python(
        "json.load",
        'import json, sys; json.load(open(sys.argv[1], "rb"))',
        (CYCLONEDX, SPDX, SPDX_3),
        "The same with the standard library.",
        most=100_000,
    ),
    _python(
        "expat",
        'import sys; from xml.parsers import expat; expat.ParserCreate().ParseFile(open(sys.argv[1], "rb"))',
        (CYCLONEDX_XML,),
        "Goes through the XML and calls nobody: keeps no name, no edge, no text.",
    ),
    _python(
        "one regular expression",
        "import collections, re, sys; "
        r'collections.deque(re.finditer(rb"(?m)^(\w+): (.*)$", open(sys.argv[1], "rb").read()), 0)',
        (TAG,),
        "Finds each line with a tag and keeps none of it.",
    ),
    Rival(
        name="Bom.from_json",
        command=(
            *("python", "-c"),
            "import json, sys; from cyclonedx.model.bom import Bom; Bom.from_json(json.load(open(sys.argv[1])))",
            "FILE",
        ),
        lacks="Builds the objects of cyclonedx-python-lib. Compares no name, walks no path, gives no verdict; "
        "one component that it does not understand loses the whole document.",
        reads=(CYCLONEDX,),
        most=10_000,
    ),
    Rival(
        name="Bom.from_xml",
        command=(
            *("python", "-c"),
            "import sys; from cyclonedx.model.bom import Bom; Bom.from_xml(open(sys.argv[1]))",
            "FILE",
        ),
        lacks="The same for XML.",
        reads=(CYCLONEDX_XML,),
        most=10_000,
    ),
    Rival(
        name="spdx-tools",
        command=("VENV/python", "-c", _SPDX_TOOLS, "FILE"),
        lacks="Builds its objects of the document, unvalidated. Compares no name, walks no path, gives no verdict; "
        "one value that it does not understand loses the whole document.",
        reads=(SPDX, TAG, "SPDX YAML", "SPDX XML", "SPDX RDF/XML"),
        most=10_000,
    ),
    Rival(
        name="cdx-audit",
        command=(
            *("node", _AUDIT, "--direct-bom-audit", "--rules-dir", "RULES"),
            *("--categories", "denied-vendor", "--bom", "FILE"),
        ),
        lacks="Looks for one word in the name, group and supplier of the components at the top: no nested parts, "
        "services, other fields or spellings, no path to what it finds, no legal rule. CycloneDX JSON only.",
        reads=(CYCLONEDX,),
        most=100_000,
        clean=True,
        found=3,
    ),
    Rival(
        name="debsbom trace-path",
        command=("VENV/debsbom", "trace-path", "--mode", "shortest", "FILE", "PURL"),
        lacks="Shows one shortest path to one component, whose purl it must be told: searches for nothing and "
        "judges nothing.",
        reads=(CYCLONEDX,),
        most=10_000,
        real=False,
    ),
    Rival(
        name="sbomaudit",
        command=("VENV/sbomaudit", "-i", "FILE", "--offline", "--deny", "DENY", "--disable-license-check"),
        lacks="Compares package names with a list of exact ones: no suppliers, no spellings, no paths, and exit "
        "code 0 whatever it finds. It also tells what each component lacks, which cannot be switched off.",
        reads=(CYCLONEDX,),
        most=10_000,
        real=False,
    ),
)
BY_NAME = {rival.name: rival for rival in (CLICK, *RIVALS)}


@dataclass(kw_only=True)
class Rivals:
    """Those of one run: which there are, what the words in their commands stand for, and why others are absent."""

    here: tuple[Rival, ...]
    slots: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)


def ready(names: list[str], home: Path) -> Rivals:
    """Install what the rivals of these names need below `home`; one that cannot be had is absent, with the reason."""
    chosen = tuple(rival for rival in BY_NAME.values() if rival.name in names)
    rules = home / "rules"
    rules.mkdir(exist_ok=True)
    (rules / "vendor.yaml").write_text(RULE)
    found = Rivals(here=chosen, slots={"python": sys.executable, "RULES": str(rules)})
    for start, install in (("VENV/", _install_wheels), ("NODE/", _install_cdxgen)):
        needing = [rival for rival in chosen if any(word.startswith(start) for word in rival.command)]
        if needing:
            why = install(home, found.slots)
            found.absent |= {rival.name: why[word] for rival in needing for word in rival.command if word in why}
    found.here = tuple(rival for rival in chosen if rival.name not in found.absent)
    return found


def _install_wheels(home: Path, slots: dict[str, str]) -> dict[str, str]:
    """Make the virtual environment; returns the words that stand for nothing, with why."""
    folder = home / "venv"
    programs = {"VENV/debsbom": WHEELS[0], "VENV/sbomaudit": WHEELS[1], "VENV/python": WHEELS[2]}
    if not (folder / "bin" / "pip").exists():
        venv.create(folder, with_pip=True)
    why = {}
    for word, wheel in programs.items():
        slots[word] = str(folder / "bin" / word.removeprefix("VENV/"))
        failed = _run([str(folder / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", wheel])
        if failed:
            why[word] = f"pip install {wheel}: {failed}"
    return why


def _install_cdxgen(home: Path, slots: dict[str, str]) -> dict[str, str]:
    """Install cdxgen without its half a gigabyte of optional plugins, which the audit does not use."""
    folder = home / "node"
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        return {_AUDIT: "there is no npm or no node here"}
    program = folder / "node_modules" / _AUDIT.removeprefix("NODE/")
    slots |= {"node": node, _AUDIT: str(program)}
    if program.exists():
        return {}
    options = ("--omit=optional", "--no-audit", "--no-fund", "--ignore-scripts")
    failed = _run([npm, "install", "--prefix", str(folder), *options, CDXGEN, _JSONATA])
    return {_AUDIT: f"npm install {CDXGEN}: {failed}"} if failed else {}


def _run(command: list[str]) -> str:
    """Run an installer; returns the last line of its complaint, or nothing."""
    try:
        done = subprocess.run(  # noqa: S603 - the commands above
            command, check=False, capture_output=True, text=True, timeout=_MOST_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"took longer than {_MOST_SECONDS} s"
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return (lines[-1].strip() if lines else f"exit code {done.returncode}") if done.returncode else ""
