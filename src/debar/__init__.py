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
    policy: str | PathLike[str] = "us-kaspersky",
    options: Options | None = None,
) -> Verdict:
    """Check the SBOM files of one product and return the verdict.

    `policy` is a bundled pack's id or a pack's folder; `options` are those of `debar.pipeline.Options`.
    Raises `debar.errors.InputError` when a file cannot be read and `PolicyError` for a broken pack.
    """
    from os import fspath

    from debar import packs, pipeline

    inputs = [pipeline.from_file(path) for path in sboms]
    return pipeline.check(inputs, pack=packs.load(packs.find(fspath(policy))), options=options)
