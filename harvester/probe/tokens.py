"""What a resumption token looks like, how long it lives, and whether it can be used again.

It stays opaque to the harvest; its shape only tells people what to expect.
"""

import base64
import binascii
import re
from typing import Final

from lxml import etree

from harvester.crosswalk.mapping import local_name
from harvester.probe.asking import Answer, Asking, Refusal
from harvester.probe.findings import TokenFound
from harvester.probe.heads import read_heads
from harvester.probe.listing import Followed, Opened, beginning, following
from harvester.windows import parse_datestamp

ALL: Final = ("length", "shape", "expires_s", "stateless", "reusable", "alone")
LEAST_BASE64: Final = 8
HEX: Final = re.compile(r"[0-9a-fA-F]{16,}")
UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")


def token_found(asking: Asking, opened: Opened, followed: Followed, *, again: bool) -> TokenFound:
    """Give what the token of the first page shows; with `again`, also what asking the same twice does."""
    if isinstance(opened.first, Refusal):
        return TokenFound(why=dict.fromkeys(ALL, opened.first.reason))
    token = opened.first.page.token
    if token is None:
        return TokenFound(why=dict.fromkeys(ALL, "the list has one page"))
    why: dict[str, str] = {}
    stateless = reusable = None
    if again:
        stateless = _comes_again(asking, opened, token, why)
        reusable = _is_taken_again(asking, opened, followed, token, why)
    else:
        why |= dict.fromkeys(("stateless", "reusable"), "a short probe does not ask")
    if followed.alone is None:
        why["alone"] = followed.refused
    expires_s = _expires_s(opened.first)
    if expires_s is None:
        why["expires_s"] = "the repository does not say"
    return TokenFound(
        length=len(token),
        shape=shape_of(token, opened.question.prefix),
        expires_s=expires_s,
        stateless=stateless,
        reusable=reusable,
        alone=followed.alone,
        why=why,
    )


def shape_of(token: str, metadata_prefix: str) -> str:
    """Give the shape: number, uuid, hex, readable (it names the format, or fields with a separator), base64, opaque.

    base64 is said only where text comes out; a token of random letters is opaque.
    """
    if token.isdigit():
        return "number"
    if UUID.fullmatch(token):
        return "uuid"
    if HEX.fullmatch(token):
        return "hex"
    if metadata_prefix in token or _has_fields(token):
        return "readable"
    return "base64" if _hides_text(token) else "opaque"


def _has_fields(token: str) -> bool:
    """Tell whether a token is made of at least two parts between separators, one of them a number."""
    parts = [part for part in re.split(r"[/|!,;:&=]+", token) if part]
    return len(parts) > 1 and any(part.isdigit() for part in parts)


def _hides_text(token: str) -> bool:
    if len(token) < LEAST_BASE64 or not BASE64.fullmatch(token):
        return False
    bare = token.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        text = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return text.isprintable()


def _comes_again(asking: Asking, opened: Opened, token: str, why: dict[str, str]) -> bool | None:
    """Tell whether the first page has the same token when it is asked for again."""
    again = asking.ask(beginning(opened.question), "first page again")
    if isinstance(again, Refusal):
        why["stateless"] = again.reason
        return None
    return again.page.token == token


def _is_taken_again(asking: Asking, opened: Opened, followed: Followed, token: str, why: dict[str, str]) -> bool | None:
    """Tell whether a token that was used once gives the same page again."""
    if not followed.pages:
        why["reusable"] = followed.refused
        return None
    again = asking.ask(following(opened.question, token, alone=followed.alone is not False), "token again")
    if isinstance(again, Answer):
        return read_heads(again.page) == read_heads(followed.pages[0].page)
    why["reusable"] = again.reason
    return False if again.code == "badResumptionToken" else None


def _expires_s(answer: Answer) -> float | None:
    """Give how long the first token lives by the repository's own clock (expirationDate less responseDate)."""
    for element in answer.page.root.iter(etree.Element):
        if local_name(str(element.tag)) == "resumptionToken":
            end, now = parse_datestamp(element.get("expirationDate", "")), parse_datestamp(answer.page.response_date)
            return None if end is None or now is None else (end - now).total_seconds()
    return None
