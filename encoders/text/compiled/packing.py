"""Weights of a BERT layout laid out for the compiled kernels."""

import numpy as np
from numpy.typing import NDArray

from encoders.model_folder import ModelFolder
from encoders.text.bert_weights import Tensors, joined_attention
from encoders.text.compiled.instructions import PANEL
from encoders.text.compiled.kernels import Bert

Floats = NDArray[np.float32]
_CACHE_LINE = 64


def pack_bert(folder: ModelFolder, tensors: Tensors) -> Bert:
    """The folder's `tensors`, products in bfloat16. Raises KeyError for a missing one and EncoderError for a wrong shape."""
    config = folder.config
    _check_shapes(folder, tensors)
    layers = range(int(config["num_hidden_layers"]))

    def each(name: str, part: str) -> list[Floats]:
        return [tensors[f"encoder.layer.{layer}.{name}.{part}"] for layer in layers]

    def norm(place: str) -> Floats:
        return np.stack([tensors[f"{place}.LayerNorm.weight"], tensors[f"{place}.LayerNorm.bias"]])

    places = tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
    norms = [norm("embeddings")]
    for layer in layers:
        norms += [norm(f"encoder.layer.{layer}.attention.output"), norm(f"encoder.layer.{layer}.output")]
    return Bert(
        words=np.ascontiguousarray(tensors["embeddings.word_embeddings.weight"]),
        places=np.ascontiguousarray(places),
        norms=np.stack(norms),
        joined=_panels([joined_attention(tensors, layer, "weight") for layer in layers]),
        joined_bias=_biases([joined_attention(tensors, layer, "bias") for layer in layers]),
        mixed=_panels(each("attention.output.dense", "weight")),
        mixed_bias=_biases(each("attention.output.dense", "bias")),
        up=_panels(each("intermediate.dense", "weight")),
        up_bias=_biases(each("intermediate.dense", "bias")),
        down=_panels(each("output.dense", "weight")),
        down_bias=_biases(each("output.dense", "bias")),
        heads=int(config["num_attention_heads"]),
        epsilon=float(config.get("layer_norm_eps", 1e-12)),
    )


def _check_shapes(folder: ModelFolder, tensors: Tensors) -> None:
    """The kernels trust every shape, so a wrong one has to be found here."""
    width, wide = int(folder.config["hidden_size"]), int(folder.config["intermediate_size"])
    heads = int(folder.config["num_attention_heads"])
    if width % heads:
        raise folder.error(f"{heads} attention heads do not divide a width of {width}; copy the whole model folder")
    tables = ("word_embeddings", "position_embeddings", "token_type_embeddings")
    expected: dict[str, tuple[int | None, ...]] = {f"embeddings.{table}.weight": (None, width) for table in tables}
    dense = {
        **{f"attention.self.{part}": (width, width) for part in ("query", "key", "value")},
        "attention.output.dense": (width, width),
        "intermediate.dense": (wide, width),
        "output.dense": (width, wide),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(int(folder.config["num_hidden_layers"])):
        place = f"encoder.layer.{layer}"
        for name, shape in dense.items():
            expected |= {f"{place}.{name}.weight": shape, f"{place}.{name}.bias": shape[:1]}
        norms += [f"{place}.attention.output.LayerNorm", f"{place}.output.LayerNorm"]
    for norm in norms:
        expected |= {f"{norm}.weight": (width,), f"{norm}.bias": (width,)}
    for name, wanted in expected.items():
        found = tensors[name].shape
        if len(found) != len(wanted) or any(w not in (None, f) for w, f in zip(wanted, found, strict=True)):
            raise folder.error(
                f"{name} has the shape {found}, its config.json calls for {wanted}; copy the model again"
            )


def bfloat16(values: Floats) -> NDArray[np.uint16]:
    """The upper halves of float32 values, rounded to nearest even; shape as given."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def _panels(matrices: list[Floats]) -> NDArray[np.uint32]:
    """Matrices (outputs, inputs) to (layers, panels, input pairs, PANEL), filled up with zeros."""
    outputs, inputs = matrices[0].shape
    panels, pairs = -(-outputs // PANEL), -(-inputs // 2)
    packed = _aligned((len(matrices), panels, pairs, PANEL))
    for place, matrix in zip(packed, matrices, strict=True):
        filled = np.zeros((panels * PANEL, 2 * pairs), dtype=np.uint16)
        filled[:outputs, :inputs] = bfloat16(matrix)
        place[:] = filled.view(np.uint32).reshape(panels, PANEL, pairs).transpose(0, 2, 1)
    return packed


def _biases(vectors: list[Floats]) -> Floats:
    filled = np.zeros((len(vectors), -(-vectors[0].size // PANEL) * PANEL), dtype=np.float32)
    filled[:, : vectors[0].size] = vectors
    return filled


def _aligned(shape: tuple[int, ...]) -> NDArray[np.uint32]:
    """Zeros that begin on a cache line, so that no vector load crosses two."""
    size = int(np.prod(shape)) * 4
    raw = np.zeros(size + _CACHE_LINE, dtype=np.uint8)
    begin = -raw.ctypes.data % _CACHE_LINE
    return raw[begin : begin + size].view(np.uint32).reshape(shape)
