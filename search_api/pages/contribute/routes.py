"""The addresses of the pages for proposals."""

from functools import partial

from starlette.routing import BaseRoute, Route

from harvester.store.accounts.roles import EDIT, PROPOSE
from search_api.accounts import protected, requires
from search_api.accounts.requiring import private
from search_api.contributions.asking import find_proposer
from search_api.hub import Hub
from search_api.pages.contribute.edit import get_edit_page, post_edit
from search_api.pages.contribute.own import PATH as OWN
from search_api.pages.contribute.own import get_own_page, post_leave, post_withdraw
from search_api.pages.contribute.passing import get_pass_page, post_pass
from search_api.pages.contribute.queue import PATH as QUEUE
from search_api.pages.contribute.queue import get_queue_page
from search_api.pages.contribute.review import get_review_page, post_review
from search_api.pages.contribute.tokens import PATH as TOKENS
from search_api.pages.contribute.tokens import get_tokens_page, post_revoke, post_tokens


def contribute_routes(hub: Hub) -> list[BaseRoute]:
    """Give the addresses: for proposers, by session or pass; for who may edit; and a token's link for everybody."""
    proposes = partial(requires, PROPOSE, find=find_proposer)
    form = "/items/{item_id}/edit"
    link = "/pass/{token}"
    one = f"{QUEUE}/{{proposal}}"
    return [
        Route(form, proposes(partial(get_edit_page, hub))),
        Route(form, proposes(partial(post_edit, hub)), methods=["POST"]),
        Route(link, private(get_pass_page)),
        Route(link, private(post_pass), methods=["POST"]),
        Route(OWN, proposes(partial(get_own_page, hub))),
        Route(f"{OWN}/withdraw", proposes(partial(post_withdraw, hub)), methods=["POST"]),
        Route(f"{OWN}/leave", proposes(post_leave), methods=["POST"]),
        Route(QUEUE, protected(EDIT, partial(get_queue_page, hub))),
        Route(one, protected(EDIT, partial(get_review_page, hub))),
        Route(one, protected(EDIT, partial(post_review, hub)), methods=["POST"]),
        Route(TOKENS, protected(EDIT, partial(get_tokens_page, hub))),
        Route(TOKENS, protected(EDIT, partial(post_tokens, hub)), methods=["POST"]),
        Route(f"{TOKENS}/revoke", protected(EDIT, partial(post_revoke, hub)), methods=["POST"]),
    ]
