"""Inputs, outputs and the log of the action: nothing in them is a command, a path elsewhere, or another output."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from defaults import ACTION, DEFAULTS, ROOT
from hypothesis import given, strategies

from debar_action import checker, comment, dependency_graph, main
from debar_action.inputs import Inputs, expand, output_file
from debar_action.runner import Runner, Stop, plain
from debar_action.trusted import Judged


def put(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    return folder


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["a.json"], ["a.json"]),
        (["*.json"], ["-x.json", "a'; touch X; '.json", "a.json", "z[1].json"]),
        (["**/*.json"], ["-x.json", "a'; touch X; '.json", "a.json", "sub/b.json", "z[1].json"]),
        (["sub", "a.json", "./a.json"], ["sub", "a.json", "./a.json"]),
        (["s*/*.json", "./s?b/b.json"], ["sub/b.json"]),
        (["z[1].json"], ["z[1].json"]),
        (["a'; touch X; '.json"], ["a'; touch X; '.json"]),
    ],
)
def test_patterns_name_files_literally_first(tmp_path: Path, patterns: list[str], found: list[str]) -> None:
    put(tmp_path, "a.json", "sub/b.json", "z[1].json", "a'; touch X; '.json", "-x.json")

    assert sorted(expand(patterns, tmp_path)) == sorted(f"./{name}" if name[0] == "-" else name for name in found)


def test_links_in_circles_end(tmp_path: Path) -> None:
    put(tmp_path, "a.json")
    for name in "bcdefg":
        (tmp_path / name).symlink_to(".")

    assert expand(["**/*.json"], tmp_path) == ("a.json",)


def test_a_pattern_may_lie_elsewhere(tmp_path: Path) -> None:
    put(tmp_path, "t/a.json", "w/b.json")

    assert expand([f"{tmp_path}/t/*.json"], tmp_path / "w") == (f"{tmp_path}/t/a.json",)


@pytest.mark.parametrize("pattern", ["none.json", "*.spdx", "$(touch X)", "::error::x\n", "-", "--help"])
def test_a_pattern_that_names_nothing_is_no_pass(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(Stop) as stop:
        expand(["a.json", pattern], put(tmp_path, "a.json"))

    assert stop.value.code == 3
    assert "\n" not in str(stop.value)


@pytest.mark.parametrize("name", ["../out.sarif", "/etc/out.sarif", "link/out.sarif", "link.sarif", "", "."])
def test_reports_go_nowhere_else(tmp_path: Path, name: str) -> None:
    workspace = put(tmp_path / "w", "a")
    (tmp_path / "elsewhere").mkdir()
    (workspace / "link").symlink_to(tmp_path / "elsewhere")
    (workspace / "link.sarif").symlink_to(tmp_path / "elsewhere" / "x")

    with pytest.raises(Stop) as stop:
        output_file(name, workspace, str(tmp_path / "t"))

    assert stop.value.code == 2


def test_reports_go_into_the_workspace_or_the_temporary_folder(tmp_path: Path) -> None:
    workspace = put(tmp_path / "w", "a")

    assert output_file("sub/out.sarif", workspace, "") == workspace / "sub" / "out.sarif"
    assert (workspace / "sub").is_dir()
    assert output_file(str(tmp_path / "t" / "o"), workspace, str(tmp_path / "t")) == tmp_path / "t" / "o"


@pytest.mark.parametrize(("name", "value"), [("TRUST", "bse"), ("COMMENT", "yes"), ("SUMMARY", ""), ("REDACT", "1")])
def test_a_switch_with_an_unknown_value_stops(name: str, value: str) -> None:
    with pytest.raises(Stop) as stop:
        Inputs.read(DEFAULTS | {f"DEBAR_{name}": value})

    assert stop.value.code == 2


def test_values_stay_values_of_their_option(tmp_path: Path) -> None:
    inputs = Inputs.read(DEFAULTS | {"DEBAR_PROFILE": "--each", "DEBAR_REGIMES": "--output=x\nb:strict"})
    judged = Judged(options={"policy": ("--help",), "facts": (), "baseline": ()})
    fetched = dependency_graph.Fetched(paths=("./-x",), not_this_commit=("--a",))
    files = checker.Files.at(tmp_path, inputs, tmp_path)

    assert [
        part for part in checker.arguments(inputs, judged, fetched, files, "") if not part.startswith(str(tmp_path))
    ] == [
        "check",
        "--policy=--help",
        "--regime=--output=x",
        "--regime=b:strict",
        "--gap=not-this-commit=--a",
        "--profile=--each",
        *[part for name in ("text", "json", "markdown", "github") for part in ("--format", name, "--output")],
        "--",
        "./-x",
    ]


@given(strategies.text())
def test_plain_names_mean_nothing_to_anyone(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9 @/._:+%~=#,;()'?-]*", plain(text))


@given(strategies.text(alphabet="a:\n\r%`") | strategies.text())
def test_the_log_and_annotations_hold_no_command_of_others(text: str) -> None:
    printed = _printed(text)
    stopped = re.fullmatch(r"::stop-commands::(\w{32})\n(.*)\n::\1::\n(::error title=debar::.*)\n", printed, re.DOTALL)
    assert stopped
    assert stopped[1] not in stopped[2]
    assert "\n" not in stopped[3]
    assert "\r" not in stopped[3]


def _printed(text: str) -> str:
    import contextlib
    import io

    stream = io.StringIO(newline="")
    with contextlib.redirect_stdout(stream):
        runner = Runner({})
        runner.log(text)
        runner.annotate("error", text)
    return stream.getvalue()


def test_an_output_cannot_set_another(tmp_path: Path) -> None:
    file = tmp_path / "out"

    Runner({"GITHUB_OUTPUT": str(file)}).outputs({"verdict": "a\nEOF\nb<<X\nverdict=pass", "sarif": ""})

    (verdict, value), (sarif, empty) = re.findall(r"(\w+)<<(debar_\w{32})\n", file.read_text())
    assert (verdict, sarif) == ("verdict", "sarif")
    assert file.read_text() == f"verdict<<{value}\na\nEOF\nb<<X\nverdict=pass\n{value}\nsarif<<{empty}\n\n{empty}\n"


def test_a_summary_that_the_runner_would_drop_is_replaced_by_a_short_one(tmp_path: Path) -> None:
    file = tmp_path / "summary"

    Runner({"GITHUB_STEP_SUMMARY": str(file)}).summary("é" * 600_000)

    assert "does not fit" in file.read_text(encoding="utf-8")


@given(strategies.lists(strategies.sampled_from(["```", "````", "```text", "x" * 900, "| a |", ""]), max_size=200))
def test_a_comment_is_cut_outside_of_code_blocks(lines: list[str]) -> None:
    page = "".join(f"{line}\n" for line in ["head", *lines, "y" * 70_000])

    cut = comment.shortened(page, "https://github.com/acme/product/actions/runs/5")

    assert len(cut) < 65_536
    body, _, tail = cut.rpartition("\n\n> **Cut:**")
    assert tail
    fence = ""
    for line in body.splitlines():
        opened = re.match("`{3,}", line)
        if opened and not fence:
            fence = opened[0]
        elif opened and line == fence:
            fence = ""
    assert not fence


def test_what_goes_wrong_still_sets_the_outputs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"

    code = main(DEFAULTS | {"DEBAR_TRUST": "x", "GITHUB_OUTPUT": str(out), "RUNNER_TEMP": str(tmp_path)})

    assert code == 2
    assert re.search(r"verdict<<(\w+)\nerror\n\1\nexit-code<<(\w+)\n2\n\2\n", out.read_text())
    assert "::error title=debar::the input trust is 'x'; write base or head" in capsys.readouterr().out


def test_every_input_goes_through_the_environment_and_is_read() -> None:
    (step,) = ACTION["runs"]["steps"]
    handed = {value: name for name, value in step["env"].items()}
    assert set(handed) == {f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]}
    assert "${{" not in step["run"]
    assert "uses" not in step
    read = {f"DEBAR_{name.upper()}" for name in Inputs.__dataclass_fields__} | {"DEBAR_TOKEN"}
    assert set(step["env"]) == read


def test_every_wheel_is_pinned_by_hash_and_every_dependency_is_there() -> None:
    text = (ROOT / "action" / "requirements.txt").read_text(encoding="utf-8")
    pinned = [block for block in re.split(r"\n(?=[a-z])", re.sub(r"(?m)^#.*\n", "", text)) if block]
    assert all(re.match(r"[a-z0-9-]+==\S+.*\\\n    --hash=sha256:", block) for block in pinned)
    names = {block.partition("==")[0] for block in pinned}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    assert {re.split(r"[><=;\[ ]", item)[0].lower().replace(".", "-") for item in wanted} <= names
