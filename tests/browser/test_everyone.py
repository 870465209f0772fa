"""For everyone: keyboards, phones, screen readers, and browsers that guard the page."""

import re

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.tab import RunningShop, Tab

pytestmark = [pytest.mark.browser, pytest.mark.opensearch]


def violations(tab: Tab) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA, one line each."""
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    found = Axe().run(tab.page, options=rules).response["violations"]
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]


def still(tab: Tab) -> None:
    """Wait until nothing moves: colours in the middle of a fade are no measure of contrast."""
    tab.page.evaluate("Promise.all(document.getAnimations().map(a => a.finished.catch(() => null)))")


@pytest.mark.parametrize(
    "place", ["?q=mug", "?q=mug&compare=keyword", "?q=qqzzxxyy&policy=keyword", "?f.brand=Norr&product=vase-blue-norr"]
)
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing(request: pytest.FixtureRequest, small_shop: RunningShop, place: str, colours: str) -> None:
    tab: Tab = request.getfixturevalue("dark" if colours == "dark" else "tab")
    tab.open(small_shop.page + place)
    if "product=" in place:
        tab.page.wait_for_selector("#similar .card")
    still(tab)
    assert violations(tab) == []


def test_axe_finds_nothing_in_the_why_drawer(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(f"{small_shop.page}?q=red+mug")
    tab.page.locator(".why-button").first.click()
    tab.page.wait_for_selector(".why-facts")
    tab.page.click(".why-features summary")
    still(tab)
    assert violations(tab) == []


def test_a_shopper_needs_no_mouse(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(small_shop.page)
    page = tab.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "skip"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "words"
    with page.expect_response(lambda answer: "/suggest" in answer.url and answer.url.endswith("blu")):
        page.keyboard.type("blu")
    page.wait_for_selector("#suggestions:not([hidden]) [role=option]")
    page.wait_for_function("() => document.querySelector('.suggestions-title').textContent === 'Suggestions'")
    page.keyboard.press("ArrowDown")
    active = page.get_attribute("#words", "aria-activedescendant")
    assert active is not None
    assert page.get_attribute(f"#{active}", "aria-selected") == "true"
    page.keyboard.press("Escape")
    assert page.is_hidden("#suggestions")
    page.keyboard.type("e lamp")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#heading').textContent.includes('blue lamp')")
    tab.settle()
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('card-link')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#product .product-title")
    page.keyboard.press("Escape")
    page.wait_for_selector("#product", state="detached")
    assert page.evaluate("document.activeElement.classList.contains('card-link')")
    assert "product=" not in page.url


def test_a_filter_keeps_the_focus_when_results_change(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(small_shop.page)
    tab.page.focus("#check-colour-blue")
    tab.page.keyboard.press("Space")
    tab.page.wait_for_selector(".chips .chip")
    tab.settle()
    assert tab.page.evaluate("document.activeElement.id") == "check-colour-blue"


def test_results_are_announced(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(small_shop.page)
    tab.search("red mug")
    tab.page.wait_for_function("() => /red mug.*\\d+ product/.test(document.querySelector('#announcer').textContent)")


@pytest.mark.parametrize("place", ["", "?q=mug", "?q=mug&compare=keyword", "?q=qqzzxxyy&policy=keyword"])
def test_a_phone_never_scrolls_sideways(phone: Tab, small_shop: RunningShop, place: str) -> None:
    phone.open(small_shop.page + place)
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert phone.page.evaluate("innerWidth") == 390


def test_filters_rise_in_a_sheet_on_a_phone(phone: Tab, small_shop: RunningShop) -> None:
    phone.open(small_shop.page)
    assert phone.page.is_hidden("#check-brand-Norr")
    phone.page.tap("#open-filters")
    phone.page.wait_for_selector("#filter-sheet")
    phone.page.tap("#check-brand-Norr")
    phone.page.wait_for_url("**f.brand=Norr**")
    phone.page.wait_for_selector(".chips .chip", state="attached")
    phone.page.tap("#sheet-done")
    phone.page.wait_for_selector("#filter-sheet", state="detached")
    assert set(phone.page.locator("#results .brand").all_inner_texts()) == {"Norr"}


def test_the_page_is_guarded_and_its_files_may_be_kept(small_shop: RunningShop) -> None:
    page = httpx.get(small_shop.page)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-cache"
    assert httpx.get(small_shop.page, headers={"if-none-match": page.headers["etag"]}).status_code == 304
    script = page.text.split('type="module" src="')[1].split('"')[0]
    assert "immutable" in httpx.get(small_shop.url + script).headers["cache-control"]
    older = script.replace(script.split("/")[2], "0" * 16)
    assert httpx.get(small_shop.url + older).headers["cache-control"] == "no-store"


def test_the_whole_page_is_lighter_than_one_photograph(small_shop: RunningShop) -> None:
    page = httpx.get(small_shop.page).text
    files = set(re.findall(r'(?:href|src)="(/storefront/[^"]+)"', page))
    sizes = {file: int(httpx.get(small_shop.url + file).headers["content-length"]) for file in files}
    assert sum(size for file, size in sizes.items() if file.endswith(".js")) < 60_000
    assert sum(sizes.values()) < 80_000


def test_the_front_door_leads_to_a_shop(small_shop: RunningShop) -> None:
    answer = httpx.get(small_shop.url, follow_redirects=False)
    assert answer.headers["location"] == "/shop/corner/"


def test_an_unknown_shop_says_which_there_are(tab: Tab, small_shop: RunningShop) -> None:
    tab.page.goto(f"{small_shop.url}/shop/nowhere/")
    tab.page.wait_for_selector("#error")
    assert "corner" in tab.page.inner_text("#error")
    assert tab.complaints
    assert all("404" in one for one in tab.complaints)
    tab.complaints.clear()
