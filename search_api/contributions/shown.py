"""What the JSON addresses of proposals and tokens take and give."""

from typing import Annotated

from msgspec import Meta, Struct

from harvester.store.contributions.proposals import Proposal
from harvester.store.contributions.tokens import Token
from harvester.works.proposing import LONGEST_MESSAGE, MOST_CHANGES

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
ChangeText = Annotated[str, Meta(min_length=1, max_length=20_000)]


class ProposedChange(Struct, frozen=True, forbid_unknown_fields=True):
    """One value as proposed: in place of `original` (null: it is new), or no more (`proposed` is null)."""

    property: Annotated[str, Meta(min_length=1, max_length=200)]
    original: ChangeText | None = None
    proposed: ChangeText | None = None


class NewContribution(Struct, frozen=True, forbid_unknown_fields=True):
    """What is proposed for an item; `accept` has all of it accepted at once, for who may edit."""

    changes: Annotated[tuple[ProposedChange, ...], Meta(min_length=1, max_length=MOST_CHANGES)]
    message: Annotated[str, Meta(max_length=LONGEST_MESSAGE)] = ""
    accept: bool = False


class Decided(Struct, frozen=True, forbid_unknown_fields=True):
    """What is decided, by the ids of values; others stay open. `note` is for the author."""

    accept: tuple[Id, ...] = ()
    reject: tuple[Id, ...] = ()
    note: Annotated[str, Meta(max_length=2_000)] = ""


class TokenAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """What a token is to be good for: no `items` or `properties` are all, null `uses` any number of proposals.

    `send` has its link sent to the address.
    """

    label: Annotated[str, Meta(min_length=1, max_length=100)]
    mail: Annotated[str, Meta(max_length=254)] = ""
    items: Annotated[tuple[str, ...], Meta(max_length=1_000)] = ()
    properties: Annotated[tuple[str, ...], Meta(max_length=200)] = ()
    uses: Annotated[int, Meta(ge=1, le=100_000)] | None = 1
    days: Annotated[int, Meta(ge=1, le=366)] = 30
    send: bool = False


class Contributions(Struct, frozen=True):
    """Proposals, the newest first; `older` is the `before` of the next page, null on the last."""

    contributions: list[Proposal]
    older: int | None


class Tokens(Struct, frozen=True):
    """Tokens, the newest first, without their texts; `older` as for proposals."""

    tokens: list[Token]
    older: int | None


class MadeToken(Struct, frozen=True):
    """A new token with the address that opens it, which nobody is told again."""

    token: Token
    link: str
