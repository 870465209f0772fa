"""How far the log had been counted into the rows that searches read: the version of behaviour, for the log of searches."""

import logging
import time
from collections.abc import Callable
from typing import Any, Final

import orjson
from redis import Redis
from redis.exceptions import RedisError

from ranking.features.packed import rows_note_key

log = logging.getLogger(__name__)
_KEPT_SECONDS: Final = 1.0


class RowsVersion:
    """Reads the note that lies beside the rows, for one thread off the request path. `connect` opens the Redis for one
    reading; what it gives None for has no rows.
    """

    def __init__(
        self, connect: Callable[[], Redis | None], *, prefix: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._connect = connect
        self._prefix = prefix
        self._clock = clock
        self._known: dict[str, tuple[float, str | None]] = {}

    def of(self, catalogue: str) -> str | None:
        """The cursor of the last event in the rows, as of a second ago at most; None where that cannot be read."""
        now = self._clock()
        at, version = self._known.get(catalogue, (-_KEPT_SECONDS, None))
        if now - at >= _KEPT_SECONDS:
            version = self._read(catalogue)
            self._known[catalogue] = now, version
        return version

    def _read(self, catalogue: str) -> str | None:
        redis = self._connect()
        if redis is None:
            return None
        try:
            note: Any = redis.get(rows_note_key(self._prefix, catalogue))
            return None if note is None else str(int(orjson.loads(note)["cursor"]))
        except (RedisError, OSError) as error:
            log.debug("the version of the rows of %s cannot be read: %s", catalogue, error)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            log.debug("the note of the rows of %s is of another edition", catalogue)
        finally:
            redis.close()
        return None
