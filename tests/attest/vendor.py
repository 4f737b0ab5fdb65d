"""What the tests of certificates share: a product that passes, its keys, and debar run in this process."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from debar.attest import keys
from debar.cli import debar as command
from debar.errors import DebarError

EXAMPLE = Path(__file__).parents[2] / "examples" / "certify-integration"
AS_OF = "2026-11-21T00:00:00Z"
PRODUCT = "acme-gateway@4.2.0"
SIGNED = ("--signer", "Jane Doe", "--title", "Release manager", "--organization", "ACME Networks")


def debar(*arguments: object) -> Result:
    result = CliRunner().invoke(command, [str(argument) for argument in arguments])
    if isinstance(result.exception, DebarError):
        result.exit_code = result.exception.exit_code
        result.stderr_bytes = str(result.exception).encode()
    return result


@dataclass(frozen=True)
class Vendor:
    """A folder with the SBOM and artefact of a product, and a pair of keys."""

    home: Path
    sbom: Path
    artefact: Path
    key: Path
    pub: Path
    certificate: Path

    def certify(self, *more: object, expect: int = 0) -> str:
        result = debar(
            *("certify", self.sbom, "--product", PRODUCT, "--subject", self.artefact, "--key", self.key),
            *(*SIGNED, "--as-of", AS_OF, "--output", self.certificate, *more),
        )
        assert result.exit_code == expect, result.output
        return result.output

    def verify(self, *more: object, key: Path | None = None, as_of: str = AS_OF) -> Result:
        return debar("verify", self.certificate, "--key", key or self.pub, "--as-of", as_of, *more)

    def everything(self) -> tuple[object, ...]:
        return ("--subject", self.artefact, "--sbom", self.sbom, "--rerun")

    def statement(self, end: str = ".json") -> dict[str, Any]:
        return json.loads(base64.b64decode(self.envelope(end)["payload"]))

    def envelope(self, end: str = ".json") -> dict[str, Any]:
        return json.loads(self.beside(end).read_bytes())

    def beside(self, end: str) -> Path:
        return self.certificate.with_name(self.certificate.name.removesuffix(".json") + end)


def vendor(home: Path, name: str = "vendor") -> Vendor:
    home.mkdir(exist_ok=True)
    for path in EXAMPLE.glob("acme-gateway-4.2.0.*"):
        shutil.copy(path, home)
    key, pub, _ = keys.generate(home / name, None)
    return Vendor(
        home=home,
        sbom=home / "acme-gateway-4.2.0.cdx.json",
        artefact=home / "acme-gateway-4.2.0.bin",
        key=key,
        pub=pub,
        certificate=home / "gateway.cert.json",
    )
