"""Reporting a comment to the moderators."""

from starlette.requests import Request
from starlette.responses import Response

from harvester.store.comments.comment import Comment, CommentError
from harvester.store.comments.listing import find_shown
from harvester.store.comments.writing import TooManyError, flag_comment
from search_api.accounts import form_of
from search_api.accounts.access import access_of
from search_api.bodies import number_in
from search_api.comments import rules
from search_api.comments.handlers import mails_of
from search_api.comments.texts import LONGEST_NOTE, clean_line
from search_api.handlers import live_item
from search_api.hub import Hub
from search_api.languages import _
from search_api.pages.comments.bodies import shown_body
from search_api.pages.comments.guests import Guest, guest_form, guest_of, guest_page, is_program, why_again, writer_of
from search_api.pages.comments.section import byline
from search_api.pages.fields import Typed, line
from search_api.pages.frame import main_element
from search_api.pages.markup import Html, element
from search_api.problems import NOT_FOUND, ProblemError, make_problem
from search_api.render import item_path


def get_report_form(hub: Hub, request: Request) -> Response:
    """Answer with the form for a report on a comment."""
    comment = _comment(hub, request, request.query_params.get("comment", ""))
    return _page(request, guest_of(request), comment)


def post_report(hub: Hub, request: Request) -> Response:
    """Report a comment; once more by the same reader changes nothing, and says the same."""
    form, guest, access = dict(form_of(request)), guest_of(request), access_of(request)
    comment = _comment(hub, request, form.get("comment", ""))
    note = clean_line(form.get("reason", ""))[:LONGEST_NOTE]
    reason = why_again(request, guest, report_path(comment.item), form)
    if reason:
        return _page(request, guest, comment, note=note, said=reason, status=400)
    if not is_program(form):
        bound = rules.bound_of(hub.settings().comments, guest.account)
        by, letters = writer_of(request, guest), mails_of(hub)
        try:
            flag_comment(hub.store, comment.id, by, note=note, per_hour=bound, letters=letters, now=access.clock())
        except TooManyError:
            said = _("Nothing was sent: too much came from your address within an hour. Try again later.")
            return _page(request, guest, comment, note=note, said=said, status=429)
        except CommentError:
            pass  # a moderator was quicker
    return _page(request, guest, comment, is_done=True)


def report_path(item_id: str) -> str:
    """Give the path of the form for a report."""
    return f"{item_path(item_id)}/report"


def _comment(hub: Hub, request: Request, text: str) -> Comment:
    """Give the comment that is reported. Raises: ProblemError (404)."""
    item = live_item(hub, request.path_params["item_id"])
    comment = find_shown(hub.store, item.id, number_in(text))
    if comment is None:
        raise ProblemError(make_problem(NOT_FOUND, _("There is no such comment on this item, or none any more.")))
    return comment


def _page(
    request: Request,
    guest: Guest,
    comment: Comment,
    *,
    note: str = "",
    said: str = "",
    status: int = 200,
    is_done: bool = False,
) -> Response:
    title = _("Report a comment")
    thanks = element("p", _("Thank you. A moderator looks at it."), role="status", class_="said")
    main = main_element(
        element("h1", title),
        element("p", said, role="alert") if said else "",
        thanks if is_done else _form(request, guest, comment, note),
        element("p", element("a", _("Back to the item"), href=f"{item_path(comment.item)}#comment-{comment.id}")),
    )
    return guest_page(request, guest, title, main, status=status)


def _form(request: Request, guest: Guest, comment: Comment, note: str) -> Html:
    return guest_form(
        request,
        guest,
        report_path(comment.item),
        element("blockquote", element("p", byline(comment), class_="by"), shown_body(comment.body)),
        element("input", type="hidden", name="comment", value=str(comment.id)),
        line(
            *(Typed({"reason": note}), "reason", _("What is wrong with it?")),
            hint=_("May be left out. Only moderators see it."),
        ),
        element("button", _("Report this comment")),
    )
