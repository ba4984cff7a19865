"""HTML, escaped unless it was made here."""

import re
from html import escape
from typing import Final

VOID: Final = frozenset({"br", "img", "input", "link", "meta"})
_HOLE: Final = re.compile(r"\{(\w+)\}")


class Html(str):
    """Text that is HTML already; only functions of this file make one of anything but a constant."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str | None) -> Html:
    """Give an element; children that are no Html are escaped.

    An attribute of None is left out; `class_` and `for_` are written without their last line, others with dashes.
    """
    opened = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in VOID:
        return Html(f"<{tag}{opened}>")
    return Html(f"<{tag}{opened}>{join(*children)}</{tag}>")


def marked(html: str) -> Html:
    """Give a text in which words are marked, which `search_api.highlighting` has escaped."""
    return Html(html)


def join(*children: str, between: str = "") -> Html:
    """Give several parts one after another."""
    return Html(escape(between).join(child if isinstance(child, Html) else escape(child) for child in children))


def fill(text: str, **parts: str) -> Html:
    """Give a text with parts in the places that it has for them, such as a link in a sentence that was translated."""
    return join(*(parts[piece] if number % 2 else piece for number, piece in enumerate(_HOLE.split(text))))
