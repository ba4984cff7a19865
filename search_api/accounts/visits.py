"""Visits: what forms of those who have not signed in are bound to, a cookie that tells nothing of who they are."""

import secrets
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from search_api.accounts.access import Access
from search_api.accounts.asking import form_of
from search_api.accounts.cookies import VISIT, keep_cookie, read_cookie
from search_api.accounts.forging import FIELD, check_form

VISIT_S: Final = 86_400.0


def visit_of(access: Access, request: Request) -> str:
    """Give the visit of a browser, or a new one; that of an older form stays, so that two of them can be open."""
    return read_cookie(access, request, VISIT) or secrets.token_urlsafe()


def bound_to(visit: str) -> bytes:
    """Give what the forms of a visit are bound to."""
    return f"visit {visit}".encode()


def keep_visit(access: Access, response: Response, visit: str) -> None:
    """Have the browser keep the visit that a form was bound to."""
    keep_cookie(access, response, VISIT, visit, life_s=VISIT_S)


def check_visit(access: Access, request: Request) -> dict[str, str]:
    """Give the fields of a form of this visit. Raises: ProblemError (403) where it is not of it."""
    form, visit = dict(form_of(request)), read_cookie(access, request, VISIT)
    check_form(access, request, bound_to(visit), form.get(FIELD, "") if visit else "")
    return form
