import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.document import to_document
from indexer.fields import FIELDS, clean_value, label, normal_value, operators
from tests.indexer.making import random_items

NAMES = [
    "title",
    "abstract",
    "creator",
    "contributor",
    "date",
    "year",
    "volume",
    "issue",
    "pages",
    "container",
    "publisher",
    "resource_type",
    "resource_status",
    "genre",
    "funder",
    "grant_number",
    "citation",
    "doi",
    "identifier",
    "language",
    "subject",
    "rights",
    "access",
    "endpoint",
    "set",
    "harvested",
    "relation",
    "has_part",
    "is_part_of",
    "has_version",
    "is_version_of",
    "references",
    "is_referenced_by",
    "replaces",
    "is_replaced_by",
    "requires",
    "is_required_by",
    "has_format",
    "is_format_of",
    "conforms_to",
    "source",
]


def test_the_declared_names():
    assert set(NAMES) <= set(FIELDS)
    assert all(name == field.name and field.label for name, field in FIELDS.items())


def test_long_text_has_no_facet_and_all_else_has():
    assert {name for name, field in FIELDS.items() if not field.facet} == {"abstract", "description", "citation"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("genre", ("is", "exists", "missing")),
        ("date", ("is", "range", "exists", "missing")),
        ("year", ("is", "range", "exists", "missing")),
        ("harvested", ("is", "range", "exists", "missing")),
        ("abstract", ("exists", "missing")),
        ("never.declared", ("is", "exists", "missing")),
    ],
)
def test_operators(name, expected):
    assert operators(name) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("doi", "https://doi.org/10.1080/0161956X.2017.1368633", "10.1080/0161956x.2017.1368633"),
        ("doi", "doi:10.5555/ABC", "10.5555/abc"),
        ("is_part_of", "10.5555/ABC", "10.5555/abc"),
        ("is_part_of", "Peabody Journal of Education", "Peabody Journal of Education"),
        ("language", "English", "en"),
        ("language", "unheard of", "unheard of"),
        ("genre", "  Empirical ", "Empirical"),
        ("genre", "e\u0301", "é"),
        ("coverage", "v" * 1_200, "v" * 1_000),
    ],
)
def test_normal_values(name, text, expected):
    assert normal_value(name, text) == expected


@given(st.sampled_from([*FIELDS, "undeclared"]), st.text() | st.from_regex(r"(doi:)?10\.\d{4}/[A-Z/;.<>()\[\]]{1,9}"))
def test_a_normal_value_is_its_own_normal_value(name, text):
    once = normal_value(name, text)
    assert normal_value(name, once) == once


def test_indexed_values_are_in_normal_form():
    documents = [to_document(item) for item in random_items(200, seed=9)]
    pairs = {(name, value) for d in documents for name, values in (d.props | d.extra).items() for value in values}
    assert len(pairs) > 100
    assert {(name, normal_value(name, value)) for name, value in pairs} == pairs


def test_labels():
    assert label("language", "en") == "English"
    assert label("genre", "en") == "en"


@pytest.mark.parametrize(
    ("text", "expected"), [(" a ", "a"), ("a\x00b", "ab"), ("\x00", ""), ("a" * 999 + "  b", "a" * 999)]
)
def test_clean_values(text, expected):
    assert clean_value(text) == expected
