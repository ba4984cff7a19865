"""Why something of tokens and proposals cannot be, in the language of the reader."""

from collections.abc import Mapping
from typing import Final

from harvester.store.contributions.errors import ContributionError, Reason
from harvester.store.works.naming import UnclearNameError
from harvester.works.editing import EditError
from search_api.languages import N_, _, show_number

SAYINGS: Final[Mapping[Reason, str]] = {
    "label": N_("A link needs the name of whom it is for, of 1 to {subject} characters."),
    "mail": N_("{subject} is no mail address; write it as name@host."),
    "no_mail": N_("There is no mail address to send the link to; give one, or copy the link."),
    "life": N_("A link is good for a day at least, and a year at most."),
    "uses": N_("A link is good for 1 to {subject} proposals, or any number."),
    "many_items": N_("A link names {subject} items at most; without any it is good for all."),
    "no_item": N_("There is no item {subject}."),
    "no_token": N_("There is no such link that could be revoked."),
    "used_up": N_("As many proposals as the link is good for were handed in; ask for another link."),
    "many_waiting": N_("You have {subject} proposals that wait for a decision; hand others in once those are decided."),
    "link_over": N_("The link that you came by is no longer good; ask for another one."),
    "link_elsewhere": N_("The link that you came by is not for this item; ask who sent it for one that is."),
    "no_user": N_("Only users, and who has a link for it, may propose changes."),
    "no_change": N_("Nothing is changed yet: change a value, add one, or take one away."),
    "many_changes": N_("A proposal changes {subject} values at most; hand the others in by another one."),
    "long_message": N_("The message has at most {subject} characters."),
    "long_value": N_("A value has at most {subject} characters."),
    "gone": N_("The item is gone: it was deleted at its repository, or taken down here. Nothing of it can be changed."),
    "faulty": N_("Some values cannot be taken."),
    "no_proposal": N_("There is no such proposal."),
    "not_yours": N_("This proposal is not yours to take back."),
    "not_back": N_("This proposal cannot be taken back: it is being decided, or was."),
    "not_waiting": N_("This proposal was decided or taken back meanwhile; nothing was changed."),
    "long_note": N_("The note is too long."),
    "none_chosen": N_("No value is chosen: choose those to accept or reject."),
    "both": N_("A value cannot be accepted and rejected at once."),
    "no_value": N_("This proposal has no such value."),
    "meanwhile": N_("A value was decided meanwhile; nothing was changed."),
    "none_accepted": N_("Nothing of this proposal is accepted, so nothing can be taken back."),
}


def say(error: ContributionError | EditError | UnclearNameError) -> str:
    """Give why something cannot be, and what to do."""
    match error:
        case ContributionError():
            subject = show_number(error.subject) if isinstance(error.subject, int) else str(error.subject)
            return _(SAYINGS[error.reason]).format(subject=subject)
        case UnclearNameError():
            return _("A name in the list of items stands for no item, or for several: {reason}").format(reason=error)
    return _("A value cannot become a part of the item: {reason}").format(reason=error)
