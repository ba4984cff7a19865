"""What can be wrong with tokens and proposals."""

from collections.abc import Sequence
from typing import Literal

from harvester.errors import RejectedError
from harvester.works.proposing import Fault

TokenReason = Literal["label", "mail", "no_mail", "life", "uses", "many_items", "no_item", "no_token"]
LinkReason = Literal["used_up", "many_waiting", "link_over", "link_elsewhere", "no_user"]
ChangeReason = Literal["no_change", "many_changes", "long_message", "long_value", "gone", "faulty"]
StateReason = Literal["no_proposal", "not_yours", "not_back", "not_waiting", "meanwhile", "none_accepted"]
ChoiceReason = Literal["long_note", "none_chosen", "both", "no_value"]
Reason = TokenReason | LinkReason | ChangeReason | StateReason | ChoiceReason


class ContributionError(RejectedError):
    """A token or proposal that cannot be made, or be what is asked of it now.

    The text says why and what can, in English; a page that says it in other words has the `reason`, and what it is
    about in `subject`, such as an id or a number.
    """

    def __init__(self, reason: Reason, text: str, *, subject: object = "") -> None:
        super().__init__(text)
        self.reason = reason
        self.subject = subject


class FaultyError(ContributionError):
    """A proposal some values of which cannot be taken."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("faulty", "; ".join(fault.text for fault in faults))
        self.faults = tuple(faults)
