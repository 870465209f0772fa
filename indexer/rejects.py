"""What a feed said that could not be taken: counted, and written down for the person who must mend it."""

import errno
import os
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Protocol

import orjson

from plugin_config.errors import VitrineError

_EXCERPT = 200


class RejectsError(VitrineError):
    """The rejects file cannot be written; the lines in it are whole."""

    code = "rejects"
    status = 507


@dataclass(frozen=True, slots=True)
class Rejection:
    """One line, or one field of it, that was not taken. `line` counts from 1 in the feed as it lies on disk.

    `is_taken`: the line was taken all the same, and this is only worth knowing (an id that came before).
    """

    line: int
    field: str
    reason: str
    excerpt: str = ""
    is_taken: bool = False

    def as_json(self) -> bytes:
        return orjson.dumps(
            {
                "line": self.line,
                "field": self.field,
                "reason": self.reason,
                "taken": self.is_taken,
                "excerpt": self.excerpt,
            }
        )


def excerpt(line: bytes | str) -> str:
    """The beginning of a line, readable whatever its bytes are."""
    text = line[: _EXCERPT * 4].decode("utf-8", "replace") if isinstance(line, bytes) else line
    return text.strip()[:_EXCERPT]


class Rejects(Protocol):
    """Takes what was rejected."""

    def add(self, rejection: Rejection) -> None: ...


class RejectsFile:
    """JSON lines, made when the first rejection comes; an older file of the same name is replaced then.

    Each line goes to the system whole or not at all: a disk that fills up leaves no half line behind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_written = False
        self._file: FileIO | None = None
        self._size = 0

    def add(self, rejection: Rejection) -> None:
        """Write one down. Raises RejectsError when the file cannot be written."""
        line = rejection.as_json() + b"\n"
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("wb", buffering=0)
                self.is_written = True
            if self._file.write(line) < len(line):
                self._file.truncate(self._size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._size += len(line)
        except OSError as error:
            raise RejectsError(
                f"{self.path}: the rejected lines cannot be written down: {error.strerror or error}; make room, or name "
                "another file with --rejects, and index the feed again"
            ) from error

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> "RejectsFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class RejectsList:
    """The first `limit` rejections, to be sent back."""

    def __init__(self, limit: int) -> None:
        self.kept: list[Rejection] = []
        self._limit = limit

    def add(self, rejection: Rejection) -> None:
        if len(self.kept) < self._limit:
            self.kept.append(rejection)
