"""A record of the demonstration as XML, the way repositories write oai_dc and oai_datacite."""

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from workers.demo.records import DemoRecord, Grant

XSI: Final = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
DC_START: Final = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    f'xmlns:dcterms="http://purl.org/dc/terms/" {XSI} xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai_dc/ '
    'http://www.openarchives.org/OAI/2.0/oai_dc.xsd">'
)
DATACITE_START: Final = (
    f'<oai_datacite xmlns="http://schema.datacite.org/oai/oai-1.1/" {XSI} '
    'xsi:schemaLocation="http://schema.datacite.org/oai/oai-1.1/ http://schema.datacite.org/oai/oai-1.1/oai.xsd">'
    "<schemaVersion>4.6</schemaVersion><datacentreSymbol>EXAMPLE.HUB</datacentreSymbol><payload>"
    '<resource xmlns="http://datacite.org/schema/kernel-4" xsi:schemaLocation="http://datacite.org/schema/kernel-4 '
    'https://schema.datacite.org/meta/kernel-4.6/metadata.xsd">'
)
UNAVAILABLE: Final = ":unav"  # DataCite 4.6, appendix 3: the value is temporarily inaccessible
REPOSITORY: Final = "Educational Research Hub"  # repositories name themselves where they know no publisher
GENERAL_TYPES: Final = {
    "Book chapter": "BookChapter",
    "Report": "Report",
    "Doctoral Thesis": "Dissertation",
    "Dataset": "Dataset",
}


def render_oai_dc(record: DemoRecord) -> str:
    """Write a record as oai_dc.

    Types, statuses and genres are all dc:type, the imprint is a citation sentence, a grant is an OpenAIRE URI in
    dc:relation: oai_dc has no place of their own for them.
    """
    return "".join([DC_START, *_dc_elements(record), "</oai_dc:dc>"])


def render_oai_datacite(record: DemoRecord) -> str:
    """Write a record as DataCite kernel 4 in its OAI envelope."""
    return "".join([DATACITE_START, *_datacite_elements(record), "</resource></payload></oai_datacite>"])


def citation(record: DemoRecord) -> str:
    """Write an APA 7 citation; "" for works that are neither article nor chapter."""
    if not record.volume and not record.book:
        return ""
    where = f"{record.journal}, {record.volume}({record.issue}), {record.first_page}–{record.last_page}."
    if record.book:
        where = f"In {record.book} (pp. {record.first_page}–{record.last_page}). {record.publisher}."
    end = "" if record.title.endswith("?") else "."
    return f"{_authors(record)} ({record.year}). {record.title}{end} {where} https://doi.org/{record.doi}"


def _authors(record: DemoRecord) -> str:
    names = [f"{family}, {given[0]}." for family, given in record.creators]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + ", & " + names[-1]


def _dc_elements(record: DemoRecord) -> Iterator[str]:
    yield _element("dc:title", record.title)
    yield from _elements("dc:creator", (f"{family}, {given}" for family, given in record.creators))
    yield from _elements("dc:subject", record.subjects)
    yield from _elements("dc:description", _said(record.abstract))
    yield from _elements("dc:publisher", _said(record.publisher))
    yield _element("dc:date", record.date)  # also when there is none: empty elements are common
    yield from _elements("dc:type", (*_said(record.resource_type), *record.statuses, *record.genres))
    yield _element("dc:identifier", record.url)
    yield from _elements("dc:identifier", (f"https://doi.org/{doi}" for doi in _said(record.doi)))
    place = "dc:identifier" if record.number % 2 else "dcterms:bibliographicCitation"  # both are common
    yield from _elements(place, _said(citation(record)))
    yield from _elements("dc:relation", (_grant_uri(grant) for grant in record.grants))
    yield from _elements("dcterms:hasPart", (f"https://doi.org/{doi}" for doi in record.parts))
    yield from _elements("dc:language", _said(record.language))
    yield from _elements("dc:rights", _said(record.rights))


def _grant_uri(grant: Grant) -> str:
    """Write info:eu-repo/grantAgreement/Funder/Programme/Number (OpenAIRE guidelines 3.0, field Project Identifier)."""
    parts = (quote(part, safe="") for part in (grant.funder, grant.programme, grant.number))
    return "info:eu-repo/grantAgreement/" + "/".join(parts)


def _datacite_elements(record: DemoRecord) -> Iterator[str]:
    if record.doi:
        yield _element("identifier", record.doi, identifierType="DOI")
    else:
        yield _element("identifier", record.url, identifierType="URL")
    yield _group("creators", (_creator(family, given) for family, given in record.creators))
    yield _group("titles", [_element("title", record.title)])
    yield _element("publisher", record.publisher or REPOSITORY)
    yield _element("publicationYear", record.date[:4] or UNAVAILABLE)
    yield _element(
        "resourceType", record.resource_type, resourceTypeGeneral=GENERAL_TYPES.get(record.resource_type, "Text")
    )
    yield _group("subjects", (_element("subject", term, subjectScheme="Hub topics") for term in record.subjects))
    yield _group("dates", _elements("date", _said(record.date), dateType="Issued"))
    yield from _elements("language", _said(record.language))
    yield _group("alternateIdentifiers", [_element("alternateIdentifier", record.url, alternateIdentifierType="URL")])
    yield _group(
        "relatedIdentifiers",
        _elements("relatedIdentifier", record.parts, relatedIdentifierType="DOI", relationType="HasPart"),
    )
    yield _group("rightsList", (_element("rights", "", rightsURI=uri) for uri in _said(record.rights)))
    yield _group("descriptions", _elements("description", _said(record.abstract), descriptionType="Abstract"))
    yield _group("fundingReferences", (_funding(grant) for grant in record.grants))
    yield _group("relatedItems", _containers(record))


def _creator(family: str, given: str) -> str:
    name = _element("creatorName", f"{family}, {given}", nameType="Personal")
    return _group("creator", [name, _element("givenName", given), _element("familyName", family)])


def _funding(grant: Grant) -> str:
    return _group("fundingReference", [_element("funderName", grant.funder), _element("awardNumber", grant.number)])


def _containers(record: DemoRecord) -> Iterator[str]:
    title = record.journal or record.book
    if not title:
        return
    kind = "Journal" if record.journal else "Book"
    inner = [
        _group("titles", [_element("title", title)]),
        *_elements("volume", _said(record.volume)),
        *_elements("issue", _said(record.issue)),
        _element("firstPage", record.first_page),
        _element("lastPage", record.last_page),
    ]
    yield f'<relatedItem relationType="IsPublishedIn" relatedItemType="{kind}">{"".join(inner)}</relatedItem>'


def _element(name: str, text: str, **attributes: str) -> str:
    start = name + "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{start}>{escape(text)}</{name}>" if text else f"<{start}/>"


def _elements(name: str, texts: Iterable[str], **attributes: str) -> Iterator[str]:
    for text in texts:
        yield _element(name, text, **attributes)


def _group(name: str, elements: Iterable[str]) -> str:
    """Wrap elements; nothing where there are none, as empty groups are not valid DataCite."""
    inner = "".join(elements)
    return f"<{name}>{inner}</{name}>" if inner else ""


def _said(text: str) -> tuple[str, ...]:
    return (text,) if text else ()
