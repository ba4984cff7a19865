"""An item as a file, at its page's address with an ending: /items/{id}.ris, .bib, .json and so on."""

from starlette.requests import Request
from starlette.responses import Response

from harvester.errors import cut
from search_api.exporting import attached, public_address
from search_api.formats.table import FORMATS, write_one
from search_api.handlers import live_item
from search_api.hub import Hub
from search_api.params import collect
from search_api.problems import NOT_FOUND, ProblemError, make_problem


def get_item_file(hub: Hub, request: Request) -> Response:
    """Answer with an item in the format that the ending names, by its name or by its files' extension."""
    ending = request.path_params["ending"]
    form = FORMATS.get(ending) or next((one for one in FORMATS.values() if one.extension == ending), None)
    if form is None:
        detail = f"There is no format {cut(ending)!r}; there are {', '.join(FORMATS)}."
        raise ProblemError(make_problem(NOT_FOUND, detail))
    item = live_item(hub, request.path_params["item_id"])
    collect(request.query_params.multi_items(), ())
    body = write_one(form, item, public_address(hub, request))
    return Response(body, 200, attached(form, item.id), form.media_type)
