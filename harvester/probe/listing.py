"""Asking for the begin of a list: its first page, in the best format, and some pages more."""

from typing import Final

from msgspec import Struct

from harvester.oai import list_parameters
from harvester.probe.asking import Answer, Asking, Refusal
from harvester.probe.findings import FormatFound
from harvester.probe.heads import Head, read_heads
from harvester.probe.richness import says_as_much

PLAIN_PREFIX: Final = "oai_dc"
RICHEST_FIRST: Final = ("oai_datacite",)
"""Formats with a mapping of ours that say more than oai_dc, the best one first."""

REFUSED_FOR_GOOD: Final = frozenset({"cannotDisseminateFormat", "noSetHierarchy", "badArgument", "badVerb"})


class Question(Struct, frozen=True):
    """Which list is asked for."""

    prefix: str
    set_spec: str = ""
    verb: str = "ListRecords"


class Opened(Struct, frozen=True):
    """A list whose first page was asked for; `heads` are that page's headers, none where it was refused."""

    question: Question
    first: Answer | Refusal
    heads: tuple[Head, ...]


class Followed(Struct, frozen=True):
    """The pages of a list from the second on, as far as they were asked for.

    `alone` says whether the token could go alone, None where no page came; `refused` why the next page did not come.
    """

    pages: tuple[Answer, ...] = ()
    alone: bool | None = None
    refused: str = ""


def open_list(asking: Asking, *, set_spec: str, prefix: str | None, formats: tuple[FormatFound, ...]) -> Opened:
    """Ask for the first page of a list.

    Without a prefix in the richest format that all records come in, and in which they say no less than in oai_dc.
    """
    offered = [found.prefix for found in formats]
    plain = prefix or (PLAIN_PREFIX if PLAIN_PREFIX in offered or not offered else offered[0])
    opened = _open_records(asking, plain, set_spec)
    for richer in RICHEST_FIRST if prefix is None else ():
        if richer in offered and richer != plain:
            other = _open_records(asking, richer, set_spec)
            if _covers(other, opened) and _says_as_much(other, opened):
                return other
    return opened


def follow(asking: Asking, opened: Opened, count: int) -> Followed:
    """Ask for at most `count` more pages of a list."""
    if isinstance(opened.first, Refusal):
        return Followed(refused=opened.first.reason)
    token, alone = opened.first.page.token, True
    pages: list[Answer] = []
    while token is not None and len(pages) < count:
        answer = asking.ask(following(opened.question, token, alone=alone), f"page {len(pages) + 2}")
        if isinstance(answer, Refusal) and answer.code == "badArgument" and not pages:
            alone = False
            answer = asking.ask(following(opened.question, token, alone=alone), "page 2, with all arguments")
        if isinstance(answer, Refusal):
            return Followed(tuple(pages), alone if pages else None, answer.reason)
        pages.append(answer)
        token = answer.page.token
    return Followed(tuple(pages), alone if pages else None)


def beginning(question: Question, *, since: str | None = None, until: str | None = None) -> dict[str, str]:
    """Give the arguments of the first page."""
    return list_parameters(question.prefix, verb=question.verb, set_spec=question.set_spec, since=since, until=until)


def following(question: Question, token: str, *, alone: bool) -> dict[str, str]:
    """Give the arguments of the page of a token, which goes alone, or with the others where it has to."""
    return list_parameters(
        question.prefix, verb=question.verb, set_spec=question.set_spec, token=token, repeat_arguments=not alone
    )


def open_one(asking: Asking, question: Question) -> Opened:
    """Ask for a list's first page."""
    first = asking.ask(beginning(question), question.set_spec or question.prefix)
    return Opened(question, first, () if isinstance(first, Refusal) else tuple(read_heads(first.page)))


def size_of(opened: Opened) -> int | None:
    """Give how many records a list has: what it says, or what there is where one page is all."""
    if isinstance(opened.first, Refusal):
        return None
    page = opened.first.page
    if page.complete_list_size is None and page.token is None:
        return page.received
    return page.complete_list_size


def _open_records(asking: Asking, prefix: str, set_spec: str) -> Opened:
    """Ask for a first page of records; where they fail for another reason than the question, of headers."""
    opened = open_one(asking, Question(prefix, set_spec))
    if isinstance(opened.first, Answer) or opened.first.code in REFUSED_FOR_GOOD:
        return opened
    headers = open_one(asking, Question(prefix, set_spec, "ListIdentifiers"))
    return opened if isinstance(headers.first, Refusal) else headers


def _covers(rich: Opened, plain: Opened) -> bool:
    """Tell whether a list in a richer format holds all that the plain one does, as far as both first pages show."""
    if all(head.deleted for head in rich.heads):  # none at all, too
        return False
    if isinstance(plain.first, Refusal):
        return True
    sizes = size_of(rich), size_of(plain)
    if sizes[0] is not None and sizes[1] is not None and sizes[0] < sizes[1]:
        return False
    together = min(len(rich.heads), len(plain.heads))
    return _identifiers(rich, together) == _identifiers(plain, together)


def _says_as_much(rich: Opened, plain: Opened) -> bool:
    pages = [one.first.page for one in (rich, plain) if isinstance(one.first, Answer)]
    if len(pages) < 2 or "ListIdentifiers" in {rich.question.verb, plain.question.verb}:
        return True
    return says_as_much(pages[0], rich.question.prefix, pages[1], plain.question.prefix)


def _identifiers(opened: Opened, count: int) -> list[str]:
    return [head.identifier for head in opened.heads[:count]]
