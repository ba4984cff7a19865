"""An item as Omeka S gives it (4.2, ItemRepresentation and ValueRepresentation): values by the terms of vocabularies.

Ids are ours, so they are texts; numbers of properties are places in the table below, and hold for this hub only.
"""

from collections.abc import Iterator
from typing import Any, Final

from harvester.item import Item, Link
from harvester.styles.parts import link_address
from harvester.values.dois import doi_address
from harvester.values.relations import RELATIONS
from search_api.render import item_address

Json = dict[str, Any]

DCTERMS: Final = "http://purl.org/dc/terms/"
VOCABULARIES: Final = {
    "o": "http://omeka.org/s/vocabs/o#",
    "dcterms": DCTERMS,
    "bibo": "http://purl.org/ontology/bibo/",
    "schema": "https://schema.org/",
    "hub": "urn:oaihub:property:",
}
TIME: Final = "http://www.w3.org/2001/XMLSchema#dateTime"
PROPERTIES: Final = {
    "dcterms:title": "title",
    "dcterms:alternative": "alternative",
    "dcterms:abstract": "abstract",
    "dcterms:description": "description",
    "dcterms:creator": "creator",
    "dcterms:contributor": "contributor",
    "dcterms:date": "date",
    "dcterms:publisher": "publisher",
    "dcterms:type": "resource_type",
    "dcterms:subject": "subject",
    "dcterms:language": "language",
    "dcterms:identifier": "identifier",
    "dcterms:rights": "rights",
    "dcterms:accessRights": "access",
    "dcterms:bibliographicCitation": "citation",
    "bibo:doi": "doi",
    "bibo:volume": "volume",
    "bibo:issue": "issue",
    "bibo:pages": "pages",
    "bibo:status": "resource_status",
    "schema:genre": "genre",
    "schema:funder": "funder",
    "hub:grantNumber": "grant_number",
    "hub:container": "container",
    **{
        f"dcterms:{relation.iri.removeprefix(DCTERMS)}": name
        for name, relation in RELATIONS.items()
        if relation.iri.startswith(DCTERMS)
    },
}
"""Terms by which values are given and asked for, and the names of these properties here."""

NUMBERS: Final = {term: number for number, term in enumerate(PROPERTIES, start=1)}
TERMS: Final = {name: term for term, name in PROPERTIES.items()}


def to_omeka(item: Item, address: str) -> Json:
    """Give an item as an object; `address` is that of the hub. A property without a term of its own is hub:NAME."""
    found: Json = {
        "@context": f"{address}/api-context",
        "@id": f"{address}/api/items/{item.id}",
        "@type": ["o:Item"],
        "o:id": item.id,
        "o:is_public": True,
        "o:owner": None,
        "o:resource_class": None,
        "o:resource_template": None,
        "o:thumbnail": None,
        "o:title": item.title[0].value if item.title else None,
        "thumbnail_display_urls": {"large": None, "medium": None, "square": None},
        "o:created": {"@value": item.harvested, "@type": TIME},
        "o:modified": {"@value": item.harvested, "@type": TIME},
        "o:primary_media": None,
        "o:media": [],
        "o:item_set": [
            {"@id": f"{address}/api/item_sets/{spec}", "o:id": spec}
            for spec in dict.fromkeys(spec for one in item.provenance if not one.deleted for spec in one.sets)
        ],
        "o:site": [],
    }
    for name, value in _values(item, address):
        term = TERMS.get(name, f"hub:{name}")
        about = {"property_id": NUMBERS.get(term, 0), "property_label": term.partition(":")[2], "is_public": True}
        found.setdefault(term, []).append(value | about)
    return found


def _values(item: Item, address: str) -> Iterator[tuple[str, Json]]:
    yield from _texts(item)
    yield from _identifiers(item, address)
    yield from ((name, _literal(text)) for name, text in _singles(item) if text)
    for rights in item.rights:
        yield "rights", _uri(rights.uri, rights.label) if rights.uri else _literal(rights.label)
    yield from ((link.relation, _linked(link)) for link in item.links)
    for name, values in item.extra.items():
        yield from ((name, _literal(value)) for value in values)


def _texts(item: Item) -> Iterator[tuple[str, Json]]:
    for name in ("title", "alternative", "abstract", "description"):
        yield from ((name, _literal(text.value, text.lang)) for text in getattr(item, name))
    for name in ("creator", "contributor"):
        yield from ((name, _literal(agent.name)) for agent in getattr(item, name))
    for name in ("resource_type", "resource_status", "genre"):
        yield from ((name, _literal(term.label)) for term in getattr(item, name))
    yield from (("publisher", _literal(name)) for name in item.publisher)
    yield from (("subject", _literal(subject.value, subject.lang)) for subject in item.subject)
    yield from (("language", _literal(language.tag or language.literal)) for language in item.language)


def _identifiers(item: Item, address: str) -> Iterator[tuple[str, Json]]:
    if item.doi:
        yield "doi", _uri(doi_address(item.doi), None)
    for one in item.identifier:
        if one.scheme != "doi":
            yield "identifier", _uri(one.url, one.value) if one.url else _literal(one.value)
    yield "identifier", _uri(item_address(item.id, address), None)


def _singles(item: Item) -> Iterator[tuple[str, str | None]]:
    yield "date", (item.date.edtf or item.date.literal) if item.date else None
    yield "access", item.access.label if item.access else None
    yield "citation", item.citation.text if item.citation and item.citation.origin == "source" else None
    yield "volume", item.volume
    yield "issue", item.issue
    yield "pages", item.pages.literal if item.pages else None
    yield "container", item.container.title if item.container else None
    for funding in item.funding:
        yield "funder", funding.funder
        yield "grant_number", funding.number


def _literal(text: str, lang: str | None = None) -> Json:
    return {"type": "literal", "@value": text} | ({"@language": lang} if lang else {})


def _uri(address: str | None, label: str | None) -> Json:
    return {"type": "uri", "@id": address} | ({"o:label": label} if label else {})


def _linked(link: Link) -> Json:
    address = link_address(link)
    return _uri(address, link.title) if address else _literal(link.title or "")
