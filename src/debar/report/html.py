"""The report as one HTML page that a compliance officer opens from a mail: no script, nothing from the network.

The policy in its head lets a browser use the page's own style sheet and nothing else, so that even a text that broke
out could neither run nor call home (https://www.w3.org/TR/CSP3/). Every text goes through `report/markup.py`.
"""

from __future__ import annotations

import pkgutil
from base64 import b64encode
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING

from debar.model.decision import Status
from debar.model.elements import Standard
from debar.model.gaps import GAPS
from debar.model.policy import Outcome
from debar.report import accepted, basis
from debar.report.html_findings import anchor, findings, pill, quotation
from debar.report.markup import Html, each, tag, together
from debar.report.text import label, products, ranked, title
from debar.text import inert, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from debar.model.decision import GapRuling, RegimeVerdict, Verdict

_MOST_ROWS = 500
_MOST_EXAMPLES = 3
_PLAIN = {
    Status.FAIL: "This product holds something that is barred.",
    Status.REVIEW: "A person must look at this product before it can be called clean.",
    Status.INCOMPLETE: "This is not a pass: the SBOM shows too little.",
    Status.PASS: "Nothing that the deciding regime bars was found among what the SBOM lists.",
    Status.NOT_APPLICABLE: "No regime that decides holds in this market.",
}
_ACCEPTED = "It passes only because people accepted what was found."
_WOULD = {
    Status.FAIL: "WOULD FAIL",
    Status.REVIEW: "WOULD NEED REVIEW",
    Status.INCOMPLETE: "WOULD BE INCOMPLETE",
    Status.PASS: "WOULD PASS",
}
#: Signs beside the colours, which not everybody can tell apart.
_SIGNS = {
    Status.FAIL: "M9 9l14 14M23 9L9 23",
    Status.REVIEW: "M16 7v11M16 23.5v.5",
    Status.INCOMPLETE: "M11 12c0-7 10-7 10-1 0 4-5 4-5 8M16 24v.5",
    Status.PASS: "M8 17l6 6L25 10",
    Status.NOT_APPLICABLE: "M8 16h16",
}
_WORDS = (
    ("fail, review, incomplete, pass", "The verdict: barred; a person must decide; the SBOM shows too little; clean."),
    ("engine, cybersecurity, entity ...", "What a component is: its article. A regime bars some articles."),
    ("shipped, build, dev-test ...", "How the product uses it: the strongest use on any path."),
    ("certain, likely, weak", "How sure the evidence is. Only what is certain is barred; what is likely is looked at."),
    ("decides", "The verdict rests on this regime. The others are judged and shown, and decide nothing."),
    ("missing, limit", "What the SBOM does not show: something that keeps it from a pass, or something only stated."),
)


def render(verdict: Verdict, *, near_misses: bool = False, coverage: bool = False) -> str:
    """Return the report as an HTML page; near misses and the minimum elements only when asked for."""
    style = (pkgutil.get_data("debar.report", "html.css") or b"").decode()
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{verdict.status.value.upper()}: {products(verdict)}"),
        Html("\n"),
        tag("style", Html(style)),
    )
    sections = [part for part in _sections(verdict, near_misses=near_misses, coverage=coverage) if part[2]]
    links = each("li", (tag("a", name, href=f"#{key}") for key, name, _ in sections))
    body = tag(
        "body",
        tag("a", "To the findings", href="#found", class_="skip"),
        _banner(verdict),
        tag("nav", tag("ul", links), aria_label="Sections"),
        tag("main", *(tag("section", tag("h2", name), content, id=key) for key, name, content in sections)),
        _footer(verdict),
    )
    return inert("<!DOCTYPE html>\n" + tag("html", head, body, lang="en"))


def _policy(style: str) -> str:
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _sections(verdict: Verdict, *, near_misses: bool, coverage: bool) -> list[tuple[str, str, Html]]:
    """Return the sections as (anchor, heading, content), the empty ones too."""
    return [
        ("next", "What to do", _next(verdict)),
        ("found", "What was found", findings(verdict)),
        ("regimes", "Under each regime", together(map(_regime, verdict.regimes))),
        ("inventory", "What the SBOM shows", _inventory(verdict, coverage=coverage)),
        ("decisions", "Decisions of people", _decisions(verdict)),
        ("near", "Looked alike, and not flagged", _near(verdict, shown=near_misses)),
        ("inputs", "What was judged, and by what", _inputs(verdict)),
        ("notes", "Notes", _list(safe_text(note) for note in verdict.notes)),
        ("words", "How to read this", tag("dl", *(_pair(word, says) for word, says in _WORDS), class_="terms")),
    ]


def _banner(verdict: Verdict) -> Html:
    status = verdict.status
    sign = tag("svg", tag("path", d=_SIGNS[status]), viewBox="0 0 32 32", class_="sign", aria_hidden="true")
    aside = accepted.aside(verdict)
    deciding = [f"{item.title} ({item.profile})" for item in verdict.regimes if item.gating]
    facts = [
        ("Decides", "; ".join(deciding)),
        ("Judged as of", verdict.as_of),
        ("Market", safe_text(verdict.market, 20)),
        ("Asked of the SBOM", f"profile {verdict.profile.value}"),
        ("Policy", basis.packs(verdict)),
    ]
    return tag(
        "header",
        tag("p", "debar: report on prohibited components", class_="kicker"),
        tag(
            "div",
            sign,
            tag(
                "div",
                tag("p", status.value.upper(), class_="status"),
                tag("p", aside, class_="aside") if aside else "",
                tag("h1", products(verdict)),
            ),
            class_="verdict",
        ),
        tag("p", _ACCEPTED if status is Status.PASS and aside else _PLAIN[status], class_="lead"),
        tag("p", _sentence(verdict.reason), class_="reason"),
        *_others(verdict),
        _tiles(verdict),
        tag("dl", *(_pair(name, value) for name, value in facts), class_="facts"),
        class_=status.value,
    )


def _others(verdict: Verdict) -> Iterator[Html]:
    """Yield what regimes that do not decide would say, if it is bad."""
    for status, would in ((Status.FAIL, "fail"), (Status.REVIEW, "need review")):
        names = [item.title for item in verdict.regimes if not item.gating and item.status is status]
        if names:
            silent = "which do not decide here" if len(names) > 1 else "which does not decide here"
            yield tag("p", f"It would {would} under {'; '.join(names)}, {silent}.", class_="reason")


def _tiles(verdict: Verdict) -> Html:
    outcomes = [ruling.outcome for ruling, _ in ranked(verdict)]
    blocking = sum(ruling.blocks for ruling in verdict.gaps)
    counts = [
        (outcomes.count(Outcome.FAIL), "barred", "fail"),
        (outcomes.count(Outcome.REVIEW), "to look at", "review"),
        (outcomes.count(Outcome.WAIVED), "waived", "note"),
        (blocking, "kind of gap" if blocking == 1 else "kinds of gaps", "incomplete"),
        (verdict.coverage.components, "components checked", ""),
        (verdict.coverage.identified, "of them identified", ""),
    ]
    tiles = [
        tag("li", tag("b", f"{number:,}"), tag("span", what), class_=kind if number else "")
        for number, what, kind in counts
        if number or kind != "note"
    ]
    return tag("ul", *tiles, class_="tiles")


def _next(verdict: Verdict) -> Html:
    """Say what to do: each remedy once with the components that it is for, then what completes the SBOM."""
    remedies: dict[str, list[str]] = {}
    for ruling, finding in ranked(verdict):
        if ruling.outcome in {Outcome.FAIL, Outcome.REVIEW} and ruling.remedy:
            remedies.setdefault(ruling.remedy, []).append(title(verdict, finding))
    steps = []
    for remedy, names in remedies.items():
        more = f" and {len(names) - _MOST_EXAMPLES:,} more" if len(names) > _MOST_EXAMPLES else ""
        steps.append(tag("li", remedy, tag("small", "For " + ", ".join(names[:_MOST_EXAMPLES]) + more)))
    steps += [
        tag(
            "li",
            _sentence(GAPS[gap.gap.code].helps),
            tag("small", f"{_sentence(GAPS[gap.gap.code].says)} ({gap.gap.count:,})"),
        )
        for gap in verdict.gaps
        if gap.blocks
    ]
    return tag("ol", *steps, class_="steps") if steps else Html()


def _regime(item: RegimeVerdict) -> Html:
    law, word = item.law, item.status.value
    shown = word.upper() if item.gating else _WOULD.get(item.status, word.upper())
    name = tag("a", law.title, href=law.url, rel="noreferrer") if law.url.startswith("https://") else law.title
    facts = [
        ("Citation", law.citation),
        ("Authority", law.authority),
        ("In force from", law.effective),
        ("Reading", f"{item.profile}: {law.profiles.get(item.profile, '')}"),
    ]
    texts = tag(
        "details",
        tag("summary", f"Its exact words ({len(law.quotations):,})"),
        *(quotation(known, id=anchor(item, known)) for known in law.quotations),
    )
    return tag(
        "article",
        tag("h3", pill(word, shown), " ", name),
        tag("p", _sentence(item.reason), " ", tag("b", "It decides the verdict." if item.gating else "")),
        tag("dl", *(_pair(name, value) for name, value in facts), class_="facts"),
        tag("p", tag("b", "Scope. "), law.scope),
        texts,
        _aside("What it does not bar", law.exclusions),
        _aside("What could not be checked in a primary source", law.unverified),
        id=f"regime-{item.regime}",
        class_="card",
    )


def _aside(title: str, items: Sequence[str]) -> Html:
    return tag("details", tag("summary", f"{title} ({len(items):,})"), _list(items)) if items else Html()


def _inventory(verdict: Verdict, *, coverage: bool) -> Html:
    counts = verdict.coverage
    total = counts.components
    bars = [
        ("identified in any way", counts.identified, total),
        ("with a purl, CPE or SWID", counts.with_identifier, total),
        ("with a supplier", counts.with_supplier, total),
        ("with a hash", counts.with_hash, total),
        ("linked to the product", counts.reachable, total),
        ("links to other SBOMs followed", counts.links_resolved, counts.links_total),
    ]
    rows = [_bar(*bar) for bar in bars if bar[2]]
    return together(
        (
            tag("p", f"{total:,} component{'' if total == 1 else 's'}, all checked."),
            _table(("", "", ""), rows, "bars") if rows else "",
            tag("h3", "What it leaves open") if verdict.gaps else "",
            _table(("Kind", "Gap", "What it means"), map(_gap, verdict.gaps)) if verdict.gaps else "",
            together(_elements(verdict)) if coverage else "",
        )
    )


def _bar(what: str, number: int, total: int) -> Html:
    long = 200 * number / total
    full, part = (
        tag("rect", width=f"{wide:g}", height=10, rx=5, class_=kind) for wide, kind in ((200, ""), (long, "part"))
    )
    picture = tag("svg", full, part if number else "", viewBox="0 0 200 10", width=200, height=10, aria_hidden="true")
    return tag("tr", tag("td", what), tag("td", picture), tag("td", f"{number:,} of {total:,}"))


def _gap(ruling: GapRuling) -> Html:
    examples = ", ".join(safe_text(example, 80) for example in ruling.gap.examples[:_MOST_EXAMPLES])
    such = tag("small", f"Such as: {examples}") if examples else ""
    says = ruling.message if ruling.blocks else GAPS[ruling.gap.code].says
    kind = pill("incomplete", "MISSING") if ruling.blocks else tag("span", "limit", class_="chip")
    return tag(
        "tr",
        tag("td", kind),
        tag("td", tag("code", ruling.gap.code), f" ({ruling.gap.count:,})"),
        tag("td", _sentence(says), such),
    )


def _elements(verdict: Verdict) -> Iterator[Html]:
    for standard in Standard:
        yield tag("h3", f"Minimum elements, {standard.value}")
        kept = [element for element in verdict.elements if element.kind.standard is standard]
        yield _table(("", "", ""), (_bar(one.kind.name, one.present, one.total) for one in kept if one.total), "bars")
    yield tag(
        "p", "The official text of CISA 2026 was not available: its fields are as public implementations name them."
    )


def _decisions(verdict: Verdict) -> Html:
    """Tell what people decided and what did not: each file of theirs, and each decision."""
    return together(
        (
            _titled("Files", basis.files(verdict)),
            _waivers(verdict),
            _titled("Gone since the baseline", accepted.gone(verdict)),
            _titled("Corrections: what a reviewer found not to be true", basis.corrected(verdict)),
        )
    )


def _waivers(verdict: Verdict) -> Html:
    """Tell every waiver: what became of it, why somebody accepts what it is about, who, and until when."""
    rows = [
        tag(
            "tr",
            tag("td", tag("b", one.waiver.id), tag("small", f"{safe_text(one.path, 200)}:{one.line}")),
            tag("td", tag("b", one.state.value), tag("small", safe_text(one.why, 300))),
            tag("td", safe_text(one.waiver.reason, 600)),
            tag("td", safe_text(one.waiver.approver, 200)),
            tag("td", one.waiver.expires, tag("small", "expires soon") if one.soon else ""),
        )
        for one in verdict.waived[:_MOST_ROWS]
    ]
    if not rows:
        return Html()
    table = _table(("Waiver", "What became of it", "Reason", "Approved by", "Until"), rows)
    return together((tag("h3", "Waivers: what is true, and accepted for a time"), table, _left(len(verdict.waived))))


def _titled(title: str, lines: Iterable[str]) -> Html:
    content = _list(lines)
    return together((tag("h3", title), content)) if content else Html()


def _near(verdict: Verdict, *, shown: bool) -> Html:
    misses = verdict.near_misses
    if not misses:
        return Html()
    if not shown:
        return tag("p", f"{len(misses):,} texts looked like the vendor's name; --near-misses shows them.")
    rows = (
        tag(
            "tr",
            tag("td", label(verdict, one.component)),
            tag("td", one.field),
            tag("td", tag("code", safe_text(one.value, 120))),
            tag("td", one.why),
        )
        for one in misses[:_MOST_ROWS]
    )
    return together((_table(("Component", "Field", "Text", "Why not"), rows), _left(len(misses))))


def _inputs(verdict: Verdict) -> Html:
    rows = (
        tag(
            "tr",
            tag("td", safe_text(item.path, 200), tag("small", f"of {label(verdict, item.product)}")),
            tag("td", f"{item.format} {safe_text(item.spec_version, 20)}", tag("small", safe_text(item.serial, 120))),
            tag(
                "td",
                f"{verdict.component_counts[at]:,} components",
                tag("small", f"{verdict.relation_counts[at]:,} relations"),
            ),
            tag("td", tag("code", item.sha256)),
        )
        for at, item in enumerate(verdict.documents[:_MOST_ROWS])
    )
    packs = (
        tag(
            "tr",
            tag("td", pack.title, tag("small", pack.id)),
            tag("td", pack.version),
            tag("td", pack.legal_as_of),
            tag("td", tag("code", pack.digest)),
        )
        for pack in verdict.packs
    )
    return together(
        (
            _table(("SBOM", "Format", "Holds", "SHA-256"), rows),
            _left(len(verdict.documents)),
            _table(("Policy", "Version", "Law as of", "SHA-256"), packs),
        )
    )


def _footer(verdict: Verdict) -> Html:
    return tag("footer", each("p", basis.disclaimers(verdict)), tag("p", f"Made by debar {version('debar')}."))


def _table(heads: Sequence[str], rows: Iterable[str], kind: str = "") -> Html:
    head = tag("thead", tag("tr", *(tag("th", word, scope="col") for word in heads))) if any(heads) else ""
    return tag("div", tag("table", head, tag("tbody", *rows), class_=kind), class_="wide")


def _left(total: int) -> Html:
    return tag("p", f"Cut: {total - _MOST_ROWS:,} more.", class_="cut-off") if total > _MOST_ROWS else Html()


def _list(items: Iterable[str]) -> Html:
    kept = list(items)
    return together((tag("ul", each("li", kept[:_MOST_ROWS])), _left(len(kept)))) if kept else Html()


def _pair(name: str, value: str) -> Html:
    return tag("div", tag("dt", name), tag("dd", value))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."
