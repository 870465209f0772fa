"""Text vectors of products."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from encoders.encoder import EncoderError, TextEncoder
from indexer.enrichment.encoding import encode_each
from indexer.enrichment.results import FieldResult, FieldState
from mappings.fields import VectorField
from mappings.ledger import LedgerEntry
from plugin_config.errors import VitrineError


@dataclass(frozen=True, slots=True)
class TextFiller:
    """Fills one text field. `text_of` gives the words of a product that its vector is made from."""

    field: VectorField
    encoder: TextEncoder
    text_of: Callable[[LedgerEntry], str]

    @property
    def fields(self) -> tuple[VectorField, ...]:
        return (self.field,)

    def fill(self, entries: Sequence[LedgerEntry]) -> Mapping[str, list[FieldResult]]:
        """One result per product, by id. Never raises for one product's sake."""
        try:
            self.encoder.load()
        except EncoderError as error:
            lacking = FieldResult(self.field, FieldState.UNAVAILABLE, problem=str(error))
            return {entry.id: [lacking] for entry in entries}
        results: dict[str, list[FieldResult]] = {}
        texts: dict[str, str] = {}
        for entry in entries:
            try:
                texts[entry.id] = self.text_of(entry).strip()
            except VitrineError as error:
                results[entry.id] = [FieldResult(self.field, FieldState.FAILED, problem=f"text: {error}")]
        # Texts of like length side by side waste no padding, whatever the encoder's own batches are.
        ordered = sorted((id for id in texts if texts[id]), key=lambda id: len(texts[id]))
        outcomes = encode_each(self.encoder.encode_documents, [texts[id] for id in ordered])
        results |= {id: [FieldResult(self.field, FieldState.NOTHING)] for id in texts if not texts[id]}
        for id, outcome in zip(ordered, outcomes, strict=True):
            if isinstance(outcome, str):
                results[id] = [FieldResult(self.field, FieldState.FAILED, problem=f"text: {outcome}")]
            else:
                results[id] = [FieldResult(self.field, FieldState.FILLED, vector=outcome)]
        return results
