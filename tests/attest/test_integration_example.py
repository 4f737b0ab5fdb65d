"""The vendor's and the customer's scripts of the example do what their README says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from vendor import AS_OF, EXAMPLE, debar

import debar as debar_package
from debar.attest.keys import load_public

ENGINE = EXAMPLE.parent / "engine-two-paths.cdx.json"


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """Return a copy of the example with a release in it, and debar on its path."""
    home = tmp_path / "example"
    shutil.copytree(EXAMPLE, home, ignore=shutil.ignore_patterns("release", "*.key", "*.pub"))
    command = tmp_path / "bin" / "debar"
    command.parent.mkdir()
    # The scripts change the folder, and PYTHONPATH may be a relative one.
    home_of_debar = Path(str(debar_package.__file__)).parents[1]
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{home_of_debar}" exec "{sys.executable}" -m debar "$@"\n')
    command.chmod(0o755)
    done = script(home, "release.sh")
    assert done.returncode == 0, done.stderr
    return home


def script(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = f"{home.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "AS_OF": AS_OF, "PATH": path}
    command = ["bash", str(home / words[0]), *words[1:]]
    return subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, check=False)


def test_the_customer_accepts_what_the_vendor_released(release: Path) -> None:
    done = script(release, "accept.sh", "release", "vendor.pub")

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "accepted"), done.stdout + done.stderr


def test_the_customer_refuses_a_changed_artefact_and_a_revoked_key(release: Path) -> None:
    (release / "revoked").write_text(debar_key_id(release))
    revoked = script(release, "accept.sh", "release", "vendor.pub", "revoked")
    with (release / "release" / "acme-gateway-4.2.0.bin").open("ab") as file:
        file.write(b"!")
    changed = script(release, "accept.sh", "release", "vendor.pub")

    assert (revoked.returncode, changed.returncode) == (1, 1)
    assert "FAIL  revocation" in revoked.stdout
    assert "FAIL  artefact" in changed.stdout


def debar_key_id(home: Path) -> str:
    return load_public((home / "vendor.pub").read_bytes(), "vendor.pub").keyid


def test_the_vendor_cannot_release_what_does_not_pass(release: Path) -> None:
    sbom = release / "acme-gateway-4.2.0.cdx.json"
    sbom.write_bytes(sbom.read_bytes().replace(b'"Cisco Systems"', b'"AO Kaspersky Lab"'))

    done = script(release, "release.sh")

    assert done.returncode == 1
    assert "not certified" in done.stderr


def test_the_far_report_takes_the_contract_and_marks_what_is_missing() -> None:
    contract = EXAMPLE / "contract.toml"
    result = debar("check", ENGINE, "--as-of", AS_OF, "--format", "far-report", "--contract", contract)
    bare = debar("check", ENGINE, "--as-of", AS_OF, "--format", "far-report")

    assert (result.exit_code, bare.exit_code) == (1, 1)
    for line in (
        "Contract number: W0000-26-C-0001",
        "Order number(s), if applicable: 0003",
        "Supplier (vendor): ACME Filters Inc.",
        "Brand: Kaspersky",
        "Model number (OEM, manufacturer part or wholesaler number): KSE-2.1-OEM",
        "Reasons that led to the use or submission: [to be filled in by a person]",
    ):
        assert f"   {line}\n" in result.output
    assert "Supplier (vendor): AO Kaspersky Lab\n" in bare.output
    assert bare.output.count("[to be filled in by a person]") == 8


def test_a_contract_file_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    contract = tmp_path / "contract.toml"
    contract.write_text('contract = "1"')

    result = debar("check", ENGINE, "--format", "far-report", "--contract", contract)

    assert result.exit_code == 2
    assert "is no contract file" in str(result.exception)
