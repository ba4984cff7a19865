"""The texts of the code: what the catalogues must have, found by gettext's names for them and in tables of others."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir

from harvester.values.relations import RELATIONS
from harvester.values.types import TERM_TABLES, terms_of
from indexer.fields import FIELDS

KEYWORDS: Final = {"_": None, "_n": (1, 2), "N_": None}


def extract_texts() -> Catalog:
    """Give all texts of the pages, each with its plural where it has one, none translated.

    Constants of packages below are no calls of `N_`: what they are is listed here.
    """
    found = Catalog()
    for message in (*_called(), *_named()):
        found.add(message)
    return found


def _called() -> Iterator[str | tuple[str, ...]]:
    with_python = [("**.py", "python")]
    folder = Path(str(files("search_api")))
    for _file, _line, message, _comments, _context in extract_from_dir(folder, with_python, keywords=KEYWORDS):
        yield message


def _named() -> Iterator[str]:
    """Yield the labels of properties, and those of relations from the other side; terms; and places of workers."""
    fields = [(field.label, field.alternate) for field in FIELDS.values()]
    relations = [(relation.label, relation.alternate) for relation in RELATIONS.values()]
    yield from (text for labels in (*fields, *relations) for text in labels if text)
    yield from (term for name in TERM_TABLES for term in sorted(terms_of(name)))
    yield "Operator"
