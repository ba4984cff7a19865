"""Languages to BCP 47 tags, from codes of any ISO 639 part, names in many languages and the words of repositories."""

import functools
import re
from typing import Final

import langcodes
import language_data.names
from langcodes.tag_parser import LanguageTagError

from harvester.item import Language
from harvester.values.tables import fold, load_table

_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,4}")
_NAME: Final = re.compile(r"[^\W\d_][^\d_/;|]{2,60}")
_SEVERAL: Final = re.compile(r"[;,/|&+]|\s(?:and|und|et|y|e|en|ve|i|и)\s")
_INVERTED: Final = re.compile(r"([^,;/|]+), ([^,;/|]+)")  # as libraries write "English, Old"
_GENERIC: Final = re.compile(r"\s+(?:languages?|lang\.?|sprache)$", re.IGNORECASE)
_BRACKETS: Final = re.compile(r"\s*[(（][^()（）]*[)）]\s*$")


@functools.lru_cache(maxsize=4096)
def parse_language(text: str) -> Language:
    """Give a language's tag in canonical form ("eng" is "en", "en_US" is "en-US"); None where none is understood.

    One text is one language: several in one text are the caller's to split.
    """
    known = load_table("languages").get(fold(text))
    if known is not None:
        return Language(None if known.kind == "none" else known.label, text)
    return Language(_from_tag(text.strip()) or _from_name(text.strip()), text)


def is_known_language(text: str) -> bool:
    """Tell whether a text is understood: as a language, or as a word that stands for none."""
    known = load_table("languages").get(fold(text))
    return known is not None or all(language.tag is not None for language in parse_languages(text))


@functools.lru_cache(maxsize=4096)
def parse_languages(text: str) -> tuple[Language, ...]:
    """Give the languages of a text that may name several ("en fr", "English; Czech", "a dialect / Occitan").

    Where it is one language it is not split; of several, those that are understood are taken.
    """
    whole = parse_language(text)
    if whole.tag is not None or load_table("languages").get(fold(text)) is not None:
        return (whole,)
    inverted = _INVERTED.fullmatch(text.strip())
    if inverted and (turned := parse_language(f"{inverted[2]} {inverted[1]}")).tag is not None:
        return (Language(turned.tag, text),)
    words = text.replace(",", " ").replace(";", " ").split()
    if len(words) > 1 and all(len(word) in {2, 3} for word in words):
        parts = [parse_language(word) for word in words]
    else:
        parts = [parse_language(part.strip()) for part in _SEVERAL.split(text) if part.strip()]
    found = tuple(dict.fromkeys(part for part in parts if part.tag is not None))
    return found or (whole,)


@functools.lru_cache(maxsize=4096)
def language_label(tag: str) -> str:
    """Give a tag's English name ("en-US" is "English (United States)"); a tag that is none is its own label."""
    try:
        language = langcodes.Language.get(tag)
    except LanguageTagError:
        return tag
    return language.display_name("en") if language.is_valid() else tag


def _from_tag(text: str) -> str | None:
    if not _TAG.fullmatch(text):
        return None
    try:
        tag = langcodes.standardize_tag(text)
    except LanguageTagError:
        return None
    return tag if langcodes.tag_is_valid(tag) and not tag.startswith("und") else None


def _from_name(text: str) -> str | None:
    name = _BRACKETS.sub("", text)
    if not _NAME.fullmatch(name) or "\x00" in name:  # at NUL the table's search fails
        return None
    try:
        found = langcodes.find(name).to_tag()
    except LookupError:
        return None
    # It takes a name with anything behind it, too: "German studies", "Klingonish".
    names = language_data.names.TRIES["und/name_to_language"]
    whole = language_data.names.normalize_name(_GENERIC.sub("", name))
    return found if whole in names or language_data.names.normalize_name(name) in names else None
