"""The shape of vocabulary.toml: what the made-up records are put together from."""

from msgspec import Struct


class Topic(Struct, frozen=True):
    """A subject term, the set it belongs to, and how a title or an abstract mentions it."""

    label: str
    set: str
    phrase: str


class Journal(Struct, frozen=True):
    """An invented journal and the year of its first volume."""

    title: str
    first_year: int


class Funder(Struct, frozen=True):
    """A funder, one of its programmes, and the form of its grant numbers (one integer goes in)."""

    name: str
    programme: str
    number: str


class TitleGroup(Struct, frozen=True):
    """Titles that fit one genre; the slots are topic, setting, group, n."""

    genre: str
    patterns: tuple[str, ...]


class AbstractParts(Struct, frozen=True):
    """Sentences for the three parts of an abstract, with the slots of a title."""

    opening: tuple[str, ...]
    middle: tuple[str, ...]
    closing: tuple[str, ...]


class Spanish(Struct, frozen=True):
    """Titles and an abstract for the records in Spanish."""

    titles: tuple[str, ...]
    abstract: str


class Vocabulary(Struct, frozen=True):
    """The whole file."""

    topics: tuple[Topic, ...]
    settings: tuple[str, ...]
    people_groups: tuple[str, ...]
    family_names: tuple[str, ...]
    given_names: tuple[str, ...]
    journals: tuple[Journal, ...]
    books: tuple[str, ...]
    institutions: tuple[str, ...]
    funders: tuple[Funder, ...]
    licences: tuple[str, ...]
    titles: tuple[TitleGroup, ...]
    abstracts: AbstractParts
    spanish: Spanish
