"""People and organisations as a page shows them: each a link to their items, with ORCID, role and affiliation."""

from collections.abc import Sequence
from typing import Final

from harvester.item import Affiliation, Agent
from harvester.values.web import web_address
from search_api.languages import _, show_number
from search_api.pages.item.values import folded_list, linked_value
from search_api.pages.markup import Html, element, join

MOST_IN_BYLINE: Final = 6


def byline(agents: Sequence[Agent]) -> Html:
    """Give the names below a title; of many the first ones, and a way to all."""
    if not agents:
        return Html("")
    names = [element("bdi", agent.name) for agent in agents[:MOST_IN_BYLINE]]
    more = len(agents) - len(names)
    if more:
        said = _("and {count} more").format(count=show_number(more))
        names.append(element("a", said, href="#creator"))
    return element("p", join(*names, between="; "), class_="byline")


def people(name: str, agents: Sequence[Agent]) -> list[Html]:
    """Give a list of people as one value."""
    return [folded_list([_person(name, agent) for agent in agents])]


def _person(name: str, agent: Agent) -> Html:
    parts = [linked_value(name, agent.name)]
    if agent.role:
        parts.append(element("span", f"({agent.role})", class_="fine"))
    if (orcid := web_address(agent.orcid or "")) is not None:
        said = _("ORCID of {name}").format(name=agent.name)
        parts.append(element("a", "ORCID", href=orcid, class_="badge", aria_label=said, title=orcid, rel="noreferrer"))
    if agent.affiliation:
        parts.append(element("span", join(*map(_affiliation, agent.affiliation), between="; "), class_="fine"))
    return join(*parts, between=" ")


def _affiliation(place: Affiliation) -> Html:
    shown = element("bdi", place.name)
    address = web_address(place.ror or "")
    if address is None:
        return shown
    said = _("ROR of {name}").format(name=place.name)
    return join(
        shown, " ", element("a", "ROR", href=address, class_="badge", aria_label=said, title=address, rel="noreferrer")
    )
