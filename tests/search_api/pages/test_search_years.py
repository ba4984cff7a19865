"""Years as bars: whatever years there are, each item is in just one of few bars."""

import itertools
import random

import pytest

from harvester.item import Date, Metadata, Text
from search_api.pages.search.spans import MOST_BARS, spans_of
from tests.search_api.conftest import opened, record
from tests.search_api.pages.taken import open_page, text_of

YEAR = "//details[@class='facet'][summary/h3='Year']"


def many_years(seed):
    pick = random.Random(seed)
    middle, spread = pick.choice((2000, 1850, 500)), pick.choice((3, 20, 60, 400))
    counts = {round(pick.gauss(middle, spread)): pick.randint(1, 50) for _ in range(pick.choice((1, 5, 80)))}
    return counts | dict.fromkeys(pick.sample((-500, 1, 1066, 2999, 9999), pick.randint(0, 3)), 1)


@pytest.mark.parametrize("seed", range(60))
def test_each_year_is_in_one_bar(seed):
    counts = many_years(seed)
    spans = spans_of(counts)
    assert len(spans) <= MOST_BARS + 3  # the last ones at either end may be short
    edges = [(span.low, span.high) for span in spans]
    assert all(low is None or high is None or low <= high for low, high in edges)
    assert all(before + 1 == after for (_, before), (after, _) in itertools.pairwise(edges))
    for span in spans:
        within = [
            count
            for year, count in counts.items()
            if (span.low is None or span.low <= year) and (span.high is None or year <= span.high)
        ]
        assert span.count == sum(within)
    assert sum(span.count for span in spans) == sum(counts.values())


def test_years_far_off_do_not_make_all_others_one_bar():
    spans = spans_of(dict.fromkeys(range(1990, 2020), 100) | {1: 1, 9999: 1})
    assert len(spans) == 32
    assert (spans[0].token, spans[1].token, spans[-1].token) == ("year:..1989", "year:1990..1990", "year:2020..")


def test_no_years_make_no_bars():
    assert spans_of({}) == []


@pytest.fixture(scope="module")
def old_and_new(tmp_path_factory):
    years = [-44, 1066, *range(1980, 2024), *range(1980, 2024), *range(1980, 2024), 9999, None]
    dated = [
        Metadata(title=(Text(f"Of {year}"),), date=Date(year=year) if year is not None else None) for year in years
    ]
    with opened(tmp_path_factory.mktemp("years"), "embedded:") as hub:
        hub.harvest([record(str(number), item) for number, item in enumerate(dated)])
        yield hub


def test_bars_and_the_items_without_a_year_lead_to_what_they_say(old_and_new):
    page = open_page(old_and_new, "/items")
    titles = page.texts(f"{YEAR}//*[local-name()='title']")
    assert (titles[0], titles[-1]) == ("until 1979: 2 items", "from 2024: 1 item")
    for place in (0, 1, len(titles) - 1):
        bar = page.all(f"{YEAR}//*[local-name()='svg']/a")[place]
        assert page.open(bar.get("href")).count == int(titles[place].rpartition(":")[2].split()[0])
    assert page.follow("1 without", YEAR).count == 1


@pytest.mark.parametrize(
    ("tokens", "marked"),
    [
        (["year:abc"], 0),
        (["year:2000"], 1),
        (["year:2000", "year:2010..2013"], 3),
        (["year:*"], 24),
        (["-year:2000"], 24),
    ],
)
def test_bars_of_the_years_that_are_asked_for_are_marked(old_and_new, tokens, marked):
    page = open_page(old_and_new, "/items", filter=tokens)
    assert len(page.all(f"{YEAR}//*[@class='bar']")) == marked
    assert page.all(f"{YEAR}//input[@type='number']/@value") == (
        [tokens[0][5:]] * 2 if tokens[0][5:].isalnum() and len(tokens) == 1 else ["", ""]
    )
    assert text_of(page.one(f"{YEAR}//p[@class='axis']")).endswith("from 2024")
