"""The tensors of a BERT layout by their plain names, as float32."""

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from encoders.model_folder import ModelFolder

Tensors = dict[str, NDArray[np.float32]]


def read_bert_weights(folder: ModelFolder) -> Tensors:
    """Every floating tensor of the folder, without the prefix `bert.`. Raises EncoderError when a file is damaged."""
    tensors: Tensors = {}
    for path in folder.weights:
        try:
            loaded = load_file(path)
        except SafetensorError as error:
            raise folder.error(f"the weights are damaged ({error}); copy the model again") from error
        except (OSError, ValueError) as error:
            raise folder.error(f"the weights cannot be read ({error}); copy the model again") from error
        for name, values in loaded.items():
            if np.issubdtype(values.dtype, np.floating):
                tensors[name.removeprefix("bert.")] = values.astype(np.float32, copy=False)
    return tensors


def joined_attention(tensors: Tensors, layer: int, kind: str) -> NDArray[np.float32]:
    """Query, key and value of a layer as one: `kind` weight (3 × width, width) or bias (3 × width)."""
    path = f"encoder.layer.{layer}.attention.self"
    return np.concatenate([tensors[f"{path}.{part}.{kind}"] for part in ("query", "key", "value")])
