"""Products that enrichment gave up on: listing them with their reasons, and giving them another start."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from indexer.queueing import EnrichmentQueue
from mappings.bulk import Outcome
from mappings.catalogue_store import StoredCatalogue
from mappings.client import Client
from mappings.fields import EnrichmentStatus, Modality
from mappings.ledger import IndexLedger, LedgerChange, LedgerEntry
from mappings.ledger_search import DeadLetter, given_up, given_up_ids

_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many products start anew, and how many were left alone: gone, changed meanwhile, or no dead letters."""

    catalogue: str
    replayed: int
    left: int


GIVEN_UP: Final = (EnrichmentStatus.DEAD,)
LOST_PICTURES: Final = (EnrichmentStatus.PARTIAL,)
RESTING: Final = (EnrichmentStatus.FAILED,)


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead letters of every catalogue; the index itself keeps them, so that no queue can lose them."""

    client: Client
    queue: EnrichmentQueue
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def list(
        self, stored: StoredCatalogue, statuses: Sequence[EnrichmentStatus] = GIVEN_UP, *, limit: int = 100
    ) -> list[DeadLetter]:
        """The newest of them, with attempts and reason. Raises EngineError."""
        return given_up(self.client, stored.alias, statuses, limit=limit)

    def replay(
        self,
        stored: StoredCatalogue,
        statuses: Sequence[EnrichmentStatus] = GIVEN_UP,
        *,
        ids: Iterable[str] | None = None,
    ) -> Replayed:
        """Make these products pending again, with all their attempts before them, and queue them; None means all.

        The index says pending before the queue knows, so that nothing is lost between the two. Raises EngineError,
        QueueUnavailable.
        """
        ledger = IndexLedger(self.client, stored.alias)
        # All found before any is changed: what becomes pending would move under the search that finds it.
        wanted = iter([*(given_up_ids(self.client, stored.alias, statuses) if ids is None else ids)])
        replayed: list[str] = []
        left = 0
        while batch := [*islice(wanted, _BATCH)]:
            entries = [entry for entry in ledger.read(batch).values() if entry.status in statuses]
            answers = ledger.write([_anew(entry) for entry in entries], now=self.now())
            done = [answer.id for answer in answers if answer.outcome is Outcome.DONE]
            replayed += done
            left += len(batch) - len(done)
        if replayed:
            self.queue.enqueue(stored.catalogue.name, replayed)
        return Replayed(stored.catalogue.name, len(replayed), left)


def _anew(entry: LedgerEntry) -> LedgerChange:
    """Pending, and its pictures unseen: they may be there by now."""
    pictures = f"vector_{Modality.PICTURE}_"
    return LedgerChange(
        entry,
        status=EnrichmentStatus.PENDING,
        attempts=0,
        error=None,
        next_try_at=None,
        encoded={name: mark for name, mark in entry.encoded.items() if not name.startswith(pictures)},
    )
