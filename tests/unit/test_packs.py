import json
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import cyclonedx.schema as cyclonedx_schemas
import jsonschema_rs
import msgspec
import pytest
import yaml

from debar import packs
from debar.errors import PolicyError
from debar.model.policy import Article, Fact, Pack
from debar.packs import files
from debar.packs.casefile import CaseEntry, Expect
from debar.packs.plain import Problem, parse

TINY = Path(__file__).parent / "data" / "tiny"
FILES = {path.relative_to(TINY).as_posix(): path.read_text(encoding="utf-8") for path in sorted(TINY.rglob("*.yaml"))}
PACK, FACTS, CASES = FILES["pack.yaml"], FILES["facts/all.yaml"], FILES["cases/all.yaml"]


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write(tmp_path / "tiny", FILES)


def test_the_tiny_pack_is_clean_and_loads(tiny: Path) -> None:
    assert packs.lint(tiny) == []
    pack = packs.load(tiny)
    assert (pack.id, pack.legal_as_of, len(pack.facts)) == ("tiny", "2026-11-21", 2)
    assert pack.facts[1].verified.value == "no"
    assert len(pack.digest) == 64


def test_the_compiled_form_gives_the_same_pack_and_keeps_the_default_profile(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = packs.load(tiny)
    monkeypatch.setattr(files, "bundled", lambda: {"tiny": tiny})
    data = packs.compile_pack(tiny)
    (tiny / "compiled.json").write_bytes(data)
    loaded = packs.load(tiny)
    assert loaded == parsed
    assert list(loaded.regimes[0].profiles) == ["strict", "operative"]
    assert data.endswith(b"}\n")
    assert data.count(b"\n") == 1
    assert packs.lint(tiny) == []


def test_the_compiled_form_of_a_bundled_pack_is_used_without_yaml_while_its_digest_holds(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = msgspec.json.decode(packs.compile_pack(tiny), type=Pack)
    (tiny / "compiled.json").write_bytes(msgspec.json.encode(msgspec.structs.replace(made, title="compiled")))
    assert packs.load(tiny).title == "Acme in Nowhere"  # anybody's folder: the files that people review count
    monkeypatch.setattr(files, "bundled", lambda: {"tiny": tiny})
    assert packs.load(tiny).title == "compiled"
    write(tiny, {"pack.yaml": PACK + "not_near: [acne]\n"})
    assert packs.load(tiny).title == "Acme in Nowhere"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"id": "tiny"}'])
def test_a_broken_compiled_form_is_passed_over_and_told_by_lint(tiny: Path, content: bytes) -> None:
    (tiny / "compiled.json").write_bytes(content)
    assert packs.load(tiny).id == "tiny"
    (problem,) = packs.lint(tiny)
    assert problem.startswith("compiled.json:1: ")
    assert "debar policy compile" in problem


def test_the_digest_is_over_names_and_contents_and_not_over_cases_or_line_ends(tiny: Path) -> None:
    digest = packs.load(tiny).digest
    write(tiny, {"cases/all.yaml": CASES + "# more\n"})
    (tiny / "facts/all.yaml").write_bytes(FACTS.replace("\n", "\r\n").encode())
    assert packs.load(tiny).digest == digest
    (tiny / "facts/all.yaml").rename(tiny / "facts/other.yaml")
    renamed = packs.load(tiny).digest
    assert renamed != digest
    write(tiny, {"pack.yaml": PACK + "# a comment\n"})
    assert packs.load(tiny).digest != renamed


def test_load_raises_with_every_mistake(tiny: Path) -> None:
    write(tiny, {"pack.yaml": PACK.replace("vendor: Acme\n", ""), "facts/all.yaml": FACTS.replace("certain", "sure")})
    with pytest.raises(PolicyError) as caught:
        packs.load(tiny)
    assert len(caught.value.problems) == 2
    assert caught.value.exit_code == 4


def test_a_file_that_would_never_be_read_is_refused_even_beside_a_current_compiled_form(tiny: Path) -> None:
    (tiny / "compiled.json").write_bytes(packs.compile_pack(tiny))
    write(tiny, {"facts/more.yml": FACTS})
    with pytest.raises(PolicyError, match="would never be read"):
        packs.load(tiny)


@pytest.mark.parametrize("call", [packs.load, packs.lint, packs.cases, packs.compile_pack, packs.find])
def test_a_folder_that_is_no_pack_is_told_with_what_would_be_one(tmp_path: Path, call: object) -> None:
    assert callable(call)
    for folder in (tmp_path, tmp_path / "missing", str(tmp_path / "missing")):
        with pytest.raises(PolicyError, match=r"pack\.yaml"):
            call(folder)


def test_a_bundled_id_is_found_and_wins_over_a_folder_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "us-kaspersky", FILES)
    monkeypatch.chdir(tmp_path)
    assert packs.find("us-kaspersky") == packs.bundled()["us-kaspersky"]
    assert packs.find("./us-kaspersky") == Path("us-kaspersky")


def test_cases_know_where_they_stand(tiny: Path) -> None:
    found = packs.cases(tiny)
    assert [(case.name, case.file, case.line) for case in found[:2]] == [
        ("shipped", "cases/all.yaml", 2),
        ("build tool", "cases/all.yaml", 6),
    ]
    assert found[0].expect == Expect(article=Article.ENGINE, outcome="fail")
    write(tiny, {"cases/all.yaml": "cases: 5\n"})
    with pytest.raises(PolicyError, match=r"cases/all\.yaml:1: "):
        packs.cases(tiny)


@cache
def cyclonedx(version: str) -> jsonschema_rs.Draft7Validator:
    folder = Path(cyclonedx_schemas.__file__).parent / "_res"
    base = "http://cyclonedx.org/schema/"
    files = [(base + path.name, json.loads(path.read_text("utf-8"))) for path in folder.glob("*.SNAPSHOT.schema.json")]
    schema = json.loads((folder / f"bom-{version}.SNAPSHOT.schema.json").read_text("utf-8"))
    return jsonschema_rs.Draft7Validator(schema, registry=jsonschema_rs.Registry(files))


USES = {
    "shipped": "/components/0",
    "optional": "/components/0",
    "provided": "/components/0",
    "dev-test": "/components/0",
    "derived": "/components/0/pedigree/ancestors/0",
    "mentioned": "/components/0/pedigree/descendants/0",
    "build": "/formulation/0/components/0",
    "tool": "/metadata/tools/components/0",
}


@pytest.mark.parametrize(("use", "pointer"), USES.items())
def test_a_case_becomes_a_valid_cyclonedx_document(use: str, pointer: str) -> None:
    entry = CaseEntry(
        name="x", component={"type": "library", "name": "acme-av"}, use=use, expect=Expect(outcome="none")
    )
    document = json.loads(packs.case_document(entry))
    node = document
    for key in pointer.strip("/").split("/"):
        node = node[int(key) if key.isdigit() else key]
    assert node["name"] == "acme-av"
    assert document["specVersion"] == ("1.7" if use == "provided" else "1.6")
    assert not list(cyclonedx(document["specVersion"]).iter_errors(document))


@pytest.mark.parametrize("use", ["shipped", "build", "tool"])
def test_a_service_becomes_a_service(use: str) -> None:
    entry = CaseEntry(name="x", service={"name": "scan"}, use=use, expect=Expect(outcome="none"))
    document = json.loads(packs.case_document(entry))
    assert '"services"' in json.dumps(document)
    assert not list(cyclonedx("1.6").iter_errors(document))


@pytest.mark.parametrize(
    ("word", "file"),
    [
        ("pack", "pack.yaml"),
        ("entities", "entities.yaml"),
        ("facts", "facts/all.yaml"),
        ("regime", "regimes/rule-one.yaml"),
        ("cases", "cases/all.yaml"),
    ],
)
def test_the_schemas_accept_what_the_loader_accepts_and_no_unknown_key(word: str, file: str) -> None:
    schema = packs.schemas()[word]
    assert schema["$id"] == f"urn:debar:schema:{word}:v1"
    validator = jsonschema_rs.Draft202012Validator(schema)
    problems: list[Problem] = []
    place = parse(file, FILES[file].encode(), problems)
    assert place is not None
    assert validator.is_valid(place.data)
    assert isinstance(place.data, dict)
    assert not validator.is_valid({**place.data, "unknown": 1})
    assert json.dumps(packs.schemas()) == json.dumps(packs.schemas())


def test_a_compiled_pack_of_three_hundred_facts_decodes_in_a_few_milliseconds(tiny: Path) -> None:
    facts = [{**fact, "id": f"A-{n}"} for n in range(150) for fact in yaml.safe_load(FACTS)["facts"][:1]]
    write(tiny, {"facts/all.yaml": json.dumps({"facts": facts})})
    data = packs.compile_pack(tiny)
    started = time.process_time()
    pack = msgspec.json.decode(data, type=Pack)
    assert time.process_time() - started < 0.05
    assert all(isinstance(fact, Fact) for fact in pack.facts)
