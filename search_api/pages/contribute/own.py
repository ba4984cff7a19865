"""What somebody has proposed, with what became of it."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from harvester.item import Item
from harvester.store.contributions.errors import ContributionError
from harvester.store.contributions.passes import Pass, end_pass
from harvester.store.contributions.proposals import Proposal, list_proposals
from harvester.store.contributions.proposing import withdraw
from harvester.store.items import contents_of
from search_api.accounts import form_of
from search_api.accounts.access import access_of
from search_api.accounts.cookies import GUEST, drop_cookie
from search_api.bodies import number_in
from search_api.contributions.asking import author_of, held_pass
from search_api.hub import Hub
from search_api.labels import Labels, labels_of
from search_api.languages import N_, _, _n, show_date, show_number, show_time
from search_api.pages.contribute.form import alert, said, titled
from search_api.pages.contribute.paging import before_of, older_link
from search_api.pages.contribute.reasons import say
from search_api.pages.contribute.section import edit_path
from search_api.pages.contribute.shown import state_words, titles_of, value_list
from search_api.pages.frame import main_element
from search_api.pages.markup import Html, element, fill
from search_api.pages.private import post_form, private_page
from search_api.render import title_of

PATH: Final = "/contributions"
LISTED: Final = 30
DONE: Final = {
    "save": N_("The draft is kept."),
    "submit": N_("Your proposal was handed in. An editor decides on it; this page tells what became of it."),
    "back": N_("The proposal was taken back."),
}


def get_own_page(hub: Hub, request: Request) -> Response:
    """Answer with the proposals of who asks, the newest first."""
    return _page(hub, request)


def post_withdraw(hub: Hub, request: Request) -> Response:
    """Take a proposal back."""
    access = access_of(request)
    number = number_in(dict(form_of(request)).get("proposal", ""))
    try:
        withdraw(hub.store, author_of(request), number, now=access.clock())
    except ContributionError as error:
        return _page(hub, request, wrong=say(error), status=409)
    return RedirectResponse(f"{PATH}?done=back", 303)


def post_leave(request: Request) -> Response:
    """Forget the pass of this browser."""
    access, held = access_of(request), held_pass(request)
    if held is not None:
        end_pass(access.store, held.digest)
    response = RedirectResponse("/", 303)
    drop_cookie(access, response, GUEST)
    return response


def _page(hub: Hub, request: Request, *, wrong: str = "", status: int = 200) -> Response:
    before = before_of(request)
    found = list_proposals(hub.store, author=author_of(request), before=before, limit=LISTED + 1)
    listed = found[:LISTED]
    titles, labels = titles_of(hub.store, listed), labels_of(hub.settings())
    held = held_pass(request)
    done = DONE.get(request.query_params.get("done", ""), "")
    main = main_element(
        element("h1", _("Your proposals")),
        alert(wrong),
        said(_(done)),
        _held(hub, request, held) if held else "",
        *(_card(request, one, titles[one.item], labels) for one in listed),
        "" if listed else element("p", _("You have proposed nothing yet.")),
        older_link(PATH, listed[-1].id) if len(found) > LISTED else "",
    )
    return private_page(request, _("Your proposals"), main, status=status)


def _card(request: Request, one: Proposal, title: str, labels: Labels) -> Html:
    when = {"draft": one.changed, "decided": one.decided, "withdrawn": one.changed}.get(one.state, one.submitted)
    reviewer = _("An editor looks at it.") if one.state == "submitted" and one.reviewer else ""
    return element(
        "section",
        element("h2", titled(title, one.item)),
        element("p", f"{state_words(one.state)}, {show_time(when)}. ", reviewer, class_="note"),
        element("p", fill(_("The reviewer's note: {note}"), note=_quote(one.note))) if one.note else "",
        value_list(one, labels),
        _actions(request, one),
        class_="proposal",
    )


def _quote(text: str) -> Html:
    return element("q", text, dir="auto")


def _actions(request: Request, one: Proposal) -> Html:
    is_untouched = all(value.state == "open" for value in one.values)
    if one.state not in {"draft", "submitted"} or not is_untouched:
        return Html("")
    go_on = element("a", _("Go on with it"), href=edit_path(one.item), class_="button") if one.state == "draft" else ""
    back = element("button", _("Take back"), name="proposal", value=str(one.id), class_="plain")
    return element("div", go_on, post_form(request, f"{PATH}/withdraw", back), class_="buttons")


def _held(hub: Hub, request: Request, held: Pass) -> Html:
    """Tell the holder of a token what it is good for."""
    token = held.token
    if token.uses_left == 0:
        left = _("It is used up: as many proposals as it is good for were handed in. Ask who sent it for another one.")
    elif token.uses_left is None:
        left = _("You can hand in any number of proposals.")
    else:
        text = _n(
            "You can hand in {number} more proposal.", "You can hand in {number} more proposals.", token.uses_left
        )
        left = text.format(number=show_number(token.uses_left))
    until = _("You came by a link for {name}, which is good until {day}.")
    return element(
        "section",
        element("p", until.format(name=token.label, day=show_date(token.expires)), " ", left),
        _items_of(hub, held) if token.uses_left != 0 else "",
        post_form(request, f"{PATH}/leave", element("button", _("Forget it in this browser"), class_="plain")),
    )


def _items_of(hub: Hub, held: Pass) -> Html:
    if not held.token.items:
        search = element("a", _("Search"), href="/items")
        return element("p", fill(_("{search} for an item, open it, and choose to edit it."), search=search))
    found = contents_of(hub.store, held.token.items[:100])
    leads = list(dict.fromkeys(item.merged_into or item.id for item, _content in found))
    lines = [_item(item) for item, _content in contents_of(hub.store, leads)]
    return element("div", element("p", _("It is for these items:")), element("ul", *lines))


def _item(item: Item) -> Html:
    if item.deleted:
        return element("li", _("{item} is gone.").format(item=item.id), class_="note")
    return element("li", element("a", element("bdi", title_of(item)), href=edit_path(item.id)))
