"""How far enrichment has come, and whether it moves: health is judged by progress, for a worker can be alive and deaf."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mappings.catalogue_store import StoredCatalogue
from mappings.client import Client
from mappings.fields import EnrichmentStatus
from mappings.ledger_search import given_up, standing
from plugin_config.errors import VitrineError


class EncoderUnavailable(VitrineError):
    """Nothing is enriched because an encoder cannot be used; the message has its own words."""

    code = "encoder_unavailable"
    status = 503


@dataclass(frozen=True, slots=True)
class EnrichmentProgress:
    """Products of one catalogue by status; `retrying` of the failed and partial ones rest until their next try,
    `unavailable` of these for want of an encoder."""

    catalogue: str
    counts: Mapping[EnrichmentStatus, int]
    retrying: int = 0
    oldest_pending_at: datetime | None = None
    last_settled_at: datetime | None = None
    unavailable: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def pending(self) -> int:
        return self.counts.get(EnrichmentStatus.PENDING, 0)

    @property
    def waiting(self) -> int:
        """Products that will still be worked on."""
        return self.pending + self.retrying

    @property
    def is_finished(self) -> bool:
        """Whether every product has got all it will get; `partial` and `dead` count as finished."""
        return self.waiting == 0

    def is_stuck(self, *, now: datetime, patience_seconds: float) -> bool:
        """Whether products have waited for longer than `patience_seconds` while none was finished."""
        if self.oldest_pending_at is None:
            return False
        last_move = max(self.oldest_pending_at, self.last_settled_at or self.oldest_pending_at)
        return now - last_move > timedelta(seconds=patience_seconds)


def enrichment_progress(client: Client, stored: StoredCatalogue, *, refresh: bool = False) -> EnrichmentProgress:
    """Count a catalogue's products by enrichment status. Raises EngineError.

    `refresh`: also count what was written within the last second.
    """
    if refresh:
        client.refresh(stored.alias)
    found = standing(client, stored.alias)
    return EnrichmentProgress(
        catalogue=stored.catalogue.name,
        counts=found.counts,
        retrying=found.retrying,
        oldest_pending_at=found.oldest_pending_at,
        last_settled_at=found.last_settled_at,
        unavailable=found.unavailable,
    )


def require_encoder(client: Client, stored: StoredCatalogue, progress: EnrichmentProgress) -> None:
    """Raises EncoderUnavailable, with the reason, when every product that waits does so for want of an encoder."""
    if not progress.waiting or progress.unavailable < progress.waiting:
        return
    failed = given_up(client, stored.alias, [EnrichmentStatus.FAILED], limit=1)
    reason = failed[0].error if failed else "an encoder cannot be used"
    name = stored.catalogue.name
    raise EncoderUnavailable(
        f"{progress.waiting:,} products of {name!r} get no vectors and are found by words alone: {reason}. They are tried "
        f"again every few minutes; once it is mended, `vitrine reconcile --catalogue {name} --wait` watches"
    )
