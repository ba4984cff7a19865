import re

import pytest


@pytest.mark.parametrize(
    ("asked", "better"),
    [
        ("survye", "survey"),
        ("Survye of shcools", "survey of schools"),
        ("title:survye OR shcools", "title:survey OR schools"),
        ("survey", None),
        ("zzzzzz", None),
        ("survye zzzzzz", None),
        ('"survye of"', None),
    ],
)
def test_a_search_that_finds_nothing_is_corrected(hub, asked, better):
    answer = hub.get("/api/v1/items", q=asked).json()
    assert answer.get("did_you_mean") == better
    if better:
        assert hub.get("/api/v1/items", q=better).json()["total"]


def test_a_correction_keeps_the_filters_and_must_find_something(hub):
    assert hub.get("/api/v1/items", q="survye", filter="genre:Empirical").json()["did_you_mean"] == "survey"
    assert "did_you_mean" not in hub.get("/api/v1/items", q="survye", filter="genre:Unheard").json()


def test_the_page_links_to_the_other_spelling(hub):
    page = hub.get("/items", q="survye", filter="genre:Empirical").text
    link = r'<a [^>]*href="/items\?q=survey&amp;filter=genre%3AEmpirical"[^>]*>survey</a>'
    assert re.search(rf"Did you mean {link}\?", page)
