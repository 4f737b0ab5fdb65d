"""``--redact`` keeps paths, user names and e-mail addresses out of every format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import example as given_example
from hypothesis import given
from hypothesis import strategies as st

from conftest import cyclonedx
from debar import report
from debar.cli.check import check
from debar.errors import UsageError
from debar.report.redaction import base_name, redacted

SECRETS = ("joe", "Joe", "secret", "corp.example", "hidden-dir")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/joe/secret/libkl.so", "[path]/libkl.so"),
        ("/home/joe", "[path]/[user]"),
        ("C:\\Users\\joe\\secret\\klif.sys", "[path]/klif.sys"),
        ("C:/Users/joe/klif.sys", "[path]/klif.sys"),
        ("\\\\server\\secret\\x.dll", "[path]/x.dll"),
        ("file:///home/joe/x.jar", "[path]/x.jar"),
        ("file%3A%2F%2F%2Fhome%2Fjoe%2Fx.jar", "[path]/x.jar"),
        ("home/joe/x.jar", "home/[user]/x.jar"),
        ("built in /home/joe doe/x y/z.o, then", "built in [path]/z.o, then"),
        ('at "/opt/secret/a b/c"', 'at "[path]/c"'),
        ("see:/opt/secret/c", "see:[path]/c"),
        ("SPDXRef-File-/opt/secret/c", "SPDXRef-File-[path]/c"),
        ("joe.doe+x@corp.example", "[e-mail]"),
        ("Person: J (joe@corp.example)", "Person: J ([e-mail])"),
        ("joe at corp.example", "[e-mail]"),
        ("joe(at)corp.example", "[e-mail]"),
        ("joe@163.com", "[e-mail]"),
        ("pkg:generic/x@1?vcs_url=git%2Bssh://joe@corp.example/secret.git", None),
        ("pkg:generic/x@1?author=joe%40corp.example", "pkg:generic/x@1?author=[e-mail]"),
        ("pkg:generic/x@1?file=%2Fhome%2Fjoe%2Fy.zip", "pkg:generic/x@1?file=[path]/y.zip"),
        ("https://joe:pw@host.example/a/b", "https://host.example/a/b"),
    ],
)
def test_what_is_taken_out(text: str, expected: str | None) -> None:
    found = redacted(text)

    assert found == (found if expected is None else expected)
    assert "joe" not in found
    assert expected is None or "secret" not in found


@pytest.mark.parametrize(
    "text",
    [
        "pkg:npm/%40kaspersky/hexa-ui@6.0.1",
        "pkg:maven/org.acme/core@Brussels.RELEASE?type=jar",
        "engine:pkg:generic/acme/core@Hoxton.RELEASE",
        "core@1.0.beta",
        "core@v2.1-rc.final",
        "https://github.com/KasperskyLab/klara",
        "cpe:2.3:a:kaspersky:antivirus_engine:8.9.2:*:*:*:*:*:*:*",
        "cpe:/a:kaspersky:anti-virus:20.0",
        "git@github.com:KasperskyLab/klara.git",
        "@kaspersky/hexa-ui",
        "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#ref",
        "lib/klif.sys",
        "AO Kaspersky Lab",
        "and/or",
    ],
)
def test_what_stays(text: str) -> None:
    assert redacted(text) == text


@given(st.text(alphabet="/\\ :@.ajoe%2F40~=\"'C", max_size=60) | st.text(max_size=60))
@given_example("/" * 200)
@given_example("a@" * 200)
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redacted(text)

    assert redacted(once) == once


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/a/b.json", "b.json"),
        ("b.json", "b.json"),
        ("a/b.zip!c/d.json", "b.zip!d.json"),
        ("C:\\a\\b.json", "b.json"),
        ("(standard input)", "(standard input)"),
        ("folder/", "folder"),
    ],
)
def test_inputs_keep_their_base_names(path: str, name: str) -> None:
    assert base_name(path) == name


PRODUCT = cyclonedx(
    {
        "name": "/home/joe/secret/kavsdk.dll",
        "bom-ref": "file:///home/joe/secret/kavsdk.dll",
        "supplier": {"name": "AO Kaspersky Lab", "contact": [{"email": "joe@corp.example"}]},
        "author": "<joe@corp.example> of Kaspersky Lab",
        "purl": "pkg:generic/x@1?file=%2Fhome%2Fjoe%2Fsecret%2Fx",
        "description": "Kaspersky Lab code from /Users/joe/secret/dir",
        "properties": [{"name": "path", "value": "C:\\Users\\joe\\Kaspersky Lab\\a.dll"}],
    },
    {"name": "nameless", "bom-ref": "joe@corp.example"},
    metadata={"component": {"type": "application", "bom-ref": "product", "name": "joe@corp.example"}},
    compositions=[{"aggregate": "incomplete", "assemblies": ["joe@corp.example"]}],
)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(check, [*map(str, arguments), "--as-of", "2026-11-21", "--redact"])


@pytest.mark.parametrize("format_", [name for name, item in report.FORMATS.items() if item.redactable])
def test_no_format_tells_a_secret(tmp_path: Path, format_: str) -> None:
    folder = tmp_path / "hidden-dir"
    folder.mkdir()
    sbom = folder / "app.cdx.json"
    sbom.write_bytes(PRODUCT)
    done = run(sbom, sbom, "--format", format_, "--near-misses")

    assert done.exit_code == 1
    assert "kavsdk.dll" in done.stdout
    assert not [secret for secret in (*SECRETS, str(tmp_path)) if secret in done.stdout]


def test_each_calls_files_by_their_base_names(tmp_path: Path) -> None:
    (tmp_path / "hidden-dir").mkdir()
    sbom = tmp_path / "hidden-dir" / "app.cdx.json"
    sbom.write_bytes(PRODUCT)
    done = run("--each", sbom, sbom)

    assert done.stdout.splitlines()[-1].startswith("REVIEW                 1  app.cdx.json  ")
    assert str(tmp_path) not in done.stdout


def test_findings_that_differ_by_a_secret_keep_ids_of_their_own(tmp_path: Path) -> None:
    sbom = tmp_path / "app.cdx.json"
    sbom.write_bytes(cyclonedx(*({"name": f"/home/{user}/x", "publisher": "Kaspersky Lab"} for user in ("joe", "ann"))))
    found = json.loads(run(sbom, "--format", "json").stdout)

    assert [item["id"] for item in found["findings"]] == ["entity:[path]/x", "entity:[path]/x~2"]


def test_the_sbom_itself_cannot_be_redacted(tmp_path: Path) -> None:
    done = run(tmp_path, "--format", "cyclonedx")

    assert isinstance(done.exception, UsageError)
    assert "--redact" in str(done.exception)
