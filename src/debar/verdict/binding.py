"""Whether an SBOM says itself which artefact it describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debar.model.inventory import Gap

if TYPE_CHECKING:
    from collections.abc import Collection

    from debar.model.inventory import Document, Inventory


def unbound(inventory: Inventory, digests: Collection[str]) -> tuple[Gap, ...]:
    """Return the gap `unbound` for documents of the product that no digest ties to it.

    A document is tied by a hash of its product or by what an attestation around it is about: to one of `digests`
    (hex) where the artefacts are known, to anything else otherwise.
    """
    bare = []
    for number, stated in stated_digests(inventory).items():
        if not (stated & {digest.lower() for digest in digests} if digests else stated):
            bare.append(inventory.documents[number])
    return (Gap(code="unbound", count=len(bare), examples=tuple(map(_name, bare[:5]))),) if bare else ()


def stated_digests(inventory: Inventory) -> dict[int, set[str]]:
    """Return, for each document that is no part of another, the digests (hex) that tie it to its product."""
    roots = set(inventory.roots)
    own = {number: document for number, document in enumerate(inventory.documents) if document.product in roots}
    products = {document.product: number for number, document in own.items()}
    stated: dict[int, set[str]] = {
        number: {value.lower() for _, digests in document.subjects for _, value in digests}
        for number, document in own.items()
    }
    for value, owner in zip(*inventory.mentions.column("hash"), strict=True):
        if owner in products:
            stated[products[owner]].add(value.lower())
    return stated


def _name(document: Document) -> str:
    return document.serial or document.name
