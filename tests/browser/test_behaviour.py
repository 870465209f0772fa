"""The collector in a real browser: nothing before consent, and then events in the log with positions and valid tokens."""

import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ranking.behaviour.event import Event
from ranking.behaviour.log.sqlite_log import SqliteEventLog
from studio.storefront.assets import PAGE_FOLDER
from tests.browser.tab import RunningShop, Tab, watched

pytestmark = [pytest.mark.browser, pytest.mark.opensearch]
KEPT = "() => Object.keys({...localStorage, ...sessionStorage}).filter(k => k.startsWith('vitrine.')).sort()"


@pytest.fixture
def shopper(browser: Browser) -> Any:
    """A tab of a browser that does not call itself headless."""
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", user_agent=agent)
    made = watched(context.new_page())
    yield made
    context.close()
    assert made.complaints == []


def events_of(shop: RunningShop, who: str, *, actions: set[str], of: str | None = None) -> list[Event]:
    """The shopper's events in the log, as soon as all these actions are among them; `of`: those of this product."""
    assert shop.event_log is not None
    log, until = SqliteEventLog(shop.event_log), time.monotonic() + 60
    while True:
        found = [row.event for row in log.read() if row.event.shopper == who]
        if actions <= {event.action for event in found if of in (None, event.product)}:
            log.close()
            return found
        assert time.monotonic() < until, f"only {sorted({event.action for event in found})} arrived"
        time.sleep(0.1)


def identity(page: Page) -> str:
    who: str = page.evaluate("JSON.parse(localStorage.getItem('vitrine.shopper'))")
    return who


def test_what_a_shopper_does_arrives_with_positions_and_valid_tokens(shopper: Tab, small_shop: RunningShop) -> None:
    shopper.open(f"{small_shop.page}?q=mug")
    shopper.page.click("#allow")
    with shopper.page.expect_request(lambda sent: sent.url.endswith("/events")):
        shopper.page.wait_for_timeout(1_200)
    card = shopper.page.locator("#results .card").nth(2)
    product = card.get_attribute("data-id")
    card.locator(".card-link").click()
    shopper.page.click("#add-to-basket")
    assert shopper.page.inner_text("#add-to-basket") == "In your basket"
    deeds = {"impression", "click", "view", "add_to_cart"}
    arrived = events_of(small_shop, identity(shopper.page), actions=deeds, of=product)
    assert len({event.event_id for event in arrived}) == len(arrived)
    found = [event for event in arrived if event.query == "mug"]
    # Below the product stand rows of others: while its picture loads they are in sight, too.
    assert {event.action for event in arrived if event.query != "mug"} <= {"impression"}
    assert all(event.teaches and not event.suspect for event in found), found
    seen = {event.position: event.product for event in found if event.action == "impression"}
    assert seen[3] == product
    assert {(e.product, e.position) for e in found if e.action in ("click", "view", "add_to_cart")} == {(product, 3)}
    assert len({event.query_id for event in found}) == 1


def test_before_consent_nothing_is_kept_or_sent_and_withdrawing_forgets(shopper: Tab, small_shop: RunningShop) -> None:
    sent: list[str] = []
    shopper.page.on("request", lambda one: sent.append(one.url) if one.url.endswith("/events") else None)
    shopper.open(f"{small_shop.page}?q=lamp")
    shopper.page.locator(".card-link").first.click()
    shopper.page.click("#add-to-basket")
    shopper.page.wait_for_timeout(1_300)
    assert shopper.page.evaluate(KEPT) == []
    shopper.page.keyboard.press("Escape")
    shopper.page.click("#refuse")
    shopper.page.reload()
    shopper.settle()
    assert not shopper.page.is_visible("#consent")
    shopper.page.click("#change-consent")
    shopper.page.locator(".card-link").first.click()
    shopper.page.wait_for_selector("#add-to-basket")
    assert "vitrine.shopper" in shopper.page.evaluate(KEPT)
    shopper.page.keyboard.press("Escape")
    shopper.page.click("#change-consent")
    assert shopper.page.evaluate(KEPT) == ["vitrine.consent"]
    before = len(sent)
    shopper.page.wait_for_timeout(3_200)
    assert len(sent) == before


def test_events_wait_while_the_shop_is_out_of_reach(shopper: Tab, small_shop: RunningShop) -> None:
    shopper.open(f"{small_shop.page}?q=vase")
    shopper.page.route("**/events", lambda route: route.abort())
    shopper.page.click("#allow")
    with shopper.page.expect_event("requestfailed", lambda one: one.url.endswith("/events")):
        shopper.page.locator(".card-link").first.click()
        shopper.page.click("#add-to-basket")
    who = identity(shopper.page)
    assert "vitrine.queue" in shopper.page.evaluate(KEPT)
    shopper.page.unroute("**/events")
    shopper.page.reload()
    found = events_of(small_shop, who, actions={"click", "add_to_cart"})
    assert [event.action for event in found].count("click") == 1
    # The browser tells of each request that failed, some time later.
    shopper.complaints[:] = [said for said in shopper.complaints if "ERR_FAILED" not in said]


def test_the_collector_is_small_and_stands_alone() -> None:
    source = (PAGE_FOLDER / "js" / "vitrine.js").read_bytes()
    assert len(source) < 5_000
    assert b"import " not in source


def test_a_click_in_a_row_of_recommendations_teaches_as_one_of_that_row(shopper: Tab, small_shop: RunningShop) -> None:
    shopper.open(f"{small_shop.page}?product=mug-red-halden")
    shopper.page.keyboard.press("Escape")
    shopper.page.click("#allow")
    shopper.open(f"{small_shop.page}?product=mug-red-halden")
    shopper.page.wait_for_selector("#bought .card")
    shopper.page.locator("#bought .card-link").first.click()
    shopper.page.wait_for_function(
        "() => document.querySelector('#product .product-title')?.textContent === 'Red Lamp by Halden'"
    )
    shopper.page.click("#add-to-basket")
    found = events_of(small_shop, identity(shopper.page), actions={"click", "add_to_cart"})
    deeds = [event for event in found if event.action in ("click", "add_to_cart")]
    assert {event.product for event in deeds} == {"lamp-red-halden"}
    assert {event.policy for event in deeds} == {"recommendations/bought-together"}
    assert all(event.teaches for event in deeds)
