"""The form: every property that may be changed, with its values, and the buttons."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from msgspec import Struct
from starlette.requests import Request

from harvester.item import Item
from harvester.works.proposing import LONGEST_MESSAGE
from indexer.fields import FIELDS
from search_api.contributions.offering import Choice, Offered
from search_api.languages import _
from search_api.pages.contribute.hints import hint_of
from search_api.pages.contribute.rows import NOW, WAS, Row, Rows
from search_api.pages.contribute.section import edit_path
from search_api.pages.markup import Html, element, fill, join
from search_api.pages.private import post_form

DO: Final = "do"
MESSAGE: Final = "message"
LONG_CHARACTERS: Final = 80


class Shown(Struct, frozen=True, kw_only=True):
    """What a form shows: for whom, of what, and what is typed in it."""

    item: Item
    offered: Sequence[Offered]
    rows: Rows
    message: str
    choices: Mapping[str, Sequence[Choice]]
    may_accept: bool


def contribution_form(request: Request, shown: Shown) -> Html:
    """Give the form. Enter in a field has it looked through, which changes nothing."""
    look = element("button", _("Check"), name=DO, value="check", class_="hidden", tabindex="-1", aria_hidden="true")
    return post_form(
        request,
        edit_path(shown.item.id),
        look,
        *(_property(one, shown.rows[one.name], shown.choices.get(one.name, ())) for one in shown.offered),
        _message(shown.message),
        _buttons(shown),
        class_="fields contribution",
    )


def fault_list(shown: Shown) -> Html:
    """Give what is wrong, with a link to each field; nothing where all is well."""
    labels = {one.name: one.label for one in shown.offered}
    wrong = [
        element("li", element("a", labels[name], href=f"#{_field_id(name, place)}"), ": ", row.fault)
        for name, own in shown.rows.items()
        for place, row in enumerate(own)
        if row.fault
    ]
    if not wrong:
        return Html("")
    said = element("p", _("Nothing was handed in yet: some values cannot be taken."))
    return element("div", said, element("ul", *wrong), role="alert")


def _property(one: Offered, rows: Sequence[Row], choices: Sequence[Choice]) -> Html:
    hint = hint_of(one.name)
    has_room = any(not row.was and not row.now for row in rows)
    may_add = not has_room and (not one.is_single or not any(row.now for row in rows))
    add = (
        element(
            "button",
            _("Add a value"),
            name=DO,
            value=f"add.{one.name}",
            class_="plain",
            aria_label=_("Add a value: {property}").format(property=one.label),
        )
        if may_add
        else ""
    )
    return element(
        "fieldset",
        element("legend", one.label),
        element("p", hint, class_="note", id=_hint_id(one.name)) if hint else "",
        *(_row(one, place, row, is_alone=len(rows) == 1) for place, row in enumerate(rows)),
        _datalist(one, choices),
        add,
    )


def _row(one: Offered, place: int, row: Row, *, is_alone: bool) -> Html:
    field_id = _field_id(one.name, place)
    told = [f"{field_id}-wrong" if row.fault else "", _hint_id(one.name) if hint_of(one.name) else ""]
    attributes = {
        "name": NOW + one.name,
        "id": field_id,
        "aria_label": one.label if is_alone else f"{one.label} {place + 1}",
        "aria_invalid": "true" if row.fault else None,
        "aria_describedby": " ".join(filter(None, told)) or None,
        "dir": "auto",
    }
    if one.is_long or len(row.now) > LONG_CHARACTERS:
        box = element("textarea", row.now, rows="8" if one.is_long and row.now else "2", **attributes)
    else:
        lists = _list_id(one.name) if _has_values(one) else None
        box = element("input", type="text", value=row.now, list=lists, data_values=_values_path(one), **attributes)
    is_empty = is_alone and not row.was and not row.now
    remove = element(
        "button",
        _("Remove"),
        name=DO,
        value=f"remove.{place}.{one.name}",
        class_="plain",
        aria_label=_("Remove: {property} {number}").format(property=one.label, number=place + 1),
    )
    return element(
        "div",
        element("input", type="hidden", name=WAS + one.name, value=row.was),
        box,
        "" if is_empty or (row.was and not row.now) else remove,
        _what_changes(row),
        element("p", row.fault, class_="wrong", id=f"{field_id}-wrong") if row.fault else "",
        class_="value",
    )


def _what_changes(row: Row) -> Html:
    if not row.was or row.was == row.now:
        return Html("")
    said = _("Before: {value}") if row.now else _("To be removed: {value}")
    return element("p", fill(said, value=element("q", row.was, dir="auto")), class_="note")


def _datalist(one: Offered, choices: Sequence[Choice]) -> Html:
    if not _has_values(one):
        return Html("")
    options = [
        element("option", "" if choice.label == choice.value else choice.label, value=choice.value)
        for choice in choices
    ]
    return element("datalist", *options, id=_list_id(one.name))


def _message(text: str) -> Html:
    return element(
        "label",
        _("Message to the editors (not published)"),
        element("textarea", text, name=MESSAGE, rows="3", maxlength=str(LONGEST_MESSAGE)),
    )


def _buttons(shown: Shown) -> Html:
    accept = element("button", _("Hand in and accept"), name=DO, value="accept") if shown.may_accept else ""
    return element(
        "div",
        accept,
        element("button", _("Hand in"), name=DO, value="submit", class_="plain" if shown.may_accept else None),
        element("button", _("Save draft"), name=DO, value="save", class_="plain"),
        element("a", _("Back to the item"), href=f"/items/{shown.item.id}"),
        class_="buttons",
    )


def _has_values(one: Offered) -> bool:
    return one.name in FIELDS and FIELDS[one.name].facet and FIELDS[one.name].kind in {"keyword", "language"}


def _values_path(one: Offered) -> str | None:
    return f"/api/v1/properties/{quote(one.name)}/values" if _has_values(one) else None


def _field_id(name: str, place: int) -> str:
    return f"{_safe(name)}-{place}"


def _hint_id(name: str) -> str:
    return f"{_safe(name)}-hint"


def _list_id(name: str) -> str:
    return f"{_safe(name)}-values"


def _safe(name: str) -> str:
    """Give a name as a part of an id, where no blank may be."""
    return "f-" + quote(name, safe="").replace("%", "-")


def alert(text: str) -> Html:
    """Give what went wrong, nothing where nothing did."""
    return element("p", text, role="alert") if text else Html("")


def said(text: str) -> Html:
    """Give what was done, nothing where nothing was."""
    return element("p", text, role="status", class_="said") if text else Html("")


def titled(title: str, item_id: str) -> Html:
    """Give the title of an item as a link to its page."""
    return join(element("a", element("bdi", title), href=f"/items/{item_id}"))
