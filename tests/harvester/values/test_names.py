import pytest

from harvester.item import Affiliation, Agent
from harvester.values.names import is_placeholder, parse_agent
from harvester.values.tables import load_table


def person(family, given, name=None, **more):
    return Agent(name or f"{family}, {given}", family, given, "person", **more)


@pytest.mark.parametrize(
    ("text", "agent"),
    [
        ("Cannata, M.", person("Cannata", "M.")),
        ("Ariyan,Manikandan", person("Ariyan", "Manikandan")),
        ("de Ugarte Postigo, A. (Author)", person("de Ugarte Postigo", "A.", role="author")),
        ("Neal, William H., III", person("Neal", "William H.", "Neal, William H., III")),
        ("King, Martin Luther, Jr., 1929-1968", person("King", "Martin Luther", "King, Martin Luther, Jr.")),
        ("Hedengren, Mary Leah, Ph. D.", person("Hedengren", "Mary Leah")),
        ("Bolin, Paul Erik, 1954-", person("Bolin", "Paul Erik")),
        ("Shakespeare, William, 1564-1616.", person("Shakespeare", "William")),
        ("Smith, John (1900-1980)", person("Smith", "John")),
        ("Goings, Henry, approximately 1810-", person("Goings", "Henry")),
        ("Jane Doe et al.", Agent("Jane Doe")),
        ("Doe, Jane, et al.", person("Doe", "Jane")),
        ("Smith, V", person("Smith", "V")),
        ("Smith, Ed", person("Smith", "Ed")),
        ("Smith, Ed (Author)", person("Smith", "Ed", role="author")),
        ("Church, Alonzo", person("Church", "Alonzo")),
        ("Faure, Albert (speaker)", person("Faure", "Albert", role="speaker")),
        (
            "Walder, Heather, AUTHOR (University of Wisconsin-Madison)",
            person("Walder", "Heather", role="author", affiliation=(Affiliation("University of Wisconsin-Madison"),)),
        ),
        ("Doe, Jane (0000-0002-1825-0097)", person("Doe", "Jane", orcid="0000-0002-1825-0097")),
        ("O’Neil, Seán", person("O’Neil", "Seán")),
        ("Plato", Agent("Plato")),
        ("Yu (Jeffrey) Hu", Agent("Yu (Jeffrey) Hu")),
        ("Jane Doe", Agent("Jane Doe")),
        ("Dodson-Robinson, Sarah and Haley, Charlotte", Agent("Dodson-Robinson, Sarah and Haley, Charlotte")),
        ("Chico, RM; Smith, J", Agent("Chico, RM; Smith, J")),
        ("Aristotle, 384-322 B.C", Agent("Aristotle, 384-322 B.C")),
        ("Engstrom, Aurelia Tiong, Maggie", Agent("Engstrom, Aurelia Tiong, Maggie")),
        ("Case Reports in Rheumatology,", Agent("Case Reports in Rheumatology")),
        ("World Health Organization", Agent("World Health Organization", kind="organization")),
        ("Edwin A. Reeves (Firm)", Agent("Edwin A. Reeves", kind="organization")),
        ("Apple, Inc.", Agent("Apple, Inc.", kind="organization")),
        (
            "Naval Postgraduate School, Monterey, California",
            Agent("Naval Postgraduate School, Monterey, California", kind="organization"),
        ),
        ("Greenlee County (Ariz.) (Recipient)", Agent("Greenlee County (Ariz.)", role="recipient")),
        (
            "Arizona. Department of Transportation (Funder)",
            Agent("Arizona. Department of Transportation", kind="organization", role="funder"),
        ),
    ],
)
def test_a_name_is_separated_only_where_the_source_does(text, agent):
    assert parse_agent(text) == agent


@pytest.mark.parametrize("text", ["(:Unav)", "(:unav)", "Super Admin", "Anonymous", "Various Artists", "", " - "])
def test_placeholders_are_no_names(text):
    assert is_placeholder(text)


def test_every_placeholder_of_the_table_is_one_however_it_is_written():
    words = [word for word, known in load_table("names").items() if known.kind == "placeholder"]
    assert all(is_placeholder(written) for word in words for written in (word, word.upper(), f"{word}.", f"({word})"))


@pytest.mark.parametrize("text", ["Cannata, M.", "Anonby, Erik", "Sna", "Plato", "Adminov, A.", "Unknown Pleasures"])
def test_names_are_no_placeholders(text):
    assert not is_placeholder(text)
