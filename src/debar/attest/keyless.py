"""Keyless signing: a short-lived certificate for an identity instead of a key, and an entry in a public log.

Signing needs Sigstore's services and an identity token of the build server (or SIGSTORE_ID_TOKEN); verifying needs
only Sigstore's root of trust, which comes with its library, and no network. The extra is `sigstore`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debar.attest.keys import libraries
from debar.attest.opening import Rejected
from debar.errors import UsageError
from debar.model.certificate import Envelope

if TYPE_CHECKING:
    from sigstore.oidc import IdentityToken

_TOKEN = "SIGSTORE_ID_TOKEN"  # noqa: S105 - the name of a variable, not a password


def key_id(identity: str) -> str:
    """Return what stands for a key's id where an identity signs."""
    return f"sigstore:{identity}"


@dataclass(frozen=True, slots=True)
class Keyless:
    """Signs as an identity."""

    token: IdentityToken

    @property
    def key_id(self) -> str:
        """What the certificate names as its key."""
        return key_id(str(self.token.identity))

    def sign(self, payload: bytes) -> str:
        """Return a Sigstore bundle as JSON text; raises `UsageError` when its services do not answer or refuse."""
        from sigstore.dsse import Statement
        from sigstore.errors import Error
        from sigstore.models import ClientTrustConfig
        from sigstore.sign import SigningContext

        try:
            context = SigningContext.from_trust_config(ClientTrustConfig.production())
            with context.signer(self.token) as signer:
                return str(signer.sign_dsse(Statement(payload)).to_json()) + "\n"
        except (Error, OSError) as error:
            raise UsageError(f"keyless signing failed: {type(error).__name__}: {error}") from error


def signer() -> Keyless:
    """Return a signer for the identity of this build; raises `UsageError` where there is none."""
    with libraries("sigstore"):
        from sigstore.oidc import IdentityError, IdentityToken, detect_credential
    try:
        raw = os.environ.get(_TOKEN) or detect_credential()
        if not raw:
            raise UsageError(f"keyless signing needs the identity token of a build server, or {_TOKEN}")
        return Keyless(IdentityToken(raw))
    except IdentityError as error:
        raise UsageError(f"keyless signing has no usable identity token: {error}") from error


def opened(data: bytes, identity: str, issuer: str) -> Envelope:
    """Return what an identity signed, checked against the root of trust at hand, without a network.

    Raises `Rejected` for anything that this identity, as this issuer vouches, did not sign.
    """
    with libraries("sigstore"):
        from sigstore.errors import Error
        from sigstore.models import Bundle, ClientTrustConfig
        from sigstore.verify import Verifier
        from sigstore.verify.policy import Identity
    try:
        verifier = Verifier(trusted_root=ClientTrustConfig.production(offline=True).trusted_root)
        kind, payload = verifier.verify_dsse(Bundle.from_json(data), Identity(identity=identity, issuer=issuer))
    except (Error, ValueError) as error:
        raise Rejected(f"not signed by {identity} ({issuer}): {str(error) or type(error).__name__}") from error
    return Envelope(payload=payload, payload_type=kind, signatures=())
