import pytest

from harvester.item import Text
from search_api.highlighting import highlight
from tests.indexer.making import make_item


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Scale up & scale", "scale", "<mark>Scale</mark> up &amp; <mark>scale</mark>"),
        ("Éléphants <b>", "elephants", "<mark>Éléphants</mark> &lt;b&gt;"),
        ("E\u0301le\u0300ve", "eleve", "<mark>E\u0301le\u0300ve</mark>"),
        ("O'Brien's", "brien", "O&#x27;<mark>Brien</mark>&#x27;s"),
        ("the scale-up, now", '"scale up"', "the <mark>scale-up</mark>, now"),
        ("improving improvement", "improve*", "improving <mark>improvement</mark>"),
        ("中国经济 report", "国经", "中<mark>国经</mark>济 report"),
        ("हिन्दी भाषा", "भाषा", "हिन्दी <mark>भाषा</mark>"),
        ("one two", "title:two", "one <mark>two</mark>"),
        ("one two", "one OR three", "<mark>one</mark> two"),
        ("ﬁnal ½", "final", "<mark>ﬁnal</mark> ½"),
        ("one two", "NOT one", None),
        ("one two", "abstract:one", None),
        ("one two", "", None),
    ],
)
def test_words_are_marked_as_they_are_written(title, text, expected):
    marked = highlight(make_item(1, title=(Text(title),)), text)
    assert marked == ({"title": [expected]} if expected else {})


def test_a_long_text_is_cut_around_its_first_mark():
    long = "word " * 100 + "needle" + " word" * 100 + " needle"
    (marked,) = highlight(make_item(1, abstract=(Text(long),)), "needle")["abstract"]
    assert marked.startswith("…word ")
    assert marked.endswith(" word…")
    assert marked.count("<mark>needle</mark>") == 1
    assert 240 < len(marked) < 290


def test_a_result_is_marked_on_request(hub):
    plain = hub.get("/api/v1/items", q="survey", size=2).json()["items"]
    assert all("highlight" not in item for item in plain)
    marked = hub.get("/api/v1/items", q="survey", size=2, highlight="true", fields="title").json()["items"]
    for item in marked:
        assert item["highlight"]["title"][0].startswith("<mark>Survey</mark> of schools")
    assert hub.get("/api/v1/items", q="survey", highlight="yes").json()["parameter"] == "highlight"
    assert hub.get("/api/v1/items", q="survey", highlight="true", format="csv").json()["parameter"] == "highlight"
