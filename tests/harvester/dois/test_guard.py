"""Whether a registered DOI is the record's own: facts from reading pairs, most of them near misses."""

import pytest

from harvester.dois.guard import agrees
from harvester.item import Agent, Date, Link, Metadata, Pages, Term, Text

TITLE = "A new malaria agent in African hominids"


def said(title, *, author="Ollomo", year=2009, kind=None, alternative=(), **fields):
    return Metadata(
        title=(Text(title),) if title else (),
        alternative=alternative,
        creator=(Agent(f"{author}, B.", author, "B.", "person"),) if author else (),
        date=Date(str(year), year, "year") if year else None,
        resource_type=(Term(kind),) if kind else (),
        **fields,
    )


AGREE = {
    "the same": (said(TITLE), said(TITLE)),
    "other case, accents and marks": (
        said("Über den Äther: eine Übersicht der Quellen"),
        said("UBER DEN ATHER - EINE UBERSICHT DER QUELLEN"),
    ),
    "the subtitle lost": (
        said("Partnering for Improvement: Improvement Communities and Their Role in Scale Up"),
        said(
            "Partnering for Improvement",
            alternative=(Text("Improvement Communities and Their Role in Scale Up", kind="subtitle"),),
        ),
    ),
    "title translated": (
        said("Um novo agente da malária em hominídeos africanos", kind="journal article"),
        said(TITLE, year=2010, kind="journal article"),
    ),
    "the original title is an alternative": (
        said("Ein neuer Erreger der Malaria bei Menschenaffen", author="", year=None),
        said(TITLE, alternative=(Text("Ein neuer Erreger der Malaria bei Menschenaffen"),)),
    ),
    "no title of its own, author and year": (said(""), said(TITLE)),
    "an author's name not separated": (
        Metadata(
            title=(Text("Agent of malaria, African hominids (new)"),),
            creator=(Agent("Benjamin Ollomo"),),
            date=Date("2009", 2009, "year"),
        ),
        said(TITLE),
    ),
    "a short title with its author": (said("Editorial"), said("Editorial")),
    "article and preprint type": (said(TITLE, kind="journal article"), said(TITLE, kind="preprint")),
    "retracted since": (said(TITLE), said(f"RETRACTED ARTICLE: {TITLE}")),
    "withdrawn since, in brackets": (said(TITLE), said(f"[Withdrawn] {TITLE}")),
    "reworded, in the same place": (
        said("The malarial agent of apes", volume="5", pages=Pages("1-9", "1", "9")),
        said("Plasmodium found in gorillas from Gabon", volume="5", pages=Pages("1", "1")),
    ),
}

DIFFER = {
    "the DOI of the container": (
        said("Democracy in Europe: the case of Portugal", kind="book part"),
        said("Democracy in Europe", author="Smith", kind="book"),
    ),
    "the DOI of the container by the same author": (
        said("Democracy in Europe since the war", kind="book part"),
        said("Democracy in Europe since the war", kind="book"),
    ),
    "the DOI of the container without types": (
        said("Democracy in Europe: the case of Portugal in the years of crisis"),
        said("Democracy in Europe", author="Smith", year=2009),
    ),
    "the DOI of the journal": (
        said("Soil and water in Spain", kind="journal article"),
        said("Soil and Water", author="", kind="journal"),
    ),
    "the DOI of the dataset": (said(TITLE, kind="journal article"), said(TITLE, kind="dataset")),
    "the DOI of the dataset without a type": (said(TITLE), said(f"Data from: {TITLE}", year=2010)),
    "the DOI of the correction": (said(TITLE), said(f"Correction: {TITLE}")),
    "the DOI of the retraction": (said(TITLE), said(f"Retraction: {TITLE}")),
    "the DOI of a notice that has its work's title": (
        said(TITLE),
        said(f"Retracted: {TITLE}", links=(Link("updates", doi="10.5555/work"),)),
    ),
    "same author and year, another work": (
        said("Malaria in the lowlands of Gabon", kind="journal article"),
        said("Vaccines for cattle: the state of the art", kind="journal article"),
    ),
    "same author and year, another work, both not English": (
        said("Die Malaria im Tiefland", kind="journal article"),
        said("Impfstoffe gegen Rinderpest", kind="journal article"),
    ),
    "a short title of another author": (said("Book reviews"), said("Book reviews", author="Miller", year=1998)),
    "a translation of another year": (said("Um novo agente da malária"), said(TITLE, year=2015)),
    "nothing to compare": (said("", author="", year=None), said(TITLE)),
    "another paper altogether": (said(TITLE), said("Graph colouring in linear time", author="Novak", year=2001)),
}


@pytest.mark.parametrize("case", AGREE)
def test_what_is_registered_is_of_this_work(case):
    assert agrees(*AGREE[case])


@pytest.mark.parametrize("case", DIFFER)
def test_what_is_registered_is_of_another_work(case):
    assert not agrees(*DIFFER[case])
