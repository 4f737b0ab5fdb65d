"""The findings of the HTML report: the worst unfolded one by one, the others as rows, the rest counted."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from msgspec.structs import replace

from debar.model.fields import FIELDS
from debar.model.policy import Article, Basis, Confidence, Outcome, Verified
from debar.report.html_drawing import drawing
from debar.report.markup import Html, tag, together
from debar.report.text import NOUNS, SHOWN, ranked, remarks, routes, title, where
from debar.report.wording import chain, elsewhere, meaning
from debar.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debar.model.decision import Evidence, Finding, RegimeVerdict, Ruling, Step, Verdict
    from debar.model.policy import Quotation, Rule

Pair = tuple["Ruling", "Finding"]

#: A browser stays quick with some 40,000 elements; the rest is told by its number.
_MOST_UNFOLDED = 100
_MOST_ROWS = 5_000
_MOST_MENTIONS = 12
_MOST_EDGES = 90
_MOST_OVERVIEW = 40
_MOST_QUOTED = 2
#: Up to so many findings stand open from the start.
_FEW = 3
_TOLD = {
    Outcome.FAIL: "Barred",
    Outcome.REVIEW: "For a person to look at",
    Outcome.WAIVED: "Waived",
    Outcome.NOTE: "Related, and not barred",
    Outcome.NOT_APPLICABLE: "Outside the market",
}
_READ = {
    Verified.PRIMARY: "read in the source itself",
    Verified.SECONDARY: "read in a secondary source",
    Verified.NO: "not verified",
}


def pill(word: str, text: str = "") -> Html:
    """Return an outcome or a status as a coloured word."""
    return tag("span", text or word.upper(), class_=f"pill {word}")


def findings(verdict: Verdict) -> Html:
    """Return the section of findings, with a picture of all their paths where there are several."""
    pairs = ranked(verdict)
    if not pairs:
        return tag("p", "Nothing of what is listed was found to be barred, or related to what is.")
    parts: list[str] = []
    loud = [pair for pair in pairs if pair[0].outcome in {Outcome.FAIL, Outcome.REVIEW}]
    if len({finding.component for _, finding in loud}) > 1:
        parts.append(_overview(verdict, loud))
    unfolded, folded = pairs[:_MOST_UNFOLDED], pairs[_MOST_UNFOLDED : _MOST_UNFOLDED + _MOST_ROWS]
    totals = {outcome: sum(ruling.outcome is outcome for ruling, _ in pairs) for outcome in _TOLD}
    for outcome, says in _TOLD.items():
        if totals[outcome]:
            parts.append(tag("h3", says, " ", tag("span", f"{totals[outcome]:,}", class_="count")))
            parts += [
                _finding(verdict, pair, is_open=len(loud) <= _FEW) for pair in unfolded if pair[0].outcome is outcome
            ]
            parts += _rows(verdict, [pair for pair in folded if pair[0].outcome is outcome])
    if left := len(pairs) - len(unfolded) - len(folded):
        parts.append(
            tag(
                "p",
                f"Cut: {left:,} more findings do not fit into a page; --format json and csv list all.",
                class_="cut-off",
            )
        )
    return together(parts)


def _overview(verdict: Verdict, pairs: Sequence[Pair]) -> Html:
    """Draw the shortest path to each finding, so that what they have in common can be seen."""
    shortest = [(ruling, _with_paths(finding, finding.route.paths[:1])) for ruling, finding in pairs]
    picture = drawing(verdict, shortest, _MOST_OVERVIEW, "The shortest paths from the product to what was found")
    return tag("figure", tag("figcaption", "The shortest way to each"), picture) if picture else Html()


def _with_paths(finding: Finding, paths: tuple[tuple[Step, ...], ...]) -> Finding:
    return replace(finding, route=replace(finding.route, paths=paths))


def _finding(verdict: Verdict, pair: Pair, *, is_open: bool) -> Html:
    ruling, finding = pair
    what = f"{meaning(verdict, finding)}; {finding.use.word}, {finding.confidence.value}"
    compared = tag("span", "existing" if finding.existing else "new", class_="chip") if verdict.baseline else ""
    remarked = [tag("li", line) for line in remarks(verdict, finding)]
    disguised = tag("span", "disguised", class_="chip bad") if finding.obfuscated else ""
    summary = tag(
        "summary",
        pill(ruling.outcome.value),
        tag("span", title(verdict, finding), class_="name"),
        disguised,
        compared,
        tag("span", what[0].upper() + what[1:], class_="what"),
    )
    body = tag(
        "div",
        tag("ul", *remarked, class_="remarks") if remarked else "",
        _route(verdict, pair),
        _matched(finding),
        _why(verdict, ruling),
        _elsewhere(finding, ruling),
        tag(
            "p",
            "At ",
            tag("code", where(verdict, finding)),
            ". Finding ",
            tag("code", safe_text(finding.id)),
            ".",
            class_="muted",
        ),
        class_="body",
    )
    settled = is_open and ruling.outcome in SHOWN
    return tag(
        "details", summary, body, class_=f"finding {ruling.outcome.value}", **({"open": "open"} if settled else {})
    )


def _route(verdict: Verdict, pair: Pair) -> Html:
    """Show how the product comes to hold it: the picture, and the same in words for who cannot see it."""
    ruling, finding = pair
    if finding.evidence[0].field == "raw-text":
        return tag("p", "The text stands in the file where no section of the format explains it.")
    paths: list[tuple[Step, ...]] = []
    left = _MOST_EDGES
    for path in finding.route.paths:
        left -= len(path)
        if left < 0 and paths:
            break
        paths.append(path)
    shown = _with_paths(finding, tuple(paths))
    name = f"The paths from the product to {title(verdict, finding)}"
    cut = finding.route.cut if finding.route.count > 1 else ()
    picture = drawing(verdict, [(ruling, shown)], _MOST_EDGES, name, cut)
    head = tag("h4", "How it comes into the product")
    if not picture:
        return together((head, tag("p", "It is the product itself, or stands for it.")))
    lines = [line.removeprefix("  ") for line in routes(verdict, finding.route)]
    dashed = ". Dashed in the picture: every path runs through it." if cut else "."
    counted = tag("p", lines[0], *_told(lines), dashed, class_="muted")
    words = tag(
        "details", tag("summary", "The same in words"), tag("pre", *(_line(line) for line in lines)), class_="words"
    )
    return together((head, picture, counted, words))


def _told(lines: Sequence[str]) -> Iterator[str]:
    """Yield what is said of the paths, apart from the paths themselves."""
    for line in lines[1:]:
        if not line.startswith("  "):
            yield f". {line[0].upper()}{line[1:]}"


def _line(line: str) -> Html:
    return together((line, Html("\n")))


def _matched(finding: Finding) -> Html:
    rows = [_mention(item) for item in finding.evidence[:_MOST_MENTIONS]]
    more = len(finding.evidence) - _MOST_MENTIONS
    head = tag("tr", *(tag("th", word, scope="col") for word in ("Field", "What stands there", "What it is known as")))
    return together(
        (
            tag("h4", "What gave it away"),
            tag("div", tag("table", tag("thead", head), tag("tbody", *rows)), class_="wide"),
            tag("p", f"... and {more:,} more matches.", class_="muted") if more > 0 else "",
        )
    )


def _mention(item: Evidence) -> Html:
    fact = item.fact
    folds = together(tag("span", fold, class_="chip bad" if item.obfuscated else "chip") for fold in item.folds)
    private = tag("span", "your own fact", class_="chip") if item.private else ""
    sure = "" if item.confidence is Confidence.CERTAIN else f", {item.confidence.value}"
    return tag(
        "tr",
        tag("td", tag("b", item.field), tag("small", FIELDS[item.field].what)),
        tag("td", tag("code", safe_text(item.value, 160)), tag("small", "folds: ", folds) if item.folds else ""),
        tag(
            "td",
            f"{NOUNS[fact.kind]}: {safe_text(fact.what, 200)} ({fact.id}{sure}) ",
            private,
            tag("small", f"Source: {safe_text(fact.source, 300)}; {_READ[fact.verified]}"),
        ),
    )


def _why(verdict: Verdict, ruling: Ruling) -> Html:
    standing = next((item for item in verdict.regimes if item.regime == ruling.regime), None)
    rules = standing.law.rules if standing else ()
    rule = next((known for known in rules if f"{ruling.regime}/{known.id}" == ruling.rule), None)
    # What is our reading says so in its own words.
    basis = tag("span", "what the text says", class_="chip") if rule and rule.basis is Basis.TEXT else ""
    remedy = together((tag("h4", "What to do"), tag("p", ruling.remedy))) if ruling.remedy else ""
    return together(
        (
            tag("h4", "Why"),
            tag("p", ruling.why, " ", basis),
            _quoted(standing, rule) if standing and rule else "",
            tag("p", f"{ruling.regime}: {ruling.citation}", class_="muted"),
            remedy,
        )
    )


def _quoted(standing: RegimeVerdict, rule: Rule) -> Html:
    """Quote the first texts that a rule rests on, and lead to the others."""
    texts = [known for wanted in rule.quotes for known in standing.law.quotations if known.id == wanted]
    links: list[str] = []
    for known in texts[_MOST_QUOTED:]:
        links += [", " if links else "", tag("a", known.id, href=f"#{anchor(standing, known)}")]
    more = tag("p", "It also rests on ", *links, ".", class_="muted") if links else ""
    return together((*(quotation(known) for known in texts[:_MOST_QUOTED]), more))


def quotation(known: Quotation, **attributes: str) -> Html:
    """Return exact words of a legal text and where they were read."""
    source = tag("footer", f"{known.source}; {_READ[known.verified]}")
    return tag("blockquote", tag("p", f"“{known.text}”"), source, **attributes)


def anchor(standing: RegimeVerdict, known: Quotation) -> str:
    """Return where in the page a quotation stands."""
    return f"quote-{standing.regime}-{known.id}"


def _elsewhere(finding: Finding, decisive: Ruling) -> Html:
    others = [ruling for ruling in finding.rulings if ruling.regime != decisive.regime]
    if not others:
        return Html()
    rows = [
        tag("tr", tag("td", pill(one.outcome.value)), tag("td", tag("b", one.regime), tag("small", one.why)))
        for one in others
    ]
    return together(
        (tag("h4", "Under the other regimes"), tag("div", tag("table", tag("tbody", *rows)), class_="wide"))
    )


def _rows(verdict: Verdict, pairs: Sequence[Pair]) -> Iterator[Html]:
    """Yield a folded table for each article."""
    heads = tag(
        "thead", tag("tr", *(tag("th", word, scope="col") for word in ("Component", "Use", "Shortest path", "Place")))
    )
    kinds = list(Article)

    def article(pair: Pair) -> int:
        return kinds.index(pair[1].article)

    for _, group in groupby(sorted(pairs, key=article), article):
        rows = list(group)
        what = meaning(verdict, rows[0][1])
        summary = tag(
            "summary", tag("span", f"{len(rows):,} more", class_="count"), " ", f"{what[0].upper()}{what[1:]}"
        )
        table = tag("table", heads, tag("tbody", *(_row(verdict, pair) for pair in rows)))
        yield tag("details", summary, tag("div", table, class_="wide"), class_="more")


def _row(verdict: Verdict, pair: Pair) -> Html:
    ruling, finding = pair
    but = "" if ruling.outcome in {Outcome.FAIL, Outcome.REVIEW} else elsewhere(finding, ruling.regime)
    return tag(
        "tr",
        tag("td", title(verdict, finding)),
        tag("td", f"{finding.use.word}, {finding.confidence.value}" + (f"; {but}" if but else "")),
        tag("td", safe_text(chain(verdict, finding.route.paths[0]), 400)),
        tag("td", where(verdict, finding)),
    )
