"""What the reference libraries of CycloneDX and SPDX see in a document, debar's readers see too."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component
from cyclonedx.model.service import Service
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from spdx_tools.spdx.model import (
    Actor,
    ActorType,
    Checksum,
    ChecksumAlgorithm,
    CreationInfo,
    Document,
    ExternalPackageRef,
    ExternalPackageRefCategory,
    File,
    Package,
    Relationship,
    RelationshipType,
    Snippet,
    SpdxNoAssertion,
)
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.writer.write_anything import write_file

from debar.model.inventory import Inventory
from debar.read import read

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(path for path in EXAMPLES.iterdir() if path.is_file() and path.suffix != ".md")

pytestmark = [
    # CycloneDX 1.6 has other words for what older versions say, and documents of every version are read here.
    pytest.mark.filterwarnings("ignore::cyclonedx.schema.deprecation.BaseSchemaDeprecationWarning"),
    # ply leaves the file of its tables open.
    pytest.mark.filterwarnings(r"ignore:Exception ignored in.*parser\.out:pytest.PytestUnraisableExceptionWarning"),
]


class Thing(NamedTuple):
    """A component, service, package, file or snippet."""

    name: str
    version: str = ""
    purl: str = ""


class Says(NamedTuple):
    """What `owner` says; `what` is a field of debar, or `any` where it keeps such values in several."""

    owner: str
    what: str
    value: str


class Edge(NamedTuple):
    """`holder` depends on or contains `part`; both are references, or names where the document has none."""

    holder: str
    part: str


class Linked(NamedTuple):
    """An edge between two references, in order of the alphabet, whose direction the words leave open."""

    one: str
    other: str


Seen = set[Thing | Says | Edge | Linked]


def seen_by_debar(inventory: Inventory) -> Seen:
    components = inventory.components
    seen: Seen = {Thing(one.name, one.version, one.purl) for one in components}
    for field in inventory.mentions.fields():
        for value, owner in zip(*inventory.mentions.column(field), strict=True):
            seen |= {Says(components[owner].name, what, value) for what in (field, "any")}
    for source, target, _ in inventory.edges():
        holder, part = components[source], components[target]
        seen |= {Edge(holder.ref, part.ref), Edge(holder.name, part.name), Linked(*sorted((holder.ref, part.ref)))}
    return seen


def agrees(theirs: Seen, data: bytes) -> None:
    missed = theirs - seen_by_debar(read(data, "sbom"))

    assert theirs, "the library sees nothing, so this compares nothing"
    assert not missed, "only the library sees:\n" + "\n".join(sorted(map(repr, missed)))


# CycloneDX


def seen_in_cyclonedx(bom: Bom) -> Seen:
    seen: Seen = set()
    product = [bom.metadata.component] if bom.metadata.component else []
    tools = bom.metadata.tools
    for component in [*product, *bom.components, *tools.components]:
        seen |= set(of_component(component))
    for service in [*bom.services, *tools.services]:
        seen |= set(of_service(service))
    for one in bom.dependencies:
        seen |= {Edge(str(one.ref.value), str(part.ref.value)) for part in one.dependencies}
    return seen


def of_component(one: Component) -> Iterator[Thing | Says | Edge]:
    yield Thing(one.name, one.version or "", str(one.purl or ""))
    yield from said(
        one.name,
        group=[one.group],
        supplier=[one.supplier and one.supplier.name],
        manufacturer=[one.manufacturer and one.manufacturer.name],
        publisher=[one.publisher],
        author=[one.author, *(author.name for author in one.authors)],
        cpe=[one.cpe],
        description=[one.description],
        copyright=[one.copyright],
        hash=[item.content for item in one.hashes],
        swid=[one.swid and one.swid.name],
        any=[str(item.url) for item in one.external_references] + licences(one),
    )
    for part in one.components:
        yield Edge(one.name, part.name)
        yield from of_component(part)
    lineage = one.pedigree
    for relative in [*lineage.ancestors, *lineage.descendants, *lineage.variants] if lineage else ():
        yield from of_component(relative)


def of_service(one: Service) -> Iterator[Thing | Says | Edge]:
    yield Thing(one.name, one.version or "")
    yield from said(
        one.name,
        group=[one.group],
        provider=[one.provider and one.provider.name],
        endpoint=[str(endpoint) for endpoint in one.endpoints],
        description=[one.description],
        any=[str(item.url) for item in one.external_references] + licences(one),
    )
    for part in one.services:
        yield Edge(one.name, part.name)
        yield from of_service(part)


def licences(one: Component | Service) -> list[str]:
    return [getattr(item, word) for item in one.licenses for word in ("id", "name", "value") if getattr(item, word, "")]


def said(owner: str, **values: list[str | None]) -> Iterator[Says]:
    return (Says(owner, what, value) for what, given in values.items() for value in given if value)


def lib(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any CycloneDX
    return {"type": "library", "bom-ref": name, "name": name, **more}


def depends(**edges: list[str]) -> list[dict[str, Any]]:
    return [{"ref": ref, "dependsOn": parts} for ref, parts in edges.items()]


ACME, GLOBEX = {"name": "ACME", "url": ["https://acme.example"]}, {"name": "Globex"}
A, B, C = lib("a"), lib("b"), lib("c")
CYCLONEDX: dict[str, dict[str, Any]] = {
    "identity": {"components": [lib("a", group="org.acme", version="1", purl="pkg:maven/org.acme/a@1?type=jar")]},
    "odd purls": {"components": [lib("a", purl="pkg:npm/%40acme/a@1.0%2B1#lib"), lib("b", purl="pkg:generic/b")]},
    "no version, no ref": {
        "components": [{"type": "file", "name": "lib/a.so"}, {"type": "framework", "name": "weights"}]
    },
    "same name twice": {"components": [lib("a", version="1"), {"type": "library", "name": "a", "version": "2"}]},
    "nested": {"components": [lib("a", components=[lib("b", components=[lib("c", version="3", supplier=ACME)])])]},
    "nested in the product": {"metadata": {"component": lib("a", components=[lib("b", components=[C])])}},
    "parties": {
        "components": [
            lib("a", supplier=ACME, publisher="ACME Press", author="Jane Doe"),
            lib("b", supplier=GLOBEX, manufacturer={"name": "Initech"}, authors=[{"name": "Jo"}, {"name": "Bo"}]),
        ]
    },
    "parties of the product": {
        "metadata": {"component": lib("a", version="1", supplier=ACME, publisher="ACME Press")},
        "components": [lib("b", authors=[{"name": "Zoë Ünal", "email": "zoe@acme.example"}])],
        "dependencies": depends(a=["b"], b=[]),
    },
    "services": {
        "services": [
            {
                "bom-ref": "s",
                "group": "org.acme",
                "name": "lookup",
                "version": "2",
                "provider": ACME,
                "endpoints": ["https://lookup.acme.example/v1", "https://lookup.acme.example/v2"],
                "services": [{"bom-ref": "t", "name": "cache", "provider": GLOBEX}],
            }
        ],
        "components": [A],
        "dependencies": depends(a=["s"], s=[]),
    },
    "tools": {
        "metadata": {"tools": {"components": [lib("generator", version="7")], "services": [{"name": "scan"}]}},
        "components": [A],
    },
    "chain": {"components": [A, B, C], "dependencies": depends(a=["b"], b=["c"], c=[])},
    "diamond": {"components": [A, B, C, lib("d")], "dependencies": depends(a=["b", "c"], b=["d"], c=["d"], d=[])},
    "cycle": {"components": [A, B, C], "dependencies": depends(a=["b"], b=["c"], c=["a"])},
    "from the product": {
        "metadata": {"component": {**A, "type": "application"}},
        "components": [B, C],
        "dependencies": depends(a=["b", "c"], b=[], c=[]),
    },
    "into a nested one": {
        "components": [lib("a", components=[B]), C],
        "dependencies": depends(c=["b"], b=[], a=["c"]),
    },
    "a ref told twice": {
        "components": [A, B, C],
        "dependencies": [*depends(a=["b"]), *depends(a=["c"]), *depends(b=[], c=[])],
    },
    "dangling": {"components": [A], "dependencies": depends(a=["gone"], gone=[])},
    "pedigree": {
        "components": [
            lib(
                "a",
                pedigree={
                    "ancestors": [lib("old-a", version="0.9", supplier=GLOBEX)],
                    "descendants": [lib("new-a", version="2")],
                    "variants": [lib("other-a", publisher="Initech")],
                },
            )
        ]
    },
    "hashes and identifiers": {
        "components": [
            lib(
                "a",
                cpe="cpe:2.3:a:acme:a:1:*:*:*:*:*:*:*",
                swid={"tagId": "acme.example-a", "name": "ACME A"},
                hashes=[
                    {"alg": "SHA-1", "content": "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
                    {"alg": "MD5", "content": "D41D8CD98F00B204E9800998ECF8427E"},
                ],
            )
        ]
    },
    "references": {
        "components": [
            lib(
                "a",
                externalReferences=[
                    {"type": kind, "url": f"https://{kind}.acme.example/a"}
                    for kind in ("vcs", "website", "distribution", "issue-tracker", "documentation", "advisories")
                ],
            )
        ]
    },
    "licences": {
        "components": [
            lib("a", licenses=[{"license": {"id": "MIT"}}, {"license": {"name": "ACME Licence"}}]),
            lib("b", licenses=[{"expression": "Apache-2.0 OR MIT"}], copyright="(c) ACME", description="A thing"),
        ]
    },
}
VERSIONS = (SchemaVersion.V1_4, SchemaVersion.V1_7)


def as_json(name: str) -> bytes:
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, **CYCLONEDX[name]}
    return json.dumps(document, ensure_ascii=False).encode()


@pytest.mark.parametrize("name", CYCLONEDX)
def test_cyclonedx(name: str) -> None:
    data = as_json(name)

    agrees(seen_in_cyclonedx(Bom.from_json(json.loads(data))), data)


# The library refuses to write what is not whole.
@pytest.mark.parametrize("name", [name for name in CYCLONEDX if name != "dangling"])
@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("notation", OutputFormat, ids=str)
def test_cyclonedx_as_the_library_writes_it(name: str, version: SchemaVersion, notation: OutputFormat) -> None:
    written = Bom.from_json(json.loads(as_json(name)))
    data = make_outputter(written, notation, version).output_as_string().encode()
    again = (
        Bom.from_json(json.loads(data)) if notation is OutputFormat.JSON else Bom.from_xml(io.StringIO(data.decode()))
    )

    agrees(seen_in_cyclonedx(again), data)


# SPDX

# Table 68 of SPDX 2.3: which end is the ingredient, where the words themselves leave no doubt.
FORWARD = {"CONTAINS", "DEPENDS_ON", "HAS_PREREQUISITE", "DYNAMIC_LINK", "STATIC_LINK", "GENERATED_FROM"}
BACKWARD = {"CONTAINED_BY", "DEPENDENCY_OF", "PREREQUISITE_FOR", "PACKAGE_OF", "GENERATES", "BUILD_TOOL_OF"}
BACKWARD |= {f"{word}_DEPENDENCY_OF" for word in ("BUILD", "DEV", "OPTIONAL", "PROVIDED", "RUNTIME", "TEST")}
# They relate papers about a thing, or what is gone, and name no ingredient.
NO_INGREDIENT = {
    "AMENDS",
    "DEPENDENCY_MANIFEST_OF",
    "DESCRIBED_BY",
    "DESCRIBES",
    "FILE_DELETED",
    "METAFILE_OF",
    "REQUIREMENT_DESCRIPTION_FOR",
    "SPECIFICATION_FOR",
}


def seen_in_spdx(document: Document) -> Seen:
    seen: Seen = set()
    for package in document.packages:
        seen |= set(of_package(package))
    for file in document.files:
        seen |= {Thing(file.name), *(Says(file.name, "hash", item.value) for item in file.checksums)}
    seen |= {Thing(snippet.name) for snippet in document.snippets if snippet.name}
    return seen.union(*map(of_relationship, document.relationships))


def of_package(one: Package) -> Iterator[Thing | Says]:
    references = one.external_references
    purls = [item.locator for item in references if item.reference_type == "purl"]
    for purl in purls[:1] or [""]:
        yield Thing(one.name, one.version or "", purl)
    yield from said(
        one.name,
        supplier=[party(one.supplier)],
        originator=[party(one.originator)],
        purl=purls,
        cpe=[item.locator for item in references if item.reference_type.startswith("cpe")],
        hash=[item.value for item in one.checksums],
        description=[one.description],
        any=[text(one.download_location), text(one.homepage), text(one.copyright_text), text(one.license_declared)],
    )


def party(actor: object) -> str:
    return actor.name if isinstance(actor, Actor) else ""


def text(value: object) -> str:
    return "" if value is None or str(value) in {"NONE", "NOASSERTION"} else str(value)


def of_relationship(one: Relationship) -> Seen:
    word = one.relationship_type.name
    left, right = one.spdx_element_id, one.related_spdx_element_id
    if word in NO_INGREDIENT or not isinstance(right, str) or "SPDXRef-DOCUMENT" in {left, right}:
        return set()
    if word in FORWARD:
        return {Edge(left, right)}
    return {Edge(right, left)} if word in BACKWARD else {Linked(*sorted((left, right)))}


CREATED = datetime(2026, 11, 2, 9, tzinfo=UTC).replace(tzinfo=None)  # spdx-tools takes UTC without a zone
SHA1 = Checksum(ChecksumAlgorithm.SHA1, "da39a3ee5e6b4b0d3255bfef95601890afd80709")


def organization(name: str) -> Actor:
    return Actor(ActorType.ORGANIZATION, name)


def package(name: str, **more: Any) -> Package:  # noqa: ANN401 - any SPDX
    return Package(f"SPDXRef-{name}", name, more.pop("download_location", SpdxNoAssertion()), **more)


def locator(kind: str, value: str) -> ExternalPackageRef:
    category = ExternalPackageRefCategory.PACKAGE_MANAGER if kind == "purl" else ExternalPackageRefCategory.SECURITY
    return ExternalPackageRef(category, kind, value)


def related(left: str, word: str, right: str) -> Relationship:
    return Relationship(f"SPDXRef-{left}", RelationshipType[word], f"SPDXRef-{right}")


def three() -> list[Package]:
    return [package(name, files_analyzed=False, supplier=organization("ACME")) for name in "abc"]


JANE = Actor(ActorType.PERSON, "Jane", "jane@acme.example")
SPDX: dict[str, dict[str, Any]] = {
    "parties": {
        "packages": [
            package(
                "a",
                supplier=organization("ACME, Inc. (Ltd.)"),
                originator=JANE,
            ),
            package("b", supplier=Actor(ActorType.PERSON, "Zoë Ünal"), originator=organization("Globex")),
            package("c", supplier=SpdxNoAssertion(), originator=SpdxNoAssertion()),
        ]
    },
    "identity": {
        "packages": [
            package(
                "a",
                version="1.0-rc.1+2",
                checksums=[SHA1, Checksum(ChecksumAlgorithm.MD5, "d41d8cd98f00b204e9800998ecf8427e")],
                external_references=[
                    locator("purl", "pkg:maven/org.acme/a@1.0-rc.1%2B2?type=jar"),
                    locator("cpe23Type", "cpe:2.3:a:acme:a:1.0:*:*:*:*:*:*:*"),
                ],
            ),
            package("b", external_references=[locator("purl", "pkg:npm/b@1"), locator("purl", "pkg:npm/%40acme/b@1")]),
        ]
    },
    "addresses and prose": {
        "packages": [
            package(
                "a",
                download_location="https://acme.example/a.tgz",
                homepage="https://acme.example/",
                copyright_text="(c) ACME\nand others",
                description="Two\nlines: of text",
            )
        ]
    },
    "files and snippets": {
        # A package whose files were not analysed holds none (SPDX 2.3, 7.8).
        "packages": [package("a", supplier=organization("ACME")), package("b"), package("c", files_analyzed=False)],
        "files": [File("./lib/a.so", "SPDXRef-f", [SHA1]), File("./lib/b.so", "SPDXRef-g", [SHA1])],
        "snippets": [Snippet("SPDXRef-s", "SPDXRef-f", (1, 9), (1, 2), name="a borrowed part")],
        "relationships": [related("a", "CONTAINS", "f"), related("g", "CONTAINED_BY", "b"), related("a", "OTHER", "g")],
    },
    "a cycle": {
        "packages": three(),
        "relationships": [
            related("DOCUMENT", "DESCRIBES", "a"),
            related("a", "DEPENDS_ON", "b"),
            related("b", "DEPENDS_ON", "c"),
            related("c", "DEPENDS_ON", "a"),
        ],
    },
    # Each type between two packages of its own, so that no edge is seen for another's sake.
    "every relationship": {
        "packages": [
            package(f"{end}-{word.name}".replace("_", "-"), files_analyzed=False)
            for word in RelationshipType
            for end in ("left", "right")
        ],
        "relationships": [
            related(f"left-{word.name}".replace("_", "-"), word.name, f"right-{word.name}".replace("_", "-"))
            for word in RelationshipType
        ],
    },
}


@pytest.mark.parametrize("name", SPDX)
@pytest.mark.parametrize("ending", ["spdx", "spdx.json", "spdx.yaml", "spdx.xml", "spdx.rdf.xml"])
def test_spdx_as_the_library_writes_it(name: str, ending: str, tmp_path: Path) -> None:
    creation = CreationInfo(
        "SPDX-2.3", "SPDXRef-DOCUMENT", "acme", "https://acme.example/spdx", [organization("ACME")], CREATED
    )
    path = tmp_path / f"bom.{ending}"
    write_file(Document(creation, **SPDX[name]), str(path), validate=False)

    agrees(seen_in_spdx(parse_file(str(path))), path.read_bytes())


# The examples


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_example(path: Path) -> None:
    data = path.read_bytes()
    if ".cdx." not in path.name:
        theirs = seen_in_spdx(parse_file(str(path)))
    elif path.suffix == ".json":
        theirs = seen_in_cyclonedx(Bom.from_json(json.loads(data)))
    else:
        theirs = seen_in_cyclonedx(Bom.from_xml(io.StringIO(data.decode())))

    agrees(theirs, data)
