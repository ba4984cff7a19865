"""The page with the form for one item: what was typed is checked, kept as a draft, or handed in."""

from typing import Final
from urllib.parse import urlencode

from msgspec import structs
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from harvester.item import Item
from harvester.store.accounts.roles import EDIT
from harvester.store.contributions.deciding import hand_in_accepted
from harvester.store.contributions.errors import ContributionError, FaultyError
from harvester.store.contributions.proposals import Proposal, change_of, find_draft, list_proposals
from harvester.store.contributions.proposing import Wanted, hand_in, save_draft
from harvester.store.contributions.tokens import is_good_for
from harvester.store.items import list_parts
from harvester.works.proposing import find_faults
from search_api.accounts import asker_of, form_of
from search_api.accounts.access import access_of
from search_api.bodies import number_in
from search_api.contributions.asking import author_of, held_pass
from search_api.contributions.handlers import house_of
from search_api.contributions.letters import to_reviewers
from search_api.contributions.offering import choices, offered_properties
from search_api.handlers import live_item
from search_api.hub import Hub
from search_api.languages import _, _n
from search_api.moving import MovedError
from search_api.pages.contribute.form import DO, MESSAGE, Shown, alert, contribution_form, fault_list, said, titled
from search_api.pages.contribute.hints import say_fault
from search_api.pages.contribute.reasons import SAYINGS, say
from search_api.pages.contribute.rows import (
    changes_of,
    sent_rows,
    stored_rows,
    with_faults,
    with_row_added,
    with_row_removed,
)
from search_api.pages.frame import main_element
from search_api.pages.markup import Html, element, fill
from search_api.pages.private import private_page
from search_api.problems import FORBIDDEN, ProblemError, make_problem
from search_api.render import title_of

OWN_PATH: Final = "/contributions"


def get_edit_page(hub: Hub, request: Request) -> Response:
    """Answer with the form, with the draft of who asks in it."""
    shown = _asked(hub, request, live_item(hub, request.path_params["item_id"]))
    draft = find_draft(hub.store, author_of(request), shown.item.id)
    if draft is not None:
        rows = stored_rows(shown.item, shown.offered, [change_of(value) for value in draft.values])
        shown = structs.replace(shown, rows=rows, message=draft.message)
    return _page(hub, request, shown)


def post_edit(hub: Hub, request: Request) -> Response:
    """Do what the button says with what was typed; whatever goes wrong, the form comes back with all of it."""
    shown, form = _asked(hub, request, _item_of(hub, request)), form_of(request)
    rows = sent_rows(form, shown.offered)
    message = next((value for name, value in form if name == MESSAGE), "").replace("\r\n", "\n").strip()
    shown = structs.replace(shown, rows=rows, message=message)
    asked = next((value for name, value in form if name == DO), "check")
    action, _dot, rest = asked.partition(".")
    match action:
        case "add":
            return _page(hub, request, structs.replace(shown, rows=with_row_added(rows, rest)))
        case "remove":
            place, _dot, name = rest.partition(".")
            return _page(hub, request, structs.replace(shown, rows=with_row_removed(rows, name, number_in(place))))
        case "save" | "submit" | "accept":
            return _keep(hub, request, shown, action)
    return _page(hub, request, _checked(shown))


def _item_of(hub: Hub, request: Request) -> Item:
    """Give the item that a form was sent for; one that is a part of another by now is that one."""
    try:
        return live_item(hub, request.path_params["item_id"])
    except MovedError as error:
        return live_item(hub, error.new)


def _asked(hub: Hub, request: Request, item: Item) -> Shown:
    """Give the form as it is before anything is typed. Raises: ProblemError (403) for the token of another item."""
    held = held_pass(request)
    token = held.token if held else None
    if token is not None and not is_good_for(token, [item.id, *list_parts(hub.store, item.id)]):
        raise ProblemError(make_problem(FORBIDDEN, _(SAYINGS["link_elsewhere"])))
    offered = offered_properties(hub.settings(), item, token)
    return Shown(
        item=item,
        offered=offered,
        rows=stored_rows(item, offered, ()),
        message="",
        choices=choices(hub.index, offered),
        may_accept=EDIT in asker_of(request).account.rights,
    )


def _keep(hub: Hub, request: Request, shown: Shown, action: str) -> Response:
    """Keep a draft or hand it in, and lead to where the author sees what he has; or give the form again."""
    access, author, item = access_of(request), author_of(request), shown.item
    wanted = Wanted(item.id, tuple(changes_of(shown.rows)), shown.message)
    names = [one.name for one in shown.offered]
    now = access.clock()
    try:
        if action == "save":
            save_draft(hub.store, author, wanted, now=now)
        elif action == "accept" and shown.may_accept:
            hand_in_accepted(hub.store, author, wanted, offered=names, actor=author.actor, now=now)
        else:
            letter = to_reviewers(house_of(hub), title_of(item))
            hand_in(hub.store, author, wanted, offered=names, letter=letter, now=now)
    except FaultyError:
        return _page(hub, request, _checked(shown), status=400)
    except ContributionError as error:
        return _page(hub, request, shown, wrong=say(error), status=409)
    return RedirectResponse(f"/items/{item.id}" if action == "accept" else f"{OWN_PATH}?done={action}", 303)


def _checked(shown: Shown) -> Shown:
    changes = changes_of(shown.rows)
    faults = find_faults(shown.item, changes, [one.name for one in shown.offered])
    told = {fault.place: say_fault(changes[fault.place].property, fault) for fault in faults}
    return structs.replace(shown, rows=with_faults(shown.rows, told))


def _page(hub: Hub, request: Request, shown: Shown, *, wrong: str = "", status: int = 200) -> Response:
    item, title = shown.item, title_of(shown.item)
    main = main_element(
        element("h1", fill(_("Propose changes of {title}"), title=titled(title, item.id))),
        alert(wrong),
        fault_list(shown),
        _waiting(hub, request, item),
        element("p", _("Change values, add some or take some away. An editor decides on each of them."), class_="note"),
        _link_for(shown),
        contribution_form(request, shown) if shown.offered else said(_("Nothing of this item can be changed here.")),
    )
    return private_page(request, _("Propose changes of {title}").format(title=title), main, status=status)


def _link_for(shown: Shown) -> Html:
    """Give an editor the way to have somebody else propose changes of the item."""
    if not shown.may_accept:
        return Html("")
    link = element("a", _("Make a link"), href=f"/admin/tokens?{urlencode({'item': shown.item.id})}")
    return element("p", fill(_("{link} for somebody who is to propose changes of this item."), link=link))


def _waiting(hub: Hub, request: Request, item: Item) -> Html:
    """Tell an author what he has handed in for the item already."""
    own: list[Proposal] = list_proposals(hub.store, state="submitted", author=author_of(request), item_id=item.id)
    if not own:
        return Html("")
    text = _n(
        "You have handed in {number} proposal for this item that waits for a decision: {link}.",
        "You have handed in {number} proposals for this item that wait for a decision: {link}.",
        len(own),
    )
    link = element("a", _("your proposals"), href=OWN_PATH)
    return element("p", fill(text, number=str(len(own)), link=link), role="status", class_="said")
