"""A grammar of what OAI-PMH 2.0 answers (section 3.2 and chapter 4), in our own words; stricter than its XML Schema.

The request is repeated with its arguments, but for badVerb and badArgument; the answer is of the verb asked for; a
deleted record has no metadata, any other has one element of another namespace.
"""

from lxml import etree

from tests.search_api.formats.test_schemas import attribute, element

NAME = r"[A-Za-z0-9_.!~*'()\-]+"
SECONDS = r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z"
OTHER_ERRORS = (
    *("badResumptionToken", "cannotDisseminateFormat", "idDoesNotExist"),
    *("noMetadataFormats", "noRecordsMatch", "noSetHierarchy"),
)


def text(pattern: str, kind: str = "string") -> str:
    return f'<data type="{kind}"><param name="pattern">{pattern}</param></data>'


def any_of(*choices: str) -> str:
    return f"<choice>{''.join(choices)}</choice>"


def all_of(*parts: str) -> str:
    return f"<group>{''.join(parts)}</group>"


def argument(name: str, content: str, *, needed: bool = False) -> str:
    made = f'<attribute name="{name}">{content}</attribute>'
    return made if needed else f"<optional>{made}</optional>"


URI = '<data type="anyURI"/>'
NOT_EMPTY = text(r"[\s\S]*\S[\s\S]*")
DATESTAMP = any_of(text(r"[0-9]{4}-[01][0-9]-[0-3][0-9]"), text(SECONDS, "dateTime"))
SET_SPEC = text(f"{NAME}(:{NAME})*")
TOKEN = element(
    "resumptionToken",
    argument("expirationDate", text(SECONDS, "dateTime")),
    argument("completeListSize", '<data type="positiveInteger"/>'),
    argument("cursor", '<data type="nonNegativeInteger"/>'),
    text(r"[^\s]*"),
    many="optional",
)
ELSEWHERE = '<ref name="elsewhere"/>'
HEADER = (
    element("identifier", text(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+", "anyURI")),
    element("datestamp", text(SECONDS, "dateTime")),
    element("setSpec", SET_SPEC, many="zeroOrMore"),
)
LIVE, DELETED = element("header", *HEADER), element("header", attribute("status", "deleted"), *HEADER)
RECORD = element(
    "record",
    any_of(
        DELETED,
        all_of(LIVE, element("metadata", ELSEWHERE), element("about", ELSEWHERE, many="zeroOrMore")),
    ),
)
LIST_ARGUMENTS = any_of(
    argument("resumptionToken", NOT_EMPTY, needed=True),
    all_of(
        argument("metadataPrefix", text(NAME), needed=True),
        argument("from", DATESTAMP),
        argument("until", DATESTAMP),
        argument("set", SET_SPEC),
    ),
)
IDENTIFIER = argument("identifier", URI, needed=True)
PREFIX = argument("metadataPrefix", text(NAME), needed=True)
ANSWERS = {
    "Identify": (
        "<empty/>",
        element("repositoryName", NOT_EMPTY)
        + element("baseURL", URI)
        + element("protocolVersion", "<value>2.0</value>")
        + element("adminEmail", text(r"[^\s@]+@([^\s@]+\.)+[^\s@]+"), many="oneOrMore")
        + element("earliestDatestamp", text(SECONDS, "dateTime"))
        + element("deletedRecord", any_of("<value>no</value>", "<value>persistent</value>", "<value>transient</value>"))
        + element("granularity", "<value>YYYY-MM-DDThh:mm:ssZ</value>")
        + element("compression", NOT_EMPTY, many="zeroOrMore")
        + element("description", ELSEWHERE, many="zeroOrMore"),
    ),
    "ListMetadataFormats": (
        f"<optional>{IDENTIFIER}</optional>",
        element(
            "metadataFormat",
            element("metadataPrefix", text(NAME)),
            element("schema", URI),
            element("metadataNamespace", URI),
            many="oneOrMore",
        ),
    ),
    "ListSets": (
        argument("resumptionToken", NOT_EMPTY),
        element(
            "set",
            element("setSpec", SET_SPEC),
            element("setName", NOT_EMPTY),
            element("setDescription", ELSEWHERE, many="zeroOrMore"),
            many="oneOrMore",
        )
        + TOKEN,
    ),
    "ListIdentifiers": (LIST_ARGUMENTS, f"<oneOrMore>{any_of(LIVE, DELETED)}</oneOrMore>" + TOKEN),
    "ListRecords": (LIST_ARGUMENTS, f"<oneOrMore>{RECORD}</oneOrMore>" + TOKEN),
    "GetRecord": (IDENTIFIER + PREFIX, RECORD),
}


def answer(verb: str) -> str:
    arguments, content = ANSWERS[verb]
    said = element("request", attribute("verb", verb), arguments, URI)
    errors = element("error", attribute("code", *OTHER_ERRORS), NOT_EMPTY, many="oneOrMore")
    return all_of(said, any_of(element(verb, content), errors))


ENVELOPE = f"""<grammar xmlns="http://relaxng.org/ns/structure/1.0" ns="http://www.openarchives.org/OAI/2.0/"
  datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes"><start><element name="OAI-PMH">
  <attribute name="schemaLocation" ns="http://www.w3.org/2001/XMLSchema-instance"/>
  {element("responseDate", text(SECONDS, "dateTime"))}
  {
    any_of(
        all_of(
            element("request", URI),
            element("error", attribute("code", "badVerb", "badArgument"), NOT_EMPTY, many="oneOrMore"),
        ),
        *map(answer, ANSWERS),
    )
}</element></start>
  <define name="elsewhere">
    <element><anyName><except><nsName/></except></anyName><ref name="anything"/></element></define>
  <define name="anything"><zeroOrMore><choice><text/><attribute><anyName/></attribute>
    <element><anyName/><ref name="anything"/></element></choice></zeroOrMore></define>
</grammar>"""
GRAMMAR = etree.RelaxNG(etree.fromstring(ENVELOPE))


def faults(content: bytes) -> list[str]:
    """Give what is wrong with an answer."""
    return [] if GRAMMAR.validate(etree.fromstring(content)) else [entry.message for entry in GRAMMAR.error_log]
