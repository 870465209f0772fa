"""The ledger in memory: enrichment can be tried and tested without a cluster."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from mappings.bulk import Outcome, Result
from mappings.ledger import LedgerChange, LedgerEntry, Vector


@dataclass(slots=True)
class MemoryLedger:
    """Documents by id, with the vectors and views that were written to them."""

    entries: dict[str, LedgerEntry] = field(default_factory=dict)
    vectors: dict[str, dict[str, Vector | None]] = field(default_factory=dict)
    views: dict[str, dict[str, dict[int, Vector] | None]] = field(default_factory=dict)
    _next_seq_no: int = 0

    def put(self, entry: LedgerEntry) -> None:
        """Write a document as a feed would, whatever version is there."""
        self.entries[entry.id] = replace(entry, seq_no=self._next_seq_no, primary_term=1)
        self._next_seq_no += 1

    def read(self, ids: Sequence[str]) -> dict[str, LedgerEntry]:
        return {id: self.entries[id] for id in ids if id in self.entries}

    def write(self, changes: Sequence[LedgerChange], *, now: datetime) -> list[Result]:  # noqa: ARG002
        return [self._write(change) for change in changes]

    def _write(self, change: LedgerChange) -> Result:
        id = change.entry.id
        present = self.entries.get(id)
        if present is None:
            return Result(id, Outcome.MISSING)
        if present.seq_no != change.entry.seq_no:
            return Result(id, Outcome.CONFLICT)
        self.put(
            replace(
                present,
                status=change.status,
                attempts=change.attempts,
                error=change.error,
                next_try_at=change.next_try_at,
                encoded=dict(change.encoded),
                parts=dict(change.parts),
            )
        )
        self.vectors.setdefault(id, {}).update(change.vectors)
        self.views.setdefault(id, {}).update({k: dict(v) if v else None for k, v in change.views.items()})
        return Result(id, Outcome.DONE, "updated")
