"""A real browser, and a real API that serves a small shop from a real OpenSearch."""

import contextlib
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, sync_playwright

from indexer.behaviour.http import build_events_router
from mappings.client import connect
from mappings.errors import NotFound
from plugin_config.settings import load_settings
from query_service.app import build_app
from studio.storefront import mount
from tests.browser.small_shop import fill_baskets, index_shop, train_shop
from tests.browser.tab import RunningShop, Tab, watched

BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def small_shop(opensearch_url: str, redis_url: str, state_root: Path) -> Iterator[RunningShop]:
    """The API with the storefront on a free port, and forty products behind it."""
    folder = state_root / "corner"
    folder.mkdir()
    settings = load_settings(
        state_dir=state_root / "corner-state",
        opensearch_url=opensearch_url,
        redis_url=redis_url,
        index_prefix=f"b{uuid.uuid4().hex[:12]}",
        picture_roots=(folder,),
        threads=1,
    )
    with ThreadPoolExecutor(1) as aside:  # where no event loop of the browser runs
        aside.submit(index_shop, settings, folder).result()
        aside.submit(train_shop, settings, folder).result()
        aside.submit(fill_baskets, settings).result()
    app = build_app(settings)
    app.include_router(build_events_router(settings))
    mount(app)
    with _served(app) as url:
        yield RunningShop(url, settings.event_log_path)
    client = connect(settings)
    with contextlib.suppress(NotFound):
        client.request("DELETE", f"/{settings.index_prefix}*", params={"expand_wildcards": "all"})
    client.close()


@contextlib.contextmanager
def _served(app: FastAPI) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the API did not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """One Chromium for these tests. It leaves with them: while it is here, an event loop runs in this thread."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=list(BROWSER_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """A fresh tab of a desktop browser. A complaint of the page fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", color_scheme="light")
    made = watched(context.new_page())
    yield made
    context.close()
    assert made.complaints == []


@pytest.fixture
def phone(browser: Browser) -> Iterator[Tab]:
    """A fresh tab of a phone."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="en-GB", has_touch=True, is_mobile=True, device_scale_factor=2
    )
    made = watched(context.new_page())
    yield made
    context.close()
    assert made.complaints == []


@pytest.fixture
def dark(browser: Browser) -> Iterator[Tab]:
    """A fresh tab on a system in dark colours."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", color_scheme="dark")
    made = watched(context.new_page())
    yield made
    context.close()
    assert made.complaints == []
