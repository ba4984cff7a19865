"""The browser of the system. Tests start it themselves; it is never fetched."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.services.processes import Engine, EngineMissingError

FLAGS = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")
"""What keeps the browser from the network, and from graphics that a test machine has not."""


class _Program:
    def __init__(self, url: str) -> None:
        self.url = url


@contextmanager
def find_chromium() -> Iterator[Engine]:
    """Give the path of the browser as the URL of an engine. Raises: EngineMissingError where none is installed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise EngineMissingError("chromium is not installed")
    yield _Program(program)


@contextmanager
def launched(program: str) -> Iterator[Browser]:
    """Run a browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS, "--no-sandbox"])
        yield browser
        browser.close()
