"""The frame of every page, its one stylesheet, and the headers that keep anything foreign out."""

import base64
import hashlib
from functools import cache
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from search_api.pages.markup import Html, element, join

STYLE: Final = """
:root { color-scheme: light dark; background: Canvas; color: CanvasText; --line: #8884; --soft: #8881;
  --faint: light-dark(#444, #bbb); --link: light-dark(#0b57a4, #8ab8f0) }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 72rem; padding: 0 1rem 3rem; font: 1rem/1.5 system-ui, sans-serif }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; padding: 1rem 0 }
header { border-bottom: 1px solid var(--line) }
header a:first-child { font-weight: 700; font-size: 1.2rem; margin-right: auto }
a { color: var(--link); text-decoration: none } a:hover, a:focus { text-decoration: underline }
h1 { font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere } h2 { font-size: 1rem; margin: 1.25rem 0 .25rem }
form { display: flex; gap: .5rem; margin: 1.25rem 0 }
input[type=search] { flex: 1; min-width: 0; font: inherit; padding: .5rem .75rem }
button { font: inherit; padding: .5rem 1.25rem }
main.search { display: grid; grid-template-columns: 16rem 1fr; gap: 1rem 2rem }
main.search > form, main.search > .chosen { grid-column: 1 / -1; margin-bottom: 0 } .chosen { margin-top: 0 }
@media (max-width: 48rem) { main.search { grid-template-columns: 1fr; gap: 1rem } main.search nav { order: 2 } }
ul, ol { list-style: none; padding: 0; margin: 0 } li { overflow-wrap: anywhere }
nav li { display: flex; justify-content: space-between; gap: 1rem } nav li span { opacity: .7; white-space: nowrap }
.chosen a { border: 1px solid var(--line); border-radius: 1rem; padding: .1rem .75rem; margin-right: .5rem }
.on { font-weight: 700 } .note { color: var(--faint); font-size: .9rem; margin: 0 }
ol li { padding: .75rem 0; border-bottom: 1px solid var(--line) } ol h2 { margin: 0; font-size: 1.05rem }
dl { display: grid; grid-template-columns: 12rem 1fr; gap: .5rem 1rem } dd { margin: 0; overflow-wrap: anywhere }
dt { opacity: .75 } @media (max-width: 48rem) { dl { grid-template-columns: 1fr } }
table { border-collapse: collapse } td, th { text-align: left; vertical-align: top; padding: .35rem 1rem .35rem 0 }
td { overflow-wrap: anywhere }
form.fields { flex-direction: column; align-items: start; max-width: 24rem } label { display: grid; gap: .25rem }
form.fields label, form.fields input { width: 100% } form.fields input { font: inherit; padding: .5rem .75rem }
td form { margin: 0 } [role=alert] { border-left: .25rem solid #c33; padding: .25rem .75rem; background: var(--soft) }
td, th { border-bottom: 1px solid var(--line) } code, pre { background: var(--soft); padding: .1rem .3rem }
pre { overflow-x: auto; white-space: pre-wrap }
nav.places { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: .75rem 0 }
nav.places { border-bottom: 1px solid var(--line) }
nav.places [aria-current] { font-weight: 700; text-decoration: underline }
.operator form { margin: 0 } .buttons { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center }
.operator form.fields, .operator details form { margin: .75rem 0 } .operator section { margin-top: 1.5rem }
.wide { overflow-x: auto; margin: 1.25rem 0 } .wide table { width: 100% } .wide button { padding: .15rem .75rem }
caption { text-align: left; font-weight: 700; padding-bottom: .25rem } .wide th[scope=row] { font-weight: 400 }
.wide td { min-width: 5rem; overflow-wrap: break-word } .wide td code, .wide thead, time { white-space: nowrap }
@media (max-width: 48rem) { .wide thead { position: absolute; clip-path: inset(50%); width: 1px; overflow: hidden }
  .wide table, .wide tbody, .wide tr, .wide td, .wide th, .wide caption { display: block }
  .wide tr { padding: .5rem 0; border-bottom: 1px solid var(--line) } .wide td, .wide th { border: 0; padding: .1rem 0 }
  .wide td { padding-left: 8rem; overflow-wrap: anywhere } .wide td::after { content: ""; display: block; clear: left }
  .wide td::before { content: attr(data-label); float: left; width: 7.5rem; margin-left: -8rem; color: var(--faint) }
  .wide td:empty { display: none } .wide td code { white-space: normal } .wide th[scope=row] { font-weight: 700 }
  .operator dl { gap: 0 } .operator dt { margin-top: .5rem } }
.operator a, footer a { text-decoration: underline }
select { font: inherit; padding: .5rem .75rem }
.bad { color: light-dark(#a4000f, #ff9a9a) } .slow { color: light-dark(#7a4b00, #f0c060) }
[role=status] { border-left: .25rem solid #3a7; padding: .25rem .75rem; background: var(--soft) }
"""


NOTHING: Final = Html("")


def page_response(
    hub_name: str,
    title: str,
    *content: str,
    status: int = 200,
    headers: dict[str, str] | None = None,
    meta: Html = NOTHING,
    entrance: Html = NOTHING,
) -> Response:
    """Answer with a page; `content` comes below the hub's header, `meta` at the end of its head.

    `entrance` ends the header: the way to sign in, or who has.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{title} · {hub_name}" if title != hub_name else title),
        element("style", Html(STYLE)),
        meta,
    )
    links = (element("a", hub_name, href="/"), element("a", "Search", href="/items"), element("a", "API", href="/docs"))
    page = element("html", head, element("body", element("header", *links, entrance), *content), lang="en")
    return Response(
        join(Html("<!doctype html>"), page),
        status_code=status,
        media_type="text/html",
        headers={**(headers or {}), "Content-Security-Policy": _policy(), "Referrer-Policy": "same-origin"},
    )


def search_link(pairs: list[tuple[str, str]]) -> str:
    """Give the address of the search page with these parameters."""
    return f"/items?{urlencode(pairs)}" if pairs else "/items"


def way_in(*, is_open: bool) -> Html:
    """Give the way to sign in for pages that are the same for everybody: whoever has signed in finds himself there."""
    return element("a", "Account", href="/account") if is_open else NOTHING


@cache
def _policy() -> str:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
