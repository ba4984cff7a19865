"""The text of a comment as HTML: paragraphs, lines and links, and nothing else that its writer could have made."""

from search_api.comments.texts import Link, parts_of
from search_api.pages.markup import Html, element, join


def shown_body(body: str) -> Html:
    """Give a text; each paragraph has the direction of its own first letters, and turns no other around.

    Links open no other page in their name (noreferrer, which is noopener, too), are marked as of users for search
    engines (ugc), and stand by themselves in the direction of the text, whatever stands before them.
    """
    paragraphs = (element("p", _lines(paragraph), dir="auto") for paragraph in body.split("\n\n"))
    return element("div", *paragraphs, class_="said")


def _lines(paragraph: str) -> Html:
    lines = (join(*(_part(part) for part in parts_of(line))) for line in paragraph.split("\n"))
    shown: list[Html] = []
    for line in lines:
        shown += [element("br"), line] if shown else [line]
    return join(*shown)


def _part(part: str | Link) -> str:
    if isinstance(part, Link):
        return element("a", part.address, href=part.address, rel="nofollow ugc noreferrer", dir="ltr")
    return part
