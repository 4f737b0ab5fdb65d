"""Folding: which disguise each fold takes off, what it is called, and what must not match."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from importlib import resources
from itertools import pairwise

import pytest

from debar.text import (
    CONFUSABLES_UNICODE,
    Folded,
    fold,
    forms,
    inert,
    inert_json,
    loose,
    obfuscated,
    safe_text,
    typo_of,
    unmask,
    words,
)

NAME = "kaspersky"

HONEST = [
    ("kaspersky", ()),
    ("KASPERSKY", ("case",)),
    ("KasperSky", ("case",)),
    ("  Kaspersky \t", ("case",)),
    ("Ｋａｓｐｅｒｓｋｙ", ("compatibility", "case")),
    ("𝐊𝐚𝐬𝐩𝐞𝐫𝐬𝐤𝐲", ("compatibility", "case")),
    ("Kasperskʸ", ("compatibility", "case")),
    ("Ⓚⓐⓢⓟⓔⓡⓢⓚⓨ", ("compatibility", "case")),
    ("Kaſperſky", ("compatibility", "case")),
]

DISGUISED = [
    ("cyrillic a", "K\u0430spersky", ("confusable", "case")),
    ("cyrillic dze", "ka\u0455persky", ("confusable",)),
    ("cyrillic small ka", "\u043aaspers\u043ay", ("confusable",)),
    ("cyrillic throughout", "\u043a\u0430\u0455\u0440\u0435r\u0455\u043a\u0443", ("confusable",)),
    ("cyrillic capitals", "\u041a\u0410\u0405\u0420\u0415R\u0405\u041a\u0423", ("confusable", "case")),
    ("greek capital", "\u039aaspersky", ("confusable", "case")),
    ("greek small", "\u03ba\u03b1s\u03c1\u03b5rs\u03ba\u03b3", ("confusable",)),
    ("small capitals", "\u1d0b\u1d00\ua731\u1d18\u1d07\u0280\ua731\u1d0b\u028f", ("confusable",)),
    ("hook", "\u0199aspersky", ("confusable",)),
    ("cherokee", "\u13e6aspersky", ("confusable", "case")),
    ("zero width joiner", "Kas\u200dpersky", ("invisible-removed", "case")),
    ("soft hyphen", "Kas\xadpersky", ("invisible-removed", "case")),
    ("variation selector", "Kasp\ufe0fersky", ("invisible-removed", "case")),
    ("tag characters", "Kasp\U000e0041ersky", ("invisible-removed", "case")),
    ("nul", "Kasp\0ersky", ("invisible-removed", "case")),
    ("isolate", "Kas\u2068persky\u2069", ("invisible-removed", "case")),
    ("hangul filler", "Kas\u3164persky", ("invisible-removed", "case")),
    ("override", "\u202eyksrepsaK\u202c", ("bidi-reversed", "case")),
    ("override to the end", "\u202eyksrepsaK", ("bidi-reversed", "case")),
    ("override in two", "\u202eyksr\u202c\u202eepsak\u202c", ("bidi-reversed",)),
    ("override around an empty embedding", "\u202eyks\u202a\u202crepsak\u202c", ("bidi-reversed",)),
    ("override within an override", "\u202eyks\u202dper\u202csak\u202c", ("bidi-reversed",)),
    ("override nested", "\u202eyksr\u202eepsaK\u202c\u202c", ("bidi-reversed", "case")),
    ("override around a part", "Kas\u202erep\u202csky", ("bidi-reversed", "case")),
    ("override that changes nothing", "\u202dKaspersky\u202c", ("invisible-removed", "case")),
    ("combining", "K\xe1sp\u0308ersky", ("case", "marks-removed")),
    ("percent", "%4Baspersky", ("percent-decoded", "case")),
    ("percent twice", "%254Baspersky", ("percent-decoded", "case")),
    ("percent of utf-8", "k%d0%b0spersky", ("percent-decoded", "confusable")),
    ("entity", "&#75;aspersky", ("entity-decoded", "case")),
    ("entity, hexadecimal with zeros", "&#x00004b;aspersky", ("entity-decoded", "case")),
    ("entity for nothing to see", "Kas&#8203;persky", ("entity-decoded", "invisible-removed", "case")),
    ("entity by name", "Kas&shy;persky", ("entity-decoded", "invisible-removed", "case")),
    ("entity in percent", "%26%2375%3baspersky", ("percent-decoded", "entity-decoded", "case")),
    ("escape", r"\u004baspersky", ("escape-decoded", "case")),
    ("escape with two backslashes", r"\\u004baspersky", ("escape-decoded", "case")),
    ("escape with surrogates", r"\ud835\udc0aaspersky", ("escape-decoded", "compatibility", "case")),
    ("escape of eight digits", r"\U0001d40aaspersky", ("escape-decoded", "compatibility", "case")),
    ("punycode", "xn--kspersky-16g", ("punycode-decoded", "confusable")),
    ("punycode in capitals", "XN--KSPERSKY-16G", ("punycode-decoded", "confusable", "case")),
    ("percent in full width", "\uff056baspersky", ("compatibility", "percent-decoded")),
]


@pytest.mark.parametrize(("value", "folds"), HONEST)
def test_the_light_fold_reads_honest_spellings_and_is_the_only_form(value: str, folds: tuple[str, ...]) -> None:
    assert fold(value) == (NAME, folds)
    assert forms(value) == (Folded(NAME, folds),)
    assert unmask(value).text == NAME
    assert not obfuscated(folds)


@pytest.mark.parametrize(("value", "folds"), [case[1:] for case in DISGUISED], ids=[case[0] for case in DISGUISED])
def test_unmask_takes_off_each_disguise_and_names_it(value: str, folds: tuple[str, ...]) -> None:
    light, bare = forms(value)
    assert light == fold(value)
    assert light.text != NAME
    assert bare == unmask(value) == (NAME, folds)
    assert obfuscated(bare.folds)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("\u202ecba\u202cd\u202eefg\u202c", "abcdgfe"),
        ("\u202bkaspersky\u202c \u202ex", "kaspersky x"),
        ("\u202e\u05e7\u05e1\u202c\u202e\u05e4\u202c", "\u05e7o\u05e4"),
        ("first\n\u202eyks\nlast", "first sky last"),
        ("\u202e\u05e7\u05e1\u05e4\u202c", "\u05e7o\u05e4"),
        ("\u202d\u05e4\u05e1\u05e7\u202c", "\u05e7o\u05e4"),
        ("a\u202cb", "ab"),
        ("\u202e" * 500 + "cba" + "\u202c" * 500 + "d", "abcd"),
        ("\uff054baspersky", "kaspersky"),
        ("&amp;#75;aspersky", "kaspersky"),
        (r"\u005cu004baspersky", "kaspersky"),
        ("www.xn--kspersky-16g.com:443/x", "www.kaspersky.com:443/x"),
        ("xn--!", "xn--!"),
        ("&#75aspersky &amp; co", "kaspersky & co"),
        ("&#1&#x30;7;aspersky", "kaspersky"),
        ("&#75%253baspersky", "kaspersky"),
        ("xn--" + "9" * 40, "xn--" + "9" * 40),
        ("100% of AT&T \\ R&D", "100% of at&t \\ r&d"),
        ("&#" + "9" * 5000 + ";", "\ufffd" + "9" * 4993 + ";"),
        ("%zz%4", "%zz%4"),
        ("%FF%c0%8a%ed%a0%80", "%ff%c0%8a%ed%a0%80"),
        ("%25d0%9aaspersky", "kaspersky"),
        ("KASPERSK\u0130", "kasperski"),
        ("Kaspersky&#8203;Lab", "kasperskylab"),
        ("Kaspersky\u3000\n Lab", "kaspersky lab"),
        ("pkg:npm/%2540kaspersky/hexa-ui", "pkg:npm/@kaspersky/hexa-ui"),
        ("cpe:/a:kaspersky%5flab:anti-virus", "cpe:/a:kaspersky_lab:anti-virus"),
        ("\uce74\uc2a4\ud37c\uc2a4\ud0a4", "\uce74\uc2a4\ud37c\uc2a4\ud0a4"),
        ("\u110f\u1161\u1109\u1173", "\uce74\uc2a4"),
        ("\u5361\u5df4\u65af\u57fa", "\u5361\u5df4\u65af\u57fa"),
        ("", ""),
    ],
)
def test_unmask_gives(value: str, text: str) -> None:
    assert unmask(value).text == text
    assert unmask(text).text == text


@pytest.mark.parametrize("value", ["Касперский", "КАСПЕРСКОГО", "Лаборатория", "Κασπέρσκι"])
def test_both_cases_of_a_name_in_another_script_come_to_the_same(value: str) -> None:
    assert unmask(value.upper()).text == unmask(value.lower()).text


@pytest.mark.parametrize("value", ["卡巴斯基", "카스퍼스키", "Касперский", "कैस्परस्की", "Laboratoř"])
def test_the_light_fold_leaves_other_scripts_alone(value: str) -> None:
    assert fold(value).text == value.casefold()
    assert not obfuscated(forms(value)[0].folds)


@pytest.mark.parametrize(
    ("value", "folds"),
    [
        ("K.a.s.p.e.r.s.k.y", ("case", "joined")),
        ("K a s p e r s k y", ("case", "joined")),
        ("k_a_s_p_e_r_s_k_y", ("joined",)),
        ("Kas_persky", ("case", "joined")),
        ("kasper-sky", ("joined",)),
        ("Ka5persky", ("case", "leet")),
        ("k4sp3r5ky", ("leet",)),
        ("K@$persky", ("case", "leet")),
        ("k.4.s.p.e.r.s.k.y", ("joined", "leet")),
        ("K\u200d4spersky", ("invisible-removed", "case", "leet")),
    ],
)
def test_loose_guesses_at_joined_and_leet(value: str, folds: tuple[str, ...]) -> None:
    assert unmask(value).text != NAME
    assert Folded(NAME, folds) in loose(value)
    assert obfuscated(folds)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("K a s p e r s k y Lab", "kaspersky lab"),
        ("K.a.s.p.e.r.s.k.y Lab", "kaspersky lab"),
        ("@k4spersky/x", "@kaspersky/x"),
        ("k1if", "klif"),
        ("k1if", "kiif"),
    ],
)
def test_loose_reads_within_a_longer_text(value: str, text: str) -> None:
    assert text in [guess.text for guess in loose(value)]


@pytest.mark.parametrize("value", ["Kaspersky", "Jürgen Müller", "2024", "10.0", "", "A b", "AT&T"])
def test_loose_has_no_guess_where_nothing_is_to_join_or_read(value: str) -> None:
    assert unmask(value).text not in [guess.text for guess in loose(value)]
    assert NAME not in [guess.text for guess in loose(value)]


def test_leet_leaves_numbers_and_versions_without_letters_alone() -> None:
    assert loose("45 315") == ()


@pytest.mark.parametrize(
    ("token", "near"),
    [
        ("kapersky", True),
        ("kasperky", True),
        ("kasperksy", True),
        ("ksapersky", True),
        ("kasperskly", True),
        ("kasperskyy", True),
        ("kaspersk", True),
        ("kasparsky", True),
        ("karpersky", True),
        ("kasperski", True),
        ("kaspersky", False),
        ("casper", False),
        ("casperesky", False),
        ("caspersky", False),
        ("akspersky", False),
        ("kasperskytte", False),
        ("kasperskij", False),
        ("kaperskyy", False),
        ("ksapreksy", False),
        ("", False),
    ],
)
def test_typo_of_is_one_slip_after_a_right_first_letter(token: str, *, near: bool) -> None:
    assert typo_of(token, NAME) is near


@pytest.mark.parametrize("target", ["klif", "nexway", "kasperskyendpoint", ""])
def test_typo_of_needs_a_target_of_seven_to_eleven_letters(target: str) -> None:
    assert not typo_of(target + "x", target)


@pytest.mark.parametrize("value", ["KasperSkytte", "casper", "Kasperski", "Jaspersky", "kasper", "Karpersky Trail"])
def test_neighbours_are_not_the_name_in_any_form(value: str) -> None:
    assert all(NAME not in words(form.text) for form in (*forms(value), *loose(value)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@kaspersky/hexa-ui", ("kaspersky", "hexa", "ui")),
        ("kaspersky_lab 2.0", ("kaspersky", "lab", "2", "0")),
        ("лаборатория касперского", ("лаборатория", "касперского")),
        ("カスペルスキー・ラボ", ("カスペルスキー", "ラボ")),
        ("कैस्परस्की लैब", ("कैस्परस्की", "लैब")),
        ("kásp̈ersky lab", ("kásp̈ersky", "lab")),
        ("...", ()),
        ("", ()),
    ],
)
def test_words(text: str, expected: tuple[str, ...]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("folds", "signs"),
    [
        ((), False),
        (("case",), False),
        (("compatibility", "case"), False),
        (("case", "marks-removed"), True),
        (("confusable",), True),
        (("joined",), True),
    ],
)
def test_obfuscated_is_any_fold_but_case_and_compatibility(folds: tuple[str, ...], *, signs: bool) -> None:
    assert obfuscated(folds) is signs


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Kaspersky Lab", "Kaspersky Lab"),
        (r"C:\tmp", r"C:\tmp"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x1b]8;;http://x\x07", r"\x1b]8;;http://x\x07"),
        ("a\x9bb\x7f", r"a\x9bb\x7f"),
        ("a\r\n::error::b\t", r"a\r\n::error::b\t"),
        ("\u202eyks\u202c\u2066", r"\u202eyks\u202c\u2066"),
        ("a\u2028b\u2029c\x85", r"a\u2028b\u2029c\x85"),
        ("\U000e0041", r"\U000e0041"),
        ("K\u200dx\xad\ufe0f\u3164\u034f", r"K\u200dx\xad\ufe0f\u3164\u034f"),
        ("\ud800", r"\ud800"),
        ("\ue000\U0010ffff\ufdd0", r"\ue000\U0010ffff\ufdd0"),
        ("a\xa0b", r"a\xa0b"),
        ("Касперский 卡巴斯基", "Касперский 卡巴斯基"),
        ("\0", r"\x00"),
    ],
)
def test_safe_text_shows_what_would_not_be_seen(value: str, shown: str) -> None:
    assert safe_text(value) == shown


@pytest.mark.parametrize(
    ("value", "limit", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("\n" * 9, 5, r"\n\n…"),
        ("a" * 10_000_000, 4, "aaa…"),
        ("ab", 1, "…"),
    ],
)
def test_safe_text_is_cut_to_the_limit(value: str, limit: int, shown: str) -> None:
    assert safe_text(value, limit) == shown


def test_the_table_of_confusables_is_single_characters_to_single_ascii_letters() -> None:
    table = json.loads(resources.files("debar").joinpath("confusables.json").read_bytes())
    letters = table["letters"]
    assert table["unicode"] == CONFUSABLES_UNICODE
    assert CONFUSABLES_UNICODE in table["source"]
    assert "Unicode" in table["licence"]
    assert len(letters) > 900
    assert all(len(char) == 1 and not char.isascii() for char in letters)
    assert all(len(to) == 1 and to.isascii() and to.isalnum() for to in letters.values())
    assert all(one < other for one, other in pairwise(letters))


def test_ascii_never_needs_the_table() -> None:
    program = (
        "from debar import text\n"
        "text.unmask('Kaspersky & %41 \\\\u0041 xn--x'), text.loose('K.a.s'), text.safe_text('x')\n"
        "assert text._confusables.cache_info().currsize == 0\n"
        "text.unmask('\\u0430')\n"
        "assert text._confusables.cache_info().currsize == 1\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)


@pytest.mark.parametrize(
    "piece",
    [
        "%25",
        "&amp;",
        "&#0",
        r"\u005c",
        "\\",
        "\u202ea",
        "a\u202e",
        "xn--",
        ".xn--kspersky-16g",
        "a.",
        "a1",
        "a",
        "\u0301",
        "k\u0430",
    ],
)
def test_hostile_repetition_costs_linear_time(piece: str) -> None:
    value = piece * (100_000 // len(piece))
    start = time.process_time()
    for work in (fold, unmask, loose, safe_text):
        work(value)
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("::error::x", "\\x3a:error::x"),
        ("a\n  ::set-output::x", "a\n  \\x3a:set-output::x"),
        ("std::string", "std::string"),
        (": :", ": :"),
    ],
)
def test_no_line_is_a_command(text: str, expected: str) -> None:
    assert inert(text) == expected
    assert inert(expected) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("##[error]x", "\\x23#[error]x"),
        ("a ###vso[b]", "a #\\x23#vso[b]"),
        ("## heading", "## heading"),
        ("#[derive]", "#[derive]"),
    ],
)
def test_no_text_is_a_command_in_a_log(text: str, expected: str) -> None:
    assert safe_text(text) == expected
    assert safe_text(expected) == expected
    assert json.loads(inert_json(json.dumps(text))) == text
