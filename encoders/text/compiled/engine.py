"""An Engine of compiled kernels for BERT layouts on CPUs with AVX-512."""

import logging
from functools import cache

import numpy as np
from numpy.typing import NDArray

from encoders.model_folder import ModelFolder
from encoders.text.bert_weights import Tensors, read_bert_weights

log = logging.getLogger(__name__)
LEAST_COSINE = 0.9999
_LENGTHS = (3, 7, 18)  # tokens of the texts that an engine is checked with


class CompiledBert:
    """Half the weights' memory and a third of the time of fp32 for a short text, no padding for many; torch is never
    imported. `hidden` works in the calling thread alone, and several threads may call it at once.
    """

    token_budget = 128  # the activations of so many tokens and a panel of weights stay in a core's cache
    works_alone = True

    def __init__(self, folder: ModelFolder, tensors: Tensors) -> None:
        from encoders.text.compiled import kernels
        from encoders.text.compiled.packing import pack_bert

        self._folder = folder
        self._forward = kernels.forward
        self._bert = pack_bert(folder, tensors)
        self._stride = self._bert.mixed_bias.shape[1]

    def hidden(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """As an Engine; zeros where the mask is. Raises EncoderError for an id or a length that the model does not have."""
        there = mask != 0
        tokens = ids[there]
        hidden = np.zeros((*ids.shape, self._bert.words.shape[1]), dtype=np.float32)
        if not tokens.size:
            return hidden
        self._check(tokens, ids.shape[1])
        starts = np.zeros(len(ids) + 1, dtype=np.int64)
        np.cumsum(there.sum(axis=1), out=starts[1:])
        out = np.empty((tokens.size, self._stride), dtype=np.float32)
        self._forward(tokens, np.ascontiguousarray(np.nonzero(there)[1]), starts, self._bert, out)
        hidden[there] = out[:, : hidden.shape[2]]
        return hidden

    def _check(self, tokens: NDArray[np.int64], longest: int) -> None:
        # The kernels read memory by these numbers, so none may point outside.
        known, places = len(self._bert.words), len(self._bert.places)
        if tokens.min() < 0 or tokens.max() >= known:
            raise self._folder.error(
                f"its tokenizer makes the token {tokens.max()}, but its weights know {known}; copy the whole model folder"
            )
        if longest > places:
            raise self._folder.error(f"{longest} tokens are asked for, but it has {places} places; lower max_length")


def open_compiled_bert(folder: ModelFolder) -> CompiledBert | None:
    """The compiled engine, checked against plain float32; None, with a warning, where its vectors do not agree.

    Takes some seconds the first time on a machine. Raises EncoderError for damaged weights and KeyError for a missing one.
    """
    tensors = read_bert_weights(folder)
    engine = CompiledBert(folder, tensors)
    least = least_cosine(engine, folder, tensors)
    if least >= LEAST_COSINE:
        return engine
    log.warning("%s: the compiled engine is %.6f close to float32, not %s; ONNX Runtime serves it instead",
                folder.model, least, LEAST_COSINE)  # fmt: skip
    return None


def least_cosine(engine: CompiledBert, folder: ModelFolder, tensors: Tensors) -> float:
    """Over a few made-up texts, of the mean vectors of `engine` and of plain numpy."""
    from encoders.text.plain_bert import plain_hidden

    heads, epsilon = int(folder.config["num_attention_heads"]), float(folder.config.get("layer_norm_eps", 1e-12))
    known = len(tensors["embeddings.word_embeddings.weight"])
    places = len(tensors["embeddings.position_embeddings.weight"])
    cosines = []
    for length in _LENGTHS:
        ids = np.random.default_rng(length).integers(known, size=min(length, places))
        mine = engine.hidden(ids[None], np.ones((1, len(ids)), dtype=np.int64))[0].mean(axis=0)
        plain = plain_hidden(tensors, ids, heads=heads, epsilon=epsilon).mean(axis=0)
        cosines.append(float(mine @ plain / max(np.linalg.norm(mine) * np.linalg.norm(plain), 1e-12)))
    return min(cosines) if np.isfinite(cosines).all() else 0.0


@cache
def has_wide_vectors() -> bool:
    """Whether this CPU has AVX-512, without which the compiled kernels win nothing."""
    return _has("avx512f")


@cache
def multiplies_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 in AVX-512, so that the kernels are the fastest for many texts, too."""
    return _has("avx512bf16")


def _has(feature: str) -> bool:
    from llvmlite import binding

    return bool(binding.get_host_cpu_features().get(feature, False))
