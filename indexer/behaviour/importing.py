"""Importing a file of events in batches; what is on the disk is remembered, so that an interrupted import goes on."""

import gzip
import hashlib
import json
import os
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from indexer.behaviour.received import Received
from indexer.behaviour.receiving import Line, Receiving, Source
from indexer.rejects import Rejects
from plugin_config.errors import VitrineError

_BATCH: Final = 5_000
_LONGEST_LINE: Final = 5_000_000
_BULK_ACTION = re.compile(rb'\s*\{\s*"(index|create)"\s*:\s*\{[^{}]*\}\s*\}\s*$')
Progress = Callable[["ImportProgress"], None]


class ImportFailed(VitrineError):
    """A file of events cannot be read; what was imported before stays."""

    code = "events_import"
    status = 422


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is. `begun_at`: lines that an earlier run had done already."""

    lines: int
    done_bytes: int
    total_bytes: int
    begun_at: int
    received: Received


class Checkpoint:
    """The number of lines of one file that are on the disk; gone once the file is done."""

    def __init__(self, folder: Path, path: Path, source: Source) -> None:
        known = path.stat()
        of = (
            str(path.resolve()),
            known.st_size,
            known.st_mtime_ns,
            source.format,
            source.catalogue,
            source.first_position,
        )
        self._file = folder / f"{hashlib.sha256(repr(of).encode()).hexdigest()[:24]}.json"

    def lines(self) -> int:
        try:
            return int(json.loads(self._file.read_text(encoding="utf-8"))["lines"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return 0

    def set(self, lines: int) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps({"lines": lines}), encoding="utf-8")
        draft.replace(self._file)

    def done(self) -> None:
        self._file.unlink(missing_ok=True)


def import_events(
    receiving: Receiving,
    path: Path,
    source: Source,
    *,
    checkpoint: Checkpoint,
    rejects: Rejects,
    on_progress: Progress = lambda _: None,
) -> ImportProgress:
    """Read JSON lines, gzipped or not, into the log. Lines of the OpenSearch bulk format's kind are passed over.

    Raises ImportFailed when the file cannot be read further and LogError; both leave a checkpoint behind.
    """
    begun_at = checkpoint.lines()
    received, number = Received(), 0
    with path.open("rb") as raw:
        progress = ImportProgress(begun_at, 0, path.stat().st_size, begun_at, received)
        batch: list[Line] = []
        for number, line in enumerate(_lines(raw, path), start=1):
            if number <= begun_at:
                continue
            if line.strip() and not _BULK_ACTION.match(line):
                batch.append(Line(number, line))
            if len(batch) == _BATCH:
                _receive(receiving, batch, source, received, rejects)
                checkpoint.set(number)
                batch = []
                progress = ImportProgress(number, raw.tell(), progress.total_bytes, begun_at, received)
                on_progress(progress)
        _receive(receiving, batch, source, received, rejects)
    checkpoint.done()
    return ImportProgress(number, progress.total_bytes, progress.total_bytes, begun_at, received)


def _receive(receiving: Receiving, batch: list[Line], source: Source, received: Received, rejects: Rejects) -> None:
    if not batch:
        return
    found = receiving.receive(batch, source)
    received.add(found)
    for rejection in found.rejections:
        rejects.add(rejection)


def _lines(raw: BinaryIO, path: Path) -> Iterator[bytes]:
    """The lines of the file; one that is too long comes cut, and is refused for that by who reads it."""
    is_packed = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    file = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if is_packed else raw
    try:
        while line := file.readline(_LONGEST_LINE):
            yield line
            while line and len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
                line = file.readline(_LONGEST_LINE)
    except (OSError, EOFError, zlib.error) as error:
        raise ImportFailed(f"{path} cannot be read further: {error}; mend the file and import it again") from error
