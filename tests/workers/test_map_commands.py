"""`oaihub map check, try, diff, values` and mappings of endpoints, over an archived repository."""

import json

import pytest

OVERLAY = (
    'extends = "oai_dc"\nreplace = [{ path = "title", to = "subject" }]\nadd = [{ path = "colour", to = "subject" }]'
)


@pytest.fixture
def archived(oaihub, repository):
    """A repository of 20 live records, harvested as endpoint `r`."""
    assert (
        oaihub("endpoints", "add", "r", repository.url, "--allow-private", "--no-probe", "--prefix", "oai_dc")[0] == 0
    )
    assert oaihub("harvest", "r")[0] == 0
    return repository


@pytest.fixture
def overlay(tmp_path):
    path = tmp_path / "r.toml"
    path.write_text(OVERLAY)
    return path


def told(oaihub, *arguments, code=0):
    found, out, err = oaihub(*arguments, "--json")
    assert found == code, err
    return json.loads(out)


def title_of(oaihub):
    return told(oaihub, "search", "")["items"][0].get("title")


def test_check_names_file_line_and_field(oaihub, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('extends = "oai_dc"\nadd = [\n  { path = "x", to = "titel" },\n]')
    code, out, _ = oaihub("map", "check", path)
    assert code == 1
    assert f"{path}:3: add[1].to: 'titel' is no target" in out
    found = told(oaihub, "map", "check", path, code=1)
    assert [(one["line"], one["field"]) for one in found["files"][0]["mistakes"]] == [(3, "add[1].to")]


def test_check_names_what_is_to_be_dropped_as_no_path(oaihub, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('extends = "oai_dc"\ndrop = [{ path = "publisher" }]\n')
    code, out, _ = oaihub("map", "check", path)
    assert (code, "drop[1]: is to be a path in quotes" in out) == (1, True)


@pytest.mark.usefixtures("archived")
def test_check_names_paths_that_match_nothing_archived(oaihub, overlay):
    code, out, _ = oaihub("map", "check", overlay, "--endpoint", "r")
    assert code == 0
    assert f"{overlay}:3: add[1].path: 'colour' matches nothing in 20 archived records of r" in out
    assert "title" not in out


@pytest.mark.usefixtures("archived")
def test_try_shows_what_differs_and_how_fields_are_filled(oaihub, overlay):
    found = told(oaihub, "map", "try", "--endpoint", "r", "--mapping", overlay, "--n", "5")
    assert (found["records"], found["differing"]) == (5, 5)
    first = found["items"][0]
    assert first["differences"]["title"] == {"before": [first["title"]], "after": []}
    assert set(first["differences"]) <= {"title", "subject", "quality"}
    rates = {one["name"]: (one["before"], one["after"]) for one in found["fill_rates"]}
    assert rates["title"] == (5, 0)
    assert rates["subject"][1] == 5
    assert rates["creator"][0] == rates["creator"][1] == 5
    code, out, _ = oaihub("map", "try", "--endpoint", "r", "--mapping", overlay, "--n", "5")
    assert code == 0
    assert "- title: Record 1" in out
    assert "+ subject: Record 1" in out


@pytest.mark.usefixtures("archived")
@pytest.mark.parametrize("processes", [1, 2])
def test_diff_counts_gains_losses_and_shifts_over_all_records(oaihub, overlay, processes, monkeypatch):
    monkeypatch.setattr("workers.maps.walking.ALONE_UP_TO", 0)
    found = told(oaihub, "map", "diff", "oai_dc", overlay, "--endpoint", "r", "--processes", processes)
    assert (found["records"], found["differing"], found["damaged"]) == (20, 20, [])
    title = next(one for one in found["properties"] if one["name"] == "title")
    assert (title["before"], title["after"], title["lost"], title["values_lost"], title["gained"]) == (20, 0, 20, 20, 0)
    assert title["examples"][0]["after"] == []
    assert found["facets"]["quality"] == [{"value": "no_title", "before": 0, "after": 20}]
    assert oaihub("map", "diff", "now", "oai_dc", "--endpoint", "r")[1].startswith("20 records, 0 of them differ")


@pytest.mark.usefixtures("archived")
def test_endpoint_s_mapping_is_kept_shown_and_used(oaihub, overlay):
    assert oaihub("endpoints", "edit", "r", "--mapping", overlay)[0] == 0
    kept = told(oaihub, "endpoints", "show", "r")
    assert kept["mapping"] == OVERLAY
    assert "its own, version " in oaihub("endpoints", "show", "r")[1]
    assert told(oaihub, "replay", "r")["changed"] == 20
    assert not title_of(oaihub)
    assert told(oaihub, "map", "diff", "oai_dc", "now", "--endpoint", "r")["differing"] == 20
    assert oaihub("endpoints", "edit", "r", "--no-mapping")[0] == 0
    assert told(oaihub, "replay", "r")["changed"] == 20
    assert title_of(oaihub)
    assert "as of its format" in oaihub("endpoints", "show", "r")[1]


def test_harvest_reads_by_the_endpoint_s_mapping(oaihub, repository, overlay):
    added = oaihub("endpoints", "add", "r", repository.url, "--allow-private", "--no-probe", "--mapping", overlay)
    assert added[0] == 0
    assert oaihub("harvest", "r")[0] == 0
    assert not title_of(oaihub)


@pytest.mark.usefixtures("archived")
def test_wrong_use_names_the_thing_and_the_next_step(oaihub, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text('extends = "dc"')
    for arguments, said in (
        (("endpoints", "edit", "r", "--mapping", bad), "bad.toml:1: extends: there is no format 'dc'"),
        (("endpoints", "edit", "r", "--mapping", tmp_path / "none.toml"), "give a mapping file"),
        (("map", "diff", "marc", "now", "--endpoint", "r"), "is neither a file nor a format"),
        (("map", "try", "--endpoint", "nowhere"), "there is no endpoint 'nowhere'"),
    ):
        code, _, err = oaihub(*arguments)
        assert code in {1, 2}
        assert said in err


@pytest.mark.usefixtures("archived")
def test_values_without_a_table_are_listed_by_frequency(oaihub, tmp_path):
    path = tmp_path / "types.toml"
    path.write_text('extends = "oai_dc"\nadd = [{ path = "creator", to = "type" }]')
    assert oaihub("endpoints", "edit", "r", "--mapping", path)[0] == 0
    assert oaihub("replay", "r")[0] == 0
    found = told(oaihub, "map", "values", "--property", "type", "--endpoint", "r")["properties"]["type"]
    assert found["unknown"] == 20
    assert found["known"] == 20
    assert all(one["value"].startswith("Author") for one in found["values"])
    assert "20 of 40 values are known (50.0%)" in oaihub("map", "values", "--property", "type")[1]


@pytest.mark.usefixtures("archived")
def test_a_mapping_for_another_format_is_named_and_not_passed_over_in_silence(oaihub, tmp_path):
    path = tmp_path / "mods.toml"
    path.write_text('extends = "mods"\nadd = [{ path = "title", to = "subject" }]')
    said = "extends: 'mods' is another format than that of the records (oai_dc): it changes nothing"
    code, out, _ = oaihub("map", "check", path, "--endpoint", "r")
    assert (code, out.strip()) == (0, f"{path}:1: {said} in 20 archived records of r")
    for command in (("try", "--mapping", path), ("diff", "now", path)):
        code, _, err = oaihub("map", *command, "--endpoint", "r")
        assert code == 0
        assert f"note: {path}: {said}\n" in err
    assert (
        "note: mods: format: 'mods' is another format" in oaihub("map", "diff", "oai_dc", "mods", "--endpoint", "r")[2]
    )
    assert "note" not in oaihub("map", "diff", "oai_dc", "now", "--endpoint", "r")[2]


@pytest.mark.usefixtures("archived")
def test_try_takes_what_diff_takes_and_a_near_name_is_told(oaihub, tmp_path):
    assert oaihub("map", "try", "--endpoint", "r", "--mapping", "oai_dc")[0] == 0
    code, _, err = oaihub("map", "try", "--endpoint", "r", "--mapping", "oai_dcc")
    assert code == 2
    assert "oaihub: 'oai_dcc' is neither a file nor a format (did you mean 'oai_dc'?): give a mapping file" in err
    code, _, err = oaihub("map", "diff", "now", tmp_path, "--endpoint", "r")
    assert (code, err.strip()) == (2, f"oaihub: {tmp_path}: Is a directory: give a mapping file")


@pytest.mark.usefixtures("archived")
def test_pages_that_the_archive_cannot_give_are_told_and_not_counted_as_nothing(oaihub, overlay, data_dir):
    for page in (data_dir / "archive").rglob("*.zst"):
        page.unlink()
    code, out, _ = oaihub("map", "try", "--endpoint", "r")
    assert code == 1
    assert out.startswith("0 records, 0 of them differ in a property\ndamaged: 1/0: archived page ")
    assert "cannot be read (No such file or directory); fetch it again" in out
    assert "field" not in out
    code, _, err = oaihub("map", "check", overlay, "--endpoint", "r")
    assert code == 1
    assert err.startswith("oaihub: no archived page of r can be read: 1/0: archived page ")


@pytest.mark.usefixtures("archived")
def test_rules_for_a_property_or_to_drop_are_not_said_to_match_nothing(oaihub, tmp_path):
    path = tmp_path / "r.toml"
    path.write_text(
        'extends = "oai_dc"\nadd = [{ path = "title", to = "property", kind = "name" },'
        '{ path = "creator", to = "drop" }]'
    )
    code, out, _ = oaihub("map", "check", path, "--endpoint", "r")
    assert code == 0
    assert out.startswith("r.toml: no mistakes")
