"""``debar check`` as a user meets it: streams, exit codes, errors, formats."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
CLEAN, ENGINE = EXAMPLES / "clean.cdx.json", EXAMPLES / "engine-two-paths.cdx.json"


def debar(*arguments: object, data: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "debar", *map(str, arguments)],
        input=data,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
    )


def report(*arguments: object) -> dict[str, object]:
    done = debar("check", *arguments, "--format", "json", "--as-of", "2026-11-21")
    return json.loads(done.stdout)  # type: ignore[no-any-return] # the report is an object


@pytest.mark.parametrize(
    ("name", "data", "code", "says"),
    [
        ("empty", b"", 3, b"the file is empty"),
        ("object", b"{}", 3, b"no SBOM that debar knows"),
        ("truncated", CLEAN.read_bytes()[:700], 3, b"truncated"),
        ("page", b"<!DOCTYPE html><html></html>", 3, b"web page"),
        ("no components", b'{"bomFormat":"CycloneDX","specVersion":"1.6"}', 1, b"empty-inventory"),
        ("future", CLEAN.read_bytes().replace(b'"1.6"', b'"9.9"'), 1, b"unsupported-version"),
        ("trailing", CLEAN.read_bytes() + b"<p>and a page</p>", 3, b"line "),
        ("deep", b'{"bomFormat":"CycloneDX","specVersion":"1.6","components":' + b"[" * 100_000, 3, b"deep"),
        ("not utf-8", CLEAN.read_bytes().replace(b"ACME", b"ACM\xe9"), 3, b"UTF-8"),
        (
            "doctype",
            b'<!DOCTYPE bom [<!ENTITY a "b">]><bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>',
            3,
            b"document type declaration",
        ),
    ],
)
def test_bad_input_is_one_clear_line_and_never_a_pass(
    tmp_path: Path, name: str, data: bytes, code: int, says: bytes
) -> None:
    path = tmp_path / f"{name}.json"
    path.write_bytes(data)

    done = debar("check", path)

    assert done.returncode == code
    assert says in done.stdout + done.stderr
    assert b"Traceback" not in done.stderr
    if code == 3:
        assert done.stdout == b""
        assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["check"], 2, b"Missing argument"),
        (["check", CLEAN, "--regime", "nope"], 2, b"us-bis-icts-2021-002"),
        (["check", CLEAN, "--as-of", "soon"], 2, b"2024-09-29T04:00:00Z"),
        (["check", CLEAN, "--output", "a", "--output", "b"], 2, b"more --output than --format"),
        (["check", CLEAN, "--format", "json", "--format", "text"], 2, b"share standard output"),
        (["check", CLEAN, "--output", "/nonexistent/report.txt"], 2, b"cannot write"),
        (["check", "missing.json"], 3, b"no such file"),
        (["check", ROOT / "src/debar/model"], 3, b"no SBOM"),
        (["check", CLEAN, "--policy", "nope"], 4, b"nope"),
        (["check", CLEAN, "--max-bytes", "10"], 3, b"--max-bytes"),
        (["check", ENGINE, "--max-components", "2"], 3, b"--max-components"),
        (["check", CLEAN, "--market", "USA"], 2, b"two-letter"),
        (["check", CLEAN, "--market", ""], 2, b"two-letter"),
        (["check", CLEAN, "--output", CLEAN], 2, b"is an input"),
        (["check", CLEAN, *(["--format", "json", "--output", "x"] * 2)], 2, b"one file"),
        (["explain", CLEAN, ""], 2, b"COMPONENT is empty"),
        (["nonsense"], 2, b"No such command"),
        ([CLEAN], 2, b"Did you mean 'debar check"),
        (["explain", CLEAN, "nothing-like-this"], 2, b"no component is called"),
    ],
)
def test_errors_say_what_is_wrong_and_what_to_do(arguments: list[object], code: int, says: bytes) -> None:
    done = debar(*arguments)

    assert (done.returncode, says in done.stderr) == (code, True), done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("sbom", "fail_on", "code"),
    [
        ("clean.cdx.json", "incomplete", 0),
        ("incomplete.spdx", "incomplete", 1),
        ("incomplete.spdx", "review", 0),
        ("test-dependency-unscoped.cdx.json", "review", 1),
        ("test-dependency-unscoped.cdx.json", "fail", 0),
        ("engine-two-paths.cdx.json", "fail", 1),
    ],
)
def test_fail_on_decides_the_exit_code(sbom: str, fail_on: str, code: int) -> None:
    assert debar("check", EXAMPLES / sbom, "--fail-on", fail_on).returncode == code


def test_standard_input_gzip_and_the_github_wrapper_are_read() -> None:
    wrapped = json.dumps(
        {
            "sbom": {
                "spdxVersion": "SPDX-2.3",
                "name": "r",
                "packages": [{"SPDXID": "SPDXRef-a", "name": "npm:@kaspersky/hexa-ui", "versionInfo": "6"}],
            }
        }
    )
    done = debar("check", "-", "--format", "json", data=gzip.compress(wrapped.encode()))
    found = json.loads(done.stdout)

    assert found["inputs"][0]["path"] == "(standard input)"
    assert [item["article"] for item in found["findings"]] == ["other-software"]


def test_several_reports_of_one_check(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    done = debar("check", CLEAN, "--format", "text", "--format", "json", "--output", "-", "--output", target)

    assert done.stdout.startswith(b"PASS  ")
    assert json.loads(target.read_bytes())["verdict"] == "pass"


def test_json_is_the_same_whatever_the_hash_seed() -> None:
    runs = {
        debar(
            "check", EXAMPLES / "everywhere.cdx.json", "--format", "json", "--as-of", "2026-11-21", PYTHONHASHSEED=seed
        ).stdout
        for seed in ("0", "1", "2")
    }

    assert len(runs) == 1


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.*")), ids=lambda path: path.name)
def test_json_follows_its_schema(path: Path) -> None:
    schema = json.loads((ROOT / "src/debar/report/report-v1.schema.json").read_text())
    found = json.loads(debar("check", path, "--format", "json", "--near-misses").stdout)

    jsonschema_rs.validator_for(schema).validate(found)


def test_json_v1_is_frozen(snapshot: object) -> None:
    done = debar("check", "examples/engine-two-paths.cdx.json", "--format", "json", "--as-of", "2026-11-21")
    shape = json.loads(done.stdout)
    shape["policy"]["digest"] = shape["policies"][0]["digest"] = "(the pack's)"
    shape["tool"]["version"] = "(the tool's)"

    assert json.dumps(shape, indent=2) == snapshot


def test_every_place_is_found_with_field_line_column_and_path() -> None:
    text = (EXAMPLES / "everywhere.cdx.json").read_text(encoding="utf-8").split("\n")
    found = report("examples/everywhere.cdx.json")
    by_name = {item["component"]["name"]: item for item in found["findings"]}  # type: ignore[attr-defined,index] # parsed JSON

    fields = {name: {mention["field"] for mention in item["mentions"]} for name, item in by_name.items()}
    assert {
        "stream-core": {"supplier"},
        "ui-tokens": {"purl"},
        "disk-guard": {"publisher"},
        "content-filter": {"cpe"},
        "lib/filter.so": {"author"},
        "netmon": {"manufacturer"},
        "reputation-lookup": {"provider"},
        "Kaspersky Lab Antivirus Engine": {"name"},
        "scanner": {"purl"},
    }.items() <= fields.items()
    assert not {"kaspersky-free-name-generator", "ultravnc", "acme-suite"} & by_name.keys()
    for item in by_name.values():
        component = item["component"]
        assert text[component["line"] - 1][component["column"] - 1] == "{"
        assert item["paths"][0][0]["name"] == "acme-suite@9.0"
        assert len(item["paths"][0]) > 1
    assert by_name["netmon"]["paths"][0][-1]["kind"] == "listed"


def test_dates_decide_to_the_second() -> None:
    verdicts = [
        json.loads(debar("check", ENGINE, "--format", "json", "--as-of", instant).stdout)["verdict"]
        for instant in ("2024-09-29T03:59:59Z", "2024-09-29T04:00:00Z")
    ]

    assert verdicts == ["pass", "fail"]


@pytest.mark.parametrize(
    "code",
    [
        "import debar",
        "import sys; sys.argv[1:] = ['--version']; from debar.cli import main\ntry: main()\nexcept SystemExit: pass",
    ],
)
def test_start_up_loads_nothing_heavy(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}

    assert not loaded & {"networkx", "cyclonedx", "spdx_tools", "yaml", "rich"}, done.stderr


def test_hostile_names_reach_no_terminal() -> None:
    evil = "Kaspersky Lab\x1b[2J\x07\u202e\r::error::x\u2028"
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": {"type": "application", "name": "p\x1b]0;t\x07", "bom-ref": "p"}},
        "components": [{"type": "library", "name": "a\x9b2J\n::error::b", "bom-ref": "a", "supplier": {"name": evil}}],
        "dependencies": [{"ref": "p", "dependsOn": ["a"]}],
    }
    done = debar("check", "-", data=json.dumps(document).encode())
    out = done.stdout.decode()

    assert "Kaspersky Lab" in out
    assert all(char == "\n" or char.isprintable() for char in out)
    assert not any(line.startswith("::") for line in out.splitlines())


def test_a_file_given_twice_is_read_once() -> None:
    done = debar("check", ENGINE, ENGINE)

    assert done.stdout.count(b"FAIL  Kaspersky Scan Engine") == 1
    assert b"is read once" in done.stdout


@pytest.mark.parametrize(("sbom", "code"), [(CLEAN, 0), (ENGINE, 1)])
def test_a_reader_that_goes_away_changes_no_exit_code(sbom: Path, code: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "debar", "check", str(sbom)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()

    assert (process.wait(), said) == (code, b"")


@pytest.mark.parametrize(
    "command", [[], ["check"], ["explain"], ["paths"], ["policy"], ["policy", "show"], ["schema"], ["validate"]]
)
def test_help_shows_its_examples_line_by_line(command: list[str]) -> None:
    done = debar(*command, "--help")

    assert done.returncode == 0
    assert b"\\b" not in done.stdout
    assert b"\n  Examples:\n    debar " in done.stdout or command in (["policy"], ["schema"])


def test_explain_and_paths_answer_for_any_component() -> None:
    flagged = debar("explain", ENGINE, "scan-engine").stdout.decode()
    clean = debar("explain", ENGINE, "express").stdout.decode()
    paths = debar("paths", ENGINE, "av-bridge").stdout.decode()

    assert "flagged as engine, certain" in flagged
    assert "matches KI-" in flagged
    assert "not flagged" in clean
    assert "2 paths" in paths


@pytest.mark.parametrize(("profile", "verdict"), [("inventory", "pass"), ("standard", "incomplete")])
def test_a_gap_that_the_caller_knows_of_counts_like_one_of_the_sbom(profile: str, verdict: str) -> None:
    found = report(CLEAN, "--profile", profile, "--gap", "not-this-commit=the SBOM is that of main")

    assert found["verdict"] == verdict
    (gap,) = [gap for gap in found["gaps"] if gap["code"] == "not-this-commit"]  # type: ignore[attr-defined] # a list
    assert gap["examples"] == ["the SBOM is that of main"]


def test_a_gap_never_excuses_a_finding_and_must_be_a_known_one() -> None:
    assert report(ENGINE, "--gap", "not-this-commit")["verdict"] == "fail"

    done = debar("check", CLEAN, "--gap", "nothing")

    assert done.returncode == 2
    assert b"there is no gap 'nothing'" in done.stderr
