"""CLIP, SigLIP, Chinese-CLIP and their like: one space for words and pictures, through transformers."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np

from encoders.encoder import EncoderDescription, EncoderError, Picture, Vectors
from encoders.fingerprint import fingerprint
from encoders.model_folder import ModelFolder, open_model_folder
from encoders.runtime import Runtime
from encoders.text.pooling import unit_rows
from plugin_config.catalogue import EncoderChoice

_BATCH = 32


@dataclass(frozen=True, slots=True)
class _Loaded:
    model: Any
    pictures: Any
    words: Any


class SharedSpace:
    """A PictureEncoder with WordsInPictureSpace. Construction reads configuration only; `load` reads weights once."""

    def __init__(self, choice: EncoderChoice, runtime: Runtime) -> None:
        self._folder = open_model_folder(choice.model)
        self._choice = choice
        self._runtime = runtime
        self._description = _describe(self._folder, choice, runtime)
        self._lock = Lock()
        self._loaded: _Loaded | None = None

    @property
    def description(self) -> EncoderDescription:
        return self._description

    def load(self) -> None:
        self._load()

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        import torch

        loaded = self._load()
        torch.set_num_threads(self._runtime.threads)
        parts: list[Vectors] = []
        for start in range(0, len(pictures), _BATCH):
            chunk = [np.ascontiguousarray(p) for p in pictures[start : start + _BATCH]]
            pixels = loaded.pictures(chunk, input_data_format="channels_last", return_tensors="pt")["pixel_values"]
            with torch.inference_mode():
                parts.append(_rows(loaded.model.get_image_features(pixel_values=self._moved(pixels))))
        return self._finish(parts)

    def encode_words(self, texts: Sequence[str]) -> Vectors:
        """Words in the space of the pictures; see WordsInPictureSpace."""
        import torch

        loaded = self._load()
        # SigLIP was trained with every text padded to its full length and reads shorter ones wrongly.
        padding = "max_length" if self._folder.kind.startswith("siglip") else True
        length = self._choice.max_length or self._text_length()
        parts: list[Vectors] = []
        for start in range(0, len(texts), _BATCH):
            chunk = [self._choice.query_prefix + text for text in texts[start : start + _BATCH]]
            tokens = loaded.words(chunk, padding=padding, truncation=True, max_length=length, return_tensors="pt")
            given = {k: v.to(loaded.model.device) for k, v in tokens.items() if k in {"input_ids", "attention_mask"}}
            if padding == "max_length":
                given.pop("attention_mask", None)
            with torch.inference_mode():
                parts.append(_rows(loaded.model.get_text_features(**given)))
        return self._finish(parts)

    def _text_length(self) -> int:
        config = self._folder.config.get("text_config", {})
        return int(config.get("max_position_embeddings", 77))

    def _finish(self, parts: list[Vectors]) -> Vectors:
        width = self._description.dimension
        joined = np.concatenate(parts) if parts else np.zeros((0, width), dtype=np.float32)
        return unit_rows(joined[:, :width])

    def _moved(self, pixels: Any) -> Any:
        loaded = self._load()
        return pixels.to(device=loaded.model.device, dtype=loaded.model.dtype)

    def _load(self) -> _Loaded:
        if self._loaded is None:
            with self._lock:
                if self._loaded is None:
                    self._loaded = _load(self._folder, self._runtime)
        return self._loaded


def _rows(features: Any) -> Vectors:
    pooled = getattr(features, "pooler_output", features)  # transformers 5 wraps the features
    return np.asarray(pooled.float().cpu().numpy(), dtype=np.float32)


def _describe(folder: ModelFolder, choice: EncoderChoice, runtime: Runtime) -> EncoderDescription:
    config = folder.config
    vision = config.get("vision_config")
    if not isinstance(vision, dict) or "text_config" not in config:
        raise folder.error(
            f"it is a {folder.kind or 'nameless'} model, not a shared space of words and pictures; choose vitrine-picture "
            "or a CLIP, SigLIP or Chinese-CLIP model"
        )
    width = config.get("projection_dim") or vision.get("projection_dim") or vision.get("hidden_size")
    if not isinstance(width, int):
        raise folder.error(
            "config.json does not give projection_dim or vision_config.hidden_size; copy the model again"
        )
    folder.read_json("preprocessor_config.json")
    folder.require_tokenizer()
    dimension = choice.dimension or width
    if dimension > width:
        raise folder.error(f"dimension {dimension} is asked for, but its vectors have {width}; ask for {width} or less")
    mark = fingerprint(
        {
            "role": "picture",
            "weights": folder.contents_hash,
            "query_prefix": choice.query_prefix,
            "max_length": choice.max_length,
            "dimension": dimension,
            "precision": runtime.precision_mark,
        }
    )
    return EncoderDescription(folder.model, mark, dimension, shares_words=True)


def _load(folder: ModelFolder, runtime: Runtime) -> _Loaded:
    from transformers import AutoImageProcessor, AutoTokenizer

    from encoders.torch_loading import load_model, pick_device, pick_type

    device = pick_device(runtime.device)
    model = load_model(folder, device, pick_type(runtime.precision, device))
    if not hasattr(model, "get_image_features") or not hasattr(model, "get_text_features"):
        raise folder.error("its model class gives no picture and text features; choose a CLIP or SigLIP layout")
    try:
        image_processors: Any = AutoImageProcessor
        pictures = image_processors.from_pretrained(folder.path, local_files_only=True)
        words = AutoTokenizer.from_pretrained(folder.path, local_files_only=True)
    except Exception as error:
        raise EncoderError(f"encoder {folder.model!r}: tokenizer or preprocessor cannot be read: {error}") from error
    return _Loaded(model, pictures, words)
