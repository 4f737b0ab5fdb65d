"""Folder -> Pack. Every mistake is collected before anything is raised.

A pack is written as YAML and shipped with `compiled.json`, the same content as one JSON text, because
decoding that costs a hundredth of parsing the YAML. The compiled form counts only while its digest is
that of the YAML files beside it. `private_facts`, `corrections` and `waivers` read what the user
adds to a pack.
"""

from __future__ import annotations

from debar.packs.casefile import Case, Expect, case_document
from debar.packs.files import DEFAULT, bundled, digest, find
from debar.packs.loading import cases, compile_pack, lint, load, schemas
from debar.packs.userfiles import corrections, lint_file, private_facts, waivers

__all__ = [
    "DEFAULT",
    "Case",
    "Expect",
    "bundled",
    "case_document",
    "cases",
    "compile_pack",
    "corrections",
    "digest",
    "find",
    "lint",
    "lint_file",
    "load",
    "private_facts",
    "schemas",
    "waivers",
]
