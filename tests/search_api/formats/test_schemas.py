"""What recorded records become is valid: oai_dc and DataCite XML, by grammars written after their specifications.

The grammars say which elements may stand where, how often, and with which words of the closed vocabularies that we use;
they are no copies of the schemas that the namespaces point at.
"""

import gzip

import msgspec
import pytest
from lxml import etree

from harvester.crosswalk.normalize import normalize
from harvester.item import SCHEMA, Date, Funding, Item, Link
from harvester.parsing.record import Record, RecordError
from search_api.formats.table import FORMATS, write_one
from tests.harvester.mappings.reading_records import REAL
from tests.indexer.making import make_item
from tests.search_api.formats.test_files import BARE, ITEM

METADATA = "{http://www.openarchives.org/OAI/2.0/}metadata"
EVERY = 7  # of the recorded records

START = """<grammar xmlns="http://relaxng.org/ns/structure/1.0" ns="{ns}"
  datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes"><start>
  <element name="{root}"><optional><attribute name="schemaLocation"
    ns="http://www.w3.org/2001/XMLSchema-instance"/></optional>{content}</element></start>
  <define name="lang"><optional><attribute name="lang" ns="http://www.w3.org/XML/1998/namespace">
    <data type="language"/></attribute></optional></define>
  <define name="text"><data type="string"><param name="pattern">[\\s\\S]*\\S[\\s\\S]*</param></data></define>
</grammar>"""
TEXT = '<ref name="text"/>'
LANG = '<ref name="lang"/>'


def element(name: str, *content: str, many: str = "") -> str:
    made = f'<element name="{name}">{"".join(content) or TEXT}</element>'
    return f"<{many}>{made}</{many}>" if many else made


def attribute(name: str, *values: str, needed: bool = True) -> str:
    choices = "".join(f"<value>{value}</value>" for value in values)
    made = f'<attribute name="{name}">{f"<choice>{choices}</choice>" if values else TEXT}</attribute>'
    return made if needed else f"<optional>{made}</optional>"


def group(name: str, *content: str) -> str:
    return element(name, element(name[:-1] if name != "fundingReferences" else "fundingReference", *content,
                                 many="oneOrMore"), many="optional")  # fmt: skip


def agent(name: str, *attributes: str) -> tuple[str, ...]:
    return (
        *attributes,
        element(name, attribute("nameType", "Personal", "Organizational", needed=False), TEXT),
        element("givenName", many="optional"),
        element("familyName", many="optional"),
        element(
            "nameIdentifier",
            attribute("nameIdentifierScheme"),
            attribute("schemeURI", needed=False),
            TEXT,
            many="zeroOrMore",
        ),
        element(
            "affiliation",
            attribute("affiliationIdentifier", needed=False),
            attribute("affiliationIdentifierScheme", needed=False),
            attribute("schemeURI", needed=False),
            TEXT,
            many="zeroOrMore",
        ),
    )


DC_NAMES = (
    *("title", "creator", "subject", "description", "publisher", "contributor", "date", "type"),
    *("format", "identifier", "source", "language", "relation", "coverage", "rights"),
)
OAI_DC = START.format(
    ns="http://www.openarchives.org/OAI/2.0/oai_dc/",
    root="dc",
    content="<zeroOrMore><choice>"
    + "".join(
        f'<element name="{name}" ns="http://purl.org/dc/elements/1.1/">{LANG}{TEXT}</element>' for name in DC_NAMES
    )
    + "</choice></zeroOrMore>",
)
RELATIONS = (
    *("IsCitedBy", "Cites", "IsSupplementTo", "IsSupplementedBy", "IsContinuedBy", "Continues", "IsDescribedBy"),
    *("Describes", "HasMetadata", "IsMetadataFor", "HasVersion", "IsVersionOf", "IsNewVersionOf"),
    *("IsPreviousVersionOf", "IsPartOf", "HasPart", "IsPublishedIn", "IsReferencedBy", "References"),
    *("IsDocumentedBy", "Documents", "IsCompiledBy", "Compiles", "IsVariantFormOf", "IsOriginalFormOf"),
    *("IsIdenticalTo", "IsReviewedBy", "Reviews", "IsDerivedFrom", "IsSourceOf", "IsRequiredBy", "Requires"),
    *("IsObsoletedBy", "Obsoletes", "IsCollectedBy", "Collects", "IsTranslationOf", "HasTranslation", "Other"),
)
GENERAL = (
    *("Audiovisual", "Award", "Book", "BookChapter", "Collection", "ComputationalNotebook", "ConferencePaper"),
    *("ConferenceProceeding", "DataPaper", "Dataset", "Dissertation", "Event", "Image", "InteractiveResource"),
    *("Instrument", "Journal", "JournalArticle", "Model", "OutputManagementPlan", "PeerReview", "PhysicalObject"),
    *("Poster", "Preprint", "Presentation", "Project", "Report", "Service", "Software", "Sound", "Standard"),
    *("StudyRegistration", "Text", "Workflow", "Other"),
)
IDENTIFIERS = (
    *("ARK", "arXiv", "bibcode", "CSTR", "DOI", "EAN13", "EISSN", "Handle", "IGSN", "ISBN", "ISSN", "ISTC", "LISSN"),
    *("LSID", "PMID", "PURL", "RRID", "UPC", "URL", "URN", "w3id"),
)
CONTRIBUTORS = (
    *("ContactPerson", "DataCollector", "DataCurator", "DataManager", "Distributor", "Editor"),
    *("HostingInstitution", "Other", "Producer", "ProjectLeader", "ProjectManager", "ProjectMember"),
    *("RegistrationAgency", "RegistrationAuthority", "RelatedPerson", "ResearchGroup", "RightsHolder"),
    *("Researcher", "Sponsor", "Supervisor", "Translator", "WorkPackageLeader"),
)
DATES = (
    *("Accepted", "Available", "Collected", "Copyrighted", "Coverage", "Created", "Issued", "Other", "Submitted"),
    *("Updated", "Valid", "Withdrawn"),
)
YEAR = '<data type="string"><param name="pattern">[0-9]{4}</param></data>'
DATACITE = START.format(
    ns="http://datacite.org/schema/kernel-4",
    root="resource",
    content="<interleave>"
    + element("identifier", attribute("identifierType"), TEXT)
    + element("creators", element("creator", *agent("creatorName"), many="oneOrMore"))
    + element(
        "titles",
        element(
            "title",
            attribute("titleType", "AlternativeTitle", "Subtitle", "TranslatedTitle", "Other", needed=False),
            LANG,
            TEXT,
            many="oneOrMore",
        ),
    )
    + element("publisher")
    + element("publicationYear", YEAR)
    + element("resourceType", attribute("resourceTypeGeneral", *GENERAL), TEXT)
    + group(
        "subjects",
        *(attribute(name, needed=False) for name in ("subjectScheme", "schemeURI", "valueURI", "classificationCode")),
        LANG,
        TEXT,
    )
    + group("contributors", *agent("contributorName", attribute("contributorType", *CONTRIBUTORS)))
    + group("dates", attribute("dateType", *DATES), attribute("dateInformation", needed=False), TEXT)
    + element("language", many="optional")
    + group("alternateIdentifiers", attribute("alternateIdentifierType"), TEXT)
    + group(
        "relatedIdentifiers",
        attribute("relatedIdentifierType", *IDENTIFIERS),
        attribute("relationType", *RELATIONS),
        attribute("resourceTypeGeneral", *GENERAL, needed=False),
        TEXT,
    )
    + element(
        "rightsList",
        element(
            "rights",
            *(
                attribute(name, needed=False)
                for name in ("rightsURI", "rightsIdentifier", "rightsIdentifierScheme", "schemeURI")
            ),
            LANG,
            TEXT,
            many="oneOrMore",
        ),
        many="optional",
    )
    + group(
        "descriptions",
        attribute(
            "descriptionType", "Abstract", "Methods", "SeriesInformation", "TableOfContents", "TechnicalInfo", "Other"
        ),
        LANG,
        TEXT,
    )
    + group(
        "fundingReferences",
        element("funderName"),
        element(
            "funderIdentifier",
            attribute("funderIdentifierType", "ISNI", "GRID", "ROR", "Crossref Funder ID", "Other"),
            attribute("schemeURI", needed=False),
            TEXT,
            many="optional",
        ),
        element("awardNumber", attribute("awardURI", needed=False), TEXT, many="optional"),
        element("awardTitle", many="optional"),
    )
    + "</interleave>",
)
GRAMMARS = {name: etree.RelaxNG(etree.fromstring(text)) for name, text in (("oai_dc", OAI_DC), ("datacite", DATACITE))}


def faults(name: str, item: Item) -> list[str]:
    """Give what is wrong with an item in a format."""
    grammar = GRAMMARS[name]
    root = etree.fromstring(write_one(FORMATS[name], item, "https://hub.example"))
    return [] if grammar.validate(root) else [entry.message for entry in grammar.error_log]


@pytest.mark.parametrize("name", GRAMMARS)
@pytest.mark.parametrize(
    "item",
    [
        ITEM,
        BARE,
        make_item(1, date=Date("0800", 800, "year")),
        make_item(2, date=Date(literal="undated"), title=()),
        make_item(3, links=(Link("odd_relation", title="Elsewhere"), Link("references", url="https://a.example/"))),
        make_item(4, funding=(Funding(number="R1"), Funding("A funder", funder_id="https://ror.org/00k4n6c32"))),
    ],
)
def test_made_items_are_valid(name, item):
    assert faults(name, item) == []


@pytest.mark.skipif(not REAL.is_dir(), reason="no recorded records: ../shared/data/real is missing")
@pytest.mark.parametrize("name", GRAMMARS)
def test_recorded_records_become_valid_xml(name, recorded_items):
    assert len(recorded_items) > 500
    wrong = {
        item.title[0].value if item.title else "?": found for item in recorded_items if (found := faults(name, item))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("oai_dc", "dc:title", "dc:headline"),
        ("datacite", "publicationYear>2017", "publicationYear>:unav"),
        ("datacite", 'relationType="IsPartOf"', 'relationType="PartOf"'),
    ],
)
def test_the_grammars_refuse_what_is_wrong(name, old, new):
    written = write_one(FORMATS[name], ITEM, "https://hub.example").decode()
    assert old in written
    assert not GRAMMARS[name].validate(etree.fromstring(written.replace(old, new).encode()))


@pytest.fixture(scope="module")
def recorded_items() -> list[Item]:
    found = []
    for element in _recorded_metadata()[::EVERY]:
        record = Record("oai:r:1", "2025-01-01", (), deleted=False, metadata=element)
        try:
            metadata = normalize(record, "unknown")
        except RecordError:
            continue
        fields = msgspec.structs.asdict(metadata)
        found.append(Item(**fields, id="i1", schema=SCHEMA, version=1, harvested="2026-11-20T10:00:00Z"))
    return found


def _recorded_metadata() -> list[etree._Element]:
    parser = etree.XMLParser(recover=True, huge_tree=True)
    found = []
    for path in sorted(REAL.rglob("*.xml*")):
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        root = etree.fromstring(content, parser)
        if root is not None:
            found += [metadata[0] for metadata in root.iter(METADATA) if len(metadata)]
    return found
