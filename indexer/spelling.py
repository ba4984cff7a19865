"""Words that are spelled nearly alike."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from rapidfuzz.distance import OSA

MAX_EDITS: Final = 2
MIN_CHARACTERS: Final = 4


def near_words(word: str, texts: Iterable[str]) -> list[str]:
    """Give the tokens of texts that differ little from a word and begin alike: the nearest first, then the frequent."""
    if len(word) < MIN_CHARACTERS:
        return []
    counts = Counter(token for text in texts for token in set(text.split()) if token[0] == word[0] and token != word)
    near = {token: OSA.distance(word, token, score_cutoff=MAX_EDITS) for token in counts}
    fitting = [token for token, edits in near.items() if edits <= MAX_EDITS]
    return sorted(fitting, key=lambda token: (near[token], -counts[token], token))
