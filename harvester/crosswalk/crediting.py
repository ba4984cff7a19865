"""Who is credited in formats that name all people alike and say in a role what each did; and the languages of a work.

Roles are MARC relator codes and terms (https://www.loc.gov/marc/relators/), JATS and Crossref contributor types.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import structs

from harvester.crosswalk.reading import Reading

CREATOR_ROLES: Final = frozenset(
    {"author", "aut", "creator", "cre", "artist", "art", "composer", "cmp", "dissertant", "dis", "photographer"}
    | {"pht", "cartographer", "ctg", "sculptor", "scl", "architect", "arc", "originator", "inv", "inventor"}
)
MEETING: Final = ["711"]
RELATORS: Final = frozenset(
    {"edt", "trl", "ths", "ill", "ctb", "dgs", "pbl", "spn", "fnd", "opn", "rev", "com", "aui", "dgg", "oth", "isb"}
    | {"his", "prf", "dnr", "ive"}
)
"""Codes that go before words; `tables/roles.toml` has what they mean."""


def share_agents(targets: dict[str, list[Reading]]) -> None:
    """Hand agents to creator or contributor by their roles.

    The kind of a reading is the role that holds where it has no other.
    """
    is_part = any(reading.kind == "IsPartOf" for reading in targets.get("related_item", ()))
    for reading in targets.pop("agent"):
        parts = reading.parts
        if "work" in parts or not name_of(reading):
            continue
        roles = _roles(reading) or [reading.kind.lower()]
        of_article = is_part and reading.kind == "contributor" and roles == ["contributor"]  # MARC's added entries
        if (
            (of_article and parts.get("kind") != MEETING)
            or not roles[0]
            or any(role in CREATOR_ROLES for role in roles)
        ):
            targets["creator"].append(structs.replace(reading, kind=""))
        else:
            role = next((role for role in roles if role in RELATORS), roles[0])
            is_plain = role in {"contributor", "ctb"}
            targets["contributor"].append(structs.replace(reading, kind="" if is_plain else role))


def _roles(reading: Reading) -> list[str]:
    """Give the roles that a name has in its own element."""
    said = (text.strip(" .,:;()[]").lower() for text in reading.parts.get("role", ()))
    return [role.rpartition("/")[2] for role in said if role]


def name_of(reading: Reading) -> str:
    """Give an agent's name: as it stands, or of its family and given name."""
    parts = reading.parts
    names = parts.get("name") or parts.get("group")
    if names:
        return " ".join(" ".join([*names[:1], *parts.get("number", ())]).split()).rstrip(" ,.:;/") + _initial(names[0])
    family = next(iter(parts.get("family") or parts.get("family2") or ()), "")
    given = " ".join((parts.get("given") or parts.get("given2") or [])[:2])
    suffix = "".join(f", {text}" for text in parts.get("suffix", ())[:1])
    return (f"{family}, {given}" if family and given else family or given) + suffix


def _initial(name: str) -> str:
    """Give back the full stop of an initial that a name ends in."""
    name = name.rstrip(" ,:;/")
    last = name.rstrip(".").rpartition(" ")[2].rpartition(".")[2].lstrip("-")
    return "." if name.endswith(".") and (len(last) == 1 or last in {"Jr", "Sr", "etc", "Inc", "Ltd", "Co"}) else ""


def spoken(readings: Iterable[Reading]) -> Iterable[Reading]:
    """Give each language a reading of its own; a code goes before a word for the same."""
    for reading in readings:
        if not reading.parts:
            yield reading
        else:
            for text in reading.parts.get("code") or reading.parts.get("text") or ():
                yield from (Reading(code) for code in _codes(text))


def _codes(text: str) -> list[str]:
    """Tell codes of MARC apart that older records wrote together ("engfre")."""
    together = len(text) in {6, 9, 12} and text.isascii() and text.isalpha() and text.islower()
    return [text[place : place + 3] for place in range(0, len(text), 3)] if together else [text]
