"""Web addresses: hosts by registrable suffix, repositories by path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from debar.match.hit import Hit
from debar.model.policy import Confidence, FactKind
from debar.text import forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.match.packages import Repositories
    from debar.model.policy import Pack

_SCHEME = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)*//", re.IGNORECASE)
_SCP = re.compile(r"^(?:scm:)?(?:git:)?[\w.-]+@([\w.-]+):(?!//)(.+)$", re.IGNORECASE)
_SHORTHAND = re.compile(r"^(?:github:)?([\w.-]+/[\w.-]+)$", re.IGNORECASE)
_HOST = re.compile(r"^[\w.-]+\.[\w-]{2,}$")


def split_url(value: str) -> tuple[str, str] | None:
    """Return (host, path) of a URL in any of the spellings that manifests use, or None.

    Covers schemes in a row (``scm:git:https://``), ``git@host:owner/repo``, and a bare host with a path.
    """
    value = value.strip()
    if scp := _SCP.match(value):
        return scp[1], scp[2]
    rest = _SCHEME.sub("", value, count=1)
    end = min((at for at in (rest.find(c) for c in "/?#") if at >= 0), default=len(rest))
    host = rest[:end].rpartition("@")[2].partition(":")[0].rstrip(".")
    if not _HOST.match(host):
        return None
    return host, re.split(r"[?#]", rest[end:].lstrip("/"), maxsplit=1)[0]


class Addresses:
    """Hosts and repositories of the vendor in an address."""

    def __init__(self, pack: Pack, repositories: Repositories) -> None:
        self._repositories = repositories
        self._hosts = {
            value.casefold(): fact for fact in pack.facts if fact.kind is FactKind.HOST for value in fact.values
        }

    def url(self, field: str, value: str) -> Iterator[Hit]:
        """Match an address; the most specific repository or host wins."""
        split = split_url(value)
        if split is None:
            # npm manifests abbreviate a GitHub repository as "owner/name".
            if field == "vcs" and (short := _SHORTHAND.match(value.strip())):
                yield from self._repositories.path(f"github.com/{short[1]}")
            return
        host, path = split
        yield from self._repositories.path(f"{host}/{path}")
        yield from self.host(host)

    def host(self, host: str) -> Iterator[Hit]:
        """Match a host name by its longest known suffix of whole labels."""
        for form in forms(host):
            labels = form.text.split(".")
            for start in range(len(labels) - 1):
                if fact := self._hosts.get(".".join(labels[start:])):
                    yield Hit(fact, Confidence.CERTAIN, form.folds)
                    return

    def email(self, value: str) -> Iterator[Hit]:
        """Match the domain of an e-mail address; a domain is not a supplier, so the hit is weak."""
        domain = value.rpartition("@")[2].strip("<>() ")
        for hit in self.host(domain) if "@" in value else ():
            yield hit._replace(cap=Confidence.WEAK)
