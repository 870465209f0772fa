"""A disk that has no room for our own files: one clear line, no half line or file, and everything acknowledged is kept.

The limit on the size of a file stands in for the full disk: a process under it is refused its writes in the same way.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from plugin_config.settings import Settings
from ranking.behaviour.event import Event
from ranking.behaviour.log.sqlite_log import SqliteEventLog
from ranking.lambdamart.store import DirectoryModelStore
from vitrine.stack.environment import child_environment

_LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, ({bytes}, {bytes}))
{body}
"""


def limited(settings: Settings, bytes: int, body: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process that may make no file longer than this."""
    command = [sys.executable, "-c", _LIMITED.format(bytes=bytes, body=body), *arguments]
    environment = child_environment(settings) | {"PYTHONPATH": str(Path.cwd()), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_a_rejects_file_without_room_ends_the_load_in_one_line_and_holds_whole_lines(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "shop.yaml").write_text("name: shop\ntext: {title: 1}\nencoders: {text: null, picture: null}\n")
    (tmp_path / "feed.jsonl").write_text('{"id": "1", "title": "Lamp"}\n' + "no product\n" * 500)
    body = "from vitrine.main import run; sys.exit(run(sys.argv[1:]))"
    ended = limited(settings, 9_000, body, "index", str(tmp_path / "shop.yaml"), str(tmp_path / "feed.jsonl"))
    assert ended.returncode == 1
    complaints = [line for line in ended.stderr.splitlines() if line.strip()]
    assert len(complaints) == 1
    assert "make room" in complaints[0]
    assert "--rejects" in complaints[0]
    assert "1 created" in ended.stdout
    lines = (settings.state_dir / "rejects" / "shop.rejects.jsonl").read_bytes()
    assert lines.endswith(b"\n")
    assert [json.loads(line)["line"] for line in lines.splitlines()] == list(range(2, len(lines.splitlines()) + 2))


def test_an_event_log_without_room_acknowledges_nothing_and_keeps_what_it_acknowledged(
    settings: Settings, tmp_path: Path
) -> None:
    body = """
from pathlib import Path
from ranking.behaviour.event import Event
from ranking.behaviour.log.event_log import LogError
from ranking.behaviour.log.sqlite_log import SqliteEventLog
log, acknowledged = SqliteEventLog(Path(sys.argv[1])), 0
try:
    for batch in range(1000):
        log.append("shop", [Event(f"{batch}-{n}", "click", 1.0, product="p") for n in range(100)])
        acknowledged += 100
except LogError as error:
    print(acknowledged, error)
"""
    ended = limited(settings, 400_000, body, str(tmp_path / "events.sqlite"))
    acknowledged, _, message = ended.stdout.partition(" ")
    assert ended.returncode == 0, ended.stderr
    assert "is the disk full" in message
    log = SqliteEventLog(tmp_path / "events.sqlite")
    assert len(log.read()) == int(acknowledged) > 0
    assert log.append("shop", [Event("later", "click", 2.0, product="p")]).accepted == 1
    log.close()


def test_a_model_without_room_is_not_there_at_all(settings: Settings, tmp_path: Path) -> None:
    body = """
from pathlib import Path
from ranking.errors import ModelError
from ranking.lambdamart.store import DirectoryModelStore
from types import SimpleNamespace
manifest = SimpleNamespace(id="m20261122-010203-abcdef", model_dump_json=lambda indent: "{}")
try:
    DirectoryModelStore(Path(sys.argv[1])).save(manifest, {"whole.txt": "tree" * 10_000})
except ModelError as error:
    print(error)
"""
    ended = limited(settings, 10_000, body, str(tmp_path / "models"))
    assert "cannot be written" in ended.stdout, ended.stderr
    assert "free space" in ended.stdout
    assert DirectoryModelStore(tmp_path / "models").ids() == ()
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize("arguments", [("demo", "--once")])
def test_a_shop_that_finds_no_room_is_told_in_one_line(
    settings: Settings, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = (
        "import vitrine.commands._start_progress as s; s.start_with_progress = lambda settings: None\n"
        "import vitrine.stack.lifecycle as l; l.down = lambda settings: 0\n"
        "from vitrine.main import run; sys.exit(run(sys.argv[1:]))"
    )
    ended = limited(settings, 20_000, body, *arguments)
    assert ended.returncode == 1
    assert "make room" in ended.stderr.splitlines()[-1]
    assert not list((settings.state_dir / "sample_shop").glob("*.jsonl"))
