"""What programs read in the head and the headers of an item's page.

Expected tags were written by hand from Google Scholar's Inclusion Guidelines for Webmasters; links from the FAIR
Signposting profile (level 2), RFC 8288 and RFC 9264.
"""

import json

import httpx
import pytest
from lxml import html

from harvester.item import Agent, Container, Date, Identifier, Language, Metadata, Pages, Rights, Term, Text
from tests.search_api.conftest import KNOWN_ITEM, opened, record
from tests.search_api.pages.taken import open_page

ORCID = "https://orcid.org/0000-0002-1825-0097"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
ARTICLE = Metadata(
    title=(Text("Ice & <snow>", "en"),),
    abstract=(Text("What \u202eis known " + "of snow " * 100),),
    creator=(Agent("Roe, Ann", family="Roe", given="Ann", orcid=ORCID), Agent("The Snow Group")),
    date=Date(edtf="2017-05-02", year=2017, precision="day"),
    volume="92",
    issue="5",
    pages=Pages("569-588", start="569", end="588"),
    container=Container("Journal of Snow", kind="journal", issn=("1234-5679",)),
    publisher=("Cold Press",),
    resource_type=(Term("journal article"),),
    doi="10.1000/snow<1>",
    identifier=(
        Identifier("doi", "10.1000/snow<1>", "https://doi.org/10.1000/snow%3C1%3E"),
        Identifier("url", "https://repository.example/7/snow.pdf"),
    ),
    language=(Language("en"),),
    rights=(
        Rights("CC BY 4.0", uri=LICENCE),
        Rights("Odd", uri='https://odd.example/"><x>, ü'),
        Rights("No", uri="urn:x"),
    ),
)
THESIS = Metadata(
    title=(Text("Of snow"),),
    creator=(Agent("Roe, Ann", family="Roe", given="Ann"),),
    date=Date(edtf="2019-03", year=2019, precision="month"),
    publisher=("University of Ice",),
    resource_type=(Term("doctoral thesis"),),
)
REPORT = Metadata(
    title=(Text("Snow in numbers"),),
    date=Date(edtf="2019/2020", year=2019, precision="interval"),
    publisher=("Institute of Ice",),
    resource_type=(Term("technical report"),),
    extra={"report_number": ("12",)},
)
PAPER = Metadata(
    title=(Text("Snow talks"),),
    container=Container("Proceedings of Ice"),
    pages=Pages("e12", article="e12"),
    resource_type=(Term("conference paper"),),
    extra={"conference_name": ("Ice 2019",)},
)
CHAPTER = Metadata(
    title=(Text("Snow, a chapter"),),
    container=Container("The book of ice", kind="book", isbn=("9780000000002",)),
    date=Date(literal="n.d."),
    resource_type=(Term("book part"),),
)
CROWD = Metadata(
    title=(Text("Many"),),
    creator=tuple(Agent(f"A {n}", orcid=f"https://orcid.org/0000-0002-0000-{n:04}") for n in range(30)),
)
RECORDS = {
    "known": KNOWN_ITEM,
    "article": ARTICLE,
    "thesis": THESIS,
    "report": REPORT,
    "paper": PAPER,
    "chapter": CHAPTER,
    "crowd": CROWD,
}
TAGS = {
    "article": [
        ("title", "Ice & <snow>"),
        ("author", "Roe, Ann"),
        ("author", "The Snow Group"),
        ("publication_date", "2017/05/02"),
        ("journal_title", "Journal of Snow"),
        ("volume", "92"),
        ("issue", "5"),
        ("firstpage", "569"),
        ("lastpage", "588"),
        ("doi", "10.1000/snow<1>"),
        ("issn", "1234-5679"),
        ("publisher", "Cold Press"),
        ("language", "en"),
        ("pdf_url", "https://repository.example/7/snow.pdf"),
    ],
    "known": [
        ("title", "Partnering for Improvement: Improvement Communities and Their Role in Scale Up"),
        ("author", "Cannata M."),
        ("author", "Cohen-Vogel L."),
        ("author", "Sorum M."),
        ("publication_date", "2017"),
        ("journal_title", "Peabody Journal of Education"),
        ("volume", "92"),
        ("issue", "5"),
        ("firstpage", "569"),
        ("lastpage", "588"),
        ("doi", "10.1080/0161956x.2017.1368633"),
    ],
    "thesis": [
        ("title", "Of snow"),
        ("author", "Roe, Ann"),
        ("publication_date", "2019/03"),
        ("dissertation_institution", "University of Ice"),
    ],
    "report": [
        ("title", "Snow in numbers"),
        ("publication_date", "2019"),
        ("technical_report_institution", "Institute of Ice"),
        ("technical_report_number", "12"),
        ("publisher", "Institute of Ice"),
    ],
    "paper": [("title", "Snow talks"), ("conference_title", "Proceedings of Ice"), ("firstpage", "e12")],
    "chapter": [("title", "Snow, a chapter"), ("inbook_title", "The book of ice"), ("isbn", "9780000000002")],
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("head"), "embedded:") as hub:
        hub.harvest([record(name, metadata) for name, metadata in RECORDS.items()])
        yield hub


def address_of(hub, name):
    return f"{hub.client.base_url}/items/{hub.item_id(name)}"


def links_of(answer):
    """Give relation, address and type of each link of the header, as httpx takes it apart."""
    parts = answer.headers["link"].removeprefix("<").split(", <")
    parsed = [httpx.Response(200, headers={"Link": f"<{part}"}).links for part in parts]
    return [(one["rel"], one["url"], one.get("type")) for links in parsed for one in links.values()]


@pytest.mark.parametrize("name", TAGS)
def test_citation_tags_say_what_scholar_asks_for(hub, name):
    page = open_page(hub, f"/items/{hub.item_id(name)}")
    found = [(tag.get("name"), tag.get("content")) for tag in page.all("//meta[starts-with(@name, 'citation_')]")]
    expected = [(f"citation_{tag}", content) for tag, content in TAGS[name]]
    assert found == [*expected, ("citation_abstract_html_url", address_of(hub, name))]


def test_other_tags_describe_the_page(hub):
    page = open_page(hub, f"/items/{hub.item_id('article')}")
    address = address_of(hub, "article")
    said = page.one("//meta[@name='description']/@content")
    assert said.startswith("What is known of snow of snow")
    assert (len(said) <= 302, said.endswith(" …")) == (True, True)
    graph = {tag.get("property"): tag.get("content") for tag in page.all("//meta[@property]")}
    assert graph == {
        "og:type": "article",
        "og:title": "Ice & <snow>",
        "og:description": said,
        "og:url": address,
        "og:site_name": "Test <hub>",
    }
    assert page.one("//link[@rel='canonical']/@href") == address
    assert page.one("//title/text()") == "Ice & <snow> · Test <hub>"
    node = json.loads(page.one("//script[@type='application/ld+json']/text()"))
    assert (node["@type"], node["@id"], node["name"]) == ("ScholarlyArticle", address, ["Ice & <snow>"])


def test_typed_links_are_said_by_header_and_head_alike(hub):
    answer = hub.get(f"/items/{hub.item_id('article')}")
    found = links_of(answer)
    data = f"{hub.client.base_url}/api/v1/items/{hub.item_id('article')}"
    assert found[:7] == [
        ("cite-as", "https://doi.org/10.1000/snow%3C1%3E", None),
        ("type", "https://schema.org/AboutPage", None),
        ("type", "https://schema.org/ScholarlyArticle", None),
        ("author", ORCID, None),
        ("license", LICENCE, None),
        ("license", "https://odd.example/%22%3E%3Cx%3E,%20%C3%BC", None),
        ("item", "https://repository.example/7/snow.pdf", "application/pdf"),
    ]
    assert ("describedby", f"{data}?format=csl", "application/vnd.citationstyles.csl+json") in found
    assert found[-1] == ("linkset", f"{data}/linkset", "application/linkset+json")
    head = html.fromstring(answer.text).xpath("//head/link[not(@rel='stylesheet' or @rel='icon' or @rel='canonical')]")
    assert [(one.get("rel").split()[-1], one.get("href"), one.get("type")) for one in head] == found


def test_what_links_lead_to_is_of_the_type_that_they_say(hub):
    for rel, url, media_type in links_of(hub.get(f"/items/{hub.item_id('article')}")):
        if rel in {"describedby", "linkset"}:
            answer = hub.client.get(url)
            assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media_type)


def test_the_link_set_has_all_links_and_leads_back(hub):
    answer = hub.get(f"/api/v1/items/{hub.item_id('crowd')}/linkset")
    own, *back = answer.json()["linkset"]
    page = address_of(hub, "crowd")
    assert (own["anchor"], len(own["author"])) == (page, 30)
    assert {one["anchor"] for one in back} == {one["href"] for one in own["describedby"]}
    assert all(one["describes"] == [{"href": page, "type": "text/html"}] for one in back)
    told = [rel for rel, _, _ in links_of(hub.get(f"/items/{hub.item_id('crowd')}"))]
    assert ("author" in told, "linkset" in told) == (False, True)
    assert hub.get("/api/v1/items/nobody/linkset").status_code == 404
