"""The one entry of the GitHub Action: ``python3 -I -B action``. Standard library only, for the runner's own Python."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the runner's Python is whatever its owner installed
    print("::error title=debar::debar needs Python 3.11 or newer as python3; set one up in a step before")
    sys.exit(2)

from debar_action import main

sys.exit(main())
