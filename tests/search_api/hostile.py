"""Requests that wish the hub no good: made of its own parameters, so that a new one is among them by itself."""

import random
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_from_bytes

from search_api.addresses import ADDRESSES

PAGES = ("/", "/items", "/items/{item_id}", "/docs", "/oai", "/openapi.json", "/api/v1/none", "/api//items")
HOLE = re.compile(r"\{(\w+)\}")
NAMES = ("genre", "date", "year", "title", "creator", "doi", "no_such", "extra", "_id", "props.genre", '"', "*", "")
WORDS = (
    "",
    "*",
    "!",
    "..",
    "-",
    '"',
    "\\",
    "a",
    "AND",
    "OR",
    "NOT",
    "a*",
    "*a",
    "?",
    "~",
    "^",
    "{",
    "}",
    "[",
    "]",
    "/",
)
ODD_BYTES = (b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xe2\x80\xae", b"%", b"%zz", b"+")
NUMBERS = ("0", "-1", "1e9", "9" * 400, "2147483648", "9223372036854775808", "NaN", "١", "0x10", "1.5", " 1")
DEEP = ("(", '("', "NOT (", '"', "-", "title:(")
HEADERS = (
    ("Accept", ("", "*/*;q=nan", "a/b;q=1e999", ",,;;", "text/html", "application/" + "x" * 5_000)),
    ("If-None-Match", ("*", '"', 'W/"', ",,,", "é".encode().decode("latin-1"), "x" * 5_000)),
    ("Accept-Encoding", ("*", "gzip;q=nan", "zstd, br;q=0", ";;,", "identity;q=0")),
    ("X-Request-Id", ("\t", "x" * 5_000, "<script>")),
    ("X-Forwarded-For", ("::1", "[", "1.2.3.4,,", "x" * 5_000)),
    ("Range", ("bytes=0-", "bytes=5-1", "items=0-1")),
    ("Host", ("", "[::", "a b", "\xff", "h" * 300, "host:port")),
    ("Origin", ("null", "*", "x")),
)


def iter_requests(seed: int, count: int, item_id: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Give method, target (ASCII, as it stands on the wire) and headers; the same ones for the same seed."""
    pick = random.Random(seed)
    places = [(address.path, [one.name for one in address.parameters]) for address in ADDRESSES]
    every = sorted({name for _, names in places for name in names} | {"format", "verb", "resumptionToken", "set"})
    places += [(path, every) for path in PAGES]
    real = {"item_id": item_id, "name": "genre"}
    for _ in range(count):
        path, names = pick.choice(places)
        method = pick.choices(("GET", "HEAD", "OPTIONS", "POST", "DELETE", "PUT"), (80, 8, 3, 4, 3, 2))[0]
        pairs = [f"{_name(pick, names)}={_value(pick)}" for _ in range(pick.choice((0, 1, 1, 2, 2, 3, 8)))]
        target = path
        for hole in HOLE.findall(path):
            target = target.replace(f"{{{hole}}}", _part(pick, real.get(hole, "1")))
        headers = {name: pick.choice(values) for name, values in pick.sample(HEADERS, pick.choice((0, 0, 1, 2)))}
        yield method, target + ("?" + "&".join(pairs) if pairs else ""), headers


def _part(pick: random.Random, real: str) -> str:
    return pick.choice((real, real, _value(pick) or "x", "%2e%2e", "%00", "%2F"))


def _name(pick: random.Random, names: list[str]) -> str:
    return quote(pick.choice(names)) if names and pick.random() < 0.95 else _value(pick)[:100]


def _value(pick: random.Random) -> str:
    """Give a percent-coded value."""
    return pick.choice(VALUES)(pick)


def _filter(pick: random.Random) -> str:
    return pick.choice(("", "-", "--")) + f"{pick.choice(NAMES)}:{pick.choice(WORDS)}{pick.choice(WORDS)}"


def _range(pick: random.Random) -> str:
    return pick.choice(("date", "year", "harvested")) + ":" + "..".join(pick.choices(NUMBERS + WORDS, k=2))


def _sized(pick: random.Random) -> str:
    return ",".join(f"{name}:{pick.choice(NUMBERS)}" for name in pick.choices(NAMES, k=pick.randint(1, 120)))


VALUES = (
    lambda pick: quote_from_bytes(b"".join(pick.choices(ODD_BYTES, k=pick.randint(1, 4))) + b"a"),
    lambda pick: quote(pick.choice(NUMBERS)),
    lambda pick: quote(pick.choice(DEEP) * pick.choice((1, 10, 1_000, 3_000)))[:9_000] + "a" + ")" * 500,
    lambda pick: quote(pick.choice(("a ", "* ", "é", "字", "a*", "-a ", '"a" ')) * pick.choice((2, 101, 900)))[:9_000],
    lambda pick: quote("".join(pick.choices(WORDS, k=pick.randint(1, 12)))),
    lambda pick: quote(" ".join(pick.choices(WORDS, k=pick.randint(1, 12)))),
    lambda pick: quote(_range(pick)),
    lambda pick: quote(_sized(pick)),
    lambda pick: quote(_filter(pick)),
)
