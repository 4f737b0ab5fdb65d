"""Keyless signatures: what can be shown without Sigstore's services. Signing itself needs them and is not run."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from vendor import PRODUCT, Vendor, debar

from debar.attest import keyless
from debar.attest.opening import Rejected
from debar.errors import UsageError

WHO = ("--identity", "release@acme.example", "--issuer", "https://issuer.example")


def test_a_bundle_that_no_authority_vouches_for_is_rejected_without_a_network(acme: Vendor) -> None:
    acme.certify()

    result = debar("verify", acme.certificate, *WHO)

    assert result.exit_code == 1
    assert "FAIL  signature   not signed by release@acme.example (https://issuer.example)" in result.output


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"mediaType": "x"}', b"\xff"])
def test_what_is_no_bundle_is_rejected(data: bytes) -> None:
    with pytest.raises(Rejected, match="not signed by a"):
        keyless.opened(data, "a", "b")


@pytest.mark.parametrize("more", [(), ("--key", "a.pub", *WHO), WHO[:2], WHO[2:], ("--key", "a.pub", "--issuer", "x")])
def test_who_must_have_signed_is_said_one_way(acme: Vendor, more: tuple[str, ...]) -> None:
    acme.certify()

    assert debar("verify", acme.certificate, *more).exit_code == 2


@pytest.mark.parametrize("token", ["", "no-token", "a.b.c"])
def test_without_an_identity_nothing_is_signed(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    for name in ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "CIRCLECI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SIGSTORE_ID_TOKEN", token)
    monkeypatch.setattr("sigstore.oidc.detect_credential", lambda: None)

    with pytest.raises(UsageError, match="keyless signing"):
        keyless.signer()


def test_one_way_to_sign_is_chosen(acme: Vendor) -> None:
    base = ("certify", acme.sbom, "--product", PRODUCT, "--subject", acme.artefact, "--signer", "J")
    rest = ("--organization", "A", "--output", acme.certificate)

    for more in ((), ("--key", acme.key, "--keyless")):
        result = debar(*base, *rest, *more)
        assert "signed with --key FILE or" in str(result.exception)


def test_an_identity_is_named_where_a_key_would_be(acme: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The services are replaced here by a list that keeps what would be signed; the rest is as it is."""
    sent: list[bytes] = []

    class Token:
        identity = "release@acme.example"

    def keep(_signer: Any, payload: bytes) -> str:  # noqa: ANN401 - the signer itself
        sent.append(payload)
        return json.dumps({"payload": base64.b64encode(payload).decode()}) + "\n"

    monkeypatch.setattr(keyless.Keyless, "sign", keep)
    monkeypatch.setattr(keyless, "signer", lambda: keyless.Keyless(Token()))  # type: ignore[arg-type]
    result = debar(
        *("certify", acme.sbom, "--product", PRODUCT, "--subject", acme.artefact, "--signer", "J", "--keyless"),
        *("--organization", "A", "--output", acme.certificate, "--as-of", "2026-11-21"),
    )

    assert result.exit_code == 0, result.output
    assert json.loads(sent[-1])["predicate"]["signer"]["keyId"] == "sigstore:release@acme.example"
