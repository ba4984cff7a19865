"""What people type: cleaned of what does harm, checked, and taken apart into lines and links."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from search_api.languages import _, show_number

LONGEST_BODY: Final = 5_000
LONGEST_NAME: Final = 100
LONGEST_MAIL: Final = 254  # RFC 5321, 4.5.3.1.3
LONGEST_NOTE: Final = 500

_BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_STEERING: Final = re.compile(rf"[{_BIDI}]")
_NO_TEXT: Final = re.compile(  # controls but tab and line end, surrogates, and what is no character (Unicode, 23.7)
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
    + "]"
)
_EMPTY_LINES: Final = re.compile(r"\n{3,}")
_MAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")  # as HTML has it
_ADDRESS: Final = re.compile(rf"https?://[^\s<>\"'`{_BIDI}\u200b-\u200d\u2060\ufeff]+", re.IGNORECASE)
_BEHIND: Final = ".,;:!?)]}*"


class Link(Struct, frozen=True):
    """A part of a line that is an address of the web."""

    address: str


def clean_body(text: str) -> str:
    """Give a text without control characters but line ends and tabs, in one form of every letter (NFC)."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    trimmed = "\n".join(line.rstrip() for line in _NO_TEXT.sub("", lines).split("\n"))
    return _EMPTY_LINES.sub("\n\n", trimmed).strip()


def clean_line(text: str) -> str:
    """Give a text as one line, also without what steers the direction of writing."""
    return " ".join(_STEERING.sub("", clean_body(text)).split())


def fault_of_body(body: str) -> str:
    """Say what is wrong with the text of a comment; empty where nothing is."""
    if not body:
        return _("Write something.")
    if len(body) > LONGEST_BODY:
        said = _("This is too long: it has {length} characters, and {most} are the most. Make it shorter.")
        return said.format(length=show_number(len(body)), most=show_number(LONGEST_BODY))
    return ""


def fault_of_name(name: str) -> str:
    """Say what is wrong with a name, likewise."""
    if not name:
        return _("Give a name; it stands above your comment.")
    if len(name) > LONGEST_NAME:
        return _("This is too long: take at most {most} characters.").format(most=show_number(LONGEST_NAME))
    return ""


def fault_of_mail(mail: str, *, needed: bool) -> str:
    """Say what is wrong with a mail address, likewise; one that is not needed may be left out."""
    if not mail:
        return _("Give your mail address, or you cannot be told of other comments.") if needed else ""
    if len(mail) > LONGEST_MAIL or not _MAIL.fullmatch(mail):
        return _("This is no mail address: write it as name@example.org.")
    return ""


def parts_of(line: str) -> Iterator[str | Link]:
    """Yield a line as texts and links: addresses of http and https alone, with a host and no name or password in it."""
    begin = 0
    for found in _ADDRESS.finditer(line):
        address = _without_end(found[0])
        if not _is_address(address):
            continue
        yield line[begin : found.start()]
        yield Link(address)
        begin = found.start() + len(address)
    yield line[begin:]


def _without_end(address: str) -> str:
    """Give an address without the punctuation of the sentence that it stands in."""
    while address and address[-1] in _BEHIND:
        if address[-1] == ")" and address.count("(") >= address.count(")"):
            break
        address = address[:-1]
    return address


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - it is looked at only when asked for
    except ValueError:
        return False
    return bool(parts.hostname) and "@" not in parts.netloc
