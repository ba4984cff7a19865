"""A hub whose repository wishes it no good."""

import pytest

from harvester.item import Agent, Container, Date, Metadata, Term, Text
from tests.search_api.conftest import opened, record

SCRIPT = "<script>alert(1)</script>"
HOSTILE = (
    SCRIPT,
    '"><img src=x onerror=alert(1)>',
    "a:b..c",
    '"quoted" and \\back\\slash',
    "-negative",
    "*",
    "!",
    "x" * 1_000,
    "wörter, mit; Zeichen & mehr % + # ?",
    "\u202egnp.exe",
    "javascript:alert(1)",
    "</a></li></ul>",
    "../../etc",
)


def hostile_item(value):
    return Metadata(
        title=(Text(value),),
        abstract=(Text(f"Words, then {value}"),),
        creator=(Agent(value), *(Agent(f"Author {number}") for number in range(7))),
        container=Container(value),
        date=Date(literal=value),
        genre=(Term(value),),
        resource_type=(Term(value),),
        extra={'dc:odd / "name", <b> ?q=1&%41#+': (value,)},
    )


@pytest.fixture(scope="module")
def hostile_hub(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("hostile"), "embedded:") as hub:
        hub.harvest([record(str(number), hostile_item(value)) for number, value in enumerate(HOSTILE)])
        yield hub
