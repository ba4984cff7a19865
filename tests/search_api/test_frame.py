"""The frame of pages: its languages, its files, and what it lets a browser do."""

import re

import httpx
import pytest


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,en;q=0.5", "de"),
        ("fr,de;q=0.4,en;q=0.7", "en"),
        ("de;q=0,en;q=0.1", "en"),
        ("tlh", "en"),
        ("de;q=x", "en"),
        (",;q=,;;", "en"),
    ],
)
def test_a_page_is_in_the_language_that_the_browser_likes_best(hub, wanted, language):
    answer = hub.client.get("/items", headers={"Accept-Language": wanted})
    assert (answer.headers["content-language"], f'<html lang="{language}">' in answer.text) == (language, True)
    assert {"Accept-Language", "Cookie"} <= set(re.split(", *", answer.headers["vary"]))


def test_a_chosen_language_stays_until_another_is_chosen(hub):
    with httpx.Client(base_url=hub.client.base_url) as browser:
        chosen = browser.get("/items", params={"q": "schools", "lang": "de"})
        assert (chosen.headers["content-language"], chosen.headers["cache-control"]) == ("de", "no-store")
        assert browser.get("/items").headers["content-language"] == "de"
        assert browser.get("/items", params={"lang": "en"}).headers["content-language"] == "en"
        assert browser.get("/items").headers["content-language"] == "en"


def test_the_links_to_other_languages_keep_what_was_asked(hub):
    page = hub.get("/items", q="schools", filter="genre:Empirical").text
    assert 'href="?q=schools&amp;filter=genre%3AEmpirical&amp;lang=de"' in page


def test_an_unknown_language_is_an_unknown_parameter_no_more_than_any(hub):
    assert hub.get("/items", lang="tlh").status_code == 400


def test_the_api_is_the_same_in_all_languages(hub):
    answer = hub.client.get("/api/v1/items", headers={"Accept-Language": "de"})
    assert "content-language" not in answer.headers
    assert hub.get("/api/v1/items", lang="de").status_code == 400


def test_a_page_names_files_that_may_be_kept_for_ever(hub):
    page = hub.get("/").text
    paths = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(paths) == 3
    for path in paths:
        answer = hub.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert hub.get("/static/style.000000000000.css").status_code == 404


def test_a_page_lets_nothing_run_that_is_written_in_it(hub):
    answer = hub.get("/items")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert not re.search(r"<style| style=| on\w+=", answer.text)
