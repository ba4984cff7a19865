"""The hub as commands name it in mails and links."""

from harvester.settings import environment, read_settings
from search_api.contributions.letters import House
from search_api.hub_settings import KeptSettings
from search_api.settings import SearchSettings
from workers.tools import Tools


def house_of(tools: Tools) -> House:
    """Give the hub's settings and the address that is set for it."""
    settings = read_settings(SearchSettings, environment())
    return House(KeptSettings(tools.store, settings.hub_name)(), settings.public_url)
