"""No text of a repository may stop a harvest: every normaliser answers for any text, and soon."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.values.citations import parse_citation
from harvester.values.dates import date_bounds, parse_date
from harvester.values.dois import find_dois, is_doi
from harvester.values.funding import parse_grant_agreement, parse_sponsorship
from harvester.values.identifiers import parse_identifier
from harvester.values.languages import language_label, parse_language
from harvester.values.names import is_placeholder, parse_agent
from harvester.values.pages import parse_pages
from harvester.values.rights import parse_rights
from harvester.values.texts import clean_text
from harvester.values.types import classify_type

NORMALISERS = [
    parse_citation, parse_date, date_bounds, find_dois, is_doi, parse_grant_agreement, parse_sponsorship,
    parse_identifier, parse_language, language_label, is_placeholder, parse_agent, parse_pages, parse_rights,
    clean_text, classify_type,
]  # fmt: skip
PIECES = st.sampled_from(
    [
        "10.1000/",
        "2015",
        "-05-",
        "12",
        "/",
        "(",
        ")",
        "<",
        ">",
        "&",
        ";",
        ",",
        ".",
        "?",
        ":",
        "[",
        "]",
        "“",
        "”",
        "#",
        "%",
        "'",
        "0000",
        "\x0b",
        "Ã©",
        "&amp;",
        "<b>",
        "ISSN",
        "doi:",
        "May",
        "ca.",
        "X",
        "pp.",
        "vol.",
        "no.",
        "info:eu-repo/",
        "https://",
        "grant",
        "(Grant",
        "{c}",
        "².٣",
        "ß",
        "İ",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join), st.lists(PIECES).map(" ".join)))
def test_every_text_has_an_answer(text):
    for normalise in NORMALISERS:
        normalise(text)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=8).map("".join)))
def test_a_date_that_is_understood_has_bounds_in_order(text):
    edtf = parse_date(text).edtf
    if edtf is not None:
        low, high = date_bounds(edtf)
        assert low <= high


@pytest.mark.parametrize("normalise", NORMALISERS)
@pytest.mark.parametrize(
    "piece", ["a", " ", "1", "10.1000/a", "<a b=", "<!--", "(", ")", "A, ", "12-", "&lt;", "<script>", "/", "a.", "X "]
)
def test_a_long_text_of_one_pattern_is_answered_soon(normalise, piece):
    started = time.process_time()
    normalise(piece * (20_000 // len(piece)))
    assert time.process_time() - started < 2
