"""Makes SBOMs for measuring: the graph of an npm product, about 1.5 KB a component in CycloneDX JSON.

    python benchmarks/generate.py cyclonedx-json 100000 big.cdx.json --offenders 20

Every format tells the same product: suppliers, authors, hashes, licences, references, nested parts, scoped names,
18 layers of dependencies, some cycles, 27% leaves. Offenders are spread evenly over it. The same arguments always
give the same bytes, and a component is written as soon as it is made, so a million take no memory.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import dataclass, field
from hashlib import sha256, sha512
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Writer = Callable[["Product"], Iterator[str]]

LAYERS = 18
_WORDS = [
    word
    for line in (
        "parse stream event path glob color ansi wrap type check object array promise async queue cache file",
        "watch node module babel plugin preset lint format style css html dom react hook state store route url",
        "query json yaml token lexer ast walk visit hash crypt random uuid date time zone locale string case",
        "regex match pad trim",
    )
    for word in line.split()
]
_PEOPLE = ("Jordan Example", "Sindre Sample", "Ana Muster", "Li Beispiel", "Kaspar Hauser", "Mia Lab")
# A letter that is not ASCII stands in one author of this many.
_ACCENTED = 30
_FIRMS = ("Labs", "Software", "Inc.", "GmbH", "Systems")
_LICENCES = ("MIT", "MIT", "MIT", "ISC", "Apache-2.0", "BSD-3-Clause", "BSD-2-Clause", "0BSD", "CC0-1.0")
_NEAR = 400
_LEAVES = 0.27
_CYCLE = 0.004
_MOST_NEEDS = 17
_VENDORED = 20
_SERIAL = "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79"
_WHEN = "2026-11-21T00:00:00Z"

#: What an offender is: (group, name, version, supplier).
OFFENDERS = (
    ("@kaspersky", "hexa-ui", "7.0.1", "Kaspersky Lab"),
    ("", "avengine", "1.0.0", "AO Kaspersky Lab"),
    ("", "klsdk-binding", "2.1.0", "Kaspersky Lab"),
)


def _word(number: int, step: int) -> str:
    return _WORDS[number * step % len(_WORDS)]


@dataclass(frozen=True, slots=True)
class Part:
    """One component of the product; `vendored` is the name of what it bundles, if anything."""

    number: int
    group: str
    name: str
    version: str
    supplier: str
    author: str
    licence: str
    description: str
    needs: list[int]
    vendored: str = ""

    @property
    def full_name(self) -> str:
        """Group and name, as npm writes them."""
        return f"{self.group}/{self.name}" if self.group else self.name

    @property
    def purl(self) -> str:
        """The package URL."""
        return f"pkg:npm/{quote(self.full_name, safe='/')}@{self.version}"

    @property
    def repository(self) -> str:
        """Where the source is."""
        return f"https://github.com/{self.group.lstrip('@') or 'acme-oss'}/{self.name}"

    @property
    def tarball(self) -> str:
        """Where the package is."""
        return f"https://registry.npmjs.org/{self.full_name}/-/{self.name}-{self.version}.tgz"

    @property
    def sha512(self) -> str:
        """A checksum."""
        return sha512(self.purl.encode()).hexdigest()

    @property
    def sha256(self) -> str:
        """Another one."""
        return sha256(self.purl.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Product:
    """A product of `count` components, `offenders` of them the vendor's."""

    count: int
    offenders: int = 0
    marks: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.marks.update({(at + 1) * self.count // (self.offenders + 1): at for at in range(self.offenders)})

    def identity(self, number: int) -> tuple[str, str, str]:
        """Return (group, name, version)."""
        mark = self.marks.get(number)
        if mark is not None:
            group, name, version, _ = OFFENDERS[mark % len(OFFENDERS)]
            return group, name if mark < len(OFFENDERS) else f"{name}-{mark}", version
        group = f"@{_word(number, 5)}-{_word(number, 11)}" if number % 4 == 1 else ""
        version = f"{number % 12}.{number % 19}.{number % 29}"
        return group, f"{_word(number, 3)}-{_word(number, 7)}-{number:x}", version

    def ref(self, number: int) -> str:
        """Return how CycloneDX refers to a component."""
        group, name, version = self.identity(number)
        return f"acme-app@1.0.0|{f'{group}/' if group else ''}{name}@{version}"

    def parts(self) -> Iterator[Part]:
        """Yield the components, those directly needed first."""
        for number in range(self.count):
            dice = random.Random(number)  # noqa: S311 - the same part for the same number
            group, name, version = self.identity(number)
            supplier = f"{dice.choice(_WORDS).capitalize()} {dice.choice(_FIRMS)}"
            mark = self.marks.get(number)
            if mark is not None:
                supplier = OFFENDERS[mark % len(OFFENDERS)][3]
            yield Part(
                number=number,
                group=group,
                name=name,
                version=version,
                supplier=supplier,
                author="Tomás Ejemplo" if number % _ACCENTED == 1 else dice.choice(_PEOPLE),
                licence=dice.choice(_LICENCES),
                description=" ".join(dice.choices(_WORDS, k=12)).capitalize() + ", the way you want it.",
                needs=self._needs(number, dice),
                vendored=f"{name}-vendored" if mark is None and number % _VENDORED == 0 else "",
            )

    def top(self) -> list[int]:
        """Return what the product itself needs: a part of the first layer."""
        return list(range(0, max(1, self.count // LAYERS), 3))

    def _needs(self, number: int, dice: random.Random) -> list[int]:
        """Return what a part needs: parts of the next layer, mostly near ones; a few close a cycle."""
        layer = max(1, self.count // LAYERS)
        base = (number // layer + 1) * layer
        if base >= self.count or (number not in self.marks and dice.random() < _LEAVES):
            return []
        wide = min(layer, self.count - base)
        near = {
            base + (number % layer + int(dice.paretovariate(0.6))) % wide for _ in range(dice.randrange(1, _MOST_NEEDS))
        }
        if dice.random() < _CYCLE and number > _NEAR:
            near.add(number - dice.randrange(1, _NEAR))
        return sorted(near)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _lines(items: Iterable[str]) -> Iterator[str]:
    """Put commas between the entries of a list."""
    for number, item in enumerate(items):
        yield f",\n{item}" if number else item


def _cyclonedx_part(product: Product, part: Part) -> dict[str, Any]:
    ref = product.ref(part.number)
    known = {"group": part.group} if part.group else {}
    inner = {
        "type": "library",
        "name": part.vendored,
        "version": part.version,
        "bom-ref": f"{ref}#vendored",
        "licenses": [{"license": {"id": "MIT"}}],
    }
    found = 'as detected from PackageJson property "repository.url"'
    checksums = [{"alg": "SHA-512", "content": part.sha512}, {"alg": "SHA-256", "content": part.sha256}]
    return {
        "type": "library",
        **known,
        "name": part.name,
        "version": part.version,
        "bom-ref": ref,
        "author": part.author,
        "supplier": {"name": part.supplier, "url": [f"https://{part.supplier.split()[0].lower()}.example"]},
        "description": part.description,
        "licenses": [{"license": {"id": part.licence, "acknowledgement": "declared"}}],
        "copyright": f"Copyright (c) {2010 + part.number % 16} {part.author}",
        "purl": part.purl,
        "hashes": checksums,
        "externalReferences": [
            {"type": "vcs", "url": f"git+{part.repository}.git", "comment": found},
            {"type": "website", "url": f"{part.repository}#readme"},
            {"type": "issue-tracker", "url": f"{part.repository}/issues"},
            {"type": "distribution", "url": part.tarball, "hashes": checksums[:1]},
        ],
        "properties": [{"name": "cdx:npm:package:path", "value": f"node_modules/{part.full_name}"}],
        **({"components": [inner]} if part.vendored else {}),
    }


def cyclonedx_json(product: Product) -> Iterator[str]:
    """Yield CycloneDX 1.6 JSON as cyclonedx-npm writes it, one component a line."""
    root = {"type": "application", "name": "acme-app", "version": "1.0.0", "bom-ref": "acme-app"}
    tool = {"type": "application", "name": "generate.py", "version": "1"}
    metadata = {"timestamp": _WHEN, "tools": {"components": [tool]}, "component": root}
    yield f'{{"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"{_SERIAL}","version":1,\n'
    yield f'"metadata":{_dumps(metadata)},\n"components":[\n'
    yield from _lines(_dumps(_cyclonedx_part(product, part)) for part in product.parts())
    yield '\n],\n"dependencies":[\n'
    yield _dumps({"ref": "acme-app", "dependsOn": [*map(product.ref, product.top())]})
    for part in product.parts():
        yield ",\n" + _dumps({"ref": product.ref(part.number), "dependsOn": [*map(product.ref, part.needs)]})
    yield "\n]}\n"


def _element(tag: str, text: str, attributes: str = "") -> str:
    return f"<{tag}{attributes}>{escape(text)}</{tag}>"


def _cyclonedx_xml_part(product: Product, part: Part) -> str:
    given = _cyclonedx_part(product, part)
    references = "".join(
        f'<reference type="{one["type"]}">{_element("url", one["url"])}</reference>'
        for one in given["externalReferences"]
    )
    hashes = "".join(_element("hash", one["content"], f' alg="{one["alg"]}"') for one in given["hashes"])
    texts = "".join(_element(key, given[key]) for key in ("group", "name", "version", "description") if key in given)
    inner = "".join(
        f'<component type="library" bom-ref={quoteattr(one["bom-ref"])}>'
        f"{_element('name', one['name'])}{_element('version', one['version'])}</component>"
        for one in given.get("components", ())
    )
    path = _element("property", f"node_modules/{part.full_name}", ' name="cdx:npm:package:path"')
    return (
        f'<component type="library" bom-ref={quoteattr(given["bom-ref"])}>'
        f"<supplier>{_element('name', part.supplier)}{_element('url', given['supplier']['url'][0])}</supplier>"
        f"{_element('author', part.author)}{texts}<hashes>{hashes}</hashes>"
        f"<licenses><license>{_element('id', part.licence)}</license></licenses>"
        f"{_element('copyright', given['copyright'])}{_element('purl', part.purl)}"
        f"<externalReferences>{references}</externalReferences>"
        f"<properties>{path}</properties>{f'<components>{inner}</components>' if inner else ''}</component>\n"
    )


def cyclonedx_xml(product: Product) -> Iterator[str]:
    """Yield CycloneDX 1.6 XML."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1" '
    yield f'serialNumber="{_SERIAL}">\n<metadata><timestamp>{_WHEN}</timestamp>'
    yield '<component type="application" bom-ref="acme-app"><name>acme-app</name><version>1.0.0</version></component>'
    yield "</metadata>\n<components>\n"
    for part in product.parts():
        yield _cyclonedx_xml_part(product, part)
    yield "</components>\n<dependencies>\n"
    yield from _xml_needs(product, "acme-app", product.top())
    for part in product.parts():
        yield from _xml_needs(product, product.ref(part.number), part.needs)
    yield "</dependencies>\n</bom>\n"


def _xml_needs(product: Product, ref: str, needs: list[int]) -> Iterator[str]:
    inner = "".join(f"<dependency ref={quoteattr(product.ref(number))}/>" for number in needs)
    yield f"<dependency ref={quoteattr(ref)}>{inner}</dependency>\n"


def _spdx_id(number: int) -> str:
    return f"SPDXRef-Package-npm-{number:x}"


def _spdx_package(part: Part) -> dict[str, Any]:
    return {
        "name": part.full_name,
        "SPDXID": _spdx_id(part.number),
        "versionInfo": part.version,
        "supplier": f"Organization: {part.supplier}",
        "originator": f"Person: {part.author}",
        "downloadLocation": part.tarball,
        "filesAnalyzed": False,
        "homepage": f"{part.repository}#readme",
        "sourceInfo": f"acquired package info from /app/node_modules/{part.full_name}/package.json",
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": part.licence,
        "copyrightText": f"Copyright (c) {2010 + part.number % 16} {part.author}",
        "description": part.description,
        "checksums": [
            {"algorithm": "SHA512", "checksumValue": part.sha512},
            {"algorithm": "SHA256", "checksumValue": part.sha256},
        ],
        "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": part.purl}
        ],
    }


def _relations(product: Product) -> Iterator[tuple[str, str, str]]:
    yield "SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Root"
    for number in product.top():
        yield "SPDXRef-Root", "DEPENDS_ON", _spdx_id(number)
    for part in product.parts():
        for number in part.needs:
            yield _spdx_id(part.number), "DEPENDS_ON", _spdx_id(number)


def spdx_json(product: Product) -> Iterator[str]:
    """Yield SPDX 2.3 JSON as syft writes it, one package a line."""
    created = {"created": _WHEN, "creators": ["Tool: generate.py-1"]}
    root = {"name": "acme-app", "SPDXID": "SPDXRef-Root", "versionInfo": "1.0.0", "downloadLocation": "NOASSERTION"}
    yield '{"spdxVersion":"SPDX-2.3","dataLicense":"CC0-1.0","SPDXID":"SPDXRef-DOCUMENT","name":"acme-app",'
    yield f'"documentNamespace":"https://acme.example/sbom/1","creationInfo":{_dumps(created)},\n"packages":[\n'
    yield _dumps(root)
    for part in product.parts():
        yield ",\n" + _dumps(_spdx_package(part))
    yield '\n],\n"relationships":[\n'
    yield from _lines(
        _dumps({"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other})
        for one, kind, other in _relations(product)
    )
    yield "\n]}\n"


def spdx_tag(product: Product) -> Iterator[str]:
    """Yield SPDX 2.3 tag-value."""
    yield "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: acme-app\n"
    yield f"DocumentNamespace: https://acme.example/sbom/1\nCreator: Tool: generate.py-1\nCreated: {_WHEN}\n"
    yield "\nPackageName: acme-app\nSPDXID: SPDXRef-Root\nPackageVersion: 1.0.0\nPackageDownloadLocation: NOASSERTION\n"
    for part in product.parts():
        given = _spdx_package(part)
        yield (
            f"\nPackageName: {given['name']}\nSPDXID: {given['SPDXID']}\nPackageVersion: {part.version}\n"
            f"PackageSupplier: {given['supplier']}\nPackageOriginator: {given['originator']}\n"
            f"PackageDownloadLocation: {part.tarball}\nFilesAnalyzed: false\nPackageHomePage: {given['homepage']}\n"
            f"PackageChecksum: SHA512: {part.sha512}\nPackageChecksum: SHA256: {part.sha256}\n"
            f"PackageSourceInfo: <text>{given['sourceInfo']}</text>\nPackageLicenseConcluded: NOASSERTION\n"
            f"PackageLicenseDeclared: {part.licence}\nPackageCopyrightText: <text>{given['copyrightText']}</text>\n"
            f"PackageDescription: <text>{part.description}</text>\n"
            f"ExternalRef: PACKAGE-MANAGER purl {part.purl}\n"
        )
    yield "\n"
    for one, kind, other in _relations(product):
        yield f"Relationship: {one} {kind} {other}\n"


FORMATS: dict[str, Writer] = {
    "cyclonedx-json": cyclonedx_json,
    "cyclonedx-xml": cyclonedx_xml,
    "spdx-json": spdx_json,
    "spdx-tag": spdx_tag,
}


def write(path: Path, form: str, count: int, offenders: int = 0) -> None:
    """Write the SBOM of a product of `count` components."""
    with path.open("w", encoding="utf-8", buffering=1 << 20) as file:
        file.writelines(FORMATS[form](Product(count, offenders)))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Make an SBOM for measuring.")
    parser.add_argument("format", choices=FORMATS)
    parser.add_argument("components", type=int)
    parser.add_argument("output", type=Path)
    parser.add_argument("--offenders", type=int, default=0)
    given = parser.parse_args()
    write(given.output, given.format, given.components, given.offenders)


if __name__ == "__main__":
    main()
