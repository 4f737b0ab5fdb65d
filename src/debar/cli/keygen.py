"""``debar keygen``: a pair of keys for certificates."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

#: Where a passphrase comes from without a terminal; never from the command line, which others can read.
PASSPHRASE = "DEBAR_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable, not a password


@click.command(
    epilog="\b\nExamples:\n"
    "  debar keygen vendor                    # writes vendor.key and vendor.pub\n"
    f"  {PASSPHRASE}=... debar keygen vendor   # the same without a prompt\n"
)
@click.argument("name", type=click.Path())
def keygen(name: str) -> None:
    """Write an Ed25519 pair: NAME.key, which signs and is readable by its owner only, and NAME.pub.

    Give customers the public key by another way than the certificates. Existing files are never overwritten.
    """
    from debar.attest import keys

    key, pub, keyid = keys.generate(Path(name), _passphrase())
    click.echo(f"{key}  the private key: keep it secret")
    click.echo(f"{pub}  the public key, for customers")
    click.echo(f"key id {keyid}")


def _passphrase() -> bytes | None:
    if PASSPHRASE in os.environ:
        return os.environ[PASSPHRASE].encode() or None
    if sys.stdin.isatty():
        text: str = click.prompt(
            "Passphrase (empty for none)", hide_input=True, confirmation_prompt=True, default="", show_default=False
        )
        return text.encode() or None
    click.echo(f"debar: the private key is written without a passphrase ({PASSPHRASE} sets one)", err=True)
    return None


def ask_passphrase() -> str | None:
    """Return the passphrase of a locked key from the environment or a prompt, None where neither is there."""
    if PASSPHRASE in os.environ:
        return os.environ[PASSPHRASE]
    if sys.stdin.isatty():
        text: str = click.prompt("Passphrase of the key", hide_input=True)
        return text
    return None
