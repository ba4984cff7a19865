"""Bytes to pages and records, strictly: OAI-PMH 2.0, sections 2.5, 3.2 and 3.5.

A page counts only as a whole: to its closing tag, with an OAI-PMH root. So a cut page can never look like the last one.
"""

import functools
import html
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final, Literal

from lxml import etree
from msgspec import Struct
from sickle import oaiexceptions

from harvester.errors import FatalError, RejectedError, RetryableError, cut
from harvester.parsing.charsets import to_utf8
from harvester.parsing.mending import Broken, Mended, parse_mended, parse_strictly
from harvester.parsing.repair import MISC, PREFIX, ROOT, cut_document, strip_controls

LIST_VERBS: Final = {"ListRecords", "ListIdentifiers", "ListSets", "ListMetadataFormats", "GetRecord", "Identify"}
NO_RECORDS: Final = "noRecordsMatch"
DOCUMENT_WITHIN_BYTES: Final = 65_536
HTML_WITHIN_BYTES: Final = 4096
MAX_DIGITS: Final = 18  # of a number that the store can keep
NotOaiKind = Literal["blocked", "xml", "text", "empty"]
KINDS: Final[dict[NotOaiKind, str]] = {
    "blocked": "an HTML page",
    "xml": "other XML",
    "text": "other text",
    "empty": "nothing",
}
# What the fast way takes: UTF-8, and nothing before the root but what XML allows there, less a DOCTYPE.
WHOLE: Final = re.compile(
    rb"""(?:\xef\xbb\xbf)?(?:<\?xml\s+version=["'][\d.]+["'](?:\s+encoding=["'](?i:utf-?8)["'])?"""
    rb"""(?:\s+standalone=["']\w+["'])?\s*\?>)?%s<%sOAI-PMH[\s/>]""" % (MISC, PREFIX),
    re.DOTALL,
)
DOCTYPE: Final = re.compile(rb"<!doctype\b[^>]*>?", re.IGNORECASE)
HTML: Final = re.compile(rb"<!doctype\s+html|<html", re.IGNORECASE)


class NotOaiError(RetryableError):
    """The answer is no OAI-PMH document.

    `kind` is blocked (an HTML page: a wall against robots, or an error page), xml, text or empty; `title` that of the
    HTML page.
    """

    def __init__(self, kind: NotOaiKind, beginning: str, title: str = "") -> None:
        what = f"an HTML page titled {cut(title)!r}" if title else f"{KINDS[kind]}, beginning {cut(beginning)!r}"
        super().__init__(
            f"the answer is no OAI-PMH document but {what}: "
            "open the base URL with ?verb=Identify behind it in a browser"
        )
        self.kind = kind
        self.title = title


class PageCutError(RetryableError):
    """The page is not well-formed XML to its end; carries where and why."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the page is cut or damaged: {cut(reason)}")


class DoctypeError(FatalError):
    """The page carries a DOCTYPE, which OAI-PMH has not; nothing of it is read."""

    def __init__(self, doctype: str) -> None:
        super().__init__(f"the page carries {cut(doctype)!r}, unknown to OAI-PMH: tell the repository's operator")


class ProtocolError(FatalError, oaiexceptions.OAIError):
    """The repository answers with an OAI-PMH error; `code` is its code."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"the repository answers {code}: {cut(text.strip() or 'without explanation')}")
        self.code = code


class CannotDisseminateFormatError(ProtocolError, oaiexceptions.CannotDisseminateFormat):
    """The repository does not have the metadataPrefix."""


class NoSetHierarchyError(ProtocolError, oaiexceptions.NoSetHierarchy):
    """The repository has no sets."""


class IdDoesNotExistError(ProtocolError, oaiexceptions.IdDoesNotExist):
    """The repository does not know the identifier."""


class BadResumptionTokenError(RetryableError, oaiexceptions.BadResumptionToken):
    """The repository does not take its own token any more; the list must be started again."""

    def __init__(self, text: str) -> None:
        super().__init__(f"the repository refuses its resumption token: {cut(text.strip() or 'without explanation')}")


class RecordError(RejectedError):
    """One record cannot be used; `cause` is a short code that many records may share."""

    def __init__(self, cause: str, identifier: str | None, reason: str) -> None:
        super().__init__(f"record {cut(identifier or 'without identifier')}: {reason}")
        self.cause = cause
        self.identifier = identifier


PROTOCOL_ERRORS: Final[dict[str, type[ProtocolError]]] = {
    "cannotDisseminateFormat": CannotDisseminateFormatError,
    "noSetHierarchy": NoSetHierarchyError,
    "idDoesNotExist": IdDoesNotExistError,
}


class Page(Struct, frozen=True):
    """One answer, parsed. `elements` are the verb's entries (record, header, set, …); `token` is None on the last page.

    `response_date` is the server's text. `complete_list_size` and `cursor` are what the server claims, None where it
    does not. `broken` are the entries that are not well-formed, `repairs` says how often each was made (by its code in
    harvester.parsing.repair.REPAIRS).
    """

    root: etree._Element
    response_date: str
    elements: list[etree._Element]
    token: str | None = None
    complete_list_size: int | None = None
    cursor: int | None = None
    broken: tuple[Broken, ...] = ()
    repairs: dict[str, int] = {}

    @property
    def received(self) -> int:
        """How many entries the page has, the broken ones too."""
        return len(self.elements) + len(self.broken)


class Header(Struct, frozen=True):
    """What stands above a record's metadata, or alone in a list of headers."""

    identifier: str
    datestamp: str
    sets: tuple[str, ...]
    deleted: bool


class Record(Header, frozen=True):
    """One entry of a page of records.

    `metadata` is the root element of its format, or a JSON object as it came; None where the record is deleted.
    """

    metadata: etree._Element | bytes | None = None


def parse_page(body: bytes) -> Page:
    """Parse one answer of any verb. A noRecordsMatch answer is a page without entries and token, no error.

    Strictly; a page that fails is mended where its bytes tell how, parsed strictly again, and then by entry.
    Raises: NotOaiError, PageCutError, DoctypeError, BadResumptionTokenError, ProtocolError.
    """
    if WHOLE.match(body):
        try:
            root = parse_strictly(body)
        except etree.XMLSyntaxError:
            return _parse_damaged(body)
        return _read(Mended(root), Counter())
    return _parse_damaged(body)


def has_document(body: bytes) -> bool:
    """Tell whether an answer seems to hold an OAI-PMH document, whole or not."""
    return ROOT.search(body[:DOCUMENT_WITHIN_BYTES].replace(b"\0", b"")) is not None  # without NUL: also in UTF-16


def is_html(body: bytes) -> bool:
    """Tell whether an answer is an HTML page."""
    return HTML.search(body, 0, HTML_WITHIN_BYTES) is not None


def number_elements(page: Page) -> Iterator[tuple[int, etree._Element]]:
    """Yield the elements of a page, each with its place among all entries of the page (0 is the first)."""
    taken = {broken.position for broken in page.broken}
    places = (place for place in range(page.received) if place not in taken)
    return zip(places, page.elements, strict=True)


def parse_record(element: etree._Element) -> Record:
    """Parse one record of a ListRecords or GetRecord page. Raises: RecordError."""
    names = _names_beside(element.tag)
    parts = {child.tag: child for child in element}
    above = parts.get(names.header)
    if above is None:
        raise RecordError("no_header", None, "it has no header")
    header = parse_header(above)
    if header.deleted:
        return Record(header.identifier, header.datestamp, header.sets, deleted=True)
    metadata = next((child for child in parts.get(names.metadata, ()) if isinstance(child.tag, str)), None)
    if metadata is None:
        raise RecordError("no_metadata", header.identifier, "it is not deleted, yet it has no metadata")
    return Record(header.identifier, header.datestamp, header.sets, deleted=False, metadata=metadata)


def parse_header(element: etree._Element) -> Header:
    """Parse a header, of a record or of a ListIdentifiers page. Raises: RecordError."""
    names = _names_beside(element.tag)
    identifier = datestamp = ""
    sets = []
    for child in element:
        tag, text = child.tag, (child.text or "").strip()
        if tag == names.identifier:
            identifier = text
        elif tag == names.datestamp:
            datestamp = text
        elif tag == names.set_spec and text:
            sets.append(text)
    if not identifier:
        raise RecordError("no_identifier", None, "its header has no identifier")
    return Header(identifier, datestamp, tuple(sets), element.get("status") == "deleted")


class _Names(Struct, frozen=True):
    """The names of a record's elements in one namespace."""

    header: str
    metadata: str
    identifier: str
    datestamp: str
    set_spec: str


@functools.lru_cache(maxsize=64)
def _names_beside(tag: object) -> _Names:
    """Give the names in the namespace of an element."""
    name = str(tag)
    ns = name[: name.index("}") + 1] if name.startswith("{") else ""
    return _Names(*(f"{ns}{local}" for local in ("header", "metadata", "identifier", "datestamp", "setSpec")))


def _parse_damaged(body: bytes) -> Page:
    repairs: Counter[str] = Counter()
    text = strip_controls(to_utf8(body, repairs), repairs)
    root = ROOT.search(text)
    if root is None or HTML.search(text, 0, root.start()):
        raise _not_oai(text)
    if doctype := DOCTYPE.search(text, 0, root.start()):
        raise DoctypeError(doctype[0].decode("utf-8", "replace"))
    document = cut_document(text, root, repairs)
    if document is None:
        raise PageCutError("it has no closing tag")
    try:
        mended = parse_mended(document, repairs)
    except etree.XMLSyntaxError as error:
        raise PageCutError(str(error)) from error
    page = _read(mended, repairs)
    if mended.open_end and page.token is None:
        raise PageCutError("its last record is not closed, and no token follows")
    return page


def _read(mended: Mended, repairs: Counter[str]) -> Page:
    """Read the parts of an answer by their local names: repositories get the namespaces of the frame wrong."""
    root = mended.root
    if not root.tag.startswith("{"):
        repairs["no_namespace"] += 1
    parts = [(etree.QName(child).localname, child) for child in root if isinstance(child.tag, str)]
    response_date = next((child.text or "" for name, child in parts if name == "responseDate"), "").strip()
    lists = [child for name, child in parts if name in LIST_VERBS]
    error = next((child for name, child in parts if name == "error"), None)
    if error is not None and not (lists and error.get("code") == NO_RECORDS):
        if error.get("code") == NO_RECORDS:
            return Page(root, response_date, [], repairs=dict(repairs))
        _raise(error.get("code", ""), error.text or "")
    if not lists:
        raise PageCutError("there is neither a list nor an error in it")
    token = lists[-1].find("{*}resumptionToken")
    return Page(
        root,
        response_date,
        [child for entries in lists for child in entries if child is not token and isinstance(child.tag, str)],
        token=None if token is None else (token.text or "").strip() or None,
        complete_list_size=None if token is None else _number(token.get("completeListSize")),
        cursor=None if token is None else _number(token.get("cursor")),
        broken=mended.broken,
        repairs=dict(repairs),
    )


def _not_oai(body: bytes) -> NotOaiError:
    beginning = re.sub(r"\s+", " ", body[:400].decode("utf-8", "replace")).strip()
    if is_html(body):
        title = re.search(rb"<title[^>]*>(.*?)</title>", body[:65536], re.IGNORECASE | re.DOTALL)
        said = html.unescape(title[1].decode("utf-8", "replace")) if title else ""
        return NotOaiError("blocked", beginning, " ".join(said.split()))
    return NotOaiError("xml" if beginning.startswith("<") else "text" if beginning else "empty", beginning)


def _raise(code: str, text: str) -> None:
    if code == "badResumptionToken":
        raise BadResumptionTokenError(text)
    raise PROTOCOL_ERRORS.get(code, ProtocolError)(code or "an error without a code", text)


def _number(text: str | None) -> int | None:
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS else None
