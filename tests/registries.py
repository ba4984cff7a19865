"""DOI registries on loopback: Crossref, DataCite and doi.org on one port, that keep to the real ones' limits.

Three list calls in any second and three at once, ten single ones, a request line of 4,096 bytes at most; whoever asks
more gets 429 with Retry-After. Lists leave out what they do not know. Sources: research of the project, doi 1.2, 1.3.
"""

import collections
import datetime as dt
import http.server
import json
import re
import socketserver
import threading
import time
from contextlib import contextmanager
from urllib.parse import parse_qs, unquote, urlsplit

LIST_RATE, SINGLE_RATE, DATACITE_RATE, RESOLVER_RATE = (3, 1.0), (10, 1.0), (1000, 300.0), (50, 1.0)
AT_ONCE = 3
MOST_LINE_BYTES = 4_096


def today():
    return dt.datetime.now(dt.UTC).date().isoformat()


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 64


class Registries:
    """The works that are registered, by agency; `calls` are the kinds of requests so far, `refused` those with 429.

    `indexed` holds the days on which works were indexed, where that is not today.
    """

    def __init__(self, *, delay_s=0.05):
        self.works = {}
        self.agencies = {}
        self.omitted = set()
        self.pages = set()
        self.trouble = {}
        self.delay_s = delay_s
        self.headers = {}
        self.calls = []
        self.lines = []
        self.indexed = {}
        self.refused = 0
        self._lock = threading.Lock()
        self._times = collections.defaultdict(collections.deque)
        self._busy = collections.Counter()
        self.url = ""

    def register(self, agency, *works):
        """Register works (CSL or Crossref JSON, or DataCite attributes) with an agency."""
        for work in works:
            doi = (work.get("DOI") or work["doi"]).lower()
            self.works[doi] = (agency, work)
            self.agencies.setdefault(doi.partition("/")[0], agency)

    def count(self, kind):
        return self.calls.count(kind)

    def enter(self, kind, service, rate):
        """Take note of a request; tell whether it is within the limits."""
        most, seconds = rate
        with self._lock:
            self.calls.append(kind)
            now, times = time.monotonic(), self._times["crossref" if kind == "notices" else kind]
            while times and times[0] <= now - seconds:
                times.popleft()
            allowed = len(times) < most and (service != "crossref" or self._busy[service] < AT_ONCE)
            times.append(now)
            self._busy[service] += 1
            self.refused += not allowed
            return allowed

    def leave(self, service):
        with self._lock:
            self._busy[service] -= 1


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def held(self) -> Registries:
        return self.server.registries

    def do_GET(self):
        self.held.lines.append(self.requestline)
        if len(self.requestline) > MOST_LINE_BYTES:
            self.answer(414, b"", "text/plain")
            return
        kind, service, rate, work = self.route()
        allowed = self.held.enter(kind, service, rate)
        try:
            if not allowed:
                self.answer(429, b"slow down", "text/plain", {"Retry-After": "1"})
                return
            time.sleep(self.held.delay_s)
            if self.held.trouble.get(kind):
                status, headers = self.held.trouble[kind].pop(0)
                self.answer(status, b"trouble", "text/html", headers)
                return
            work()
        finally:
            self.held.leave(service)

    def route(self):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/works" and "is-update:true" in query.get("filter", ""):
            return "notices", "crossref", LIST_RATE, lambda: self.list_notices(query)
        if parts.path == "/works":
            return "crossref", "crossref", LIST_RATE, lambda: self.list_works(query)
        if parts.path.startswith("/works/"):
            doi = unquote(parts.path.removeprefix("/works/")).lower()
            return "crossref_single", "crossref", SINGLE_RATE, lambda: self.one_work(doi)
        if parts.path == "/dois":
            return "datacite", "datacite", DATACITE_RATE, lambda: self.list_datacite(query)
        if parts.path.startswith("/doiRA/"):
            name = unquote(parts.path.removeprefix("/doiRA/")).lower()
            return "doiRA", "doi.org", RESOLVER_RATE, lambda: self.agency(name)
        doi = unquote(parts.path.removeprefix("/")).lower()
        return "negotiation", "doi.org", RESOLVER_RATE, lambda: self.negotiate(doi)

    def list_works(self, query):
        asked = [name.removeprefix("doi:").lower() for name in query["filter"].split(",")]
        found = [self.held.works[doi][1] for doi in asked if self.listed(doi, "Crossref")]
        self.json(
            {"status": "ok", "message": {"total-results": len(found), "items": found[: int(query.get("rows", 20))]}}
        )

    def list_notices(self, query):
        """Give a page of the notices that were indexed between two days."""
        filters = dict(part.split(":", 1) for part in query["filter"].split(","))
        names = query["select"].split(",")
        first, last = filters["from-index-date"], filters["until-index-date"]
        known = sorted(doi for doi, (_, work) in self.held.works.items() if work.get("update-to"))
        indexed = [doi for doi in known if first <= self.held.indexed.get(doi, today()) <= last]
        start = 0 if query["cursor"] == "*" else int(query["cursor"].removeprefix("after "))
        end = start + int(query["rows"])
        items = [{name: self.held.works[doi][1][name] for name in names} for doi in indexed[start:end]]
        message = {"total-results": len(indexed), "items": items, "next-cursor": f"after {end}"}
        self.json({"status": "ok", "message": message})

    def one_work(self, doi):
        if doi in self.held.works and self.held.works[doi][0] == "Crossref":
            self.json({"status": "ok", "message": self.held.works[doi][1]})
        else:
            self.answer(404, b"Resource not found.", "text/plain")

    def list_datacite(self, query):
        asked = [doi.lower() for doi in re.findall(r'"([^"]+)"', query["query"])]
        found = [{"id": doi, "attributes": self.held.works[doi][1]} for doi in asked if self.listed(doi, "DataCite")]
        self.json({"data": found[: int(query.get("page[size]", 25))], "meta": {"total": len(found)}})

    def listed(self, doi, agency):
        return doi in self.held.works and self.held.works[doi][0] == agency and doi not in self.held.omitted

    def agency(self, name):
        if "/" not in name:
            agency = self.held.agencies.get(name)
            self.json([{"DOI": name, "RA": agency} if agency else {"DOI": name, "status": "Unknown prefix"}])
        elif name in self.held.works:
            self.json([{"DOI": name, "RA": self.held.works[name][0]}])
        else:
            self.json([{"DOI": name, "status": "DOI does not exist"}])

    def negotiate(self, doi):
        if doi in self.held.pages:
            self.answer(200, b"<html><body>Welcome</body></html>", "text/html; charset=utf-8")
        elif doi in self.held.works and "citationstyles" in self.headers.get("Accept", ""):
            work = self.held.works[doi][1]
            content = json.dumps(work if "DOI" in work else {"DOI": doi, "title": work["titles"][0]["title"]}).encode()
            self.answer(200, content, "application/vnd.citationstyles.csl+json")
        else:
            self.answer(404, b"<html>DOI Not Found</html>", "text/html")

    def json(self, value):
        self.answer(200, json.dumps(value).encode(), "application/json;charset=utf-8", self.held.headers)

    def answer(self, status, body, kind, headers=None):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def made_work(number, prefix="10.5555", **fields):
    """Give a Crossref work."""
    return {
        "DOI": f"{prefix}/Made.{number}",
        "type": "journal-article",
        "title": [f"Made work number {number} on the harvest of metadata"],
        "author": [{"family": "Maker", "given": "Ada", "affiliation": []}],
        "container-title": ["Journal of Made Works"],
        "published-print": {"date-parts": [[2020, 1 + number % 12]]},
        "issued": {"date-parts": [[2020, 1 + number % 12]]},
        **fields,
    }


def made_dataset(number, prefix="10.5061"):
    """Give the attributes of a DataCite DOI."""
    return {
        "doi": f"{prefix}/made.{number}",
        "titles": [{"title": f"Made data {number}"}],
        "creators": [{"name": "Maker, Ada", "givenName": "Ada", "familyName": "Maker", "nameType": "Personal"}],
        "publicationYear": 2021,
        "types": {"resourceTypeGeneral": "Dataset"},
    }


@contextmanager
def serving(**settings):
    """Serve registries until the end of the block."""
    held = Registries(**settings)
    with Server(("127.0.0.1", 0), Handler) as server:
        server.registries = held
        held.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield held
        finally:
            server.shutdown()
            thread.join()
