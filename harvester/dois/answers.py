"""What an answer of a registry says of each DOI that was asked for."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

import msgspec
from msgspec import Struct

from harvester.dois.asking import NOTICES_AT_ONCE, undoubled
from harvester.dois.datacite import map_datacite
from harvester.dois.notices import Notice
from harvester.dois.works import map_work, read_notice
from harvester.errors import cut
from harvester.item import Metadata

HTTP_OK: Final = 200
NOT_THERE: Final = frozenset([404, 410])
NOT_SO: Final = frozenset([400, 406, 413, 414])


class Finding(Struct, frozen=True):
    """What is said of a DOI.

    found: `metadata`, and `notices` where it changes other works; omitted: a list leaves it out; absent: nobody has it;
    agency: `agency` has registered it;
    refused: this request will never be answered, another way may be; unreadable: the answer is none.
    """

    kind: Literal["found", "omitted", "absent", "agency", "refused", "unreadable"]
    metadata: Metadata | None = None
    agency: str | None = None
    reason: str | None = None
    notices: tuple[Notice, ...] = ()


class Listed(Struct):
    """An answer of Crossref with works."""

    items: list[msgspec.Raw] = []
    next_cursor: str | None = msgspec.field(default=None, name="next-cursor")


class WorksAnswer(Struct):
    """A list of Crossref, in its envelope."""

    message: Listed


class WorkAnswer(Struct):
    """One work of Crossref, in its envelope."""

    message: msgspec.Raw


class DataCiteAnswer(Struct):
    """A list of DataCite."""

    data: list[msgspec.Raw] = []


class AgencyAnswer(Struct):
    """What doi.org says of one prefix or DOI."""

    agency: str | None = msgspec.field(default=None, name="RA")
    status: str | None = None


WORKS_DECODER: Final = msgspec.json.Decoder(WorksAnswer)
WORK_DECODER: Final = msgspec.json.Decoder(WorkAnswer)
DATACITE_DECODER: Final = msgspec.json.Decoder(DataCiteAnswer)
AGENCY_DECODER: Final = msgspec.json.Decoder(list[AgencyAnswer])


def read_answer(
    route: str, dois: Sequence[str], status: int, headers: Mapping[str, str], body: bytes
) -> dict[str, Finding]:
    """Give what an answer says of each DOI. Statuses that ask to wait are the caller's."""
    if status in NOT_SO:
        return dict.fromkeys(dois, Finding("refused", reason=f"answered with status {status}"))
    if status in NOT_THERE:
        listed = route in {"crossref", "datacite"}
        kind: Literal["refused", "omitted"] = "refused" if listed else "omitted"
        return dict.fromkeys(dois, Finding(kind, reason=f"answered with status {status}"))
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if "json" not in media_type:
        reason = f"answered with {cut(media_type) or 'no media type'} in place of JSON"
        return dict.fromkeys(dois, Finding("unreadable", reason=reason))
    try:
        return READERS[route](dois, body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return dict.fromkeys(dois, Finding("unreadable", reason=f"its JSON cannot be read: {cut(error)}"))


def read_agency(status: int, body: bytes) -> Finding:
    """Give what doi.org says of the agency of one prefix or DOI."""
    try:
        said = AGENCY_DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Finding("unreadable", reason=f"doi.org answers {status} with what is no agency: {cut(error)}")
    if said and said[0].agency:
        return Finding("agency", agency=said[0].agency)
    return Finding("absent", reason=(said[0].status if said else None) or "doi.org knows no agency")


def read_notices_page(status: int, body: bytes) -> tuple[tuple[Notice, ...], str | None]:
    """Give what a page of notices says, and the cursor of the next page: None where this one is the last.

    Raises: msgspec.DecodeError and UnicodeDecodeError where it is no such page.
    """
    if status != HTTP_OK:
        raise msgspec.DecodeError(f"status {status}")
    listed = WORKS_DECODER.decode(body).message
    said: list[Notice] = []
    for entry in listed.items:
        try:
            said += read_notice(entry)
        except msgspec.ValidationError:  # one that names no work tells nothing
            continue
    return tuple(said), listed.next_cursor if len(listed.items) >= NOTICES_AT_ONCE else None


def _read_works(dois: Sequence[str], body: bytes) -> dict[str, Finding]:
    return _read_list(dois, WORKS_DECODER.decode(body).message.items, map_work, "Crossref")


def _read_datacite(dois: Sequence[str], body: bytes) -> dict[str, Finding]:
    return _read_list(dois, DATACITE_DECODER.decode(body).data, map_datacite, "DataCite")


def _read_list(
    dois: Sequence[str],
    entries: Sequence[msgspec.Raw],
    read: Callable[[msgspec.Raw], Metadata],
    agency: str,
) -> dict[str, Finding]:
    """Pair what came with what was asked for; an entry that cannot be read is asked for alone, for it names no DOI."""
    found = dict.fromkeys(dois, Finding("omitted", reason=f"{agency} leaves it out of its list"))
    for entry in entries:
        try:
            metadata = read(entry)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if metadata.doi in found:
            notices = read_notice(entry) if agency == "Crossref" else ()
            found[metadata.doi] = Finding("found", metadata, agency, notices=notices)
    return found


def _read_work(dois: Sequence[str], body: bytes) -> dict[str, Finding]:
    return _read_one(dois[0], WORK_DECODER.decode(body).message, "Crossref")


def _read_negotiated(dois: Sequence[str], body: bytes) -> dict[str, Finding]:
    return _read_one(dois[0], body, None)


def _read_respelled(dois: Sequence[str], body: bytes) -> dict[str, Finding]:
    registered = undoubled(dois[0]) or dois[0]
    return {dois[0]: _read_one(registered, body, None)[registered]}


def _read_one(doi: str, content: bytes | msgspec.Raw, agency: str | None) -> dict[str, Finding]:
    metadata = map_work(content)
    if metadata.doi is not None and metadata.doi != doi:
        return {doi: Finding("unreadable", reason=f"the answer is about {cut(metadata.doi)}")}
    return {doi: Finding("found", metadata, agency, notices=read_notice(content))}


def _read_doubt(dois: Sequence[str], body: bytes) -> dict[str, Finding]:
    return {dois[0]: read_agency(200, body)}


READERS: Final[dict[str, Callable[[Sequence[str], bytes], dict[str, Finding]]]] = {
    "crossref": _read_works,
    "datacite": _read_datacite,
    "crossref_single": _read_work,
    "negotiation": _read_negotiated,
    "respelled": _read_respelled,
    "doubt": _read_doubt,
}
