"""Which products and catalogues there are, asked in batches and remembered for a while."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final, Protocol

from mappings.catalogue_store import IndexCatalogueStore
from mappings.client import Client
from mappings.errors import EngineError, NotFound

KEPT_SECONDS: Final = 600.0
_CATALOGUES_KEPT_SECONDS: Final = 5.0
_MOST_KEPT: Final = 200_000
_BATCH: Final = 1_000
_NAME = re.compile(r"[a-z][a-z0-9_\-]{0,39}")


class KnownProducts(Protocol):
    """What events may speak of. Raises EngineError while the index cannot be asked."""

    def has_catalogue(self, name: str) -> bool:
        """Whether there is such a catalogue."""

    def known(self, catalogue: str, ids: Iterable[str]) -> frozenset[str]:
        """Those of the ids that are products of the catalogue."""


class IndexProducts:
    """KnownProducts from the index. Products that are there are remembered, missing ones asked for again. Thread-safe."""

    def __init__(self, client: Client, catalogues: IndexCatalogueStore, *, clock: Callable[[], float] = time.monotonic):
        self._client = client
        self._catalogues = catalogues
        self._clock = clock
        self._lock = Lock()
        self._aliases: dict[str, tuple[float, str]] = {}
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()

    def has_catalogue(self, name: str) -> bool:
        return self._alias(name) is not None

    def known(self, catalogue: str, ids: Iterable[str]) -> frozenset[str]:
        alias, now = self._alias(catalogue), self._clock()
        if alias is None:
            return frozenset()
        wanted = set(ids)
        with self._lock:
            found = {id for id in wanted if now - self._seen.get((catalogue, id), -KEPT_SECONDS) < KEPT_SECONDS}
        asked = sorted(wanted - found)
        for start in range(0, len(asked), _BATCH):
            found |= self._ask(catalogue, alias, asked[start : start + _BATCH], now)
        return frozenset(found)

    def _ask(self, catalogue: str, alias: str, ids: list[str], now: float) -> set[str]:
        answer = self._client.request("POST", f"/{alias}/_mget", body={"ids": ids}, params={"_source": "false"})
        there = {doc["_id"] for doc in answer["docs"] if doc.get("found")}
        with self._lock:
            for id in there:
                self._seen[catalogue, id] = now
                self._seen.move_to_end((catalogue, id))
            while len(self._seen) > _MOST_KEPT:
                self._seen.popitem(last=False)
        return there

    def _alias(self, name: str) -> str | None:
        if not _NAME.fullmatch(name):  # a star or a comma would name several indices at once
            return None
        now = self._clock()
        kept = self._aliases.get(name)
        if kept is not None and now - kept[0] < _CATALOGUES_KEPT_SECONDS:
            return kept[1]
        try:
            alias = self._catalogues.get(name).alias
        except NotFound:
            self._aliases.pop(name, None)
            return None
        except EngineError:
            if kept is not None:
                return kept[1]
            raise
        self._aliases[name] = (now, alias)
        return alias
