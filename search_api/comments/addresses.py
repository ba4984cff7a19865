"""The JSON addresses of comments."""

from typing import Final

from harvester.store.accounts.roles import MODERATE, READ
from search_api.address import API, Address
from search_api.comments.handlers import (
    CASES_PARAMETERS,
    COMMENTS_PARAMETERS,
    get_cases,
    get_comments,
    get_history,
    post_comment,
    post_decision,
)
from search_api.comments.shown import (
    Decide,
    ShownCases,
    ShownComment,
    ShownComments,
    ShownDecided,
    ShownHistory,
    Written,
)
from search_api.edge.caching import NEVER
from search_api.problems import (
    BAD_PARAMETER,
    CONFLICT,
    FORBIDDEN,
    FORGED,
    GONE,
    NOT_FOUND,
    NOT_SIGNED_IN,
    QUOTA_EXCEEDED,
    UNAVAILABLE,
)

COMMENT_ADDRESSES: Final = (
    Address(
        path=f"{API}/items/{{item_id}}/comments",
        name="listComments",
        summary="The comments of an item that readers see, the newest page first; answers behind what they answer.",
        handler=get_comments,
        answer=ShownComments,
        parameters=COMMENTS_PARAMETERS,
        problems=(BAD_PARAMETER, NOT_FOUND, GONE, UNAVAILABLE),
    ),
    Address(
        path=f"{API}/items/{{item_id}}/comments",
        name="writeComment",
        summary="Write a comment on an item; whether it waits for a moderator is as the hub has it.",
        handler=post_comment,
        answer=ShownComment,
        problems=(
            *(BAD_PARAMETER, NOT_SIGNED_IN, FORBIDDEN, FORGED, NOT_FOUND, CONFLICT, GONE),
            *(QUOTA_EXCEEDED, UNAVAILABLE),
        ),
        method="POST",
        body=Written,
        right=READ,
        cache=NEVER,
    ),
    Address(
        path=f"{API}/comments",
        name="listCases",
        summary="Comments for moderators: those that wait, that were flagged, and all others, the newest first.",
        handler=get_cases,
        answer=ShownCases,
        parameters=CASES_PARAMETERS,
        problems=(BAD_PARAMETER, NOT_SIGNED_IN, FORBIDDEN, UNAVAILABLE),
        right=MODERATE,
        cache=NEVER,
    ),
    Address(
        path=f"{API}/comments/decide",
        name="decideComments",
        summary="Approve comments, call them spam, delete them or take that back; each decision is in the audit.",
        handler=post_decision,
        answer=ShownDecided,
        problems=(BAD_PARAMETER, NOT_SIGNED_IN, FORBIDDEN, FORGED, UNAVAILABLE),
        method="POST",
        body=Decide,
        right=MODERATE,
        cache=NEVER,
    ),
    Address(
        path=f"{API}/comments/{{comment}}",
        name="getComment",
        summary="One comment for moderators, with all that was done to it.",
        handler=get_history,
        answer=ShownHistory,
        problems=(BAD_PARAMETER, NOT_SIGNED_IN, FORBIDDEN, NOT_FOUND, UNAVAILABLE),
        right=MODERATE,
        cache=NEVER,
    ),
)
