"""Where slices of a text stand that hold nothing telling."""

from __future__ import annotations

import msgspec
import pytest

from debar.read.decoding import begins, silences

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
    starts = begins(text.encode(), slices)
    assert [text[start:end].rstrip(", \t\r\n") for start, end in silences(starts, telling)] == expected
    assert [text[start:].startswith(bytes(one).decode()) for start, one in zip(starts, slices, strict=False)] == [
        True for _ in slices
    ]
    assert len(starts) == (len(slices) + 1 if slices else 0)
    assert not slices or text[: starts[-1]].endswith(bytes(slices[-1]).decode())


@pytest.mark.parametrize("between", [",", ", ", ",\n  ", " ,"])
@pytest.mark.parametrize("odd", [0, 1, 999, 1_000, 1_500, 2_400])
def test_thousands_are_found_whatever_stands_between_them(between: str, odd: int) -> None:
    entries = [f'{{"name":"{number}"}}' for number in range(2_500)]
    text = "[" + between.join([*entries[:odd], f"\n{entries[odd]}\t", *entries[odd + 1 :]]) + "]"
    starts = begins(text.encode(), msgspec.json.decode(text, type=list[msgspec.Raw]))
    assert [text[start : start + len(one)] for start, one in zip(starts, entries, strict=False)] == entries
    assert starts[-1] == len(text) - 1


def test_one_that_is_told_twice_is_found_where_the_others_follow() -> None:
    text = f'{{"tools":[{ONE}],"components":[{ONE},{TWO}]}}'
    raws = [msgspec.Raw(msgspec.json.encode(one)) for one in msgspec.json.decode(text)["components"]]
    starts = begins(text.encode(), raws)
    assert text[starts[0] : starts[-1]] == f"{ONE},{TWO}"


def test_what_does_not_follow_each_other_is_nowhere() -> None:
    raws = [msgspec.Raw(ONE.encode()), msgspec.Raw(TWO.encode())]
    assert not len(begins(f'{{"a":{ONE},"b":{TWO}}}'.encode(), raws))
    assert silences((), ()) == []
