"""What from and until do, and in which form they are taken.

All questions are about one datestamp that the first page of the whole list shows. A server that ignores an argument
gives that page again, and on it the very record that was not asked for; so one answer is proof, in whatever order
lists come. A bound that is kept only to a day (a server that filters by another zone, or by another date than it
shows) is honoured, but not exact.
"""

import datetime as dt
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from harvester.oai import DAY_GRANULARITY, SECOND_GRANULARITY
from harvester.probe.asking import Answer, Asking, Refusal
from harvester.probe.findings import SelectionFound
from harvester.probe.heads import form_of, read_heads, write_moment
from harvester.probe.listing import Opened, beginning
from harvester.probe.windows import (
    DAY,
    DAYS,
    SECONDS,
    Around,
    Form,
    ask_window,
    find_middle,
    floor,
    has_middle,
    moments_of,
    write,
)
from harvester.windows import parse_datestamp

EARLIEST_YEAR: Final = 1000
NOTHING: Final = dt.timedelta(0)
INCLUSIVE: Final = ("from_inclusive", "until_inclusive")
BOUNDS: Final = ("from_honoured", "until_honoured", "exact", *INCLUSIVE)
SHORT: Final = "a short probe does not ask"


class Bound(Struct, frozen=True):
    """What one of from and until was found to do: None is unknown; `exact` to the step of its form."""

    honoured: bool | None
    exact: bool | None
    why: str = ""


def selection_found(asking: Asking, opened: Opened, *, said: str, earliest: str, thorough: bool) -> SelectionFound:
    """Find out what from and until do. `said` and `earliest` are granularity and earliestDatestamp of Identify.

    Thorough means to try also the form that is not needed, and what lies before the earliest datestamp.
    """
    middle = find_middle(opened.heads)
    if middle is None:
        reason = opened.first.reason if isinstance(opened.first, Refusal) else "no record with a datestamp was seen"
        return SelectionFound(why=dict.fromkeys(("takes_seconds", "takes_days", *BOUNDS, "nothing_earlier"), reason))
    around = Around(asking, opened.question, middle)
    forms = (DAYS, SECONDS) if _days_first(said, opened) else (SECONDS, DAYS)
    answers = _try_forms(around, forms, thorough=thorough)
    found = SelectionFound(
        takes_seconds=_is_taken(answers[SECONDS]),
        takes_days=_is_taken(answers[DAYS]),
        why={
            name: SHORT if answer is None else answer.reason
            for name, answer in (("takes_seconds", answers[SECONDS]), ("takes_days", answers[DAYS]))
            if not isinstance(answer, Answer)
        },
    )
    for form in forms:
        answer = answers[form]
        if isinstance(answer, Answer):
            found = _with_bounds(around, form, answer, found)
            return (
                _with_earliest(around, opened, found, earliest) if thorough else _also(found, "nothing_earlier", SHORT)
            )
    refused = False if found.takes_seconds is False and found.takes_days is False else None
    why = found.why | dict.fromkeys((*BOUNDS, "nothing_earlier"), next(iter(found.why.values())))
    return replace(found, from_honoured=refused, until_honoured=refused, why=why)


def _days_first(said: str, opened: Opened) -> bool:
    """Tell whether days are to be tried first: Identify says so, or nothing that is known and datestamps are days."""
    said = said.strip().upper()
    if said in {DAY_GRANULARITY, SECOND_GRANULARITY.upper()}:
        return said == DAY_GRANULARITY
    return form_of(opened.heads) == "days"


def _try_forms(around: Around, forms: tuple[Form, Form], *, thorough: bool) -> dict[Form, Answer | Refusal | None]:
    """Ask with `from` in both forms; not in the second one where the first is taken and that is all we want (None)."""
    found: dict[Form, Answer | Refusal | None] = {}
    for form in forms:
        if not thorough and any(isinstance(answer, Answer) for answer in found.values()):
            found[form] = None
        else:
            found[form] = ask_window(around, form, since=NOTHING if _is_new(around, form) else 2 * form.step)
    return found


def _is_taken(answer: Answer | Refusal | None) -> bool | None:
    if isinstance(answer, Answer):
        return True
    return False if answer is not None and answer.code == "badArgument" else None


def _with_bounds(around: Around, form: Form, answer: Answer, found: SelectionFound) -> SelectionFound:
    """Add what from and until do in a form that is taken; `answer` is the one that `from` alone gave."""
    since, until = _judge_from(around, form, answer), _judge_until(around, form)
    why = found.why | {
        name: bound.why for name, bound in (("from_honoured", since), ("until_honoured", until)) if bound.why
    }
    exact = False if False in {since.exact, until.exact} else (True if since.exact and until.exact else None)
    from_inclusive, until_inclusive = _inclusive(around, form, why) if exact else (None, None)
    if not exact:
        why |= dict.fromkeys(("exact", *INCLUSIVE), since.why or until.why)
    return replace(
        found,
        granularity=form.granularity,
        from_honoured=since.honoured,
        until_honoured=until.honoured,
        exact=exact,
        from_inclusive=from_inclusive,
        until_inclusive=until_inclusive,
        why=why,
    )


def _is_new(around: Around, form: Form) -> bool:
    """Tell whether a little behind the middle is in the future, where some servers refuse to look."""
    return floor(form, around.middle) + 2 * form.step > dt.datetime.now(dt.UTC)


def _judge_from(around: Around, form: Form, near: Answer) -> Bound:
    """Judge `from` by a window that begins two steps behind the middle; where that is not kept, two days behind it."""
    begin = floor(form, around.middle)
    if _is_new(around, form):
        return Bound(honoured=None, exact=None, why="all datestamps are too new to tell")
    lowest = min(moments_of(read_heads(near.page)), default=None)
    if lowest is None or lowest >= begin + form.step:
        return Bound(honoured=True, exact=True)
    told = f"from {write(form, begin + 2 * form.step)} gives a record of {write_moment(lowest)}"
    if form.step == DAY or begin + 2 * DAY > dt.datetime.now(dt.UTC):
        return Bound(honoured=False, exact=False, why=told)
    far = ask_window(around, form, since=2 * DAY)
    if isinstance(far, Refusal):
        return Bound(honoured=None, exact=False, why=far.reason)
    kept = all(moment > begin + DAY - form.step for moment in moments_of(read_heads(far.page)))
    return Bound(honoured=kept, exact=False, why=told)


def _judge_until(around: Around, form: Form) -> Bound:
    """Judge `until` in the same way, by windows that end before the middle."""
    begin = floor(form, around.middle)
    near = ask_window(around, form, until=-2 * form.step)
    if isinstance(near, Refusal):
        return Bound(honoured=None, exact=None, why=near.reason)
    highest = max(moments_of(read_heads(near.page)), default=None)
    if highest is None or highest < begin:
        return Bound(honoured=True, exact=True)
    told = f"until {write(form, begin - 2 * form.step)} gives a record of {write_moment(highest)}"
    if form.step == DAY:
        return Bound(honoured=False, exact=False, why=told)
    far = ask_window(around, form, until=-2 * DAY)
    if isinstance(far, Refusal):
        return Bound(honoured=None, exact=False, why=far.reason)
    kept = all(moment < begin - DAY + form.step for moment in moments_of(read_heads(far.page)))
    return Bound(honoured=kept, exact=False, why=told)


def _inclusive(around: Around, form: Form, why: dict[str, str]) -> tuple[bool | None, bool | None]:
    """Tell whether from and until hold what is exactly at them: both by the middle alone, else each by a window."""
    alone = ask_window(around, form, since=NOTHING, until=NOTHING)
    if isinstance(alone, Answer) and has_middle(around, form, alone):
        return True, True
    windows = {"from_inclusive": (NOTHING, 2 * form.step), "until_inclusive": (-2 * form.step, NOTHING)}
    found: dict[str, bool | None] = {}
    for name, (since, until) in windows.items():
        answer = ask_window(around, form, since=since, until=until)
        if isinstance(answer, Answer) and (has_middle(around, form, answer) or answer.page.token is None):
            found[name] = has_middle(around, form, answer)
        else:
            found[name] = None
            why[name] = answer.reason if isinstance(answer, Refusal) else "the window has more than one page"
    return found["from_inclusive"], found["until_inclusive"]


def _with_earliest(around: Around, opened: Opened, found: SelectionFound, earliest: str) -> SelectionFound:
    """Add whether there is no record before what Identify says is the earliest."""
    said = parse_datestamp(earliest)
    if said is None:
        return _also(found, "nothing_earlier", f"earliestDatestamp is {earliest!r}, which is no datestamp")
    form = DAYS if found.granularity == DAYS.granularity else SECONDS
    limit = floor(form, said)
    earlier = [moment for moment in moments_of(opened.heads) if floor(form, moment) < limit]
    if not earlier:
        if not found.until_honoured or said.year < EARLIEST_YEAR:
            reason = f"{earliest} is no real date" if found.until_honoured else "until cannot be relied on"
            return _also(found, "nothing_earlier", reason)
        before = write(form, limit - 2 * form.step)
        answer = around.asking.ask(beginning(opened.question, until=before), f"until={before}")
        if isinstance(answer, Refusal):
            return _also(found, "nothing_earlier", answer.reason)
        earlier = [moment for moment in moments_of(read_heads(answer.page)) if floor(form, moment) < limit]
    if earlier:
        found = _also(found, "nothing_earlier", f"there is a record of {write_moment(min(earlier))}")
    return replace(found, nothing_earlier=not earlier)


def _also(found: SelectionFound, name: str, reason: str) -> SelectionFound:
    return replace(found, why=found.why | {name: reason})
