"""Enrichment on a ledger in memory, with small real encoders whose calls are counted."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from encoders.encoder import EncoderDescription, EncoderError, Picture, Vectors
from encoders.picture.colour_edge import ColourEdge
from encoders.pictures_decoding import PictureError
from indexer.enrichment.chunk import Enrichment
from indexer.enrichment.memory_ledger import MemoryLedger
from indexer.enrichment.pictures import PictureColumn, PictureFiller
from indexer.enrichment.settling import RetryRule, Settling
from indexer.enrichment.texts import TextFiller
from indexer.vector_fields import field_of
from mappings.fields import Modality
from mappings.ledger import LedgerEntry

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class HashWords:
    """A TextEncoder of eight numbers: each word falls on one of them. Chokes on the word `poison`."""

    def __init__(self) -> None:
        self.description = EncoderDescription("hash-words", "aaaaaaaaaaaa", 8)
        self.calls: list[list[str]] = []
        self.is_broken = False

    def load(self) -> None:
        if self.is_broken:
            raise EncoderError("hash-words: its folder is gone; put it back")

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(list(texts))
        vectors = np.zeros((len(texts), 8), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            if "poison" in text:
                raise RuntimeError("bad token")
            for word in text.split():
                row[hashlib.md5(word.encode()).digest()[0] % 8] += 1
            row /= np.linalg.norm(row)
        return vectors

    encode_queries = encode_documents

    @property
    def encoded(self) -> int:
        return sum(map(len, self.calls))


@dataclass
class Bench:
    """Everything a test of enrichment needs at hand."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    words: HashWords = field(default_factory=HashWords)
    shelf: dict[str, Picture | PictureError] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    now: datetime = NOON
    attempts: int = 3
    on_text: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.text_field = field_of(Modality.TEXT, self.words.description)
        self.picture_field = field_of(Modality.PICTURE, ColourEdge().description)
        self.enrichment = Enrichment(
            self.ledger,
            (
                TextFiller(self.text_field, self.words, self._text_of),
                PictureFiller((PictureColumn(self.picture_field, ColourEdge()),), self._fetch),
            ),
            Settling(RetryRule(self.attempts, base_seconds=10), now=lambda: self.now, chance=lambda: 1.0),
            sleep=lambda _: None,
        )

    def put(self, id: str, title: str = "red shoe", pictures: Sequence[str] = (), input_hash: str = "v1") -> None:
        self.ledger.put(LedgerEntry(id, 0, 0, input_hash=input_hash, source={"title": title}, pictures=tuple(pictures)))

    def enrich(self, *ids: str):  # type: ignore[no-untyped-def]
        return self.enrichment.enrich(ids or list(self.ledger.entries))

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def _text_of(self, entry: LedgerEntry) -> str:
        self.on_text()
        return str(entry.source["title"])

    def _fetch(self, references: Sequence[str]) -> list[Picture | PictureError]:
        self.fetched += references
        return [self.shelf[reference] for reference in references]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def plain(red: int, green: int, blue: int) -> Picture:
    shown = np.full((24, 24, 3), (red, green, blue), dtype=np.uint8)
    shown[18:22, 18:22] = (0, 120, 60)  # one tone of grey alone would show nothing
    return shown


@pytest.fixture
def paint() -> Callable[[int, int, int], Picture]:
    return plain
