"""Who wins, field by field: the table `precedence.toml`, and the choice by its rules.

A choice depends on the sources alone, never on the order in which they came.
"""

import functools
import tomllib
from collections.abc import Callable, Iterable, Sequence
from importlib import resources
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from harvester.item import Funding, Identifier, Metadata, Provenance, Subject, Text

Kind = Literal["record", "registry"]
RuleName = Literal["first", "unite", "longest", "most", "fuller", "particular"]

NAMES: Final = tuple(name for name in Metadata.__struct_fields__ if name != "origin")
EMPTY: Final = Metadata()


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """How a field is decided: see the head of the table."""

    rule: RuleName = "first"
    sources: tuple[Kind, ...] = msgspec.field(name="from", default=("record", "registry"))
    labels: tuple[str, ...] = ()


class Precedence(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole table."""

    formats: tuple[str, ...]
    fields: dict[str, Rule]


class Source(Struct, frozen=True):
    """One that describes a work: a record (with where it is from), or the registry of a DOI."""

    kind: Kind
    metadata: Metadata
    record: Provenance | None = None
    doi: str | None = None


class Choice(Struct, frozen=True):
    """The value of a field, the rule it was chosen by, and the sources that gave it."""

    value: Any
    rule: RuleName
    givers: tuple[Source, ...]


@functools.cache
def load_precedence() -> Precedence:
    """Load the table. Raises: msgspec.ValidationError where it has not the form of one."""
    content = resources.files("harvester").joinpath("tables", "precedence.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(content), Precedence)


def rank_format(metadata_prefix: str) -> int:
    """Give the place of a format: 0 says most, oai_dc is last."""
    formats = load_precedence().formats
    if metadata_prefix in formats:
        return formats.index(metadata_prefix)
    return len(formats) + (metadata_prefix == "oai_dc")


def merge(sources: Sequence[Source]) -> Metadata:
    """Join what several sources say of one work; of one kind, those that say most come first."""
    choices = {name: choose(name, sources) for name in NAMES}
    values = {name: choice.value for name, choice in choices.items()}
    return Metadata(**values, origin=_origin(choices))


def choose(name: str, sources: Sequence[Source]) -> Choice:
    """Decide a field."""
    rule = load_precedence().fields.get(name, Rule())
    asked = [source for kind in rule.sources for source in sources if source.kind == kind]
    given = [source for source in asked if getattr(source.metadata, name)]
    if not given:
        return Choice(getattr(EMPTY, name), rule.rule, ())
    if rule.rule == "unite":
        values = [getattr(source.metadata, name) for source in given]
        return Choice(_unite_extra(values) if name == "extra" else unite(values), "unite", tuple(given))
    winner = _PICKERS[rule.rule](name, given, rule)
    return Choice(getattr(winner.metadata, name), rule.rule, (winner,))


def unite(given: Iterable[Sequence[Any]]) -> tuple[Any, ...]:
    """Join the values of several sources, the richest first; what a later one only repeats is left out."""
    united: list[Any] = []
    for values in given:
        united += [value for value in dict.fromkeys(values) if not any(_repeats(value, before) for before in united)]
    return tuple(united)


def _unite_extra(given: Sequence[dict[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    names = dict.fromkeys(name for extra in given for name in extra)
    return {name: unite([extra.get(name, ()) for extra in given]) for name in names}


def _fold(text: str | None) -> str:
    return " ".join((text or "").casefold().split())


def _repeats(value: object, before: object) -> bool:
    """Tell whether a value says nothing that a richer source has not said in its form of it."""
    match value, before:
        case Subject(), Subject():
            return value.value == before.value and value.scheme in {None, before.scheme}
        case Identifier(), Identifier():
            return (value.scheme, value.value) == (before.scheme, before.value)
        case Funding(), Funding():
            return (_fold(value.funder), _fold(value.number)) == (_fold(before.funder), _fold(before.number))
    return value == before


def _first(_name: str, given: Sequence[Source], _rule: Rule) -> Source:
    return given[0]


def _longest(name: str, given: Sequence[Source], _rule: Rule) -> Source:
    return max(given, key=lambda source: len(_words(source, name)))


def _most(name: str, given: Sequence[Source], _rule: Rule) -> Source:
    return max(given, key=lambda source: len(getattr(source.metadata, name)))


def _fuller(name: str, given: Sequence[Source], _rule: Rule) -> Source:
    first = _words(given[0], name).casefold()
    fuller = [
        source for source in given[1:] if source.kind != given[0].kind and first in _words(source, name).casefold()
    ]
    return max([given[0], *fuller], key=lambda source: len(_words(source, name)))


def _particular(name: str, given: Sequence[Source], rule: Rule) -> Source:
    def says(source: Source) -> bool:
        return any(term.label.lower() in rule.labels for term in getattr(source.metadata, name))

    return next((source for source in given if source.kind == "record" and says(source)), given[0])


def _words(source: Source, name: str) -> str:
    texts: Sequence[Text] = getattr(source.metadata, name)
    return " ".join(text.value for text in texts)


_PICKERS: Final[dict[RuleName, Callable[[str, Sequence[Source], Rule], Source]]] = {
    "first": _first,
    "longest": _longest,
    "most": _most,
    "fuller": _fuller,
    "particular": _particular,
}


def _origin(choices: dict[str, Choice]) -> dict[str, str]:
    """Give a field's origin: what its record says of it, or `registry`; a record's own element has none."""
    origin: dict[str, str] = {}
    for name, choice in choices.items():
        if not choice.givers:
            continue
        giver = choice.givers[0]
        said = "registry" if giver.kind == "registry" else giver.metadata.origin.get(name)
        if said is not None:
            origin[name] = said
    return origin
