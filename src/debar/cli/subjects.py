"""What artefacts are named by on the command line: a file, or a digest."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from debar.errors import UnreadableInput, UsageError
from debar.model.certificate import Subject

_DIGEST = re.compile(r"(sha256|sha384|sha512):([0-9A-Fa-f]+)")
_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}


def subject(text: str, name: str) -> Subject:
    """Return an artefact by its file (hashed here) or by ``sha256:HEX``, which then goes by `name`.

    Raises `UsageError` for a malformed digest, `UnreadableInput` for a file that cannot be read.
    """
    given = _DIGEST.fullmatch(text)
    if given:
        if len(given[2]) != _LENGTHS[given[1]]:
            raise UsageError(f"{text} is no {given[1]} digest: it has {len(given[2])} digits, not {_LENGTHS[given[1]]}")
        return Subject(name=name, digest={given[1]: given[2].lower()})
    try:
        with Path(text).open("rb") as file:
            return Subject(name=Path(text).name, digest={"sha256": hashlib.file_digest(file, "sha256").hexdigest()})
    except FileNotFoundError as error:
        raise UnreadableInput(text, "no such file", remedy="a digest is written sha256:HEX") from error
    except OSError as error:
        raise UnreadableInput(text, f"cannot be read: {error.strerror}") from error
