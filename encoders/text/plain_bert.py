"""A BERT layout in plain numpy and float32: slow, and short enough to be read; what a faster engine is checked against."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, softmax

from encoders.text.bert_weights import Tensors, joined_attention

Floats = NDArray[np.float32]


def plain_hidden(tensors: Tensors, ids: NDArray[np.int64], *, heads: int, epsilon: float) -> Floats:
    """`ids` (tokens,) of one text to one vector a token (tokens, width)."""

    def dense(x: Floats, place: str) -> Floats:
        return x @ tensors[f"{place}.weight"].T + tensors[f"{place}.bias"]

    def norm(x: Floats, place: str) -> Floats:
        centred = x - x.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + epsilon)
        return np.asarray(scaled * tensors[f"{place}.LayerNorm.weight"] + tensors[f"{place}.LayerNorm.bias"])

    def attend(x: Floats, layer: int) -> Floats:
        joined = x @ joined_attention(tensors, layer, "weight").T + joined_attention(tensors, layer, "bias")
        query, key, value = joined.reshape(len(ids), 3, heads, -1).transpose(1, 2, 0, 3)
        weights = softmax(query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[2]), axis=2)
        return np.asarray((weights @ value).transpose(1, 0, 2).reshape(len(ids), -1), dtype=np.float32)

    x = tensors["embeddings.word_embeddings.weight"][ids] + tensors["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + tensors["embeddings.token_type_embeddings.weight"][0], "embeddings")
    for layer in range(sum(name.endswith("attention.self.query.weight") for name in tensors)):
        place = f"encoder.layer.{layer}"
        x = norm(x + dense(attend(x, layer), f"{place}.attention.output.dense"), f"{place}.attention.output")
        wide = dense(x, f"{place}.intermediate.dense")
        bent = np.asarray(wide * (1 + erf(wide / np.sqrt(np.float32(2)))) / 2, dtype=np.float32)
        x = norm(x + dense(bent, f"{place}.output.dense"), f"{place}.output")
    return np.asarray(x, dtype=np.float32)
