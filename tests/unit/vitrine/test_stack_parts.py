"""The parts of the stack as values: commands, fingerprints, records, the last words of a log."""

import os
from pathlib import Path

import psutil
import pytest

from plugin_config.settings import Settings, load_settings
from vitrine.processes.isolation import Isolation, is_reachable_by_others
from vitrine.processes.ports import free_port, holder_of, is_free
from vitrine.processes.process import ProcessRecord, record_of
from vitrine.stack.discovery import running_settings, settings_of_what_runs
from vitrine.stack.environment import child_environment, settings_variables
from vitrine.stack.errors import StackDownError
from vitrine.stack.last_words import last_words
from vitrine.stack.opensearch.java import Java, parse_version
from vitrine.stack.opensearch.node import Node, java_command, node_configuration
from vitrine.stack.redis import redis_command, with_database
from vitrine.stack.services import API, application_services
from vitrine.stack.state import ServiceState, StackState, read_state, write_state


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path / "home", tmp_path / "node", 9201, 9301, 512)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('openjdk version "25.0.2" 2026-01-20', 25),
        ('openjdk version "17.0.9" 2023-10-17', 17),
        ('java version "1.8.0_391"', 8),
        ("no such thing", None),
    ],
)
def test_the_java_version_is_read_from_what_java_says(text: str, version: int | None) -> None:
    assert parse_version(text) == version


def test_the_vector_module_is_asked_for_only_where_it_exists(node: Node) -> None:
    with_it = java_command(node, Java(Path("/java"), 25, has_vector_module=True))
    without = java_command(node, Java(Path("/java"), 25, has_vector_module=False))
    assert "--add-modules=jdk.incubator.vector" in with_it
    assert not [flag for flag in without if "incubator" in flag]


def test_a_local_node_listens_on_loopback_only_and_makes_no_index_by_accident(node: Node) -> None:
    configuration = node_configuration(node)
    assert configuration["network.host"] == "127.0.0.1"
    assert configuration["action.auto_create_index"] is False


def test_redis_keeps_a_log_and_evicts_nothing() -> None:
    command = redis_command(Path("/redis-server"), Path("/data"), 7000)
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"
    assert options["--bind"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/1"),
        ("redis://127.0.0.1:6379", "redis://127.0.0.1:6379/1"),
        ("rediss://:secret@host:6380/4", "rediss://:secret@host:6380/1"),
    ],
)
def test_features_get_a_database_of_their_own_on_the_same_server(url: str, expected: str) -> None:
    assert with_database(url, 1) == expected


def test_a_number_that_now_belongs_to_another_process_is_not_taken_for_ours() -> None:
    mine = record_of(psutil.Process())
    assert mine.is_alive
    assert not ProcessRecord(mine.pid, mine.born - 60).is_alive


def test_the_recorded_state_survives_the_round_trip(tmp_path: Path) -> None:
    service = ServiceState("redis", "redis://127.0.0.1:1/0", ProcessRecord(12, 3.5), "log", "7.0", "abc")
    theirs = ServiceState("opensearch", "http://search:9200", None)
    state = StackState(tmp_path, {"redis": service, "opensearch": theirs})
    write_state(state)
    assert read_state(tmp_path) == state


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"services": {"redis": 3}}', '{"services": {"redis": {}}}'])
def test_a_damaged_state_file_counts_as_none(tmp_path: Path, damage: str) -> None:
    (tmp_path / "stack.json").write_text(damage, encoding="utf-8")
    assert not read_state(tmp_path).services


def test_children_get_every_setting_that_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITRINE_LOG_LEVEL", "DEBUG")
    made = load_settings(
        state_dir=tmp_path, opensearch_password="geheim", picture_allow_private=True, picture_roots=(tmp_path,)
    )
    for name, value in settings_variables(made).items():
        monkeypatch.setenv(name, value)
    again = Settings()
    assert again == made.model_copy(update={"state_dir": again.state_dir})
    assert again.picture_roots == (tmp_path,)


def test_a_changed_setting_changes_the_fingerprint_of_the_worker(tmp_path: Path) -> None:
    one = load_settings(state_dir=tmp_path, redis_url="redis://127.0.0.1:1/0", opensearch_url="http://127.0.0.1:2")
    other = one.model_copy(update={"index_prefix": "another"})
    first, same, changed = (application_services(s, 8600)[0].fingerprint for s in (one, one, other))
    assert first == same != changed


def test_the_environment_of_children_carries_no_setting_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VITRINE_REDIS_URL", "redis://elsewhere:1/0")
    made = load_settings(state_dir=tmp_path, redis_url="redis://127.0.0.1:1/0")
    assert child_environment(made)["VITRINE_REDIS_URL"] == "redis://127.0.0.1:1/0"


def test_the_last_words_of_a_log_are_its_last_telling_line(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("starting\njava.net.BindException: Address already in use\n\tat java.base\nbye\n", encoding="utf-8")
    assert last_words(log) == " (java.net.BindException: Address already in use)"
    assert last_words(tmp_path / "absent.log") == ""


def test_a_taken_port_is_seen_and_its_holder_named() -> None:
    import socket

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        assert not is_free(port)
        assert str(os.getpid()) in holder_of(port) or holder_of(port) == "another process"
    assert is_free(free_port())


def test_a_closed_folder_is_out_of_reach_for_others(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "inner").mkdir(parents=True)
    closed.chmod(0o700)
    assert not is_reachable_by_others(closed / "inner")


def test_only_root_needs_isolation() -> None:
    command = ["java", "-version"]
    assert Isolation.DIRECT.wrap(command) == command
    assert Isolation.NAMESPACE.wrap(command)[0] == "unshare"
    assert Isolation.DROPPED.uid == 65534


def test_a_command_that_needs_the_stack_says_how_to_start_it(tmp_path: Path) -> None:
    with pytest.raises(StackDownError, match="vitrine up"):
        running_settings(load_settings(state_dir=tmp_path))


def test_a_redis_that_runs_is_found_though_opensearch_does_not(tmp_path: Path) -> None:
    me, nobody = record_of(psutil.Process()), ProcessRecord(os.getpid(), 1.0)
    redis = ServiceState("redis", "redis://127.0.0.1:7000/0", me, "log", "7.0", "abc")
    dead = ServiceState("opensearch", "http://127.0.0.1:9201", nobody, "log", "3.6.0", "abc")
    write_state(StackState(tmp_path, {"redis": redis, "opensearch": dead}))
    found = settings_of_what_runs(load_settings(state_dir=tmp_path))
    assert (found.opensearch_url, found.features_redis_url) == (None, "redis://127.0.0.1:7000/1")


def test_addresses_by_setting_win_over_the_running_stack(tmp_path: Path) -> None:
    wanted = load_settings(state_dir=tmp_path, opensearch_url="https://search:9200", redis_url="redis://queue:6379/2")
    found = running_settings(wanted)
    assert found.opensearch_url == "https://search:9200"
    assert found.features_redis_url == "redis://queue:6379/1"


def test_the_api_gives_the_memory_of_large_pictures_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(state_dir=tmp_path, opensearch_url="http://127.0.0.1:9", redis_url="redis://127.0.0.1:9/0")
    variable = "MALLOC_MMAP_THRESHOLD_"
    monkeypatch.delenv(variable, raising=False)
    set_for = [service.name for service in application_services(settings, 8600) if variable in service.environment]
    assert set_for == [API]
    monkeypatch.setenv(variable, "1")
    assert {service.environment[variable] for service in application_services(settings, 8600)} == {"1"}
