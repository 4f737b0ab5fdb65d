"""The SBOM itself with the verdict written into it: properties, and from CycloneDX 1.5 on annotations.

Only for one CycloneDX JSON document of 1.3 or later: what came in goes out, with nothing lost but the formatting and
a signature, which the change breaks. `version` is raised by one, as the specification asks of whoever changes a BOM.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from debar.errors import UsageError
from debar.model.policy import Outcome
from debar.report import accepted
from debar.report.text import gating, products
from debar.report.wording import chain
from debar.text import inert_json, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debar.model.decision import Finding, Ruling, Verdict

_WITH_PROPERTIES = ("1.3", "1.4", "1.5", "1.6", "1.7")
_WITH_ANNOTATIONS = ("1.5", "1.6", "1.7")
#: Arrays whose members are components or services, and members that are one component.
_ARRAYS = frozenset({"components", "services", "ancestors", "descendants", "variants"})
_OTHERWISE = "; --format json or --format sarif holds the verdict on any input"
_MOST_TEXT = 4_000
_MOST_MENTIONS = 5
_ANNOTATOR = "debar"


def render(verdict: Verdict) -> str:
    """Return the input document with the verdict in it.

    Raises `UsageError` for several documents, other formats, and versions without a place for a verdict.
    """
    if len(verdict.documents) > 1:
        raise UsageError(f"--format cyclonedx writes into one SBOM, and this product has several{_OTHERWISE}")
    document = verdict.documents[0]
    known = document.format == "CycloneDX JSON" and document.spec_version in _WITH_PROPERTIES
    if not known:
        what = safe_text(f"{document.format} {document.spec_version}", 60)
        raise UsageError(f"--format cyclonedx writes into CycloneDX JSON 1.3 to 1.7, not into {what}{_OTHERWISE}")
    # What the reader could read, json reads too; it is not asked how deep, since the reader has limits.
    bom: dict[str, Any] = json.loads(bytes(document.text), object_hook=_without_ours)
    bom.pop("signature", None)
    if type(bom.get("version")) is int:
        bom["version"] += 1
    _add(bom.setdefault("metadata", {}), list(_summary(verdict)))
    for finding in verdict.findings:
        pointer = verdict.components[finding.component].pointer
        place = _component(bom, pointer) if finding.evidence[0].field != "raw-text" else None
        if place is not None:
            _add(place, list(_properties(verdict, finding)))
    if document.spec_version in _WITH_ANNOTATIONS:
        bom["annotations"] = [*_list(bom.get("annotations")), *_annotations(verdict, bom)]
    try:
        return inert_json(json.dumps(bom, indent=2, allow_nan=False)) + "\n"
    except ValueError as error:
        raise UsageError(f"--format cyclonedx: the SBOM holds a number that JSON cannot{_OTHERWISE}") from error


def _without_ours(place: dict[str, Any]) -> dict[str, Any]:
    """Drop what an earlier run wrote, so that no old verdict stands beside the new one."""
    if isinstance(listed := place.get("properties"), list):
        kept = [item for item in listed if not _our_property(item)]
        if len(kept) < len(listed):
            place["properties"] = kept
    if isinstance(listed := place.get("annotations"), list):
        place["annotations"] = [item for item in listed if not _our_annotation(item)]
    return place


def _our_property(item: object) -> bool:
    name = item.get("name") if isinstance(item, dict) else None
    return isinstance(name, str) and name.startswith("debar:")


def _our_annotation(item: object) -> bool:
    annotator = item.get("annotator") if isinstance(item, dict) else None
    component = annotator.get("component") if isinstance(annotator, dict) else None
    return isinstance(component, dict) and component.get("name") == _ANNOTATOR


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _add(place: object, properties: list[tuple[str, str]]) -> None:
    """Append properties to an object, unless it is none or holds something odd in their place."""
    if not isinstance(place, dict) or not isinstance(place.setdefault("properties", []), list):
        return
    place["properties"] += [{"name": name, "value": safe_text(value, _MOST_TEXT)} for name, value in properties]


def _component(bom: object, pointer: str) -> dict[str, Any] | None:
    """Return the component or service at a pointer; None for what else may be flagged, such as a tool of 1.4."""
    parts = pointer.split("/")[1:]
    if not parts or not (parts[-1] == "component" or (len(parts) > 1 and parts[-2] in _ARRAYS)):
        return None
    place = bom
    for part in parts:
        if isinstance(place, dict):
            place = place.get(part)
        elif isinstance(place, list) and part.isdecimal() and int(part) < len(place):
            place = place[int(part)]
        else:
            return None
    return place if isinstance(place, dict) else None


def _summary(verdict: Verdict) -> Iterator[tuple[str, str]]:
    yield "debar:verdict", verdict.status.value
    # No words that name the vendor: a later check of this document would find them, and note the product.
    if not _names_vendor(verdict, verdict.reason):
        yield "debar:reason", verdict.reason
    for pack in verdict.packs:
        yield "debar:policy", f"{pack.version} sha256:{pack.digest}"
    for path, digest in (
        *((file.path, file.digest) for file in verdict.facts),
        *((file.path, file.digest) for file in verdict.corrections),
        *((file.path, file.digest) for file in verdict.waivers),
        *((file.path, file.sha256) for file in (verdict.baseline.documents if verdict.baseline else ())),
    ):
        yield "debar:basis", f"{path} sha256:{digest}"
    yield "debar:as-of", verdict.as_of
    yield "debar:input", f"sha256:{verdict.documents[0].sha256}"
    for item in verdict.regimes:
        yield f"debar:regime:{item.regime}", item.status.value + ("" if item.gating else " (does not decide)")
    for ruling in verdict.gaps:
        if ruling.blocks:
            yield f"debar:missing:{ruling.gap.code}", f"{ruling.message} ({ruling.gap.count:,})"


def _properties(verdict: Verdict, finding: Finding) -> Iterator[tuple[str, str]]:
    yield "debar:finding", finding.id
    yield "debar:outcome", gating(verdict, finding).outcome.value
    yield "debar:what", f"{finding.article.value}, {finding.use.word}, {finding.confidence.value}"
    for ruling in finding.rulings:
        yield f"debar:outcome:{ruling.regime}", ruling.outcome.value
        for waiver in (name for name in ruling.waivers if not _names_vendor(verdict, name)):
            yield f"debar:waiver:{ruling.regime}", waiver
    if verdict.baseline:
        yield "debar:baseline", "existing" if finding.existing else "new"


def _annotations(verdict: Verdict, bom: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an annotation for the verdict and one a finding, each about something that has a reference."""
    from importlib.metadata import version

    annotator = {"component": {"type": "application", "name": _ANNOTATOR, "version": version("debar")}}
    product = verdict.components[verdict.documents[0].product].ref
    text = f"{accepted.heading(verdict)}: {products(verdict)}; why stands in the properties of the metadata"
    subjects = [product] if product else []
    if subjects or bom.get("serialNumber"):
        yield _annotation(subjects or [bom["serialNumber"]], annotator, verdict.as_of, text)
    for finding in verdict.findings:
        ref = verdict.components[finding.component].ref
        ruling = gating(verdict, finding)
        if ref and ruling.outcome is not Outcome.NOT_APPLICABLE:
            yield _annotation([ref], annotator, verdict.as_of, _words(verdict, ruling, finding))


def _words(verdict: Verdict, ruling: Ruling, finding: Finding) -> str:
    """Word an annotation without the vendor's name: readers take an annotation for the product's own text."""
    matched = ", ".join(f"{item.field} ({item.fact.id})" for item in finding.evidence[:_MOST_MENTIONS])
    through = chain(verdict, finding.route.paths[0][:-1])
    lines = [
        f"{ruling.outcome.value.upper()} under {ruling.regime}: {finding.article.value}, {finding.use.word}",
        *(line for line in (ruling.why, ruling.citation) if not _names_vendor(verdict, line)),
        f"matched by {matched}",
        *([f"reached through {through}"] if through else ()),
        *([f"what to do: {ruling.remedy}"] if ruling.remedy else ()),
    ]
    return "; ".join(lines)


def _names_vendor(verdict: Verdict, text: str) -> bool:
    """Tell whether a text names the vendor of a pack, by its name or by the pack's, which holds it."""
    return any(word.lower() in text.lower() for pack in verdict.packs for word in (pack.vendor, pack.id))


def _annotation(subjects: list[str], annotator: dict[str, Any], timestamp: str, text: str) -> dict[str, Any]:
    return {"subjects": subjects, "annotator": annotator, "timestamp": timestamp, "text": safe_text(text, _MOST_TEXT)}
