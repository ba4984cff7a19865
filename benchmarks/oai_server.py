"""A fast OAI-PMH repository on loopback, so that the harvesting benchmark measures harvesters and not their server.

    python benchmarks/oai_server.py --records 30000 --page-size 1000

prints its base URL. Any number of records in little memory: the bodies of 2,000 are made once (about 2.2 kB each, 3 %
deleted, 1 to 3 sets, text with markup and other scripts in it), and each record is one of them with its own number,
identifiers and title: as in real collections, few records share what works are joined by.
"""

import argparse
import asyncio
import datetime as dt
import gzip
import random
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

BODIES = 2000
SYLLABLES = "ka lo mi ter an bri con dal ess fo gra hel in jo kur lam men nor ost pre qua ris sta tre um é ñ ß λόγ мир"
HEAD = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" '
    b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/ '
    b'http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">\n<responseDate>2026-01-01T00:00:00Z</responseDate>'
    b"<request>http://bench.example/oai</request>\n"
)
IDENTIFY = (
    b"<Identify><repositoryName>bench</repositoryName><baseURL>http://bench.example/oai</baseURL>"
    b"<protocolVersion>2.0</protocolVersion><adminEmail>a@bench.example</adminEmail>"
    b"<earliestDatestamp>2015-01-01T00:00:00Z</earliestDatestamp><deletedRecord>persistent</deletedRecord>"
    b"<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify></OAI-PMH>"
)
DC_START = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai_dc/ http://www.openarchives.org/OAI/2.0/oai_dc.xsd">'
)
START, END = dt.datetime(2015, 1, 1, tzinfo=dt.UTC), dt.datetime(2025, 12, 31, tzinfo=dt.UTC)
Respond = Callable[[dict[str, str]], bytes]


class Pages:
    """The list of all records, cut into pages; a token is three numbers: first record of its list, end, next record.

    Datestamps are spread evenly over 2015 to 2025, so from and until cut as in a living repository.
    """

    def __init__(self, records: int, page_size: int) -> None:
        self._records = records
        self._page_size = page_size
        chance, syllables = random.Random(7), SYLLABLES.split()
        vocabulary = ["".join(chance.choices(syllables, k=chance.randint(1, 4))) for _ in range(6000)]
        self._words = [word.encode() for word in dict.fromkeys(vocabulary)]
        self._made = [_record(chance, vocabulary) for _ in range(BODIES)]
        self._step_s = int((END - START).total_seconds()) // (records + 1)

    def answer(self, parameters: dict[str, str]) -> bytes:
        if parameters.get("verb") != "ListRecords":
            return HEAD + IDENTIFY
        if "resumptionToken" in parameters:
            begin, last, first = map(int, parameters["resumptionToken"].split("-"))
        else:
            begin = first = self._place(parameters.get("from"), 0)
            last = self._place(parameters.get("until"), self._records, end=1)
        end = min(first + self._page_size, last)
        records = b"".join(self._record(number) for number in range(first, end))
        token = b"%d-%d-%d" % (begin, last, end) if end < last else b""
        attributes = b'completeListSize="%d" cursor="%d"' % (last - begin, first - begin)
        close = b"<resumptionToken %s>%s</resumptionToken></ListRecords></OAI-PMH>" % (attributes, token)
        return b"".join([HEAD, b"<ListRecords>\n", records, close])

    def _place(self, datestamp: str | None, default: int, *, end: int = 0) -> int:
        """Give the number of the first record from a datestamp on, or (`end` 1) of the first one after it."""
        if datestamp is None:
            return default
        seconds = int((dt.datetime.fromisoformat(datestamp) - START).total_seconds())
        place = seconds // self._step_s + 1 if end else -(-seconds // self._step_s)
        return min(self._records, max(0, place))

    def _record(self, number: int) -> bytes:
        datestamp = (START + dt.timedelta(seconds=self._step_s * number)).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
        own = self._made[number % BODIES].replace(b"@NUMBER@", b"%d" % number).replace(b"@DATESTAMP@", datestamp)
        return own.replace(b"@WORDS@", b"%b %b" % self._own_words(number // BODIES), 1)

    def _own_words(self, number: int) -> tuple[bytes, bytes]:
        """Give two words that tell a title from the others that have the same body."""
        more, place = divmod(number, len(self._words))
        return self._words[place], self._words[more]


def _record(chance: random.Random, vocabulary: list[str]) -> bytes:
    sets = "".join(
        f"<setSpec>col_10{chance.randrange(40):02d}_{chance.randrange(9)}</setSpec>"
        for _ in range(chance.randint(1, 3))
    )
    header = f"<identifier>oai:bench.example:10/@NUMBER@</identifier><datestamp>@DATESTAMP@</datestamp>{sets}</header>"
    if chance.random() < 0.03:
        return f'<record><header status="deleted">{header}</record>\n'.encode()

    def text(words: int) -> str:
        chosen = chance.choices(vocabulary, k=words)
        if chance.random() < 0.15:
            chosen[words // 2] = "R&D <i>x</i>"
        return escape(" ".join(chosen).capitalize())

    year, volume, issue = chance.randint(1970, 2025), chance.randint(1, 80), chance.randint(1, 12)
    fields = [
        ("title", f"{text(chance.randint(4, 16))} @WORDS@"),
        *(("creator", text(2).replace(" ", ", ", 1)) for _ in range(chance.randint(1, 6))),
        *(("subject", text(2)) for _ in range(chance.randint(2, 7))),
        ("description", text(chance.randint(60, 150))),
        ("publisher", text(3)),
        ("date", f"{year}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}"),
        ("type", "info:eu-repo/semantics/article"),
        ("format", "application/pdf"),
        ("identifier", "https://hdl.handle.net/10/@NUMBER@"),
        ("identifier", "https://doi.org/10.5555/b.@NUMBER@"),
        ("language", "en"),
        ("rights", "https://creativecommons.org/licenses/by/4.0/"),
        ("source", f"{text(3)}, vol. {volume}, no. {issue}, pp. {volume}-{volume + 12}"),
    ]
    elements = "\n".join(f"<dc:{name}>{value}</dc:{name}>" for name, value in fields)
    return f"<record><header>{header}<metadata>{DC_START}{elements}</oai_dc:dc></metadata></record>\n".encode()


class Connection(asyncio.Protocol):
    """HTTP/1.1 GET with keep-alive, just enough for benchmark clients."""

    def __init__(self, respond: Respond, latency_s: float) -> None:
        self._respond = respond
        self._latency_s = latency_s
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._transport.set_write_buffer_limits(high=1 << 24)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            target = head.split(b" ", 2)[1].decode()
            parameters = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
            packed = target.startswith("/gzip/") and b"gzip" in head.lower()
            delay = self._latency_s
            asyncio.get_running_loop().call_later(delay, self._send, self._respond(parameters), packed)

    def _send(self, body: bytes, packed: bool) -> None:
        body = gzip.compress(body, 6) if packed else body
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %d\r\n" % len(body)
        self._transport.writelines([head, b"Content-Encoding: gzip\r\n" if packed else b"", b"\r\n", body])


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--records", type=int, default=30_000)
    parser.add_argument("--page-size", type=int, default=1000)
    parser.add_argument("--latency-ms", type=float, default=0)
    options = parser.parse_args()
    pages = Pages(options.records, options.page_size)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(pages.answer, options.latency_ms / 1000), "127.0.0.1", options.port, backlog=512
    )
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/plain/oai", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
