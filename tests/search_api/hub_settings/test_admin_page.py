"""The page of the hub's settings: sections, the whole, the logo, the versions; nothing typed is lost."""

import re
from html import unescape

import pytest

from harvester.store.hubs.settings import get_settings, list_versions, put_settings
from harvester.store.operating.audit import list_audit
from indexer.fields import FIELDS
from search_api.hub_settings import HubSettings
from search_api.hub_settings.reading import read_document
from tests.search_api.accounts.conftest import opened_site
from tests.search_api.hub_settings.test_logos import make_png

SECTIONS = ("look", "facets", "template", "texts", "comments", "contributions")


@pytest.fixture
def site(tmp_path):
    with opened_site(tmp_path) as site:
        yield site


@pytest.fixture
def ada(site):
    site.add_user("ada", "admin")
    with site.browser() as browser:
        browser.sign_in("ada")
        yield browser


def fields_of(page):
    """Give what a browser would send of the section's form, untouched."""
    form = next(form for form in re.findall(r"<form.*?</form>", page, re.DOTALL) if 'name="version"' in form)
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if given.get("type") not in {"checkbox", "file"} or "checked" in given:
            fields[unescape(given["name"])] = unescape(given.get("value", ""))
    for name, inner in re.findall(r'<select name="([^"]*)".*?>(.*?)</select>', form, re.DOTALL):
        fields[name] = re.search(r'value="([^"]*)" selected', inner)[1]
    for name, inner in re.findall(r'<textarea name="([^"]*)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL):
        fields[name] = unescape(inner)
    return fields


def send(browser, section, change=None, **headers):
    """Send the form of a section as it is, but for what is changed; None takes a field away."""
    path = f"/admin/hub/{section}"
    fields = fields_of(browser.get(path).text) | (change or {})
    sent = {name: value for name, value in fields.items() if value is not None}
    return browser.client.post(path, data=sent, headers={"Sec-Fetch-Site": "same-origin"} | headers)


def settings_of(site):
    return read_document(get_settings(site.store).document, lambda name: True)


def row_of(fields, name):
    return next(key.removesuffix(".name") for key, value in fields.items() if key.endswith(".name") and value == name)


def test_only_admins_come_in(site, ada):
    site.add_user("otto", "operator")
    with site.browser() as otto:
        otto.sign_in("otto")
        assert otto.get("/admin/hub/look").status_code == 403
        assert "Administration" not in otto.get("/account").text
        assert otto.post("/admin/hub/comments", **{"comments.writers": "nobody"}).status_code == 403
    assert site.client.get("/admin/hub/look", headers={"Accept": "text/html"}).status_code == 303
    assert ada.get("/admin").status_code == 303
    assert '<a href="/admin">Administration</a>' in ada.get("/account").text
    assert get_settings(site.store) is None


@pytest.mark.parametrize("section", SECTIONS)
def test_a_form_that_is_sent_untouched_changes_nothing(site, ada, section):
    answer = send(ada, section)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/admin/hub/{section}?saved=1")
    found = settings_of(site)
    texts = {language: dict.fromkeys(("welcome", "footer", "about", "privacy"), "") for language in ("en", "de")}
    languages = ("en", "de") if section == "look" else ()
    assert found == HubSettings(texts=texts, languages=languages)
    assert "Saved as version 1" in ada.get(answer.headers["location"]).text


def test_name_languages_and_colours_are_changed_at_once(site, ada):
    change = {"name": " Küste ", "languages.en": None, "first": "de", "colours.link_dark": "#abcdef"}
    assert send(ada, "look", change).status_code == 303
    found = settings_of(site)
    assert (found.name, found.languages, found.colours.link_dark) == ("Küste", ("de",), "#abcdef")
    page = ada.get("/items").text
    assert "Küste" in page
    assert "/static/theme." in page


def test_facets_are_those_with_a_number_in_its_order(site, ada):
    fields = fields_of(ada.get("/admin/hub/facets").text)
    order = {
        f"{row_of(fields, name)}.order": place for name, place in (("genre", "7"), ("language", ""), ("funder", "1"))
    }
    send(ada, "facets", order)
    assert settings_of(site).facets == ("funder", "resource_type", "resource_status", "year", "genre")
    shown = {value for key, value in fields.items() if key.endswith(".name")}
    assert shown == {name for name, field in FIELDS.items() if field.facet} | {""}


def test_the_template_is_changed_by_rows(site, ada):
    fields = fields_of(ada.get("/admin/hub/template").text)
    title, doi, part = (row_of(fields, name) for name in ("title", "doi", "has_part"))
    change = {f"{title}.label.de": "Titel", f"{title}.editable": None, f"{doi}.order": "", f"{part}.order": "2"}
    send(ada, "template", change | {f"{part}.shown": None})
    found = settings_of(site).template
    assert [one.name for one in found][:3] == ["title", "creator", "has_part"]
    assert (found[0].labels, found[0].editable, found[0].shown) == ({"de": "Titel"}, False, True)
    assert (found[2].editable, found[2].shown) == (True, False)
    assert "doi" not in {one.name for one in found}
    assert len(found) == len(HubSettings().template)


def test_texts_keep_their_lines_and_other_sections_stay(site, ada):
    send(ada, "comments", {"comments.writers": "nobody"})
    send(ada, "texts", {"texts.de.privacy": "\r\nEins\r\n\r\nZwei <b>\r\n"})
    found = settings_of(site)
    assert found.texts["de"]["privacy"] == "Eins\n\nZwei <b>"
    assert found.comments.writers == "nobody"
    assert fields_of(ada.get("/admin/hub/texts").text)["texts.de.privacy"] == "Eins\n\nZwei <b>"
    assert ada.get("/privacy").status_code == 200


@pytest.mark.parametrize(
    ("section", "change", "field", "reason"),
    [
        ("look", {"colours.link_light": "#ffff00"}, "colours.link_light", "1.00:1"),
        ("look", {"colours.accent_dark": "red"}, "colours.accent_dark", "#rrggbb"),
        ("look", {"name": "x" * 101}, "name", "at most 100"),
        ("facets", {"row.0.order": "first"}, "row.0.order", "give a number"),
        ("facets", {"row.0.name": "gnre"}, "row.0.name", "did you mean genre?"),
        ("template", {"row.3.label.de": "x" * 101}, "row.3.label.de", "at most 100"),
        ("template", {"row.77.order": "3"}, "row.77.name", "name the property"),
        ("template", {"row.77.order": "3", "row.77.name": "title"}, "row.77.name", "already"),
        ("texts", {"texts.en.about": "x" * 20_001}, "texts.en.about", "at most 20000"),
        ("comments", {"comments.per_hour": "many"}, "comments.per_hour", "from 1 to 1000"),
        ("comments", {"comments.question": "Who?"}, "comments.answer", "needs an answer"),
        ("contributions", {"contributions.token_days": "0"}, "contributions.token_days", "from 1 to 3650"),
        ("document", {"document": "facets = ['gnre']"}, "document", "line 1: facets[1]"),
        ("document", {"document": "facets = ["}, "document", "no TOML"),
    ],
)
def test_what_is_wrong_stands_beside_it_and_nothing_typed_is_lost(ada, section, change, field, reason):
    answer = send(ada, section, change)
    page = answer.text
    assert (answer.status_code, "Nothing was saved" in page) == (400, True)
    assert fields_of(page) | change == fields_of(page)
    said = re.search(rf'<span class="wrong" id="{re.escape(field)}-wrong">(.*?)</span>', page)
    assert reason in unescape(said[1])
    (tag,) = re.findall(rf'<(?:input|textarea)[^>]* name="{re.escape(field)}"[^>]*>', page)
    assert 'aria-invalid="true"' in tag
    assert f"{field}-wrong" in tag
    assert "Saved" not in page
    assert fields_of(page)["version"] == "0"


def test_a_list_that_is_too_long_is_said_above(site, ada):
    fields = fields_of(ada.get("/admin/hub/facets").text)
    change = {key: "1" for key in fields if key.endswith(".order") and fields[key.replace("order", "name")]}
    answer = send(ada, "facets", change)
    assert (answer.status_code, "facets: give a list of at most 30 things" in answer.text) == (400, True)


@pytest.mark.parametrize("section", [*SECTIONS, "document"])
def test_a_change_by_another_admin_is_noticed_and_written_over_only_when_meant(site, ada, section):
    fields = fields_of(ada.get(f"/admin/hub/{section}").text)
    put_settings(site.store, "name = 'Of Ben'\n[comments]\nper_hour = 7", after=0, actor="ben", now=site.clock())
    name = next(
        key for key in fields if key.startswith(("colours", "row.0.order", "texts", "comments.per", "contr", "doc"))
    )
    typed = {"document": "facets = ['year']"} if section == "document" else {name: fields[name]}
    answer = ada.client.post(f"/admin/hub/{section}", data=fields | typed)
    assert (answer.status_code, "ben has changed the settings" in answer.text) == (409, True)
    again = fields_of(answer.text)
    assert again["version"] == "1"
    assert again | typed == again
    assert len(list_versions(site.store)) == 1
    assert ada.client.post(f"/admin/hub/{section}", data=again).status_code == 303
    if section not in {"look", "document"}:
        assert settings_of(site).name == "Of Ben"  # the other sections are not sent with it


def test_a_mistake_does_not_hide_a_change_by_another_admin(site, ada):
    fields = fields_of(ada.get("/admin/hub/comments").text)
    put_settings(site.store, "name = 'Of Ben'", after=0, actor="ben", now=site.clock())
    wrong = ada.client.post("/admin/hub/comments", data=fields | {"comments.per_hour": "many"})
    mended = fields_of(wrong.text) | {"comments.per_hour": "9"}
    assert ada.client.post("/admin/hub/comments", data=mended).status_code == 409


def test_a_logo_is_sent_shown_and_taken_away(site, ada):
    def post(content, **fields):
        token = fields_of(ada.get("/admin/hub/logo").text)
        return ada.client.post("/admin/hub/logo", data=token | fields, files={"logo": ("x.png", content, "text/html")})

    picture = make_png() + b"\r\n--x\r\n\r\x00\n"  # line ends of all kinds, as pictures have them
    assert post(picture).status_code == 303
    assert get_settings(site.store).logo.content == picture
    page = ada.get("/admin/hub/logo").text
    (path,) = set(re.findall(r"/static/logo\.[0-9a-f]{12}\.png", page))
    assert site.client.get(path).content == picture
    refused = post(b"<svg onload=alert(1)>")
    assert (refused.status_code, "neither PNG" in refused.text) == (400, True)
    assert post(make_png() + b"\0" * 200_000).status_code == 400
    assert get_settings(site.store).version == 1
    gone = ada.post("/admin/hub/logo", page="/admin/hub/logo", version="1", remove="1")
    assert gone.status_code == 303
    assert get_settings(site.store).logo.content == b""


def test_a_form_with_a_file_needs_its_token_too(site, ada):
    files = {"logo": ("x.png", make_png(), "image/png")}
    assert ada.client.post("/admin/hub/logo", data={"version": "0"}, files=files).status_code == 403
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert ada.client.post("/admin/hub/logo", content=b"--y\r\n\r\n", headers=broken).status_code == 400
    assert (
        ada.client.post("/admin/hub/logo", content=b"--x", headers={"Content-Type": "multipart/form-data"}).status_code
        == 400
    )
    large = ada.client.post("/admin/hub/logo", files={"logo": ("x.png", b"\0" * 1_100_000, "image/png")})
    assert large.status_code == 413
    assert get_settings(site.store) is None


def test_one_goes_back_to_a_version(site, ada):
    for name in ("One", "Two"):
        send(ada, "look", {"name": name})
    page = ada.get("/admin/hub/versions").text
    assert page.count("Go back</button>") == 1
    answer = ada.post("/admin/hub/versions", page="/admin/hub/versions", version="2", back="1")
    assert (answer.status_code, settings_of(site).name, get_settings(site.store).version) == (303, "One", 3)
    late = ada.post("/admin/hub/versions", page="/admin/hub/versions", version="2", back="1")
    assert (late.status_code, "has changed the settings" in late.text) == (409, True)
    assert ada.post("/admin/hub/versions", page="/admin/hub/versions", version="3", back="99").status_code == 400
    done = [(entry.actor, entry.action) for entry in list_audit(site.store, object="hub")]
    assert done == [("ada", "back"), ("ada", "change"), ("ada", "change")]


def test_settings_that_cannot_be_read_are_shown_as_a_text_to_mend(site, ada):
    put_settings(site.store, "of_a_later_version = 1", after=0, actor="ben", now=1.0)
    page = ada.get("/admin/hub/document").text
    assert "cannot be read by this version" in page
    assert fields_of(page)["document"] == "of_a_later_version = 1"
    assert send(ada, "document", {"document": "name = 'Mended'"}).status_code == 303
    assert settings_of(site).name == "Mended"


def test_an_undeclared_property_can_be_named_while_it_occurs(tmp_path):
    with opened_site(tmp_path) as site:
        site.add_user("ada", "admin")
        with site.browser() as ada:
            ada.sign_in("ada")
            answer = send(ada, "template", {"row.77.order": "3", "row.77.name": "audience"})
            assert (answer.status_code, "no such property" in answer.text) == (400, True)
            put_settings(site.store, "[[template]]\nname = 'audience'", after=0, actor="ben", now=1.0)
            assert send(ada, "template", {}).status_code == 303
            assert settings_of(site).template[0].name == "audience"
