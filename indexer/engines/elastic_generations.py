"""The generations of the index on Elasticsearch: indices ITEMS-1, ITEMS-2 …, told apart by aliases.

ITEMS            the live one, which searches ask
ITEMS-next       the one that is being built; whoever writes to the live one writes to this first
ITEMS-former     the one that was live before

Aliases move in one request, so there is never none or more than one behind ITEMS. ITEMS-next has a write index, of
which Elasticsearch allows one: of two who begin to build at once, one is refused.
"""

import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from indexer.engines.elastic_client import ElasticClient, RequestRefusedError
from indexer.engines.elastic_mapping import REFRESH_INTERVAL, index_body
from indexer.engines.options import NodeOptions
from indexer.errors import IndexUnavailableError, RebuildLostError, RebuildRunningError
from indexer.fields import table_digest

NEVER: Final = "-1"
_PARTS: Final = "*.aliases,*.mappings._meta,*.settings.index.refresh_interval"


class Meta(Struct, frozen=True, omit_defaults=True):
    """What a generation says of itself: its field table, and who builds it, with a number that grows while they do."""

    digest: str = ""
    builder: str = ""
    beat: int = 0


class _Mapping(Struct, frozen=True, rename={"meta": "_meta"}):
    meta: Meta = Meta()


class _IndexSettings(Struct, frozen=True):
    refresh_interval: str = ""


class _Settings(Struct, frozen=True):
    index: _IndexSettings = _IndexSettings()


class _Found(Struct, frozen=True):
    aliases: dict[str, msgspec.Raw] = {}
    mappings: _Mapping = _Mapping()
    settings: _Settings = _Settings()


class Generation(Struct, frozen=True):
    """A generation as it stands on the node."""

    name: str
    aliases: frozenset[str]
    meta: Meta
    refresh_interval: str

    @property
    def is_ours(self) -> bool:
        """Whether it was made by this version of the field table."""
        return self.meta.digest == table_digest()


class Generations:
    """The door to the generations behind one alias."""

    def __init__(self, client: ElasticClient, alias: str, options: NodeOptions) -> None:
        self._client = client
        self._options = options
        self.live = alias
        self.next = f"{alias}-next"
        self.former = f"{alias}-former"
        self._pattern = re.compile(rf"{re.escape(alias)}-(\d+)")

    def in_use(self) -> dict[str, Generation]:
        """Give the live generation and the one being built, by alias. Raises: IndexUnavailableError."""
        found = self._find(f"{self.live},{self.next}")
        return {
            alias: generation for alias in (self.live, self.next) for generation in found if alias in generation.aliases
        }

    def list_all(self) -> list[Generation]:
        """Give all generations in order of their numbers, also those that no alias names. As `in_use` otherwise."""
        found = [generation for generation in self._find(f"{self.live}-*") if self._pattern.fullmatch(generation.name)]
        return sorted(found, key=lambda generation: self._number(generation.name))

    def create_first(self) -> None:
        """Make the first generation; another process may have done so. Raises: IndexUnavailableError."""
        found = self.list_all()
        if any(self.live in generation.aliases for generation in found):
            return
        try:
            self._client.request(
                "PUT", f"/{self._after(found)}", index_body(self._options) | {"aliases": {self.live: {}}}
            )
        except RequestRefusedError as error:
            if "resource_already_exists" not in error.reason:
                raise IndexUnavailableError(f"{self._client.url} cannot make the index: {error}") from error

    def create_next(self, meta: Meta) -> str:
        """Make the generation to be built, with its alias, and give its name. Raises: RebuildRunningError.

        Nothing in it can be searched before it is refreshed.
        """
        name = self._after(self.list_all())
        body = index_body(self._options) | {"aliases": {self.next: {"is_write_index": True}}}
        body["settings"]["refresh_interval"] = NEVER
        body["mappings"]["_meta"] = msgspec.to_builtins(meta)
        self._begin("PUT", f"/{name}", body)
        return name

    def reopen_former(self, name: str, meta: Meta) -> None:
        """Have the former generation written to as the one being built. Raises: RebuildRunningError."""
        add = {"add": {"index": name, "alias": self.next, "is_write_index": True}}
        self._begin("POST", "/_aliases", {"actions": [add]})
        self.set_meta(name, meta)

    def end_next(self, name: str) -> bool:
        """Take the alias of the one being built away; False where it has been already."""
        try:
            self._client.request("POST", "/_aliases", {"actions": [self._removal(name, self.next)]})
        except RequestRefusedError as error:
            if error.status == 404:
                return False
            raise IndexUnavailableError(f"{self._client.url}: {error}") from error
        return True

    def swap(self, name: str) -> None:
        """Have searches ask the generation that was built, and keep the one they asked before, in one step.

        Raises: RebuildLostError where it is not being built any more; IndexUnavailableError.
        """
        actions: list[dict[str, Any]] = [self._removal(name, self.next)]
        for generation in self.list_all():
            if self.former in generation.aliases:
                actions.append(self._removal(generation.name, self.former))
            if self.live in generation.aliases:
                actions.append(self._removal(generation.name, self.live))
                actions.append({"add": {"index": generation.name, "alias": self.former}})
        actions.append({"add": {"index": name, "alias": self.live}})
        try:
            self._client.request("POST", "/_aliases", {"actions": actions})
        except RequestRefusedError as error:
            if error.status == 404:
                raise RebuildLostError(
                    f"{name} was given up by others, because this process had given no sign for long: build it again"
                ) from error
            raise IndexUnavailableError(f"{self._client.url}: {error}") from error

    def drop(self, name: str) -> None:
        """Remove a generation; one that is gone already is no error."""
        try:
            self._client.request("DELETE", f"/{name}")
        except RequestRefusedError as error:
            if error.status != 404:
                raise IndexUnavailableError(f"{self._client.url} cannot remove {name}: {error}") from error

    def set_meta(self, name: str, meta: Meta) -> None:
        """Have a generation say something else of itself."""
        self.ask("PUT", f"/{name}/_mapping", {"_meta": msgspec.to_builtins(meta)})

    def set_refresh(self, name: str, interval: str = REFRESH_INTERVAL) -> None:
        """Set how often what is written to a generation comes to be found."""
        self.ask("PUT", f"/{name}/_settings", {"index": {"refresh_interval": interval}})

    def thaw(self, generation: Generation) -> None:
        """Have a generation show what is new again, where a builder that was killed before the swap has frozen it."""
        if generation.refresh_interval == NEVER:
            self.set_refresh(generation.name)

    def ask(self, method: str, path: str, body: object = None) -> bytes:
        """Send a request that the node is expected to take. Raises: IndexUnavailableError."""
        try:
            return self._client.request(method, path, body)
        except RequestRefusedError as error:
            raise IndexUnavailableError(f"{self._client.url}: {error}") from error

    def _begin(self, method: str, path: str, body: object) -> None:
        try:
            self._client.request(method, path, body)
        except RequestRefusedError as error:
            if "write index" in error.reason or "resource_already_exists" in error.reason:
                raise RebuildRunningError("another process has just begun to build the index") from error
            raise IndexUnavailableError(f"{self._client.url} cannot make the index: {error}") from error

    def _find(self, names: str) -> list[Generation]:
        try:
            content = self._client.request(
                "GET", f"/{quote(names, safe=',*')}", filter_path=_PARTS, ignore_unavailable="true"
            )
        except RequestRefusedError as error:
            if error.status == 404:
                return []
            raise IndexUnavailableError(f"{self._client.url}: {error}") from error
        found = msgspec.json.decode(content, type=dict[str, _Found])
        return [
            Generation(name, frozenset(one.aliases), one.mappings.meta, one.settings.index.refresh_interval)
            for name, one in found.items()
        ]

    def _after(self, found: Sequence[Generation]) -> str:
        """Give the next name; of two processes that have found the same, one can make an index of it."""
        return f"{self.live}-{max((self._number(generation.name) for generation in found), default=0) + 1}"

    @staticmethod
    def _number(name: str) -> int:
        return int(name.rpartition("-")[2])

    @staticmethod
    def _removal(name: str, alias: str) -> dict[str, Any]:
        return {"remove": {"index": name, "alias": alias, "must_exist": True}}
