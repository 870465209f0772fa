from pathlib import Path

import pytest

from indexer.behaviour import following
from indexer.behaviour.following import LogFollower
from ranking.behaviour.event import Event
from ranking.behaviour.log.sqlite_log import SqliteEventLog


def clicks(start: int, count: int, shopper: str = "ann") -> list[Event]:
    return [
        Event(f"e{n}", "click", 1_000.0 + n, f"p{n % 7}", f"q{n}", "red mug", shopper)
        for n in range(start, start + count)
    ]


@pytest.fixture
def log(tmp_path: Path):
    log = SqliteEventLog(tmp_path / "log.sqlite")
    yield log
    log.close()


@pytest.fixture
def followed(log: SqliteEventLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LogFollower:
    monkeypatch.setattr(following, "_LEAST_SAVED", 10)
    return LogFollower(log, "tea", folder=tmp_path / "counted")


def test_only_what_is_new_is_read_and_other_catalogues_are_passed_over(log: SqliteEventLog, followed: LogFollower):
    log.append("tea", clicks(0, 5))
    log.append("coffee", clicks(0, 3))
    assert followed.follow() == 5
    assert followed.follow() == 0
    log.append("tea", clicks(5, 2))
    assert followed.follow() == 2
    assert len(followed.columns()) == 7


def test_after_a_restart_it_goes_on_where_it_saved(log: SqliteEventLog, followed: LogFollower, tmp_path: Path):
    log.append("tea", clicks(0, 50))
    followed.follow()
    log.append("tea", clicks(50, 4))
    again = LogFollower(log, "tea", folder=tmp_path / "counted")
    assert again.follow() == 4
    assert len(again.columns()) == 54
    assert again.columns().products == tuple(f"p{n}" for n in range(7))


def test_what_is_kept_names_nobody_and_is_closed_to_others(log: SqliteEventLog, followed: LogFollower, tmp_path: Path):
    log.append("tea", clicks(0, 50, "ann-the-shopper"))
    followed.follow()
    file = tmp_path / "counted" / "tea.npz"
    assert b"ann-the-shopper" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", [b"", b"no archive", b"PK\x03\x04 half"])
def test_a_damaged_copy_is_read_from_the_log_again(
    log: SqliteEventLog, followed: LogFollower, tmp_path: Path, damage: bytes
):
    log.append("tea", clicks(0, 50))
    followed.follow()
    (tmp_path / "counted" / "tea.npz").write_bytes(damage)
    assert LogFollower(log, "tea", folder=tmp_path / "counted").follow() == 50


def test_a_forgotten_person_leaves_the_columns_too(log: SqliteEventLog, followed: LogFollower):
    log.append("tea", clicks(0, 50, "ann"))
    log.append("tea", clicks(50, 9, "bob"))
    followed.follow()
    log.forget("ann")
    followed.follow()
    assert len(followed.columns()) == 9


def test_a_log_that_was_emptied_is_followed_from_its_start(log: SqliteEventLog, followed: LogFollower, tmp_path: Path):
    log.append("tea", clicks(0, 50))
    followed.follow()
    log.close()
    for file in tmp_path.glob("log.sqlite*"):
        file.unlink()
    log.append("tea", clicks(0, 3))
    followed.follow()
    assert len(followed.columns()) == 3
