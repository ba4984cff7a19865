"""Who proposes: a user with the right to, or the holder of a token by the pass that it was exchanged for."""

from typing import Final

from starlette.requests import Request

from harvester.store.accounts.roles import EDIT, PROPOSE, READ, Account
from harvester.store.contributions.passes import Pass, find_pass
from harvester.store.contributions.proposals import Author
from harvester.store.contributions.tokens import actor_of
from search_api.accounts.access import Access
from search_api.accounts.asking import Asker, asker_of, find_asker
from search_api.accounts.cookies import GUEST, read_cookie
from search_api.languages import _
from search_api.problems import FORBIDDEN, ProblemError, make_problem

HELD: Final = "oaihub.pass"
ROLE: Final = "token"
"""The role of who has no account, but a token."""


def find_proposer(access: Access, request: Request) -> Asker | None:
    """Give who may propose: an editor always, a user where the hub lets users, else the holder of a token.

    A user without the right is given as he is; None is nobody. Raises: ProblemError (403) where the hub is closed.
    """
    asker = find_asker(access, request)
    proposers = access.settings().contributions.proposers
    if asker is not None and (EDIT in asker.account.rights or _may_here(asker, proposers)):
        return asker
    found = None if proposers == "nobody" else _find_held(access, request)
    if found is not None:
        request.scope[HELD] = found
        account = Account(found.token.label, ROLE, frozenset({READ, PROPOSE}), actor_of(found.token), 0)
        return Asker(account, found.digest)
    if asker is not None and PROPOSE in asker.account.rights:
        detail = _("This hub takes proposals only from who has a link for it, or from nobody now; ask its editors.")
        raise ProblemError(make_problem(FORBIDDEN, detail))
    return asker


def held_pass(request: Request) -> Pass | None:
    """Give the pass by which somebody asks, in a handler for proposers; None where it is a user."""
    found: Pass | None = request.scope.get(HELD)
    return found


def author_of(request: Request) -> Author:
    """Give who asks as the author of proposals, in a handler for proposers."""
    account, held = asker_of(request).account, held_pass(request)
    if held is not None:
        return Author(name=held.token.label, actor=account.actor, token=held.token.id)
    return Author(name=account.name, actor=account.actor, user=account.user)


def _may_here(asker: Asker, proposers: str) -> bool:
    return PROPOSE in asker.account.rights and proposers == "users"


def _find_held(access: Access, request: Request) -> Pass | None:
    kept = read_cookie(access, request, GUEST)
    return find_pass(access.store, kept, now=access.clock()) if kept else None
