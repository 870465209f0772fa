"""Words as names that pictures are called by, compared fairly: names that an encoder learnt from lie nearer to pictures of
everything than names that it never met. What they have ahead is taken off (after CSLS, Conneau et al. 2018, and calibrated
stacking, Chao et al. 2016).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from encoders.encoder import PictureEncoder, Vectors
from encoders.registry import words_in_picture_space


@runtime_checkable
class KnowsWhatItLearnt(Protocol):
    """An encoder with words in its space that can tell what it learnt from."""

    def head_start(self, words: Vectors) -> Vectors:
        """Shape (n,): what a picture's cosine to each of these words is too high by."""


@dataclass(frozen=True, slots=True)
class Names:
    """`vectors` (n, dimension) of length 1, `head_start` (n,)."""

    vectors: Vectors
    head_start: Vectors

    def likeness(self, pictures: Vectors) -> Vectors:
        """How well each name fits: (dimension,) to (n,), or (m, dimension) to (m, n). For comparing names, not pictures."""
        return np.asarray(pictures @ self.vectors.T - self.head_start, dtype=np.float32)


def names_for_pictures(encoder: PictureEncoder, words: Sequence[str]) -> Names:
    """Raises EncoderError for an encoder that puts no words into its space."""
    vectors = words_in_picture_space(encoder).encode_words(words)
    return Names(vectors, head_start_of(encoder, vectors))


def head_start_of(encoder: PictureEncoder, words: Vectors) -> Vectors:
    """Shape (n,): nothing for an encoder that cannot tell what it learnt from."""
    if isinstance(encoder, KnowsWhatItLearnt):
        return encoder.head_start(words)
    return np.zeros(len(words), dtype=np.float32)
