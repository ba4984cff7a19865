"""Saved answers of a REST API to pages and records: JSON-LD objects, as Omeka S gives its items.

Source: Omeka S REST API (https://omeka.org/s/docs/developer/api/rest_api/): `/api/items` is an array of objects,
`/api/items/1` one object. Saved one after the other, or one a line (JSON Lines), they are read as well.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec import Struct

from harvester.errors import RetryableError, cut
from harvester.parsing.mending import Broken
from harvester.parsing.record import Record, RecordError, has_document

JSON_ROOT: Final = "omeka_json"
"""What stands for the root element of an object: mappings are found by it."""
BOM: Final = b"\xef\xbb\xbf"
BEGIN: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*[\[{]")
END_WITHIN_BYTES: Final = 4096
BETWEEN_ITEMS: Final = re.compile(rb'(?<=\})\s*,\s*(?=\{\s*"@context")')  # in a string its quotes would be escaped
OWN_ID: Final = re.compile(rb'"@id"\s*:\s*"([^"\\]+)"')
BLANKS: Final = re.compile(r"\s*")
OMEKA: Final = "o:"
ITEM: Final = "o:Item"


class JsonCutError(RetryableError):
    """A document that begins as JSON and does not end as such."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"it is JSON that is cut or damaged: {cut(reason)}")


class JsonPage(Struct, frozen=True):
    """A saved answer of a REST API: its objects as they came, and what stands among them that is no whole object."""

    objects: list[bytes]
    broken: tuple[Broken, ...] = ()

    @property
    def received(self) -> int:
        """How many entries the page has, the broken ones too."""
        return len(self.objects) + len(self.broken)


class _Stamp(Struct, frozen=True):
    """A time, as a JSON-LD value."""

    value: str = msgspec.field(default="", name="@value")


class _Set(Struct, frozen=True):
    """An item set that an item is in."""

    number: int | str = msgspec.field(default="", name="o:id")


class Head(Struct, frozen=True):
    """What of an object stands for the header of a record."""

    id: str | None = msgspec.field(default=None, name="@id")
    number: int | str | None = msgspec.field(default=None, name="o:id")
    type: str | list[str] | None = msgspec.field(default=None, name="@type")
    is_public: bool | None = msgspec.field(default=None, name="o:is_public")
    created: _Stamp | str | None = msgspec.field(default=None, name="o:created")
    modified: _Stamp | str | None = msgspec.field(default=None, name="o:modified")
    item_sets: list[_Set] | None = msgspec.field(default=None, name="o:item_set")

    @property
    def kind(self) -> str:
        """The class of Omeka S that the object is of; "" where it says none."""
        types = [self.type] if isinstance(self.type, str) else self.type or []
        return next((name for name in types if name.startswith(OMEKA)), "")


HEADS: Final = msgspec.json.Decoder(Head)
ARRAYS: Final = msgspec.json.Decoder(list[msgspec.Raw])
ANYTHING: Final = msgspec.json.Decoder(msgspec.Raw)


def is_json(body: bytes) -> bool:
    """Tell whether a document begins as a JSON object or array, and is no OAI-PMH answer behind a line like that."""
    return _begins(body) and (body[-END_WITHIN_BYTES:].rstrip().endswith((b"]", b"}")) or not has_document(body))


def _begins(body: bytes) -> bool:
    return BEGIN.match(body) is not None


def parse_json_page(body: bytes) -> JsonPage:
    """Parse a saved answer: an array of objects, one object, or several of these one after the other.

    What is no whole object is broken, each for itself: a line among lines, an item among the items of an array. Raises:
    JsonCutError where its items cannot be told apart, or the end of an array is missing.
    """
    body = body.removeprefix(BOM).strip()
    objects: list[bytes] = []
    broken: list[Broken] = []
    for position, piece in enumerate(_pieces(body)):
        reason = _fault(piece)
        if reason:
            found = OWN_ID.search(piece)
            identifier = found[1].decode("utf-8", "replace") if found else None
            broken.append(Broken(position, identifier, reason, piece))
        else:
            objects.append(piece)
    return JsonPage(objects, tuple(broken))


def read_head(content: bytes) -> Head:
    """Read what of an object stands for a header. Raises: RecordError."""
    try:
        return HEADS.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = f"its @id, @type, o:… are not as Omeka S gives them: {error}"
        raise RecordError("bad_header", None, reason) from error


def parse_json_record(content: bytes) -> Record:
    """Parse one object as a record: what it is called, when it changed, its item sets, and the object itself.

    One that is not public counts as deleted: the hub does not show it, so nobody else may. Raises: RecordError for what
    names itself in no way, and for what is no item.
    """
    head = read_head(content)
    identifier = head.id or (f"items/{head.number}" if head.number else "")
    if not identifier:
        raise RecordError("no_identifier", None, "it has neither @id nor o:id")
    if head.kind not in {"", ITEM}:
        raise RecordError("no_item", identifier, f"it is of the class {cut(head.kind)}, not {ITEM}")
    sets = tuple(str(one.number) for one in head.item_sets or () if one.number)
    datestamp = _datestamp(head.modified) or _datestamp(head.created)
    if head.is_public is False:
        return Record(identifier, datestamp, sets, deleted=True)
    return Record(identifier, datestamp, sets, deleted=False, metadata=content)


def _pieces(body: bytes) -> Iterator[bytes]:
    """Yield what is to be an object each. Raises: JsonCutError."""
    reason = ""
    for read in (_whole, _lines, _one_after_the_other, _torn_array):
        try:
            return iter(read(body))
        except (ValueError, RecursionError) as error:  # msgspec's and json's errors are ValueErrors
            reason = reason or str(error)
    raise JsonCutError(reason)


def _whole(body: bytes) -> list[bytes]:
    """Give the objects of a document that is one JSON value."""
    if body.startswith(b"["):
        return [bytes(raw) for raw in ARRAYS.decode(body)]
    return [bytes(ANYTHING.decode(body))]


def _lines(body: bytes) -> list[bytes]:
    """Give the objects of a document with a JSON value on each line, and each other line as it is.

    It is one where its first or its last line is such a value.
    """
    lines = [line for line in map(bytes.strip, body.split(b"\n")) if line]
    if len(lines) < 2 or not (_is_value(lines[0]) or _is_value(lines[-1])):
        raise ValueError("it has no value on each line")
    return [piece for line in lines for piece in (_whole(line) if _is_value(line) else [line])]


def _is_value(line: bytes) -> bool:
    try:
        return _begins(line) and bool(ANYTHING.decode(line))
    except (msgspec.DecodeError, RecursionError):
        return False


def _one_after_the_other(body: bytes) -> list[bytes]:
    """Give the objects of several JSON values without anything between them, as several answers saved into one file."""
    text = body.decode()
    read: Callable[[str, int], tuple[object, int]] = json.JSONDecoder().raw_decode
    pieces: list[bytes] = []
    at = 0
    while at < len(text):
        end = read(text, at)[1]
        pieces += _whole(text[at:end].encode())
        blanks = BLANKS.match(text, end)
        at = blanks.end() if blanks else end
    return pieces


def _torn_array(body: bytes) -> list[bytes]:
    """Give the items of an array of which some are damaged, told apart by the key that they begin with."""
    if not (body.startswith(b"[") and body.endswith(b"]")):
        raise ValueError("it has no end")
    pieces = BETWEEN_ITEMS.split(body[1:-1].strip())
    if len(pieces) < 2:
        raise ValueError("its items cannot be told apart")
    return pieces


def _fault(piece: bytes) -> str:
    """Say why a piece is no object; "" where it is one."""
    if piece.startswith(b"{"):
        try:
            ANYTHING.decode(piece)
        except (msgspec.DecodeError, RecursionError) as error:
            return f"it is no JSON: {error}"
        return ""
    return f"it is no JSON object, but {cut(piece.decode('utf-8', 'replace'))!r}"


def _datestamp(said: _Stamp | str | None) -> str:
    """Give a time as OAI-PMH writes it (UTC, to the second); "" where it is none."""
    text = said.value if isinstance(said, _Stamp) else said or ""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return ""
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
