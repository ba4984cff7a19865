"""The JSON addresses: one table for the router, the OpenAPI document and the page about the API."""

from typing import Final

from harvester.store.accounts.roles import READ
from harvester.store.works.explaining import Explanation
from search_api.accounts.telling import Whoami, get_account
from search_api.address import API, Address
from search_api.atom import ATOM_TYPE, FEED_PARAMETERS, FEED_PATH, get_feed
from search_api.changing import CHANGES_PARAMETERS, Changes, get_changes
from search_api.comments.addresses import COMMENT_ADDRESSES
from search_api.contributions.addresses import CONTRIBUTION_ADDRESSES
from search_api.describing import HubDescription, get_hub
from search_api.edge.caching import AN_HOUR, NEVER
from search_api.exporting import EXPORT_PARAMETERS, ITEM_PARAMETERS, get_export
from search_api.formats.jsonld import CONTEXT_PATH
from search_api.formats.table import FORMATS
from search_api.handlers import (
    get_context,
    get_explanation,
    get_histogram,
    get_history,
    get_items,
    get_linked,
    get_one_item,
    get_properties,
    get_sample,
    get_suggestions,
    get_values,
)
from search_api.health import Status, get_health, get_readiness
from search_api.histogram import HISTOGRAM_PARAMETERS, Histogram
from search_api.history import History
from search_api.linked import LINKED_PARAMETERS, Linked
from search_api.listing import LIST_HEADERS, LIST_PARAMETERS
from search_api.omeka import CONTEXT_PATH as OMEKA_CONTEXT_PATH
from search_api.omeka import (
    ITEMS_PATH,
    OMEKA_HEADERS,
    OMEKA_PARAMETERS,
    get_omeka_context,
    get_omeka_item,
    get_omeka_items,
)
from search_api.params import SELECTION_PARAMETERS
from search_api.problems import (
    BAD_PARAMETER,
    FORBIDDEN,
    GONE,
    NOT_ACCEPTABLE,
    NOT_FOUND,
    NOT_SIGNED_IN,
    TIMED_OUT,
    UNAVAILABLE,
)
from search_api.render import Properties, Result, ShownItem
from search_api.sampling import SAMPLE_PARAMETERS, Sample
from search_api.signposting import LINKSET_TYPE, get_linkset
from search_api.suggesting import SUGGEST_PARAMETERS, Suggestions
from search_api.values import VALUES_PARAMETERS, Values

__all__ = ["ADDRESSES", "API", "EXPORT_PATH", "Address"]

EXPORT_PATH: Final = f"{API}/export"
MEDIA_TYPES: Final = tuple(sorted({form.media_type for form in FORMATS.values()}))


ADDRESSES: Final = (
    Address(
        path=f"{API}/items",
        name="searchItems",
        summary="Search the items, page by page in any format, and count their values by property.",
        handler=get_items,
        answer=Result,
        parameters=LIST_PARAMETERS,
        problems=(BAD_PARAMETER, NOT_ACCEPTABLE, UNAVAILABLE, TIMED_OUT),
        media_types=MEDIA_TYPES,
        headers=LIST_HEADERS,
    ),
    Address(
        path=f"{API}/items/{{item_id}}",
        name="getItem",
        summary="One item by its id, as it is now, in any format.",
        handler=get_one_item,
        answer=ShownItem,
        parameters=ITEM_PARAMETERS,
        problems=(BAD_PARAMETER, NOT_FOUND, NOT_ACCEPTABLE, GONE, UNAVAILABLE),
        media_types=MEDIA_TYPES,
    ),
    Address(
        path=f"{API}/items/{{item_id}}/explain",
        name="explainItem",
        summary="Who said each field of an item, by which rule, and who disagrees with what value.",
        handler=get_explanation,
        answer=Explanation,
        problems=(BAD_PARAMETER, NOT_FOUND, GONE, UNAVAILABLE),
    ),
    Address(
        path=f"{API}/items/{{item_id}}/history",
        name="getHistory",
        summary="What became of an item: what harvests and people changed, the newest first.",
        handler=get_history,
        answer=History,
        problems=(BAD_PARAMETER, NOT_FOUND, GONE, UNAVAILABLE),
    ),
    Address(
        path=f"{API}/items/{{item_id}}/linked",
        name="listLinked",
        summary="The resources that an item is linked with, in both directions, page by page, with counts by property.",
        handler=get_linked,
        answer=Linked,
        parameters=LINKED_PARAMETERS,
        problems=(BAD_PARAMETER, NOT_FOUND, GONE, UNAVAILABLE),
    ),
    Address(
        path=f"{API}/items/{{item_id}}/linkset",
        name="getLinkset",
        summary="The typed links of an item's page as a link set (RFC 9264).",
        handler=get_linkset,
        media_types=(LINKSET_TYPE,),
        problems=(BAD_PARAMETER, NOT_FOUND, GONE, UNAVAILABLE),
    ),
    Address(
        path=EXPORT_PATH,
        name="exportItems",
        summary="All items of a result in any format, as a stream in order of id; JSON Lines where none is named.",
        handler=get_export,
        answer=ShownItem,
        parameters=EXPORT_PARAMETERS,
        problems=(BAD_PARAMETER, NOT_ACCEPTABLE, UNAVAILABLE),
        media_types=MEDIA_TYPES,
    ),
    Address(
        path=FEED_PATH,
        name="getFeed",
        summary="The newest items of a search as an Atom feed.",
        handler=get_feed,
        parameters=FEED_PARAMETERS,
        problems=(BAD_PARAMETER, UNAVAILABLE, TIMED_OUT),
        media_types=(ATOM_TYPE,),
    ),
    Address(
        path=f"{API}/changes",
        name="listChanges",
        summary="What came, changed or went, of any filter, in order; ask again with `next` for ever.",
        handler=get_changes,
        answer=Changes,
        parameters=CHANGES_PARAMETERS,
        problems=(BAD_PARAMETER, UNAVAILABLE, TIMED_OUT),
    ),
    Address(
        path=CONTEXT_PATH,
        name="getContext",
        summary="The context of JSON-LD: the IRI of every property.",
        handler=get_context,
        media_types=("application/ld+json",),
        cache=AN_HOUR,
    ),
    Address(
        path=f"{API}/properties",
        name="listProperties",
        summary="What can be filtered here: every property, with the number of items of the result that have it.",
        handler=get_properties,
        answer=Properties,
        parameters=SELECTION_PARAMETERS,
        problems=(BAD_PARAMETER, UNAVAILABLE, TIMED_OUT),
    ),
    Address(
        path=f"{API}/properties/{{name}}/values",
        name="listValues",
        summary="The values of one property, searched and paged through, with the number of items that have each.",
        handler=get_values,
        answer=Values,
        parameters=VALUES_PARAMETERS,
        problems=(BAD_PARAMETER, UNAVAILABLE, TIMED_OUT),
    ),
    Address(
        path=f"{API}/suggest",
        name="suggest",
        summary="What to offer while a person types: values of properties that begin so, and items by title.",
        handler=get_suggestions,
        answer=Suggestions,
        parameters=SUGGEST_PARAMETERS,
        problems=(BAD_PARAMETER, UNAVAILABLE, TIMED_OUT),
    ),
    Address(
        path=f"{API}/histogram",
        name="countYears",
        summary="A result counted by year, in bars of one or more years.",
        handler=get_histogram,
        answer=Histogram,
        parameters=HISTOGRAM_PARAMETERS,
        problems=(BAD_PARAMETER, UNAVAILABLE, TIMED_OUT),
    ),
    Address(
        path=f"{API}/sample",
        name="drawSample",
        summary="A random sample of a result; the same seed gives the same items.",
        handler=get_sample,
        answer=Sample,
        parameters=SAMPLE_PARAMETERS,
        problems=(BAD_PARAMETER, UNAVAILABLE, TIMED_OUT),
    ),
    Address(
        path=f"{API}/hub",
        name="getHub",
        summary="The hub: its name, logo, languages, facets, the template of its items, texts, and who may add to it.",
        handler=get_hub,
        answer=HubDescription,
        problems=(BAD_PARAMETER,),
    ),
    Address(
        path=f"{API}/account",
        name="getAccount",
        summary="Who asks, and what he may do.",
        handler=get_account,
        answer=Whoami,
        right=READ,
        cache=NEVER,
        problems=(NOT_SIGNED_IN, FORBIDDEN, UNAVAILABLE),
    ),
    Address(
        path=ITEMS_PATH,
        name="listOmekaItems",
        summary="A page of items in the form of Omeka S; unknown parameters are passed over, as there.",
        handler=get_omeka_items,
        parameters=OMEKA_PARAMETERS,
        problems=(BAD_PARAMETER, UNAVAILABLE, TIMED_OUT),
        headers=OMEKA_HEADERS,
    ),
    Address(
        path=f"{ITEMS_PATH}/{{item_id}}",
        name="getOmekaItem",
        summary="One item in the form of Omeka S.",
        handler=get_omeka_item,
        problems=(NOT_FOUND, GONE, UNAVAILABLE),
    ),
    Address(
        path=OMEKA_CONTEXT_PATH,
        name="getOmekaContext",
        summary="The vocabularies of items in the form of Omeka S.",
        handler=get_omeka_context,
    ),
    *COMMENT_ADDRESSES,
    *CONTRIBUTION_ADDRESSES,
    Address(
        path="/healthz",
        name="getHealth",
        summary="Whether this process lives.",
        handler=get_health,
        answer=Status,
        cache=NEVER,
    ),
    Address(
        path="/readyz",
        name="getReadiness",
        summary="Whether all that a search needs answers; the problem names what does not.",
        handler=get_readiness,
        answer=Status,
        cache=NEVER,
        problems=(UNAVAILABLE,),
    ),
)
