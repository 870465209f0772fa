"""The real parts that tests run against: OpenSearch, Redis, the whole stack and Chromium, each started once a run."""

import contextlib
import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from _pytest.monkeypatch import MonkeyPatch

from mappings.client import connect
from mappings.errors import NotFound
from plugin_config.settings import Settings, load_settings
from vitrine.stack.lifecycle import down, up
from vitrine.stack.redis import with_database
from vitrine.stack.state import StackState

# Tests are short: a small heap, and the compiler that starts fast.
TEST_ENGINE = {"opensearch_heap_mb": 768, "opensearch_java_options": "-XX:TieredStopAtLevel=1"}
# The same examples on every run, however slow the machine: new ones are looked for with --hypothesis-profile=default.
hypothesis.settings.register_profile(
    "steady", derandomize=True, database=None, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")
# What a person would not wait for, a busy machine may need: a time limit is no part of what these tests ask.
PATIENCE = {"VITRINE_FEATURES_TIMEOUT_SECONDS": "20", "VITRINE_OPENSEARCH_TIMEOUT_SECONDS": "60"}
# A shell's background jobs begin with Ctrl-C ignored, and so would every command that a test interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """A variable of the developer's shell must not steer a test."""
    with MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("VITRINE_") and not name.startswith(("VITRINE_TEST_", "VITRINE_CACHE_")):
                patch.delenv(name)
        for name, value in PATIENCE.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def state_root() -> Iterator[Path]:
    """A short-lived folder of the run. Not pytest's own: that one is closed to the uid OpenSearch may run as."""
    with tempfile.TemporaryDirectory(prefix="vitrine-test-", ignore_cleanup_errors=True) as name:
        root = Path(name)
        root.chmod(0o755)
        yield root


@pytest.fixture(scope="session")
def stores(state_root: Path) -> Iterator[StackState]:
    """OpenSearch and Redis of this run, as far as no variable names running ones."""
    settings = load_settings(
        state_dir=state_root / "stores",
        **TEST_ENGINE,
        opensearch_url=os.environ.get("VITRINE_TEST_OPENSEARCH_URL"),
        redis_url=os.environ.get("VITRINE_TEST_REDIS_URL"),
    )
    try:
        yield up(settings, applications=False)
    finally:
        down(settings)


@pytest.fixture(scope="session")
def opensearch_url(request: pytest.FixtureRequest) -> str:
    """The address of a real OpenSearch with k-NN and neural-search."""
    return os.environ.get("VITRINE_TEST_OPENSEARCH_URL") or request.getfixturevalue("stores").services["opensearch"].url


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> str:
    """The address of a real Redis; database 0 unless the variable says otherwise."""
    return os.environ.get("VITRINE_TEST_REDIS_URL") or request.getfixturevalue("stores").services["redis"].url


@pytest.fixture
def settings(opensearch_url: str, redis_url: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings of one test: index names and a folder of its own; its indices go when it ends."""
    made = _own_settings(opensearch_url, redis_url, tmp_path)
    yield made
    _drop_indices(made)


@pytest.fixture(scope="session")
def running_stack(opensearch_url: str, redis_url: str, state_root: Path) -> Iterator[Settings]:
    """Worker, beat and API as `vitrine up` brings them, around the run's stores; the settings that reach them."""
    from vitrine.stack.discovery import running_settings

    wanted = _own_settings(opensearch_url, redis_url, state_root / "stack")
    try:
        up(wanted)
        yield running_settings(wanted)
    finally:
        down(wanted)
        _drop_indices(wanted)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A real browser. Its absence skips a test at home and fails it where CI is set."""
    wanted = os.environ.get("VITRINE_TEST_CHROMIUM")
    found = wanted or next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    if found is None:
        message = "no Chromium here: install the package chromium, or name one in VITRINE_TEST_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found


def _own_settings(opensearch_url: str, redis_url: str, folder: Path) -> Settings:
    return load_settings(
        state_dir=folder,
        opensearch_url=opensearch_url,
        redis_url=redis_url,
        features_redis_url=with_database(redis_url, 1) if redis_url.endswith("/0") else redis_url,
        index_prefix=f"t{uuid.uuid4().hex[:12]}",
    )


def _drop_indices(settings: Settings) -> None:
    client = connect(settings)
    with contextlib.suppress(NotFound):
        client.request("DELETE", f"/{settings.index_prefix}*", params={"expand_wildcards": "all"})
    client.close()
