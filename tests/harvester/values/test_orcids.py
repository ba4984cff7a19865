"""ORCID iDs at the edges where they are easily mistaken, the same wherever a name comes from."""

import msgspec
import pytest

from harvester.dois.people import read_person
from harvester.values.names import parse_agent
from harvester.values.orcids import find_orcid

NUMBER = "0000-0002-1694-233X"


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        "0000-0002-1694-233x",
        f"https://orcid.org/{NUMBER}",
        f"http://www.orcid.org/{NUMBER}/",
        f"ORCID{NUMBER}",
        f"orcid_{NUMBER}_",
        f"({NUMBER})",
        f"-{NUMBER}-",
    ],
)
def test_an_orcid_is_found_however_it_is_written(text):
    assert find_orcid(text) == NUMBER


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"1{NUMBER}",
        f"{NUMBER}1",
        f"{NUMBER}Y",
        f"0000-{NUMBER}",
        "0000-0002-1694-2330-0001",
        "0000000216942330",
        "0000-0002-1694-23X0",
        "٠٠٠٠-٠٠٠٢-١٦٩٤-٢٣٣٠",
    ],
)
def test_other_numbers_are_no_orcids(text):
    assert find_orcid(text) is None
    assert parse_agent(f"Doe, Jane {text}").orcid is None
    assert read_person(family="Doe", given="Jane", orcid=text).orcid is None


@pytest.mark.parametrize(
    "text", [f"ORCID: {NUMBER}", f"(https://www.orcid.org/{NUMBER.lower()})", f"Orcid iD {NUMBER}"]
)
def test_a_name_with_an_orcid_loses_it_with_its_label(text):
    agent = parse_agent(f"Doe, Jane {text}")
    assert (agent.name, agent.orcid) == ("Doe, Jane", NUMBER)
    assert read_person(family="Doe", given="Jane", orcid=text) == msgspec.structs.replace(agent, name="Doe, Jane")
