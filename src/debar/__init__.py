"""debar: proves that a product is clean of a barred vendor's software.

The documented interface is `check` and the types that it takes and returns:

    import debar

    verdict = debar.check(["product.cdx.json"])
    print(verdict.status.value, [finding.id for finding in verdict.findings])
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

    from debar.model.decision import Verdict
    from debar.pipeline import Options

__all__ = ["check"]


def check(
    sboms: Iterable[str | PathLike[str]],
    *,
    policy: str | PathLike[str] | Iterable[str | PathLike[str]] = "us-kaspersky",
    facts: Iterable[str | PathLike[str]] = (),
    corrections: Iterable[str | PathLike[str]] = (),
    waivers: Iterable[str | PathLike[str]] = (),
    baseline: Iterable[str | PathLike[str]] = (),
    options: Options | None = None,
) -> Verdict:
    """Check the SBOM files of one product and return the verdict.

    `policy` is a bundled pack's id or a pack's folder, or several of them; `facts`, `corrections` and `waivers` are
    files of the user; `baseline` are SBOMs of an earlier state of the product; `options` are those of
    `debar.pipeline.Options`. Raises `debar.errors.InputError` when an SBOM cannot be read and `PolicyError` for a
    broken pack or file of the user.
    """
    from os import PathLike, fspath

    from msgspec.structs import replace

    from debar import packs, pipeline

    named = [policy] if isinstance(policy, str | PathLike) else policy
    chosen = [packs.load(packs.find(fspath(name))) for name in named]
    options = options or pipeline.Options()
    options = replace(
        options,
        facts=(*options.facts, *packs.private_facts([fspath(path) for path in facts], chosen)),
        corrections=(*options.corrections, *packs.corrections([fspath(path) for path in corrections])),
        waivers=(*options.waivers, *packs.waivers([fspath(path) for path in waivers])),
        baseline=(*options.baseline, *(pipeline.from_file(path) for path in baseline)),
    )
    inputs = [pipeline.from_file(path) for path in sboms]
    return pipeline.check(inputs, pack=chosen, options=options)
