"""Stands in for an encoder that cannot be made, so that the other vectors are filled all the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indexer.enrichment.results import FieldResult, FieldState
from mappings.fields import VectorField
from mappings.ledger import LedgerEntry


@dataclass(frozen=True, slots=True)
class UnavailableFiller:
    """Fills nothing and says why; `problem` is a complete sentence for a person."""

    field: VectorField
    problem: str

    @property
    def fields(self) -> tuple[VectorField, ...]:
        return (self.field,)

    def fill(self, entries: Sequence[LedgerEntry]) -> Mapping[str, list[FieldResult]]:
        lacking = FieldResult(self.field, FieldState.UNAVAILABLE, problem=self.problem)
        return {entry.id: [lacking] for entry in entries}
