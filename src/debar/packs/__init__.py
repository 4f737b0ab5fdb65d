"""Folder -> Pack. Every mistake is collected before anything is raised.

A pack is written as YAML and shipped with `compiled.json`, the same content as one JSON text, because
decoding that costs a hundredth of parsing the YAML. The compiled form counts only while its digest is
that of the YAML files beside it.
"""

from __future__ import annotations

from debar.packs.casefile import Case, Expect, case_document
from debar.packs.files import bundled, find
from debar.packs.loading import cases, compile_pack, lint, load, schemas

__all__ = [
    "Case",
    "Expect",
    "bundled",
    "case_document",
    "cases",
    "compile_pack",
    "find",
    "lint",
    "load",
    "schemas",
]
