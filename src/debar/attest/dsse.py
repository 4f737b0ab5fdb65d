"""DSSE: sign bytes, and tell whether a key signed them (https://github.com/secure-systems-lab/dsse)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debar.attest.keys import libraries
from debar.model.certificate import PAYLOAD_TYPE

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner, SSlibKey

    from debar.model.certificate import Envelope


@dataclass(frozen=True, slots=True)
class KeySigner:
    """Signs with a private key."""

    signer: CryptoSigner

    @property
    def key_id(self) -> str:
        """What the certificate names as its key."""
        return self.signer.public_key.keyid

    def sign(self, payload: bytes) -> str:
        """Return the envelope as JSON text with a final newline."""
        from securesystemslib.dsse import Envelope as Dsse

        envelope = Dsse(payload, PAYLOAD_TYPE, {})
        envelope.sign(self.signer)
        return json.dumps(envelope.to_dict(), indent=2) + "\n"


def signed_by(envelope: Envelope, key: SSlibKey) -> bool:
    """Tell whether one of the signatures is by that key; the key ids in the envelope decide nothing."""
    with libraries():
        from securesystemslib.dsse import Envelope as Dsse
        from securesystemslib.exceptions import VerificationError
        from securesystemslib.signer import Signature
    for _, signature in envelope.signatures:
        # The library passes over a signature whose key id is missing or another
        # (secure-systems-lab/securesystemslib#416); DSSE calls it a hint that must not be relied on.
        own = {key.keyid: Signature(key.keyid, signature.hex())}
        try:
            Dsse(envelope.payload, envelope.payload_type, own).verify([key], 1)
        except VerificationError:
            continue
        return True
    return False
