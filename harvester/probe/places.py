"""The usual places of an OAI-PMH interface on a host, for when somebody gave the address of another page there."""

from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from msgspec.structs import replace

from harvester.endpoint import Endpoint
from harvester.http import Http
from harvester.oai import read_identity
from harvester.probe.asking import Answer, Asking

MOST_PLACES: Final = 8
LONGEST_S: Final = 60.0
PLACES: Final = ("/oai", "/oai/request", "/server/oai/request", "/cgi/oai2", "/oai2", "/index.php/index/oai")
ARGUMENTS: Final = frozenset({"verb", "metadataPrefix", "resumptionToken", "identifier", "set", "from", "until"})


def look_around(http: Http, endpoint: Endpoint, *, wait_turn: Callable[[], float]) -> str | None:
    """Give the base URL of the repository on the host of an endpoint whose own is none; None where none is found.

    At most 8 places are asked, the likeliest first.
    """
    for place in usual_places(endpoint.base_url):
        asking = Asking(http, replace(endpoint, base_url=place), wait_turn=wait_turn, max_requests=2, max_s=LONGEST_S)
        answer = asking.ask({"verb": "Identify"})
        if isinstance(answer, Answer) and read_identity(answer.page).name:
            return place
        if asking.left_alone_s is not None:
            return None
    return None


def usual_places(url: str) -> list[str]:
    """Give the addresses to try for an address, itself not among them: below its page, then on its host."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    places = [(f"{path}/oai", "") if path else ("/oai", ""), *((place, "") for place in PLACES)]
    places += [(path or "/", "page=oai"), ("/oai2d", "")]
    addresses = dict.fromkeys(urlunsplit((parts.scheme, parts.netloc, place, query, "")) for place, query in places)
    return [address for address in addresses if address != url][:MOST_PLACES]


def base_of(url: str) -> str:
    """Give the base URL of what people copy or a redirect says: without the fragment and the request's arguments.

    A query without a verb is the repository's own, and stays.
    """
    parts = urlsplit(url.strip())
    arguments = parse_qsl(parts.query, keep_blank_values=True)
    if any(name == "verb" for name, _ in arguments):
        query = urlencode([(name, value) for name, value in arguments if name not in ARGUMENTS])
        return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, parts.query, ""))
