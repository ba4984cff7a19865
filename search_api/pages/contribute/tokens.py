"""Tokens for who makes them: a form, the link that is shown once, and those that there are."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from harvester.store.contributions.errors import ContributionError
from harvester.store.contributions.tokens import (
    DAY_S,
    LONGEST_LABEL,
    LONGEST_LIFE_S,
    MOST_USES,
    NewToken,
    Token,
    add_token,
    list_tokens,
    make_token,
    revoke_token,
    state_of,
)
from harvester.store.works.naming import UnclearNameError, find_work
from search_api.accounts import asker_of, form_of
from search_api.accounts.access import access_of
from search_api.bodies import number_in
from search_api.contributions.handlers import house_of
from search_api.contributions.letters import pass_path, to_holder
from search_api.contributions.offering import editable_names
from search_api.exporting import public_address
from search_api.hub import Hub
from search_api.labels import labels_of
from search_api.languages import N_, _, _n, show_date, show_number
from search_api.pages.contribute.form import alert, said
from search_api.pages.contribute.paging import before_of, older_link
from search_api.pages.contribute.reasons import say
from search_api.pages.frame import main_element
from search_api.pages.markup import Html, element, join
from search_api.pages.private import post_form, private_page, table

PATH: Final = "/admin/tokens"
LISTED: Final = 50
SHOWN_ITEMS: Final = 3
STATES: Final = {
    "valid": N_("valid"),
    "used up": N_("used up"),
    "expired": N_("expired"),
    "revoked": N_("revoked"),
}

Form = dict[str, str]


def get_tokens_page(hub: Hub, request: Request) -> Response:
    """Answer with the form and the tokens; `item` of the query is filled in."""
    typed = {"items": request.query_params.get("item", ""), "uses": "1"}
    done = _("The link is revoked; nobody can use it any more.") if request.query_params.get("done") == "revoke" else ""
    return _page(hub, request, typed, done=done)


def post_tokens(hub: Hub, request: Request) -> Response:
    """Make a token and show its link this once; or give the form again with what was typed."""
    access, sent = access_of(request), form_of(request)
    typed = dict(sent) | {"properties": "\n".join(value for name, value in sent if name == "property")}
    text, now = make_token(), access.clock()
    link = public_address(hub, request) + pass_path(text)
    try:
        new = _new_token(hub, typed)
        letter = to_holder(house_of(hub), new, link, now=now) if typed.get("send") else None
        actor = asker_of(request).account.actor
        made = add_token(hub.store, new, text=text, letter=letter, actor=actor, now=now)
    except (ContributionError, UnclearNameError) as error:
        return _page(hub, request, typed, wrong=say(error), status=400)
    return _page(hub, request, {"uses": "1"}, made=_made(made, link, is_sent=letter is not None))


def post_revoke(hub: Hub, request: Request) -> Response:
    """End a token."""
    access, actor = access_of(request), asker_of(request).account.actor
    try:
        revoke_token(hub.store, number_in(dict(form_of(request)).get("token", "")), actor=actor, now=access.clock())
    except ContributionError as error:
        return _page(hub, request, {"uses": "1"}, wrong=say(error), status=409)
    return RedirectResponse(f"{PATH}?done=revoke", 303)


def _new_token(hub: Hub, typed: Form) -> NewToken:
    """Read what was typed. Raises: ContributionError, UnclearNameError."""
    names = [line.strip() for line in typed.get("items", "").splitlines() if line.strip()]
    own = frozenset(editable_names(hub.settings()))
    chosen = [name for name in typed.get("properties", "").split("\n") if name in own]
    uses, days = typed.get("uses", "").strip(), typed.get("days", "").strip()
    return NewToken(
        label=typed.get("label", ""),
        mail=typed.get("mail", ""),
        items=tuple(dict.fromkeys(find_work(hub.store, name.rpartition("/items/")[2]) for name in names)),
        properties=tuple(chosen),
        uses=number_in(uses) if uses else None,
        life_s=number_in(days) * DAY_S,
    )


def _page(
    hub: Hub,
    request: Request,
    typed: Form,
    *,
    wrong: str = "",
    done: str = "",
    made: Html | str = "",
    status: int = 200,
) -> Response:
    found = list_tokens(hub.store, before=before_of(request), limit=LISTED + 1)
    listed, now = found[:LISTED], access_of(request).clock()
    columns = (_("For"), _("Items"), _("Proposals left"), _("State"), _("Made"), _("Last opened"), _("Revoke"))
    main = main_element(
        element("h1", _("Links for proposals")),
        element("p", _("Who has such a link can propose changes without an account, until it ends.")),
        alert(wrong),
        said(done),
        made,
        element("h2", _("A new link")),
        _form(hub, request, typed),
        element("h2", _("Links that there are")),
        table(_("Links"), columns, [_row(request, token, now) for token in listed], empty=_("none")),
        older_link(PATH, listed[-1].id) if len(found) > LISTED else "",
    )
    return private_page(request, _("Links for proposals"), main, status=status)


def _made(token: Token, link: str, *, is_sent: bool) -> Html:
    """Give the link of a new token, which nobody sees again."""
    box = element("input", type="text", id="token-link", value=link, readonly="", size="60")
    copy = element("button", _("Copy"), type="button", hidden="", data_copy="token-link", data_done=_("Copied"))
    sent = element("p", _("It is being sent to {mail}.").format(mail=token.mail)) if is_sent else ""
    return element(
        "section",
        element("p", _("The link for {name} is made. It is shown this once: copy it now.").format(name=token.label)),
        element("label", _("Link"), box),
        copy,
        sent,
        role="status",
        class_="said",
    )


def _form(hub: Hub, request: Request, typed: Form) -> Html:
    labels = labels_of(hub.settings())
    chosen = frozenset(typed.get("properties", "").split("\n"))
    boxes = [
        element(
            "label",
            element("input", type="checkbox", name="property", value=name, checked="" if name in chosen else None),
            labels(name),
            class_="choice",
        )
        for name in editable_names(hub.settings())
    ]
    most_days = int(LONGEST_LIFE_S / DAY_S)
    days = typed.get("days") or str(min(hub.settings().contributions.token_days, most_days))
    send = element("input", type="checkbox", name="send", value="1", checked="" if typed.get("send") else None)
    return post_form(
        request,
        PATH,
        element(
            "label",
            _("Name of whom it is for (shown with what he or she proposes)"),
            element(
                "input",
                type="text",
                name="label",
                value=typed.get("label", ""),
                required="",
                maxlength=str(LONGEST_LABEL),
                autocomplete="off",
            ),
        ),
        element(
            "label",
            _("Mail address (optional)"),
            element("input", type="email", name="mail", value=typed.get("mail", ""), autocomplete="off"),
        ),
        element(
            "label",
            _("Items: id, DOI or address, one a line; none is all items"),
            element("textarea", typed.get("items", ""), name="items", rows="3"),
        ),
        element(
            "fieldset",
            element("legend", _("Only these properties; none chosen is all")),
            element("div", *boxes, class_="choices"),
        ),
        element(
            "label",
            _("Proposals that can be handed in; empty is any number"),
            element("input", type="number", name="uses", min="1", max=str(MOST_USES), value=typed.get("uses", "")),
        ),
        element(
            "label",
            _("Good for so many days"),
            element(
                "input",
                type="number",
                name="days",
                min="1",
                max=str(most_days),
                required="",
                value=typed.get("days", str(days)),
            ),
        ),
        element("label", send, _("Send the link to this address"), class_="choice"),
        element("button", _("Make the link")),
        class_="fields",
    )


def _row(request: Request, token: Token, now: float) -> tuple[str, ...]:
    state = state_of(token, now)
    revoke = element(
        "button",
        _("Revoke"),
        name="token",
        value=str(token.id),
        class_="plain",
        aria_label=_("Revoke the link for {name}").format(name=token.label),
    )
    is_over = state in {"expired", "revoked"}
    return (
        join(token.label, f" ({token.mail})" if token.mail else ""),
        _items(token),
        _("any number") if token.uses_left is None else show_number(token.uses_left),
        _("{state}, until {day}").format(state=_(STATES[state]), day=show_date(token.expires)),
        _("{day} by {name}").format(day=show_date(token.created), name=token.created_by),
        show_date(token.used) if token.used else "",
        "" if is_over else post_form(request, f"{PATH}/revoke", revoke),
    )


def _items(token: Token) -> Html | str:
    if not token.items:
        return _("all items")
    links = [element("a", item_id, href=f"/items/{item_id}") for item_id in token.items[:SHOWN_ITEMS]]
    more = len(token.items) - SHOWN_ITEMS
    text = _n("and {number} more", "and {number} more", more).format(number=show_number(more)) if more > 0 else ""
    return join(*links, *([text] if text else []), between=" ")
