"""Two texts side by side, with the words that differ marked."""

import re
from difflib import SequenceMatcher
from typing import Final

from search_api.pages.markup import Html, element, join

WORDS: Final = re.compile(r"\s+|[^\W_]+|[\W_]")
MOST_WORDS: Final = 3_000
"""Of texts with more, all is marked: comparing them costs their product."""


def compare(old: str, new: str) -> tuple[Html, Html]:
    """Give both texts: the old one with what goes in <del>, the new one with what comes in <ins>."""
    before, after = WORDS.findall(old), WORDS.findall(new)
    if max(len(before), len(after)) > MOST_WORDS:
        return element("del", old), element("ins", new)
    left: list[Html] = []
    right: list[Html] = []
    for kind, begin, end, start, stop in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, come = "".join(before[begin:end]), "".join(after[start:stop])
        if kind == "equal":
            left.append(join(gone))
            right.append(join(come))
            continue
        left += [element("del", gone)] if gone else []
        right += [element("ins", come)] if come else []
    return join(*left), join(*right)
