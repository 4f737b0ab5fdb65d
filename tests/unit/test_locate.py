"""A pointer leads to the very place of the value it names."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from debar.read import Locator
from debar.read.decoding import begins

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_characters="/~"), min_size=1, max_size=4).filter(lambda k: not k.isdecimal()),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def pointers(value: object, path: str = "") -> list[tuple[str, object]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(path, value), *(found for key, child in items for found in pointers(child, f"{path}/{key}"))]


def offset(text: str, place: tuple[int, int]) -> int:
    line, column = place
    return sum(len(item) + 1 for item in text.split("\n")[: line - 1]) + column - 1


@given(VALUES.filter(lambda value: isinstance(value, (dict, list))), st.sampled_from([None, 0, 2]), st.booleans())
def test_every_pointer_is_found(value: object, indent: int | None, escaped: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=escaped)
    locator = Locator(text.encode())

    for pointer, wanted in pointers(value):
        start = offset(text, locator.place(pointer))
        assert json.JSONDecoder().raw_decode(text, start)[0] == wanted


@pytest.mark.parametrize("pointer", ["/b", "/a/3", "/a/0/x", "/a/x"])
def test_a_pointer_to_nothing_is_nowhere(pointer: str) -> None:
    assert Locator(b'{"a": [1, 2]}').place(pointer) == (0, 0)


def test_of_duplicate_keys_the_last_is_meant() -> None:
    text = b'{"a": 1,\n "a": [10, 20],\n "b": 2}'

    assert Locator(text).place("/a/1") == (2, 12)


@given(st.lists(VALUES, max_size=5), VALUES, st.sampled_from([None, 0, 2]))
def test_knowing_where_entries_start_leads_to_the_same_places(listed: list[object], other: object, indent: int) -> None:
    text = json.dumps({"other": [other], "listed": listed}, indent=indent, ensure_ascii=False).encode()
    slices = msgspec.json.decode(text, type=dict[str, list[msgspec.Raw]])["listed"]
    starts = begins(text, slices)
    known, plain = Locator(text, {"/listed": starts} if starts else {}), Locator(text)

    for pointer in [*(found for found, _ in pointers({"listed": listed})), "/listed/99", "/listed/x", "/other/0"]:
        assert known.place(pointer) == plain.place(pointer)


@pytest.mark.parametrize("width", [1, 1000, 70_000])
def test_lines_are_counted_across_blocks(width: int) -> None:
    text = json.dumps(["é" * width] * (200_000 // width), indent=0, ensure_ascii=False).encode()
    locator = Locator(text)

    for index in {0, 1, 200_000 // width - 1}:
        assert locator.place(f"/{index}") == (index + 2, 1)
    assert Locator(text.replace(b"\n", b"")).place(f"/{200_000 // width - 1}")[0] == 1
