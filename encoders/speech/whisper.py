"""Whisper through transformers, for other languages: any model in its layout, from a folder or by its hub name."""

import math
import re
import threading
from typing import Any, Final

import numpy as np

from encoders.encoder import EncoderError
from encoders.model_folder import ModelFolder, open_model_folder
from encoders.runtime import Runtime
from encoders.speech.decoding import SAMPLE_RATE, Samples
from encoders.speech.errors import RecognizerError
from encoders.speech.recognizer import Alternative, Heard
from encoders.torch_loading import pick_device, pick_type

READINGS: Final = 4
MOST_TOKENS: Final = 96
_MARKS: Final = re.compile(r"[^\w\s'’-]+")


class Whisper:
    """A Recognizer. `language`: an ISO 639-1 code such as zh; None lets the model decide by itself."""

    def __init__(self, model: str, runtime: Runtime, *, language: str | None = None) -> None:
        self._model_name = model
        self._runtime = runtime
        self._language = language
        self._parts: tuple[Any, Any, str] | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return f"whisper:{self._model_name}"

    def load(self) -> None:
        with self._lock:
            self._loaded()

    def recognize(self, samples: Samples) -> Heard:
        with self._lock:
            processor, model, device = self._loaded()
            try:
                texts, scores = self._generated(samples, processor, model, device)
            except (RuntimeError, ValueError, IndexError) as error:
                raise RecognizerError(f"{self.name}: it cannot hear this ({error}); check the model folder") from error
        best: dict[str, float] = {}
        for text, score in zip(map(plain, texts), scores, strict=True):
            best.setdefault(text, round(math.exp(min(0.0, score)), 4))
        readings = [Alternative(text, confidence) for text, confidence in best.items() if text]
        if not readings:
            return Heard("", 0.0)
        return Heard(readings[0].text, readings[0].confidence, tuple(readings[1:]))

    def _generated(self, samples: Samples, processor: Any, model: Any, device: str) -> tuple[list[str], list[float]]:
        import torch

        features = processor(samples, sampling_rate=SAMPLE_RATE, return_tensors="pt").input_features
        spoken = {"language": self._language, "task": "transcribe"} if self._language else {}
        room = model.config.max_target_positions - 8
        with torch.inference_mode():
            made = model.generate(
                features.to(device, model.dtype), num_beams=READINGS, num_return_sequences=READINGS, **spoken,
                max_new_tokens=min(MOST_TOKENS, room), return_dict_in_generate=True, output_scores=True,
            )  # fmt: skip
        texts = processor.batch_decode(made.sequences, skip_special_tokens=True)
        return list(texts), [float(score) for score in np.atleast_1d(made.sequences_scores.float().cpu().numpy())]

    def _loaded(self) -> tuple[Any, Any, str]:
        if self._parts is None:
            try:
                folder = open_model_folder(self._model_name)
                device = pick_device(self._runtime.device)
                number_type = pick_type(self._runtime.precision, device)
            except EncoderError as error:
                raise RecognizerError(str(error)) from error
            if folder.kind != "whisper":
                raise RecognizerError(
                    f"{self.name}: {folder.path} holds a {folder.kind or 'nameless'} model, which cannot listen; "
                    "name a Whisper model"
                )
            self._parts = (*_read(folder, device, number_type), device)
        return self._parts


def plain(text: str) -> str:
    """Text as shoppers type it: lower case, without punctuation."""
    return " ".join(_MARKS.sub(" ", text.lower()).split())


def _read(folder: ModelFolder, device: str, number_type: Any) -> tuple[Any, Any]:
    from transformers import WhisperForConditionalGeneration, WhisperProcessor
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        processor = WhisperProcessor.from_pretrained(folder.path, local_files_only=True)
        model: Any = WhisperForConditionalGeneration.from_pretrained(
            folder.path, use_safetensors=True, local_files_only=True, trust_remote_code=False, dtype=number_type
        )
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise RecognizerError(
            f"whisper: transformers cannot load {folder.path}: {reason}; copy the whole folder"
        ) from error
    return processor, model.to(device).eval()
