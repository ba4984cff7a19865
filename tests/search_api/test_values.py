"""The values of a property: searched, paged, counted like a facet."""

import pytest

from search_api import values

GENRES = ["Empirical", "Methodological"]


def ask(hub, name, **parameters):
    answer = hub.get(f"/api/v1/properties/{name}/values", **parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def named(answer):
    return [value["value"] for value in answer["values"]]


def test_values_are_those_of_the_facet(hub):
    answer = ask(hub, "genre", filter="language:en")
    facet = hub.get("/api/v1/items", filter="language:en", facet="genre").json()["facets"]["genre"]
    assert sorted(facet["values"], key=lambda value: value["value"]) == answer["values"]
    assert (answer["label"], answer["alternate_label"], answer["next"]) == ("Genre", "Scholarship genre", None)


def test_counts_leave_out_the_propertys_own_filters(hub):
    answer = ask(hub, "genre", filter="genre:Empirical")
    assert [(value["value"], value["selected"]) for value in answer["values"]] == [
        ("Empirical", True), ("Methodological", False),
    ]  # fmt: skip
    for value in answer["values"]:
        assert hub.get("/api/v1/items", filter=value["filter"]).json()["total"] == value["count"]


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"prefix": "EMP"}, ["Empirical"]),
        ({"contains": "ODOLÓG"}, ["Methodological"]),
        ({"prefix": "e", "contains": "cal"}, ["Empirical"]),
        ({"contains": "nothing"}, []),
    ],
)
def test_search_inside_does_not_look_at_case_and_accents(hub, parameters, found):
    assert named(ask(hub, "genre", **parameters)) == found


def test_languages_are_searched_by_their_names(hub):
    assert named(ask(hub, "language", contains="germ")) == ["de"]


@pytest.mark.parametrize("looked_at", [3, 1_000])
@pytest.mark.parametrize("size", ["1", "4", "29", "100"])
def test_pages_give_each_value_once(hub, monkeypatch, size, looked_at):
    monkeypatch.setattr(values, "LOOKED_AT_ONCE", looked_at)
    found, cursor = [], ""
    while cursor is not None:
        page = ask(hub, "year", size=size, cursor=cursor, contains="20")
        found += named(page)
        cursor = page["next"]
    assert found == sorted(set(found))
    everything = hub.get("/api/v1/items", facet="year:100").json()["facets"]["year"]["values"]
    assert found == sorted(value["value"] for value in everything)


def test_a_look_that_finds_little_leads_on(hub, monkeypatch):
    monkeypatch.setattr(values, "LOOKED_AT_ONCE", 2)
    monkeypatch.setattr(values, "MOST_LOOKS", 3)
    first = ask(hub, "year", contains="2029")
    assert (first["values"], first["next"] is None) == ([], False)


def test_undeclared_properties_have_values_too(hub):
    assert named(ask(hub, "audience")) == ["parents", "teachers"]


@pytest.mark.parametrize(
    ("name", "parameters", "parameter"),
    [
        ("genr", {}, "name"),
        ("abstract", {}, "name"),
        ("genre", {"size": "0"}, "size"),
        ("genre", {"cursor": "x"}, "cursor"),
        ("genre", {"sort": "date"}, "sort"),
    ],
)
def test_wrong_parameter_is_named(hub, name, parameters, parameter):
    answer = hub.get(f"/api/v1/properties/{name}/values", **parameters)
    assert (answer.status_code, answer.json()["parameter"]) == (400, parameter)


def test_cursor_is_good_for_its_own_list_only(hub):
    cursor = ask(hub, "year", size="1")["next"]
    answer = hub.get("/api/v1/properties/year/values", cursor=cursor, contains="20")
    assert (answer.status_code, answer.json()["parameter"]) == (400, "cursor")
