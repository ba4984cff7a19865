"""The values of an item in words: what a person sees of a property, and may write in its place."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from harvester.item import Identifier, Link, Metadata
from harvester.values.relations import RELATIONS


def words_of(item: Metadata, name: str) -> tuple[str, ...]:
    """Give the values of a property as texts that an edit takes, in their order; none where it has none.

    A citation that we wrote ourselves is none, and the own DOI is no value of `identifier`.
    """
    return tuple(words for words, _ in worded_values(item, name))


def worded_values(item: Metadata, name: str) -> tuple[tuple[str, Any], ...]:
    """Give the values of a property, each with its words; likewise."""
    if name in RELATIONS:
        found: Sequence[Any] = [link for link in item.links if link.relation == name]
        pairs = [(_of_link(link), link) for link in found]
    elif name in READERS:
        field, word = READERS[name]
        value = field(item)
        pairs = [(word(one), one) for one in value]
    else:
        pairs = [(text, text) for text in item.extra.get(name, ())]
    return tuple((words, value) for text, value in pairs if (words := one_line(text)))


def one_line(text: str) -> str:
    """Give a text as one line: a browser's text box may hold several, a value is one."""
    return " ".join(text.split())


def _of_link(link: Link) -> str:
    return link.doi or link.url or link.title or ""


def _is_other(item: Metadata, one: Identifier) -> bool:
    return not (one.scheme == "doi" and one.value == item.doi)


def _itself(text: str) -> str:
    return text


def _one(value: Any) -> Sequence[Any]:  # noqa: ANN401 - a value of any field
    return () if value is None else (value,)


Reader = tuple[Callable[[Metadata], Sequence[Any]], Callable[[Any], str]]

READERS: Final[dict[str, Reader]] = {
    "title": (lambda item: item.title, lambda one: one.value),
    "alternative": (lambda item: item.alternative, lambda one: one.value),
    "abstract": (lambda item: item.abstract, lambda one: one.value),
    "description": (lambda item: item.description, lambda one: one.value),
    "creator": (lambda item: item.creator, lambda one: one.name),
    "contributor": (lambda item: item.contributor, lambda one: one.name),
    "date": (lambda item: _one(item.date), lambda one: one.edtf or one.literal),
    "volume": (lambda item: _one(item.volume), _itself),
    "issue": (lambda item: _one(item.issue), _itself),
    "pages": (lambda item: _one(item.pages), lambda one: one.literal),
    "container": (lambda item: _one(item.container), lambda one: one.title),
    "publisher": (lambda item: item.publisher, _itself),
    "resource_type": (lambda item: item.resource_type, lambda one: one.label),
    "resource_status": (lambda item: item.resource_status, lambda one: one.label),
    "genre": (lambda item: item.genre, lambda one: one.label),
    "funder": (lambda item: [one.funder or "" for one in item.funding], _itself),
    "grant_number": (lambda item: [one.number or "" for one in item.funding], _itself),
    "citation": (
        lambda item: _one(item.citation if item.citation and item.citation.origin != "generated" else None),
        lambda one: one.text,
    ),
    "doi": (lambda item: _one(item.doi), _itself),
    "identifier": (lambda item: [one for one in item.identifier if _is_other(item, one)], lambda one: one.value),
    "language": (lambda item: item.language, lambda one: one.tag or one.literal),
    "subject": (lambda item: item.subject, lambda one: one.value),
    "rights": (lambda item: item.rights, lambda one: one.label),
    "access": (lambda item: _one(item.access), lambda one: one.label),
}
"""Where an item has the values of a property that is edited, and the words of each."""
