"""What is wrong with a document of settings: the key, its value, and what is allowed there."""

from collections.abc import Sequence

from msgspec import Struct

from harvester.errors import FatalError, cut


class Fault(Struct, frozen=True):
    """Something that a document cannot mean; `key` is such as `template[3].name`, `line` where that is known."""

    key: str
    value: str
    reason: str
    line: int | None = None


class BadSettingsError(FatalError):
    """A document of settings with faults: nothing of it is taken."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(told, faults)))
        self.faults = tuple(faults)


def told(fault: Fault) -> str:
    """Give a fault in words: line, key, value and reason."""
    place = f"line {fault.line}: " if fault.line else ""
    value = f" = {cut(fault.value)}" if fault.value else ""
    return f"{place}{fault.key}{value}: {fault.reason}" if fault.key else f"{place}{fault.reason}"
