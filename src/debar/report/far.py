"""The report to a contracting officer: the fields that FAR 52.204-23(c)(2) and 52.204-30(c)(4) ask for.

What the findings tell is filled in, what a small contract file tells too, and the rest is marked for a person. Whether
a finding is a covered article, and whether a report is due, is for a person to decide.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import msgspec

from debar.errors import UsageError
from debar.model.fields import FIELDS, Role
from debar.model.policy import Outcome
from debar.report import basis
from debar.report.text import gating, label, remarks
from debar.text import inert, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debar.model.decision import Finding, Ruling, Verdict

BLANK = "[to be filled in by a person]"
#: What somebody answers for stands in the product all the same, and is reported.
_REPORTED = (Outcome.FAIL, Outcome.REVIEW, Outcome.WAIVED)
_FIELDS = (
    ("contractNumber", "Contract number"),
    ("orderNumbers", "Order number(s), if applicable"),
    ("productName", "Product or service provided to the Government"),
    ("coveredArticle", "Covered article or source"),
    ("supplierName", "Supplier (vendor)"),
    ("supplierUei", "Unique entity identifier of the supplier"),
    ("supplierCage", "CAGE code of the supplier"),
    ("brand", "Brand"),
    ("modelNumber", "Model number (OEM, manufacturer part or wholesaler number)"),
    ("itemDescription", "Item description"),
    ("mitigation", "Mitigation undertaken or recommended"),
)


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a person knows of one component, by its purl, name or name@version."""

    component: str
    supplier: str = ""
    uei: str = ""
    cage: str = ""
    brand: str = ""
    model_number: str = ""
    description: str = ""
    mitigation: str = ""


class Contract(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The contract file: TOML with these keys, all optional, and an ``[[item]]`` for each component."""

    contract_number: str = ""
    order_numbers: tuple[str, ...] = ()
    product: str = ""
    efforts: str = ""
    reasons: str = ""
    additional_efforts: str = ""
    item: tuple[Item, ...] = ()


def read_contract(text: bytes, path: str) -> Contract:
    """Return the contract file's content; raises `UsageError` with what is wrong with it."""
    try:
        return msgspec.convert(tomllib.loads(text.decode()), Contract)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"{path} is no contract file: {error}") from error


def entries(verdict: Verdict, contract: Contract) -> tuple[dict[str, Any], ...]:
    """Return the fields of each finding that a regime bars or leaves to review, waived or not; "" for a person."""
    return tuple(_entry(verdict, finding, contract) for finding in verdict.findings if _rulings(finding))


def _rulings(finding: Finding) -> list[Ruling]:
    return [ruling for ruling in finding.rulings if ruling.outcome in _REPORTED]


def _entry(verdict: Verdict, finding: Finding, contract: Contract) -> dict[str, Any]:
    component = verdict.components[finding.component]
    names = {component.purl, component.name, component.label} - {""}
    item = next((one for one in contract.item if one.component in names), Item(component=""))
    root = verdict.components[verdict.documents[0].product].label
    parties = [one.value for one in finding.evidence if FIELDS[one.field].role is Role.PARTY]
    known = list(dict.fromkeys(one.fact.what for one in finding.evidence))
    remedies = dict.fromkeys(ruling.remedy for ruling in _rulings(finding) if ruling.remedy)
    described = f"{component.label}: {'; '.join(known[:3])} ({finding.article.value}, {finding.use.word})"
    recommended = f"recommended: {' '.join(remedies)}" if remedies else ""
    return {
        "finding": finding.id,
        "contractNumber": contract.contract_number,
        "orderNumbers": list(contract.order_numbers),
        "productName": contract.product or root,
        "coveredArticle": component.label,
        "supplierName": item.supplier or next(iter(parties), ""),
        "supplierUei": item.uei,
        "supplierCage": item.cage,
        "brand": item.brand or next((pack.vendor for pack in verdict.packs if pack.id == finding.pack), ""),
        "modelNumber": item.model_number,
        "itemDescription": item.description or described,
        "mitigation": item.mitigation or recommended,
        "outcomes": {ruling.regime: ruling.outcome.value for ruling in _rulings(finding)},
    }


def render(verdict: Verdict, contract: Contract | None = None) -> str:
    """Return the report as text with a final newline."""
    contract = contract or Contract()
    found = entries(verdict, contract)
    lines = [
        f"{verdict.status.value.upper()}  {label(verdict, verdict.documents[0].product)}: {safe_text(verdict.reason)}",
        "REPORT OF COVERED ARTICLES",
        "fields of FAR 52.204-23(c)(2)(i) and 52.204-30(c)(4); a draft for a person to complete and to decide on",
        f"as of {verdict.as_of}; {len(found)} finding{'' if len(found) == 1 else 's'}",
        f"judged by {basis.packs(verdict)}",
        *basis.files(verdict),
        *basis.corrected(verdict),
        *_items(verdict, found),
        "",
        "Within 10 business days of the first report, FAR 52.204-23(c)(2)(ii):",
        *_field("Efforts undertaken to prevent use or submission", contract.efforts),
        *_field("Reasons that led to the use or submission", contract.reasons),
        *_field("Additional efforts to prevent it in the future", contract.additional_efforts),
        "",
        *(safe_text(text, 1_000) for text in basis.disclaimers(verdict)),
    ]
    return inert("\n".join(lines) + "\n")


def _items(verdict: Verdict, found: Sequence[dict[str, Any]]) -> Iterator[str]:
    if not found:
        yield "nothing was found that a regime bars or leaves to review, so there is nothing to report"
    reported = [finding for finding in verdict.findings if _rulings(finding)]
    for finding, entry in zip(reported, found, strict=True):
        yield ""
        yield f"{gating(verdict, finding).outcome.value.upper()}  {label(verdict, finding.component)}"
        ruled = ", ".join(f"{outcome} under {regime}" for regime, outcome in entry["outcomes"].items())
        yield f"   {safe_text(entry['finding'], 200)}: {ruled}"
        yield from (f"   {remark}" for remark in remarks(verdict, finding))
        for key, title in _FIELDS:
            value = entry[key]
            yield from _field(title, ", ".join(value) if isinstance(value, list) else value)


def _field(title: str, value: str) -> Iterator[str]:
    yield f"   {title}: {safe_text(value, 1_000) if value else BLANK}"
