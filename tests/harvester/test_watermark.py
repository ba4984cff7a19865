import datetime as dt
import logging

import pytest

from harvester.endpoint import Endpoint
from harvester.watermark import reach_back, read_datestamp, since_last, watermark_of

STARTED = dt.datetime(2026, 5, 10, 12, tzinfo=dt.UTC).timestamp()
SECONDS, DAYS = "YYYY-MM-DDThh:mm:ssZ", "YYYY-MM-DD"
NOW = "2026-05-11T00:00:00Z"


def made(**fields):
    return Endpoint(key="here", base_url="https://repository.example/oai", **fields)


@pytest.mark.parametrize(
    ("fields", "since"),
    [
        ({}, "2026-05-10T10:59:59Z"),
        ({"granularity": SECONDS}, "2026-05-10T10:59:59Z"),
        ({"granularity": DAYS}, "2026-05-09T11:59:59Z"),
        ({"granularity": " yyyy-mm-dd "}, "2026-05-09T11:59:59Z"),
        ({"granularity": DAYS, "overlap_s": 0.0}, "2026-05-10T11:59:59Z"),
        ({"overlap_s": 90.5}, "2026-05-10T11:58:28Z"),
        ({"overlap_s": -5.0}, "2026-05-10T11:59:59Z"),
        ({"overlap_s": 864_000.0}, "2026-04-30T11:59:59Z"),
    ],
)
def test_a_run_reaches_back_by_the_overlap(fields, since):
    assert reach_back("2026-05-10T11:59:59Z", made(**fields)) == since


def test_the_first_moment_of_all_has_nothing_before_it():
    assert reach_back("0001-01-01T00:00:00Z", made()) == "0001-01-01T00:00:00Z"


def test_the_set_that_was_harvested_longest_ago_decides():
    marks = {"a": "2026-05-10T12:00:00Z", "b": "2026-05-01T12:00:00Z", "c": "2020-01-01T00:00:00Z"}
    assert since_last(marks, made(sets=("a", "b")), NOW) == "2026-05-01T11:00:00Z"


def test_a_set_without_watermark_means_everything():
    assert since_last({"a": "2026-05-10T12:00:00Z"}, made(sets=("a", "b")), NOW) is None
    assert since_last({"a": "2026-05-10T12:00:00Z"}, made(), NOW) is None
    assert since_last({}, made(), NOW) is None
    assert since_last({"": "2026-05-10T12:00:00Z"}, made(), NOW) == "2026-05-10T11:00:00Z"


def test_a_server_whose_clock_was_put_back_is_harvested_as_a_whole(caplog):
    marks = {"": "2026-05-10T12:00:00Z"}
    with caplog.at_level(logging.WARNING, "harvester.watermark"):
        assert since_last(marks, made(), "2026-05-10T10:59:59Z") is None
    assert [entry.message for entry in caplog.records] == ["the server's clock was put back, all is harvested"]
    assert since_last(marks, made(), "2026-05-10T11:00:00Z") == "2026-05-10T11:00:00Z"
    assert since_last(marks, made(), "now") == "2026-05-10T11:00:00Z"


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("2026-05-10T11:00:00Z", "2026-05-10T11:00:00Z"),
        ("  2026-05-10T11:00:00Z\n", "2026-05-10T11:00:00Z"),
        ("2026-05-10T11:00:00.123Z", "2026-05-10T11:00:00Z"),
        ("2026-05-10T11:00:00+02:00", "2026-05-10T09:00:00Z"),
        ("2026-05-10T11:00:00", "2026-05-10T11:00:00Z"),
        ("2026-05-10 11:00:00", "2026-05-10T11:00:00Z"),
        ("2026-05-10", "2026-05-10T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-13-10T11:00:00Z", None),
        ("10/05/2026", None),
        ("", None),
    ],
)
def test_datestamps_of_servers_are_read_as_they_come(said, read):
    assert read_datestamp(said) == read


@pytest.mark.parametrize("said", ["2026-05-10T11:00:00Z", "2026-05-11T12:00:00Z", "1970-01-01T00:00:00Z"])
def test_the_servers_clock_counts_even_where_ours_differs(said):
    assert watermark_of(said, STARTED) == (said, None)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("10.5.2026", "cannot be read"),
        ("", "cannot be read"),
        (None, "cannot be read"),
        ("2026-05-11T12:00:01Z", "lies in the future"),
        ("9999-12-31T23:59:59Z", "lies in the future"),
    ],
)
def test_our_clock_less_a_day_stands_for_a_date_that_cannot_be_used(said, fault):
    watermark, note = watermark_of(said, STARTED)
    assert watermark == "2026-05-09T12:00:00Z"
    assert note == f"the repository's responseDate {said or ''!r} {fault}: 2026-05-09T12:00:00Z stands for it"
