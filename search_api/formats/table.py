"""The formats by name: their media types, and how one item or a stream of them is written."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, Final

import msgspec
from msgspec import Struct

from harvester.item import Item
from harvester.styles.csl import to_csl
from search_api.formats.bibtex import write_bibtex
from search_api.formats.datacite import to_datacite
from search_api.formats.dublin_core import to_oai_dc
from search_api.formats.jsonld import to_jsonld
from search_api.formats.ods import MEDIA_TYPE as ODS
from search_api.formats.ods import write_ods
from search_api.formats.ris import write_ris
from search_api.formats.rows import COLUMNS, row_of, write_row
from search_api.formats.schemaorg import to_schemaorg
from search_api.formats.sheets import write_sheet
from search_api.formats.xml import write
from search_api.render import item_address, item_json

PIECE: Final = 1 << 16  # bytes of a file that are sent at once

_ENCODER: Final = msgspec.json.Encoder()


class Format(Struct, frozen=True, kw_only=True):
    """A format: `entry` writes one item for the public address of the hub, `head`, `between` and `tail` make a list.

    `alone` tells that a single item is just its entry, without head and tail. A format that no piece can be cut out of
    has `whole` instead, which writes items to a file.
    """

    name: str
    label: str
    media_type: str
    extension: str
    entry: Callable[[Item, str], bytes] = lambda _item, _public_url: b""
    whole: Callable[[Iterable[Item], str, BinaryIO], None] | None = None
    head: bytes = b""
    between: bytes = b""
    tail: bytes = b""
    alone: bool = True


def write_one(form: Format, item: Item, public_url: str) -> bytes:
    """Give the file of one item."""
    if form.whole is not None:
        return b"".join(write_all(form, [item], public_url))
    entry = form.entry(item, public_url)
    return entry if form.alone else form.head + entry + form.tail


def write_all(form: Format, items: Iterable[Item], public_url: str) -> Iterator[bytes]:
    """Yield the file of many items, piece by piece."""
    if form.whole is not None:
        with tempfile.TemporaryFile() as file:
            form.whole(items, public_url, file)
            file.seek(0)
            yield from iter(lambda: file.read(PIECE), b"")
        return
    yield from _joined(_entries(form, items, public_url))


def _entries(form: Format, items: Iterable[Item], public_url: str) -> Iterator[bytes]:
    yield form.head
    before = b""
    for item in items:
        yield before + form.entry(item, public_url)
        before = form.between
    yield form.tail


def _joined(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Join pieces to some of PIECE bytes or a little more: the server hands each to another thread."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        if len(waiting) >= PIECE:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)


def _json(item: Item, public_url: str) -> bytes:
    return item_json(item, public_url=public_url)


def _line(item: Item, public_url: str) -> bytes:
    return _json(item, public_url) + b"\n"


def _jsonld(item: Item, public_url: str) -> bytes:
    return _ENCODER.encode(to_jsonld(item, item_address(item.id, public_url), public_url.rstrip("/")))


def _schemaorg(item: Item, public_url: str) -> bytes:
    return _ENCODER.encode(to_schemaorg(item, item_address(item.id, public_url)))


def _csl(item: Item, _public_url: str) -> bytes:
    return _ENCODER.encode(to_csl(item))


def _bibtex(item: Item, _public_url: str) -> bytes:
    return write_bibtex(item).encode()


def _ris(item: Item, _public_url: str) -> bytes:
    return write_ris(item).encode()


def _csv(item: Item, public_url: str) -> bytes:
    return write_row(row_of(item, item_address(item.id, public_url)), ",").encode()


def _tsv(item: Item, public_url: str) -> bytes:
    return write_row(row_of(item, item_address(item.id, public_url)), "\t").encode()


def _oai_dc(item: Item, public_url: str) -> bytes:
    return write(to_oai_dc(item, item_address(item.id, public_url)))


def _datacite(item: Item, public_url: str) -> bytes:
    return write(to_datacite(item, item_address(item.id, public_url)))


_XML: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_LIST: Final = _XML + b"<records>\n"
_LIST_END: Final = b"\n</records>\n"
_JSON_LIST: Final[dict[str, Any]] = {"head": b"[\n", "between": b",\n", "tail": b"\n]\n"}

_TABLE: Final = (
    Format(name="json", label="JSON", media_type="application/json", extension="json", entry=_json, **_JSON_LIST),
    Format(name="jsonl", label="JSON Lines", media_type="application/x-ndjson", extension="jsonl", entry=_line),
    Format(
        name="jsonld",
        label="JSON-LD",
        media_type="application/ld+json",
        extension="jsonld",
        entry=_jsonld,
        **_JSON_LIST,
    ),
    Format(
        name="schemaorg",
        label="schema.org",
        media_type="application/vnd.schemaorg.ld+json",
        extension="jsonld",
        entry=_schemaorg,
        **_JSON_LIST,
    ),
    Format(
        name="csl",
        label="CSL-JSON",
        media_type="application/vnd.citationstyles.csl+json",
        extension="json",
        entry=_csl,
        **_JSON_LIST,
    ),
    Format(
        name="bibtex", label="BibTeX", media_type="application/x-bibtex", extension="bib", entry=_bibtex, between=b"\n"
    ),
    Format(
        name="ris",
        label="RIS",
        media_type="application/x-research-info-systems",
        extension="ris",
        entry=_ris,
        between=b"\r\n",
    ),
    Format(
        name="csv",
        label="CSV",
        media_type="text/csv",
        extension="csv",
        entry=_csv,
        head=write_row(COLUMNS, ",").encode(),
        alone=False,
    ),
    Format(
        name="tsv",
        label="TSV",
        media_type="text/tab-separated-values",
        extension="tsv",
        entry=_tsv,
        head=write_row(COLUMNS, "\t").encode(),
        alone=False,
    ),
    Format(
        name="xlsx",
        label="XLSX",
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        extension="xlsx",
        whole=write_sheet,
    ),
    Format(name="ods", label="ODS", media_type=ODS, extension="ods", whole=write_ods),
    Format(
        name="oai_dc",
        label="Dublin Core",
        media_type="application/xml",
        extension="xml",
        entry=_oai_dc,
        head=_LIST,
        between=b"\n",
        tail=_LIST_END,
    ),
    Format(
        name="datacite",
        label="DataCite XML",
        media_type="application/vnd.datacite.datacite+xml",
        extension="xml",
        entry=_datacite,
        head=_LIST,
        between=b"\n",
        tail=_LIST_END,
    ),
)

FORMATS: Final = {form.name: form for form in _TABLE}
