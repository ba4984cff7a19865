"""Did you mean: a search that finds nothing, with its unknown words in a spelling that the index has."""

import re
from typing import Final

from msgspec import structs

from indexer.index import Index
from indexer.query import Query, Sort
from indexer.text import Words, iter_words, parse_text
from indexer.tokens import tokens

MOST_WORDS: Final = 8
"""Each word that is not known costs a search or two."""

_WORD: Final = re.compile(r"\w+")


def correct(index: Index, query: Query) -> str:
    """Give another text that finds something, "" where there is none. Raises: IndexUnavailableError."""
    alone = structs.replace(query, facets=(), filters=(), size=0, sort=Sort(), after=None, offset=0, by_work=False)
    asked = [words for words in iter_words(parse_text(query.text)) if len(words.tokens) == 1 and not words.prefix]
    better: dict[str, str] = {}
    for words in asked[:MOST_WORDS]:
        found = _nearest(index, alone, words)
        if found:
            better[words.tokens[0]] = found
    if not better:
        return ""
    text = _WORD.sub(lambda match: better.get("".join(tokens(match[0])), match[0]), query.text)
    return text if index.search(structs.replace(alone, text=text, filters=query.filters)).total else ""


def _nearest(index: Index, alone: Query, words: Words) -> str:
    (word,) = words.tokens
    if index.search(structs.replace(alone, text=f'"{word}"')).total:
        return ""
    return next(iter(index.near_words(word)), "")
