import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from debar import packs
from debar.packs.plain import Problem, parse

TINY = Path(__file__).parent / "data" / "tiny"
FILES = {path.relative_to(TINY).as_posix(): path.read_text(encoding="utf-8") for path in sorted(TINY.rglob("*.yaml"))}
PACK, ENTITIES, FACTS, REGIME, CASES = (
    FILES[name] for name in ("pack.yaml", "entities.yaml", "facts/all.yaml", "regimes/rule-one.yaml", "cases/all.yaml")
)


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write(tmp_path / "tiny", FILES)


# (file, what to replace in it, by what, how the problems begin); "" replaces the whole file.
_PACK, _FACTS, _RULES, _CASES = "pack.yaml", "facts/all.yaml", "regimes/rule-one.yaml", "cases/all.yaml"
LINT = {
    "syntax": (_FACTS, "", "facts:\n  - [a\n", [":3: not well-formed YAML: "]),
    "control character": (_FACTS, "", "facts:\n- \x01\n", [":2: not well-formed YAML: control"]),
    "not UTF-8": (_FACTS, "", "facts:\n- \udcff\n", [":2: is not UTF-8"]),
    "empty file": (_FACTS, "", "# nothing\n", [":1: the file is empty"]),
    "two documents": (_PACK, "[pro]\n", "[pro]\n---\na: 1\n", [":11: one document a file"]),
    "duplicate key": (
        _PACK,
        "[pro]\n",
        "[pro]\ntitle: b\n",
        [":11: the key title is written twice; the first is on line 3"],
    ),
    "anchor": (_PACK, "id: tiny", "id: &x tiny", [":1: anchors and aliases"]),
    "alias": (
        _PACK,
        'version: "1"\ntitle: Acme in Nowhere',
        'version: &v "1"\ntitle: *v',
        [
            ":2: anchors and aliases",
            ":3: anchors and aliases",
            ":3: title: expected text, found nothing",
        ],
    ),
    "tag": (_PACK, "id: tiny", "id: !!str tiny", [":1: tags"]),
    "complex key": (
        _PACK,
        "[pro]\n",
        "[pro]\n? [a]\n: 1\n",
        [":11: '': unknown key", ":11: a key must be a plain word"],
    ),
    "too deep": (_PACK, "[pro]\n", f"[pro]\nx: {'[' * 200}{']' * 200}\n", [":11: nested more than", ":11: x: unknown"]),
    "not a mapping": (_PACK, "", "[]\n", [":1: expected keys and values, found a list"]),
    "unknown key": (_PACK, "[pro]\n", "[pro]\nfacts: []\n", [":11: facts: unknown key; known are id, version"]),
    "missing key": (_PACK, "vendor: Acme\n", "", [":1: the key `vendor` is missing"]),
    "number": (_PACK, '"1"', "1", [":2: version: expected text, found a whole number; put it in quotes"]),
    "no number": (_PACK, "180", "many", [":7: max_age_days: expected a whole number, found text"]),
    "small number": (_PACK, "180", "0", [":7: max_age_days: must be at least 1"]),
    "item": (_PACK, "[pro]", "[pro, 5]", [":10: edition_words[1]: expected text, found a whole"]),
    "no date": (_PACK, "2026-11-21", "2026-11-31", [":6: legal_as_of: 2026-11-31 is no date of the calendar"]),
    "no such form": (_PACK, "2026-11-21", "soon", [":6: legal_as_of: soon is not a date such as"]),
    "other folder": (_PACK, "id: tiny", "id: big", [":1: id: big is not the name of the folder, tiny"]),
    "unknown regime": (
        _PACK,
        "[rule-one]",
        "[rule-one, two]",
        [":8: default_regimes[1]: no regime two; there are rule-one"],
    ),
    "upper case": (_PACK, "[pro]", "[Pro]", [":10: edition_words[0]: must be lower-case"]),
    "no facts": (_FACTS, "", "facts: []\n", [":1: the pack holds no facts"]),
    "no list": (_FACTS, "", "facts: {}\n", [":1: facts: expected a list"]),
    "other list": (_FACTS, "facts:\n", "more: 1\nfacts:\n", [":1: more: unknown key; the only key here is `facts`"]),
    "unknown entity": (
        _FACTS,
        "entity: acme",
        "entity: emca",
        [":10: facts[0].entity: no entity emca in entities.yaml"],
    ),
    "unknown article": (_FACTS, "engine", "motor", [":6: facts[0].article: motor is none of engine, cybersecurity"]),
    "several in one fact": (
        _FACTS,
        "    values: [acme-av]\n    types: [pypi]\n    article: engine\n",
        '    values: ["", 3]\n    types: pypi\n    article: motor\n    colour: red\n',
        [
            ":4: facts[0].values[0]: must not be empty",
            ":4: facts[0].values[1]: expected text, found a whole number; put it in quotes",
            ":5: facts[0].types: expected a list, found text",
            ":6: facts[0].article: motor is none of",
            ":7: facts[0].colour: unknown key; known are id, kind, values",
        ],
    ),
    "not an id": (_FACTS, "A-2", "A 2", [":11: facts[1].id: 'A 2' may hold only letters"]),
    "duplicate fact": (_FACTS, "A-2", "A-1", [":11: facts[1].id: fact A-1 is already in facts/all.yaml, line 2"]),
    "no types": (_FACTS, "    types: [pypi]\n", "", [":2: facts[0]: `types` is missing"]),
    "short stem": (_FACTS, "acmesky", "acme", [":13: facts[1].values[0]: acme is too short for a stem: at least 5"]),
    "short native stem": (
        _FACTS,
        "acmesky",
        "卡巴斯",
        [":13: facts[1].values[0]: '卡巴斯' is too short for a stem: at least 4"],
    ),
    "loud stem": (_FACTS, "acmesky", "AcmeSky", [":13: facts[1].values[0]: AcmeSky must be lower-case"]),
    "no words": (_FACTS, "acmesky", '"*"', [":13: facts[1].values[0]: '*' holds no letter or digit"]),
    "unknown quotation": (_RULES, "quotes: [q1]", "quotes: [q2]", [":22: rules[0].quotes[0]: no quotation q2"]),
    "duplicate rule": (
        _RULES,
        "all-build",
        "all-shipped",
        [
            ":24: rules[1].id: rule all-shipped is already in regimes/rule-one.yaml, line 15",
        ],
    ),
    "unknown use": (_RULES, "use: build", "use: built", [":26: rules[1].use: built is none of mentioned, tool"]),
    "unknown profile": (
        _RULES,
        "{operative: review, ",
        "{lenient: review, ",
        [
            ":19: rules[0].outcome.lenient: no such profile; there are strict, operative",
            ":19: rules[0].outcome: says nothing for the profile operative",
        ],
    ),
    "unknown outcome": (
        _RULES,
        "strict: fail",
        "strict: flunk",
        [":19: rules[0].outcome.strict: flunk is none of fail, review"],
    ),
    "waiving rule": (_RULES, "outcome: note", "outcome: waived", [":27: rules[1].outcome: no rule waives"]),
    "no remedy": (_RULES, "    remedy: Remove it\n", "", [":15: rules[0]: `remedy` is missing"]),
    "article without rule": (
        _RULES,
        "cybersecurity, entity, ",
        "cybersecurity, ",
        [
            ":14: rules: no rule says what entity is at use shipped",
        ],
    ),
    "ruled twice": (
        _RULES,
        "use: build",
        "use: shipped\n    effective: 2024-09-29T04:00:00Z",
        [
            ":25: rules[1].articles[0]: engine at use shipped is already ruled by all-shipped",
        ],
    ),
    "no such day": (
        _RULES,
        "effective: 2024-09-29",
        "effective: 2024-09-31",
        [
            ":7: effective: '2024-09-31T04:00:00Z' is no date of the calendar",
        ],
    ),
    "no UTC": (
        _RULES,
        "effective: 2024-09-29T04:00:00Z",
        "effective: 2024-09-29T00:00:00-04:00",
        [
            ":7: effective: '2024-09-29T00:00:00-04:00' is not an instant in UTC",
        ],
    ),
    "territory": (_RULES, "[us]", "[US]", [":6: territory[0]: must be lower-case"]),
    "case of another article": (
        _CASES,
        "engine, outcome: note",
        "entity, outcome: note",
        [
            ":10: cases[1].expect.article: the rule covers engine, not entity",
        ],
    ),
    "case of two": (
        _CASES,
        "- name: shipped",
        "- name: shipped\n    kind: stem",
        [":2: cases[0]: give either `rule` or `kind`"],
    ),
    "no component": (
        _CASES,
        "    component: {type: library, name: acme-sky}\n",
        "",
        [
            ":23: cases[5]: give either `component` or `service`",
        ],
    ),
    "no article": (
        _CASES,
        "{article: engine, outcome: note}",
        "{outcome: note}",
        [":10: cases[1].expect: `article` is missing"],
    ),
    "article of nothing": (
        _CASES,
        "{outcome: none}",
        "{outcome: none, article: engine}",
        [
            ":18: cases[3].expect.article: no finding has no article",
            ":26: cases[5].expect.article: no finding has no article",
        ],
    ),
    "unknown profile of a case": (
        _CASES,
        "profile: operative",
        "profile: mild",
        [
            ":14: cases[2].expect.profile: rule-one has no such profile",
        ],
    ),
    "same name": (
        _CASES,
        "name: stem not",
        "name: stem",
        [
            ":23: cases[5].name: this name is already in cases/all.yaml, line 19",
        ],
    ),
    "service's use": (
        _CASES,
        "component: {type: library, name: acme-sky}",
        "service: {name: acme-sky}\n    use: derived",
        [":26: cases[5].use: CycloneDX cannot say that of a service"],
    ),
    "use of a case": (_CASES, "use: build", "use: built", [":9: cases[1].use: built is none of"]),
}


@pytest.mark.parametrize(("file", "old", "new", "starts"), LINT.values(), ids=LINT)
def test_lint_names_every_mistake_with_its_line(tiny: Path, file: str, old: str, new: str, starts: list[str]) -> None:
    text = FILES[file].replace(old, new) if old else new
    (tiny / file).write_bytes(text.encode(errors="surrogateescape"))
    found = packs.lint(tiny)
    assert len(found) == len(starts), found
    for problem, start in zip(sorted(found), sorted(starts), strict=True):
        assert problem.startswith(file + start)


ELSEWHERE = {
    "duplicate fact in another file": (
        {"facts/more.yaml": FACTS.replace("A-2", "A-3")},
        [
            "facts/more.yaml:2: facts[0].id: fact A-1 is already in facts/all.yaml, line 2",
        ],
    ),
    "duplicate regime": (
        {"regimes/two.yaml": REGIME},
        [
            "regimes/two.yaml:1: id: regime rule-one is already in regimes/rule-one.yaml, line 1",
            "regimes/two.yaml:1: id: rule-one is not the name of the file, two",
        ],
    ),
    "regime of another name": (
        {"regimes/rule-one.yaml": REGIME.replace("id: rule-one", "id: rule-two")},
        [
            "pack.yaml:8: default_regimes[0]: no regime rule-one; there are rule-two",
            "regimes/rule-one.yaml:1: id: rule-two is not the name of the file, rule-one",
        ],
    ),
    "entity": (
        {"entities.yaml": ENTITIES.replace("id: acme", "id: a c")},
        [
            "entities.yaml:2: entities[0].id: 'a c' may hold only letters",
            "facts/all.yaml:10: facts[0].entity: no entity acme in entities.yaml",
        ],
    ),
    "case of no rule": (
        {_CASES: CASES.replace("one/all-build", "one/all-built")},
        [
            "cases/all.yaml:7: cases[1].rule: rule-one has no such rule; it has all-shipped, all-build",
            "regimes/rule-one.yaml:1: the rule all-build has no case",
        ],
    ),
    "case of no regime": (
        {_CASES: CASES.replace("rule-one/all-build", "all-build")},
        [
            "cases/all.yaml:7: cases[1].rule: no regime all-build; a rule is written regime-id/rule-id",
            "regimes/rule-one.yaml:1: the rule all-build has no case",
        ],
    ),
    "no negative case": (
        {_CASES: CASES[: CASES.index("  - name: stem not")]},
        [
            "pack.yaml:1: facts of kind stem have no case that looks alike and expects `outcome: none`",
        ],
    ),
    "expectation": (
        {_CASES: CASES.replace("outcome: review, profile", "outcome: bad, profile")},
        [
            "cases/all.yaml:14: cases[2].expect.outcome: bad is none of fail, review, note, not-applicable, none",
            "pack.yaml:1: facts of kind package have no case that finds something",
        ],
    ),
    "nothing": (
        {"facts/all.yaml": "", "regimes/rule-one.yaml": ""},
        [
            "facts/all.yaml:1: the file is empty",
            "pack.yaml:8: default_regimes[0]: no regime rule-one; there are none",
            "regimes/rule-one.yaml:1: the file is empty",
        ],
    ),
    "files that nobody reads": (
        {"regions/x.yaml": "a: 1", "facts/sub/x.yaml": FACTS, "facts/x.yml": FACTS, "more.yaml": ""},
        [
            "facts/sub:1: would never be read",
            "facts/x.yml:1: would never be read",
            "more.yaml:1: would never be read",
            "regions:1: would never be read",
        ],
    ),
}


@pytest.mark.parametrize(("files", "starts"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_lint_compares_files_with_each_other(tiny: Path, files: dict[str, str], starts: list[str]) -> None:
    found = packs.lint(write(tiny, files))
    assert len(found) == len(starts), found
    for problem, start in zip(found, starts, strict=True):
        assert problem.startswith(start)


VALUES = [
    ("cpe", "acme:av", True),
    ("cpe", "acme", False),
    ("cpe", "Acme:av", False),
    ("cpe-vendor", "acme_lab", True),
    ("cpe-vendor", "acme:av", False),
    ("host", "dl.acme.example", True),
    ("host", "https://acme.example", False),
    ("host", "acme.example:443", False),
    ("host", "acme", False),
    ("repository", "github.com/Acme", True),
    ("repository", "github.com/Acme/av", True),
    ("repository", "https://github.com/Acme", False),
    ("repository", "Acme", False),
    ("stem", "касперск", True),
    ("stem", "卡巴斯基", True),
    ("product", "Acme AV", True),
    ("product", "—", False),
    ("file", "KL_*_SDK.aar", True),
]


@pytest.mark.parametrize(("kind", "value", "right"), VALUES)
def test_values_have_the_form_that_their_kind_is_compared_in(tiny: Path, kind: str, value: str, *, right: bool) -> None:
    facts = FACTS.replace("kind: package", f"kind: {kind}").replace("[acme-av]", json.dumps([value]))
    about_values = [problem for problem in packs.lint(write(tiny, {"facts/all.yaml": facts})) if "values" in problem]
    assert (not about_values) is right


# YAML allows fewer characters than JSON (https://yaml.org/spec/1.2.2/#51-character-set).
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff\ufffe\uffff"))
PLAIN = st.recursive(
    st.booleans() | st.none() | st.integers(-(10**17), 10**17) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_lint_never_raises_for_content(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    text = json.dumps(value)
    files = {
        "pack.yaml": text,
        "entities.yaml": f'{{"entities": [{text}]}}',
        "facts/all.yaml": f'{{"facts": [{text}, {{"id": {text}, "kind": {text}, "values": {text}}}]}}',
        "regimes/rule-one.yaml": f'{{"id": {text}, "rules": [{text}], "profiles": {text}, "quotations": {text}}}',
        "cases/all.yaml": f'{{"cases": [{text}, {{"name": "x", "expect": {text}}}]}}',
    }
    assert packs.lint(write(tmp_path_factory.getbasetemp() / "any", files))


@given(PLAIN)
def test_plain_data_survives_being_written_as_json_which_is_yaml(value: object) -> None:
    problems: list[Problem] = []
    place = parse("x.yaml", json.dumps({"a": value}, ensure_ascii=False).encode(), problems)
    assert not problems
    assert place is not None
    assert place.data == {"a": value}


@given(st.binary() | st.text(alphabet="a:-[]{}&*!|>'\"\n #?,%@`~ ").map(str.encode))
def test_any_bytes_give_data_or_problems(data: bytes) -> None:
    problems: list[Problem] = []
    place = parse("x.yaml", data, problems)
    assert place is not None or problems


def test_words_that_other_readers_take_for_booleans_dates_or_floats_stay_text() -> None:
    text = "a: no\nb: 2026-11-21\nc: 1.10\nd: on\ne: 0x1F\nf: 12:30:45\ng: 010\n"
    place = parse("x.yaml", text.encode(), [])
    assert place is not None
    assert place.data == dict(
        zip("abcdefg", ["no", "2026-11-21", "1.10", "on", "0x1F", "12:30:45", "010"], strict=True)
    )
    assert yaml.safe_load(text) != place.data
