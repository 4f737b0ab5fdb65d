"""Takes absolute paths, user names and e-mail addresses of the SBOM, and folders of the inputs, out of a verdict.

It works on the verdict, before any format sees it, so no format can forget it. Where a text could be read either
way, more is taken out rather than less.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from debar.model.baseline import Baseline, Gone
    from debar.model.decision import Finding, Verdict
    from debar.model.inventory import Component, Document
    from debar.model.knowledge import Corrected
    from debar.model.waivers import WaiverUse

_SLASH = r"(?:/|\\|%2[Ff]|%5[Cc])"
_LOGIN = re.compile(r"(://)[^/@\s]{1,200}@")
# The name below a folder of homes, at the beginning or within a path, encoded or not.
_HOME = re.compile(
    rf"((?:^|{_SLASH}|[\s\"'(=:])(?:home|Users|Documents(?: |%20)and(?: |%20)Settings){_SLASH}+)"
    rf"(?:(?!{_SLASH})[^\s\"'<>|:;,?#&])+"
)
_LOCAL = r"(?<![\w.%+-])(?!git@)[\w.+!~'-]{1,64}"
# A version behind a name ("core@1.0.beta") is no domain: its first two parts begin with digits.
_DOMAIN = r"(?!v?\d+\.\d)(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,63}(?![A-Za-z0-9-])"
_ADDRESS = re.compile(rf"{_LOCAL}(?:@|%40|\(at\)|\[at\]| at ){_DOMAIN}")
_ENCODED_ADDRESS = re.compile(rf"{_LOCAL}%40{_DOMAIN}")
_PURL = re.compile(r"(?:[a-z-]+:)?pkg:")
# An absolute path begins where no word, scheme or relative path goes on. Its folders may hold spaces, its name not.
_ABSOLUTE = re.compile(
    rf"(?:(?<![^\s\"'(\[<=,;|@-])|(?<=:)(?<!cpe:)(?<!pkg:)(?!//))(?:file(?::|%3[Aa]))?(?:[A-Za-z](?::|%3[Aa]))?{_SLASH}"
    rf"(?:(?:(?!{_SLASH})[^\n\"'<>|])*{_SLASH})*((?:(?!{_SLASH})[^\s\"'<>|,;)])*)"
)


def redact(verdict: Verdict) -> Verdict:
    """Return the verdict with every text of the SBOM redacted, and inputs called by their base names."""
    documents = (*verdict.documents, *(verdict.baseline.documents if verdict.baseline else ()))
    paths = {*(item.path for item in documents), *(file.path for file in verdict.waivers)}
    findings = tuple(_numbered(map(_finding, verdict.findings)))
    called = {(old.pack, old.id): new.id for old, new in zip(verdict.findings, findings, strict=True)}

    def noted(text: str) -> str:
        for path in sorted(paths, key=len, reverse=True):
            text = text.replace(path, base_name(path))
        return redacted(text)

    return replace(
        verdict,
        reason=redacted(verdict.reason),
        regimes=tuple(replace(item, reason=redacted(item.reason)) for item in verdict.regimes),
        findings=findings,
        gaps=tuple(
            replace(
                item,
                gap=replace(item.gap, examples=tuple(map(noted, item.gap.examples))),
                message=redacted(item.message),
            )
            for item in verdict.gaps
        ),
        documents=tuple(map(_document, verdict.documents)),
        components=_Components(verdict.components),
        notes=tuple(map(noted, verdict.notes)),
        near_misses=tuple(replace(miss, value=redacted(miss.value)) for miss in verdict.near_misses),
        facts=tuple(replace(item, path=base_name(item.path)) for item in verdict.facts),
        corrections=tuple(replace(item, path=base_name(item.path)) for item in verdict.corrections),
        corrected=tuple(map(_corrected, verdict.corrected)),
        waivers=tuple(replace(item, path=base_name(item.path)) for item in verdict.waivers),
        waived=tuple(_waived(item, called) for item in verdict.waived),
        baseline=_baseline(verdict.baseline) if verdict.baseline else None,
    )


def redacted(text: str) -> str:
    """Return one text of an SBOM without absolute paths, user names and e-mail addresses."""
    if _PURL.match(text):
        # In front of the qualifiers of a purl a bare @ is the version's.
        front, mark, qualifiers = text.partition("?")
        text = _ENCODED_ADDRESS.sub("[e-mail]", front) + mark + _ADDRESS.sub("[e-mail]", _LOGIN.sub(r"\1", qualifiers))
    else:
        text = _ADDRESS.sub("[e-mail]", _LOGIN.sub(r"\1", text))
    return _ABSOLUTE.sub(r"[path]/\1", _HOME.sub(r"\1[user]", text))


def base_name(path: str) -> str:
    """Return a file's name without its folders; a member of an archive keeps the archive's name."""
    return "!".join(re.split(r"[/\\]", part.rstrip("/\\"))[-1] for part in path.split("!"))


def _document(item: Document) -> Document:
    return replace(
        item,
        path=base_name(item.path),
        name=redacted(item.name),
        makers=tuple(map(redacted, item.makers)),
        subjects=tuple((redacted(name), hashes) for name, hashes in item.subjects),
    )


def _finding(finding: Finding) -> Finding:
    return replace(
        finding,
        id=redacted(finding.id),
        evidence=tuple(replace(item, value=redacted(item.value)) for item in finding.evidence),
    )


def _corrected(item: Corrected) -> Corrected:
    wanted, correction = item.correction.component, item.correction
    named = {key: redacted(getattr(wanted, key)) for key in ("purl", "name", "ref")}
    return replace(
        item,
        path=base_name(item.path),
        correction=replace(
            correction,
            component=replace(wanted, **named),
            reason=redacted(correction.reason),
            reviewer=redacted(correction.reviewer),
            value=redacted(correction.value),
        ),
        evidence=tuple(replace(one, value=redacted(one.value)) for one in item.evidence),
    )


def _waived(item: WaiverUse, called: Mapping[tuple[str, str], str]) -> WaiverUse:
    waiver, wanted = item.waiver, item.waiver.component
    named = {key: redacted(getattr(wanted, key)) for key in ("purl", "name", "ref")}
    return replace(
        item,
        path=base_name(item.path),
        why=redacted(item.why),
        waiver=replace(
            waiver,
            component=replace(wanted, **named),
            reason=redacted(waiver.reason),
            approver=redacted(waiver.approver),
            path=tuple(map(redacted, waiver.path)),
            value=redacted(waiver.value),
        ),
        findings=tuple((pack, called[pack, name]) for pack, name in item.findings),
    )


def _baseline(item: Baseline) -> Baseline:
    return replace(item, documents=tuple(map(_document, item.documents)), gone=tuple(map(_gone, item.gone)))


def _gone(one: Gone) -> Gone:
    return replace(one, id=redacted(one.id), label=redacted(one.label))


def _numbered(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Tell apart what only a redacted text did."""
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.id] += 1
        again = seen[finding.id]
        yield finding if again == 1 else replace(finding, id=f"{finding.id}~{again}")


class _Components(Sequence["Component"]):
    """The components, each redacted when it is asked for: a report shows few of a million."""

    def __init__(self, plain: Sequence[Component]) -> None:
        self._plain = plain

    def __len__(self) -> int:
        return len(self._plain)

    @overload
    def __getitem__(self, index: int) -> Component: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Component]: ...
    def __getitem__(self, index: int | slice) -> Component | Sequence[Component]:
        if isinstance(index, slice):
            return _Components(self._plain[index])
        item = self._plain[index]
        texts = {key: redacted(getattr(item, key)) for key in ("ref", "name", "version", "group", "purl", "type")}
        return replace(item, **texts)
