"""Roles of people and organisations to one set of words, from MARC relators, DataCite and words of repositories."""

import functools

from harvester.values.tables import fold, load_table


@functools.lru_cache(maxsize=2048)
def find_role(text: str) -> str | None:
    """Give the normal form of a role ("ContactPerson" is "contact person", "aut" is "author"), None if unknown."""
    word = fold(text.rpartition("/")[2] if text.startswith(("http://", "https://")) else text)
    known = load_table("roles").get(word) or load_table("roles").get(word.removesuffix("s"))
    return known.label if known else None


def normal_role(text: str) -> str:
    """Give the normal form of a role, or its own words where no table knows it."""
    return find_role(text) or text
