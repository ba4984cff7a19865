"""The rows of the form: each a value as it was when the form was made, and as the person has it now."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from harvester.item import Item
from harvester.works.proposing import Change, difference
from harvester.works.wording import one_line, words_of
from search_api.contributions.offering import Offered

WAS = "was."
NOW = "now."
Form = Sequence[tuple[str, str]]


class Row(Struct, frozen=True):
    """One value of a property; `was` is empty for a new one, `now` for one that is taken away."""

    was: str
    now: str
    fault: str = ""


Rows = Mapping[str, tuple[Row, ...]]
"""By property, in the order of the form."""


def stored_rows(item: Item, offered: Sequence[Offered], draft: Sequence[Change]) -> Rows:
    """Give the rows of a form that nobody has sent yet: what the item says, with the changes of a draft in it."""
    return {
        one.name: _stored(item, one.name, [change for change in draft if change.property == one.name])
        for one in offered
    }


def sent_rows(form: Form, offered: Sequence[Offered]) -> Rows:
    """Give the rows of a form that was sent; what it has of properties that are not offered is left out."""
    found = {}
    for one in offered:
        was = [one_line(value) for name, value in form if name == WAS + one.name]
        now = [one_line(value) for name, value in form if name == NOW + one.name]
        pairs = zip(was, [*now, *[""] * (len(was) - len(now))], strict=False)
        found[one.name] = _at_least_one([Row(before, after) for before, after in pairs])
    return found


def with_row_added(rows: Rows, name: str) -> Rows:
    """Give the rows with an empty one more of a property."""
    return {key: (*own, Row("", "")) if key == name else own for key, own in rows.items()}


def with_row_removed(rows: Rows, name: str, place: int) -> Rows:
    """Give the rows without a value: a new one goes, one that the item has is to be taken away."""
    own = list(rows.get(name, ()))
    if not 0 <= place < len(own):
        return rows
    if own[place].was:
        own[place] = Row(own[place].was, "")
    else:
        del own[place]
    return {key: _at_least_one(own) if key == name else kept for key, kept in rows.items()}


def changes_of(rows: Rows) -> list[Change]:
    """Give what the rows change, in their order."""
    return [change for name, own in rows.items() for change in difference(name, [(row.was, row.now) for row in own])]


def with_faults(rows: Rows, faults: Mapping[int, str]) -> Rows:
    """Give the rows with what is wrong of them, by the place of a change in `changes_of`."""
    place = 0
    found = {}
    for name, own in rows.items():
        marked = []
        for row in own:
            if row.was == row.now:
                marked.append(row)
                continue
            marked.append(structs.replace(row, fault=faults.get(place, "")))
            place += 1
        found[name] = tuple(marked)
    return found


def _stored(item: Item, name: str, changes: list[Change]) -> tuple[Row, ...]:
    left = list(changes)
    rows = []
    for words in words_of(item, name):
        mine = next((change for change in left if change.original == words), None)
        if mine is not None:
            left.remove(mine)
        rows.append(Row(words, words if mine is None else mine.proposed or ""))
    rows += [Row(change.original or "", change.proposed or "") for change in left]
    return _at_least_one(rows)


def _at_least_one(rows: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(rows) or (Row("", ""),)
