"""Where slices of a text stand that hold nothing telling."""

from __future__ import annotations

import msgspec
import pytest

from debar.read.decoding import standing

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
    silent, starts = standing(text.encode(), slices, telling)
    assert [text[start:end] for start, end in silent] == expected
    assert [text[start:].startswith(bytes(one).decode()) for start, one in zip(starts, slices, strict=False)] == [
        True for _ in slices
    ]
    assert len(starts) == (len(slices) + 1 if slices else 0)


def test_an_equal_text_further_up_is_as_good_as_the_right_one() -> None:
    text = f'{{"tools":[{ONE}],"components":[{ONE},{TWO}]}}'
    slices = msgspec.json.decode(text)["components"]
    raws = [msgspec.Raw(msgspec.json.encode(one)) for one in slices]
    silent, starts = standing(text.encode(), raws, set())
    assert [text[start:end] for start, end in silent] == [ONE]
    assert not len(starts)
