"""Fields of forms with what was typed into them, and beside each what is wrong with it."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from search_api.pages.markup import Html, element, join

NOTHING: Final = Html("")
ON: Final = "on"


class Typed(Struct, frozen=True):
    """What the fields of a form hold, and what is wrong with some of them, by their names."""

    values: Mapping[str, str]
    wrong: Mapping[str, str] = {}

    def value(self, name: str) -> str:
        """Give what a field holds."""
        return self.values.get(name, "")


def line(
    typed: Typed,
    name: str,
    label: str,
    *,
    hint: str = "",
    kind: str = "text",
    placeholder: str | None = None,
    required: bool = False,
    autocomplete: str = "off",
) -> Html:
    """Give a field for a line of text."""
    box = element(
        "input",
        type=kind,
        name=name,
        id=name,
        value=typed.value(name),
        placeholder=placeholder,
        required="" if required else None,
        autocomplete=autocomplete,
        dir="auto",
        **_told(typed, name, hint),
    )
    return _labelled(typed, name, label, hint, box)


def area(
    typed: Typed,
    name: str,
    label: str,
    *,
    hint: str = "",
    rows: int = 6,
    lang: str | None = None,
    is_prose: bool = False,
    required: bool = False,
) -> Html:
    """Give a field for a text of several lines, whose spelling browsers look at where it is in a language or prose."""
    box = element(
        "textarea",
        Html("\n"),  # browsers leave away the first line end, so that one is none of the text's
        typed.value(name),
        name=name,
        id=name,
        rows=str(rows),
        lang=lang,
        spellcheck="true" if lang or is_prose else "false",
        required="" if required else None,
        dir="auto",
        **_told(typed, name, hint),
    )
    return _labelled(typed, name, label, hint, box)


def choice(typed: Typed, name: str, label: str, options: Sequence[tuple[str, str]], *, hint: str = "") -> Html:
    """Give a field for one of some values, each with its label."""
    chosen = typed.value(name)
    rows = [element("option", text, value=value, selected="" if value == chosen else None) for value, text in options]
    box = element("select", *rows, name=name, id=name, **_told(typed, name, hint))
    return _labelled(typed, name, label, hint, box)


def check(typed: Typed, name: str, label: str) -> Html:
    """Give a field that is on or off."""
    checked = "" if typed.value(name) == ON else None
    box = element("input", type="checkbox", name=name, id=name, value=ON, checked=checked)
    return element("label", box, label, class_="choice")


def bare(typed: Typed, name: str, label: str, *, kind: str = "text", class_: str | None = None) -> Html:
    """Give a field within a table, whose label only those hear who do not see where it stands."""
    box = element(
        "input",
        type=kind,
        name=name,
        value=typed.value(name),
        aria_label=label,
        class_=class_,
        autocomplete="off",
        **_told(typed, name, ""),
    )
    return join(box, _wrong(typed, name))


def bare_check(typed: Typed, name: str, label: str) -> Html:
    """Give a field that is on or off, likewise."""
    checked = "" if typed.value(name) == ON else None
    return element("input", type="checkbox", name=name, value=ON, checked=checked, aria_label=label)


def hidden(name: str, value: str) -> Html:
    """Give a field that is sent and not shown."""
    return element("input", type="hidden", name=name, value=value)


def _labelled(typed: Typed, name: str, label: str, hint: str, box: Html) -> Html:
    note = element("span", hint, class_="note", id=f"{name}-hint") if hint else NOTHING
    return element("div", element("label", label, for_=name), note, box, _wrong(typed, name), class_="field")


def _wrong(typed: Typed, name: str) -> Html:
    reason = typed.wrong.get(name)
    return element("span", reason, class_="wrong", id=f"{name}-wrong") if reason else NOTHING


def _told(typed: Typed, name: str, hint: str) -> dict[str, str | None]:
    """Give what tells those who hear a page of a field's hint, and that it is wrong."""
    is_wrong = name in typed.wrong
    ids = [f"{name}-hint"] * bool(hint) + [f"{name}-wrong"] * is_wrong
    return {"aria_invalid": "true" if is_wrong else None, "aria_describedby": " ".join(ids) or None}
