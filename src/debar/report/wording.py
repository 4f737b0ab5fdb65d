"""What several formats say in the same words: articles, paths on one line, file names as URIs."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING
from urllib.parse import quote

from debar.model.policy import Article, Outcome
from debar.report.text import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debar.model.decision import Finding, PackInfo, Step, Verdict

#: What each article means, as a title for a list of findings (docs/design.md 3).
ARTICLES: dict[Article, str] = {
    Article.ENGINE: "an engine or SDK of the vendor that is made to be embedded",
    Article.CYBERSECURITY: "a security product or service of the vendor",
    Article.EQUIPMENT: "equipment of the vendor, or software of it",
    Article.SURVEILLANCE_EQUIPMENT: "surveillance equipment of the vendor, which the law holds to a purpose",
    Article.ENTITY: "a component that names the vendor; which product it is, is not known",
    Article.OTHER_SOFTWARE: "software of the vendor that is no security product",
    Article.AFFILIATE_SOFTWARE: "software of an affiliate of the vendor",
    Article.THREAT_INTELLIGENCE: "threat intelligence of the vendor",
    Article.TRAINING: "training material of the vendor",
    Article.CONNECTOR: "somebody else's code that talks to a product of the vendor",
}
_LONGEST_PATH = 24


def pack_of(verdict: Verdict, finding: Finding) -> PackInfo:
    """Return the pack that a finding is of."""
    return next((pack for pack in verdict.packs if pack.id == finding.pack), verdict.pack)


def meaning(verdict: Verdict, finding: Finding) -> str:
    """Return what a finding's article means, with the vendor's name."""
    return ARTICLES[finding.article].replace("the vendor", pack_of(verdict, finding).vendor)


def shortened(path: Sequence[Step], most: int = _LONGEST_PATH) -> tuple[Sequence[Step], int, Sequence[Step]]:
    """Return the first steps of a path, how many are left out in the middle, and its last steps."""
    if len(path) <= most:
        return path, 0, ()
    half = most // 2
    return path[:half], len(path) - 2 * half, path[-half:]


def chain(verdict: Verdict, path: Sequence[Step]) -> str:
    """Return a path on one line, without the middle of a long one."""
    first, hidden, last = shortened(path)
    names = [label(verdict, step.component) for step in first]
    if hidden:
        names += [f"... {hidden:,} more ...", *(label(verdict, step.component) for step in last)]
    return " -> ".join(names)


def elsewhere(finding: Finding, regime: str) -> str:
    """Say what a finding is under the other regimes, where it matters; empty if it does not."""
    others = [
        item for item in finding.rulings if item.regime != regime and item.outcome in {Outcome.FAIL, Outcome.REVIEW}
    ]
    return ", ".join(f"{item.outcome.value} under {item.regime}" for item in others)


def relative(path: str) -> str:
    """Return a file's name as a repository knows it: relative to the current folder, with forward slashes.

    A file outside it goes by its base name, since no checkout can show it.
    """
    pure = PurePath(path)
    if pure.is_absolute() and pure.is_relative_to(Path.cwd()):
        pure = pure.relative_to(Path.cwd())
    plain = PurePath(os.path.normpath(pure))
    if plain.is_absolute() or ".." in plain.parts:
        plain = PurePath(plain.name)
    return plain.as_posix()


def uri(path: str) -> str:
    """Return `relative(path)` as a relative URI reference; never raises, whatever the name holds."""
    return quote(relative(path).encode("utf-8", "surrogatepass"))
