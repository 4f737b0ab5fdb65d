"""What several test files share: a small pack of one fact a kind, and the folder of real SBOMs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import settings

from debar.model.policy import Pack

settings.register_profile("debar", deadline=None, derandomize=True)
settings.load_profile("debar")

SHARED = Path(__file__).parents[2] / "shared"


def fact(
    kind: str, *values: str, article: str = "entity", confidence: str = "certain", **more: object
) -> dict[str, Any]:
    return {
        "id": re.sub(r"[^A-Za-z0-9]+", "-", f"T-{kind}-{values[0]}").strip("-"),
        "kind": kind,
        "values": values,
        "article": article,
        "confidence": confidence,
        "what": f"a {kind}",
        "source": "made for this test",
        **more,
    }


FACTS = [
    fact("party", "Kaspersky Lab"),
    fact("party", "Kaspersky"),
    fact("party", "Лаборатория Касперского"),
    fact("cpe", "kaspersky:antivirus_engine", article="engine"),
    fact("cpe-vendor", "kaspersky"),
    fact("cpe-vendor", "kaspersky_lab"),
    fact("product", "Kaspersky Anti-Virus", article="cybersecurity"),
    fact("product", "Kaspersky Internet Security", article="cybersecurity"),
    fact("package", "opentip", article="threat-intelligence", types=["pypi"]),
    fact("package", "@kaspersky/hexa-ui", article="other-software", types=["npm"]),
    fact("package", "kesl", article="cybersecurity", types=["deb", "rpm"]),
    fact("namespace", "@kaspersky", article="other-software", types=["npm"]),
    fact("namespace", "com.kaspersky.android-components", article="other-software", types=["maven"]),
    fact("repository", "github.com/KasperskyLab"),
    fact("repository", "github.com/KasperskyLab/klara", article="cybersecurity"),
    fact("file", "klif.sys", article="cybersecurity", confidence="likely"),
    fact("file", "KL_*_SDK_Android_*.aar", article="engine"),
    fact("file", "/opt/kaspersky/**", article="cybersecurity"),
    fact("file", "/etc/kavicapd.xml", article="engine"),
    fact("file", "avp.exe", article="cybersecurity", confidence="weak"),
    fact("file", "*.kdl", article="engine", confidence="weak"),
    fact("host", "kaspersky.com", confidence="weak"),
    fact("host", "ksn.kaspersky-labs.com", article="cybersecurity"),
    fact("identifier", "com.kavsdk", article="engine"),
    fact("identifier", "1.3.6.1.4.1.23668", article="cybersecurity"),
    fact("identifier", "O=Kaspersky Lab", article="cybersecurity"),
    fact("identifier", "7729AB3410", article="cybersecurity"),
    fact("token", "kaspersky-lab-engine", article="engine"),
    fact("stem", "kaspersk", confidence="likely"),
    fact("stem", "касперск", confidence="likely"),
]

RULES = [
    {
        "id": "security",
        "articles": ["cybersecurity", "engine"],
        "use": "shipped",
        "outcome": "fail",
        "basis": "text",
        "why": "It is barred.",
        "remedy": "Remove it.",
    },
    {
        "id": "security-build",
        "articles": ["cybersecurity", "engine"],
        "use": "build",
        "outcome": "review",
        "basis": "interpretation",
        "why": "It may not ship.",
        "remedy": "Confirm.",
    },
    {
        "id": "other",
        "articles": ["entity", "other-software", "affiliate-software"],
        "use": "shipped",
        "outcome": {"operative": "review", "strict": "fail"},
        "basis": "interpretation",
        "why": "It may be barred.",
        "remedy": "Look at it.",
    },
    {
        "id": "excluded",
        "articles": ["threat-intelligence", "training", "connector"],
        "use": "shipped",
        "outcome": "note",
        "basis": "text",
        "why": "It is excluded.",
    },
]

PACK = {
    "id": "test",
    "version": "1",
    "title": "A test pack",
    "description": "Facts of every kind.",
    "vendor": "Kaspersky",
    "legal_as_of": "2026-11-21",
    "max_age_days": 180,
    "default_regimes": ["ban"],
    "disclaimer": "Not legal advice.",
    "legal_forms": ["ao", "ооо", "ао", "inc", "llc", "gmbh"],
    "edition_words": ["for", "linux", "windows", "server"],
    "not_near": ["kasperski"],
    "facts": FACTS,
    "regimes": [
        {
            "id": "ban",
            "title": "The ban",
            "citation": "1 X.Y.Z. 1",
            "authority": "Somebody",
            "url": "https://law.example/",
            "territory": ["us"],
            "effective": "2024-09-29T04:00:00Z",
            "instants": [],
            "profiles": {"operative": "as applied", "strict": "as worded"},
            "scope": "everything",
            "quotations": [{"id": "q", "text": "barred", "source": "the ban"}],
            "rules": RULES,
        }
    ],
    "digest": "0" * 64,
}


@pytest.fixture(scope="session")
def tiny_pack() -> Pack:
    return msgspec.convert(PACK, Pack)


def cyclonedx(*components: dict[str, Any], depends: bool = True, **more: Any) -> bytes:  # noqa: ANN401 - any CycloneDX
    """Return a CycloneDX 1.6 document of a product that depends on each component."""
    listed = [{"type": "library", "bom-ref": f"c{number}", **item} for number, item in enumerate(components)]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": {"type": "application", "bom-ref": "product", "name": "product"}},
        "components": listed,
        **more,
    }
    if depends:
        document.setdefault("dependencies", [{"ref": "product", "dependsOn": [item["bom-ref"] for item in listed]}])
    return json.dumps(document, ensure_ascii=False).encode()


@pytest.fixture
def acme(tmp_path: Path) -> Any:  # noqa: ANN401 - tests/attest/vendor.py is on the path only for its own folder
    """Return a vendor with a product that passes, for the tests of certificates."""
    from vendor import vendor

    return vendor(tmp_path / "acme")
