"""What the gate is silent about makes no evidence and no near miss in any field, as a value and as JSON text."""

from __future__ import annotations

import json
import string

import pytest
from disguises import Change, change, to_the_eye, to_the_parser
from hypothesis import given, settings
from hypothesis import strategies as st

from debar import packs
from debar.match import Matcher, among, gate
from debar.match.near import short_names
from debar.model.fields import FIELDS
from debar.text import loose

PACK = packs.load("us-kaspersky")
MATCHER = Matcher(PACK)
SHORT = short_names(PACK)
FACTS = sorted({value for fact in PACK.facts for value in fact.values} | SHORT.keys())
# Letters with marks, and letters that fold to others or to several.
MARKED = str.maketrans("aceiklnorsuyz", "\xe1\xe7\xeb\xed\u0137\u0142\xf1\xf8\u0159\u0161\xfc\xfd\u017e")
JOINTS = ("", " caf\xe9 ", "%20", "%2F", "%40", *'\xe9\xdf\u0131\u0130\u017f\u0149\xd7.-_ \n/:\\"&@x7')

wholes = st.sampled_from(FACTS)
pieces = st.tuples(wholes, st.integers(0, 40), st.integers(0, 40)).map(lambda cut: cut[0][cut[1] : cut[1] + cut[2]])
plain = st.text(st.sampled_from(string.ascii_letters + string.digits + " ._-/@%&\\\"'"), max_size=12)
joined = st.tuples(wholes, st.sampled_from((".", "-", "_", " ", " - ", "\t"))).map(lambda one: one[1].join(one[0]))
marked = wholes.flatmap(
    lambda text: st.integers(0, len(text)).map(lambda at: text[:at] + text[at:].lower().translate(MARKED))
)
leet = wholes.map(lambda text: text.translate(str.maketrans("oleasti", "013457!")))


@st.composite
def slips(draw: st.DrawFn) -> str:
    text = draw(wholes)
    at = draw(st.integers(0, len(text)))
    letter = draw(st.sampled_from([*string.ascii_lowercase, ""]))
    kinds = (text[at:], text[at + 1 :], text[at : at + 2][::-1] + text[at + 2 :])
    return text[:at] + letter + draw(st.sampled_from(kinds))


values = st.lists(st.one_of(wholes, pieces, plain, joined, leet, marked, slips()), min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from(JOINTS).map(lambda joint: joint.join(parts))
)


def silent(value: str) -> bool:
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "_FEW", 0)
        alone = list(MATCHER.gate.telling([value]))
    told = among([MATCHER.gate], text, [0, len(text)], b"")
    assert not alone or told or "\n" in value, "a value is telling as it stands and not as JSON"
    return not alone or not told


def says_nothing(value: str) -> bool:
    said = [field for field in FIELDS if MATCHER.hits(field, value)]
    return not said and MATCHER.stems.seen(value) is None and value not in SHORT


@settings(max_examples=1_500)
@given(values, to_the_eye, to_the_parser)
def test_silence_means_nothing_is_there(value: str, first: list[Change], then: list[Change]) -> None:
    for text in {value, value.upper(), change(change(value, first), then)}:
        assert not silent(text) or says_nothing(text)


def test_every_fact_is_telling() -> None:
    assert [value for value in FACTS if silent(value.replace("*", "x")) and not says_nothing(value)] == []


def test_every_slip_and_every_guess_is_telling() -> None:
    names = [value for fact in PACK.facts if fact.kind.value == "party" for value in fact.values if value.isascii()]
    spelt = {form.text for name in names for form in loose(name)} | {".".join(name) for name in names}
    slipped = {
        name[:at] + letter + rest
        for name in names
        for at in range(1, len(name) + 1)
        for letter in ("", "e", "7")
        for rest in (name[at:], name[at + 1 :], name[at : at + 2][::-1] + name[at + 2 :])
    }
    assert [text for text in spelt | slipped if silent(text) and not says_nothing(text)] == []


def test_telling_values_are_found_among_many() -> None:
    clean = [f"left-pad-{number}x" for number in range(5_000)] + ["caf\xe9", "Tom\xe1s \u0141ukasz, Gro\xdfe Stra\xdfe"]
    marked = [
        "Kaspersky Lab",
        "two\nlines",
        "Kaspreskylab",
        "K\xe1spersky",
        "\u5361\u5df4\u65af\u57fa",
        "pkg:npm/%40kaspersky/hexa-ui@1",
    ]
    assert sorted(MATCHER.gate.telling(dict.fromkeys([*clean, *marked]))) == sorted(marked)
    assert list(MATCHER.gate.telling(clean)) == []
    assert list(MATCHER.gate.telling(["only", "a", "few"])) == ["only", "a", "few"]
