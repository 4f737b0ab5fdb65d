"""Files of private facts and of corrections: what they may hold, and what is said of one that is wrong."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import jsonschema_rs
import pytest

from debar import packs
from debar.errors import PolicyError
from debar.model.inventory import Component
from debar.model.knowledge import Named
from debar.model.policy import Pack

FACT = """
  - id: OEM-1
    kind: package
    values: [filter]
    types: [npm]
    article: engine
    confidence: certain
    what: a filter
    source: a contract
"""
FACTS = f"facts:{FACT}"
CORRECTION = """
  - fact: KI-0001
    component: {purl: "pkg:npm/filter"}
    reason: It is not theirs.
    reviewer: J. Doe
"""
CORRECTIONS = f"corrections:{CORRECTION}"


@pytest.fixture(scope="module")
def bundled() -> dict[str, Pack]:
    return {name: packs.load(folder) for name, folder in packs.bundled().items()}


def write(folder: Path, text: str, name: str = "known.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path, load: object, *more: object) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load([path], *more)  # type: ignore[operator] # one of the two loaders
    return [problem.removeprefix(str(path)) for problem in caught.value.problems]


# (what is replaced in a good file, by what, how the mistake begins)
WRONG_FACTS = {
    "shape": ("certain", "sure", ":6: facts[0].confidence: sure is none of"),
    "no source": ("    source: a contract\n", "", ":2: facts[0]: the key `source` is missing"),
    "no types": ("    types: [npm]\n", "", ":2: facts[0]: `types` is missing"),
    "unknown key": ("facts:", "fakts: 1\nfacts:", ":1: fakts: unknown key"),
    "no facts": (FACT, " []\n", ":1: the file holds no facts"),
    "twice": (FACT, FACT + FACT, ":10: facts[1].id: fact OEM-1 is already in"),
    "of the pack": ("OEM-1", "KI-0001", ":2: facts[0].id: fact KI-0001 is already in the pack us-kaspersky"),
    "other pack": ("facts:", "pack: us-nobody\nfacts:", ":1: pack: us-nobody is no pack of this run"),
    "no entity": (
        "    what",
        "    entity: nobody\n    what",
        ":8: facts[0].entity: the pack us-kaspersky has no entity",
    ),
    "unruled": ("article: engine", "article: equipment", ":6: facts[0].article: us-bis-icts-2021-002 has no rule for"),
    "not YAML": ("facts:", "facts: [", ":1: not well-formed YAML"),
    "a list": (FACTS, "- 1\n", ":1: expected the key `facts`"),
    "empty": (FACTS, "", ":1: the file is empty"),
}


@pytest.mark.parametrize("name", WRONG_FACTS)
def test_a_wrong_file_of_facts_is_refused_with_its_line(tmp_path: Path, bundled: dict[str, Pack], name: str) -> None:
    old, new, says = WRONG_FACTS[name]
    assert old in FACTS
    path = write(tmp_path, FACTS.replace(old, new))

    problems = refused(path, packs.private_facts, [bundled["us-kaspersky"]])

    assert any(_near(problem, says) for problem in problems), problems


def _near(problem: str, says: str) -> bool:
    """Tell whether a problem begins so, at that line or the next: some stand at the item, some at the key."""
    line, _, words = says.removeprefix(":").partition(":")
    return any(problem.startswith(f":{int(line) + more}:{words}") for more in (0, 1, -1))


WRONG_CORRECTIONS = {
    "no fact": ("  - fact: KI-0001\n    component", "  - component", ":2: corrections[0]: the key `fact` is missing"),
    "no component": (
        '    component: {purl: "pkg:npm/filter"}\n',
        "",
        ":2: corrections[0]: the key `component` is missing",
    ),
    "no reason": ("    reason: It is not theirs.\n", "", ":2: corrections[0]: the key `reason` is missing"),
    "no reviewer": ("    reviewer: J. Doe\n", "", ":2: corrections[0]: the key `reviewer` is missing"),
    "blank reviewer": ("J. Doe", '"  "', ":5: corrections[0].reviewer: must not be empty"),
    "an expiry": ("    reviewer", "    expires: 2027-01-01\n    reviewer", ":5: corrections[0].expires: unknown key"),
    "any component": ('{purl: "pkg:npm/filter"}', "{}", ":3: corrections[0].component: give `purl`, or `name`"),
    "a reference": ('{purl: "pkg:npm/filter"}', "{ref: c1}", ":3: corrections[0].component: give `purl`, or `name`"),
    "a version": ('{purl: "pkg:npm/filter"}', '{version: "1"}', ":3: corrections[0].component: give `purl`, or"),
    "a name alone": (
        '{purl: "pkg:npm/filter"}',
        "{name: filter}",
        ":3: corrections[0].component: `version` is missing",
    ),
    "a wildcard": ("pkg:npm/filter", "pkg:npm/*", ":3: corrections[0].component.purl: no wildcards"),
    "any name": ('{purl: "pkg:npm/filter"}', '{name: "*", version: "1"}', ":3: corrections[0].component.name: no wild"),
    "no purl": ("pkg:npm/filter", "npm/filter", ":3: corrections[0].component.purl: is no purl"),
    "any fact": ("fact: KI-0001", 'fact: "*"', ":2: corrections[0].fact: '*' may hold only letters"),
    "nothing": (CORRECTION, " []\n", ":1: the file holds no corrections"),
}


@pytest.mark.parametrize("name", WRONG_CORRECTIONS)
def test_a_wrong_correction_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    old, new, says = WRONG_CORRECTIONS[name]
    assert old in CORRECTIONS
    path = write(tmp_path, CORRECTIONS.replace(old, new))

    problems = refused(path, packs.corrections)

    assert any(problem.startswith(says) for problem in problems), problems
    assert [problem.removeprefix(str(path)) for problem in packs.lint_file(path)] == problems


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for load in (lambda paths: packs.private_facts(paths, []), packs.corrections):
        assert refused(tmp_path / "none.yaml", load) == [":1: cannot be read: No such file or directory"]


def test_several_packs_need_to_be_told_which_one_is_meant(tmp_path: Path, bundled: dict[str, Pack]) -> None:
    both = list(bundled.values())
    (problem,) = refused(write(tmp_path, FACTS), packs.private_facts, both)
    (known,) = packs.private_facts(
        [write(tmp_path, f"pack: us-section-889\n{FACTS}".replace("engine", "entity"))], both
    )

    assert problem.startswith(":1: `pack` is missing")
    assert (known.pack, [fact.id for fact in known.facts]) == ("us-section-889", ["OEM-1"])


def test_two_files_share_no_fact(tmp_path: Path, bundled: dict[str, Pack]) -> None:
    one, two = write(tmp_path, FACTS, "one.yaml"), write(tmp_path, FACTS, "two.yaml")
    with pytest.raises(PolicyError, match=r"two\.yaml:2: facts\[0\]\.id: fact OEM-1 is already in .*one\.yaml"):
        packs.private_facts([one, two], [bundled["us-kaspersky"]])


def test_json_is_as_good_as_yaml_and_the_digest_is_over_the_bytes(tmp_path: Path, bundled: dict[str, Pack]) -> None:
    import yaml

    text = json.dumps(yaml.safe_load(FACTS), indent=1) + "\r\n"
    path = tmp_path / "known.json"
    path.write_bytes(text.encode())
    (known,) = packs.private_facts([path], [bundled["us-kaspersky"]])
    (same,) = packs.private_facts([write(tmp_path, FACTS)], [bundled["us-kaspersky"]])

    assert known.facts == same.facts
    assert known.digest == hashlib.sha256(text.encode()).hexdigest() != same.digest


@pytest.mark.parametrize(("word", "text"), [("facts", f"pack: x\n{FACTS}"), ("corrections", CORRECTIONS)])
def test_the_published_schemas_know_these_files(word: str, text: str) -> None:
    import yaml

    validator = jsonschema_rs.validator_for(packs.schemas()[word])
    data = yaml.safe_load(text)

    validator.validate(data)
    assert not validator.is_valid({**data, "more": 1})


NAMED = Component(document=0, ref="c1", name="filter", version="1.2", purl="pkg:npm/%40acme/filter@1.2?arch=x#lib")


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (Named(purl="pkg:npm/%40acme/filter@1.2?arch=x#lib"), True),
        (Named(purl="pkg:npm/%40acme/filter@1.2"), True),
        (Named(purl="pkg:npm/%40acme/filter"), True),
        (Named(purl="pkg:npm/%40acme"), False),
        (Named(purl="pkg:npm/filter"), False),
        (Named(purl="pkg:npm/%40acme/filter@1"), False),
        (Named(purl="pkg:npm/%40acme/filter", ref="c2"), False),
        (Named(purl="pkg:npm/%40acme/filter", version="1.2", ref="c1"), True),
        (Named(name="filter", version="1.2"), True),
        (Named(name="filter", version=""), False),
        (Named(name="Filter", version="1.2"), False),
        (Named(name="filt", version="1.2"), False),
        (Named(ref="c1"), False),
        (Named(), False),
    ],
)
def test_a_component_is_named_exactly(named: Named, expected: bool) -> None:
    assert named.names(NAMED) is expected
