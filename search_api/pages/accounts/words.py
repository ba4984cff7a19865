"""What pages call roles and rights."""

from collections.abc import Iterable, Mapping
from typing import Final

from harvester.store.accounts.roles import ROLES
from search_api.languages import N_, _

ROLE_NAMES: Final[Mapping[str, str]] = {
    "reader": N_("reader"),
    "contributor": N_("contributor"),
    "editor": N_("editor"),
    "viewer": N_("viewer"),
    "operator": N_("operator"),
    "admin": N_("admin"),
}
RIGHTS: Final[Mapping[str, str]] = {
    "administer": N_("administer"),
    "edit": N_("edit"),
    "moderate": N_("moderate"),
    "operate": N_("operate"),
    "propose": N_("propose"),
    "read": N_("read"),
    "watch": N_("watch"),
}


def role_name(role: str) -> str:
    """Give what a page calls a role."""
    return _(ROLE_NAMES[role])


def rights_said(rights: Iterable[str]) -> str:
    """Give rights in words, in the order of the alphabet."""
    return ", ".join(sorted(_(RIGHTS[right]) for right in rights))


def role_choices(*, within: Iterable[str] = ROLES) -> list[tuple[str, str]]:
    """Give roles to choose from, with what each may."""
    text = _("{role}: {rights}")
    return [(role, text.format(role=role_name(role), rights=rights_said(ROLES[role]))) for role in within]
