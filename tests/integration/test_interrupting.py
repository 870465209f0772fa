"""Ctrl-C at any moment of the long commands: exit code 130, one line, and the same command again goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from PIL import Image

from mappings.client import Client, connect
from mappings.errors import EngineUnavailable
from plugin_config.settings import Settings
from vitrine.sample_shop.feed import ShopFiles
from vitrine.sample_shop.pictures import missing_pictures
from vitrine.sample_shop.products import make_products
from vitrine.stack.environment import child_environment
from vitrine.stack.lifecycle import down

YAML = "name: shop\ntext: {title: 1}\nencoders: {text: null, picture: null}\n"
LINES = 40_000


def start(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    """A command in a process group of its own, as a terminal would make it."""
    return subprocess.Popen(
        [sys.executable, "-m", "vitrine.entry", *arguments],
        env=child_environment(settings) | {"PYTHONPATH": str(Path.cwd())},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def interrupt(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Ctrl-C: the signal goes to every process of the group."""
    os.killpg(process.pid, signal.SIGINT)
    return process.communicate(timeout=240)


def assert_interrupted(process: subprocess.Popen[str], err: str) -> None:
    # Python may end itself by the signal, which a shell reports as the same 130.
    assert process.returncode in (130, -signal.SIGINT), err
    assert err.splitlines()[-1] == "vitrine: interrupted"
    assert "Traceback" not in err


def until(claim: Callable[[], bool], process: subprocess.Popen[str], *, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not claim():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def shop(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "shop.yaml").write_text(YAML)
    with (tmp_path / "feed.jsonl").open("w") as file:
        for number in range(LINES):
            file.write(json.dumps({"id": str(number), "title": f"thing number {number}"}) + "\n")
    return str(tmp_path / "shop.yaml"), str(tmp_path / "feed.jsonl")


def count(client: Client, settings: Settings) -> int:
    path, gone = f"/{settings.index_prefix}-shop", {"ignore_unavailable": True}
    try:
        client.request("POST", f"{path}/_refresh", params=gone)
        return int(client.request("GET", f"{path}/_count", params=gone)["count"])
    except EngineUnavailable:
        return 0  # the index is being made


@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.0])
def test_the_first_moments_of_a_command_can_be_interrupted(
    settings: Settings, shop: tuple[str, str], seconds: float
) -> None:
    process = start(settings, "index", *shop)
    until(lambda: _listens(process), process, seconds=240)
    time.sleep(seconds)  # it imports, or connects
    if process.poll() is None:
        assert_interrupted(process, interrupt(process)[1])


def _listens(process: subprocess.Popen[str]) -> bool:
    """Whether our code has begun, which takes stops by the system for its own; before that, it is Python that starts."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        name, _, caught = line.partition(":")
        if name == "SigCgt":
            return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)
    return True


def test_an_interrupted_load_says_what_it_wrote_and_the_next_one_goes_on(
    settings: Settings, shop: tuple[str, str]
) -> None:
    client = connect(settings)
    process = start(settings, "index", *shop)
    until(lambda: count(client, settings) > 0, process, seconds=240)
    out, err = interrupt(process)
    assert_interrupted(process, err)
    assert "the same command again goes on" in out
    written = count(client, settings)
    assert f" {written:,} created" in out
    assert written < LINES

    again = start(settings, "index", *shop, "--json")
    report = json.loads(again.communicate(timeout=240)[0])
    assert (report["unchanged"], report["created"]) == (written, LINES - written)
    assert count(client, settings) == LINES
    client.close()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_demo_can_be_interrupted_at_each_step_and_goes_on(settings: Settings, state_root: Path) -> None:
    mine = settings.model_copy(update={"state_dir": state_root / "demo"})
    folder = mine.state_dir / "sample_shop"
    steps: list[Callable[[], bool]] = [
        lambda: (mine.state_dir / "logs" / "api.log").exists(),
        lambda: len(list((folder / "pictures").glob("*.jpg"))) > 5,
        lambda: _says("3 of "),
        lambda: _says("4 of "),
    ]
    said: list[str] = []

    def _says(words: str) -> bool:
        line = process.stderr.readline()  # type: ignore[union-attr]
        said.append(line)
        return words in line

    try:
        for number, reached in enumerate(steps, start=1):
            process = start(mine, "demo")
            until(reached, process, seconds=280)
            assert_interrupted(process, interrupt(process)[1])
            _assert_alone(process.pid)
            if number == 2:
                _draw_the_rest(folder)
        drawn = {path.name: path.stat().st_mtime_ns for path in (folder / "pictures").glob("*.jpg")}
        last = start(mine, "demo")
        out, err = last.communicate(timeout=280)
        assert last.returncode == 0, err
        assert "/shop/shop/" in out
        assert "pictures: there" in err
        assert drawn == {path.name: path.stat().st_mtime_ns for path in (folder / "pictures").glob("*.jpg")}
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        down(mine)


def _draw_the_rest(folder: Path) -> None:
    """Plain squares: what is on the pictures is no matter here, and drawing takes minutes on a busy machine."""
    for number, sitting in enumerate(missing_pictures(make_products(), ShopFiles(folder))):
        Image.new("RGB", (64, 64), (number % 256, number // 4 % 256, 99)).save(sitting.path, "JPEG")


def _assert_alone(group: int) -> None:
    end = time.monotonic() + 60
    while left := [process for process in psutil.process_iter() if _belongs_to(process, group)]:
        assert time.monotonic() < end, left
        time.sleep(0.1)


def _belongs_to(process: psutil.Process, group: int) -> bool:
    try:
        return os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False
