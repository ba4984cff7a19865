"""An explanation of an item, as people read it: a line for each field and each that says something of it."""

from typing import Final

import msgspec
from msgspec import Raw

from harvester.item import Item
from harvester.store.works.explaining import Explanation, Voice
from workers.commands.describing import values_of
from workers.commands.output import print_json, print_table
from workers.words import utc

ITEMS: Final = msgspec.json.Decoder(Item)
NOTHING: Final = (b"null", b"[]", b"{}")
UNSAID: Final = frozenset(values_of(Item(id="", schema="", version=0, harvested="")))
"""Properties that every item has, whatever is said of it."""


def print_explanation(explanation: Explanation, *, as_json: bool) -> None:
    """Print who said each field of an item, by which rule, and who disagrees."""
    if as_json:
        print_json(explanation)
        return
    rows: list[tuple[object, ...]] = []
    for field in explanation.fields:
        rows.append((field.name, field.rule, "", _words(field.name, field.value)))
        rows += [("", "", f"said by {_who(voice)}", "") for voice in field.said_by]
        rows += [("", "", f"not {_who(voice)}", _words(field.name, voice.value)) for voice in field.others]
    print_table(("field", "rule", "who", "value"), rows)


def _words(name: str, value: Raw) -> str:
    """Give the value of a field as its properties are shown and filtered by; as JSON where it has none."""
    item = ITEMS.decode(b'{"id":"","schema":"","version":0,"harvested":"","%b":%b}' % (name.encode(), bytes(value)))
    found = values_of(item)
    if name in found:
        return "; ".join(found[name])
    told = [f"{one}: {'; '.join(values)}" for one, values in found.items() if one not in UNSAID]
    return "\n".join(told) or ("" if bytes(value) in NOTHING else bytes(value).decode())


def _who(voice: Voice) -> str:
    if voice.kind == "person":
        reason = f" ({voice.reason})" if voice.reason else ""
        said = "; ".join(msgspec.json.decode(voice.value, type=list[str])) or "(nothing)"
        return f"{voice.author}, {utc(voice.at)}{reason}: {voice.property}={said}"
    if voice.kind == "registry":
        return f"the registry of {voice.doi}"
    origin = f", {voice.origin}" if voice.origin else ""
    return f"{voice.endpoint} {voice.metadata_prefix} {voice.identifier}, page {voice.page}{origin}"
