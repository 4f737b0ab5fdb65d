"""The same product gives the same findings in whatever carrier it comes, and `--each` judges each alone."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from debar import packs, pipeline
from debar.errors import NotAnSbom
from debar.model.decision import Verdict
from debar.pipeline import Input, Options

ROOT = Path(__file__).parents[2]
SBOM = (ROOT / "examples/engine-two-paths.cdx.json").read_bytes()
PACK = packs.load(packs.find("us-kaspersky"))
OPTIONS = Options(as_of="2026-11-21T00:00:00Z")


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.md", "not an SBOM")
        archive.writestr("sboms/app.json", SBOM)
    return out.getvalue()


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        entry = tarfile.TarInfo("../../app.json")
        entry.size = len(SBOM)
        archive.addfile(entry, io.BytesIO(SBOM))
    return out.getvalue()


STATEMENT = json.dumps(
    {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "acme-gateway.tar", "digest": {"sha256": "0" * 64}}],
        "predicateType": "https://cyclonedx.org/bom",
        "predicate": json.loads(SBOM),
    }
).encode()


def envelope(encode: object = base64.b64encode) -> dict[str, object]:
    payload = encode(STATEMENT).decode()  # type: ignore[operator] # a function of the table
    return {"payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": [{"sig": ""}]}


BUNDLE = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": envelope()}
CARRIERS = {
    "bare": SBOM,
    "gzip": gzip.compress(SBOM),
    "zstd": zstd.compress(SBOM),
    "zip": zipped(),
    "tar.gz": tarred(),
    "in-toto v1": STATEMENT,
    "in-toto v0.1": STATEMENT.replace(b"Statement/v1", b"Statement/v0.1"),
    "DSSE": json.dumps(envelope()).encode(),
    "DSSE, URL-safe": json.dumps(envelope(base64.urlsafe_b64encode)).encode(),
    "sigstore bundle": json.dumps(BUNDLE).encode(),
    "JSON Lines": b"# a line\n" + json.dumps(envelope()).encode() + b"\n{}\n",
}


def check(data: bytes) -> Verdict:
    return pipeline.check([Input(path="given", data=data)], pack=PACK, options=OPTIONS)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_carrier_gives_the_same_findings(carrier: str) -> None:
    plain, carried = check(SBOM), check(CARRIERS[carrier])

    assert carried.status is plain.status
    assert [finding.id for finding in carried.findings] == [finding.id for finding in plain.findings]
    assert [finding.route.count for finding in carried.findings] == [finding.route.count for finding in plain.findings]


def test_what_an_attestation_binds_is_kept() -> None:
    assert check(STATEMENT).documents[0].subjects == (("acme-gateway.tar", (("sha256", "0" * 64),)),)


def image_layout(folder: Path) -> Path:
    """Write an OCI image layout whose one manifest is the SBOM (image-spec, image-layout.md)."""

    def blob(data: bytes) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        (folder / "blobs/sha256").mkdir(parents=True, exist_ok=True)
        (folder / "blobs/sha256" / digest).write_bytes(data)
        return {"digest": f"sha256:{digest}", "size": len(data)}

    layer = {"mediaType": "application/vnd.cyclonedx+json", **blob(SBOM)}
    empty = {"mediaType": "application/vnd.oci.empty.v1+json", **blob(b"{}")}
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/vnd.cyclonedx+json",
        "config": empty,
        "layers": [layer],
    }
    listed = {"mediaType": "application/vnd.oci.image.manifest.v1+json", **blob(json.dumps(manifest).encode())}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [listed]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return folder


def test_folders_and_image_layouts_are_read(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "app.json").write_bytes(SBOM)
    (plain / "notes.txt").write_text("nothing")
    ids = [finding.id for finding in check(SBOM).findings]

    for folder in (plain, image_layout(tmp_path / "image")):
        verdict = pipeline.check([pipeline.from_file(folder)], pack=PACK, options=OPTIONS)
        assert [finding.id for finding in verdict.findings] == ids


def test_a_folder_without_an_sbom_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotAnSbom):
        pipeline.check([pipeline.from_file(tmp_path)], pack=PACK, options=OPTIONS)


def test_each_judges_alone_and_a_broken_one_stops_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    files = ["examples/clean.cdx.json", str(broken), "examples/engine-two-paths.cdx.json"]
    command = [sys.executable, "-m", "debar", "check", "--each", "--as-of", "2026-11-21", *files]
    text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    reports = subprocess.run([*command, "--format", "json"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert text.returncode == reports.returncode == 3
    assert "\n3 inputs: 1 ERROR, 1 FAIL, 1 PASS\n" in text.stdout
    assert [line.split()[0] for line in text.stdout.splitlines()[-2:]] == ["ERROR", "FAIL"]
    assert "broken.json" in text.stderr
    assert [report["verdict"] for report in json.loads(reports.stdout)] == ["pass", "fail"]
