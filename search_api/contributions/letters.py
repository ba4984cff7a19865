"""Mail about proposals and tokens, in the first language of the hub: who it is for has asked for nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harvester.store.contributions.proposals import ACCEPTED, Proposal
from harvester.store.contributions.tokens import Letter, NewToken
from search_api.accounts.access import Access
from search_api.contributions.offering import labels_of
from search_api.languages import _, show_date
from search_api.languages.speaking import LANGUAGE


def to_reviewers(access: Access, title: str) -> Callable[[Proposal], Letter]:
    """Give what writes to reviewers that a proposal was handed in."""

    def write(proposal: Proposal) -> Letter:
        with _in_own_language(access):
            subject = _("A change of {title} is proposed").format(title=_short(title))
            lines = [
                _("{author} proposes to change: {properties}.").format(
                    author=proposal.author, properties=_properties(access, proposal)
                ),
                proposal.message,
                _("Look at it and decide: {address}").format(address=_address(access, f"/review/{proposal.id}")),
            ]
            return Letter(subject, _paragraphs(lines))

    return write


def to_author(access: Access, title: str) -> Callable[[Proposal], Letter]:
    """Give what writes to the author of a proposal what was decided."""

    def write(proposal: Proposal) -> Letter:
        with _in_own_language(access):
            count = sum(value.state == ACCEPTED for value in proposal.values)
            subject = _("Your proposal for {title} is decided").format(title=_short(title))
            lines = [
                _("Accepted: {count} of {all} values.").format(count=count, all=len(proposal.values)),
                proposal.note,
                _("The item as it is now: {address}").format(address=_address(access, f"/items/{proposal.item}")),
            ]
            return Letter(subject, _paragraphs(lines))

    return write


def to_holder(access: Access, new: NewToken, link: str, *, now: float) -> Letter:
    """Write to who is to have a token, with its link."""
    with _in_own_language(access):
        subject = _("A link to propose changes at {hub}").format(hub=access.settings().name)
        lines = [
            _("Good day {name},").format(name=new.label),
            _("by this link you can propose changes of items of {hub}:").format(hub=access.settings().name),
            link,
            _("It is good until {day}. Give it to nobody else.").format(day=show_date(now + new.life_s)),
        ]
        return Letter(subject, _paragraphs(lines))


def pass_path(text: str) -> str:
    """Give the path that a token is opened at."""
    return f"/pass/{text}"


def _address(access: Access, path: str) -> str:
    """Give an address of the hub: a path where none is set, for that of the request is what its sender says it is."""
    return access.public_url.rstrip("/") + path


def _properties(access: Access, proposal: Proposal) -> str:
    labels = labels_of(access.settings())
    return ", ".join(dict.fromkeys(labels.get(value.property, value.property) for value in proposal.values))


def _short(title: str) -> str:
    words = " ".join(title.split())
    return words if len(words) <= 100 else words[:99] + "…"


def _paragraphs(lines: list[str]) -> str:
    return "\n\n".join(line for line in lines if line) + "\n"


@contextmanager
def _in_own_language(access: Access) -> Iterator[None]:
    offered = access.settings().languages
    before = LANGUAGE.set(offered[0] if offered else "en")
    try:
        yield
    finally:
        LANGUAGE.reset(before)
