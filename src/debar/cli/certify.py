"""``debar certify``: a signed certificate for a product that passes."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec
from msgspec.structs import replace

from debar import packs, pipeline
from debar.cli import fail
from debar.cli.keygen import ask_passphrase
from debar.cli.options import contract, judged_by, shared
from debar.cli.paths import is_called
from debar.cli.subjects import subject
from debar.errors import UsageError
from debar.model.certificate import Companion, Signer, Subject, Tool
from debar.model.decision import Completeness
from debar.report import far
from debar.text import inert, safe_text
from debar.verdict import stated_digests

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debar.attest.certificate import Request
    from debar.attest.dsse import KeySigner
    from debar.attest.keyless import Keyless
    from debar.model.certificate import Certificate
    from debar.model.decision import Verdict
    from debar.model.inventory import Inventory
    from debar.model.policy import Pack
    from debar.pipeline import Examination

_FIXED: dict[str, Any] = {"profile": Completeness.CERTIFY.value, "paths": 1}


@click.command(
    epilog="\b\nExample:\n"
    "  debar keygen vendor\n"
    "  debar certify gateway.cdx.json --product acme-gateway@4.2.0 --subject gateway-4.2.0.bin \\\n"
    "    --signer 'Jane Doe' --organization 'ACME Inc.' --key vendor.key --output gateway.cert.json\n"
    "\n\b\nExit codes:\n"
    "  0 certified, 1 refused (the reasons are on standard error), 2 usage, 3 input unreadable or no SBOM,\n"
    "  4 policy invalid, 70 internal error"
)
@click.argument("sboms", nargs=-1, required=True, metavar="SBOM...")
@click.option("--product", required=True, metavar="REF|PURL", help="What the root of the SBOM must be.")
@click.option(
    "--subject",
    "subjects",
    multiple=True,
    required=True,
    metavar="FILE|sha256:HEX",
    help="The artefact that is delivered, which the certificate is bound to; repeatable.",
)
@click.option("--signer", required=True, metavar="NAME", help="Who signs.")
@click.option("--organization", required=True, metavar="NAME", help="For which organization.")
@click.option("--title", default="", help="The signer's position.")
@click.option("--authority", default="", help="On what authority the signer signs.")
@click.option("--contact", default="", help="Where questions go.")
@click.option("--key", type=click.Path(), help="The private key (PEM: Ed25519, ECDSA, RSA).")
@click.option("--keyless", is_flag=True, help="Sign as the build's identity with Sigstore instead; needs its services.")
@click.option("--output", required=True, metavar="FILE.json", help="The certificate; its companions stand beside it.")
@click.option("--assert-complete", default="", metavar="REASON", help="Assert that the SBOM is complete, and why.")
@click.option("--accept-incomplete", is_flag=True, help="Certify what is incomplete, with its limits written in.")
@click.option(
    "--max-sbom-age",
    default=90,
    show_default=True,
    type=click.IntRange(0),
    metavar="DAYS",
    help="How old the product's SBOM may be; 0 asks nothing.",
)
@click.option("--valid-days", default=365, show_default=True, type=click.IntRange(1, 3660), help="How long it holds.")
@click.option(
    "--cyclonedx",
    "cyclonedx",
    default="1.6",
    show_default=True,
    type=click.Choice(["1.6", "1.7"]),
    help="The version of the CycloneDX companion.",
)
@click.option("--contract", metavar="FILE.toml", help="What a FAR report needs of the contract (docs/certificate.md).")
@shared
def certify(**values: Any) -> None:  # noqa: ANN401 - click passes options of many types
    """Certify that a product holds nothing that is barred; only an unwaived pass is certified.

    Checks the SBOMs with the profile `certify` and writes FILE.json, the signed certificate, and beside it the same
    as CycloneDX declarations, as a page in HTML and in Markdown, and signed in-toto statements (test-result, and SVR
    for a pass). A product that does not pass gets only the signed test result. A passphrase comes from
    DEBAR_KEY_PASSPHRASE or a prompt.
    """
    stem = _stem(values)
    signer = _signer(values)
    judged, options = judged_by(values | _FIXED)
    subjects = tuple(subject(text, values["product"]) for text in values["subjects"])
    options = replace(
        options,
        artefacts=tuple(digest for one in subjects for digest in one.digest.values()),
        complete=values["assert_complete"].strip(),
    )
    examined = pipeline.examine([pipeline.from_file(path) for path in values["sboms"]], pack=judged, options=options)
    product, refused = _root(examined.inventory, values["product"])
    refused += _stale(examined, values["max_sbom_age"])
    refused += _bound_elsewhere(examined.inventory, subjects)
    _write_all(stem, product, examined.verdict, judged, subjects, signer, values, refused)


# Filled in by `_FIXED`: a certificate has no weaker profile.
certify.params = [param for param in certify.params if param.name not in _FIXED]


def _stem(values: dict[str, Any]) -> Path:
    output = Path(values["output"])
    if output.suffix != ".json":
        raise UsageError(f"--output {values['output']} does not end in .json; its companions take the same name")
    stem = output.with_suffix("")
    written = {stem.with_name(stem.name + end).resolve() for end in _ENDS}
    inputs = [*values["sboms"], *values["subjects"], values["key"] or "-", *values["certificates"], *values["trust"]]
    if clash := written & {Path(one).resolve() for one in inputs}:
        raise UsageError(f"{clash.pop().name} is an input; give --output another name")
    return stem


def _signer(values: dict[str, Any]) -> KeySigner | Keyless:
    if bool(values["key"]) == values["keyless"]:
        raise UsageError("a certificate is signed with --key FILE or, as the identity of a build, with --keyless")
    if values["keyless"]:
        from debar.attest import keyless

        return keyless.signer()
    from debar.attest.dsse import KeySigner
    from debar.attest.keys import load_signer

    return KeySigner(load_signer(pipeline.from_file(values["key"]).data, values["key"], ask_passphrase))


def _root(inventory: Inventory, wanted: str) -> tuple[int, list[str]]:
    """Return the component that is the product, and why it is not the one wanted."""
    roots = [number for number in inventory.roots if not inventory.components[number].synthetic]
    for number in roots:
        if is_called(inventory.components[number], wanted):
            return number, []
    names = ", ".join(safe_text(inventory.components[number].label, 80) for number in roots) or "nothing"
    return inventory.roots[0], [f"the root of the SBOM is {names}, not {wanted}"]


def _stale(examined: Examination, days: int) -> Iterator[str]:
    """Say which documents of the product itself are too old, from the future, or without a time."""
    if not days:
        return
    now = datetime.fromisoformat(examined.verdict.as_of)
    for number in stated_digests(examined.inventory):
        document = examined.inventory.documents[number]
        path = safe_text(document.path, 120)
        try:
            made = datetime.fromisoformat(document.created)
            age = now - made
        except (ValueError, TypeError):
            yield f"{path} does not say when it was made (--max-sbom-age 0 does not ask)"
            continue
        if age > timedelta(days=days):
            yield f"{path} was made {age.days} days before; at most {days} are allowed (--max-sbom-age)"
        if age < timedelta(days=-1):
            yield f"{path} was made after {examined.verdict.as_of}, at {safe_text(document.created, 40)}"


def _bound_elsewhere(inventory: Inventory, subjects: Sequence[Subject]) -> Iterator[str]:
    """Say which documents are attested for another artefact; that is no limit to accept."""
    for document in inventory.documents:
        stated = {(name, value.lower()) for _, digests in document.subjects for name, value in digests}
        own = {pair for one in subjects for pair in one.digest.items()}
        if {name for name, _ in stated} & {name for name, _ in own} and not stated & own:
            yield f"the attestation around {safe_text(document.path, 120)} is about another artefact"


#: What is written beside the certificate.
_ENDS = (".json", ".test-result.json", ".svr.json", ".cdx.json", ".html", ".md")


def _write_all(
    stem: Path,
    product: int,
    verdict: Verdict,
    judged: tuple[Pack, ...],
    subjects: tuple[Subject, ...],
    signer: KeySigner | Keyless,
    values: dict[str, Any],
    refused: list[str],
) -> None:
    """Write the certificate and its companions, or only the test result and why nothing is certified."""
    from debar.attest import certificate, page, statements

    tool = Tool(name="debar", version=version("debar"), sha256=_own_digest())
    refused += certificate.refusals(verdict, accept_incomplete=values["accept_incomplete"])
    result = statements.test_result(verdict, subjects, tool, refused=bool(refused))
    files = {".test-result.json": signer.sign(result)}
    if refused:
        _write(stem, files)
        fail("not certified\n  " + "\n  ".join(refused))
        click.echo(f"the signed test result is in {stem}.test-result.json; there is no certificate", err=True)
        if old := [f"{stem}{end}" for end in _ENDS if end not in files and stem.with_name(stem.name + end).exists()]:
            click.echo(inert(f"of an earlier run, and not about this: {', '.join(old)}"), err=True)
        raise SystemExit(1)
    request = certificate.Request(
        product=product,
        subjects=subjects,
        signer=_named(values, signer.key_id),
        tool=tool,
        days=values["valid_days"],
        complete=values["assert_complete"].strip(),
        far_report=far.entries(verdict, contract(values["contract"])),
    )
    made, pages = _with_companions(stem, verdict, judged, request, values["cyclonedx"])
    files |= pages
    if verdict.status.value == "pass":
        files[".svr.json"] = signer.sign(statements.svr(verdict, subjects))
    # The certificate comes last: where it is, everything that it names is.
    files[".json"] = signer.sign(statements.certificate(made, subjects))
    _write(stem, files)
    label = safe_text(f"{made.product.name} {made.product.version}".strip(), 120)
    click.echo(f"{made.verdict.upper()}  {label}: {safe_text(page.outcome(made), 500)}")
    click.echo(f"certificate {made.certificate_id}, valid until {made.valid_until}, key id {made.signer.key_id}")
    for end in files:
        click.echo(inert(f"  {stem}{end}"))


def _named(values: dict[str, Any], key_id: str) -> Signer:
    said = {key: values[key] for key in ("title", "organization", "authority", "contact")}
    return Signer(name=values["signer"], key_id=key_id, **said)


def _with_companions(
    stem: Path, verdict: Verdict, judged: tuple[Pack, ...], request: Request, cyclonedx: str
) -> tuple[Certificate, dict[str, str]]:
    from debar.attest import certificate, declarations, page

    made = certificate.certificate(verdict, judged, request)
    name = f"{stem.name}.json"
    files = {
        ".cdx.json": declarations.render(made, verdict, judged, request.subjects, cyclonedx),
        ".html": page.html(made, request.subjects, name),
        ".md": page.markdown(made, request.subjects, name),
    }
    types = {".cdx.json": "application/vnd.cyclonedx+json", ".html": "text/html", ".md": "text/markdown"}
    companions = tuple(
        Companion(name=stem.name + end, media_type=types[end], sha256=hashlib.sha256(text.encode()).hexdigest())
        for end, text in files.items()
    )
    return msgspec.structs.replace(made, companions=companions), files


def _write(stem: Path, files: dict[str, str]) -> None:
    for end, text in files.items():
        path = stem.with_name(stem.name + end)
        try:
            path.write_bytes(text.encode())
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from error


def _own_digest() -> str:
    """Return the SHA-256 over the sources of the installed package, as packs take theirs."""
    home = Path(packs.__file__).resolve().parents[1]
    return packs.digest({path.relative_to(home).as_posix(): path.read_bytes() for path in home.rglob("*.py")})
