"""The page that tells of every field of an item who says it, by which rule, and who says otherwise."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct
from starlette.requests import Request
from starlette.responses import Response

from harvester.item import SCHEMA, Item, Provenance
from harvester.store.works.explaining import ExplainedField, Voice
from indexer.fields import FIELDS, link_value
from search_api.handlers import live_whole
from search_api.hub import Hub
from search_api.labels import Labels, labels_of
from search_api.languages import N_, _, show_date
from search_api.pages.frame import main_element, page_response
from search_api.pages.item.about import FORMATS, QUALITY
from search_api.pages.item.citation import text_of
from search_api.pages.item.origins import WAYS, WRITTEN_HERE, name_of, read_origins
from search_api.pages.item.page import title_of, way_back
from search_api.pages.item.values import shortened
from search_api.pages.markup import Html, element, fill, join
from search_api.params import collect

RULES: Final = {
    "first": N_("The first source that has a value counts."),
    "unite": N_("What all sources say counts, without repetitions."),
    "longest": N_("The longest text counts."),
    "most": N_("The source with the most values counts."),
    "fuller": N_("The first source counts, unless another has the same text and more."),
    "particular": N_("The first source counts, unless a record says a more particular kind."),
    "edit": N_("What an editor says counts, through every harvest."),
}
NAMES: Final = {
    "funding": N_("Funding"),
    "links": N_("Linked resources"),
    "extra": N_("Other properties"),
    "dates": N_("Other dates"),
}
SHOWN_CHARACTERS: Final = 600


def get_sources_page(hub: Hub, request: Request) -> Response:
    """Answer with the sources of an item, field by field."""
    whole = live_whole(hub, request.path_params["item_id"])
    item = whole.item
    collect(request.query_params.multi_items(), ())
    origins, labels = read_origins(hub, whole), labels_of(hub.settings())
    names = dict(zip((one.endpoint for one in origins.records), origins.names, strict=False))
    records = {(one.endpoint, one.metadata_prefix, one.identifier): one for one in origins.records}
    told = _Told(labels, names, records)
    main = main_element(
        element("h1", _("Where each value comes from")),
        way_back(item),
        *(_field(told, field) for field in origins.explanation.fields),
        _generated(item, labels),
        class_="item tell",
    )
    robots = element("meta", name="robots", content="noindex")
    return page_response(request, _("Sources of {title}").format(title=title_of(item)), main, meta=robots)


class _Said(Item, frozen=True, kw_only=True):
    """An item of which only what is said is known."""

    id: str = ""
    schema: str = SCHEMA
    version: int = 0
    harvested: str = ""


class _Told(Struct, frozen=True):
    """The labels of the hub, the names of repositories by endpoint, and the records behind the item."""

    labels: Labels
    names: dict[str, str]
    records: dict[tuple[str, str, str], Provenance]


def _field(told: _Told, field: ExplainedField) -> Html:
    """Give the section of a field."""
    label = _(NAMES[field.name]) if field.name in NAMES else told.labels(field.name)
    values = _texts(told, field.name, field.value)
    others = ""
    if field.others:
        rows = (element("li", _voice(told, one), _other(told, field.name, one, values)) for one in field.others)
        others = join(element("h3", _("Others say")), element("ul", *rows, class_="voices note"))
    return element(
        "section",
        element("h2", label),
        element(
            "div",
            _list(values) if values else element("p", _("None.")),
            element("ul", *(element("li", _voice(told, one)) for one in field.said_by), class_="voices note"),
            element("p", _(RULES[field.rule]), class_="note"),
            others,
        ),
        id=field.name,
    )


def _generated(item: Item, labels: Labels) -> Html:
    """Give the section of a citation that nobody but this hub says."""
    if item.citation is None or item.citation.origin != "generated":
        return Html("")
    said = join(_list([text_of(item.citation)]), element("p", _(WRITTEN_HERE), class_="note"))
    return element("section", element("h2", labels("citation")), element("div", said), id="citation")


def _list(values: Sequence[str]) -> Html:
    return element("ul", *(element("li", value, dir="auto") for value in values), class_="said")


def _other(told: _Told, name: str, voice: Voice, values: Sequence[str]) -> Html:
    """Give what another source says; a note where only details of it differ, which a text does not show."""
    said = _texts(told, name, voice.value)
    return element("p", _("The same, but for details."), class_="fine") if said == values else _list(said)


def _voice(told: _Told, voice: Voice) -> Html:
    """Give who says a value, since when or from where, and how."""
    parts: list[str] = [element("b", element("bdi", name_of(voice, told.names)))]
    if voice.kind == "record":
        parts.append(_record(told, voice))
    if voice.kind == "person":
        parts.append(_("on {date}").format(date=show_date(voice.at)))
    if voice.reason:
        parts.append(fill(_("(reason: {reason})"), reason=element("bdi", voice.reason)))
    if voice.origin in WAYS:
        parts.append(f"({_(WAYS[voice.origin])})")
    return join(*parts, between=" ")


def _record(told: _Told, voice: Voice) -> Html:
    said = told.records.get((voice.endpoint, voice.metadata_prefix, voice.identifier))
    return fill(
        _("{identifier} ({form}), stamped {date}, page {page}"),
        identifier=element("bdi", voice.identifier, class_="code"),
        form=FORMATS.get(voice.metadata_prefix, voice.metadata_prefix),
        date=said.datestamp if said else "",
        page=voice.page,
    )


def _texts(told: _Told, name: str, value: Raw) -> list[str]:
    """Give the values of a field as texts, the beginning of long ones."""
    said = msgspec.json.decode(b'{"%b":%b}' % (name.encode(), bytes(value)), type=_Said)
    return [shortened(text, SHOWN_CHARACTERS) for text in _say(told, name, said) if text]


def _say(told: _Told, name: str, said: _Said) -> list[str]:
    fields: dict[str, Callable[[], list[str]]] = {
        "funding": lambda: [" · ".join(filter(None, (one.funder, one.number, one.title))) for one in said.funding],
        "links": lambda: [f"{told.labels(one.relation)}: {link_value(one)}" for one in said.links],
        "extra": lambda: [f"{told.labels(key)}: {text}" for key, texts in said.extra.items() for text in texts],
        "dates": lambda: [one.edtf or one.literal for one in said.dates],
        "date": lambda: [said.date.edtf or said.date.literal] if said.date else [],
        "quality": lambda: [_(QUALITY[code]) if code in QUALITY else code for code in said.quality],
    }
    return fields[name]() if name in fields else list(FIELDS[name].read(said))
