"""What the peers in Python share: HTTP, and the records that a test puts there; the library of each peer answers.

PUT /NAME takes records, one a line, fields split by tabs: identifier, datestamp, set, "deleted" or nothing, title.
GET /NAME/GRANULARITY (day or second) is the base URL of a repository that holds them, in that order.
"""

import sys
from collections.abc import Callable
from datetime import datetime
from socketserver import ThreadingMixIn
from typing import NamedTuple
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

GRANULARITIES = {"day": "YYYY-MM-DD", "second": "YYYY-MM-DDThh:mm:ssZ"}
PAGE_SIZE = 50
OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
OAI_DC_SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"


class Held(NamedTuple):
    """A record; `datestamp` is in UTC, without a zone."""

    identifier: str
    datestamp: datetime
    set_spec: str
    deleted: bool
    title: str


class Repository(NamedTuple):
    """What one base URL stands for."""

    url: str
    granularity: str
    records: list[Held]

    def chosen(self, set_spec: str | None, since: datetime | None, until: datetime | None) -> list[Held]:
        """Give the records of a set from a moment until another, both included."""
        return [
            record
            for record in self.records
            if (not set_spec or record.set_spec == set_spec)
            and (since is None or record.datestamp >= since)
            and (until is None or record.datestamp <= until)
        ]

    def sets(self) -> list[str]:
        """Give the sets in order."""
        return sorted({record.set_spec for record in self.records})


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name in the standard library
        """Keep the log for errors."""


def serve(answer: Callable[[Repository, dict[str, str]], bytes]) -> None:
    """Serve for ever on the port that is the program's argument; `answer` gets the parameters of a request."""
    held: dict[str, list[Held]] = {}
    port = int(sys.argv[1])

    def application(environ, start_response):
        name, _, granularity = environ["PATH_INFO"].strip("/").partition("/")
        if environ["REQUEST_METHOD"] == "PUT":
            lines = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode().splitlines()
            held[name] = [_parse(line) for line in lines]
            start_response("204 No Content", [])
            return []
        url = f"http://127.0.0.1:{port}/{name}/{granularity}"
        parameters = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
        body = answer(Repository(url, GRANULARITIES[granularity], held[name]), parameters)
        start_response("200 OK", [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))])
        return [body]

    make_server("127.0.0.1", port, application, _Server, _Handler).serve_forever()


def _parse(line: str) -> Held:
    identifier, datestamp, set_spec, deleted, title = line.split("\t")
    return Held(identifier, datetime.fromisoformat(datestamp.rstrip("Z")), set_spec, deleted == "deleted", title)
