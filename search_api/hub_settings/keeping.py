"""The settings that hold now: read from the store, and asked for again after 5 s, so that all processes follow."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from msgspec import Struct, structs

from harvester.errors import HarvestError
from harvester.store import Store
from harvester.store.hubs.settings import Logo, StoredSettings, get_settings, newest_version
from search_api.hub_settings.colours import make_theme
from search_api.hub_settings.document import HubSettings
from search_api.hub_settings.logos import ENDINGS
from search_api.hub_settings.reading import read_document
from search_api.languages.catalogue import NAMES
from search_api.lasting import File, make_file

KEPT_S: Final = 5.0
ANEW_S: Final = 0.5

log = logging.getLogger(__name__)


class Look(Struct, frozen=True):
    """The settings that hold, and what a hub looks like by them: its colours as a stylesheet, and its logo.

    `version` is 0 where none was stored.
    """

    version: int
    settings: HubSettings
    theme: File | None
    logo: File | None


class KeptSettings:
    """Settings that were read a short while ago.

    While the store is away, or holds what this process cannot read, those that were read last go on. So they do in the
    thread of an event loop, where waiting for the store would keep all others waiting.
    """

    def __init__(self, store: Store, name: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._name = name
        self._clock = clock
        self._lock = threading.Lock()
        self._look = self._filled(0, HubSettings(), Logo())
        self._read_version = 0
        self._looked: float | None = None

    def __call__(self) -> HubSettings:
        """Give the settings, with a name and languages."""
        return self.look().settings

    def look(self) -> Look:
        """Give the settings and what is made of them."""
        return self._look_again(KEPT_S)

    def look_anew(self) -> Look:
        """Give them as they are at this moment: another process may have told a browser of them already."""
        return self._look_again(ANEW_S)

    def look_now(self) -> Look:
        """Give them as they are now, for who has just changed them."""
        return self._look_again(0.0)

    def _look_again(self, kept_s: float) -> Look:
        """Give them as read at most so long ago; while one request reads them, others go on with those of before."""
        if not self._is_old(kept_s) or _is_in_event_loop():
            return self._look
        must_wait = self._looked is None or kept_s == 0
        if self._lock.acquire(blocking=must_wait):
            try:
                if self._is_old(kept_s):
                    self._read()
                    self._looked = self._clock()
            finally:
                self._lock.release()
        return self._look

    def _is_old(self, kept_s: float) -> bool:
        return self._looked is None or self._clock() - self._looked >= kept_s

    def _read(self) -> None:
        try:
            if newest_version(self._store) == self._read_version:
                return
            stored = get_settings(self._store)
            if stored is not None:
                self._read_version = stored.version  # also of what cannot be read: that is told once
                self._look = self._made(stored)
        except HarvestError as error:
            log.warning("hub settings not read", extra={"reason": str(error)})

    def _made(self, stored: StoredSettings) -> Look:
        settings = read_document(stored.document, lambda _name: True)  # names were looked at when it was written
        return self._filled(stored.version, settings, stored.logo)

    def _filled(self, version: int, settings: HubSettings, logo: Logo) -> Look:
        name, languages = settings.name.strip() or self._name, settings.languages or tuple(NAMES)
        filled = structs.replace(settings, name=name, languages=languages)
        return Look(version, filled, _theme_file(settings), _logo_file(logo))


def find_file(kept: KeptSettings, path: str) -> File | None:
    """Give a file of the hub's own by its path, also one of a version that only another process knows yet."""
    for look in (kept.look, kept.look_anew):
        for file in (look().theme, look().logo):
            if file is not None and file.path == path:
                return file
    return None


def _is_in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _theme_file(settings: HubSettings) -> File | None:
    theme = make_theme(settings.colours)
    return make_file("theme", "css", "text/css", theme.encode()) if theme else None


def _logo_file(logo: Logo) -> File | None:
    ending = ENDINGS.get(logo.media_type)
    return make_file("logo", ending, logo.media_type, logo.content) if ending else None
