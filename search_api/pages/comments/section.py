"""The comments of an item as readers see them: a part of its page, and pages with all of them."""

from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from harvester.item import Item
from harvester.store.comments.comment import Comment, CommentError
from harvester.store.comments.listing import Shown, list_comments
from indexer.errors import BadQueryError
from search_api.comments.handlers import BEFORE, read_before
from search_api.handlers import live_item
from search_api.hub import Hub
from search_api.languages import _, _n, show_number, show_time
from search_api.oai.asking import stamp
from search_api.pages.comments.bodies import shown_body
from search_api.pages.frame import main_element, page_response
from search_api.pages.markup import Html, element, fill, join
from search_api.params import collect_single
from search_api.render import item_path, title_of

ANCHOR: Final = "comments"
ON_ITEM: Final = 10
ON_PAGE: Final = 50
CUT_AT: Final = 1_000
"""Characters of a comment on the item's page, which is to stay small; the page of all comments has the whole."""


def comments_section(hub: Hub, item: Item) -> Html:
    """Give the part of an item's page with its newest comments; nothing where nobody may write and none is there."""
    settings = hub.settings().comments
    shown = list_comments(hub.store, item.id, threaded=settings.threaded, limit=ON_ITEM)
    is_open = settings.writers != "nobody"
    if not shown.comments and not is_open:
        return Html("")
    if not shown.comments:
        first = element("a", _("Be the first to add one!"), href=form_path(item.id), rel="nofollow")
        return _section(element("h2", _("Comments")), element("p", fill(_("No comment yet! {link}"), link=first)))
    older = _older(item.id, shown)
    return _section(
        element("h2", _n("{number} comment", "{number} comments", shown.total).format(number=show_number(shown.total))),
        older,
        comment_list(
            item.id, shown.comments, threaded=settings.threaded, may_answer=is_open and settings.threaded, cut_at=CUT_AT
        ),
        add_link(item.id) if is_open else "",
    )


def get_comments_page(hub: Hub, request: Request) -> Response:
    """Answer with a page of all comments of an item."""
    item = live_item(hub, request.path_params["item_id"])
    before = read_before(collect_single(request.query_params.multi_items(), (BEFORE,)))
    settings = hub.settings().comments
    try:
        shown = list_comments(hub.store, item.id, threaded=settings.threaded, limit=ON_PAGE, before=before)
    except CommentError as error:
        raise BadQueryError(BEFORE.name, str(error)) from error
    is_open = settings.writers != "nobody"
    title = _("Comments on {title}").format(title=title_of(item))
    newest = element("p", element("a", _("Newest comments"), href=comments_path(item.id))) if before else ""
    main = main_element(
        element("h1", fill(_("Comments on {title}"), title=item_link(item))),
        _older(item.id, shown),
        comment_list(item.id, shown.comments, threaded=settings.threaded, may_answer=is_open and settings.threaded)
        if shown.comments
        else element("p", _("No comment yet!")),
        newest,
        add_link(item.id) if is_open else "",
    )
    return page_response(request, title, main)


def add_link(item_id: str) -> Html:
    """Give the way to the form."""
    link = element("a", _("Add a comment"), href=form_path(item_id), class_="button", rel="nofollow")
    return element("div", link, class_="buttons")


def comment_list(
    item_id: str, comments: list[Comment], *, threaded: bool, may_answer: bool, cut_at: int | None = None
) -> Html:
    """Give comments as a list; threaded, answers are a list within what began their thread, in order of time."""
    shown: list[tuple[Comment, list[Comment]]] = []
    for comment in comments:
        if threaded and shown and shown[-1][0].thread == comment.thread:
            shown[-1][1].append(comment)
        else:
            shown.append((comment, []))
    return element(
        "ol",
        *(
            _entry(
                item_id,
                first,
                *(_entry(item_id, one, may_answer=may_answer, cut_at=cut_at) for one in answers),
                may_answer=may_answer,
                cut_at=cut_at,
            )
            for first, answers in shown
        ),
        class_="comments",
    )


def byline(comment: Comment) -> Html:
    """Give who wrote a comment, and when."""
    edited = (
        "" if comment.changed == comment.created else element("span", _("changed"), title=show_time(comment.changed))
    )
    when = element("time", show_time(comment.created), datetime=stamp(comment.created))
    user = element("span", _("signed in")) if comment.is_user else ""
    return join(element("bdi", comment.name, class_="author"), " ", user, " ", when, " ", edited)


def form_path(item_id: str) -> str:
    """Give the path of the form for a comment on an item."""
    return f"{item_path(quote(item_id))}/comment"


def comments_path(item_id: str) -> str:
    """Give the path of the page of all comments on an item."""
    return f"{item_path(quote(item_id))}/comments"


def item_link(item: Item) -> Html:
    """Give a link to an item with its title."""
    lang = item.title[0].lang if item.title else None
    return element("a", title_of(item), href=item_path(item.id), lang=lang, dir="auto")


def _section(*content: str) -> Html:
    return element("section", *content, id=ANCHOR)


def _entry(item_id: str, comment: Comment, *answers: Html, may_answer: bool, cut_at: int | None) -> Html:
    whole = f"{comments_path(item_id)}#comment-{comment.id}"
    is_long = cut_at is not None and len(comment.body) > cut_at
    return element(
        "li",
        element("p", byline(comment), " ", _answered(comment), class_="by"),
        shown_body(comment.body[:cut_at] + "…" if is_long else comment.body),
        element("p", element("a", _("Read it all"), href=whole)) if is_long else "",
        _links(item_id, comment, may_answer=may_answer),
        element("ol", *answers) if answers else "",
        id=f"comment-{comment.id}",
    )


def _answered(comment: Comment) -> Html:
    """Say what a comment answers: a link, or that it is not there any more."""
    if comment.parent is None:
        return Html("")
    if not comment.parent_name:
        return element("span", _("in answer to a comment that was removed"))
    name = element("a", element("bdi", comment.parent_name), href=f"#comment-{comment.parent}")
    return element("span", fill(_("in answer to {name}"), name=name))


def _links(item_id: str, comment: Comment, *, may_answer: bool) -> Html:
    answer = element(
        "a",
        _("Answer"),
        href=f"{form_path(item_id)}?answer={comment.id}",
        aria_label=_("Answer the comment of {name}").format(name=comment.name),
        rel="nofollow",
    )
    report = element(
        "a",
        _("Report"),
        href=f"{item_path(quote(item_id))}/report?comment={comment.id}",
        aria_label=_("Report the comment of {name}").format(name=comment.name),
        rel="nofollow",
    )
    return element("p", *((answer, " ") if may_answer else ()), report, class_="do")


def _older(item_id: str, shown: Shown) -> Html:
    if shown.older is None:
        return Html("")
    link = element("a", _("Older comments"), href=f"{comments_path(item_id)}?before={shown.older}", rel="prev")
    return element("p", link)
