"""Checking a mapping file: every mistake in it, each with its line and its field, not only the first."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from harvester.crosswalk.mapping import (
    TARGETS,
    MappingError,
    MappingFile,
    Rule,
    compile_rules,
    known_formats,
    read_rules,
)
from harvester.crosswalk.overlay import MAX_CHARACTERS, Overlay
from harvester.errors import FatalError, cut
from harvester.toml_lines import Path, find_lines, line_of

LISTS: Final = ("rules", "own", "add", "replace")
TEXTS: Final = ("extends", "format", "root")
_PLACE: Final = re.compile(r"\(at line (\d+), column \d+\)")
_AT: Final = re.compile(r" - at `\$\.?([^`]*)`")
_UNKNOWN: Final = re.compile(r"unknown field `([^`]*)`")
_RULE: Final = re.compile(r"mapping .*?: rule 1 \(.*?\): ", re.DOTALL)


class Mistake(Struct, frozen=True):
    """Something in a mapping file that it cannot mean: on which line, in which field, such as `add[2].to`, and why."""

    line: int | None
    field: str
    reason: str


class MistakenMappingError(FatalError):
    """A mapping file with mistakes, each with its line."""

    def __init__(self, name: str, mistakes: Sequence[Mistake]) -> None:
        super().__init__("; ".join(told(name, mistake) for mistake in mistakes))
        self.name = name
        self.mistakes = tuple(mistakes)


def told(name: str, mistake: Mistake) -> str:
    """Give a mistake in words: file, line, field and reason."""
    place = f"{name}:{mistake.line}" if mistake.line else name
    return f"{place}: {mistake.field}: {mistake.reason}" if mistake.field else f"{place}: {mistake.reason}"


def check_mapping(text: str) -> list[Mistake]:
    """Give the mistakes of a whole mapping, or of an overlay, in the order of their lines."""
    if len(text) > MAX_CHARACTERS:
        return [Mistake(None, "", f"is {len(text):,} characters long: {MAX_CHARACTERS:,} are allowed")]
    try:
        keys: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        return [Mistake(int(place[1]) if place else text.count("\n") + 1, "", f"is no TOML: {error}")]
    lines = find_lines(text)
    found = [*_check_keys(keys), *_check_rules(keys)]
    if "extends" in keys:
        found += _check_changes(keys)
    placed = [Mistake(line_of(lines, path), _field(path), reason) for path, reason in found]
    return sorted(placed, key=lambda mistake: mistake.line or 0)


def _check_keys(keys: dict[str, object]) -> Iterable[tuple[Path, str]]:
    """Yield what is wrong at the top of a file."""
    kind = Overlay if "extends" in keys else MappingFile
    known = kind.__struct_fields__
    for key in keys:
        if key not in known:
            yield (key,), f"is no key of such a file; use {', '.join(known)}{_nearest(key, known)}"
    missing = [field.name for field in msgspec.structs.fields(kind) if field.required and field.name not in keys]
    if missing and kind is MappingFile:
        yield (), f"lacks {', '.join(missing)} (or says which format it `extends`)"
    for name in known:
        value = keys.get(name)
        if name in TEXTS and value is not None and not isinstance(value, str):
            yield (name,), "is to be a text"
        if name in (*LISTS, "drop") and value is not None and not isinstance(value, list):
            yield (name,), "is to be a list"
    paths = keys.get("drop")
    for number, path in enumerate(paths if isinstance(paths, list) else ()):
        if not isinstance(path, str):
            yield ("drop", number), 'is to be a path in quotes, such as "publisher"'
    rest = {name: value for name, value in keys.items() if name in known and name not in (*TEXTS, *LISTS, "drop")}
    try:
        compile_rules("", msgspec.convert({"format": "", "root": "", **rest}, MappingFile))
    except (msgspec.ValidationError, MappingError) as error:
        place = _AT.search(str(error))
        yield tuple((place[1] if place else "").split(".")[:1]), _AT.sub("", str(error)).removeprefix("mapping : ")


def _check_rules(keys: dict[str, object]) -> Iterable[tuple[Path, str]]:
    """Yield what is wrong in each rule."""
    for name in LISTS:
        rules = keys.get(name)
        seen: dict[bytes, int] = {}
        for number, raw in enumerate(rules if isinstance(rules, list) else ()):
            before = seen.setdefault(msgspec.json.encode(raw, order="sorted"), number)
            if before != number:
                yield (name, number), f"says the same as {name}[{before + 1}]"
            for field, reason in _check_rule(raw):
                yield (name, number, *field), reason


def _check_rule(raw: object) -> Iterable[tuple[Path, str]]:
    try:
        rule = msgspec.convert(raw, Rule)
    except msgspec.ValidationError as error:
        yield _explain(str(error))
        return
    if rule.to not in TARGETS:
        near = _nearest(rule.to, TARGETS)
        yield ("to",), f"{cut(rule.to)!r} is no target; use one of {', '.join(sorted(TARGETS))}{near}"
        return
    try:
        compile_rules("", MappingFile("", "", (rule,)))
    except MappingError as error:
        yield ("path",), _RULE.sub("", str(error))


def _explain(message: str) -> tuple[Path, str]:
    """Give the field and the reason of what msgspec says of a rule."""
    place = _AT.search(message)
    field: Path = tuple(place[1].split(".")[:1]) if place and place[1] else ()
    reason = _AT.sub("", message)
    unknown = _UNKNOWN.search(message)
    if unknown:
        known = Rule.__struct_fields__
        reason = f"is no key of a rule; use {', '.join(known)}{_nearest(unknown[1], known)}"
        return (*field, unknown[1]), reason
    return field, reason[:1].lower() + reason[1:]


def _check_changes(keys: dict[str, object]) -> Iterable[tuple[Path, str]]:
    """Yield what an overlay would change that is not there, or add that is there already."""
    extends = keys["extends"]
    if extends not in known_formats():
        near = _nearest(str(extends), known_formats())
        yield ("extends",), f"there is no format {cut(str(extends))!r}; use one of {', '.join(known_formats())}{near}"
        return
    file = read_rules(str(extends))
    base = (*file.rules, *file.own)
    paths = {rule.path for rule in base}
    for name, number, path in (*_named(keys, "drop"), *_named(keys, "replace")):
        if path not in paths:
            place: Path = (name, number, "path") if name == "replace" else (name, number)
            yield place, f"{extends} has no rule for {cut(path)!r}{_nearest(path, paths)}"
    whole = {msgspec.json.encode(msgspec.to_builtins(rule), order="sorted") for rule in base}
    added = keys.get("add")
    for number, raw in enumerate(added if isinstance(added, list) else ()):
        try:
            rule = msgspec.convert(raw, Rule)
        except msgspec.ValidationError:
            continue
        if msgspec.json.encode(msgspec.to_builtins(rule), order="sorted") in whole:
            yield ("add", number), f"{extends} has this rule already"


def _named(keys: dict[str, object], name: str) -> Iterable[tuple[str, int, str]]:
    """Yield the paths that a list of an overlay names, with their places."""
    listed = keys.get(name)
    for number, raw in enumerate(listed if isinstance(listed, list) else ()):
        path = raw.get("path") if isinstance(raw, dict) else raw
        if isinstance(path, str):
            yield name, number, path


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _field(path: Path) -> str:
    """Give a path as people write it, places counted from one: add[2].to."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text
