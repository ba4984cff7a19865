"""What the forms of the settings do: a new version, unless something in it is wrong, or somebody else was faster."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from harvester.errors import HarvestError
from harvester.store.accounts.roles import ADMINISTER
from harvester.store.hubs.settings import (
    Logo,
    SettingsChangedError,
    UnknownVersionError,
    go_back,
    put_settings,
)
from search_api.accounts import asker_of, file_of, form_of, protected
from search_api.accounts.access import access_of
from search_api.hub import Hub
from search_api.hub_settings import HubSettings
from search_api.hub_settings.checking import IsKnown
from search_api.hub_settings.faults import BadSettingsError, Fault, told
from search_api.hub_settings.logos import LogoError, read_logo
from search_api.hub_settings.reading import convert, read_document
from search_api.hub_settings.writing import write_document
from search_api.languages import _, show_time
from search_api.languages.catalogue import NAMES
from search_api.pages.admin.frame import HUB
from search_api.pages.admin.hub.page import (
    DOCUMENT,
    LOGO,
    VERSIONS,
    Current,
    Said,
    document_page,
    logo_page,
    read_current,
    section_page,
    versions_page,
)
from search_api.pages.admin.hub.sections import SECTIONS, Meant, Section
from search_api.pages.fields import Typed

CONFLICT: Final = 409
BAD: Final = 400

Show = Callable[[Current, Said], Response]


def hub_routes(hub: Hub) -> list[BaseRoute]:
    """Give the addresses of the settings."""
    pages: list[tuple[str, Callable[[Request], Response], Callable[[Request], Response]]] = [
        *((f"{HUB}/{one.name}", partial(_get_section, one), partial(_post_section, hub, one)) for one in SECTIONS),
        (DOCUMENT, _get_document, partial(_post_document, hub)),
        (LOGO, _get_logo, _post_logo),
        (VERSIONS, _get_versions, _post_versions),
    ]
    return [
        Route(HUB, protected(ADMINISTER, _lead_on)),
        *(Route(path, protected(ADMINISTER, get)) for path, get, _post in pages),
        *(Route(path, protected(ADMINISTER, post), methods=["POST"]) for path, _get, post in pages),
    ]


def _lead_on(_request: Request) -> Response:
    return RedirectResponse(f"{HUB}/{SECTIONS[0].name}", 303)


def _get_section(section: Section, request: Request) -> Response:
    current = read_current(request)
    return section_page(request, section, current, Typed(section.show(current.settings)), _saved(request))


def _post_section(hub: Hub, section: Section, request: Request) -> Response:
    """Change one section, and leave the others as they are now."""
    values, current = dict(form_of(request)), read_current(request)
    meant = section.read(values)
    try:
        settings = _changed(current.settings, meant, _knows(hub, current.settings))
    except BadSettingsError as error:
        wrong, others = _beside(error.faults, meant, values)
        said = Said(wrong=_not_saved(others), status=BAD)
        return section_page(request, section, _as_sent(current, values), Typed(values, wrong), said)

    def show(now: Current, said: Said) -> Response:
        return section_page(request, section, now, Typed(values), said)

    return _save(request, f"{HUB}/{section.name}", settings, values, show)


def _get_document(request: Request) -> Response:
    current = read_current(request)
    return document_page(request, current, Typed({"document": current.document}), _saved(request))


def _post_document(hub: Hub, request: Request) -> Response:
    values, current = dict(form_of(request)), read_current(request)
    try:
        settings = read_document(values.get("document", ""), _knows(hub, current.settings))
    except BadSettingsError as error:
        reasons = "; ".join(map(told, error.faults))
        said = Said(wrong=_not_saved([]), status=BAD)
        return document_page(request, _as_sent(current, values), Typed(values, {"document": reasons}), said)

    def show(now: Current, said: Said) -> Response:
        return document_page(request, now, Typed(values), said)

    return _save(request, DOCUMENT, settings, values, show)


def _get_logo(request: Request) -> Response:
    return logo_page(request, read_current(request), _saved(request))


def _post_logo(request: Request) -> Response:
    values, current = dict(form_of(request)), read_current(request)
    try:
        logo = Logo() if values.get("remove") else read_logo(file_of(request, "logo"))
    except LogoError as error:
        said = Said(wrong=_("Nothing was saved: {reason}.").format(reason=error), status=BAD)
        return logo_page(request, current, said)
    return _save(request, LOGO, current.settings, values, partial(logo_page, request), logo=logo)


def _get_versions(request: Request) -> Response:
    return versions_page(request, read_current(request), _saved(request))


def _post_versions(request: Request) -> Response:
    values = dict(form_of(request))
    try:
        number = go_back(
            access_of(request).store, _number(values.get("back", "")), after=_after(values), **_actor(request)
        )
    except UnknownVersionError:
        said = Said(wrong=_("There is no such version; nothing was changed."), status=BAD)
        return versions_page(request, read_current(request), said)
    except SettingsChangedError as error:
        return versions_page(request, read_current(request), _was_faster(error))
    return _done(request, VERSIONS, number)


def _save(
    request: Request, path: str, settings: HubSettings, values: dict[str, str], show: Show, *, logo: Logo | None = None
) -> Response:
    """Write a new version, and lead to its page; where somebody was faster show the form again, as it was sent."""
    document = write_document(settings, tuple(NAMES))
    try:
        number = put_settings(access_of(request).store, document, after=_after(values), logo=logo, **_actor(request))
    except SettingsChangedError as error:
        return show(read_current(request), _was_faster(error))
    return _done(request, path, number)


def _done(request: Request, path: str, number: int) -> Response:
    access_of(request).kept_settings.look_now()
    return RedirectResponse(f"{path}?saved={number}", 303)


def _actor(request: Request) -> dict[str, Any]:
    return {"actor": asker_of(request).account.actor, "now": access_of(request).clock()}


def _after(values: dict[str, str]) -> int:
    return _number(values.get("version", ""))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _changed(settings: HubSettings, meant: Meant, is_known: IsKnown) -> HubSettings:
    """Give settings with a section as it was meant. Raises: BadSettingsError, also for what the form itself tells."""
    faults = [Fault(field, "", reason) for field, reason in meant.wrong.items()]
    try:
        changed = convert({**msgspec.to_builtins(settings), **meant.keys}, is_known)
    except BadSettingsError as error:
        raise BadSettingsError([*faults, *error.faults]) from error
    if faults:
        raise BadSettingsError(faults)
    return changed


def _beside(faults: tuple[Fault, ...], meant: Meant, values: dict[str, str]) -> tuple[dict[str, str], list[Fault]]:
    """Give what is wrong by the field that it stands beside, and what has no field here."""
    wrong: dict[str, str] = {}
    others = []
    for fault in faults:
        field = meant.fields.get(fault.key, fault.key)
        if field in values:
            wrong.setdefault(field, fault.reason)
        else:
            others.append(fault)
    return wrong, others


def _not_saved(others: list[Fault]) -> str:
    if others:
        return _("Nothing was saved: {reason}.").format(reason="; ".join(map(told, others)))
    return _("Nothing was saved: what is wrong stands beside it below.")


def _was_faster(error: SettingsChangedError) -> Said:
    newest = error.newest
    text = _(
        "Nothing was saved: {actor} has changed the settings meanwhile (version {version}, {time}). What you typed is "
        "below; save it again if it is to count."
    )
    return Said(
        wrong=text.format(actor=newest.actor, version=newest.version, time=show_time(newest.at)), status=CONFLICT
    )


def _saved(request: Request) -> Said:
    number = _number(request.query_params.get("saved", ""))
    if not number:
        return Said()
    text = _("Saved as version {version}; within 5 seconds everybody sees it.")
    return Said(done=text.format(version=number))


def _as_sent(current: Current, values: dict[str, str]) -> Current:
    """Give the settings with the version that a form was made from, so that another's change is still noticed."""
    return msgspec.structs.replace(current, version=_after(values))


def _knows(hub: Hub, settings: HubSettings) -> IsKnown:
    """Give what tells whether an undeclared property may be named: one that is already, or that occurs."""
    named = {*settings.facets, *(one.name for one in settings.template)}

    def is_known(name: str) -> bool:
        if name in named:
            return True
        try:
            return name in hub.names
        except HarvestError:  # the index is away: what was typed must not be lost for that
            return False

    return is_known
