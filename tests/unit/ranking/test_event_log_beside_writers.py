"""Reading the log beside who writes it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from ranking.behaviour.event import Action, Event
from ranking.behaviour.log.sqlite_log import SqliteEventLog


def test_reading_does_not_wait_for_a_writer_and_sees_what_was_there_before(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    log = SqliteEventLog(path)
    log.append("shop", [Event("e1", Action.CLICK, 1.0, product="a", shopper="ann")])
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM events")
        assert log.newest() == 1
        assert [found.event.event_id for found in log.read()] == ["e1"]
        assert log.totals()[0].events == 1
        assert log.presence("ann").events == 1
        writer.execute("ROLLBACK")
    log.close()
