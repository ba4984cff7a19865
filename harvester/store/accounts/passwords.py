"""Passwords: what may be one, and what is kept of it."""

import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from harvester.store.accounts.roles import AccountError

SHORTEST: Final = 12
LONGEST: Final = 1_000
MOST_PARTS: Final = 4  # of which NFC composes one character

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""argon2id with 19 MiB: the least that OWASP's cheat sheet on password storage allows; 31 ms of CPU here."""

NOBODY: Final = "$argon2id$v=19$m=19456,t=2,p=1$L6PrPU9GsZDoTNFt8pcRuQ$eQhMSia6FZSbwEMwbg+I6nDDB6jp8N/tjvTRDuCu4pU"
"""Hash of random bytes that nobody kept: a name that is not here costs the same work as one that is."""

COMMON: Final = frozenset(
    """
    123456789012 1234567890123 1234567890123456 123456123456 123123123123 012345678910 0123456789012 987654321098
    1234567890qwerty 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1qaz2wsx3edc 1qaz2wsx3edc4rfv qwertyuiop12 qwertyuiop123 qwerty123456
    qwertyqwerty qwertyuiopasdfghjkl qwertyuiop[] asdfghjkl123 asdfghjkl;'# zxcvbnm12345 abcdefghijkl abcdefgh1234
    abc123abc123 abcd1234abcd password1234 password12345 password123456 passwordpassword mypassword12 mypassword123
    thepassword1 newpassword1 newpassword123 changemechangeme changemenow1 pleasechangeme letmeinletmein letmein12345
    welcome12345 welcome123456 administrator administrator1 admin1234567 adminadminadmin iloveyou1234 iloveyouiloveyou
    correcthorsebatterystaple monkeymonkey dragondragon sunshine1234 football1234 superman1234 trustno1trustno1
    oaihuboaihub oaihubpassword oaihubadmin1
    """.split()  # noqa: SIM905 - sixty quoted words are read worse
)
"""Long passwords that are guessed first. Compared without case and blanks."""


class PasswordError(AccountError):
    """A text cannot be a password; the reason says what can."""


def check_password(password: str, *, name: str, mail: str = "") -> str:
    """Give a password that a user of a name may have, in its normal form (RFC 8265, 4.2). Raises: PasswordError."""
    normal = normalize_password(password)
    if not SHORTEST <= len(normal) <= LONGEST:
        raise PasswordError(
            f"the password has {len(normal):,} characters: take {SHORTEST} to {LONGEST:,}, several words are fine",
            "length",
        )
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in normal):
        raise PasswordError("the password has a control character: leave it out", "control")
    bare = "".join(normal.casefold().split())
    if bare in COMMON or len(set(bare)) <= 1 or bare in {name.casefold(), mail.casefold()}:
        raise PasswordError(
            "the password is among those that are guessed first: take several words that are yours", "common"
        )
    return normal


def normalize_password(password: str) -> str:
    """Give a password as it is compared: composed (NFC), every kind of blank one and the same (RFC 8265, 4.2)."""
    blanks = (" " if unicodedata.category(character) == "Zs" else character for character in password)
    return unicodedata.normalize("NFC", "".join(blanks))


def hash_password(password: str) -> str:
    """Give what is kept of a password in its normal form: its hash with algorithm, parameters and salt."""
    return HASHER.hash(password)


def is_password(kept: str, password: str) -> bool:
    """Tell whether a password is the one of a hash; where none is kept, none is, after the same work."""
    given = password[: LONGEST * MOST_PARTS]  # nobody's is longer, and a megabyte takes long to normalise
    try:
        return HASHER.verify(kept or NOBODY, normalize_password(given))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Tell whether a hash was made by other parameters than ours now."""
    return HASHER.check_needs_rehash(kept)
