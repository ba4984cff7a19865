"""Finding the OAI-PMH interface of a host from another of its addresses."""

import pytest

from harvester.endpoint import Endpoint
from harvester.probe import look_around
from harvester.probe.places import base_of, usual_places
from tests.faults import html_page, retry_later
from tests.repository import Repository, made_entries

HOST = "https://repository.example"


def around(http, url):
    return look_around(http, Endpoint(key="one", base_url=url), wait_turn=lambda: 0.0)


@pytest.mark.parametrize(
    "place",
    ["/oai", "/oai/request", "/server/oai/request", "/cgi/oai2", "/oai2", "/index.php/index/oai", "/?page=oai"],
)
def test_repository_is_found_at_the_usual_places_of_its_host(http, place):
    with Repository(made_entries(2), place=place) as repository:
        found = around(http, repository.url.removesuffix(place) + "/")
        assert found == repository.url


@pytest.mark.parametrize(("page", "place"), [("/journal/index", "/journal/index/oai"), ("/shop", "/shop?page=oai")])
def test_repository_is_found_below_the_page_that_was_given(http, page, place):
    with Repository(made_entries(2), place=place) as repository:
        assert around(http, repository.url.removesuffix(place) + page) == repository.url


def test_nothing_is_found_where_there_is_nothing(http):
    with Repository(made_entries(2), place="/somewhere/else") as repository:
        assert around(http, repository.url.removesuffix("/somewhere/else")) is None
        assert repository.visits == 8


def test_host_that_asks_to_wait_is_not_asked_on(http):
    with Repository(made_entries(2)) as repository:
        repository.misbehave(retry_later("900"), verb="Identify", times=None)
        assert around(http, repository.url + "/page") is None
        assert len(repository.requests) == 1


def test_page_of_html_is_no_repository(http):
    with Repository(made_entries(2)) as repository:
        repository.misbehave(html_page(), verb="Identify", times=7)
        found = around(http, repository.url.removesuffix("/oai"))
        assert found == repository.url.removesuffix("/oai") + "/oai2d"


@pytest.mark.parametrize("url", [HOST, f"{HOST}/", f"{HOST}/a/b/", f"{HOST}/oai", f"{HOST}:8080/index.html?x=1"])
def test_at_most_eight_places_of_the_same_host_are_tried(url):
    places = usual_places(url)
    assert len(places) == len(set(places)) == 8
    assert all(place.startswith(url.partition("/")[0] + "//" + url.split("/")[2]) for place in places)
    assert url not in places


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        (f"{HOST}/oai", f"{HOST}/oai"),
        (f" {HOST}/oai?verb=Identify#top ", f"{HOST}/oai"),
        (f"{HOST}/oai?verb=ListRecords&metadataPrefix=oai_dc&set=a%3Ab", f"{HOST}/oai"),
        (f"{HOST}/index.php?page=oai", f"{HOST}/index.php?page=oai"),
        (f"{HOST}/index.php?page=oai&verb=Identify", f"{HOST}/index.php?page=oai"),
        (f"{HOST}/oai?set=own", f"{HOST}/oai?set=own"),
    ],
)
def test_base_url_is_what_remains_without_the_request(typed, base):
    assert base_of(typed) == base
