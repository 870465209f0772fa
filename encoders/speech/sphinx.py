"""PocketSphinx: English speech with the acoustic model of its wheel, and a language model of the shop's own words."""

import math
import tempfile
import threading
from collections.abc import Mapping
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from encoders.speech.decoding import SAMPLE_RATE, Samples
from encoders.speech.errors import RecognizerError
from encoders.speech.language_model import arpa_text
from encoders.speech.pronouncing import Pronouncer, english
from encoders.speech.recognizer import Alternative, Heard
from encoders.speech.vocabulary import SpokenPhrases

MOST_WORDS: Final = 20_000
MOST_ALTERNATIVES: Final = 5
_LEAST_CONFIDENCE: Final = 0.01
_BREATH: Final = frozenset({"a", "an", "and", "at", "for", "in", "of", "on", "or", "the", "to", "with"})
_READINGS: Final = 100  # paths of the lattice that are looked at for alternatives; many say the same words
_SHARPNESS: Final = 20.0  # how much worse a path must score to be half as likely, as in PocketSphinx's own posteriors
# Sixteen densities a frame instead of four: a fifth fewer wrong words, still eight times faster than speech.
_DECODER: Final[Mapping[str, Any]] = {"loglevel": "FATAL", "topn": 16}
_LEVEL: Final = 0.08  # root mean square that recordings are brought to
_NOISE: Final = 0.003
_MARGIN: Final = SAMPLE_RATE * 3 // 10


class PocketSphinx:
    """A Recognizer. With `phrases` it knows the shop's words and no others; without, the wheel's general English."""

    def __init__(self, phrases: SpokenPhrases | None = None) -> None:
        self._phrases = phrases
        self._decoder: Any = None
        self._lock = threading.Lock()  # a decoder holds one utterance at a time

    @property
    def name(self) -> str:
        return "pocketsphinx" if self._phrases is None else f"pocketsphinx:{self._phrases.fingerprint}"

    def load(self) -> None:
        with self._lock:
            self._loaded()

    def recognize(self, samples: Samples) -> Heard:
        pcm = prepared(samples)
        with self._lock:
            decoder = self._loaded()
            try:
                decoder.reinit_feat()  # what one shopper said must not change how the next is heard
                decoder.start_utt()
                decoder.process_raw(pcm, full_utt=True)
                decoder.end_utt()
                return _heard(decoder)
            except RuntimeError as error:
                raise RecognizerError(f"{self.name}: it broke off ({error}); record again") from error

    def _loaded(self) -> Any:
        if self._decoder is None:
            try:
                self._decoder = _general() if self._phrases is None else _of_shop(self._phrases)
            except (ImportError, OSError, RuntimeError) as error:
                raise RecognizerError(
                    f"{self.name}: it cannot be loaded ({error}); install the package pocketsphinx again"
                ) from error
        return self._decoder


def prepared(samples: Samples) -> bytes:
    """16-bit samples at an even level, with a margin and faint noise.

    Noise gates of phones and drawn speech leave stretches of exact zeros, whose logarithms the acoustic model has never
    heard: faint noise makes two thirds of the wrong words right again. The noise is the same for every recording.
    """
    level = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) or 1.0
    wide = np.pad(samples * (_LEVEL / level), _MARGIN)
    wide += np.random.default_rng(17).normal(0.0, _NOISE, len(wide)).astype(np.float32)
    return (np.clip(wide, -1.0, 1.0) * 32767).astype(np.int16).tobytes()


def pronounced(phrases: SpokenPhrases) -> dict[str, tuple[str, ...]]:
    """The words of the phrases that can be said in English, each with its ways; the weightiest MOST_WORDS of them."""
    pronouncer = Pronouncer(english())
    ways = ((word, pronouncer.ways(word)) for word in phrases.words[:MOST_WORDS])
    return {word: found for word, found in ways if found}


def _general() -> Any:
    from pocketsphinx import Decoder

    return Decoder(samprate=SAMPLE_RATE, **_DECODER)


def _of_shop(phrases: SpokenPhrases) -> Any:
    from pocketsphinx import Decoder, get_model_path

    said = pronounced(phrases)
    # A phrase with a word that nobody can say is said without it.
    sayable = (([word for word in text.split() if word in said], weight) for text, weight in phrases.phrases)
    model = arpa_text((words, weight) for words, weight in sayable if words)
    if not model:
        raise RecognizerError("pocketsphinx: no word of this catalogue can be said in English; choose a Whisper model")
    with tempfile.TemporaryDirectory(prefix="vitrine-speech-") as name:
        dictionary, language = Path(name) / "words.dict", Path(name) / "words.lm"
        dictionary.write_text(_dictionary_text(said), encoding="utf-8")
        language.write_text(model, encoding="utf-8")
        return Decoder(
            hmm=get_model_path("en-us/en-us"), dict=str(dictionary), lm=str(language), samprate=SAMPLE_RATE, **_DECODER
        )


def _dictionary_text(said: Mapping[str, tuple[str, ...]]) -> str:
    lines = []
    for word in sorted(said):
        for number, way in enumerate(said[word], start=1):
            lines.append(f"{word if number == 1 else f'{word}({number})'} {way}\n")
    return "".join(lines)


def _heard(decoder: Any) -> Heard:
    best = decoder.hyp()
    if best is None or not best.hypstr:
        return Heard("", 0.0)
    confidence = _confidence(decoder)
    scores: dict[str, float] = {}
    for reading in islice(decoder.nbest(), _READINGS):
        if reading is not None and reading.hypstr:
            scores.setdefault(reading.hypstr, reading.score)
    highest = max(scores.values(), default=0.0) or 1.0
    others = sorted((text for text in scores if could_be_meant(text, best.hypstr)), key=lambda text: -scores[text])
    alternatives = [
        Alternative(text, round(confidence * (scores[text] / highest) ** _SHARPNESS, 4))
        for text in others[:MOST_ALTERNATIVES]
    ]
    likely = tuple(each for each in alternatives if each.confidence >= _LEAST_CONFIDENCE)
    return Heard(best.hypstr, round(confidence, 4), likely)


def could_be_meant(text: str, best: str) -> bool:
    """Whether a reading is another one than the best, and more than breath heard as “in” or “a” behind it."""
    words = text.split()
    ends_in_breath = words[-1] in _BREATH and best.split()[-1:] != words[-1:]
    return text != best and not ends_in_breath and all(one != other for one, other in pairwise(words))


def _confidence(decoder: Any) -> float:
    """The geometric mean of the words' posterior probabilities."""
    posteriors = [segment.prob for segment in decoder.seg() if not segment.word.startswith(("<", "["))]
    if not posteriors:
        return 0.0
    return math.exp(sum(math.log(max(min(each, 1.0), 1e-9)) for each in posteriors) / len(posteriors))
