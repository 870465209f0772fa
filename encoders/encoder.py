"""The seam of this room: something that turns words or pictures into unit vectors, and the mark it leaves on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from plugin_config.errors import VitrineError

Vectors: TypeAlias = NDArray[np.float32]
Picture: TypeAlias = NDArray[np.uint8]


class EncoderError(VitrineError):
    """An encoder cannot be loaded or cannot encode; the message names the model and the next step."""

    code = "encoder"
    status = 503


@dataclass(frozen=True, slots=True)
class EncoderDescription:
    """What can be known of an encoder without loading it.

    `fingerprint`: 12 hexadecimal digits over weights, preprocessing, precision, template, prefixes, pooling and
    maximum length: two encoders with the same fingerprint make the same vectors. `dimension`: length of a vector.
    `space`: OpenSearch space type. `shares_words`: the encoder also puts words into its picture space.
    """

    name: str
    fingerprint: str
    dimension: int
    space: str = "innerproduct"
    shares_words: bool = False


class TextEncoder(Protocol):
    """Words to vectors. Construction is cheap; weights load in `load`, which may be called again at no cost."""

    @property
    def description(self) -> EncoderDescription: ...

    def load(self) -> None:
        """Load weights and warm up. Raises EncoderError."""

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), float32, rows of length 1, in the order given."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """As encode_documents, with the query prefix."""


class PictureEncoder(Protocol):
    """Pictures to vectors. A picture is height × width × 3, uint8, RGB."""

    @property
    def description(self) -> EncoderDescription: ...

    def load(self) -> None: ...

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        """Shape (len(pictures), dimension), float32, rows of length 1."""


class WordsInPictureSpace(Protocol):
    """The text tower of a shared space; only for encoders whose description says `shares_words`."""

    def encode_words(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), float32, rows of length 1, comparable with encode_pictures."""
