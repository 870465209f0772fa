"""The log in one SQLite file: a transaction per batch, flushed to the disk before it is acknowledged."""

import fcntl
import hashlib
import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path

from ranking.behaviour.event import Event
from ranking.behaviour.log.event_log import (
    Appended,
    Counted,
    LogError,
    Logged,
    LogTotals,
    Presence,
    ServedList,
    ServedSearch,
)
from ranking.behaviour.log.pages import with_page
from ranking.behaviour.log.sqlite_rows import (
    EVENT_COLUMNS,
    SEARCH_COLUMNS,
    event_row,
    read_event,
    read_list,
    read_search,
    search_row,
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
  cursor INTEGER PRIMARY KEY, event_id TEXT NOT NULL, catalogue TEXT NOT NULL, action TEXT NOT NULL, at REAL NOT NULL,
  product TEXT, query_id TEXT, query TEXT, shopper TEXT, session TEXT, position INTEGER, quantity REAL NOT NULL,
  teaches INTEGER NOT NULL, suspect TEXT NOT NULL, policy TEXT, variant TEXT, UNIQUE (catalogue, event_id)) STRICT;
CREATE INDEX IF NOT EXISTS events_of_shopper ON events (shopper) WHERE shopper IS NOT NULL;
CREATE TABLE IF NOT EXISTS searches (
  query_id TEXT PRIMARY KEY, catalogue TEXT NOT NULL, at REAL NOT NULL, query TEXT NOT NULL, shopper TEXT, policy TEXT NOT NULL,
  model TEXT, products TEXT NOT NULL, feature_names TEXT NOT NULL, features BLOB,
  first_position INTEGER NOT NULL DEFAULT 1, variant TEXT NOT NULL DEFAULT '', versions TEXT NOT NULL DEFAULT '{}',
  request TEXT NOT NULL DEFAULT '', shadow TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX IF NOT EXISTS searches_by_time ON searches (catalogue, at);
CREATE INDEX IF NOT EXISTS searches_of_shopper ON searches (shopper) WHERE shopper IS NOT NULL;
CREATE TABLE IF NOT EXISTS forgotten (shopper_hash TEXT PRIMARY KEY) STRICT;
"""
_LATER = {
    "events": {"policy": "TEXT", "variant": "TEXT"},
    "searches": {
        "first_position": "INTEGER NOT NULL DEFAULT 1",
        "variant": "TEXT NOT NULL DEFAULT ''",
        "versions": "TEXT NOT NULL DEFAULT '{}'",
        "request": "TEXT NOT NULL DEFAULT ''",
        "shadow": "TEXT NOT NULL DEFAULT ''",
    },
}
_SERVED_WORDS = "coalesce(nullif(s.query, ''), e.query)"  # what was searched, before what the browser says was typed
_LISTS_AT_ONCE = 1_000
_SEARCHES_AT_ONCE = 100
_LIST_COLUMNS = "query_id, at, query, shopper, products, first_position"
_TEACHES = 1 + EVENT_COLUMNS.split(", ").index("teaches")
_PLACES = ",".join("?" * 15)


class SqliteEventLog:
    """An EventLog for all processes of one machine. Thread-safe; the file is opened on first use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def append(self, catalogue: str, events: Sequence[Event]) -> Appended:
        with self._transaction() as db:
            gone = _forgotten(db, {e.shopper for e in events if e.shopper})
            wanted = [e for e in events if e.shopper not in gone]
            before = db.total_changes
            db.executemany(
                f"INSERT OR IGNORE INTO events (catalogue, {EVENT_COLUMNS}) VALUES ({_PLACES})",  # noqa: S608
                [(catalogue, *event_row(event)) for event in wanted],
            )
            accepted = db.total_changes - before
        return Appended(accepted, len(wanted) - accepted, len(events) - len(wanted))

    def append_searches(self, searches: Sequence[ServedSearch]) -> None:
        with self._transaction() as db:
            gone = _forgotten(db, {s.shopper for s in searches if s.shopper})
            for search in searches:
                if search.shopper not in gone:
                    _add_search(db, search)

    def read(self, *, after: int = 0, limit: int = 100_000, catalogue: str | None = None) -> list[Logged]:
        with self._reading() as db:
            rows = db.execute(
                f"SELECT cursor, catalogue, {EVENT_COLUMNS} FROM events"  # noqa: S608
                " WHERE cursor > ? AND (? IS NULL OR catalogue = ?) ORDER BY cursor LIMIT ?",
                (after, catalogue, catalogue, limit),
            ).fetchall()
        return [Logged(row[0], row[1], read_event(row[2:])) for row in rows]

    def of_shopper(self, catalogue: str, shopper: str, *, limit: int = 20_000) -> list[Event]:
        with self._reading() as db:
            rows = db.execute(
                f"SELECT {EVENT_COLUMNS} FROM events WHERE shopper = ? AND catalogue = ? ORDER BY cursor DESC LIMIT ?",  # noqa: S608
                (shopper, catalogue, limit),
            ).fetchall()
        return [read_event(row) for row in rows]

    def counted(self, catalogue: str, *, after: int = 0, limit: int = 50_000) -> Counted:
        columns = ", ".join(_SERVED_WORDS if name == "query" else f"e.{name}" for name in EVENT_COLUMNS.split(", "))
        with self._reading() as db:
            rows = db.execute(
                f"SELECT e.cursor, {columns} FROM events e LEFT JOIN searches s"  # noqa: S608
                " ON s.query_id = e.query_id AND s.catalogue = e.catalogue"
                " WHERE e.cursor > ? AND e.catalogue = ? ORDER BY e.cursor LIMIT ?",
                (after, catalogue, limit),
            ).fetchall()
        events = tuple(read_event(row[1:]) for row in rows if row[_TEACHES] and not row[_TEACHES + 1])
        return Counted(events, rows[-1][0] if rows else after, len(rows))

    def newest(self) -> int:
        with self._reading() as db:
            return int(db.execute("SELECT coalesce(max(cursor), 0) FROM events").fetchone()[0])

    def people_forgotten(self) -> int:
        with self._reading() as db:
            return int(db.execute("SELECT count(*) FROM forgotten").fetchone()[0])

    def searches(self, catalogue: str, *, since: float = 0.0, until: float = float("inf")) -> Iterator[ServedSearch]:
        after = (since, "")
        while True:  # in pages: features are large, and events are let in between
            with self._reading() as db:
                rows = db.execute(
                    f"SELECT {SEARCH_COLUMNS} FROM searches"  # noqa: S608
                    " WHERE catalogue = ? AND at >= ? AND at < ? AND (at > ? OR query_id > ?)"
                    " ORDER BY at, query_id LIMIT ?",
                    (catalogue, after[0], until, *after, _SEARCHES_AT_ONCE),
                ).fetchall()
            for search in map(read_search, rows):
                after = (search.at, search.query_id)
                yield search
            if len(rows) < _SEARCHES_AT_ONCE:
                return

    def lists(self, catalogue: str, *, since: float = 0.0, most: int = 50_000) -> list[ServedList]:
        with self._reading() as db:
            rows = db.execute(
                f"SELECT {_LIST_COLUMNS} FROM searches"  # noqa: S608
                " WHERE catalogue = ? AND at >= ? AND products != '' ORDER BY at DESC, query_id LIMIT ?",
                (catalogue, since, most),
            ).fetchall()
            found = db.execute(
                "SELECT DISTINCT shopper, query_id FROM events WHERE catalogue = ? AND suspect != ''", (catalogue,)
            ).fetchall()
        suspects = {name for row in found for name in row if name}
        return [read_list(row) for row in reversed(rows) if row[0] not in suspects and row[3] not in suspects]

    def lists_of(self, catalogue: str, query_ids: Collection[str]) -> list[ServedList]:
        found: list[ServedList] = []
        wanted = iter(query_ids)
        while part := list(islice(wanted, _LISTS_AT_ONCE)):  # events are let in between
            with self._reading() as db:
                for query_id in part:
                    rows = db.execute(
                        f"SELECT {_LIST_COLUMNS} FROM searches"  # noqa: S608
                        " WHERE query_id = ? AND catalogue = ? AND products != ''",
                        (query_id, catalogue),
                    )
                    found += map(read_list, rows)
        return found

    def presence(self, shopper: str) -> Presence:
        with self._reading() as db:
            events, searches = (
                db.execute(
                    f"SELECT catalogue, count(*), min(at), max(at) FROM {table} WHERE shopper = ? GROUP BY catalogue",  # noqa: S608
                    (shopper,),
                ).fetchall()
                for table in ("events", "searches")
            )
            (first_cursor,) = db.execute("SELECT min(cursor) FROM events WHERE shopper = ?", (shopper,)).fetchone()
        both = [*events, *searches]
        return Presence(
            events=sum(row[1] for row in events),
            searches=sum(row[1] for row in searches),
            first_at=min((row[2] for row in both), default=None),
            last_at=max((row[3] for row in both), default=None),
            catalogues=tuple(sorted({row[0] for row in both})),
            first_cursor=first_cursor,
            first_search_at=min((row[2] for row in searches), default=None),
        )

    def totals(self) -> list[LogTotals]:
        with self._reading() as db:
            events = db.execute(
                "SELECT catalogue, count(*), sum(teaches), sum(suspect != ''), min(at), max(at), max(cursor) FROM events"
                " GROUP BY catalogue"
            ).fetchall()
            searches = dict(db.execute("SELECT catalogue, count(*) FROM searches GROUP BY catalogue").fetchall())
        of = {row[0]: row[1:] for row in events}
        nothing = (0, 0, 0, None, None, 0)
        return [
            LogTotals(name, count, teaching, suspect, searches.get(name, 0), first, last, cursor)
            for name in sorted({*of, *searches})
            for count, teaching, suspect, first, last, cursor in [of.get(name, nothing)]
        ]

    def forget(self, shopper: str) -> int:
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO forgotten VALUES (?)", (_hash(shopper),))
            db.execute("DELETE FROM searches WHERE shopper = ?", (shopper,))
            return db.execute("DELETE FROM events WHERE shopper = ?", (shopper,)).rowcount

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """The log as of one moment; nobody who writes waits for it, nor it for them."""
        return self._transaction("BEGIN")

    @contextmanager
    def _transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        try:
            with self._lock, self._open() as db:
                db.execute(begin)
                yield db
        except sqlite3.Error as error:
            raise LogError(
                f"the event log {self._path} cannot be used: {error}; is the disk full, or the folder read-only?"
            ) from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise LogError(f"the folder of the event log {self._path} cannot be made: {error}") from error
            with _alone(self._path):
                self._connection = _connect(self._path)
        return self._connection


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA cache_size = -65536")  # 64 MiB: ids come in no order, and their index must stay at hand
    db.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten
    db.executescript(_SCHEMA)
    _complete(db)
    return db


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process or thread at a time sets the file up: SQLite does not wait for a change of journal mode, it fails."""
    try:
        with path.with_name(f"{path.name}.opening").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise LogError(f"the folder of the event log {path} cannot be written: {error}") from error


def _complete(db: sqlite3.Connection) -> None:
    """Give a file of an earlier edition the columns that came later."""
    for table, columns in _LATER.items():
        there = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
        for name, kind in columns.items():
            if name not in there:
                db.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")


def _add_search(db: sqlite3.Connection, search: ServedSearch) -> None:
    """A search is one row: a further page of one that is there is added to it, and what is there already changes nothing."""
    into = f"INTO searches ({SEARCH_COLUMNS}) VALUES ({_PLACES})"
    if db.execute(f"INSERT OR IGNORE {into}", search_row(search)).rowcount:
        return
    known = f"SELECT {SEARCH_COLUMNS} FROM searches WHERE query_id = ?"  # noqa: S608
    both = with_page(read_search(db.execute(known, (search.query_id,)).fetchone()), search)
    if both is not None:
        db.execute(f"INSERT OR REPLACE {into}", search_row(both))


def _hash(shopper: str) -> str:
    return hashlib.sha256(shopper.encode()).hexdigest()


def _forgotten(db: sqlite3.Connection, shoppers: set[str]) -> set[str]:
    known = db.execute("SELECT 1 FROM forgotten LIMIT 1").fetchone()
    if known is None:
        return set()
    by_hash = {_hash(shopper): shopper for shopper in shoppers}
    found = {
        row[0]
        for part in by_hash
        for row in db.execute("SELECT shopper_hash FROM forgotten WHERE shopper_hash = ?", (part,))
    }
    return {by_hash[part] for part in found}
