"""`check --each`: a folder of many SBOMs, each judged alone, by any number of processes with the same result."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import dying
import pytest
from click.testing import CliRunner, Result
from joining import joined
from syrupy.assertion import SnapshotAssertion
from test_carried import image_layout

from conftest import cyclonedx
from debar import pipeline
from debar.cli import each, pool
from debar.cli.check import check
from debar.errors import DebarError, UsageError
from debar.report.summary import ERROR, Row, Summary
from debar.report.table import COLUMNS

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
ENGINE = {"name": "Kaspersky Scan Engine", "version": "1", "supplier": {"name": "Kaspersky Lab"}}
EVIL = ("\x1b[31mred.json", "new\nline.json", "::error::x.json", "##[error]x.json", os.fsdecode(b"not-utf8-\xff.json"))
FORMATS = ("text", "json", "junit", "csv", "markdown", "github", "far-report")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(check, ["--each", *map(str, arguments), "--as-of", "2026-11-21"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of files that pass, fail, need review, are incomplete, broken, foreign, or badly named."""
    made = tmp_path / "sboms"
    (made / "inner").mkdir(parents=True)
    for number in range(12):
        (made / f"pass-{number:02}.json").write_bytes(cyclonedx({"name": f"a{number}", "purl": f"pkg:npm/a{number}@1"}))
    for name in EVIL:
        (made / name).write_bytes(cyclonedx(ENGINE))
    for example in (
        "engine-two-paths.cdx.json",
        "incomplete.spdx",
        "test-dependency-unscoped.cdx.json",
        "orphan.cdx.xml",
    ):
        (made / "inner" / example).write_bytes((EXAMPLES / example).read_bytes())
    (made / "broken.cdx.json").write_text('{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [')
    (made / "empty.cdx.json").touch()
    (made / "README.md").write_text("no SBOM")
    (made / "inner" / "leads-out.json").symlink_to("/etc/hostname")
    (made / ".hidden.json").write_text("{")
    return made


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few files be enough for processes."""
    monkeypatch.setattr(each, "_FEW", 1)


def outputs(folder: Path, target: Path, *arguments: object) -> tuple[int, str, str, list[bytes]]:
    """Return how a check into every format that can hold several products ends, and all that it writes."""
    target.mkdir()
    files = [target / f"report.{name}" for name in FORMATS]
    pairs = [word for name, file in zip(FORMATS, files, strict=True) for word in ("--format", name, "--output", file)]
    done = run(folder, *pairs, *arguments)
    return done.exit_code, done.stdout, done.stderr, [file.read_bytes() for file in files if file.exists()]


WAIVERS = ("--waivers", EXAMPLES / "accepted/waivers.yaml")


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    "options", [(), ("--fail-on", "fail", "--redact"), WAIVERS], ids=["plain", "redact", "waivers"]
)
def test_processes_change_nothing(folder: Path, tmp_path: Path, options: Sequence[object]) -> None:
    alone = outputs(folder, tmp_path / "one", "--jobs", 1, *options)
    shared = outputs(folder, tmp_path / "three", "--jobs", 3, *options)

    assert alone[0] == 3
    assert len(alone[3]) == len(FORMATS)
    assert shared == alone


def test_getting_ready_for_many_changes_nothing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = outputs(folder, tmp_path / "few")
    monkeypatch.setattr(each, "_FEW", 1)

    assert outputs(folder, tmp_path / "many", "--jobs", 1) == few


def test_a_folder_is_its_files(folder: Path) -> None:
    (folder / "README.md").unlink()
    files = [*sorted(path for path in folder.glob("[!.]*") if path.is_file()), *sorted((folder / "inner").iterdir())]
    (folder / "inner" / "leads-out.json").unlink()
    whole = run(folder, "--format", "json")
    named = run(*(path for path in files if path.exists()), "--format", "json")

    assert whole.exit_code == named.exit_code == 3
    assert whole.stdout == named.stdout
    assert len(json.loads(whole.stdout)) == 21


def test_what_is_no_sbom_is_passed_over_and_what_is_broken_is_told(folder: Path) -> None:
    done = run(folder)

    assert f"debar: {folder}: 1 of 25 files is no SBOM: README.md\n" in done.stderr
    assert [line for line in done.stderr.splitlines() if "README" not in line] == [
        f"debar: {folder}/broken.cdx.json: broken JSON: Input data was truncated",
        f"debar: {folder}/empty.cdx.json: the file is empty (did the generator fail?)",
        f"debar: {folder}/inner/leads-out.json: a link that leads out of the folder",
    ]
    assert "hidden" not in done.output


def test_a_folder_without_an_sbom_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "empty").mkdir()
    done = run(tmp_path, tmp_path / "empty", EXAMPLES / "clean.cdx.json", tmp_path / "missing", "--format", "json")

    assert done.exit_code == 3
    assert [one["verdict"] for one in json.loads(done.stdout)] == ["pass"]
    assert f"{tmp_path}: there is no SBOM in it: notes.txt" in done.stderr
    assert f"{tmp_path}/empty: there is no SBOM in it: it is empty" in done.stderr
    assert f"{tmp_path}/missing: no such file" in done.stderr


def test_an_image_layout_is_one_product(tmp_path: Path) -> None:
    (tmp_path / "image").mkdir()
    done = run(image_layout(tmp_path / "image"), "--format", "json")

    assert len(json.loads(done.stdout)) == 1


def test_the_summary_has_the_worst_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    monkeypatch.chdir(folder.parent)
    text = run("sboms").stdout

    assert text[text.index("\n24 inputs: ") :] == snapshot


def test_the_page_shows_a_table_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs/reports.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- each -->\n```\n\$ debar check --each (.*)\n\.\.\.\n([^`]*)```", page)
    monkeypatch.chdir(ROOT)

    assert shown
    assert run(*shown[1].split()).stdout.endswith("\n" + shown[2])


def test_the_summary_does_not_grow_with_the_files(snapshot: SnapshotAssertion) -> None:
    summary = Summary()
    words = (ERROR, "fail", "review", "incomplete", "pass", "not-applicable")
    for number in range(6_000):
        summary.add(f"{number}.json", Row(word=words[number % 6], findings=number % 7, why="because"))
    lines = summary.render().splitlines()

    assert len(lines) == 54
    assert [lines[0], *lines[2:6], lines[-1]] == snapshot


def test_names_of_files_stay_names(folder: Path) -> None:
    done = run(folder)

    assert all(char == "\n" or char.isprintable() for char in done.output)
    assert not [
        line for line in done.output.splitlines() if line.lstrip().startswith("::") or re.search(r"##\w*\[", line)
    ]
    assert r"\x1b[31mred.json" in done.stdout


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (LookupError("oh"), 70, "internal error: LookupError: oh\n  this is a bug; DEBAR_TRACEBACK=1 shows where"),
        (MemoryError(), 3, "it needs more memory than there is; --max-bytes refuses large ones early"),
    ],
    ids=["bug", "memory"],
)
def test_what_goes_wrong_with_one_file_costs_that_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, says: str
) -> None:
    judge = pipeline.judge

    def breaking(inputs: Sequence[pipeline.Input], by: pipeline.Ready) -> object:
        if inputs[0].path.endswith("pass-03.json"):
            raise error
        return judge(inputs, by)

    monkeypatch.setattr(pipeline, "judge", breaking)
    done = run(folder, "--format", "json")

    assert done.exit_code == code
    assert len(json.loads(done.stdout)) == 20
    assert f"pass-03.json: {says}" in done.stderr


def test_a_traceback_is_shown_on_request(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBAR_TRACEBACK", "1")
    monkeypatch.setattr(pipeline, "judge", lambda *_: 1 / 0)

    assert "Traceback (most recent call last):" in run(folder).stderr


def test_a_file_over_a_limit_costs_that_file(folder: Path) -> None:
    done = run(folder, "--max-bytes", 1_000, "--format", "json")

    assert done.exit_code == 3
    assert len(json.loads(done.stdout)) == 17
    assert f"{folder}/inner/engine-two-paths.cdx.json: larger than 1,000 bytes (raise the limit" in done.stderr


@pytest.mark.usefixtures("many")
def test_a_process_that_dies_costs_one_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(folder, "--format", "json", "--jobs", 2)
    (folder / "deadly.json").write_bytes(cyclonedx(ENGINE))
    monkeypatch.setattr(each, "answering", dying.answering_but_for_one)
    done = run(folder, "--format", "json", "--jobs", 2)

    assert done.stdout == whole.stdout
    assert done.exit_code == 3
    told = set(done.stderr.splitlines()) - set(whole.stderr.splitlines())
    assert any(
        "deadly.json: the process that read it ended with exit code 3, twice (out of memory?" in one for one in told
    )


def chunks(count: int) -> list[list[int]]:
    return [[*range(first, min(first + 3, count))] for first in range(0, count, 3)]


def lost(task: int, code: int) -> bytes:
    return b"lost %d by %d" % (task, code)


NUMBERS = [b"%d" % number for number in range(20)]


def test_answers_come_in_the_order_of_the_tasks() -> None:
    assert list(pool.answers(chunks(20), dying.slow_first, None, lost, 3)) == NUMBERS


def test_answers_that_wait_for_an_earlier_one_hold_up_new_work_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_HELD", 0)

    assert list(pool.answers(chunks(20), dying.slow_first, None, lost, 3)) == NUMBERS


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_task_that_kills_twice_is_lost_and_no_other(jobs: int) -> None:
    found = list(pool.answers(chunks(20), dying.dying, 7, lost, jobs))

    assert found == [*NUMBERS[:7], b"lost 7 by -9", *NUMBERS[8:]]


def test_a_task_that_kills_once_is_answered(tmp_path: Path) -> None:
    assert list(pool.answers(chunks(20), dying.dying_once, tmp_path / "mark", lost, 2)) == NUMBERS


def test_processes_that_cannot_begin_are_an_error() -> None:
    with pytest.raises(DebarError, match=r"could not begin \(exit code 7\); --jobs 1"):
        list(pool.answers(chunks(20), dying.stillborn, None, lost, 2))


def test_an_output_does_not_replace_an_sbom_of_the_folder(folder: Path) -> None:
    before = (folder / "pass-02.json").read_bytes()
    done = run(folder, "--output", folder / "pass-02.json")

    assert isinstance(done.exception, UsageError)
    assert (folder / "pass-02.json").read_bytes() == before
    assert not list(folder.glob(".debar-*"))
    again = [run(folder, "--output", folder / "report.json").exit_code for _ in range(2)]
    assert again == [3, 3]


def test_a_format_that_refuses_leaves_the_other_file_as_it_was(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("old")
    done = run(folder, "--output", tmp_path / "old.json", "--output", tmp_path / "new.sarif")

    assert isinstance(done.exception, UsageError)
    assert "20 SBOMs" in str(done.exception)
    assert [(tmp_path / "old.json").read_text(), (tmp_path / "new.sarif").exists()] == ["old", False]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--regime", "none-such"], "no regime"),
        (["--format", "html"], "holds one product"),
        (["-", "--format", "json"], "not standard input"),
    ],
)
def test_mistakes_in_options_are_told_before_anything_is_judged(folder: Path, arguments: list[str], says: str) -> None:
    done = run(folder, *arguments)

    assert isinstance(done.exception, UsageError)
    assert says in str(done.exception)
    assert not done.stdout


def test_jobs_are_for_many() -> None:
    done = CliRunner().invoke(check, [str(EXAMPLES / "clean.cdx.json"), "--jobs", "2"])

    assert isinstance(done.exception, UsageError)
    assert "--each" in str(done.exception)


def test_no_report_at_all_is_a_whole_file_too() -> None:
    assert json.loads(joined("json", [])) == []
    assert joined("csv", []) == ",".join(COLUMNS) + "\n"
    assert joined("junit", []).endswith('<testsuites name="debar">\n</testsuites>\n')


def bulk(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:04}.json").write_bytes(cyclonedx({"name": f"a{number}", "purl": f"pkg:npm/a{number}@1"}))
    return folder


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "debar", "check", "--each", "--as-of", "2026-11-21", *map(str, arguments)]


ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "TERM": "xterm"}


def read(terminal: int) -> bytes:
    """Read what there is; a terminal that nobody writes to any more is an error on Linux."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        return b""


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are those of Unix")
def test_a_bar_is_drawn_on_a_terminal_alone(tmp_path: Path) -> None:
    import pty

    arguments = command(bulk(tmp_path / "sboms", 20), tmp_path / "missing")
    quiet = subprocess.run(arguments, env=ENVIRONMENT, capture_output=True, check=False)
    ours, theirs = pty.openpty()
    with (tmp_path / "reports").open("w+b") as reports:
        drawn = subprocess.Popen(arguments, env=ENVIRONMENT, stdout=reports, stderr=theirs)
        os.close(theirs)
        shown = b"".join(iter(lambda: read(ours), b""))
        os.close(ours)
        code = drawn.wait(timeout=60)

    assert quiet.stderr == f"debar: {tmp_path}/missing: no such file\n".encode()
    assert b"checking" in shown
    assert b"\r\x1b[Kdebar: " in shown
    assert (tmp_path / "reports").read_bytes() == quiet.stdout
    assert code == quiet.returncode == 3


def session(leader: int) -> list[int]:
    """Return the processes of a session that are left."""

    def of(pid: int) -> int:
        try:
            return os.getsid(pid)
        except ProcessLookupError:
            return 0

    return [pid for pid in (int(one.name) for one in Path("/proc").glob("[0-9]*")) if of(pid) == leader]


def test_an_interrupt_ends_all_processes_quietly(tmp_path: Path) -> None:
    folder = bulk(tmp_path / "sboms", 600)
    process = subprocess.Popen(
        command(folder, "--jobs", 2, "--output", tmp_path / "out.json", "--format", "json", "--format", "text"),
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout
    process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)

    assert process.returncode == 130
    assert told.decode().strip() in {"", "Aborted!"}
    assert [path.name for path in tmp_path.iterdir()] == ["sboms"]
    deadline = time.monotonic() + 60
    while session(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not session(process.pid)


def test_processes_import_nothing_from_the_current_folder(tmp_path: Path) -> None:
    folder = bulk(tmp_path / "sboms", 160)
    for name in ("struct", "random", "multiprocessing", "debar", "signal"):
        (folder / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    program = f"import sys; sys.path[:] = {sys.path!r}; from debar.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, "check", "--each", ".", "--jobs", "2"],
        cwd=folder,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "ran").exists()
