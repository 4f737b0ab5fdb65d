"""What is read closely only where something may match gives the very report of what is read closely everywhere.

The suite compares some hundreds of hostile documents; ``just same`` compares ten thousand.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from debar import packs, pipeline, report
from debar.errors import DebarError
from debar.match import gate, sweep
from debar.model.inventory import Inventory
from debar.pipeline import Input, Options
from debar.read import cyclonedx, cyclonedx_graph, decoding, spdx2_json
from debar.read.limits import Limits, Source
from debar.read.spdx2_relationships import RELATIONSHIPS, Relations

HERE = Path(__file__).parents[2]
SHARED = HERE.parent / "shared"
DOCUMENTS = int(os.environ.get("DEBAR_DOCUMENTS", "300"))
PACK = packs.load("us-kaspersky")
OPTIONS = Options(as_of="2026-11-21T00:00:00Z")

CLEAN = (
    "left-pad",
    "core js",
    "Jordan Example",
    "MIT",
    "https://acme.example/x?a=1&b=2",
    "%40acme/ui",
    "1.0",
    "C:\\new",
)
TELLING = (
    "Kaspersky Lab",
    "@kaspersky/hexa-ui",
    "pkg:npm/%40kaspersky/hexa-ui@7.0.1",
    "pkg:npm/%6baspersky-scan@1",
    "kavsdk",
    "klnagent64",
    "klara",
    "K4spersky",
    "K.a.s.p.e.r.s.k.y",
    "Kas_persky Lab",
    "Kaspresky",
    "Eugene Kaspersky",
    "Лаборатория Касперского",
    "Kaspеrsky",
    "Kas\u200bpersky",
    "Kas\\u0070ersky",
    "&#75;aspersky",
    "www.kaspersky.com",
    "cpe:2.3:a:kaspersky:anti-virus:*:*:*:*:*:*:*:*",
    "kasper\nsky",
    "two\nlines about Kaspersky\tLab",
    "caf\xe9",
    "K\xe1spersk\xfd L\xe1b",
    "New Cloud Technologies",
    "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#a",
    "URN:CDX:00000000-395b-41f5-a30f-a58921a69b79/1",
)
KEYS = (
    *("bom-ref", "name", "version", "group", "purl", "cpe", "publisher", "author", "description", "copyright", "type"),
    *("scope", "mime-type"),
)
# References of which most are held once.
refs = st.sampled_from(
    [*"abcdefgh", "pkg:npm/left-pad@1", "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#a", "a#b", "\xe9"]
)
text = st.one_of(st.sampled_from(CLEAN), st.sampled_from(CLEAN), st.sampled_from(TELLING))
named = st.fixed_dictionaries({}, optional={"name": text, "url": st.lists(text, max_size=2), "contact": st.just([{}])})
hashes = st.lists(st.fixed_dictionaries({"alg": st.just("SHA-1")}, optional={"content": text}), max_size=2)
properties = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(
                ["cdx:npm:package:development", "cdx:cisa:unknown-information", "cdx:poetry:group", "x", "syft:cpe23"]
            ),
            "value": st.one_of(st.sampled_from(["true", "main"]), text),
        }
    ),
    max_size=2,
)
references = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["vcs", "bom", "website", "distribution"]), "url": text},
        optional={"comment": text, "hashes": hashes, "properties": properties},
    ),
    max_size=2,
)
attached = text.map(lambda one: {"content": base64.b64encode(one.encode()).decode(), "encoding": "base64"})
licences = st.one_of(
    st.sampled_from([[{"license": {"id": "MIT"}}], [], [{"expression": "MIT OR Apache-2.0"}]]),
    text.map(lambda one: [{"license": {"name": one, "licensing": {"licensor": {"organization": {"name": one}}}}}]),
    attached.map(lambda one: [{"license": {"name": "x", "text": one}}]),
)
evidence = st.fixed_dictionaries(
    {},
    optional={
        "identity": st.fixed_dictionaries({"field": st.sampled_from(["purl", "name"]), "concludedValue": text}),
        "occurrences": st.lists(st.fixed_dictionaries({"location": text}), max_size=2),
    },
)
odd = st.sampled_from([1.5, 7, True, None, [], ["x"], {"name": "Kaspersky"}, "", 10**30])


@st.composite
def parts(draw: st.DrawFn, depth: int = 2) -> dict[str, object]:
    """Draw a component; hypothesis would print a recursive strategy whole."""
    lists = st.lists(parts(depth - 1), max_size=2) if depth else st.just([])
    return draw(_component(lists))


def _component(lists: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(KEYS, text),
            "name": text,
            "bom-ref": refs,
            "supplier": named,
            "manufacturer": named,
            "authors": st.lists(named, max_size=1),
            "hashes": hashes,
            "licenses": licences,
            "evidence": evidence,
            "swid": st.fixed_dictionaries({"tagId": text, "name": text}, optional={"text": attached}),
            "properties": properties,
            "externalReferences": references,
            "components": lists,
            "pedigree": st.fixed_dictionaries({}, optional={"ancestors": lists, "notes": text}),
            "unknown": text,
        },
    )


documents = st.fixed_dictionaries(
    {"bomFormat": st.just("CycloneDX"), "specVersion": st.just("1.6"), "components": st.lists(parts(), max_size=5)},
    optional={
        "serialNumber": st.just("urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79"),
        "metadata": st.fixed_dictionaries(
            {}, optional={"component": parts(0), "supplier": named, "manufacturer": named}
        ),
        "dependencies": st.lists(
            st.fixed_dictionaries(
                {"ref": refs, "dependsOn": st.lists(st.one_of(refs, st.sampled_from(["", None])), max_size=3)},
                optional={"provides": st.lists(refs, max_size=1)},
            ),
            max_size=4,
        ),
        "compositions": st.lists(
            st.fixed_dictionaries(
                {"aggregate": st.sampled_from(["complete", "incomplete"]), "assemblies": st.lists(st.just("a"))}
            ),
            max_size=1,
        ),
        "services": st.lists(parts(0), max_size=1),
    },
)


SPDX_KEYS = (
    *("SPDXID", "name", "versionInfo", "packageFileName", "supplier", "originator", "downloadLocation", "homepage"),
    *("sourceInfo", "summary", "description", "comment", "copyrightText", "licenseConcluded", "licenseDeclared"),
)
LISTED = ("SPDXRef-a", "SPDXRef-b", "SPDXRef-c")
IDS = (
    *("SPDXRef-a", "SPDXRef-d", "SPDXRef-unknown", "SPDXRef-DOCUMENT", "SPDXRef-\xe9", "", "NONE", "NOASSERTION"),
    *("http://spdx.org/rdf/terms#none", "DocumentRef-x:SPDXRef-y", "DocumentRef-x"),
)
ids = st.sampled_from(IDS)
ends = st.sampled_from([*LISTED * 8, *IDS])
locators = st.one_of(
    text,
    st.sampled_from(["pkg:npm/a@1", " pkg:npm/b@2\t", "PKG:/npm//c", "pkg:npm", "cpe:2.3:a:x:y:*", "NONE", ""]),
    st.sampled_from(["a@1", "@b/c@2", "org.x:y:1", "Z/1.0"]),
)
parties = st.one_of(
    text.map("Organization: {}".format),
    st.sampled_from(["", "NOASSERTION", "Person: NONE", "Acme (Europe)", "Organization: (a@b.example)", " none "]),
)
licensed = st.sampled_from(["MIT", "NONE", "NOASSERTION", "", "LicenseRef-1 OR MIT", "(LicenseRef-2)"])
packages = st.fixed_dictionaries(
    {"SPDXID": ids},
    optional={
        **dict.fromkeys(SPDX_KEYS[1:], text),
        "name": st.one_of(text, st.sampled_from(["pip:flake8", "npm:", "x:y"])),
        "versionInfo": st.sampled_from(["1.0", "NOASSERTION", "NONE"]),
        "supplier": parties,
        "originator": parties,
        "downloadLocation": st.one_of(text, st.just("git+https://acme.example/x")),
        "licenseConcluded": licensed,
        "licenseDeclared": licensed,
        "licenseInfoFromFiles": st.lists(licensed, max_size=2),
        "primaryPackagePurpose": st.sampled_from(["FILE", "LIBRARY", " operating_system "]),
        "packageVerificationCode": st.fixed_dictionaries(
            {}, optional={"packageVerificationCodeValue": text, "packageVerificationCodeExcludedFiles": st.lists(text)}
        ),
        "checksums": st.lists(
            st.fixed_dictionaries({"algorithm": st.just("SHA1")}, optional={"checksumValue": text}), max_size=2
        ),
        "externalRefs": st.lists(
            st.fixed_dictionaries(
                {
                    "referenceCategory": st.sampled_from(["PACKAGE-MANAGER", "SECURITY", "OTHER"]),
                    "referenceType": st.sampled_from(["purl", "cpe23Type", "maven-central", "npm", "nuget"]),
                    "referenceLocator": locators,
                },
                optional={"comment": text},
            ),
            max_size=3,
        ),
        "annotations": st.lists(st.fixed_dictionaries({"annotator": text, "comment": text}), max_size=1),
        "attributionTexts": st.lists(text, max_size=2),
        "hasFiles": st.lists(ids, max_size=1),
        "unknown": text,
    },
)
relationships = st.fixed_dictionaries(
    {
        "spdxElementId": ends,
        "relationshipType": st.sampled_from(
            [
                *("DEPENDS_ON", "DEPENDENCY_OF", "CONTAINS", "CONTAINED_BY", "EXAMPLE_OF") * 12,
                *RELATIONSHIPS,
                *("depends on", "describe", "De\u017fcribes", "Described-by", "", "ODD"),
            ]
        ),
        "relatedSpdxElement": ends,
    },
    optional={"comment": st.one_of(st.just(""), text, st.just("evident-by: x"))},
)
spdx_documents = st.fixed_dictionaries(
    {
        "spdxVersion": st.just("SPDX-2.3"),
        "SPDXID": st.just("SPDXRef-DOCUMENT"),
        "name": text,
        "packages": st.lists(packages, max_size=4).map(lambda some: [*({"SPDXID": one} for one in LISTED), *some]),
        "relationships": st.lists(relationships, max_size=8),
    },
    optional={
        "documentDescribes": st.lists(ids, max_size=2),
        "files": st.lists(
            st.fixed_dictionaries({"SPDXID": ids, "fileName": text}, optional={"fileDependencies": st.lists(ids)}),
            max_size=2,
        ),
        "hasExtractedLicensingInfos": st.just([{"licenseId": "LicenseRef-1", "extractedText": "Kaspersky Lab"}]),
        "externalDocumentRefs": st.just([{"externalDocumentId": "DocumentRef-x", "spdxDocument": "https://a.example"}]),
    },
)


def written(value: object, dice: Iterator[int]) -> str:
    """Write JSON with escapes where none are needed, odd values, keys that stand twice, and white space."""
    if isinstance(value, dict):
        members = []
        for key, inner in value.items():
            chance = next(dice)
            if chance == 1:
                members.append(f"{json.dumps(key)}:{json.dumps(TELLING[next(dice) % len(TELLING)])}")
            members.append(f"{json.dumps(key)}{' ' * (chance == 2)}:{written(inner, dice)}")
        return "{" + ",\n".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(inner, dice) for inner in value) + "]"
    if isinstance(value, str):
        kind = next(dice)
        if kind == 1:
            return '"' + "".join(f"\\u{ord(char):04x}" if ord(char) < 0x10000 else char for char in value) + '"'
        return json.dumps(value, ensure_ascii=kind > 100).replace("/", "\\/" if kind > 150 else "/")
    return json.dumps(value)


@st.composite
def hostile(draw: st.DrawFn, *, always_spdx: bool = False) -> bytes:
    spdx = always_spdx or draw(st.integers(0, 2)) == 0
    document = draw(spdx_documents if spdx else documents)
    listed = document["packages" if spdx else "components"]
    if draw(st.integers(0, 5)) == 0 and listed:
        keys = [*SPDX_KEYS, "externalRefs"] if spdx else [*KEYS, "supplier", "hashes", "components", "licenses"]
        draw(st.sampled_from(listed))[draw(st.sampled_from(keys))] = draw(odd)
    if draw(st.integers(0, 9)) == 0:
        listed.insert(0, draw(odd))
    related = document["relationships"] if spdx else []
    if related and draw(st.integers(0, 5)) == 0:
        keys = ["spdxElementId", "relationshipType", "relatedSpdxElement", "comment"]
        one, key = draw(st.sampled_from(related)), draw(st.sampled_from(keys))
        one.pop(key, None)
        if draw(st.booleans()):
            one[key] = draw(odd)
    if related and draw(st.integers(0, 9)) == 0:
        related.insert(0, draw(odd))
    if spdx and draw(st.booleans()):
        document = {"sbom": document}
    rolls = draw(st.lists(st.integers(0, 200), min_size=8, max_size=40))
    data = written(document, (rolls[at % len(rolls)] for at in range(1 << 30))).encode()
    # Hypothesis likes the ends of a range.
    if draw(st.integers(0, 19)) == 7:
        data = data[: draw(st.integers(1, len(data)))]
    return data


@contextmanager
def paths(*, fast: bool) -> Iterator[None]:
    """Take the fast paths whatever the size and a few at a time, or never."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "_FEW", 0 if fast else 1 << 60)
        for module in (sweep, cyclonedx, spdx2_json):
            patch.setattr(module, "_LARGE", 0 if fast else 1 << 60)
        if fast:
            patch.setattr(decoding, "_DECODED", 2)
            patch.setattr(decoding, "_TOGETHER", 2)
        else:
            # Taken at any size.
            patch.setattr(cyclonedx_graph._Edges, "plain", lambda *_: False)  # noqa: SLF001 - as above
            patch.setattr(Relations, "register_all", registered_singly)
            patch.setattr(Relations, "relate_plain", lambda _, given: iter(given))
        yield


def registered_singly(relations: Relations, refs: Sequence[str]) -> None:
    for number, ref in enumerate(refs):
        relations.register(ref, number)


def judged(data: bytes, *, fast: bool) -> str:
    given = [Input(path="x", data=data)]
    with paths(fast=fast):
        try:
            verdict = pipeline.examine(given, pack=PACK, options=OPTIONS, every_mention=not fast).verdict
        except DebarError as error:
            return f"{type(error).__name__}: {error}"
    return report.render(verdict, "json", colour=False, near_misses=True, coverage=False)


@settings(max_examples=DOCUMENTS, suppress_health_check=list(HealthCheck))
@given(hostile())
def test_hostile_documents_get_the_same_report(data: bytes) -> None:
    assert judged(data, fast=True) == judged(data, fast=False)


def read(data: bytes, *, fast: bool) -> Inventory | str:
    """Read an SPDX document in which, on the fast path, nothing is told to match."""
    source = Source(path="x", sha256="", text=data, limits=Limits(), telling=(lambda *_: ()) if fast else None)
    with paths(fast=fast):
        try:
            return spdx2_json.read_json(source)
        except DebarError as error:
            return f"{type(error).__name__}: {error}"


def related(*lines: str, ids: str = "a b c") -> bytes:
    """Write an SPDX document of "left TYPE right [comment]"."""
    keys = ("spdxElementId", "relationshipType", "relatedSpdxElement", "comment")
    listed = [{"SPDXID": one, "name": f"n{number}"} for number, one in enumerate(ids.split(" "))]
    edges = [dict(zip(keys, line.split(" ", 3), strict=False)) for line in lines]
    return json.dumps({"spdxVersion": "SPDX-2.3", "packages": listed, "relationships": edges}).encode()


@settings(max_examples=DOCUMENTS, suppress_health_check=list(HealthCheck))
@given(hostile(always_spdx=True))
@example(related("a DEPENDS_ON b", "b DEPENDENCY_OF a", "a DEPENDS_ON b", "a CONTAINS b", "c CONTAINS c"))
@example(related("a EXAMPLE_OF b"))
@example(related("a OTHER b evident-by: x", "a DEPENDS_ON b why", "a CONTAINS c"))
@example(related("a DEPENDS_ON DocumentRef-x", ids="a DocumentRef-x"))
@example(related("NONE CONTAINS a", ids="a NONE"))
@example(related(" CONTAINS a", ids="a "))
@example(related("a DEPENDS_ON b", "a DEPENDS_ON SPDXRef-DOCUMENT", "d CONTAINS a", "d CONTAINS b", ids="a b a"))
@example(related("SPDXRef-DOCUMENT DESCRIBES a", "a DEPENDS_ON b", "SPDXRef-DOCUMENT CONTAINS b"))
def test_what_is_told_in_other_ways_than_mentions_is_the_same(data: bytes) -> None:
    fast, plain = read(data, fast=True), read(data, fast=False)
    if isinstance(fast, Inventory) and isinstance(plain, Inventory):
        assert list(fast.components) == list(plain.components)
        assert list(fast.edges()) == list(plain.edges())
        # Only the fast path knows where the packages stand.
        assert [replace(one, silent=(), starts={}) for one in fast.documents] == [*plain.documents]
        assert (fast.gaps, fast.notes) == (plain.gaps, plain.notes)
        assert (fast.links, fast.refs) == (plain.links, plain.refs)
    else:
        assert fast == plain


def files() -> list[Path]:
    found = [*(HERE / "examples").glob("*.*"), *SHARED.glob("corpus/*/*.*"), *SHARED.glob("reference/sboms/*.*")]
    return sorted(path for path in found if path.suffix not in {".csv", ".md"})


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_real_documents_get_the_same_report(path: Path) -> None:
    data = path.read_bytes()
    assert judged(data, fast=True) == judged(data, fast=False)


@pytest.mark.parametrize("form", ["cyclonedx-json", "cyclonedx-xml", "spdx-json", "spdx-tag"])
def test_generated_products_get_the_same_report(form: str) -> None:
    from generate import FORMATS, Product

    data = "".join(FORMATS[form](Product(400, offenders=6))).encode()
    answer = judged(data, fast=True)
    assert answer == judged(data, fast=False)
    assert '"verdict": "fail"' in answer
