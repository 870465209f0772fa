"""What the log keeps of a served search comes back as it went in, also from a file of an earlier edition."""

import sqlite3
from pathlib import Path

import numpy as np

from ranking.behaviour.log.event_log import ServedSearch, Shadowed
from ranking.behaviour.log.sqlite_log import SqliteEventLog


def search() -> ServedSearch:
    rows = np.array([[0.1, np.nan], [3e-9, -2]], dtype=np.float32)
    shadow = Shadowed("m20261122-000000-abcdef", (0.1 + 0.2, 1 / 3), ("b", "a"))
    return ServedSearch(
        "q", "shop", 5.0, "tea", "ann", "reranked", None, ("a", "b"), ("x", "y"), rows, request='{"text":"tea"}',
        shadow=shadow,
    )  # fmt: skip


def test_request_and_shadow_come_back_exactly(tmp_path: Path) -> None:
    log = SqliteEventLog(tmp_path / "events.sqlite")
    log.append_searches([search()])
    found = next(iter(log.searches("shop")))
    log.close()
    assert (found.request, found.shadow) == (search().request, search().shadow)
    assert found.features is not None
    assert found.features.tobytes() == search().features.tobytes()  # type: ignore[union-attr]


def test_a_file_from_before_shadows_is_completed(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite"
    log = SqliteEventLog(path)
    log.append_searches([search()])
    log.close()
    db = sqlite3.connect(path)
    db.execute("ALTER TABLE searches DROP COLUMN request")
    db.execute("ALTER TABLE searches DROP COLUMN shadow")
    db.commit()
    db.close()
    log = SqliteEventLog(path)
    assert [(s.request, s.shadow) for s in log.searches("shop")] == [("", None)]
    log.close()
