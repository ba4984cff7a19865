"""The facet of years: bars that lead to their items, and two fields for a range, which a script also lets one draw."""

import re
from typing import Final

from indexer.query import Condition
from search_api.histogram import PROPERTY
from search_api.languages import _, _n, show_number
from search_api.pages.frame import NOTHING
from search_api.pages.markup import Html, element, join
from search_api.pages.search.asked import PATH, Asked, with_filter
from search_api.pages.search.box import hidden_fields
from search_api.pages.search.spans import Span, spans_of
from search_api.pages.search.words import say_range
from search_api.render import Facet

WIDTH: Final = 240
HEIGHT: Final = 56
GAP: Final = 0.08
"""Of a bar's place that is left free on either side."""

FROM: Final = "from"
TO: Final = "to"
YEAR: Final = re.compile(r"-?[0-9]{1,9}")


def years_block(asked: Asked, label: str, facet: Facet) -> Html:
    """Give bars, fields and the way to the items without a year."""
    counts = {int(value.value): value.count for value in facet.values if value.count}
    spans = spans_of(counts)
    every = _("All values of {property}").format(property=label)
    links = [element("a", _("All values"), href=asked.values_address(PROPERTY), aria_label=every)]
    if facet.missing:
        text = _n("{count} without", "{count} without", facet.missing).format(count=show_number(facet.missing))
        is_on = facet.missing_filter in asked.filters
        link = asked.toggled(facet.missing_filter)
        links.append(element("a", text, href=link, class_="on" if is_on else None, rel="nofollow"))
    return join(
        _bars(asked, spans) if spans else NOTHING,
        _fields(asked),
        element("p", join(*links, between=" · "), class_="fine"),
    )


def _bars(asked: Asked, spans: list[Span]) -> Html:
    """Give the bars; for who sees none, the fields and the page of all values say the same."""
    most = max(span.count for span in spans)
    width = WIDTH / len(spans)
    stem = asked.with_filters(asked.without_positives(PROPERTY))
    bars = [
        element("a", _title(span), *_shapes(asked, span, number * width, width, most), **_link(asked, stem, span))
        for number, span in enumerate(spans)
    ]
    drawing = element(
        "svg", *bars, viewBox=f"0 0 {WIDTH} {HEIGHT}", preserveAspectRatio="none", aria_hidden="true", focusable="false"
    )
    ends = spans[:1] if len(spans) == 1 else (spans[0], spans[-1])
    axis = element("p", *(element("span", _range_of(span)) for span in ends), class_="axis")
    return element("div", drawing, axis, class_="years", data_years="")


def _title(span: Span) -> Html:
    text = _n("{years}: {count} item", "{years}: {count} items", span.count)
    return element("title", text.format(years=_range_of(span), count=show_number(span.count)))


def _link(asked: Asked, stem: str, span: Span) -> dict[str, str]:
    """Give the attributes of a bar's link: to its items, or back where they are asked for; keys go by the fields.

    `stem` is the address with no years chosen.
    """
    link = stem if span.token in asked.filters else with_filter(stem, span.token)
    low, high = _ends(span)
    return {"href": link, "tabindex": "-1", "data_low": low or "", "data_high": high or "", "rel": "nofollow"}


def _shapes(asked: Asked, span: Span, left: float, width: float, most: int) -> tuple[Html, Html]:
    """Give the place of a bar, which can be pointed at where it is low, and the bar."""
    height = max(2.0, span.count / most * HEIGHT) if span.count else 0.0
    chosen = _chosen(asked)
    is_on = not chosen or any(_touches(one, span) for one in chosen)
    place = element("rect", x=f"{left:.2f}", y="0", width=f"{width:.2f}", height=str(HEIGHT), class_="place")
    bar = element(
        "rect",
        x=f"{left + width * GAP:.2f}",
        y=f"{HEIGHT - height:.2f}",
        width=f"{width * (1 - 2 * GAP):.2f}",
        height=f"{height:.2f}",
        class_="bar" if is_on else "bar off",
    )
    return place, bar


def _ends(span: Span) -> tuple[str | None, str | None]:
    return (None if span.low is None else str(span.low)), (None if span.high is None else str(span.high))


def _range_of(span: Span) -> str:
    return say_range(*_ends(span))


def _chosen(asked: Asked) -> list[Condition]:
    return [one for one in asked.query.filters if one.name == PROPERTY and not one.negative]


def _touches(one: Condition, span: Span) -> bool:
    """Tell whether years that are asked for are among those of a span."""
    if one.operator == "exists":
        return True
    if one.operator == "missing":
        return False
    if one.operator == "is" and not YEAR.fullmatch(one.value):
        return False
    low, high = (one.value, one.value) if one.operator == "is" else (one.low, one.high)
    starts_before = span.high is None or low is None or int(low) <= span.high
    return starts_before and (span.low is None or high is None or int(high) >= span.low)


def _fields(asked: Asked) -> Html:
    low, high = _range(asked)
    hidden = hidden_fields(asked.pairs(asked.without_positives(PROPERTY)))
    return element(
        "form",
        _field(FROM, _("From"), low),
        _field(TO, _("To"), high),
        hidden,
        element("button", _("Narrow"), class_="plain"),
        action=PATH,
        class_="range",
    )


def _field(name: str, label: str, value: str) -> Html:
    box = element("input", type="number", name=name, value=value, step="1", inputmode="numeric")
    return element("label", label, box)


def _range(asked: Asked) -> tuple[str, str]:
    """Give the ends of the range that is asked for, where there is just one."""
    chosen = _chosen(asked)
    if len(chosen) != 1:
        return "", ""
    (one,) = chosen
    return (one.value, one.value) if one.operator == "is" else (one.low or "", one.high or "")
