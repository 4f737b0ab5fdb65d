"""Certificates of suppliers in a check: what stands in for an SBOM that was not given.

A certificate closes the gap that a component's missing SBOM leaves, and nothing else: it is no evidence against a
finding, and it never covers another component.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from debar.model.certificate import Certified
from debar.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debar.model.certificate import CertificateStatement, Supplied
    from debar.model.inventory import Inventory, Link

_BOM_LINK = "urn:cdx:"


def cover(
    inventory: Inventory,
    suppliers: Sequence[Supplied],
    policies: frozenset[str],
    as_of: datetime,
    market: str,
    regimes: Mapping[str, str],
) -> Inventory:
    """Return the inventory without the links that a certificate stands for; what does not count is noted.

    `regimes` are those that decide, with their profiles, and `policies` the packs that they are of: the supplier
    must have passed each of them, in this market and by these packs.
    """
    notes: list[str] = []
    valid = []
    for one in suppliers:
        problem = _problem(one.statement, policies, as_of, market, regimes)
        if problem:
            name = safe_text(one.path, 120)
            notes.append(f"{name}: the certificate of {_organization(one)} does not count: {problem}")
        else:
            valid.append(one)
    covered: dict[int, list[Link]] = defaultdict(list)
    left = []
    hashes = _hashes(inventory)
    for item in inventory.links:
        fitting = (at for at, one in enumerate(valid) if _fits(one.statement, item, inventory, hashes))
        at = next(fitting, None)
        if at is None:
            left.append(item)
        else:
            covered[at].append(item)
    certified = tuple(_certified(valid[at], covered[at]) for at in sorted(covered))
    for at, one in enumerate(valid):
        if at not in covered:
            product = safe_text(_label(one.statement), 120)
            notes.append(f"the certificate of {_organization(one)} for {product} covers no link of these SBOMs")
    return replace(inventory, links=tuple(left), certified=certified, notes=(*inventory.notes, *notes))


def _problem(
    statement: CertificateStatement,
    policies: frozenset[str],
    as_of: datetime,
    market: str,
    regimes: Mapping[str, str],
) -> str:
    """Say why a certificate does not count here; empty if it does."""
    held = statement.predicate
    start, end = moment(held.issued_at), moment(held.valid_until)
    if start is None or end is None:
        return "its dates cannot be read"
    passed = {(one.id, one.profile) for one in held.regimes if one.verdict == "pass"}
    others = policies - {one.id for one in held.policies}
    missing = [f"{regime} ({profile})" for regime, profile in regimes.items() if (regime, profile) not in passed]
    problems = (
        (as_of < start, f"it is valid from {held.issued_at}, after {as_of:%Y-%m-%dT%H:%M:%SZ}"),
        (as_of > end, f"it expired at {held.valid_until}"),
        (held.market != market, f"it is for the market {safe_text(held.market, 20)}, not {market}"),
        (bool(others), f"it was not judged by the policy {', '.join(sorted(others))}"),
        (bool(missing), f"it states no pass under {', '.join(missing)}"),
    )
    return next((says for holds, says in problems if holds), "")


def moment(text: str) -> datetime | None:
    """Return an instant with its zone, None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _hashes(inventory: Inventory) -> dict[int, set[str]]:
    wanted = {item.component for item in inventory.links}
    found: dict[int, set[str]] = defaultdict(set)
    for value, owner in zip(*inventory.mentions.column("hash"), strict=True):
        if owner in wanted:
            found[owner].add(value.lower())
    return found


def _fits(statement: CertificateStatement, item: Link, inventory: Inventory, hashes: Mapping[int, set[str]]) -> bool:
    """Tell whether a link leads to the SBOM of the very product that was certified.

    By the artefact's digest, by the SBOM that was checked, or by a purl with a version. A digest of the same length
    that differs is another build, whatever the purl says.
    """
    held = statement.predicate
    digests = {value for one in statement.subject for value in one.digest.values()}
    own = hashes.get(item.component, set()) - {value for _, value in item.hashes}
    if own & digests:
        return True
    if {len(value) for value in own} & {len(value) for value in digests}:
        return False
    target = _serial(item.target)
    sboms = {_serial(one.serial) for one in held.sboms if one.serial}
    stated = {value for name, value in item.hashes if name.lower().replace("-", "") == "sha256"}
    if target in sboms or {one.sha256 for one in held.sboms} & stated:
        return True
    purl = inventory.components[item.component].purl
    return bool(purl) and purl == held.product.purl and "@" in purl.partition("?")[0].rpartition("/")[2]


def _serial(text: str) -> str:
    """Return what a BOM-Link and a serial number with its version have in common."""
    name = text.partition("#")[0].lower()
    return name.removeprefix(_BOM_LINK).removeprefix("urn:uuid:")


def _certified(one: Supplied, links: Sequence[Link]) -> Certified:
    held = one.statement.predicate
    return Certified(
        certificate_id=held.certificate_id,
        organization=held.signer.organization,
        product=_label(one.statement),
        valid_until=held.valid_until,
        sha256=one.sha256,
        components=tuple(dict.fromkeys(item.component for item in links)),
        links=len(links),
    )


def _label(statement: CertificateStatement) -> str:
    product = statement.predicate.product
    return product.name + (f"@{product.version}" if product.version else "")


def _organization(one: Supplied) -> str:
    return safe_text(one.statement.predicate.signer.organization, 80)
