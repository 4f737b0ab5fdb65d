"""Attestations: the predicate is found in every wrapping that is in use, and nothing ambiguous gets through."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import SHARED
from debar.errors import InputError, LimitExceeded, MalformedSbom, NotAnSbom, UnreadableInput, UnsupportedFormat
from debar.read import Limits, read
from debar.read.carriers import Carried, unwrap
from debar.read.envelopes import Subject, attested, lines

SBOM = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library", "name": "a??>>~~"}]}
# Not as json.dumps would write it: what is given back is the text itself.
TEXT = '{\n  "bomFormat" : "CycloneDX",\t"specVersion":"1.6", "components": [{"type":"library","name":"\\u0061"}]\n}'
TAG = "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: d\n"
CYCLONEDX = "https://cyclonedx.org/bom"
SHA = "ab" * 32
SUBJECT = Subject(name="app", digests=(("sha256", SHA),))
CORPUS = SHARED / "corpus" / "aquasecurity+trivy" / "centos-7-cyclonedx.intoto.jsonl"


def statement(predicate: str = TEXT, kind: str = CYCLONEDX, version: str = "v1") -> str:
    subject = json.dumps([{"name": "app", "digest": {"sha256": SHA}}])
    head = f'"_type": "https://in-toto.io/Statement/{version}", "subject": {subject}'
    return f'{{{head}, "predicateType": {json.dumps(kind)}, "predicate": {predicate}}}'


def dsse(body: str, **more: object) -> str:
    text = body.encode()
    fields = {"payloadType": "application/vnd.in-toto+json", "payload": base64.b64encode(text).decode()}
    return json.dumps({**fields, "signatures": [{"sig": "AA=="}], **more})


def bundle(envelope: str) -> str:
    kind = "application/vnd.dev.sigstore.bundle.v0.3+json"
    return f'{{"mediaType": "{kind}", "verificationMaterial": {{"certificate": {{}}}}, "dsseEnvelope": {envelope}}}'


def one(text: str | bytes) -> Carried:
    (found,) = unwrap(text.encode() if isinstance(text, str) else text, "att.json", Limits())
    return found


@pytest.mark.parametrize(
    "text",
    [
        statement(),
        statement(version="v0.1"),
        statement(kind="https://cyclonedx.org/bom/v1.4"),
        statement(kind="https://example.org/our-own"),
        dsse(statement()),
        bundle(dsse(statement())),
        "\ufeff" + dsse(statement()),
        json.dumps(json.loads(dsse(statement())), indent=2, sort_keys=True),
        f"\n  {dsse(statement())}\n",
        statement(f'{{"Data": {TEXT}, "Timestamp": "2022-01-01T00:00:00Z"}}'),
        statement(json.dumps({"Data": TEXT})),
        statement(json.dumps(TEXT)),
    ],
)
def test_the_predicate_is_given_back_as_it_is_written_with_its_subject(text: str) -> None:
    found = one(text)

    assert found.data.decode() == TEXT
    assert found.subjects == (SUBJECT,)
    assert found.path == "att.json"
    assert any("predicate type" in note for note in found.notes)
    assert read(found.data, found.path).components


def test_cosign_keeps_tag_value_as_a_string() -> None:
    found = one(dsse(statement(json.dumps(TAG), kind="https://spdx.dev/Document")))

    assert found.data.decode() == TAG
    assert read(found.data, found.path).documents[0].format == "SPDX tag-value"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (dsse(statement()), "the signature was not checked"),
        (bundle(dsse(statement())), "the signature was not checked"),
        (dsse(statement(), signatures=[]), "the envelope has no signature"),
        (dsse(statement(), signatures=None), "the envelope has no signature"),
        (statement(), "the in-toto statement is not signed"),
        (dsse(statement(), payloadType="text/\x1bplain"), "the payload type is text/\\x1bplain, not"),
        (statement(version="v9"), "the type of the statement is https://in-toto.io/Statement/v9"),
    ],
)
def test_what_is_odd_or_unchecked_is_noted(text: str, note: str) -> None:
    assert any(found.startswith(note) for found in one(text).notes)


@given(
    st.text(alphabet="a?>~\xff", max_size=9), st.booleans(), st.booleans(), st.integers(0, 3), st.sampled_from("\n\r")
)
def test_every_writing_of_base64_is_read(name: str, urlsafe: bool, padded: bool, blanks: int, end: str) -> None:
    text = statement(json.dumps({**SBOM, "serialNumber": name}, ensure_ascii=False) + " " * blanks)
    encode = base64.urlsafe_b64encode if urlsafe else base64.standard_b64encode
    payload = encode(text.encode()).decode()
    payload = payload if padded else payload.rstrip("=")
    found = attested(dsse("", payload=payload[:76] + end + payload[76:]).encode(), "x")

    assert found is not None
    assert json.loads(found.text)["serialNumber"] == name


@pytest.mark.parametrize("payload", ["A", "AAAAA", "AA=A", "e30=e30=", "{}", "e3\x000=", "é", "AB CD"])
def test_what_is_not_base64_is_an_error(payload: str) -> None:
    with pytest.raises(UnreadableInput, match="not base64"):
        one(dsse("", payload=payload))


@pytest.mark.parametrize("text", [dsse(statement()[:-3]), statement()[:-3], statement(json.dumps(TEXT[:-3]))])
def test_what_is_cut_off_is_for_the_reader_to_refuse(text: str) -> None:
    found = one(text)

    with pytest.raises(MalformedSbom):
        read(found.data, found.path)


def test_a_payload_may_be_the_sbom_itself() -> None:
    assert one(dsse(TEXT, payloadType="application/vnd.cyclonedx+json")).data.decode() == TEXT


@pytest.mark.parametrize(
    ("text", "error", "named"),
    [
        (statement("{}", kind="https://slsa.dev/provenance/v1"), NotAnSbom, "slsa.dev/provenance"),
        (dsse(statement('{"builder": {}}', kind="https://slsa.dev/provenance/v1")), NotAnSbom, "slsa.dev/provenance"),
        (statement("null", kind="https://slsa.dev/provenance/v1"), NotAnSbom, "no SBOM"),
        (statement("{}"), UnsupportedFormat, "no SBOM that debar knows"),
        (statement("null"), UnsupportedFormat, "empty"),
        (statement("[1]", kind="https://spdx.dev/Document/v2.3"), UnsupportedFormat, "empty"),
        (statement('"hello"'), UnsupportedFormat, "no SBOM that debar knows"),
        (dsse("hello"), NotAnSbom, "no SBOM"),
        (statement(statement()), UnsupportedFormat, "inside another"),
        (dsse(dsse(statement())), UnsupportedFormat, "inside another"),
        (bundle("null"), NotAnSbom, "no SBOM"),
        ('{"mediaType":"x","verificationMaterial":{},"messageSignature":{}}', NotAnSbom, "signature of a file"),
        (dsse(statement(), payload=7), MalformedSbom, "no text"),
        (dsse(statement())[:-3], MalformedSbom, "broken"),
        (statement(json.dumps("x").replace("x", "\\ud800")), MalformedSbom, "broken"),
        ('{"predicateType": ' + "[" * 100_000, LimitExceeded, "deep"),
    ],
)
def test_the_rest_is_an_error_that_says_what_it_is(text: str, error: type[InputError], named: str) -> None:
    with pytest.raises(error, match=named) as caught:
        one(text)

    assert caught.value.path == "att.json"


CLEAN = '{"bomFormat":"CycloneDX","specVersion":"1.6"}'


@pytest.mark.parametrize(
    "text",
    [
        statement()[:-1] + f', "predicate": {CLEAN}}}',
        f'{{"predicate": {CLEAN}, {statement()[1:]}',
        statement()[:-1] + f', "pre\\u0064icate": {CLEAN}}}',
        dsse(statement())[:-1] + ', "payload": "e30="}',
        bundle(dsse(statement()))[:-1] + ', "dsseEnvelope": {}}',
        '{"payload": "e30=", "x": 1, "payload": "e30=", "payloadType": ""}',
        statement(f'{{"Data": {TEXT}, "Data": {CLEAN}}}'),
    ],
)
def test_a_key_that_stands_twice_is_refused(text: str) -> None:
    with pytest.raises(MalformedSbom, match="twice"):
        one(text)


@pytest.mark.parametrize(
    "text",
    [
        TEXT[:-1] + f', "predicateType": "{CYCLONEDX}", "predicate": {CLEAN}}}',
        TEXT[:-1] + "," + dsse(statement(CLEAN))[1:],
        statement()[:-1] + "," + dsse(statement(CLEAN))[1:],
        bundle(dsse(statement()))[:-1] + "," + statement(CLEAN)[1:],
    ],
)
def test_an_sbom_cannot_hide_behind_an_attestation_in_the_same_object(text: str) -> None:
    with pytest.raises(MalformedSbom, match="something else at once"):
        one(text)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TAG,
        "",
        "{}",
        '{"payload": "e30="}',
        '{"subject": 1}',
        TEXT[:-1] + ', "signatures": [1]}',
        TEXT[:-9],
        "[1]",
    ],
)
def test_other_text_is_left_to_its_reader(text: str) -> None:
    assert attested(text.encode(), "x") is None
    assert lines(text.encode(), "x") is None
    assert one(text) == Carried(path="att.json", data=text.encode())


@pytest.mark.parametrize("subject", ["null", "7", '{"a": 1}', "[1, null, []]", '[{"digest": 3}]', '[{"name": {}}]'])
def test_odd_subjects_bind_nothing_and_cost_nothing(subject: str) -> None:
    text = statement().replace(json.dumps([{"name": "app", "digest": {"sha256": SHA}}]), subject)

    assert all(not found.digests for found in one(text).subjects)


MINI = json.dumps(SBOM)
SLSA = statement("{}", kind="https://slsa.dev/provenance/v1")


def unwrapped(*given_lines: str, end: str = "\n") -> list[Carried]:
    return unwrap(end.join(given_lines).encode(), "att.jsonl", Limits())


@pytest.mark.parametrize(
    ("given_lines", "paths", "note"),
    [
        ((dsse(statement(MINI)), bundle(dsse(statement(MINI)))), ["att.jsonl!1", "att.jsonl!2"], ""),
        ((MINI, MINI, ""), ["att.jsonl!1", "att.jsonl!2"], ""),
        ((MINI, dsse(statement(MINI))), ["att.jsonl!1", "att.jsonl!2"], ""),
        (("", dsse(statement(MINI)), ""), ["att.jsonl"], ""),
        (("junk", "", dsse(statement(MINI)), "{broken", "{}"), ["att.jsonl!3"], "3 of 4 members are no SBOM: 1, 4, 5"),
        ((dsse(SLSA), dsse(statement(MINI))), ["att.jsonl!2"], "1 of 2 members is no SBOM: 1 (https://slsa.dev/"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_json_lines(given_lines: tuple[str, ...], paths: list[str], note: str, end: str) -> None:
    if end == "\n\n" and any(not line for line in given_lines):
        return
    found = unwrapped(*given_lines, end=end)
    if end != "\n\n":
        assert [carried.path for carried in found] == paths
        assert note in " ".join(found[0].notes)
    assert [json.loads(carried.data) for carried in found] == [SBOM] * len(paths)
    assert not found[0].unread


def test_lines_without_any_sbom_are_an_error() -> None:
    with pytest.raises(NotAnSbom, match=r"1 \(https://slsa.dev/provenance/v1\), 2"):
        unwrapped(dsse(SLSA), '{"x": 1}')


def test_broken_attestations_and_stray_parts_of_an_sbom_are_named_as_unread() -> None:
    pretty = json.dumps(SBOM, indent=1).splitlines()
    att = dsse(statement(MINI))
    before, found = (
        unwrapped(*pretty, att),
        unwrapped(att, *pretty, TAG.splitlines()[0], '{"payload": "x", "payloadType": "y"}'),
    )

    assert [carried.path for carried in found] == ["att.jsonl!1"]
    assert [carried.unread[0].partition(" ")[0] for carried in before] == ["2"]
    assert [text.partition(" ")[0] for text in found[0].unread] == ["3", str(len(pretty) + 2), str(len(pretty) + 3)]


@pytest.mark.parametrize(
    "text",
    [
        MINI + "\n<p>the rest of a web page</p>\n",
        TAG + "PackageName: x\nPackageComment: <text>\n" + dsse(statement(CLEAN)) + "\n</text>\n",
        f"spdxVersion: SPDX-2.3\ncomment: |\n  {dsse(statement(CLEAN))}\n",
    ],
)
def test_an_sbom_with_something_like_a_line_in_it_is_not_json_lines(text: str) -> None:
    assert lines(text.encode(), "x") is None
    assert one(text).data == text.encode()


def test_a_file_of_too_many_lines_is_refused() -> None:
    with pytest.raises(LimitExceeded, match="10,000"):
        unwrapped(dsse(SLSA), *["x"] * 10_000)


KEYS = st.sampled_from(
    ["_type", "subject", "predicate", "predicateType", "payload", "payloadType", "dsseEnvelope", "Data", "bomFormat"]
)


@given(
    st.recursive(st.none() | st.text(max_size=3), lambda inner: st.dictionaries(KEYS, inner, max_size=4), max_leaves=9)
)
def test_only_errors_of_ours_come_out_of_odd_objects(value: Any) -> None:  # noqa: ANN401 - any JSON
    text = json.dumps(value)
    for data in (text, f"{text}\n{text}", dsse(text), statement(text)):
        with suppress(InputError):
            assert unwrap(data.encode(), "x", Limits())


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="not here")
def test_a_real_attestation() -> None:
    (found,) = unwrap(CORPUS.read_bytes(), "centos.jsonl", Limits())
    inventory = read(found.data, found.path)

    assert found.subjects[0].name == "index.docker.io/library/centos"
    assert found.subjects[0].digests[0][1].startswith("be65f488b776")
    assert {"bash", "openssl-libs"} <= {component.name for component in inventory.components}
