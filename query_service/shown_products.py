"""What pages show of products, kept by the writing it came from: a product that was shown before is not read again.

The candidates of a search say of each product which writing of its document was found. What is kept of that writing is
what OpenSearch would answer, so nothing here grows old: a product that changed has another version, and is read.
"""

import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from mappings.catalogue_store import StoredCatalogue
from mappings.client import AsyncClient
from query_service.retrieval import Candidates, Stored, read_sources

KEPT_BYTES: Final = 48 * 2**20
_BESIDES: Final = 600  # bytes of an entry besides its texts
Key: TypeAlias = tuple[datetime, str]  # an index made anew may bear the same name and count from zero again


class ShownProducts:
    """Reads what is shown of products. Keeps what it read, the most recently shown, up to `kept_bytes` in all."""

    def __init__(self, client: AsyncClient, *, kept_bytes: int = KEPT_BYTES) -> None:
        self._client = client
        self._most = kept_bytes
        self._bytes = 0
        self._kept: OrderedDict[Key, Stored] = OrderedDict()

    def forget(self) -> None:
        """Drop everything that is kept."""
        self._kept.clear()
        self._bytes = 0

    async def read(
        self, catalogue: StoredCatalogue, candidates: Candidates, places: Sequence[int]
    ) -> tuple[Mapping[str, Stored], float]:
        """What is shown of the candidates at these places, and OpenSearch's own milliseconds.

        Those that came with a version are as of the search that found them; one whose version is not kept is read, and
        is missing when it was deleted meanwhile. Raises the errors of mappings.errors.
        """
        made, found = catalogue.created_at, dict[str, Stored]()
        versions = candidates.versions or (None,) * len(candidates.ids)
        lacking = []
        for id, version in ((candidates.ids[place], versions[place]) for place in places):
            kept = self._kept.get((made, id))
            if kept is not None and kept.version == version:
                self._kept.move_to_end((made, id))
                found[id] = kept
            else:
                lacking.append(id)
        if not lacking:
            return found, 0.0
        stored, engine_ms = await read_sources(self._client, catalogue.alias, lacking)
        for id, new in stored.items():
            self._keep((made, id), new)
        return {**found, **stored}, engine_ms

    def _keep(self, key: Key, stored: Stored) -> None:
        before = self._kept.pop(key, None)
        self._bytes += _size(stored) - (0 if before is None else _size(before))
        self._kept[key] = stored
        while self._bytes > self._most:
            self._bytes -= _size(self._kept.popitem(last=False)[1])


def _size(stored: Stored) -> int:
    return _BESIDES + sys.getsizeof(stored.source) + sum(map(sys.getsizeof, stored.pictures))
