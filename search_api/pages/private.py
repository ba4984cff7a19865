"""Pages for who has signed in: the frame with his name, tables, and forms that only he can send."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from harvester.store.accounts.roles import LOCAL, Account
from search_api.accounts.access import access_of
from search_api.accounts.asking import asker_of
from search_api.accounts.forging import FIELD, form_token
from search_api.languages import _
from search_api.pages.frame import page_response
from search_api.pages.markup import Html, element, join


def private_page(request: Request, title: str, *content: str, status: int = 200) -> Response:
    """Answer with a page in a handler within `requires` or `protected`; its header names who asks."""
    account = asker_of(request).account
    own = _who_asks(account)
    seen = [place for place in access_of(request).places if place.right in account.rights]
    entrance = join(*(element("a", _(place.label), href=place.path) for place in seen), own)
    return page_response(request, title, *content, status=status, entrance=entrance)


def _who_asks(account: Account) -> Html:
    if account.user:
        return element("a", account.name, href="/account", title=_("Your account"))
    if account.actor == LOCAL:
        return element("span", _("local operator"))
    return element("a", account.name, href="/contributions", title=_("Your proposals"))


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str = "none") -> Html:
    """Give a table whose first column names its rows; one without rows is a line that says so.

    On a narrow page a row is a list, where each cell has the name of its column before it.
    """
    if not rows:
        return element("p", f"{caption}: {empty}.", class_="note")
    head = element("tr", *(element("th", column, scope="col") for column in columns))
    body = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", cell, data_label=name) for name, cell in zip(columns[1:], row[1:], strict=True)),
        )
        for row in rows
    ]
    whole = element("table", element("caption", caption), element("thead", head), element("tbody", *body))
    return element("div", whole, class_="wide", tabindex="0", role="region", aria_label=caption)


def post_form(
    request: Request, action: str, *children: str, class_: str | None = None, enctype: str | None = None
) -> Html:
    """Give a form that makes a change, with the token without which none is made; likewise."""
    bound_to = asker_of(request).bound_to
    token = token_field(request, bound_to) if bound_to is not None else ""
    return element("form", token, *children, method="post", action=action, class_=class_, enctype=enctype)


def token_field(request: Request, bound_to: bytes) -> Html:
    """Give the hidden field of a form's token."""
    return element("input", type="hidden", name=FIELD, value=form_token(access_of(request), bound_to))


def user_name_field(name: str) -> Html:
    """Give the name that a password is of, so that what keeps passwords for people knows it; it cannot be changed."""
    box = element("input", type="text", name="name", value=name, autocomplete="username", readonly="")
    return element("label", _("Name"), box)


def text_field(label: str, name: str, *, kind: str, autocomplete: str, value: str = "") -> Html:
    """Give a field that must be filled in, with its label."""
    box = element("input", type=kind, name=name, value=value, autocomplete=autocomplete, required="")
    return element("label", label, box)
