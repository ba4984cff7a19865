"""`fields=`: which fields of items are given."""

import pytest


def test_only_the_fields_asked_for_and_the_id_are_given(hub):
    items = hub.get("/api/v1/items", fields="title,doi", size=50).json()["items"]
    assert {name for item in items for name in item} == {"id", "title", "doi"}
    item_id = hub.item_id("known")
    whole = hub.get(f"/api/v1/items/{item_id}").json()
    part = hub.get(f"/api/v1/items/{item_id}", fields="volume, creator").json()
    assert part == {name: whole[name] for name in ("id", "volume", "creator")}


def test_empty_fields_are_all(hub):
    assert hub.get("/api/v1/items", fields="").json() == hub.get("/api/v1/items").json()


@pytest.mark.parametrize("path", ["/api/v1/items", "/api/v1/items/{}"])
def test_unknown_field_is_refused_with_the_nearest(hub, path):
    answer = hub.get(path.format(hub.item_id("known")), fields="title,abstrct")
    assert (answer.status_code, answer.json()["parameter"]) == (400, "fields")
    assert "did you mean abstract?" in answer.json()["detail"]


def test_fields_go_with_json_only(hub):
    answer = hub.get(f"/api/v1/items/{hub.item_id('known')}", fields="title", format="ris")
    assert (answer.status_code, answer.json()["parameter"]) == (400, "fields")


def test_selections_have_etags_of_their_own(hub):
    path = f"/api/v1/items/{hub.item_id('known')}"
    etag = hub.get(path).headers["etag"]
    assert hub.client.get(path, params={"fields": "title"}, headers={"If-None-Match": etag}).status_code == 200


def test_values_of_all_facets_are_bounded(hub):
    names = ["genre", "language", "creator", "year", "publisher", "subject", "container", "funder", "rights", "access"]
    names.append("doi")
    fits = hub.get("/api/v1/items", facet=[f"{name}:1000" for name in names[:10]])
    beyond = hub.get("/api/v1/items", facet=[f"{name}:1000" for name in names])
    assert fits.status_code == 200
    assert (beyond.status_code, beyond.json()["parameter"]) == (400, "facet")
    assert "10,000" in beyond.json()["detail"]
