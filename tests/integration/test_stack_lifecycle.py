"""The local stack through what can happen to it: repeats, crashes, interrupts, taken ports."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from plugin_config.settings import Settings, load_settings
from vitrine.processes.process import marked_processes
from vitrine.stack.discovery import running_settings
from vitrine.stack.environment import settings_variables
from vitrine.stack.errors import ServiceDiedError, StackError
from vitrine.stack.lifecycle import down, up
from vitrine.stack.state import StackState
from vitrine.stack.status import Health, examine_stack


@pytest.fixture(scope="module")
def folder(state_root: Path) -> Path:
    return state_root / "lifecycle"


@pytest.fixture(scope="module")
def with_local_redis(opensearch_url: str, folder: Path) -> Iterator[Settings]:
    """A stack of its own around the test run's OpenSearch: everything else starts and dies quickly."""
    settings = load_settings(state_dir=folder, opensearch_url=opensearch_url, index_prefix="tlifecycle")
    yield settings
    down(settings)


def _pids(state: StackState) -> dict[str, int]:
    return {name: s.process.pid for name, s in state.services.items() if s.process is not None}


def _health(settings: Settings) -> dict[str, str]:
    return {service.name: service.health.value for service in examine_stack(settings).services}


def _all_work(settings: Settings) -> bool:
    """Whether every part answers, if not at once: a probe waits a second, and a busy machine may need more."""
    deadline = time.monotonic() + 120
    while not (works := set(_health(settings).values()) == {"works"}) and time.monotonic() < deadline:
        time.sleep(0.2)
    return works


def _processes(settings: Settings) -> list[psutil.Process]:
    return list(marked_processes(settings.state_dir.absolute()))


def test_a_second_up_leaves_everything_as_it_is(with_local_redis: Settings) -> None:
    first = up(with_local_redis)
    second = up(with_local_redis)
    assert set(first.services) == {"opensearch", "redis", "worker", "beat", "api"}
    assert _pids(first) == _pids(second)
    assert _all_work(with_local_redis)


def test_other_commands_find_the_running_stack(with_local_redis: Settings) -> None:
    state = up(with_local_redis)
    found = running_settings(with_local_redis)
    assert found.redis_url == state.services["redis"].url
    assert found.features_redis_url is not None
    assert found.features_redis_url.endswith("/1")
    assert f":{found.api_port}" in state.services["api"].url


def test_two_ups_at_once_start_one_stack(with_local_redis: Settings) -> None:
    down(with_local_redis)
    states: list[StackState] = []
    starts = [threading.Thread(target=lambda: states.append(up(with_local_redis))) for _ in range(2)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert _pids(states[0]) == _pids(states[1])


@pytest.mark.parametrize("victim", ["redis", "worker", "api", "beat"])
def test_a_killed_part_is_reported_and_comes_back_at_the_same_address(with_local_redis: Settings, victim: str) -> None:
    before = up(with_local_redis)
    psutil.Process(_pids(before)[victim]).kill()
    deadline = time.monotonic() + 240
    while _health(with_local_redis)[victim] != Health.DEAD and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _health(with_local_redis)[victim] == Health.DEAD
    after = up(with_local_redis)
    assert _pids(after)[victim] != _pids(before)[victim]
    assert after.services[victim].url == before.services[victim].url
    assert _all_work(with_local_redis)


def test_a_changed_setting_restarts_what_reads_it(with_local_redis: Settings) -> None:
    before = up(with_local_redis)
    after = up(with_local_redis.model_copy(update={"enrichment_chunk": 7}))
    assert _pids(after)["redis"] == _pids(before)["redis"]
    assert _pids(after)["worker"] != _pids(before)["worker"]


def test_down_leaves_nothing_also_when_the_record_was_lost(with_local_redis: Settings) -> None:
    up(with_local_redis)
    (with_local_redis.state_dir / "stack.json").unlink()
    down(with_local_redis)
    assert not _processes(with_local_redis)
    assert down(with_local_redis) == 0
    assert set(_health(with_local_redis).values()) == {"stopped"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_up_leaves_nothing_behind(state_root: Path, number: signal.Signals) -> None:
    settings = load_settings(state_dir=state_root / f"interrupted-{number}")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("VITRINE_TEST")}
    command = subprocess.Popen(
        [sys.executable, "-m", "vitrine.main", "up"],
        env=environment | settings_variables(settings),
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 240
    while len(_processes(settings)) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(_processes(settings)) >= 2
    command.send_signal(number)
    _out, complaint = command.communicate(timeout=240)
    assert command.returncode == 130
    assert complaint.splitlines()[-1] == "vitrine: interrupted"
    assert not _processes(settings)


def test_a_taken_api_port_is_named_and_nothing_stays_started(opensearch_url: str, state_root: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = load_settings(state_dir=state_root / "taken", opensearch_url=opensearch_url, api_port=port)
        with pytest.raises(StackError, match=f"port {port}.*VITRINE_API_PORT"):
            up(settings)
    assert not _processes(settings)


def test_stores_by_setting_that_do_not_answer_are_named(state_root: Path) -> None:
    settings = load_settings(
        state_dir=state_root / "away", opensearch_url="http://127.0.0.1:9", redis_url="redis://x:1"
    )
    with pytest.raises(StackError, match="VITRINE_OPENSEARCH_URL"):
        up(settings)


def test_an_engine_that_dies_at_its_start_is_reported_with_its_log(state_root: Path, redis_url: str) -> None:
    settings = load_settings(
        state_dir=state_root / "dying", redis_url=redis_url, opensearch_java_options="-XX:NoSuchOption"
    )
    with pytest.raises(ServiceDiedError, match=r"opensearch ended.*Its log: .*opensearch\.log"):
        up(settings)
    assert not _processes(settings)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(StackError, match="VITRINE_STATE_DIR"):
        up(load_settings(state_dir=tmp_path / "file" / "state"))
