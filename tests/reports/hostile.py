"""Names that try to break out of each format, and products that are made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conftest import cyclonedx
from debar import packs, pipeline
from debar.model.decision import Verdict

PACK = packs.load(packs.find("us-kaspersky"))
OPTIONS = pipeline.Options(as_of="2026-11-21T00:00:00Z")
EXAMPLES = Path(__file__).parents[2] / "examples"
#: Must still be readable in every report.
MARK = "Legible7"

EVIL = {
    "ansi": f"\x1b[2J\x1b[31m{MARK}\x9b0m\x07",
    "osc 8": f"\x1b]8;;https://evil.example\x1b\\{MARK}\x1b]8;;\x1b\\",
    "bidi": f"\u202e{MARK}\u2066\u200f\u061c",
    "workflow command": f"x\n::error::{MARK}\r\n::set-output name=a::b",
    "workflow command, escaped": f"::add-mask::{MARK}%0A::error file=a,line=1::b",
    "bar": f"{MARK}|a|b\\|c||\n|d|",
    "backticks": f"{MARK}``` ` ````\n```\n# heading",
    "html": f"<script>alert('{MARK}')</script><img src=x onerror=alert(1)><!--",
    "entities": f"&lt;b&gt;{MARK}&#0;&amp;&copy;",
    "markdown link": f"](javascript:alert(1)) [{MARK}](javascript:alert(1)) ![x](https://evil.example/x.png)",
    "autolink": f"https://evil.example/{MARK} www.evil.example <https://evil.example> a@evil.example",
    "mention": f"@octocat #1 org/repo#2 {MARK} **b** _i_ ~~s~~ $x$",
    "formula": f"=cmd|' /C calc'!A0 {MARK}",
    "formula after spaces": f"  @SUM(1+1) {MARK}",
    "formula, full width": f"＝1+1 {MARK}",
    "nul": f"\0{MARK}\0",
    "sarif": f"{{0}} [{MARK}](1) [a](https://evil.example) {{{{1}}}} \\[b](2)",
    "xml": f"]]></failure><testcase name='{MARK}'/>\ufffe\uffff\x0b",
    "build log": f"##[error]{MARK} ##vso[task.setvariable variable=a]b ###[group]",
    "dot": f'{MARK}"]; evil [label="\\N\\G\\'.replace("'", ""),
    "mermaid": f'%%{{init: {{"securityLevel": "loose"}}}}%% {MARK}"]; click n0 href "javascript:alert(1)"',
    "separators": f"{MARK}\u2028\u2029\x85\x0c",
    "csv": f'{MARK}",=1+1,"\n=2+2',
    "long": f"{MARK}" + "A" * 5_000,
    "empty": "",
}


def component(name: str) -> dict[str, Any]:
    """Return a component of the vendor with that name wherever a text may stand."""
    return {
        "name": name or "x",
        "bom-ref": f"ref {name}",
        "version": name,
        "group": name,
        "supplier": {"name": "AO Kaspersky Lab"},
        "author": f"Kaspersky {name}",
        "description": name,
    }


def product(*names: str) -> bytes:
    """Return a product called by the first name that depends on a component of each."""
    return cyclonedx(
        *(component(name) for name in names),
        metadata={"component": {"type": "application", "bom-ref": "product", "name": names[0] or "x"}},
    )


def judged(*names: str, path: str = "app.cdx.json") -> Verdict:
    """Return the verdict on such a product."""
    return pipeline.check([pipeline.Input(path=path, data=product(*names))], pack=PACK, options=OPTIONS)


def example(name: str) -> Verdict:
    """Return the verdict on an example."""
    data = (EXAMPLES / name).read_bytes()
    return pipeline.check([pipeline.Input(path=f"examples/{name}", data=data)], pack=PACK, options=OPTIONS)
