"""Attestations: in-toto statements, DSSE envelopes, sigstore bundles, and JSON Lines of these.

They are recognised by their keys. Signatures are not verified; every SBOM out of a signed one says so. What is
given back is the very text of the predicate, so lines and columns count from its start.

Sources: https://github.com/in-toto/attestation/tree/main/spec, https://github.com/secure-systems-lab/dsse,
https://github.com/sigstore/protobuf-specs (bundle), https://github.com/sigstore/cosign (specs/, predicates).
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from debar.errors import LimitExceeded, MalformedSbom, NotAnSbom, UnreadableInput, UnsupportedFormat
from debar.read.sniff import recognise
from debar.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.model.certificate import Envelope

_HEAD = 1 << 16
_KEYS = rb'"(?:_type|subject|predicate|predicateType|payload|payloadType|signatures|dsseEnvelope|messageSignature)"\s*:'
_ENVELOPE = re.compile(_KEYS)
_ENVELOPE_LINE = re.compile(rb"^[ \t]*\{[^\n]*?" + _KEYS, re.MULTILINE)
_SBOM_KEYS = rb'"(?:bomFormat|spdxVersion|specFormat|@context)"\s*:'
_SBOM_LINE = rb"(?m)^[ \t]*\{[^\n]*?" + _SBOM_KEYS
SBOM_SIGN = _SBOM_KEYS + rb"|\bspdxVersion\b|SPDXVersion:|cyclonedx\.org/schema/bom|spdx\.org/rdf"
_IN_TOTO = "application/vnd.in-toto+json"
# https://cyclonedx.org/bom/v1.4, https://spdx.dev/Document/v2.3, https://syft.dev/bom: prefixes (in-toto predicates/).
_SBOM_TYPE = r"(?:https?://)?(?:www\.)?(?:cyclonedx\.org|spdx\.(?:dev|org)|syft\.dev)(?:/|$)"
_SBOM_MARKS = frozenset({"bomFormat", "specFormat", "spdxVersion", "SPDXID", "@graph", "sbom"})
# Possessive, so that a long key takes no memory.
_KEY = rb'(?s)\s*[{,]\s*"(?:[^"\\]++|\\.)*+"\s*:\s*'
_END = rb"\s*\}\s*"
_INK = re.compile(rb"\S")
_NULL: Final = msgspec.Raw(b"null")
_STANDARD: Final = str.maketrans({"-": "+", "_": "/", "\r": None, "\n": None})
_STATEMENTS: Final = frozenset({"https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"})

_Fields: TypeAlias = dict[str, msgspec.Raw]


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What an attestation or a referrer is about: digests as (algorithm, hex), as they are written."""

    name: str
    digests: tuple[tuple[str, str], ...]


class Attested(msgspec.Struct, frozen=True, kw_only=True):
    """What an attestation holds: the text of its predicate (empty when it has none) and what it is bound to."""

    predicate_type: str
    text: bytes
    subjects: tuple[Subject, ...]
    notes: tuple[str, ...]

    @property
    def says_sbom(self) -> bool:
        """Whether the predicate type is one of SBOMs."""
        return bool(re.match(_SBOM_TYPE, self.predicate_type))


def attested(text: bytes, path: str) -> Attested | None:
    """Open an attestation given as UTF-8 text; None for anything else.

    Raises `MalformedSbom` for broken JSON, for a key that stands twice and for what is an attestation and something
    else at once, `UnreadableInput` for a payload that is not base64, `NotAnSbom` for a signature alone, and
    `LimitExceeded` for JSON that is nested too deep.
    """
    notes: list[str] = []
    opened = False
    fields = _fields(text, path)
    # The order in which they may hold each other; what is left over then is for the format's reader to refuse.
    for expected in ("bundle", "envelope", "statement"):
        if not fields or _kind(fields, path) != expected:
            continue
        _check_once(text, fields, path)
        opened = True
        if expected == "statement":
            return _statement(fields, path, notes)
        text = bytes(fields["dsseEnvelope"]) if expected == "bundle" else _payload(fields, path, notes)
        fields = _fields(text, path)
    return Attested(predicate_type="", text=text, subjects=(), notes=tuple(notes)) if opened else None


def _fields(text: bytes, path: str) -> _Fields | None:
    """Return the members of a JSON object that may be an attestation; a quick look spares other files the parsing."""
    if text.lstrip()[:1] != b"{" or not _ENVELOPE.search(text, 0, _HEAD):
        return None
    try:
        return _object(text, path)
    except MalformedSbom:
        if re.compile(_SBOM_KEYS).search(text, 0, _HEAD):
            return None  # the reader of the SBOM says where it is broken
        raise


def _check_once(text: bytes, fields: _Fields, path: str) -> None:
    """Raise when a key stands twice: msgspec takes the last, others may take the first, and signatures cover both."""
    position = 0
    for raw in fields.values():
        key = re.compile(_KEY).match(text, position)
        position = key.end() + len(bytes(raw)) if key else len(text)
        if not key or text[key.end() : position] != bytes(raw):
            break
    if not re.compile(_END).fullmatch(text, position):
        raise MalformedSbom(path, "a key stands twice in the attestation", remedy="have it made again")


def _kind(fields: _Fields, path: str) -> str:
    kinds = []
    if "dsseEnvelope" in fields:
        kinds.append("bundle")
    if "payload" in fields and fields.keys() & {"payloadType", "signatures"}:
        kinds.append("envelope")
    if "predicateType" in fields or ("predicate" in fields and "_type" in fields):
        kinds.append("statement")
    if kinds and (len(kinds) > 1 or fields.keys() & _SBOM_MARKS):
        raise MalformedSbom(path, f"this is an in-toto {kinds[0]} and something else at once")
    if not kinds and "messageSignature" in fields and "verificationMaterial" in fields:
        raise NotAnSbom(path, "this is the signature of a file, not an attestation", remedy="give the SBOM itself")
    return kinds[0] if kinds else ""


def _payload(fields: _Fields, path: str, notes: list[str]) -> bytes:
    text = _base64(fields["payload"], "payload", path)
    kind = _string(fields.get("payloadType", _NULL), path) or ""
    if kind != _IN_TOTO:
        notes.append(f"the payload type is {safe_text(kind, 80) or 'missing'}, not {_IN_TOTO}")
    unsigned = bytes(fields.get("signatures", _NULL)).translate(None, b" \t\r\n") in {b"[]", b"null"}
    notes.append("the envelope has no signature" if unsigned else "the signature was not checked")
    return text


def _base64(raw: msgspec.Raw, what: str, path: str) -> bytes:
    text = _string(raw, path)
    if text is None:
        raise MalformedSbom(path, f"the {what} of the DSSE envelope is no text")
    # The DSSE specification (envelope.md) allows both alphabets; padding and line breaks differ between signers.
    digits = text.translate(_STANDARD).rstrip("=")
    try:
        return binascii.a2b_base64(digits + "=" * (-len(digits) % 4), strict_mode=True)
    except ValueError as error:
        raise UnreadableInput(path, f"the {what} of the DSSE envelope is not base64: {error}") from error


def signed(text: bytes, path: str) -> Envelope:
    """Take a DSSE envelope, or the one of a sigstore bundle, apart for whoever verifies its signatures.

    Raises what `attested` raises, and `NotAnSbom` for anything that is no envelope.
    """
    from debar.model.certificate import Envelope

    fields = _fields(text, path)
    if fields and _kind(fields, path) == "bundle":
        _check_once(text, fields, path)
        text = bytes(fields["dsseEnvelope"])
        fields = _fields(text, path)
    if not fields or _kind(fields, path) != "envelope":
        raise NotAnSbom(path, "this is no signed statement (DSSE envelope)")
    _check_once(text, fields, path)
    return Envelope(
        payload=_base64(fields["payload"], "payload", path),
        payload_type=_string(fields.get("payloadType", _NULL), path) or "",
        signatures=tuple(_signatures(fields.get("signatures", _NULL), path)),
    )


def _signatures(raw: msgspec.Raw, path: str) -> Iterator[tuple[str, bytes]]:
    try:
        entries = msgspec.json.decode(raw, type=list[_Fields])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedSbom(path, f"the signatures of the DSSE envelope are broken: {error}") from error
    for entry in entries:
        if "sig" in entry:
            yield _string(entry.get("keyid", _NULL), path) or "", _base64(entry["sig"], "signature", path)


def _statement(fields: _Fields, path: str, notes: list[str]) -> Attested:
    kind = _string(fields.get("predicateType", _NULL), path) or ""
    version = _string(fields.get("_type", _NULL), path) or ""
    if not notes:
        notes.append("the in-toto statement is not signed")
    if version not in _STATEMENTS:
        notes.append(f"the type of the statement is {safe_text(version, 80) or 'missing'}")
    notes.append(f"the predicate type is {safe_text(kind, 120) or 'missing'}; lines and columns count in the predicate")
    return Attested(
        predicate_type=kind,
        text=_predicate(bytes(fields.get("predicate", _NULL)), path),
        subjects=_subjects(fields.get("subject", _NULL)),
        notes=tuple(notes),
    )


def _predicate(text: bytes, path: str) -> bytes:
    """Return the text of a predicate: an object as it is written, a string as what it says.

    cosign keeps ``--type spdx`` (tag-value) as a string, and once wrapped predicates as ``{"Data": ...,
    "Timestamp": ...}``.
    """
    if text[:1] == b"{":
        fields = _object(text, path)
        if "Data" in fields and fields.keys() <= {"Data", "Timestamp"}:
            _check_once(text, fields, path)
            text = bytes(fields["Data"])
    if text[:1] == b'"':
        return (_string(text, path) or "").encode()
    return text if text[:1] == b"{" else b""


def _subjects(text: bytes | msgspec.Raw) -> tuple[Subject, ...]:
    """Return the subjects of a statement; what has another shape binds nothing and is left out."""
    try:
        entries = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    found = []
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            digests = entry.get("digest")
            pairs = digests.items() if isinstance(digests, dict) else ()
            name = entry.get("name") or entry.get("uri")
            found.append(
                Subject(
                    name=name if isinstance(name, str) else "",
                    digests=tuple((key, value) for key, value in pairs if isinstance(value, str)),
                )
            )
    return tuple(found)


def _object(text: bytes, path: str) -> _Fields:
    try:
        return msgspec.json.decode(text, type=_Fields)
    except RecursionError as error:
        raise LimitExceeded(path, "nested too deep") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedSbom(path, f"the attestation is broken: {error}") from error


def _string(text: bytes | msgspec.Raw, path: str) -> str | None:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedSbom(path, f"the attestation is broken: {error}") from error
    return value if isinstance(value, str) else None


def lines(text: bytes, path: str) -> Iterator[tuple[int, bytes, bool]] | None:
    """Return the lines of a JSON Lines file of attestations or SBOMs; None for any other UTF-8 text.

    Each is (line number from 1, the line, whether it is a stray line that looks like a part of an SBOM). Consumers
    must pass over lines that they do not know (in-toto attestation spec, bundle.md), but a stray part of an SBOM is
    no such line. One lone SBOM with something after it is not JSON Lines: its reader says where the end should be.
    """
    if not _may_be_lines(text, path):
        return None
    bare = 0
    for _, line in _numbered(text):
        if _whole(line):
            bare += bool(re.compile(_SBOM_KEYS).search(line, 0, _HEAD))
            if bare > 1 or _ENVELOPE.search(line, 0, _HEAD):
                sign = re.compile(SBOM_SIGN)
                return ((at, line, not _whole(line) and bool(sign.search(line))) for at, line in _numbered(text))
    return None


def _may_be_lines(text: bytes, path: str) -> bool:
    """Tell by the first line, so that a long SBOM is not looked through."""
    start = _INK.search(text)
    newline = text.find(b"\n", start.start()) if start else -1
    if not start or newline < 0 or not _INK.search(text, newline):
        return False
    if _whole(text[start.start() : newline].rstrip()):
        return True
    if start[0] == b"{":
        return bool(_ENVELOPE_LINE.search(text, 0, _HEAD)) and not _whole(text.strip())
    head = text[:_HEAD]
    if start[0] in b"[<" or not (_ENVELOPE_LINE.search(head) or re.search(_SBOM_LINE, head)):
        return False
    # Tag-value and YAML may hold such a line in a text, and then all other lines are no strangers.
    try:
        recognise(text, path)
    except (NotAnSbom, UnsupportedFormat):
        return True
    except MalformedSbom:
        pass
    return False


def _numbered(text: bytes) -> Iterator[tuple[int, bytes]]:
    number, start = 0, 0
    while start < len(text):
        end = text.find(b"\n", start)
        end = len(text) if end < 0 else end
        number += 1
        line = text[start:end].strip()
        start = end + 1
        if line:
            yield number, line


def _whole(line: bytes) -> bool:
    """Tell whether the line is one whole JSON object."""
    if line[:1] != b"{" or line[-1:] != b"}":
        return False
    try:
        msgspec.json.decode(line, type=_Fields)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
