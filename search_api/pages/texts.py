"""Texts that people write for a hub's pages: paragraphs, headings and links, and nothing else that a browser obeys."""

import re
from collections.abc import Iterator
from typing import Final

from harvester.values.web import web_address
from search_api.pages.markup import Html, element, join

HEADING: Final = "## "
_LINK: Final = re.compile(
    r"\[([^\[\]\n]{1,300})\]\((https?://[^\s()<>\"]{1,2000}|/[^\s()<>\"\\/][^\s()<>\"\\]{0,2000})\)"
)
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"\[\]]{1,2000}")
_AFTER: Final = ".,;:!?)'"  # ends a sentence rather than an address


def text_content(text: str) -> Html:
    """Give a text as paragraphs, which blank lines part; `## ` begins a heading.

    `[words](https://address)` or `[words](/path)` is a link, an address as it stands one, too.
    """
    parts = re.split(r"\n[ \t]*\n\s*", text.replace("\r\n", "\n").strip())
    return join(*(_part(part) for part in parts if part))


def _part(part: str) -> Html:
    if part.startswith(HEADING):
        return element("h2", part.removeprefix(HEADING))
    lines = [join(*_linked(line)) for line in part.split("\n")]
    return element("p", lines[0], *(join(element("br"), line) for line in lines[1:]))


def _linked(line: str) -> Iterator[str]:
    at = 0
    for found in _LINK.finditer(line):
        yield from _addressed(line[at : found.start()])
        yield _link(found[2], found[1]) or found[0]
        at = found.end()
    yield from _addressed(line[at:])


def _addressed(text: str) -> Iterator[str]:
    at = 0
    for found in _ADDRESS.finditer(text):
        address = found[0].rstrip(_AFTER)
        yield text[at : found.start()]
        yield _link(address, address) or address
        at = found.start() + len(address)
    yield text[at:]


def _link(address: str, words: str) -> Html | None:
    """Give words as a link; None where it would lead nowhere."""
    if not address.startswith("/") and web_address(address) is None:
        return None
    return element("a", words, href=address, rel="noopener nofollow")
