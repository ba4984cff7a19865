"""Pages as sources write them: ranges, single pages, article numbers."""

import re
from typing import Final

from harvester.item import Pages

_WORDED: Final = re.compile(r"(?:pp?|pgs?|pages?|seiten?|str)\b\.?\s*|[sS]\.\s*", re.IGNORECASE)
_RANGE: Final = re.compile(
    r"([A-Za-z]{0,4}\d+(?:\.[\w]+)?[A-Za-z]?)\s*(?:[-‐‑‒–—−]+|\bto\b)\s*([A-Za-z]{0,4}\d+(?:\.[\w]+)?[A-Za-z]?)"
)
_ROMANS: Final = re.compile(r"([ivxlcdm]+)\s*[-‐‑‒–—−]+\s*([ivxlcdm]+|\d+)", re.IGNORECASE)
_SINGLE: Final = re.compile(r"[A-Za-z]{0,2}\d{1,5}[A-Za-z]{0,2}|[ivxlcdm]+", re.IGNORECASE)
_ARTICLE: Final = re.compile(r"[eE]\d{3,}|0\d{3,}|\d{6,}|[A-Za-z]{1,4}\d{4,}|\d{4,}[A-Za-z]|\d+\.\d+")
_ARTICLE_WORD: Final = re.compile(
    r"(?:article|art|paper|id|artikel)\.?\s*(?:(?:id|no|number|nr)\b\.?:?\s*)?(?=\w*\d)", re.IGNORECASE
)
_EXTENT: Final = re.compile(r"[\s\w,\[\]]*\d\]?(?:\s*(?:pp?|pgs?|pages?|seiten?|leaves)|\s+[slh])\.?", re.IGNORECASE)
_MAX_CHARACTERS: Final = 60


def parse_pages(text: str) -> Pages | None:
    """Give the pages of a text; None where it is empty, too long, or a number of pages ("250 p.").

    A shortened end is written out ("1082-9" ends on 1089). What is not understood keeps its literal alone.
    """
    literal = text.strip().strip(".,;: ")
    if len(literal) > _MAX_CHARACTERS or not (literal[:1].isalnum() or any(mark.isalnum() for mark in literal)):
        return None
    if literal[0].isdecimal():  # no word before it
        return None if _is_extent(literal) else _bare(literal, literal, in_words=False)
    article = _ARTICLE_WORD.match(literal)
    if article:
        return Pages(literal, article=literal[article.end() :])
    lead = _WORDED.match(literal)
    bare = literal[lead.end() :].strip() if lead else literal
    if not lead and _is_extent(bare):
        return None
    return _bare(literal, bare, in_words=lead is not None)


def _is_extent(text: str) -> bool:
    return not text[-1].isdigit() and _EXTENT.fullmatch(text) is not None


def _bare(literal: str, bare: str, *, in_words: bool) -> Pages | None:
    span = _RANGE.fullmatch(bare) or _ROMANS.fullmatch(bare)
    if span:
        return _span(literal, span[1], span[2])
    if _ARTICLE.fullmatch(bare) and not in_words:
        return Pages(literal, article=bare)
    if _SINGLE.fullmatch(bare):
        return Pages(literal, bare)
    return Pages(literal) if any(mark.isdigit() for mark in bare) else None


def _span(literal: str, start: str, end: str) -> Pages:
    if not (start.isdigit() and end.isdigit()):
        return Pages(literal, start, end)
    if len(end) < len(start):
        end = start[: len(start) - len(end)] + end
    count = int(end) - int(start) + 1
    return Pages(literal, start, end, count if count > 0 else None)
