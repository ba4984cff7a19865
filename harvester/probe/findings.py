"""What a probe found, in groups. None is unknown, and then `why` says by the field's name why that is so.

`why` may also say of a known one how it was seen. The whole is kept as JSON, so a new field needs a default.
"""

from msgspec import Struct


class IdentifyFound(Struct, frozen=True, kw_only=True):
    """What the repository says of itself (OAI-PMH 2.0, 4.2), word for word; empty where it says nothing."""

    name: str = ""
    base_url: str = ""
    protocol_version: str = ""
    granularity: str = ""
    earliest: str = ""
    deleted_record: str = ""
    admin_emails: tuple[str, ...] = ()
    compression: tuple[str, ...] = ()


class FormatFound(Struct, frozen=True):
    """A metadata format that the repository offers."""

    prefix: str
    namespace: str


class SetFound(Struct, frozen=True):
    """A set; `size` is its number of records where it was asked for and is known."""

    spec: str
    name: str
    size: int | None = None


class SetsFound(Struct, frozen=True, kw_only=True):
    """The sets. `listed` is how many were listed, of which the first are in `sets`; `whole` whether these were all.

    `honoured`: a list of a set holds records of that set only; `kept_by_token`: so do its later pages.
    """

    exist: bool | None = None
    listed: int = 0
    whole: bool | None = None
    sets: tuple[SetFound, ...] = ()
    honoured: bool | None = None
    kept_by_token: bool | None = None
    why: dict[str, str] = {}


class SelectionFound(Struct, frozen=True, kw_only=True):
    """What from and until do. `exact`: what they give is right to the second (or day), not only to a day.

    `granularity` is the form in which both are best sent, as in Identify; "" where it is not known or none is taken.
    `nothing_earlier`: there is no record before the earliestDatestamp of Identify.
    """

    takes_seconds: bool | None = None
    takes_days: bool | None = None
    granularity: str = ""
    from_honoured: bool | None = None
    until_honoured: bool | None = None
    exact: bool | None = None
    from_inclusive: bool | None = None
    until_inclusive: bool | None = None
    nothing_earlier: bool | None = None
    why: dict[str, str] = {}


class ListFound(Struct, frozen=True, kw_only=True):
    """How lists come: `verb` is the one that was looked at, `order` is ascending, descending, none or unknown.

    `size` is completeListSize, `page_s` the median of seconds that a page took, `first` and `earliest` are the
    datestamps of the first record and of the oldest one seen.
    """

    verb: str = "ListRecords"
    several_pages: bool | None = None
    page_size: int | None = None
    page_s: float | None = None
    size: int | None = None
    size_given: bool | None = None
    size_stable: bool | None = None
    cursor_given: bool | None = None
    order: str | None = None
    deleted_seen: bool | None = None
    datestamps: str | None = None
    first: str | None = None
    earliest: str | None = None
    why: dict[str, str] = {}


class TokenFound(Struct, frozen=True, kw_only=True):
    """The resumption token. `shape`: number, readable, base64, hex, uuid, opaque.

    `expires_s` is what the repository says of its life, nothing was waited for. `stateless`: the same question gives
    the same token; `reusable`: it can be used twice and gives the same page; `alone`: it goes without the other
    arguments, as it should (OAI-PMH 2.0, 3.5).
    """

    length: int | None = None
    shape: str | None = None
    expires_s: float | None = None
    stateless: bool | None = None
    reusable: bool | None = None
    alone: bool | None = None
    why: dict[str, str] = {}


class Findings(Struct, frozen=True, kw_only=True):
    """All that a probe found at `base_url`; `moved_to` is where permanent redirects lead.

    `metadata_prefix` is the format that was looked at. `gzip`: answers came compressed. `mended` counts by its code
    what had to be repaired or put up with to read them. `troubles` are the requests that failed, one line each.
    `left_alone_s` is set where the repository asked to be left alone for so long. `drift` is what has changed since an
    earlier probe and no person has looked at yet.
    """

    base_url: str
    metadata_prefix: str
    moved_to: str = ""
    identify: IdentifyFound = IdentifyFound()
    formats: tuple[FormatFound, ...] = ()
    sets: SetsFound = SetsFound()
    selection: SelectionFound = SelectionFound()
    listing: ListFound = ListFound()
    token: TokenFound = TokenFound()
    gzip: bool | None = None
    mended: dict[str, int] = {}
    requests: int = 0
    seconds: float = 0.0
    left_alone_s: float | None = None
    troubles: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
