"""What a hub makes its own: read, checked and written as one TOML document, and kept in the store with its logo."""

from search_api.hub_settings.document import (
    PLACES,
    Colours,
    CommentSettings,
    ContributionSettings,
    HubSettings,
    TemplateProperty,
    text_of,
)
from search_api.hub_settings.keeping import KeptSettings, Look

__all__ = [
    "PLACES",
    "Colours",
    "CommentSettings",
    "ContributionSettings",
    "HubSettings",
    "KeptSettings",
    "Look",
    "TemplateProperty",
    "text_of",
]
