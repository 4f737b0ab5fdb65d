"""Packs that judge the same products, and the private facts that join them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debar.errors import PolicyError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debar.model.knowledge import PrivateFacts
    from debar.model.policy import Pack


def together(packs: Sequence[Pack], facts: Sequence[PrivateFacts]) -> tuple[Pack, ...]:
    """Return the packs of a run, whose ids and those of their regimes and facts must tell them apart.

    Raises `UsageError` if there is no pack, `PolicyError` for ids that are given twice and facts that join no pack.
    """
    if not packs:
        raise UsageError("no policy pack given")
    problems = _twice("pack", [(one.id, one.id) for one in packs])
    if not problems:
        problems += _twice("regime", [(one.id, regime.id) for one in packs for regime in one.regimes])
        problems += _twice("fact", [(one.id, fact.id) for one in packs for fact in one.facts])
    known = [one.id for one in packs]
    problems += [
        f"{file.path}:1: its facts join the pack {file.pack}, and the run has {', '.join(known)}"
        for file in facts
        if file.pack not in known
    ]
    if problems:
        raise PolicyError(problems)
    return tuple(packs)


def _twice(what: str, owned: Sequence[tuple[str, str]]) -> list[str]:
    """Say which of some (pack, id) share the id."""
    first: dict[str, str] = {}
    problems = []
    for pack, name in owned:
        if name in first:
            where = "" if first[name] == pack else f", by {first[name]} and by {pack}"
            problems.append(f"{pack}: the {what} {name} is given twice{where}")
        first.setdefault(name, pack)
    return problems
