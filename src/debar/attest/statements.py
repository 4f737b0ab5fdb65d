"""In-toto statements: the certificate's own, test-result for every verdict, SVR for a pass.

Sources: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md and, under spec/predicates/,
test-result.md (v0.1) and svr.md (v0.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from debar.attest.canonical import canonical
from debar.attest.certificate import files_of_the_user
from debar.model.certificate import CERTIFICATE_TYPE, STATEMENT_TYPE
from debar.model.decision import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debar.model.certificate import Certificate, Subject, Tool
    from debar.model.decision import Verdict

TEST_RESULT_TYPE = "https://in-toto.io/attestation/test-result/v0.1"
SVR_TYPE = "https://in-toto.io/attestation/svr/v0.2"
_RESULTS = {
    Status.PASS: "PASSED",
    Status.FAIL: "FAILED",
    Status.REVIEW: "WARNED",
    Status.INCOMPLETE: "WARNED",
}


def certificate(made: Certificate, subjects: Sequence[Subject]) -> bytes:
    """Return the statement around a certificate."""
    return _statement(subjects, CERTIFICATE_TYPE, msgspec.to_builtins(made))


def test_result(verdict: Verdict, subjects: Sequence[Subject], tool: Tool, *, refused: bool) -> bytes:
    """Return a test-result statement: each regime that holds in the market is a test.

    A pass that was not certified (`refused`: of another product, say, or from an old SBOM) is a warning.
    """
    tests: dict[str, list[str]] = {"PASSED": [], "WARNED": [], "FAILED": []}
    for item in verdict.regimes:
        if item.status in _RESULTS:
            tests[_RESULTS[item.status]].append(f"{item.regime}:{item.profile}")
    result = _RESULTS.get(verdict.status, "WARNED")
    predicate = {
        "result": "WARNED" if refused and result == "PASSED" else result,
        "configuration": [
            *(
                {"name": document.serial or document.name, "digest": {"sha256": document.sha256}}
                for document in verdict.documents
            ),
            *_inputs(verdict),
            {"name": f"{tool.name} {tool.version}", "digest": {"sha256": tool.sha256}},
        ],
        "passedTests": tests["PASSED"],
        "warnedTests": tests["WARNED"],
        "failedTests": tests["FAILED"],
    }
    return _statement(subjects, TEST_RESULT_TYPE, predicate)


def svr(verdict: Verdict, subjects: Sequence[Subject]) -> bytes:
    """Return a Simple Verification Result: only what passed is a property (an absent one was not passed)."""
    predicate = {
        "verifier": {"id": "urn:debar", "policies": list(_inputs(verdict))},
        "timeCreated": verdict.as_of,
        "properties": [
            f"DEBAR_{item.regime}_{item.profile}_PASSED".upper().replace("-", "_").replace(".", "_")
            for item in verdict.regimes
            if item.status is Status.PASS
        ],
    }
    return _statement(subjects, SVR_TYPE, predicate)


def _inputs(verdict: Verdict) -> tuple[dict[str, Any], ...]:
    """Return what was judged by, as resource descriptors."""
    return (
        *(
            {
                "name": f"{pack.id} {pack.version}",
                "uri": f"urn:debar:policy:{pack.id}",
                "digest": {"sha256": pack.digest},
            }
            for pack in verdict.packs
        ),
        *(
            {"name": kind, "digest": {"sha256": file.digest}}
            for kind, files in files_of_the_user(verdict)
            for file in files
        ),
        *({"name": held.certificate_id, "digest": {"sha256": held.sha256}} for held in verdict.certified),
    )


def _statement(subjects: Sequence[Subject], kind: str, predicate: object) -> bytes:
    return canonical(
        {
            "_type": STATEMENT_TYPE,
            "subject": msgspec.to_builtins(tuple(subjects)),
            "predicateType": kind,
            "predicate": predicate,
        }
    )
