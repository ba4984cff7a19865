"""What can go wrong, by what the caller does next: try again, set aside, or stop.

HarvestError
  RetryableError            the same again later
    UnreachableError        no answer, or an answer of the network and not of the repository
    RetryLaterError         the repository named a time (503, 429 with Retry-After)
    PageCutError            the page is not a whole document
    BadResumptionTokenError the list must be started again
  RejectedError             this record only: set it aside, go on
  FatalError                stop this endpoint or command, tell the operator
"""

from typing import Final

SHOWN_CHARACTERS: Final = 200


def cut(value: object) -> str:
    """Give a value as text for a message, at most 200 characters of it."""
    text = str(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


class HarvestError(Exception):
    """Anything that a caller of harvester may have to handle; its text names the thing and the next step."""


class RetryableError(HarvestError):
    """The same may succeed later; nothing was changed."""


class RejectedError(HarvestError):
    """One record or document cannot be used: set it aside with this reason, go on with the others."""


class FatalError(HarvestError):
    """Going on is of no use before a person has changed something."""
