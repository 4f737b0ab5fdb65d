"""Web addresses: hosts by registrable suffix, repositories by path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from debar.match.hit import Hit
from debar.model.policy import Confidence, FactKind
from debar.text import forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.match.packages import Repositories
    from debar.model.policy import Pack

_SCHEME = r"(?i)^(?:[a-z][a-z0-9+.-]{0,30}:){0,4}/+"
# Templates stand for a label: "https://{region}.example.com", "*.example.com".
_TEMPLATE = r"\{[^{}]{0,60}\}|<[^<>]{0,60}>|\*"
_LONGEST = 4_096
_LONGEST_HOST = 253
# Where a forge serves what an account's repositories hold.
_MIRRORS = {
    "raw.githubusercontent.com": "github.com",
    "codeload.github.com": "github.com",
    "www.github.com": "github.com",
}
# Registries below which names are registered, as in "example.co.uk".
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})
_SCP = r"(?i)^(?:scm:)?(?:git[:+])?[\w.-]+@([\w.-]+):(?!//)(.+)$"
_SHORTHAND = r"(?i)^(?:github:)?([\w.-]+/[\w.-]+)$"
_HOST = r"^[\w.-]+\.[\w-]{2,}$"


def split_url(value: str) -> tuple[str, str] | None:
    """Return (host, path) of a URL in any of the spellings that manifests use, or None.

    Covers schemes in a row (``scm:git:https://``), ``git@host:owner/repo``, and a bare host with a path.
    """
    value = re.sub(_TEMPLATE, "x", value[:_LONGEST].strip())
    if scp := re.match(_SCP, value):
        return scp[1], scp[2]
    rest = re.sub(_SCHEME, "", value, count=1)
    end = min((at for at in (rest.find(c) for c in "/?#") if at >= 0), default=len(rest))
    host = unquote(rest[:end]).rpartition("@")[2].partition(":")[0].rstrip(".")
    if len(host) > _LONGEST_HOST or not re.match(_HOST, host):
        return None
    return host, re.split(r"[?#]", rest[end:].lstrip("/"), maxsplit=1)[0]


def registrable(value: str) -> tuple[str, ...]:
    """Return the label under which a URL's host was registered: ``example`` of ``www.example.co.uk``."""
    split = split_url(value)
    labels = split[0].lower().split(".") if split else []
    if labels[-2:-1] and labels[-2] in _SECOND_LEVEL:
        labels.pop()
    return tuple(labels[-2:-1])


class Addresses:
    """Hosts and repositories of the vendor in an address."""

    def __init__(self, pack: Pack, repositories: Repositories) -> None:
        self._repositories = repositories
        self._hosts = {
            value.casefold(): fact for fact in pack.facts if fact.kind is FactKind.HOST for value in fact.values
        }

    def url(self, field: str, value: str) -> Iterator[Hit]:
        """Match an address, or the addresses that a text of several words holds; the most specific wins."""
        parts = value[:_LONGEST].split()
        if len(parts) > 1:
            for part in parts:
                yield from self._url(field, part)
        else:
            yield from self._url(field, value)

    def _url(self, field: str, value: str) -> Iterator[Hit]:
        split = split_url(value)
        if split is None:
            # npm manifests abbreviate a GitHub repository as "owner/name".
            if field == "vcs" and (short := re.match(_SHORTHAND, value.strip())):
                yield from self._repositories.path(f"github.com/{short[1]}")
            return
        host, path = split
        owner, dot, pages = host.partition(".")
        forge = f"github.com/{owner}" if dot and pages == "github.io" else _MIRRORS.get(host.lower(), host)
        yield from self._repositories.path(f"{forge}/{path}")
        yield from self.host(host)

    def host(self, host: str) -> Iterator[Hit]:
        """Match a host name by its longest known suffix of whole labels."""
        for form in forms(host[: _LONGEST_HOST + 1]):
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
