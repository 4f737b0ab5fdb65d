"""``debar verify``: what a certificate proves, and what is only its vendor's word."""

from __future__ import annotations

import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from debar import packs, pipeline
from debar.cli.options import judged_by, read_revoked, shared
from debar.cli.subjects import subject
from debar.errors import DebarError, InputError, UnreadableInput, UsageError
from debar.model.certificate import CERTIFICATE_TYPE
from debar.model.decision import Completeness
from debar.text import inert_json, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debar.attest.verification import Check
    from debar.model.certificate import Certificate, CertificateStatement, Envelope, StatementHead
    from debar.pipeline import Input

#: What the certificate decides when the check is repeated, and what only a report would show.
_FIXED: dict[str, Any] = {"market": "us", "regimes": (), "profile": Completeness.CERTIFY.value, "paths": 1}
_WORDS = {True: "OK", False: "FAIL", None: "--"}


@click.command(
    epilog="\b\nExamples:\n"
    "  debar verify gateway.cert.json --key acme.pub --subject gateway-4.2.0.bin\n"
    "  debar verify gateway.cert.json --key acme.pub --subject gateway-4.2.0.bin --sbom gateway.cdx.json --rerun\n"
    "\n\b\nExit codes:\n"
    "  0 everything that was asked holds, 1 something does not, 2 usage, 3 a file is missing or unreadable,\n"
    "  4 policy invalid, 70 internal error"
)
@click.argument("certificate", metavar="CERT")
@click.option("--key", "keys", multiple=True, help="The vendor's public key (PEM); repeatable while keys change.")
@click.option("--identity", help="Who signed, where it was keyless (Sigstore); with --issuer.")
@click.option("--issuer", metavar="URL", help="Who vouches for the identity, such as a build server.")
@click.option("--subject", "subjects", multiple=True, metavar="FILE|sha256:HEX", help="The artefact you received.")
@click.option("--sbom", "sboms", multiple=True, metavar="FILE", help="An SBOM that was examined; repeatable.")
@click.option("--product", metavar="NAME|PURL", help="What must have been certified: name, name@version or purl.")
@click.option(
    "--regime",
    "decided",
    multiple=True,
    metavar="ID[:PROFILE]",
    help="A regime that must have decided, with a pass; repeatable. Without any, those that decide by --policy.",
)
@click.option("--companion", "companions", multiple=True, metavar="FILE", help="A page or CycloneDX file of it.")
@click.option("--max-age", type=click.IntRange(0), metavar="DAYS", help="How old the certificate may be.")
@click.option("--accept-incomplete", is_flag=True, help="Take a certificate that states limits instead of a pass.")
@click.option("--rerun", is_flag=True, help="Repeat the check on the SBOMs and compare the result byte for byte.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@shared
def verify(**values: Any) -> None:  # noqa: ANN401 - click passes options of many types
    """Check a certificate: signature, artefact, SBOMs, policy, validity.

    --as-of is when it must be valid (default now). --rerun needs every SBOM that was examined (--sbom, --bom-dir) and
    judges them as of the certificate's own instant. Nothing that the certificate names is opened.
    """
    if values["rerun"] and not values["sboms"]:
        raise UsageError("--rerun repeats the check on the SBOMs; give them with --sbom FILE")
    by_key, by_identity = bool(values["keys"]), bool(values["identity"])
    if by_key == by_identity or by_identity != bool(values["issuer"]):
        raise UsageError("say who must have signed: --key FILE, or --identity ID with --issuer URL")
    checks, statement = _opened(values)
    if statement is not None:
        checks += _checked(values, statement)
    ok = all(check.ok is not False for check in checks)
    _print(values, checks, statement.predicate if statement else None, ok=ok)
    sys.exit(0 if ok else 1)


verify.params = [param for param in verify.params if param.name not in _FIXED]


def _signed(values: dict[str, Any]) -> tuple[Envelope, str, str]:
    """Return what was signed, the key's or identity's id, and how to call it; raises `Rejected` or an `InputError`."""
    from debar.attest import keyless, opening
    from debar.attest.keys import load_public
    from debar.read.envelopes import signed

    path = values["certificate"]
    # Before the certificate, so that a wrong file of a key is told as such.
    keys = [(name, load_public(pipeline.from_file(name).data, name)) for name in values["keys"]]
    data = pipeline.from_file(path).data
    if values["identity"]:
        envelope = keyless.opened(data, values["identity"], values["issuer"])
        opening.check_type(envelope)
        return envelope, keyless.key_id(values["identity"]), f"{values['identity']} ({values['issuer']})"
    envelope = signed(data, path)
    key = opening.signer_of(envelope, keys)
    return envelope, key.keyid, next(name for name, one in keys if one is key)


def _opened(values: dict[str, Any]) -> tuple[list[Check], CertificateStatement | None]:
    """Check the signature and open the statement; None for one that is not to be trusted, or is another kind."""
    from debar.attest import opening, verification

    try:
        envelope, keyid, name = _signed(values)
    except UnreadableInput as error:
        if not Path(values["certificate"]).is_file():
            raise
        return [verification.Check("signature", ok=False, says=str(error))], None
    except (InputError, opening.Rejected) as error:
        return [verification.Check("signature", ok=False, says=str(error))], None
    checks = [verification.Check("signature", ok=True, says=f"by {name}, key id {keyid}")]
    revoked = read_revoked(values["revoked"]) if values["revoked"] else None
    try:
        head = opening.head(envelope.payload)
        checks += verification.artefacts(head.subject, _subjects(values, head))
        if head.predicate_type != CERTIFICATE_TYPE:
            revocation = verification.revocation({keyid}, revoked)
            return [*checks, revocation, _plain(values, head.predicate_type, envelope.payload)], None
        statement = opening.certificate(envelope.payload)
    except opening.Rejected as error:
        return [*checks, verification.Check("statement", ok=False, says=str(error))], None
    held = statement.predicate
    checks += verification.standing(held, keyid, revoked, accept_incomplete=values["accept_incomplete"])
    return checks, statement


def _subjects(values: dict[str, Any], head: StatementHead) -> list[Any]:
    return [subject(text, head.subject[0].name) for text in values["subjects"]]


def _plain(values: dict[str, Any], kind: str, payload: bytes) -> Check:
    """Answer for a signed statement of another kind; raises `Rejected`.

    Only signature and artefact can be checked, which proves no pass: a test result is also signed for a product that
    failed, and a key may sign more than what debar writes.
    """
    from debar.attest import opening, statements
    from debar.attest.verification import Check

    more = ("sboms", "product", "companions", "rerun", "decided")
    if any(values[name] for name in more) or values["max_age"] is not None:
        return Check("statement", ok=False, says=f"a statement of {kind} cannot be held to more; give the certificate")
    if kind == statements.TEST_RESULT_TYPE and (result := opening.test_result(payload)) != "PASSED":
        return Check("statement", ok=False, says=f"no certificate, but a statement of {kind}: {result}, not PASSED")
    if kind not in {statements.TEST_RESULT_TYPE, statements.SVR_TYPE}:
        return Check("statement", ok=False, says=f"a statement of {kind} says of no regime that it holds")
    return Check("statement", None, f"no certificate, but a statement of {kind}; nothing more is checked")


def _checked(values: dict[str, Any], statement: CertificateStatement) -> Iterator[Check]:
    from debar.attest import verification

    held = statement.predicate
    yield from verification.regimes(held, values["decided"] or _defaults(values))
    yield from verification.validity(held, pipeline.instant(values["as_of"]), values["max_age"])
    if values["product"] is not None:
        product = held.product
        names = {product.name, f"{product.name}@{product.version}", product.purl, product.purl.partition("@")[0]}
        says = f"it is for {product.name} {product.version} {product.purl}".rstrip()
        yield verification.Check("product", values["product"] in names - {""}, says)
    inputs, given = [], {}
    for path in values["sboms"]:
        inputs.append(pipeline.from_file(path))
        try:
            for document in pipeline.load(inputs[-1:], pipeline.Options()).inventory.documents:
                given[document.sha256] = document.path
        except InputError as error:
            yield verification.Check("sbom", ok=False, says=str(error))
    yield from verification.sboms(held, given)
    judged = _packs(values, [policy.id for policy in held.policies])
    yield from verification.policies(held, judged, asked=_given("policies"))
    yield from verification.companions(held, dict(map(_digest, values["companions"])))
    if values["rerun"]:
        yield _rerun(values, statement, inputs)


def _defaults(values: dict[str, Any]) -> list[str]:
    """Return what decides for a customer who asks for no regime: what would decide a check of the customer's own."""
    return [regime for name in values["policies"] for regime in packs.load(packs.find(name)).default_regimes]


def _given(name: str) -> bool:
    source = click.get_current_context().get_parameter_source(name)
    return source is not None and source.name != "DEFAULT"


def _packs(values: dict[str, Any], ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return version and digest of the packs given, else of the bundled ones that the certificate names."""
    names = values["policies"] if _given("policies") else [one for one in ids if one in packs.bundled()]
    loaded = [packs.load(packs.find(name)) for name in names]
    return {pack.id: (pack.version, pack.digest) for pack in loaded}


def _digest(path: str) -> tuple[str, str]:
    return hashlib.sha256(pipeline.from_file(path).data).hexdigest(), path


def _rerun(values: dict[str, Any], statement: CertificateStatement, inputs: Sequence[Input]) -> Check:
    """Repeat the check as of the certificate's own instant, with its market, regimes and assertions."""
    from debar.attest import verification
    from debar.attest.certificate import COMPLETE
    from debar.attest.core import core

    held = statement.predicate
    regimes = [f"{one.id}:{one.profile}" for one in held.regimes if one.gating]
    settled = {"as_of": held.evaluated_at, "market": held.market, "regimes": regimes}
    if not _given("policies"):
        # Only a bundled id: a certificate does not say which folder is opened.
        settled["policies"] = ids = [policy.id for policy in held.policies]
        if missing := set(ids) - packs.bundled().keys():
            says = (
                f"the check cannot be repeated: there is no pack {', '.join(sorted(missing))} here; give it by --policy"
            )
            return verification.Check("rerun", ok=False, says=says)
    try:
        judged, options = judged_by(values | _FIXED | settled)
        options = replace(
            options,
            artefacts=tuple(digest for one in statement.subject for digest in one.digest.values()),
            complete="; ".join(one.reason for one in held.assertions if one.what == COMPLETE),
        )
        verdict = pipeline.check(inputs, pack=judged, options=options)
    except DebarError as error:
        return verification.Check("rerun", ok=False, says=f"the check cannot be repeated: {error}")
    return verification.repeated(held, core(verdict), version("debar"))


def _print(values: dict[str, Any], checks: Sequence[Check], held: Certificate | None, *, ok: bool) -> None:
    from debar.attest import verification

    proven = verification.proven(checks, ", ".join(values["keys"]) or values["identity"]) if checks[0].ok else []
    word = verification.word_only(held, checks) if held else []
    if values["format_"] == "json":
        shape = {
            "verified": ok,
            "certificate": held.certificate_id if held else "",
            "checks": [{"check": check.what, "ok": check.ok, "says": check.says} for check in checks],
            "proven": proven,
            "word_only": word,
        }
        click.echo(inert_json(json.dumps(shape, indent=2)))
        return
    for line in _lines(checks, held, proven, word, ok=ok):
        click.echo(safe_text(line, 1_000))


def _lines(
    checks: Sequence[Check], held: Certificate | None, proven: Sequence[str], word: Sequence[str], *, ok: bool
) -> Iterator[str]:
    what = ""
    if held:
        label = f"{held.product.name} {held.product.version}".strip()
        what = f"  {held.verdict.upper()} for {label} by {held.signer.organization}, {held.certificate_id}"
    yield ("VERIFIED" if ok else "NOT VERIFIED") + what
    for check in checks:
        yield f"  {_WORDS[check.ok]:<4}  {check.what:<10}  {check.says}"
    for title, texts in (("proven", proven), ("only the vendor's word", word)):
        if texts:
            yield ""
            yield title
            yield from (f"  {text}" for text in texts)
