"""An explanation of an item, as people read it: a line for each field and each that says something of it."""

from harvester.store.explaining import Explanation, Voice
from workers.commands.output import print_json, print_table, utc


def print_explanation(explanation: Explanation, *, as_json: bool) -> None:
    """Print who said each field of an item, by which rule, and who disagrees."""
    if as_json:
        print_json(explanation)
        return
    rows: list[tuple[object, ...]] = []
    for field in explanation.fields:
        rows.append((field.name, field.rule, "", bytes(field.value).decode()))
        rows += [("", "", f"said by {_who(voice)}", "") for voice in field.said_by]
        rows += [("", "", f"not {_who(voice)}", bytes(voice.value).decode()) for voice in field.others]
    print_table(("field", "rule", "who", "value"), rows)


def _who(voice: Voice) -> str:
    if voice.kind == "person":
        reason = f" ({voice.reason})" if voice.reason else ""
        return f"{voice.author}, {utc(voice.at)}{reason}"
    if voice.kind == "registry":
        return f"the registry of {voice.doi}"
    origin = f", {voice.origin}" if voice.origin else ""
    return f"{voice.endpoint} {voice.metadata_prefix} {voice.identifier}, page {voice.page}{origin}"
