"""Values that a repository sends, on the pages of an item: shown as they are, run by no browser."""

import json
import re

import pytest

from harvester.item import Affiliation, Agent, Funding, Identifier, Link, Metadata, Rights, Subject, Text
from tests.search_api.conftest import opened, record
from tests.search_api.pages.conftest import HOSTILE, hostile_item
from tests.search_api.pages.taken import open_page

ADDRESSES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "//evil.example/x",
    "https://",
    "http://[half",
    "/items/../sign-in",
)
SCHEMES = re.compile(r"(https?://[^/]|/|\?|#)")


def with_address(address):
    return Metadata(
        title=(Text(address),),
        creator=(Agent("A", orcid=address, affiliation=(Affiliation("B", address),)),),
        funding=(Funding("C", address, "D", uri=address),),
        identifier=(Identifier("url", address, address),),
        rights=(Rights("E", uri=address),),
        subject=(Subject("F", uri=address),),
        links=(Link("references", url=address), Link("has_version", url=address, title="G")),
        extra={"homepage": (address,)},
    )


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("addresses"), "embedded:") as hub:
        rows = [record(f"value {number}", hostile_item(value)) for number, value in enumerate(HOSTILE)]
        rows += [record(f"address {number}", with_address(address)) for number, address in enumerate(ADDRESSES)]
        hub.harvest(rows)
        changed = [record(f"value {number}", hostile_item(f"{value} {value}")) for number, value in enumerate(HOSTILE)]
        hub.harvest(changed, now=1_700_000_100)
        yield hub


@pytest.mark.parametrize("below", ["", "/history", "/sources"])
@pytest.mark.parametrize("kind", ["value", "address"])
def test_pages_hold_nothing_that_a_browser_runs_or_fetches(hub, kind, below):
    for number in range(len(HOSTILE if kind == "value" else ADDRESSES)):
        item_id = hub.item_id(f"{kind} {number}")
        page = open_page(hub, f"/items/{item_id}{below}")
        assert page.status == 200
        assert page.all("//main//script | //main//img | //main//iframe | //@style") == []
        assert page.all("//script[not(@src) and not(@type='application/ld+json')]") == []
        assert all(json.loads(said) for said in page.all("//script[@type='application/ld+json']/text()"))
        assert page.all("//@*[starts-with(name(), 'on')]") == []
        for address in page.all("//@href | //@action | //@src"):
            assert SCHEMES.match(address), address
            assert not address.startswith("//"), address
        for name in ("h1", "main//a", "main//dd", "main//li"):
            for element in page.all(f"//{name}"):
                if re.search("[\u202a-\u202e]", element.text or ""):  # an element of its own ends what it turns
                    assert element.get("dir") == "auto", element.text
        assert "\u202e" not in page.one("//title").text


def test_a_link_header_is_one_line_of_ascii_whatever_is_sent(hub):
    for number in range(len(ADDRESSES)):
        told = hub.get(f"/items/{hub.item_id(f'address {number}')}").headers["link"]
        assert told.isascii()
        assert "script:" not in told
