"""A real OAI-PMH repository on loopback for tests: serves made records or recorded pages, and misbehaves on demand.

with Repository(made_entries(120)) as repository:
    repository.misbehave(server_error(500), page=2)
    harvest(repository.url)
    assert repository.pages_served == [1, 2, 2, 3]
"""

import datetime as dt
import gzip
import os
import re
import socket
import struct
import threading
import time
from collections.abc import Iterable, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

from msgspec import Struct
from msgspec.structs import replace

from tests.faults import Answer, Fault, html_page
from tests.manners import Mannered, Manners
from workers.demo.provider import OAI_DATACITE, OAI_DC, Entry, Format, Holdings, answer, in_order
from workers.demo.server import OaiServer, Parameters, now

LISTS = {"ListRecords", "ListIdentifiers"}
TOKEN = re.compile(rb"<((?:\w+:)?)resumptionToken([^>]*?)(?:/>|>([^<]*)</(?:\w+:)?resumptionToken\s*>)")
LIST_END = re.compile(rb"</((?:\w+:)?)ListRecords\s*>")


class Request(Struct, frozen=True):
    """One request as it came: its parameters, its headers by lower-case name, and the page of a list that it asks for.

    Pages count from 1; `page` is None for other verbs and for unknown tokens.
    """

    parameters: dict[str, str]
    headers: dict[str, str]
    page: int | None
    method: str = "GET"


class _Trouble(Struct):
    fault: Fault
    verb: str
    page: int | None
    left: int | None


class Repository:
    """A running repository; close it, or use it in a with statement. `visits` counts requests at any path."""

    def __init__(
        self,
        entries: Iterable[Entry] = (),
        *,
        page_size: int = 50,
        sets: dict[str, str] | None = None,
        formats: tuple[Format, ...] = (OAI_DC, OAI_DATACITE),
        deleted_record: str = "persistent",
        manners: Manners | None = None,
        place: str = "",
        port: int = 0,
    ) -> None:
        """`manners` says what it does otherwise than the standard; `place` is the only path where it is found."""
        self.requests: list[Request] = []
        self.visits = 0
        self.methods = {"GET", "POST"}
        """The methods that are answered; others get status 405."""
        self._lock = threading.Lock()
        self._troubles: list[_Trouble] = []
        self._recorded: list[bytes] = []
        self._page_of_token: dict[str, int] = {}
        self._mannered = Mannered(manners) if manners else None
        self._place = place
        self._server = OaiServer("127.0.0.1", port, self._respond)
        self.url = self._server.url.removesuffix("/oai") + place if place else self._server.url
        entries = in_order(entries)
        self._holdings = Holdings(
            name="Repository for tests",
            base_url=self.url,
            entries=entries,
            sets=sets if sets is not None else {spec: spec for entry in entries for spec in entry.sets},
            formats=formats,
            page_size=page_size,
            deleted_record=deleted_record,
        )

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What the repository holds now, in order of datestamp."""
        return self._holdings.entries

    @property
    def pages_served(self) -> list[int]:
        """The page numbers of all list requests so far, in order, bad answers included."""
        return [request.page for request in self.requests if request.page is not None]

    def serve_pages(self, pages: Sequence[bytes]) -> None:
        """Serve recorded ListRecords pages, in order, as one list whatever is asked for.

        Only their resumption tokens are changed, so that the pages chain; other verbs are answered as before.
        """
        self._recorded = [
            _with_token(page, f"page-{number + 1}" if number < len(pages) else "")
            for number, page in enumerate(pages, start=1)
        ]

    def put(self, *entries: Entry) -> None:
        """Add entries, or change those with the same identifier."""
        with self._lock:
            held = {entry.identifier: entry for entry in self._holdings.entries}
            held |= {entry.identifier: entry for entry in entries}
            self._holdings = replace(self._holdings, entries=in_order(held.values()))

    def delete(self, identifier: str, datestamp: str) -> None:
        """Mark an entry as deleted at a time."""
        entry = next(entry for entry in self.entries if entry.identifier == identifier)
        self.put(replace(entry, deleted=True, datestamp=datestamp, metadata={}))

    def remove(self, identifier: str) -> None:
        """Take an entry away without a trace, as repositories without deleted records do."""
        with self._lock:
            left = tuple(entry for entry in self.entries if entry.identifier != identifier)
            self._holdings = replace(self._holdings, entries=left)

    def answer(self, parameters: Parameters) -> bytes:
        """Give what it would answer if it behaved well."""
        return answer(self._holdings, parameters, now())

    def misbehave(
        self, fault: Fault, *, page: int | None = None, times: int | None = 1, verb: str = "ListRecords"
    ) -> None:
        """Answer requests of a verb (of one page of its list) with a fault, so many times; None is for ever."""
        self._troubles.append(_Trouble(fault, verb, page, times))

    def behave(self) -> None:
        """End all faults."""
        self._troubles.clear()

    def close(self) -> None:
        """Stop serving."""
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _respond(self, exchange: BaseHTTPRequestHandler, parameters: Parameters) -> None:
        parameters = [pair for pair in parameters if pair not in parse_qsl(urlsplit(self._place).query)]
        asked = dict(parameters)
        self.visits += 1
        if self._place and not _is_at(exchange.path, self._place):
            _send(exchange, html_page(404, "Not here")(Answer(b"")))
            return
        with self._lock:
            page = self._page(asked)
            headers = {name.lower(): value for name, value in exchange.headers.items()}
            self.requests.append(Request(asked, headers, page, exchange.command))
            body = self._body(parameters, asked, page)
            good = Answer(body) if exchange.command in self.methods else Answer(b"method not allowed", 405)
            found = self._trouble(asked.get("verb", ""), page)
        _send(exchange, found(good) if found else good)

    def _page(self, asked: dict[str, str]) -> int | None:
        if asked.get("verb") not in LISTS:
            return None
        token = asked.get("resumptionToken")
        return 1 if token is None else self._page_of_token.get(token)

    def _body(self, parameters: Parameters, asked: dict[str, str], page: int | None) -> bytes:
        if self._recorded and page is not None and asked["verb"] == "ListRecords":
            body = self._recorded[page - 1]
        else:
            body = self._answer(parameters, asked)
        token = TOKEN.search(body)
        if page is not None and token and token[3]:
            self._page_of_token[token[3].decode()] = page + 1
        return body

    def _answer(self, parameters: Parameters, asked: dict[str, str]) -> bytes:
        if self._mannered is None:
            return answer(self._holdings, parameters, now())
        return self._mannered.answer(asked, lambda question: answer(self._holdings, question, now()))

    def _trouble(self, verb: str, page: int | None) -> Fault | None:
        for trouble in self._troubles:
            if trouble.verb == verb and trouble.page in {None, page} and trouble.left != 0:
                if trouble.left is not None:
                    trouble.left -= 1
                return trouble.fault
        return None


def oai_dc(**elements: str | Sequence[str]) -> str:
    """Write an oai_dc element: `oai_dc(title="A", creator=["B, C.", "D, E."])`."""
    inner = "".join(
        f"<dc:{name}>{escape(text)}</dc:{name}>"
        for name, texts in elements.items()
        for text in ([texts] if isinstance(texts, str) else texts)
    )
    return (
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/">{inner}</oai_dc:dc>'
    )


def datacite(title: str, *, year: str = "2001", kind: str = "Journal article", more: str = "") -> str:
    """Write a DataCite resource that says as much as the records of made_entries; `more` elements go to its end."""
    return (
        f'<resource xmlns="http://datacite.org/schema/kernel-4"><titles><title>{escape(title)}</title></titles>'
        "<creators><creator><creatorName>Author, A.</creatorName></creator></creators>"
        f"<publicationYear>{year}</publicationYear>"
        f'<resourceType resourceTypeGeneral="JournalArticle">{kind}</resourceType>{more}</resource>'
    )


def made_entries(count: int, *, deleted_every: int = 0) -> list[Entry]:
    """Make plain entries oai:test:1 to oai:test:COUNT, one a minute from 2024-01-01 on; every n-th may be deleted."""
    start = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    entries = []
    for number in range(1, count + 1):
        moment = start + dt.timedelta(minutes=number)
        deleted = bool(deleted_every) and number % deleted_every == 0
        metadata = oai_dc(
            title=f"Record {number}",
            creator=f"Author {number % 17}, A.",
            date=str(2000 + number % 20),
            type="article",
            identifier=f"https://repository.example/{number}",
        )
        entries.append(
            Entry(
                f"oai:test:{number}",
                moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
                (f"set{number % 3}",),
                deleted,
                {} if deleted else {"oai_dc": metadata},
            )
        )
    return entries


def read_recording(path: Path) -> bytes:
    """Read a recorded answer, packed or not."""
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def _with_token(page: bytes, token: str) -> bytes:
    """Give a page whose resumption token is `token` ("" ends the list); everything else stays byte for byte."""
    if found := TOKEN.search(page):
        prefix, attributes = found[1], found[2].rstrip()
        element = b"<%sresumptionToken%s>%s</%sresumptionToken>" % (prefix, attributes, token.encode(), prefix)
        return page[: found.start()] + element + page[found.end() :]
    end = LIST_END.search(page)
    if end is None or not token:
        return page
    element = b"<%sresumptionToken>%s</%sresumptionToken>" % (end[1], token.encode(), end[1])
    return page[: end.start()] + element + page[end.start() :]


def _is_at(path: str, place: str) -> bool:
    """Tell whether a request's path, with its query, is at a place, which may have a query of its own."""
    here, there = urlsplit(path), urlsplit(place)
    return here.path == there.path and set(parse_qsl(there.query)) <= set(parse_qsl(here.query))


def _send(exchange: BaseHTTPRequestHandler, given: Answer) -> None:
    time.sleep(given.delay_s)
    if given.reset:
        linger = struct.pack("ii", 1, 0)  # closing then sends RST instead of FIN
        exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        os.close(exchange.connection.detach())  # the server's own way of closing sends FIN first
        exchange.close_connection = True
        return
    exchange.send_response(given.status)
    for name, value in given.headers.items():
        exchange.send_header(name, value)
    exchange.send_header("Content-Length", str(len(given.body)))
    exchange.end_headers()
    exchange.wfile.write(given.body[: given.sent_bytes])
    if given.sent_bytes is not None:
        exchange.close_connection = True
