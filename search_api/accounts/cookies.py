"""The cookies: the session of who has signed in, the pass of who has a token, and the visit of who has neither yet."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from search_api.accounts.access import Access

SESSION: Final = "oaihub_session"
GUEST: Final = "oaihub_pass"
VISIT: Final = "oaihub_visit"


def read_cookie(access: Access, request: Request, name: str) -> str:
    """Give a cookie of ours, empty where there is none."""
    return request.cookies.get(_named(access, name), "")


def keep_cookie(access: Access, response: Response, name: str, value: str, *, life_s: float) -> None:
    """Have the browser keep a cookie: for this host alone, out of reach of scripts, not sent by foreign pages' forms.

    Where people reach the hub by https it goes over nothing else, and its name (`__Host-`, RFC 6265bis, 4.1.3.2) keeps
    other hosts of the domain from setting it.
    """
    response.set_cookie(
        _named(access, name),
        value,
        max_age=int(life_s),
        path="/",
        secure=_is_secure(access),
        httponly=True,
        samesite="lax",
    )


def drop_cookie(access: Access, response: Response, name: str) -> None:
    """Have the browser forget a cookie."""
    keep_cookie(access, response, name, "", life_s=0)


def _named(access: Access, name: str) -> str:
    return f"__Host-{name}" if _is_secure(access) else name


def _is_secure(access: Access) -> bool:
    return access.public_url.startswith("https://")
