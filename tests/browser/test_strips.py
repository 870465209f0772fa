"""The quiet rows under a product: bought together, alike, recently viewed."""

from collections.abc import Sequence

import pytest

from tests.browser.tab import RunningShop, Tab

pytestmark = [pytest.mark.browser, pytest.mark.opensearch]


def shown(tab: Tab, row: str) -> Sequence[str | None]:
    tab.page.wait_for_selector(f"#{row} .card")
    return [card.get_attribute("data-id") for card in tab.page.locator(f"#{row} .card").all()]


def open_product(tab: Tab, shop: RunningShop, product: str) -> None:
    tab.open(f"{shop.page}?product={product}")
    tab.page.wait_for_selector("#product .product-title")


def test_a_product_shows_what_is_bought_with_it_and_leads_there(tab: Tab, small_shop: RunningShop) -> None:
    open_product(tab, small_shop, "mug-red-halden")
    assert shown(tab, "bought") == ["lamp-red-halden"]
    assert tab.page.inner_text("#bought h3") == "Bought together"
    link = tab.page.locator("#bought .card-link")
    link.focus()
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_function(
        "() => document.querySelector('#product .product-title')?.textContent === 'Red Lamp by Halden'"
    )
    assert shown(tab, "bought") == ["mug-red-halden"]


def test_without_baskets_there_is_no_such_row_and_likeness_has_its_own(tab: Tab, small_shop: RunningShop) -> None:
    open_product(tab, small_shop, "vase-blue-norr")
    assert shown(tab, "similar")
    tab.page.wait_for_selector("#bought", state="detached")


def test_what_was_looked_at_in_this_visit_comes_back_the_latest_first(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(f"{small_shop.page}?q=mug")
    for place in (0, 1, 2):
        tab.page.locator("#results .card-link").nth(place).click()
        tab.page.wait_for_selector("#product .product-title")
        if place < 2:
            tab.page.go_back()
            tab.page.wait_for_selector("#product", state="detached")
    first, second, third = [card.get_attribute("data-id") for card in tab.page.locator("#results .card").all()[:3]]
    assert shown(tab, "recent") == [second, first]
    assert third not in shown(tab, "recent")
    heading = tab.page.locator("#recent h3")
    heading.scroll_into_view_if_needed()
    heading.hover()  # fails where something lies over it
    kept = tab.page.evaluate("() => JSON.stringify({...localStorage, ...sessionStorage})")
    assert first not in kept, "nothing is kept without consent"


def test_the_rows_scroll_within_a_phone_and_not_the_page(phone: Tab, small_shop: RunningShop) -> None:
    open_product(phone, small_shop, "mug-red-halden")
    assert shown(phone, "bought")
    assert shown(phone, "similar")
    wide = phone.page.evaluate("() => document.querySelector('#product .dialog-body').scrollWidth")
    assert wide <= phone.page.viewport_size["width"]
