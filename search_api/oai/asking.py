"""Reading a request of OAI-PMH 2.0: the verb, its arguments, and what is wrong with them (section 3.6)."""

import calendar
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from harvester.errors import HarvestError, cut
from search_api.formats.xml import NOT_XML

FORMATS: Final = ("oai_dc", "oai_datacite")
ENDPOINT_SET: Final = "endpoint:"
FILTER_SET: Final = "filter:"
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?", re.ASCII)
_NAME: Final = r"[A-Za-z0-9_.!~*'()-]+"
FORMS: Final = {
    "identifier": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+"),
    "metadataPrefix": re.compile(_NAME),
    "set": re.compile(f"{_NAME}(?::{_NAME})*"),
}
"""What arguments look like, by the protocol and RFC 3986: what has another form is not repeated in the answer."""

Arguments = dict[str, str]


class OaiError(HarvestError):
    """An error of the protocol, by its code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Verb(Struct, frozen=True):
    """The arguments of a verb; `resumptionToken`, where it may stand, stands alone."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    resumable: bool = False


VERBS: Final = {
    "Identify": Verb(),
    "ListMetadataFormats": Verb(optional=("identifier",)),
    "ListSets": Verb(resumable=True),
    "ListIdentifiers": Verb(("metadataPrefix",), ("from", "until", "set"), resumable=True),
    "ListRecords": Verb(("metadataPrefix",), ("from", "until", "set"), resumable=True),
    "GetRecord": Verb(("identifier", "metadataPrefix")),
}


def read_request(pairs: Iterable[tuple[str, str]]) -> tuple[str, Arguments]:
    """Give the verb and its arguments. Raises: OaiError (badVerb, badArgument)."""
    given: Arguments = {}
    for name, value in pairs:
        code = "badVerb" if name == "verb" else "badArgument"
        if name in given:
            raise OaiError(code, f"{cut(name)} is given more than once")
        if NOT_XML.search(value):
            raise OaiError(code, f"{cut(name)} has characters that XML cannot hold")
        given[name] = value
    verb = given.pop("verb", "")
    if verb not in VERBS:
        raise OaiError("badVerb", f"verb {cut(verb)!r}: use one of {', '.join(VERBS)}")
    _check(verb, VERBS[verb], given)
    return verb, given


def check_format(arguments: Arguments) -> None:
    """Raise OaiError (cannotDisseminateFormat) where there is no such format."""
    prefix = arguments.get("metadataPrefix", FORMATS[0])
    if prefix not in FORMATS:
        raise OaiError("cannotDisseminateFormat", f"metadataPrefix {cut(prefix)!r}: there are {', '.join(FORMATS)}")


def read_span(arguments: Arguments) -> tuple[float | None, float | None]:
    """Give the first second of `from`, and the second after `until`, since 1970. Raises: OaiError (badArgument)."""
    since, until = arguments.get("from"), arguments.get("until")
    if since and until and len(since) != len(until):
        raise OaiError("badArgument", "from and until differ in granularity: give both as days, or both as seconds")
    start, end = _seconds("from", since), _seconds("until", until)
    if start is not None and end is not None and start > end:
        raise OaiError("badArgument", f"from {since} is after until {until}")
    return start, None if end is None or until is None else end + (86_400 if len(until) == 10 else 1)


def stamp(seconds: float) -> str:
    """Give a time as a datestamp in UTC."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _check(verb: str, known: Verb, given: Arguments) -> None:
    if known.resumable and "resumptionToken" in given:
        if len(given) > 1:
            raise OaiError("badArgument", "resumptionToken is an exclusive argument: send it and the verb alone")
        return
    unknown = sorted(given.keys() - {*known.required, *known.optional})
    if unknown:
        raise OaiError("badArgument", f"{verb} takes no argument {cut(unknown[0])!r}")
    missing = [name for name in known.required if not given.get(name)]
    if missing:
        raise OaiError("badArgument", f"{verb} needs the argument {missing[0]}")
    for name, form in FORMS.items():
        if name in given and not form.fullmatch(given[name]):
            raise OaiError("badArgument", f"{name} {cut(given[name])!r} has not the form that the protocol gives it")
    read_span(given)


def _seconds(name: str, text: str | None) -> float | None:
    if text is None:
        return None
    found = _DATE.fullmatch(text)
    try:
        read = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ" if found and found[1] else "%Y-%m-%d")  # noqa: DTZ007
    except ValueError:
        found = None
    if not found:
        raise OaiError("badArgument", f"{name} {cut(text)!r} is no datestamp: write 2026-11-25 or 2026-11-25T08:00:00Z")
    return float(calendar.timegm(read.timetuple()))
