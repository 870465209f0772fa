"""Feeds as streams of raw products: JSON lines, CSV and TSV, plain or gzipped, from a file or standard input.

Memory stays flat whatever the feed holds: a line longer than LONGEST_LINE is skipped piece by piece. A line that
cannot be read becomes a Rejection in the stream, and the next line follows.
"""

import csv
import gzip
import io
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson

from indexer.rejects import Rejection, excerpt
from plugin_config.errors import VitrineError

LONGEST_LINE = 8 * 1024 * 1024
_PEEK = 64 * 1024
_START = 800
_BOM = b"\xef\xbb\xbf"


class FeedError(VitrineError):
    """A feed that cannot be opened, or breaks off; what was read before is taken."""

    code = "feed"
    status = 422


class FeedFormat(StrEnum):
    """How the lines of a feed are written."""

    JSONL = "jsonl"
    CSV = "csv"
    TSV = "tsv"


@dataclass(frozen=True, slots=True)
class FeedLine:
    """One raw product and where it stands; `start` is how its line begins, for messages."""

    number: int
    raw: Mapping[str, Any]
    start: bytes | str


@dataclass(slots=True)
class ByteCount:
    """How much of the feed was read from disk, for progress; `total` None: unknown."""

    total: int | None = None
    done: int = 0


@contextmanager
def open_feed(
    path: Path | None, *, count: ByteCount, format: FeedFormat | None = None
) -> Iterator[Iterator[FeedLine | Rejection]]:
    """The lines of a file, or of standard input for None. The format is told by the name, else by the content.

    Raises FeedError when the file cannot be opened or breaks off in the middle.
    """
    try:
        raw: BinaryIO = path.open("rb") if path is not None else sys.stdin.buffer
        count.total = path.stat().st_size if path is not None else None
    except OSError as error:
        raise FeedError(f"{path}: the feed cannot be read: {error.strerror or error}") from error
    with raw:
        yield _lines(raw, name="standard input" if path is None else str(path), count=count, format=format)


def read_lines(stream: BinaryIO, format: FeedFormat) -> Iterator[FeedLine | Rejection]:
    """The lines of an open stream of uncompressed bytes. Raises FeedError when it breaks off."""
    if format is FeedFormat.JSONL:
        return _json_lines(bounded_lines(stream))
    return _rows(stream, "\t" if format is FeedFormat.TSV else ",")


def bounded_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes, bool]]:
    """Line number, bytes and whether the line was longer than LONGEST_LINE and only its beginning is here."""
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        is_cut = len(line) > LONGEST_LINE
        if is_cut:
            line = line[:_PEEK]
            while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
        yield number, line, is_cut


class _Counting(io.RawIOBase):
    """Bytes read from below, counted on their way."""

    def __init__(self, below: BinaryIO, count: ByteCount) -> None:
        self._below, self._count = below, count

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = (
            self._below.read(len(buffer))
            if not hasattr(self._below, "read1")
            else cast(Any, self._below).read1(len(buffer))
        )
        buffer[: len(data)] = data
        self._count.done += len(data)
        return len(data)


def _lines(raw: BinaryIO, *, name: str, count: ByteCount, format: FeedFormat | None) -> Iterator[FeedLine | Rejection]:
    stream: io.BufferedReader = io.BufferedReader(_Counting(raw, count), _PEEK)
    if stream.peek(2)[:2] == b"\x1f\x8b":
        stream = io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=stream, mode="rb")), _PEEK)
    last = 0
    try:
        for line in read_lines(cast(BinaryIO, stream), format or _told_by(name, stream)):
            last = line.number if isinstance(line, FeedLine) else line.line
            yield line
    except (OSError, EOFError, zlib.error) as error:
        raise FeedError(
            f"{name}: the feed breaks off after line {last}: {error}; all lines before it were taken"
        ) from error


def _told_by(name: str, stream: io.BufferedReader) -> FeedFormat:
    stem = name.lower().removesuffix(".gz")
    for format, endings in {
        FeedFormat.JSONL: (".jsonl", ".ndjson", ".json"),
        FeedFormat.CSV: (".csv",),
        FeedFormat.TSV: (".tsv", ".tab"),
    }.items():
        if stem.endswith(endings):
            return format
    start = stream.peek(_PEEK)[:_PEEK].removeprefix(_BOM).lstrip()
    if start[:1] in (b"{", b""):
        return FeedFormat.JSONL
    return FeedFormat.TSV if b"\t" in start.partition(b"\n")[0] else FeedFormat.CSV


def _json_lines(lines: Iterable[tuple[int, bytes, bool]]) -> Iterator[FeedLine | Rejection]:
    for number, line, is_cut in lines:
        if number == 1:
            line = line.removeprefix(_BOM)
        if is_cut:
            yield Rejection(number, "line", f"longer than {LONGEST_LINE:,} bytes", excerpt(line))
            continue
        if not line.strip():
            continue
        try:
            raw = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield Rejection(number, "line", _why_not_json(line, error), excerpt(line))
            continue
        if isinstance(raw, dict):
            yield FeedLine(number, raw, line[:_START])
        else:
            yield Rejection(number, "line", "not a JSON object; a feed has one object in each line", excerpt(line))


def _why_not_json(line: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as wrong:
        return f"not UTF-8: byte {wrong.start + 1} is {line[wrong.start]:#04x}"
    return f"not JSON: {error}"


def _rows(stream: BinaryIO, delimiter: str) -> Iterator[FeedLine | Rejection]:
    rejected: list[Rejection] = []
    texts = _decoded(bounded_lines(stream), rejected)
    header_line = next(texts, None)
    if header_line is None:
        yield from rejected
        return
    if delimiter == "," and "," not in header_line and ";" in header_line:
        delimiter = ";"
    csv.field_size_limit(LONGEST_LINE)
    header = [name.strip() for name in next(csv.reader([header_line], delimiter=delimiter))]
    if len(set(header)) < len(header) or not all(header):
        raise FeedError("the first line of a CSV or TSV feed names its columns; here a name is empty or comes twice")
    reader = csv.reader(texts, delimiter=delimiter)
    while True:
        start = reader.line_num + 2
        try:
            row = next(reader)
        except StopIteration:
            yield from rejected
            return
        except csv.Error as error:
            yield Rejection(start, "line", f"not readable as CSV: {error}")
            continue
        yield from rejected
        rejected.clear()
        if row:
            yield _row(start, header, row)


def _row(number: int, header: list[str], row: list[str]) -> FeedLine | Rejection:
    quoted = excerpt(",".join(cell[:_START] for cell in row[:20]))
    if len(row) != len(header):
        return Rejection(number, "line", f"has {len(row)} cells, the header has {len(header)}", quoted)
    if any("\udc80" <= character <= "\udcff" for cell in row if not cell.isascii() for character in cell):
        return Rejection(number, "line", "not UTF-8", quoted.encode("utf-8", "replace").decode())
    return FeedLine(number, {name: _cell(cell) for name, cell in zip(header, row, strict=True) if cell != ""}, quoted)


def _cell(text: str) -> Any:
    # A list in a cell is written as JSON: every other separator also occurs in plain text.
    if text.startswith("[") and text.endswith("]"):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return text
    return text


def _decoded(lines: Iterable[tuple[int, bytes, bool]], rejected: list[Rejection]) -> Iterator[str]:
    for number, line, is_cut in lines:
        if is_cut:
            rejected.append(Rejection(number, "line", f"longer than {LONGEST_LINE:,} bytes", excerpt(line)))
            yield "\n"  # keeps the count of lines
            continue
        yield (line.removeprefix(_BOM) if number == 1 else line).decode("utf-8", "surrogateescape")
