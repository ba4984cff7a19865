"""The mail that a link goes out by, in the language of who has it sent."""

from typing import Final

from harvester.store.accounts.invitations import INVITE, Link, Write
from search_api.languages import _

PATH: Final = "/welcome"


def link_address(base_url: str, link: Link) -> str:
    """Give the address of a link."""
    return f"{base_url.rstrip('/')}{PATH}/{link.token}"


def letter_writer(hub_name: str, base_url: str) -> Write:
    """Give what writes the mail of a link; the address of the hub is never that which a browser says it asks at."""

    def write(link: Link) -> tuple[str, str]:
        words = {"hub": hub_name, "name": link.user, "link": link_address(base_url, link)}
        if link.kind == INVITE:
            return _("Your account at {hub}").format(**words), _invitation().format(**words)
        return _("Another password for {hub}").format(**words), _reset().format(**words)

    return write


def _invitation() -> str:
    return _(
        "You have an account at {hub}; your name there is {name}.\n\nSet your password here, within 7 days:\n\n"
        "{link}\n\nThe link can be used once. Whoever has it can use it, so do not pass this mail on. If you do not "
        "expect an account there, do nothing.\n"
    )


def _reset() -> str:
    return _(
        "Somebody, probably you, has asked for another password of {name} at {hub}.\n\nSet it here, within an hour:\n\n"
        "{link}\n\nThe link can be used once. Whoever has it can use it, so do not pass this mail on. If it was not "
        "you, do nothing: your password stays as it is.\n"
    )
