"""Only an unwaived pass is certified; what is written says so to every reader, and the same each time."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from vendor import PRODUCT, Vendor, debar

from debar.attest.certificate import refusals
from debar.model.decision import Finding, RegimeVerdict, Ruling, Status, Verdict
from debar.model.policy import Outcome

ENDS = (".json", ".test-result.json", ".svr.json", ".cdx.json", ".html", ".md")


def edit(acme: Vendor, change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(acme.sbom.read_bytes())
    change(document)
    acme.sbom.write_text(json.dumps(document))


def add(document: dict[str, Any], **component: object) -> None:
    ref = component.setdefault("bom-ref", component["name"])
    document["components"].append({"type": "library", "version": "1", **component})
    document["dependencies"] += [{"ref": "acme-gateway", "dependsOn": [ref]}, {"ref": ref, "dependsOn": []}]
    for key in ("assemblies", "dependencies"):
        document["compositions"][0][key].append(ref)


def test_everything_is_written_and_bound_to_the_artefact(acme: Vendor) -> None:
    acme.certify("--authority", "board resolution 7", "--contact", "mailto:compliance@acme.example")

    statement = acme.statement()
    predicate = statement["predicate"]
    assert {path.name for path in acme.home.glob("gateway.cert*")} == {f"gateway.cert{end}" for end in ENDS}
    assert [one["name"] for one in statement["subject"]] == ["acme-gateway-4.2.0.bin"]
    assert (predicate["verdict"], predicate["validUntil"]) == ("pass", "2027-11-21T00:00:00Z")
    assert [one["name"] for one in predicate["companions"]] == [f"gateway.cert{end}" for end in ENDS[3:]]
    assert predicate["assertions"] == []
    assert acme.statement(".test-result.json")["predicate"]["result"] == "PASSED"
    svr = acme.statement(".svr.json")["predicate"]
    assert "DEBAR_US_BIS_ICTS_2021_002_OPERATIVE_PASSED" in svr["properties"]
    assert not any("/" in one["name"] for one in predicate["sboms"])


def test_two_runs_give_the_same_bytes(acme: Vendor) -> None:
    acme.certify()
    first = {end: acme.beside(end).read_bytes() for end in ENDS}
    acme.certify()

    assert {end: acme.beside(end).read_bytes() for end in ENDS} == first


@pytest.mark.parametrize("version", ["1.6", "1.7"])
def test_the_cyclonedx_form_keeps_its_schema(acme: Vendor, version: str) -> None:
    edit(acme, lambda it: add(it, name="opentip", purl="pkg:pypi/opentip@1", supplier={"name": "AO Kaspersky Lab"}))
    printed = acme.certify("--cyclonedx", version)
    but = "; but review under FCC Covered List, the two Kaspersky entries, review under NDAA section 1634"
    shown = (printed, acme.verify().output, acme.beside(".html").read_text(), acme.beside(".md").read_text())
    assert all(but in said for said in shown)
    text = acme.beside(".cdx.json").read_text()

    assert JsonStrictValidator(SchemaVersion.from_version(version)).validate_str(text) is None
    assert json.loads(text)["specVersion"] == version
    # Threat intelligence passes the deciding rule and not section 1634: both are said.
    scores = {
        (attestation["summary"].partition(":")[0], entry["conformance"]["score"])
        for attestation in json.loads(text)["declarations"]["attestations"]
        for entry in attestation["map"]
    }
    assert ("NDAA section 1634 and FAR 52.204-23", 0) in scores
    assert ("BIS Final Determination ICTS-2021-002", 0) not in scores
    assert acme.statement()["predicate"]["farReport"][0]["brand"] == "Kaspersky"


@pytest.mark.parametrize(
    ("change", "more", "why"),
    [
        (
            lambda it: add(it, name="Kaspersky Anti-Virus", supplier={"name": "AO Kaspersky Lab"}),
            (),
            "the verdict is fail",
        ),
        (
            lambda it: add(it, name="klab", supplier={"name": "Kaspersky"}),
            ("--accept-incomplete",),
            "the verdict is review",
        ),
        (lambda it: add(it, name="nameless"), (), "carry no purl, CPE, SWID tag, hash or party"),
        (lambda it: it.pop("compositions"), (), "does not assert that the list is complete"),
        (lambda it: it["metadata"]["component"].pop("hashes"), (), "nothing ties the document to the delivered"),
        (
            lambda it: it["metadata"]["component"]["hashes"][0].update(content="ab" * 32),
            (),
            "nothing ties the document",
        ),
        (lambda it: it["components"][0].update(scope="sometimes"), (), "breaks the schema of its own format"),
        (
            lambda it: it["metadata"]["component"].update(name="other"),
            (),
            "the root of the SBOM is other@4.2.0, not acme",
        ),
        (lambda it: it["metadata"].update(timestamp="2026-08-22T23:00:00Z"), (), "was made 90 days before"),
        (lambda it: it["metadata"].update(timestamp="2026-08-22T23:00:00Z"), ("--max-sbom-age", 0), ""),
        (lambda it: it["metadata"].update(timestamp="2026-11-23T00:00:00Z"), (), "was made after 2026-11-21T00:00:00Z"),
        (lambda it: it["metadata"].pop("timestamp"), (), "does not say when it was made"),
        (dict.copy, ("--as-of", "2024-09-28"), "is not in force as of 2024-09-28T00:00:00Z"),
        (dict.copy, ("--market", "de"), "the verdict is not-applicable"),
        (
            lambda it: it.update(components=[], dependencies=[]),
            ("--accept-incomplete",),
            "empty-inventory (1) cannot be",
        ),
    ],
)
def test_what_is_refused_gets_no_certificate(acme: Vendor, change: Any, more: tuple[object, ...], why: str) -> None:  # noqa: ANN401 - an edit of any shape
    edit(acme, change)
    aged = ("--max-sbom-age", 0) if "2024-09-28" in more else ()

    result = debar(
        *("certify", acme.sbom, "--product", PRODUCT, "--subject", acme.artefact, "--key", acme.key),
        *("--signer", "J", "--organization", "A", "--as-of", "2026-11-21", "--output", acme.certificate, *more, *aged),
    )

    assert result.exit_code == int(bool(why) and "2026-08-22" not in why), result.output
    assert why in result.output
    assert acme.certificate.exists() == (not why)
    assert acme.beside(".svr.json").exists() == (not why)
    told = acme.statement(".test-result.json")["predicate"]["result"]
    assert told in ({"WARNED", "FAILED"} if why else {"PASSED"})


def test_a_refusal_says_what_an_earlier_run_has_left(acme: Vendor) -> None:
    acme.certify()
    edit(acme, lambda it: it.pop("compositions"))

    said = acme.certify(expect=1)

    assert f"of an earlier run, and not about this: {acme.certificate}, " in said
    assert str(acme.beside(".test-result.json")) not in said.partition("earlier run")[2]


def test_a_duplicate_key_keeps_a_product_from_a_certificate(acme: Vendor) -> None:
    acme.sbom.write_bytes(acme.sbom.read_bytes().replace(b'"version": 1,', b'"version": 1, "version": 1,', 1))

    assert "an object holds the same key twice" in acme.certify(expect=1)


def test_a_waived_finding_is_never_certified() -> None:
    plain: Any = {"regimes": (), "gaps": (), "status": Status.PASS, "reason": "", "as_of": ""}
    for outcome, waivers in ((Outcome.WAIVED, ()), (Outcome.NOTE, ("W-1",))):
        ruling = Ruling(regime="r", outcome=outcome, rule="", citation="", why="", waivers=waivers)
        verdict = make(Verdict, **plain, findings=(make(Finding, rulings=(ruling,)),))

        assert refusals(verdict, accept_incomplete=True) == [
            "1 of the findings are waived, and a waiver is not evidence that nothing is there"
        ]
    assert refusals(make(Verdict, **plain, findings=()), accept_incomplete=False) == []


def test_a_pass_that_only_does_not_count_a_finding_is_never_certified() -> None:
    regime = make(RegimeVerdict, regime="r", gating=True, from_when="")
    ruling = Ruling(regime="r", outcome=Outcome.FAIL, rule="", citation="", why="")
    finding = make(Finding, id="engine:x", rulings=(ruling,), existing=True)
    verdict = make(Verdict, regimes=(regime,), gaps=(), status=Status.PASS, reason="", as_of="", findings=(finding,))

    (why,) = refusals(verdict, accept_incomplete=True)

    assert why == "the verdict is pass only because 1 findings are not counted: engine:x"


def make(kind: type[Any], **values: object) -> Any:  # noqa: ANN401 - only the fields that matter are there
    return kind(**dict.fromkeys(kind.__struct_fields__) | values)


def test_the_vendors_assertion_is_written_as_its_word_and_repeats(acme: Vendor) -> None:
    edit(acme, lambda it: it.pop("compositions"))
    acme.certify("--assert-complete", "our build lists every file it links")

    (said,) = acme.statement()["predicate"]["assertions"]
    assert (said["reason"], said["by"]) == ("our build lists every file it links", "ACME Networks")
    result = acme.verify(*acme.everything())
    assert result.exit_code == 0, result.output
    assert "that the SBOMs are complete; ACME Networks says: our build lists every file it links" in result.output


def test_accepted_limits_stand_in_the_certificate_and_a_customer_must_take_them(acme: Vendor) -> None:
    edit(acme, lambda it: it.pop("compositions"))
    acme.certify("--accept-incomplete")

    predicate = acme.statement()["predicate"]
    assert predicate["verdict"] == "incomplete"
    assert [one["code"] for one in predicate["limits"] if one["accepted"]] == ["not-asserted-complete"]
    assert "does not assert that the list is complete" in acme.beside(".html").read_text()
    assert not acme.beside(".svr.json").exists()
    assert acme.statement(".test-result.json")["predicate"]["result"] == "WARNED"
    assert acme.verify(*acme.everything()).exit_code == 1
    assert acme.verify(*acme.everything(), "--accept-incomplete").exit_code == 0


def test_an_attestation_for_another_artefact_is_no_limit_to_accept(acme: Vendor) -> None:
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "other", "digest": {"sha256": "ab" * 32}}],
        "predicateType": "https://cyclonedx.org/bom",
        "predicate": json.loads(acme.sbom.read_bytes()),
    }
    acme.sbom.write_text(json.dumps(statement))

    assert "is about another artefact" in acme.certify("--accept-incomplete", expect=1)


KEYS = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
}


def write_key(acme: Vendor, private: Any, passphrase: bytes | None = None) -> None:  # noqa: ANN401 - keys of any kind
    lock = pem.BestAvailableEncryption(passphrase) if passphrase else pem.NoEncryption()
    acme.key.write_bytes(private.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, lock))
    shown = private.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    acme.pub.write_bytes(shown)


@pytest.mark.parametrize("kind", KEYS)
def test_other_kinds_of_keys_sign_the_same_payload(acme: Vendor, kind: str) -> None:
    write_key(acme, KEYS[kind]())
    acme.certify()
    payload = acme.envelope()["payload"]
    acme.certify()

    assert acme.verify(*acme.everything()).exit_code == 0
    assert acme.envelope()["payload"] == payload


def test_a_locked_key_takes_its_passphrase_from_the_environment(acme: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    write_key(acme, KEYS["p256"](), b"correct horse")

    assert "set DEBAR_KEY_PASSPHRASE" in acme_error(acme)
    monkeypatch.setenv("DEBAR_KEY_PASSPHRASE", "wrong")
    assert "the passphrase is wrong" in acme_error(acme)
    monkeypatch.setenv("DEBAR_KEY_PASSPHRASE", "correct horse")
    acme.certify()


def acme_error(acme: Vendor, *more: object) -> str:
    result = debar(
        *("certify", acme.sbom, "--product", PRODUCT, "--subject", acme.artefact, "--key", acme.key),
        *("--signer", "J", "--organization", "A", "--output", acme.certificate, *more),
    )
    assert result.exit_code == 2
    return str(result.exception)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no private key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "it is damaged"),
        ("pub", "holds no private key in PEM"),
        ("weak", "an RSA key of 1024 bits"),
    ],
)
def test_keys_that_cannot_sign_are_refused(acme: Vendor, content: bytes | str, says: str) -> None:
    if content == "weak":
        weak = 1024
        write_key(acme, rsa.generate_private_key(65537, weak))
    else:
        acme.key.write_bytes(acme.pub.read_bytes() if content == "pub" else bytes(content))  # type: ignore[arg-type]

    assert says in acme_error(acme)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--output", "cert.txt"), "does not end in .json"),
        (("--subject", "sha256:abc"), "is no sha256 digest: it has 3 digits, not 64"),
        (("--certificate", "a.json"), "go together; add --trust KEY"),
        (("--trust", "a.pub"), "go together; add --certificate FILE"),
    ],
)
def test_command_lines_that_cannot_be_carried_out(acme: Vendor, more: tuple[str, ...], says: str) -> None:
    assert says in acme_error(acme, *more)


def test_no_output_overwrites_an_input(acme: Vendor) -> None:
    inside = acme.sbom.with_name("gateway.cert.cdx.json")
    acme.sbom.rename(inside)
    result = debar(
        *("certify", inside, "--product", PRODUCT, "--subject", acme.artefact, "--key", acme.key),
        *("--signer", "J", "--organization", "A", "--output", acme.certificate),
    )

    assert result.exit_code == 2
    assert "gateway.cert.cdx.json is an input" in str(result.exception)


def test_keygen_writes_a_pair_once(tmp_path: Path) -> None:
    made = debar("keygen", tmp_path / "vendor")
    key, pub = tmp_path / "vendor.key", tmp_path / "vendor.pub"
    before = key.read_bytes(), pub.read_bytes()

    assert made.exit_code == 0
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert debar("keygen", tmp_path / "vendor").exit_code == 2
    pub.unlink()
    assert debar("keygen", tmp_path / "vendor").exit_code == 2
    assert (key.read_bytes(), pub.exists()) == (before[0], False)
    key.unlink()
    pub.write_bytes(before[1])
    assert debar("keygen", tmp_path / "vendor").exit_code == 2
    assert not key.exists()


def test_keygen_locks_the_key_with_a_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBAR_KEY_PASSPHRASE", "correct horse")
    debar("keygen", tmp_path / "vendor")

    assert b"ENCRYPTED PRIVATE KEY" in (tmp_path / "vendor.key").read_bytes()
    pem.load_pem_private_key((tmp_path / "vendor.key").read_bytes(), b"correct horse")


def test_corrections_are_an_input_and_somebodys_word(acme: Vendor) -> None:
    edit(acme, lambda it: add(it, name="kes-name", purl="pkg:npm/kes-name@1", supplier={"name": "Kaspersky Lab"}))
    wrong = {"purl": "pkg:npm/kes-name@1"}
    entry = {"fact": "KI-0001", "component": wrong, "reason": "a namesake", "reviewer": "R. Viewer"}
    file = acme.home / "corrections.json"
    file.write_text(json.dumps({"corrections": [entry]}))
    acme.certify(expect=1)
    acme.certify("--corrections", file)

    predicate = acme.statement()["predicate"]
    assert [(one["kind"], one["name"]) for one in predicate["inputs"]] == [("corrections", "corrections.json")]
    assert [(one["reason"], one["by"]) for one in predicate["assertions"]] == [("a namesake", "R. Viewer")]
    assert acme.verify(*acme.everything(), "--corrections", file).exit_code == 0
    without = acme.verify(*acme.everything())
    assert without.exit_code == 1
    assert "R. Viewer says: a namesake" in without.output


def test_a_product_that_passes_by_a_waiver_is_refused(acme: Vendor) -> None:
    edit(acme, lambda it: add(it, name="kes", purl="pkg:npm/kes-name@1", supplier={"name": "Kaspersky Lab"}))
    # Waivers are judged at the later of --as-of and now.
    until = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    waiver = {
        "id": "W-1",
        "fact": "KI-0001",
        "component": {"purl": "pkg:npm/kes-name@1"},
        "reason": "being replaced",
        "approver": "A. Prover",
        "created": "2026-11-01",
        "expires": until,
    }
    file = acme.home / "waivers.json"
    file.write_text(json.dumps({"waivers": [waiver]}))

    assert "1 of the findings are waived" in acme.certify("--waivers", file, expect=1)
