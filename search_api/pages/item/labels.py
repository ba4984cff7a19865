"""What pages call a property: the hub's own label, else its usual one; a name that no table knows as words."""

import re
from collections.abc import Callable
from typing import Final

from indexer.fields import FIELDS, shown_label
from search_api.hub_settings import HubSettings
from search_api.languages import _, current_language

PLAIN_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


Labels = Callable[[str], str]


def labels_of(settings: HubSettings) -> Labels:
    """Give what gives the label of a property, in the language of the request."""
    language = current_language()
    own = {one.name: said for one in settings.template if (said := one.labels.get(language))}

    def label(name: str) -> str:
        if name in own:
            return own[name]
        if name in FIELDS:
            return _(shown_label(name))
        return name.replace("_", " ").capitalize() if PLAIN_NAME.fullmatch(name) else name

    return label
