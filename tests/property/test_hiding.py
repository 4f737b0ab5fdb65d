"""However a name is written, and whatever the notation lets stand between its letters, it asks for a look at least.

The whole pipeline is run: readers, folds, matching, the sweep of the raw text, the verdict.
"""

from __future__ import annotations

from html import escape

import pytest
from disguises import Change, change, to_the_eye, to_the_parser
from hypothesis import given
from hypothesis import strategies as st

from debar import packs, pipeline
from debar.model.decision import Status
from debar.pipeline import Input, Options

PACK = packs.load(packs.find("us-kaspersky"))
OPTIONS = Options(as_of="2026-11-21T00:00:00Z")
NAMES = {
    "supplier": ("Kaspersky Lab", "AO Kaspersky Lab", "Лаборатория Касперского"),
    "name": ("Kaspersky Anti-Virus", "Kaspersky Endpoint Security"),
    "publisher": ("Kaspersky", "Kaspersky Labs GmbH"),
}
named = st.sampled_from([(field, name) for field, names in NAMES.items() for name in names])
#: What XML lets stand inside a text without being a part of it.
BREAKS = ("<!-- x -->", "<![CDATA[]]>", "<?x y?>")
marks = st.integers(0, (1 << 64) - 1)


def as_json(text: str, mask: int) -> str:
    """Quote a text, the marked characters as escapes (in UTF-16, as JSON has them)."""
    return '"' + "".join(_in_json(char, escaped=mask >> (i % 64) & 1 == 1) for i, char in enumerate(text)) + '"'


def _in_json(char: str, *, escaped: bool) -> str:
    if escaped or char < " ":
        return "".join(f"\\u{unit:04x}" for unit in _utf16(char))
    return f"\\{char}" if char in '"\\' else char


def _utf16(char: str) -> list[int]:
    data = char.encode("utf-16-be")
    return [int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)]


def as_xml(text: str, mask: int, pick: int) -> str:
    """Write a text with what XML overlooks before, and entities for, the marked characters."""
    entity = (f"&#{ord(char)};" if mask >> (i % 64) & 2 else escape(char) for i, char in enumerate(text))
    return "".join(BREAKS[pick % 3] + char if mask >> (i % 64) & 1 else char for i, char in enumerate(entity))


def in_cyclonedx(field: str, value: str) -> str:
    named = f'"name": {value}' if field == "name" else '"name": "part"'
    party = {"supplier": f', "supplier": {{"name": {value}}}', "publisher": f', "publisher": {value}'}.get(field, "")
    return (
        '{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": {"type": "application",'
        ' "bom-ref": "p", "name": "p"}}, "components": [{"type": "library", "bom-ref": "c", "version": "1", '
        f'{named}{party}}}], "dependencies": [{{"ref": "p", "dependsOn": ["c"]}}]}}'
    )


def in_spdx(field: str, value: str) -> str:
    named = f'"name": {value}' if field == "name" else '"name": "part"'
    party = "" if field == "name" else f', "supplier": "Organization: {value[1:]}'
    return (
        '{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "p", "documentNamespace": "https://x.example/p",'
        f' "packages": [{{"SPDXID": "SPDXRef-c", "versionInfo": "1", {named}{party}}}], "relationships":'
        ' [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-c"}]}'
    )


def in_xml(field: str, value: str) -> str:
    parts = {
        "supplier": f"<supplier><name>{value}</name></supplier><name>part</name>",
        "publisher": f"<publisher>{value}</publisher><name>part</name>",
        "name": f"<name>{value}</name>",
    }
    return (
        '<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1"><metadata><component type="application"'
        ' bom-ref="p"><name>p</name></component></metadata><components><component type="library" bom-ref="c">'
        f"{parts[field]}<version>1</version></component></components></bom>"
    )


def asks_for_a_look(document: str) -> bool:
    verdict = pipeline.check([Input(path="x", data=document.encode())], pack=PACK, options=OPTIONS)
    return verdict.status in {Status.FAIL, Status.REVIEW}


@given(named=named, first=to_the_eye, then=to_the_parser, mask=marks)
def test_json_hides_no_name(named: tuple[str, str], first: list[Change], then: list[Change], mask: int) -> None:
    field, name = named
    value = as_json(change(change(name, first), then), mask)

    assert asks_for_a_look(in_cyclonedx(field, value))
    assert asks_for_a_look(in_spdx(field, value))


@given(named=named, first=to_the_eye, then=to_the_parser, mask=marks, pick=st.integers(0, 2))
def test_xml_hides_no_name(
    named: tuple[str, str], first: list[Change], then: list[Change], mask: int, pick: int
) -> None:
    field, name = named
    value = as_xml(change(change(name, first), then), mask, pick)

    assert asks_for_a_look(in_xml(field, value))


@pytest.mark.parametrize("place", [in_cyclonedx, in_spdx])
def test_the_places_are_quiet_without_a_name(place) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - one of the functions above
    assert not any(asks_for_a_look(place(field, '"Acme"')) for field in NAMES)
