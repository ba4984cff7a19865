"""What a saved document is: records to store, an answer without records, or nothing that can be used."""

from msgspec import Struct


class Saved(Struct, frozen=True, kw_only=True):
    """What a saved document is.

    Records to store: `body` with `received` of them, after these `repairs`, in `prefix` where it says so, the first
    with a metadata element `root` (a full tag) in which there are elements of these `names`; or an answer without
    records, `skipped` says which; or `refused` with this reason. `kind` is xml or json.
    """

    body: bytes = b""
    received: int = 0
    repairs: dict[str, int] = {}
    prefix: str | None = None
    root: str | None = None
    names: frozenset[str] = frozenset()
    skipped: str = ""
    refused: str = ""
    kind: str = "xml"
