import random
import sqlite3
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ranking.behaviour.event import Event
from ranking.behaviour.log.event_log import LogError, ServedSearch
from ranking.behaviour.log.sqlite_log import SqliteEventLog


def event(number: int, shopper: str = "ann") -> Event:
    return Event(f"e{number}", "click", 1_000.0 + number, product=f"p{number % 3}", shopper=shopper, position=2)


@pytest.fixture
def log(tmp_path: Path):
    log = SqliteEventLog(tmp_path / "events" / "log.sqlite")
    yield log
    log.close()


def test_an_event_counts_once_whatever_is_repeated_or_out_of_order(log: SqliteEventLog):
    events = [event(n) for n in range(200)] * 3
    random.Random(4).shuffle(events)
    reports = [log.append("tea", events[start : start + 50]) for start in range(0, len(events), 50)]
    assert sum(r.accepted for r in reports) == 200
    assert sum(r.repeated for r in reports) == 400
    assert sorted(row.event.event_id for row in log.read()) == sorted(f"e{n}" for n in range(200))


def test_an_event_comes_back_as_it_went_in(log: SqliteEventLog):
    full = Event("e1", "purchase", 12.5, "p", "q", "雨伞", "ann", "s", 4, 2.0, False, "bot")
    log.append("tea", [full])
    assert [row.event for row in log.read(catalogue="tea")] == [full]
    assert log.read(catalogue="coffee") == []


def test_reading_goes_on_where_it_stopped_and_survives_a_restart(log: SqliteEventLog, tmp_path: Path):
    log.append("tea", [event(n) for n in range(5)])
    first = log.read(limit=3)
    log.close()
    again = SqliteEventLog(tmp_path / "events" / "log.sqlite")
    rest = again.read(after=first[-1].cursor)
    again.close()
    assert [row.event.event_id for row in first + rest] == [f"e{n}" for n in range(5)]


def test_a_forgotten_shopper_leaves_and_does_not_come_back(log: SqliteEventLog, tmp_path: Path):
    log.append("tea", [event(1, "ann"), event(2, "bob")])
    assert log.forget("ann") == 1
    assert log.append("tea", [event(3, "ann"), event(4, "bob")]).forgotten == 1
    assert {row.event.shopper for row in log.read()} == {"bob"}
    log.close()
    assert b"ann" not in (tmp_path / "events" / "log.sqlite").read_bytes()


def test_served_features_come_back_bit_for_bit(log: SqliteEventLog):
    features = np.array([[1.5, np.nan], [np.pi, -0.0]], dtype=np.float32)
    search = ServedSearch("q1", "tea", 50.0, "green", None, "hybrid", "m1", ("a", "b"), ("x", "y"), features)
    log.append_searches([search, ServedSearch("q2", "tea", 60.0, "", None, "keyword", None, ())])
    back = list(log.searches("tea"))
    assert back[0].features is not None
    assert back[0].features.tobytes() == features.tobytes()
    assert (back[0].products, back[0].feature_names, back[1].features) == (("a", "b"), ("x", "y"), None)
    assert [s.query_id for s in log.searches("tea", since=55)] == ["q2"]


def test_searches_of_one_moment_all_come_once_and_in_order(log: SqliteEventLog):
    searches = [ServedSearch(f"q{n:04}", "tea", float(n // 700), "", None, "keyword", None, ()) for n in range(1_500)]
    log.append_searches(searches[::-1])
    assert [s.query_id for s in log.searches("tea")] == [s.query_id for s in searches]
    assert [s.query_id for s in log.searches("tea", since=1.0, until=2.0)] == [s.query_id for s in searches[700:1_400]]


def test_a_long_log_is_read_without_holding_all_of_its_features(log: SqliteEventLog):
    features, names = np.ones((100, 50), dtype=np.float32), tuple(f"f{n}" for n in range(50))
    products = tuple(f"p{n}" for n in range(100))
    for start in range(0, 1_000, 100):
        log.append_searches(
            [
                ServedSearch(f"q{n}", "tea", float(n), "", None, "hybrid", None, products, names, features)
                for n in range(start, start + 100)
            ]
        )
    tracemalloc.start()
    try:
        assert sum(1 for _ in log.searches("tea")) == 1_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000 * features.nbytes / 2


def test_a_shopper_forgotten_while_the_log_is_read_no_longer_comes(log: SqliteEventLog):
    log.append_searches([ServedSearch(f"q{n}", "tea", float(n), "", "ann", "keyword", None, ()) for n in range(1_000)])
    reading = log.searches("tea")
    next(iter(reading))
    log.forget("ann")
    assert sum(1 for _ in reading) < 999


def test_two_processes_may_write_at_once(log: SqliteEventLog, tmp_path: Path):
    other = SqliteEventLog(tmp_path / "events" / "log.sqlite")
    log.append("tea", [event(1)])
    other.append("tea", [event(1), event(2)])
    other.close()
    assert len(log.read()) == 2


def test_many_may_open_a_new_log_at_once(tmp_path: Path):
    def open_and_write(number: int) -> int:
        log = SqliteEventLog(tmp_path / "log.sqlite")
        accepted = log.append("tea", [event(number)]).accepted
        log.close()
        return accepted

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(open_and_write, range(48))) == 48


def test_a_log_that_is_no_database_is_a_clear_error(tmp_path: Path):
    path = tmp_path / "log.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(LogError, match="cannot be used"):
        SqliteEventLog(path).read()


def test_an_acknowledged_event_is_on_the_disk(log: SqliteEventLog, tmp_path: Path):
    log.append("tea", [event(1)])
    with sqlite3.connect(tmp_path / "events" / "log.sqlite") as db:  # another reader sees it without a close
        assert db.execute("SELECT count(*) FROM events").fetchone() == (1,)
    db.close()


def test_events_that_count_come_with_the_words_of_their_search_and_a_cursor_past_the_others(log: SqliteEventLog):
    log.append_searches([ServedSearch("q1", "tea", 1.0, "red mug", None, "hybrid", None, ("p1",))])
    typed = Event("e1", "click", 1.0, "p1", "q1", "rde mug")
    elsewhere = Event("e2", "click", 2.0, "p1", "q2", "kettle")
    bot, forged = Event("e3", "click", 3.0, "p1", suspect="bot"), Event("e4", "click", 4.0, "p1", teaches=False)
    log.append("tea", [typed, elsewhere, bot, forged])
    log.append("coffee", [Event("e5", "click", 5.0, "p1")])
    found = log.counted("tea")
    assert [(event.event_id, event.query) for event in found.events] == [("e1", "red mug"), ("e2", "kettle")]
    assert found.looked_at == 4
    assert log.counted("tea", after=found.cursor).events == ()
    assert log.counted("tea", limit=1).cursor < found.cursor


def test_the_log_says_how_many_people_were_forgotten(log: SqliteEventLog):
    log.forget("ann")
    log.forget("ann")
    log.forget("bob")
    assert log.people_forgotten() == 2
