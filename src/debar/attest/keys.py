"""Keys in PEM: Ed25519, ECDSA (P-256, P-384, P-521) and RSA, private ones with or without a passphrase.

The libraries are imported when they are needed; they come with the extra `sign`.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from debar.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from securesystemslib.signer import CryptoSigner, SSlibKey

_LEAST_RSA = 2048
_PRIVATE = b"PRIVATE KEY-----"


@contextmanager
def libraries(extra: str = "sign") -> Iterator[None]:
    """Turn a missing library into an error that says which extra to install."""
    try:
        yield
    except ImportError as error:
        raise UsageError(
            f"signing and verifying need {error.name or 'securesystemslib'}; run: pip install 'debar[{extra}]'"
        ) from error


def generate(stem: Path, passphrase: bytes | None) -> tuple[Path, Path, str]:
    """Write an Ed25519 pair as STEM.key (mode 0600) and STEM.pub, and return both paths and the key id.

    Raises `UsageError` when one of the files exists or cannot be written; nothing is overwritten.
    """
    with libraries():
        from cryptography.hazmat.primitives import serialization as pem
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    private = Ed25519PrivateKey.generate()
    lock = pem.BestAvailableEncryption(passphrase) if passphrase else pem.NoEncryption()
    secret = private.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, lock)
    shown = private.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    key, pub = stem.with_name(f"{stem.name}.key"), stem.with_name(f"{stem.name}.pub")
    if os.path.lexists(pub):
        raise UsageError(f"{pub} exists, and no key is overwritten; choose another name")
    _create(key, secret, 0o600)
    try:
        _create(pub, shown, 0o644)
    except UsageError:
        key.unlink()
        raise
    return key, pub, load_public(shown, str(pub)).keyid


def _create(path: Path, content: bytes, mode: int) -> None:
    """Write a new file; an existing one, a link included, is never touched."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise UsageError(f"{path} exists, and no key is overwritten; choose another name") from error
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def load_signer(text: bytes, path: str, ask: Callable[[], str | None]) -> CryptoSigner:
    """Return the signer of a private key in PEM; `ask` gives the passphrase, and is asked only for a locked key.

    Raises `UsageError` for a key that cannot be used, a wrong passphrase included.
    """
    with libraries():
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
        from securesystemslib.signer import CryptoSigner
    if _PRIVATE not in text:
        raise UsageError(f"{path} holds no private key in PEM; `debar keygen NAME` makes a pair")
    secret = None
    if b"ENCRYPTED" in text:
        given = ask()
        if given is None:
            raise UsageError(f"{path} needs its passphrase: set DEBAR_KEY_PASSPHRASE, or run debar in a terminal")
        secret = given.encode()
    try:
        private = load_pem_private_key(text, secret)
    except (ValueError, TypeError) as error:
        wrong = "the passphrase is wrong, or the file is damaged" if secret is not None else "it is damaged"
        raise UsageError(f"{path} cannot be used as a private key: {wrong}") from error
    except Exception as error:
        # cryptography names no common class for what it refuses to load: unsupported kinds, curves, and its own panics.
        raise UsageError(f"{path} is a key of a kind that debar cannot use: {type(error).__name__}") from error
    try:
        signer = CryptoSigner(private)
    except Exception as error:
        raise _unfit(path) from error
    _check_strength(signer.public_key, path)
    return signer


def load_public(text: bytes, path: str) -> SSlibKey:
    """Return a public key in PEM; raises `UsageError` for anything else, a private key above all."""
    with libraries():
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
        from securesystemslib.signer import SSlibKey
    if _PRIVATE in text:
        raise UsageError(f"{path} holds a private key; verifying takes the public one (.pub)")
    try:
        key = SSlibKey.from_crypto(load_pem_public_key(text))
    except Exception as error:
        raise _unfit(path) from error
    _check_strength(key, path)
    return key


def _check_strength(key: SSlibKey, path: str) -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if key.keytype == "rsa":
        public = load_pem_public_key(key.keyval["public"].encode())
        if isinstance(public, RSAPublicKey) and public.key_size < _LEAST_RSA:
            raise UsageError(f"{path} is an RSA key of {public.key_size} bits; {_LEAST_RSA} are the least")


def _unfit(path: str) -> UsageError:
    return UsageError(f"{path} is no key in PEM that debar can use; it takes Ed25519, ECDSA (NIST curves) and RSA")
