"""The command line: one module a command; a command's module is imported only when it is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from debar.errors import DebarError, InputError

_COMMANDS = {
    "certify": "debar.cli.certify",
    "check": "debar.cli.check",
    "explain": "debar.cli.explain",
    "keygen": "debar.cli.keygen",
    "paths": "debar.cli.paths",
    "policy": "debar.cli.policy",
    "schema": "debar.cli.schema",
    "validate": "debar.cli.validate",
    "verify": "debar.cli.verify",
    "waive": "debar.cli.waive",
}


class _Commands(click.Group):
    """A group that imports a command when it is asked for, so that `--version` costs nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            if os.path.exists(cmd_name):  # noqa: PTH110 - pathlib is not loaded for this
                ctx.fail(f"No such command {cmd_name!r}. Did you mean 'debar check {cmd_name}'?")
            return None
        command: click.Command = getattr(import_module(_COMMANDS[cmd_name]), cmd_name)
        return command


def _version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's signature
    if wanted:
        from importlib.metadata import version

        click.echo(f"debar {version('debar')}")
        ctx.exit()


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\b\nExamples:\n"
    "  debar check product.cdx.json\n"
    "  debar check app.spdx.json firmware.cdx.xml --regime us-ndaa-1634-far-52.204-23\n"
    "  debar explain product.cdx.json av-engine\n"
    "\n\b\nExit codes:\n"
    "  0 pass, 1 verdict at or above --fail-on, 2 usage, 3 input unreadable or no SBOM,\n"
    "  4 policy or waiver invalid, 70 internal error",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def debar() -> None:
    """Prove that a product is clean of Kaspersky software.

    Reads SBOMs (CycloneDX, SPDX), walks the dependency graph, and gives a verdict per legal regime, with the
    path to every offender.
    """


def main() -> None:
    """Run the command line and exit with the code that docs/design.md 7 gives each ending."""
    try:
        debar(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except DebarError as error:
        fail(str(error))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output went away (`debar ... | head`): nothing is left to say, and nobody to say it to.
        hush()
        sys.exit(141)
    except MemoryError:
        fail("the input needs more memory than there is; --max-bytes refuses large ones early")
        sys.exit(InputError.exit_code)
    except Exception as error:
        if os.environ.get("DEBAR_TRACEBACK"):
            raise
        fail(f"internal error: {type(error).__name__}: {error}\n  this is a bug; DEBAR_TRACEBACK=1 shows where")
        sys.exit(DebarError.exit_code)


def hush() -> None:
    """Let what is still buffered for a closed pipe go nowhere, so that Python does not complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(message: str) -> None:
    """Print an error message, made safe line by line, on standard error."""
    from debar.text import inert, safe_text

    lines = [safe_text(line, 1_000) for line in message.split("\n")]
    click.echo(inert("debar: " + "\n".join(lines)), err=True)
