"""The settings of a hub: name, colours, facets, the template of its items, texts, and who may add to them."""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

DEFAULT_FACETS: Final = ("genre", "resource_type", "resource_status", "year", "language")
DEFAULT_TEMPLATE: Final = (
    *("title", "creator", "abstract", "description", "date", "volume", "issue", "pages", "container", "publisher"),
    *("resource_type", "resource_status", "genre", "funder", "grant_number", "citation", "doi", "subject", "language"),
    *("rights", "access"),
)
PLACES: Final = ("welcome", "footer", "about", "privacy")
"""Where a hub has texts of its own: on its first page, at the end of each, and pages about it."""

MOST_FACETS: Final = 30
MOST_PROPERTIES: Final = 200
LONGEST_LABEL: Final = 100
LONGEST_TEXT: Final = 20_000

Colour = Annotated[str, Meta(pattern=r"^(#[0-9a-fA-F]{6})?$")]


class TemplateProperty(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A property of the item page, in the order of the template; `labels` by language, none is the property's own.

    `editable`: forms for proposals offer it. `shown`: the item page has it.
    """

    name: str
    labels: dict[str, str] = {}
    editable: bool = True
    shown: bool = True


class Colours(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Colours on light and on dark ground as #rrggbb; "" is that of the stylesheet."""

    link_light: Annotated[Colour, Meta(description="Of links and buttons, on light ground, such as #0b57a4")] = ""
    link_dark: Annotated[Colour, Meta(description="Of links and buttons, on dark ground, such as #8ab8f0")] = ""
    accent_light: Annotated[Colour, Meta(description="Of the line above each page, on light ground")] = ""
    accent_dark: Annotated[Colour, Meta(description="Of the line above each page, on dark ground")] = ""


class CommentSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may comment, and which comments wait for a moderator.

    A `question` with its `answer` is put to visitors; none where it is empty. `per_hour` is for each visitor.
    """

    writers: Annotated[
        Literal["anyone", "users", "nobody"], Meta(description="Who may comment: anyone, users or nobody")
    ] = "anyone"
    moderated: Annotated[
        Literal["all", "visitors", "none"], Meta(description="Whose comments wait for a moderator: all, visitors, none")
    ] = "visitors"
    threaded: Annotated[bool, Meta(description="Whether comments can be answered")] = True
    question: Annotated[
        str, Meta(max_length=300, description="Put to visitors to keep programs out; empty is none")
    ] = ""
    answer: Annotated[str, Meta(max_length=100, description="Its answer; case and blanks do not matter")] = ""
    per_hour: Annotated[int, Meta(ge=1, le=1_000, description="Comments that a visitor may write in an hour")] = 5


class ContributionSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may propose changes of items: users with the right and holders of tokens, only those of tokens, or nobody."""

    proposers: Annotated[
        Literal["users", "tokens", "nobody"],
        Meta(description="Who may propose changes: users (and holders of tokens), tokens (only those), nobody"),
    ] = "users"
    token_days: Annotated[int, Meta(ge=1, le=3_650, description="Days that a new token is good for")] = 30


class HubSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it; an empty name is that of OAIHUB_HUB_NAME, no languages are all that there are."""

    name: Annotated[str, Meta(max_length=100, description="Name of the hub; empty is that of OAIHUB_HUB_NAME")] = ""
    languages: Annotated[
        tuple[str, ...], Meta(description="Languages of the pages, the first where a browser asks for none; [] is all")
    ] = ()
    facets: Annotated[
        tuple[str, ...], Meta(max_length=MOST_FACETS, description="Properties counted beside a search, in this order")
    ] = DEFAULT_FACETS
    template: Annotated[
        tuple[TemplateProperty, ...],
        Meta(
            max_length=MOST_PROPERTIES,
            description="Properties of an item page, in this order: name, labels by language (none is the usual one), "
            "editable (forms for proposals offer it), shown (the page has it)",
        ),
    ] = tuple(TemplateProperty(name=name) for name in DEFAULT_TEMPLATE)
    colours: Annotated[Colours, Meta(description='Each as #rrggbb; "" is the usual one')] = Colours()
    comments: Annotated[CommentSettings, Meta(description="Comments on items")] = CommentSettings()
    contributions: Annotated[ContributionSettings, Meta(description="Proposals to change items")] = (
        ContributionSettings()
    )
    texts: Annotated[
        dict[str, dict[str, str]],
        Meta(
            description="By language: welcome (on the first page), footer (below each page), about and privacy (pages "
            "of their own); a blank line parts paragraphs, [words](https://address) is a link"
        ),
    ] = {}


def text_of(settings: HubSettings, place: str, language: str) -> tuple[str, str]:
    """Give a text of the hub in a language, else in the first of its languages that has it; with that language.

    Both are empty where there is none.
    """
    for one in (language, *settings.languages):
        text = settings.texts.get(one, {}).get(place, "").strip()
        if text:
            return text, one
    return "", ""
