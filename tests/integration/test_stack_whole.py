"""The whole stack from nothing, as a person starts it, and its engine after a hard end."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mappings.client import connect
from plugin_config.settings import Settings, load_settings
from vitrine.processes.process import marked_processes
from vitrine.stack.discovery import running_settings
from vitrine.stack.environment import settings_variables
from vitrine.stack.lifecycle import down

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whole(state_root: Path) -> Iterator[Settings]:
    settings = load_settings(state_dir=state_root / "whole", opensearch_heap_mb=512, index_prefix="twhole")
    yield settings
    down(settings)


def _vitrine(settings: Settings, *arguments: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "vitrine.main", *arguments, "--json"],
        env=settings_variables(settings) | {"PATH": "/usr/bin:/bin", "HOME": str(Path.home())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_the_whole_stack_comes_up_survives_a_killed_engine_and_goes_down(whole: Settings) -> None:
    first = _vitrine(whole, "up")
    assert first["running"] is True

    reached = running_settings(whole)
    client = connect(reached)
    client.request("PUT", "/twhole-things", body={})
    client.request("PUT", "/twhole-things/_doc/1", body={"title": "kept"})
    client.close()

    psutil.Process(first["services"]["opensearch"]["pid"]).kill()  # type: ignore[index]
    time.sleep(0.5)
    assert _vitrine(whole, "status")["services"]["opensearch"]["health"] == "dead"  # type: ignore[index]

    again = _vitrine(whole, "up")
    assert again["running"] is True
    assert again["urls"] == first["urls"]
    client = connect(reached)
    assert client.request("GET", "/twhole-things/_doc/1")["_source"] == {"title": "kept"}
    client.close()

    _vitrine(whole, "down")
    assert not list(marked_processes(whole.state_dir.absolute()))
