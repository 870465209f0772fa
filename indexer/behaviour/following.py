"""Following the log: what counts of a catalogue's events as columns, read once and then only what is new.

The columns are kept in a file, so that a restart does not read the log anew. The file is a copy and never the record: when it
is missing, damaged, of another edition, ahead of the log, or knows somebody who was forgotten, the log is read from its start.
"""

import json
import logging
import os
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ranking.behaviour.aggregates.columns import COLUMN_NAMES, EventColumns, EventTable
from ranking.behaviour.log.event_log import EventLog

_log = logging.getLogger(__name__)
_EDITION: Final = 1
_SEPARATOR: Final = "\x1f"  # cannot stand in an id, and queries are normalized
_LEAST_SAVED: Final = 20_000  # new events; beyond that, a tenth of what is known, so that saving stays a small share


class LogFollower:
    """One catalogue's counted events, brought up to date by `follow`. Not thread-safe."""

    def __init__(self, log: EventLog, catalogue: str, *, folder: Path) -> None:
        self._log = log
        self._catalogue = catalogue
        self._file = folder / f"{catalogue}.npz"
        self._table = EventTable()
        self._saved = 0
        self._is_loaded = False
        self.cursor = 0
        self.people_forgotten = 0

    def follow(self) -> int:
        """Take in what is new. Returns how many events of the log were looked at. Raises LogError."""
        if not self._is_loaded:
            self._load()
            self._is_loaded = True
        gone = self._log.people_forgotten()
        if gone != self.people_forgotten or self._log.newest() < self.cursor:
            self.start_anew()
            self.people_forgotten = gone
        looked_at = 0
        while True:
            found = self._log.counted(self._catalogue, after=self.cursor)
            if not found.looked_at:
                break
            self._table.add(found.events)
            self.cursor, looked_at = found.cursor, looked_at + found.looked_at
        if len(self._table) - self._saved > max(_LEAST_SAVED, len(self._table) // 10):
            self._save()
        return looked_at

    def columns(self) -> EventColumns:
        """What counts, as of the last `follow`."""
        return self._table.columns()

    def start_anew(self) -> None:
        """Forget everything, in memory and in the file; the next `follow` reads the log from its start."""
        self._file.unlink(missing_ok=True)
        self._table, self._saved, self.cursor, self._is_loaded = EventTable(), 0, 0, True

    def _save(self) -> None:
        known = self._table.columns()
        about = {"edition": _EDITION, "cursor": self.cursor, "people_forgotten": self.people_forgotten}
        arrays: dict[str, Any] = {name: getattr(known, name) for name in COLUMN_NAMES}
        texts = {"about": json.dumps(about), **{n: _SEPARATOR.join(getattr(known, n)) for n in ("products", "queries")}}
        arrays |= {name: _bytes(text) for name, text in texts.items()}
        draft = self._file.with_suffix(f".{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                np.savez(file, **arrays)
            draft.replace(self._file)
        except OSError as error:  # a full disk costs the next start some seconds, and nothing else
            _log.warning("counted events of %s are not kept: %s", self._catalogue, error)
            draft.unlink(missing_ok=True)
        self._saved = len(self._table)

    def _load(self) -> None:
        if not self._file.exists():
            return
        try:
            with self._file.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                about = json.loads(_text(kept["about"]))
                if about.pop("edition") != _EDITION:
                    return
                texts = {
                    name: tuple(filter(None, _text(kept[name]).split(_SEPARATOR))) for name in ("products", "queries")
                }
                arrays = {name: kept[name] for name in COLUMN_NAMES}
                start = EventColumns(**arrays, products=texts["products"], queries=texts["queries"])
            self._table, self._saved = EventTable(start), len(start)
            self.cursor, self.people_forgotten = int(about["cursor"]), int(about["people_forgotten"])
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            _log.warning("counted events of %s are read from the log again: %s", self._catalogue, error)
            self.start_anew()


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _text(data: NDArray[np.uint8]) -> str:
    return data.tobytes().decode()
