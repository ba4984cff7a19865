import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.windows import (
    DAY_S,
    BadDatestampError,
    cut_window,
    full_datestamp,
    lies_outside,
    parse_datestamp,
    slices_wanted,
)

SPAN = ("2020-01-01T00:00:00Z", "2023-12-31T23:59:59Z")


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2024-02-29", "2024-02-29T00:00:00Z", "2024-02-29T23:59:59Z"),
        ("2024-02-29T10:00:00Z", "2024-02-29T10:00:00Z", "2024-02-29T10:00:00Z"),
        ("2024-02-29T10:00:00+02:00", "2024-02-29T08:00:00Z", "2024-02-29T08:00:00Z"),
    ],
)
def test_a_day_is_taken_whole_and_a_time_as_it_is(text, begin, end):
    assert (full_datestamp(text), full_datestamp(text, end=True)) == (begin, end)


@pytest.mark.parametrize("text", ["", "yesterday", "2024-13-01", "2023-02-29", "20"])
def test_what_is_no_date_is_named(text):
    with pytest.raises(BadDatestampError, match="YYYY-MM-DD"):
        full_datestamp(text)


def test_a_list_is_cut_where_it_is_long_and_by_how_many_may_be_fetched_at_once():
    def wanted(size, *, page_size=100, parallel=1, sliced=False):
        return slices_wanted(size=size, page_size=page_size, parallel=parallel, sliced=sliced)

    assert wanted(5_000) == 1
    assert wanted(10_000) == 4
    assert wanted(10_000, parallel=8) == 16
    assert wanted(800, parallel=8) == 1
    assert wanted(1_000_000) == 64
    assert wanted(4_000, parallel=8, sliced=True) == 1
    assert wanted(6_000, parallel=8, sliced=True) == 15
    assert wanted(None) == 1
    assert wanted(None, parallel=4) == 8
    assert wanted(None, parallel=4, sliced=True) == 1
    assert wanted(500, page_size=0, parallel=1) == 1


def test_the_ends_stay_open_and_neighbours_share_their_edge():
    assert cut_window((None, None), SPAN, 4, granule_s=1, disjoint=False) == [
        (None, "2020-12-31T05:59:59Z"),
        ("2020-12-31T05:59:59Z", "2021-12-31T11:59:59Z"),
        ("2021-12-31T11:59:59Z", "2022-12-31T17:59:59Z"),
        ("2022-12-31T17:59:59Z", None),
    ]


def test_days_are_cut_at_midnight():
    window = ("2024-01-01T00:00:00Z", "2024-01-03T23:59:59Z")
    assert cut_window(window, SPAN, 9, granule_s=DAY_S, disjoint=True) == [
        ("2024-01-01T00:00:00Z", "2024-01-01T23:59:59Z"),
        ("2024-01-02T00:00:00Z", "2024-01-02T23:59:59Z"),
        ("2024-01-03T00:00:00Z", "2024-01-03T23:59:59Z"),
    ]
    assert cut_window(window, SPAN, 9, granule_s=DAY_S, disjoint=False) == [
        ("2024-01-01T00:00:00Z", "2024-01-02T23:59:59Z"),
        ("2024-01-02T00:00:00Z", "2024-01-03T23:59:59Z"),
    ]


@given(st.integers(0, 40 * 365 * DAY_S), st.integers(0, 10**7), st.integers(1, 64), st.booleans(), st.data())
def test_no_moment_of_a_window_is_lost_by_cutting_and_each_part_is_smaller(begin, seconds, count, disjoint, data):
    granule = data.draw(st.sampled_from([1, DAY_S]))
    first = dt.datetime(1990, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=begin)
    if granule == DAY_S:
        first, seconds = first.replace(hour=0, minute=0, second=0), seconds // DAY_S * DAY_S + DAY_S - 1
    window = tuple(f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (first, first + dt.timedelta(seconds=seconds)))
    parts = cut_window(window, SPAN, count, granule_s=granule, disjoint=disjoint)
    assert (parts[0][0], parts[-1][1]) == window
    assert 1 <= len(parts) <= count
    spans = [(parse_datestamp(since), parse_datestamp(until)) for since, until in parts]
    at = first + dt.timedelta(seconds=data.draw(st.integers(0, seconds)))
    held = [part for part in spans if part[0] <= at <= part[1]]
    assert len(held) == 1 if disjoint else len(held) in {1, 2}
    if len(parts) > 1:
        assert all(until - since < dt.timedelta(seconds=seconds) for since, until in spans)


def test_datestamps_outside_by_more_than_a_day_are_noticed():
    bounds = ("2024-01-10T00:00:00Z", "2024-01-20T23:59:59Z")
    assert not lies_outside(["2024-01-09", "2024-01-21T12:00:00Z", "2024-01-15T00:00:00", "no date", ""], bounds)
    assert lies_outside(["2024-01-08"], bounds)
    assert lies_outside(["2024-01-15", "2024-02-01T00:00:00Z"], bounds)
    assert not lies_outside(["1990-01-01"], (None, "2024-01-01T00:00:00Z"))
