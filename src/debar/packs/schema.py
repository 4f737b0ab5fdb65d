"""JSON Schemas of a pack's files and of the user's own, made from the types that the loader converts to."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from debar.model.knowledge import Correction  # noqa: TC001 - msgspec evaluates the annotations
from debar.model.policy import Entity, Fact, Pack, Regime
from debar.model.waivers import Waiver  # noqa: TC001 - msgspec evaluates the annotations
from debar.packs.casefile import CaseEntry  # noqa: TC001 - msgspec evaluates the annotations

# These stand in files of their own, or are computed.
_ELSEWHERE = frozenset({"entities", "facts", "regimes", "digest"})

#: What pack.yaml holds: the fields of `Pack` that stand in no other file.
PackFile = msgspec.defstruct(
    "PackFile",
    [
        (field.name, field.type) if field.required else (field.name, field.type, field.default)
        for field in msgspec.structs.fields(Pack)
        if field.name not in _ELSEWHERE
    ],
    namespace={"__doc__": "Everything about a pack but its entities, facts and regimes."},
    forbid_unknown_fields=True,
)


class EntitiesFile(msgspec.Struct, forbid_unknown_fields=True):
    """The companies and persons of a pack."""

    entities: tuple[Entity, ...]


class FactsFile(msgspec.Struct, forbid_unknown_fields=True):
    """Some of the facts of a pack; by custom a file holds those of one kind.

    In a file for `--facts`, `pack` is the id of the pack that they join; it may be left out where only one runs.
    """

    facts: tuple[Fact, ...]
    pack: Annotated[str, Meta(max_length=80)] = ""


class CorrectionsFile(msgspec.Struct, forbid_unknown_fields=True):
    """What is not the vendor's: a fact and a component each, with reason and reviewer, for `--corrections`."""

    corrections: tuple[Correction, ...]


class WaiversFile(msgspec.Struct, forbid_unknown_fields=True):
    """What somebody accepts for a time: a rule or fact and a component each, for `--waivers`."""

    waivers: tuple[Waiver, ...]


class CasesFile(msgspec.Struct, forbid_unknown_fields=True):
    """Some of the cases of a pack."""

    cases: tuple[CaseEntry, ...]


_FILES: tuple[tuple[str, type[msgspec.Struct], str], ...] = (
    ("pack", PackFile, "debar policy pack: pack.yaml"),
    ("entities", EntitiesFile, "debar policy pack: entities.yaml"),
    ("facts", FactsFile, "debar policy pack: facts/*.yaml, or a file for --facts"),
    ("regime", Regime, "debar policy pack: regimes/*.yaml"),
    ("cases", CasesFile, "debar policy pack: cases/*.yaml"),
    ("corrections", CorrectionsFile, "debar: a file for --corrections"),
    ("waivers", WaiversFile, "debar: a file for --waivers"),
)


def schemas() -> dict[str, dict[str, Any]]:
    """Return a JSON Schema (draft 2020-12) for each kind of file, by its word."""
    return {word: _schema(word, kind, title) for word, kind, title in _FILES}


def _schema(word: str, kind: type[msgspec.Struct], title: str) -> dict[str, Any]:
    made = msgspec.json.schema(kind)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:debar:schema:{word}:v1",
        "title": title,
        **made,
    }
