"""What everybody may know of the hub's settings, for programs."""

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from indexer.fields import property_label
from search_api.accounts.access import access_of
from search_api.hub import Hub
from search_api.hub_settings import Colours, CommentSettings, HubSettings, TemplateProperty
from search_api.params import collect


class NamedProperty(Struct, frozen=True):
    """A property with its label in English."""

    name: str
    label: str


class HubComments(Struct, frozen=True):
    """Who may comment, which comments wait for a moderator, and whether there are answers."""

    writers: str
    moderated: str
    threaded: bool


class HubDescription(Struct, frozen=True, kw_only=True):
    """The hub: `version` is that of its settings, 0 where all is as usual; `logo` a path, null where it has none.

    `template` are the properties of an item page in order, with labels by language where they have others than usual.
    """

    version: int
    name: str
    languages: tuple[str, ...]
    logo: str | None
    colours: Colours
    facets: list[NamedProperty]
    template: tuple[TemplateProperty, ...]
    texts: dict[str, dict[str, str]]
    comments: HubComments
    proposers: str


def get_hub(_hub: Hub, request: Request) -> Response:
    """Answer with what is public of the settings."""
    collect(request.query_params.multi_items(), ())
    look = access_of(request).kept_settings.look()
    logo = look.logo.path if look.logo else None
    return Response(msgspec.json.encode(_describe(look.version, look.settings, logo)), media_type="application/json")


def _describe(version: int, settings: HubSettings, logo: str | None) -> HubDescription:
    return HubDescription(
        version=version,
        name=settings.name,
        languages=settings.languages,
        logo=logo,
        colours=settings.colours,
        facets=[NamedProperty(name, property_label(name)) for name in settings.facets],
        template=settings.template,
        texts=settings.texts,
        comments=_comments(settings.comments),
        proposers=settings.contributions.proposers,
    )


def _comments(settings: CommentSettings) -> HubComments:
    return HubComments(settings.writers, settings.moderated, settings.threaded)
