"""Where slices of a text stand that hold nothing telling."""

from __future__ import annotations

import msgspec
import pytest

from debar.read.decoding import silent

ONE = '{"name":"a"}'
TWO = '{"name":"b"}'


@pytest.mark.parametrize(
    ("text", "telling", "expected"),
    [
        (f"[{ONE},{TWO},{ONE}]", set(), [f"{ONE},{TWO},{ONE}"]),
        (f"[{ONE},{TWO},{ONE}]", {1}, [ONE, ONE]),
        (f"[{ONE},{TWO},{ONE}]", {0, 1, 2}, []),
        (f"[ {ONE} ,\n\t{TWO}\r\n]", {0}, [TWO]),
        ("[]", set(), []),
    ],
)
def test_neighbours_are_joined_and_telling_ones_left_out(text: str, telling: set[int], expected: list[str]) -> None:
    slices = msgspec.json.decode(text, type=list[msgspec.Raw])
    assert [text[start:end] for start, end in silent(text.encode(), slices, telling)] == expected


def test_an_equal_text_further_up_is_as_good_as_the_right_one() -> None:
    text = f'{{"tools":[{ONE}],"components":[{ONE},{TWO}]}}'
    slices = msgspec.json.decode(text)["components"]
    raws = [msgspec.Raw(msgspec.json.encode(one)) for one in slices]
    assert [text[start:end] for start, end in silent(text.encode(), raws, set())] == [ONE]
