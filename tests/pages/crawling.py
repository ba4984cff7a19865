"""Every page of a hub that a person comes to by links; a few of each kind, where they differ only in what they show."""

import html
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import httpx

OF_A_KIND = 2
AT_A_PATH = 10
LINK = re.compile(r'<a [^>]*?href="([^"]*)"')
OPAQUE = re.compile(r"(?=.*\d)[\w-]{6,}|\d+")


def crawl(client: httpx.Client, starts: Iterable[str], known: Iterable[str] = ()) -> dict[str, str]:
    """Give the HTML of all pages that are reached from some paths, by path; in the language of the client alone.

    Pages of the kinds of `known` paths are left out, unless they are among the first.
    """
    given = tuple(starts)
    left_out = set(map(kind_of, known))
    waiting = deque(given)
    seen: set[str] = set()
    kinds: Counter[tuple[str, ...]] = Counter()
    places: Counter[str] = Counter()
    pages: dict[str, str] = {}
    while waiting:
        path = waiting.popleft()
        kind = kind_of(path)
        is_enough = kind in left_out or kinds[kind] >= OF_A_KIND or places[kind[0]] >= AT_A_PATH
        if path in seen or "lang" in kind or (is_enough and path not in given):
            continue
        seen.add(path)
        kinds[kind] += 1
        places[kind[0]] += 1
        answer = client.get(path)
        if answer.is_redirect:
            waiting.extend(_inside([answer.headers["location"]], answer.url))
        elif answer.headers.get("content-type", "").startswith("text/html"):
            pages[path] = answer.text
            waiting.extend(_inside(map(html.unescape, LINK.findall(answer.text)), answer.url))
    return pages


def kind_of(path: str) -> tuple[str, ...]:
    """Give what pages of one kind have in common: the path without what is looked for, and the names of parameters."""
    parts = urlsplit(path)
    steps = ["*" if OPAQUE.fullmatch(step) else step for step in parts.path.split("/")]
    return "/".join(steps), *sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})


def _inside(links: Iterable[str], page: httpx.URL) -> Iterator[str]:
    """Yield the paths of links of a page that stay on its host."""
    for link in links:
        parts = urlsplit(urldefrag(urljoin(str(page), link)).url)
        if parts.netloc == page.netloc.decode():
            yield parts.path + (f"?{parts.query}" if parts.query else "")
