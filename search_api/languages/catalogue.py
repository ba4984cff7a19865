"""The catalogues: one gettext file (.po) for each language, read once; the texts of the code are English."""

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ENGLISH: Final = "en"
NAMES: Final = {ENGLISH: "English", "de": "Deutsch"}
"""The languages that there are, with their own names."""


@cache
def catalogue(language: str) -> NullTranslations:
    """Give the texts of one of the languages."""
    if language == ENGLISH:
        return NullTranslations()
    with files("search_api.languages").joinpath("catalogues", f"{language}.po").open("rb") as file:
        said = read_po(file, locale=language)
    packed = io.BytesIO()
    write_mo(packed, said)
    packed.seek(0)
    return GNUTranslations(packed)
