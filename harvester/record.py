"""Bytes to pages and records, strictly: OAI-PMH 2.0, sections 2.5, 3.2 and 3.5.

A page counts only as a whole: well-formed to its closing tag, with an OAI-PMH root. So a cut page can never look like
the last one.
"""

import re
from typing import Final

from lxml import etree
from msgspec import Struct
from sickle import oaiexceptions

from harvester.errors import FatalError, RejectedError, RetryableError, cut

LIST_VERBS: Final = ("ListRecords", "ListIdentifiers", "ListSets", "ListMetadataFormats", "GetRecord", "Identify")


class NotOaiError(RetryableError):
    """The answer is no OAI-PMH document; `kind` says what it looks like: html, xml, text."""

    def __init__(self, kind: str, beginning: str) -> None:
        super().__init__(
            f"the answer is no OAI-PMH document but {kind}, beginning {cut(beginning)!r}: "
            "open the base URL with ?verb=Identify behind it in a browser"
        )
        self.kind = kind


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
    does not.
    """

    root: etree._Element
    response_date: str
    elements: list[etree._Element]
    token: str | None = None
    complete_list_size: int | None = None
    cursor: int | None = None

    @property
    def received(self) -> int:
        """How many records the page holds."""
        return len(self.elements)


class Header(Struct, frozen=True):
    """What stands above a record's metadata, or alone in a list of headers."""

    identifier: str
    datestamp: str
    sets: tuple[str, ...]
    deleted: bool


class Record(Header, frozen=True):
    """One entry of a ListRecords page. `metadata` is the root element of its format, None where it is deleted."""

    metadata: etree._Element | None = None


def parse_page(body: bytes) -> Page:
    """Parse one answer of any verb. A noRecordsMatch answer is a page without entries and token, no error.

    Raises: NotOaiError, PageCutError, DoctypeError, BadResumptionTokenError, ProtocolError.
    """
    root = _parse(body)
    ns = root.tag[: root.tag.index("}") + 1] if root.tag.startswith("{") else ""
    response_date = (root.findtext(f"{ns}responseDate") or "").strip()
    error = root.find(f"{ns}error")
    if error is not None:
        code = error.get("code", "")
        if code == "noRecordsMatch":
            return Page(root, response_date, [])
        _raise(code, error.text or "")
    entries = next((child for verb in LIST_VERBS if (child := root.find(ns + verb)) is not None), None)
    if entries is None:
        raise PageCutError("there is neither a list nor an error in it")
    token = entries.find(f"{ns}resumptionToken")
    elements = [child for child in entries if child is not token and isinstance(child.tag, str)]
    if token is None:
        return Page(root, response_date, elements)
    return Page(
        root,
        response_date,
        elements,
        token=(token.text or "").strip() or None,
        complete_list_size=_number(token.get("completeListSize")),
        cursor=_number(token.get("cursor")),
    )


def parse_record(element: etree._Element) -> Record:
    """Parse one record of a ListRecords or GetRecord page. Raises: RecordError."""
    tag = str(element.tag)
    ns = tag[: tag.index("}") + 1] if tag.startswith("{") else ""
    parts = {child.tag: child for child in element}
    above = parts.get(f"{ns}header")
    if above is None:
        raise RecordError("no_header", None, "it has no header")
    header = parse_header(above)
    if header.deleted:
        return Record(header.identifier, header.datestamp, header.sets, deleted=True)
    metadata = next((child for child in parts.get(f"{ns}metadata", ()) if isinstance(child.tag, str)), None)
    if metadata is None:
        raise RecordError("no_metadata", header.identifier, "it is not deleted, yet it has no metadata")
    return Record(header.identifier, header.datestamp, header.sets, deleted=False, metadata=metadata)


def parse_header(element: etree._Element) -> Header:
    """Parse a header, of a record or of a ListIdentifiers page. Raises: RecordError."""
    tag = str(element.tag)
    ns = tag[: tag.index("}") + 1] if tag.startswith("{") else ""
    identifier = datestamp = ""
    sets = []
    for child in element:
        text = (child.text or "").strip()
        if child.tag == f"{ns}identifier":
            identifier = text
        elif child.tag == f"{ns}datestamp":
            datestamp = text
        elif child.tag == f"{ns}setSpec" and text:
            sets.append(text)
    if not identifier:
        raise RecordError("no_identifier", None, "its header has no identifier")
    return Header(identifier, datestamp, tuple(sets), element.get("status") == "deleted")


def _parse(body: bytes) -> etree._Element:
    parser = etree.XMLParser(  # huge_tree: single texts over 10 MB are real; the size is bounded where the body is read
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        collect_ids=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        if b"<OAI-PMH" in body[:4096]:
            raise PageCutError(str(error)) from error
        raise _not_oai(body) from error
    if etree.QName(root).localname != "OAI-PMH":
        raise _not_oai(body)
    doctype = str(root.getroottree().docinfo.doctype or "")  # type: ignore[union-attr]  # the stubs
    if doctype:
        raise DoctypeError(doctype)
    return root


def _not_oai(body: bytes) -> NotOaiError:
    beginning = re.sub(r"\s+", " ", body[:400].decode("utf-8", "replace")).strip()
    if re.search(rb"<!doctype html|<html", body[:4096], re.IGNORECASE):
        title = re.search(rb"<title[^>]*>(.*?)</title>", body[:65536], re.IGNORECASE | re.DOTALL)
        return NotOaiError("an HTML page", title.group(1).decode("utf-8", "replace").strip() if title else beginning)
    return NotOaiError("other XML" if beginning.startswith("<") else "other text", beginning)


def _raise(code: str, text: str) -> None:
    if code == "badResumptionToken":
        raise BadResumptionTokenError(text)
    raise PROTOCOL_ERRORS.get(code, ProtocolError)(code or "an error without a code", text)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdigit() else None
