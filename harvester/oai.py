"""Ask a repository: the six verbs of OAI-PMH 2.0.

`OAIClient` is a Sickle, so it can be passed where one is expected: its small verbs and classes are sickle's, its
transport is ours (one connection kept, bounded, strict XML) and so is its list loop, because sickle's own loses
records in silence on cut and foreign pages and never ends on a token that repeats.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from lxml import etree
from msgspec import Struct
from msgspec.structs import replace
from sickle import Sickle
from sickle.iterator import BaseOAIIterator
from sickle.response import OAIResponse

from harvester.errors import FatalError, RetryableError, cut
from harvester.http import Http, Method, Response, RetryLaterError, UnreachableError, retry_after_s
from harvester.parsing.record import Page, has_document, is_html, parse_page
from harvester.transport.redaction import redact

DEFAULT_WAIT_S: Final = 60.0
LONGEST_WAIT_S: Final = 86_400.0
DAY_GRANULARITY: Final = "YYYY-MM-DD"
SECOND_GRANULARITY: Final = "YYYY-MM-DDThh:mm:ssZ"


class RefusedError(RetryableError):
    """The server answers with an HTTP status that is no success and without an OAI-PMH document."""

    def __init__(self, url: str, status: int) -> None:
        self.url = redact(url)
        super().__init__(f"{cut(self.url)} answers with HTTP status {status}: check the base URL in a browser")
        self.status = status


class EndlessListError(FatalError):
    """A list gives the same page or token again, or page after page without a record, so it would never end."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the repository's list never ends: {reason}; tell its operator")


class Identity(Struct, frozen=True):
    """What a repository says of itself (OAI-PMH 2.0, 4.2); `granularity` is YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ."""

    name: str
    base_url: str
    granularity: str
    earliest_datestamp: str
    deleted_record: str
    admin_emails: tuple[str, ...]
    response_date: str
    protocol_version: str = ""
    compression: tuple[str, ...] = ()


def fetch_page(http: Http, base_url: str, parameters: Mapping[str, str], *, method: Method = "GET") -> Response:
    """Give one answer as received: any success, a document inside an HTTP error, and a wall against robots.

    What it holds is for parse_page to say, so that all of it can be kept as evidence. A document inside an HTTP error
    is noted (`error_status`). Raises: UnreachableError, RetryLaterError (after a day at most), RefusedError, and what
    Http.ask raises.
    """
    response = http.ask(base_url, parameters, method=method)
    if 200 <= response.status < 300:
        return response
    if response.status >= 400 and has_document(response.body):
        return replace(response, notes=response.notes | {"error_status": 1})
    if response.status == 403 and is_html(response.body):
        return response
    if response.status in {429, 503}:
        wait_s = retry_after_s(response.headers.get("retry-after"), dt.datetime.now(dt.UTC))
        raise RetryLaterError(
            response.url, response.status, DEFAULT_WAIT_S if wait_s is None else min(wait_s, LONGEST_WAIT_S)
        )
    if response.status >= 500:
        raise UnreachableError(response.url, f"HTTP status {response.status}")
    raise RefusedError(response.url, response.status)


def list_parameters(
    metadata_prefix: str,
    *,
    verb: str = "ListRecords",
    set_spec: str = "",
    since: str | None = None,
    until: str | None = None,
    token: str | None = None,
    repeat_arguments: bool = False,
) -> dict[str, str]:
    """Give the arguments of a list request.

    A token stands alone (OAI-PMH 2.0, 3.5), or with all others where a repository wants it so (`repeat_arguments`).
    """
    if token is not None and not repeat_arguments:
        return {"verb": verb, "resumptionToken": token}
    parameters = {"verb": verb, "metadataPrefix": metadata_prefix}
    optional = {"set": set_spec, "from": since, "until": until, "resumptionToken": token}
    return parameters | {name: value for name, value in optional.items() if value}


def iter_pages(fetch: Callable[[Mapping[str, str]], bytes], parameters: Mapping[str, str]) -> Iterator[Page]:
    """Yield the pages of one list in the server's order. Raises: EndlessListError, and what parse_page raises."""
    seen: set[str] = set()
    page = parse_page(fetch(parameters))
    while True:
        yield page
        if page.token is None:
            return
        if page.token in seen:
            raise EndlessListError(f"its token {cut(page.token)!r} comes again")
        seen.add(page.token)
        page = parse_page(fetch({"verb": parameters["verb"], "resumptionToken": page.token}))


def identify(http: Http, base_url: str, *, method: Method = "GET") -> Identity:
    """Ask a repository what it is. Raises: what fetch_page and parse_page raise."""
    return read_identity(parse_page(fetch_page(http, base_url, {"verb": "Identify"}, method=method).body))


def read_identity(page: Page) -> Identity:
    """Read the answer to Identify; what it does not say is empty."""
    texts: dict[str, list[str]] = {}
    for element in page.elements:
        texts.setdefault(etree.QName(element).localname, []).append((element.text or "").strip())

    def first(name: str) -> str:
        return texts.get(name, [""])[0]

    return Identity(
        name=first("repositoryName"),
        base_url=first("baseURL"),
        granularity=first("granularity"),
        earliest_datestamp=first("earliestDatestamp"),
        deleted_record=first("deletedRecord"),
        admin_emails=tuple(texts.get("adminEmail", [])),
        response_date=page.response_date,
        protocol_version=first("protocolVersion"),
        compression=tuple(texts.get("compression", [])),
    )


def fit_granularity(moment: str, granularity: str) -> str:
    """Give a UTC datestamp in the form that a repository takes: the day alone where its granularity is a day."""
    return moment[:10] if granularity.strip().upper() == DAY_GRANULARITY else moment


class OAIClient(Sickle):
    """A sickle client over our transport: `OAIClient("https://repository.example/oai", http).ListSets()`.

    Lists yield sickle's classes (Record, Header, Set, MetadataFormat). Raises the errors of this package, which are
    sickle's too.
    """

    def __init__(self, endpoint: str, http: Http, *, method: Method = "GET") -> None:
        super().__init__(endpoint, iterator=EntryIterator)
        self._http = http
        self._method: Method = method

    def harvest(self, **kwargs: str) -> "Answer":
        """Give one answer, parsed strictly and once."""
        return Answer(fetch_page(self._http, self.endpoint, kwargs, method=self._method).body, kwargs)


class Answer(OAIResponse):
    """A sickle response whose XML was parsed once, strictly."""

    def __init__(self, body: bytes, params: Mapping[str, str]) -> None:
        super().__init__(None, params)
        self.body = body
        self.page = parse_page(body)

    @property
    def raw(self) -> str:
        """The answer as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def xml(self) -> etree._Element:
        """The answer's root element."""
        return self.page.root


class EntryIterator(BaseOAIIterator):
    """The entries of one list as sickle's classes, through our list loop."""

    def __init__(self, sickle: OAIClient, params: dict[str, str], ignore_deleted: bool = False) -> None:
        self._make = sickle.class_mapping[params["verb"]]
        self._entries = self._iterate(sickle, params)
        super().__init__(sickle, params, ignore_deleted)

    def _next_response(self) -> None:
        """Do nothing: the loop fetches when the next entry is asked for."""

    def next(self) -> Any:  # noqa: ANN401  one of sickle's classes
        """Give the next entry."""
        for element in self._entries:
            entry = self._make(element)
            if not (self.ignore_deleted and entry.deleted):
                return entry
        raise StopIteration

    @staticmethod
    def _iterate(sickle: OAIClient, params: dict[str, str]) -> Iterator[etree._Element]:
        for page in iter_pages(lambda parameters: sickle.harvest(**parameters).body, params):
            yield from page.elements
