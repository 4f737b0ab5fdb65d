"""Waivers and baselines as a user meets them: text, JSON, every format, `waive`, exit codes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema_rs
import pytest

import debar as library
from debar import report
from debar.pipeline import Options

ROOT = Path(__file__).parents[2]
ENGINE, CLEAN = "examples/engine-two-paths.cdx.json", "examples/clean.cdx.json"
WAIVERS, PATHS = "examples/accepted/waivers.yaml", "examples/accepted/paths.yaml"
AS_OF = ("--as-of", "2026-11-21T00:00:00Z")
RULE = "us-bis-icts-2021-002/security-software-shipped"


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


def reported(*arguments: object) -> dict[str, object]:
    found: dict[str, object] = json.loads(debar("check", *arguments, *AS_OF, "--format", "json").stdout)
    schema = json.loads((ROOT / "src/debar/report/report-v1.schema.json").read_text(encoding="utf-8"))
    jsonschema_rs.validator_for(schema).validate(found)
    return found


def test_json_tells_what_became_of_each_waiver_and_follows_its_schema() -> None:
    found = reported(ENGINE, "--waivers", WAIVERS, "--waivers", PATHS)
    (finding,) = found["findings"]

    assert (found["verdict"], finding["status"], finding["waiver"]["id"]) == ("pass", "waived", "WAIVER-2026-007")
    assert finding["waiver"]["ids"] == ["WAIVER-2026-007", "WAIVER-2026-008"]
    assert finding["outcomes"]["us-bis-icts-2021-002"]["waived"] == "fail"
    assert finding["outcomes"]["us-fcc-covered-list"]["outcome"] == "fail"
    assert [(one["id"], one["state"]) for one in found["waivers"]] == [
        ("WAIVER-2025-001", "expired"),
        ("WAIVER-2026-007", "applied"),
        ("WAIVER-2026-008", "applied"),
    ]
    assert {file["path"]: file["sha256"] for file in found["waivers_files"]} == {
        WAIVERS: sha256(WAIVERS),
        PATHS: sha256(PATHS),
    }


def test_json_tells_new_existing_and_gone_and_follows_its_schema() -> None:
    fresh, same = reported(ENGINE, "--baseline", CLEAN), reported(ENGINE, "--baseline", ENGINE, "--new-only")
    gone = reported(CLEAN, "--baseline", ENGINE)

    assert (fresh["findings"][0]["status"], fresh["findings"][0]["new_edge"]) == (
        "new",
        ["acme-gateway", "mail-filter"],
    )
    assert (same["verdict"], same["findings"][0]["status"], same["findings"][0]["new_edge"]) == (
        "pass",
        "existing",
        None,
    )
    assert same["regimes"]["us-bis-icts-2021-002"]["not_gated"] == 1
    assert "1 existing finding not gated" in same["reason"]
    assert gone["baseline"]["inputs"] == [{"path": ENGINE, "sha256": sha256(ENGINE)}]
    assert [one["id"] for one in gone["baseline"]["gone"]] == ["engine:Kaspersky Scan Engine@2.1.0"]


def test_explain_shows_the_waiver() -> None:
    done = debar("explain", ENGINE, "Kaspersky Scan Engine", "--waivers", WAIVERS, *AS_OF)

    assert "waived under us-bis-icts-2021-002" in done.stdout
    assert "waived fail under us-bis-icts-2021-002: WAIVER-2026-007: Shipped to Swiss customers only" in done.stdout


@pytest.mark.parametrize("format_", [name for name in report.FORMATS if name not in {"mermaid", "dot", "github"}])
def test_every_format_shows_the_waived_finding_and_its_files(format_: str) -> None:
    done = debar("check", ENGINE, "--waivers", WAIVERS, "--baseline", CLEAN, *AS_OF, "--format", format_)

    assert done.returncode == 0
    assert "waived" in done.stdout.lower()
    assert sha256(WAIVERS) in done.stdout
    assert sha256(CLEAN) in done.stdout
    assert "WAIVER-2026-007" in done.stdout
    assert "Shipped to Swiss customers only" in done.stdout or format_ == "cyclonedx"
    assert re.search(r"mail-filter|\bnew\b", done.stdout)


@pytest.mark.parametrize("format_", ["mermaid", "dot", "github"])
def test_a_picture_and_an_annotation_say_that_the_pass_is_a_waived_one(format_: str) -> None:
    assert "1 finding waived" in debar("check", ENGINE, "--waivers", WAIVERS, *AS_OF, "--format", format_).stdout


@pytest.mark.parametrize(
    ("format_", "loud"), [("junit", "<failure"), ("github", "::error"), ("sarif", '"level": "error",\n     "message"')]
)
def test_what_does_not_decide_turns_no_build_red(format_: str, loud: str) -> None:
    red = debar("check", ENGINE, "--baseline", ENGINE, *AS_OF, "--format", format_)
    green = debar("check", ENGINE, "--baseline", ENGINE, "--new-only", *AS_OF, "--format", format_)

    assert (red.returncode, green.returncode) == (1, 0)
    assert loud in red.stdout
    assert loud not in green.stdout
    assert "existing" in green.stdout


def test_sarif_suppresses_what_is_waived_and_compares_with_the_baseline() -> None:
    (run,) = json.loads(
        debar("check", ENGINE, "--waivers", WAIVERS, "--baseline", ENGINE, *AS_OF, "--format", "sarif").stdout
    )["runs"]
    (result,) = run["results"]

    assert result["baselineState"] == "unchanged"
    assert (result["level"], result["suppressions"][0]["kind"]) == ("note", "external")
    assert "approved by J. Doe" in result["suppressions"][0]["justification"]


def test_redaction_reaches_waivers_and_baseline(tmp_path: Path) -> None:
    for name in (WAIVERS, CLEAN):
        (tmp_path / Path(name).name).write_bytes((ROOT / name).read_bytes())
    own = ["--waivers", tmp_path / "waivers.yaml", "--baseline", tmp_path / "clean.cdx.json"]

    for format_ in ("text", "json", "markdown", "sarif"):
        done = debar("check", ENGINE, *own, "--redact", *AS_OF, "--format", format_)

        assert "waivers.yaml" in done.stdout
        assert str(tmp_path) not in done.stdout


def completed(text: str) -> str:
    return text.replace('reason: ""', "reason: Replaced in spring.").replace('approver: ""', "approver: J. Doe")


def test_waive_writes_what_a_person_must_complete(tmp_path: Path) -> None:
    until = f"{datetime.now(UTC) + timedelta(days=10):%Y-%m-%d}"
    done = debar("waive", ENGINE, "engine:Kaspersky Scan Engine@2.1.0", "--until", until)
    path = tmp_path / "accepted.yaml"
    path.write_text(done.stdout, encoding="utf-8")
    empty = debar("check", ENGINE, "--waivers", path)
    linted = debar("policy", "lint", path)
    path.write_text(completed(done.stdout), encoding="utf-8")
    full = debar("check", ENGINE, "--waivers", path)

    assert f"rule: {RULE}" in done.stdout
    assert (empty.returncode, linted.returncode, full.returncode) == (4, 4, 0)
    assert "approver: must not be empty" in linted.stdout
    assert "reason: must not be empty" in empty.stderr
    assert "policy files" in empty.stderr
    assert f"expires on {until}, within 30 days" in full.stdout


def test_waive_without_an_end_is_no_waiver(tmp_path: Path) -> None:
    path = tmp_path / "accepted.yaml"
    path.write_text(completed(debar("waive", ENGINE, "Kaspersky Scan Engine").stdout), encoding="utf-8")

    assert "expires: '' is not a date" in debar("policy", "lint", path).stdout


def test_waive_has_one_waiver_for_each_regime_that_decides() -> None:
    regimes = ("us-bis-icts-2021-002", "us-fcc-covered-list", "us-bod-17-01")
    done = debar("waive", ENGINE, "Kaspersky Scan Engine", *(part for name in regimes for part in ("--regime", name)))

    assert re.findall(r"rule: (\S+)/", done.stdout) == ["us-bis-icts-2021-002", "us-fcc-covered-list"]


def test_waive_quotes_a_hostile_name(tmp_path: Path) -> None:
    name = 'Kaspersky Anti-Virus "}\n- id: x #\u202e\x1b[31m\U0001f600\\'
    sbom = json.loads((ROOT / CLEAN).read_text(encoding="utf-8"))
    sbom["components"].append({"type": "application", "name": name, "version": "1: 2", "bom-ref": "evil"})
    sbom["components"][-1]["supplier"] = {"name": "Kaspersky Lab"}
    path, accepted = tmp_path / "evil.cdx.json", tmp_path / "accepted.yaml"
    path.write_text(json.dumps(sbom), encoding="utf-8")
    done = debar("waive", path, "evil", "--until", "2999-01-01")
    accepted.write_text(completed(done.stdout), encoding="utf-8")
    checked = debar("check", path, "--waivers", accepted)

    assert done.stdout.isascii()
    assert "\x1b" not in done.stdout
    assert "1 finding waived" in checked.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["check", CLEAN, "--waivers", "missing.yaml"], 4, "missing.yaml:1: cannot be read"),
        (["check", CLEAN, "--waivers", "examples/knowledge/corrections.yaml"], 4, "corrections: unknown key"),
        (["explain", CLEAN, "express", "--waivers", "missing.yaml"], 4, "missing.yaml:1: cannot be read"),
        (["check", CLEAN, "--waivers", WAIVERS], 0, "WAIVER-2026-007 (examples/accepted/waivers.yaml:3) is unused"),
        (["check", ENGINE, "--waivers", WAIVERS, "--policy", "us-section-889"], 0, "no pack of this run has the rule"),
        (["check", ENGINE, "--baseline", "missing.json"], 3, "missing.json: no such file"),
        (["check", ENGINE, "--baseline", "justfile"], 3, "justfile"),
        (["check", ENGINE, "--baseline", "justfile", "--new-only"], 3, "justfile"),
        (["check", ENGINE, "--new-only"], 2, "--new-only needs a --baseline"),
        (["check", ENGINE, "--baseline", CLEAN, "--each"], 2, "does not go with --each"),
        (["check", "-", "--baseline", "-"], 2, "cannot both come from standard input"),
        (["check", CLEAN, "--baseline", ENGINE, "--output", ENGINE], 2, "is an input"),
        (["waive", CLEAN, "express"], 2, "is not flagged"),
        (["waive", CLEAN, "nothing"], 2, "no component is called 'nothing'"),
        (["waive", ENGINE, "Kaspersky Scan Engine", "--until", "soon"], 2, "is no date or instant"),
        (["waive", ENGINE, "Kaspersky Scan Engine", "--until", "2027-02-30"], 2, "is no date or instant"),
        (["waive", ENGINE, "Kaspersky Scan Engine", "--until", "2020-01-01"], 2, "has passed"),
        (["waive", ENGINE, "Kaspersky Scan Engine", "--regime", "us-bod-17-01"], 2, "nothing to waive"),
        (["schema", "waivers"], 0, "urn:debar:schema:waivers:v1"),
        (["policy", "lint", WAIVERS, PATHS], 0, f"{PATHS}: 0 mistakes"),
    ],
)
def test_each_ending_has_its_code_and_a_sentence(arguments: list[str], code: int, says: str) -> None:
    done = debar(*arguments)

    assert done.returncode == code
    assert says in done.stdout + done.stderr
    assert "internal error" not in done.stderr


def test_an_old_date_revives_no_expired_waiver() -> None:
    done = debar("check", ENGINE, "--waivers", WAIVERS, "--as-of", "2025-04-01")
    later = debar("check", ENGINE, "--waivers", WAIVERS, "--as-of", "2100-01-01")

    assert "WAIVER-2025-001 (examples/accepted/waivers.yaml:10) expired on 2025-06-01" in done.stdout
    assert later.returncode == 1
    assert "WAIVER-2026-007 (examples/accepted/waivers.yaml:3) expired on 2099-12-31" in later.stdout


def test_the_library_takes_waivers_and_a_baseline() -> None:
    options = Options(as_of="2026-11-21T00:00:00Z")
    waived = library.check([ROOT / ENGINE], waivers=[ROOT / WAIVERS], options=options)
    compared = library.check([ROOT / ENGINE], baseline=[ROOT / ENGINE], options=options)

    assert waived.status.value == "pass"
    assert [finding.existing for finding in compared.findings] == [True]
