"""Canonical JSON: one spelling for one value, whatever the order in which it was made; nothing else is taken."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from debar.attest import opening
from debar.attest.canonical import canonical
from debar.model.certificate import Envelope

TEXTS = st.text(max_size=8) | st.sampled_from(["\ud800", "\u2028", "\x00", "é"])
VALUES: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


@given(VALUES)
def test_it_can_be_read_back_and_written_again(value: object) -> None:
    text = canonical(value)

    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text
    assert text.isascii()


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]) -> None:
    assert canonical({key: value[key] for key in reversed(value)}) == canonical(value)


@given(VALUES, VALUES)
def test_different_values_are_written_differently(one: object, other: object) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)

    assert (canonical(one) == canonical(other)) == same


@pytest.mark.parametrize("value", [1.0, float("nan"), {1: "a"}, [b"a"], {"a": {"b": [1.5]}}, object()])
def test_what_has_no_one_spelling_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="canonical JSON has"):
        canonical(value)


@given(st.binary() | VALUES.map(lambda value: json.dumps(value).encode()))
def test_hostile_payloads_are_rejected_in_words(payload: bytes) -> None:
    for open_ in (opening.head, opening.certificate):
        with pytest.raises(opening.Rejected):
            open_(payload)


@given(st.binary(), TEXTS)
def test_envelopes_without_a_good_signature_are_rejected(payload: bytes, kind: str) -> None:
    with pytest.raises(opening.Rejected):
        opening.signer_of(Envelope(payload=payload, payload_type=kind, signatures=()), [])
