"""Others read what debar signs without debar: cryptography the signature, in-toto's own library the statements."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from google.protobuf import json_format
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement
from vendor import AS_OF, Vendor

from debar.attest.canonical import canonical

SIGNED = (".json", ".test-result.json", ".svr.json")


@pytest.mark.parametrize("end", SIGNED)
def test_the_signature_is_dsse_by_hand(acme: Vendor, end: str) -> None:
    acme.certify()
    envelope = acme.envelope(end)
    payload = base64.b64decode(envelope["payload"])
    (signature,) = envelope["signatures"]
    kind = envelope["payloadType"].encode()
    # https://github.com/secure-systems-lab/dsse/blob/master/protocol.md: the pre-authentication encoding.
    signed = b"DSSEv1 " + b" ".join([str(len(kind)).encode(), kind, str(len(payload)).encode(), payload])
    key = load_pem_public_key(acme.pub.read_bytes())

    assert isinstance(key, Ed25519PublicKey)
    key.verify(base64.b64decode(signature["sig"]), signed)
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signature["sig"]), signed + b" ")


@pytest.mark.parametrize("end", SIGNED)
def test_the_statements_are_valid_in_toto(acme: Vendor, end: str) -> None:
    acme.certify()
    parsed = json_format.Parse(base64.b64decode(acme.envelope(end)["payload"]), statement_pb2.Statement())

    Statement.copy_from_pb(parsed).validate()
    digest = hashlib.sha256(acme.artefact.read_bytes()).hexdigest()
    assert [dict(one.digest) for one in parsed.subject] == [{"sha256": digest}]


def test_the_test_result_keeps_its_predicate(acme: Vendor) -> None:
    acme.certify()
    predicate = acme.statement(".test-result.json")["predicate"]

    parsed = json_format.ParseDict(predicate, test_result_pb2.TestResult())

    assert parsed.result == "PASSED"
    assert "us-bis-icts-2021-002:operative" in parsed.passed_tests
    for one in parsed.configuration:
        ResourceDescriptor.copy_from_pb(one).validate()
    sbom = hashlib.sha256(acme.sbom.read_bytes()).hexdigest()
    assert dict(parsed.configuration[0].digest) == {"sha256": sbom}


def test_the_svr_holds_what_its_specification_asks_for(acme: Vendor) -> None:
    acme.certify()
    predicate = acme.statement(".svr.json")["predicate"]

    assert predicate.keys() == {"verifier", "timeCreated", "properties"}
    assert predicate["verifier"]["policies"][0]["digest"].keys() == {"sha256"}
    assert predicate["timeCreated"] == AS_OF


def test_what_is_signed_is_canonical(acme: Vendor) -> None:
    acme.certify()

    for end in SIGNED:
        payload = base64.b64decode(acme.envelope(end)["payload"])
        assert canonical(json.loads(payload)) == payload
