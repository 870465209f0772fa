"""Judgments: which products people found good for which queries, read from CSV or tab separated files."""

import csv
import gzip
import hashlib
import io
import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ranking.errors import JudgmentsError
from ranking.lambdamart.training_set import family_with, query_family

_COLUMN_NAMES = {
    "query": ("query", "text", "q"),
    "docid": ("docid", "doc_id", "product_id", "product", "id"),
    "rating": ("rating", "grade", "relevance", "label"),
    "image": ("image", "picture"),
    "audio": ("audio",),
    "user": ("user", "user_id"),
    "filter": ("filter", "filters"),
}
MAXIMUM_BYTES = 1_000_000_000
MAXIMUM_CELL = 100_000


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """One query and the grades of its products. `image` and `audio` are paths relative to the judgments file or
    addresses; `filters` is as written, `field=value; field=value`."""

    text: str
    image: str
    audio: str
    user: str
    filters: str
    grades: Mapping[str, float]

    @property
    def label(self) -> str:
        return " + ".join(part for part in (self.text, self.image, self.audio, self.filters) if part)

    @property
    def family(self) -> str:
        """The key under which this query and its near duplicates stay together in every split."""
        return family_with(query_family(self.text), self.image, self.audio)


@dataclass(frozen=True, slots=True)
class Judgments:
    """`queries` in the order of their first line; `sha256` is of the file's bytes; `folder` holds its pictures."""

    queries: tuple[JudgedQuery, ...]
    origin: str
    folder: Path
    sha256: str
    notes: tuple[str, ...]

    @property
    def pairs(self) -> int:
        return sum(len(query.grades) for query in self.queries)


def read_judgments(path: Path) -> Judgments:
    """Read a file with a header naming query, docid and rating, comma or tab separated, plain or .gz.

    Further columns image, audio, user and filter make queries of their own. Raises JudgmentsError naming the line.
    """
    raw = _read_bytes(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise JudgmentsError(f"{path}, line {line}: not UTF-8; save the file as UTF-8") from error
    queries, notes = _parse(text, path)
    return Judgments(queries, str(path), path.parent, hashlib.sha256(raw).hexdigest(), notes)


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(2)
        with gzip.open(path, "rb") if head == b"\x1f\x8b" else path.open("rb") as file:
            raw: bytes = file.read(MAXIMUM_BYTES + 1)
    except FileNotFoundError as error:
        raise JudgmentsError(f"{path}: there is no such file; name a CSV with the header query,docid,rating") from error
    except (OSError, EOFError, zlib.error) as error:
        raise JudgmentsError(f"{path}: the judgments cannot be read: {error}") from error
    if len(raw) > MAXIMUM_BYTES:
        raise JudgmentsError(f"{path}: more than {MAXIMUM_BYTES:,} bytes of judgments; give a smaller file")
    return raw


def _parse(text: str, path: Path) -> tuple[tuple[JudgedQuery, ...], tuple[str, ...]]:
    rows = _rows(text, path)
    line, header = next(rows, (1, []))
    place, unused = _columns(header, path)
    grades: dict[tuple[str, ...], dict[str, float]] = {}
    differing = 0
    for line, row in rows:
        key, product, grade = _read_row(row, place, f"{path}, line {line}")
        judged = grades.setdefault(key, {})
        differing += product in judged and judged[product] != grade
        judged[product] = grade
    if not grades:
        raise JudgmentsError(f"{path}: there is no line of judgments below the header")
    notes = []
    if unused:
        notes.append(f"columns not used: {', '.join(unused)}")
    if differing:
        notes.append(f"{differing} pairs are rated twice and differently: the later line counts")
    return tuple(_query(key, judged) for key, judged in grades.items()), tuple(notes)


def _query(key: tuple[str, ...], judged: Mapping[str, float]) -> JudgedQuery:
    text, image, audio, user, filters = key
    return JudgedQuery(text, image, audio, user, filters, judged)


def _rows(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Lines with their numbers; empty lines are passed over."""
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in first else ",", strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise JudgmentsError(f"{path}, line {reader.line_num}: not readable as CSV: {error}") from error
        if any(cell.strip() for cell in row):
            yield reader.line_num, row


def _columns(header: list[str], path: Path) -> tuple[dict[str, int], list[str]]:
    """Where each known column stands, and the names of those nobody asked for."""
    names = [cell.strip().casefold() for cell in header]
    place: dict[str, int] = {}
    for column, spellings in _COLUMN_NAMES.items():
        found = [names.index(spelling) for spelling in spellings if spelling in names]
        if found:
            place[column] = found[0]
    missing = [name for name in ("docid", "rating") if name not in place]
    if not {"query", "image", "audio"} & set(place):
        missing.insert(0, "query")
    if missing:
        raise JudgmentsError(
            f"{path}, line 1: the header lacks {', '.join(missing)}; it must name query, docid and rating "
            f"(found: {', '.join(header)[:200] or 'nothing'})"
        )
    return place, [name for i, name in enumerate(names) if i not in place.values()]


def _read_row(row: list[str], place: Mapping[str, int], where: str) -> tuple[tuple[str, ...], str, float]:
    if len(row) <= max(place.values()):
        raise JudgmentsError(f"{where}: {len(row)} columns where the header names more")
    cells = {name: row[i].strip() for name, i in place.items()}
    if any(len(cell) > MAXIMUM_CELL for cell in cells.values()):
        raise JudgmentsError(f"{where}: a cell of more than {MAXIMUM_CELL:,} characters")
    key = tuple(cells.get(name, "") for name in ("query", "image", "audio", "user", "filter"))
    if not any(key[:3]):
        raise JudgmentsError(f"{where}: neither a query nor an image nor audio is given")
    if not cells["docid"]:
        raise JudgmentsError(f"{where}: docid is empty")
    try:
        grade = float(cells["rating"])
    except ValueError as error:
        raise JudgmentsError(f"{where}: rating {cells['rating'][:40]!r} is not a number") from error
    if not math.isfinite(grade):
        raise JudgmentsError(f"{where}: rating {cells['rating'][:40]!r} is not a finite number")
    return key, cells["docid"], grade
