"""The page of an item's history: what harvests and people changed, the newest first."""

import difflib
import re
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from harvester.store.endpoints import endpoint_labels
from search_api.handlers import live_item
from search_api.history import ChangedProperty, ItemChange, read_history
from search_api.hub import Hub
from search_api.labels import Labels, labels_of
from search_api.languages import N_, _, show_time
from search_api.pages.frame import main_element, page_response
from search_api.pages.item.page import title_of, way_back
from search_api.pages.markup import Html, element, fill, join
from search_api.params import collect
from search_api.render import item_path

WORDS: Final = re.compile(r"\S+\s*|\s+")
MOST_WORDS: Final = 4_000
"""Of two texts together that are compared word by word."""
SAID: Final = {
    "first": N_("First harvested from {repository}."),
    "harvest": N_("{repository} changed its record."),
    "withdrawn": N_("{repository} deleted its record."),
    "returned": N_("{repository} has its record again."),
    "edit": N_("An editor changed a value; it stands through every harvest."),
    "undo": N_("An editor's change was taken back."),
    "joined": N_("An editor found that {item} is the same work."),
    "apart": N_("An editor found that {item} is another work."),
}


def get_history_page(hub: Hub, request: Request) -> Response:
    """Answer with the history of an item."""
    item = live_item(hub, request.path_params["item_id"])
    collect(request.query_params.multi_items(), ())
    history = read_history(hub, item)
    names = endpoint_labels(hub.store, sorted({one.record.endpoint for one in history.changes if one.record}))
    labels = labels_of(hub.settings())
    changes = [_change(change, names, labels) for change in history.changes]
    note = element("p", _("Older changes are left out."), class_="note") if history.more else ""
    main = main_element(
        element("h1", _("History of changes")),
        way_back(item),
        element("ol", *changes, class_="history"),
        note,
        class_="item",
    )
    robots = element("meta", name="robots", content="noindex")
    return page_response(request, _("History of {title}").format(title=title_of(item)), main, meta=robots)


def _change(change: ItemChange, names: dict[str, str], labels: Labels) -> Html:
    time_s = datetime.fromisoformat(change.at).timestamp()
    key = change.record.endpoint if change.record else ""
    other = element("a", change.other, href=item_path(change.other)) if change.other else ""
    said = fill(_(SAID[change.kind]), repository=element("bdi", names.get(key) or key), item=other)
    reason = ""
    if change.reason:
        reason = element("p", fill(_("Reason: {reason}"), reason=element("bdi", change.reason)), class_="note")
    rows = [element("div", element("dt", labels(one.name)), *_values(one)) for one in change.properties]
    shown = element("dl", *rows, class_="properties") if rows else ""
    return element(
        "li", element("h2", element("time", show_time(time_s), datetime=change.at)), element("p", said), reason, shown
    )


def _values(one: ChangedProperty) -> list[Html]:
    """Give what went and what came; of one long text only its words that differ."""
    if not one.old and not one.new:
        return [element("dd", _("Only details changed, such as identifiers or languages."), class_="note")]
    if len(one.old) == len(one.new) == 1:
        return [element("dd", _compared(one.old[0], one.new[0]), dir="auto")]
    gone = [element("dd", element("del", value), dir="auto") for value in one.old]
    return [*gone, *(element("dd", element("ins", value), dir="auto") for value in one.new)]


def _compared(old: str, new: str) -> Html:
    """Give both texts as one, with what went and what came; whole where they have little in common."""
    before, after = WORDS.findall(old), WORDS.findall(new)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    if len(before) + len(after) > MOST_WORDS or matcher.quick_ratio() < 0.5:
        return join(element("del", old), " ", element("ins", new))
    parts: list[str] = []
    for _kind, begin, end, start, stop in matcher.get_opcodes():
        gone, came = "".join(before[begin:end]), "".join(after[start:stop])
        if gone == came:
            parts.append(gone)
            continue
        parts += [element("del", gone)] * bool(gone) + [element("ins", came)] * bool(came)
    return join(*parts)
