"""The catalogues: each says all that the code says, and nothing else."""

import re
import string

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from search_api.languages.catalogue import ENGLISH, NAMES
from search_api.languages.extracting import extract_texts
from search_api.languages.updating import FOLDER, untranslated, updated, written

PATHS = sorted(FOLDER.glob("*.po"))
each = pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])


def read(path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def texts(one) -> tuple[str, ...]:
    return (one,) if isinstance(one, str) else tuple(one)


def holes(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}


def ends(text: str) -> tuple[str, str]:
    """Give what a text has around its words: blanks, and the sign that it ends with."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip(" .…:?!")) :]


def test_there_is_a_catalogue_for_every_language_but_that_of_the_code():
    assert {path.stem for path in PATHS} == NAMES.keys() - {ENGLISH}


@each
def test_a_catalogue_has_exactly_the_texts_of_the_code(path):
    wanted = {message.id for message in extract_texts() if message.id}
    catalog = read(path)
    assert {message.id for message in catalog if message.id} == wanted, (
        "python -m search_api.languages.updating brings it up to date"
    )
    assert not catalog.obsolete
    assert not [message.id for message in catalog if message.id and message.fuzzy]


@each
def test_a_catalogue_translates_every_text_in_all_its_forms(path):
    assert untranslated(read(path)) == []


@each
def test_a_translation_has_the_holes_and_the_end_of_its_text(path):
    for message in read(path):
        if message.id:
            said, told = texts(message.id), texts(message.string)
            assert all(holes(one) == holes(said[-1]) for one in told), message.id
            assert {ends(one) for one in told} == {ends(one) for one in said}, message.id


@each
def test_bringing_a_catalogue_up_to_date_changes_nothing_that_is(path):
    assert written(updated(path)) == path.read_bytes()


def test_a_term_of_ours_is_shown_in_the_language_of_the_page_and_asked_for_as_it_is(hub):
    page = hub.client.get("/items", headers={"Accept-Language": "de"}).text
    assert re.search(r'<a [^>]*href="/items\?filter=genre%3AEmpirical"[^>]*>(<span[^>]*>)?Empirisch<', page)
    assert re.search(
        r'href="/items\?filter=resource_type%3AReport"[^>]*>(<span[^>]*>)?Report<', page
    )  # a source's word
