"""The routes of comments."""

from functools import partial
from typing import Final

from starlette.routing import BaseRoute, Route

from harvester.store.accounts.roles import MODERATE
from search_api.accounts import protected
from search_api.accounts.access import Place
from search_api.accounts.requiring import private
from search_api.comments.links import PATH as SUBSCRIPTIONS
from search_api.edge.caching import ASK_AGAIN, kept
from search_api.hub import Hub
from search_api.languages import N_
from search_api.pages.comments.form import get_comment_form, post_comment_form
from search_api.pages.comments.moderation import PATH, get_case_page, get_moderation, post_moderation
from search_api.pages.comments.report import get_report_form, post_report
from search_api.pages.comments.section import get_comments_page
from search_api.pages.comments.subscription import get_subscription_page, post_subscription

MODERATION: Final = Place(N_("Moderation"), PATH, MODERATE)


def comment_routes(hub: Hub) -> list[BaseRoute]:
    """Give the pages of comments; those of moderators are also for who sits at the machine of a hub without users."""
    return [
        Route("/items/{item_id}/comments", kept(partial(get_comments_page, hub), ASK_AGAIN)),
        Route("/items/{item_id}/comment", private(partial(get_comment_form, hub))),
        Route("/items/{item_id}/comment", private(partial(post_comment_form, hub)), methods=["POST"]),
        Route("/items/{item_id}/report", private(partial(get_report_form, hub))),
        Route("/items/{item_id}/report", private(partial(post_report, hub)), methods=["POST"]),
        Route(f"{SUBSCRIPTIONS}/{{token}}", private(partial(get_subscription_page, hub))),
        Route(f"{SUBSCRIPTIONS}/{{token}}", private(partial(post_subscription, hub)), methods=["POST"]),
        Route(PATH, protected(MODERATE, partial(get_moderation, hub))),
        Route(PATH, protected(MODERATE, partial(post_moderation, hub)), methods=["POST"]),
        Route(f"{PATH}/{{comment}}", protected(MODERATE, partial(get_case_page, hub))),
    ]
