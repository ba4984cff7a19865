"""Asking within bounds: so many requests, so many seconds, in the host's pace; a failure is an answer, too."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from harvester.endpoint import Endpoint
from harvester.errors import HarvestError, RetryableError, cut
from harvester.http import Http, RetryLaterError, UnreachableError
from harvester.oai import fetch_page
from harvester.parsing.record import BadResumptionTokenError, Page, ProtocolError, parse_page

LONGEST_WAIT_S: Final = 10.0
MOST_FAILURES: Final = 3
EXPECTED_CODES: Final = frozenset({"badArgument", "noSetHierarchy", "badResumptionToken"})


class LeftAloneError(RetryableError):
    """The host is not to be asked now."""

    def __init__(self, url: str, seconds: float) -> None:
        super().__init__(f"{cut(url)} is to be left alone for {seconds:.0f} s: probe it again then")


class Answer(Struct, frozen=True):
    """A good answer: its page, how long it took, whether it came compressed, and where permanent redirects lead.

    `mended` counts by its code what had to be repaired or put up with.
    """

    page: Page
    seconds: float
    packed: bool
    moved_to: str
    mended: dict[str, int]


class Refusal(Struct, frozen=True):
    """No good answer: the OAI-PMH error code where it was one ("" else), and why in words."""

    code: str
    reason: str


class Asking:
    """Asks the repository of an endpoint, and counts.

    After a long wait that the repository asks for, or three failures in a row, nothing is asked any more. `wait_turn`
    takes the host's next slot and gives 0, or gives the seconds to wait for one.
    """

    def __init__(
        self, http: Http, endpoint: Endpoint, *, wait_turn: Callable[[], float], max_requests: int, max_s: float
    ) -> None:
        self.requests = 0
        self.troubles: list[str] = []
        self.left_alone_s: float | None = None
        self._http = http
        self._endpoint = endpoint
        self._wait_turn = wait_turn
        self._max_requests = max_requests
        self._started = time.monotonic()
        self._max_s = max_s
        self._failures = 0
        self._stopped = ""

    @property
    def seconds(self) -> float:
        """How long it has been asked for."""
        return time.monotonic() - self._started

    def must(self, parameters: Mapping[str, str]) -> Answer:
        """Give an answer. Raises: LeftAloneError, and what fetch_page and parse_page raise."""
        self._take_turn()
        self.requests += 1
        started = time.monotonic()
        response = fetch_page(self._http, self._endpoint.base_url, parameters, method=self._endpoint.http_method)
        seconds = time.monotonic() - started
        self._failures = 0
        page = parse_page(response.body)
        packed = response.headers.get("content-encoding", "identity") not in {"identity", ""}
        mended = Counter(page.repairs) + Counter(response.notes) + Counter(record_broken=len(page.broken))
        return Answer(page, seconds, packed, response.moved_to, dict(mended))

    def ask(self, parameters: Mapping[str, str], what: str = "") -> Answer | Refusal:
        """Give an answer or why there is none, which is noted as a trouble unless it is a usual answer to a question.

        `what` says in a trouble what was asked for, behind the verb. A short wait that the repository asks for is kept.
        """
        if reason := self._spent():
            return Refusal("", reason)
        try:
            try:
                return self.must(parameters)
            except RetryLaterError as error:
                if error.seconds > LONGEST_WAIT_S or self._spent():
                    raise
                time.sleep(error.seconds)
                return self.must(parameters)
        except HarvestError as error:
            return self._refused(error, " ".join(filter(None, (parameters["verb"], what))))

    def _refused(self, error: HarvestError, asked: str) -> Refusal:
        code = error.code if isinstance(error, ProtocolError) else ""
        if isinstance(error, BadResumptionTokenError):
            code = "badResumptionToken"
        if isinstance(error, RetryLaterError):
            self.left_alone_s = error.seconds
            self._stopped = f"the repository asked to wait {error.seconds:.0f} s"
        elif isinstance(error, LeftAloneError):
            self._stopped = str(error)
        elif isinstance(error, UnreachableError):
            self._failures += 1
            if self._failures >= MOST_FAILURES:
                self._stopped = f"the repository failed {MOST_FAILURES} times in a row"
        if code not in EXPECTED_CODES:
            self.troubles.append(f"{asked}: {error}")
        return Refusal(code, str(error))

    def _take_turn(self) -> None:
        while (wait_s := self._wait_turn()) > 0:
            if wait_s > LONGEST_WAIT_S:
                raise LeftAloneError(self._endpoint.base_url, wait_s)
            time.sleep(wait_s)

    def _spent(self) -> str:
        if self._stopped:
            return f"not asked: {self._stopped}"
        if self.requests >= self._max_requests:
            return f"not asked: the probe ends after {self._max_requests} requests"
        if self.seconds > self._max_s:
            return f"not asked: the probe ends after {self._max_s:.0f} s"
        return ""
