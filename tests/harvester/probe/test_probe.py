"""What a probe finds besides from and until: what the repository says, formats, lists, tokens, sets; and its bounds."""

import datetime as dt

import pytest
from msgspec.structs import replace

from harvester.endpoint import Endpoint
from harvester.http import RetryLaterError
from harvester.oai import RefusedError
from harvester.parsing.record import NotOaiError
from harvester.probe import FormatFound, SetFound, probe_repository
from harvester.probe.asking import LeftAloneError
from harvester.probe.heads import Head, order_of
from harvester.probe.tokens import shape_of
from tests.faults import (
    Answer,
    altered,
    connection_reset,
    cut_page,
    gzipped,
    html_page,
    later,
    oai_error,
    retry_later,
    server_error,
    slow,
)
from tests.manners import Manners
from tests.repository import Repository, datacite, made_entries
from workers.demo.provider import OAI_DATACITE, OAI_DC, Format


def in_both_formats(count, resource=None):
    """Entries that come in oai_dc and oai_datacite, which says as much or is this resource."""
    resource = resource or datacite("T")
    return [replace(entry, metadata=entry.metadata | {"oai_datacite": resource}) for entry in made_entries(count)]


def test_repository_is_quoted(probed):
    found = probed(Manners(compression="gzip", granularity="YYYY-MM-DD"))
    said = found.identify
    assert (said.name, said.base_url, said.protocol_version) == ("Repository for tests", found.base_url, "2.0")
    assert (said.granularity, said.compression) == ("YYYY-MM-DD", ("gzip",))
    assert (said.earliest, said.deleted_record) == ("2024-01-01T00:01:00Z", "persistent")
    assert said.admin_emails == ("admin@hub.example.org",)
    assert found.moved_to == ""


@pytest.mark.parametrize(("status", "told"), [(301, True), (308, True), (302, False)])
def test_permanent_redirect_is_told(probed, repository, status, told):
    with Repository() as old:
        where = f"{repository.url}?verb=Identify"
        old.misbehave(lambda _: Answer(b"", status, {"Location": where}), verb="Identify")
        found = probed(repository=old)
    assert found.moved_to == (repository.url if told else "")


def test_compression_that_comes_is_told_from_that_which_is_said(probed, repository):
    assert probed(Manners(compression="gzip")).gzip is False
    repository.misbehave(gzipped(), times=None)
    assert probed(repository=repository).gzip is True


def test_formats_are_listed(probed, repository):
    assert probed(repository=repository).formats == (
        FormatFound("oai_dc", OAI_DC.namespace),
        FormatFound("oai_datacite", OAI_DATACITE.namespace),
    )


@pytest.mark.parametrize(
    ("entries", "formats", "chosen"),
    [
        (in_both_formats(25), (OAI_DC, OAI_DATACITE), "oai_datacite"),
        (in_both_formats(7), (OAI_DC, OAI_DATACITE), "oai_datacite"),
        (made_entries(25, deleted_every=5), (OAI_DC, OAI_DATACITE), "oai_dc"),  # offered, and no record has it
        (in_both_formats(24) + made_entries(25)[24:], (OAI_DC, OAI_DATACITE), "oai_dc"),  # one record has it not
        (
            in_both_formats(25, datacite("T").replace("creator", "editor")),
            (OAI_DC, OAI_DATACITE),
            "oai_dc",
        ),  # says less
        (in_both_formats(25), (OAI_DC,), "oai_dc"),
        (made_entries(5), (Format("mods", "", ""), OAI_DC), "oai_dc"),
        (made_entries(5), (Format("mods", "", ""), Format("marc", "", "")), "mods"),
    ],
)
def test_richest_format_that_all_records_come_in_and_say_as_much_in_is_chosen(probed, entries, formats, chosen):
    with Repository(entries, page_size=10, formats=formats) as repository:
        assert probed(repository=repository, choose_format=True).metadata_prefix == chosen


@pytest.mark.parametrize(
    "entries",
    [
        [*made_entries(10, deleted_every=1), *made_entries(25)[10:]],  # the first page is the same, and tells nothing
        [*made_entries(1), *in_both_formats(25)[1:]],
    ],
)
def test_format_is_not_chosen_by_a_size_that_is_not_said(probed, entries):
    with Repository(entries, page_size=10, manners=Manners(sizes="none")) as repository:
        assert probed(repository=repository, choose_format=True).metadata_prefix == "oai_dc"


def test_format_that_was_asked_for_is_looked_at(probed):
    with Repository(in_both_formats(25), page_size=10) as repository:
        assert probed(repository=repository).metadata_prefix == "oai_dc"
        found = probed(repository=repository, prefix="marc")
    assert found.metadata_prefix == "marc"
    assert found.listing.several_pages is None
    assert "cannotDisseminateFormat" in found.listing.why["several_pages"]
    assert [line for line in found.troubles if "cannotDisseminateFormat" in line]


def test_list_is_described(probed):
    found = probed(Manners()).listing
    assert (found.several_pages, found.page_size, found.size) == (True, 10, 60)
    assert (found.size_given, found.size_stable, found.cursor_given) == (True, True, True)
    assert (found.order, found.deleted_seen, found.datestamps) == ("ascending", True, "seconds")
    assert (found.first, found.earliest) == ("2024-01-01T00:01:00Z", "2024-01-01T00:01:00Z")
    assert (found.verb, found.why) == ("ListRecords", {})


@pytest.mark.parametrize(
    ("manners", "names", "expected"),
    [
        (Manners(sizes="none"), ("size_given", "size_stable", "size"), (False, None, None)),
        (Manners(sizes="unstable"), ("size_given", "size_stable", "size"), (True, False, 60)),
        (Manners(cursors=False), ("cursor_given",), (False,)),
        (Manners(shows_days=True), ("datestamps", "order"), ("days", None)),
    ],
)
def test_list_that_says_less_or_otherwise_is_seen(probed, manners, names, expected):
    found = probed(manners).listing
    assert tuple(getattr(found, name) for name in names) == expected
    assert {name for name in names if getattr(found, name) is None} - {"size"} <= set(found.why)


def test_list_of_one_page_leaves_its_habits_unknown(probed):
    found = probed(entries=made_entries(10))
    assert (found.listing.several_pages, found.listing.size) == (False, 10)
    assert (found.listing.page_size, found.listing.size_given, found.token.shape) == (None, None, None)
    assert set(found.token.why.values()) == {"the list has one page"}


@pytest.mark.parametrize(
    ("page", "year", "expected"),
    [
        (1, b"2025", ("none", "2024-01-01T00:11:00Z")),
        (2, b"2023", ("none", "2023-01-01T00:11:00Z")),
        (3, b"2025", ("ascending", "2024-01-01T00:01:00Z")),
    ],
)
def test_order_of_datestamps_is_seen_over_pages(probed, repository, page, year, expected):
    repository.misbehave(altered(b"<datestamp>2024", b"<datestamp>" + year), page=page, times=None)
    found = probed(repository=repository).listing
    assert (found.order, found.earliest) == expected


@pytest.mark.parametrize(
    ("days", "order"),
    [((1, 2, 2, 3), "ascending"), ((3, 2, 2, 1), "descending"), ((1, 3, 2), "none"), ((1, 1), None), ((), None)],
)
def test_order_is_that_of_all_datestamps(days, order):
    heads = [Head("x", "", dt.datetime(2024, 1, day, tzinfo=dt.UTC), (), deleted=False) for day in days]
    assert order_of(heads) == order


def test_other_datestamps_and_missing_deleted_records_are_seen(probed):
    with Repository(made_entries(30), page_size=10) as repository:
        repository.misbehave(altered(b"00Z</datestamp>", b"00.5Z</datestamp>"), times=None)
        found = probed(repository=repository).listing
    assert (found.datestamps, found.deleted_seen) == ("other", False)


def test_seconds_a_page_are_the_median(probed, repository):
    repository.misbehave(slow(0.2), page=1, times=1)
    repository.misbehave(slow(0.1), page=2, times=1)
    assert 0.1 <= probed(repository=repository).listing.page_s < 0.2


def test_list_of_records_that_fails_is_looked_at_by_its_headers(probed, repository):
    repository.misbehave(server_error(), times=None)
    found = probed(repository=repository)
    assert (found.listing.verb, found.listing.page_size) == ("ListIdentifiers", 10)
    assert (found.selection.from_honoured, found.token.shape) == (True, "base64")
    assert len(found.troubles) == 1
    assert found.troubles[0].startswith("ListRecords oai_dc: ")


@pytest.mark.parametrize(
    ("kind", "shape"), [("base64", "base64"), ("number", "number"), ("readable", "readable"), ("opaque", "opaque")]
)
def test_shape_of_tokens_is_seen(probed, kind, shape):
    found = probed(Manners(tokens=kind)).token
    assert (found.shape, found.stateless, found.reusable, found.alone) == (shape, True, True, True)
    assert found.length == {"number": 4, "readable": 10, "opaque": 21, "base64": 84}[kind]
    assert found.why == {"expires_s": "the repository does not say"}


@pytest.mark.parametrize(
    ("token", "shape"),
    [
        ("1234", "number"),
        ("0f8fad5b-d9cb-469f-a165-70867728950e", "uuid"),
        ("5f2d8c0e9b1a4d37", "hex"),
        ("oai_dc///100", "readable"),
        ("from=2024&offset=100", "readable"),
        ("b2Zmc2V0OjEwMCxzZXQ6YQ", "base64"),
        ("MToyMDI0LTAxLTAxOjEwMA==", "base64"),
        ("q7RtPzKx9wVb", "opaque"),
        ("9x_!", "opaque"),
    ],
)
def test_token_is_sorted_by_what_it_looks_like(token, shape):
    assert shape_of(token, "oai_dc") == shape


@pytest.mark.parametrize(
    ("manners", "names", "expected"),
    [
        (Manners(tokens_vary=True), ("stateless", "reusable"), (False, True)),
        (Manners(tokens_once=True), ("stateless", "reusable"), (True, False)),
        (Manners(repeats=True), ("alone", "reusable"), (False, True)),
    ],
)
def test_habits_of_tokens_are_seen(probed, manners, names, expected):
    found = probed(manners).token
    assert tuple(getattr(found, name) for name in names) == expected


def test_token_that_gives_another_page_the_second_time_cannot_be_used_twice(probed, repository):
    repository.misbehave(later(altered(b"oai:test:11<", b"oai:test:21<"), good=1), page=2, times=None)
    assert probed(repository=repository).token.reusable is False


def test_life_of_tokens_is_what_is_said(probed):
    assert probed(Manners(expires_s=3_600)).token.expires_s == pytest.approx(3_600, abs=2)


def test_second_page_that_fails_is_told(probed, repository):
    repository.misbehave(html_page(), page=2, times=None)
    found = probed(repository=repository)
    assert (found.token.alone, found.token.reusable, found.listing.size_stable) == (None, None, None)
    assert all("HTML" in reason for reason in (found.token.why["alone"], found.listing.why["size_stable"]))
    assert found.listing.several_pages is True
    assert found.troubles[0].startswith("ListRecords page 2: ")


def test_sets_are_listed_with_sizes_and_kept_to(probed):
    found = probed(Manners()).sets
    assert (found.exist, found.listed, found.whole) == (True, 3, True)
    assert found.sets == (SetFound("set1", "set1", 20), SetFound("set2", "set2", 20), SetFound("set0", "set0", 20))
    assert (found.honoured, found.kept_by_token, found.why) == (True, True, {})


def test_repository_without_sets_is_no_trouble(probed):
    with Repository(made_entries(60), page_size=10, sets={}) as repository:
        found = probed(repository=repository)
    assert (found.sets.exist, found.sets.honoured, found.troubles) == (False, None, ())


@pytest.mark.parametrize(
    ("manners", "honoured", "kept"),
    [
        (Manners(ignores=("set",)), False, None),
        (Manners(forgets_set=True), True, False),
        (Manners(sizes="none"), True, True),
    ],
)
def test_set_that_is_ignored_or_lost_is_seen(probed, manners, honoured, kept):
    found = probed(manners).sets
    assert (found.honoured, found.kept_by_token) == (honoured, kept)
    if not honoured:
        assert found.why["honoured"] == "the list of set1 is the whole list"


def test_size_of_a_set_that_says_none_is_unknown(probed):
    assert {one.size for one in probed(Manners(sizes="none")).sets.sets} == {None}


def test_set_that_records_do_not_name_is_known_by_its_size(probed, repository):
    repository.misbehave(altered(b"<setSpec>set1</setSpec>", b""), times=None, verb="ListIdentifiers")
    found = probed(repository=repository).sets
    assert (found.honoured, found.kept_by_token) == (True, None)
    assert found.why["kept_by_token"] == "records do not name the set"


def test_wanted_sets_are_the_ones_that_are_asked_for(probed, repository):
    found = probed(repository=repository, sets=("set2",))
    assert [one.size for one in found.sets.sets] == [None, 20, None]
    assert {request.parameters.get("set") for request in repository.requests} == {None, "set2"}
    assert found.listing.size == 20


def test_list_of_sets_without_end_is_left(probed, repository):
    page = b"<set><setSpec>a</setSpec></set><resumptionToken>more</resumptionToken></ListSets>"

    def endless(answer):
        return replace(first, body=first.body.replace(b"</ListSets>", page))

    first = Answer(b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListSets></ListSets></OAI-PMH>')
    repository.misbehave(endless, times=None, verb="ListSets")
    found = probed(repository=repository).sets
    assert (found.exist, found.whole, found.listed) == (True, False, 4)
    assert "more than 4 pages" in found.why["whole"]


def test_requests_are_bounded_and_what_was_not_asked_says_so(probed, repository):
    found = probed(repository=repository, max_requests=6)
    assert found.requests == len(repository.requests) == 6
    assert found.selection.until_honoured is None
    assert found.selection.why["until_honoured"] == "not asked: the probe ends after 6 requests"
    assert found.sets.why["exist"] == "not asked: the probe ends after 6 requests"
    assert found.troubles == ()


def test_time_is_bounded(probed, repository):
    found = probed(repository=repository, max_s=0.0)
    assert found.requests == 1
    assert found.listing.why["several_pages"] == "not asked: the probe ends after 0 s"


def test_worst_manners_stay_within_the_bound(probed):
    worst = Manners(
        takes=("days",), from_exclusive=True, until_exclusive=True, tokens_vary=True, repeats=True, forgets_set=True
    )
    with Repository(in_both_formats(60), page_size=10, manners=worst) as repository:
        found = probed(repository=repository, choose_format=True)
        assert found.requests == len(repository.requests) <= 25
    assert "not asked" not in repr(found)


def test_host_that_asks_for_a_long_wait_is_left_alone(probed, repository):
    repository.misbehave(retry_later("3600"), times=None)
    found = probed(repository=repository)
    assert (found.left_alone_s, found.requests) == (3600, 3)
    assert "asked to wait 3600 s" in found.sets.why["exist"]


def test_short_wait_is_waited_for_once(probed, repository):
    repository.misbehave(retry_later("1"), times=1)
    found = probed(repository=repository)
    assert (found.left_alone_s, found.listing.size, found.troubles) == (None, 60, ())
    assert found.seconds >= 1


def test_repository_that_fails_is_not_asked_on(probed, repository):
    for verb in ("ListMetadataFormats", "ListRecords", "ListIdentifiers", "ListSets"):
        repository.misbehave(server_error(), times=None, verb=verb)
    found = probed(repository=repository)
    assert found.requests == 4
    assert "failed 3 times in a row" in found.sets.why["exist"]
    assert len(found.troubles) == 3


def test_failures_with_answers_between_them_do_not_end_the_probe(probed, repository):
    failing = iter([False, True, False, False, True])  # the second page, and the window of until
    repository.misbehave(lambda good: Answer(b"broken", 500) if next(failing, False) else good, times=None)
    repository.misbehave(server_error(), verb="ListMetadataFormats", times=None)
    found = probed(repository=repository)
    assert (len(found.troubles), found.sets.exist) == (3, True)


def test_what_had_to_be_mended_is_counted(probed, repository):
    assert probed(repository=repository).mended == {}
    repository.misbehave(altered(b"Record 2<", b"Record \x03 2<"), page=1, times=1)
    assert probed(repository=repository).mended == {"control_characters": 1}


FAULTS = {
    "html": html_page(),
    "cut": cut_page(),
    "500": server_error(),
    "403": html_page(403),
    "reset": connection_reset(),
    "wait": retry_later("9999"),
    "error": oai_error("badArgument"),
    "token": oai_error("badResumptionToken"),
    "empty": altered(b"<record>", b"<!-- -->"),
    "none": lambda _: Answer(b""),
}


@pytest.mark.parametrize("verb", ["ListMetadataFormats", "ListRecords", "ListIdentifiers", "ListSets"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("times", [1, None])
def test_probe_never_loses_its_head(probed, repository, verb, fault, times):
    repository.misbehave(FAULTS[fault], times=times, verb=verb)
    found = probed(repository=repository, choose_format=True)
    assert found.identify.name == "Repository for tests"
    assert found.requests <= 25
    for group in (found.selection, found.listing, found.token, found.sets):
        for name in group.__struct_fields__:
            if getattr(group, name) is None and name not in {"size", "page_size", "page_s", "first", "earliest"}:
                assert name in group.why, (name, group)


@pytest.mark.parametrize(("fault", "error"), [(html_page(), NotOaiError), (html_page(404), RefusedError)])
def test_repository_that_does_not_answer_identify_is_an_error(probed, repository, fault, error):
    repository.misbehave(fault, verb="Identify", times=None)
    with pytest.raises(error):
        probed(repository=repository)
    assert len(repository.requests) == 1


def test_wait_at_identify_is_an_error(probed, repository):
    repository.misbehave(retry_later("60"), verb="Identify")
    with pytest.raises(RetryLaterError):
        probed(repository=repository)


def test_every_request_takes_its_turn(http, repository):
    turns = iter([0.0, 0.01] * 100)
    taken = []

    def turn():
        taken.append(next(turns))
        return taken[-1]

    endpoint = Endpoint(key="one", base_url=repository.url)
    found = probe_repository(http, endpoint, wait_turn=turn)
    assert taken.count(0.0) == found.requests == len(repository.requests)


def test_host_that_is_to_be_left_alone_is_not_asked_at_all(http, repository):
    with pytest.raises(LeftAloneError, match="left alone for 900 s"):
        probe_repository(http, Endpoint(key="one", base_url=repository.url), wait_turn=lambda: 900.0)
    assert repository.requests == []


def test_first_page_of_records_can_be_looked_at(probed, repository):
    seen = []
    probed(repository=repository, look=lambda page, prefix: seen.append((len(page.elements), prefix)))
    assert seen == [(10, "oai_dc")]
