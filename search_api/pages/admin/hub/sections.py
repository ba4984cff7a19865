"""The sections of the settings: what the fields of each hold, and the part of the document that they mean."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from search_api.hub_settings import PLACES, Colours, HubSettings
from search_api.languages import N_
from search_api.languages.catalogue import NAMES
from search_api.pages.admin.hub.rows import is_on, order_rows, row_values
from search_api.pages.admin.hub.rows import other_names as names_of
from search_api.pages.fields import ON

Values = Mapping[str, str]


class Meant(Struct, frozen=True):
    """What a form means: tables and values of the document, which field has which key of it, and what is wrong."""

    keys: dict[str, Any]
    fields: Mapping[str, str]
    wrong: Mapping[str, str]


class Section(Struct, frozen=True):
    """A part of the settings with a form of its own."""

    name: str
    title: str
    show: Callable[[HubSettings], dict[str, str]]
    read: Callable[[Values], Meant]


def _show_look(settings: HubSettings) -> dict[str, str]:
    offered = settings.languages or tuple(NAMES)
    shown = {"name": settings.name, "first": offered[0]}
    shown |= {f"languages.{language}": ON for language in offered}
    return shown | {f"colours.{name}": getattr(settings.colours, name) for name in Colours.__struct_fields__}


def _read_look(values: Values) -> Meant:
    first = values.get("first", "")
    offered = [language for language in NAMES if is_on(values, f"languages.{language}") or language == first]
    keys = {
        "name": values.get("name", "").strip(),
        "languages": sorted(offered, key=lambda language: language != first),
        "colours": {name: values.get(f"colours.{name}", "").strip() for name in Colours.__struct_fields__},
    }
    return Meant(keys, {}, {})


def _show_facets(settings: HubSettings) -> dict[str, str]:
    return row_values(settings.facets, names_of(counted=True))


def _read_facets(values: Values) -> Meant:
    rows, wrong = order_rows(values)
    fields = {f"facets[{at}]": row.field("name") for at, row in enumerate(rows, 1)}
    return Meant({"facets": [row.name for row in rows]}, fields, wrong)


def _show_template(settings: HubSettings) -> dict[str, str]:
    by_name = {one.name: one for one in settings.template}
    shown = row_values(tuple(by_name), names_of(counted=False))
    for key, name in list(shown.items()):
        if not key.endswith(".name"):
            continue
        row, one = key.removesuffix(".name"), by_name.get(name)
        shown |= {f"{row}.label.{language}": one.labels.get(language, "") if one else "" for language in NAMES}
        shown[f"{row}.editable"] = ON if one is None or one.editable else ""
        shown[f"{row}.shown"] = ON if one is None or one.shown else ""
    return shown


def _read_template(values: Values) -> Meant:
    rows, wrong = order_rows(values)
    listed: list[dict[str, object]] = []
    fields: dict[str, str] = {}
    for at, row in enumerate(rows, 1):
        labels = {language: values.get(row.field(f"label.{language}"), "").strip() for language in NAMES}
        listed.append(
            {
                "name": row.name,
                "labels": {language: label for language, label in labels.items() if label},
                "editable": is_on(values, row.field("editable")),
                "shown": is_on(values, row.field("shown")),
            }
        )
        fields |= {f"template[{at}]": row.field("name"), f"template[{at}].name": row.field("name")}
        fields |= {f"template[{at}].labels.{language}": row.field(f"label.{language}") for language in NAMES}
    return Meant({"template": listed}, fields, wrong)


def _show_texts(settings: HubSettings) -> dict[str, str]:
    return {
        f"texts.{language}.{place}": settings.texts.get(language, {}).get(place, "")
        for language in NAMES
        for place in PLACES
    }


def _read_texts(values: Values) -> Meant:
    texts = {
        language: {place: _text(values.get(f"texts.{language}.{place}", "")) for place in PLACES} for language in NAMES
    }
    return Meant({"texts": texts}, {}, {})


def _show_comments(settings: HubSettings) -> dict[str, str]:
    one = settings.comments
    return {
        "comments.writers": one.writers,
        "comments.moderated": one.moderated,
        "comments.threaded": ON if one.threaded else "",
        "comments.question": one.question,
        "comments.answer": one.answer,
        "comments.per_hour": str(one.per_hour),
    }


def _read_comments(values: Values) -> Meant:
    keys = {
        "writers": values.get("comments.writers", ""),
        "moderated": values.get("comments.moderated", ""),
        "threaded": is_on(values, "comments.threaded"),
        "question": values.get("comments.question", "").strip(),
        "answer": values.get("comments.answer", "").strip(),
        "per_hour": _number(values.get("comments.per_hour", "")),
    }
    return Meant({"comments": keys}, {}, {})


def _show_contributions(settings: HubSettings) -> dict[str, str]:
    one = settings.contributions
    return {"contributions.proposers": one.proposers, "contributions.token_days": str(one.token_days)}


def _read_contributions(values: Values) -> Meant:
    keys = {
        "proposers": values.get("contributions.proposers", ""),
        "token_days": _number(values.get("contributions.token_days", "")),
    }
    return Meant({"contributions": keys}, {}, {})


def _number(text: str) -> int | str:
    """Give a number that was typed; what is none stays, and is refused with what is allowed."""
    return int(text) if re.fullmatch(r"\s*[0-9]{1,9}\s*", text) else text


def _text(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


SECTIONS: Final = (
    Section("look", N_("Name and colours"), _show_look, _read_look),
    Section("facets", N_("Facets"), _show_facets, _read_facets),
    Section("template", N_("Template"), _show_template, _read_template),
    Section("texts", N_("Texts"), _show_texts, _read_texts),
    Section("comments", N_("Comments"), _show_comments, _read_comments),
    Section("contributions", N_("Contributions"), _show_contributions, _read_contributions),
)
