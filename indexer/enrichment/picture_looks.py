"""What is kept of how a product's pictures look: marks to know them again, quality, and agreement with the words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from encoders.encoder import Picture
from encoders.picture.looks import TINY_SIDE, PictureLook, look_at
from encoders.pictures_decoding import PictureError, PictureProblem
from indexer.enrichment.placeholders import Placeholders
from mappings import fields
from mappings.ledger import LedgerEntry, Vector


@dataclass(slots=True)
class Inspection:
    """Looks at the pictures of one batch of products before they are encoded.

    `title_of`: a product's title, by which placeholders are told. `placeholders` None: pictures are not compared.
    """

    entries: Sequence[LedgerEntry]
    title_of: Callable[[LedgerEntry], str]
    placeholders: Placeholders | None
    looks: dict[str, PictureLook] = field(default_factory=dict)
    flagged: set[str] = field(default_factory=set)

    def refused(self, pictures: Mapping[str, Picture]) -> dict[str, PictureError]:
        """Those that show nothing of a product, by reference, with the reason. Raises EngineError."""
        found = {reference: look_at(picture) for reference, picture in pictures.items()}
        self.looks |= found
        if self.placeholders is not None:
            self.flagged |= self.placeholders.among(
                self._shown({mark for look in found.values() for mark in look.marks})
            )
        reasons = ((reference, self._why(look)) for reference, look in found.items())
        return {
            reference: PictureError(PictureProblem.PLACEHOLDER, f"{reference[:120]}: {why}")
            for reference, why in reasons
            if why
        }

    def kept(self, entry: LedgerEntry, agreement: float | None) -> dict[str, Any]:
        """The fields of one product; None where there is no picture that shows it."""
        looks = [self.looks[reference] for reference in entry.pictures if reference in self.looks]
        marks = list(dict.fromkeys(mark for look in looks for mark in look.marks))
        placeholders = {m for look in looks if look.is_among(self.flagged) for m in look.marks if m in self.flagged}
        first = next((look for look in looks if not self._why(look)), None)
        return {
            fields.PICTURE_MARKS: marks or None,
            fields.PLACEHOLDER_MARKS: [mark for mark in marks if mark in placeholders] or None,
            fields.PICTURE_SHARPNESS: None if first is None else round(first.sharpness, 4),
            fields.PICTURE_FILL: None if first is None else round(first.fill, 4),
            fields.PICTURE_CLUTTER: None if first is None else round(first.clutter, 4),
            fields.PICTURE_AGREEMENT: None if agreement is None else round(agreement, 4),
        }

    def _shown(self, marks: set[str]) -> dict[str, list[str]]:
        titles: dict[str, list[str]] = {mark: [] for mark in marks}
        for entry in self.entries:
            shown = [self.looks[reference] for reference in entry.pictures if reference in self.looks]
            own = {mark for look in shown for mark in look.marks}
            for mark in own & marks:
                titles[mark].append(self.title_of(entry))
        return titles

    def _why(self, look: PictureLook) -> str:
        if look.is_tiny:
            return f"shows nothing: a side has fewer than {TINY_SIDE} pixels"
        if look.is_blank:
            return "shows nothing: it is white or black throughout"
        if look.is_among(self.flagged):
            return "shows none of the many different products it stands on: a placeholder"
        return ""


def agreement_of(views: Sequence[Vector], words: Vector | None) -> float | None:
    """The best cosine of a product's pictures with its own words in the picture space; None without either."""
    if words is None or not views:
        return None
    return float((np.stack(views) @ words).max())
