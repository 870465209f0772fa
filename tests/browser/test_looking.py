"""Looking closer: the product page, the why drawer, comparison, colours and languages."""

import json
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.tab import RunningShop, Tab

pytestmark = [pytest.mark.browser, pytest.mark.opensearch]


def explained(shop: RunningShop, words: str, policy: str) -> dict[str, Any]:
    request = {"text": words, "policy": policy, "size": 24, "explain": True}
    answer: dict[str, Any] = httpx.post(f"{shop.api}/search", json=request).json()
    return answer


def shown_numbers(page: Page, selector: str, name: str, value: str) -> dict[str, float]:
    script = "(nodes, [name, value]) => Object.fromEntries(nodes.map(n => [n.dataset[name], +n.dataset[value]]))"
    found: dict[str, float] = page.locator(selector).evaluate_all(script, [name, value])
    return found


@pytest.mark.parametrize("policy", ["hybrid", "keyword", "reranked"])
def test_the_why_drawer_shows_the_numbers_of_the_api(tab: Tab, small_shop: RunningShop, policy: str) -> None:
    answer = explained(small_shop, "blue lamp", policy)
    assert (answer["hits"][0]["explanation"]["contributions"] != []) == (policy == "reranked")
    tab.open(f"{small_shop.page}?q=blue+lamp&policy={policy}")
    for hit in answer["hits"][:2]:
        why = hit["explanation"]
        tab.page.locator(f'.card[data-id="{hit["id"]}"] .why-button').click()
        tab.page.wait_for_selector(".why-facts")
        parts = shown_numbers(tab.page, ".part-bars li", "part", "score")
        assert parts == pytest.approx(why["sub_queries"], rel=1e-6)
        assert float(tab.page.get_attribute(".fused", "data-fused") or "nan") == pytest.approx(why["fused_score"])
        assert tab.page.inner_text("#final-rank") == str(why["final_rank"])
        assert tab.page.inner_text("#model-used") == (why["model"] or "none")
        contributions = {one["feature"]: one["contribution"] for one in why["contributions"]}
        shown = shown_numbers(tab.page, ".contributions li[data-feature]", "feature", "contribution")
        shown.pop("", None)
        assert shown == pytest.approx({name: contributions[name] for name in shown})
        tab.page.keyboard.press("Escape")
        tab.page.wait_for_selector("#why", state="detached")


def test_the_why_drawer_explains_what_this_very_shopper_sees(tab: Tab, small_shop: RunningShop) -> None:
    tab.page.add_init_script("localStorage.setItem('vitrine.consent', 'true')")
    tab.page.add_init_script("localStorage.setItem('vitrine.shopper', '\"ann\"')")
    with tab.page.expect_request(
        lambda request: request.url.endswith("/search") and "mug" in str(request.post_data)
    ) as seen:
        tab.open(f"{small_shop.page}?q=mug")
    with tab.page.expect_request(lambda request: "explain" in str(request.post_data)) as asked:
        tab.page.locator(".why-button").first.click()
    users = [json.loads(request.value.post_data or "{}").get("user") for request in (seen, asked)]
    assert users == ["ann", "ann"]
    tab.page.wait_for_selector(".why-facts")


def test_focus_returns_to_the_button_that_opened_the_drawer(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(f"{small_shop.page}?q=mug")
    button = tab.page.locator(".why-button").nth(1)
    button.click()
    tab.page.wait_for_selector(".why-facts")
    tab.page.keyboard.press("Escape")
    assert button.evaluate("node => node === document.activeElement")


def test_a_product_page_has_an_address_and_closes_with_back(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(f"{small_shop.page}?q=mug")
    tab.page.locator(".card-link").first.click()
    tab.page.wait_for_selector("#product .product-title")
    assert "product=" in tab.page.url
    tab.page.wait_for_selector("#similar .card")
    assert "<b>Smaller</b> than I thought." in tab.page.inner_text("#product .reviews")
    tab.page.go_back()
    tab.page.wait_for_selector("#product", state="detached")
    assert "product=" not in tab.page.url
    tab.open(f"{small_shop.page}?product=vase-blue-norr")
    tab.page.wait_for_selector("#product .product-title")
    assert tab.page.inner_text("#product .product-title") == "Blue Vase by Norr"


def test_pictures_load_and_a_product_without_one_gets_a_drawing(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(f"{small_shop.page}?f.category=Mugs")
    tab.page.wait_for_function(
        "() => [...document.querySelectorAll('.card .tile > img')].slice(0, 4).every(i => i.naturalWidth)"
    )
    tab.open(f"{small_shop.page}?product=mug-black-halden")
    tab.page.wait_for_selector("#product .gallery .placeholder")


def test_sold_out_and_reduced_products_say_so(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(f"{small_shop.page}?f.colour=black&sort=price")
    sold_out = tab.page.locator('.card[data-id="mug-black-norr"]')
    if sold_out.count():
        assert "Sold out" in sold_out.inner_text()
    assert tab.page.locator(".card .price del").count() > 0


def test_two_policies_stand_side_by_side(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(f"{small_shop.page}?q=blue+vase")
    tab.page.click("#compare")
    tab.page.wait_for_selector(".compare-column >> nth=1")
    headings = tab.page.locator(".compare-column h2").all_inner_texts()
    assert headings == ["Keyword", "Reranked"]
    tab.page.click("#compare")
    tab.page.wait_for_selector(".grid")


def test_the_policy_switch_changes_what_is_asked(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(f"{small_shop.page}?q=blue+vase")
    with tab.page.expect_request(lambda request: request.url.endswith("/search")) as sent:
        tab.page.locator("label[for='policy-vector']").click()
    assert sent.value.post_data_json["policy"] == "vector"
    tab.page.wait_for_url("**policy=vector**")


def test_dark_colours_follow_the_system_and_the_button(dark: Tab, small_shop: RunningShop) -> None:
    dark.open(small_shop.page)
    lightness = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
    assert dark.page.evaluate(lightness) < 150
    dark.page.click("#theme")
    assert dark.page.evaluate(lightness) > 600
    dark.page.reload()
    dark.settle()
    assert dark.page.evaluate(lightness) > 600


def test_chinese_shows_chinese_titles_and_words(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(f"{small_shop.page}?q=mug")
    with tab.page.expect_navigation():
        tab.page.click("#language")
    tab.settle()
    assert set(tab.titles()[:2]) == {"马克杯"}
    assert tab.page.get_attribute("html", "lang") == "zh-CN"
    tab.search("花瓶")
    assert tab.titles()[0] == "花瓶"


def test_the_description_of_the_api_needs_nothing_from_elsewhere(tab: Tab, small_shop: RunningShop) -> None:
    tab.page.goto(f"{small_shop.url}/docs")
    tab.page.get_by_text("/catalogues/{name}/search", exact=True).first.wait_for()
