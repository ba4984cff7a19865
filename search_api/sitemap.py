"""The sitemap (sitemaps.org 0.9) of all items in parts, and robots.txt, which names it."""

from typing import Final

from lxml import etree
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from harvester.store.sections import iter_sections, list_section
from search_api.exporting import public_address
from search_api.formats.xml import declared
from search_api.hub import Hub
from search_api.oai.asking import stamp
from search_api.problems import NOT_FOUND, ProblemError, make_problem
from search_api.render import item_address

NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST_ADDRESSES: Final = 50_000  # of one file, by the protocol
SECTION: Final = 40_000
"""Items of a part: fewer than it may have, for one may get more when a clock has run behind."""

CACHED: Final = {"Cache-Control": "public, max-age=3600"}
ROBOTS: Final = """User-agent: *
Disallow: /api/
Disallow: /oai
Disallow: /items?q
Disallow: /items?f
Disallow: /items?s
Disallow: /items?c

Sitemap: {address}/sitemap.xml
"""
"""Searches (by q, filter, facet, sort, size, cursor) have no end of addresses; items are found by the sitemap."""


def get_robots(hub: Hub, request: Request) -> Response:
    """Answer with robots.txt."""
    return PlainTextResponse(ROBOTS.format(address=public_address(hub, request)), headers=CACHED)


def get_sitemap(hub: Hub, request: Request) -> Response:
    """Answer with the index of the parts."""
    address = public_address(hub, request)
    root = etree.Element(_tag("sitemapindex"), nsmap=declared({None: NAMESPACE}))
    for one in iter_sections(hub.store, SECTION):
        _add(root, "sitemap", f"{address}/sitemap/{one.first}-{one.last}.xml", one.changed)
    return _answer(root)


def get_sitemap_part(hub: Hub, request: Request) -> Response:
    """Answer with the items of a part. Raises: ProblemError (404) where there is none."""
    first, _, last = request.path_params["span"].partition("-")
    found = list_section(hub.store, first, last, MOST_ADDRESSES) if first and last else []
    if not found:
        raise ProblemError(make_problem(NOT_FOUND, "There is no such part; /sitemap.xml names all."))
    address = public_address(hub, request)
    root = etree.Element(_tag("urlset"), nsmap=declared({None: NAMESPACE}))
    for item_id, changed in found:
        _add(root, "url", item_address(item_id, address), changed)
    return _answer(root)


def _add(root: etree._Element, name: str, address: str, changed: float) -> None:
    one = etree.SubElement(root, _tag(name))
    etree.SubElement(one, _tag("loc")).text = address
    etree.SubElement(one, _tag("lastmod")).text = stamp(changed)


def _answer(root: etree._Element) -> Response:
    body = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return Response(body, media_type="application/xml", headers=CACHED)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
