"""The seam of this package: something that turns samples into the words that were most likely said."""

from dataclasses import dataclass
from typing import Protocol

from encoders.speech.decoding import Samples


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another reading of what was said; `confidence` between 0 and 1, comparable within one recording."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Heard:
    """`text` is the best reading in lower case, without punctuation; `alternatives` are others, best first.

    `confidence`: between 0 and 1, how sure the recognizer is of the best reading. Empty text: nothing was understood.
    """

    text: str
    confidence: float
    alternatives: tuple[Alternative, ...] = ()


class Recognizer(Protocol):
    """Samples to words. Construction is cheap; models load in `load`, which may be called again at no cost.

    Safe to share between threads.
    """

    @property
    def name(self) -> str:
        """What it is called in answers and logs."""

    def load(self) -> None:
        """Load models. Raises RecognizerError."""

    def recognize(self, samples: Samples) -> Heard:
        """What is said in these samples: mono, float32 between -1 and 1, at 16,000 a second. Raises RecognizerError."""
