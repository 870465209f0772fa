"""A BERT layout in bfloat16 for documents, on CPUs that multiply bfloat16 matrices (AMX), which torch knows how to use.

Plain functions over fused weights instead of modules: about twice the texts of fp32 at a cosine of .9999 to it. One
thread a batch and several batches at once does better than several threads a batch.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.model_folder import ModelFolder
from encoders.text.batching import TOKEN_BUDGET
from encoders.text.bert_weights import joined_attention, read_bert_weights

_CPU_FACTS = Path("/proc/cpuinfo")


@cache
def has_tiles() -> bool:
    """Whether this CPU says that it multiplies bfloat16 tile by tile; False where it cannot be known."""
    try:
        facts = _CPU_FACTS.read_text(encoding="utf-8")
    except OSError:
        return False
    return "amx_bf16" in facts


class Bf16Bert:
    """An Engine; `hidden` may be called from several threads, each of which works alone."""

    token_budget = TOKEN_BUDGET
    works_alone = True

    def __init__(self, folder: ModelFolder) -> None:
        import torch

        config, tensors = folder.config, read_bert_weights(folder)
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config.get("layer_norm_eps", 1e-12))
        places = (
            tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        self._words, self._places = (
            torch.from_numpy(tensors["embeddings.word_embeddings.weight"]),
            torch.from_numpy(places),
        )
        self._scale = torch.from_numpy(tensors["embeddings.LayerNorm.weight"])
        self._shift = torch.from_numpy(tensors["embeddings.LayerNorm.bias"])
        self._layers = [
            [torch.from_numpy(np.ascontiguousarray(values)).to(torch.bfloat16) for values in _layer(tensors, number)]
            for number in range(int(config["num_hidden_layers"]))
        ]

    def hidden(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        import torch
        import torch.nn.functional as F

        torch.set_num_threads(1)  # the setting is the whole process's, so every engine sets its own before it works
        with torch.inference_mode():
            embedded = self._words[torch.from_numpy(ids)] + self._places[: ids.shape[1]]
            width = (embedded.shape[-1],)
            x = F.layer_norm(embedded, width, self._scale, self._shift, self._epsilon).to(torch.bfloat16)
            seen = None if mask.all() else torch.from_numpy(mask.astype(bool))[:, None, None, :]
            for (
                qkv,
                qkv_bias,
                out,
                out_bias,
                scale1,
                shift1,
                up,
                up_bias,
                down,
                down_bias,
                scale2,
                shift2,
            ) in self._layers:
                mixed = F.linear(self._attend(F.linear(x, qkv, qkv_bias), seen), out, out_bias)
                x = F.layer_norm(x + mixed, width, scale1, shift1, self._epsilon)
                fed = F.linear(F.gelu(F.linear(x, up, up_bias)), down, down_bias)
                x = F.layer_norm(x + fed, width, scale2, shift2, self._epsilon)
            return np.asarray(x.float().numpy())

    def _attend(self, joined: Any, seen: Any) -> Any:
        import torch.nn.functional as F

        texts, tokens, three = joined.shape
        shape = (texts, tokens, 3, self._heads, three // 3 // self._heads)
        query, key, value = joined.view(shape).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        return attended.transpose(1, 2).reshape(texts, tokens, three // 3)


def _layer(tensors: dict[str, NDArray[np.float32]], number: int) -> list[NDArray[np.float32]]:
    names = (
        "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm",
    )  # fmt: skip
    plain = [tensors[f"encoder.layer.{number}.{name}.{part}"] for name in names for part in ("weight", "bias")]
    return [joined_attention(tensors, number, "weight"), joined_attention(tensors, number, "bias"), *plain]
