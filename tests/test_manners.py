"""The manners of the loopback repository do what they say; asked with a plain client, for probes believe them."""

import re

import httpx
import pytest

from tests.manners import Manners
from tests.repository import Repository, made_entries

FIRST = {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc"}


def ask(repository, **parameters):
    return httpx.get(repository.url, params=parameters).text


def numbers(text):
    return [int(number) for number in re.findall(r"<identifier>oai:test:(\d+)<", text)]


def token(text):
    return re.search(r"<resumptionToken[^>]*>([^<]*)<", text)[1]


@pytest.mark.parametrize(
    ("manners", "chosen", "expected"),
    [
        (Manners(), {"from": "2024-01-01T00:03:00Z"}, [3, 4]),
        (Manners(ignores=("from",)), {"from": "2024-01-01T00:03:00Z"}, [1, 2, 3, 4]),
        (Manners(ignores=("until",)), {"until": "2024-01-01T00:02:00Z"}, [1, 2, 3, 4]),
        (Manners(ignores=("set",)), {"set": "set1"}, [1, 2, 3, 4]),
        (Manners(from_exclusive=True), {"from": "2024-01-01T00:03:00Z"}, [4]),
        (Manners(until_exclusive=True), {"until": "2024-01-01T00:02:00Z"}, [1]),
        (Manners(until_exclusive=True), {"until": "2024-01-01"}, []),
        (Manners(shift_s=60), {"from": "2024-01-01T00:04:00Z"}, [3, 4]),
        (Manners(shift_s=60), {"until": "2024-01-01T00:04:00Z"}, [1, 2, 3]),
        (Manners(takes=("days",)), {"from": "2024-01-01"}, [1, 2, 3, 4]),
    ],
)
def test_arguments_are_treated_as_said(manners, chosen, expected):
    with Repository(made_entries(4), manners=manners) as repository:
        assert numbers(ask(repository, **FIRST, **chosen)) == expected


@pytest.mark.parametrize(
    ("takes", "bound"), [(("days",), "2024-01-01T00:01:00Z"), (("seconds",), "2024-01-01"), ((), "2024-01-01")]
)
def test_form_that_is_not_taken_is_a_bad_argument(takes, bound):
    with Repository(made_entries(4), manners=Manners(takes=takes)) as repository:
        assert 'code="badArgument"' in ask(repository, **FIRST, **{"from": bound})


@pytest.mark.parametrize("kind", ["base64", "number", "opaque", "readable"])
def test_tokens_of_every_kind_lead_through_the_list(kind):
    with Repository(made_entries(5), page_size=2, manners=Manners(tokens=kind)) as repository:
        page = ask(repository, **FIRST)
        seen = numbers(page)
        while following := token(page):
            page = ask(repository, verb="ListIdentifiers", resumptionToken=following)
            seen += numbers(page)
        assert seen == [1, 2, 3, 4, 5]
        assert repository.pages_served == [1, 2, 3]
        assert token(ask(repository, **FIRST)) == token(ask(repository, **FIRST))


def test_token_that_varies_serves_once_or_needs_company():
    with Repository(made_entries(5), page_size=2, manners=Manners(tokens_vary=True)) as repository:
        assert token(ask(repository, **FIRST)) != token(ask(repository, **FIRST))
    with Repository(made_entries(5), page_size=2, manners=Manners(tokens_once=True)) as repository:
        second = {"verb": "ListIdentifiers", "resumptionToken": token(ask(repository, **FIRST))}
        assert numbers(ask(repository, **second)) == [3, 4]
        assert 'code="badResumptionToken"' in ask(repository, **second)
    with Repository(made_entries(5), page_size=2, manners=Manners(repeats=True)) as repository:
        second = {"verb": "ListIdentifiers", "resumptionToken": token(ask(repository, **FIRST))}
        assert 'code="badArgument"' in ask(repository, **second)
        assert numbers(ask(repository, **second, metadataPrefix="oai_dc")) == [3, 4]


def test_token_that_forgets_its_set_goes_on_with_all_records():
    with Repository(made_entries(9), page_size=2, manners=Manners(forgets_set=True)) as repository:
        page = ask(repository, **FIRST, set="set1")
        assert numbers(page) == [1, 4]
        assert numbers(ask(repository, verb="ListIdentifiers", resumptionToken=token(page))) == [5, 6]


def test_sizes_cursors_days_and_lives_are_as_said():
    with Repository(made_entries(5), page_size=2, manners=Manners(sizes="unstable", expires_s=60)) as repository:
        page = ask(repository, **FIRST)
        assert 'completeListSize="5" cursor="0" expirationDate="20' in page
        page = ask(repository, verb="ListIdentifiers", resumptionToken=token(page))
        assert 'completeListSize="3" cursor="2"' in page
    bare = Manners(sizes="none", cursors=False, shows_days=True)
    with Repository(made_entries(5), page_size=2, manners=bare) as repository:
        page = ask(repository, **FIRST)
        assert "<resumptionToken>" in page
        assert "<datestamp>2024-01-01</datestamp>" in page


def test_identify_says_what_it_is_told_to():
    said = Manners(granularity="YYYY-MM-DD", earliest="long ago", compression="gzip")
    with Repository(made_entries(5), manners=said) as repository:
        page = ask(repository, verb="Identify")
    assert "<granularity>YYYY-MM-DD</granularity><compression>gzip</compression>" in page
    assert "<earliestDatestamp>long ago</earliestDatestamp>" in page


def test_repository_is_at_its_place_only():
    with Repository(made_entries(2), place="/cgi/oai2") as repository:
        assert "<Identify>" in ask(repository, verb="Identify")
        elsewhere = httpx.get(repository.url.replace("/cgi/oai2", "/oai"), params={"verb": "Identify"})
        assert (elsewhere.status_code, "<html>" in elsewhere.text) == (404, True)
        assert repository.visits == 2
