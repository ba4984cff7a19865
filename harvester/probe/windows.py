"""Windows of a list around one datestamp of its first page, in the forms that from and until may have."""

import datetime as dt
from typing import Final

from msgspec import Struct

from harvester.oai import DAY_GRANULARITY, SECOND_GRANULARITY
from harvester.probe.asking import Answer, Asking, Refusal
from harvester.probe.heads import Head, read_heads, write_moment
from harvester.probe.listing import Question, beginning

DAY: Final = dt.timedelta(days=1)
SECOND: Final = dt.timedelta(seconds=1)


class Form(Struct, frozen=True):
    """A form of from and until: its granularity as in Identify, and its least step."""

    granularity: str
    step: dt.timedelta


SECONDS: Final = Form(SECOND_GRANULARITY, SECOND)
DAYS: Final = Form(DAY_GRANULARITY, DAY)


class Around(Struct, frozen=True):
    """A list, and a moment of its first page that windows are laid around."""

    asking: Asking
    question: Question
    middle: dt.datetime


def ask_window(
    around: Around, form: Form, *, since: dt.timedelta | None = None, until: dt.timedelta | None = None
) -> Answer | Refusal:
    """Ask for what lies between two distances from the second or day of the middle; None is open."""
    begin = floor(form, around.middle)
    first = None if since is None else write(form, begin + since)
    last = None if until is None else write(form, begin + until)
    what = " ".join([*([f"from={first}"] if first else ()), *([f"until={last}"] if last else ())])
    return around.asking.ask(beginning(around.question, since=first, until=last), what)


def has_middle(around: Around, form: Form, answer: Answer) -> bool:
    """Tell whether a page has a record of the middle's second or day."""
    return any(floor(form, moment) == floor(form, around.middle) for moment in moments_of(read_heads(answer.page)))


def find_middle(heads: tuple[Head, ...]) -> dt.datetime | None:
    """Give the median of the different datestamps of a page, None where it has none."""
    seen = sorted(set(moments_of(heads)))
    return seen[len(seen) // 2] if seen else None


def moments_of(heads: tuple[Head, ...] | list[Head]) -> list[dt.datetime]:
    """Give the datestamps that can be understood."""
    return [head.moment for head in heads if head.moment is not None]


def floor(form: Form, moment: dt.datetime) -> dt.datetime:
    """Give the begin of the second or day."""
    begin = moment.replace(microsecond=0)
    return begin.replace(hour=0, minute=0, second=0) if form.step == DAY else begin


def write(form: Form, moment: dt.datetime) -> str:
    """Write a moment as from and until have it."""
    return write_moment(moment)[:10] if form.step == DAY else write_moment(moment)
