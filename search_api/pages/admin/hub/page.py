"""The pages of the settings: one for each section, and those of the logo, the whole as a text, and the versions."""

from typing import Final

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from harvester.store.hubs.settings import StoredSettings, VersionLine, get_settings, list_versions
from search_api.accounts.access import access_of
from search_api.hub_settings import HubSettings
from search_api.hub_settings.faults import BadSettingsError
from search_api.hub_settings.logos import MOST_BYTES
from search_api.hub_settings.reading import read_document
from search_api.hub_settings.writing import write_document
from search_api.languages import N_, _, show_number, show_time
from search_api.languages.catalogue import NAMES
from search_api.pages.admin.frame import HUB, admin_page, tabs
from search_api.pages.admin.hub.forms import FORMS
from search_api.pages.admin.hub.sections import SECTIONS, Section
from search_api.pages.fields import Typed, area, hidden
from search_api.pages.markup import Html, element
from search_api.pages.private import post_form, table

LOGO: Final = f"{HUB}/logo"
DOCUMENT: Final = f"{HUB}/document"
VERSIONS: Final = f"{HUB}/versions"
TABS: Final = (
    *((section.title, f"{HUB}/{section.name}") for section in SECTIONS),
    (N_("Logo"), LOGO),
    (N_("All as one text"), DOCUMENT),
    (N_("Versions"), VERSIONS),
)
PAGE: Final = 50


class Current(Struct, frozen=True):
    """The settings that count, as they were written, and their version; `unread` says why they cannot be read."""

    version: int
    settings: HubSettings
    document: str
    unread: str = ""


class Said(Struct, frozen=True):
    """What a page says first: what was done, or why nothing was, with which status."""

    done: str = ""
    wrong: str = ""
    status: int = 200


NOTHING_SAID: Final = Said()


def read_current(request: Request) -> Current:
    """Give the settings that count now."""
    stored = get_settings(access_of(request).store)
    if stored is None:
        return Current(0, HubSettings(), write_document(HubSettings(), tuple(NAMES)))
    return _read(stored)


def section_page(
    request: Request, section: Section, current: Current, typed: Typed, said: Said = NOTHING_SAID
) -> Response:
    """Answer with the form of a section."""
    form = post_form(
        request,
        f"{HUB}/{section.name}",
        _version(current),
        FORMS[section.name](typed),
        element("button", _("Save")),
        class_="fields",
    )
    return _page(request, f"{HUB}/{section.name}", section.title, current, said, form)


def document_page(request: Request, current: Current, typed: Typed, said: Said = NOTHING_SAID) -> Response:
    """Answer with the whole as one text."""
    hint = _("TOML, as `oaihub hub show` prints and `oaihub hub load` takes it. What it does not say is as usual.")
    form = post_form(
        request,
        DOCUMENT,
        _version(current),
        area(typed, "document", _("All as one text"), hint=hint, rows=40),
        element("button", _("Save")),
        class_="fields whole",
    )
    return _page(request, DOCUMENT, N_("All as one text"), current, said, form)


def logo_page(request: Request, current: Current, said: Said = NOTHING_SAID) -> Response:
    """Answer with the logo, and a form for another."""
    logo = access_of(request).kept_settings.look_now().logo
    hint = _("PNG, JPEG or WebP, at most {size} kB.").format(size=show_number(MOST_BYTES // 1000))
    box = element("input", type="file", name="logo", id="logo", accept="image/png,image/jpeg,image/webp", required="")
    sent = post_form(
        request,
        LOGO,
        _version(current),
        element(
            "div",
            element("label", _("Another logo"), for_="logo"),
            element("span", hint, class_="note"),
            box,
            class_="field",
        ),
        element("button", _("Save")),
        class_="fields",
        enctype="multipart/form-data",
    )
    if logo is None:
        return _page(request, LOGO, N_("Logo"), current, said, element("p", _("This hub has no logo.")), sent)
    shown = element("p", element("img", src=logo.path, alt=_("The logo"), class_="logo"))
    gone = post_form(
        request, LOGO, _version(current), hidden("remove", "1"), element("button", _("Have no logo"), class_="plain")
    )
    return _page(request, LOGO, N_("Logo"), current, said, shown, sent, gone)


def versions_page(request: Request, current: Current, said: Said = NOTHING_SAID) -> Response:
    """Answer with the versions, the newest first, and buttons to go back."""
    asked = request.query_params.get("before", "")
    before = int(asked) if asked.isdecimal() and len(asked) < 10 else None
    found = list_versions(access_of(request).store, before=before, limit=PAGE + 1)
    rows = [_version_row(request, current, one) for one in found[:PAGE]]
    columns = (_("Version"), _("At"), _("By"), _("Action"))
    more = element("a", _("Older"), href=f"{VERSIONS}?before={found[PAGE - 1].version}") if len(found) > PAGE else ""
    listed = table(_("The newest first"), columns, rows, empty=_("none; all is as usual"))
    return _page(request, VERSIONS, N_("Versions"), current, said, listed, more)


def _read(stored: StoredSettings) -> Current:
    try:
        settings = read_document(stored.document, lambda _name: True)
    except BadSettingsError as error:
        return Current(stored.version, HubSettings(), stored.document, str(error))
    return Current(stored.version, settings, stored.document)


def _page(request: Request, path: str, title: str, current: Current, said: Said, *content: str) -> Response:
    unread = ""
    if current.unread:
        told = _("The settings cannot be read by this version of the program, so all is shown as usual: {reason}")
        unread = element("p", told.format(reason=current.unread), role="alert")
    places = tabs(_("Sections of the settings"), TABS, path)
    part = element("h2", _(title))
    return admin_page(
        request,
        _("Hub settings"),
        HUB,
        unread,
        places,
        element("section", part, *content),
        said=said.done,
        wrong=said.wrong,
        status=said.status,
    )


def _version(current: Current) -> Html:
    return hidden("version", str(current.version))


def _version_row(request: Request, current: Current, one: VersionLine) -> tuple[str, ...]:
    label = _("Go back to version {version}").format(version=one.version)
    back = post_form(
        request,
        VERSIONS,
        _version(current),
        hidden("back", str(one.version)),
        element("button", _("Go back"), aria_label=label, class_="plain"),
    )
    return str(one.version), show_time(one.at), one.actor, _("counts now") if one.version == current.version else back
