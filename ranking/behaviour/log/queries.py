"""What shoppers ask for most, by the log of served searches."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from ranking.behaviour.log.event_log import LogError

LEAST_SHOPPERS: Final = 2
_FREQUENT: Final = """
SELECT query, count(DISTINCT coalesce(shopper, query_id)) AS people FROM searches
WHERE catalogue = ? AND query != '' AND length(query) <= 200
GROUP BY query HAVING people >= ? ORDER BY people DESC, query LIMIT ?
"""


def frequent_queries(path: Path, catalogue: str, *, limit: int = 5_000) -> list[tuple[str, int]]:
    """The queries that at least two shoppers made, with how many did, most first. None where there is no log yet.

    What one person alone has typed stays out: it may be private, and it is often mistyped. Raises LogError.
    """
    if not path.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as db:
            return [
                (str(query), int(people)) for query, people in db.execute(_FREQUENT, (catalogue, LEAST_SHOPPERS, limit))
            ]
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []
        raise LogError(f"{path}: the queries cannot be read ({error}); check the file or move it away") from error
    except sqlite3.DatabaseError as error:
        raise LogError(f"{path}: the queries cannot be read ({error}); check the file or move it away") from error
