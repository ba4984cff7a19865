"""The probe itself: what is asked, in which order, within which bounds."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from lxml import etree

from harvester.crosswalk.mapping import local_name
from harvester.endpoint import Endpoint
from harvester.http import Http
from harvester.oai import Identity, read_identity
from harvester.parsing.record import Page
from harvester.probe.asking import Answer, Asking, Refusal
from harvester.probe.findings import Findings, FormatFound, IdentifyFound, SetsFound
from harvester.probe.listing import follow, open_list
from harvester.probe.pages import list_found
from harvester.probe.places import base_of
from harvester.probe.selecting import SHORT, selection_found
from harvester.probe.sets import sets_found
from harvester.probe.tokens import token_found

MOST_REQUESTS: Final = 25
LONGEST_S: Final = 120.0


def at_once() -> float:
    """Give the host's next slot, where no budget is kept: now."""
    return 0.0


def probe_repository(
    http: Http,
    endpoint: Endpoint,
    *,
    choose_format: bool = False,
    thorough: bool = True,
    wait_turn: Callable[[], float] = at_once,
    look: Callable[[Page, str], None] | None = None,
    max_requests: int = MOST_REQUESTS,
    max_s: float = LONGEST_S,
) -> Findings:
    """Find out what the repository of an endpoint is, as far as that can be seen with a few requests.

    With `choose_format` in the richest format that all records come in, else in the endpoint's. A probe that is not
    thorough asks what a harvest needs to know, and leaves sets and the token's habits out. `wait_turn` takes the
    host's next slot and gives 0, or the seconds to wait for one. `look` is shown the first page of records and its
    metadataPrefix. Raises: LeftAloneError, and what fetch_page and parse_page raise, all for Identify only; whatever
    fails after that is a line in the findings.
    """
    asking = Asking(http, endpoint, wait_turn=wait_turn, max_requests=max_requests, max_s=max_s)
    first = asking.must({"verb": "Identify"})
    identity = read_identity(first.page)
    formats = _formats(asking)
    opened = open_list(
        asking,
        set_spec=endpoint.sets[0] if endpoint.sets else "",
        prefix=None if choose_format else endpoint.metadata_prefix,
        formats=formats,
    )
    if look is not None and isinstance(opened.first, Answer) and opened.question.verb == "ListRecords":
        look(opened.first.page, opened.question.prefix)
    followed = follow(asking, opened, 2 if thorough else 1)
    selection = selection_found(
        asking, opened, said=identity.granularity, earliest=identity.earliest_datestamp, thorough=thorough
    )
    token = token_found(asking, opened, followed, again=thorough)
    sets = (
        sets_found(asking, opened, endpoint.sets, alone=followed.alone is not False) if thorough else _sets_not_asked()
    )
    answers = [answer for answer in (opened.first, *followed.pages) if isinstance(answer, Answer)]
    return Findings(
        base_url=endpoint.base_url,
        metadata_prefix=opened.question.prefix,
        moved_to=base_of(first.moved_to) if first.moved_to else "",
        identify=_identify(identity),
        formats=formats,
        sets=sets,
        selection=selection,
        listing=list_found(opened, followed),
        token=token,
        mended=dict(sum((Counter(answer.mended) for answer in (first, *answers)), Counter())),
        gzip=any(answer.packed for answer in (first, *answers)),
        requests=asking.requests,
        seconds=round(asking.seconds, 3),
        left_alone_s=asking.left_alone_s,
        troubles=tuple(asking.troubles),
    )


def _identify(identity: Identity) -> IdentifyFound:
    return IdentifyFound(
        name=identity.name,
        base_url=identity.base_url,
        protocol_version=identity.protocol_version,
        granularity=identity.granularity,
        earliest=identity.earliest_datestamp,
        deleted_record=identity.deleted_record,
        admin_emails=identity.admin_emails,
        compression=identity.compression,
    )


def _formats(asking: Asking) -> tuple[FormatFound, ...]:
    answer = asking.ask({"verb": "ListMetadataFormats"})
    return () if isinstance(answer, Refusal) else tuple(map(_format, answer.page.elements))


def _format(element: etree._Element) -> FormatFound:
    texts = {local_name(str(child.tag)): (child.text or "").strip() for child in element}
    return FormatFound(texts.get("metadataPrefix", ""), texts.get("metadataNamespace", ""))


def _sets_not_asked() -> SetsFound:
    return SetsFound(why=dict.fromkeys(("exist", "whole", "honoured", "kept_by_token"), SHORT))
