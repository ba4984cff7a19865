"""What a hub makes its own: name, colours, facets, the template of its items, texts, and who may add to them."""

from typing import Final, Literal

from msgspec import Struct

DEFAULT_FACETS: Final = ("genre", "resource_type", "resource_status", "year", "language")
DEFAULT_TEMPLATE: Final = (
    *("title", "creator", "abstract", "description", "date", "volume", "issue", "pages", "container", "publisher"),
    *("resource_type", "resource_status", "genre", "funder", "grant_number", "citation", "doi", "subject", "language"),
    *("rights", "access"),
)
PLACES: Final = ("welcome", "footer", "about", "privacy")
"""Where a hub has texts of its own: on its first page, at the end of each, and pages about it."""


class TemplateProperty(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A property of the item page, in the order of the template; `labels` by language, none is the property's own.

    `editable`: forms for proposals offer it. `shown`: the item page has it.
    """

    name: str
    labels: dict[str, str] = {}
    editable: bool = True
    shown: bool = True


class Colours(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Colours of links and buttons as #rrggbb, on light and on dark ground; "" is that of the stylesheet."""

    light: str = ""
    dark: str = ""


class CommentSettings(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who may comment, and which comments wait for a moderator.

    A `question` with its `answer` is put to visitors; none where it is empty. `per_hour` is for each visitor.
    """

    writers: Literal["anyone", "users", "nobody"] = "anyone"
    moderated: Literal["all", "visitors", "none"] = "visitors"
    threaded: bool = True
    question: str = ""
    answer: str = ""
    per_hour: int = 5


class ContributionSettings(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who may propose changes of items: users with the right and holders of tokens, only those of tokens, or nobody."""

    proposers: Literal["users", "tokens", "nobody"] = "users"
    token_days: int = 30


class HubSettings(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """All of it; an empty name is that of OAIHUB_HUB_NAME, no languages are all that there are."""

    name: str = ""
    colours: Colours = Colours()
    languages: tuple[str, ...] = ()
    facets: tuple[str, ...] = DEFAULT_FACETS
    template: tuple[TemplateProperty, ...] = tuple(TemplateProperty(name=name) for name in DEFAULT_TEMPLATE)
    texts: dict[str, dict[str, str]] = {}
    comments: CommentSettings = CommentSettings()
    contributions: ContributionSettings = ContributionSettings()
