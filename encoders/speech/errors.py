"""What can be wrong with a recording, and with the one who listens.

VitrineError
├── AudioError       a recording cannot be used; `kind` says which of the reasons in AudioProblem
└── RecognizerError  a recognizer cannot be loaded or cannot listen
"""

from enum import StrEnum

from plugin_config.errors import VitrineError


class AudioProblem(StrEnum):
    """Why a recording cannot be used."""

    EMPTY = "empty"
    NOT_AUDIO = "not_audio"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    SILENT = "silent"
    CLIPPED = "clipped"
    NOT_UNDERSTOOD = "not_understood"
    NOT_FETCHED = "not_fetched"


class AudioError(VitrineError):
    """A recording cannot be used; the message says why and what to do."""

    code = "audio"
    status = 422

    def __init__(self, kind: AudioProblem, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class RecognizerError(VitrineError):
    """A recognizer cannot be loaded or cannot listen; the message names it and the next step."""

    code = "recognizer"
    status = 503
