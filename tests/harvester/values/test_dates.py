import msgspec
import pytest
from edtf import parse_edtf

from harvester.item import Date
from harvester.values.dates import date_bounds, parse_date
from tests.harvester.values.recorded import recorded

UNDERSTOOD = [
    ("2007", "2007", 2007, "year"),
    ("2015-04", "2015-04", 2015, "month"),
    ("2005-08-01", "2005-08-01", 2005, "day"),
    ("2015-4-5", "2015-04-05", 2015, "day"),
    ("2015/04/05", "2015-04-05", 2015, "day"),
    ("2008-08-25T19:00:49Z", "2008-08-25", 2008, "day"),
    ("2011-03-26 19:16:19", "2011-03-26", 2011, "day"),
    ("2015-01-12T13:39:50.123+02:00", "2015-01-12", 2015, "day"),
    ("20150405", "2015-04-05", 2015, "day"),
    ("2015-00-00", "2015", 2015, "year"),
    ("2015-04-00", "2015-04", 2015, "month"),
    ("2016-02-29", "2016-02-29", 2016, "day"),
    ("1940-1949", "1940/1949", 1940, "interval"),
    ("1940–1949", "1940/1949", 1940, "interval"),
    ("2010/2014", "2010/2014", 2010, "interval"),
    ("1993/1993", "1993", 1993, "year"),
    ("2025-07-13/2025-07-16", "2025-07-13/2025-07-16", 2025, "interval"),
    ("2014-03-01T00:00:00/2014-03-31T23:59:59", "2014-03-01/2014-03-31", 2014, "interval"),
    ("1998-99", "1998/1999", 1998, "interval"),
    ("1920-21", "1920/1921", 1920, "interval"),
    ("2001-02", "2001-02", 2001, "month"),
    ("2010-", "2010/..", 2010, "interval"),
    ("../2010", "../2010", None, "interval"),
    ("1945?", "1945?", 1945, "year"),
    ("1945?-1950?", "1945?/1950?", 1945, "interval"),
    ("[1998?]", "1998?", 1998, "year"),
    ("[1998]", "1998", 1998, "year"),
    ("(1876)", "1876", 1876, "year"),
    ("(1870-1871)", "1870/1871", 1870, "interval"),
    ("c1998", "1998", 1998, "year"),
    ("©1998", "1998", 1998, "year"),
    ("c. 1950", "1950~", 1950, "year"),
    ("ca. 1950", "1950~", 1950, "year"),
    ("circa 1950", "1950~", 1950, "year"),
    ("1960's", "196X", 1960, "interval"),
    ("198-", "198X", 1980, "interval"),
    ("19--", "19XX", 1900, "interval"),
    ("19th century", "18XX", 1800, "interval"),
    ("May 2015", "2015-05", 2015, "month"),
    ("2015 May", "2015-05", 2015, "month"),
    ("12 May 2015", "2015-05-12", 2015, "day"),
    ("Thu, 14 Jan 2021 10:20:30 GMT", "2021-01-14", 2021, "day"),
    ("May 12th, 2015", "2015-05-12", 2015, "day"),
    ("Tue, 12 May 2015", "2015-05-12", 2015, "day"),
    ("12. März 2015", "2015-03-12", 2015, "day"),
    ("12 de maio de 2015", "2015-05-12", 2015, "day"),
    ("2015年5月12日", "2015-05-12", 2015, "day"),
    ("May-June 2010", "2010-05/2010-06", 2010, "interval"),
    ("２０１５-０５", "2015-05", 2015, "month"),
    ("Fall 1999", "1999-23", 1999, "interval"),
    ("12-20-2007", "2007-12-20", 2007, "day"),
    ("20/12/2007", "2007-12-20", 2007, "day"),
    ("05.05.2015", "2015-05-05", 2015, "day"),
    ("10/12/2007", "2007", 2007, "year"),
    ("04/2015", "2015-04", 2015, "month"),
    ("-0044", "-0044", -44, "year"),
]


@pytest.mark.parametrize(("text", "edtf", "year", "precision"), UNDERSTOOD)
def test_a_date_has_no_more_precision_than_its_text(text, edtf, year, precision):
    assert parse_date(text) == Date(edtf, year, precision, "issued", text)


@pytest.mark.parametrize(
    "text",
    [
        "", "undated", "n.d.", "Err", "uuuu", "December", "May", "9999", "10000-01-01", "9999-01-01", "0000",
        "2015-02-30", "2015-02-29", "2015-13", "2015-00-05", "31 April 2015", "1970-01-01 00:00:00", "2014/2010",
        "NO_RESTRICTION", "2001-24", "201504", "13/13/2015", "12 apples 2015", "2015 2016 May", "1998 or 1999",
    ],
)  # fmt: skip
def test_what_is_no_date_keeps_its_literal_only(text):
    assert parse_date(text, "created") == Date(kind="created", literal=text)


def test_an_embargo_uri_gives_the_end_of_the_embargo():
    text = "info:eu-repo/date/embargoEnd/2018-05-27"
    assert parse_date(text) == Date("2018-05-27", 2018, "day", "embargo_end", text)


@pytest.mark.parametrize(
    ("edtf", "bounds"),
    [
        ("2007", (20070101, 20071231)),
        ("2015-02", (20150201, 20150228)),
        ("2016-02", (20160201, 20160229)),
        ("1900-02", (19000201, 19000228)),
        ("2005-08-01", (20050801, 20050801)),
        ("1945?", (19450101, 19451231)),
        ("196X", (19600101, 19691231)),
        ("19XX", (19000101, 19991231)),
        ("2010/2014-03", (20100101, 20140331)),
        ("2010/..", (20100101, 99991231)),
        ("../2010", (0, 20101231)),
        ("1999-23", (19990101, 19991231)),
        ("-0044", (-439899, -438769)),
        ("Y17000", (170000101, 170001231)),
        ("2014/2010", None),
        ("2015-13", None),
        ("2015-02-30", None),
        ("soon", None),
        ("", None),
    ],
)
def test_bounds_are_the_first_and_last_day(edtf, bounds):
    assert date_bounds(edtf) == bounds


def test_every_recorded_date_is_valid_edtf_or_a_literal():
    values = recorded("date")
    understood = {text: edtf for text in values if (edtf := parse_date(text).edtf)}
    assert sorted(set(values) - set(understood)) == ["9999-01-01", "August", "December", "May", "undated"]
    for edtf in {edtf for edtf in understood.values() if len(edtf) != 10}:
        assert parse_edtf(edtf)
        assert date_bounds(edtf)
    for day in list({edtf for edtf in understood.values() if len(edtf) == 10})[:40]:  # edtf reads 140 a second
        assert str(parse_edtf(day)) == day


def test_a_kind_is_written_alike_whoever_names_it():
    """JSON leaves defaults out by their identity, and a mapping's text is another object than the code's."""
    made = "".join(["iss", "ued"])
    assert made is not Date().kind
    for text, kind in (("2014-07", made), ("2014-08", "issued")):
        parse_date.cache_clear()
        assert b"kind" not in msgspec.json.encode(parse_date(text, kind))
