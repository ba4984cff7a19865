"""What pages call properties and values: in the words of the hub's template, else in the language of the request."""

from functools import lru_cache

from babel import Locale

from indexer.fields import FIELDS, label, shown_label
from search_api.hub_settings import HubSettings
from search_api.languages import _, current_language


def name_property(settings: HubSettings, name: str) -> str:
    """Give what pages call a property."""
    labels = next((one.labels for one in settings.template if one.name == name), {})
    return labels.get(current_language()) or _(shown_label(name))


def name_value(name: str, value: str) -> str:
    """Give what pages show of a property's value: a language by its name, anything else as it is."""
    field = FIELDS.get(name)
    return _name_language(value, current_language()) if field and field.kind == "language" else value


def own_text(settings: HubSettings, place: str) -> str:
    """Give the hub's text for a place, in the language of the request, else in its first that has one."""
    languages = (current_language(), *settings.languages)
    return next((said for one in languages if (said := settings.texts.get(one, {}).get(place))), "")


@lru_cache(maxsize=4096)
def _name_language(tag: str, spoken: str) -> str:
    return Locale.parse(spoken).languages.get(tag.replace("-", "_")) or label("language", tag)
