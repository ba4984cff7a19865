"""`python -m search_api.languages.updating [LANGUAGE]`: give each catalogue the texts of the code, and no others.

A language that has no catalogue yet gets one. Texts that were translated stay, new ones are empty, what the code no
longer says is left out; it ends with how many wait for a translation.
"""

import io
import sys
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from search_api.languages.extracting import extract_texts

FOLDER: Final = Path(__file__).parent / "catalogues"
COLUMNS: Final = 120
HEAD: Final = """\
# Texts of oaihub's pages; `python -m search_api.languages.updating` keeps them those of the code.
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plural_forms}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def updated(path: Path) -> Catalog:
    """Give a catalogue with the texts of the code, and with what it says of them so far."""
    known = _read(path)
    catalog = Catalog(locale=path.stem)
    for message in extract_texts():
        if message.id:
            kept = known.get(message.id)
            catalog.add(message.id, kept.string if kept and kept.id == message.id else None)
    return catalog


def written(catalog: Catalog) -> bytes:
    """Give a catalogue as its file has it: in order of the texts, and without what changes by itself, such as dates."""
    texts = io.BytesIO()
    write_po(texts, catalog, width=COLUMNS, sort_output=True, omit_header=True)
    head = HEAD.format(language=catalog.locale_identifier, plural_forms=catalog.plural_forms)
    return head.encode() + texts.getvalue().strip() + b"\n"


def untranslated(catalog: Catalog) -> list[str]:
    """Give the texts that a catalogue does not translate yet, or not in all of its plural forms."""
    return [str(message.id) for message in catalog if message.id and not _is_whole(message.string)]


def _read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale=path.stem)
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def _is_whole(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(string) if isinstance(string, str | None) else all(string)


def main(languages: list[str]) -> None:
    """Update all catalogues, and make those of new languages."""
    for path in sorted({*FOLDER.glob("*.po"), *(FOLDER / f"{language}.po" for language in languages)}):
        catalog = updated(path)
        path.write_bytes(written(catalog))
        print(f"{path.name}: {len(untranslated(catalog))} of {len(catalog)} texts to translate")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
