"""What syft's own JSON says, as components, mentions, edges and gaps."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_read_spdx2 import edges, gaps, mentions, source

from debar.errors import InputError, LimitExceeded, MalformedSbom
from debar.model.inventory import Has, Inventory
from debar.read.locate import Locator
from debar.read.syft import read_json


def document(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {
        "artifacts": [],
        "artifactRelationships": [],
        "source": {"id": "src", "name": "nginx", "version": "1.27", "type": "image", "metadata": {}},
        "distro": {},
        "descriptor": {"name": "syft", "version": "1.18.1"},
        "schema": {"version": "16.0.21", "url": "https://raw.githubusercontent.com/anchore/syft/main/schema.json"},
        **more,
    }


def read(**more: Any) -> Inventory:  # noqa: ANN401 - any JSON
    return read_json(source(json.dumps(document(**more))))


def artifact(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {"id": f"id-{name}", "name": name, "version": "1", "type": "deb", **more}


def said(**more: Any) -> set[tuple[str, str]]:  # noqa: ANN401 - any JSON
    """Return what a package of these fields mentions besides its name and version."""
    found = mentions(read(artifacts=[artifact("a", **more)]))
    return {(field, value) for field, label, value in found if label == "a@1"} - {("name", "a"), ("version", "1")}


def metadata(**more: Any) -> set[tuple[str, str]]:  # noqa: ANN401 - any JSON
    return said(metadata=more)


def relation(parent: str, type_: str, child: str) -> dict[str, str]:
    return {"parent": parent, "child": child, "type": type_}


FULL = {
    "id": "9c88933f5ba4d704",
    "name": "kesl",
    "version": "12.1",
    "type": "deb",
    "foundBy": "dpkg-db-cataloger",
    "locations": [{"path": "/var/lib/dpkg/status", "layerID": "sha256:ab", "accessPath": "/lib/dpkg/status"}],
    "licenses": [{"value": "MIT", "spdxExpression": "MIT", "type": "declared", "urls": ["https://mit.example"]}],
    "language": "",
    "cpes": [{"cpe": "cpe:2.3:a:kaspersky:kesl:12.1:*:*:*:*:*:*:*", "source": "syft-generated"}],
    "purl": "pkg:deb/debian/kesl@12.1",
    "metadataType": "dpkg-db-entry",
    "metadata": {
        "package": "kesl",
        "maintainer": "Kaspersky Lab <support@kaspersky.com>",
        "installedSize": 12,
        "depends": ["libc6"],
        "files": [{"path": "/opt/kaspersky/kesl", "digest": {"algorithm": "md5", "value": "cd34"}}],
    },
}


def test_a_package() -> None:
    inventory = read(artifacts=[FULL])
    component = inventory.components[0]

    assert (component.label, component.ref, component.purl) == ("kesl@12.1", FULL["id"], FULL["purl"])
    assert (component.type, component.pointer, component.line) == ("deb", "/artifacts/0", 0)
    assert component.has == Has.PURL | Has.CPE | Has.PARTY | Has.SUPPLIER
    assert {(field, value) for field, label, value in mentions(inventory) if label == "kesl@12.1"} == {
        ("name", "kesl"),
        ("version", "12.1"),
        ("purl", "pkg:deb/debian/kesl@12.1"),
        ("cpe", "cpe:2.3:a:kaspersky:kesl:12.1:*:*:*:*:*:*:*"),
        ("licence", "MIT"),
        ("licence", "https://mit.example"),
        ("occurrence", "/var/lib/dpkg/status"),
        ("occurrence", "/lib/dpkg/status"),
        ("supplier", "Kaspersky Lab"),
        ("contact", "support@kaspersky.com"),
        ("file-name", "/opt/kaspersky/kesl"),
        ("hash", "cd34"),
        ("property", "package=kesl"),
        ("property", "depends=libc6"),
        ("metadata", "md5"),
        ("metadata", "dpkg-db-cataloger"),
        ("metadata", "dpkg-db-entry"),
    }


def test_pointers_lead_to_the_line() -> None:
    text = json.dumps(document(artifacts=[artifact("a"), artifact("b")], files=[{"id": "f"}]), indent=1)
    inventory = read_json(source(text))
    locator = Locator(text.encode())

    for component in inventory.components:
        line, _ = locator.place(component.pointer)
        assert json.loads(text.splitlines()[line].partition(":")[2].strip(" ,")) == component.ref


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"licenses": ["MIT", "GPL-2.0"]}, {("licence", "MIT"), ("licence", "GPL-2.0")}),
        ({"licenses": [{"value": "", "contents": "EULA"}]}, {("licence", "EULA")}),
        ({"cpes": ["cpe:2.3:a:b:c"]}, {("cpe", "cpe:2.3:a:b:c")}),
        ({"cpes": None, "licenses": [], "locations": None, "metadata": None}, set()),
        ({"language": "python", "type": ""}, {("metadata", "python")}),
    ],
)
def test_spellings_of_old_schemas(more: dict[str, Any], found: set[tuple[str, str]]) -> None:
    assert said(**more) == found


@pytest.mark.parametrize(
    ("given_", "found"),
    [
        ({"author": "Kaspersky Lab <a@b.example>"}, {("author", "Kaspersky Lab"), ("contact", "a@b.example")}),
        ({"authors": ["A", "B"]}, {("author", "A"), ("author", "B")}),
        (
            {"authors": [{"name": "A", "email": "a@a.example", "homepage": "https://a.example"}]},
            {("author", "A"), ("contact", "a@a.example"), ("party-url", "https://a.example")},
        ),
        ({"Author": "A", "Maintainer": "M"}, {("author", "A"), ("supplier", "M")}),
        ({"vendor": "V", "publisher": "P"}, {("supplier", "V"), ("publisher", "P")}),
        ({"contributors": [{"name": "C"}]}, {("contributor", "C")}),
        ({"companyName": "AO Kaspersky Lab"}, {("supplier", "AO Kaspersky Lab")}),
        ({"legalCopyright": "(c) X"}, {("copyright", "(c) X")}),
        ({"productName": "Kaspersky Anti-Virus"}, {("identifier", "Kaspersky Anti-Virus")}),
        (
            {"homepage": "https://x.example", "url": "https://y.example"},
            {("website", "https://x.example"), ("website", "https://y.example")},
        ),
        ({"resolved": "https://r.example/a.tgz"}, {("distribution", "https://r.example/a.tgz")}),
        ({"description": "about"}, {("description", "about")}),
        (
            {"pomProperties": {"groupId": "com.kaspersky", "artifactId": "sdk"}},
            {("group", "com.kaspersky"), ("identifier", "sdk")},
        ),
        (
            {"manifest": {"main": [{"key": "Implementation-Vendor", "value": "Kaspersky Lab"}]}},
            {("supplier", "Kaspersky Lab")},
        ),
        (
            {"manifest": {"main": {"Implementation-Vendor": "Kaspersky Lab", "Built-By": "me"}}},
            {("supplier", "Kaspersky Lab"), ("property", "Built-By=me")},
        ),
        (
            {"manifest": {"namedSections": {"com/kavsdk/": {"Sealed": "true"}}}},
            {("property", "com/kavsdk/"), ("property", "Sealed=true")},
        ),
        ({"digest": [{"algorithm": "sha1", "value": "ab"}]}, {("hash", "ab"), ("metadata", "sha1")}),
        ({"files": ["/opt/kaspersky/x"]}, {("file-name", "/opt/kaspersky/x")}),
        ({"architecture": "amd64", "size": 12, "dev": True, "none": None}, {("property", "architecture=amd64")}),
        ({"k" * 101: "v"}, {("property", "k" * 101), ("property", f"{'k' * 100}=v")}),
        ({"author": "NOASSERTION"}, set()),
    ],
)
def test_metadata_by_the_name_of_its_keys(given_: dict[str, Any], found: set[tuple[str, str]]) -> None:
    assert metadata(**given_) == found


def test_metadata_that_is_no_object() -> None:
    assert said(metadata="text") == {("property", "text")}
    assert said(metadata=["a", ["b"]]) == {("property", "a"), ("property", "b")}


def test_files_are_components() -> None:
    executable = {"format": "elf", "importedLibraries": ["libkav.so"]}
    contents = base64.b64encode(b"Kaspersky Lab").decode()
    file = {
        "id": "f",
        "location": {"path": "/bin/x", "layerID": "sha256:ab"},
        "metadata": {"mode": 755, "type": "RegularFile", "linkDestination": "/bin/y"},
        "digests": [{"algorithm": "sha256", "value": "ef56"}],
        "licenses": [{"value": "MIT"}],
        "executable": executable,
        "contents": contents,
    }
    inventory = read(files=[file, {"id": "g", "location": {"path": "/lib"}}])
    component = inventory.components[0]

    assert (component.label, component.type, component.pointer, component.has) == (
        "/bin/x",
        "file",
        "/files/0",
        Has.HASH,
    )
    assert inventory.components[1].has == Has.NOTHING
    assert {(field, value) for field, label, value in mentions(inventory) if label == "/bin/x"} == {
        ("file-name", "/bin/x"),
        ("file-name", "/bin/y"),
        ("file-name", "libkav.so"),
        ("hash", "ef56"),
        ("licence", "MIT"),
        ("attachment", "Kaspersky Lab"),
    }


def test_what_syft_could_not_look_into_is_a_gap() -> None:
    inventory = read(files=[{"id": "f", "location": {"path": "/x.zip"}, "unknowns": ["zip: encrypted"]}])
    assert {gap.code: gap.examples for gap in inventory.gaps}["declared-incomplete"] == ("/x.zip",)
    assert ("comment", "/x.zip", "zip: encrypted") in mentions(inventory)


@pytest.mark.parametrize(
    ("about", "label", "type_"),
    [
        ({"name": "nginx", "version": "1.27", "type": "image"}, "nginx@1.27", "container"),
        ({"name": ".", "type": "directory", "metadata": {"path": "."}}, ".", "directory"),
        ({"name": "a.jar", "type": "file", "metadata": {"path": "a.jar"}}, "a.jar", "file"),
        ({"id": "x", "name": "", "type": "image", "metadata": {"userInput": "nginx:1"}}, "nginx:1", "container"),
        ({"type": "directory", "target": "/src"}, "/src", "directory"),
        ({"name": "vm", "type": "Snap"}, "vm", "snap"),
    ],
)
def test_the_source_is_the_product(about: dict[str, Any], label: str, type_: str) -> None:
    inventory = read(artifacts=[artifact("a")], source=about)
    product = inventory.components[inventory.documents[0].product]

    assert (product.label, product.type, product.synthetic) == (label, type_, False)
    assert inventory.roots == (inventory.documents[0].product,)
    assert "no-root" not in gaps(inventory)


def test_a_document_without_source() -> None:
    inventory = read(source=None)
    product = inventory.components[inventory.documents[0].product]
    assert (product.label, product.synthetic) == ("sbom", True)
    assert gaps(inventory) == {"no-root": 1, "empty-inventory": 1}


def test_what_the_document_says_of_its_product() -> None:
    config = base64.b64encode(b'{"history": "COPY kesl.deb"}').decode()
    labels = {"org.opencontainers.image.vendor": "Kaspersky Lab", "maintainer": "M <m@m.example>"}
    about = {"id": "s", "name": "n", "type": "image", "supplier": "S", "metadata": {"labels": labels, "config": config}}
    inventory = read(
        source=about,
        distro={"prettyName": "Debian 12", "idLike": ["debian"]},
        descriptor={"name": "syft", "version": "1", "configuration": {"catalogers": {"used": ["deb"]}}},
    )
    assert {(field, value) for field, label, value in mentions(inventory) if label == "n"} == {
        ("name", "n"),
        ("supplier", "S"),
        ("supplier", "Kaspersky Lab"),
        ("supplier", "M"),
        ("contact", "m@m.example"),
        ("attachment", '{"history": "COPY kesl.deb"}'),
        ("property", "distro.prettyName=Debian 12"),
        ("property", "distro.idLike=debian"),
        ("bom-tool", "syft"),
        ("metadata", "1"),
        ("metadata", "used=deb"),
        ("metadata", "https://raw.githubusercontent.com/anchore/syft/main/schema.json"),
    }


@pytest.mark.parametrize(
    ("type_", "found"),
    [
        ("dependency-of", {("b@1", "runtime", "a@1")}),
        ("contains", {("a@1", "included", "b@1")}),
        ("ownership-by-file-overlap", {("a@1", "included", "b@1")}),
        ("evident-by", {("a@1", "included", "b@1")}),
        ("described-by", {("a@1", "weak", "b@1"), ("b@1", "weak", "a@1")}),
        ("unheard-of", {("a@1", "weak", "b@1"), ("b@1", "weak", "a@1")}),
    ],
)
def test_relationships(type_: str, found: set[tuple[str, str, str]]) -> None:
    inventory = read(
        artifacts=[artifact("a"), artifact("b")],
        artifactRelationships=[relation("id-a", type_, "id-b"), relation("id-a", type_, "id-b")],
    )
    assert edges(inventory) == found
    assert len(inventory.kinds) == len(found)
    assert bool(inventory.notes) == (type_ == "unheard-of")


def test_the_product_contains_packages() -> None:
    inventory = read(artifacts=[artifact("a")], artifactRelationships=[relation("src", "contains", "id-a")])
    assert edges(inventory) == {("nginx@1.27", "included", "a@1")}
    assert gaps(inventory) == {}


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, {"empty-inventory": 1}),
        ({"artifacts": [artifact("a")]}, {"no-edges": 1}),
        ({"artifacts": [artifact("a")], "schema": {"version": "99.0.0"}}, {"no-edges": 1, "unsupported-version": 1}),
        ({"artifacts": [artifact("a")], "schema": None}, {"no-edges": 1, "unsupported-version": 1}),
        ({"artifacts": [artifact("a"), {**artifact("b"), "id": "id-a"}]}, {"no-edges": 1, "duplicate-ref": 1}),
        (
            {"artifacts": [artifact("a")], "artifactRelationships": [relation("id-a", "contains", "gone")]},
            {"dangling-ref": 1},
        ),
        (
            {"artifacts": [artifact("a")], "artifactRelationships": [relation("", "contains", "id-a")]},
            {"no-edges": 1, "parse-partial": 1},
        ),
        ({"artifacts": [artifact("a", version=1.10), ["odd", "list"], None]}, {"no-edges": 1, "parse-partial": 1}),
        ({"artifacts": [artifact("a", cpes=[{"cpe": ["x"]}, 7])]}, {"no-edges": 1}),
    ],
)
def test_gaps(more: dict[str, Any], found: dict[str, int]) -> None:
    assert gaps(read(**more)) == found


def test_document() -> None:
    text = json.dumps(document(artifacts=[artifact("a")]))
    inventory = read_json(source(text))
    one = inventory.documents[0]

    assert (one.format, one.spec_version, one.serial, one.name) == ("syft JSON", "16.0.21", "", "nginx")
    assert one.text == text.encode()
    assert {"id-a", "src"} <= inventory.refs
    assert {gap.code: gap.count for gap in inventory.gaps}["not-asserted-complete"] == 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"artifacts": [', "line 1, column 16"),
        ('{"artifacts": []}\n<html>', "line 2, column 1"),
        ('{"artifacts": [}', "line 1, column 16"),
        (b'{"artifacts": [{"name": "\xff"}]}', "line 1, column 26"),
    ],
)
def test_broken_json(text: str | bytes, place: str) -> None:
    with pytest.raises(MalformedSbom) as caught:
        read_json(source(text))
    assert caught.value.place == place


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ('{"artifacts": [{"metadata": ' + "[" * 100_000, {}),
        (json.dumps({"artifacts": [{}] * 20}), {"components": 10}),
        (json.dumps({"artifacts": [{}] * 6, "files": [{}] * 6}), {"components": 10}),
    ],
)
def test_limits(text: str, limits: dict[str, int]) -> None:
    with pytest.raises(LimitExceeded):
        read_json(source(text, **limits))


def test_long_keys_are_not_repeated() -> None:
    inventory = read(artifacts=[artifact("a", metadata={"k" * 100_000: ["v"] * 10_000})])
    assert sum(len(value) for _, _, value in mentions(inventory)) < 200_000
    assert sum(map(len, inventory.mentions.column("property")[0])) < 2_000_000


def test_linear() -> None:
    def seconds(count: int) -> float:
        files = [{"path": f"/opt/{number}", "digest": {"algorithm": "md5", "value": "ab"}} for number in range(count)]
        text = json.dumps(document(artifacts=[artifact("a", metadata={"files": files}), *[FULL] * count]))
        begin = time.process_time()
        read_json(source(text))
        return time.process_time() - begin

    seconds(100)
    assert seconds(10_000) < 40 * max(seconds(1_000), 0.005)


KEYS = st.sampled_from(
    [
        *("artifacts", "artifactRelationships", "files", "source", "distro", "descriptor", "schema", "id", "name"),
        *("version", "type", "purl", "cpes", "cpe", "licenses", "value", "locations", "location", "path", "metadata"),
        *("parent", "child", "digests", "executable", "unknowns", "contents", "key", "authors", "target", "supplier"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_any_json_is_read_or_refused(value: dict[str, Any]) -> None:
    try:
        inventory = read_json(source(json.dumps(value)))
    except InputError:
        return
    assert inventory.documents[0].product < len(inventory.components)
