"""Documents against their specification: agreement with the field's validators, exact places, bounded cost."""

from __future__ import annotations

import copy
import csv
import hashlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from cyclonedx.validation.xml import XmlValidator
from hypothesis import given
from hypothesis import strategies as st

from conftest import SHARED
from debar.errors import InputError, LimitExceeded, MalformedSbom, UnsupportedFormat
from debar.read import Locator, read
from debar.validate import bundled, duplicate_keys, json_schema, validate

JSON = "CycloneDX JSON"
XML = "CycloneDX XML"
SPDX3 = "SPDX 3 JSON"
CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"


def bom(version: str = "1.6") -> dict[str, Any]:
    return {
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "product", "name": "product", "version": "1"}},
        "components": [
            {
                "type": "library",
                "bom-ref": f"c{number}",
                "name": f"name {number}",
                "version": "1",
                "licenses": [{"license": {"id": "MIT"}}],
                "hashes": [{"alg": "SHA-256", "content": "a" * 64}],
            }
            for number in range(3)
        ],
        "dependencies": [{"ref": "product", "dependsOn": ["c0", "c1"]}],
    }


def checked(document: object, format_name: str = JSON, version: str = "1.6", most: int = 100) -> list[tuple[str, str]]:
    text = json.dumps(document).encode()
    found = validate(text, "x", format_name, version, most=most, place=Locator(text).place)
    return [(problem.pointer, problem.message) for problem in found]


def at(document: Any, *path: str | int) -> Any:  # noqa: ANN401 - any JSON
    for part in path:
        document = document[part]
    return document


# A change to the document above, and the pointer of the problem that it makes; None where it stays valid.
CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str | None]] = {
    "nothing": (lambda d: d, None),
    "no components": (lambda d: d.pop("components"), None),
    "no type": (lambda d: at(d, "components", 1).pop("type"), "/components/1"),
    "unknown type": (lambda d: at(d, "components", 0).update(type="spyware"), "/components/0/type"),
    "unknown key": (lambda d: at(d, "components", 2).update(vendor="x"), "/components/2"),
    "unknown key above": (lambda d: d.update(vendor="x"), ""),
    "empty reference": (lambda d: at(d, "components", 0).update({"bom-ref": ""}), "/components/0/bom-ref"),
    "name a number": (lambda d: at(d, "components", 0).update(name=5), "/components/0/name"),
    "components an object": (lambda d: d.update(components={}), "/components"),
    "a component a text": (lambda d: at(d, "components").append("x"), "/components/3"),
    "no such licence": (
        lambda d: at(d, "components", 0, "licenses", 0, "license").update(id="KASPERSKY-1.0"),
        "/components/0/licenses/0/license/id",
    ),
    "no such hash": (lambda d: at(d, "components", 0, "hashes", 0).update(alg="ROT13"), "/components/0/hashes/0/alg"),
    "short hash": (
        lambda d: at(d, "components", 0, "hashes", 0).update(content="aa"),
        "/components/0/hashes/0/content",
    ),
    "bad serial": (lambda d: d.update(serialNumber="urn:uuid:x"), "/serialNumber"),
    "version a text": (lambda d: d.update(version="1"), "/version"),
    "version a whole fraction": (lambda d: d.update(version=1.0), None),
    "version zero": (lambda d: d.update(version=0), "/version"),
    "not CycloneDX": (lambda d: d.update(bomFormat="SPDX"), "/bomFormat"),
    "equal components": (lambda d: at(d, "components").append(at(d, "components", 0)), "/components"),
    "equal dependencies": (
        lambda d: at(d, "dependencies", 0).update(dependsOn=["c0", "c0"]),
        "/dependencies/0/dependsOn",
    ),
    "a dangling reference": (lambda d: at(d, "dependencies", 0).update(dependsOn=["nothing"]), None),
    "nested": (lambda d: at(d, "components", 0).update(components=[{"name": "x"}]), "/components/0/components/0"),
    "product without name": (lambda d: at(d, "metadata", "component").pop("name"), "/metadata/component"),
    "a foreign schema": (lambda d: d.update({"$schema": "http://nowhere.invalid/x.json"}), None),
}


@pytest.mark.parametrize("version", ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])
@pytest.mark.parametrize("name", CHANGES)
def test_json_agrees_with_the_strict_validator_of_the_library(name: str, version: str) -> None:
    change, pointer = CHANGES[name]
    document = copy.deepcopy(bom(version))
    change(document)

    found = checked(document, version=version)
    theirs = JsonStrictValidator(SchemaVersion.from_version(version)).validate_str(json.dumps(document))

    assert bool(found) == bool(theirs)
    if version == "1.6":
        assert [where for where, _ in found] == ([] if pointer is None else [pointer])


@pytest.mark.parametrize(
    ("part", "valid"),
    [
        ({"metadata": {"timestamp": "2024-02-29T12:00:00Z"}}, True),
        ({"metadata": {"timestamp": "2023-02-29T12:00:00Z"}}, False),
        ({"metadata": {"timestamp": "yesterday"}}, False),
        ({"externalReferences": [{"type": "vcs", "url": "git+ssh://git@example.com/a.git"}]}, True),
        ({"externalReferences": [{"type": "website", "url": "not a url"}]}, False),
    ],
)
def test_formats_are_checked(part: dict[str, Any], valid: bool) -> None:
    assert bool(checked({**bom(), **part})) != valid


MINIMAL = {
    **{
        (JSON, version): {"bomFormat": "CycloneDX", "specVersion": version, "version": 1}
        for version in bundled.CYCLONEDX_JSON
    },
    **{
        ("SPDX JSON", version): {
            "spdxVersion": f"SPDX-{version}",
            "dataLicense": "CC0-1.0",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": "x",
            "documentNamespace": "https://example.com/x",
            "creationInfo": {"created": "2024-01-01T00:00:00Z", "creators": ["Tool: x-1"]},
            "packages": [
                {
                    "SPDXID": "SPDXRef-a",
                    "name": "a",
                    "downloadLocation": "NONE",
                    "licenseConcluded": "NONE",
                    "licenseDeclared": "NONE",
                    "copyrightText": "NONE",
                }
            ],
        }
        for version in ("2.2", "2.3")
    },
    (SPDX3, "3.0.1"): {
        "@context": CONTEXT,
        "@graph": [
            {
                "type": "CreationInfo",
                "@id": "_:c",
                "specVersion": "3.0.1",
                "created": "2024-01-01T00:00:00Z",
                "createdBy": ["https://example.com/me"],
            },
            {"type": "software_Package", "spdxId": "https://example.com/a", "creationInfo": "_:c", "name": "a"},
        ],
    },
}


@pytest.mark.parametrize("key", MINIMAL, ids=" ".join)
def test_every_bundled_schema_is_complete_and_knows_a_key_too_many(key: tuple[str, str]) -> None:
    assert checked(MINIMAL[key], *key) == []
    assert checked({**MINIMAL[key], "junk": 1}, *key)
    assert checked([], *key)


@pytest.mark.parametrize(
    ("change", "pointer", "says"),
    [
        ({"name": 5}, "/@graph/1/name", "not of type"),
        ({"type": "software_Spyware"}, "/@graph/1", "its type is no class"),
        ({"junk": 1}, "/@graph/1", "'junk' was unexpected"),
        ({"spdxId": "a"}, "/@graph/1/spdxId", "does not match"),
        ({"name": 5, "summary": "y" * 200_000}, "/@graph/1", "too large or too deep to say where"),
    ],
)
def test_spdx_3_says_what_is_wrong_of_the_class_meant(change: dict[str, object], pointer: str, says: str) -> None:
    document = copy.deepcopy(MINIMAL[SPDX3, "3.0.1"])
    at(document, "@graph", 1).update(change)

    [(where, message)] = checked(document, SPDX3, "3.0.1")

    assert where == pointer
    assert says in message


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda d: at(d, "packages", 0).pop("downloadLocation"), "/packages/0"),
        (lambda d: at(d, "packages", 0).update(filesAnalyzed="false"), "/packages/0/filesAnalyzed"),
        (lambda d: at(d, "packages", 0).update(primaryPackagePurpose="TOY"), "/packages/0/primaryPackagePurpose"),
        (lambda d: d.update(files=[{"SPDXID": "SPDXRef-f", "fileName": "f"}]), "/files/0"),
        (lambda d: d.pop("creationInfo"), ""),
    ],
)
def test_spdx_2_json(change: Callable[[Any], object], pointer: str) -> None:
    document = copy.deepcopy(MINIMAL["SPDX JSON", "2.3"])
    change(document)

    assert [where for where, _ in checked(document, "SPDX JSON", "SPDX-2.3")] == [pointer]


def test_places_are_those_of_the_values_and_in_order() -> None:
    document = bom()
    document["components"][2]["junk"] = 1
    document["components"][0]["type"] = "spyware"
    text = json.dumps(document, indent=2).encode()

    first, second = validate(text, "x", JSON, "1.6", place=Locator(text).place)
    lines = text.decode().split("\n")

    assert lines[first.line - 1][first.column - 1 :].startswith('"spyware"')
    assert lines[second.line - 1].strip() == '"junk": 1'
    assert first < second


def test_no_place_is_no_error() -> None:
    assert {(problem.line, problem.column) for problem in validate(b'{"a":1}', "x", JSON, "1.6")} == {(0, 0)}


@pytest.mark.parametrize("most", [1, 7, 100])
def test_most_bounds_the_problems(most: int) -> None:
    document = bom()
    document["components"] = [{"name": f"{number}"} for number in range(300)]

    assert len(checked(document, most=most)) == most


def test_a_thousand_components_are_quick() -> None:
    document = bom()
    document["components"] = [{**document["components"][0], "bom-ref": f"r{n}"} for n in range(1_000)]
    text = json.dumps(document).encode()
    validate(text, "x", JSON, "1.6")

    before = time.process_time()
    assert validate(text, "x", JSON, "1.6") == ()

    assert time.process_time() - before < 1


@pytest.mark.parametrize("count", [20_000])
def test_many_bad_entries_cost_no_more_than_those_that_are_shown(count: int) -> None:
    document = {"@context": CONTEXT, "@graph": [{"type": "software_Package", "name": n} for n in range(count)]}
    text = json.dumps(document).encode()

    before = time.process_time()
    assert len(validate(text, "x", SPDX3, "3.0.1", most=10)) == 10

    # All errors at once would take a minute and 20 GB.
    assert time.process_time() - before < 5


@pytest.mark.parametrize("format_name", [JSON, SPDX3])
@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"a":' * 1_000 + b"1" + b"}" * 1_000])
def test_depth_is_bounded_before_anything_recurses(text: bytes, format_name: str) -> None:
    with pytest.raises(LimitExceeded, match="levels deep"):
        validate(text, "x", format_name, "1.6" if format_name == JSON else "3.0.1")


def test_the_deepest_that_is_allowed_is_validated() -> None:
    inner: dict[str, Any] = {"type": "library", "name": "x", "junk": 1}
    for _ in range(120):
        inner = {"type": "library", "name": "x", "components": [inner]}

    [(pointer, message)] = checked({**bom(), "components": [inner]})

    assert pointer.count("/components/0") == 121
    assert "junk" in message


@pytest.mark.parametrize("text", [b"", b"{", b"{} {}", b'{"a": 1e999}x', b'{"a": "\\ud800"}', b'"\xff"', b"nul"])
def test_broken_json_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedSbom):
        validate(text, "x", JSON, "1.6")


@pytest.mark.parametrize(
    ("format_name", "version"),
    [
        (JSON, "1.1"),
        (JSON, "9.9"),
        (JSON, "3.0.1"),
        (XML, "2.0"),
        ("SPDX JSON", "3.0.1"),
        ("SPDX JSON", "2.1"),
        (SPDX3, "3.0.0"),
        (SPDX3, "2.3"),
        ("SPDX tag-value", "2.1"),
        ("syft JSON", "16"),
    ],
)
def test_what_has_no_schema_is_refused_by_name(format_name: str, version: str) -> None:
    with pytest.raises(UnsupportedFormat, match=format_name):
        validate(b"{}", "x", format_name, version)


@pytest.mark.parametrize("format_name", [JSON, XML, "SPDX JSON", "SPDX tag-value"])
def test_a_document_without_a_version_is_invalid(format_name: str) -> None:
    [problem] = validate(b"{}", "x", format_name, "")

    assert "which version" in problem.message


def test_a_reference_out_of_the_bundle_is_refused_and_not_fetched() -> None:
    import jsonschema_rs

    with pytest.raises(jsonschema_rs.ValidationError, match="nothing is ever fetched"):
        jsonschema_rs.validator_for({"$ref": "http://nowhere.invalid/x"}, retriever=json_schema._refuse)  # noqa: SLF001 - the guard itself


def test_the_library_is_not_imported_for_its_schemas() -> None:
    code = (
        "import sys; from debar.validate import validate;"
        "validate(b'{}', 'x', 'CycloneDX JSON', '1.6');"
        "sys.exit(any(name.startswith('cyclonedx') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_vendored_schemas_are_those_that_the_source_note_names() -> None:
    folder = files("debar.validate") / "schemas"
    sums = re.findall(r"^([0-9a-f]{64})  (\S+)$", (folder / "SOURCE.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert {name for _, name in sums} == set(bundled.SPDX.values())
    for digest, name in sums:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


# XML

BOM_XML = """<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1">
  <components>
    <component type="library" bom-ref="a"><name>é</name><version>1</version>
      <licenses><license><id>MIT</id></license></licenses></component>
    <component type="library" bom-ref="b"><name>b</name></component>
  </components>
</bom>
"""


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("", "", 0),
        ('type="library" bom-ref="b"', 'bom-ref="b"', 6),
        ('type="library" bom-ref="a"', 'type="spyware" bom-ref="a"', 4),
        ("<name>b</name>", "", 6),
        ("<name>b</name>", "<name>b</name><vendor>x</vendor>", 6),
        ("<id>MIT</id>", "<id>KASPERSKY</id>", 5),
        ('bom-ref="b"', 'bom-ref="a"', 6),
        ("<name>b</name>", "<name>b</name><x xmlns='urn:other'/>", 0),
        ('version="1">\n', 'version="one">\n', 2),
        ("<name>b</name>", "<name>K<!-- -->b</name>", 0),
    ],
)
def test_xml_agrees_with_the_library(old: str, new: str, line: int) -> None:
    text = BOM_XML.replace(old, new, 1)

    found = validate(text.encode(), "x", XML, "1.6")
    theirs = XmlValidator(SchemaVersion.V1_6).validate_str(text)

    assert bool(found) == bool(theirs)
    assert [problem.line for problem in found] == ([line] if line else [])


@pytest.mark.parametrize("version", bundled.CYCLONEDX_XML)
def test_every_xml_schema_is_complete(version: str) -> None:
    text = f'<bom xmlns="http://cyclonedx.org/schema/bom/{version}" version="1"><components/></bom>'

    assert validate(text.encode(), "x", XML, version) == ()


@pytest.mark.parametrize(
    "prolog",
    [
        "<!DOCTYPE bom>",
        "<?xml version='1.0'?>\n<!-- a > -->\n<?x y?>\n<!DOCTYPE bom [<!ENTITY k 'Kaspersky'>]>",
        "<!DOCTYPE bom SYSTEM 'file:///etc/passwd'>",
    ],
)
def test_a_document_type_is_refused_before_the_parser_sees_it(prolog: str) -> None:
    with pytest.raises(MalformedSbom, match="document type declaration"):
        validate(prolog.encode() + b"<bom/>", "x", XML, "1.6")


def test_a_document_type_in_a_comment_is_none() -> None:
    text = BOM_XML.replace("<components>", "<!-- <!DOCTYPE x> --><components>").replace(
        "?>", "?><!-- <!DOCTYPE x> -->", 1
    )

    assert validate(text.encode(), "x", XML, "1.6") == ()


@pytest.mark.parametrize(
    "text", [b"", b"<", b"<bom", b"<a>" * 100_000, BOM_XML.encode()[:-8], BOM_XML.encode() + b"<x/>", b"<bom>&k;</bom>"]
)
def test_broken_xml_is_never_valid(text: bytes) -> None:
    # What is wrong by the schema may show before what is wrong by XML does.
    try:
        found = validate(text, "x", XML, "1.6")
    except MalformedSbom:
        return
    assert found


@pytest.mark.parametrize("declared", ["utf-16", "utf-7", "iso-8859-1"])
def test_the_bytes_are_utf_8_whatever_they_declare(declared: str) -> None:
    text = BOM_XML.replace('version="1.0"', f'version="1.0" encoding="{declared}"', 1)

    assert validate(text.encode(), "x", XML, "1.6") == ()


def test_many_bad_elements_cost_no_more_than_those_that_are_shown() -> None:
    bad = "<component type='x'><name>n</name><licenses><license><id>BAD</id></license></licenses></component>\n"
    text = BOM_XML.replace("<components>", "<components>" + bad * 50_000)

    before = time.process_time()
    found = validate(text.encode(), "x", XML, "1.6", most=10)

    assert time.process_time() - before < 5
    assert len(found) == 10
    assert max(len(problem.message) for problem in found) < 400


def test_without_lxml_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lxml", None)

    with pytest.raises(UnsupportedFormat, match=r'pip install "debar\[xml\]"'):
        validate(BOM_XML.encode(), "x", XML, "1.6")


# Duplicate keys

KEYS = st.sampled_from(["a", "b", "é", 'q"', "c\\d", "e/f~", ""])
VALUES = st.recursive(
    st.sampled_from(["1", '"a"', '"a\\":"', "null", '"{[,:\\\\"', "true"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: "[" + " ,\n".join(items) + "]"),
        st.lists(st.tuples(KEYS, st.booleans(), inner), max_size=5).map(
            lambda pairs: "{" + ",".join(f"\n {json.dumps(k, ensure_ascii=e)} : {v}" for k, e, v in pairs) + "}"
        ),
    ),
    max_leaves=30,
)


@given(VALUES)
def test_duplicate_keys_are_those_that_a_parser_drops(text: str) -> None:
    dropped: list[str] = []

    def count(pairs: list[tuple[str, object]]) -> dict[str, object]:
        seen: set[str] = set()
        dropped.extend(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # add returns None
        return dict(pairs)

    json.loads(text, object_pairs_hook=count)
    found = duplicate_keys(text.encode())

    assert sorted(one.key for one in found) == sorted(dropped)
    lines = text.split("\n")
    for one in found:
        key, _ = json.JSONDecoder().raw_decode(lines[one.line - 1][one.column - 1 :])
        assert key == one.key
    assert found == sorted(found, key=lambda one: (one.line, one.column))


@pytest.mark.parametrize("depth", [0, 1, 5, 100])
def test_duplicate_keys_are_found_at_every_level(depth: int) -> None:
    text = '{"k":[0,' * depth + '{"a":1,"\\u0061":2}' + "]}" * depth

    [found] = duplicate_keys(text.encode())

    assert found.pointer == "/k/1" * depth
    assert found.key == "a"


def test_duplicate_keys_make_a_document_invalid() -> None:
    text = json.dumps(bom()).encode().replace(b'"name": "name 1"', b'"name": "Kaspersky", "name": "left-pad"')

    [problem] = validate(text, "x", JSON, "1.6")

    assert problem.pointer == "/components/1"
    assert problem.message == "the key 'name' occurs twice"


def test_duplicate_keys_are_bounded_and_linear() -> None:
    text = b"{" + b'"a":1,' * 300_000 + b'"a":1}'

    before = time.process_time()
    assert len(duplicate_keys(text, most=5)) == 5
    assert len(duplicate_keys(b'"' + b"\\" * 10_000_000)) == 0

    assert time.process_time() - before < 5


# The corpus

MANIFEST = SHARED / "corpus" / "MANIFEST.csv"
ROWS = list(csv.DictReader(MANIFEST.read_text(encoding="utf-8").splitlines())) if MANIFEST.exists() else []


@pytest.mark.corpus
@pytest.mark.skipif(not ROWS, reason="not here")
@pytest.mark.parametrize("row", [row for row in ROWS if "valid" in row["expected"]], ids=lambda row: row["path"])
def test_real_documents_are_as_valid_as_their_makers_say(row: dict[str, str]) -> None:
    path = MANIFEST.parent / row["path"]
    try:
        [document] = read(path.read_bytes(), row["path"]).documents
    except InputError:
        assert not row["format"].endswith(("JSON", "XML"))
        return
    found = validate(bytes(document.text), row["path"], document.format, document.spec_version)

    assert bool(found) == (row["expected"] == "invalid")
