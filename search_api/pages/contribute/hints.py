"""What is said about a value that cannot be taken, in the language of the reader."""

from typing import Final

from harvester.works.proposing import LONGEST_VALUE, Fault
from search_api.languages import N_, _, show_number

HINTS: Final = {
    "date": N_("Write it as 2017, 2017-05 or 2017-05-12."),
    "doi": N_("Write it as 10.1000/182."),
    "language": N_("Write a tag such as en, or the name of the language."),
    "access": N_("Write open access, restricted access, embargoed access or metadata only access."),
    "rights": N_("Write a licence, its address, or the statement."),
    "pages": N_("Write them as 569-588."),
    "creator": N_("Write a name, as Family, Given."),
    "contributor": N_("Write a name, as Family, Given."),
}


def say_fault(name: str, fault: Fault) -> str:
    """Give what is wrong with a value of a property, and what to do."""
    match fault.kind:
        case "not_offered":
            return _("This cannot be changed here.")
        case "one_value":
            return _("There can be one value only.")
        case "too_long":
            return _("A value has at most {count} characters.").format(count=show_number(LONGEST_VALUE))
        case _:
            return " ".join(filter(None, (_("This is not understood."), hint_of(name))))


def hint_of(name: str) -> str:
    """Give how a value of a property is written, empty where that is free."""
    return _(HINTS[name]) if name in HINTS else ""
