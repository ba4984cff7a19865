"""Why something about an account cannot be, in the words of the pages and the language of the request."""

from harvester.store.accounts.passwords import LONGEST, SHORTEST, PasswordError
from harvester.store.accounts.roles import AccountError
from search_api.languages import _, show_number


def password_refusal(error: PasswordError) -> str:
    """Say why a password cannot be one, and what can."""
    if error.reason == "length":
        text = _("A password has {shortest} to {longest} characters; several words are fine.")
        return text.format(shortest=show_number(SHORTEST), longest=show_number(LONGEST))
    if error.reason == "control":
        return _("The password has a control character: leave it out.")
    return _("The password is among those that are guessed first: take several words that are yours.")


def account_refusal(error: AccountError) -> str:
    """Say why an account cannot be so; what has no words of its own comes as it is."""
    if isinstance(error, PasswordError):
        return password_refusal(error)
    said = {
        "taken": _("There is a user of this name already."),
        "name": _("A name has letters a-z, digits, _, ., @ and -, at most 64, and begins with a letter or digit."),
        "mail": _("This is no mail address of the form name@host."),
        "no mail": _("There is no mail address to send the link to."),
        "last admin": _("This is the last admin who can sign in: make somebody else admin first."),
        "disabled": _("The user is disabled: enable him first."),
        "unknown": _("There is no such user."),
        "key name": _("The name of a key has letters, digits, _, . and -, at most 64."),
        "key taken": _("There is a key of this name already: revoke it, or take another name."),
        "key role": _("A key can do no more than its user."),
        "quota": _("A quota is 1 to 1,000,000 requests a minute."),
        "no key": _("There is no such key, or it has ended."),
        "first": _("The first user must be an admin: with him ends what this machine may do without."),
        "no address": _("Nobody has set the address of this hub that a link in a mail would lead to."),
        "self": _("Nobody can take his own rights away: ask another admin."),
    }
    return said.get(error.reason, str(error))
