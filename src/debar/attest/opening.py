"""From an envelope to a statement that can be trusted: signature, type and shape, in this order."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import msgspec

from debar.attest import dsse
from debar.attest.canonical import canonical
from debar.model.certificate import (
    CERTIFICATE_TYPE,
    PAYLOAD_TYPE,
    STATEMENT_TYPE,
    CertificateStatement,
    StatementHead,
    Supplied,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from securesystemslib.signer import SSlibKey

    from debar.model.certificate import Envelope

_HEX = re.compile(r"[0-9a-f]+")
_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}


class _Result(msgspec.Struct, frozen=True):
    result: str


class _TestResult(msgspec.Struct, frozen=True):
    predicate: _Result


class Rejected(ValueError):
    """A statement that is not to be trusted; the message says why."""


def check_type(envelope: Envelope) -> None:
    """Raise `Rejected` unless what was signed calls itself an in-toto statement."""
    if envelope.payload_type != PAYLOAD_TYPE:
        raise Rejected(f"the payload type is {envelope.payload_type or 'missing'!r}, not {PAYLOAD_TYPE!r}")


def signer_of(envelope: Envelope, keys: Sequence[tuple[str, SSlibKey]]) -> SSlibKey:
    """Return the key that signed; `keys` go with the names of their files.

    Raises `Rejected`, telling apart a wrong key and a change after signing as far as the key id allows.
    """
    check_type(envelope)
    if not envelope.signatures:
        raise Rejected("the certificate carries no signature")
    for _, key in keys:
        if dsse.signed_by(envelope, key):
            return key
    claimed = {keyid for keyid, _ in envelope.signatures if keyid}
    names = ", ".join(name for name, _ in keys)
    if claimed and not claimed & {key.keyid for _, key in keys}:
        raise Rejected(f"signed by another key: the certificate names key id {', '.join(sorted(claimed))}, not {names}")
    if claimed:
        raise Rejected(
            f"the signature does not fit: the statement or the signature was changed after {names} signed it"
        )
    raise Rejected(f"the signature does not fit {names}: it was made by another key, or something was changed since")


def head(payload: bytes) -> StatementHead:
    """Return what any statement says before its predicate; raises `Rejected` for anything else."""
    try:
        found = msgspec.json.decode(payload, type=StatementHead)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected(f"what was signed is no in-toto statement: {error}") from error
    if found.type != STATEMENT_TYPE:
        raise Rejected(f"the statement's type is {found.type!r}, not {STATEMENT_TYPE!r}")
    if not found.subject or not all(one.digest for one in found.subject):
        raise Rejected("the statement is about no artefact: it has no subject with a digest")
    for one in found.subject:
        for name, value in one.digest.items():
            if name in _LENGTHS and (len(value) != _LENGTHS[name] or not _HEX.fullmatch(value)):
                raise Rejected(f"the {name} digest of {one.name!r} is malformed")
    return found


def certificate(payload: bytes) -> CertificateStatement:
    """Return the certificate in a statement.

    Raises `Rejected` for a statement of another kind, and for one that is not canonical: a key that stands twice
    would let readers disagree about what was signed.
    """
    kind = head(payload).predicate_type
    if kind != CERTIFICATE_TYPE:
        raise Rejected(f"the statement is no certificate of debar: its predicate is {kind!r}")
    try:
        found = msgspec.json.decode(payload, type=CertificateStatement)
        if canonical(msgspec.json.decode(payload)) != payload:
            raise Rejected("the certificate is not canonical JSON, so readers may disagree about it")
    except TypeError as error:
        raise Rejected(f"the certificate is not canonical JSON: {error}") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise Rejected(f"the certificate lacks something or holds it in another shape: {error}") from error
    return found


def test_result(payload: bytes) -> str:
    """Return the result that a test-result statement states; raises `Rejected` where it states none."""
    try:
        return msgspec.json.decode(payload, type=_TestResult).predicate.result
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected(f"the test result cannot be read: {error}") from error


def supplied(envelope: Envelope, keys: Sequence[tuple[str, SSlibKey]], revoked: frozenset[str], path: str) -> Supplied:
    """Return a supplier's certificate once its signature holds and nothing of it is revoked; raises `Rejected`."""
    key = signer_of(envelope, keys)
    statement = certificate(envelope.payload)
    if gone := {statement.predicate.certificate_id, key.keyid} & revoked:
        raise Rejected(f"revoked: {', '.join(sorted(gone))}")
    return Supplied(path=path, sha256=hashlib.sha256(envelope.payload).hexdigest(), statement=statement)
