"""SARIF 2.1.0 within what GitHub code scanning takes and shows.

Limits and required properties: docs.github.com, "SARIF support for code scanning". A rule has no `security-severity`:
with one, GitHub would show that in place of the level, and a note would look critical.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from debar.errors import UsageError
from debar.model.decision import Status
from debar.model.gaps import GAPS
from debar.model.policy import Confidence, Outcome
from debar.report import accepted, basis
from debar.report.text import label, mention, products, ranked, remarks, title
from debar.report.wording import elsewhere, meaning, pack_of, shortened, uri
from debar.text import inert_json, safe_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from debar.model.decision import Finding, Ruling, Step, Verdict
    from debar.model.policy import Article

#: GitHub shows no more results of a run, and takes no more than 10 MB of gzip.
_MOST_RESULTS = 5_000
_MOST_COMPRESSED = 9_000_000
#: GitHub shows 1,000 steps of a result; 40 paths of 25 are as many.
_MOST_PATHS = 40
_MOST_RUNS = 20
_MOST_RELATED = 24
_MOST_MENTIONS = 8
_MOST_TEXT = 1_000
_MOST_ARTIFACTS = 1_000
_LEVELS = {Outcome.FAIL: "error", Outcome.REVIEW: "warning"}
_PRECISION = {Confidence.CERTAIN: "very-high", Confidence.LIKELY: "medium", Confidence.WEAK: "low"}
_CONFIDENCES = (Confidence.WEAK, Confidence.LIKELY, Confidence.CERTAIN)
# Plain text of a message has embedded links and placeholders (SARIF 2.1.0, 3.11.5 and 3.11.6).
_ESCAPES = str.maketrans({"\\": "\\\\", "[": "\\[", "]": "\\]", "{": "{{", "}": "}}"})


def render(verdict: Verdict, *, anchor: str = "") -> str:
    """Return the verdict as a SARIF log of one run; with `anchor`, every alert stands on that file's first line."""
    return inert_json(json.dumps(_Run(verdict, anchor).log(), indent=1)) + "\n"


class Joined:
    """One log of several, of at most 20: GitHub refuses a file with more runs."""

    def __init__(self) -> None:
        self._runs: list[dict[str, Any]] = []

    def add(self, report: str) -> str:
        """Take in the run of a product, to be written at the end; raises `UsageError` beyond 20."""
        if len(self._runs) == _MOST_RUNS:
            raise UsageError(f"code scanning takes {_MOST_RUNS} SBOMs in a file; write several")
        self._runs += json.loads(report)["runs"]
        return ""

    def end(self) -> str:
        """Return the log."""
        return inert_json(json.dumps({**_LOG, "runs": self._runs}, indent=1)) + "\n"


_LOG = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0"}


def escaped(text: str) -> str:
    """Escape text for a SARIF message, so that it holds neither links nor placeholders."""
    return text.translate(_ESCAPES)


class _Run:
    """One run of SARIF: the rules of the articles found, and a result a finding."""

    def __init__(self, verdict: Verdict, anchor: str) -> None:
        self._verdict = verdict
        self._anchor = uri(anchor) if anchor else ""
        self._rules: list[dict[str, Any]] = []
        self._numbers: dict[str, int] = {}

    def log(self) -> dict[str, Any]:
        from importlib.metadata import version

        verdict = self._verdict
        results = list(self._results())
        category = self._anchor or uri(verdict.documents[0].path)
        driver = {"name": "debar", "semanticVersion": version("debar"), "rules": self._rules}
        run = {
            "tool": {"driver": driver},
            "automationDetails": {"id": f"debar/{verdict.pack.id}/{category}/"},
            "columnKind": "unicodeCodePoints",
            "artifacts": self._artifacts(),
            "results": results,
            "properties": {
                "verdict": verdict.status.value,
                "reason": safe_text(verdict.reason, _MOST_TEXT),
                "asOf": verdict.as_of,
                "policies": [f"{pack.id} {pack.version} sha256:{pack.digest}" for pack in verdict.packs],
                "basis": [*basis.files(verdict), *basis.corrected(verdict)],
            },
        }
        return {**_LOG, "runs": [run]}

    def _artifacts(self) -> list[dict[str, Any]]:
        if self._anchor:
            return [{"location": {"uri": self._anchor}}]
        listed = self._verdict.documents[:_MOST_ARTIFACTS]
        return [{"location": {"uri": uri(item.path)}, "hashes": {"sha-256": item.sha256}} for item in listed]

    def _results(self) -> Iterator[dict[str, Any]]:
        """Yield the results, the worst first, as many as GitHub takes; the rest is counted in one of their own."""
        by_article: dict[tuple[str, Article], list[tuple[Ruling, Finding]]] = defaultdict(list)
        pairs = ranked(self._verdict)
        for ruling, finding in pairs:
            by_article[finding.pack, finding.article].append((ruling, finding))
        for found in by_article.values():
            self._article(found)
        room = _MOST_RESULTS - 1
        if inventory := self._incomplete():
            room -= 1
            yield inventory
        packed, size = zlib.compressobj(), 0
        for count, (ruling, finding) in enumerate(pairs):
            result = self._result(ruling, finding)
            size += len(packed.compress(json.dumps(result).encode()))
            if count == room or size > _MOST_COMPRESSED:
                yield self._left_out(len(pairs) - count)
                return
            yield result

    def _rule(self, pack: str, name: str, short: str, full: str, help_: str, level: str, **properties: Any) -> str:  # noqa: ANN401 - a property bag
        """Add a rule and return its id; a slash in it would make a rule below another (SARIF 2.1.0, 3.49.3)."""
        rule_id = f"{pack}-{name}"
        self._numbers[rule_id] = len(self._rules)
        words = name.replace("-", " ").title().replace(" ", "")
        self._rules.append(
            {
                "id": rule_id,
                "name": f"Debar{words}",
                "shortDescription": {"text": safe_text(short, _MOST_TEXT)},
                "fullDescription": {"text": safe_text(full, _MOST_TEXT)},
                "help": {"text": help_},
                "defaultConfiguration": {"level": level},
                "properties": {"tags": ["compliance", "supply-chain", "sbom"], **properties},
            }
        )
        return rule_id

    def _article(self, found: Sequence[tuple[Ruling, Finding]]) -> None:
        """Add the rule of an article of a pack: what it is, and what each regime says of those found here."""
        worst, first = found[0]
        pack = pack_of(self._verdict, first)
        what = meaning(self._verdict, first)
        said: dict[str, None] = {}
        for _, finding in found:
            for ruling in finding.rulings:
                remedy = f" What to do: {ruling.remedy}" if ruling.remedy else ""
                said[f"{ruling.regime} ({ruling.citation}): {ruling.why}{remedy}"] = None
        lines = [f"This is {what}.", *said, pack.disclaimer]
        sure = max((finding.confidence for _, finding in found), key=_CONFIDENCES.index)
        level = _LEVELS.get(worst.outcome, "note")
        rule_id = self._rule(
            pack.id,
            first.article.value,
            f"{what[0].upper()}{what[1:]}",
            f"{worst.why} {worst.citation}",
            "\n\n".join(safe_text(line, 4 * _MOST_TEXT) for line in lines),
            level,
            precision=_PRECISION[sure],
        )
        url = next((item.url for item in self._verdict.regimes if item.regime == worst.regime), "")
        if url.startswith(("https://", "http://")):
            self._rules[self._numbers[rule_id]]["helpUri"] = url

    def _result(self, ruling: Ruling, finding: Finding) -> dict[str, Any]:
        rule_id = f"{finding.pack}-{finding.article.value}"
        raw = finding.evidence[0].field == "raw-text"
        paths = () if raw else finding.route.paths[:_MOST_PATHS]
        related, way = self._related(paths[0]) if paths else ([], "")
        place = (finding.line, finding.column) if raw else None
        result: dict[str, Any] = {
            "ruleId": rule_id,
            "ruleIndex": self._numbers[rule_id],
            "level": _LEVELS.get(ruling.outcome, "note") if accepted.gated(self._verdict, finding) else "note",
            "message": {"text": "\n".join(self._message(ruling, finding, way))},
            "locations": [self._location(finding.component, place)],
            "partialFingerprints": _fingerprints(rule_id, finding.id),
            "properties": {"findingId": safe_text(finding.id, _MOST_TEXT), "outcome": ruling.outcome.value},
        }
        if related:
            result["relatedLocations"] = related
        if paths:
            result["codeFlows"] = [{"threadFlows": [{"locations": list(self._flow(path))}]} for path in paths]
        if ruling.outcome is Outcome.WAIVED:
            why = "; ".join(accepted.waivers(self._verdict, finding)) or safe_text(ruling.why, _MOST_TEXT)
            result["suppressions"] = [{"kind": "external", "justification": why}]
        if self._verdict.baseline:
            result["baselineState"] = "unchanged" if finding.existing else "new"
        return result

    def _message(self, ruling: Ruling, finding: Finding, way: str) -> Iterator[str]:
        """Yield the lines of a result's message; `way` is the path with its links."""
        verdict = self._verdict
        facts = f"{finding.article.value}, {finding.use.word}, {finding.confidence.value}"
        disguised = ", disguised" if finding.obfuscated else ""
        yield escaped(f"{ruling.outcome.value.upper()}: {title(verdict, finding)} ({facts}{disguised}).")
        yield escaped(safe_text(f"{ruling.why} {ruling.regime}: {ruling.citation}", _MOST_TEXT))
        if way:
            count = finding.route.count
            yield f"Path: {way}" + (f" (the shortest of {count:,})" if 1 < count < 10**15 else "")
        for item in finding.evidence[:_MOST_MENTIONS]:
            yield escaped(f"Matched: {mention(item)}")
        if len(finding.evidence) > _MOST_MENTIONS:
            yield f"... and {len(finding.evidence) - _MOST_MENTIONS:,} more matches"
        yield from map(escaped, remarks(verdict, finding))
        if others := elsewhere(finding, ruling.regime):
            yield escaped(f"Also: {others}.")
        if ruling.remedy:
            yield escaped(safe_text(f"What to do: {ruling.remedy}", _MOST_TEXT))

    def _location(self, component: int, place: tuple[int, int] | None = None) -> dict[str, Any]:
        """Return where a component stands, or the anchor with that place in words."""
        item = self._verdict.components[component]
        path = self._verdict.documents[item.document].path
        line, column = place or self._verdict.places(component)
        if self._anchor:
            at = safe_text(f"{path}:{line}:{column}" if line else path)
            return {
                "physicalLocation": {"artifactLocation": {"uri": self._anchor}, "region": _region(1, 1)},
                "message": {"text": escaped(f"{label(self._verdict, component)} at {at}")},
            }
        return {
            "physicalLocation": {"artifactLocation": {"uri": uri(path)}, "region": _region(line, column)},
            "message": {"text": escaped(label(self._verdict, component))},
        }

    def _related(self, path: Sequence[Step]) -> tuple[list[dict[str, Any]], str]:
        """Return the locations of a path's steps, numbered from 1, and the path as text that links to them."""
        related: list[dict[str, Any]] = []

        def linked(steps: Iterable[Step]) -> Iterator[str]:
            for step in steps:
                related.append({"id": len(related) + 1, **self._location(step.component)})
                yield f"[{escaped(label(self._verdict, step.component))}]({len(related)})"

        first, hidden, last = shortened(path, _MOST_RELATED)
        names = [*linked(first), *([f"... {hidden:,} more ..."] if hidden else ()), *linked(last)]
        return related, " -> ".join(names)

    def _flow(self, path: Sequence[Step]) -> Iterator[dict[str, Any]]:
        """Yield the steps of a path for the picture that GitHub opens on demand."""
        first, hidden, last = shortened(path)
        for at, step in enumerate((*first, *last)):
            location = self._location(step.component)
            kind = "product" if step.kind is None else step.kind.word
            text = location["message"]["text"]
            left_out = f" (after {hidden:,} more)" if hidden and at == len(first) else ""
            location["message"] = {"text": f"{kind}: {text}{left_out}"}
            yield {"location": location}

    def _incomplete(self) -> dict[str, Any] | None:
        """Return a result for gaps that keep the product from a pass: a warning if they decide, else a note."""
        verdict = self._verdict
        blocking = [ruling for ruling in verdict.gaps if ruling.blocks]
        if not blocking:
            return None
        level = "warning" if verdict.status is Status.INCOMPLETE else "note"
        helps = dict.fromkeys(f"{GAPS[item.gap.code].says}: {GAPS[item.gap.code].helps}" for item in blocking)
        rule_id = self._rule(
            verdict.pack.id,
            "inventory",
            "The SBOM cannot show that nothing is there",
            "The inventory has gaps. Nothing that stands in a gap was checked, so the product cannot pass.",
            "\n\n".join(helps),
            level,
        )
        lines = [f"INCOMPLETE: {products(verdict)}: the SBOM cannot show that nothing barred is there."]
        for item in blocking:
            examples = ", ".join(safe_text(example, 80) for example in item.gap.examples[:3])
            such = f" Such as: {examples}." if examples else ""
            lines.append(f"{item.gap.code} ({item.gap.count:,}): {safe_text(item.message, _MOST_TEXT)}.{such}")
        return self._own(rule_id, level, lines, verdict.documents[blocking[0].gap.document].product)

    def _left_out(self, count: int) -> dict[str, Any]:
        rule_id = self._rule(
            self._verdict.pack.id,
            "limits",
            "There are more findings than code scanning shows",
            "GitHub shows at most 5,000 results of a run and takes at most 10 MB.",
            "debar check --format json writes all findings.",
            "warning",
        )
        lines = [f"{count:,} more findings are not listed here; debar check --format json writes all."]
        return self._own(rule_id, "warning", lines, self._verdict.documents[0].product)

    def _own(self, rule_id: str, level: str, lines: Sequence[str], component: int) -> dict[str, Any]:
        """Return a result about the document as a whole."""
        return {
            "ruleId": rule_id,
            "ruleIndex": self._numbers[rule_id],
            "level": level,
            "message": {"text": "\n".join(map(escaped, lines))},
            "locations": [self._location(component)],
            "partialFingerprints": _fingerprints(rule_id, ""),
        }


def _region(line: int, column: int) -> dict[str, int]:
    """Return a region of one character; GitHub wants all four numbers, from 1."""
    line, column = max(line, 1), max(column, 1)
    return {"startLine": line, "startColumn": column, "endLine": line, "endColumn": column + 1}


def _fingerprints(rule_id: str, finding: str) -> dict[str, str]:
    """Return what keeps an alert the same when lines move; GitHub reads only the first."""
    digest = sha256(f"{rule_id}\n{finding}".encode("utf-8", "surrogatepass")).hexdigest()
    return {"primaryLocationLineHash": f"{digest[:16]}:1", "debarFinding/v1": digest}
