"""The page with the form for a comment on an item, and one's own comments there, which can be changed."""

from urllib.parse import urlencode

from msgspec import Struct, field
from starlette.requests import Request
from starlette.responses import Response

from harvester.item import Item
from harvester.store.comments.comment import Comment
from harvester.store.comments.listing import find_shown
from harvester.store.comments.writing import list_own
from search_api.accounts.requiring import SIGN_IN_PATH
from search_api.comments import rules
from search_api.comments.texts import LONGEST_BODY
from search_api.hub import Hub
from search_api.languages import _, show_number
from search_api.pages.comments.bodies import shown_body
from search_api.pages.comments.guests import Guest, guest_form, guest_page, writer_of
from search_api.pages.comments.section import byline, form_path, item_link
from search_api.pages.fields import ON, Typed, area, check, line
from search_api.pages.frame import main_element
from search_api.pages.markup import Html, element, fill, join
from search_api.render import item_path, title_of


class Scene(Struct, frozen=True):
    """Who asks for the page, and of which item."""

    hub: Hub
    request: Request
    item: Item
    guest: Guest


class Draft(Struct, frozen=True, kw_only=True):
    """What stands in the form; `edit` and `answer` are comments by their id, 0 for none."""

    name: str = ""
    mail: str = ""
    body: str = ""
    answer: int = 0
    edit: int = 0
    solution: str = ""
    wants_mail: bool = False


class Told(Struct, frozen=True):
    """What the page says of what was done or not: a sentence, and faults by field."""

    said: str = ""
    faults: dict[str, str] = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def form_page(scene: Scene, draft: Draft, told: Told, *, written: str = "") -> Response:
    """Answer with the page; `written` is the comment that was just sent, or `gone` where one was taken back."""
    item = scene.item
    own = list_own(scene.hub.store, item.id, writer_of(scene.request, scene.guest))
    title = _("Change your comment") if draft.edit else _("Comment on {title}").format(title=title_of(item))
    heading = title if draft.edit else fill(_("Comment on {title}"), title=item_link(item))
    main = main_element(
        element("h1", heading),
        element("p", told.said, role="alert") if told.said else "",
        _thanks(item, own, written) if written else "",
        Html("") if written else _form(scene, draft, told.faults),
        element("p", element("a", _("Back to the item"), href=item_path(item.id))),
        _own(item, own) if own and not draft.edit else "",
    )
    response = guest_page(scene.request, scene.guest, title, main, status=told.status)
    response.headers.update(told.headers)
    return response


def _thanks(item: Item, own: list[Comment], written: str) -> Html:
    """Say what became of what was just sent; what a program filled in waits as others do, as far as its writer sees."""
    mine = next((one for one in own if str(one.id) == written), None)
    if written == "gone":
        said = join(_("Your comment is deleted."))
    elif mine is not None and mine.state == "approved":
        link = element("a", _("Read it on the page of the item"), href=f"{item_path(item.id)}#comment-{mine.id}")
        said = fill(_("Thank you. Your comment is published. {link}"), link=link)
    else:
        said = join(_("Thank you. Your comment waits for approval: a moderator looks at it before others can read it."))
    another = element("a", _("Write another comment"), href=form_path(item.id))
    return join(element("p", said, role="status", class_="said"), element("p", another))


def _own(item: Item, own: list[Comment]) -> Html:
    return element(
        "section",
        element("h2", _("Your comments on this item")),
        element("ol", *(_own_entry(item, one) for one in own), class_="comments"),
    )


def _own_entry(item: Item, comment: Comment) -> Html:
    state = _("waits for approval") if comment.state == "waiting" else _("published")
    change = element("a", _("Change"), href=f"{form_path(item.id)}?edit={comment.id}")
    return element(
        "li",
        element("p", byline(comment), " ", element("strong", state, class_="state"), class_="by"),
        shown_body(comment.body),
        element("p", change, class_="do"),
    )


def _form(scene: Scene, draft: Draft, faults: dict[str, str]) -> Html:
    settings, guest, path = scene.hub.settings().comments, scene.guest, form_path(scene.item.id)
    if settings.writers == "nobody":
        return element("p", _("No comments are taken on this hub."))
    if not rules.may_write(settings, guest.account):
        back = urlencode({"next": path})
        link = element("a", _("Sign in"), href=f"{SIGN_IN_PATH}?{back}")
        return element("p", fill(_("Only users of this hub may comment. {link}"), link=link))
    typed = _typed(draft, faults)
    hint = _("Plain text; at most {most} characters. Addresses that begin with https:// become links.")
    said = hint.format(most=show_number(LONGEST_BODY))
    body = area(typed, "body", _("Your comment"), hint=said, rows=8, is_prose=True, required=True)
    waits = rules.first_state(settings, guest.account) == "waiting"
    note = element("p", _("A moderator looks at it before others can read it."), class_="note") if waits else ""
    if draft.edit:
        return guest_form(scene.request, guest, path, body, note, *_changing(draft))
    parts = (_answered(scene, draft.answer), _who(guest, typed), body, _question(scene, typed))
    told = check(typed, "tell", _("Tell me by mail of other comments on this item"))
    mail = told if scene.hub.public_url else ""
    return guest_form(scene.request, guest, path, *parts, mail, note, element("button", _("Send")))


def _changing(draft: Draft) -> tuple[Html, Html]:
    edit = element("input", type="hidden", name="edit", value=str(draft.edit))
    delete = element("button", _("Delete this comment"), name="withdraw", value="1", class_="plain", formnovalidate="")
    return edit, element("div", element("button", _("Save")), delete, class_="buttons")


def _answered(scene: Scene, number: int) -> Html:
    """Give the comment that is answered, as a quotation."""
    may_answer = number and scene.hub.settings().comments.threaded
    comment = find_shown(scene.hub.store, scene.item.id, number) if may_answer else None
    if comment is None:
        return Html("")
    said = fill(_("In answer to {name}:"), name=element("bdi", comment.name))
    return join(
        element("input", type="hidden", name="answer", value=str(comment.id)),
        element("div", element("p", said), element("blockquote", shown_body(comment.body))),
    )


def _who(guest: Guest, typed: Typed) -> Html:
    if guest.account is not None:
        return element("p", fill(_("You write as {name}."), name=element("strong", guest.account.name)))
    hint = _("May be left out. Only moderators see it, and it is used for what you ask for below, and nothing else.")
    return join(
        line(typed, "name", _("Your name"), autocomplete="name", required=True),
        line(typed, "mail", _("Your mail address"), hint=hint, kind="email", autocomplete="email"),
    )


def _question(scene: Scene, typed: Typed) -> Html:
    question = scene.hub.settings().comments.question
    if scene.guest.account is not None or not question:
        return Html("")
    return line(typed, "solution", question, required=True)


def _typed(draft: Draft, faults: dict[str, str]) -> Typed:
    values = {"name": draft.name, "mail": draft.mail, "body": draft.body, "solution": draft.solution}
    return Typed(values | {"tell": ON if draft.wants_mail else ""}, faults)
