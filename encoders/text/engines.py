"""The ways to run a sentence model: compiled kernels or ONNX Runtime for BERT layouts, torch for everything else."""

from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from encoders.model_folder import ModelFolder
from encoders.runtime import Runtime
from encoders.text.batching import TOKEN_BUDGET
from encoders.text.compiled.engine import CompiledBert, has_wide_vectors, multiplies_bfloat16, open_compiled_bert
from encoders.text.recipe import TextRecipe

Tokens = NDArray[np.int64]
Hidden = NDArray[np.float32]


class Engine(Protocol):
    """Token ids and mask (texts, tokens) to one vector a token (texts, tokens, width). Safe from several threads.

    `token_budget`: the padded size of a batch that suits it. `works_alone`: a call keeps to its thread, so that several
    batches at once use several cores.
    """

    token_budget: int
    works_alone: bool

    def hidden(self, ids: Tokens, mask: Tokens) -> Hidden: ...


class OnnxBert:
    """A BERT layout in fp32 under ONNX Runtime; torch is never imported."""

    token_budget = TOKEN_BUDGET
    works_alone = False

    def __init__(self, folder: ModelFolder, *, threads: int) -> None:
        import onnxruntime

        from encoders.text.bert_graph import write_bert_graph

        try:
            graph = write_bert_graph(folder)
        except KeyError as error:
            raise folder.error(f"the weights lack {error.args[0]}; copy the whole model folder") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Waiting threads would otherwise burn the cores that the search engine needs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def hidden(self, ids: Tokens, mask: Tokens) -> Hidden:
        feeds = {
            "ids": ids.astype(np.int32),
            "mask": mask.astype(np.int32),
            "positions": np.arange(ids.shape[1], dtype=np.int32),
        }
        return np.asarray(self._session.run(None, feeds)[0], dtype=np.float32)


class TorchModel:
    """Any text model that transformers can load, on CPU or GPU."""

    token_budget = TOKEN_BUDGET
    works_alone = False

    def __init__(self, recipe: TextRecipe, runtime: Runtime) -> None:
        from encoders.torch_loading import load_model, pick_device, pick_type

        self._device = pick_device(runtime.device)
        number_type = pick_type(runtime.precision, self._device)
        self._model: Any = load_model(recipe.folder, self._device, number_type, idle=recipe.idle_weights)
        self._threads = runtime.threads
        self._pooler = recipe.pooling == "pooler"

    def hidden(self, ids: Tokens, mask: Tokens) -> Hidden:
        import torch

        torch.set_num_threads(self._threads)
        with torch.inference_mode():
            given = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
            out = self._model(**{name: tensor.to(self._device) for name, tensor in given.items()})
            chosen = out.pooler_output[:, None, :] if self._pooler else out.last_hidden_state
            return np.asarray(chosen.float().cpu().numpy())


def make_engine(recipe: TextRecipe, runtime: Runtime, *, asked: str) -> Engine:
    """The engine that `asked` (auto, torch, onnx) and the runtime call for. Raises EncoderError."""
    from encoders.text.bert_graph import can_write

    folder = recipe.folder
    fits = can_write(folder.config) and recipe.pooling != "pooler"
    plain = runtime.precision in {"auto", "fp32"} and not runtime.device.startswith("cuda")
    if asked == "onnx" and not (fits and plain):
        raise folder.error("runtime onnx serves BERT layouts in fp32 on the CPU; choose runtime: torch")
    if asked == "numpy":
        raise folder.error("there is no numpy runtime for sentence models; choose auto, torch or onnx")
    if asked == "torch" or not (fits and plain) or (runtime.device == "auto" and _gpu_is_there()):
        return TorchModel(recipe, runtime)
    compiled = None
    if asked == "auto" and runtime.precision == "auto" and has_wide_vectors():
        compiled = _shared_compiled_bert(folder.contents_hash, folder)
    return compiled or _shared_onnx_bert(folder.contents_hash, folder, runtime.threads)


# A catalogue's words and the words of its picture space use one model: one copy in memory serves both. The hash is in the
# key, so that a folder with new weights is opened anew.
@lru_cache(maxsize=4)
def _shared_onnx_bert(contents_hash: str, folder: ModelFolder, threads: int) -> OnnxBert:
    del contents_hash
    return OnnxBert(folder, threads=threads)


@lru_cache(maxsize=4)
def _shared_compiled_bert(contents_hash: str, folder: ModelFolder) -> CompiledBert | None:
    del contents_hash
    try:
        return open_compiled_bert(folder)
    except KeyError as error:
        raise folder.error(f"the weights lack {error.args[0]}; copy the whole model folder") from error


def make_document_engine(recipe: TextRecipe, runtime: Runtime, query_engine: Engine) -> Engine:
    """A faster engine for many texts where there is one, else the engine of the queries.

    It may only be one whose vectors agree with the queries' to a cosine of .9999: they share a fingerprint.
    """
    from encoders.text.bf16_bert import Bf16Bert, has_tiles

    if not isinstance(query_engine, CompiledBert):
        return query_engine
    if has_tiles():
        return Bf16Bert(recipe.folder)
    if multiplies_bfloat16():
        return query_engine
    return _shared_onnx_bert(recipe.folder.contents_hash, recipe.folder, runtime.threads)


def _gpu_is_there() -> bool:
    # Looking for the driver's file costs nothing; asking torch would import it.
    from pathlib import Path

    return Path("/dev/nvidia0").exists()
