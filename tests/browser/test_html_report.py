"""The HTML report as people meet it: in a real browser, on a phone, on paper, in the dark, with the keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hostile import EVIL, MARK, OPTIONS, PACK, component, example, judged

from conftest import cyclonedx
from debar import pipeline, report
from debar.model.decision import Verdict

chromium = pytest.importorskip("chromium", reason="playwright is not here")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium.installed() is None, reason="no Chromium is here"),
]

#: The contrast of each text with what lies behind it (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).
FAINT = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => {
    const linear = (one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = rgb.map((one) => linear(one / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (item) => {
    const rect = item.closest("g")?.querySelector("rect");
    if (rect) return parse(getComputedStyle(rect).fill);
    for (let at = item; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = new Set();
  for (const item of document.body.querySelectorAll("*")) {
    if (item.tagName === "title") continue;
    if (![...item.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    const style = getComputedStyle(item);
    const colour = item instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(parse(colour)), light(behind(item).slice(0, 3))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.add(`${item.tagName} ${item.getAttribute("class")} ${ratio.toFixed(2)}`);
  }
  return [...faint];
}"""


@dataclass
class Opened:
    """A page and everything that it did beside being shown."""

    page: chromium.Page
    console: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refused: list[str | None] = field(default_factory=list)


@pytest.fixture(scope="session")
def browser() -> Iterator[chromium.Browser]:
    with chromium.running() as found:
        yield found


@pytest.fixture
def opened(browser: chromium.Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """Open the report on the verdict that the test names, in a window that it may describe."""
    verdict, window = request.param
    path = tmp_path / "report.html"
    path.write_text(report.render(verdict() if callable(verdict) else verdict, "html", near_misses=True, coverage=True))
    page = browser.new_page(**window)
    found = Opened(page)
    page.on("console", lambda message: found.console.append(message.text))
    page.on("pageerror", lambda error: found.console.append(str(error)))
    page.on("dialog", lambda dialog: found.console.append(dialog.message))
    page.on("request", lambda one: found.asked.append(one.url))
    page.on("requestfailed", lambda one: found.refused.append(one.failure))
    page.goto(path.as_uri())
    yield found
    page.close()


def showing(verdict: object, **window: object) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("opened", [(verdict, window)], indirect=True, ids=[""])


def several(number: int) -> Verdict:
    """Return the verdict on a product with so many offenders behind three components."""
    hubs = [{"name": f"hub-{at}", "bom-ref": f"hub-{at}", "version": "1"} for at in range(3)]
    bad = [{**component(f"part {at}"), "bom-ref": f"bad-{at}", "version": "1"} for at in range(number)]
    depends = [{"ref": "product", "dependsOn": [hub["bom-ref"] for hub in hubs]}]
    depends += [{"ref": f"hub-{at}", "dependsOn": [f"bad-{one}" for one in range(at, number, 3)]} for at in range(3)]
    data = cyclonedx(*hubs, *bad, dependencies=depends)
    return pipeline.check([pipeline.Input(path="suite.json", data=data)], pack=PACK, options=OPTIONS)


EXAMPLES = [
    *("engine-two-paths.cdx.json", "test-dependency-unscoped.cdx.json", "incomplete.spdx", "clean.cdx.json"),
    *("everywhere.cdx.json", "threat-intelligence.cdx.json"),
]


@pytest.mark.parametrize("opened", [(example(name), {}) for name in EXAMPLES], indirect=True, ids=EXAMPLES)
def test_it_renders_without_a_word_on_the_console_and_asks_for_nothing(opened: Opened) -> None:
    assert re.fullmatch("FAIL|REVIEW|INCOMPLETE|PASS", opened.page.inner_text(".status"))
    assert opened.page.inner_text("h1")
    assert opened.page.evaluate("getComputedStyle(document.querySelector('header')).borderTopWidth") == "6px"
    assert opened.console == []
    assert opened.asked == [opened.page.url]


@showing(judged(*EVIL.values()))
def test_a_hostile_name_stays_text(opened: Opened) -> None:
    page = opened.page

    assert (
        page.evaluate("document.querySelectorAll('script, img, iframe, form, input, object, base, link').length") == 0
    )
    assert page.evaluate("document.body.textContent").count(MARK) > len(EVIL)
    assert "<script>alert(" in page.evaluate("document.body.textContent")
    assert opened.console == []
    assert opened.asked == [page.url]


@showing(example("engine-two-paths.cdx.json"))
def test_what_broke_out_could_neither_run_nor_call_home(opened: Opened) -> None:
    attack = '<img src="https://evil.example/x" onerror="window.owned = 1"><p style="color: red">x</p><form action="/">'
    opened.page.evaluate("attack => document.body.insertAdjacentHTML('beforeend', attack)", attack)
    opened.page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.owned = 1";
        document.body.append(script);
    }""")
    opened.page.wait_for_timeout(200)

    assert opened.page.evaluate("window.owned") is None
    assert len([said for said in opened.console if "Content Security Policy" in said]) >= 3
    assert opened.refused == ["csp"]


@showing(lambda: several(12))
def test_a_click_or_the_enter_key_on_a_finding_shows_its_path(opened: Opened) -> None:
    finding = opened.page.locator(".finding").first
    picture = finding.get_by_role("img")
    assert picture.count() == 0 or not picture.is_visible()

    finding.locator("summary").first.click()
    assert picture.is_visible()
    assert "The paths from the product to" in str(picture.get_attribute("aria-label"))
    assert {"product", "hub-0"} <= set(picture.locator("text.name").all_text_contents())

    opened.page.keyboard.press("Enter")
    assert not picture.is_visible()
    opened.page.keyboard.press("Enter")
    assert picture.is_visible()


@showing(lambda: several(12))
def test_the_keyboard_reaches_everything_that_opens(opened: Opened) -> None:
    opened.page.keyboard.press("Tab")
    assert opened.page.evaluate("document.activeElement.className") == "skip"
    opened.page.keyboard.press("Enter")
    reached = set()
    for _ in range(60):
        opened.page.keyboard.press("Tab")
        reached.add(
            opened.page.evaluate("document.activeElement.closest('.finding')?.querySelector('.name').textContent")
        )

    assert len(reached - {None}) == 12


@showing(example("engine-two-paths.cdx.json"))
def test_a_link_to_a_quotation_opens_where_it_stands(opened: Opened) -> None:
    opened.page.get_by_role("link", name="class-3").first.click()

    assert opened.page.locator("blockquote:target").is_visible()


@showing(lambda: several(5_200))
def test_five_thousand_findings_stay_usable(opened: Opened) -> None:
    page = opened.page
    rows = page.locator(".more").first

    assert page.evaluate("document.querySelectorAll('*').length") < 50_000
    assert page.evaluate("document.documentElement.outerHTML.length") < 8_000_000
    assert page.locator(".finding").count() == 100
    assert "100 more findings do not fit into a page" in page.inner_text(".cut-off")
    rows.locator("summary").click()
    assert rows.locator("tbody tr").last.is_visible()
    assert page.locator(".more tbody tr").count() == 5_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["fail", "review", "incomplete", "pass"])
def test_every_text_can_be_told_from_its_ground(
    browser: chromium.Browser, tmp_path: Path, scheme: str, kind: str
) -> None:
    names = dict(zip(["fail", "review", "incomplete", "pass"], EXAMPLES, strict=False))
    path = tmp_path / "report.html"
    path.write_text(report.render(example(names[kind]), "html", near_misses=True, coverage=True))
    page = browser.new_page(color_scheme=scheme)
    page.goto(path.as_uri())

    assert page.evaluate(FAINT) == []
    page.close()


@showing(lambda: several(12), color_scheme="dark")
def test_paper_shows_what_the_screen_folds_and_is_white(opened: Opened) -> None:
    closed = "[...document.querySelectorAll('.finding .body')].filter(item => item.checkVisibility()).length"
    assert opened.page.evaluate(closed) == 0

    opened.page.emulate_media(media="print")
    assert opened.page.evaluate(closed) == 12
    assert (
        opened.page.evaluate("getComputedStyle(document.querySelector('.finding')).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    assert not opened.page.locator("nav").is_visible()


LONG = [EVIL["long"], "漢" * 300, "a" * 299]


@showing(judged(*LONG), viewport={"width": 360, "height": 740})
def test_a_phone_scrolls_one_way(opened: Opened) -> None:
    opened.page.locator(".finding summary").first.click()

    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 360


@showing(lambda: several(30))
def test_names_stay_within_their_boxes(opened: Opened) -> None:
    over = """[...document.querySelectorAll("g.box")].filter((box) => {
        const wide = box.querySelector("rect").getBoundingClientRect().width;
        return [...box.querySelectorAll("text")].some((text) => text.getBoundingClientRect().width > wide);
    }).length"""

    assert opened.page.locator("figure g.box").count() > 20
    assert opened.page.evaluate(over) == 0
