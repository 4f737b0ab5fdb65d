"""Take the pictures of the README anew: ``python tools/make_pictures.py`` (needs Chromium).

They show the reports on an example as a terminal and a browser do, in light and in dark. What is shown is what the
commands print, so look at the pictures after a change to either report, and commit them.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

import chromium
from update_examples import AS_OF, ROOT

from debar import packs, pipeline, report

PICTURES = ROOT / "docs" / "pictures"
SBOM = "examples/engine-two-paths.cdx.json"
SCHEMES = ("light", "dark")
#: So many lines of the terminal report show the verdict, the paths and why.
LINES = 30
#: Width and height of the window. A README is narrower, so this is sharp enough and stays small.
WINDOW = (1120, 1240)
_COLOUR = re.compile(r"\x1b\[1;(\d+)m(.*?)\x1b\[0m")
_TERMINAL = """<!DOCTYPE html><meta charset="utf-8"><style>
:root { --page: #fff; --ink: #24292f; --edge: #d0d7de; --bar: #f0f2f5; }
:root { --c31: #b3201a; --c32: #12663a; --c33: #855200; }
@media (prefers-color-scheme: dark) {
  :root { --page: #0d1117; --ink: #d7dee6; --edge: #30363d; --bar: #161b22; }
  :root { --c31: #ff8b82; --c32: #74d69c; --c33: #f3c25f; }
}
body { margin: 0; background: transparent; }
main { border: 1px solid var(--edge); border-radius: 10px; overflow: hidden; }
main { background: var(--page); color: var(--ink); }
header { height: 30px; background: var(--bar); display: flex; gap: 8px; align-items: center; padding-left: 14px; }
i { width: 11px; height: 11px; border-radius: 50%; background: var(--edge); }
pre { margin: 0; padding: 16px 20px 18px; font: 13.5px/1.5 "DejaVu Sans Mono", monospace; }
</style>"""


def terminal(text: str) -> str:
    """Return a page that shows a text with ANSI colours as a terminal does."""
    lines = text.splitlines()
    shown = [f"$ debar check {SBOM}", *lines[:LINES], *(["..."] if len(lines) > LINES else [])]
    body = _COLOUR.sub(r'<b style="color: var(--c\1)">\2</b>', escape("\n".join(shown)))
    return f"{_TERMINAL}<main><header><i></i><i></i><i></i></header><pre>{body}</pre></main>"


def main() -> None:
    """Write every picture."""
    pack = packs.load(packs.find("us-kaspersky"))
    data = (ROOT / SBOM).read_bytes()
    verdict = pipeline.check([pipeline.Input(path=SBOM, data=data)], pack=pack, options=pipeline.Options(as_of=AS_OF))
    pages = {
        "terminal": terminal(report.render(verdict, "text", colour=True)),
        "report": report.render(verdict, "html"),
    }
    PICTURES.mkdir(exist_ok=True)
    with chromium.running() as browser, TemporaryDirectory() as folder:
        for name, page in pages.items():
            path = Path(folder) / f"{name}.html"
            path.write_text(page, encoding="utf-8")
            for scheme in SCHEMES:
                take(browser, path, PICTURES / f"{name}-{scheme}.png", scheme)


def take(browser: chromium.Browser, page: Path, picture: Path, scheme: str) -> None:
    """Take a picture of a page: all of a terminal, the first window of a report."""
    width, height = WINDOW
    window = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    window.goto(page.as_uri())
    shown = window.locator("main") if picture.name.startswith("terminal") else window
    shown.screenshot(path=picture, **({"omit_background": True} if shown is not window else {}))
    window.close()
    print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
