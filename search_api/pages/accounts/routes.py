"""The addresses of accounts."""

from starlette.routing import BaseRoute, Route

from harvester.store.accounts.roles import READ
from search_api.accounts import requires
from search_api.accounts.asking import find_visitor
from search_api.accounts.letters import PATH as WELCOME_PATH
from search_api.accounts.requiring import SIGN_IN_PATH, private
from search_api.pages.accounts.account import PATH, get_account_page, post_password, post_sessions
from search_api.pages.accounts.forgot import get_forgot, post_forgot
from search_api.pages.accounts.key_actions import post_key, post_revoke
from search_api.pages.accounts.sign_in import FORGOT_PATH, get_sign_in, post_sign_in, post_sign_out
from search_api.pages.accounts.welcome import get_welcome, post_welcome


def account_routes() -> list[BaseRoute]:
    """Give the addresses of signing in and out, and of the own account: by session only, never by a program's key."""
    own = [
        ("/sign-out", post_sign_out),
        (f"{PATH}/password", post_password),
        (f"{PATH}/sessions", post_sessions),
        (f"{PATH}/keys", post_key),
        (f"{PATH}/keys/revoke", post_revoke),
    ]
    return [
        Route(SIGN_IN_PATH, private(get_sign_in)),
        Route(SIGN_IN_PATH, private(post_sign_in), methods=["POST"]),
        Route(FORGOT_PATH, private(get_forgot)),
        Route(FORGOT_PATH, private(post_forgot), methods=["POST"]),
        Route(f"{WELCOME_PATH}/{{token}}", private(get_welcome)),
        Route(f"{WELCOME_PATH}/{{token}}", private(post_welcome), methods=["POST"]),
        Route(PATH, requires(READ, get_account_page, find=find_visitor)),
        *(Route(path, requires(READ, post, find=find_visitor), methods=["POST"]) for path, post in own),
    ]
