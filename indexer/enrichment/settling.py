"""From what filling came to, to where the product stands: done, partial, tried again later, or dead."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from indexer.enrichment.results import FieldResult, FieldState
from mappings.fields import EnrichmentStatus, Modality
from mappings.ledger import LedgerChange, LedgerEntry, Vector

_LONGEST_ERROR: Final = 2_000


@dataclass(frozen=True, slots=True)
class RetryRule:
    """How often a product is tried, and how long it rests in between.

    The n-th rest is `base_seconds`·2^(n-1), at most `longest_seconds`, of which a random half is jitter. While an
    encoder is unavailable, which costs no attempt, each rest is `unavailable_seconds`.
    """

    attempts: int
    base_seconds: float = 20.0
    longest_seconds: float = 3600.0
    unavailable_seconds: float = 300.0

    def rest(self, attempt: int, *, chance: float) -> timedelta:
        """The rest after this attempt, counted from 1, or 0 for none; `chance` lies in [0, 1)."""
        whole = min(self.longest_seconds, self.base_seconds * 2.0 ** min(attempt - 1, 30))
        if attempt == 0:
            whole = self.unavailable_seconds
        return timedelta(seconds=whole * (0.5 + 0.5 * chance))


@dataclass(frozen=True, slots=True)
class Settling:
    """Decides what to write. `now` and `chance` are given, so that the same results settle the same way."""

    rule: RetryRule
    now: Callable[[], datetime]
    chance: Callable[[], float]

    def settle(self, entry: LedgerEntry, results: Sequence[FieldResult]) -> LedgerChange | None:
        """The change for a product, onto the version in `entry`; None when there is nothing to write.

        `results` cover the fields that were filled now; every other field of an encoder in use must hold its vector already.
        """
        states = {result.state for result in results}
        if states == {FieldState.UNREACHED}:
            return None
        status, attempts, rests = self._standing(entry, results, states)
        tried = attempts if states & {FieldState.FAILED, FieldState.LATER} else 0
        error = "; ".join(dict.fromkeys(r.problem for r in results if r.problem)) or None
        if error is None and status is EnrichmentStatus.PARTIAL:
            error = entry.error
        return LedgerChange(
            entry=entry,
            status=status,
            attempts=attempts,
            error=error and error[:_LONGEST_ERROR],
            next_try_at=self.now() + self.rule.rest(tried, chance=self.chance()) if rests else None,
            encoded=_encoded(entry, results, gave_up=not rests),
            vectors=_vectors(results),
            views=_views(results),
            parts=_parts(entry, results),
            looks={name: value for result in results for name, value in result.looks.items()},
        )

    def _standing(
        self, entry: LedgerEntry, results: Sequence[FieldResult], states: set[FieldState]
    ) -> tuple[EnrichmentStatus, int, bool]:
        """Status, attempts so far, and whether it rests and is tried again."""
        tried = entry.attempts + 1
        if FieldState.FAILED in states:
            dead = tried >= self.rule.attempts
            return (EnrichmentStatus.DEAD if dead else EnrichmentStatus.FAILED), tried, not dead
        if FieldState.UNAVAILABLE in states:
            return EnrichmentStatus.FAILED, entry.attempts, True
        if FieldState.UNREACHED in states:
            return EnrichmentStatus.PENDING, entry.attempts, False
        if FieldState.LATER in states:
            return EnrichmentStatus.PARTIAL, tried, tried < self.rule.attempts
        was_partial = bool(entry.parts.get("lost")) and not _has_pictures(results)
        if FieldState.PARTIAL in states or was_partial:
            return EnrichmentStatus.PARTIAL, 0, False
        return EnrichmentStatus.DONE, 0, False


def _encoded(entry: LedgerEntry, results: Sequence[FieldResult], *, gave_up: bool) -> dict[str, str]:
    """Which fields hold a vector of this input. Pictures that never came count as settled once nobody tries again.

    Also those of encoders that are not in use now: whoever goes back to one finds its vectors.
    """
    held = {name: mark for name, mark in entry.encoded.items() if mark == entry.input_hash}
    for result in results:
        if result.state.is_settled or (gave_up and result.state is FieldState.LATER):
            held[result.field.name] = entry.input_hash
    return held


def _vectors(results: Sequence[FieldResult]) -> dict[str, Vector | None]:
    """Vectors to write; one that cannot be made any more is taken away, one that failed stays as it was."""
    return {r.field.name: r.vector for r in results if r.state.is_settled or r.state is FieldState.LATER}


def _views(results: Sequence[FieldResult]) -> dict[str, Any]:
    return {
        r.field.views_name: r.views
        for r in results
        if r.field.modality is Modality.PICTURE and (r.state.is_settled or r.state is FieldState.LATER)
    }


def _has_pictures(results: Sequence[FieldResult]) -> bool:
    return any(result.field.modality is Modality.PICTURE for result in results)


def _parts(entry: LedgerEntry, results: Sequence[FieldResult]) -> dict[str, Any]:
    """What a person asks next: which pictures are lost, and why."""
    if not _has_pictures(results):
        return dict(entry.parts)
    lost = {picture.ordinal: picture for result in results for picture in result.lost}
    return {
        "pictures": len(entry.pictures),
        "lost": [
            {"ordinal": ordinal, "kind": picture.kind or "not_encodable", "message": picture.message}
            for ordinal, picture in sorted(lost.items())
        ],
    }
