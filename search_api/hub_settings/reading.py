"""Reading the document of settings: TOML, its keys and types; every fault in it, not only the first."""

import difflib
import re
import tomllib
from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import inspect, structs

from harvester.toml_lines import find_lines, line_of
from search_api.hub_settings.checking import IsKnown, check_settings
from search_api.hub_settings.document import HubSettings
from search_api.hub_settings.faults import BadSettingsError, Fault
from search_api.languages import _

MOST_CHARACTERS: Final = 500_000
MOST_FAULTS: Final = 20

_PLACE: Final = re.compile(r"\(at line (\d+), column \d+\)")
_AT: Final = re.compile(r" - at `(?:key in )?\$([^`]*)`")
_UNKNOWN: Final = re.compile(r"unknown field `([^`]*)`")
_MISSING: Final = re.compile(r"missing required field `([^`]*)`")
_PART: Final = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")

Path = tuple[str | int, ...]
ANY: Final = "..."  # some key of a table, msgspec does not say which


def read_document(text: str, is_known: IsKnown) -> HubSettings:
    """Read a document; `is_known` tells whether there is an undeclared property. Raises: BadSettingsError."""
    text = text.replace("\r\n", "\n")
    if len(text) > MOST_CHARACTERS:
        reason = _("it has {count} characters; {most} are allowed")
        raise BadSettingsError([Fault("", "", reason.format(count=len(text), most=MOST_CHARACTERS))])
    try:
        keys = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        reason = _("this is no TOML: {error}").format(error=error)
        raise BadSettingsError([Fault("", "", reason, int(place[1]) if place else None)]) from error
    lines = find_lines(text)
    return _placed(lambda: convert(keys, is_known), lines)


def convert(keys: dict[str, Any], is_known: IsKnown) -> HubSettings:
    """Give settings from tables and values; these are changed. Raises: BadSettingsError."""
    faults: list[Fault] = []
    while True:
        try:
            settings = msgspec.convert(keys, HubSettings)
            break
        except msgspec.ValidationError as error:
            path, reason = _explain(str(error))
            path = _named(keys, path, _type_at(path))
            faults.append(Fault(shown_path(path), _shown_value(keys, path), reason))
            if len(faults) >= MOST_FAULTS or not _take_out(keys, path):
                raise BadSettingsError(faults) from error
    faults += check_settings(settings, is_known)
    if faults:
        raise BadSettingsError(faults)
    return settings


def shown_path(path: Path) -> str:
    """Give a path as people write it, places counted from one: template[2].name."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _placed(read: Callable[[], HubSettings], lines: dict[Path, int]) -> HubSettings:
    """Give what is read, or its faults with their lines."""
    try:
        return read()
    except BadSettingsError as error:
        by_key = {shown_path(path): path for path in lines}
        placed = [structs.replace(one, line=_line(by_key, lines, one.key)) for one in error.faults]
        raise BadSettingsError(sorted(placed, key=lambda one: one.line or 0)) from error


def _line(by_key: dict[str, Path], lines: dict[Path, int], key: str) -> int | None:
    while key and key not in by_key:
        key = re.sub(r"(\.[^.\[]*|\[[^\]]*\]|^[^.\[]*)$", "", key)
    return line_of(lines, by_key[key]) if key else None


def _explain(message: str) -> tuple[Path, str]:
    """Give the path and the reason of what msgspec says."""
    place = _AT.search(message)
    path: Path = tuple(
        name or (int(number) if number.isdecimal() else ANY)
        for name, number in _PART.findall(place[1] if place else "")
    )
    unknown = _UNKNOWN.search(message)
    if unknown:
        known = _keys_of(_type_at(path))
        near = difflib.get_close_matches(unknown[1], known, n=1)
        said = _("there is no such key; there are {keys}").format(keys=", ".join(known))
        meant = " " + _("(did you mean {name}?)").format(name=near[0]) if near else ""
        return (*path, unknown[1]), said + meant
    missing = _MISSING.search(message)
    if missing:
        return path, _("it lacks the key {key}").format(key=missing[1])
    return path, _("give {kind}").format(kind=_kind(_type_at(path)))


def _type_at(path: Path) -> inspect.Type:
    """Give the type that a place of the document must have."""
    found: inspect.Type = inspect.type_info(HubSettings)
    for part in path:
        if isinstance(found, inspect.StructType):
            found = next((field.type for field in found.fields if field.name == part), found)
        elif isinstance(found, inspect.VarTupleType):
            found = found.item_type
        elif isinstance(found, inspect.DictType):
            found = found.value_type
        if isinstance(found, inspect.Metadata):
            found = found.type
    return found


def _keys_of(kind: inspect.Type) -> list[str]:
    return [field.name for field in kind.fields] if isinstance(kind, inspect.StructType) else []


def _kind(kind: inspect.Type) -> str:
    """Say what may stand at a place."""
    said = _("a table of keys and values")
    match kind:
        case inspect.LiteralType(values=values):
            said = _("one of {values}").format(values=", ".join(map(str, values)))
        case inspect.BoolType():
            said = _("true or false")
        case inspect.IntType(ge=least, le=most):
            said = _("a whole number from {least} to {most}").format(least=least, most=most)
        case inspect.StrType(pattern=str()):
            said = _("a colour of the form #rrggbb, such as #0b57a4, or nothing")
        case inspect.StrType(max_length=int(most)):
            said = _("a text of at most {most} characters, in quotes").format(most=most)
        case inspect.StrType():
            said = _("a text in quotes")
        case inspect.VarTupleType(max_length=int(most)):
            said = _("a list of at most {most} things, in [brackets]").format(most=most)
        case inspect.VarTupleType():
            said = _("a list, in [brackets]")
        case _:
            pass
    return said


def _named(keys: object, path: Path, kind: inspect.Type) -> Path:
    """Give a path with the names of those keys that msgspec leaves out: under which something is not of a kind."""
    if not path:
        return ()
    first, rest = path[0], path[1:]
    if first != ANY:
        return (first, *(_named(_below(keys, first), rest, kind) if rest else ()))
    pairs = keys.items() if isinstance(keys, dict) else ()
    if rest:
        return next(((key, *found) for key, value in pairs if (found := _named(value, rest, kind))), ())
    right = str if isinstance(kind, inspect.StrType) else dict
    return next(((key,) for key, value in pairs if not isinstance(value, right)), ())


def _below(keys: object, part: str | int) -> object:
    match keys, part:
        case dict(), str():
            return keys[part]
        case list(), int():
            return keys[part]
        case _:
            return None


def _shown_value(keys: object, path: Path) -> str:
    for part in path:
        keys = _below(keys, part)
    return "" if isinstance(keys, dict | list) else repr(keys)


def _take_out(keys: object, path: Path) -> bool:
    """Take away what is wrong, so that the rest can be looked at; not a place of a list, by which others would move."""
    for part in path[:-1]:
        keys = _below(keys, part)
    if not path or not isinstance(keys, dict):
        return False
    del keys[path[-1]]
    return True
