"""Who may write, which comments wait for a moderator, and by what a writer is known again."""

import base64
import hmac
from typing import Final

from harvester.store.accounts.roles import MODERATE, Account
from harvester.store.accounts.users import get_user
from harvester.store.comments.comment import VISITOR, State, Writer
from search_api.accounts.access import Access
from search_api.hub_settings import CommentSettings

LONGEST_AGENT: Final = 200
DIGEST_BYTES: Final = 18


def may_write(settings: CommentSettings, account: Account | None) -> bool:
    """Tell whether somebody may write comments; None is a visitor."""
    return settings.writers == "anyone" or (settings.writers == "users" and account is not None)


def first_state(settings: CommentSettings, account: Account | None) -> State:
    """Give the state that a comment of somebody begins in, and has again when he changes it."""
    if settings.moderated == "none" or _may_moderate(account):
        return "approved"
    return "approved" if settings.moderated == "visitors" and account is not None else "waiting"


def bound_of(settings: CommentSettings, account: Account | None) -> int | None:
    """Give how much somebody may write in an hour; None where nothing bounds it."""
    return None if _may_moderate(account) else settings.per_hour


def visitor(access: Access, *, name: str, mail: str, visit: str, client: str, agent: str) -> Writer:
    """Give a visitor, who is known again by the cookie of his visit; client is his network address."""
    return Writer(
        user=None,
        name=name,
        mail=mail,
        actor=VISITOR,
        visit=_digest(access, "visit", visit) if visit else "",
        client=_digest(access, "client", client),
        agent=agent[:LONGEST_AGENT],
    )


def user(access: Access, account: Account, *, client: str, agent: str) -> Writer:
    """Give a user, who is known again by his id."""
    known = get_user(access.store, account.name)
    return Writer(
        user=account.user or None,
        name=account.name,
        mail=known.mail if known is not None else "",
        actor=account.actor,
        visit="",
        client=_digest(access, "client", client),
        agent=agent[:LONGEST_AGENT],
    )


def _may_moderate(account: Account | None) -> bool:
    return account is not None and MODERATE in account.rights


def _digest(access: Access, purpose: str, value: str) -> str:
    """Give what tells two values apart, and neither to who has not the secret of the hub."""
    key = hmac.digest(access.secret, f"oaihub comments {purpose}".encode(), "sha256")
    return base64.urlsafe_b64encode(hmac.digest(key, value.encode(), "sha256")[:DIGEST_BYTES]).decode()
