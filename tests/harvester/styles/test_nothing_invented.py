"""Whatever an item says: its citation is made of the item's own words and of a fixed list of words, in one line."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.item import Agent, Container, Identifier, Metadata, Pages, Term, Text
from harvester.styles.apa import write_apa
from harvester.styles.csl import to_csl
from harvester.styles.dates import MONTHS, SEASONS
from harvester.values.dates import parse_date

FIXED = {
    *("in", "press", "n", "d", "ca", "present", "Ed", "Eds", "ed", "Vol", "pp", "p", "In", "Article", "Version", "No"),
    *(
        "Report",
        "Data",
        "set",
        "Computer",
        "software",
        "Preprint",
        "Doctoral",
        "dissertation",
        "Master",
        "Bachelor",
        "s",
    ),
    *("Thesis", "thesis", "Image", "Video", "Audio", "Map", "Paper", "Poster", "Conference", "presentation"),
    *("https", "doi", "org", *MONTHS, *SEASONS.values()),
}
TYPES = [
    *("journal article", "book", "book part", "conference paper", "conference poster", "conference proceedings"),
    *("doctoral thesis", "master thesis", "report", "working paper", "preprint", "dataset", "software", "website"),
    *("video", "image", "newspaper article", "something else"),
]
WORDS = re.compile(r"\w+")
LETTERS = "abc XYZ é Ö ж 王 . , - ' ? ! ’ ( ) 1 2"
TEXTS = st.text(st.sampled_from(LETTERS), min_size=1, max_size=18).map(str.strip).filter(WORDS.search)
NUMBERS = st.sampled_from(["1", "2", "12", "3rd", "v2.1", "Rev. ed.", "IV", "12-3"])
DATES = st.sampled_from(["2001", "2001-05", "2001-05-09", "ca. 1850", "199X", "1990-1995", "spring 2001", "unknown"])
KEYS = ["edition", "version", "report_number", "conference_name", "conference_place", "degree_grantor"]


@st.composite
def agents(draw):
    family, given_names, role = draw(TEXTS), draw(st.none() | TEXTS), draw(st.sampled_from([None, "editor"]))
    name = f"{family}, {given_names}" if given_names else family
    return Agent(name, family if given_names else None, given_names, None, role)


@st.composite
def works(draw):
    some = st.none() | NUMBERS
    return Metadata(
        title=(Text(draw(TEXTS)),),
        resource_type=(Term(draw(st.sampled_from(TYPES))),),
        resource_status=draw(st.sampled_from([(), (Term("in press"),)])),
        creator=tuple(draw(st.lists(agents(), max_size=24))),
        contributor=tuple(draw(st.lists(agents(), max_size=3))),
        date=draw(st.none() | DATES.map(parse_date)),
        volume=draw(some),
        issue=draw(some),
        pages=draw(st.sampled_from([None, Pages("4-7", "4", "7"), Pages("e12", article="e12"), Pages("3, 5-6")])),
        container=draw(st.none() | TEXTS.map(Container)),
        publisher=tuple(draw(st.lists(TEXTS, max_size=2))),
        doi=draw(st.sampled_from([None, "10.1000/xyz"])),
        identifier=draw(st.sampled_from([(), (Identifier("url", "https://a.example/1", "https://a.example/1"),)])),
        extra={key: (draw(TEXTS | NUMBERS),) for key in draw(st.lists(st.sampled_from(KEYS), unique=True))},
    )


def said(item: Metadata) -> set[str]:
    """Give all words of an item, and the initials of its given names."""
    texts = [item.title[0].value, item.volume, item.issue, item.doi, *item.publisher]
    texts += [agent.name for agent in (*item.creator, *item.contributor)]
    texts += [value for values in item.extra.values() for value in values]
    texts += [identifier.value for identifier in item.identifier]
    texts += [item.container.title if item.container else None, item.pages.literal if item.pages else None]
    texts += [item.date.edtf, item.date.literal] if item.date else []
    words = {word for text in texts if text for word in WORDS.findall(text)}
    marks = {mark for agent in (*item.creator, *item.contributor) if agent.given for mark in agent.given}
    editions = {number + ending for number in words if number.isdigit() for ending in ("st", "nd", "rd", "th")}
    days = {word.lstrip("0") for word in words if word.isdigit()}
    bare = {word[1:] for word in words if word[0] == "v"}  # `v2` is written Version 2
    return words | marks | editions | days | bare | {"1990s"}


@given(works())
@settings(max_examples=400, deadline=None)
def test_every_word_is_the_items_own_or_one_of_the_fixed_list(item):
    text = write_apa(item)
    assert not {word for word in WORDS.findall(text) if word not in FIXED} - said(item)
    assert "\n" not in text


@given(works())
@settings(max_examples=100, deadline=None)
def test_csl_json_has_no_empty_value_and_the_words_of_the_item(item):
    found = to_csl(item)
    assert all(found.values())
    assert found["title"] == item.title[0].value
    named = [name.get("literal") or name["family"] for name in found.get("author", [])]
    assert named == [agent.family or agent.name for agent in item.creator if agent.role is None]
