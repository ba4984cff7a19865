"""What an item is linked with: both directions, by property, resolved when it is asked for."""

import contextlib

import pytest
from msgspec import structs

from harvester.item import Agent, Date, Identifier, Link, Metadata, Term, Text
from harvester.store.works.edits import put_edits
from harvester.values.relations import normal_relation
from indexer.indexing import index_outbox
from tests.conftest import own_indices
from tests.search_api.conftest import opened, record

ARTICLE = "10.1000/article"
HANDLE = Identifier("handle", "20.500/7", "https://hdl.handle.net/20.500/7")


def work(title, *links, doi=None, kind="Report", identifier=()):
    own = (Identifier("doi", doi, f"https://doi.org/{doi}"),) if doi else ()
    return Metadata(
        title=(Text(title),), doi=doi, identifier=(*own, *identifier), resource_type=(Term(kind),), links=links
    )


RECORDS = {
    "article": work(
        "Partnering for improvement",
        Link("references", doi="10.1000/later"),
        Link("references", doi="10.1000/elsewhere"),
        Link("is_part_of", title="Peabody Journal of Education"),
        Link("has_version", doi=ARTICLE),
        doi=ARTICLE,
        identifier=(HANDLE, Identifier("doi", "10.1000/old", "https://doi.org/10.1000/old", "alternate")),
    ),
    "issue": work("Scaling up research [Special issue]", Link("has_part", doi=ARTICLE), kind="Journal issue"),
    "data": work("Data of the improvement", Link("is_supplement_to", doi=ARTICLE), kind="Dataset"),
    "by handle": work("A reply", Link("replies_to", url="http://hdl.handle.net/20.500/7")),
    "unknown word": work("Notes", Link("annotates", doi=ARTICLE)),
    "older version": work("About the old one", Link("references", doi="10.1000/old")),
    **{f"citing {number:02}": work(f"Citing {number:02}", Link("references", doi=ARTICLE)) for number in range(25)},
}


@pytest.fixture(scope="module", params=["embedded", "elasticsearch"])
def hub(request, tmp_path_factory):
    with contextlib.ExitStack() as stack:
        url = "embedded:"
        if request.param == "elasticsearch":
            url = stack.enter_context(own_indices(request.getfixturevalue("elasticsearch_url")))
        hub = stack.enter_context(opened(tmp_path_factory.mktemp("linked"), url))
        hub.harvest([record(name, metadata) for name, metadata in RECORDS.items()])
        yield hub


def linked(hub, name="article", **parameters):
    answer = hub.get(f"/api/v1/items/{hub.item_id(name)}/linked", **parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def walk(hub, **parameters):
    found, cursor = [], ""
    while cursor is not None:
        page = linked(hub, cursor=cursor, **parameters)
        assert len(page["linked"]) <= int(parameters["size"])
        found += page["linked"]
        cursor = page["next"]
    assert len(found) == page["total"]
    return found


def test_properties_of_both_directions_are_counted(hub):
    answer = linked(hub)
    counts = [(one["direction"], one["property"], one["count"], one["inverse"]) for one in answer["properties"]]
    assert counts == [
        ("outgoing", "is_part_of", 1, "has_part"),
        ("outgoing", "references", 2, "is_referenced_by"),
        ("incoming", "has_part", 1, "is_part_of"),
        ("incoming", "references", 25, "is_referenced_by"),
        ("incoming", "is_supplement_to", 1, "is_supplemented_by"),
        ("incoming", "replies_to", 1, "has_reply"),
        ("incoming", "annotates", 1, ""),
    ]
    assert answer["total"] == 32


def test_filter_by_property_gives_who_links_here_with_its_class_and_label(hub):
    answer = linked(hub, property="has_part")
    assert (answer["total"], answer["next"], len(answer["properties"])) == (1, None, 7)
    issue = hub.item_id("issue")
    assert answer["linked"] == [
        {
            "property": "has_part",
            "direction": "incoming",
            "item": issue,
            "title": "Scaling up research [Special issue]",
            "alternate_label": "Contains part",
            "type": "Journal issue",
            "doi": None,
            "url": f"/items/{issue}",
        }
    ]
    (seen_from_there,) = linked(hub, "issue")["linked"]
    assert (seen_from_there["item"], seen_from_there["direction"]) == (hub.item_id("article"), "outgoing")


def test_a_target_that_is_no_item_stays_a_doi_or_a_title(hub):
    found = linked(hub, direction="outgoing")["linked"]
    told = [(one["property"], one["item"], one["title"], one["doi"], one["url"]) for one in found]
    assert told == [
        ("is_part_of", None, "Peabody Journal of Education", None, None),
        ("references", None, None, "10.1000/later", "https://doi.org/10.1000/later"),
        ("references", None, None, "10.1000/elsewhere", "https://doi.org/10.1000/elsewhere"),
    ]


@pytest.mark.parametrize("size", ["1", "2", "7", "25", "100"])
def test_pages_of_any_size_give_each_link_once_in_one_order(hub, size):
    whole = linked(hub, size="1000")["linked"]
    assert walk(hub, size=size) == whole
    citing = [one["title"] for one in whole if (one["direction"], one["property"]) == ("incoming", "references")]
    assert citing == [f"Citing {number:02}" for number in range(25)]


@pytest.mark.parametrize(
    ("parameters", "named", "says"),
    [
        ({"property": "has_prt"}, "property", "did you mean has_part"),
        ({"property": "title"}, "property", "unknown relation 'title'"),
        ({"direction": "up"}, "direction", "use outgoing or incoming"),
        ({"size": "0"}, "size", "from 1 to 1,000"),
        ({"cursor": "abc"}, "cursor", "not made here"),
        ({"q": "x"}, "q", "unknown parameter"),
    ],
)
def test_wrong_parameter_is_named(hub, parameters, named, says):
    answer = hub.get(f"/api/v1/items/{hub.item_id('article')}/linked", **parameters)
    assert answer.status_code == 400
    assert answer.json()["parameter"] == named
    assert says in answer.json()["detail"]


def test_cursor_is_good_for_its_own_list_only(hub):
    cursor = linked(hub, size="1")["next"]
    of_a_search = hub.get("/api/v1/items", size="1").json()["next"]
    for parameters in ({"property": "references", "cursor": cursor}, {"cursor": of_a_search}):
        answer = hub.get(f"/api/v1/items/{hub.item_id('article')}/linked", **parameters)
        assert (answer.status_code, answer.json()["parameter"]) == (400, "cursor")


def test_page_shows_them_by_property_and_filters(hub):
    address = f"/items/{hub.item_id('article')}"
    page = hub.get(address).text
    assert "<h2>Linked resources</h2>" in page
    assert '<th scope="col">Alternate label</th><th scope="col">Class</th>' in page
    assert '<option value="has_part">Contains part (1)</option>' in page
    assert "Citing 03" in page
    filtered = hub.get(address, property="has_part").text
    assert ("Scaling up research [Special issue]" in filtered, "Citing 03" in filtered) == (True, False)
    assert '<option value="has_part" selected="">' in filtered
    more = hub.get(address, property="references", size="20").text
    following = more.partition('<a href="?')[2].partition("#")[0].replace("&amp;", "&")
    assert "Citing 24" in hub.client.get(f"{address}?{following}").text


@pytest.mark.parametrize("engine", ["embedded"])
def test_link_to_an_item_that_comes_later_resolves_itself(engine, tmp_path):
    with opened(tmp_path, f"{engine}:") as hub:
        hub.harvest([record("article", RECORDS["article"])])
        assert linked(hub, property="references")["linked"][0]["item"] is None
        hub.harvest([record("later", work("The later one", doi="10.1000/later", kind="Book"))], now=1_700_000_100)
        (found, _) = linked(hub, property="references")["linked"]
        assert (found["item"], found["title"], found["type"]) == (hub.item_id("later"), "The later one", "Book")
        (back,) = linked(hub, "later")["linked"]
        assert (back["item"], back["direction"]) == (hub.item_id("article"), "incoming")
        hub.harvest([record("article", None)], now=1_700_000_200)
        assert linked(hub, "later")["linked"] == []


TITLE = "How improvement communities scale up their reforms"
PREPRINT = structs.replace(
    work(TITLE, doi="10.48550/arxiv.1", kind="preprint"), creator=(Agent("Cannata, M."),), date=Date("2015", 2015)
)
PUBLISHED = structs.replace(
    work(TITLE, doi="10.1000/published", kind="journal article"),
    creator=(Agent("Cannata, Marisa"),),
    date=Date("2017", 2017),
    volume="92",
)


@pytest.mark.parametrize(
    ("published", "are_linked"),
    [
        (PUBLISHED, True),
        (structs.replace(PUBLISHED, creator=(Agent("Cannata, Zoe"),)), False),
        (structs.replace(PUBLISHED, date=Date("2025", 2025)), False),
        (structs.replace(PUBLISHED, resource_type=(Term("conference paper"),)), True),
        (structs.replace(PUBLISHED, resource_type=(Term("dataset"),)), False),
        (structs.replace(PUBLISHED, resource_type=(Term("preprint"),)), False),
    ],
)
def test_preprint_and_its_published_version_are_linked_not_merged(published, are_linked, tmp_path):
    with opened(tmp_path, "embedded:") as hub:
        hub.harvest([record("preprint", PREPRINT), record("published", published)])
        assert hub.get("/api/v1/items").json()["total"] == 2
        for name, other, relation in [
            ("preprint", "published", "is_preprint_of"),
            ("published", "preprint", "has_preprint"),
        ]:
            found = [(one["property"], one["item"]) for one in linked(hub, name)["linked"]]
            assert found == ([(relation, hub.item_id(other))] if are_linked else [])


def test_what_a_source_says_of_a_version_is_said_once(tmp_path):
    with opened(tmp_path, "embedded:") as hub:
        told = structs.replace(PREPRINT, links=(Link("is_version_of", doi="10.1000/published"),))
        hub.harvest([record("preprint", told), record("published", PUBLISHED)])
        assert [one["property"] for one in linked(hub, "preprint")["linked"]] == ["is_version_of"]
        (back,) = linked(hub, "published")["linked"]
        assert (back["property"], back["direction"]) == ("is_version_of", "incoming")


IDENTIFIED = [
    (Identifier("handle", "1/2", "https://hdl.handle.net/1/2"), ["hdl:1/2", "http://hdl.handle.net/1/2"]),
    (
        Identifier("arxiv", "1706.03762v1", "https://arxiv.org/abs/1706.03762v1"),
        ["arXiv:1706.03762", "https://arxiv.org/pdf/1706.03762v5", "https://doi.org/10.48550/arXiv.1706.03762"],
    ),
    (
        Identifier("pmid", "123456", "https://pubmed.ncbi.nlm.nih.gov/123456/"),
        ["https://www.ncbi.nlm.nih.gov/pubmed/123456"],
    ),
    (
        Identifier("urn", "urn:nbn:de:101-1", "https://nbn-resolving.org/urn:nbn:de:101-1"),
        ["urn:nbn:de:101-1", "https://nbn-resolving.org/urn:nbn:de:101-1"],
    ),
    (
        Identifier("url", "https://repository.example/7", "https://repository.example/7"),
        ["http://repository.example/7/", "HTTPS://Repository.Example/7"],
    ),
]


@pytest.mark.parametrize(("identifier", "text"), [(one, text) for one, texts in IDENTIFIED for text in texts])
def test_both_sides_meet_whatever_way_the_target_is_written(identifier, text, tmp_path):
    with opened(tmp_path, "embedded:") as hub:
        article = work("Article", identifier=(identifier, Identifier("issn", "0031-8949")))
        hub.harvest([record("article", article), record("data", work("Data", Link("references", url=text)))])
        (there,) = linked(hub, "data")["linked"]
        (back,) = linked(hub, "article")["linked"]
        assert (there["item"], there["direction"]) == (hub.item_id("article"), "outgoing")
        assert (back["item"], back["direction"]) == (hub.item_id("data"), "incoming")


def test_what_many_items_share_names_none_of_them(tmp_path):
    shared = (Identifier("issn", "0031-8949"), Identifier("url", "https://j.example/", "https://j.example/"))
    with opened(tmp_path, "embedded:") as hub:
        rows = [
            record(str(n), work(f"Article {n}", Link("is_part_of", title="0031-8949"), identifier=shared)) for n in "12"
        ]
        hub.harvest([*rows, record("blog", work("A blog", Link("references", url="https://j.example/")))])
        assert [one["direction"] for one in linked(hub, "1")["linked"]] == ["outgoing"]
        assert [one["item"] for one in linked(hub, "blog")["linked"]] == [None]


def test_old_pages_of_a_merged_item_lead_to_it(tmp_path):
    with opened(tmp_path, "embedded:") as hub:
        hub.harvest([record("one", work("One work of two records", doi="10.1000/one"))])
        hub.harvest([record("two", work("One work of two records", doi="10.1000/one"))], now=1_700_000_100)
        lead, part = hub.item_id("one"), hub.item_id("two")
        hub.harvest([record("link", work("Link", Link("references", url=f"/items/{part}")))], now=1_700_000_200)
        assert [one["item"] for one in linked(hub, "link")["linked"]] == [lead]
        assert [one["item"] for one in linked(hub, "one")["linked"]] == [hub.item_id("link")]


def test_a_relation_that_is_called_like_another_property_is_only_a_relation():
    assert [normal_relation(word) for word in ("DOI", "curation:year", "Set", "links_to")] == ["relation"] * 4
    assert normal_relation("http://www.w3.org/2002/07/owl#sameAs") == "is_identical_to"
    assert normal_relation("dcterms:isPartOf") == "is_part_of"
    assert normal_relation("annotates") == "annotates"


def citing(*numbers):
    return [record(f"c{number}", work(f"Citing {number:02}", Link("references", doi=ARTICLE))) for number in numbers]


def test_pages_go_on_where_links_come_and_go_meanwhile(tmp_path):
    with opened(tmp_path, "embedded:") as hub:
        hub.harvest([record("article", work("Article", doi=ARTICLE)), *citing(*range(6))])
        first = linked(hub, size="2")
        gone = [record("c0", None), record("c1", None)]
        issue = record("issue", work("Issue", Link("has_part", doi=ARTICLE)))
        hub.harvest([*gone, issue], now=1_700_000_100)
        second = linked(hub, size="2", cursor=first["next"])
        third = linked(hub, size="9", cursor=second["next"])
        titles = [one["title"] for page in (first, second, third) for one in page["linked"]]
        assert titles == [f"Citing {number:02}" for number in range(6)]
        assert third["next"] is None


def test_more_linking_items_than_are_looked_at_are_counted_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr("search_api.linked.MAX_LOOKED_AT", 3)
    with opened(tmp_path, "embedded:") as hub:
        itself = work("Article", Link("references", doi=ARTICLE), doi=ARTICLE)
        hub.harvest([record("article", itself), *citing(*range(10)), record("data", RECORDS["data"])])
        counts = {one["property"]: one["count"] for one in linked(hub)["properties"]}
        assert counts == {"references": 10, "is_supplement_to": 1}
        assert len(walk(hub, size="4")) == 11


def test_odd_targets_are_answered(hub):
    long = "https://long.example/" + "x" * 40_000
    links = (Link("references", url=long), Link("references", doi="10.1000/a%2fb<c>"), Link("relation", url="//evil"))
    hub.harvest([record("odd", work("Odd", *links))], now=1_700_000_900)
    found = linked(hub, "odd")["linked"]
    assert [one["url"] for one in found] == ["//evil", long, "https://doi.org/10.1000/a%252fb%3Cc%3E"]
    page = hub.get(f"/items/{hub.item_id('odd')}").text
    assert 'href="//evil"' not in page
    assert "//evil" in page


@pytest.mark.parametrize(
    "written", ["{id}", "/items/{id}", "http://127.0.0.1:8400/items/{id}", "https://h.example/x/items/{id}?a=b"]
)
def test_an_edit_may_name_an_item_as_people_do(written, tmp_path):
    with opened(tmp_path, "embedded:") as hub:
        hub.harvest([record("whole", work("The whole")), record("part", work("The part"))])
        part, whole = hub.item_id("part"), hub.item_id("whole")
        put_edits(
            hub.store, part, {"is_part_of": [written.format(id=whole)]}, author="me", reason="", now=1_700_000_100
        )
        index_outbox(hub.store, hub.index, limit=10, lease_s=60)
        hub.index.refresh()
        assert [one["item"] for one in linked(hub, "part")["linked"]] == [whole]
        assert [one["item"] for one in linked(hub, "whole")["linked"]] == [part]
