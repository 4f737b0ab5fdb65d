"""A product split over three SBOMs is one graph, and a missing or changed part is never a pass."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = "11111111-395b-41f5-a30f-a58921a69b79"


def component(name: str, **more: object) -> dict[str, object]:
    return {"type": "library", "bom-ref": name, "name": name, "version": "1", "purl": f"pkg:generic/{name}@1", **more}


def cyclonedx(serial: str, product: str, part: dict[str, object]) -> dict[str, object]:
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": component(product)},
        "components": [part],
        "dependencies": [{"ref": product, "dependsOn": [part["bom-ref"]]}, {"ref": part["bom-ref"]}],
    }


@pytest.fixture
def split(tmp_path: Path) -> list[Path]:
    """Write app (CycloneDX) -> module (CycloneDX, by BOM-Link) -> firmware (SPDX, by address and hash)."""
    firmware = tmp_path / "firmware.spdx"
    firmware.write_text(
        "SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: firmware\n"
        "DocumentNamespace: https://acme.example/firmware\n\n"
        "PackageName: firmware\nSPDXID: SPDXRef-f\nPackageVersion: 1\nPackageSupplier: Organization: ACME\n\n"
        "PackageName: kesl\nSPDXID: SPDXRef-k\nExternalRef: PACKAGE-MANAGER purl pkg:deb/kesl@12\n\n"
        "Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-f\nRelationship: SPDXRef-f CONTAINS SPDXRef-k\n"
    )
    digest = hashlib.sha256(firmware.read_bytes()).hexdigest()
    address = {
        "type": "bom",
        "url": "https://acme.example/firmware.spdx",
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }
    module = tmp_path / "module.cdx.json"
    board = component("board", externalReferences=[address])
    module.write_text(json.dumps(cyclonedx(MODULE, "module", board)))
    digest = hashlib.sha512(module.read_bytes()).hexdigest()
    bom_link = {"type": "bom", "url": f"urn:cdx:{MODULE}/1", "hashes": [{"alg": "SHA-512", "content": digest}]}
    app = tmp_path / "app.cdx.json"
    unit = component("unit", externalReferences=[bom_link])
    app.write_text(json.dumps(cyclonedx("3e671687-395b-41f5-a30f-a58921a69b79", "app", unit)))
    return [app, module, firmware]


def debar(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "debar", "check", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_one_path_leads_through_all_three(split: list[Path]) -> None:
    done = debar(*split, "--format", "json")
    report = json.loads(done.stdout)
    path = report["findings"][0]["paths"][0]

    assert done.returncode == 1
    assert [step["name"] for step in path] == ["app@1", "unit@1", "module@1", "board@1", "firmware@1", "kesl"]
    assert [Path(step["document"]).name for step in path][::2] == ["app.cdx.json", "module.cdx.json", "firmware.spdx"]
    assert report["coverage"]["links_resolved"] == report["coverage"]["links_total"] == 2
    assert "(in " in debar(*split).stdout


@pytest.mark.parametrize("kind", ["documentation", "build-meta", "other"])
def test_a_bom_link_is_followed_whatever_type_its_author_gave_the_reference(split: list[Path], kind: str) -> None:
    app, module, firmware = split
    app.write_text(app.read_text().replace('"type": "bom"', f'"type": "{kind}"'))

    assert debar(app, module, firmware).returncode == 1
    alone = json.loads(debar(app, "--format", "json").stdout)
    assert alone["coverage"]["links_total"] == 1
    assert alone["coverage"]["links_resolved"] == 0


def test_one_file_withheld_is_incomplete_and_names_what_is_missing(split: list[Path]) -> None:
    done = debar(split[0], split[2])

    assert done.returncode == 1
    assert f"urn:cdx:{MODULE}/1" in debar(split[0]).stdout
    assert debar(split[0]).stdout.startswith("INCOMPLETE")


def test_a_folder_of_candidates_is_used_as_far_as_it_is_linked(split: list[Path], tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("no SBOM")
    report = json.loads(debar(split[0], "--bom-dir", tmp_path, "--format", "json").stdout)

    assert [Path(item["path"]).name for item in report["inputs"]] == [
        "app.cdx.json",
        "module.cdx.json",
        "firmware.spdx",
    ]
    assert report["verdict"] == "fail"
    assert any("readme.txt" in note for note in report["notes"])


def test_a_changed_file_is_an_error(split: list[Path]) -> None:
    split[1].write_text(split[1].read_text().replace("board", "bread"))
    done = debar(*split)

    assert done.returncode == 3
    assert "sha512" in done.stderr
