"""Nothing that an SBOM says breaks out of a report, and people can still read it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from urllib.parse import unquote

import lxml.html
import pytest
from click import Command
from click.testing import CliRunner
from hostile import EVIL, MARK, judged, product
from joining import joined
from lxml import etree
from markdown_it import MarkdownIt
from markdown_it.token import Token

from debar import report
from debar.cli.check import check
from debar.cli.explain import explain
from debar.cli.paths import paths
from debar.cli.validate import validate
from debar.model.policy import Article
from debar.report.table import COLUMNS
from debar.text import safe_text

JUNIT = etree.XMLSchema(etree.parse(Path(__file__).parent / "schemas" / "junit-10.xsd"))
_COMMAND = re.compile(r"::(error|warning|notice) ([^:\n]+)::(.*)")
_MERMAID = re.compile(
    r'flowchart LR|  (verdict|more|n\d+|m\d+_\d+)\["[\w .,()/@+:#;-]*"\](:::\w+)?'
    r'|  \w+ -->\|"[\w .,()-]*"\| \w+|  classDef \w+ [\w:#,-]+'
)
_TEXT = r'"(?:[^"\\]|\\\\|\\")*"'
_DOT = re.compile(
    rf'digraph debar {{|}}|  label={_TEXT};|  labelloc=t; rankdir=LR;|  (node|edge) \[[\w=, "#-]*\];'
    rf'|  (n\d+|m\d+_\d+|more) \[label={_TEXT}(, (fillcolor="#\w{{6}}"|shape=note))?\];|  \w+ -> \w+ \[label={_TEXT}\];'
)


def text(found: str) -> str:
    assert not [line for line in found.splitlines() if line.lstrip().startswith("::")]
    return found


def json_(found: str) -> str:
    assert found.isascii()
    return safe_text(json.loads(found)["findings"][0]["component"]["name"], 100_000)


def sarif(found: str) -> str:
    assert found.isascii()
    for result in json.loads(found)["runs"][0]["results"]:
        known = {str(item["id"]) for item in result.get("relatedLocations", ())}
        # What is left once escapes are taken out are the links; each leads to a location of this result.
        bare = re.sub(r"\\.|\{\{|\}\}", "", result["message"]["text"])
        links = re.findall(r"\[[^\]]*\]\(([^)]*)\)", bare)
        assert set(links) <= known
        assert bare.count("[") == bare.count("]") == len(links)
        assert not set(bare) & set("{}")
    return json.loads(found)["runs"][0]["results"][0]["message"]["text"]  # type: ignore[no-any-return] # a text


def markdown(found: str) -> str:
    tokens = [token for line in MarkdownIt("gfm-like").parse(found) for token in (line, *(line.children or ()))]
    kinds = {token.type for token in tokens}
    assert not kinds & {"image", "html_block", "s_open", "em_open", "code_block", "hr"}
    assert {token.content for token in tokens if token.type == "html_inline"} <= {"<sub>", "</sub>"}
    assert all(str(token.attrs["href"]).startswith("https://") for token in tokens if token.type == "link_open")
    assert not [token for token in tokens if token.type == "link_open" and "evil" in str(token.attrs["href"])]
    assert [token.map[1] - token.map[0] for token in tokens if token.type == "heading_open" and token.map]
    headings = [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]
    assert all(re.match(r"(\S+ )?(FAIL|REVIEW):|Related|Regimes|Inventory|Notes", heading) for heading in headings)
    assert _cells(tokens) == {5, 3}
    return found


def _cells(tokens: list[Token]) -> set[int]:
    """Return how many cells the rows of the tables have."""
    rows: list[int] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append(0)
        if token.type in {"td_open", "th_open"}:
            rows[-1] += 1
    return set(rows)


def github(found: str) -> str:
    lines = found.split("\n")[:-1]
    commands = [_COMMAND.fullmatch(line) for line in lines]
    assert all(commands)
    assert 1 < len(lines) <= 10
    shown = []
    for command in commands:
        assert command
        properties = dict(item.split("=", 1) for item in command[2].split(","))
        assert properties.keys() <= {"title", "file", "line", "col"}
        assert set(re.findall("%..", command[3])) <= {"%25", "%0A"}
        shown += unquote(command[3]).split("\n")
    assert all(line.isprintable() for line in shown)
    return found


def junit(found: str) -> str:
    tree = etree.fromstring(found.encode())
    JUNIT.assertValid(tree)
    assert {item.tag for item in tree.iter()} <= {
        *("testsuites", "testsuite", "properties", "property", "testcase"),
        *("failure", "error", "skipped", "system-out"),
    }
    assert [len(suite.findall("testcase")) for suite in tree] == [len(Article) + 1, 1, 1, 1]
    return "".join(tree.itertext())


def far_report(found: str) -> str:
    fields = [line for line in found.split("\n") if line.startswith("   ")]
    assert all(re.match(r"   [A-Za-z].*: |   [a-z-]+:", line) for line in fields)
    return found


def csv_(found: str) -> str:
    rows = list(csv.reader(StringIO(found)))
    assert {len(row) for row in rows} == {len(COLUMNS)}
    cells = [value for row in rows for value in row]
    assert not [value for value in cells if value.lstrip().startswith(tuple("=+-@\t\r＝＋－＠"))]
    return found


def mermaid(found: str) -> str:
    assert all(map(_MERMAID.fullmatch, found.split("\n")[:-1])), found
    return found


def dot(found: str) -> str:
    assert all(map(_DOT.fullmatch, found.split("\n")[:-1])), found
    assert set(re.findall("&(?:amp;)?", found)) <= {"&amp;"}
    return found


#: What the page is made of; a text that broke out would add to it.
_TAGS = """html head meta title style body a header p div svg path h1 h2 h3 h4 ul li b span dl dt dd nav main section
    figure figcaption details summary text g rect small code table thead tbody tr th td article blockquote footer ol
    pre"""
_ATTRIBUTES = """lang charset http-equiv content name class href d viewbox aria-hidden aria-label id tabindex role width
    height x y rx rel scope open"""


def html(found: str) -> str:
    tree = lxml.html.document_fromstring(found)
    elements = [item for item in tree.iter() if isinstance(item.tag, str)]
    assert {item.tag for item in elements} <= set(_TAGS.split())
    assert len(elements) == len(list(tree.iter()))
    assert {key for item in elements for key in item.attrib} <= set(_ATTRIBUTES.split())
    assert len(tree.findall(".//style")) == 1
    assert all(re.match(r"https://|#[\w.-]+$", item.get("href")) for item in tree.findall(".//a"))
    assert not [item.get("href") for item in tree.findall(".//a") if "evil" in item.get("href")]
    return str(tree.find("body").text_content())


def cyclonedx(found: str) -> str:
    document = json.loads(found)
    ours = [item["text"] for item in document["annotations"]]
    ours += [item["value"] for item in document["metadata"]["properties"]]
    ours += [entry["value"] for item in document["components"] for entry in item.get("properties", ())]
    assert all(value.isprintable() for value in ours)
    assert found.isascii()
    return " ".join(ours)


CHECKS: dict[str, Callable[[str], str]] = {
    "text": text,
    "json": json_,
    "sarif": sarif,
    "markdown": markdown,
    "github": github,
    "junit": junit,
    "csv": csv_,
    "mermaid": mermaid,
    "dot": dot,
    "cyclonedx": cyclonedx,
    "far-report": far_report,
    "html": html,
}


@pytest.mark.parametrize("kind", EVIL)
@pytest.mark.parametrize("format_", report.FORMATS)
def test_hostile_names_stay_names(format_: str, kind: str) -> None:
    evil = EVIL[kind]
    found = report.render(judged(evil), format_)

    assert all(char == "\n" or char.isprintable() for char in found)
    assert not re.search(r"##\w*\[", found)
    assert MARK in CHECKS[format_](found) or not evil


@pytest.mark.parametrize("format_", [name for name, item in report.FORMATS.items() if item.join])
def test_hostile_names_stay_names_when_reports_are_joined(format_: str) -> None:
    found = joined(format_, [report.render(judged(evil), format_) for evil in list(EVIL.values())[:3]])

    assert found.count(MARK) > 2
    assert all(char == "\n" or char.isprintable() for char in found)
    if format_ not in {"junit", "json", "sarif", "markdown"}:
        CHECKS[format_](found)


COMMANDS = [(explain, ["-", "vendor"]), (paths, ["-", "vendor"]), (check, ["-"]), (validate, [])]


@pytest.mark.parametrize("name", ["::error::a", "  ::stop-commands::a", "##[error]a", "x ##vso[task.complete]a"])
@pytest.mark.parametrize(("command", "arguments"), COMMANDS, ids=[command.name for command, _ in COMMANDS])
def test_no_command_prints_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command, arguments: list[str], name: str
) -> None:
    data = product(name).replace(b'"bom-ref": "ref ', b'"bom-ref": "vendor", "x": "', 1)
    monkeypatch.chdir(tmp_path)
    Path(f"{name}.json").write_bytes(data)
    done = CliRunner().invoke(command, arguments or [f"{name}.json"], input=data)
    lines = done.output.splitlines()

    assert lines
    assert not [line for line in lines if line.lstrip().startswith("::") or re.search(r"##\w*\[", line)]


@pytest.mark.parametrize("kind", EVIL)
def test_hostile_file_names_stay_names(kind: str) -> None:
    verdict = judged("x", path=f"a/{EVIL[kind]}\udc80.json")

    for format_, holds in CHECKS.items():
        found = report.render(verdict, format_)
        assert all(char == "\n" or char.isprintable() for char in found), format_
        holds(found)
