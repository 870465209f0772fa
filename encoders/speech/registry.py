"""From a catalogue's choice of recognizer to the recognizer. Nothing here imports pocketsphinx, torch or transformers."""

from typing import Final

from encoders.runtime import Runtime
from encoders.speech.errors import RecognizerError
from encoders.speech.recognizer import Recognizer
from encoders.speech.sphinx import PocketSphinx
from encoders.speech.vocabulary import SpokenPhrases
from encoders.speech.whisper import Whisper
from plugin_config.catalogue import Language, SpeechChoice

POCKETSPHINX: Final = "pocketsphinx"
_HEARD_BY_POCKETSPHINX: Final = frozenset({Language.ENGLISH, Language.STANDARD})
_CODES: Final = {
    Language.ENGLISH: "en", Language.CHINESE: "zh", Language.GERMAN: "de", Language.FRENCH: "fr",
    Language.SPANISH: "es", Language.ITALIAN: "it", Language.PORTUGUESE: "pt", Language.DUTCH: "nl",
    Language.JAPANESE: "ja", Language.KOREAN: "ko",
}  # fmt: skip


def recognizer(
    choice: SpeechChoice, *, language: Language, runtime: Runtime, phrases: SpokenPhrases | None = None
) -> Recognizer:
    """The chosen recognizer, models not yet loaded; `phrases` are what is said in the shop, for PocketSphinx.

    Raises RecognizerError for a language that it does not know.
    """
    if choice.model != POCKETSPHINX:
        return Whisper(choice.model, runtime, language=choice.language or _CODES.get(language))
    if language not in _HEARD_BY_POCKETSPHINX and choice.language != "en":
        raise RecognizerError(
            f"pocketsphinx hears English only and this catalogue is {language}; set encoders.speech.model to a Whisper "
            "model"
        )
    return PocketSphinx(phrases)
