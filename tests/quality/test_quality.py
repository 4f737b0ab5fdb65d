"""Labelled rows are told apart as well as the committed figures say, in every format, and docs/quality.md says so."""

from __future__ import annotations

from dataclasses import asdict

import measuring
import pytest
from carrying import PLACES, TABLE, WRITERS, sboms
from labelled import OWN, SETS, SHARED, own, read

from debar import packs, pipeline
from debar.model.policy import FactKind
from debar.pipeline import Input, Options
from debar.validate import VERSIONS, validate


@pytest.mark.parametrize("name", SETS)
def test_labelled_rows_are_told_apart(name: str) -> None:
    path, rows = SETS[name]
    if not path.is_file():
        pytest.skip("not here")
    judged = [measuring.judge(row) for row in rows()]
    figures = asdict(measuring.Figures.of(judged))
    here = {(one.row.field, one.row.value) for one in judged}

    low = {share: value for share, value in figures.items() if value < measuring.FLOORS[name][share]}
    assert not low, f"below the floors of gate.yaml: {low}\n{measuring.section(name, judged)}"
    assert measuring.wrong_rows(judged) == here & set(measuring.REMAINING), (
        "gate.yaml lists what is still wrong, with the reason"
    )
    assert measuring.kept(name) == measuring.section(name, judged), "run `just quality`"
    if path == OWN:
        kinds = {kind for one in judged if one.kind == "TP" for seen in one.seen for kind in seen.kinds}
        assert kinds == {kind.value for kind in FactKind}, "every kind of fact finds a row"


def test_the_page_begins_as_it_is_made() -> None:
    assert measuring.PAGE.read_text(encoding="utf-8").startswith(measuring.head() + "\n## ")


def test_the_own_set_is_large_and_asks_for_every_article() -> None:
    rows = own()
    records = read(OWN)

    assert len(rows) >= 200
    known = {fact.article.value for fact in packs.load(packs.DEFAULT).facts}
    assert {article for row in rows for article in row.articles} == known
    assert [one for one in records if not one["reason"]] == []
    assert {one["outcome"] for one in records} <= {"", *measuring.OUTCOMES}
    keys = [(one["field"], one["value"], one["beside"]) for one in records]
    assert len(set(keys)) == len(keys)


def test_every_reason_is_of_a_row_that_exists() -> None:
    if not SHARED.is_dir():
        pytest.skip("not here")

    assert set(measuring.REMAINING) <= {(row.field, row.value) for _, rows in SETS.values() for row in rows()}


def test_every_field_of_the_reference_set_has_a_place_or_is_listed_as_having_none() -> None:
    if not SHARED.is_dir():
        pytest.skip("not here")
    used = {one["field"] for one in read(SHARED / "labelled.csv")}

    assert used == TABLE["fields"].keys() | TABLE["nowhere"].keys()


def test_the_places_name_formats_that_are_written() -> None:
    known = {*WRITERS, "element"}
    listed = [place for places in (*TABLE["fields"].values(), *TABLE["evasive"].values()) for place in places]

    assert {key for place in PLACES.values() for key in place} <= known
    assert set(listed) <= PLACES.keys()


# What a schema wants in a place instead of any text.
PLAIN = {
    "cpe": "cpe:2.3:a:acme:marker:1:*:*:*:*:*:*:*",
    "email": "marker@acme.example",
    "hash": "c0ffee" * 10 + "beef",
    "purl": "pkg:generic/marker@1",
    **dict.fromkeys(
        ("distribution", "vcs", "website", "issue-tracker", "documentation"), "https://acme.example/marker"
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_what_is_written_is_valid_and_is_read(place: str) -> None:
    value = PLAIN.get(place, "marker")
    for format_, data in sboms({place: value}).items():
        inventory = pipeline.load([Input(path="x", data=data)], Options()).inventory
        document, mentions = inventory.documents[0], inventory.mentions

        assert document.format == format_
        assert any(value in text for field in mentions.fields() for text in mentions.distinct(field)), format_
        if format_ in VERSIONS:
            assert validate(data, "x", format_, document.spec_version) == (), format_
