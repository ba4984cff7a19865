"""Writing a comment on an item by a form, changing it, and taking it back."""

import math
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from harvester.store.comments.comment import CommentError
from harvester.store.comments.subscribing import subscribe
from harvester.store.comments.writing import (
    NewComment,
    TooManyError,
    edit_comment,
    list_own,
    withdraw_comment,
    write_comment,
)
from search_api.accounts import form_of
from search_api.accounts.access import access_of
from search_api.bodies import number_in
from search_api.comments import rules
from search_api.comments.handlers import mails_of
from search_api.comments.texts import clean_body, clean_line, fault_of_body, fault_of_mail, fault_of_name
from search_api.handlers import live_item
from search_api.hub import Hub
from search_api.languages import _, _n, show_number
from search_api.pages.comments.form_page import Draft, Scene, Told, form_page
from search_api.pages.comments.guests import Guest, guest_of, is_program, why_again, writer_of
from search_api.pages.comments.section import form_path

MINUTE_S: Final = 60.0


def get_comment_form(hub: Hub, request: Request) -> Response:
    """Answer with the form; `answer` and `edit` name the comment that it is about, `written` one that was just sent."""
    scene, asked = _scene(hub, request), request.query_params
    edit = number_in(asked.get("edit", ""))
    own = list_own(hub.store, scene.item.id, writer_of(request, scene.guest)) if edit else []
    mine = next((one for one in own if one.id == edit), None)
    draft = Draft(answer=number_in(asked.get("answer", "")), edit=edit if mine else 0, body=mine.body if mine else "")
    return form_page(scene, draft, Told(), written=asked.get("written", ""))


def post_comment_form(hub: Hub, request: Request) -> Response:
    """Write, change or take back a comment, and lead to the page that says so; or give the form again, and why."""
    scene, form = _scene(hub, request), dict(form_of(request))
    path = form_path(scene.item.id)
    draft = _draft(form)
    reason = why_again(request, scene.guest, path, form)
    if reason:
        return form_page(scene, draft, Told(reason, status=400))
    if not rules.may_write(hub.settings().comments, scene.guest.account):
        return form_page(scene, draft, Told(status=403))
    faults = {} if "withdraw" in form else _faults(hub, scene.guest, draft)
    if faults:
        said = _("Nothing was sent. Please look at what is marked below.")
        return form_page(scene, draft, Told(said, faults, 400))
    try:
        number = _do(scene, draft, form)
    except TooManyError as error:
        again = {"Retry-After": str(math.ceil(error.wait_s))}
        return form_page(scene, draft, Told(_too_many(error), {}, 429, again))
    except CommentError:
        said = _("Nothing was sent: the comment that this is about was removed or decided on meanwhile.")
        return form_page(scene, draft, Told(said, status=409))
    return RedirectResponse(f"{path}?{urlencode({'written': number})}", 303)


def _too_many(error: TooManyError) -> str:
    minutes = math.ceil(error.wait_s / MINUTE_S)
    said = _n(
        "Nothing was sent: too much came from your address within an hour. Try again in {number} minute.",
        "Nothing was sent: too much came from your address within an hour. Try again in {number} minutes.",
        minutes,
    )
    return said.format(number=show_number(minutes))


def _scene(hub: Hub, request: Request) -> Scene:
    return Scene(hub, request, live_item(hub, request.path_params["item_id"]), guest_of(request))


def _do(scene: Scene, draft: Draft, form: dict[str, str]) -> str:
    """Do what a form asks for; give what the next page is to say. Raises: CommentError."""
    hub, account, now = scene.hub, scene.guest.account, access_of(scene.request).clock()
    by = writer_of(scene.request, scene.guest, name=draft.name, mail=draft.mail)
    if "withdraw" in form:
        withdraw_comment(hub.store, draft.edit, by, now=now)
        return "gone"
    settings, letters = hub.settings().comments, mails_of(hub)
    state, bound = rules.first_state(settings, account), rules.bound_of(settings, account)
    if draft.edit:
        changed = edit_comment(
            hub.store, draft.edit, draft.body, by, state=state, per_hour=bound, letters=letters, now=now
        )
        return str(changed.id)
    parent = (draft.answer or None) if settings.threaded else None
    new = NewComment(scene.item.id, parent, draft.body, "spam" if is_program(form) else state)
    written = write_comment(hub.store, new, by, per_hour=bound, letters=letters, now=now)
    if draft.wants_mail and by.mail and hub.public_url and written.state != "spam":
        subscribe(hub.store, scene.item.id, by.mail, letters=letters, now=now, is_known=account is not None)
    return str(written.id)


def _draft(form: dict[str, str]) -> Draft:
    return Draft(
        name=clean_line(form.get("name", "")),
        mail=clean_line(form.get("mail", "")),
        body=clean_body(form.get("body", "")),
        answer=number_in(form.get("answer", "")),
        edit=number_in(form.get("edit", "")),
        solution=clean_line(form.get("solution", "")),
        wants_mail="tell" in form,
    )


def _faults(hub: Hub, guest: Guest, draft: Draft) -> dict[str, str]:
    """Give what is wrong with what was typed, by field."""
    settings = hub.settings().comments
    faults = {"body": fault_of_body(draft.body)}
    if guest.account is None and not draft.edit:
        faults["name"] = fault_of_name(draft.name)
        faults["mail"] = fault_of_mail(draft.mail, needed=draft.wants_mail)
        if settings.question and draft.solution.casefold() != clean_line(settings.answer).casefold():
            faults["solution"] = _("This is not the answer. It keeps programs out; please try again.")
    return {name: fault for name, fault in faults.items() if fault}
