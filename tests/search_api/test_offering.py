"""What is offered beside a page of a result: suggestions, the years as bars, samples."""

import pytest


def test_typing_offers_values_and_items(hub):
    offered = hub.get("/api/v1/suggest", q="auth").json()
    found = [(-value["count"], value["value"]) for value in offered["values"]]
    assert found == sorted(found)
    assert {value for _, value in found} == {f"Author {number}" for number in range(4)}
    assert offered["values"][0] == {
        "property": "creator",
        "property_label": "Creator",
        "value": "Author 1",
        "label": "Author 1",
        "count": 8,
        "filter": 'creator:"Author 1"',
    }
    assert offered["items"] == []
    for value in offered["values"]:
        assert hub.get("/api/v1/items", filter=value["filter"]).json()["total"] == value["count"]
    titles = [item["title"] for item in hub.get("/api/v1/suggest", q="Survey of sch", size=3).json()["items"]]
    assert len(titles) == 3
    assert all(title.startswith("Survey of schools") for title in titles)


@pytest.mark.parametrize("typed", ["", " ", "a", "é", "!!", '"', "AND", "title:", "((", "a*", "中"])
def test_little_or_odd_text_offers_nothing_wrong(hub, typed):
    offered = hub.get("/api/v1/suggest", q=typed)
    assert offered.status_code == 200
    assert set(offered.json()) == {"values", "items"}


@pytest.mark.parametrize("interval", [None, 1, 10, 1000])
@pytest.mark.parametrize("filters", [[], ["genre:Empirical"], ["year:2003..2012", "genre:!"]])
def test_every_bar_gives_its_count(hub, interval, filters):
    asked = {"filter": filters} | ({"interval": interval} if interval else {})
    histogram = hub.get("/api/v1/histogram", **asked).json()
    assert histogram["exact"]
    others = [token for token in filters if not token.startswith("year")]
    counted = 0
    for bar in histogram["bars"]:
        assert hub.get("/api/v1/items", filter=[*others, bar["filter"]]).json()["total"] == bar["count"], bar
        counted += bar["count"]
    without = hub.get("/api/v1/items", filter=[*others, histogram["missing_filter"]]).json()["total"]
    assert without == histogram["missing"]
    assert counted + without == hub.get("/api/v1/items", filter=others).json()["total"]


def test_a_chosen_bar_is_selected(hub):
    bars = hub.get("/api/v1/histogram", interval=10, filter="year:2000..2009").json()["bars"]
    assert [(bar["label"], bar["selected"]) for bar in bars[:2]] == [("2000–2009", True), ("2010–2019", False)]


def test_a_wrong_interval_is_refused(hub):
    problem = hub.get("/api/v1/histogram", interval=3)
    assert (problem.status_code, problem.json()["parameter"]) == (400, "interval")


def test_a_result_is_folded_by_work(hub):
    plain, folded = (hub.get("/api/v1/items", q="survey", size=50, **group).json() for group in ({}, {"group": "work"}))
    assert (ids(folded), folded["total"]) == (ids(plain), plain["total"])  # each item is a work of its own here
    first = hub.get("/api/v1/items", group="work", size=20).json()
    second = hub.get("/api/v1/items", group="work", size=20, cursor=first["next"]).json()
    assert len({*ids(first), *ids(second)}) == first["total"] == len(ids(first)) + len(ids(second))
    assert hub.get("/api/v1/items", size=20, cursor=first["next"]).json()["parameter"] == "cursor"
    for wrong in ("", "title"):
        assert hub.get("/api/v1/items", group=wrong).json()["parameter"] == "group"


def test_a_sample_is_the_same_for_the_same_seed(hub):
    drawn = [ids(hub.get("/api/v1/sample", size=5, seed=seed).json()) for seed in ("1", "1", "2")]
    assert drawn[0] == drawn[1] != drawn[2]
    assert all(len(set(one)) == 5 for one in drawn)


def test_a_sample_goes_around_and_gives_each_item_once(hub):
    every = hub.get("/api/v1/items", size=100).json()
    for seed in range(5):
        sample = hub.get("/api/v1/sample", size=100, seed=seed).json()
        assert sample["total"] == every["total"]
        assert sorted(ids(sample)) == sorted(ids(every))


def test_every_item_is_drawn_about_as_often(hub):
    few = [ids(hub.get("/api/v1/sample", size=3, seed=seed, filter="genre:Empirical").json()) for seed in range(60)]
    drawn = {one for sample in few for one in sample}
    assert len(drawn) > 10  # of 14


def ids(answer):
    return [item["id"] for item in answer["items"]]
