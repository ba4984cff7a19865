"""Pages of a real browser that are watched: whatever reaches for another host, runs or is refused is a fault."""

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Dialog, Page

from tests.pages.site import WORDS


class Watched:
    """What went wrong on a page, and on those that it opened."""

    def __init__(self, page: Page, url: str) -> None:
        self._host = urlsplit(url).netloc
        self.faults: list[str] = []
        page.on("request", lambda request: self._look_at_request(request.url))
        page.on("console", lambda said: self._look_at_console(said.type, said.text))
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("dialog", self._look_at_dialog)

    def _look_at_request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.netloc != self._host:
            self.faults.append(f"request: {url[:200]}")

    def _look_at_console(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource: the server responded" not in text:
            self.faults.append(f"console: {text[:300]}")

    def _look_at_dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message[:200]}")
        dialog.dismiss()


class Visits:
    """Opens watched pages of one hub in one browser; each has a context of its own: cookies and nothing kept."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._opened: list[tuple[Page, Watched]] = []

    def open(
        self, person: str = "", *, width: int = 1440, scheme: str = "light", scripts: bool = True, **more: Any
    ) -> Page:
        """Give a new page of a person who has signed in, or of a visitor."""
        context = self._browser.new_context(
            base_url=self._url,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=scripts,
            **more,
        )
        context.set_default_timeout(15_000)
        page = context.new_page()
        self._opened.append((page, Watched(page, self._url)))
        if person:
            sign_in(page, person)
        return page

    def close(self) -> list[str]:
        """Close all pages and give what went wrong on them."""
        for page, _ in self._opened:
            page.context.close()
        return [fault for _, watched in self._opened for fault in watched.faults]


def sign_in(page: Page, person: str) -> None:
    """Sign in as a person does."""
    page.goto("/sign-in?next=%2Faccount")
    page.get_by_label("Name").fill(person)
    page.get_by_label("Password").fill(WORDS)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account")
