"""A tab of a browser and the shop that it looks at."""

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

PATIENCE_MILLISECONDS = 60_000


@dataclass(frozen=True)
class RunningShop:
    """Where the small shop is served."""

    url: str
    event_log: Path | None = None

    @property
    def page(self) -> str:
        return f"{self.url}/shop/corner/"

    @property
    def api(self) -> str:
        return f"{self.url}/catalogues/corner"


@dataclass
class Tab:
    """A page with everything that it complained about."""

    page: Page
    complaints: list[str]

    def open(self, address: str) -> None:
        """Go there and wait until results, a message or an error stand on the page."""
        self.page.goto(address)
        self.settle()

    def settle(self) -> None:
        self.page.wait_for_selector("#results:not([aria-busy]) :is(.card, .message, .compare-row)")

    def titles(self) -> list[str]:
        return self.page.locator("#results .card .title").all_inner_texts()

    def search(self, words: str) -> None:
        self.page.fill("#words", words)
        self.page.press("#words", "Enter")
        self.page.wait_for_function("words => document.title.startsWith(words)", arg=words)
        self.page.wait_for_function(
            "words => document.querySelector('#heading')?.textContent.includes(words)", arg=words
        )
        self.settle()


def watched(page: Page) -> Tab:
    """The page as a tab that writes down errors, warnings and broken content policies."""
    complaints: list[str] = []
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective, e.blockedURI))"
    )
    return Tab(page, complaints)
