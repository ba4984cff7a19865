"""ORCID iDs: the one form in which all sources of people's names are read for them.

Four groups of four digits, the last of which may be an X; longer runs of digits and groups are other numbers. The
check digit is not looked at: what a source says is kept as it is.
"""

import re
from typing import Final

NUMBER: Final = r"(?<![0-9])(?<![0-9]-)[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9Xx](?![^\W_]|-[0-9])"
"""The regular expression of an ORCID iD, without any group."""

_ORCID: Final = re.compile(NUMBER)


def find_orcid(text: str) -> str | None:
    """Give the first ORCID iD of a text, bare, as an address or labelled, with a capital X; None where there is none.

    Other identifiers of people stand in the same places, so that there may be none.
    """
    found = _ORCID.search(text) if "-" in text else None
    return found[0].upper() if found else None
