"""JUnit XML as Jenkins, GitLab and Azure read it: a suite a regime, a case an article and one for completeness.

Findings are gathered by article, since viewers choke on thousands of cases. What fails or needs review under a
regime that decides is a failure, an inventory that cannot show that nothing is there an error. Regimes that do not
decide pass, and say in their output what they would say.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from debar.model.decision import Status
from debar.model.policy import Article, Outcome
from debar.report import basis
from debar.report.accepted import gated
from debar.report.joining import Between
from debar.report.text import mention, products, remarks, title, where
from debar.report.wording import ARTICLES, chain
from debar.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from debar.model.decision import Finding, RegimeVerdict, Ruling, Verdict

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="debar">\n'
_FOOT = "</testsuites>\n"
_MOST_FINDINGS = 100
_MOST_MENTIONS = 5
_MOST_NAMES = 3
# XML 1.0, production 2; safe_text has taken out all but the noncharacters at the end of the first plane.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(verdict: Verdict) -> str:
    """Return the verdict as JUnit XML."""
    return _HEAD + "".join(_suite(verdict, item) for item in verdict.regimes) + _FOOT


class Joined(Between):
    """One file with the suites of all."""

    def __init__(self) -> None:
        super().__init__(_HEAD, "", _FOOT, lambda report: report.removeprefix(_HEAD).removesuffix(_FOOT))


def _suite(verdict: Verdict, item: RegimeVerdict) -> str:
    cases = list(_cases(verdict, item))
    text = "".join(cases)
    counts = {word: sum(f"\n    <{word} " in case for case in cases) for word in ("failure", "error", "skipped")}
    attributes = {
        "name": f"{products(verdict)}: {item.regime}",
        "tests": str(len(cases)),
        "failures": str(counts["failure"]),
        "errors": str(counts["error"]),
        "skipped": str(counts["skipped"]),
        "timestamp": verdict.as_of.removesuffix("Z"),
    }
    properties = {
        "debar:verdict": verdict.status.value,
        "debar:regime-verdict": item.status.value,
        "debar:decides": "yes" if item.gating else "no",
        "debar:citation": item.citation,
        "debar:policy": basis.packs(verdict),
        "debar:policy-digest": ", ".join(pack.digest for pack in verdict.packs),
        **{f"debar:basis-{n}": one for n, one in enumerate((*basis.files(verdict), *basis.corrected(verdict)), 1)},
        "debar:inputs": "; ".join(f"{one.path} sha256:{one.sha256}" for one in verdict.documents[:20]),
    }
    listed = "".join(f"   <property{_attributes({'name': k, 'value': v})}/>\n" for k, v in properties.items())
    return f" <testsuite{_attributes(attributes)}>\n  <properties>\n{listed}  </properties>\n{text} </testsuite>\n"


def _cases(verdict: Verdict, item: RegimeVerdict) -> Iterator[str]:
    if not item.gating:
        word = f"would be {item.status.value}" if item.status is not Status.NOT_APPLICABLE else item.status.value
        found = _ruled(verdict, item.regime, None)
        yield _case(item, "does not decide", _output([f"{word}: {item.reason}", *_listed(verdict, found)]))
        return
    if item.status is Status.NOT_APPLICABLE:
        yield _case(item, "applies", f"\n    <skipped{_attributes({'message': item.reason})}/>")
        return
    for article in Article:
        found = _ruled(verdict, item.regime, article)
        name = f"{article.value}: {ARTICLES[article]}"
        yield _case(item, name, _judged(verdict, found))
    blocking = [ruling for ruling in verdict.gaps if ruling.blocks]
    lines = [
        f"{ruling.gap.code} ({ruling.gap.count:,}): {ruling.message}. "
        + ", ".join(safe_text(example, 80) for example in ruling.gap.examples[:3])
        for ruling in blocking
    ]
    body = _problem("error", "incomplete", "the SBOM cannot show that nothing is there", lines) if blocking else ""
    yield _case(item, "inventory: complete enough for a pass", body)


def _ruled(verdict: Verdict, regime: str, article: Article | None) -> list[tuple[Ruling, Finding]]:
    """Return the findings of an article (None: of all) with their ruling under a regime."""
    return [
        (ruling, finding)
        for finding in verdict.findings
        if article in {None, finding.article} and (ruling := finding.ruling(regime))
    ]


def _judged(verdict: Verdict, found: Sequence[tuple[Ruling, Finding]]) -> str:
    """Return a failure for what fails or needs review, output for what is only noted."""
    deciding = [pair for pair in found if gated(verdict, pair[1])]
    for outcome in (Outcome.FAIL, Outcome.REVIEW):
        if any(ruling.outcome is outcome for ruling, _ in deciding):
            loud = [pair for pair in deciding if pair[0].outcome in {Outcome.FAIL, Outcome.REVIEW}]
            names = ", ".join(title(verdict, finding) for _, finding in loud[:_MOST_NAMES])
            more = f" and {len(loud) - _MOST_NAMES:,} more" if len(loud) > _MOST_NAMES else ""
            return _problem("failure", outcome.value, f"{outcome.value}: {names}{more}", _listed(verdict, found))
    return _output(_listed(verdict, found)) if found else ""


def _listed(verdict: Verdict, found: Sequence[tuple[Ruling, Finding]]) -> Iterator[str]:
    for ruling, finding in found[:_MOST_FINDINGS]:
        yield f"{ruling.outcome.value.upper()} {title(verdict, finding)} at {where(verdict, finding)}"
        yield f"  path: {chain(verdict, finding.route.paths[0])}"
        yield from (f"  {mention(item)}" for item in finding.evidence[:_MOST_MENTIONS])
        yield from (f"  {line}" for line in remarks(verdict, finding))
        yield f"  why: {ruling.why} {ruling.citation}"
        if ruling.remedy:
            yield f"  do: {ruling.remedy}"
    if len(found) > _MOST_FINDINGS:
        yield f"... and {len(found) - _MOST_FINDINGS:,} more findings (--format json lists all)"


def _case(item: RegimeVerdict, name: str, body: str) -> str:
    attributes = _attributes({"classname": f"debar.{item.regime}", "name": name, "time": "0"})
    return f"  <testcase{attributes}>{body}\n  </testcase>\n" if body else f"  <testcase{attributes}/>\n"


def _problem(element: str, kind: str, message: str, lines: Iterable[str]) -> str:
    return f"\n    <{element}{_attributes({'type': kind, 'message': message})}>{_text(lines)}</{element}>"


def _output(lines: Iterable[str]) -> str:
    return f"\n    <system-out>{_text(lines)}</system-out>"


def _text(lines: Iterable[str]) -> str:
    return "\n".join(escape(_ILLEGAL.sub("�", safe_text(line, 1_500))) for line in lines)


def _attributes(values: dict[str, str]) -> str:
    return "".join(f" {key}={quoteattr(_ILLEGAL.sub('�', safe_text(value, 1_500)))}" for key, value in values.items())
