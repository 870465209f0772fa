"""Takes the README's picture of a running storefront: `python -m docs.photograph http://127.0.0.1:8600/shop/shop/`."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).parent / "pictures" / "storefront.png"
SHELF = "?q=leather&policy=hybrid"


def photograph(address: str) -> None:
    """Write docs/pictures/storefront.png: a search on the shop at `address`, once every picture has come."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 1040}, color_scheme="light", locale="en-GB")
        page.goto(address + SHELF)
        page.wait_for_selector(".card:not(.skeleton)")
        page.wait_for_function(
            "() => [...document.querySelectorAll('.card .tile > img')].slice(0, 8).every(one => one.complete)"
        )
        page.wait_for_timeout(1500)
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    photograph(sys.argv[1])
