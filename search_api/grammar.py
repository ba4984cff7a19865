r"""The text of a filter: to a condition, and back.

    name:value        has this value               name:*       has a value
    -name:value       has not this value           name:!       has none
    name:a..b         in this range, either end may be left out; declared dates and numbers only

A value may stand in "quotes", which keep `*`, `!` and `..` as they are; `\"` and `\\` stand for a quote and a backslash
there. Without quotes a value is all that follows the first colon, without outer blanks. A name may be quoted likewise.
"""

import re
from typing import Final

from harvester.errors import cut
from indexer.errors import BadQueryError
from indexer.fields import FIELDS, normal_value
from indexer.query import Condition

QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)

_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_SAFE_VALUE: Final = re.compile(r'(?!.*\.\.)[^\s":*!\\]+')
_SAFE_NAME: Final = re.compile(r"\w[\w.-]*")


def parse_condition(text: str) -> Condition:
    """Read one filter; its value is brought into the property's normal form. Raises: BadQueryError (filter)."""
    negative = text.startswith("-")
    name, rest = _split(text, text[1:] if negative else text)
    value = rest.strip()
    if not value:
        raise _bad(text, f"has no value; for items without the property write {render_name(name)}:!")
    if value.startswith('"'):
        return _is(text, name, _unquote(text, value), negative=negative)
    if value in {"*", "!"}:
        return Condition(name, "exists" if value == "*" else "missing", negative=negative)
    if ".." in value and name in FIELDS and FIELDS[name].ranged:
        low, high = (end.strip() or None for end in value.split("..", 1))
        return Condition(name, "range", low=low, high=high, negative=negative)
    return _is(text, name, value, negative=negative)


def render_condition(condition: Condition) -> str:
    """Give the filter text that is read as this condition."""
    sign = "-" if condition.negative else ""
    match condition.operator:
        case "is":
            return sign + render_token(condition.name, condition.value)
        case "exists":
            return f"{sign}{render_name(condition.name)}:*"
        case "missing":
            return sign + render_missing(condition.name)
        case "range":
            return f"{sign}{render_name(condition.name)}:{condition.low or ''}..{condition.high or ''}"


def render_token(name: str, value: str) -> str:
    """Give the filter text that asks for one value of a property."""
    return f"{render_name(name)}:{render_value(value)}"


def render_value(value: str) -> str:
    """Give a value as it stands behind the colon of a filter."""
    return value if _SAFE_VALUE.fullmatch(value) else _quote(value)


def render_missing(name: str) -> str:
    """Give the filter text that asks for items without a property."""
    return f"{render_name(name)}:!"


def render_name(name: str) -> str:
    """Give a property's name as filters and facets write it."""
    return name if _SAFE_NAME.fullmatch(name) else _quote(name)


def split_name(text: str) -> tuple[str, str] | None:
    """Give the name that a text begins with, and what follows it from the colon on; None where a quote stays open."""
    if not text.startswith('"'):
        name, colon, rest = text.partition(":")
        return name.strip(), colon + rest
    match = QUOTED.match(text)
    return (_unescape(match[1]), text[match.end() :].lstrip()) if match else None


def _split(text: str, unsigned: str) -> tuple[str, str]:
    found = split_name(unsigned)
    if found is None:
        raise _bad(text, "has a name whose quote is not closed")
    name, rest = found
    if not name or not rest.startswith(":"):
        raise _bad(text, "is not of the form name:value, such as genre:Empirical")
    return name, rest[1:]


def _unquote(text: str, value: str) -> str:
    match = QUOTED.match(value)
    if match is None:
        raise _bad(text, "has a quote that is not closed")
    if match.end() < len(value):
        raise _bad(text, 'goes on after its closing quote; a quote inside a value is written \\"')
    return _unescape(match[1])


def _is(text: str, name: str, value: str, *, negative: bool) -> Condition:
    value = normal_value(name, value)
    if not value:
        raise _bad(text, f"has an empty value; for items without the property write {render_name(name)}:!")
    return Condition(name, "is", value, negative=negative)


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unescape(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def _bad(text: str, fault: str) -> BadQueryError:
    return BadQueryError("filter", f"filter {cut(text)!r} {fault}")
