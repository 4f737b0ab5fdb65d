"""What a person has found to be wrong, taken out of the evidence before it is judged."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from debar.model.knowledge import Corrected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debar.model.decision import Evidence, Matches
    from debar.model.inventory import Inventory
    from debar.model.knowledge import Correction, Corrections
    from debar.model.policy import Pack


def correct(
    inventory: Inventory, judged: Sequence[tuple[Pack, Matches]], files: Sequence[Corrections]
) -> tuple[list[tuple[Pack, Matches]], tuple[Corrected, ...]]:
    """Return what is left of each pack's matches, and every correction with what it removed.

    Evidence that two corrections fit is shown with both, so that neither looks unused.
    """
    by_fact: dict[str, list[tuple[int, Correction]]] = defaultdict(list)
    numbered = list(enumerate((file, at) for file in files for at in range(len(file.corrections))))
    for number, (file, at) in numbered:
        by_fact[file.corrections[at].fact].append((number, file.corrections[at]))
    removed: dict[int, list[Evidence]] = defaultdict(list)
    left = []
    for pack, matches in judged:
        kept = []
        for item in matches.evidence:
            component = inventory.components[item.component]
            fitting = [number for number, one in by_fact.get(item.fact.id, ()) if one.removes(item, component)]
            for number in fitting:
                removed[number].append(item)
            if not fitting:
                kept.append(item)
        left.append((pack, replace(matches, evidence=tuple(kept))))
    corrected = tuple(
        Corrected(correction=file.corrections[at], path=file.path, line=file.lines[at], evidence=tuple(removed[number]))
        for number, (file, at) in numbered
    )
    return left, corrected
