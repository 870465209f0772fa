"""Searching by a picture: what it seems to show, and where it agrees with what was found."""

import base64
from io import BytesIO

import numpy as np
import pytest

from tests.browser.small_shop import COLOURS, picture_of
from tests.browser.tab import RunningShop, Tab
from tests.videos import video

pytestmark = [pytest.mark.browser, pytest.mark.opensearch]


def drawing(kind: str, colour: str) -> bytes:
    buffer = BytesIO()
    picture_of(kind, COLOURS[colour]).save(buffer, "PNG")
    return buffer.getvalue()


def search_by(tab: Tab, shop: RunningShop, kind: str, colour: str) -> None:
    tab.open(shop.page)
    file = {"name": "mine.png", "mimeType": "image/png", "buffer": drawing(kind, colour)}
    tab.page.set_input_files("#picture-file", file)
    tab.page.wait_for_selector(".query-picture")
    tab.page.wait_for_selector("#looks:not([hidden]) .look")
    tab.settle()


def test_a_chip_names_what_the_picture_shows_and_becomes_a_filter(tab: Tab, small_shop: RunningShop) -> None:
    search_by(tab, small_shop, "Lamp", "green")
    named = tab.page.locator("#looks .look").all_inner_texts()
    assert "Lamps" in named or "green" in named
    chosen = tab.page.locator("#looks .look").first
    text = chosen.inner_text()
    chosen.click()
    tab.page.wait_for_selector(f".chips .chip:has-text('{text}')")
    tab.settle()
    assert "pic=" in tab.page.url
    assert "f." in tab.page.url
    words = " ".join(tab.titles())
    assert (text.rstrip("s") if text.endswith("s") else text.capitalize()) in words
    assert text not in tab.page.locator("#looks .look").all_inner_texts()


@pytest.mark.parametrize("device", ["tab", "phone", "dark"])
def test_the_drawer_shows_where_both_pictures_agree(
    device: str, small_shop: RunningShop, request: pytest.FixtureRequest
) -> None:
    seen: Tab = request.getfixturevalue(device)
    search_by(seen, small_shop, "Mug", "red")
    seen.page.locator(".why-button").first.click()
    seen.page.wait_for_selector("#heat-toggle")
    pictures = seen.page.locator("#heat canvas")
    assert pictures.count() == 2
    for said in pictures.evaluate_all("nodes => nodes.map(node => node.getAttribute('aria-label'))"):
        assert "It matches most" in said
    wide = seen.page.evaluate(
        "document.querySelector('#why .dialog-body').scrollWidth - document.querySelector('#why .dialog-body').clientWidth"
    )
    assert wide <= 0
    lit = pictures.first.evaluate("node => node.toDataURL()")
    seen.page.click("#heat-toggle")
    assert seen.page.get_attribute("#heat-toggle", "aria-pressed") == "false"
    assert pictures.first.evaluate("node => node.toDataURL()") != lit


def test_a_search_by_words_has_neither(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(f"{small_shop.page}?q=mug")
    assert tab.page.locator("#looks").count() == 0
    tab.page.locator(".why-button").first.click()
    tab.page.wait_for_selector(".why-facts")
    assert tab.page.locator("#heat").count() == 0


PASTE = """([bytes, name, kind, text]) => {
  const carried = new DataTransfer();
  if (text) carried.setData("text/plain", text);
  else carried.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name, { type: kind }));
  document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true }));
}"""


def test_a_second_picture_comes_beside_the_first_and_goes_alone(tab: Tab, small_shop: RunningShop) -> None:
    search_by(tab, small_shop, "Lamp", "red")
    with tab.page.expect_file_chooser() as chooser:
        tab.page.click("#add-picture")
    chooser.value.set_files({"name": "more.png", "mimeType": "image/png", "buffer": drawing("Vase", "blue")})
    tab.page.wait_for_selector(".query-picture.several")
    tab.page.wait_for_function("() => document.querySelector('#heading')?.textContent.includes('your pictures')")
    tab.settle()
    assert tab.page.locator(".query-one img").count() == 2
    shown = " ".join(tab.titles()[:8])
    assert "Lamp" in shown
    assert "Vase" in shown
    tab.page.click("#remove-picture-0")
    tab.page.wait_for_selector("#crop")
    tab.settle()
    assert "Vase" in tab.titles()[0]


def test_a_pasted_video_is_searched_with(tab: Tab, small_shop: RunningShop) -> None:
    film = video([np.asarray(picture_of("Lamp", COLOURS["red"]))] * 10, container="webm", codec="libvpx")
    tab.open(small_shop.page)
    tab.page.evaluate(PASTE, [base64.b64encode(film).decode(), "lamp.webm", "video/webm", None])
    tab.page.wait_for_selector(".seen-at")
    assert "Lamp" in tab.titles()[0]
    assert "your video" in tab.page.inner_text("#heading")


def test_the_address_of_a_picture_is_pasted_and_fetched_by_the_service(tab: Tab, small_shop: RunningShop) -> None:
    tab.open(f"{small_shop.page}?q=mug")
    tab.page.evaluate(PASTE, [None, None, None, "https://pictures.invalid/mug.jpg"])
    tab.page.wait_for_selector(".query-address")
    tab.page.wait_for_selector("#degraded")
    tab.settle()
    assert "pictures.invalid" in tab.page.inner_text(".query-address")
    assert "Mug" in tab.titles()[0]  # an address that leads nowhere leaves the words
    # The browser tells that no chips came for it.
    tab.complaints[:] = [said for said in tab.complaints if "422" not in said]
