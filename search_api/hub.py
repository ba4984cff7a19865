"""What the handlers of the API and the pages work with."""

from collections.abc import Callable

from msgspec import Struct

from harvester.store import Store
from indexer.index import Index
from indexer.query import Query
from search_api.hub_settings import HubSettings
from search_api.names import KnownNames
from search_api.params import SEARCH_PARAMETERS, SELECTION_PARAMETERS, Pairs, Parameter, parse_query

Check = tuple[str, Callable[[], None]]


class Hub(Struct, frozen=True, kw_only=True):
    """The open tools and the settings in use; a check is a name and a function that raises where the thing is away.

    `settings` are those of the hub as they are now. `contact` is the mail address told to those who harvest
    the hub; without one it is not open to them.
    """

    store: Store
    index: Index
    names: KnownNames
    secret: bytes
    settings: Callable[[], HubSettings]
    public_url: str
    contact: str
    checks: tuple[Check, ...]


def read_query(hub: Hub, pairs: Pairs, parameters: tuple[Parameter, ...] = SEARCH_PARAMETERS) -> Query:
    """Read a query from a URL's parameters. Raises: BadQueryError, IndexUnavailableError (asked for a new name)."""
    return parse_query(pairs, is_known=hub.names.__contains__, secret=hub.secret, parameters=parameters)


def read_selection(hub: Hub, pairs: Pairs) -> Query:
    """Read what a URL selects, whatever else it asks for. Raises: as `read_query`."""
    names = {parameter.name for parameter in SELECTION_PARAMETERS}
    return read_query(hub, [pair for pair in pairs if pair[0] in names], SELECTION_PARAMETERS)
