"""Fields of forms, each with its label, a hint, and what is wrong with what was typed."""

from search_api.pages.markup import Html, element


def line_field(
    label: str,
    name: str,
    value: str,
    *,
    fault: str = "",
    hint: str = "",
    kind: str = "text",
    autocomplete: str = "off",
    needed: bool = False,
) -> Html:
    """Give a field for one line."""
    box = element(
        "input",
        type=kind,
        name=name,
        id=name,
        value=value,
        autocomplete=autocomplete,
        required="" if needed else None,
        aria_invalid="true" if fault else None,
        aria_describedby=_described(name, hint, fault),
        dir="auto",
    )
    return _field(label, name, box, hint, fault)


def text_area(label: str, name: str, value: str, *, fault: str = "", hint: str = "") -> Html:
    """Give a field for several lines that must be filled in."""
    box = element(
        "textarea",
        f"\n{value}",  # browsers drop the first line end (HTML, 13.1.2.5)
        name=name,
        id=name,
        rows="8",
        required="",
        aria_invalid="true" if fault else None,
        aria_describedby=_described(name, hint, fault),
        dir="auto",
    )
    return _field(label, name, box, hint, fault)


def check_box(label: str, name: str, *, is_on: bool) -> Html:
    """Give a box to tick."""
    box = element("input", type="checkbox", name=name, value="1", checked="" if is_on else None)
    return element("label", box, label, class_="choice")


def _field(label: str, name: str, box: Html, hint: str, fault: str) -> Html:
    return element(
        "div",
        element("label", label, for_=name),
        element("p", hint, class_="note", id=f"{name}-hint") if hint else "",
        box,
        element("p", fault, class_="wrong", id=f"{name}-fault") if fault else "",
        class_="field",
    )


def _described(name: str, hint: str, fault: str) -> str | None:
    known = ((hint, "hint"), (fault, "fault"))
    return " ".join(f"{name}-{what}" for text, what in known if text) or None
