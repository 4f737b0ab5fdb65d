"""The certificate for people: one page of HTML that prints well, and the same in Markdown.

Both show only what the signed certificate says; the certificate states their digests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from debar.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debar.model.certificate import Certificate, Subject

#: Markup, and what makes GitHub turn a bare address into a link.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!@&]|(?<=:)/|(?<=www)\.)", re.IGNORECASE)
_DIGEST = re.compile(r"((?:sha\d+:)?[0-9a-f]{64,})")
_LONGEST = 600
_MOST = 40


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with rows of (what, text); rows without a what are items of a list."""

    title: str
    rows: tuple[tuple[str, str], ...]


def _sections(made: Certificate, subjects: Sequence[Subject]) -> Iterator[Section]:
    signer, product = made.signer, made.product
    yield Section(
        "Product",
        (
            ("name", f"{product.name} {product.version}".strip()),
            *((("purl", product.purl),) if product.purl else ()),
            *((one.name, " ".join(f"{name}:{value}" for name, value in one.digest.items())) for one in subjects),
        ),
    )
    yield Section(
        "Verdict under each rule",
        tuple((f"{one.title} ({one.profile})", _standing(one.verdict, gating=one.gating)) for one in made.regimes),
    )
    yield Section("What was examined", tuple(("", text) for text in made.inquiry.examined))
    yield Section(
        "Bills of materials",
        tuple(
            (sbom.name, f"{sbom.format} {sbom.spec_version}, {sbom.components:,} elements, sha256:{sbom.sha256}")
            for sbom in made.sboms
        ),
    )
    if made.assertions:
        rows = tuple((f"asserted by {one.by}", f"{one.what}: {one.reason}") for one in made.assertions)
        yield Section("Only the vendor's word", rows)
    accepted = tuple((limit.code, f"{limit.says} ({limit.count:,})") for limit in made.limits if limit.accepted)
    if accepted:
        yield Section("Limits that keep this from being a pass", accepted)
    yield Section("What was not examined", tuple(("", text) for text in made.inquiry.not_examined))
    if made.far_report:
        rows = tuple((str(one.get("finding", "")), str(one.get("itemDescription", ""))) for one in made.far_report)
        yield Section("Found, and barred or for review under a rule that does not decide", rows)
    yield Section("Judged by", tuple(_judged_by(made)))
    yield Section(
        "Signed by",
        (
            ("name", ", ".join(text for text in (signer.name, signer.title, signer.organization) if text)),
            *((("authority", signer.authority),) if signer.authority else ()),
            *((("contact", signer.contact),) if signer.contact else ()),
            ("key id", signer.key_id),
        ),
    )


def _judged_by(made: Certificate) -> Iterator[tuple[str, str]]:
    for policy in made.policies:
        yield "policy", f"{policy.id} {policy.version}, the law as of {policy.legal_as_of}, sha256:{policy.digest}"
    for one in made.inputs:
        yield one.kind, f"{one.name}, sha256:{one.sha256}"
    yield "tool", f"{made.tool.name} {made.tool.version}, sha256:{made.tool.sha256}"


def _standing(verdict: str, *, gating: bool) -> str:
    return f"{verdict.upper()}{', decides' if gating else ', shown for information'}"


def _title(made: Certificate) -> str:
    vendors = " and ".join(dict.fromkeys(policy.vendor for policy in made.policies))
    rules = " and ".join(one.title for one in made.regimes if one.gating)
    return (
        f"Certificate: no {vendors} software that is barred by {rules}"
        if made.verdict == "pass"
        else (f"Statement on {vendors} software under {rules}")
    )


def outcome(made: Certificate) -> str:
    """Return why the verdict is what it is, and which rules that do not decide see it otherwise."""
    others = [f"{one.verdict} under {one.title}" for one in made.regimes if one.verdict in {"fail", "review"}]
    return made.reason + (f"; but {', '.join(others)}" if others else "")


def _facts(made: Certificate) -> tuple[tuple[str, str], ...]:
    return (
        ("certificate", made.certificate_id),
        ("evaluated as of", made.evaluated_at),
        ("valid until", made.valid_until),
        ("market", made.market),
    )


def _footer(name: str) -> str:
    return (
        f"This page is a rendering. What counts is the signed file {name}; check it with: debar verify {name} --key KEY"
    )


def markdown(made: Certificate, subjects: Sequence[Subject], name: str) -> str:
    """Return the page as Markdown; `name` is the signed file's."""
    lines = [f"# {_md(_title(made))}", "", f"**{made.verdict.upper()}**: {_md(outcome(made))}", ""]
    lines += [f"- {what}: {_md(text)}" for what, text in _facts(made)]
    lines += ["", _md(made.inquiry.statement)]
    for section in _sections(made, subjects):
        lines += ["", f"## {section.title}", ""]
        lines += [f"- {_md(what) + ': ' if what else ''}{_md(text)}" for what, text in section.rows[:_MOST]]
        lines += [f"- and {len(section.rows) - _MOST:,} more"] if len(section.rows) > _MOST else []
    return "\n".join([*lines, "", _md(_footer(name)), ""])


def html(made: Certificate, subjects: Sequence[Subject], name: str) -> str:
    """Return the page as one file of HTML without scripts or anything to load; `name` is the signed file's."""
    kind = "pass" if made.verdict == "pass" else "limited"
    title = _text(_title(made))
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head>'
    )
    facts = "".join(f"<div><dt>{what}</dt><dd>{_text(text)}</dd></div>" for what, text in _facts(made))
    body = "".join(_html_section(section) for section in _sections(made, subjects))
    return (
        f'{head}<body><main><header class="{kind}"><h1>{title}</h1>'
        f"<p class=verdict><strong>{made.verdict.upper()}</strong> {_text(outcome(made))}</p><dl>{facts}</dl></header>"
        f"<p>{_text(made.inquiry.statement)}</p>{body}<footer>{_text(_footer(name))}</footer></main></body></html>\n"
    )


def _html_section(section: Section) -> str:
    shown = section.rows[:_MOST]
    more = len(section.rows) - len(shown)
    rest = f"<p>and {more:,} more</p>" if more else ""
    if all(not what for what, _ in shown):
        inner = f"<ul>{''.join(f'<li>{_text(text)}</li>' for _, text in shown)}</ul>"
    else:
        rows = "".join(f"<tr><th>{_text(what)}</th><td>{_text(text)}</td></tr>" for what, text in shown)
        inner = f"<table>{rows}</table>"
    return f"<section><h2>{section.title}</h2>{inner}{rest}</section>"


def _text(value: str) -> str:
    return _DIGEST.sub(r"<code>\1</code>", escape(safe_text(value, _LONGEST)))


def _md(value: str) -> str:
    return _MARKDOWN.sub(r"\\\1", safe_text(value, _LONGEST))


_STYLE = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#eceff1;color:#1b1f23;font:13px/1.4 "DejaVu Sans",Verdana,Arial,sans-serif}
main{max-width:210mm;margin:8mm auto;padding:14mm;background:#fff;border:1px solid #cfd4d8}
header{border-left:6px solid #1a7f37;padding-left:14px}
header.limited{border-color:#9a6700}
h1{margin:0;font-size:21px}
.verdict{margin:6px 0 10px;font-size:14px}
.verdict strong{color:#fff;background:#1a7f37;padding:2px 9px;border-radius:3px;margin-right:6px}
.limited .verdict strong{background:#9a6700}
dl{display:grid;grid-template-columns:1fr auto auto auto;gap:4px 16px;margin:0}
code{font:11px "DejaVu Sans Mono",Consolas,monospace;letter-spacing:-.02em}
dt{font-size:10px;text-transform:uppercase;letter-spacing:.05em;color:#57606a}
dd{margin:0;font-size:12px}
h2{font-size:11px;text-transform:uppercase;letter-spacing:.06em;color:#57606a;margin:13px 0 3px;
border-bottom:1px solid #d0d7de;padding-bottom:2px}
ul{margin:0;padding-left:17px}
table{width:100%;border-collapse:collapse}
th{text-align:left;font-weight:normal;color:#57606a;width:30%;vertical-align:top;padding:1px 12px 1px 0}
td{vertical-align:top;padding:1px 0;overflow-wrap:anywhere}
th{overflow-wrap:anywhere}
footer{margin-top:16px;border-top:1px solid #d0d7de;padding-top:6px;font-size:11px;color:#57606a}
section{break-inside:avoid}
@page{size:A4;margin:11mm}
@media print{body{background:#fff;font-size:10px;line-height:1.3}code{font-size:9px}h1{font-size:17px}
.verdict{font-size:11.5px}dd{font-size:9.5px}h2{margin-top:8px;font-size:9.5px}footer{margin-top:8px;font-size:9px}main{margin:0;padding:0;border:0;max-width:none}
.verdict strong{print-color-adjust:exact;-webkit-print-color-adjust:exact}header{print-color-adjust:exact}}
""".replace("\n", "")
