"""Run debar as ``python -m debar``."""

from debar.cli import main

main()
