"""What can be wrong with tokens and proposals."""

from collections.abc import Sequence

from harvester.errors import RejectedError
from harvester.works.proposing import Fault


class ContributionError(RejectedError):
    """A token or proposal that cannot be made, or be what is asked of it now; the text says why and what can."""


class FaultyError(ContributionError):
    """A proposal some values of which cannot be taken."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(fault.text for fault in faults))
        self.faults = tuple(faults)
