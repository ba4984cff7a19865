"""The filter grammar: every form, and that what is rendered is read back as the same condition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.fields import FIELDS, clean_value, normal_value
from indexer.query import Condition
from search_api.grammar import parse_condition, render_condition, render_token


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("genre:Empirical", Condition("genre", "is", "Empirical")),
        ("-genre:Empirical", Condition("genre", "is", "Empirical", negative=True)),
        ("genre: Empirical ", Condition("genre", "is", "Empirical")),
        ('genre:"Empirical"', Condition("genre", "is", "Empirical")),
        ("genre:*", Condition("genre", "exists")),
        ("-genre:*", Condition("genre", "exists", negative=True)),
        ("genre:!", Condition("genre", "missing")),
        ("-genre:!", Condition("genre", "missing", negative=True)),
        ('genre:"*"', Condition("genre", "is", "*")),
        ('genre:"!"', Condition("genre", "is", "!")),
        ("genre:**", Condition("genre", "is", "**")),
        ("genre:a:b", Condition("genre", "is", "a:b")),
        ("genre:two words", Condition("genre", "is", "two words")),
        ('genre:5" disk', Condition("genre", "is", '5" disk')),
        (r'genre:"say \"so\" \\ no"', Condition("genre", "is", r'say "so" \ no')),
        (r"genre:a\b", Condition("genre", "is", r"a\b")),
        ("genre:a..b", Condition("genre", "is", "a..b")),
        ("date:2015..2017", Condition("date", "range", low="2015", high="2017")),
        ("date:2015-03.. ", Condition("date", "range", low="2015-03")),
        ("year:..-44", Condition("year", "range", high="-44")),
        ("-harvested:2024 .. 2025", Condition("harvested", "range", low="2024", high="2025", negative=True)),
        ('date:"2015..2017"', Condition("date", "is", "2015..2017")),
        ('"a:b":c', Condition("a:b", "is", "c")),
        (r'-"say \"so\"" :*', Condition('say "so"', "exists", negative=True)),
        ('"-odd":x', Condition("-odd", "is", "x")),
        ("genre:cafe\u0301", Condition("genre", "is", "café")),
        ("doi:https://doi.org/10.1000/ABC", Condition("doi", "is", "10.1000/abc")),
        ("language:German", Condition("language", "is", "de")),
    ],
)
def test_form_is_read(text, condition):
    assert parse_condition(text) == condition


@pytest.mark.parametrize(
    ("name", "value", "token"),
    [
        ("genre", "Empirical", "genre:Empirical"),
        ("resource_status", "Preprint/Forthcoming Resource", 'resource_status:"Preprint/Forthcoming Resource"'),
        ("genre", "*", 'genre:"*"'),
        ("date", "2015..", 'date:"2015.."'),
        ("a b", r'"\ ', r'"a b":"\"\\ "'),
    ],
)
def test_token_is_written(name, value, token):
    assert render_token(name, value) == token


ODD = st.text(st.sampled_from('-":*!.\\ ab\u00a0\u2028\n') | st.characters(exclude_categories=["Cs"]), min_size=1)
NAMES = st.sampled_from(sorted(FIELDS)) | ODD.map(clean_value).filter(bool)


@given(NAMES, ODD, st.booleans())
def test_every_value_of_an_index_comes_back(name, text, negative):
    value = normal_value(name, text)
    if value:
        condition = Condition(name, "is", value, negative=negative)
        assert parse_condition(render_condition(condition)) == condition


@given(NAMES, st.sampled_from(["exists", "missing"]), st.booleans())
def test_every_name_comes_back(name, operator, negative):
    condition = Condition(name, operator, negative=negative)
    assert parse_condition(render_condition(condition)) == condition


@given(
    st.sampled_from(["date", "year", "harvested"]),
    st.sampled_from([("2015", None), (None, "-44"), ("2015-03", "2016")]),
)
def test_ranges_come_back(name, ends):
    condition = Condition(name, "range", low=ends[0], high=ends[1])
    assert parse_condition(render_condition(condition)) == condition
