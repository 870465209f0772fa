"""One chunk of products through enrichment; pure orchestration, everything it touches is given to it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from indexer.enrichment.results import FieldResult, FieldState
from indexer.enrichment.settling import Settling
from mappings.bulk import Outcome, Result
from mappings.errors import DiskFull
from mappings.fields import EnrichmentStatus, VectorField
from mappings.ledger import LedgerChange, LedgerEntry

_ROUNDS: Final = 5
_BUSY_REST_SECONDS: Final = 0.5


class Ledger(Protocol):
    """What documents lack, and writing onto exactly the version that was read."""

    def read(self, ids: Sequence[str]) -> dict[str, LedgerEntry]:
        """The newest version of each document; ids that are gone are absent."""

    def write(self, changes: Sequence[LedgerChange], *, now: datetime) -> list[Result]:
        """Write each change if its document is still the one that was read; one result per change, in order."""


class Filler(Protocol):
    """Fills the fields of one modality."""

    @property
    def fields(self) -> tuple[VectorField, ...]: ...

    def fill(self, entries: Sequence[LedgerEntry]) -> Mapping[str, list[FieldResult]]:
        """One result per product and field, by product. Never raises for one product's sake."""


@dataclass(slots=True)
class ChunkReport:
    """What became of a chunk: how many were written, needed nothing, are gone; `again` must be queued again."""

    written: dict[EnrichmentStatus, int] = field(default_factory=dict)
    skipped: int = 0
    gone: int = 0
    encoded: int = 0
    again: list[str] = field(default_factory=list)

    def count(self, status: EnrichmentStatus) -> None:
        self.written[status] = self.written.get(status, 0) + 1


@dataclass(frozen=True, slots=True)
class Enrichment:
    """Fills the vectors of one catalogue's products, chunk by chunk."""

    ledger: Ledger
    fillers: tuple[Filler, ...]
    settling: Settling
    sleep: Callable[[float], None] = field(default=time.sleep)

    @property
    def live(self) -> tuple[VectorField, ...]:
        return tuple(vector_field for filler in self.fillers for vector_field in filler.fields)

    def enrich(self, ids: Sequence[str]) -> ChunkReport:
        """Bring these products up to date. Raises EngineError when the ledger cannot be read or written at all."""
        report = ChunkReport()
        wanted = list(dict.fromkeys(ids))
        entries = self.ledger.read(wanted)
        report.gone = len(wanted) - len(entries)
        due = [entry for entry in entries.values() if self._is_due(entry)]
        report.skipped = len(entries) - len(due)
        self._write(due, self._fill(due, report), report)
        return report

    def count_lost_attempt(self, ids: Sequence[str], *, why: str) -> ChunkReport:
        """Note that an attempt at these products ended with the process that made it; they rest, or are given up."""
        report = ChunkReport()
        due = [entry for entry in self.ledger.read(ids).values() if self._is_due(entry)]
        lost = {
            entry.id: [
                FieldResult(f, FieldState.FAILED, problem=why) for f in self.live if f.name in self._lacking(entry)
            ]
            for entry in due
        }
        self._write(due, lost, report)
        return report

    def _is_due(self, entry: LedgerEntry) -> bool:
        if entry.status is EnrichmentStatus.PENDING:
            return True
        if entry.status is EnrichmentStatus.DEAD:
            return False
        if entry.next_try_at is not None:
            return entry.next_try_at <= self.settling.now()
        return entry.status is EnrichmentStatus.FAILED or bool(self._lacking(entry))

    def _lacking(self, entry: LedgerEntry) -> set[str]:
        return {f.name for f in self.live if entry.encoded.get(f.name) != entry.input_hash}

    def _fill(self, entries: Sequence[LedgerEntry], report: ChunkReport) -> dict[str, list[FieldResult]]:
        results: dict[str, list[FieldResult]] = {entry.id: [] for entry in entries}
        lacking = {entry.id: self._lacking(entry) for entry in entries}
        report.encoded = sum(map(bool, lacking.values()))
        for filler in self.fillers:
            names = {vector_field.name for vector_field in filler.fields}
            needing = [entry for entry in entries if lacking[entry.id] & names]
            if needing:
                for id, found in filler.fill(needing).items():
                    results[id] += [result for result in found if result.field.name in lacking[id]]
        return results

    def _write(
        self, entries: Sequence[LedgerEntry], results: dict[str, list[FieldResult]], report: ChunkReport
    ) -> None:
        """Write until nothing is in conflict: what changed only around its input is written again, without encoding."""
        waiting = list(entries)
        for _ in range(_ROUNDS):
            changes = self._changes(waiting, results, report)
            answers = self.ledger.write(changes, now=self.settling.now()) if changes else []
            unwritten = self._unwritten(changes, answers, results, report)
            waiting = self._read_again(unwritten, report)
            if not waiting:
                return
        report.again += [entry.id for entry in waiting]

    def _changes(
        self, entries: Sequence[LedgerEntry], results: Mapping[str, list[FieldResult]], report: ChunkReport
    ) -> list[LedgerChange]:
        changes = []
        for entry in entries:
            change = self.settling.settle(entry, results[entry.id])
            if change is None:
                report.again.append(entry.id)
            else:
                changes.append(change)
        return changes

    def _unwritten(
        self,
        changes: Sequence[LedgerChange],
        answers: Sequence[Result],
        results: dict[str, list[FieldResult]],
        report: ChunkReport,
    ) -> list[LedgerEntry]:
        """Count what was written, and return the versions that could not be."""
        unwritten = []
        for change, answer in zip(changes, answers, strict=True):
            match answer.outcome:
                case Outcome.DONE:
                    report.count(change.status)
                    if change.status is EnrichmentStatus.PENDING:
                        report.again.append(change.entry.id)
                case Outcome.MISSING:
                    report.gone += 1
                case Outcome.DISK_FULL:
                    raise DiskFull(f"vectors cannot be written: a disk of OpenSearch is full ({answer.reason})")
                case Outcome.REJECTED:
                    results[change.entry.id] = _refused(results[change.entry.id], answer.reason)
                    unwritten.append(change.entry)
                case Outcome.CONFLICT | Outcome.BUSY:
                    unwritten.append(change.entry)
        if any(answer.outcome is Outcome.BUSY for answer in answers):
            self.sleep(_BUSY_REST_SECONDS)
        return unwritten

    def _read_again(self, stale: Sequence[LedgerEntry], report: ChunkReport) -> list[LedgerEntry]:
        """The newest versions for which the vectors at hand are still right; the others are queued again or done."""
        fresh = self.ledger.read([entry.id for entry in stale]) if stale else {}
        report.gone += len(stale) - len(fresh)
        fitting = []
        for old in stale:
            new = fresh.get(old.id)
            if new is None:
                continue
            if new.input_hash != old.input_hash:
                report.again.append(new.id)
            elif new.status is EnrichmentStatus.PENDING or self._lacking(new):
                fitting.append(new)
            else:
                report.skipped += 1
        return fitting


def _refused(results: Sequence[FieldResult], reason: str) -> list[FieldResult]:
    problem = f"OpenSearch refuses the vectors: {reason}"
    return [FieldResult(result.field, FieldState.FAILED, problem=problem) for result in results]
