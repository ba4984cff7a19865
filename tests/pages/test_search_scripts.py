"""What scripts make easier on the search page: offers, values found in place, a range drawn, what is chosen sent."""

from contextlib import suppress
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from playwright.sync_api import Error, expect

CREATOR = ".facet:has(h3:text-is('Creator'))"


def filters_of(page):
    return [value for name, value in parse_qsl(urlsplit(page.url).query) if name == "filter"]


def test_an_offered_value_is_chosen_by_keyboard_within_the_search(visits):
    page = visits.open()
    page.goto("/items?filter=genre:Empirical")
    box = page.get_by_role("combobox", name="Search")
    box.press_sequentially("improv")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]")
    expect(chosen).to_contain_text("Improvement science")
    assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    page.keyboard.press("Enter")
    page.wait_for_url("**/items?*Improvement*")
    assert filters_of(page) == ["genre:Empirical", 'subject:"Improvement science"']


def test_offers_close_and_words_are_searched_for_as_they_stand(visits):
    page = visits.open()
    page.goto("/items")
    box = page.get_by_role("combobox", name="Search")
    box.press_sequentially("improv")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.keyboard.press("Enter")
    page.wait_for_url("**/items?q=improv*")


def test_only_the_last_of_several_searches_is_shown(visits):
    page = visits.open()
    page.goto("/items")
    box = page.get_by_role("combobox", name="Search")
    late = []

    def keep(route):  # Playwright marks the function, as it could not mark a method of list
        late.append(route)

    page.route("**/api/v1/suggest?q=liter&*", keep)
    with page.expect_request("**/api/v1/suggest?q=liter&*"):
        box.fill("liter")
    box.fill("school lead")
    offered = page.locator("[role=option]").first
    expect(offered).to_contain_text("School leadership")
    for route in late:
        with suppress(Error):  # who asked does not wait any more
            route.continue_()
    page.wait_for_timeout(1_000)
    expect(offered).to_contain_text("School leadership")


def test_values_are_found_in_their_facet(visits):
    page = visits.open()
    page.goto("/items?facet=creator")
    lines = page.locator(f"{CREATOR} li")
    first = lines.all_inner_texts()
    page.get_by_label("Find a value of Creator").fill("zam")
    expect(lines.first).to_contain_text("Zamora")
    assert all("Zam" in text for text in lines.all_inner_texts())
    page.get_by_label("Find a value of Creator").fill("")
    expect(lines).to_have_count(len(first))
    page.get_by_label("Find a value of Creator").fill("zamora")
    expect(lines.first).to_contain_text("Zamora")
    lines.first.get_by_role("link").first.click()
    page.wait_for_url("**filter=creator*")


@pytest.mark.parametrize("there_and_back", [False, True])
def test_a_range_is_drawn_over_the_years(visits, site, there_and_back):
    page = visits.open()
    page.goto("/items?q=improvement")
    bars = page.locator(".years a")
    years = [int(bar.get_attribute("data-low")) for bar in bars.all()]
    drawing = page.locator(".years svg")
    drawing.scroll_into_view_if_needed()
    box = drawing.bounding_box()
    places = [box["x"] + box["width"] * (place + 0.5) / len(years) for place in (2, 5)]
    begin, end = reversed(places) if there_and_back else places
    page.mouse.move(begin, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(end, box["y"] + 20, steps=3)
    expect(page.locator(".years a.within")).to_have_count(4)
    page.mouse.up()
    page.wait_for_url("**filter=*")
    token = f"year:{years[2]}..{years[5]}"
    assert filters_of(page) == [token]
    found = httpx.get(f"{site.url}/api/v1/items", params={"q": "improvement", "filter": token}, trust_env=False).json()
    expect(page.locator(".count strong")).to_have_text(f"{found['total']} items")


def test_an_order_is_sent_when_it_is_chosen(visits):
    page = visits.open()
    page.goto("/items?q=improvement")
    expect(page.get_by_role("button", name="Apply")).to_be_hidden()
    page.get_by_label("Order").select_option("title")
    page.wait_for_url("**sort=title*")


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(("width", "is_open"), [(360, False), (1440, True)])
def test_facets_are_behind_a_button_on_narrow_pages_only(visits, scripts, width, is_open):
    page = visits.open(width=width, scripts=scripts)
    page.goto("/items")
    genre = page.locator(".facet h3", has_text="Scholarship genre")
    expect(genre).to_be_visible(visible=is_open)
    if not is_open:
        page.get_by_text("Filters", exact=True).click()
        expect(genre).to_be_visible()
