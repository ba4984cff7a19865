"""Dumps into the ledger: what each saved answer is, and its page, archived byte for byte before anything is stored.

From there on a page of an import goes the way of every page (harvester.harvest.harvest_page).
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Final

from harvester.crosswalk.mapping import find_mapping, local_name
from harvester.crosswalk.reading import snake_case
from harvester.dumps.documents import Document, Dump
from harvester.dumps.json_answers import look_at_json
from harvester.dumps.saved import Saved
from harvester.errors import FatalError, HarvestError
from harvester.harvesting import Harvesting
from harvester.parsing.json_page import is_json
from harvester.parsing.record import KINDS, NotOaiError, Page, parse_page
from harvester.store.ledger.imports import DocumentPage, Reading, end_reading, put_documents

AHEAD: Final = 16
LOOKED_AT: Final = 50
DEFAULT_PREFIX: Final = "oai_dc"
RECORD_VERBS: Final = ("ListRecords", "GetRecord")
SINGLE_RECORD: Final = re.compile(
    rb"(?P<before>(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>)?)"
    rb"(?=(?>\s+|<!--.*?-->|<\?.*?\?>)*+<(?:[\w.-]+:)?record[\s>])",
    re.DOTALL,
)
WRAPPED: Final = (
    b'%s<oai:OAI-PMH xmlns:oai="http://www.openarchives.org/OAI/2.0/"><oai:ListRecords>',
    b"</oai:ListRecords></oai:OAI-PMH>",
)


class ImportTakenOverError(FatalError):
    """Another process has taken over the import, or its run was ended."""

    def __init__(self, run: int) -> None:
        super().__init__(
            f"run {run} was taken over by another process, or ended: `oaihub runs {run}` shows how it goes"
        )


def find_prefix(dump: Dump) -> str:
    """Give the metadataPrefix of a dump: the first that one of its first documents names, else by a root element."""
    root = None
    for document in itertools.islice(dump.iter_documents(), LOOKED_AT):
        saved = look_at(document)
        if saved.prefix is not None:
            return saved.prefix
        root = root or saved.root
    if root is None:
        return DEFAULT_PREFIX
    return _named_by(root)


def read_ahead(
    harvesting: Harvesting,
    reading: Reading,
    documents: Iterable[Document],
    *,
    metadata_prefix: str,
    chosen: str | None = None,
) -> Iterator[list[DocumentPage]]:
    """Archive documents and write them to the ledger, AHEAD at a time; yields them so that they can be harvested.

    At its end the ledger knows that all is read, so that the run can end.

    Answers in another format than `chosen` (by default the run's `metadata_prefix`) are refused, or, where it was
    chosen, left out. Raises: ImportTakenOverError, ArchiveError.
    """
    pages: list[DocumentPage] = []
    for document in documents:  # one at a time: a document may be as large as a page may be
        number = reading.next_page + len(pages)
        pages.append(
            _archived(harvesting, reading.run, number, document, metadata_prefix=metadata_prefix, chosen=chosen)
        )
        if len(pages) == AHEAD:
            reading = _put(harvesting, reading, pages)
            yield pages
            pages = []
    if pages:
        reading = _put(harvesting, reading, pages)
        yield pages
    if not end_reading(harvesting.store, reading):
        raise ImportTakenOverError(reading.run)


def look_at(document: Document) -> Saved:
    """Tell what a document is; never raises for what it holds."""
    if document.refused or not document.body or document.body.isspace():
        return Saved(refused=document.refused or "it is empty")
    try:
        return (look_at_json if is_json(document.body) else _answer)(document.body)
    except NotOaiError as error:
        return _single_record(document.body) or Saved(refused=f"it is no OAI-PMH answer but {KINDS[error.kind]}")
    except HarvestError as error:
        return Saved(refused=str(error))


def _put(harvesting: Harvesting, reading: Reading, pages: list[DocumentPage]) -> Reading:
    following = put_documents(harvesting.store, reading, pages, harvesting.store.now())
    if following is None:
        raise ImportTakenOverError(reading.run)
    return following


def _archived(
    harvesting: Harvesting, run: int, number: int, document: Document, *, metadata_prefix: str, chosen: str | None
) -> DocumentPage:
    saved = look_at(document)
    if saved.refused or saved.skipped:
        return DocumentPage(name=document.name, skipped=saved.skipped, error=saved.refused)
    wanted = chosen or metadata_prefix
    other = _other_format(saved, wanted)
    if other and chosen is not None:
        return DocumentPage(name=document.name, skipped=f"in_{other}")
    if other:
        reason = f"its records are in {other}, not in {wanted}: --prefix {other} imports those"
        return DocumentPage(name=document.name, error=reason)
    kept = harvesting.archive.append(run, number, saved.body, saved.kind)
    return DocumentPage(
        name=document.name,
        location=kept.location,
        size_bytes=kept.size_bytes,
        received=saved.received,
        repairs=saved.repairs,
    )


def _other_format(saved: Saved, wanted: str) -> str:
    """Give the format that a document is in, where it is another; one that names none has to look like it."""
    if saved.prefix is not None or saved.root is None:
        return "" if saved.prefix in {None, wanted} else str(saved.prefix)
    mapping = find_mapping(wanted, saved.root)
    return "" if not mapping.root or mapping.root in saved.names else _named_by(saved.root)


def _named_by(root: str) -> str:
    return find_mapping("", root).name or local_name(root)


def _answer(body: bytes) -> Saved:
    """Tell what an OAI-PMH answer is. Raises: what parse_page raises."""
    page = parse_page(body)
    ns = page.root.tag[: page.root.tag.index("}") + 1] if page.root.tag.startswith("{") else ""
    request = page.root.find(f"{ns}request")
    prefix = None if request is None else request.get("metadataPrefix")
    verb = next((local_name(str(child.tag)) for child in page.root if child.tag not in _envelope(ns)), "")
    if verb not in RECORD_VERBS:
        return Saved(skipped="no_records_match" if verb == "error" else snake_case(verb))
    root, names = _metadata(page)
    return Saved(body=body, received=page.received, repairs=page.repairs, prefix=prefix or None, root=root, names=names)


def _envelope(ns: str) -> tuple[str, str]:
    return f"{ns}responseDate", f"{ns}request"


def _metadata(page: Page) -> tuple[str | None, frozenset[str]]:
    """Give the tag of the first metadata of a page, and the names of all elements in it."""
    for element in page.elements:
        holder = element.find("{*}metadata")
        for child in () if holder is None else holder:
            if isinstance(child.tag, str):
                return child.tag, frozenset(local_name(str(part.tag)) for part in child.iter("*"))
    return None, frozenset()


def _single_record(body: bytes) -> Saved | None:
    """Take a document that is a record, or several without an element around them, for a list; None where it is not."""
    start = SINGLE_RECORD.match(body)
    if start is None:
        return None
    before, after = WRAPPED
    wrapped = before % start["before"] + body[start.end() :] + after
    try:
        page = parse_page(wrapped)
    except HarvestError:
        page = None
    if page is None or not page.elements:
        return Saved(refused="it is a record that is cut or damaged")
    if page.elements[0].find("{*}header") is None:
        return Saved(refused="it is a record without an OAI-PMH header, so it has no identifier")
    root, names = _metadata(page)
    return Saved(body=wrapped, received=page.received, repairs=page.repairs, root=root, names=names)
