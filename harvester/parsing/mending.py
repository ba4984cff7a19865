"""From a damaged document to elements: strictly parsed as it is, strictly parsed once mended, or entry by entry."""

from collections import Counter

from lxml import etree
from msgspec import Struct

from harvester.parsing.repair import declare_prefixes, mend_markup
from harvester.parsing.splitting import ENTRIES, Entry, split_document


class Broken(Struct, frozen=True):
    """An entry of a page that is not well-formed, even mended.

    `position` is its place among all entries of the page (0 is the first), `raw` its bytes in UTF-8 without control
    characters (as received it is in the archive); `identifier` is None where a plain search found none.
    """

    position: int
    identifier: str | None
    reason: str
    raw: bytes


class Mended(Struct, frozen=True):
    """A page's root with all entries that are well-formed, in order, and those that are not.

    `open_end`: the last entry is never closed, so more may have followed.
    """

    root: etree._Element
    broken: tuple[Broken, ...] = ()
    open_end: bool = False


def parse_strictly(document: bytes) -> etree._Element:
    """Parse a document as XML 1.0 wants it: nothing is loaded, nothing expanded. Raises: etree.XMLSyntaxError."""
    parser = etree.XMLParser(  # huge_tree: single texts over 10 MB are real; the size is bounded where the body is read
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        collect_ids=False,
        remove_comments=True,
        remove_pis=True,
    )
    return etree.fromstring(document, parser)


def parse_mended(document: bytes, repairs: Counter[str]) -> Mended:
    """Parse a document from `<OAI-PMH …>` to `</OAI-PMH>`; what mending does not heal in an entry sets that aside.

    Raises: etree.XMLSyntaxError where it is not well-formed outside its entries.
    """
    try:
        return Mended(parse_strictly(document))
    except etree.XMLSyntaxError:
        pieces = split_document(document)
    head = mend_markup(pieces.head, repairs)
    texts = [mend_markup(entry.text, repairs) for entry in pieces.entries]
    tail = mend_markup(pieces.tail, repairs)
    try:
        return Mended(_parse_declared(b"".join([head, *texts, tail]), repairs))
    except etree.XMLSyntaxError:
        if not texts:
            raise
    root = _parse_declared(head + tail, repairs)
    return _put_entries(root, pieces.entries, [_try_entry(head, text, pieces.closing, repairs) for text in texts])


def _parse_declared(document: bytes, repairs: Counter[str]) -> etree._Element:
    """Parse strictly, a second time with the well-known prefixes declared where it is a prefix that fails."""
    try:
        return parse_strictly(document)
    except etree.XMLSyntaxError as error:
        if error.code != etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE:  # type: ignore[attr-defined]  # the stubs
            raise
    root = parse_strictly(declare_prefixes(document))
    repairs["undeclared_prefixes"] += 1
    return root


def _try_entry(head: bytes, text: bytes, closing: bytes, repairs: Counter[str]) -> list[etree._Element] | str:
    """Parse an entry within the opening tags of its page, whose namespaces it may use; give what is wrong if it is."""
    opening = head[: head.index(b">") + 1] + head[head.rindex(b"<") :]
    try:
        lists = list(_parse_declared(opening + text + closing, repairs))
    except etree.XMLSyntaxError as error:
        return str(error)
    return list(lists[0]) if len(lists) == 1 else "it closes the list that it stands in"


def _put_entries(root: etree._Element, entries: list[Entry], parsed: list[list[etree._Element] | str]) -> Mended:
    """Put the elements that could be parsed into the list of the page, before its token; tell the others."""
    within = next(child for child in root if etree.QName(child).localname.encode() in ENTRIES)
    token = within[0] if len(within) else None
    broken: list[Broken] = []
    position = 0
    for entry, found in zip(entries, parsed, strict=True):
        if isinstance(found, str):
            broken.append(Broken(position, entry.identifier, found, entry.text))
            position += 1
            continue
        for element in found:
            if token is None:
                within.append(element)
            else:
                token.addprevious(element)
            position += 1
    open_end = not entries[-1].closed and isinstance(parsed[-1], str)
    return Mended(root, tuple(broken), open_end)
