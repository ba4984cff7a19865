"""Items as DataCite XML, kernel 4: what aggregators harvest as oai_datacite."""

from collections.abc import Iterable
from typing import Final

from lxml import etree

from harvester.item import Agent, Date, Funding, Identifier, Item, Link, Text
from harvester.styles.kinds import find_kind
from search_api.formats.xml import XSI, add, declared

KERNEL: Final = "http://datacite.org/schema/kernel-4"
SCHEMA: Final = "http://schema.datacite.org/meta/kernel-4/metadata.xsd"
UNKNOWN: Final = ":unav"  # DataCite's word for a value that nobody has
UNKNOWN_YEAR: Final = "0000"  # the kernel takes four digits only
GENERAL_TYPES: Final = {
    "article-journal": "JournalArticle",
    "article": "Preprint",
    "book": "Book",
    "chapter": "BookChapter",
    "paper-conference": "ConferencePaper",
    "report": "Report",
    "thesis": "Dissertation",
    "dataset": "Dataset",
    "software": "Software",
    "graphic": "Image",
    "motion_picture": "Audiovisual",
    "song": "Sound",
}
TITLE_TYPES: Final = {"subtitle": "Subtitle", "translated": "TranslatedTitle"}
DESCRIPTION_TYPES: Final = {"toc": "TableOfContents", "methods": "Methods", "series": "SeriesInformation"}
DATE_TYPES: Final = {
    "issued": "Issued",
    "created": "Created",
    "submitted": "Submitted",
    "accepted": "Accepted",
    "available": "Available",
    "embargo_end": "Available",
    "updated": "Updated",
    "collected": "Collected",
}
IDENTIFIER_TYPES: Final = {"doi": "DOI", "handle": "Handle", "url": "URL", "urn": "URN", "isbn": "ISBN", "issn": "ISSN"}
RELATION_TYPES: Final = {
    "has_part": "HasPart",
    "is_part_of": "IsPartOf",
    "has_version": "HasVersion",
    "is_version_of": "IsVersionOf",
    "references": "References",
    "is_referenced_by": "IsReferencedBy",
    "replaces": "Obsoletes",
    "is_replaced_by": "IsObsoletedBy",
    "requires": "Requires",
    "is_required_by": "IsRequiredBy",
    "has_format": "IsOriginalFormOf",
    "is_format_of": "IsVariantFormOf",
    "source": "IsDerivedFrom",
    "is_source_of": "IsSourceOf",
    "is_supplement_to": "IsSupplementTo",
    "is_supplemented_by": "IsSupplementedBy",
    "is_identical_to": "IsIdenticalTo",
    "is_preprint_of": "IsVersionOf",
    "has_preprint": "HasVersion",
    "continues": "Continues",
    "is_continued_by": "IsContinuedBy",
    "documents": "Documents",
    "is_documented_by": "IsDocumentedBy",
    "reviews": "Reviews",
    "is_reviewed_by": "IsReviewedBy",
    "has_metadata": "HasMetadata",
    "is_metadata_for": "IsMetadataFor",
}
NAME_TYPES: Final = {"person": "Personal", "organization": "Organizational"}


def to_datacite(item: Item, url: str) -> etree._Element:
    """Give the resource element of an item; what DataCite requires and the item has not is `:unav`, a year 0000."""
    root = etree.Element(_tag("resource"), nsmap=declared({None: KERNEL, "xsi": XSI}))
    root.set(f"{{{XSI}}}schemaLocation", f"{KERNEL} {SCHEMA}")
    kind = "DOI" if item.doi else "URL"
    add(root, _tag("identifier"), item.doi or url, {"identifierType": kind})
    _creators(root, item.creator)
    _titles(root, item)
    add(
        root,
        _tag("publisher"),
        next(iter(item.publisher), None) or (item.container.title if item.container else UNKNOWN),
    )
    add(root, _tag("publicationYear"), _year(item))
    label = item.resource_type[0].label if item.resource_type else None
    general = GENERAL_TYPES.get(find_kind(item).csl, "Other")
    add(root, _tag("resourceType"), label or general, {"resourceTypeGeneral": general})
    _subjects(root, item)
    _contributors(root, item.contributor)
    _dates(root, (*([item.date] if item.date else []), *item.dates))
    add(root, _tag("language"), next((language.tag for language in item.language if language.tag), None))
    _alternates(root, (one for one in item.identifier if one.value != item.doi))
    _related(root, item.links)
    _rights(root, item)
    _descriptions(root, item)
    _fundings(root, item.funding)
    return root


def _tag(name: str) -> str:
    return f"{{{KERNEL}}}{name}"


def _group(root: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(root, _tag(name))


def _drop_empty(root: etree._Element, group: etree._Element) -> None:
    if len(group) == 0:
        root.remove(group)


def _creators(root: etree._Element, agents: Iterable[Agent]) -> None:
    group = _group(root, "creators")
    for agent in agents:
        _agent(_group(group, "creator"), "creatorName", agent)
    if len(group) == 0:
        add(_group(group, "creator"), _tag("creatorName"), UNKNOWN)


def _agent(parent: etree._Element, name: str, agent: Agent) -> None:
    add(parent, _tag(name), agent.name or UNKNOWN, {"nameType": NAME_TYPES.get(agent.kind or "")})
    add(parent, _tag("givenName"), agent.given)
    add(parent, _tag("familyName"), agent.family)
    scheme = {"nameIdentifierScheme": "ORCID", "schemeURI": "https://orcid.org"}
    add(parent, _tag("nameIdentifier"), agent.orcid, scheme)
    for place in agent.affiliation:
        known = {"affiliationIdentifier": place.ror, "affiliationIdentifierScheme": "ROR"} if place.ror else {}
        add(parent, _tag("affiliation"), place.name, known)


def _titles(root: etree._Element, item: Item) -> None:
    group = _group(root, "titles")
    for text in item.title:
        add(group, _tag("title"), text.value, lang=text.lang)
    for text in item.alternative:
        kind = TITLE_TYPES.get(text.kind or "", "AlternativeTitle")
        add(group, _tag("title"), text.value, {"titleType": kind}, lang=text.lang)
    if len(group) == 0:
        add(group, _tag("title"), UNKNOWN)


def _year(item: Item) -> str:
    year = item.date.year if item.date else None
    return f"{year:04}" if year is not None and 0 <= year <= 9999 else UNKNOWN_YEAR


def _subjects(root: etree._Element, item: Item) -> None:
    group = _group(root, "subjects")
    for subject in item.subject:
        add(
            group,
            _tag("subject"),
            subject.value,
            {"subjectScheme": subject.scheme, "valueURI": subject.uri},
            lang=subject.lang,
        )
    for term in item.genre:
        add(group, _tag("subject"), term.label, {"subjectScheme": "genre", "valueURI": term.uri})
    _drop_empty(root, group)


def _contributors(root: etree._Element, agents: Iterable[Agent]) -> None:
    group = _group(root, "contributors")
    for agent in agents:
        one = _group(group, "contributor")
        one.set("contributorType", "Editor" if agent.role == "editor" else "Other")
        _agent(one, "contributorName", agent)
    _drop_empty(root, group)


def _dates(root: etree._Element, dates: Iterable[Date]) -> None:
    group = _group(root, "dates")
    for date in dates:
        if date.edtf and date.edtf.replace("-", "").replace("/", "").isdigit():  # W3CDTF and RKMS-ISO8601 only
            add(group, _tag("date"), date.edtf, {"dateType": DATE_TYPES.get(date.kind, "Other")})
    _drop_empty(root, group)


def _alternates(root: etree._Element, identifiers: Iterable[Identifier]) -> None:
    group = _group(root, "alternateIdentifiers")
    for one in identifiers:
        kind = IDENTIFIER_TYPES.get(one.scheme, one.scheme)
        add(group, _tag("alternateIdentifier"), one.value, {"alternateIdentifierType": kind})
    _drop_empty(root, group)


def _related(root: etree._Element, links: Iterable[Link]) -> None:
    group = _group(root, "relatedIdentifiers")
    for link in links:
        relation = RELATION_TYPES.get(link.relation)
        if relation and (link.doi or link.url):
            kind = "DOI" if link.doi else "URL"
            said = {"relatedIdentifierType": kind, "relationType": relation}
            add(group, _tag("relatedIdentifier"), link.doi or link.url, said)
    _drop_empty(root, group)


def _rights(root: etree._Element, item: Item) -> None:
    group = _group(root, "rightsList")
    for rights in item.rights:
        add(group, _tag("rights"), rights.label, {"rightsURI": rights.uri})
    if item.access is not None:
        add(group, _tag("rights"), item.access.label, {"rightsURI": item.access.uri})
    _drop_empty(root, group)


def _descriptions(root: etree._Element, item: Item) -> None:
    group = _group(root, "descriptions")
    for text in item.abstract:
        _description(group, text, "Abstract")
    for text in item.description:
        _description(group, text, DESCRIPTION_TYPES.get(text.kind or "", "Other"))
    _drop_empty(root, group)


def _description(group: etree._Element, text: Text, kind: str) -> None:
    add(group, _tag("description"), text.value, {"descriptionType": kind}, lang=text.lang)


def _fundings(root: etree._Element, fundings: Iterable[Funding]) -> None:
    group = _group(root, "fundingReferences")
    for funding in fundings:
        one = _group(group, "fundingReference")
        add(one, _tag("funderName"), funding.funder or UNKNOWN)
        kind = "ROR" if "ror.org" in (funding.funder_id or "") else "Crossref Funder ID"
        add(one, _tag("funderIdentifier"), funding.funder_id, {"funderIdentifierType": kind})
        add(one, _tag("awardNumber"), funding.number, {"awardURI": funding.uri})
        add(one, _tag("awardTitle"), funding.title)
    _drop_empty(root, group)
