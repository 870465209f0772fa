"""Rows in Redis: a value per product, a value per query, and a note of what they were made from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import orjson
from redis import Redis
from redis.exceptions import RedisError

from indexer.behaviour.recommended import write_recommendations
from indexer.feature_rows import FeatureRowsUnavailable
from ranking.behaviour.aggregates.columns import EventColumns
from ranking.behaviour.aggregates.rows import BehaviourRows
from ranking.features.packed import row_key, rows_note_key
from ranking.features.rows import ProductRowSchema, query_key

_PAGE: Final = 2_000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RowsNote:
    """What the rows of a catalogue were made from. `as_of`: the moment, seconds since 1970; `cursor`: the last event."""

    as_of: float
    cursor: int
    people_forgotten: int
    layout: str
    products: int
    queries: int


class RowStore:
    """The rows of one installation. Raises FeatureRowsUnavailable."""

    def __init__(self, redis: Redis, *, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix

    def note(self, catalogue: str) -> RowsNote | None:
        """What is there now; None for nothing, or for what another edition wrote."""
        try:
            found: Any = self._redis.get(self._note_key(catalogue))
            return None if found is None else RowsNote(**orjson.loads(found))
        except (orjson.JSONDecodeError, TypeError):
            return None
        except (RedisError, OSError) as error:
            raise _unavailable(catalogue, "read", error) from error

    def write(
        self,
        catalogue: str,
        ids: Sequence[str],
        rows: BehaviourRows,
        *,
        note: RowsNote,
        progress: Progress = lambda _done, _all: None,
    ) -> None:
        """Put the rows in place of those that are there; queries that nobody asks any more go.

        `progress` hears of rows written and of all of them.
        """
        schema = ProductRowSchema.of_names(rows.products.matrix.names)
        products = zip((row_key(self._prefix, catalogue, id) for id in ids), schema.encode(rows.products), strict=True)
        queries = {query_key(self._prefix, catalogue, text): row.encode() for text, row in rows.queries.items()}
        every = len(ids) + len(queries)
        done = 0
        try:
            for page in _pages((*products, *queries.items())):
                self._redis.mset(page)
                done += len(page)
                progress(done, every)
            self._drop_others(catalogue, set(queries))
            self._redis.set(self._note_key(catalogue), orjson.dumps(note))
        except (RedisError, OSError) as error:
            raise _unavailable(catalogue, "written", error) from error

    def write_lists(self, catalogue: str, events: EventColumns, *, now: float) -> None:
        """What can be recommended, from the same events."""
        write_recommendations(self._redis, catalogue, events, prefix=self._prefix, now=now)

    def _drop_others(self, catalogue: str, queries: set[str]) -> None:
        """Remove rows of queries that are not among these, and remember which there are now."""
        index = f"{self._prefix}:queries:{catalogue}"
        known: Any = self._redis.smembers(index)
        before = {key.decode() for key in known}
        for gone in _parts(sorted(before - queries)):
            self._redis.unlink(*gone)
            self._redis.srem(index, *gone)
        for new in _parts(sorted(queries - before)):
            self._redis.sadd(index, *new)

    def _note_key(self, catalogue: str) -> str:
        return rows_note_key(self._prefix, catalogue)


def _unavailable(catalogue: str, done: str, error: Exception) -> FeatureRowsUnavailable:
    return FeatureRowsUnavailable(
        f"feature rows of {catalogue!r} cannot be {done} in Redis: {error}; see VITRINE_FEATURES_REDIS_URL"
    )


def _pages(rows: Sequence[tuple[str, bytes]]) -> Iterator[Mapping[str, bytes]]:
    for part in _parts(rows):
        yield dict(part)


def _parts(of: Sequence[Any]) -> Iterator[Sequence[Any]]:
    rest = iter(of)
    while part := list(islice(rest, _PAGE)):
        yield part
