"""Mappings: data that say which element of a format gives which reading, compiled once into a walk over the children.

A mapping is a TOML file (`mappings/<format>.toml`) with a closed list of keys; nothing in it is ever executed.
Elements are matched by local name, so every namespace version of a format is read alike. What no rule names is kept
under its own name.
"""

import functools
import re
from importlib import resources
from typing import Final

import msgspec
import msgspec.toml
from msgspec import Struct

from harvester.errors import FatalError, cut

FORMATS: Final = ("oai_dc", "oai_datacite")
STEP: Final = re.compile(
    r"(?P<name>[\w.-]+|\*|\.)(?:\[@(?P<attribute>[\w:.-]+)='(?P<value>[^']*)'\])?|@(?P<only>[\w:.-]+)"
)
TARGETS: Final = frozenset(
    {"title", "alternative", "creator", "contributor", "subject", "description", "publisher", "date", "type"}
    | {"type_general", "identifier", "doi", "source", "relation", "link", "language", "rights", "citation"}
    | {"volume", "issue", "pages", "issn", "funding", "related_item"}
)


class MappingError(FatalError):
    """A mapping file that says something it cannot mean; names the file and the rule."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"mapping {name}: {reason}")
        self.name = name


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a mapping: the elements at `path` give readings for `to`.

    path: steps of local names from the root, `*` for any, each with an optional [@attribute='value'], ending in
    @attribute if wanted.
    kind: what kind of value it is, or, beginning with @, the attribute that says so; `kinds` renames what the
    attribute says.
    parts: named parts of a structured value by their own paths (`.` is the element's own text). split: separates
    several values.
    """

    path: str
    to: str
    kind: str = ""
    kinds: dict[str, str] = {}
    parts: dict[str, str] = {}
    split: str = ""


class MappingFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping as written: the local name of the format's root element, and its rules."""

    format: str
    root: str
    rules: tuple[Rule, ...]


class Step(Struct, frozen=True):
    """One compiled step of a path; an empty name is the element itself or, with `only`, its attribute."""

    name: str
    attribute: str = ""
    value: str = ""
    only: str = ""


class Compiled(Struct, frozen=True):
    """A rule with its paths compiled; `attribute` is the attribute that its path ends in."""

    rule: Rule
    attribute: str
    wants: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, tuple[Step, ...]], ...]


class Node:
    """A place in the walk: the rules that end here and the names below.

    `plain` is the target where all that is wanted of an element is its text; `known` remembers full tags, and
    `plain_tags` the targets of those that are plain.
    """

    def __init__(self) -> None:
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
    """A compiled mapping."""

    name: str
    root: str
    top: Node


def load_mapping(name: str) -> Mapping:
    """Load a mapping of ours by the name of its format. Raises: MappingError."""
    return compile_rules(name, read_rules(name))


@functools.cache
def find_mapping(metadata_prefix: str, root_tag: str) -> Mapping:
    """Give the mapping for a record.

    By its metadataPrefix, else by its root element, else one without rules that keeps everything.
    """
    mappings = {name: load_mapping(name) for name in FORMATS}
    if metadata_prefix in mappings:
        return mappings[metadata_prefix]
    root = local_name(root_tag)
    return next(
        (mapping for mapping in mappings.values() if mapping.root == root), Mapping(metadata_prefix, root, Node())
    )


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


def compile_mapping(name: str, content: bytes) -> Mapping:
    """Compile a mapping file. Raises: MappingError naming the rule that is wrong."""
    return compile_rules(name, decode_mapping(name, content))


def compile_rules(name: str, file: MappingFile) -> Mapping:
    """Compile a mapping that is read already. Raises: MappingError naming the rule that is wrong."""
    top = Node()
    for number, rule in enumerate(file.rules, start=1):
        if rule.to not in TARGETS:
            raise MappingError(
                name, f"rule {number} ({rule.path}): {rule.to!r} is no target; use one of {sorted(TARGETS)}"
            )
        try:
            _insert(top, rule)
        except ValueError as error:
            raise MappingError(name, f"rule {number} ({rule.path}): {error}") from error
    return Mapping(file.format, file.root, top)


def local_name(tag: str) -> str:
    """Give a tag without its namespace."""
    return tag[tag.index("}") + 1 :] if tag.startswith("{") else tag


def _insert(top: Node, rule: Rule) -> None:
    steps = _steps(rule.path)
    attribute = steps[-1].only
    node = top
    wants: list[tuple[str, str]] = []
    for step in steps:
        if step.only:
            break
        node = node.below.setdefault(step.name, Node())
        wants = [(step.attribute, step.value)] if step.attribute else []
    parts = tuple((name, _steps(path)) for name, path in rule.parts.items())
    node.rules.append(Compiled(rule, attribute, tuple(wants), parts))
    structured = attribute or wants or parts or rule.kind or rule.split or len(node.rules) > 1
    node.plain = "" if structured else rule.to


def _steps(path: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    for text in path.split("/"):
        match = STEP.fullmatch(text)
        if match is None or (steps and steps[-1].only):
            raise ValueError(f"{cut(text)!r} is no step of a path")
        name, attribute, value, only = (match[group] or "" for group in ("name", "attribute", "value", "only"))
        steps.append(Step(name, attribute, value, only))
    return tuple(steps)
