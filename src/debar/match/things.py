"""Files, CPE names and exact identifiers."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from debar.match.hit import ORDER, Hit, lower
from debar.model.policy import Confidence, FactKind
from debar.text import forms, unmask, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.match.names import Parties, Phrases
    from debar.model.policy import Fact, Pack

# The longest name that file systems allow.
_LONGEST_NAME = 255
_LONGEST_DN = 4_096
# Registration numbers, developer teams: letters and digits too many for two parties to share by chance.
_NUMBER = re.compile(r"(?=.*\d)[a-z0-9]{10,}")
# name_1.2-3_amd64.deb, name-1.2-3.x86_64.rpm: the package's name stands before the first version.
_ARCHIVE = r"^(?P<name>[a-z0-9+.-]+?)[-_]v?\d.*\.(?:deb|rpm|apk)$"


class Files:
    """File names by base name, by glob, or by the end of the path."""

    def __init__(self, pack: Pack) -> None:
        self._base: dict[str, Fact] = {}
        self._suffix: dict[str, list[tuple[str, Fact]]] = {}
        self._base_globs: list[tuple[str, Fact]] = []
        self._path_globs: list[tuple[str, Fact]] = []
        self._archives: dict[str, Fact] = {}
        for fact in pack.facts:
            if fact.kind is FactKind.FILE:
                for value in fact.values:
                    self._add(value.casefold(), fact)
            elif fact.kind is FactKind.PACKAGE and {"deb", "rpm"} & set(fact.types):
                self._archives.update(dict.fromkeys((value.casefold() for value in fact.values), fact))
        # A folder inside another one tells more.
        self._path_globs.sort(key=lambda item: -len(item[0]))

    def _add(self, value: str, fact: Fact) -> None:
        if "*" in value and "/" in value:
            self._path_globs.append(("*" + value.lstrip("/").replace("**", "*"), fact))
        elif "*" in value:
            self._base_globs.append((value, fact))
        elif "/" in value:
            path = value.strip("/")
            self._suffix.setdefault(path.rpartition("/")[2], []).append((path, fact))
        else:
            self._base[value] = fact

    def path(self, value: str) -> Iterator[Hit]:
        """Match a file name or path; at most one hit, the most telling first."""
        for form in forms(value.replace("\\", "/")):
            text = form.text.strip("/")
            base = text.rpartition("/")[2]
            if fact := self._find(text, base):
                yield Hit(fact, Confidence.CERTAIN, form.folds)
                return

    def _find(self, text: str, base: str) -> Fact | None:
        """Return the surest fact: a weak base name must not hide the folder that it stands in."""
        found = [fact for suffix, fact in self._suffix.get(base, ()) if f"/{text}".endswith(f"/{suffix}")]
        archive = re.match(_ARCHIVE, base) if len(base) <= _LONGEST_NAME else None
        known = (self._base.get(base), self._archives.get(archive["name"]) if archive else None)
        found += [fact for fact in known if fact]
        for globs, subject in ((self._path_globs, f"/{text}"), (self._base_globs, base)):
            found += [fact for glob, fact in globs if fnmatchcase(subject, glob)]
        return max(found, key=lambda fact: ORDER.index(fact.confidence), default=None)


class Cpes:
    """CPE names by vendor and product (NISTIR 7695, both the 2.2 URI and the 2.3 string)."""

    def __init__(self, pack: Pack, products: Phrases, parties: Parties) -> None:
        self._products = products
        self._parties = parties
        self._known: dict[str, Fact] = {}
        self._families: dict[str, list[tuple[str, Fact]]] = {}
        self._vendors: dict[str, Fact] = {}
        for fact in pack.facts:
            if fact.kind is FactKind.CPE:
                for value in fact.values:
                    vendor, _, product = value.partition(":")
                    if product.startswith("*"):
                        self._families.setdefault(vendor, []).append((product[1:], fact))
                    else:
                        self._known[value] = fact
            elif fact.kind is FactKind.CPE_VENDOR:
                self._vendors.update(dict.fromkeys(fact.values, fact))

    def cpe(self, value: str) -> Iterator[Hit]:
        """Match the vendor, and the product where it is known: by its CPE name, else by its words.

        A vendor spelt in another way, or none at all beside a known product, is likely.
        """
        split = split_cpe(value)
        if split is None:
            return
        product = unmask(split[1]).text
        for form in forms(split[0]):
            family = (fact for end, fact in self._families.get(form.text, ()) if product.endswith(end))
            if fact := self._known.get(f"{form.text}:{product}") or next(family, None):
                yield Hit(fact, Confidence.CERTAIN, form.folds)
                return
            if form.text in self._vendors:
                brand = form.text.partition("_")[0]
                named = product if product.startswith(brand) else f"{brand} {product}"
                yield from self._products.in_value(named.replace("_", " "))
                yield Hit(self._vendors[form.text], Confidence.CERTAIN, form.folds)
                return
        likely = (*self._products.in_value(product.replace("_", " ")), *self._parties.whole(split[0].replace("_", " ")))
        yield from (hit._replace(cap=lower(hit.cap, Confidence.LIKELY)) for hit in likely)


def split_cpe(value: str) -> tuple[str, str] | None:
    """Return (vendor, product) of a CPE name without its escapes, or None."""
    lowered = value.strip().lower()
    if lowered.startswith("cpe:2.3:"):
        # A backslash quotes the next character, a quoted colon included (NISTIR 7695, 6.2).
        parts = re.split(r"(?<!\\):", lowered[8:])
    elif lowered.startswith("cpe:/"):
        parts = lowered[5:].split(":")
    else:
        return None
    part_vendor_product = parts[:3]
    if len(part_vendor_product) < len(("part", "vendor", "product")):
        return None
    vendor, product = (re.sub(r"\\(.)", r"\1", unquoted(part)) for part in part_vendor_product[1:])
    return vendor, product


def unquoted(part: str) -> str:
    """Decode the percent escapes of a CPE 2.2 URI."""
    return re.sub(r"%([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), part)


class Identifiers:
    """Exact ids: application and package ids, OIDs, registry keys, certificate names, serial numbers."""

    def __init__(self, pack: Pack) -> None:
        self._facts = {
            _plain(value): fact for fact in pack.facts if fact.kind is FactKind.IDENTIFIER for value in fact.values
        }
        self._numbers = {key: fact for key, fact in self._facts.items() if _NUMBER.fullmatch(key)}

    def value(self, value: str) -> Iterator[Hit]:
        """Match a whole value or its leading segments (``com.kavsdk`` in ``com.kavsdk.license``).

        A number that was given out once (of a company, a developer team) may stand anywhere in the value.
        """
        for form in forms(value):
            text = _plain(form.text)
            known = (self._facts.get(prefix) for prefix in _leading(text))
            numbers = self._numbers.keys() & set(words(form.text))
            if fact := next(filter(None, known), None) or next((self._numbers[key] for key in sorted(numbers)), None):
                yield Hit(fact, Confidence.CERTAIN, form.folds)
                return

    def property(self, value: str) -> Iterator[Hit]:
        """Match the value of a ``name=value`` property, or a value that stands alone (SPDX 3)."""
        yield from self.value(value.partition("=")[2] or value)

    def path(self, value: str) -> Iterator[Hit]:
        """Match a package path anywhere in a file path: ``classes/com/kavsdk/License.class``."""
        parts = value.replace("\\", "/").casefold().strip("/").split("/")[:32]
        for start in range(len(parts)):
            for end in range(start + 2, min(start + 6, len(parts)) + 1):
                if fact := self._facts.get(".".join(parts[start:end])):
                    yield Hit(fact, Confidence.CERTAIN)
                    return

    def distinguished_name(self, value: str) -> Iterator[Hit]:
        """Match the parts of an X.500 name: ``O=...`` as a whole, each attribute's value, and numbers."""
        yield from self.value(value[:_LONGEST_DN])
        for part in re.split(r"[,+;\n]|(?<!\\)/", value):
            key, equals, text = part.strip().partition("=")
            for candidate in (f"{key}={text}", text) if equals else (key,):
                if fact := self._facts.get(_plain(forms(candidate)[0].text)):
                    yield Hit(fact, Confidence.CERTAIN)
                    return


def _plain(value: str) -> str:
    return value.casefold().replace("\\", "/").strip()


def _leading(text: str) -> Iterator[str]:
    yield text
    for position in range(min(len(text), _LONGEST_NAME) - 1, 2, -1):
        if text[position] in "./":
            yield text[:position]
