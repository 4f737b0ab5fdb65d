"""A real Chromium for tests and pictures: Debian's, or any other that is installed; nothing is downloaded."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Page, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Browser", "Page", "installed", "running"]

NAMES = ("chromium", "chromium-browser", "google-chrome")


def installed() -> str | None:
    """Return the program's path, None if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def running() -> Iterator[Browser]:
    """Run the browser, which has no sandbox of its own: in a container it could not make one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=["--no-sandbox"])
        yield browser
        browser.close()
