"""Long lists, the newest first: the next page is what is older than the last of this one."""

from starlette.requests import Request

from search_api.bodies import number_in
from search_api.languages import _
from search_api.pages.markup import Html, element


def before_of(request: Request) -> int | None:
    """Give the id that a page begins below, None for the first page, and for what is no id."""
    return number_in(request.query_params.get("before", "")) or None


def older_link(path: str, last: int) -> Html:
    """Give the way to what is older than an entry; `path` may have a query."""
    sign = "&" if "?" in path else "?"
    return element("p", element("a", _("Older ones"), href=f"{path}{sign}before={last}", rel="next"))
