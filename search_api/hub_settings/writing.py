"""Writing the document of settings: complete, each key with what it means."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import tomli_w
from msgspec import Struct, inspect

from search_api.hub_settings.document import PLACES, HubSettings

HEAD: Final = (
    "# What this hub makes its own. `oaihub hub load FILE` makes a new version of it, as the page /admin/hub does;\n"
    "# every version is kept (`oaihub hub versions`), and one can go back to each (`oaihub hub back VERSION`).\n"
)
WIDTH: Final = 110


def write_document(settings: HubSettings, languages: tuple[str, ...]) -> str:
    """Give settings as TOML; texts have a place for each of the languages."""
    texts = {
        language: {place: settings.texts.get(language, {}).get(place, "") for place in PLACES}
        for language in dict.fromkeys((*languages, *settings.texts))
    }
    return HEAD + "".join(_lines(msgspec.structs.replace(settings, texts=texts)))


def _lines(settings: HubSettings) -> Iterator[str]:
    values: dict[str, Any] = msgspec.to_builtins(settings)
    for name, meaning in _meanings(HubSettings).items():
        value = getattr(settings, name)
        yield f"\n{_comment(meaning)}"
        if isinstance(value, Struct):
            yield f"[{name}]\n"
            for key, inner in _meanings(type(value)).items():
                yield _comment(inner) + _entry({key: values[name][key]})
        else:
            yield _entry({name: values[name]})


def _meanings(kind: type[Struct]) -> dict[str, str]:
    """Give what the fields of a struct mean, by name."""
    found = {}
    for field in msgspec.structs.fields(kind):
        match inspect.type_info(field.type):
            case inspect.Metadata(extra_json_schema=dict(schema)):
                found[field.name] = str(schema["description"])
            case _:
                pass
    return found


def _comment(meaning: str) -> str:
    lines, line = [], "#"
    for word in meaning.split():
        if len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = "#"
        line += f" {word}"
    return "".join(f"{one}\n" for one in (*lines, line))


def _entry(pair: dict[str, Any]) -> str:
    return tomli_w.dumps(pair, multiline_strings=True)
