"""URLs as they may be shown: what opens a door is taken out, everything else stays, so that the address is known."""

import re
from typing import Final

HIDDEN: Final = "***"
SECRETS: Final = (
    r"(?:[\w.-]*[_.-])?(?:key|token|secret|password|passwd|passphrase|pwd|signature|credentials?)"
    r"|apikey|accesskey|accesstoken|authtoken|auth|authorization|authkey|pass|sig|sid|sessionid|jsessionid|phpsessid"
)
"""Names of query arguments; a resumptionToken is none of them, it opens nothing that is not open."""

USER: Final = re.compile(
    r"(?<=://)(?:[^/?#@\s]*|[^/?#@\s]*:(?!\d*(?:[/?#]|$))[^@\s]*)@"
)  # the second: a / in a password
ARGUMENT: Final = re.compile(rf"(?<=[?&;])((?:{SECRETS})=)[^&;#\s'\"]+", re.IGNORECASE)


def redact(text: str) -> str:
    """Give a text without the secrets of the URLs in it: user and password, and arguments such as key= or token=."""
    return ARGUMENT.sub(rf"\1{HIDDEN}", USER.sub(f"{HIDDEN}@", text))
