"""What the first pages of a list show."""

import statistics
from typing import Final

from harvester.probe.asking import Refusal
from harvester.probe.findings import ListFound
from harvester.probe.heads import form_of, order_of, read_heads, write_moment
from harvester.probe.listing import Followed, Opened, size_of

ALL: Final = ("several_pages", "size_given", "size_stable", "cursor_given", "order", "deleted_seen", "datestamps")


def list_found(opened: Opened, followed: Followed) -> ListFound:
    """Give what the first pages of a list show: their records' headers, their sizes, how long they took."""
    if isinstance(opened.first, Refusal):
        return ListFound(verb=opened.question.verb, why=dict.fromkeys(ALL, opened.first.reason))
    answers = [opened.first, *followed.pages]
    heads = [head for answer in answers for head in read_heads(answer.page)]
    sizes = [answer.page.complete_list_size for answer in answers if answer.page.complete_list_size is not None]
    moments = sorted(head.moment for head in heads if head.moment is not None)
    several = opened.first.page.token is not None
    order = order_of(heads)
    return ListFound(
        verb=opened.question.verb,
        several_pages=several,
        page_size=max(answer.page.received for answer in answers) if several else None,
        page_s=round(statistics.median(answer.seconds for answer in answers), 3),
        size=size_of(opened),
        size_given=bool(sizes) if several else None,
        size_stable=len(set(sizes)) == 1 if len(sizes) > 1 else None,
        cursor_given=any(answer.page.cursor is not None for answer in answers) if several else None,
        order=order,
        deleted_seen=any(head.deleted for head in heads) if heads else None,
        datestamps=form_of(heads),
        first=write_moment(heads[0].moment) if heads and heads[0].moment is not None else None,
        earliest=write_moment(moments[0]) if moments else None,
        why=_sizes_why(sizes, followed, several=several) | _heads_why(len(heads), order),
    )


def _sizes_why(sizes: list[int], followed: Followed, *, several: bool) -> dict[str, str]:
    if not several:
        return dict.fromkeys(("page_size", "size_given", "size_stable", "cursor_given"), "the list has one page")
    if len(set(sizes)) > 1:
        return {"size_stable": "says " + ", then ".join(f"{size:,}" for size in sizes)}
    return {"size_stable": followed.refused or "no two pages say it"} if len(sizes) < 2 else {}


def _heads_why(heads: int, order: str | None) -> dict[str, str]:
    if not heads:
        return dict.fromkeys(("order", "deleted_seen", "datestamps", "first", "earliest"), "the list is empty")
    return {"order": "all datestamps seen are the same"} if order is None else {}
