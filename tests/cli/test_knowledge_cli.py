"""Several packs, private facts and corrections as a user meets them: text, JSON, explain, exit codes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest

import debar as library
from debar.pipeline import Options

ROOT = Path(__file__).parents[2]
ENGINE, CLEAN = "examples/engine-two-paths.cdx.json", "examples/clean.cdx.json"
FACTS, CORRECTIONS = "examples/knowledge/facts.yaml", "examples/knowledge/corrections.yaml"
BOTH = ("--policy", "us-kaspersky", "--policy", "us-section-889")
KNOWN = ("--facts", FACTS, "--corrections", CORRECTIONS)
AS_OF = ("--as-of", "2026-11-21T00:00:00Z")


def debar(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "debar", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env=os.environ,
        check=False,
    )


def sha256(path: str) -> str:
    return hashlib.sha256((ROOT / path).read_bytes()).hexdigest()


def test_the_text_report_names_packs_files_and_corrections(snapshot: object) -> None:
    done = debar("check", ENGINE, *BOTH, *KNOWN, *AS_OF)

    assert done.returncode == 1
    assert all(sha256(path) in done.stdout for path in (FACTS, CORRECTIONS))
    assert re.sub(r"sha256 [0-9a-f]{64}", "sha256 (the file's)", done.stdout) == snapshot


def test_explain_shows_what_a_correction_removed(snapshot: object) -> None:
    done = debar("explain", ENGINE, "Kaspersky Scan Engine", *BOTH, *KNOWN, *AS_OF)

    assert done.returncode == 0
    assert done.stdout == snapshot


def test_json_lists_packs_files_and_corrections_and_follows_its_schema() -> None:
    found = json.loads(debar("check", ENGINE, *BOTH, *KNOWN, *AS_OF, "--format", "json").stdout)
    schema = json.loads((ROOT / "src/debar/report/report-v1.schema.json").read_text(encoding="utf-8"))

    jsonschema_rs.validator_for(schema).validate(found)
    assert [pack["id"] for pack in found["policies"]] == ["us-kaspersky", "us-section-889"]
    assert found["policy"] == found["policies"][0]
    assert found["facts_files"] == [
        {"path": FACTS, "sha256": sha256(FACTS), "policy": "us-kaspersky", "facts": ["ACME-0001", "ACME-0002"]}
    ]
    assert found["corrections_files"] == [{"path": CORRECTIONS, "sha256": sha256(CORRECTIONS)}]
    assert [(item["fact"], item["line"], len(item["matched"])) for item in found["corrections"]] == [
        ("KI-0001", 3, 1),
        ("KI-0062", 7, 0),
    ]
    assert {item["policy"] for item in found["findings"]} == {"us-kaspersky"}


def test_without_an_option_the_first_pack_judges_alone() -> None:
    found = json.loads(debar("check", CLEAN, "--format", "json").stdout)

    assert [pack["id"] for pack in found["policies"]] == ["us-kaspersky"]
    assert found["facts_files"] == found["corrections_files"] == found["corrections"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["check", CLEAN, "--policy", "us-kaspersky", "--policy", "us-kaspersky"], 4, "is given twice"),
        (["check", CLEAN, *BOTH, "--regime", "nope"], 2, "packs us-kaspersky, us-section-889 have no regime 'nope'"),
        (["check", CLEAN, "--facts", "missing.yaml"], 4, "missing.yaml:1: cannot be read"),
        (["check", CLEAN, "--facts", CORRECTIONS], 4, f"{CORRECTIONS}:2: corrections: unknown key"),
        (["check", CLEAN, "--corrections", FACTS], 4, f"{FACTS}:2: pack: unknown key"),
        (["check", CLEAN, "--facts", FACTS, "--policy", "us-section-889"], 4, "us-kaspersky is no pack of this run"),
        (["explain", CLEAN, "express", "--corrections", "missing.yaml"], 4, "missing.yaml:1: cannot be read"),
        (["policy", "lint", FACTS, CORRECTIONS], 0, f"{CORRECTIONS}: 0 mistakes"),
        (["policy", "lint", "justfile"], 4, "justfile:"),
        (["schema", "corrections"], 0, "urn:debar:schema:corrections:v1"),
        (["check", CLEAN, *BOTH, "--each", ENGINE], 1, "us-section-889-part-b (operative)       would be PASS"),
    ],
)
def test_each_ending_has_its_code_and_a_sentence(arguments: list[str], code: int, says: str) -> None:
    done = debar(*arguments)

    assert done.returncode == code
    assert says in done.stdout + done.stderr
    assert "internal error" not in done.stderr


def test_the_library_takes_one_pack_or_several_and_the_same_files() -> None:
    options = Options(as_of="2026-11-21T00:00:00Z")
    one = library.check([ROOT / CLEAN], options=options)
    both = library.check(
        [ROOT / ENGINE],
        policy=["us-section-889", ROOT / "policy/us-kaspersky"],
        facts=[ROOT / FACTS],
        corrections=[ROOT / CORRECTIONS],
        options=options,
    )

    assert [pack.id for pack in one.packs] == ["us-kaspersky"]
    assert [pack.id for pack in both.packs] == ["us-section-889", "us-kaspersky"]
    assert [len(item.evidence) for item in both.corrected] == [1, 0]
