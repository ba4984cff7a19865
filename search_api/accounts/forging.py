"""What keeps foreign pages from acting through the browser of who has signed in (cross-site request forgery).

Every change by cookie must come from a page of ours, as far as the browser says (Sec-Fetch-Site, else Origin), and
bring the token of a form of this session. Either alone would do; browsers lie about neither, old ones send neither.
"""

import base64
import binascii
import hmac
import secrets
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from search_api.accounts.access import Access
from search_api.languages import _
from search_api.problems import FORGED, ProblemError, make_problem

FIELD: Final = "form_token"
HEADER: Final = "X-Form-Token"
PURPOSE: Final = b"oaihub forms"
SIZE: Final = 32
OWN: Final = ("same-origin", "none")  # of our page, or typed by the person himself


def form_token(access: Access, bound_to: bytes) -> str:
    """Give a token for a form of a session or visit; another text each time, so that packing tells nothing of it."""
    pad = secrets.token_bytes(SIZE)
    return base64.urlsafe_b64encode(pad + _xor(pad, _proof(access, bound_to))).decode()


def check_form(access: Access, request: Request, bound_to: bytes, token: str) -> None:
    """Refuse a change that did not come from a form of ours for this session or visit. Raises: ProblemError (403)."""
    if not is_from_here(access, request):
        detail = _("This change came from another address; nothing was done. Make it on the hub's own pages.")
        raise ProblemError(make_problem(FORGED, detail))
    if not _is_token(access, bound_to, token):
        detail = _(
            "The form is not of this session, or its cookie did not come back; nothing was done. Go back, reload the "
            "page and send it again."
        )
        raise ProblemError(make_problem(FORGED, detail))


def is_from_here(access: Access, request: Request) -> bool:
    """Tell whether the browser says that a page of ours asks, or says nothing, as programs do."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in OWN
    origin = request.headers.get("origin")
    if origin is None:
        return True
    ours = {request.headers.get("host", ""), urlsplit(access.public_url).netloc} - {""}
    return _host_of(origin).casefold() in {host.casefold() for host in ours}


def _host_of(origin: str) -> str:
    """Give host and port of an origin; empty where it is none, such as `null`."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _is_token(access: Access, bound_to: bytes, token: str) -> bool:
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    pad, masked = raw[:SIZE], raw[SIZE:]
    return len(masked) == SIZE and hmac.compare_digest(_xor(pad, masked), _proof(access, bound_to))


def _proof(access: Access, bound_to: bytes) -> bytes:
    key = hmac.digest(access.secret, PURPOSE, "sha256")  # never the key that signs cursors
    return hmac.digest(key, bound_to, "sha256")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))
