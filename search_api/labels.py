"""What pages call a property and its values: the hub's own label, else the usual one; an unknown name as words."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError

from harvester.values.types import terms_of
from indexer.fields import FIELDS, label, shown_label
from search_api.hub_settings import HubSettings
from search_api.languages import _, current_language

PLAIN_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")

Labels = Callable[[str], str]


def labels_of(settings: HubSettings) -> Labels:
    """Give what gives the label of a property, in the language of the request."""
    language = current_language()
    own = {one.name: said for one in settings.template if (said := one.labels.get(language))}

    def name_property(name: str) -> str:
        if name in own:
            return own[name]
        if name in FIELDS:
            return _(shown_label(name))
        return name.replace("_", " ").capitalize() if PLAIN_NAME.fullmatch(name) else name

    return name_property


def name_value(name: str, value: str) -> str:
    """Give what pages show of a value: a language by its name, a term of our tables in the language of the page."""
    if value in terms_of(name):
        return _(value)
    field = FIELDS.get(name)
    return _name_language(value, current_language()) if field and field.kind == "language" else value


@lru_cache(maxsize=4096)
def _name_language(tag: str, spoken: str) -> str:
    plain = Locale.parse(spoken).languages.get(tag.replace("-", "_"))
    if plain or "-" not in tag:
        return plain or label("language", tag)
    try:
        return Locale.parse(tag, sep="-").get_display_name(spoken) or label("language", tag)
    except (UnknownLocaleError, ValueError):
        return label("language", tag)
