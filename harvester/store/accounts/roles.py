"""Roles: what each may do, and whoever asks with the rights he has."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from harvester.errors import FatalError

READ: Final = "read"
PROPOSE: Final = "propose"
EDIT: Final = "edit"
MODERATE: Final = "moderate"
WATCH: Final = "watch"
OPERATE: Final = "operate"
ADMINISTER: Final = "administer"

ROLES: Final[Mapping[str, frozenset[str]]] = {
    "reader": frozenset({READ}),
    "contributor": frozenset({READ, PROPOSE}),
    "editor": frozenset({READ, PROPOSE, EDIT, MODERATE}),
    "viewer": frozenset({READ, WATCH}),
    "operator": frozenset({READ, WATCH, OPERATE}),
    "admin": frozenset({READ, PROPOSE, EDIT, MODERATE, WATCH, OPERATE, ADMINISTER}),
}

LOCAL: Final = "local"


class AccountError(FatalError):
    """What was asked of users, sessions or keys cannot be; the text says what can, `reason` names the case."""

    def __init__(self, text: str, reason: str = "") -> None:
        super().__init__(text)
        self.reason = reason


class Account(Struct, frozen=True):
    """Who asks: a person, a program of his by API key, or who sits at the machine of a hub that has no users yet.

    `actor` is how the audit names him, `user` his id, 0 for the last.
    """

    name: str
    role: str
    rights: frozenset[str]
    actor: str
    user: int


LOCAL_OPERATOR: Final = Account(LOCAL, "admin", ROLES["admin"], LOCAL, 0)


def check_role(role: str) -> str:
    """Give a role as it is. Raises: AccountError where there is none of the name."""
    if role not in ROLES:
        raise AccountError(f"there is no role {role[:40]!r}: choose of {', '.join(ROLES)}")
    return role


def is_within(role: str, other: str) -> bool:
    """Tell whether a role may do nothing that another may not."""
    return ROLES[role] <= ROLES[other]
