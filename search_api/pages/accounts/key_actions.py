"""Making and revoking one's own keys."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from harvester.store.accounts.keys import add_key, list_keys, revoke_key
from harvester.store.accounts.roles import AccountError
from search_api.accounts import asker_of, form_of
from search_api.accounts.access import access_of
from search_api.accounts.refusals import account_refusal
from search_api.languages import _
from search_api.pages.accounts.account import PATH, account_page
from search_api.pages.accounts.keys import end_of
from search_api.pages.markup import Html, element, join


def post_key(request: Request) -> Response:
    """Make a key and show it: the only time that anybody can see it."""
    access, name, form = access_of(request), asker_of(request).account.name, dict(form_of(request))
    now = access.clock()
    try:
        _key, text = add_key(
            access.store,
            form.get("name", "").strip(),
            user=name,
            role=form.get("role", ""),
            expires=end_of(form.get("days", ""), now),
            actor=name,
            now=now,
        )
    except AccountError as error:
        return account_page(request, wrong=account_refusal(error), status=400)
    return account_page(
        request, said=shown_once(_("This key is shown once; keep it where only the program finds it."), text)
    )


def post_revoke(request: Request) -> Response:
    """End a key of one's own."""
    access, name = access_of(request), asker_of(request).account.name
    chosen = dict(form_of(request)).get("key", "")
    for key in list_keys(access.store, name):
        if str(key.id) == chosen and not key.revoked:
            revoke_key(access.store, key.id, actor=name, now=access.clock())
    return RedirectResponse(PATH, 303)


def shown_once(said: str, secret: str) -> Html:
    """Give a text that is shown this once, with a button that copies it where a script can."""
    copy = element(
        "button",
        _("Copy"),
        type="button",
        hidden="",
        data_copy="secret",
        data_done=_("Copied"),
        class_="plain",
    )
    return join(element("p", said), element("p", element("code", secret, id="secret")), copy)
