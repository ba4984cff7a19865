"""Mail about proposals and tokens, in the first language of the hub: who it is for has asked for nothing."""

from collections.abc import Callable

from msgspec import Struct

from harvester.store.contributions.proposals import ACCEPTED, Proposal
from harvester.store.contributions.tokens import Letter, NewToken
from search_api.hub_settings import HubSettings
from search_api.labels import labels_of
from search_api.languages import _, current_language, show_date
from search_api.languages.speaking import speaking


class House(Struct, frozen=True):
    """The hub as mails name it: its settings, and the address that is set for it, which may be empty."""

    settings: HubSettings
    public_url: str


def to_reviewers(house: House, title: str) -> Callable[[Proposal], Letter]:
    """Give what writes to reviewers that a proposal was handed in."""

    def write(proposal: Proposal) -> Letter:
        with speaking(_own_language(house)):
            subject = _("A change of {title} is proposed").format(title=_short(title))
            lines = [
                _("{author} proposes to change: {properties}.").format(
                    author=proposal.author, properties=_properties(house, proposal)
                ),
                proposal.message,
                _("Look at it and decide: {address}").format(address=_address(house, f"/review/{proposal.id}")),
            ]
            return Letter(subject, _paragraphs(lines))

    return write


def to_author(house: House, title: str) -> Callable[[Proposal], Letter]:
    """Give what writes to the author of a proposal what was decided."""

    def write(proposal: Proposal) -> Letter:
        with speaking(_own_language(house)):
            count = sum(value.state == ACCEPTED for value in proposal.values)
            subject = _("Your proposal for {title} is decided").format(title=_short(title))
            lines = [
                _("Accepted: {count} of {all} values.").format(count=count, all=len(proposal.values)),
                proposal.note,
                _("The item as it is now: {address}").format(address=_address(house, f"/items/{proposal.item}")),
            ]
            return Letter(subject, _paragraphs(lines))

    return write


def to_holder(house: House, new: NewToken, link: str, *, now: float) -> Letter:
    """Write to who is to have a token, with its link."""
    with speaking(_own_language(house)):
        subject = _("A link to propose changes at {hub}").format(hub=house.settings.name)
        lines = [
            _("Good day {name},").format(name=new.label),
            _("by this link you can propose changes of items of {hub}:").format(hub=house.settings.name),
            link,
            _("It is good until {day}. Give it to nobody else.").format(day=show_date(now + new.life_s)),
        ]
        return Letter(subject, _paragraphs(lines))


def pass_path(text: str) -> str:
    """Give the path that a token is opened at."""
    return f"/pass/{text}"


def _address(house: House, path: str) -> str:
    """Give an address of the hub: a path where none is set, for that of the request is what its sender says it is."""
    return house.public_url.rstrip("/") + path


def _properties(house: House, proposal: Proposal) -> str:
    labels = labels_of(house.settings)
    return ", ".join(dict.fromkeys(labels(value.property) for value in proposal.values))


def _short(title: str) -> str:
    words = " ".join(title.split())
    return words if len(words) <= 100 else words[:99] + "…"


def _paragraphs(lines: list[str]) -> str:
    return "\n\n".join(line for line in lines if line) + "\n"


def _own_language(house: House) -> str:
    return (house.settings.languages or (current_language(),))[0]
