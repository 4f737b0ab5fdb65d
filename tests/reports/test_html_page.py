"""What the page says in plain words is never milder than the verdict."""

from __future__ import annotations

import lxml.html
import pytest
from click.testing import CliRunner
from hostile import EXAMPLES

from debar.cli.check import check

ENGINE, CLEAN = EXAMPLES / "engine-two-paths.cdx.json", EXAMPLES / "clean.cdx.json"
ACCEPTED = "It passes only because people accepted what was found."


@pytest.mark.parametrize(
    ("arguments", "lead"),
    [
        ((CLEAN,), "Nothing that the deciding regime bars was found among what the SBOM lists."),
        ((ENGINE,), "This product holds something that is barred."),
        ((ENGINE, "--waivers", EXAMPLES / "accepted" / "waivers.yaml"), ACCEPTED),
        ((ENGINE, "--baseline", ENGINE, "--new-only"), ACCEPTED),
        ((ENGINE, "--market", "de"), "No regime that decides holds in this market."),
        ((EXAMPLES / "incomplete.spdx",), "This is not a pass: the SBOM shows too little."),
    ],
)
def test_the_lead_says_what_the_verdict_rests_on(arguments: tuple[object, ...], lead: str) -> None:
    done = CliRunner().invoke(check, [*map(str, arguments), "--as-of", "2026-11-21T00:00:00Z", "--format", "html"])
    page = lxml.html.document_fromstring(done.stdout)

    assert [item.text for item in page.find_class("lead")] == [lead]


def test_a_waiver_stands_with_its_finding_and_in_a_table_of_all() -> None:
    waivers = str(EXAMPLES / "accepted" / "waivers.yaml")
    done = CliRunner().invoke(check, [str(ENGINE), "--waivers", waivers, "--as-of", "2026-11-21", "--format", "html"])
    page = lxml.html.document_fromstring(done.stdout)
    rows = [row.text_content() for row in page.get_element_by_id("decisions").iter("tr")]

    assert "WAIVER-2026-007" in page.find_class("remarks")[0].text_content()
    assert [row for row in rows if "WAIVER-2026-007" in row and "applied" in row and "Swiss" in row]
    assert [row for row in rows if "expired" in row]
