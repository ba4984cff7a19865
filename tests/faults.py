"""What a repository can do wrong: each fault turns a good answer into a bad one.

A new fault is a new function here; `Repository.misbehave` says when it happens.
"""

import gzip
import re
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


def blank_token(form: bytes = b"<resumptionToken> \n </resumptionToken>") -> Fault:
    """A token element with nothing in it, which ends a list."""
    return _substituted(rb"<resumptionToken[^>]*?(?:/>|>[^<]*</resumptionToken>)", lambda _: form)


def with_status(status: int) -> Fault:
    """The right answer inside another HTTP status."""
    return lambda answer: replace(answer, status=status)


def control_characters(count: int = 3) -> Fault:
    """Characters that XML does not have, raw, in the first titles: U+0003, a vertical tab, U+FFFF."""
    junk = (b"\x03", b"\x0b", b"\xef\xbf\xbf")
    return _in_titles(lambda number: junk[number % 3], count)


def invalid_utf8(count: int = 1) -> Fault:
    """A byte of another charset (é of cp1252) in the first titles."""
    return _in_titles(lambda _: b"\xe9", count)


def illegal_references(references: bytes = b"&#3;") -> Fault:
    """References to what XML does not have, in the first title."""
    return _in_titles(lambda _: references, 1)


def in_charset(codec: str, declared: str) -> Fault:
    """The page in one charset, declared to be in another (or in the same)."""
    return lambda answer: replace(
        answer, body=answer.body.decode().replace('encoding="UTF-8"', f'encoding="{declared}"').encode(codec, "replace")
    )


def garbage(before: bytes = b"", after: bytes = b"") -> Fault:
    """Something before and behind the document, such as a warning of PHP or a line end before the declaration."""
    return lambda answer: replace(answer, body=before + answer.body + after)


def prolog_per_record() -> Fault:
    """An XML declaration inside every record: each was made as a document of its own."""
    return _substituted(rb"<metadata>", lambda found: found[0] + b'<?xml version="1.0" encoding="UTF-8"?>\n')


def broken_record(number: int = 2, soup: bytes = b"<p>an open <b>paragraph") -> Fault:
    """Something that is not well-formed in the title of one record (1 is the page's first)."""
    return _in_titles(lambda place: soup if place == number - 1 else b"", number)


def unclosed_record(number: int = 2) -> Fault:
    """A record without its closing tags."""
    return _without_nth(rb"</oai_dc:dc></metadata></record>", number)


def closed_early(share: float = 0.5) -> Fault:
    """The page ends in the middle of a record, and a footer closes the document all the same."""
    return lambda answer: replace(
        answer, body=answer.body[: int(len(answer.body) * share)] + b"<br>Fatal error</ListRecords></OAI-PMH>"
    )


def huge_text(size_bytes: int = 12_000_000) -> Fault:
    """A single text of that size in the first title."""
    return _in_titles(lambda _: b"x" * size_bytes, 1)


def without_metadata(number: int = 1) -> Fault:
    """A record that is not deleted and has no metadata element."""
    return _without_nth(rb"<metadata>.*?</metadata>", number)


def deleted_with_metadata() -> Fault:
    """Records marked as deleted that have their metadata still."""
    return altered(b"<record><header>", b'<record><header status="deleted">')


def without_namespaces() -> Fault:
    """A page whose own elements are in no namespace."""
    return altered(b' xmlns="http://www.openarchives.org/OAI/2.0/"', b"")


def with_prefix() -> Fault:
    """A page whose own elements have a prefix."""
    names = rb"(</?)(?=(?:OAI-PMH|responseDate|request|ListRecords|record|header|identifier|datestamp|setSpec|metadata|"
    prefixed = _substituted(names + rb"resumptionToken)[\s>/])", lambda found: found[1] + b"o:")
    return lambda answer: altered(b"xmlns=", b"xmlns:o=")(prefixed(answer))


def undeclared_prefix() -> Fault:
    """A page that uses xsi: and does not declare it."""
    return altered(b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"', b"")


def redirect(location: str, status: int = 302) -> Fault:
    """A redirect."""
    return lambda _: Answer(b"", status, {"Location": location})


def gzip_unsaid() -> Fault:
    """The right answer, compressed, and nobody says so."""
    return lambda answer: replace(answer, body=gzip.compress(answer.body))


def gzip_only_said() -> Fault:
    """The right answer, not compressed, said to be so."""
    return lambda answer: replace(answer, headers=answer.headers | {"Content-Encoding": "gzip"})


def _substituted(pattern: bytes, new: Callable[[re.Match[bytes]], bytes]) -> Fault:
    return lambda answer: replace(answer, body=re.sub(pattern, new, answer.body, flags=re.DOTALL))


def _without_nth(pattern: bytes, number: int) -> Fault:
    """Take one occurrence out of every answer (1 is its first)."""

    def take(answer: Answer) -> Answer:
        places = iter(range(1, 1_000_000))
        return _substituted(pattern, lambda found: b"" if next(places) == number else found[0])(answer)

    return take


def _in_titles(junk: Callable[[int], bytes], count: int) -> Fault:
    """Put junk behind the text of the first titles (0 is the first)."""

    def put(answer: Answer) -> Answer:
        parts = answer.body.split(b"</dc:title>")
        put_in = [part + (junk(number) if number < count else b"") for number, part in enumerate(parts[:-1])]
        return replace(answer, body=b"</dc:title>".join([*put_in, parts[-1]]))

    return put
