"""Items in the vocabulary of schema.org, as search engines read it from item pages."""

from typing import Any, Final

from harvester.item import Agent, Item, Link
from harvester.styles.parts import link_address
from harvester.values.dois import doi_address

Json = dict[str, Any]

CONTEXT: Final = "https://schema.org/"
TYPES: Final = {
    "journal article": "ScholarlyArticle",
    "research/scholarly media": "ScholarlyArticle",
    "article": "ScholarlyArticle",
    "preprint": "ScholarlyArticle",
    "conference paper": "ScholarlyArticle",
    "book": "Book",
    "book part": "Chapter",
    "dataset": "Dataset",
    "report": "Report",
    "thesis": "Thesis",
    "doctoral thesis": "Thesis",
    "master thesis": "Thesis",
    "software": "SoftwareSourceCode",
    "image": "ImageObject",
    "video": "VideoObject",
    "sound": "AudioObject",
}
"""Resource types by their labels; whatever else is a CreativeWork."""

RELATIONS: Final = {
    "is_part_of": "isPartOf",
    "has_part": "hasPart",
    "references": "citation",
    "is_version_of": "exampleOfWork",
    "has_version": "workExample",
    "is_translation_of": "translationOfWork",
}
"""Relations that schema.org has a property for."""

KINDS: Final = {"person": "Person", "organization": "Organization"}


def to_schemaorg(item: Item, url: str) -> Json:
    """Give an item as a node; `url` is its page's, and its IRI. What it does not say has no key."""
    doi = doi_address(item.doi) if item.doi else None
    found: Json = {
        "@context": CONTEXT,
        "@type": type_of(item),
        "@id": url,
        "url": url,
        "name": [text.value for text in item.title],
        "alternateName": [text.value for text in item.alternative],
        "abstract": [text.value for text in item.abstract],
        "description": [text.value for text in item.description],
        "author": list(map(_agent, item.creator)),
        "contributor": list(map(_agent, item.contributor)),
        "datePublished": item.date.edtf if item.date and item.date.kind == "issued" else None,
        "publisher": [{"@type": "Organization", "name": name} for name in item.publisher],
        "inLanguage": [language.tag for language in item.language if language.tag],
        "keywords": [subject.value for subject in item.subject],
        "genre": [term.label for term in item.genre],
        "creativeWorkStatus": [term.label for term in item.resource_status],
        "license": [rights.uri for rights in item.rights if rights.uri],
        "isAccessibleForFree": True if item.access and item.access.label == "open access" else None,
        "identifier": [{"@type": "PropertyValue", "propertyID": "doi", "value": item.doi}] if item.doi else [],
        "sameAs": doi,
        "funder": [{"@type": "Organization", "name": one.funder} for one in item.funding if one.funder],
        "volumeNumber": item.volume,
        "issueNumber": item.issue,
        "pagination": item.pages.literal if item.pages else None,
    }
    if item.container:
        issn = list(item.container.issn)
        found["isPartOf"] = [_full({"@type": "Periodical", "name": item.container.title, "issn": issn})]
    for link in item.links:
        if link.relation in RELATIONS:
            found.setdefault(RELATIONS[link.relation], []).append(_target(link))
    return _full(found)


def type_of(item: Item) -> str:
    """Give the type of an item in schema.org."""
    known = (TYPES.get(term.label.casefold()) for term in item.resource_type)
    return next((kind for kind in known if kind), "CreativeWork")


def _agent(agent: Agent) -> Json:
    return _full(
        {
            "@type": KINDS.get(agent.kind or "", "Person" if agent.family else "Thing"),
            "@id": agent.orcid,
            "name": agent.name,
            "familyName": agent.family,
            "givenName": agent.given,
            "affiliation": [{"@type": "Organization", "name": one.name} for one in agent.affiliation],
        }
    )


def _target(link: Link) -> Json:
    return _full({"@type": "CreativeWork", "@id": link_address(link), "name": link.title})


def _full(node: Json) -> Json:
    return {name: value for name, value in node.items() if value}
