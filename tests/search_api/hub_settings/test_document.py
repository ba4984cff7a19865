"""The document of settings: what is read, refused and written."""

import re
import textwrap
import tomllib
from pathlib import Path

import msgspec
import pytest

from indexer.fields import FIELDS
from search_api.hub_settings import Colours, CommentSettings, HubSettings, TemplateProperty, text_of
from search_api.hub_settings.colours import DARK, LIGHT, ON_LINK, USUAL, contrast_of, make_theme
from search_api.hub_settings.faults import BadSettingsError
from search_api.hub_settings.reading import read_document
from search_api.hub_settings.writing import write_document

STYLES = Path(__file__).parents[3] / "search_api/pages/static/styles/0-base.css"
FULL = HubSettings(
    name="Hub of hubs",
    languages=("de", "en"),
    facets=("year", "audience"),
    template=(
        TemplateProperty(name="title", labels={"de": "Titel", "en": 'A "title"'}, editable=False),
        TemplateProperty(name="audience", shown=False),
    ),
    colours=Colours(link_light="#0b57a4", accent_dark="#8ab8f0"),
    comments=CommentSettings(writers="users", question="Who?", answer='"me" \\ you', per_hour=9),
    texts={
        "en": {"welcome": 'Two\n\nparagraphs, """three quotes""" \\ and\ttab'},
        "de": {"privacy": "Wir merken nichts."},
    },
)


def known(name):
    return name == "audience"


def faults_of(text):
    with pytest.raises(BadSettingsError) as raised:
        read_document(text, known)
    return [(fault.line, fault.key, fault.value, fault.reason) for fault in raised.value.faults]


def test_nothing_is_all_as_it_is_in_the_code():
    assert read_document("", known) == HubSettings()


@pytest.mark.parametrize("settings", [HubSettings(), FULL], ids=["usual", "full"])
def test_what_is_written_is_read_back(settings):
    text = write_document(settings, ("en", "de"))
    found = read_document(text, known)
    assert msgspec.structs.replace(found, texts={}) == msgspec.structs.replace(settings, texts={})
    for language in ("en", "de"):
        for place in ("welcome", "footer", "about", "privacy"):
            assert found.texts[language][place] == settings.texts.get(language, {}).get(place, "")


def test_every_key_is_written_with_its_meaning():
    lines = write_document(HubSettings(), ("en",)).splitlines()
    keys = [number for number, line in enumerate(lines) if re.match(r"\[?\w+(\]| = )", line)]
    told = {lines[number].strip("[]").split(" = ")[0] for number in keys if lines[number - 1].startswith("# ")}
    wanted = {*HubSettings.__struct_fields__, *Colours.__struct_fields__, *CommentSettings.__struct_fields__}
    assert wanted - told == {"texts"}  # whose tables are [texts.en]
    assert tomllib.loads("\n".join(lines)).keys() == set(HubSettings.__struct_fields__)


def test_all_that_is_wrong_is_said_at_once_with_line_key_value_and_what_is_allowed():
    text = """name = 3
facets = ["gnre", "abstract", "year", "year"]
colour = "red"
[[template]]
name = "title"
labels = { fr = "Titre" }
editable = "yes"
[colours]
link_light = "#bbbbbb"
link_dark = "red"
[comments]
writers = "anybody"
per_hour = 0
treaded = false
question = "Who?"
[texts.en]
welcom = "a"
footer = 3
[texts.xx]
"""
    found = faults_of(text)
    assert [(line, key, value) for line, key, value, _ in found] == [
        (1, "name", "3"),
        (2, "facets[1]", "'gnre'"),
        (2, "facets[2]", "'abstract'"),
        (2, "facets[4]", "'year'"),
        (3, "colour", "'red'"),
        (6, "template[1].labels.fr", "'Titre'"),
        (7, "template[1].editable", "'yes'"),
        (9, "colours.link_light", "'#bbbbbb'"),
        (10, "colours.link_dark", "'red'"),
        (11, "comments.answer", ""),
        (12, "comments.writers", "'anybody'"),
        (13, "comments.per_hour", "0"),
        (14, "comments.treaded", "False"),
        (17, "texts.en.welcom", ""),
        (18, "texts.en.footer", "3"),
        (19, "texts.xx", ""),
    ]
    allowed = ["at most 100", "genre?", "long text", "already", "colours?", "en, de", "true or false", "1.79:1"]
    allowed += [
        "#rrggbb",
        "needs an answer",
        "anyone",
        "from 1 to 1000",
        "threaded?",
        "welcome, footer",
        "text",
        "en, de",
    ]
    assert [word in reason for word, (*_, reason) in zip(allowed, found, strict=True)] == [True] * len(allowed)


@pytest.mark.parametrize(
    ("text", "line", "key", "reason"),
    [
        ("name = \n", 1, "", "no TOML"),
        ("[[template]]\nname = 'title'\n[[template]]\nshown = true", 3, "template[2]", "lacks the key name"),
        ("template = ['title']", 1, "template[1]", "a table"),
        ("template = 'title'", 1, "template", "a list"),
        ("facets = [1]", 1, "facets[1]", "a text"),
        ("colours = 'red'", 1, "colours", "a table"),
        ("[texts]\nen = 'x'", 2, "texts.en", "a table"),
        ("languages = ['fr']", 1, "languages[1]", "en, de"),
        ("languages = ['en', 'en']", 1, "languages[2]", "already"),
        ("name = ' '", 1, "name", "only blanks"),
        ('name = "a\\u0007"', 1, "name", "control character"),
        ("name = '" + "a" * 101 + "'", 1, "name", "at most 100"),
        ("[comments]\nanswer = 'me'", 1, "comments.question", "needs a question"),
        ("[[template]]\nname='title'\nlabels.en='" + "a" * 101 + "'", 3, "template[1].labels.en", "at most 100"),
        ("[texts.en]\nabout = '" + "a" * 20_001 + "'", 2, "texts.en.about", "at most 20000"),
        ("[[template]]\nname='no_such'", 2, "template[1].name", "no such property"),
        ("[[template]]\nname='year'\n[[template]]\nname='year'", 3, "template[2]", "already"),
        ("# " + "a" * 500_000, None, "", "characters"),
    ],
)
def test_what_cannot_be_meant_is_refused(text, line, key, reason):
    ((found_line, found_key, _, found_reason),) = faults_of(text)
    assert (found_line, found_key, reason in found_reason) == (line, key, True), found_reason


def test_an_undeclared_property_that_occurs_can_be_a_facet_and_in_the_template():
    found = read_document("facets = ['audience']\n[[template]]\nname = 'audience'", known)
    assert (found.facets, found.template[0].name) == (("audience",), "audience")
    assert faults_of("facets = ['audiences']")[0][1] == "facets[1]"


def test_the_usual_facets_and_template_are_properties():
    assert {*HubSettings().facets, *(one.name for one in HubSettings().template)} <= FIELDS.keys()


# Figures that people know: black on white is 21, #767676 the lightest grey that passes on white, #777 does not.
@pytest.mark.parametrize(
    ("one", "other", "contrast"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#767676", "#ffffff", 4.54),
        ("#777777", "#ffffff", 4.48),
        ("#ff0000", "#ffffff", 4.0),
    ],
)
def test_contrast_is_that_of_the_standard(one, other, contrast):
    assert round(contrast_of(one, other), 2) == contrast == round(contrast_of(other, one), 2)


@pytest.mark.parametrize("name", ["link_light", "accent_light", "link_dark", "accent_dark"])
def test_a_colour_that_cannot_be_read_on_its_ground_is_refused_with_the_figure(name):
    bad, good = ("#ffe000", "#5a4a00") if name.endswith("light") else ("#222288", "#ffe000")
    ((_, key, value, reason),) = faults_of(f"[colours]\n{name} = '{bad}'")
    assert (key, value) == (f"colours.{name}", f"'{bad}'")
    assert re.search(r"is \d\.\d\d:1, and at least 4\.5:1", reason)
    assert getattr(read_document(f"[colours]\n{name} = '{good}'", known).colours, name) == good


def test_contrast_that_just_fails_is_not_said_to_be_enough():
    assert 4.495 < contrast_of("#097c99", LIGHT[1]) < 4.5  # which would be rounded to 4.50
    ((*_, reason),) = faults_of("[colours]\naccent_light = '#097c99'")
    assert "is 4.49:1" in reason


def test_the_grounds_are_those_of_the_stylesheet():
    style = STYLES.read_text()
    found = {name: re.findall(r"#[0-9a-f]{3,6}", line) for name, line in re.findall(r"--([\w-]+): (.*);", style)}
    long = lambda colour: colour if len(colour) == 7 else "#" + "".join(one * 2 for one in colour[1:])  # noqa: E731
    assert [long(colour) for colour in (*found["ground"], *found["raised"])] == [LIGHT[0], DARK[0], LIGHT[1], DARK[1]]
    assert [long(colour) for colour in found["on-link"]] == [ON_LINK["light"], ON_LINK["dark"]]
    assert tuple(found["link"]) == USUAL["link"]


def test_a_theme_is_custom_properties_only():
    assert make_theme(Colours()) == ""
    assert make_theme(Colours(link_light="#123456")) == ":root { --hub-link: light-dark(#123456, #8ab8f0) }\n"
    both = make_theme(Colours(link_dark="#abcdef", accent_light="#123456", accent_dark="#abcdef"))
    assert both.count("--hub-") == 2
    assert not set(re.findall(r"[^\w\s#:;,(){}-]", both))


def test_a_text_is_given_in_the_language_asked_for_or_the_first_that_has_it():
    settings = HubSettings(
        languages=("de", "en"), texts={"en": {"about": " One ", "footer": "Foot"}, "de": {"about": "Eins"}}
    )
    assert text_of(settings, "about", "en") == ("One", "en")
    assert text_of(settings, "about", "de") == ("Eins", "de")
    assert text_of(settings, "footer", "de") == ("Foot", "en")
    assert text_of(settings, "privacy", "de") == ("", "")


def test_the_example_of_the_readme_is_one():
    text = (STYLES.parents[4] / "README.md").read_text()
    example = re.search(r"it does not say is as usual:\n\n(.*?)\n\nEvery fault", text, re.DOTALL)[1]
    found = read_document(textwrap.dedent(example), known)
    assert (found.facets, found.template[1].labels) == (("genre", "year", "funder"), {"de": "Kurzfassung"})
    assert found.texts["en"]["privacy"].count("\n\n") == 1
