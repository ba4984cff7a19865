"""Rules of schedules as moments. Expected: the words of the rules; where clocks change, those of Debian's cron(8)."""

import datetime as dt
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from harvester.timing import (
    BadScheduleError,
    check_zone,
    cron_of,
    iter_times,
    jitter_of,
    longest_gap,
    parse_span,
    told_span,
)


def times(rule, zone, after, count):
    start = dt.datetime.fromisoformat(after).replace(tzinfo=ZoneInfo(zone)).timestamp()
    return [
        dt.datetime.fromtimestamp(moment, dt.UTC).strftime("%m-%d %H:%M")
        for moment in islice(iter_times(rule, zone, start), count)
    ]


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("hourly", "0 * * * *"),
        ("hourly :15", "15 * * * *"),
        ("daily", "0 0 * * *"),
        ("Daily  03:05", "5 3 * * *"),
        ("daily 3:05", "5 3 * * *"),
        ("weekly", "0 0 * * 1"),
        ("weekly sun", "0 0 * * 0"),
        ("weekly mon 03:00", "0 3 * * 1"),
        ("weekly 23:59", "59 23 * * 1"),
        ("*/20 6-8 * * mon-fri", "*/20 6-8 * * mon-fri"),
    ],
)
def test_words_are_the_fields_of_cron(rule, fields):
    assert cron_of(rule) == fields


@pytest.mark.parametrize(
    "rule",
    ["", "often", "daily 24:00", "daily 3", "weekly xyz 03:00", "hourly 15", "* * * *", "* * * * * *", "61 * * * *"],
)
def test_what_cannot_be_meant_is_refused(rule):
    with pytest.raises(BadScheduleError):
        cron_of(rule)


@pytest.mark.parametrize("zone", ["", "Nowhere/Land", "../etc/passwd", "Europe"])
def test_unknown_zone_is_refused(zone):
    with pytest.raises(BadScheduleError, match="time zone database"):
        check_zone(zone)


def test_a_rule_is_told_in_the_time_of_its_zone():
    assert times("daily 03:00", "UTC", "2026-01-10T12:00", 2) == ["01-11 03:00", "01-12 03:00"]
    assert times("daily 03:00", "Asia/Kolkata", "2026-01-10T12:00", 1) == ["01-10 21:30"]
    assert times("weekly mon 03:00", "America/New_York", "2026-01-10T12:00", 2) == ["01-12 08:00", "01-19 08:00"]


def test_a_rule_keeps_its_local_time_over_the_summer():
    assert times("daily 05:00", "Europe/Berlin", "2026-03-27T12:00", 3) == ["03-28 04:00", "03-29 03:00", "03-30 03:00"]


def test_a_time_that_does_not_exist_is_the_end_of_the_gap_and_only_that_day():
    assert times("daily 02:30", "Europe/Berlin", "2026-03-28T00:00", 3) == ["03-28 01:30", "03-29 01:00", "03-30 00:30"]


def test_a_time_that_comes_twice_brings_one_run():
    found = times("daily 02:30", "Europe/Berlin", "2026-10-24T00:00", 3)
    assert found == ["10-24 00:30", "10-25 00:30", "10-26 01:30"]


@pytest.mark.parametrize("fold", [0, 1])
def test_evaluated_anew_from_either_of_the_two_times_the_next_is_that_of_the_next_day(fold):
    due = dt.datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
    (following,) = islice(iter_times("daily 02:30", "Europe/Berlin", due), 1)
    assert dt.datetime.fromtimestamp(following, dt.UTC) == dt.datetime(2026, 10, 26, 1, 30, tzinfo=dt.UTC)


def test_an_hourly_rule_goes_on_by_the_hour_while_clocks_change():
    assert times("hourly", "Europe/Berlin", "2026-10-25T01:30", 4) == [
        f"10-25 {hour}:00" for hour in ("00", "01", "02", "03")
    ]
    assert times("hourly", "Europe/Berlin", "2026-03-29T00:30", 3) == [
        f"03-29 {hour}:00" for hour in ("00", "01", "02")
    ]


def test_the_days_of_new_york_change_too():
    assert times("30 2 * * *", "America/New_York", "2026-03-07T03:00", 2) == ["03-08 07:00", "03-09 06:30"]
    assert times("30 1 * * *", "America/New_York", "2026-10-31T12:00", 2) == ["11-01 05:30", "11-02 06:30"]


def test_jitter_is_stable_within_its_window_and_spreads_endpoints():
    found = [jitter_of(f"endpoint-{number}", 1800) for number in range(500)]
    assert found == [jitter_of(f"endpoint-{number}", 1800) for number in range(500)]
    assert all(0 <= seconds < 1800 for seconds in found)
    by_minute = [sum(1 for seconds in found if seconds // 60 == minute) for minute in range(30)]
    assert max(by_minute) < 40  # 17 on the average
    assert jitter_of("endpoint", 0) == 0


@pytest.mark.parametrize(
    ("rule", "longest"),
    [
        ("* * * * *", dt.timedelta(minutes=1)),
        ("hourly", dt.timedelta(hours=1)),
        ("*/5 8-18 * * *", dt.timedelta(hours=13, minutes=5)),  # a night
        ("0 3 * * 1-5", dt.timedelta(days=3)),  # a week-end
        ("* 8-18 * * mon-fri", dt.timedelta(days=2, hours=13, minutes=1)),
        ("weekly", dt.timedelta(days=7)),
        ("0 0 1 * *", dt.timedelta(days=31)),
    ],
)
@pytest.mark.parametrize("now", ["2026-01-05T08:30", "2026-01-09T18:30", "2026-01-11T23:59"])
def test_the_longest_gap_of_a_rule_is_that_of_its_nights_and_week_ends(rule, longest, now):
    start = dt.datetime.fromisoformat(f"{now}Z").timestamp()
    assert longest_gap(rule, "UTC", start) == longest.total_seconds()


def test_spans_of_time_are_read():
    spans = ("0s", "90s", "30m", "2h", "1d")
    assert [parse_span(text) for text in spans] == [0, 90, 1800, 7200, 86_400]
    assert [told_span(parse_span(text)) for text in spans] == list(spans)
    with pytest.raises(BadScheduleError):
        parse_span("30")
