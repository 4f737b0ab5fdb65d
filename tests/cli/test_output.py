"""Several reports of one check: which format goes where, and how files are written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from debar import pipeline, report
from debar.cli.check import check
from debar.cli.output import targets
from debar.errors import UsageError

EXAMPLES = Path(__file__).parents[2] / "examples"
ENGINE = EXAMPLES / "engine-two-paths.cdx.json"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(check, [*map(str, arguments), "--as-of", "2026-11-21"])


@pytest.mark.parametrize(
    ("formats", "outputs", "expected"),
    [
        ([], [], [("text", "-")]),
        (["json"], [], [("json", "-")]),
        (["json", "text"], ["a"], [("json", "a"), ("text", "-")]),
        (["text", "json"], ["-", "b"], [("text", "-"), ("json", "b")]),
        ([], ["report"], [("text", "report")]),
        ([], ["report.JSON"], [("json", "report.JSON")]),
        ([], ["-", "b.json"], [("text", "-"), ("json", "b.json")]),
        (["json"], ["a.txt", "b.txt"], [("json", "a.txt"), ("text", "b.txt")]),
        (["json"], ["a", "-"], [("json", "a"), ("text", "-")]),
    ],
)
def test_formats_and_outputs_pair_by_position(
    formats: list[str], outputs: list[str], expected: list[tuple[str, str]]
) -> None:
    assert targets(formats, outputs, ["sbom.json"]) == expected


@pytest.mark.parametrize(
    ("formats", "outputs", "says"),
    [
        (["json", "text"], [], "share standard output"),
        (["json"], ["-", "-"], "share standard output"),
        (["json"], ["a", "b"], "implies no format"),
        ([], ["a", "b"], "implies no format"),
        ([], [""], "empty"),
        ([], ["a.txt", "./a.txt"], "one file"),
        ([], ["sbom.json"], "is an input"),
    ],
)
def test_what_cannot_be_paired_is_a_usage_error(formats: list[str], outputs: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        targets(formats, outputs, ["sbom.json"])


def test_no_two_formats_claim_one_ending() -> None:
    endings = [ending for item in report.FORMATS.values() for ending in item.endings]

    assert len(endings) == len(set(endings))


def test_several_reports_cost_one_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    judge = pipeline.check

    def counted(*arguments: object, **options: object) -> object:
        calls.append(arguments)
        return judge(*arguments, **options)  # type: ignore[arg-type] # handed on as they come

    monkeypatch.setattr(pipeline, "check", counted)
    done = run(ENGINE, "--output", "-", "--output", tmp_path / "r.json", "--output", tmp_path / "r.txt")

    assert len(calls) == 1
    assert done.exit_code == 1
    assert done.stdout == (tmp_path / "r.txt").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "r.json").read_bytes())["verdict"] == "fail"


@pytest.mark.skipif(sys.platform == "win32", reason="links and modes are those of Unix")
def test_a_file_appears_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    target.chmod(0o640)
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    before = target.stat().st_ino
    run(ENGINE, "--format", "json", "--output", link)

    assert json.loads(target.read_bytes())["verdict"] == "fail"
    assert (target.stat().st_mode & 0o777, target.stat().st_ino != before) == (0o640, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.txt", "report.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are those of Unix")
def test_what_is_no_plain_file_is_written_to_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    run(ENGINE, "--format", "json", "--output", pipe)
    written = os.read(reader, 1 << 16)
    os.close(reader)

    assert json.loads(written)["verdict"] == "fail"
    assert pipe.is_fifo()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    done = run(ENGINE, "--format", "json", "--output", tmp_path / "folder")

    assert isinstance(done.exception, UsageError)
    assert "cannot write" in str(done.exception)
    assert not list((tmp_path / "folder").iterdir())


@pytest.mark.skipif(os.name != "posix", reason="a shell closes the stream")
def test_a_closed_standard_output_changes_no_exit_code() -> None:
    command = ["sh", "-c", '"$@" >&-', "sh", sys.executable, "-m", "debar", "check", str(ENGINE)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)
    assert (done.returncode, done.stderr) == (1, "")
