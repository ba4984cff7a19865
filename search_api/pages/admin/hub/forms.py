"""The forms of the sections."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from harvester.values.relations import RELATIONS
from harvester.works.editing import BUILDERS
from indexer.fields import FIELDS, shown_label
from search_api.hub_settings.colours import USUAL
from search_api.languages import _
from search_api.languages.catalogue import NAMES
from search_api.pages.admin.hub.rows import Row, rows_of
from search_api.pages.fields import Typed, area, bare, bare_check, check, choice, hidden, line
from search_api.pages.markup import Html, element, join
from search_api.pages.private import table


def look_form(typed: Typed) -> Html:
    """Give the fields of name, languages and colours."""
    languages = [check(typed, f"languages.{language}", name) for language, name in NAMES.items()]
    first = choice(typed, "first", _("The one for those who ask for none of them"), list(NAMES.items()))
    return join(
        line(typed, "name", _("Name of the hub"), hint=_("Empty is the name that the server was given.")),
        element("fieldset", element("legend", _("Languages")), *languages, first),
        element(
            "fieldset",
            element("legend", _("Colours")),
            element("p", _("Of the form #rrggbb. What is empty stays as usual."), class_="note"),
            line(typed, "colours.link_light", _("Links and buttons, light"), placeholder=USUAL["link"][0]),
            line(typed, "colours.link_dark", _("Links and buttons, dark"), placeholder=USUAL["link"][1]),
            line(typed, "colours.accent_light", _("Line above each page, light"), placeholder=USUAL["accent"][0]),
            line(typed, "colours.accent_dark", _("Line above each page, dark"), placeholder=USUAL["accent"][1]),
        ),
    )


def facets_form(typed: Typed) -> Html:
    """Give the table of properties that can be counted, with their places."""
    hint = _("Properties with a number are facets of the search page, in the order of their numbers.")
    columns = (_("Property"), _("Place"))
    return join(element("p", hint, class_="note"), _tables(typed, columns, _facet_row))


def template_form(typed: Typed) -> Html:
    """Give the table of all properties: place, labels, whether forms offer it and the page shows it."""
    hint = _(
        "Properties with a number are in the template, in the order of their numbers. A label that is empty is the "
        "usual one."
    )
    labels = [_("Label ({language})").format(language=name) for name in NAMES.values()]
    columns = (_("Property"), _("Place"), *labels, _("Can be proposed"), _("Shown"))
    return join(element("p", hint, class_="note"), _tables(typed, columns, _template_row))


def texts_form(typed: Typed) -> Html:
    """Give the fields of the texts, by language."""
    hint = _("A blank line parts paragraphs, ## begins a heading, [words](https://address) is a link.")
    places = (
        ("welcome", _("On the first page")),
        ("footer", _("At the end of each page")),
        ("about", _("About this hub")),
        ("privacy", _("Privacy")),
    )
    return join(
        element("p", hint, class_="note"),
        *(
            element(
                "fieldset",
                element("legend", name),
                *(area(typed, f"texts.{language}.{place}", label, lang=language) for place, label in places),
            )
            for language, name in NAMES.items()
        ),
    )


def comments_form(typed: Typed) -> Html:
    """Give the fields of who may comment, and how."""
    writers = (("anyone", _("Anyone")), ("users", _("Who has signed in")), ("nobody", _("Nobody")))
    moderated = (("all", _("All")), ("visitors", _("Those of visitors")), ("none", _("None")))
    hint = _("Put to visitors, so that programs are kept out. Both are empty where nothing is asked.")
    return join(
        choice(typed, "comments.writers", _("Who may comment"), writers),
        choice(typed, "comments.moderated", _("Which comments wait for a moderator"), moderated),
        check(typed, "comments.threaded", _("Comments can be answered")),
        line(typed, "comments.question", _("Question"), hint=hint),
        line(typed, "comments.answer", _("Its answer")),
        line(typed, "comments.per_hour", _("Comments of a visitor in an hour"), kind="number", required=True),
    )


def contributions_form(typed: Typed) -> Html:
    """Give the fields of who may propose changes."""
    proposers = (
        ("users", _("Users with the right, and holders of a token")),
        ("tokens", _("Holders of a token only")),
        ("nobody", _("Nobody")),
    )
    return join(
        choice(typed, "contributions.proposers", _("Who may propose changes of items"), proposers),
        line(typed, "contributions.token_days", _("Days that a new token is good for"), kind="number", required=True),
    )


FORMS: Final[Mapping[str, Callable[[Typed], Html]]] = {
    "look": look_form,
    "facets": facets_form,
    "template": template_form,
    "texts": texts_form,
    "comments": comments_form,
    "contributions": contributions_form,
}


def _tables(typed: Typed, columns: Sequence[str], make: Callable[[Typed, Row], tuple[str, ...]]) -> Html:
    """Give the rows that have a place, and out of the way those that have none."""
    rows = rows_of(typed.values)
    chosen = [row for row in rows if typed.value(row.field("order")) or _is_wrong(typed, row)]
    others = [row for row in rows if row not in chosen]
    more = table(_("Other properties"), columns, [make(typed, row) for row in others], empty=_("none"))
    return join(
        table(_("Properties in use"), columns, [make(typed, row) for row in chosen], empty=_("none")),
        element("details", element("summary", _("Other properties")), more),
    )


def _is_wrong(typed: Typed, row: Row) -> bool:
    return any(name.startswith(row.field("")) for name in typed.wrong)


def _facet_row(typed: Typed, row: Row) -> tuple[str, ...]:
    return _property(typed, row), _order(typed, row)


def _property(typed: Typed, row: Row) -> Html:
    """Give what names a row's property; of a spare row a field for the name."""
    field = row.field("name")
    if not row.name or field in typed.wrong:
        return bare(typed, field, _("Name of another property"))
    return join(_(shown_label(row.name)), " ", element("code", row.name), hidden(field, row.name))


def _order(typed: Typed, row: Row) -> Html:
    label = _("Place of {property}").format(property=_(shown_label(row.name)) or _("another property"))
    return bare(typed, row.field("order"), label, class_="order")


def _template_row(typed: Typed, row: Row) -> tuple[str, ...]:
    name = _(shown_label(row.name)) or _("another property")
    labels = [
        bare(
            typed,
            row.field(f"label.{language}"),
            _("Label of {property} ({language})").format(property=name, language=own),
        )
        for language, own in NAMES.items()
    ]
    proposing = bare_check(typed, row.field("editable"), _("{property} can be proposed").format(property=name))
    editable = proposing if _can_be_edited(row.name) else _("no")
    shown = bare_check(typed, row.field("shown"), _("{property} is shown").format(property=name))
    return (_property(typed, row), _order(typed, row), *labels, editable, shown)


def _can_be_edited(name: str) -> bool:
    """Tell whether a property can be edited at all; of what is not declared that depends on the item."""
    return name in BUILDERS or name in RELATIONS or name not in FIELDS
