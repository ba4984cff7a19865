"""A search over HTTP: the items, their order and their pages."""

import pytest

TITLES_FROM_2026 = ["Survey of schools 29", "Survey of schools 28", "Survey of schools 27", "Survey of schools 26"]
ALL = 30


def titles(answer):
    return [item["title"][0]["value"] for item in answer.json()["items"]]


def walk(hub, **parameters):
    """Follow the cursors to the end; give the pages."""
    pages = []
    cursor = ""
    while cursor is not None:
        pages.append(hub.get("/api/v1/items", cursor=cursor, **parameters).json())
        cursor = pages[-1]["next"]
    return pages


def test_search_without_parameters_gives_newest_first(hub):
    answer = hub.get("/api/v1/items")
    result = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert (result["total"], result["exact"], len(result["items"]), result["facets"]) == (ALL, True, 20, {})
    assert titles(answer)[:4] == TITLES_FROM_2026


def test_item_is_found_by_word_and_filter(hub):
    result = hub.get("/api/v1/items", q="improvement", filter="genre:Empirical", facet="resource_status").json()
    (item,) = result["items"]
    assert result["total"] == 1
    assert item["pages"]["literal"] == "569-588"
    assert item["url"] == f"/items/{item['id']}"
    assert item["score"] > 0
    assert result["facets"] == {
        "resource_status": {
            "label": "Resource status",
            "alternate_label": "Resource status/form",
            "values": [
                {
                    "value": "Preprint/Forthcoming Resource",
                    "label": "Preprint/Forthcoming Resource",
                    "count": 1,
                    "selected": False,
                    "filter": 'resource_status:"Preprint/Forthcoming Resource"',
                },
                {
                    "value": "Published Text",
                    "label": "Published Text",
                    "count": 1,
                    "selected": False,
                    "filter": 'resource_status:"Published Text"',
                },
            ],
            "missing": 0,
            "missing_filter": "resource_status:!",
            "missing_selected": False,
            "other": 0,
            "exact": True,
            "error_bound": 0,
        }
    }


@pytest.mark.parametrize(
    ("filters", "total"),
    [
        (["genre:Empirical"], 15),
        (["genre:Empirical", "genre:Methodological"], 20),
        (["-genre:Empirical"], 15),
        (["-genre:Empirical", "-genre:Methodological"], 10),
        (["genre:*"], 20),
        (["genre:!"], 10),
        (["genre:!", "genre:Methodological"], 20),
        (["genre:Empirical", "language:de"], 4),
        (["language:German"], 9),
        (["date:2015..2017"], 4),
        (["year:2015..2017", "-year:2017"], 2),
        (["date:2028.."], 2),
        (["year:..2003"], 3),
        (["audience:teachers"], 10),
        (["-audience:*"], 15),
        (['"dc:odd \\"name\\", too":a..b'], 1),
        (["doi:https://doi.org/10.1080/0161956X.2017.1368633"], 1),
        (["genre:Unheard of"], 0),
    ],
)
def test_filters_select(hub, filters, total):
    assert hub.get("/api/v1/items", filter=filters).json()["total"] == total


def test_facet_counts_leave_out_own_filter_only(hub):
    result = hub.get("/api/v1/items", filter=["genre:Methodological", "language:en"], facet="genre,language:1").json()
    genre, language = result["facets"]["genre"], result["facets"]["language"]
    assert result["total"] == 6
    assert [(v["value"], v["count"], v["selected"]) for v in genre["values"]] == [
        ("Empirical", 10, False),
        ("Methodological", 6, True),
    ]
    assert genre["missing"] == 7
    assert [(v["value"], v["label"], v["count"]) for v in language["values"]] == [("en", "English", 6)]
    assert (language["other"], language["missing"]) == (3, 1)


def test_facet_tokens_give_their_counts(hub):
    names = ["genre", "language", "audience", "year:1000", "creator", '"dc:odd \\"name\\", too"']
    others = ["date:2002.."]
    facets = hub.get("/api/v1/items", filter=others, facet=names).json()["facets"]
    assert len(facets) == len(names)
    for facet in facets.values():
        for value in facet["values"]:
            found = hub.get("/api/v1/items", filter=[*others, value["filter"]], size=1).json()
            assert found["total"] == value["count"], value
        assert hub.get("/api/v1/items", filter=[*others, facet["missing_filter"]]).json()["total"] == facet["missing"]


def test_selected_missing_is_marked(hub):
    facet = hub.get("/api/v1/items", filter="genre:!", facet="genre").json()["facets"]["genre"]
    assert (facet["missing"], facet["missing_selected"]) == (10, True)


@pytest.mark.parametrize("sort", ["date", "-date", "title", "-title", "harvested", "-harvested"])
@pytest.mark.parametrize("size", [1, 7, 30])
def test_pages_give_each_item_once(hub, sort, size):
    pages = walk(hub, sort=sort, size=size)
    ids = [item["id"] for page in pages for item in page["items"]]
    assert len(ids) == len(set(ids)) == ALL
    assert [len(page["items"]) for page in pages] == [size] * (ALL // size) + [ALL % size] * (ALL % size > 0)


def test_pages_by_relevance_give_each_item_once(hub):
    pages = walk(hub, q="survey", sort="relevance", size=10)
    ids = [item["id"] for page in pages for item in page["items"]]
    assert len(ids) == len(set(ids)) == 28
    assert len(pages) == 3


def test_size_and_facets_may_change_between_pages(hub):
    cursor = hub.get("/api/v1/items", size=3, facet="genre", sort="date").json()["next"]
    assert titles(hub.get("/api/v1/items", size=2, sort="date", cursor=cursor)) == [
        "Survey of schools 04",
        "Survey of schools 05",
    ]


def test_head_answers_without_body(hub):
    answer = hub.client.head("/api/v1/items")
    assert (answer.status_code, answer.content) == (200, b"")


def test_properties_are_counted_in_the_result(hub):
    answer = hub.get("/api/v1/properties", filter="genre:Empirical", q="survey")
    rows = {row["name"]: row for row in answer.json()["properties"]}
    assert rows["genre"] == {
        "name": "genre",
        "label": "Genre",
        "alternate_label": "Scholarship genre",
        "kind": "keyword",
        "facet": True,
        "count": 13,
        "operators": ["is", "exists", "missing"],
    }
    assert rows["date"]["operators"] == ["is", "range", "exists", "missing"]
    assert (rows["abstract"]["count"], rows["abstract"]["facet"]) == (0, False)
    assert (rows["audience"]["count"], rows["audience"]["label"]) == (6, "audience")


def test_single_item_comes_from_the_store_with_etag(hub):
    item_id = hub.item_id("known")
    answer = hub.get(f"/api/v1/items/{item_id}")
    item = answer.json()
    assert item["doi"] == "10.1080/0161956x.2017.1368633"
    assert item["url"] == f"/items/{item_id}"
    assert answer.headers["etag"] == f'W/"{item_id}.1.json"'
    same = hub.client.get(f"/api/v1/items/{item_id}", headers={"If-None-Match": f'"other", {answer.headers["etag"]}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", answer.headers["etag"])
    other = hub.client.get(f"/api/v1/items/{item_id}", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_search_and_single_item_give_the_same_json(hub):
    (found,) = hub.get("/api/v1/items", q="partnering", sort="-date").json()["items"]
    assert hub.get(f"/api/v1/items/{found['id']}").json() == found


def test_explain_tells_who_said_each_field(hub):
    answer = hub.get(f"/api/v1/items/{hub.item_id('known')}/explain")
    fields = {field["name"]: field for field in answer.json()["fields"]}
    assert fields["volume"]["value"] == "92"
    assert fields["volume"]["said_by"][0]["endpoint"] == "made"
    assert fields["volume"]["others"] == []
    assert hub.get("/api/v1/items/nothing/explain").status_code == 404
    assert hub.get(f"/api/v1/items/{hub.item_id('gone')}/explain").status_code == 410
