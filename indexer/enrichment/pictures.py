"""Picture vectors of products: fetch, encode, pool; several pictures make one vector, and each is kept as a view."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import numpy as np

from encoders.encoder import EncoderError, Picture, PictureEncoder
from encoders.pictures_decoding import PictureError
from encoders.registry import words_in_picture_space
from indexer.enrichment.encoding import encode_each
from indexer.enrichment.picture_looks import Inspection, agreement_of
from indexer.enrichment.placeholders import Placeholders
from indexer.enrichment.results import FieldResult, FieldState, LostPicture
from mappings.fields import VectorField
from mappings.ledger import LedgerEntry, Vector

FetchAll: TypeAlias = Callable[[Sequence[str]], list[Picture | PictureError]]
_Seen: TypeAlias = dict[str, "Vector | PictureError | str"]  # by reference: its vector, or why it has none

MOST_VIEWS: Final = 16  # pictures of one product that are looked at
_AT_ONCE: Final = 32  # decoded pictures held in memory at a time


@dataclass(frozen=True, slots=True)
class PictureColumn:
    """One picture field and the encoder that fills it."""

    field: VectorField
    encoder: PictureEncoder

    def words(self, titles: Sequence[str]) -> list[Vector | None]:
        """What titles look like in the space of the pictures; None where the encoder does not know."""
        if not self.encoder.description.shares_words:
            return [None] * len(titles)
        found = encode_each(words_in_picture_space(self.encoder).encode_words, titles)
        return [None if isinstance(vector, str) else vector for vector in found]


@dataclass(frozen=True, slots=True)
class PictureFiller:
    """Fills picture fields; a picture is fetched once, whatever the number of fields and of products that show it.

    Pictures that show nothing of a product (blank, tiny, placeholders) are lost pictures, never encoded.

    After `seconds` no further pictures are begun: products whose pictures were not reached come back UNREACHED.
    """

    columns: tuple[PictureColumn, ...]
    fetch: FetchAll
    title_of: Callable[[LedgerEntry], str] = lambda entry: entry.id
    placeholders: Placeholders | None = None
    seconds: float = 30.0
    clock: Callable[[], float] = field(default=time.monotonic)

    @property
    def fields(self) -> tuple[VectorField, ...]:
        return tuple(column.field for column in self.columns)

    def fill(self, entries: Sequence[LedgerEntry]) -> Mapping[str, list[FieldResult]]:
        """One result per product and field, by product. Never raises for one product's or one picture's sake."""
        results: dict[str, list[FieldResult]] = {entry.id: [] for entry in entries}
        usable = []
        for column in self.columns:
            try:
                column.encoder.load()
                usable.append(column)
            except EncoderError as error:
                for found in results.values():
                    found.append(FieldResult(column.field, FieldState.UNAVAILABLE, problem=str(error)))
        inspection = Inspection(entries, self.title_of, self.placeholders)
        wanted = {ref: None for entry in entries for ref in entry.pictures[:MOST_VIEWS]}
        seen = self._look_at(wanted, usable, inspection)
        for column in usable:
            words = column.words([self.title_of(entry) for entry in entries])
            for entry, said in zip(entries, words, strict=True):
                result = _result(column.field, entry, seen[column.field.name])
                agreement = agreement_of(list((result.views or {}).values()), said)
                results[entry.id].append(replace(result, looks=inspection.kept(entry, agreement)))
        return results

    def _look_at(
        self, references: Mapping[str, None], columns: Sequence[PictureColumn], inspection: Inspection
    ) -> dict[str, _Seen]:
        seen: dict[str, _Seen] = {column.field.name: {} for column in columns}
        if not columns:
            return seen
        wanted, until = list(references), self.clock() + self.seconds
        for start in range(0, len(wanted), _AT_ONCE):
            if self.clock() >= until:
                break
            group = wanted[start : start + _AT_ONCE]
            fetched = dict(zip(group, self.fetch(group), strict=True))
            fetched |= inspection.refused({ref: p for ref, p in fetched.items() if not isinstance(p, PictureError)})
            good = {ref: picture for ref, picture in fetched.items() if not isinstance(picture, PictureError)}
            for column in columns:
                vectors = encode_each(column.encoder.encode_pictures, list(good.values()))
                found = seen[column.field.name]
                found |= {ref: error for ref, error in fetched.items() if isinstance(error, PictureError)}
                found |= dict(zip(good, vectors, strict=True))
        return seen


def _result(vector_field: VectorField, entry: LedgerEntry, seen: _Seen) -> FieldResult:
    references = entry.pictures[:MOST_VIEWS]
    if not references:
        return FieldResult(vector_field, FieldState.NOTHING)
    if any(reference not in seen for reference in references):
        return FieldResult(vector_field, FieldState.UNREACHED, problem="there was no time for its pictures yet")
    views: dict[int, Vector] = {}
    lost: list[LostPicture] = []
    for ordinal, reference in enumerate(references, start=1):
        outcome = seen[reference]
        if isinstance(outcome, PictureError):
            lost.append(LostPicture(ordinal, outcome.kind, str(outcome)))
        elif isinstance(outcome, str):
            lost.append(LostPicture(ordinal, None, f"picture {ordinal}: {outcome}"))
        else:
            views[ordinal] = outcome
    return FieldResult(
        vector_field,
        _state(lost),
        vector=pooled(list(views.values())),
        views=views or None,
        problem="; ".join(picture.message for picture in lost) or None,
        lost=tuple(lost),
    )


def _state(lost: Sequence[LostPicture]) -> FieldState:
    if not lost:
        return FieldState.FILLED
    transient = any(picture.kind is not None and picture.kind.is_transient for picture in lost)
    return FieldState.LATER if transient else FieldState.PARTIAL


def pooled(vectors: Sequence[Vector]) -> Vector | None:
    """The mean of unit vectors, scaled to length 1; the first of them where they cancel out, None where there is none."""
    if not vectors:
        return None
    mean = np.mean(np.stack(vectors), axis=0, dtype=np.float32)
    length = float(np.linalg.norm(mean))
    return vectors[0] if length < 1e-6 else np.asarray(mean / length, dtype=np.float32)
