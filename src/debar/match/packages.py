"""Package URLs, package names, namespaces and repositories.

purls are split here and not by packageurl-python: a malformed purl must still be looked at, and a parse
that costs 20 microseconds a component is more than all the rest of matching. The grammar is that of the
purl specification (https://github.com/package-url/purl-spec), read leniently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from debar.match.hit import Hit
from debar.model.policy import Confidence, FactKind
from debar.text import forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.model.policy import Fact, Pack


class Purl(NamedTuple):
    """A purl in decoded parts; `namespace` and `subpath` are segments joined by ``/``."""

    type: str
    namespace: str
    name: str
    version: str
    qualifiers: tuple[tuple[str, str], ...]
    subpath: str


def split_purl(value: str) -> Purl | None:
    """Split a purl without judging it; None when it does not begin like one.

    A name that holds an encoded slash (``pkg:npm/%40scope%2Fname``) is split again, so that a scope
    cannot hide in the name.
    """
    if value[:4].lower() != "pkg:":
        return None
    rest, _, subpath = value[4:].lstrip("/").partition("#")
    rest, _, query = rest.partition("?")
    type_, slash, path = rest.partition("/")
    if not slash:
        return None
    head, _, tail = path.rpartition("/")
    name, _, version = tail.rpartition("@") if "@" in tail[1:] else (tail, "", "")
    full = unquote(f"{head}/{name}" if head else name).strip("/")
    namespace, _, name = full.rpartition("/")
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    qualifiers = tuple((key.lower(), unquote(text)) for key, _, text in pairs)
    return Purl(type_.lower(), namespace, name, unquote(version), qualifiers, unquote(subpath).strip("/"))


# Hosts whose purl types carry an account and a repository (purl-spec, types `github` and `bitbucket`).
_FORGES = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}
# "pip:requests": how GitHub's older dependency-graph exports name a package.
_LONGEST = 300
_ECOSYSTEMS = {"pip": "pypi", "npm": "npm", "maven": "maven", "nuget": "nuget", "go": "golang", "rubygems": "gem"}


def on_forge(purl: Purl) -> bool:
    """Tell whether a purl's namespace is an account on a forge, whose name anybody may have taken."""
    return purl.type in _FORGES or purl.namespace.partition("/")[0] in _FORGES.values()


def same_name(purl: str, value: str) -> bool:
    """Tell whether a well-formed purl has this value as its name or namespace."""
    split = split_purl(purl)
    return split is not None and value.casefold() in {split.name.casefold(), split.namespace.casefold()}


class Packages:
    """Packages and namespaces by purl type, and by name where a component has no purl."""

    def __init__(self, pack: Pack) -> None:
        self._packages: dict[tuple[str, str], Fact] = {}
        self._names: dict[str, Fact] = {}
        self._namespaces: dict[tuple[str, str], Fact] = {}
        for fact in pack.facts:
            for value in fact.values:
                if fact.kind is FactKind.PACKAGE:
                    key = value.casefold()
                    self._packages.update({(type_, key): fact for type_ in fact.types})
                    self._names.setdefault(key, fact)
                elif fact.kind is FactKind.NAMESPACE:
                    self._namespaces.update({(type_, value.casefold()): fact for type_ in fact.types})

    def purl(self, purl: Purl) -> Iterator[Hit]:
        """Match a purl's package, else its namespace or a namespace above it."""
        full = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
        keys = [f"{full}/{purl.subpath}", full] if purl.subpath else [full]
        if purl.type in {"deb", "rpm", "alpm", "apk"}:
            keys.append(purl.name)
        for key in keys:
            for form in forms(key):
                if fact := self._packages.get((purl.type, form.text)):
                    yield Hit(fact, Confidence.CERTAIN, form.folds)
                    return
        yield from self._namespace(purl.type, purl.namespace)

    def _namespace(self, type_: str, namespace: str) -> Iterator[Hit]:
        if not namespace:
            return
        for form in forms(namespace):
            for prefix in _prefixes(form.text):
                fact = self._namespaces.get((type_, prefix))
                if fact and (not fact.exact or prefix == form.text):
                    yield Hit(fact, Confidence.CERTAIN, form.folds)
                    return

    def name(self, value: str) -> Iterator[Hit]:
        """Match a bare name: a namespaced one is as good as a purl, a short one only likely."""
        prefix, colon, rest = value.partition(":")
        if colon and prefix in _ECOSYSTEMS:
            yield from self.purl(Purl(_ECOSYSTEMS[prefix], *_scope(rest), "", (), ""))
            return
        for form in forms(value):
            key = form.text.replace(":", "/", 1)
            if fact := self._names.get(key):
                cap = Confidence.CERTAIN if "/" in key else Confidence.LIKELY
                yield Hit(fact, cap, form.folds, unless_purl=True)
                return
        namespace, name = _scope(value.replace(":", "/", 1))
        if namespace and name:
            yield from self.group(namespace)

    def group(self, value: str) -> Iterator[Hit]:
        """Match a group that can only be one namespace: an npm scope or a reversed domain."""
        if value.startswith("@") or "." in value:
            for type_ in ("npm", "maven"):
                yield from self._namespace(type_, value)


def _scope(value: str) -> tuple[str, str]:
    namespace, _, name = value.rpartition("/")
    return namespace, name


def _prefixes(namespace: str) -> Iterator[str]:
    """Yield the namespace and everything above it, whole segments at a time (``/`` or ``.`` ends one)."""
    yield namespace
    for position in range(min(len(namespace), _LONGEST) - 1, 0, -1):
        if namespace[position] in "/.":
            yield namespace[:position]


class Repositories:
    """Organisations and repositories on a forge, by whole path segments."""

    def __init__(self, pack: Pack) -> None:
        self._facts = {
            value.casefold(): fact for fact in pack.facts if fact.kind is FactKind.REPOSITORY for value in fact.values
        }

    def path(self, value: str) -> Iterator[Hit]:
        """Match ``github.com/owner/repository/...``; the longest known prefix counts."""
        for form in forms(value):
            for prefix in _slash_prefixes(form.text):
                fact = self._facts.get(prefix) or self._facts.get(prefix.removesuffix(".git"))
                if fact and (not fact.exact or prefix == form.text):
                    yield Hit(fact, Confidence.CERTAIN, form.folds)
                    return

    def purl(self, purl: Purl) -> Iterator[Hit]:
        """Match a purl that names a repository: a forge type, or a Go module path."""
        if purl.type in _FORGES:
            yield from self.path(f"{_FORGES[purl.type]}/{purl.namespace}/{purl.name}")
        elif purl.type == "golang":
            yield from self.path(f"{purl.namespace}/{purl.name}")


def _slash_prefixes(path: str) -> Iterator[str]:
    parts = path.strip("/").split("/")[:8]
    for length in range(len(parts), 0, -1):
        yield "/".join(parts[:length])
