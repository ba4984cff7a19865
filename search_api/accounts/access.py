"""What decides on who may come in; one for each application."""

import time
from collections.abc import Callable
from threading import Semaphore
from typing import Final

from msgspec import Struct, field
from starlette.requests import Request

from harvester.errors import HarvestError
from harvester.store import Store
from harvester.store.accounts.users import has_users
from search_api.accounts.tries import Tries
from search_api.hub_settings import HubSettings, KeptSettings

HASHES_AT_ONCE: Final = 2
"""Passwords that are looked at at once: each costs 19 MiB and 31 ms of CPU."""

LOOK_S: Final = 60.0


class Place(Struct, frozen=True):
    """A page that is linked from the header for those who have a right."""

    label: str
    path: str
    right: str


class Access(Struct, frozen=True, kw_only=True):
    """The store of users and its clock, the secret that binds forms to sessions, and how long those last.

    `settings` are those of the hub as they are now, `kept_settings` has its colours and logo, too. `has_accounts` tells
    whether pages show the way to sign in. `tries` are those of passwords, `asks` those of asking for a link by mail,
    `pass_tries` those of the links of tokens.
    """

    store: Store
    clock: Callable[[], float]
    secret: bytes
    settings: Callable[[], HubSettings]
    kept_settings: KeptSettings
    has_accounts: Callable[[], bool]
    public_url: str
    is_proxied: bool
    life_s: float
    idle_s: float
    places: tuple[Place, ...] = ()
    tries: Tries = field(default_factory=Tries)
    asks: Tries = field(default_factory=Tries)
    pass_tries: Tries = field(default_factory=Tries)
    hashing: Semaphore = field(default_factory=lambda: Semaphore(HASHES_AT_ONCE))


class Entrance:
    """Whether pages for everybody show the way to sign in: once there is a user, which is looked for once a minute.

    Users are never removed, so a yes stays. While the store is away the answer is no: those pages do not need it.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._is_open = False
        self._looked = -LOOK_S

    def __call__(self) -> bool:
        """Tell whether there is a user."""
        now = self._clock()
        if not self._is_open and now - self._looked >= LOOK_S:
            self._looked = now
            self._is_open = _has_users(self._store)
        return self._is_open


def access_of(request: Request) -> Access:
    """Give what the application decides by."""
    access: Access = request.app.state.access
    return access


def _has_users(store: Store) -> bool:
    try:
        return has_users(store)
    except HarvestError:
        return False
