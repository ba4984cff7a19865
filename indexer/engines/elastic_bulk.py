"""Writing to Elasticsearch: bodies of ready bytes, two in flight, each document with its version.

A version that the index already has or has passed (409) is done, not an error. What the index is too busy to take
(429) is sent again in halves, with growing pauses.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import msgspec
from msgspec import Struct

from indexer.document import Document, encode
from indexer.engines.elastic_client import ElasticClient, RequestRefusedError
from indexer.errors import DocumentRejectedError, IndexUnavailableError
from indexer.index import WriteReport

BODY_BYTES: Final = 2_500_000  # with batches of 5,000 documents as fast as 5 MB, and both connections end together
IN_FLIGHT: Final = 2
MAX_TRIES: Final = 6
FIRST_PAUSE_S: Final = 0.2
_ANSWER_PARTS: Final = "errors,items.*.status,items.*.error.type,items.*.error.reason"
_TOO_BUSY: Final = 429


class AliasGoneError(IndexUnavailableError):
    """There is nothing behind the alias that is written to."""


class Line(Struct, frozen=True, gc=False):
    """One document ready to send: its id, and action and source with their line ends."""

    id: str
    content: bytes


class _Reason(Struct, frozen=True):
    type: str = ""
    reason: str = ""


class _Outcome(Struct, frozen=True):
    status: int = 200
    error: _Reason = _Reason()


class _BulkItem(Struct, frozen=True):
    index: _Outcome


class _BulkAnswer(Struct, frozen=True):
    errors: bool = False
    items: list[_BulkItem] = []


_DECODER: Final = msgspec.json.Decoder(_BulkAnswer)


class BulkSender:
    """Sends documents to one alias; to be closed."""

    def __init__(self, client: ElasticClient, alias: str) -> None:
        self._client = client
        self._alias = alias
        self._pool = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="bulk")

    def send(self, documents: Sequence[Document]) -> WriteReport:
        """Write documents and say what became of them.

        Raises: IndexUnavailableError where some could not be written after six tries; the others may have been.
        """
        running: list[Future[WriteReport]] = []
        reports: list[WriteReport] = []
        try:
            for body in bodies(documents):
                if len(running) == IN_FLIGHT:
                    reports.append(running.pop(0).result())
                running.append(self._pool.submit(self._send_body, body))
        finally:
            reports += [future.result() for future in running]
        return add_reports(reports)

    def close(self) -> None:
        """Wait for what is being sent."""
        self._pool.shutdown()

    def _send_body(self, lines: list[Line], tries: int = 1) -> WriteReport:
        """Send one body; what was not taken is sent again, in halves."""
        try:
            content = self._client.request(
                "POST",
                f"/{self._alias}/_bulk",
                b"".join([line.content for line in lines]),
                filter_path=_ANSWER_PARTS,
                require_alias="true",
            )
        except RequestRefusedError as error:
            return self._again(lines, WriteReport(0, 0), tries, error)
        report, left = _read_outcome(lines, _DECODER.decode(content))
        if not left:
            return report
        return self._again(left, report, tries, RequestRefusedError(_TOO_BUSY, "queue is full"))

    def _again(self, lines: list[Line], done: WriteReport, tries: int, error: RequestRefusedError) -> WriteReport:
        if error.status == 413 and len(lines) == 1:
            return add_reports([done, WriteReport(0, 0, (DocumentRejectedError(lines[0].id, error.reason),))])
        if error.status == _TOO_BUSY:
            if tries == MAX_TRIES:
                raise IndexUnavailableError(f"{self._client.url} is too busy: {error.reason}") from error
            time.sleep(FIRST_PAUSE_S * 2**tries)
        elif error.status == 404:
            raise AliasGoneError(f"{self._client.url} has no index {self._alias}: create it first") from error
        elif error.status != 413:
            raise IndexUnavailableError(f"{self._client.url} refuses to write to {self._alias}: {error}") from error
        middle = (len(lines) + 1) // 2
        parts = [part for part in (lines[:middle], lines[middle:]) if part]
        return add_reports([done, *(self._send_body(part, tries + 1) for part in parts)])


def bodies(documents: Sequence[Document]) -> Iterator[list[Line]]:
    """Yield the lines of one request after the other, each about 2.5 MB."""
    lines: list[Line] = []
    size = 0
    for document in documents:
        line = make_line(document)
        lines.append(line)
        size += len(line.content)
        if size >= BODY_BYTES:
            yield lines
            lines, size = [], 0
    if lines:
        yield lines


def make_line(document: Document) -> Line:
    """Give a document as bulk lines: `index` with the version from outside."""
    action = msgspec.json.encode(
        {"index": {"_id": document.id, "version": document.version, "version_type": "external_gte"}}
    )
    return Line(document.id, b"%b\n%b\n" % (action, encode(document)))


def add_reports(reports: Sequence[WriteReport]) -> WriteReport:
    """Give the sum of reports."""
    return WriteReport(
        written=sum(report.written for report in reports),
        newer=sum(report.newer for report in reports),
        rejected=tuple(error for report in reports for error in report.rejected),
    )


def _read_outcome(lines: list[Line], answer: _BulkAnswer) -> tuple[WriteReport, list[Line]]:
    """Give the report of what is settled, and the lines to send again."""
    if not answer.errors:
        return WriteReport(len(lines), 0), []
    written = newer = 0
    rejected: list[DocumentRejectedError] = []
    left: list[Line] = []
    for line, item in zip(lines, answer.items, strict=True):
        outcome = item.index
        if outcome.status < 300:
            written += 1
        elif outcome.status == 409:
            newer += 1
        elif outcome.status in {400, 413}:
            rejected.append(DocumentRejectedError(line.id, f"{outcome.error.type}: {outcome.error.reason}"))
        elif outcome.status == _TOO_BUSY:
            left.append(line)
        elif outcome.status == 404:
            raise AliasGoneError(f"the index cannot be written to: {outcome.error.reason}")
        else:
            reason = f"{outcome.status} {outcome.error.type}: {outcome.error.reason}"
            raise IndexUnavailableError(f"the index cannot be written to: {reason}")
    return WriteReport(written, newer, tuple(rejected)), left
