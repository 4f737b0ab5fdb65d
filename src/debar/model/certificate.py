"""What a certificate says, and the envelope it comes in.

`Certificate` is the predicate that docs/certificate.md describes. Readers must pass over members that they do not
know (in-toto attestation spec, "monotonic principle"), so unknown ones are no error.
"""

from __future__ import annotations

from typing import Any

import msgspec

#: The type of the predicate; a new meaning gets a new number.
CERTIFICATE_TYPE = "urn:debar:predicate:certificate:v1"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A DSSE envelope, taken apart: the signed bytes, their type, and (key id, signature) pairs.

    A key id is a hint and may be empty (https://github.com/secure-systems-lab/dsse, envelope.md).
    """

    payload: bytes
    payload_type: str
    signatures: tuple[tuple[str, bytes], ...]


class Certified(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier's certificate that stands for SBOMs which were not given.

    `components` are the numbers of the components that it covers, `links` how many links to SBOMs it closes;
    `sha256` is over the signed statement.
    """

    certificate_id: str
    organization: str
    product: str
    valid_until: str
    sha256: str
    components: tuple[int, ...]
    links: int


class Supplied(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier's certificate whose signature by a trusted key was verified; `sha256` is over what was signed."""

    path: str
    sha256: str
    statement: CertificateStatement


class Tool(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What made the certificate; `sha256` is over the package's source files."""

    name: str
    version: str
    sha256: str


class Policy(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The pack that decided, and which primary texts its authors could not read."""

    id: str
    version: str
    title: str
    vendor: str
    digest: str
    legal_as_of: str
    missing_sources: tuple[str, ...] = ()


class RegimeResult(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The verdict under one regime; only gating ones decide."""

    id: str
    title: str
    citation: str
    authority: str
    url: str
    effective: str
    profile: str
    gating: bool
    verdict: str
    reason: str


class Product(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The root of the SBOM, which is the product."""

    name: str
    version: str
    purl: str
    ref: str


class CheckedSbom(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One SBOM that was read; `name` is the file's name without its folder."""

    name: str
    sha256: str
    format: str
    spec_version: str
    serial: str
    created: str
    makers: tuple[str, ...]
    root: str
    components: int
    relations: int


class InputFile(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Another file that the verdict rests on, such as private facts or a supplier's certificate."""

    kind: str
    name: str
    sha256: str


class Limit(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A gap of the inventory; `accepted` where it would have kept the product from a pass."""

    code: str
    count: int
    accepted: bool
    says: str
    examples: tuple[str, ...]


class Assertion(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What the vendor asserts without proof, in its own words."""

    what: str
    reason: str
    by: str


class Inquiry(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The statement of reasonable inquiry: what was looked at, and what was not (FAR 52.204-25, 52.204-30)."""

    statement: str
    examined: tuple[str, ...]
    not_examined: tuple[str, ...]


class Signer(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Who signs, as they say it of themselves; only `key_id` is bound to the key."""

    name: str
    organization: str
    key_id: str
    title: str = ""
    authority: str = ""
    contact: str = ""


class Companion(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A file that was written with the certificate and says the same to another reader."""

    name: str
    media_type: str
    sha256: str


class Certificate(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The predicate. `result` is the core that a repeated check must give byte for byte (`attest.core`)."""

    certificate_id: str
    issued_at: str
    valid_until: str
    evaluated_at: str
    market: str
    profile: str
    verdict: str
    reason: str
    product: Product
    signer: Signer
    tool: Tool
    policies: tuple[Policy, ...]
    regimes: tuple[RegimeResult, ...]
    sboms: tuple[CheckedSbom, ...]
    inputs: tuple[InputFile, ...]
    limits: tuple[Limit, ...]
    assertions: tuple[Assertion, ...]
    inquiry: Inquiry
    result: dict[str, Any]
    far_report: tuple[dict[str, Any], ...] = ()
    companions: tuple[Companion, ...] = ()


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """An artefact that a statement is about: its name and digests, algorithm -> lower-case hex."""

    name: str
    digest: dict[str, str]


class CertificateStatement(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """An in-toto Statement v1 around a certificate."""

    type: str = msgspec.field(name="_type")
    subject: tuple[Subject, ...]
    predicate_type: str
    predicate: Certificate


class StatementHead(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What any in-toto statement says before its predicate."""

    type: str = msgspec.field(name="_type")
    subject: tuple[Subject, ...]
    predicate_type: str
