"""``debar validate`` as a user meets it: lines, JSON, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from debar.cli.validate import validate

EXAMPLES = Path(__file__).parents[2] / "examples"
CLEAN = EXAMPLES / "clean.cdx.json"


def run(*arguments: object, data: bytes = b"") -> Result:
    return CliRunner().invoke(validate, [str(one) for one in arguments], input=data)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.json"
    document = json.loads(CLEAN.read_text(encoding="utf-8"))
    document["components"][0]["type"] = "spyware\x1b[2J"
    document["junk"] = 1
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("clean.cdx.json", "valid CycloneDX JSON 1.6"),
        ("orphan.cdx.xml", "valid CycloneDX XML 1.5"),
        ("incomplete.spdx", "valid SPDX tag-value 2.3"),
    ],
)
def test_a_valid_document_is_one_line(name: str, says: str) -> None:
    done = run(EXAMPLES / name)

    assert (done.exit_code, done.stdout) == (0, f"{EXAMPLES / name}: {says}\n")


def test_problems_are_lines_with_places_and_nothing_that_a_terminal_obeys(bad: Path) -> None:
    done = run(bad)

    assert done.exit_code == 1
    first, second = sorted(done.stdout.splitlines(), key=lambda line: int(line.split(":")[1]))
    assert "/components/0/type: " in first
    assert "'junk' was unexpected" in second
    assert "\x1b" not in done.stdout


def test_json(bad: Path) -> None:
    done = run(bad, CLEAN, "--format", "json", "--most", "1")
    documents = json.loads(done.stdout)["documents"]

    assert done.exit_code == 1
    assert [(one["path"], one["valid"], len(one["problems"])) for one in documents] == [
        (str(bad), False, 1),
        (str(CLEAN), True, 0),
    ]
    assert set(documents[0]["problems"][0]) == {"line", "column", "pointer", "message"}
    assert "--most" in done.stderr


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        CLEAN.read_bytes()[:700],
        CLEAN.read_bytes().replace(b'"1.6"', b'"9.9"'),
        b'<!DOCTYPE bom><bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>',
    ],
)
def test_what_cannot_be_validated_is_3_and_stops_nothing(tmp_path: Path, bad: Path, data: bytes) -> None:
    path = tmp_path / "input"
    path.write_bytes(data)

    done = run(path, bad, CLEAN)

    assert done.exit_code == 3
    assert done.stderr.startswith(f"debar: {path}: ")
    assert f"{CLEAN}: valid" in done.stdout


def test_standard_input() -> None:
    assert run("-", data=CLEAN.read_bytes()).stdout == "(standard input): valid CycloneDX JSON 1.6\n"


def test_yaml_is_validated_by_the_json_schema(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "spdxVersion: SPDX-2.3\ndataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nname: 1.10\nname: 1.11\n"
        "documentNamespace: https://example.com/x\n"
        "creationInfo: {created: 2024-01-01T00:00:00Z, creators: ['Tool: x']}\n"
        "packages:\n- {SPDXID: SPDXRef-a, name: a, downloadLocation: NONE, filesAnalyzed: false}\n- {name: b}\n",
        encoding="utf-8",
    )

    done = run(path)

    assert done.exit_code == 1
    first, *others = done.stdout.splitlines()
    assert first == f"{path}: line 5, column 7: name: the key occurs twice"
    assert len(others) == 2
    assert all(line.startswith(f"{path}:10:3: /packages/1: ") for line in others)
