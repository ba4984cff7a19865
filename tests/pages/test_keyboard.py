"""A reader who has no mouse: from the search to a comment by keys alone, and the focus is always seen."""

import time

from playwright.sync_api import Page, expect

from workers.demo import demo_records

KNOWN, ISSUE = demo_records()[:2]
MOST_KEYS = 150
AS_PEOPLE_WRITE_S = 3.5
WHERE = "[document.activeElement.localName, document.activeElement.ariaLabel || document.activeElement.innerText || '']"
SEEN = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  const middle = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return style.outlineStyle !== "none" && box.width > 0 && box.bottom > 0 && box.top < innerHeight
    && (middle === null || one.contains(middle) || middle.contains(one));
}"""


def press_until(page: Page, tag: str, text: str = "") -> None:
    """Go from one thing to the next, as keys do, to one of a kind with a text; each must be seen to have the focus."""
    for _ in range(MOST_KEYS):
        page.keyboard.press("Tab")
        found, said = page.evaluate(WHERE)
        if found in {"body", "html"}:
            continue
        assert page.evaluate(SEEN), f"the focus is not seen on {found} {said[:60]!r} of {page.url}"
        if found == tag and text in said:
            return
    raise AssertionError(f"no key leads to {tag} {text!r} of {page.url}")


def test_from_a_search_to_a_comment_by_keys_alone(site, visits):
    page = visits.open(reduced_motion="reduce")
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate(WHERE) == ["a", "Skip to the content"]
    page.keyboard.press("Enter")
    press_until(page, "input")
    page.keyboard.type("partnering")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=partnering**")
    press_until(page, "a", "Empirical")
    page.keyboard.press("Enter")
    page.wait_for_url("**filter=**")
    press_until(page, "a", KNOWN.title)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(KNOWN.title)
    press_until(page, "select")
    page.keyboard.press("ArrowDown")
    press_until(page, "button", "Filter")
    page.keyboard.press("Enter")
    page.wait_for_url("**property=**")
    expect(page.locator("#linked").get_by_role("link", name=ISSUE.title)).to_be_visible()
    press_until(page, "a", "Be the first to add one!")
    page.keyboard.press("Enter")
    page.wait_for_url("**/comment")
    press_until(page, "input")
    page.keyboard.type("Kay Board")
    press_until(page, "textarea")
    page.keyboard.type("Written by keys alone")
    time.sleep(AS_PEOPLE_WRITE_S)
    press_until(page, "button", "Send")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("waits for approval")
