"""Signing in and out."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from harvester.store.accounts.sessions import end_session
from harvester.store.accounts.users import has_users
from search_api.accounts.access import access_of
from search_api.accounts.asking import asker_of, find_visitor
from search_api.accounts.cookies import SESSION, drop_cookie
from search_api.accounts.entering import enter, own_path, prove
from search_api.accounts.requiring import FIRST_USER, SIGN_IN_PATH
from search_api.accounts.visits import bound_to, check_visit, keep_visit, visit_of
from search_api.languages import N_, _
from search_api.pages.frame import main_element, page_response
from search_api.pages.markup import Html, element, fill
from search_api.pages.private import text_field, token_field

FORGOT_PATH: Final = "/forgot"
WRONG: Final = N_(
    "Name and password do not go together, or too many wrong ones came before; then none is taken for some minutes."
)


def get_sign_in(request: Request) -> Response:
    """Answer with the form for signing in; who has done so is led on."""
    path = own_path(request.query_params.get("next", ""), "/account")
    if find_visitor(access_of(request), request) is not None:
        return RedirectResponse(path, 303)
    return _form_page(request, path)


def post_sign_in(request: Request) -> Response:
    """Sign in, and lead back to where the person came from; or give the form again, and no reason."""
    access = access_of(request)
    form = check_visit(access, request)
    path = own_path(form.get("next", ""), "/account")
    proven = prove(access, request, form.get("name", ""), form.get("password", ""))
    entered = None if proven is None else enter(access, request, proven, path)
    return entered or _form_page(request, path, name=form.get("name", ""), said=_(WRONG), status=403)


def post_sign_out(request: Request) -> Response:
    """End the session, and lead to the first page."""
    access, asker = access_of(request), asker_of(request)
    if asker.bound_to is not None:
        name = asker.account.name
        end_session(access.store, name, asker.bound_to, actor=name, now=access.clock())
    response = RedirectResponse("/", 303)
    drop_cookie(access, response, SESSION)
    return response


def _form_page(request: Request, path: str, *, name: str = "", said: str = "", status: int = 200) -> Response:
    """Answer with the form, bound to a cookie."""
    access = access_of(request)
    visit = visit_of(access, request)
    form = element(
        "form",
        token_field(request, bound_to(visit)),
        element("input", type="hidden", name="next", value=path),
        text_field(_("Name"), "name", kind="text", autocomplete="username", value=name),
        text_field(_("Password"), "password", kind="password", autocomplete="current-password"),
        element("button", _("Sign in")),
        element("p", element("a", _("Forgot your password?"), href=FORGOT_PATH)),
        method="post",
        action=SIGN_IN_PATH,
        class_="fields",
    )
    alert = element("p", said, role="alert") if said else Html("")
    shown = form if has_users(access.store) else _first_user()
    main = main_element(element("h1", _("Sign in")), alert, shown)
    response = page_response(request, _("Sign in"), main, status=status)
    keep_visit(access, response, visit)
    return response


def _first_user() -> Html:
    text = _("This hub has no users yet. On its machine {command} adds the first.")
    return element("p", fill(text, command=element("code", FIRST_USER)))
