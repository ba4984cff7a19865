"""What the page of an item says about changing it; the same for everybody."""

from harvester.item import Item
from search_api.hub_settings import HubSettings
from search_api.languages import _
from search_api.pages.markup import Html, element, fill


def contribute_section(settings: HubSettings, item: Item) -> Html:
    """Give the way to propose a change; nothing where the hub takes no proposals."""
    if settings.contributions.proposers == "nobody":
        return Html("")
    way = element("a", _("Login"), href=edit_path(item.id), rel="nofollow")
    said = fill(_("{login} or click your token link to edit this record."), login=way)
    return element("section", element("h2", _("Contribute")), element("p", said), id="contribute", class_="noprint")


def edit_path(item_id: str) -> str:
    """Give the path of the form for an item."""
    return f"/items/{item_id}/edit"
