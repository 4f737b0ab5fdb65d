"""Hostile files through the real command, which gets 1 GiB of address space and 5 s of processor time.

Each ends with the exit code of docs/design.md 7 and a message for a person: never with a traceback, killed, or as a
pass that was not earned.
"""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

# The limits outlive exec, so they hold for the command itself.
LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
os.execv(sys.executable, [sys.executable, "-m", "debar", "check", *sys.argv[1:]])
"""
PASS, VERDICT, UNREADABLE = 0, 1, 3
MIB = 1 << 20

CLEAN = '{"type":"library","name":"left-pad","version":"1.3.0","purl":"pkg:npm/left-pad@1.3.0"}'
VENDORS = '{"type":"library","name":"scanner","supplier":{"name":"Kaspersky Lab"}}'
YAML_SHADOWED = """\
spdxVersion: SPDX-2.3
SPDXID: SPDXRef-DOCUMENT
packages:
- {SPDXID: SPDXRef-a, name: Kaspersky Anti-Virus, name: left-pad, supplier: "Organization: ACME"}
"""
LAUGHS = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
DOCTYPE_LAUGHS = f'<!DOCTYPE bom [<!ENTITY l0 "lol">{LAUGHS}]>'
DOCTYPE_QUADRATIC = f'<!DOCTYPE bom [<!ENTITY l9 "{"a" * 50_000}">]>'
DOCTYPE_FILE = '<!DOCTYPE bom [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>'


def cdx(components: str, more: str = "") -> str:
    return f'{{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{components}]{more}}}'


def cdx_xml(components: str, doctype: str = "") -> str:
    namespace = "http://cyclonedx.org/schema/bom/1.6"
    return f'<?xml version="1.0"?>{doctype}<bom xmlns="{namespace}"><components>{components}</components></bom>'


def named(name: str) -> str:
    return f'<component type="library"><name>{name}</name><purl>pkg:npm/left-pad@1.3.0</purl></component>'


def nested(depth: int) -> str:
    return cdx('{"type":"library","name":"c","components":[' * depth + CLEAN + "]}" * depth)


def nested_xml(depth: int) -> str:
    return cdx_xml('<component type="library"><name>c</name><components>' * depth + "</components></component>" * depth)


def rdf(doctype: str) -> str:
    spaces = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:spdx="http://spdx.org/rdf/terms#"'
    document = '<spdx:SpdxDocument rdf:about="https://acme.example/#SPDXRef-DOCUMENT"><spdx:name>&l9;</spdx:name>'
    return f'<?xml version="1.0"?>{doctype}<rdf:RDF {spaces}>{document}</spdx:SpdxDocument></rdf:RDF>'


def spdx_xml(doctype: str) -> str:
    return f"{doctype}<Document><spdxVersion>SPDX-2.3</spdxVersion><name>&l9;</name></Document>"


def tag_value(supplier: str, *more: str) -> str:
    lines = (
        "SPDXVersion: SPDX-2.3",
        "DataLicense: CC0-1.0",
        "SPDXID: SPDXRef-DOCUMENT",
        "DocumentName: acme",
        "DocumentNamespace: https://acme.example/spdx",
        "Creator: Tool: acme",
        "Created: 2026-11-02T09:00:00Z",
        "PackageName: gateway",
        "SPDXID: SPDXRef-gateway",
        "PackageDownloadLocation: NOASSERTION",
        "PackageName: scanner",
        "SPDXID: SPDXRef-scanner",
        "PackageDownloadLocation: NOASSERTION",
        f"PackageSupplier: Organization: {supplier}",
        *more,
    )
    return "".join(f"{line}\n" for line in lines)


DEPTH = {
    "100,000 lists": ("[" * 100_000, UNREADABLE, "no SBOM"),
    "100,000 objects": ('{"a":' * 100_000, UNREADABLE, "no SBOM"),
    "100,000 lists in a BOM": (cdx("", ',"x":' + "[" * 100_000 + "]" * 100_000), UNREADABLE, "too deep"),
    "100,000 open lists in a BOM": (cdx("", ',"x":' + "[" * 100_000), UNREADABLE, "too deep"),
    "100,000 objects in a BOM": (cdx("", ',"x":' + '{"a":' * 100_000 + "1" + "}" * 100_000), UNREADABLE, "too deep"),
    "10,000 nested components": (nested(10_000), UNREADABLE, "too deep"),
    "300 nested components": (nested(300), UNREADABLE, "levels deep"),
    "10,000 nested XML components": (nested_xml(10_000), UNREADABLE, "levels deep"),
    "100,000 XML elements": (cdx_xml("<a>" * 100_000), UNREADABLE, "levels deep"),
    "10,000 YAML lists": ("spdxVersion: SPDX-2.3\nx: " + "[" * 10_000 + "]" * 10_000, UNREADABLE, "too deep"),
}
ENTITIES = {
    "laughs": (cdx_xml(named("&l9;"), DOCTYPE_LAUGHS), UNREADABLE, "document type declaration"),
    "laughs in RDF": (rdf(DOCTYPE_LAUGHS), UNREADABLE, "document type declaration"),
    "laughs in SPDX XML": (spdx_xml(DOCTYPE_LAUGHS), UNREADABLE, "document type declaration"),
    "laughs in YAML": (
        "spdxVersion: SPDX-2.3\na0: &a0 [x, x]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 200)}]\n" for n in range(1, 10)),
        UNREADABLE,
        "aliases",
    ),
    "quadratic": (cdx_xml(named("&l9;" * 50_000), DOCTYPE_QUADRATIC), UNREADABLE, "document type declaration"),
    "quadratic in RDF": (rdf(DOCTYPE_QUADRATIC), UNREADABLE, "document type declaration"),
    "an external entity": (cdx_xml(named("&l9;"), DOCTYPE_FILE), UNREADABLE, "document type declaration"),
}
VALUES = {
    "5,000 digits": (cdx(CLEAN, ',"version":' + "9" * 5_000), UNREADABLE, "out of range"),
    "a million digits": (cdx(CLEAN, ',"version":' + "9" * 1_000_000), UNREADABLE, "out of range"),
    "NaN": (cdx(CLEAN, ',"version":NaN'), UNREADABLE, "broken JSON"),
    "Infinity": (cdx(CLEAN, ',"version":-Infinity'), UNREADABLE, "broken JSON"),
    "half a surrogate pair": (cdx(CLEAN.replace("left", r"\ud800")), UNREADABLE, "surrogate"),
    "surrogate bytes": (cdx(CLEAN.replace("left", "\ud800")), UNREADABLE, "not UTF-8"),
    "a control byte": (cdx(CLEAN.replace("left", "\x01")), UNREADABLE, "broken JSON"),
    "a control byte in XML": (cdx_xml(named("\x01")), UNREADABLE, "broken XML"),
    "escapes in tag-value": (tag_value("Kaspersky Lab\x1b[2J\x07"), VERDICT, "REVIEW"),
}
SHADOWED = {
    "a name in JSON": (cdx(CLEAN.replace('"name"', '"name":"Kaspersky Anti-Virus","name"')), VERDICT, "REVIEW"),
    "a name by another": (cdx(CLEAN.replace("1.3.0", '1","name":"Kaspersky Anti-Virus', 1)), VERDICT, "FAIL"),
    "components": (cdx(VENDORS, f',"components":[{CLEAN}]'), VERDICT, "REVIEW"),
    "a name in XML": (cdx_xml(named("Kaspersky Anti-Virus</name><name>left-pad")), VERDICT, "REVIEW"),
    "a supplier in tag-value": (
        tag_value("ACME", "PackageSupplier: Organization: Kaspersky Lab"),
        VERDICT,
        "REVIEW",
    ),
    "a name in YAML": (YAML_SHADOWED, VERDICT, "REVIEW"),
}
SHAPES = {
    "a clean BOM": (cdx(CLEAN), PASS, "PASS"),
    "DESCRIBE": (
        tag_value(
            "ACME",
            "Relationship: SPDXRef-DOCUMENT DESCRIBE SPDXRef-gateway",
            "Relationship: SPDXRef-gateway DEPENDS_ON SPDXRef-scanner",
        ),
        PASS,
        "DESCRIBE is read as DESCRIBES",
    ),
    "tag-value with CR alone": (tag_value("Kaspersky Lab").replace("\n", "\r"), VERDICT, "REVIEW"),
    "an open <text>": (tag_value("ACME", "PackageComment: <text>" + "x" * 5_000_000), UNREADABLE, "never closed"),
    "text after the brace": (cdx(CLEAN) + " and more", UNREADABLE, "trailing"),
    "two documents in a line": (cdx(CLEAN) + cdx(VENDORS), UNREADABLE, "trailing"),
    "a document a line": (cdx(CLEAN) + "\n" + cdx(VENDORS), VERDICT, "REVIEW"),
    "text after the XML": (cdx_xml(named("a")) + "and more", UNREADABLE, "broken XML"),
    "cut off": (cdx(CLEAN)[:-20], UNREADABLE, "truncated"),
    "empty": ("", UNREADABLE, "the file is empty"),
    "blank": (" \n\t", UNREADABLE, "the file is empty"),
    "{}": ("{}", UNREADABLE, "no SBOM"),
    "[]": ("[]", UNREADABLE, "no SBOM"),
    "null": ("null", UNREADABLE, "no SBOM"),
    "a comment in a name": (cdx_xml(named("Kasper<!-- x -->sky Anti-Virus")), VERDICT, "FAIL"),
    "CDATA in a name": (cdx_xml(named("Kasper<![CDATA[sky]]> Anti-Virus")), VERDICT, "FAIL"),
    "a YAML object": ("spdxVersion: SPDX-2.3\nname: !!python/object/apply:os.abort []\n", VERDICT, "INCOMPLETE"),
}
ENCODINGS = {
    "UTF-8 with a mark": (cdx(VENDORS), "utf-8-sig", VERDICT, "REVIEW"),
    "UTF-16 with a mark": (cdx(VENDORS), "utf-16", VERDICT, "REVIEW"),
    "big-endian UTF-16 with a mark": ("\ufeff" + cdx(VENDORS), "utf-16-be", VERDICT, "REVIEW"),
    # Refused as data that is no text.
    "UTF-16 without a mark": (cdx(VENDORS), "utf-16-le", UNREADABLE, "does not read"),
    "UTF-32 with a mark": (cdx(VENDORS), "utf-32", UNREADABLE, "UTF-32 is not supported"),
    "UTF-32 without a mark": (cdx(VENDORS), "utf-32-le", UNREADABLE, "does not read"),
    "Latin-1": (cdx(CLEAN.replace("left", "caf\xe9")), "latin-1", UNREADABLE, "not UTF-8"),
    "Latin-1 that says so": (
        cdx_xml(named("caf\xe9")).replace('"1.0"?', '"1.0" encoding="ISO-8859-1"?'),
        "latin-1",
        UNREADABLE,
        "UTF-8",
    ),
    "UTF-7 that says so": (
        cdx_xml(named("a")).replace('"1.0"?', '"1.0" encoding="UTF-7"?'),
        "ascii",
        UNREADABLE,
        "UTF-7 is not supported",
    ),
}
TEXTS = DEPTH | ENTITIES | VALUES | {f"shadowed: {name}": case for name, case in SHADOWED.items()} | SHAPES


def check(tmp_path: Path, data: bytes, *options: str) -> tuple[int, str]:
    """Return the exit code and all that the limited command prints; killed, the code is below zero."""
    (tmp_path / "given").write_bytes(data)
    arguments = [sys.executable, "-c", LIMITED, "given", "--as-of", "2026-11-21T00:00:00Z", *options]
    # A checkout that is not installed is found by the path that this process has.
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(arguments, cwd=tmp_path, env=env, capture_output=True, check=False, timeout=120)
    return done.returncode, (done.stdout + done.stderr).decode()


def ends(tmp_path: Path, data: bytes, code: int, word: str, *options: str) -> None:
    got, printed = check(tmp_path, data, *options)

    assert (got, word in printed) == (code, True), printed[:2_000]
    assert "Traceback" not in printed
    assert all(letter.isprintable() or letter == "\n" for letter in printed)


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_text(name: str, tmp_path: Path) -> None:
    text, code, word = TEXTS[name]

    ends(tmp_path, text.encode("utf-8", "surrogatepass"), code, word)


@pytest.mark.parametrize("name", ENCODINGS)
def test_encoding(name: str, tmp_path: Path) -> None:
    text, encoding, code, word = ENCODINGS[name]

    ends(tmp_path, text.encode(encoding), code, word)


@pytest.mark.parametrize(
    ("layers", "members", "at_most"),
    [(1, 1, 70_000), (2, 1, 1_000), (2, 160, 30_000), (3, 160, 1_500)],
    ids=["64 MiB", "64 MiB, gzipped twice", "10 GiB, gzipped twice", "10 GiB, gzipped thrice"],
)
def test_gzip_bomb(layers: int, members: int, at_most: int, tmp_path: Path) -> None:
    # A gzip file may have any number of members (RFC 1952 2.2), so 10 GiB of zeros cost the test 64 MiB.
    data = gzip.compress(bytes(64 * MIB), mtime=0) * members
    for _ in range(layers - 1):
        data = gzip.compress(data, mtime=0)

    assert len(data) <= at_most
    ends(tmp_path, data, UNREADABLE, "unpacks to more than")


def test_gzip_beyond_the_limit_of_the_user(tmp_path: Path) -> None:
    ends(tmp_path, gzip.compress(cdx(CLEAN).encode()), UNREADABLE, "larger than 100 bytes", "--max-bytes", "100")


@pytest.mark.parametrize("claimed", [64 * MIB, 100], ids=["true size", "lying size"])
def test_zip_bomb(claimed: int, tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bom.cdx.json", bytes(64 * MIB))
    data = file.getvalue().replace((64 * MIB).to_bytes(4, "little"), claimed.to_bytes(4, "little"))

    ends(tmp_path, data, UNREADABLE, "unpacks to more than")
