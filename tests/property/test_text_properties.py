"""Laws of folding: nothing is left to take off, honest text is left alone, and no composition of disguises holds."""

from __future__ import annotations

import string
from urllib.parse import quote

from disguises import IGNORABLE, Change, change, changes, look_alike_of, swapped_case, to_the_eye, to_the_parser
from hypothesis import given, settings
from hypothesis import strategies as st

from debar.text import fold, forms, loose, obfuscated, safe_text, typo_of, unmask, words

NAME = "Kaspersky Lab"
TRICKY = [
    *"%&#x;\\aK \n",
    "25",
    "4b",
    "amp;",
    "lt;",
    "u0041",
    "U0001d40a",
    "xn--",
    "-16g",
    "\uff05",
    "\u0130",
    "\ud800",
]
TRICKY += [*"\u202e\u202d\u202a\u202c\u200d\u0301\u0430\u05e7"]

every_text = st.text(st.characters(codec=None, exclude_categories=())) | st.lists(
    st.sampled_from(TRICKY), max_size=8
).map("".join)


@settings(deadline=None)
@given(first=to_the_eye, then=to_the_parser, last=changes(swapped_case, most=1))
def test_no_composition_of_disguises_hides_the_name(
    first: list[Change], then: list[Change], last: list[Change]
) -> None:
    disguised = change(change(change(NAME, first), then), last)
    assert unmask(disguised).text == NAME.lower()
    assert forms(disguised)[-1].text == NAME.lower()


@settings(deadline=None)
@given(mask=st.integers(1, (1 << len("kaspersky")) - 1), pick=st.integers(0, 99))
def test_a_look_alike_letter_is_always_named_a_disguise(mask: int, pick: int) -> None:
    light, bare = forms(change("kaspersky", [(look_alike_of, mask, pick)]))
    assert light.text != bare.text == "kaspersky"
    assert "confusable" in bare.folds
    assert obfuscated(bare.folds)


@settings(deadline=None)
@given(every_text)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text).text).text == fold(text).text
    assert unmask(unmask(text).text).text == unmask(text).text


@given(st.text(sorted(set(string.printable) - set("%&\\-") - {"\x0b", "\x0c"})))
def test_honest_ascii_has_one_form(text: str) -> None:
    assert unmask(text) == fold(text)
    assert forms(text) == (fold(text),)
    assert not obfuscated(unmask(text).folds)


@settings(deadline=None)
@given(every_text)
def test_forms_are_the_light_one_and_at_most_the_bare_one(text: str) -> None:
    light, *rest = forms(text)
    assert light == fold(text)
    assert rest == ([] if unmask(text).text == light.text else [unmask(text)])


@settings(deadline=None)
@given(every_text)
def test_a_fold_that_changes_nothing_is_not_named(text: str) -> None:
    light = fold(text)
    assert bool(light.folds) <= (text != light.text)
    assert len(set(unmask(text).folds)) == len(unmask(text).folds)


@settings(deadline=None)
@given(every_text)
def test_words_are_letters_digits_and_their_marks_alone(text: str) -> None:
    for form in forms(text):
        for word in words(form.text):
            assert word
            assert not any(char.isspace() or char in string.punctuation or not char.isprintable() for char in word)


@settings(deadline=None)
@given(every_text)
def test_guesses_differ_from_what_is_known_and_say_that_they_are_guesses(text: str) -> None:
    guesses = loose(text)
    known = unmask(text)
    assert len({guess.text for guess in guesses} | {known.text}) == len(guesses) + 1 <= 15
    for guess in guesses:
        assert {"joined", "leet"} & set(guess.folds)
        assert guess.folds[: len(known.folds)] == known.folds


@given(every_text, st.integers(1, 400))
def test_safe_text_is_one_printable_line_within_its_limit(text: str, limit: int) -> None:
    safe = safe_text(text, limit)
    assert safe.isprintable()
    assert len(safe) <= limit
    assert len(safe.splitlines()) <= 1
    assert not set(IGNORABLE) & set(safe)
    assert safe_text(safe, limit) == safe
    safe.encode()


@given(st.text(string.printable[:95], max_size=300))
def test_safe_text_leaves_printable_ascii_as_it_is(text: str) -> None:
    assert safe_text(text) == text


@given(st.text("kaspery", max_size=12), st.text("kaspery", min_size=7, max_size=11))
def test_typo_of_agrees_with_the_alignment_distance(token: str, target: str) -> None:
    assert typo_of(token, target) == (token[:1] == target[:1] and distance(token, target) == 1)


@given(st.text("kaspery", min_size=7, max_size=11), st.integers(1, 10), st.sampled_from("kaspery"))
def test_typo_of_sees_every_slip(target: str, place: int, char: str) -> None:
    slips = (
        target[:place] + target[place + 1 :],
        target[:place] + char + target[place:],
        target[:place] + char + target[place + 1 :],
        target[:place] + target[place : place + 2][::-1] + target[place + 2 :],
    )
    assert all(typo_of(slip, target) for slip in slips if slip != target)


def distance(one: str, other: str) -> int:
    """Return the optimal string alignment distance by the book, to check the short cut against."""
    rows = [list(range(len(other) + 1))]
    for i, left in enumerate(one, 1):
        row = [i]
        for j, right in enumerate(other, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_percent_encoding_is_undone_whatever_is_encoded(text: str) -> None:
    assert unmask(quote(text, safe="")).text == unmask(text).text
