"""Files of waivers: every mistake with its line, and never a waiver that says less than it must."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import jsonschema_rs
import pytest

from debar import packs
from debar.errors import PolicyError
from debar.model.inventory import Component
from debar.model.waivers import names_step

WAIVERS = """waivers:
  - id: W-1
    rule: ban/security
    component: {purl: "pkg:npm/filter"}
    reason: Replaced in spring.
    approver: J. Doe
    created: 2026-11-01
    expires: 2027-03-31
"""


def write(folder: Path, text: str, name: str = "accepted.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(*paths: Path) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        packs.waivers(paths)
    return [problem.removeprefix(str(paths[0])) for problem in caught.value.problems]


def test_a_good_file_is_read_with_its_lines_and_digest(tmp_path: Path) -> None:
    path = write(tmp_path, WAIVERS)
    (file,) = packs.waivers([path])

    assert packs.lint_file(path) == []
    assert (file.path, file.lines, file.waivers[0].expires) == (str(path), (2,), "2027-03-31")
    assert file.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert packs.waivers([]) == ()


WRONG = {
    "no id": ("  - id: W-1\n    rule", "  - rule", ":2: waivers[0]: the key `id` is missing"),
    "no expiry": ("    expires: 2027-03-31\n", "", ":2: waivers[0]: the key `expires` is missing"),
    "an empty expiry": ("2027-03-31", '""', ":8: waivers[0].expires: '' is not a date or an instant"),
    "forever": ("2027-03-31", "never", ":8: waivers[0].expires: never is not a date or an instant"),
    "a local time": (
        "2027-03-31",
        "2027-03-31T12:00:00",
        ":8: waivers[0].expires: '2027-03-31T12:00:00' is not a date",
    ),
    "no such day": ("2027-03-31", "2027-02-30", ":8: waivers[0].expires: 2027-02-30 is no date of the calendar"),
    "backwards": ("2027-03-31", "2026-10-31", ":8: waivers[0].expires: 2026-10-31 is not after `created`"),
    "at once": ("2027-03-31", "2026-11-01", ":8: waivers[0].expires: 2026-11-01 is not after `created`"),
    "no beginning": ("    created: 2026-11-01\n", "", ":2: waivers[0]: the key `created` is missing"),
    "no approver": ("    approver: J. Doe\n", "", ":2: waivers[0]: the key `approver` is missing"),
    "an empty approver": ("J. Doe", '""', ":6: waivers[0].approver: must not be empty"),
    "a blank approver": ("J. Doe", '"  "', ":6: waivers[0].approver: must not be empty"),
    "a blank reason": ("Replaced in spring.", '" "', ":5: waivers[0].reason: must not be empty"),
    "an invisible reason": ("Replaced in spring.", '"\\u200b\\u2060"', ":5: waivers[0].reason: must not be empty"),
    "any rule": ("    rule: ban/security\n", "", ":2: waivers[0]: give `rule` (REGIME/RULE) or `fact`"),
    "an empty rule": ("ban/security", '""', ":2: waivers[0]: give `rule` (REGIME/RULE) or `fact`"),
    "a regime": ("ban/security", "ban", ":3: waivers[0].rule: ban is no rule; write REGIME/RULE"),
    "all rules": ("ban/security", '"ban/*"', ":3: waivers[0].rule: 'ban/*' is no rule"),
    "all facts": ("rule: ban/security", 'fact: "*"', ":3: waivers[0].fact: '*' may hold only letters"),
    "other regime": ("ban/security", "ban/security\n    regime: other", ":4: waivers[0].regime: the rule ban/security"),
    "any component": ('{purl: "pkg:npm/filter"}', "{}", ":4: waivers[0].component: give `purl`, or `name`"),
    "no component": ('    component: {purl: "pkg:npm/filter"}\n', "", ":2: waivers[0]: the key `component` is missing"),
    "a name alone": ('{purl: "pkg:npm/filter"}', "{name: filter}", ":4: waivers[0].component: `version` is missing"),
    "a wildcard": ("pkg:npm/filter", "pkg:npm/*", ":4: waivers[0].component.purl: no wildcards: a waiver is for one"),
    "a path of all": ("    reason", '    path: ["*"]\n    reason', ":5: waivers[0].path[0]: no wildcards"),
    "a path of text": (
        "    reason",
        "    path: filter\n    reason",
        ":5: waivers[0].path: expected a list, found text",
    ),
    "no digest": ("    reason", "    sbom: abc\n    reason", ":5: waivers[0].sbom: abc is no SHA-256"),
    "accepts anything": (
        "    reason",
        "    accepts: all\n    reason",
        ":5: waivers[0].accepts: all is none of fail, review",
    ),
    "unknown key": ("    reason", "    scope: all\n    reason", ":5: waivers[0].scope: unknown key"),
    "nothing": (WAIVERS, "waivers: []\n", ":1: the file holds no waivers"),
    "no list": (WAIVERS, "waivers: all\n", ":1: waivers: expected a list"),
    "not YAML": ("waivers:", "waivers: [", ":1: not well-formed YAML"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_waiver_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    old, new, says = WRONG[name]
    assert old in WAIVERS
    path = write(tmp_path, WAIVERS.replace(old, new, 1))

    problems = refused(path)

    assert any(_near(problem, says) for problem in problems), problems
    if "waivers:" in path.read_text(encoding="utf-8"):
        assert [problem.removeprefix(str(path)) for problem in packs.lint_file(path)] == problems


def _near(problem: str, says: str) -> bool:
    """Tell whether a problem begins so, at that line or a neighbour: some stand at the item, some at the key."""
    line, _, words = says.removeprefix(":").partition(":")
    return any(problem.startswith(f":{int(line) + more}:{words}") for more in (0, 1, -1))


def test_ids_are_unique_over_all_files(tmp_path: Path) -> None:
    one, two = write(tmp_path, WAIVERS), write(tmp_path, WAIVERS, "more.yaml")
    (problem,) = refused(two, one)
    doubled = write(tmp_path, WAIVERS + WAIVERS.removeprefix("waivers:\n"), "twice.yaml")

    assert "waivers[0].id: waiver W-1 is already in" in problem
    assert [line.removeprefix(str(doubled)) for line in packs.lint_file(doubled)] == [
        f":9: waivers[0].id: waiver W-1 is already in {doubled}, line 2".replace("waivers[0]", "waivers[1]")
    ]


def test_one_mistake_keeps_every_waiver_of_the_run_from_counting(tmp_path: Path) -> None:
    good, bad = write(tmp_path, WAIVERS), write(tmp_path, WAIVERS.replace("J. Doe", '""'), "bad.yaml")

    assert any("approver: must not be empty" in problem for problem in refused(bad, good))


def test_json_is_as_good_as_yaml_and_the_published_schema_knows_both(tmp_path: Path) -> None:
    import yaml

    data = json.loads(json.dumps(yaml.safe_load(WAIVERS), default=str))
    path = write(tmp_path, json.dumps(data), "accepted.json")
    validator = jsonschema_rs.validator_for(packs.schemas()["waivers"])
    first = data["waivers"][0]

    assert packs.waivers([path])[0].waivers == packs.waivers([write(tmp_path, WAIVERS)])[0].waivers
    validator.validate(data)
    for key in ("id", "component", "reason", "approver", "created", "expires"):
        assert not validator.is_valid({"waivers": [{k: v for k, v in first.items() if k != key}]})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pkg:npm/%40acme/filter@1.2?arch=x", True),
        ("pkg:npm/%40acme/filter@1.2", True),
        ("pkg:npm/%40acme/filter", True),
        ("filter", True),
        ("filter@1.2", True),
        ("acme/filter@1.2", True),
        ("pkg:npm/%40acme", False),
        ("Filter", False),
        ("c1", False),
        ("", False),
    ],
)
def test_what_a_step_of_a_path_means(text: str, expected: bool) -> None:
    named = Component(ref="c1", name="filter", version="1.2", group="acme", purl="pkg:npm/%40acme/filter@1.2?arch=x")

    assert names_step(text, named) is expected
    assert not names_step(text, Component(name=text, synthetic=True))
