"""The page of an item: what stands on it in which order, and where its links lead."""

from datetime import datetime
from urllib.parse import urljoin

import pytest
from msgspec import structs

from harvester.item import (
    Affiliation,
    Agent,
    Citation,
    Date,
    Funding,
    Identifier,
    Metadata,
    Rights,
    Subject,
    Text,
)
from harvester.store.hubs.settings import put_settings
from harvester.store.works.edits import put_edits
from harvester.store.works.takedowns import take_down
from search_api.app import create_app
from tests.search_api.conftest import KNOWN_ITEM, SETTINGS, opened, record, served
from tests.search_api.pages.taken import Page, open_page, text_of

DT = "//dl[@class='properties']//dt"
RICH = Metadata(
    title=(Text("Lernen an Schulen", "de"), Text("Learning in schools", "en")),
    abstract=(Text("Kurz gefasst.", "de"), Text("In short. " * 500, "en")),
    creator=(
        Agent(
            "Roe, Ann",
            family="Roe",
            given="Ann",
            role="editor",
            orcid="https://orcid.org/0000-0002-1825-0097",
            affiliation=(Affiliation("Institute of Trial", "https://ror.org/05a28rw58"),),
        ),
    ),
    date=Date(literal="n.d. [1998?]"),
    dates=(Date("2020-01-02", 2020, "day", "accepted"),),
    funding=(
        Funding("First Fund", "https://ror.org/021nxhr62", "A-1"),
        Funding("Second Fund", None, "B-2", title="The second grant"),
    ),
    rights=(Rights("CC BY 4.0", uri="https://creativecommons.org/licenses/by/4.0/"), Rights("Ask", uri="javascript:x")),
    subject=(Subject("Schools", uri="https://subjects.example/1"), *(Subject(f"Subject {n}") for n in range(24))),
    identifier=(Identifier("handle", "20.500/7", "https://hdl.handle.net/20.500/7"),),
    extra={"degree_grantor": ("A University",), 'dc:odd / "name"': ("a..b",)},
    quality=("date_not_understood", "retracted", "some_new_code"),
)
CROWD = Metadata(title=(Text("A discovery"),), creator=tuple(Agent(f"Author {number}") for number in range(500)))


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("item"), "embedded:") as hub:
        hub.harvest([record("known", KNOWN_ITEM), record("rich", RICH), record("crowd", CROWD)])
        yield hub


def page_of(hub, name, below=""):
    return open_page(hub, f"/items/{hub.item_id(name)}{below}")


def values(page, label):
    """Give the values under a label."""
    (term,) = [term for term in page.all(DT) if text_of(term).rstrip(" 0123456789") == label]
    return term.xpath("following-sibling::dd")


def test_properties_stand_in_the_order_of_the_template_with_the_labels_of_the_research_hub(hub):
    page = page_of(hub, "known")
    assert page.texts("//h1") == ["Partnering for Improvement: Improvement Communities and Their Role in Scale Up"]
    assert [text.rstrip(" 0123456789") for text in page.texts(DT)] == [
        *("Title", "Creator", "Date", "Volume", "Issue", "Pages", "Published in", "Resource type"),
        *("Resource status/form", "Scholarship genre", "Grant funding", "Grant number", "Citation", "DOI"),
    ]


def test_a_hub_names_orders_and_hides_properties(tmp_path):
    document = """
    [[template]]
    name = "genre"
    labels = { en = "Kind of study" }
    [[template]]
    name = "title"
    [[template]]
    name = "volume"
    shown = false
    """
    with opened(tmp_path, "embedded:") as hub:
        hub.harvest([record("known", KNOWN_ITEM)])
        put_settings(hub.store, document, after=None, actor="ada", now=1.0)
        with served(create_app(hub.store, hub.index, SETTINGS)) as client:
            labels = Page(client, client.get(f"/items/{hub.item_id('known')}")).texts(DT)
    assert labels[:3] == ["Kind of study", "Title", "Creator"]
    assert ("Volume" in labels, "Issue" in labels) == (False, True)


def test_a_value_leads_to_all_items_that_have_it(hub):
    page = page_of(hub, "known")
    followed = ["92", "569-588", "Published Text", "Empirical", "Institute of Education Sciences (IES)", "2017"]
    for text in followed:
        assert page.follow(text, "//dl[@class='properties']").count == 1
    assert page.link("10.1080/0161956x.2017.1368633") == "https://doi.org/10.1080/0161956x.2017.1368633"


def test_texts_have_their_languages_and_a_long_one_is_folded(hub):
    page = page_of(hub, "rich")
    assert page.one("//h1").get("lang") == "de"
    titles = [(one.get("lang"), text_of(one)) for dd in values(page, "Title") for one in dd.xpath(".//*[@lang]")]
    assert titles == [("de", "Lernen an Schulen"), ("en", "Learning in schools")]
    german, english = values(page, "Abstract/Description")
    assert "German" in text_of(german)
    assert english.xpath(".//*[@lang='en']//details/summary")
    assert text_of(english).count("In short.") == 500


def test_people_funders_and_rights_have_ways_to_their_authorities(hub):
    page = page_of(hub, "rich")
    (creator,) = values(page, "Creator")
    assert text_of(creator) == "Roe, Ann (editor) ORCID Institute of Trial ROR"
    assert creator.xpath(".//a[text()='ORCID' or text()='ROR']/@href") == [
        "https://orcid.org/0000-0002-1825-0097",
        "https://ror.org/05a28rw58",
    ]
    assert [text_of(dd) for dd in values(page, "Grant funding")] == ["First Fund ↗", "Second Fund"]
    assert [text_of(dd) for dd in values(page, "Grant number")] == [
        "A-1 First Fund",
        "B-2 The second grant Second Fund",
    ]
    assert [dd.xpath(".//a[text()='↗']/@href") for dd in values(page, "Rights")] == [
        ["https://creativecommons.org/licenses/by/4.0/"],
        [],
    ]
    assert page.follow("CC BY 4.0").count == 1


def test_what_no_table_knows_is_there_too(hub):
    page = page_of(hub, "rich")
    assert [text_of(dd) for dd in values(page, "Date")] == ["n.d. [1998?]"]
    assert [text_of(dd) for dd in values(page, "Accepted")] == ["2020-01-02"]
    assert [text_of(dd) for dd in values(page, "Degree grantor")] == ["A University"]
    assert values(page, 'dc:odd / "name"')
    assert page.follow("a..b").count == 1


def test_of_many_authors_the_first_are_shown_and_all_are_there(hub):
    page = page_of(hub, "crowd")
    assert text_of(page.one("//p[@class='byline']")).endswith("Author 5; and 494 more")
    (creator,) = values(page, "Creator")
    assert len(creator.xpath("./ul/li")) == 20
    assert text_of(creator.xpath("./details/summary")[0]) == "Show all 500"
    assert len(creator.xpath(".//li")) == 500


def test_many_values_of_a_property_are_folded_likewise(hub):
    page = page_of(hub, "rich")
    (subjects,) = values(page, "Subject")
    assert (len(subjects.xpath("./ul/li")), len(subjects.xpath("./details//li"))) == (20, 5)
    assert subjects.xpath("./ul/li[1]//a/@href")[1] == "https://subjects.example/1"
    assert page.follow("Subject 23").count == 1


def test_quality_and_repository_are_told_in_words(hub):
    about = text_of(page_of(hub, "rich").one("//section[@id='about']"))
    assert "A date could not be understood; it is shown as it was written." in about
    assert "some new code" in about
    assert "made: oai:made:rich (Dublin Core, stamped 2024-01-01)" in about
    assert text_of(page_of(hub, "rich").one("//*[@role='note']")) == "This work has been retracted or withdrawn."
    assert page_of(hub, "known").all("//*[@role='note']") == []


def test_the_citation_has_its_doi_as_a_link_and_a_button_that_only_scripts_show(hub):
    page = page_of(hub, "known")
    (citation,) = values(page, "Citation")
    text = citation.xpath("./p")[0]
    assert text_of(text).startswith("Cannata M., Cohen-Vogel L., & Sorum M. (2017). Partnering for Improvement")
    assert text.xpath("./a/@href") == ["https://doi.org/10.1080/0161956x.2017.1368633"]
    button = citation.xpath("./button[@hidden]")[0]
    assert (button.get("data-copy"), button.get("data-done")) == (text.get("id"), "Copied")


def test_every_format_is_offered_at_an_address_of_its_own(hub):
    page = page_of(hub, "known")
    links = page.all("//section[@id='export']//a")
    assert [text_of(link) for link in links[:5]] == ["RIS", "BibTeX", "CSL-JSON", "CSV", "JSON"]
    assert len(links) == 13
    for link in links:
        answer = hub.client.get(link.get("href"))
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, link.get("type"))
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
    ris = hub.get(f"/items/{hub.item_id('known')}.ris").text
    assert ris.startswith("TY  - JOUR")
    assert hub.get(f"/items/{hub.item_id('known')}.bib").text.startswith("@article{")
    assert hub.get(f"/items/{hub.item_id('known')}.exe").status_code == 404


@pytest.mark.parametrize("below", ["", "/history", "/sources"])
@pytest.mark.parametrize("name", ["known", "rich", "crowd"])
def test_every_link_leads_somewhere_and_every_place_is_there(hub, name, below):
    page = page_of(hub, name, below)
    places = page.all("//@id")
    assert len(places) == len(set(places))
    addresses = dict.fromkeys(page.all("//body//a/@href"))
    for address in list(addresses)[:60]:
        if address.startswith("#"):
            assert address[1:] in places
        elif address.endswith("/edit"):  # asks who one is
            assert hub.client.get(address, headers={"Accept": "text/html"}).status_code in {303, 401}
        elif not address.startswith(("https://", "?lang=")):
            answer = hub.client.get(urljoin(page.address, address), headers={"Accept": "text/html"})
            assert answer.status_code == 200, address


def test_a_page_is_small_and_kept_by_browsers(hub):
    first = hub.get(f"/items/{hub.item_id('known')}")
    assert len(first.content) < 50_000
    again = hub.client.get(f"/items/{hub.item_id('known')}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("below", ["", "/history", "/sources", ".ris"])
def test_what_is_gone_or_never_was_says_so_everywhere(tmp_path, below):
    with opened(tmp_path, "embedded:") as hub:
        hub.harvest([record("known", KNOWN_ITEM), record("gone", RICH)])
        known, gone = hub.item_id("known"), hub.item_id("gone")
        take_down(hub.store, known, actor="ada", reason="a reason", now=1_700_000_001.0)
        hub.harvest([record("gone", None)], now=1_700_000_002)
        answers = [hub.get(f"/items/{item_id}{below}") for item_id in (known, gone, "nobody")]
    assert [answer.status_code for answer in answers] == [410, 410, 404]
    assert "Partnering" not in "".join(answer.text for answer in answers)


@pytest.fixture(scope="module")
def merged(tmp_path_factory):
    """One work of two records, of which an editor has changed the genre."""
    other = structs.replace(
        KNOWN_ITEM,
        volume="93",
        citation=Citation("Cannata (2017)."),
        identifier=(Identifier("url", "https://repository.example/2"),),
    )
    with opened(tmp_path_factory.mktemp("merged"), "embedded:") as hub:
        hub.harvest([record("one", KNOWN_ITEM)])
        hub.harvest([record("two", other)], now=1_700_000_100)
        changes = {"genre": ["Case study"]}
        put_edits(hub.store, hub.item_id("one"), changes, author="mara", reason="as <printed>", now=1_700_000_200.0)
        yield hub


def test_each_property_of_a_merged_work_has_the_numbers_of_its_sources(merged):
    page = page_of(merged, "one")
    rows = page.texts("//section[@id='about']//ol/li")
    assert [row.partition(" (")[0] for row in rows] == [
        "made: oai:made:one",
        "made: oai:made:two",
        "An editor of this hub",
    ]
    assert page.all("//section[@id='about']//ol/li//a[text()='↗']/@href") == ["https://repository.example/2"]
    marks = {
        row.get("id"): [(text_of(mark), mark.get("title")) for mark in row.xpath("./dt/sup/a")]
        for row in page.all("//dl[@class='properties']/div[@id]")
    }
    assert marks["volume"] == [("1", "Source: made")]
    assert marks["citation"] == [("2", "Source: made")]
    assert marks["genre"] == [("3", "Source: An editor of this hub")]
    assert [number for number, _ in marks["resource_status"]] == ["1", "2"]


def test_the_page_of_sources_tells_who_disagrees_and_never_who_edited(merged):
    page = page_of(merged, "one", "/sources")
    volume, genre = (text_of(page.one(f"//section[@id='{name}']")) for name in ("volume", "genre"))
    assert "oai:made:one (Dublin Core), stamped 2024-01-01, page 1/0" in volume.partition("Others say")[0]
    assert volume.partition("Others say")[2].endswith("93")
    assert "An editor of this hub on 14 November 2023 (reason: as <printed>)" in genre
    assert genre.partition("Others say")[2].endswith("MethodologicalEmpirical")
    explained = merged.get(f"/api/v1/items/{merged.item_id('one')}/explain").text
    assert "as <printed>" in explained
    for text in (page.source, explained, page_of(merged, "one").source, page_of(merged, "one", "/history").source):
        assert "mara" not in text


def test_marks_are_left_out_where_all_is_from_one_source(hub):
    page = page_of(hub, "rich")
    assert page.texts("//dl[@class='properties']//dt[sup]") == ["Citation 2"]
    assert "Written by this hub" in page.source
    (way,) = page.all("//dl[@class='properties']//dt/sup/a/@href")
    sources = page.open(way)
    assert text_of(sources.one(f"//section[@id='{way.partition('#')[2]}']//p")).startswith("Written by this hub")


def test_a_record_that_is_deleted_says_nothing_and_makes_no_marks(tmp_path):
    with opened(tmp_path, "embedded:") as hub:
        hub.harvest([record("one", KNOWN_ITEM)])
        hub.harvest([record("two", KNOWN_ITEM)], now=1_700_000_100)
        assert len(page_of(hub, "one").all("//dt/sup")) > 1
        hub.harvest([record("two", None)], now=1_700_000_200)
        assert page_of(hub, "one").texts("//dt[sup]") == ["Citation 2"]


def test_the_history_tells_what_changed_the_newest_first(merged, tmp_path):
    with opened(tmp_path, "embedded:") as hub:
        hub.harvest([record("known", KNOWN_ITEM)])
        item_id = hub.item_id("known")
        longer = structs.replace(
            KNOWN_ITEM, title=(Text(KNOWN_ITEM.title[0].value + ", revised"),), genre=KNOWN_ITEM.genre[1:]
        )
        hub.harvest([record("known", longer)], now=1_700_000_100)
        moved = structs.replace(
            longer, creator=(Agent("Cannata M.", orcid="https://orcid.org/1"), *KNOWN_ITEM.creator[1:])
        )
        hub.harvest([record("known", moved)], now=1_700_000_200)
        page, told = page_of(hub, "known", "/history"), hub.get(f"/api/v1/items/{item_id}/history").json()
    entries = page.all("//ol[@class='history']/li")
    assert [text_of(entry.xpath("./p")[0]) for entry in entries] == [
        "made changed its record.",
        "made changed its record.",
        "First harvested from made.",
    ]
    assert text_of(entries[0].xpath(".//dd")[0]) == "Only details changed, such as identifiers or languages."
    assert text_of(entries[1].xpath(".//div[dt='Title']//ins")[0]) == "Up, revised"
    assert [text_of(gone) for gone in entries[1].xpath(".//div[dt='Scholarship genre']//del")] == ["Methodological"]
    assert [(one["kind"], datetime.fromisoformat(one["at"]).timestamp()) for one in told["changes"]] == [
        ("harvest", 1_700_000_200),
        ("harvest", 1_700_000_100),
        ("first", 1_700_000_000),
    ]
    genre = next(one for one in told["changes"][1]["properties"] if one["name"] == "genre")
    assert (genre["old"], genre["new"]) == (["Methodological"], [])
    edited = page_of(merged, "one", "/history")
    said = text_of(edited.all("//ol[@class='history']/li")[0])
    assert "An editor changed a value; it stands through every harvest.Reason: as <printed>" in said
