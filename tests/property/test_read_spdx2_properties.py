"""Whatever stands in an SPDX document, the reader gives a sound inventory or refuses it as an input."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from debar.errors import InputError
from debar.read.limits import Limits, Source
from debar.read.spdx2_json import read_json
from debar.read.spdx2_relationships import RELATIONSHIPS
from debar.read.spdx2_tag import read_tag_value
from debar.read.spdx2_yaml import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from debar.model.inventory import Inventory


def sampled(words: str) -> st.SearchStrategy[str]:
    return st.sampled_from(words.split())


KEYS = sampled("""
    SPDXID name comment supplier versionInfo externalRefs referenceLocator checksums checksumValue hasFiles
    annotations packages files snippets relationships spdxElementId relatedSpdxElement relationshipType
    documentDescribes sbom creationInfo creators hasExtractedLicensingInfos licenseId licenseDeclared
    snippetFromFile fileDependencies externalDocumentRefs externalDocumentId spdxDocument
    packageVerificationCode artifactOfs
""")
WORDS = st.one_of(
    st.sampled_from(["SPDXRef-DOCUMENT", "SPDXRef-a", "SPDXRef-b", "DocumentRef-x:SPDXRef-y", "DocumentRef-x", "NONE"]),
    st.sampled_from(["NOASSERTION", "LicenseRef-1", "pkg:npm/a@1", "Organization: A (", "pip:", "", "null", "<text>"]),
    st.sampled_from([*RELATIONSHIPS, "DESCRIBE", "odd"]),
    st.text(max_size=8),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(KEYS, WORDS), inner, max_size=5)),
    max_leaves=25,
)
ELEMENTS = st.lists(
    st.one_of(JSON, st.fixed_dictionaries({"SPDXID": WORDS, "name": WORDS}, optional={"hasFiles": st.lists(WORDS)})),
    max_size=4,
)
RELATIONS = st.lists(
    st.fixed_dictionaries(
        {
            "spdxElementId": WORDS,
            "relationshipType": st.sampled_from([*RELATIONSHIPS, "DESCRIBE"]),
            "relatedSpdxElement": WORDS,
        }
    ),
    max_size=6,
)
DOCUMENTS = st.fixed_dictionaries(
    {"spdxVersion": st.just("SPDX-2.3")},
    optional={
        **dict.fromkeys(["packages", "files", "snippets"], ELEMENTS),
        "relationships": RELATIONS,
        "documentDescribes": st.lists(WORDS, max_size=3),
        **dict.fromkeys(["creationInfo", "annotations", "hasExtractedLicensingInfos", "name", "SPDXID"], JSON),
    },
)


def run(reader: Callable[[Source], Inventory], text: bytes) -> Inventory | None:
    """Read and check what every later stage relies on; any exception but an `InputError` fails the test."""
    with suppress(InputError):
        inventory = reader(Source(path="x", sha256="", text=text, limits=Limits()))
        count = len(inventory.components)
        assert all(left != right and left < count and right < count for left, right, _ in inventory.edges())
        assert len(set(inventory.edges())) == len(inventory.kinds)
        assert 0 <= inventory.documents[0].product < count
        assert all(link.component < count for link in inventory.links)
        for field in inventory.mentions.fields():
            values, owners = inventory.mentions.column(field)
            assert values
            assert all(values)
            assert all(0 <= owner < count for owner in owners)
        return inventory
    return None


def dump(value: object) -> bytes:
    return json.dumps(value).encode()


@given(st.dictionaries(KEYS, JSON, max_size=6))
def test_any_json(value: dict[str, Any]) -> None:
    run(read_json, dump({"spdxVersion": "SPDX-2.3", **value}))


@given(DOCUMENTS)
def test_documents(value: dict[str, Any]) -> None:
    bare = run(read_json, dump(value))
    wrapped = run(read_json, dump({"sbom": value}))
    assert (bare is None) == (wrapped is None)
    if bare and wrapped:
        assert list(bare.edges()) == list(wrapped.edges())
        assert [gap.code for gap in bare.gaps] == [gap.code for gap in wrapped.gaps]


@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_order_of_relationships_is_no_matter(value: dict[str, Any], random: Any) -> None:  # noqa: ANN401 - hypothesis
    def labels(document: dict[str, Any]) -> set[tuple[str, int, str]]:
        inventory = run(read_json, dump(document))
        found = inventory.components if inventory else ()
        return (
            {(found[left].label, kind, found[right].label) for left, right, kind in inventory.edges()}
            if inventory
            else set()
        )

    shuffled = list(value.get("relationships", ()))
    random.shuffle(shuffled)
    assert labels({**value, "relationships": shuffled}) == labels(
        {**value, "relationships": value.get("relationships", [])}
    )


def textual(value: object) -> object:
    """Turn every scalar into text: YAML is read without types, so that a version `1.10` stays what it is."""
    if isinstance(value, dict):
        return {key: textual(inner) for key, inner in value.items()}
    return [textual(inner) for inner in value] if isinstance(value, list) else str(value)


@given(DOCUMENTS.map(textual))
def test_yaml_reads_as_json_does(value: object) -> None:
    plain = run(read_json, dump(value))
    told = run(read_yaml, yaml.safe_dump(value).encode())
    assert plain is not None
    assert told is not None
    assert [one.label for one in told.components] == [one.label for one in plain.components]
    assert list(told.edges()) == list(plain.edges())
    assert [gap.code for gap in told.gaps] == [gap.code for gap in plain.gaps]
    for field in plain.mentions.fields():
        assert told.mentions.column(field) == plain.mentions.column(field)


@given(DOCUMENTS)
def test_json_is_yaml(value: dict[str, Any]) -> None:
    run(read_yaml, dump(value))


@given(
    st.lists(st.one_of(WORDS, KEYS, st.sampled_from([*"-:[]{}&*?|>#!\n\t ", "\n  ", "&a ", "*a", "<<: "])), max_size=30)
)
def test_any_yaml(parts: list[str]) -> None:
    run(read_yaml, "".join(["spdxVersion: SPDX-2.3\n", *parts]).encode("utf-8", "replace"))


TAGS = sampled("""
    SPDXID PackageName PackageSupplier PackageChecksum PackageVerificationCode FilesAnalyzed FileName
    FileChecksum FileDependency SnippetSPDXID SnippetFromFileSPDXID LicenseID ExtractedText LicenseConcluded
    Relationship Annotator RelationshipComment SPDXREF AnnotationComment Reviewer ExternalRef
    ExternalRefComment ExternalDocumentRef Creator ArtifactOfProjectName ArtifactOfProjectURI Odd
    LicenseCrossReference
""")
LINES = st.one_of(
    st.builds("{}: {}".format, TAGS, WORDS),
    st.builds("Relationship: {} {} {}".format, WORDS, st.sampled_from([*RELATIONSHIPS]), WORDS),
    st.builds("{}: <text>{}</text>".format, TAGS, st.text(max_size=8)),
    st.text(max_size=10),
)


@given(st.lists(LINES, max_size=20), st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_tag_value(lines: list[str], end: str) -> None:
    run(read_tag_value, end.join(["SPDXVersion: SPDX-2.3", *lines]).encode("utf-8", "replace"))
