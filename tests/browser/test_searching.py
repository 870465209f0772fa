"""Searching in a real browser: words, pictures, filters, pages, and the way back."""

import io
import re

import httpx
import pytest

from tests.browser.small_shop import COLOURS, HOSTILE, picture_of
from tests.browser.tab import RunningShop, Tab

pytestmark = [pytest.mark.browser, pytest.mark.opensearch]

DROP = """([bytes, type]) => {
  const file = new File([new Uint8Array(bytes)], "dropped", {type});
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(file);
  for (const kind of ["dragenter", "dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer}));
}"""


def drop_picture(tab: Tab, kind: str, colour: str) -> None:
    data = io.BytesIO()
    picture_of(kind, COLOURS[colour]).save(data, "PNG")
    tab.page.evaluate(DROP, [list(data.getvalue()), "image/png"])
    tab.page.wait_for_selector(".query-picture img")
    tab.page.wait_for_function("() => document.querySelector('#heading').textContent.includes('picture')")
    tab.settle()


def test_words_find_products_and_the_count_says_how_many(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(small_shop.page)
    tab.search("red mug")
    answer = httpx.post(f"{small_shop.api}/search", json={"text": "red mug", "policy": "reranked"}).json()
    assert tab.titles() == [hit["source"]["title"] for hit in answer["hits"]]
    assert re.search(rf"\b{answer['total']} products\b", tab.page.inner_text("#count"))
    assert "Red Mug" in tab.titles()[0]


def test_a_dropped_picture_finds_what_looks_like_it(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(small_shop.page)
    drop_picture(tab, "Cushion", "blue")
    assert "Blue Cushion" in tab.titles()[0]
    assert "pic=" in tab.page.url
    tab.page.click("#remove-picture")
    tab.page.wait_for_function("() => document.querySelector('#heading').textContent === 'All products'")
    assert not tab.page.is_visible(".query-picture")


def test_words_and_a_picture_are_weighed_by_the_slider(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(f"{small_shop.page}?q=lamp")
    drop_picture(tab, "Mug", "yellow")
    with tab.page.expect_request(lambda request: request.url.endswith("/search")) as sent:
        tab.page.locator("#mix").fill("90")
    assert sent.value.post_data_json["weights"]["picture_vector"] == 0.9
    tab.page.wait_for_url("**mix=90**")


def test_a_part_of_the_picture_is_chosen_with_the_keyboard(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(small_shop.page)
    drop_picture(tab, "Vase", "green")
    tab.page.click("#crop")
    frame = tab.page.locator(".crop-frame")
    frame.press("ArrowRight")
    frame.press("Shift+ArrowDown")
    with tab.page.expect_request(lambda request: request.url.endswith("/search")) as sent:
        tab.page.click("#use-crop")
    crop = sent.value.post_data_json["images"][0]["crop"]
    assert crop == {"left": 0.17, "top": 0.15, "right": 0.87, "bottom": 0.87}


def test_a_file_that_is_no_picture_is_refused_with_words(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(small_shop.page)
    tab.page.evaluate(DROP, [list(b"hello"), "image/png"])
    tab.page.wait_for_selector("#toast")
    assert "cannot be read as a picture" in tab.page.inner_text("#toast")


def test_filters_narrow_and_the_back_button_widens_again(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(small_shop.page)
    tab.page.check("#check-brand-Norr")
    tab.page.wait_for_url("**f.brand=Norr**")
    tab.page.wait_for_selector(".chips .chip")
    tab.settle()
    assert set(tab.page.locator("#results .brand").all_inner_texts()) == {"Norr"}
    tab.page.fill("#most-type-price", "20")
    tab.page.press("#most-type-price", "Enter")
    tab.page.wait_for_url("**max.price=20**")
    tab.page.wait_for_function("() => document.querySelectorAll('.chips .chip').length === 2")
    narrow = tab.page.inner_text("#count strong")
    tab.page.go_back()
    tab.page.wait_for_function("() => document.querySelectorAll('.chips .chip').length === 1")
    assert tab.page.inner_text("#count strong") != narrow
    tab.page.go_back()
    tab.page.wait_for_function("() => document.querySelectorAll('.chips .chip').length === 0")
    assert not tab.page.is_checked("#check-brand-Norr")
    tab.page.go_forward()
    tab.page.wait_for_selector(".chips .chip")
    assert tab.page.is_checked("#check-brand-Norr")


def test_pages_are_links_that_can_be_opened_directly(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(f"{small_shop.page}?policy=keyword&q=table")
    total = httpx.post(f"{small_shop.api}/search", json={"text": "table", "policy": "keyword"}).json()["total"]
    links = tab.page.locator(".paging a[aria-label^='Page']")
    assert links.count() == -(-total // 24) == 2
    first = tab.titles()
    links.nth(1).click()
    tab.page.wait_for_url("**page=2**")
    tab.page.wait_for_selector(".paging [aria-current][aria-label='Page 2']")
    assert not set(first) & set(tab.titles())
    tab.open(tab.page.url)
    assert len(first) + len(tab.titles()) == total


def test_the_order_follows_the_chosen_sort(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(small_shop.page)
    tab.page.select_option("#sort", "-price")
    tab.page.wait_for_url("**sort=-price**")
    tab.settle()
    tab.page.wait_for_function("() => document.querySelector('.card .title').textContent.includes('Basket')")


def test_nothing_found_offers_a_way_on(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(f"{small_shop.page}?policy=keyword&q=qqqqwwwwzzzz")
    assert "Nothing here matches" in tab.page.inner_text("#empty")
    tab.page.click("#empty a")
    tab.page.wait_for_selector(".card:not(.skeleton)")


def test_markup_in_a_title_and_in_the_words_stays_text(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(f"{small_shop.page}?q=Basket&policy=keyword")
    assert HOSTILE in tab.titles()
    tab.page.fill("#words", '<img src=x onerror="alert(1)">')
    tab.page.press("#words", "Enter")
    tab.page.wait_for_function("() => document.querySelector('#heading').textContent.includes('<img src=x')")
    tab.settle()
    assert tab.page.evaluate("document.querySelectorAll('img[src=x], #results script').length") == 0


def test_a_failing_search_says_why_and_can_be_tried_again(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(small_shop.page)
    problem = {
        "title": "engine unavailable",
        "status": 503,
        "detail": "OpenSearch does not answer; see vitrine status.",
    }
    tab.page.route("**/search", lambda route: route.fulfill(status=503, json=problem))
    tab.page.fill("#words", "lamp")
    tab.page.press("#words", "Enter")
    tab.page.wait_for_selector("#error")
    assert problem["detail"] in tab.page.inner_text("#error")
    tab.page.unroute("**/search")
    tab.page.click("#retry")
    tab.page.wait_for_selector(".card:not(.skeleton)")
    assert tab.complaints == [
        "Failed to load resource: the server responded with a status of 503 (Service Unavailable)"
    ]
    tab.complaints.clear()
