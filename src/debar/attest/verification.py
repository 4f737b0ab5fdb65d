"""What a customer checks of a certificate: one `Check` a question, in the order in which they are answered.

Nothing that a certificate names is opened: files are those that the customer gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from debar.attest.canonical import canonical
from debar.attest.page import outcome
from debar.attest.suppliers import moment
from debar.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import Any

    from debar.model.certificate import Certificate, Subject

#: Clocks differ; a certificate may be this much younger than now.
_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Check:
    """A question and its answer; `ok` is None for one that was not asked."""

    what: str
    ok: bool | None
    says: str


def standing(held: Certificate, keyid: str, revoked: frozenset[str] | None, *, accept_incomplete: bool) -> list[Check]:
    """Check what the certificate says of itself: its verdict, its key, and whether it was revoked."""
    if held.verdict == "pass":
        verdict = Check("verdict", ok=True, says=f"pass: {outcome(held)}")
    else:
        limits = "; ".join(f"{limit.says} ({limit.count:,})" for limit in held.limits if limit.accepted)
        ok = held.verdict == "incomplete" and accept_incomplete
        remedy = "" if ok else "; --accept-incomplete takes that"
        verdict = Check("verdict", ok, f"{held.verdict}, not pass: {limits or held.reason}{remedy}")
    named = held.signer.key_id
    own = Check("key", named == keyid, f"the certificate names key id {named}, and {keyid} signed it")
    return [verdict, *([] if own.ok else [own]), revocation({held.certificate_id, keyid}, revoked)]


def revocation(ids: set[str], revoked: frozenset[str] | None) -> Check:
    """Check that none of the ids of a certificate and its key is revoked; None is no list."""
    if revoked is None:
        return Check("revocation", None, "not looked up (--revoked FILE)")
    if gone := ids & revoked:
        return Check("revocation", ok=False, says=f"revoked: {', '.join(sorted(gone))}")
    return Check("revocation", ok=True, says="neither certificate nor key is in the list")


def regimes(held: Certificate, asked: Sequence[str]) -> Iterator[Check]:
    """Check that each regime asked for, ID or ID:PROFILE, decided and passed; the vendor chose which ones decide."""
    for text in asked:
        name, _, profile = text.partition(":")
        one = next((one for one in held.regimes if one.id == name), None)
        if one and one.gating and profile in {"", one.profile}:
            ok = one.verdict in {"pass", "incomplete"}  # `standing` says whether incomplete will do
            yield Check("regime", ok, f"{name} ({one.profile}) decided: {one.verdict}")
        else:
            other = f"; it would be {one.verdict} ({one.profile})" if one and not one.gating else ""
            yield Check("regime", ok=False, says=f"{text} did not decide{other}")


def validity(held: Certificate, now: datetime, max_age: int | None) -> Iterator[Check]:
    """Check that the certificate holds at an instant, and is no older than so many days."""
    start, end = moment(held.issued_at), moment(held.valid_until)
    if start is None or end is None:
        yield Check("validity", ok=False, says="the certificate's dates cannot be read")
        return
    at = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if now > end:
        yield Check("validity", ok=False, says=f"expired: valid until {held.valid_until}, and it is {at}")
    elif now + _SKEW < start:
        yield Check("validity", ok=False, says=f"not valid yet: issued as of {held.issued_at}, and it is {at}")
    else:
        yield Check("validity", ok=True, says=f"{held.issued_at} to {held.valid_until}")
    if max_age is not None:
        age = (now - start).days
        yield Check("age", age <= max_age, f"{age} days old; at most {max_age} are accepted")


def artefacts(signed: Sequence[Subject], given: Sequence[Subject]) -> Iterator[Check]:
    """Check that each artefact given is one that the certificate is about."""
    if not given:
        yield Check("artefact", None, "not compared (--subject FILE)")
    for one in given:
        same = next((own for own in signed if own.digest.items() & one.digest.items()), None)
        shown = " ".join(f"{name}:{value}" for name, value in one.digest.items())
        if same:
            yield Check("artefact", ok=True, says=f"{one.name} is {same.name}, {shown}")
        else:
            about = ", ".join(own.name for own in signed)
            yield Check(
                "artefact",
                ok=False,
                says=f"{one.name} ({shown}) is not what was certified ({about}): changed, or another product",
            )


def sboms(held: Certificate, given: Mapping[str, str]) -> Iterator[Check]:
    """Check that each SBOM given, as digest -> name, was examined; what was not given is said."""
    known = {one.sha256: one for one in held.sboms}
    if not given:
        yield Check("sbom", None, "not compared (--sbom FILE)")
        return
    for digest, name in given.items():
        if digest in known:
            yield Check("sbom", ok=True, says=f"{name} is {known[digest].name}, sha256:{digest}")
        else:
            says = f"{name} (sha256:{digest}) is none that was examined: changed, or another"
            yield Check("sbom", ok=False, says=says)
    for digest in known.keys() - given.keys():
        yield Check("sbom", None, f"{known[digest].name} was examined and is not given here, sha256:{digest}")


def policies(held: Certificate, packs: Mapping[str, tuple[str, str]], *, asked: bool) -> Iterator[Check]:
    """Check the packs by digest, as id -> (version, digest); a difference counts only if packs were given."""
    for policy in held.policies:
        signed = f"{policy.id} {policy.version}, the law as of {policy.legal_as_of}"
        own = packs.get(policy.id)
        if own and own[1] == policy.digest:
            yield Check("policy", ok=True, says=f"{signed}: the same here, sha256:{policy.digest}")
            continue
        here = f"the one here is {own[0]}, sha256:{own[1]}" if own else "there is none of that id here"
        yield Check("policy", False if asked else None, f"{signed}, sha256:{policy.digest}: {here}")


def companions(held: Certificate, given: Mapping[str, str]) -> Iterator[Check]:
    """Check files that were written with the certificate, as digest -> name."""
    known = {one.sha256: one for one in held.companions}
    for digest, name in given.items():
        says = (
            f"{name} is the {known[digest].media_type} that was written with it"
            if digest in known
            else (f"{name} (sha256:{digest}) was not written with this certificate, or was changed since")
        )
        yield Check("companion", digest in known, says)


def repeated(held: Certificate, result: Mapping[str, Any], version: str) -> Check:
    """Compare a repeated check's core with the signed one, byte for byte."""
    if canonical(result) == canonical(held.result):
        return Check("rerun", ok=True, says="the check, repeated here, gives the same result byte for byte")
    parts = [key for key in sorted(held.result.keys() | result.keys()) if held.result.get(key) != result.get(key)]
    says = f"the check, repeated here, gives another result in {', '.join(safe_text(part, 40) for part in parts)}"
    if version != held.tool.version:
        says += f"; here is debar {version}, and {held.tool.version} made the certificate, which may be why"
    return Check("rerun", ok=False, says=says)


def proven(checks: Collection[Check], key: str) -> list[str]:
    """Say what the checks prove, in plain words."""
    ok = {check.what for check in checks if check.ok} - {check.what for check in checks if check.ok is False}
    says = (
        ("signature", f"whoever holds the private key to {key} signed exactly this text"),
        ("artefact", "the artefact given here is the one that the text is about"),
        ("sbom", "the SBOMs given here are among those that the text says were examined"),
        ("policy", "the policy that judged them is the one that is here"),
        ("rerun", "these SBOMs, judged by this policy, give this result: that was done again here"),
        ("companion", "the readable pages given here belong to this certificate"),
    )
    return [text for what, text in says if what in ok]


def word_only(held: Certificate, checks: Collection[Check]) -> list[str]:
    """Say what rests on the vendor's word alone, in plain words."""
    ok = {check.what for check in checks if check.ok}
    signer = held.signer
    who = ", ".join(text for text in (signer.name, signer.title, signer.organization) if text)
    says = [
        f"that the signer is {who}: the key proves a holder, not a name",
        f"that it was signed at {held.issued_at}: there is no trusted time stamp",
        "that the SBOMs describe the artefact truly, and leave nothing out",
    ]
    says += [f"that {one.what}; {one.by} says: {one.reason}" for one in held.assertions]
    if "rerun" not in ok:
        says.append("the result itself: it was not repeated here (--rerun)")
    says += [f"a supplier's word: certificate {one.name}" for one in held.inputs if one.kind == "supplier-certificate"]
    return says
