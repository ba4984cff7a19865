"""The search page: what it shows agrees with the API, and every way from it leads where it says."""

import itertools
from urllib.parse import urljoin

import httpx
import pytest

from harvester.store import open_store
from harvester.store.hubs.settings import put_settings
from indexer.engines import open_index
from indexer.fields import FIELDS
from search_api.app import create_app
from search_api.formats.table import FORMATS
from tests.search_api.conftest import SETTINGS, made_item, opened, record, served
from tests.search_api.pages.taken import Page, open_page, seen, text_of

FACETS = "//details[@class='facet']"
GENRE = f"{FACETS}[summary/h3='Scholarship genre']"
YEAR = f"{FACETS}[summary/h3='Year']"


def values_of(page, facet=GENRE):
    """Give the counts of a facet's values, in their order."""
    lines = page.all(f"{facet}//li")
    return {seen(line.xpath("a")[0]): int(text_of(line.xpath("span[@class='number']")[0])) for line in lines}


def titles_of(page):
    return page.texts("//ol[@class='cards']/li/h3")


def chips_of(page):
    return [seen(chip) for chip in page.all("//a[@class='chip']")]


def test_the_first_page_lists_the_newest_items(hub):
    page = open_page(hub, "/")
    assert page.texts("//h1") == ["Test <hub>"]
    assert page.one("//head/title").text == "Test <hub>"
    newest = hub.get("/api/v1/items", sort="-harvested").json()["items"]
    assert [link.rpartition("/")[2] for link in page.all("//ol[@class='cards']//h3/a/@href")] == [
        item["id"] for item in newest
    ]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"q": "survey"},
        {"filter": "genre:Empirical"},
        {"q": "survey", "filter": ["genre:Empirical", "genre:!"]},
        {"filter": ["-genre:Methodological", "year:2005..2012"]},
        {"facet": "audience,creator", "filter": "language:de"},
        {"filter": "year:2007"},
    ],
)
def test_all_counts_are_those_of_the_api(hub, asked):
    page = open_page(hub, "/items", **asked)
    answer = hub.get(page.link("This page as JSON")).json()
    assert page.count == answer["total"]
    assert {link.rpartition("/")[2] for link in page.all("//ol[@class='cards']//h3/a/@href")} == {
        item["id"] for item in answer["items"]
    }
    facets = {facet["alternate_label"] or facet["label"]: facet for facet in answer["facets"].values()}
    for label, facet in facets.items():
        if label == "Year" or not facet["values"]:
            continue
        shown = values_of(page, f"{FACETS}[summary/h3='{label}']")
        missing = {"(none)": facet["missing"]} if facet["missing"] else {}
        names = {"en": "English", "de": "German"}
        assert shown == {names.get(v["value"], v["value"]): v["count"] for v in facet["values"]} | missing
    years = sum(int(text.rpartition(":")[2].split()[0]) for text in page.texts(f"{YEAR}//*[local-name()='title']"))
    assert years == sum(value["count"] for value in answer["facets"]["year"]["values"])


@pytest.mark.parametrize("asked", [{}, {"q": "survey", "filter": ["genre:Empirical", "-language:de"]}])
def test_every_value_leads_to_as_many_items_as_it_says(hub, asked):
    page = open_page(hub, "/items", **asked)
    for line in page.all(f"{FACETS}//li[a[not(contains(@class, 'on'))]]"):
        if line.xpath("a[1][@class='out']") or line.getparent().xpath("li/a[@class='on']"):
            continue  # beside a chosen value others are alternatives
        found = page.open(line.xpath("a/@href")[0])
        assert found.count == int(text_of(line.xpath("span[@class='number']")[0])), text_of(line)


def test_every_bar_leads_to_as_many_items_as_it_says(hub):
    page = open_page(hub, "/items", filter="language:en")
    bars = page.all(f"{YEAR}//*[local-name()='svg']/a")
    assert len(bars) == 20
    for bar in bars:
        years, _, count = bar.xpath("string(*[local-name()='title'])").partition(": ")
        found = page.open(bar.get("href"))
        assert (f"Year: {years}" in chips_of(found), found.count) == (True, int(count.split()[0]))
        assert "Language: English" in chips_of(found)


def test_a_search_is_narrowed_widened_and_cleared_by_links(hub):
    page = open_page(hub, "/items", q="survey").follow("Empirical", GENRE)
    assert (page.count, chips_of(page)) == (13, ["“survey”", "Scholarship genre: Empirical"])
    both = page.follow("Methodological", GENRE)
    assert (both.count, both.texts("//ul[@class='chips']/li/span")) == (18, ["or"])
    assert both.texts(f"{GENRE}//a[@class='on']") == [
        "Empirical (chosen, take away)",
        "Methodological (chosen, take away)",
    ]
    one = both.follow("Scholarship genre: Empirical", "//ul[@class='chips']")
    assert one.count == 9
    assert list(values_of(one)) == ["Methodological", "Empirical", "(none)"]  # the chosen one first
    assert one.follow("Methodological", GENRE).count == 28
    assert one.follow("“survey”", "//ul[@class='chips']").count == 10
    by_relevance = open_page(hub, "/items", q="survey", sort="relevance", filter="genre:Methodological")
    assert by_relevance.follow("“survey”", "//ul[@class='chips']").count == 10
    cleared = one.follow("Clear all")
    assert (cleared.count, chips_of(cleared)) == (30, [])


def test_a_value_can_be_left_out_and_taken_back(hub):
    page = open_page(hub, "/items")
    others = page.open(page.one(f"{GENRE}//a[@aria-label='All but Empirical']").get("href"))
    assert (others.count, chips_of(others)) == (15, ["Scholarship genre: not Empirical"])
    assert others.texts(f"{GENRE}//a[@class='out']") == ["Empirical (left out, take back)"]
    assert others.follow("Empirical", GENRE).count == 30
    without = page.follow("(none)", GENRE)
    assert chips_of(without) == ["without Scholarship genre"]
    assert without.count == hub.get("/api/v1/items", filter="genre:!").json()["total"]


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("genre:*", "with Scholarship genre"),
        ("-genre:*", "without Scholarship genre"),
        ("year:2015..", "Year: from 2015"),
        ("year:..2015", "Year: until 2015"),
        ("-year:2015..2017", "Year: not 2015–2017"),
        ("date:2015-03..2015-03", "Date: 2015-03"),
        ("language:de", "Language: German"),
        ('creator:"Author 1"', "Creator: Author 1"),
    ],
)
def test_a_filter_is_said_in_words(hub, token, said):
    page = open_page(hub, "/items", filter=token)
    assert chips_of(page) == [said]
    assert page.follow(said, "//ul[@class='chips']").count == 30


@pytest.mark.parametrize(
    ("low", "high", "token"),
    [
        ("2005", "2010", "year:2005..2010"),
        ("2010", "2005", "year:2005..2010"),
        ("2005", "", "year:2005.."),
        ("", " 2005", "year:..2005"),
        ("", "", None),
    ],
)
def test_years_are_chosen_by_two_fields(hub, low, high, token):
    page = open_page(hub, "/items", q="survey", filter=["year:2003", "genre:Empirical", "-year:2001"])
    assert page.all(f"{YEAR}//input[@type='number']/@value") == ["2003", "2003"]
    found = page.send(f"{YEAR}//form", **{"from": low, "to": high})
    assert found.asked("filter") == ["genre:Empirical", "-year:2001", *([token] if token else [])]
    assert (found.asked("q"), found.asked("from")) == (["survey"], [])


def test_any_property_is_added_and_taken_off_again(hub):
    page = open_page(hub, "/items", q="survey")
    options = page.texts("//form[@class='adding']//option")
    assert "Creator (30)" in options
    assert not [option for option in options if option.startswith(("Abstract", "Year", "Scholarship genre"))]
    one = page.send("//form[@class='adding']", facet="audience")
    two = one.send("//form[@class='adding']", facet="creator")
    assert (two.asked("facet"), two.asked("q")) == (["audience", "creator"], ["survey"])
    audience = f"{FACETS}[summary/h3='Audience']"
    assert values_of(two, audience) == {"teachers": 9, "parents": 5, "(none)": 14}
    kept = two.follow("teachers", audience)
    assert (kept.count, kept.asked("facet")) == (9, ["audience", "creator"])
    left = kept.follow("Take Audience off this list")
    assert (left.asked("facet"), left.asked("filter")) == (["creator"], ["audience:teachers"])


def test_pages_lead_on_and_back(hub):
    first = open_page(hub, "/items", sort="title", size="7", q="survey")
    walked = [first]
    while walked[-1].all("//a[@rel='next']"):
        walked.append(walked[-1].follow("Next page"))
    assert [len(titles_of(page)) for page in walked] == [7, 7, 7, 7]
    assert len({title for page in walked for title in titles_of(page)}) == 28
    spans = [page.texts("//p[@class='count']/span") for page in walked]
    assert spans == [[f"{low} to {low + 6} are shown"] for low in (1, 8, 15, 22)]
    back = walked[-1]
    for earlier in walked[-2::-1]:
        back = back.follow("Previous page")
        assert titles_of(back) == titles_of(earlier)
    assert not back.all("//a[@rel='prev']")
    assert titles_of(walked[-1].follow("First page")) == titles_of(first)


def test_a_page_far_on_whose_way_is_not_known_leads_to_the_first(hub):
    page = open_page(hub, "/items", size="5", sort="title")
    for _ in range(3):
        page = page.follow("Next page")
    assert page.asked("back")
    alone = open_page(hub, "/items", size="5", sort="title", cursor=page.asked("cursor")[0])
    assert not alone.all("//a[@rel='prev']")
    assert titles_of(alone) == titles_of(page)
    assert alone.link("First page") == "/items?sort=title&size=5"


def test_order_and_size_are_chosen_within_the_search(hub):
    page = open_page(hub, "/items", q="survey", filter="genre:Empirical", facet="creator")
    assert page.one("//select[@name='sort']").value == "relevance"
    oldest = page.send("//form[@class='ordering']", sort="date", size="10", group="work")
    for name, value in (("q", "survey"), ("filter", "genre:Empirical"), ("facet", "creator"), ("group", "work")):
        assert oldest.asked(name) == [value]
    assert (oldest.one("//select[@name='sort']").value, oldest.one("//select[@name='size']").value) == ("date", "10")
    assert titles_of(oldest)[0] == "Survey of schools 04"
    assert "relevance" not in open_page(hub, "/items").all("//select[@name='sort']/option/@value")


def test_the_box_searches_within_the_filters_and_by_relevance(hub):
    page = open_page(hub, "/", filter="genre:Empirical")
    found = page.send("//form[@role='search']", q="schools")
    assert (found.asked("filter"), found.asked("sort"), found.count) == (["genre:Empirical"], [], 13)
    assert page.texts("//div[@class='asking']/p") == ["Searches within 1 filter."]
    assert found.texts("//h1") == ["Search for “schools”"]


def test_words_of_the_search_are_marked(hub):
    page = open_page(hub, "/items", q="title:improvement")
    assert page.texts("//h3//mark") == ["Improvement", "Improvement"]
    card = page.one("//ol[@class='cards']/li[h3//mark]")
    assert [text_of(part) for part in card.xpath("p")] == [
        "Cannata M.; Cohen-Vogel L.; Sorum M.",
        "Peabody Journal of Education · 2017 · doi:10.1080/0161956x.2017.1368633",
    ]
    assert card.xpath("p/a/@href") == ["https://doi.org/10.1080/0161956x.2017.1368633"]
    tags = page.open(next(a.get("href") for a in card.xpath(".//a[@class='tag']") if seen(a) == "Empirical"))
    assert tags.asked("filter") == ["genre:Empirical"]


def test_all_values_of_a_property_lead_back_to_the_search(hub):
    page = open_page(hub, "/items", q="survey", filter="genre:Empirical", facet="title")
    title = f"{FACETS}[summary/h3='Title']"
    values = page.follow("All values", title)
    assert values.texts("//h1") == ["Values of Title"]
    assert len(values.all("//ul[@class='columns']/li")) == 13
    chosen = values.follow("Survey of schools 08", "//ul[@class='columns']")
    assert (chosen.count, chosen.asked("q"), chosen.asked("facet")) == (1, ["survey"], ["title"])
    narrowed = page.send(f"{title}//form", contains="ools 1")
    found = [seen(a) for a in narrowed.all("//ul[@class='columns']/li/a[1]")]
    assert found == [f"Survey of schools {number}" for number in (10, 12, 14, 16, 18)]
    assert narrowed.follow("Back to the search").count == page.count
    assert "No value fits." in narrowed.send("//form[@role='search']", contains="zzz").texts("//main/p")


def test_values_that_no_item_of_the_result_has_can_be_missing(hub):
    values = open_page(hub, "/items/values/genre", q="survey")
    lines = {seen(a): a.get("href") for a in values.all("//ul[@class='columns']/li/a[1]")}
    assert set(lines) == {"(none)", "Empirical", "Methodological"}
    assert values.open(lines["(none)"]).asked("filter") == ["genre:!"]


def test_nothing_found_tells_which_part_stands_in_the_way(hub):
    page = open_page(hub, "/items", q="survey", filter=["language:de", "audience:teachers", "genre:Empirical"])
    ways = page.texts("//div[@class='result']//ul[@class='ways'][ancestor::section[@class='nothing']]/li")
    assert ways == ["without Language: German: 4 items", "without Audience: teachers: 4 items"]
    assert [page.follow(way).count for way in ways] == [4, 4]
    none = open_page(hub, "/items", q="zzzz")
    assert "Use fewer or other words, or take filters away." in none.texts("//section[@class='nothing']/p")
    assert not none.all("//ul[@class='formats']")


def test_a_misspelt_word_is_offered_in_its_right_spelling(hub):
    page = open_page(hub, "/items", q="survye", filter="genre:Empirical")
    found = page.follow("survey", "//section[@class='nothing']")
    assert (found.asked("filter"), found.count) == (["genre:Empirical"], 13)


def test_a_hub_without_items_says_how_to_get_some(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/store.sqlite") as store:
        index = open_index("embedded:", data_dir=tmp_path)
        index.create()
        with served(create_app(store, index, SETTINGS)) as client:
            page = Page(client, client.get("/"))
            assert page.texts("//section[@class='nothing']//code") == ["oaihub harvest URL"]
        index.close()


def test_the_result_is_offered_in_all_formats_as_feed_and_by_its_address(hub):
    page = open_page(hub, "/items", q="survey", filter="genre:Empirical", sort="title")
    formats = page.all("//ul[@class='formats']//a/@href")
    assert len(formats) == len(set(formats)) == len(FORMATS)
    export = hub.get(page.link("RIS"))
    assert export.text.count("TY  -") == page.count == 13
    feed = page.one("//link[@rel='alternate']").get("href")
    assert feed == page.link("Feed of new items")
    assert hub.get(feed).text.count("<entry>") == 13
    kept = page.one("//input[@readonly]").get("value")
    assert kept == f"{hub.client.base_url}/items?q=survey&filter=genre%3AEmpirical&sort=title"
    assert titles_of(page.open(kept)) == titles_of(page)


@pytest.mark.parametrize("path", ["/", "/items?q=survey&filter=genre:Empirical&filter=-language:de&facet=audience"])
def test_every_link_and_form_of_the_page_is_answered(hub, path):
    page = open_page(hub, path)
    links = {link for link in page.all("//@href") if not link.startswith(("https:", "#"))}
    assert len(links) > 60
    with httpx.Client(base_url=hub.client.base_url) as browser:  # of its own: one of the links chooses a language
        for link in links:
            answer = browser.get(urljoin(page.address, link), follow_redirects=True)
            assert answer.status_code == 200, link
    for number in range(1, len(page.all("//form")) + 1):
        assert page.send(f"(//form)[{number}]").status == 200


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"filter": "nonsense"}, "nonsense"),
        ({"filter": "no_such_property:x"}, "no_such_property"),
        ({"cursor": "abc"}, "cursor"),
        ({"back": ["a", "b"]}, "back"),
        ({"from": "20x5"}, "from"),
        ({"to": "9" * 20}, "to"),
        ({"colour": "red"}, "colour"),
        ({"size": "0"}, "size"),
        ({"facet": ",".join(f"{name}:3" for name in FIELDS if FIELDS[name].facet)}, "facets"),
    ],
)
def test_what_cannot_be_understood_is_named(hub, asked, parameter):
    answer = hub.client.get("/items", params=asked, headers={"Accept": "text/html"})
    page = Page(hub.client, answer)
    assert page.status == 400
    assert parameter in page.one("//main").text_content()


def test_languages_have_their_names_in_the_language_of_the_page(hub):
    german = hub.client.get("/items", params={"filter": "language:de"}, headers={"Accept-Language": "de"})
    assert chips_of(Page(hub.client, german)) == ["Sprache: Deutsch"]


def test_empty_fields_ask_for_nothing(hub):
    page = open_page(hub, "/items", q="", sort="", size="", filter="", facet="", cursor="", back="")
    assert (page.status, page.count, chips_of(page)) == (200, 30, [])


OWN = """
facets = ["creator", "year", "audience"]
template = [{name = "creator", labels = {en = "Author"}}]
[texts.en]
welcome = "Read **this** first: [about](/about).\\n\\n<b>Not bold</b>"
"""


def test_facets_labels_and_welcome_are_the_hubs_own(tmp_path):
    with opened(tmp_path, "embedded:") as hub:
        hub.harvest([record(str(number), made_item(number)) for number in range(1, 30)])
        put_settings(hub.store, OWN, after=None, actor="ada", now=1.0)
        with served(create_app(hub.store, hub.index, SETTINGS)) as client:
            page = Page(client, client.get("/"))
            assert page.texts(f"{FACETS}/summary") == ["Author", "Year", "Audience"]
            assert page.texts("//div[@class='welcome']/p") == ["Read **this** first: about.", "<b>Not bold</b>"]
            assert page.all("//div[@class='welcome']//a/@href") == ["/about"]
            found = page.follow("Author 1", f"{FACETS}[summary/h3='Author']")
            assert chips_of(found) == ["Author: Author 1"]
            assert not found.all("//div[@class='welcome']")
            german = Page(client, client.get("/items", headers={"Accept-Language": "de"}))
            assert german.texts(f"{FACETS}/summary")[1] == "Jahr"


def test_a_search_of_too_many_characters_is_left_to_the_api(hub):
    asked = {"q": " ".join("ab" for _ in range(90)), "filter": [f"genre:{'x' * 90}{number}" for number in range(90)]}
    answer = hub.client.get("/items", params=asked, headers={"Accept": "text/html"})
    assert (answer.status_code, hub.get("/api/v1/items", **asked).status_code) == (414, 200)


def test_an_index_that_is_away_is_said(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/store.sqlite") as store:
        index = open_index("embedded:", data_dir=tmp_path)  # nobody has made it
        with served(create_app(store, index, SETTINGS)) as client:
            for path in ("/", "/items?q=schools", "/items/values/genre"):
                page = Page(client, client.get(path, headers={"Accept": "text/html"}))
                assert (page.status, "does not answer now" in page.source) == (503, True)


def test_headings_are_in_order_and_fields_have_names(hub):
    for path in ("/", "/items?q=survey&facet=creator", "/items?q=zzzz", "/items/values/creator"):
        page = open_page(hub, path)
        levels = [int(heading.tag[1]) for heading in page.all("//h1 | //h2 | //h3")]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
        for field in page.all("//input[not(@type='hidden')] | //select"):
            assert field.get("aria-label") or field.xpath("ancestor::label[normalize-space()]"), field.get("name")
        ids = page.all("//@id")
        assert len(ids) == len(set(ids))
