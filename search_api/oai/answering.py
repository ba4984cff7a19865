"""The answers of the repository: one function a verb, over the store as it is now."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from lxml import etree
from msgspec import Struct, structs
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from harvester.errors import cut
from harvester.item import Item
from harvester.store.endpoints import get_endpoint, list_endpoints
from harvester.store.exposing import (
    START,
    Changed,
    Place,
    Selection,
    first_change,
    get_changed,
    list_changed,
    read_live,
)
from harvester.store.filters import names_of_filters, said_by_filters
from harvester.store.stamping import settled_until
from indexer.errors import BadQueryError
from search_api.cursor import seal, unseal
from search_api.exporting import public_address
from search_api.formats.datacite import KERNEL, to_datacite
from search_api.formats.dublin_core import OAI_DC, to_oai_dc
from search_api.formats.xml import XSI, add, declared
from search_api.hub import Hub
from search_api.oai.asking import (
    ENDPOINT_SET,
    FILTER_SET,
    FORMATS,
    Arguments,
    OaiError,
    check_format,
    read_request,
    read_span,
    stamp,
)
from search_api.problems import NOT_FOUND, ProblemError, make_problem
from search_api.render import item_address

OAI: Final = "http://www.openarchives.org/OAI/2.0/"
OAI_SCHEMA: Final = "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
WRAPPED: Final = "http://schema.datacite.org/oai/oai-1.1/"
SCHEMAS: Final = {
    "oai_dc": ("http://www.openarchives.org/OAI/2.0/oai_dc.xsd", OAI_DC),
    "oai_datacite": ("http://schema.datacite.org/oai/oai-1.1/oai.xsd", WRAPPED),
}
PAGE: Final = 100
SETTLED_S: Final = 30.0
"""How far the clocks of machines may differ: what is younger is listed with the next harvest, never skipped."""


class _Token(Struct, frozen=True, array_like=True):
    """Where a list goes on: all that the request said, and the time and id of the last item."""

    verb: str
    prefix: str
    since: float | None
    before: float | None
    endpoint: str | None
    saved_filter: int | None
    place: Place
    cursor: int


class _Asked(Struct, frozen=True):
    """A request with what its answer needs."""

    hub: Hub
    address: str
    arguments: Arguments


async def answer_oai(hub: Hub, request: Request) -> Response:
    """Answer a request by GET or POST."""
    pairs = request.query_params.multi_items()
    if request.method == "POST":
        pairs = parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
    return await run_in_threadpool(_answer, hub, pairs, public_address(hub, request))


def _answer(hub: Hub, pairs: list[tuple[str, str]], address: str) -> Response:
    if not hub.contact:
        detail = "This hub is not open to harvesters: its operator has to set OAIHUB_CONTACT, the address of a person."
        raise ProblemError(make_problem(NOT_FOUND, detail))
    now = hub.store.now()
    root = etree.Element(_tag("OAI-PMH"), nsmap=declared({None: OAI, "xsi": XSI}))
    root.set(f"{{{XSI}}}schemaLocation", f"{OAI} {OAI_SCHEMA}")
    settled = settled_until(hub.store, now, SETTLED_S)
    add(root, _tag("responseDate"), stamp(settled))
    said = etree.SubElement(root, _tag("request"))
    said.text = f"{address}/oai"
    try:
        verb, arguments = read_request(pairs)
        for name, value in (("verb", verb), *arguments.items()):
            said.set(name, value)
        check_format(arguments)
        root.append(VERBS[verb](_Asked(hub, address, arguments), verb, settled))
    except OaiError as error:
        add(root, _tag("error"), str(error), {"code": error.code})
    body = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return Response(body, media_type="text/xml; charset=utf-8", headers={"Cache-Control": "no-store"})


def _identify(asked: _Asked, verb: str, settled: float) -> etree._Element:
    root = etree.Element(_tag(verb))
    earliest = first_change(asked.hub.store)
    add(root, _tag("repositoryName"), asked.hub.settings().name)
    add(root, _tag("baseURL"), f"{asked.address}/oai")
    add(root, _tag("protocolVersion"), "2.0")
    add(root, _tag("adminEmail"), asked.hub.contact)
    add(root, _tag("earliestDatestamp"), stamp(settled if earliest is None else earliest))
    add(root, _tag("deletedRecord"), "persistent")
    add(root, _tag("granularity"), "YYYY-MM-DDThh:mm:ssZ")
    return root


def _list_formats(asked: _Asked, verb: str, _settled: float) -> etree._Element:
    if "identifier" in asked.arguments:
        _find(asked, asked.arguments["identifier"])
    root = etree.Element(_tag(verb))
    for prefix in FORMATS:
        schema, namespace = SCHEMAS[prefix]
        one = etree.SubElement(root, _tag("metadataFormat"))
        add(one, _tag("metadataPrefix"), prefix)
        add(one, _tag("schema"), schema)
        add(one, _tag("metadataNamespace"), namespace)
    return root


def _list_sets(asked: _Asked, verb: str, _settled: float) -> etree._Element:
    if "resumptionToken" in asked.arguments:
        raise OaiError("badResumptionToken", "all sets stand in one answer: no token is given here")
    root = etree.Element(_tag(verb))
    _add_set(root, "endpoint", "Repositories that this hub harvests")
    for endpoint in list_endpoints(asked.hub.store):
        _add_set(root, f"{ENDPOINT_SET}{endpoint.key}", f"Records of {endpoint.key}")
    for name, said in said_by_filters(asked.hub.store).items():
        _add_set(root, f"{FILTER_SET}{name}", " ".join(said))
    return root


def _add_set(root: etree._Element, spec: str, name: str) -> None:
    one = etree.SubElement(root, _tag("set"))
    add(one, _tag("setSpec"), spec)
    add(one, _tag("setName"), name)


def _list(asked: _Asked, verb: str, settled: float) -> etree._Element:
    place = _begin(asked, verb, settled)
    chosen = Selection(since=place.since, before=place.before, endpoint=place.endpoint, saved_filter=place.saved_filter)
    found = list_changed(asked.hub.store, chosen, after=place.place, limit=PAGE + 1)
    if place.saved_filter is not None:
        found = _as_listed(asked, place.saved_filter, found)
    shown = found[:PAGE]
    if not shown and place.place == START:
        raise OaiError("noRecordsMatch", "there is no record of this set and span")
    root = etree.Element(_tag(verb))
    if verb == "ListIdentifiers":
        for one in shown:
            root.append(_header(asked, one))
    else:
        live = read_live(asked.hub.store, [one.id for one in shown if not one.gone])
        for one in shown:
            root.append(_record(asked, one, live.get(one.id), place.prefix))
    _add_token(root, asked, place, found)
    return root


def _get_record(asked: _Asked, verb: str, _settled: float) -> etree._Element:
    one = _find(asked, asked.arguments["identifier"])
    item = None if one.gone else read_live(asked.hub.store, [one.id]).get(one.id)
    root = etree.Element(_tag(verb))
    root.append(_record(asked, one, item, asked.arguments["metadataPrefix"]))
    return root


def _begin(asked: _Asked, verb: str, settled: float) -> _Token:
    """Give the place that a list begins at. Raises: OaiError."""
    given = asked.arguments
    if "resumptionToken" in given:
        try:
            place = unseal(given["resumptionToken"], _Token, asked.hub.secret)
        except BadQueryError as error:
            reason = "this resumptionToken was not made here or was cut: send it unchanged, or begin the list again"
            raise OaiError("badResumptionToken", reason) from error
        if place.verb != verb:
            raise OaiError("badResumptionToken", f"this token was given for {place.verb}")
        return place
    since, before = read_span(given)
    before = settled if before is None else min(before, settled)
    endpoint, saved_filter = _set(asked, given.get("set"))
    return _Token(verb, given["metadataPrefix"], since, before, endpoint, saved_filter, START, 0)


def _set(asked: _Asked, spec: str | None) -> tuple[str | None, int | None]:
    """Give the endpoint or the saved filter of a set; neither is all. Raises: OaiError."""
    if spec is None or spec == "endpoint":
        return None, None
    kind, _, name = spec.partition(":")
    if f"{kind}:" == ENDPOINT_SET and get_endpoint(asked.hub.store, name) is not None:
        return name, None
    saved = names_of_filters(asked.hub.store).get(name) if f"{kind}:" == FILTER_SET else None
    if saved is None:
        raise OaiError("noRecordsMatch", f"there is no set {cut(spec)!r}; ListSets names all")
    return None, saved


def _as_listed(asked: _Asked, saved_filter: int, found: Sequence[Changed]) -> list[Changed]:
    """Give items as the list of a filter shows them: one that has left it is still of its set there, as deleted.

    Raises: OaiError where the filter has been removed.
    """
    names = {filter_id: name for name, filter_id in names_of_filters(asked.hub.store).items()}
    if saved_filter not in names:
        raise OaiError("badResumptionToken", "the set of this token has been removed; ListSets names those that are")
    name = names[saved_filter]
    return [structs.replace(one, filters=tuple(sorted({*one.filters, name}))) for one in found]


def _add_token(root: etree._Element, asked: _Asked, place: _Token, found: Sequence[Changed]) -> None:
    """Add the token of the next page; an empty one ends a list of several pages."""
    if len(found) <= PAGE and not place.cursor:
        return
    element = etree.SubElement(root, _tag("resumptionToken"))
    element.set("cursor", str(place.cursor))
    if len(found) > PAGE:
        last = found[PAGE - 1]
        following = structs.replace(place, place=(last.seq, last.id), cursor=place.cursor + PAGE)
        element.text = seal(following, asked.hub.secret)


def _find(asked: _Asked, identifier: str) -> Changed:
    """Give the item of an identifier of ours. Raises: OaiError (idDoesNotExist)."""
    before = f"oai:{_host(asked)}:"
    found = get_changed(asked.hub.store, identifier[len(before) :]) if identifier.startswith(before) else None
    if found is None:
        raise OaiError("idDoesNotExist", f"there is no {cut(identifier)!r} here; identifiers begin with {before}")
    return found


def _header(asked: _Asked, one: Changed) -> etree._Element:
    header = etree.Element(_tag("header"))
    if one.gone:
        header.set("status", "deleted")
    add(header, _tag("identifier"), f"oai:{_host(asked)}:{one.id}")
    add(header, _tag("datestamp"), stamp(one.at))
    for key in one.endpoints:
        add(header, _tag("setSpec"), f"{ENDPOINT_SET}{key}")
    for name in one.filters:
        add(header, _tag("setSpec"), f"{FILTER_SET}{name}")
    return header


def _record(asked: _Asked, one: Changed, item: Item | None, prefix: str) -> etree._Element:
    record = etree.Element(_tag("record"))
    record.append(_header(asked, one if item is not None else structs.replace(one, gone=True)))
    if item is not None:
        url = item_address(item.id, asked.address)
        metadata = etree.SubElement(record, _tag("metadata"))
        metadata.append(to_oai_dc(item, url) if prefix == "oai_dc" else _wrap(to_datacite(item, url), asked))
    return record


def _wrap(resource: etree._Element, asked: _Asked) -> etree._Element:
    """Put a resource of DataCite into the envelope of oai_datacite."""
    root = etree.Element(f"{{{WRAPPED}}}oai_datacite", nsmap=declared({None: WRAPPED}))
    add(root, f"{{{WRAPPED}}}schemaVersion", KERNEL.rpartition("-")[2])
    add(root, f"{{{WRAPPED}}}datacentreSymbol", asked.hub.settings().name)
    etree.SubElement(root, f"{{{WRAPPED}}}payload").append(resource)
    return root


def _host(asked: _Asked) -> str:
    return urlsplit(asked.address).hostname or "localhost"


def _tag(name: str) -> str:
    return f"{{{OAI}}}{name}"


VERBS: Final = {
    "Identify": _identify,
    "ListMetadataFormats": _list_formats,
    "ListSets": _list_sets,
    "ListIdentifiers": _list,
    "ListRecords": _list,
    "GetRecord": _get_record,
}
