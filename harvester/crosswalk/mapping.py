"""Mappings: data that say which element of a format gives which reading, compiled once into a walk over the children.

A mapping is a TOML file (`mappings/<format>.toml`) with a closed list of keys; nothing in it is ever executed.
Elements are matched by local name, so every namespace version of a format is read alike. What no rule names is kept
under its own name.
"""

import functools
import itertools
import re
from collections.abc import Iterator
from importlib import resources
from typing import Final

import msgspec
import msgspec.toml
from msgspec import Struct, structs

from harvester.errors import FatalError, cut

FIRST: Final = ("oai_dc", "oai_datacite")  # asked before all others where two formats have a root of one name
STEP: Final = re.compile(
    r"(?P<name>[\w.-]+(?:\|[\w.-]+)*|\*|\.)(?P<conditions>(?:\[@[\w:.-]+='[^']*'\])*)|@(?P<only>[\w:.-]+)"
)
CONDITION: Final = re.compile(r"\[@([\w:.-]+)='([^']*)'\]")
SLASH: Final = re.compile(r"/(?![^\[\]]*\])")  # not that of an address in a condition
MAX_PATTERN: Final = 200
TARGETS: Final = frozenset(
    {"title", "alternative", "creator", "contributor", "subject", "description", "publisher", "date", "type"}
    | {"type_general", "identifier", "doi", "source", "relation", "link", "language", "rights", "citation"}
    | {"volume", "issue", "pages", "issn", "isbn", "funding", "related_item", "agent", "drop"}
    | {
        "language_coded",
        "publisher_coded",
        "status",
        "genre",
        "funder",
        "grant_number",
        "version_of_record",
        "property",
    }
)


class MappingError(FatalError):
    """A mapping file that says something it cannot mean; names the file and the rule."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"mapping {name}: {reason}")
        self.name = name


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a mapping: the elements at `path` give readings for `to`.

    path: steps of local names from the root, `*` for any, `a|b` for either, the last with any number of
    [@attribute='value'] ('a|b' is either, '' is none), ending in @attribute if wanted.
    kind: what kind of value it is, or, beginning with @, the attribute that says so; `kinds` renames what the
    attribute says, its `*` whatever is not named. Of a `property` it is the name.
    parts: named parts of a structured value by their own paths (`.` is the element's own text); the part `ref` names
    one of the things that the record itself describes, see `known`. split: separates several values; `people` stands
    for the commas and the "and" of a list of names with places of work in brackets.
    text: the path of the texts that make the value (`a|b` is either name), joined by `join`, or by what `joins` says
    for a name or code. chars: only these characters, counted from 0, the last not included ([7, 11]). values: what
    the text is to become; any other gives nothing. pattern: a text without a match gives nothing; one group is taken.
    trim: characters taken off the end. const: what any text becomes. To `drop` is to give up what stands there,
    with a pattern only where the text has it.
    """

    path: str
    to: str
    kind: str = ""
    kinds: dict[str, str] = {}
    parts: dict[str, str] = {}
    split: str = ""
    text: str = ""
    join: str = " "
    joins: dict[str, str] = {}
    chars: tuple[int, int] | None = None
    values: dict[str, str] = {}
    pattern: str = ""
    trim: str = ""
    const: str = ""


class Focus(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the work itself may stand in a record of several, and what type of work stands there."""

    path: str
    type: str = ""


class Described(Struct, frozen=True, forbid_unknown_fields=True):
    """Things that a record describes beside the work: where they stand, what they go by, and their parts."""

    path: str
    key: str
    parts: dict[str, str]


class Around(Struct, frozen=True, forbid_unknown_fields=True):
    """A value that stands outside the format's root element, in what a source wraps around it."""

    path: str
    to: str


class MappingFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping as written: the local name of the format's root element, and its rules.

    also: other prefixes and roots of the format, a root also as {namespace}name where its name alone is another's.
    named: elements that go by the values of these attributes, joined by dots, and not by their own name. nested: an
    element whose names only lead the names of what is in it. focus: the first that is there holds the work itself, and
    `own` has its rules; the others are what it is part of.
    wraps: formats of which one is inside. around: values outside the root, by paths from the payload's first element.
    known: what a record describes for its values to refer to.
    json: the text of the element is a JSON-LD object; paths are its terms, with a dot for the colon.
    """

    format: str
    root: str
    rules: tuple[Rule, ...] = ()
    also: tuple[str, ...] = ()
    named: dict[str, tuple[str, ...]] = {}
    nested: str = ""
    focus: tuple[Focus, ...] = ()
    own: tuple[Rule, ...] = ()
    wraps: tuple[str, ...] = ()
    known: tuple[Described, ...] = ()
    json: bool = False
    around: tuple[Around, ...] = ()


class Step(Struct, frozen=True):
    """One compiled step of a path; an empty name is the element itself or, with `only`, its attribute.

    `is_name` tells whether it is one name, and neither any (`*`), nor one of several, nor the element itself.
    """

    name: str
    wants: tuple[tuple[str, frozenset[str]], ...] = ()
    only: str = ""
    names: frozenset[str] = frozenset()
    is_name: bool = False


class Compiled(Struct, frozen=True):
    """A rule with its paths compiled; `attribute` is the attribute that its path ends in.

    `shaped` tells whether anything is to be done to its text.
    """

    rule: Rule
    attribute: str
    wants: tuple[tuple[str, frozenset[str]], ...]
    parts: tuple[tuple[str, tuple[Step, ...]], ...]
    text: tuple[Step, ...] = ()
    pattern: re.Pattern[str] | None = None
    shaped: bool = False


class Known(Struct, frozen=True):
    """Described things with their paths compiled."""

    path: tuple[Step, ...]
    key: tuple[Step, ...]
    parts: tuple[tuple[str, tuple[Step, ...]], ...]


class Node:
    """A place in the walk: the rules that end here and the names below.

    `plain` is the target where all that is wanted of an element is its text; `known` remembers full tags, and
    `plain_tags` the targets of those that are plain.
    """

    def __init__(self, named: dict[str, tuple[str, ...]] | None = None) -> None:
        self.named = named or {}
        self.dropped = False
        self.dropped_if: list[Compiled] = []
        self.rules: list[Compiled] = []
        self.below: dict[str, Node] = {}
        self.plain = ""
        self.known: dict[str, Node | None] = {}
        self.plain_tags: dict[str, str] = {}

    def child(self, tag: str) -> "Node | None":
        """Give the node of a child element by its full tag, None where no rule goes there."""
        try:
            return self.known[tag]
        except KeyError:
            node = self.known[tag] = self.below.get(local_name(tag)) or self.below.get("*")
            if node is not None and node.plain:
                self.plain_tags[tag] = node.plain
            return node


class Mapping(Struct, frozen=True):
    """A compiled mapping; `also`, `nested`, `focus`, `wraps`, `known`, `json` and `around` as in its file."""

    name: str
    root: str
    top: Node
    also: frozenset[str] = frozenset()
    nested: str = ""
    focus: tuple[tuple[tuple[Step, ...], str], ...] = ()
    own: Node | None = None
    wraps: tuple["Mapping", ...] = ()
    known: tuple[Known, ...] = ()
    json: bool = False
    around: tuple[tuple[str, tuple[Step, ...]], ...] = ()


@functools.cache
def load_mapping(name: str) -> Mapping:
    """Load a mapping of ours by the name of its format. Raises: MappingError."""
    return compile_rules(name, read_rules(name))


@functools.cache
def known_formats() -> tuple[str, ...]:
    """Give the names of all formats that have a mapping file, those asked first before the others."""
    folder = resources.files("harvester").joinpath("mappings")
    names = sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return (*FIRST, *(name for name in names if name not in FIRST))


@functools.cache
def find_mapping(metadata_prefix: str, root_tag: str) -> Mapping:
    """Give the mapping for a record.

    By its metadataPrefix if that is a format's own, else by its root element, else by a prefix that formats also go
    by, else one without rules that keeps everything.
    """
    mappings = {name: load_mapping(name) for name in known_formats()}
    root = local_name(root_tag)
    if metadata_prefix in mappings:
        return mappings[metadata_prefix]
    for name in (root_tag, root, metadata_prefix):
        for mapping in mappings.values():
            if name == mapping.root or name in mapping.also:
                return mapping
    return Mapping(metadata_prefix, root, Node())


def read_rules(name: str) -> MappingFile:
    """Give a mapping of ours as it is written. Raises: MappingError."""
    return decode_mapping(name, read_text(name).encode())


def read_text(name: str) -> str:
    """Give the text of a mapping of ours by the name of its format."""
    return resources.files("harvester").joinpath("mappings", f"{name}.toml").read_text(encoding="utf-8")


def decode_mapping(name: str, content: bytes) -> MappingFile:
    """Read a mapping file, without compiling it. Raises: MappingError."""
    try:
        return msgspec.toml.decode(content, type=MappingFile)
    except msgspec.DecodeError as error:
        raise MappingError(name, str(error)) from error


def compile_rules(name: str, file: MappingFile) -> Mapping:
    """Compile a mapping that is read already. Raises: MappingError naming the rule and the field that is wrong."""
    top, own = Node(file.named), Node(file.named)
    for list_name, node, rules in (("rule", top, file.rules), ("own", own, file.own)):
        for number, rule in enumerate(rules, start=1):
            _compile_rule(name, f"{list_name} {number}", node, rule)
    try:
        focus = tuple((_steps(entry.path), entry.type) for entry in file.focus)
        known = tuple(
            Known(_steps(entry.path), _steps(entry.key, "key"), _compile_parts(entry.parts)) for entry in file.known
        )
        around = tuple((entry.to, _steps(entry.path)) for entry in file.around)
    except ValueError as error:
        raise MappingError(name, f"focus, known or around: {error}") from error
    if unknown := {to for to, _ in around} - TARGETS:
        raise MappingError(name, f"around: {sorted(unknown)} are no targets; use {sorted(TARGETS)}")
    wraps = tuple(load_mapping(wrapped) for wrapped in file.wraps)
    also = frozenset(file.also)
    return Mapping(file.format, file.root, top, also, file.nested, focus, own, wraps, known, file.json, around)


def _compile_rule(name: str, place: str, top: Node, rule: Rule) -> None:
    if rule.to not in TARGETS:
        raise MappingError(name, f"{place} ({rule.path}): {rule.to!r} is no target; use one of {sorted(TARGETS)}")
    try:
        for steps in _alternatives(_steps(rule.path)):
            _insert(top, rule, steps)
    except (ValueError, re.error) as error:
        raise MappingError(name, f"{place} ({rule.path}): {error}") from error


@functools.cache
def local_name(tag: str) -> str:
    """Give a tag without its namespace."""
    return tag[tag.index("}") + 1 :] if tag.startswith("{") else tag


def _alternatives(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """Give the paths that a path with `a|b` stands for."""
    names = [step.name.split("|") for step in steps]
    for chosen in itertools.product(*names):
        yield tuple(structs.replace(step, name=name) for step, name in zip(steps, chosen, strict=True))


def _insert(top: Node, rule: Rule, steps: tuple[Step, ...]) -> None:
    attribute = steps[-1].only
    walked = steps[:-1] if attribute else steps
    node = top
    for step in walked:
        if step.name != ".":
            node = node.below.setdefault(step.name, Node(top.named))
    if any(step.wants for step in walked[:-1]):
        raise ValueError("path: only its last element may have a condition; name the rest in `parts`")
    if rule.to == "drop" and not rule.pattern:
        node.dropped = True
        return
    wants = walked[-1].wants if walked else ()
    compiled = Compiled(
        rule,
        attribute,
        wants,
        _compile_parts(rule.parts),
        _steps(rule.text, "text") if rule.text else (),
        _pattern(rule.pattern),
        shaped=bool(rule.chars or rule.values or rule.pattern or rule.trim or rule.const),
    )
    if rule.to == "drop":
        node.dropped_if.append(compiled)
        node.plain = ""
        return
    node.rules.append(compiled)
    structured = attribute or wants or compiled.parts or rule.kind or rule.split or rule.text or compiled.shaped
    node.plain = "" if structured or len(node.rules) > 1 or node.below or node.dropped_if else rule.to


def _compile_parts(parts: dict[str, str]) -> tuple[tuple[str, tuple[Step, ...]], ...]:
    return tuple((part, _steps(path, part)) for part, path in parts.items())


def _pattern(text: str) -> re.Pattern[str] | None:
    if len(text) > MAX_PATTERN:
        raise ValueError(f"pattern: longer than {MAX_PATTERN} characters")
    compiled = re.compile(text) if text else None
    if compiled is not None and compiled.groups > 1:
        raise ValueError("pattern: more than one group")
    return compiled


def _steps(path: str, field: str = "path") -> tuple[Step, ...]:
    steps: list[Step] = []
    for text in SLASH.split(path):
        match = STEP.fullmatch(text)
        if match is None or (steps and steps[-1].only):
            raise ValueError(f"{field}: {cut(text)!r} is no step of a path")
        wants = tuple(
            (attribute, frozenset(value.lower().split("|")))
            for attribute, value in CONDITION.findall(match["conditions"] or "")
        )
        name = match["name"] or ""
        names = frozenset(name.split("|"))
        steps.append(Step(name, wants, match["only"] or "", names, name not in {"", ".", "*"} and len(names) == 1))
    return tuple(steps)
