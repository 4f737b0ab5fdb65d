"""A supplier's certificate stands in for the SBOM that was not given, for that component and nothing else."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from vendor import AS_OF, EXAMPLE, Vendor, debar, vendor

LINK = "urn:cdx:6f5d7f4e-53c6-4bb0-9a57-0d1f0a3b5c21/1"
DIGEST = hashlib.sha256((EXAMPLE / "acme-gateway-4.2.0.cdx.json").read_bytes()).hexdigest()
SBOM = {"alg": "SHA-256", "content": DIGEST}
GATEWAY = {
    "type": "firmware",
    "bom-ref": "gateway",
    "name": "gateway",
    "version": "4.2.0",
    "purl": "pkg:generic/acme/acme-gateway@4.2.0",
    "supplier": {"name": "ACME Networks"},
    "externalReferences": [{"type": "bom", "url": "https://acme.example/gateway.cdx.json"}],
}
OTHER = {**GATEWAY, "bom-ref": "modem", "name": "modem", "purl": "pkg:generic/modem@1"}


def product(*parts: dict[str, Any]) -> dict[str, Any]:
    refs = [part["bom-ref"] for part in parts]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:11111111-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "metadata": {"component": {"type": "device", "bom-ref": "router", "name": "router", "version": "1"}},
        "components": list(parts),
        "dependencies": [{"ref": "router", "dependsOn": refs}, *({"ref": ref, "dependsOn": []} for ref in refs)],
        "compositions": [{"aggregate": "complete", "assemblies": ["router", *refs]}],
    }


def gateway(**more: object) -> dict[str, Any]:
    return {**GATEWAY, **more}


def check(acme: Vendor, document: dict[str, Any], *more: object, as_of: str = AS_OF) -> dict[str, Any]:
    path = acme.home / "router.cdx.json"
    path.write_text(json.dumps(document))
    trusted = ("--certificate", acme.certificate, "--trust", acme.pub)
    return json.loads(debar("check", path, "--as-of", as_of, "--format", "json", *trusted, *more).output)


def test_without_the_certificate_the_product_is_incomplete(acme: Vendor) -> None:
    path = acme.home / "router.cdx.json"
    path.write_text(json.dumps(product(GATEWAY)))

    assert debar("check", path, "--as-of", AS_OF).exit_code == 1


@pytest.mark.parametrize(
    "part",
    [
        GATEWAY,
        gateway(purl="pkg:generic/other@1", externalReferences=[{"type": "bom", "url": LINK}]),
        gateway(purl="", externalReferences=[{"type": "bom", "url": f"{LINK}#acme-gateway"}]),
        gateway(purl="", externalReferences=[{"type": "bom", "url": "https://acme.example", "hashes": [SBOM]}]),
    ],
    ids=["purl", "bom-link", "bom-link-element", "hash-of-the-sbom"],
)
def test_a_certificate_closes_the_gap_and_is_shown(acme: Vendor, part: dict[str, Any]) -> None:
    acme.certify()

    report = check(acme, product(part))

    assert (report["verdict"], [gap["code"] for gap in report["gaps"] if gap["blocks"]]) == ("pass", [])
    assert report["certificates"][0]["components"] == ["gateway"]
    assert report["coverage"]["links_total"] == 1
    text = debar(
        *("paths", acme.home / "router.cdx.json", "gateway", "--as-of", AS_OF),
        *("--certificate", acme.certificate, "--trust", acme.pub),
    ).output
    assert "gateway@4.2.0  (certified by ACME Networks until 2027-11-21T00:00:00Z)" in text


def hashed(acme: Vendor, content: str = "") -> dict[str, Any]:
    own = json.loads(acme.sbom.read_bytes())["metadata"]["component"]["hashes"][0]["content"]
    return gateway(hashes=[{"alg": "SHA-256", "content": content or own}], purl=GATEWAY["purl"] if content else "")


def test_the_artefacts_digest_decides_before_the_purl(acme: Vendor) -> None:
    acme.certify()

    assert check(acme, product(hashed(acme)))["verdict"] == "pass"
    assert check(acme, product(hashed(acme, "ab" * 32)))["verdict"] == "incomplete"


def test_it_covers_no_other_component(acme: Vendor) -> None:
    acme.certify()

    report = check(acme, product(GATEWAY, OTHER))

    assert report["verdict"] == "incomplete"
    (gap,) = [gap for gap in report["gaps"] if gap["code"] == "unresolved-link"]
    assert gap["count"] == 1


def test_it_never_hides_a_finding(acme: Vendor) -> None:
    acme.certify()

    report = check(acme, product(gateway(supplier={"name": "AO Kaspersky Lab"}, description="Kaspersky Anti-Virus")))

    assert report["verdict"] in {"fail", "review"}
    assert report["findings"][0]["component"]["ref"] == "gateway"


@pytest.mark.parametrize("what", ["certificateId", "keyId"])
def test_revoked_it_counts_no_longer(acme: Vendor, what: str) -> None:
    acme.certify()
    predicate = acme.statement()["predicate"]
    gone = predicate["signer"]["keyId"] if what == "keyId" else predicate["certificateId"]
    (acme.home / "revoked").write_text(f"{gone}\n")

    report = check(acme, product(GATEWAY), "--revoked", acme.home / "revoked")

    assert report["verdict"] == "incomplete"
    assert any(f"does not count: revoked: {gone}" in note for note in report["notes"])


@pytest.mark.parametrize(
    ("as_of", "more", "says"),
    [
        ("2027-11-22", (), "it expired at 2027-11-21T00:00:00Z"),
        ("2026-11-20", (), "it is valid from 2026-11-21T00:00:00Z, after 2026-11-20T00:00:00Z"),
        (AS_OF, ("--market", "de"), "it is for the market us, not de"),
        (AS_OF, ("--policy", "us-section-889"), "it was not judged by the policy us-section-889"),
        (AS_OF, ("--regime", "us-bis-icts-2021-002:strict"), "states no pass under us-bis-icts-2021-002 (strict)"),
    ],
)
def test_it_counts_only_for_what_it_says(acme: Vendor, as_of: str, more: tuple[str, ...], says: str) -> None:
    acme.certify()

    report = check(acme, product(GATEWAY), *more, as_of=as_of)

    assert any(says in note for note in report["notes"]), report["notes"]
    assert report["certificates"] == []


def test_what_is_not_signed_by_a_trusted_key_does_not_count(acme: Vendor, tmp_path: Path) -> None:
    acme.certify()
    other = vendor(tmp_path / "other")
    path = acme.home / "router.cdx.json"
    path.write_text(json.dumps(product(GATEWAY)))

    for certificate, key in ((acme.certificate, other.pub), (acme.beside(".svr.json"), acme.pub), (path, acme.pub)):
        result = debar("check", path, "--as-of", AS_OF, "--certificate", certificate, "--trust", key)

        assert result.exit_code == 1
        assert "this certificate does not count" in result.output


def test_an_accepted_incomplete_certificate_closes_nothing(acme: Vendor) -> None:
    document = json.loads(acme.sbom.read_bytes())
    del document["compositions"]
    acme.sbom.write_text(json.dumps(document))
    acme.certify("--accept-incomplete")

    assert check(acme, product(GATEWAY))["verdict"] == "incomplete"


def test_a_certificate_that_rests_on_another_repeats_with_it(acme: Vendor, tmp_path: Path) -> None:
    acme.certify()
    router = vendor(tmp_path / "router")
    document = product(GATEWAY)
    document["metadata"]["timestamp"] = AS_OF
    own = json.loads(router.sbom.read_bytes())["metadata"]["component"]
    document["metadata"]["component"] |= {"name": "acme-gateway", "version": "4.2.0", "hashes": own["hashes"]}
    document["compositions"][0]["dependencies"] = ["router", "gateway"]
    router.sbom.write_text(json.dumps(document))
    supplied = ("--certificate", acme.certificate, "--trust", acme.pub)
    router.certify(*supplied)

    (held,) = router.statement()["predicate"]["inputs"]
    assert (held["kind"], held["name"]) == ("supplier-certificate", acme.statement()["predicate"]["certificateId"])
    assert router.verify(*router.everything(), *supplied).exit_code == 0
    without = router.verify(*router.everything())
    assert without.exit_code == 1
    assert "gives another result in" in without.output
    assert "a supplier's word: certificate urn:uuid:" in without.output
