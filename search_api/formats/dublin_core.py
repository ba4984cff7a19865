"""Items as oai_dc: the fifteen elements of simple Dublin Core, as OAI-PMH wants every repository to give them."""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from harvester.item import Funding, Item
from harvester.styles.parts import link_address
from harvester.values.dois import doi_address
from search_api.formats.xml import XSI, add, declared

OAI_DC: Final = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC: Final = "http://purl.org/dc/elements/1.1/"
SCHEMA: Final = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
COAR_ACCESS: Final = {
    "open access": "openAccess",
    "restricted access": "restrictedAccess",
    "embargoed access": "embargoedAccess",
}


def to_oai_dc(item: Item, url: str) -> etree._Element:
    """Give the element of an item; `url` is the address of its page."""
    root = etree.Element(f"{{{OAI_DC}}}dc", nsmap=declared({"oai_dc": OAI_DC, "dc": DC, "xsi": XSI}))
    root.set(f"{{{XSI}}}schemaLocation", f"{OAI_DC} {SCHEMA}")
    for name, value, lang in _elements(item, url):
        add(root, f"{{{DC}}}{name}", value, lang=lang)
    return root


def _elements(item: Item, url: str) -> Iterator[tuple[str, str | None, str | None]]:
    for text in (*item.title, *item.alternative):
        yield "title", text.value, text.lang
    yield from (("creator", agent.name, None) for agent in item.creator)
    yield from (("subject", subject.value, subject.lang) for subject in item.subject)
    for text in (*item.abstract, *item.description):
        yield "description", text.value, text.lang
    yield from (("publisher", name, None) for name in item.publisher)
    yield from (("contributor", agent.name, None) for agent in item.contributor)
    if item.date is not None:
        yield "date", item.date.edtf or item.date.literal, None
    for terms in (item.resource_type, item.resource_status, item.genre):
        yield from (("type", term.label, None) for term in terms)
    yield from (("format", value, None) for value in item.extra.get("format", ()))
    identifiers = [doi_address(item.doi)] if item.doi else []
    identifiers += [one.url or one.value for one in item.identifier if one.role == "self"]
    yield from (("identifier", value, None) for value in dict.fromkeys((*identifiers, url)))
    if item.citation is not None:
        yield "source", item.citation.text, None
    yield from (("language", language.tag or language.literal, None) for language in item.language)
    for link in item.links:
        yield "relation", link_address(link) or link.title, None
    for funding in item.funding:
        yield "relation", _grant(funding), None
    for rights in item.rights:
        yield "rights", rights.uri or rights.label, None
    if item.access is not None:
        access = COAR_ACCESS.get(item.access.label)
        yield "rights", f"info:eu-repo/semantics/{access}" if access else item.access.label, None


def _grant(funding: Funding) -> str:
    """Give a grant in words; a number that names its funder itself stands alone."""
    funder = (funding.funder or "").partition(" (")[0]
    if funding.number and funder and funder in funding.number:
        return funding.number
    return " ".join(part for part in (funding.funder, funding.number) if part)
