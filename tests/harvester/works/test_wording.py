"""The words of values: what an edit that changes nothing leaves as it was, whatever a source says of it besides."""

import pytest
from msgspec import structs

from harvester.item import (
    Affiliation,
    Agent,
    Citation,
    Container,
    Date,
    Funding,
    Identifier,
    Language,
    Link,
    Metadata,
    Pages,
    Rights,
    Subject,
    Term,
    Text,
)
from harvester.values.relations import RELATIONS
from harvester.works.editing import BUILDERS, Edit, apply_edits, check_edit
from harvester.works.proposing import Change, apply_changes, changed_properties, find_conflict
from harvester.works.wording import words_of

WHOLE = Metadata(
    title=(Text("A title", lang="en"), Text("Ein Titel", lang="de", kind="translated")),
    alternative=(Text("Other"),),
    abstract=(Text("An abstract", lang="en"),),
    description=(Text("A note", kind="note"),),
    creator=(Agent("unknown"), Agent("Roe, R.", orcid="0000-0001", affiliation=(Affiliation("X", ror="y"),))),
    contributor=(Agent("Doe, D.", role="editor"),),
    date=Date("2017-05", 2017, "month", literal="May 2017"),
    volume="7",
    issue="2",
    pages=Pages("569-588", start="569", end="588", count=20),
    container=Container("Annals", kind="journal", issn=("1234-5678",)),
    publisher=("A press",),
    resource_type=(Term("Report", "rpt", "https://types.example/r"),),
    resource_status=(Term("Published Text", "pub"),),
    genre=(Term("Empirical", "emp"),),
    funding=(Funding("Fund A", number="1", title="Kept"), Funding("Fund A", "id", number="2", uri="u")),
    citation=Citation("So it is cited."),
    doi="10.1000/own",
    identifier=(
        Identifier("doi", "10.1000/own", "https://doi.org/10.1000/own"),
        Identifier("handle", "1234/5678", "https://hdl.handle.net/1234/5678"),
    ),
    language=(Language("en", "eng"), Language(None, "Martian")),
    subject=(Subject("A", scheme="S", uri="u"),),
    rights=(Rights("Terms of ours", "All terms", "https://terms.example"),),
    access=Term("open access", "free", "https://access.example"),
    links=(Link("is_part_of", doi="10.1000/whole", title="Whole"), Link("references", url="https://x.example/a b")),
    extra={"audience": ("teachers", "two\nlines")},
)
NAMES = (*BUILDERS, *(name for name in RELATIONS if any(link.relation == name for link in WHOLE.links)), *WHOLE.extra)


@pytest.mark.parametrize("name", NAMES)
def test_an_edit_with_the_words_that_are_there_changes_nothing(name):
    words = words_of(WHOLE, name)
    assert words
    assert all(text == " ".join(text.split()) for text in words)
    assert check_edit(WHOLE, name, words) == words
    edit = Edit(property=name, values=words, author="Ann", reason="", at=0.0)
    edited = apply_edits(WHOLE, [edit])
    assert set(edited.links) == set(WHOLE.links)  # those of a property that was edited come last
    assert structs.replace(edited, origin={}, links=WHOLE.links) == WHOLE


def test_what_we_wrote_ourselves_and_the_own_doi_are_no_words():
    ours = Metadata(citation=Citation("Ours.", "generated"), doi="10.1/x", identifier=(Identifier("doi", "10.1/x"),))
    assert (words_of(ours, "citation"), words_of(ours, "identifier"), words_of(ours, "volume")) == ((), (), ())


@pytest.mark.parametrize(
    ("values", "changes", "after"),
    [
        (["a", "b"], [("a", "x")], ["x", "b"]),
        (["a", "b"], [("a", None)], ["b"]),
        (["a"], [(None, "b"), (None, "b")], ["a", "b"]),
        (["a"], [("gone", "x")], ["a", "x"]),
        (["a"], [("gone", None)], ["a"]),
        (["a", "a"], [("a", "x")], ["x", "a"]),
        ([], [(None, "a")], ["a"]),
    ],
)
def test_changes_are_applied_in_their_order(values, changes, after):
    asked = [Change("subject", original, proposed) for original, proposed in changes]
    assert apply_changes(values, asked, is_single=False) == after


def test_a_property_of_one_value_has_the_last_one_proposed():
    assert apply_changes(["7"], [Change("volume", "6", "8")], is_single=True) == ["8"]
    assert changed_properties(WHOLE, [Change("volume", None, "7"), Change("subject", "A", "B")]) == {"subject": ["B"]}


@pytest.mark.parametrize(
    ("change", "conflict"),
    [
        (Change("subject", "A", "B"), None),
        (Change("subject", None, "B"), None),
        (Change("subject", "gone", "B"), "gone"),
        (Change("subject", "gone", None), "gone"),
        (Change("subject", None, "A"), "there"),
        (Change("volume", None, "8"), "taken"),
        (Change("volume", "7", None), None),
    ],
)
def test_what_does_not_fit_any_more_is_told(change, conflict):
    assert find_conflict(WHOLE, change) == conflict
