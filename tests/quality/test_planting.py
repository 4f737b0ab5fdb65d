"""A name planted alone into every text that the published schemas know: its field's role says what comes of it.

No text of a schema is written down here. A text that a new version adds is planted as soon as its schema is bundled.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import pytest
from planting import Slot, Walk, admits, joined, smallest_slots

from debar import match, packs
from debar.errors import InputError
from debar.model.fields import FIELDS, Role
from debar.model.policy import Outcome, Pack
from debar.pipeline import Input, Options, examine
from debar.read.cyclonedx_leaves import tree
from debar.read.cyclonedx_paths import IDENTITY_FIELDS, REFERENCE_FIELDS
from debar.read.spdx2_paths import PATHS as SPDX2
from debar.read.spdx2_paths import external_field
from debar.read.spdx3_paths import GROUPS, PARTS, identifier_field, local, reference_field
from debar.read.spdx3_paths import PATHS as SPDX3
from debar.validate import Problem, validate

Json = dict[str, Any]

CYCLONEDX = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
GATES = {"us-ndaa-1634-far-52.204-23", "us-bis-icts-2021-002"}
AS_OF = Options(as_of="2026-11-21")

PARTY = "Kaspersky Lab"
PRODUCT = "Kaspersky Endpoint Security"
PROSE = "made by Kaspersky Lab"
HOST = "https://dc1.ksn.kaspersky-labs.com/x"
EMAIL = "sales@kaspersky.com"
PURL = "pkg:npm/%40kaspersky/hexa-ui@1"
CPE = "cpe:2.3:a:kaspersky:anti-virus:1:*:*:*:*:*:*:*"
BY_ROLE = {Role.IDENTITY: PRODUCT, Role.PARTY: PARTY, Role.ADDRESS: HOST, Role.PROSE: PROSE, Role.NEUTRAL: PARTY}
BY_FIELD = {"purl": PURL, "cpe": CPE}
# For a text that the schema wants to be an address or an IRI: the first that it allows.
OTHERS = (HOST, EMAIL, PURL, CPE)

LEVELS = {Outcome.FAIL: 3, Outcome.REVIEW: 2, Outcome.NOTE: 1}
NOTHING, NOTE, REVIEW = 0, 1, 2
FAIL = 3


class Expected(NamedTuple):
    """The mildest and the hardest outcome; `raw` says that the sweep of the raw text may be what finds it."""

    least: int
    most: int
    raw: bool = False


class Known(NamedTuple):
    """Places where something else than the field's role decides, by design."""

    schema: str
    path: str
    field: str
    expected: Expected
    why: str


KNOWN = (
    Known(
        r"1\..",
        r"dependencies\.(ref|dependsOn|provides)",
        "relation",
        Expected(REVIEW, FAIL),
        "An id that nothing holds stands for an unknown component, and is all that is known of it.",
    ),
    Known(
        r"2\..",
        r"documentDescribes|packages\.hasFiles|files\.fileDependencies|snippets\.snippetFromFile|relationships\..*",
        "relation",
        Expected(REVIEW, FAIL),
        "The same.",
    ),
    Known(
        r"3\..*",
        r".*",
        "relation",
        Expected(NOTHING, FAIL, raw=True),
        "The same; and an IRI may also be the address of a party or the name of a licence.",
    ),
    Known(
        r"2\..",
        r"snippets\.ranges\..*",
        "relation",
        Expected(NOTHING, REVIEW, raw=True),
        "Where in a file a snippet stands is not read; a name there asks for a look.",
    ),
    Known(
        r"[23]\..*",
        r".*",
        "metadata",
        Expected(NOTHING, REVIEW, raw=True),
        "Dates, types and terms of lists are read for what they mean; a name there is nobody's and asks for a look.",
    ),
)
# What a format is told by: without it there is no SBOM to check.
REFUSED = {"bomFormat", "spdxVersion"}


def expected(one: Planted) -> Expected:
    """Return what a field's role demands of a finding."""
    if not one.field:
        # A whole component or service; one that only made a statement on the product is a note.
        return Expected(NOTE, FAIL)
    role = FIELDS[one.field].role
    if role is Role.NEUTRAL:
        return Expected(NOTHING, NOTHING)
    if one.field == "hash":
        return Expected(NOTHING, FAIL)
    return Expected(NOTE if role is Role.PROSE or one.field == "documentation" else REVIEW, FAIL)


def known(one: Planted) -> Iterator[Expected]:
    """Yield what else is right in a place by design."""
    for place in KNOWN:
        if place.field == one.field and re.fullmatch(place.schema, one.schema) and re.fullmatch(place.path, one.path):
            yield place.expected


@dataclass(frozen=True, slots=True)
class Planted:
    """A document with one planted text; `field` is empty for a whole component or service in its place."""

    schema: str
    path: str
    field: str
    text: str
    document: Json
    closed: bool


def marker(field: str, schema: Json) -> str:
    """Return the text that a field's role asks for, else one of another form that the schema allows, else nothing."""
    wanted = BY_FIELD.get(field, BY_ROLE[FIELDS[field].role])
    return next((text for text in (wanted, *OTHERS) if admits(schema, text)), "")


def planted(schema: str, path: str, field: str, slot: Slot, frame: Json) -> Planted:
    """Return the frame with a text in one place; a text that the schema does not allow where it allows none."""
    text = marker(field, slot.schema)
    return Planted(schema, path, field, text or PARTY, joined(frame, slot.make(text or PARTY)), closed=not text)


def cyclonedx_field(node: str, slot: Slot) -> str:
    place = tree(node)
    for key in slot.path:
        child = place.child(key)
        assert child is not None, slot.path
        place = child
    if place.field == "reference" and slot.path[-2:] == ("externalReferences", "url"):
        return REFERENCE_FIELDS.get(slot.around["type"], "reference")
    if slot.path[-1] == "concludedValue":
        return IDENTITY_FIELDS[slot.around["field"]]
    return place.field


@cache
def cyclonedx_schema(name: str) -> Json:
    loaded: Json = json.loads(files("cyclonedx.schema").joinpath("_res", name).read_text("utf-8"))
    return loaded


def resolve(reference: str, base: str) -> tuple[Any, str]:
    file, _, fragment = reference.partition("#")
    base = file.rsplit("/", 1)[-1] or base
    return inside(cyclonedx_schema(base), fragment), base


def inside(value: Any, fragment: str) -> Any:  # noqa: ANN401 - JSON
    for key in filter(None, fragment.split("/")):
        value = value[key]
    return value


def cyclonedx(version: str) -> Iterator[Planted]:
    base = f"bom-{version}.SNAPSHOT.schema.json"
    root = cyclonedx_schema(base)
    walk = Walk(
        resolve,
        nodes=frozenset({"#/definitions/component", "#/definitions/service"}),
        # No signature is valid as a signature and as a list of them, which an empty one is.
        fixed={"signature": {"algorithm": "ES256", "value": "x"}},
        decided={"url": ("type", ()), "concludedValue": ("field", ())},
    )
    product = {"type": "application", "bom-ref": "product", "name": "product", "version": "1"}
    frame = {
        "bomFormat": "CycloneDX",
        "specVersion": version,
        "version": 1,
        "metadata": {"component": {**product, "supplier": {"name": "Acme"}}},
    }
    listed = {
        **frame,
        "components": [{"type": "library", "bom-ref": "c", "name": "c", "version": "1", "purl": "pkg:npm/c@1"}],
        "dependencies": [{"ref": "product", "dependsOn": ["c"]}],
    }
    for slot in smallest_slots(walk, root, base):
        path = ".".join(slot.path)
        if slot.node:
            kind = {"type": "library"} if slot.node.endswith("component") else {}
            document = joined(listed, slot.make({**kind, "name": PRODUCT, "version": "1"}))
            yield Planted(version, f"{path}:", "", PRODUCT, document, closed=False)
        else:
            yield planted(version, path, cyclonedx_field("document", slot), slot, listed)
    for node, key in (("component", "components"), ("service", "services")):
        for slot in smallest_slots(walk, root["definitions"][node], base):
            if not slot.node:
                yield wrapped(version, node, key, slot, frame)


def wrapped(version: str, node: str, key: str, slot: Slot, frame: Json) -> Planted:
    whole = Slot(slot.path, slot.schema, lambda text: {key: [slot.make(text)]}, slot.around)
    return planted(version, f"{node}:{'.'.join(slot.path)}", cyclonedx_field(node, slot), whole, frame)


@cache
def spdx_schema(name: str) -> Json:
    loaded: Json = json.loads(files("debar.validate").joinpath("schemas", name).read_text("utf-8"))
    return loaded


SPDX2_NODES = {"packages": "package", "files": "file", "snippets": "snippet"}
# Annex F of SPDX 2.3, and a type that is none.
SPDX2_TYPES = (
    *("purl", "cpe22Type", "cpe23Type", "swid", "advisory", "fix", "url", "swh", "gitoid"),
    *("maven-central", "npm", "nuget", "bower", "other"),
)


def spdx2(version: str) -> Iterator[Planted]:
    name = f"spdx-{version}.schema.json"
    walk = Walk(
        lambda reference, base: (inside(spdx_schema(base), reference.partition("#")[2]), base),
        fixed={"SPDXID": "SPDXRef-x", "spdxVersion": f"SPDX-{version}"},
        decided={"referenceLocator": ("referenceType", SPDX2_TYPES)},
    )
    frame = {
        "spdxVersion": f"SPDX-{version}",
        "SPDXID": "SPDXRef-DOCUMENT",
        "dataLicense": "CC0-1.0",
        "name": "product",
        "documentNamespace": "https://acme.example/product",
        "creationInfo": {"created": "2026-11-21T00:00:00Z", "creators": ["Tool: maker"]},
        "packages": [
            {
                "SPDXID": "SPDXRef-product",
                "name": "product",
                "versionInfo": "1",
                "supplier": "Organization: Acme",
                **dict.fromkeys(("downloadLocation", "licenseDeclared", "licenseConcluded", "copyrightText"), "NONE"),
            }
        ],
        "documentDescribes": ["SPDXRef-product"],
    }
    for slot in smallest_slots(walk, spdx_schema(name), name):
        head, *rest = slot.path
        node = SPDX2_NODES.get(head, "document") if rest else "document"
        path = ".".join(rest if node != "document" else slot.path)
        field = SPDX2[node][path]
        if path == "externalRefs.referenceLocator":
            kind = slot.around["referenceType"]
            field = "purl" if kind == "purl" else external_field(slot.around["referenceCategory"], kind, "x")
        yield planted(version, ".".join(slot.path), field, slot, frame)


# The relationship that makes an element a part of the product, by its group.
SPDX3_TIES = {"licence": "hasConcludedLicense", "vulnerability": "hasAssociatedVulnerability", "component": "contains"}
# No `affects`, which is the first on the list and says something of a vulnerability.
SPDX3_FIXED: Json = {
    "spdxId": "urn:x",
    "creationInfo": "_:c",
    "specVersion": "3.0.1",
    "createdBy": ["urn:Jane"],
    "relationshipType": "contains",
    "to": ["urn:lib"],
    **dict.fromkeys(("from", "subject"), "urn:app"),
    "element": ["urn:app"],
    "rootElement": ["urn:app"],
    **dict.fromkeys(("security_assessedElement", "software_snippetFromFile"), "urn:lib"),
}
# What the schema says of a reference to an element, beside the element itself.
IRI = "^(?!_:).+:.+"
SPDX3_DECIDED = {"identifier": ("externalIdentifierType", ()), "locator": ("externalRefType", ())}


def relation(number: int, kind: str, to: str) -> Json:
    ends = {"from": "urn:app", "relationshipType": kind, "to": [to]}
    return {"type": "Relationship", "spdxId": f"urn:r{number}", "creationInfo": "_:c", **ends}


def spdx3_frame(type_: str) -> Json:
    group = GROUPS[local(type_).lower()]
    created = {"created": "2026-11-21T00:00:00Z", "createdBy": ["urn:Jane"], "specVersion": "3.0.1"}
    tool = {"createdUsing": ["urn:x"]} if group == "tool" else {}
    supplied = {"suppliedBy": "urn:Acme", "creationInfo": "_:c"}
    graph: list[Json] = [
        {"type": "CreationInfo", "@id": "_:c", **created, **tool},
        {"type": "Person", "spdxId": "urn:Jane", "creationInfo": "_:c", "name": "Jane"},
        {"type": "Organization", "spdxId": "urn:Acme", "creationInfo": "_:c", "name": "Acme"},
        {"type": "SpdxDocument", "spdxId": "urn:doc", "creationInfo": "_:c", "rootElement": ["urn:app"]},
        {"type": "software_Package", "spdxId": "urn:app", "name": "app", **supplied},
        {"type": "software_File", "spdxId": "urn:lib", "name": "lib", **supplied},
        relation(1, "contains", "urn:lib"),
    ]
    if group == "agent":
        graph.append(
            {"type": "software_Package", "spdxId": "urn:made", "name": "made", **supplied, "suppliedBy": "urn:x"}
        )
    if group in SPDX3_TIES:
        graph.append(relation(2, SPDX3_TIES[group], "urn:x"))
    return {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph}


def spdx3_field(type_: str, slot: Slot) -> str:
    group, key = GROUPS[local(type_).lower()], slot.path[-1]
    if key == "type":
        return "metadata"
    if key in {"@id", "spdxId"} or IRI in slot.schema.get("pattern", ()):
        return "relation"
    if len(slot.path) == 1:
        return spdx3_own(type_, group, key)
    part = GROUPS[local(slot.around["type"]).lower()]
    if part == "creation":
        return "bom-author" if key in {"createdBy", "createdUsing"} else SPDX3[part][key]
    return spdx3_part(group, part, slot)


def spdx3_own(type_: str, group: str, key: str) -> str:
    field = SPDX3[group][key]
    if (type_, key) == ("software_File", "name"):
        return "file-name"
    # What is said of a tool that made the document.
    return "bom-tool" if group == "tool" and FIELDS[field].role is not Role.NEUTRAL else field


def spdx3_part(group: str, part: str, slot: Slot) -> str:
    """Return the field of a text in a part of an element: only those of components are told by their types."""
    holder, key = slot.path[0], slot.path[-1]
    if SPDX3.get(part, {}).get(key, "metadata") == "metadata":
        return "metadata"
    if group != "component":
        return spdx3_own("", group, holder)
    if part in {"entry", "extension"}:
        return "property" if part == "entry" else "comment"
    if key == "identifier":
        kind = slot.around["externalIdentifierType"]
        return "purl" if kind == "packageUrl" else identifier_field(kind, "x")
    if key == "locator":
        return reference_field(slot.around["externalRefType"], "x")[0]
    return SPDX3[part][key]


def spdx3() -> Iterator[Planted]:
    name = "spdx-3.0.1.schema.json"
    definitions = spdx_schema(name)["$defs"]

    def entered(shape: Json) -> bool:
        kind = shape["properties"].get("type")
        return kind is None or GROUPS.get(local(walk.smallest(*kind)).lower()) in PARTS

    walk = Walk(
        lambda reference, base: (inside(spdx_schema(base), reference.partition("#")[2]), base),
        fixed=SPDX3_FIXED,
        entered=entered,
        decided=SPDX3_DECIDED,
        recursive=False,
    )
    for choice in definitions["AnyClass"]["anyOf"]:
        type_ = choice["$ref"].rpartition("/")[2]
        # Parts are planted where an element holds them.
        if GROUPS.get(local(type_).lower(), "extension") not in PARTS:
            for slot in smallest_slots(walk, choice, name):
                yield spdx3_planted(type_, slot)


def spdx3_planted(type_: str, slot: Slot) -> Planted:
    whole = Slot(slot.path, slot.schema, lambda text: {"@graph": [{"type": type_, **slot.make(text)}]}, slot.around)
    path = f"{type_}.{'.'.join(slot.path)}"
    return planted("3.0.1", path, spdx3_field(type_, slot), whole, spdx3_frame(type_))


class Outcomes(NamedTuple):
    level: int
    raw: bool
    silent: bool
    refused: bool = False


def outcome(one: Planted, pack: Pack) -> Outcomes:
    """Return the hardest outcome under the gating regimes, and whether neither a finding nor a near miss tells it."""
    data = json.dumps(one.document).encode()
    try:
        seen = examine([Input(path="planted.json", data=data)], pack=pack, options=AS_OF)
    except InputError:
        return Outcomes(NOTHING, raw=False, silent=False, refused=True)
    rulings = [ruling for finding in seen.verdict.findings for ruling in finding.rulings if ruling.regime in GATES]
    level = max((LEVELS.get(ruling.outcome, NOTHING) for ruling in rulings), default=NOTHING)
    raw = any(item.field == "raw-text" for item in seen.matches.evidence)
    silent = not level and not seen.matches.near_misses
    return Outcomes(level, raw=raw, silent=silent)


def kind_and_problem(one: Planted, pack: Pack) -> tuple[str, str]:
    """Return what a place counts as, and what is wrong with what came of it."""
    got = outcome(one, pack)
    if one.closed:
        return "closed", "nothing is said of it" if got.silent else ""
    if got.refused:
        return "refused", "" if one.path in REFUSED else "refused"
    wanted = expected(one)
    if not is_within(got, wanted):
        by_design = any(is_within(got, other) for other in known(one))
        return ("by design", "") if by_design else ("wrong", f"wanted {wanted}, got {got}")
    if one.field and FIELDS[one.field].role is Role.NEUTRAL:
        return "neutral", ""
    return "hash" if one.field == "hash" else "found", ""


def is_within(got: Outcomes, wanted: Expected) -> bool:
    return wanted.least <= got.level <= wanted.most and (wanted.raw or not got.raw)


@pytest.fixture(scope="module")
def pack() -> Iterator[Pack]:
    """The bundled pack; it is made ready for matching once and not once a document."""
    bundled = packs.load(packs.bundled()["us-kaspersky"])
    matcher = match.Matcher(bundled)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(match, "Matcher", lambda _: matcher)
        yield bundled


SCHEMAS = {**dict.fromkeys(CYCLONEDX, cyclonedx), "2.2": spdx2, "2.3": spdx2, "3.0.1": lambda _: spdx3()}
FORMATS = {"1": "CycloneDX JSON", "2": "SPDX JSON", "3": "SPDX 3 JSON"}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_name_in_any_text_comes_to_what_the_field_says(
    schema: str, pack: Pack, capsys: pytest.CaptureFixture[str]
) -> None:
    counts: Counter[str] = Counter()
    problems = []
    for one in SCHEMAS[schema](schema):
        kind, problem = kind_and_problem(one, pack)
        counts[kind] += 1
        if problem:
            problems.append(f"{one.path} ({one.field or 'element'}) {one.text!r}: {problem}")
    with capsys.disabled():
        told = ", ".join(f"{count:,} {kind}" for kind, count in sorted(counts.items()))
        print(f"\n{FORMATS[schema[0]]} {schema}: {counts.total():,} planted: {told}", end=" ")  # noqa: T201 - the point
    assert not problems, "\n".join([f"{len(problems)} places:", *problems])


# A version range needs `isExternal` beside it; a name alone is that of an organisation and of a person, not of one.
NOT_ALONE = re.compile(r".*:versionRange|.*\.(?:asserter|patentAssignee)\.(?:name|bom-ref)")


@pytest.mark.parametrize("schema", SCHEMAS)
def test_what_is_planted_is_valid_where_the_schema_is_open(schema: str) -> None:
    def problems(one: Planted) -> tuple[Problem, ...]:
        return validate(json.dumps(one.document).encode(), "planted.json", FORMATS[schema[0]], schema, most=1)

    planted = [
        one
        for one in SCHEMAS[schema](schema)
        if not (one.closed or one.path in REFUSED or NOT_ALONE.fullmatch(one.path))
    ]
    invalid = {one.path: found[0].message for one in planted if (found := problems(one))}
    assert not invalid
