"""The labelled sets: the project's own (truth.csv), and two of the reference material, which may be absent."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carrying import TABLE

from debar.model.policy import Article

if TYPE_CHECKING:
    from collections.abc import Callable

OWN = Path(__file__).with_name("truth.csv")
SHARED = Path(__file__).parents[3] / "shared/reference"
NEGATIVE = "not-kaspersky"
# Articles for which a note is enough: excluded by BIS, somebody else's code, software that is no security software.
NOTED = {"threat-intelligence", "training", "connector", "other-software"}


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled row.

    `places` are alternatives, each the values of one component by place. `articles` are those that are right; a row
    to be left alone has none. `noted` says that a note is enough. `outcome` is what BIS has to come to, if that is
    part of the set.
    """

    field: str
    value: str
    label: str
    places: tuple[dict[str, str], ...]
    articles: tuple[str, ...]
    noted: bool
    outcome: str = ""


def read(path: Path) -> list[dict[str, str]]:
    """Return the records of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def own() -> list[Row]:
    """Return the project's own rows: facts of the pack and public knowledge, in other spellings, fields, company."""
    return [_own(one) for one in read(OWN)]


def _own(one: dict[str, str]) -> Row:
    beside = dict(part.partition("=")[::2] for part in one["beside"].split(" | ") if part)
    article = one["article"]
    return Row(
        field=one["field"],
        value=one["value"],
        label=article or NEGATIVE,
        places=({one["field"]: one["value"], **beside},),
        articles=(article,) if article else (),
        noted=article in NOTED,
        outcome=one["outcome"],
    )


def labelled() -> list[Row]:
    """Return the rows of the reference set that have a place, in the places that places.yaml gives them."""
    return [_labelled(one) for one in read(SHARED / "labelled.csv") if one["field"] not in TABLE["nowhere"]]


def _labelled(one: dict[str, str]) -> Row:
    field, value, label = one["field"], one["value"], one["label"]
    described = _entry("described", field, value)
    named = re.search(r'component "([^"]+)"', one["context"]) if field in TABLE["parties"] else None
    beside = {"name": named[1]} if named else {}
    articles = _entry("exceptions", field, value) or TABLE["articles"].get(label, [])
    if label != NEGATIVE and field in TABLE["parties"] and not (described or named):
        articles = ["entity"]
    return Row(
        field=field,
        value=value,
        label=label,
        places=(described,) if described else tuple({place: value, **beside} for place in TABLE["fields"][field]),
        articles=tuple(articles),
        noted=label in {"excluded-ti", "other-kaspersky"} or set(articles) <= NOTED,
    )


def evasive() -> list[Row]:
    """Return the reference set of evasive spellings: at least a review, or nothing where it says not to match."""
    return [_evasive(one) for one in read(SHARED / "evasive.csv")]


def _evasive(one: dict[str, str]) -> Row:
    technique, value = one["technique"], one["value"]
    described = _entry("described", technique, value)
    alone = re.search("must not match|never match alone", one["codepoints_or_note"])
    places = TABLE["evasive"].get(technique, TABLE["evasive"]["otherwise"])
    return Row(
        field=technique,
        value=value,
        label=NEGATIVE if alone else "evasive",
        places=(described,) if described else tuple({place: value} for place in places),
        articles=() if alone else tuple(article.value for article in Article),
        noted=False,
        outcome="nothing" if alone else "",
    )


def _entry(section: str, field: str, value: str) -> Any:  # noqa: ANN401 - YAML
    return TABLE[section].get(field, {}).get(value)


#: Title of a set -> (the file it is in, its rows).
SETS: dict[str, tuple[Path, Callable[[], list[Row]]]] = {
    "The project's own set": (OWN, own),
    "The reference set": (SHARED / "labelled.csv", labelled),
    "The reference set of evasive spellings": (SHARED / "evasive.csv", evasive),
}
