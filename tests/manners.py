"""How repositories differ: what they ignore, refuse, or say otherwise than the standard or than others.

The question is changed before our engine answers it, and the answer on its way out.
"""

import base64
import datetime as dt
import hashlib
import itertools
import json
import re
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from tests.faults import Answer, oai_error

TOKEN = re.compile(rb"(<resumptionToken[^>]*>)([^<]+)(</resumptionToken>)")
SIZE = re.compile(rb' completeListSize="(\d+)"')
CURSOR = re.compile(rb' cursor="(\d+)"')
LISTS = {"ListRecords", "ListIdentifiers"}

Question = list[tuple[str, str]]


class Manners(Struct, frozen=True, kw_only=True):
    """What a repository does otherwise.

    `ignores`: arguments of lists that change nothing. `shift_s`: it filters by dates so much later than it shows.
    `takes`: the forms of from and until that it takes. `granularity`, `earliest`, `compression`: what Identify says.
    `repeats`: a token needs the other arguments beside it. `forgets_set`: it holds for all sets.
    """

    ignores: tuple[str, ...] = ()
    from_exclusive: bool = False
    until_exclusive: bool = False
    shift_s: int = 0
    takes: tuple[str, ...] = ("seconds", "days")
    granularity: str = "YYYY-MM-DDThh:mm:ssZ"
    shows_days: bool = False
    earliest: str | None = None
    compression: str = ""
    sizes: Literal["given", "none", "unstable"] = "given"
    cursors: bool = True
    tokens: Literal["base64", "number", "opaque", "readable"] = "base64"
    tokens_vary: bool = False
    tokens_once: bool = False
    expires_s: int | None = None
    repeats: bool = False
    forgets_set: bool = False


class Mannered:
    """Answers with manners; remembers the tokens that it gave out for those of the engine."""

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self._inner: dict[str, str] = {}
        self._given: dict[str, str] = {}
        self._used: set[str] = set()
        self._count = itertools.count(1)

    def answer(self, asked: dict[str, str], engine: Callable[[Question], bytes]) -> bytes:
        """Answer a question with what the engine says to it."""
        is_list = asked.get("verb") in LISTS
        if is_list and (refused := self._refuses(asked)):
            return refused
        body = engine(list((self._question(asked) if is_list else asked).items()))
        return self._list(body) if is_list else self._identify(body)

    def _refuses(self, asked: dict[str, str]) -> bytes | None:
        token = asked.get("resumptionToken")
        if token is None:
            forms = {"days" if len(asked[name]) == 10 else "seconds" for name in ("from", "until") if name in asked}
            return (
                None if forms <= set(self._manners.takes) else _error("badArgument", "this form of date is not taken")
            )
        if self._manners.repeats and "metadataPrefix" not in asked:
            return _error("badArgument", "metadataPrefix is missing")
        if self._manners.tokens_once:
            if token in self._used:
                return _error("badResumptionToken", "used before")
            self._used.add(token)
        return None

    def _question(self, asked: dict[str, str]) -> dict[str, str]:
        token = asked.get("resumptionToken")
        if token is not None:
            return {"verb": asked["verb"], "resumptionToken": self._inner.get(token, token)}
        question = {name: text for name, text in asked.items() if name not in self._manners.ignores}
        for name, is_exclusive, step in (
            ("from", self._manners.from_exclusive, 1),
            ("until", self._manners.until_exclusive, -1),
        ):
            if name in question:
                question[name] = _moved(question[name], step if is_exclusive else 0, -self._manners.shift_s)
        return question

    def _list(self, body: bytes) -> bytes:
        cursor = CURSOR.search(body)
        if self._manners.sizes == "none":
            body = SIZE.sub(b"", body)
        elif self._manners.sizes == "unstable" and cursor:
            body = SIZE.sub(lambda size: b' completeListSize="%d"' % (int(size[1]) - int(cursor[1])), body)
        if not self._manners.cursors:
            body = CURSOR.sub(b"", body)
        if self._manners.shows_days:
            body = re.sub(rb"(<datestamp>\d{4}-\d\d-\d\d)T[\d:]+Z", rb"\1", body)
        return TOKEN.sub(self._token, body)

    def _token(self, found: re.Match[bytes]) -> bytes:
        head, inner = found[1], found[2].decode()
        if self._manners.expires_s is not None:
            end = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self._manners.expires_s)
            head = head[:-1] + end.strftime(' expirationDate="%Y-%m-%dT%H:%M:%SZ">').encode()
        if self._manners.forgets_set:
            inner = _without_set(inner)
        token = self._outer(inner)
        self._inner[token] = inner
        return head + token.encode() + found[3]

    def _outer(self, inner: str) -> str:
        if not self._manners.tokens_vary and inner in self._given:
            return self._given[inner]
        number = next(self._count)
        salt = " " * number if self._manners.tokens_vary else ""
        outer = {
            "base64": base64.urlsafe_b64encode(base64.urlsafe_b64decode(inner) + salt.encode()).decode(),
            "number": str(1000 + number),
            "readable": f"oai_dc///{number}",
            "opaque": "~" + hashlib.sha256((inner + salt).encode()).hexdigest()[:20],
        }[self._manners.tokens]
        self._given[inner] = outer
        return outer

    def _identify(self, body: bytes) -> bytes:
        said = f"<granularity>{self._manners.granularity}</granularity>"
        if self._manners.compression:
            said += f"<compression>{self._manners.compression}</compression>"
        body = re.sub(rb"<granularity>[^<]*</granularity>", said.encode(), body)
        if self._manners.earliest is not None:
            earliest = f"<earliestDatestamp>{self._manners.earliest}</earliestDatestamp>"
            body = re.sub(rb"<earliestDatestamp>[^<]*</earliestDatestamp>", earliest.encode(), body)
        return body


def _error(code: str, text: str) -> bytes:
    return oai_error(code, text)(Answer(b"")).body


def _moved(text: str, steps: int, seconds: int) -> str:
    """Move a datestamp by steps of its own granularity, and by seconds where it has them."""
    if len(text) == 10:
        return (dt.date.fromisoformat(text) + dt.timedelta(days=steps)).isoformat()
    moment = dt.datetime.fromisoformat(text) + dt.timedelta(seconds=steps + seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _without_set(token: str) -> str:
    """Take the set (its second part) out of a token of the engine."""
    position = json.loads(base64.urlsafe_b64decode(token))
    position[1] = ""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()
