"""A repository's answers: OAI-PMH 2.0, all six verbs, from entries held in memory.

Pure: parameters and a time in, a document out. The HTTP in front of it is in server.py.
"""

import base64
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import msgspec
from msgspec import Struct
from msgspec.structs import replace

PARAMETERS: Final[dict[str, tuple[set[str], set[str]]]] = {  # verb: required, optional (OAI-PMH 2.0, section 4)
    "Identify": (set(), set()),
    "ListMetadataFormats": (set(), {"identifier"}),
    "ListSets": (set(), {"resumptionToken"}),
    "GetRecord": ({"identifier", "metadataPrefix"}, set()),
    "ListIdentifiers": ({"metadataPrefix"}, {"from", "until", "set", "resumptionToken"}),
    "ListRecords": ({"metadataPrefix"}, {"from", "until", "set", "resumptionToken"}),
}
DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
SECOND: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/ '
    'http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">'
)


class Format(Struct, frozen=True):
    """A metadata format: its prefix, schema and namespace."""

    prefix: str
    schema: str
    namespace: str


OAI_DC: Final = Format(
    "oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc.xsd", "http://www.openarchives.org/OAI/2.0/oai_dc/"
)
OAI_DATACITE: Final = Format(
    "oai_datacite", "http://schema.datacite.org/oai/oai-1.1/oai.xsd", "http://schema.datacite.org/oai/oai-1.1/"
)


class Entry(Struct, frozen=True):
    """One thing that the repository holds; `metadata` is XML by prefix, empty where it is deleted.

    `datestamp` has seconds and ends in Z.
    """

    identifier: str
    datestamp: str
    sets: tuple[str, ...] = ()
    deleted: bool = False
    metadata: dict[str, str] = {}


class Holdings(Struct, frozen=True, kw_only=True):
    """A repository. `entries` are in order of datestamp, then identifier (`in_order`); `sets` are names by setSpec."""

    name: str
    base_url: str
    entries: tuple[Entry, ...]
    sets: dict[str, str] = {}
    formats: tuple[Format, ...] = (OAI_DC,)
    page_size: int = 50
    deleted_record: str = "persistent"


class Position(Struct, frozen=True, array_like=True):
    """What a resumption token says: the question, how much there was, how much was given, and the last entry given.

    Going on behind an entry, not at a number, skips nothing when entries change meanwhile.
    """

    prefix: str
    set: str
    since: str
    until: str
    size: int
    given: int
    datestamp: str
    identifier: str


class AnswerError(Exception):
    """An OAI-PMH error: its code and what it says."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Sort entries as Holdings wants them."""
    return tuple(sorted(entries, key=_place))


def answer(holdings: Holdings, parameters: Sequence[tuple[str, str]], response_date: str) -> bytes:
    """Answer a request with an OAI-PMH document in UTF-8, errors included."""
    arguments = dict(parameters)
    try:
        verb = _check(parameters)
        body = "".join(VERBS[verb](holdings, arguments))
    except AnswerError as error:
        body = f'<error code="{error.code}">{escape(str(error))}</error>'
        if error.code in {"badVerb", "badArgument"}:  # section 3.2: then the request is not repeated
            arguments = {}
    request = "".join(f" {name}={quoteattr(value)}" for name, value in arguments.items())
    head = f"{HEAD}<responseDate>{response_date}</responseDate><request{request}>{escape(holdings.base_url)}</request>"
    return f"{head}{body}</OAI-PMH>\n".encode()


def _check(parameters: Sequence[tuple[str, str]]) -> str:
    names = [name for name, _ in parameters]
    verbs = [value for name, value in parameters if name == "verb"]
    if len(verbs) != 1 or verbs[0] not in PARAMETERS:
        raise AnswerError("badVerb", "verb is missing, repeated or unknown")
    required, optional = PARAMETERS[verbs[0]]
    given = set(names) - {"verb"}
    if len(set(names)) != len(names):
        raise AnswerError("badArgument", "an argument is repeated")
    if given - required - optional:
        raise AnswerError("badArgument", f"not known here: {', '.join(sorted(given - required - optional))}")
    if "resumptionToken" in given and len(given) > 1:
        raise AnswerError("badArgument", "resumptionToken goes alone")
    if "resumptionToken" not in given and required - given:
        raise AnswerError("badArgument", f"missing: {', '.join(sorted(required - given))}")
    return verbs[0]


def _identify(holdings: Holdings, _: dict[str, str]) -> Iterator[str]:
    earliest = holdings.entries[0].datestamp if holdings.entries else "2000-01-01T00:00:00Z"
    yield (
        f"<Identify><repositoryName>{escape(holdings.name)}</repositoryName>"
        f"<baseURL>{escape(holdings.base_url)}</baseURL><protocolVersion>2.0</protocolVersion>"
        f"<adminEmail>admin@hub.example.org</adminEmail><earliestDatestamp>{earliest}</earliestDatestamp>"
        f"<deletedRecord>{holdings.deleted_record}</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity>"
        "</Identify>"
    )


def _list_metadata_formats(holdings: Holdings, arguments: dict[str, str]) -> Iterator[str]:
    formats = holdings.formats
    if "identifier" in arguments:
        entry = _entry(holdings, arguments["identifier"])
        formats = tuple(known for known in formats if known.prefix in entry.metadata)
    if not formats:
        raise AnswerError("noMetadataFormats", "the item has no metadata")
    yield "<ListMetadataFormats>"
    for known in formats:
        yield (
            f"<metadataFormat><metadataPrefix>{escape(known.prefix)}</metadataPrefix><schema>{escape(known.schema)}"
            f"</schema><metadataNamespace>{escape(known.namespace)}</metadataNamespace></metadataFormat>"
        )
    yield "</ListMetadataFormats>"


def _list_sets(holdings: Holdings, arguments: dict[str, str]) -> Iterator[str]:
    if not holdings.sets:
        raise AnswerError("noSetHierarchy", "there are no sets")
    if "resumptionToken" in arguments:
        raise AnswerError("badResumptionToken", "sets come in one answer")
    yield "<ListSets>"
    for spec, name in holdings.sets.items():
        yield f"<set><setSpec>{escape(spec)}</setSpec><setName>{escape(name)}</setName></set>"
    yield "</ListSets>"


def _get_record(holdings: Holdings, arguments: dict[str, str]) -> Iterator[str]:
    entry = _entry(holdings, arguments["identifier"])
    prefix = arguments["metadataPrefix"]
    if not _disseminates(holdings, entry, prefix):
        raise AnswerError("cannotDisseminateFormat", f"{prefix} is not available for this item")
    yield from ("<GetRecord>", *_record(entry, prefix), "</GetRecord>")


def _list_records(holdings: Holdings, arguments: dict[str, str]) -> Iterator[str]:
    position, page, more = _page(holdings, arguments)
    yield "<ListRecords>"
    for entry in page:
        yield from _record(entry, position.prefix)
    yield from _token(position, page, more)
    yield "</ListRecords>"


def _list_identifiers(holdings: Holdings, arguments: dict[str, str]) -> Iterator[str]:
    position, page, more = _page(holdings, arguments)
    yield "<ListIdentifiers>"
    for entry in page:
        yield from _header(entry)
    yield from _token(position, page, more)
    yield "</ListIdentifiers>"


VERBS: Final = {
    "Identify": _identify,
    "ListMetadataFormats": _list_metadata_formats,
    "ListSets": _list_sets,
    "GetRecord": _get_record,
    "ListIdentifiers": _list_identifiers,
    "ListRecords": _list_records,
}


def _page(holdings: Holdings, arguments: dict[str, str]) -> tuple[Position, list[Entry], bool]:
    """Give the question, the entries of the page that it asks for, and whether there are more behind them."""
    token = arguments.get("resumptionToken")
    position = _first(holdings, arguments) if token is None else _read_token(token)
    if not position.size:
        raise AnswerError("noRecordsMatch", "nothing matches")
    start = bisect_right(holdings.entries, (position.datestamp, position.identifier), key=_place)
    rest = (entry for entry in islice(holdings.entries, start, None) if _asked(holdings, entry, position))
    page = list(islice(rest, holdings.page_size + 1))
    return position, page[: holdings.page_size], len(page) > holdings.page_size


def _first(holdings: Holdings, arguments: dict[str, str]) -> Position:
    since, until = arguments.get("from", ""), arguments.get("until", "")
    for bound in filter(None, (since, until)):
        if not (DAY.fullmatch(bound) or SECOND.fullmatch(bound)):
            raise AnswerError("badArgument", f"{bound} is neither YYYY-MM-DD nor YYYY-MM-DDThh:mm:ssZ")
    if since and until and (len(since) != len(until) or since > until):
        raise AnswerError("badArgument", "from and until need the same granularity, and from must not be later")
    if arguments["metadataPrefix"] not in {known.prefix for known in holdings.formats}:
        raise AnswerError("cannotDisseminateFormat", f"{arguments['metadataPrefix']} is not supported")
    if "set" in arguments and not holdings.sets:
        raise AnswerError("noSetHierarchy", "there are no sets")
    position = Position(arguments["metadataPrefix"], arguments.get("set", ""), since, until, 0, 0, "", "")
    return replace(position, size=sum(_asked(holdings, entry, position) for entry in holdings.entries))


def _asked(holdings: Holdings, entry: Entry, position: Position) -> bool:
    """Tell whether an entry belongs to the list; a day as `until` lasts to its end, a set holds its descendants'."""
    until = position.until + "T23:59:59Z" if len(position.until) == 10 else position.until
    if entry.datestamp < position.since or (until and entry.datestamp > until):
        return False
    below = position.set + ":"
    if position.set and not any(spec == position.set or spec.startswith(below) for spec in entry.sets):
        return False
    return _disseminates(holdings, entry, position.prefix)


def _disseminates(holdings: Holdings, entry: Entry, prefix: str) -> bool:
    if entry.deleted:
        return any(known.prefix == prefix for known in holdings.formats)
    return prefix in entry.metadata


def _token(position: Position, page: list[Entry], more: bool) -> Iterator[str]:
    """Write the token; the last page of a list in several pages has an empty one (section 3.5)."""
    if not more and not position.given:
        return
    text = ""
    if more:
        given = position.given + len(page)
        datestamp, identifier = _place(page[-1])
        following = replace(position, given=given, datestamp=datestamp, identifier=identifier)
        text = base64.urlsafe_b64encode(msgspec.json.encode(following)).decode()
    yield f'<resumptionToken completeListSize="{position.size}" cursor="{position.given}">{text}</resumptionToken>'


def _read_token(token: str) -> Position:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(token), type=Position)
    except (ValueError, msgspec.DecodeError) as error:
        raise AnswerError("badResumptionToken", "this is no token of this repository") from error


def _record(entry: Entry, prefix: str) -> Iterator[str]:
    yield "<record>"
    yield from _header(entry)
    if not entry.deleted:
        yield f"<metadata>{entry.metadata[prefix]}</metadata>"
    yield "</record>"


def _header(entry: Entry) -> Iterator[str]:
    yield '<header status="deleted">' if entry.deleted else "<header>"
    yield f"<identifier>{escape(entry.identifier)}</identifier><datestamp>{entry.datestamp}</datestamp>"
    for spec in entry.sets:
        yield f"<setSpec>{escape(spec)}</setSpec>"
    yield "</header>"


def _entry(holdings: Holdings, identifier: str) -> Entry:
    for entry in holdings.entries:
        if entry.identifier == identifier:
            return entry
    raise AnswerError("idDoesNotExist", f"{identifier} is not here")


def _place(entry: Entry) -> tuple[str, str]:
    return entry.datestamp, entry.identifier
