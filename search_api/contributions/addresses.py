"""The JSON addresses of proposals and tokens."""

from typing import Final

from harvester.store.accounts.roles import EDIT, PROPOSE
from harvester.store.contributions.proposals import Proposal
from harvester.store.contributions.tokens import Token
from search_api.address import API, Address
from search_api.contributions.handlers import (
    CONTRIBUTIONS_PARAMETERS,
    TOKENS_PARAMETERS,
    get_contribution,
    get_contributions,
    get_item_contributions,
    get_tokens,
    post_contribution,
    post_decision,
    post_revocation,
    post_token,
    post_undo,
    post_withdrawal,
)
from search_api.contributions.shown import Contributions, Decided, MadeToken, NewContribution, TokenAsked, Tokens
from search_api.edge.caching import NEVER
from search_api.problems import BAD_PARAMETER, CONFLICT, FORBIDDEN, FORGED, GONE, NOT_FOUND, NOT_SIGNED_IN, UNAVAILABLE

READING: Final = (BAD_PARAMETER, NOT_SIGNED_IN, FORBIDDEN, UNAVAILABLE)
WRITING: Final = (BAD_PARAMETER, NOT_SIGNED_IN, FORBIDDEN, FORGED, CONFLICT, UNAVAILABLE)
OF_ITEM: Final = f"{API}/items/{{item_id}}/contributions"
ONE: Final = f"{API}/contributions/{{contribution}}"

CONTRIBUTION_ADDRESSES: Final = (
    Address(
        path=OF_ITEM,
        name="listItemContributions",
        summary="What was proposed for an item, for who may edit, the newest first.",
        handler=get_item_contributions,
        answer=Contributions,
        parameters=CONTRIBUTIONS_PARAMETERS,
        problems=(*READING, NOT_FOUND, GONE),
        right=EDIT,
        cache=NEVER,
    ),
    Address(
        path=OF_ITEM,
        name="contribute",
        summary="Propose changes of an item, value by value; an editor decides on each, or accepts his own at once.",
        handler=post_contribution,
        answer=Proposal,
        problems=(*WRITING, NOT_FOUND, GONE),
        method="POST",
        body=NewContribution,
        right=PROPOSE,
        cache=NEVER,
    ),
    Address(
        path=f"{API}/contributions",
        name="listContributions",
        summary="What was proposed for any item, for who may edit, the newest first.",
        handler=get_contributions,
        answer=Contributions,
        parameters=CONTRIBUTIONS_PARAMETERS,
        problems=READING,
        right=EDIT,
        cache=NEVER,
    ),
    Address(
        path=ONE,
        name="getContribution",
        summary="One proposal with what was decided on each value, for its author and who may edit.",
        handler=get_contribution,
        answer=Proposal,
        problems=(*READING, NOT_FOUND),
        right=PROPOSE,
        cache=NEVER,
    ),
    Address(
        path=f"{ONE}/decision",
        name="decideContribution",
        summary="Accept and reject values; what is accepted wins over all sources, and stays through every harvest.",
        handler=post_decision,
        answer=Proposal,
        problems=(*WRITING, NOT_FOUND),
        method="POST",
        body=Decided,
        right=EDIT,
        cache=NEVER,
    ),
    Address(
        path=f"{ONE}/undo",
        name="undoContribution",
        summary="Take back all that was accepted of a proposal.",
        handler=post_undo,
        answer=Proposal,
        problems=(*WRITING, NOT_FOUND),
        method="POST",
        right=EDIT,
        cache=NEVER,
    ),
    Address(
        path=f"{ONE}/withdrawal",
        name="withdrawContribution",
        summary="Take an own proposal back, before anything of it is decided.",
        handler=post_withdrawal,
        answer=Proposal,
        problems=(*WRITING, NOT_FOUND),
        method="POST",
        right=PROPOSE,
        cache=NEVER,
    ),
    Address(
        path=f"{API}/tokens",
        name="listTokens",
        summary="The tokens by which others may propose, without their texts, the newest first.",
        handler=get_tokens,
        answer=Tokens,
        parameters=TOKENS_PARAMETERS,
        problems=READING,
        right=EDIT,
        cache=NEVER,
    ),
    Address(
        path=f"{API}/tokens",
        name="makeToken",
        summary="Make a token; its link is told this once.",
        handler=post_token,
        answer=MadeToken,
        problems=WRITING,
        method="POST",
        body=TokenAsked,
        right=EDIT,
        cache=NEVER,
    ),
    Address(
        path=f"{API}/tokens/{{token}}/revocation",
        name="revokeToken",
        summary="End a token and all that was opened with it.",
        handler=post_revocation,
        answer=Token,
        problems=(*WRITING, NOT_FOUND),
        method="POST",
        right=EDIT,
        cache=NEVER,
    ),
)
