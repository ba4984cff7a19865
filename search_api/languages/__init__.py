"""The languages of the pages: which there are, which a request is answered in, and texts, numbers and times in it."""

from search_api.languages.choosing import Languages, current_language, language_links
from search_api.languages.speaking import N_, _, _n, show_date, show_number, show_time

__all__ = [
    "N_",
    "Languages",
    "_",
    "_n",
    "current_language",
    "language_links",
    "show_date",
    "show_number",
    "show_time",
]
