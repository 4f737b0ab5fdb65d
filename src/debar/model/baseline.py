"""What a product is compared with, and what it no longer has; imported only where there is a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from debar.model.decision import Status
    from debar.model.inventory import Document, Use
    from debar.model.policy import Article


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of the baseline that is no more."""

    id: str
    pack: str
    article: Article
    use: Use
    label: str


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """What the product is compared with: the documents, judged anew, and what they had that is gone.

    `status` is the baseline's own verdict, without waivers; `new_only` says that only new findings decide.
    """

    documents: tuple[Document, ...]
    status: Status
    gone: tuple[Gone, ...]
    new_only: bool
