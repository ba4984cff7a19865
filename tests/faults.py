"""What a repository can do wrong: each fault turns a good answer into a bad one.

A new fault is a new function here; `Repository.misbehave` says when it happens.
"""

import gzip
from collections.abc import Callable

from msgspec import Struct, field
from msgspec.structs import replace


class Answer(Struct, frozen=True):
    """What goes back to the client.

    `delay_s` is waited before the first byte; `sent_bytes` cuts the connection after so many bytes of the body;
    `reset` ends it before any answer (TCP RST).
    """

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/xml; charset=utf-8"})
    delay_s: float = 0.0
    sent_bytes: int | None = None
    reset: bool = False


Fault = Callable[[Answer], Answer]


def cut_page(share: float = 0.5) -> Fault:
    """The document ends early, the HTTP answer is whole: what a proxy or a fatal error in the server leaves."""
    return lambda answer: replace(answer, body=answer.body[: int(len(answer.body) * share)])


def cut_connection(share: float = 0.5) -> Fault:
    """The connection ends before all announced bytes are there."""
    return lambda answer: replace(answer, sent_bytes=int(len(answer.body) * share))


def html_page(status: int = 200, title: str = "Please wait while we check your browser") -> Fault:
    """An HTML page instead of the document."""
    page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><p>{title}</p></body></html>"
    return lambda _: Answer(page.encode(), status, {"Content-Type": "text/html; charset=utf-8"})


def server_error(status: int = 500) -> Fault:
    """A plain error of the server."""
    return lambda _: Answer(b"internal error", status, {"Content-Type": "text/plain"})


def retry_later(retry_after: str, status: int = 503) -> Fault:
    """The server asks to come later; `retry_after` is a number of seconds or an HTTP date."""
    return lambda _: Answer(b"busy", status, {"Content-Type": "text/plain", "Retry-After": retry_after})


def connection_reset() -> Fault:
    """The connection is reset before any answer."""
    return lambda answer: replace(answer, reset=True)


def slow(delay_s: float) -> Fault:
    """The right answer, late."""
    return lambda answer: replace(answer, delay_s=delay_s)


def gzipped() -> Fault:
    """The right answer, compressed, and said so."""
    return lambda answer: replace(
        answer, body=gzip.compress(answer.body), headers=answer.headers | {"Content-Encoding": "gzip"}
    )


def oai_error(code: str, text: str = "") -> Fault:
    """An OAI-PMH error, such as badResumptionToken for an expired token or cannotDisseminateFormat."""
    document = (
        '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        "<responseDate>2024-01-01T00:00:00Z</responseDate><request>http://127.0.0.1/oai</request>"
        f'<error code="{code}">{text}</error></OAI-PMH>'
    )
    return lambda _: Answer(document.encode())


def altered(old: bytes, new: bytes) -> Fault:
    """The right answer with some bytes changed."""
    return lambda answer: replace(answer, body=answer.body.replace(old, new))


def later(fault: Fault, good: int) -> Fault:
    """Some good answers first, then the fault."""
    left = good

    def answer(given: Answer) -> Answer:
        nonlocal left
        left -= 1
        return given if left >= 0 else fault(given)

    return answer


def without(identifier: str, status: int = 500) -> Fault:
    """A record that the server breaks at: every answer that would hold it fails, all others are right."""
    return lambda answer: server_error(status)(answer) if f">{identifier}<".encode() in answer.body else answer
