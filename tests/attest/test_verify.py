"""A certificate holds for exactly what was signed; whatever is changed afterwards has its own message and exit 1."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from vendor import EXAMPLE, PRODUCT, Vendor, debar, vendor

from debar import packs
from debar.attest.canonical import canonical
from debar.attest.dsse import KeySigner
from debar.attest.keys import load_signer


def test_what_was_signed_verifies_and_repeats(acme: Vendor) -> None:
    acme.certify()

    result = acme.verify(*acme.everything(), "--product", PRODUCT, "--companion", acme.beside(".html"), "--max-age", 0)

    assert result.exit_code == 0, result.output
    assert result.output.startswith("VERIFIED  PASS for acme-gateway 4.2.0 by ACME Networks, urn:uuid:")
    assert "gives the same result byte for byte" in result.output
    assert "that the signer is Jane Doe, Release manager, ACME Networks: the key proves a holder" in result.output


def flip(path: Path, at: int = -2) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def change(acme: Vendor, edit: Callable[[dict[str, object]], object]) -> None:
    envelope = acme.envelope()
    edit(envelope)
    acme.certificate.write_text(json.dumps(envelope))


def in_statement(acme: Vendor) -> None:
    text = base64.b64decode(str(acme.envelope()["payload"])).replace(b"Jane Doe", b"Jane Dof")
    change(acme, lambda envelope: envelope.update(payload=base64.b64encode(text).decode()))


def in_signature(acme: Vendor) -> None:
    def edit(envelope: dict[str, object]) -> None:
        signature = envelope["signatures"][0]  # type: ignore[index]
        raw = bytearray(base64.b64decode(signature["sig"]))
        raw[0] ^= 1
        signature["sig"] = base64.b64encode(bytes(raw)).decode()

    change(acme, edit)


def in_sbom(acme: Vendor) -> None:
    acme.sbom.write_bytes(acme.sbom.read_bytes().replace(b"3.0.14", b"3.0.15"))


def break_sbom(acme: Vendor) -> None:
    acme.sbom.write_bytes(acme.sbom.read_bytes()[:-3])


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (
            in_statement,
            "FAIL  signature   the signature does not fit: the statement or the signature was changed after",
        ),
        (
            in_signature,
            "FAIL  signature   the signature does not fit: the statement or the signature was changed after",
        ),
        (in_sbom, "is none that was examined: changed, or another"),
        (break_sbom, "FAIL  sbom        "),
        (
            lambda acme: flip(acme.artefact),
            "is not what was certified (acme-gateway-4.2.0.bin): changed, or another product",
        ),
        (
            lambda acme: change(acme, lambda it: it.update(signatures=[])),
            "FAIL  signature   the certificate carries no signature",
        ),
        (
            lambda acme: change(acme, lambda it: it.update(payloadType="text/plain")),
            "the payload type is 'text/plain', not",
        ),
        (
            lambda acme: change(acme, lambda it: it.update(payload="!")),
            "the payload of the DSSE envelope is not base64",
        ),
        (lambda acme: acme.certificate.write_text("{}"), "this is no signed statement (DSSE envelope)"),
        (lambda acme: acme.certificate.write_text('{"payload": '), "the attestation is broken"),
        (lambda acme: flip(acme.beside(".html")), "was not written with this certificate, or was changed since"),
    ],
    ids=[
        *("statement", "signature", "sbom", "broken-sbom", "artefact", "unsigned", "payload-type", "no-base64"),
        *("no-envelope", "broken-json", "companion"),
    ],
)
def test_one_change_is_told(acme: Vendor, damage: Callable[[Vendor], object], line: str) -> None:
    acme.certify()
    damage(acme)

    result = acme.verify(*acme.everything(), "--companion", acme.beside(".html"))

    assert result.exit_code == 1, result.output
    assert result.output.startswith("NOT VERIFIED")
    assert line in result.output


def test_a_changed_pack_is_told_and_changes_the_result(acme: Vendor) -> None:
    acme.certify()
    pack = acme.home / "changed" / "us-kaspersky"
    shutil.copytree(packs.bundled()["us-kaspersky"], pack)
    (pack / "compiled.json").unlink()
    (pack / "pack.yaml").write_bytes((pack / "pack.yaml").read_bytes() + b"\n")

    result = acme.verify(*acme.everything(), "--policy", pack)

    assert result.exit_code == 1
    assert "FAIL  policy      us-kaspersky" in result.output
    assert "FAIL  rerun       the check, repeated here, gives another result in inputs" in result.output


def test_a_wrong_key_is_told_by_its_id(acme: Vendor, tmp_path: Path) -> None:
    acme.certify()

    result = acme.verify(key=vendor(tmp_path / "other").pub)

    assert result.exit_code == 1
    assert "signed by another key: the certificate names key id" in result.output


@pytest.mark.parametrize(
    ("as_of", "more", "line"),
    [
        ("2027-11-21T00:00:00Z", (), ""),
        ("2027-11-21T00:00:01Z", (), "expired: valid until 2027-11-21T00:00:00Z"),
        ("2026-11-20T23:54:00Z", (), "not valid yet: issued as of 2026-11-21T00:00:00Z"),
        ("2026-12-21T00:00:00Z", ("--max-age", 30), ""),
        ("2026-12-22T00:00:00Z", ("--max-age", 30), "31 days old; at most 30 are accepted"),
    ],
)
def test_validity_is_judged_at_the_instant_given(acme: Vendor, as_of: str, more: tuple[object, ...], line: str) -> None:
    acme.certify()

    result = acme.verify(*more, as_of=as_of)

    assert result.exit_code == int(bool(line)), result.output
    assert line in result.output


@pytest.mark.parametrize(
    ("product", "code"),
    [
        ("acme-gateway", 0),
        ("acme-gateway@4.2.0", 0),
        ("pkg:generic/acme/acme-gateway@4.2.0", 0),
        ("pkg:generic/acme/acme-gateway", 0),
        ("acme-gateway@4.2.1", 1),
        ("", 1),
    ],
)
def test_the_product_is_the_one_that_was_meant(acme: Vendor, product: str, code: int) -> None:
    acme.certify()

    assert acme.verify("--product", product).exit_code == code


def url_safe(text: str) -> str:
    return text.replace("+", "-").replace("/", "_").rstrip("=")


@pytest.mark.parametrize(
    "edit",
    [
        lambda it: it["signatures"][0].pop("keyid"),
        lambda it: it["signatures"][0].update(keyid="another"),
        lambda it: it["signatures"].insert(0, {"keyid": it["signatures"][0]["keyid"], "sig": "AA=="}),
        lambda it: it.update(
            payload=url_safe(it["payload"]), signatures=[{"sig": url_safe(it["signatures"][0]["sig"])}]
        ),
    ],
    ids=["no-keyid", "other-keyid", "two-signatures", "url-safe"],
)
def test_a_key_id_is_a_hint_and_both_alphabets_are_read(
    acme: Vendor, edit: Callable[[dict[str, object]], object]
) -> None:
    acme.certify()
    change(acme, edit)

    result = acme.verify()

    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("what", ["certificate", "key"])
def test_what_is_revoked_no_longer_counts(acme: Vendor, what: str) -> None:
    acme.certify()
    predicate = acme.statement()["predicate"]
    gone = predicate["certificateId"] if what == "certificate" else predicate["signer"]["keyId"]
    revoked = acme.home / "revoked.txt"
    revoked.write_text(f"# lost laptop\n\n{gone}  since 2026-11-22\n")

    result = acme.verify("--revoked", revoked)

    assert result.exit_code == 1
    assert f"FAIL  revocation  revoked: {gone}" in result.output


def test_what_was_not_asked_is_said_and_does_not_fail(acme: Vendor) -> None:
    acme.certify()

    result = acme.verify()

    assert result.exit_code == 0
    assert result.output.count("  --    ") == 3
    assert "OK    regime      us-bis-icts-2021-002 (operative) decided: pass" in result.output
    assert "the result itself: it was not repeated here (--rerun)" in result.output


def test_other_statements_can_be_checked_for_signature_and_artefact(acme: Vendor) -> None:
    acme.certify()

    good = debar("verify", acme.beside(".svr.json"), "--key", acme.pub, "--subject", acme.artefact)
    more = debar("verify", acme.beside(".svr.json"), "--key", acme.pub, *acme.everything())

    assert (good.exit_code, more.exit_code) == (0, 1)
    assert "no certificate, but a statement of https://in-toto.io/attestation/svr/v0.2" in good.output


def barred(acme: Vendor) -> None:
    document = json.loads(acme.sbom.read_bytes())
    document["components"][0].update(name="Kaspersky Scan Engine", supplier={"name": "AO Kaspersky Lab"})
    acme.sbom.write_text(json.dumps(document))


def test_a_test_result_of_a_product_that_failed_is_not_verified(acme: Vendor) -> None:
    barred(acme)
    acme.certify(expect=1)

    result = debar("verify", acme.beside(".test-result.json"), "--key", acme.pub, "--subject", acme.artefact)

    assert result.exit_code == 1
    assert result.output.startswith("NOT VERIFIED")
    assert "FAILED, not PASSED" in result.output


def test_a_statement_that_debar_does_not_write_is_not_verified(acme: Vendor) -> None:
    acme.certify()
    svr = base64.b64decode(acme.envelope(".svr.json")["payload"])
    resigned(acme, svr.replace(b"https://in-toto.io/attestation/svr/v0.2", b"https://slsa.dev/provenance/v1"))

    result = acme.verify("--subject", acme.artefact)

    assert result.exit_code == 1
    assert "FAIL  statement   a statement of https://slsa.dev/provenance/v1 says of no regime" in result.output


def test_a_pass_under_a_regime_that_the_vendor_chose_is_not_one_under_another(acme: Vendor) -> None:
    barred(acme)
    acme.certify("--regime", "us-bod-17-01")

    unasked = acme.verify(*acme.everything())
    chosen = acme.verify(*acme.everything(), "--regime", "us-bod-17-01")
    broad = acme.verify(*acme.everything(), "--regime", "us-bod-17-01:strict")
    asked = acme.verify(*acme.everything(), "--regime", "us-bod-17-01", "--regime", "us-bis-icts-2021-002")

    assert (unasked.exit_code, chosen.exit_code, broad.exit_code, asked.exit_code) == (1, 0, 1, 1)
    assert "FAIL  regime      us-bis-icts-2021-002 did not decide; it would be fail" in unasked.output
    assert "OK    regime      us-bod-17-01 (operative) decided: pass" in chosen.output
    assert "FAIL  regime      us-bod-17-01:strict did not decide" in broad.output
    assert "FAIL  regime      us-bis-icts-2021-002 did not decide; it would be fail" in asked.output


def test_the_json_form_says_the_same(acme: Vendor) -> None:
    acme.certify()

    told = json.loads(acme.verify("--format", "json", *acme.everything()).output)

    assert told["verified"] is True
    assert {"signature", "artefact", "sbom", "policy", "rerun"} <= {one["check"] for one in told["checks"] if one["ok"]}
    assert told["word_only"]


def test_rerun_without_sboms_is_a_usage_error(acme: Vendor) -> None:
    acme.certify()

    assert acme.verify("--rerun").exit_code == 2
    assert acme.verify("--sbom", EXAMPLE / "nowhere.json").exit_code == 3
    assert debar("verify", EXAMPLE / "nowhere.json", "--key", acme.pub).exit_code == 3
    assert debar("verify", acme.certificate, "--key", acme.key).exit_code == 2


def resigned(acme: Vendor, payload: bytes) -> None:
    signer = KeySigner(load_signer(acme.key.read_bytes(), "key", lambda: None))
    acme.certificate.write_text(signer.sign(payload))


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda text: text.replace(b'"market":"us"', b'"market":"de","market":"us"'), "is not canonical JSON"),
        (lambda text: text.replace(b'{"_type"', b'{ "_type"'), "is not canonical JSON"),
        (lambda text: text.replace(b'"market":"us",', b""), "missing required field `market`"),
        (
            lambda text: text.replace(b"certificate:v1", b"certificate:v2"),
            "a statement of urn:debar:predicate:certificate:v2",
        ),
        (lambda text: text.replace(b"Statement/v1", b"Statement/v0"), "the statement's type is"),
        (
            lambda text: text.replace(b'"digest":{"sha256":"', b'"digest":{"sha256":"0'),
            "digest of 'acme-gateway-4.2.0.bin'",
        ),
        (lambda _: b"no statement", "what was signed is no in-toto statement"),
    ],
    ids=["twice", "spaced", "missing", "other-kind", "other-statement", "bad-digest", "no-statement"],
)
def test_what_is_signed_and_is_no_certificate_is_told(acme: Vendor, edit: Callable[[bytes], bytes], says: str) -> None:
    acme.certify()
    resigned(acme, edit(base64.b64decode(str(acme.envelope()["payload"]))))

    result = acme.verify("--max-age", 1)

    assert result.exit_code == 1
    assert "OK    signature" in result.output
    assert says in result.output
    assert "FAIL  statement" in result.output


def test_a_later_field_is_passed_over(acme: Vendor) -> None:
    acme.certify()
    statement = acme.statement()
    statement["predicate"]["later"] = {"a": 1}
    resigned(acme, canonical(statement))

    assert acme.verify(*acme.everything()).exit_code == 0


def test_a_newer_tool_that_differs_is_told_as_such(acme: Vendor) -> None:
    acme.certify()
    statement = acme.statement()
    statement["predicate"]["tool"]["version"] = "0.0.9"
    statement["predicate"]["result"]["findings"] = [{"id": "engine:x"}]
    resigned(acme, canonical(statement))

    result = acme.verify(*acme.everything())

    assert result.exit_code == 1
    assert "gives another result in findings; here is debar " in result.output
    assert "and 0.0.9 made the certificate, which may be why" in result.output


def test_no_path_that_a_certificate_names_is_opened(acme: Vendor) -> None:
    acme.certify()
    pack = acme.home / "us-other"
    shutil.copytree(packs.bundled()["us-kaspersky"], pack)
    statement = acme.statement()
    statement["predicate"]["policies"][0]["id"] = str(pack)
    resigned(acme, canonical(statement))

    result = acme.verify(*acme.everything())

    assert result.exit_code == 1
    assert "the check cannot be repeated: there is no pack" in result.output
