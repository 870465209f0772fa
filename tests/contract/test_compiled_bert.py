"""The compiled engine against plain numpy, ONNX Runtime and itself."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from encoders.encoder import EncoderError
from encoders.model_folder import ModelFolder, open_model_folder
from encoders.registry import text_encoder
from encoders.runtime import Runtime
from encoders.text import engines
from encoders.text.bert_weights import Tensors, read_bert_weights
from encoders.text.bf16_bert import Bf16Bert
from encoders.text.compiled import engine as compiled_engine
from encoders.text.compiled import kernels
from encoders.text.compiled.__main__ import main as compile_for_this_machine
from encoders.text.compiled.engine import CompiledBert, has_wide_vectors, least_cosine, open_compiled_bert
from encoders.text.engines import OnnxBert, make_engine
from encoders.text.plain_bert import plain_hidden
from encoders.text.recipe import read_recipe
from plugin_config.catalogue import EncoderChoice

VOCABULARY, PLACES = 50, 130
LAYOUTS = [(32, 4, 2, 64), (15, 3, 1, 37), (15, 5, 2, 48), (50, 5, 2, 101), (98, 2, 3, 200), (192, 3, 1, 96)]


def write_random_bert(folder: Path, *, width: int, heads: int, layers: int, wide: int) -> ModelFolder:
    """Weights of a size at which every part of the layout counts."""
    randomness = np.random.default_rng(width)

    def some(*shape: int, size: float = 1.0, about: float = 0.0) -> NDArray[np.float32]:
        return (about + size * randomness.standard_normal(shape)).astype(np.float32)

    tensors: Tensors = {}

    def dense(place: str, outputs: int, inputs: int) -> None:
        tensors[f"{place}.weight"] = some(outputs, inputs, size=inputs**-0.5)
        tensors[f"{place}.bias"] = some(outputs, size=0.1)

    def norm(place: str) -> None:
        tensors[f"{place}.LayerNorm.weight"] = some(width, size=0.2, about=1.0)
        tensors[f"{place}.LayerNorm.bias"] = some(width, size=0.2)

    for table, rows in (("word", VOCABULARY), ("position", PLACES), ("token_type", 2)):
        tensors[f"embeddings.{table}_embeddings.weight"] = some(rows, width)
    norm("embeddings")
    for layer in range(layers):
        place = f"encoder.layer.{layer}"
        for part in ("query", "key", "value"):
            dense(f"{place}.attention.self.{part}", width, width)
        dense(f"{place}.attention.output.dense", width, width)
        dense(f"{place}.intermediate.dense", wide, width)
        dense(f"{place}.output.dense", width, wide)
        norm(f"{place}.attention.output")
        norm(f"{place}.output")
    (folder / "tokenizer.json").write_text("{}")  # nothing here is read from it, but a folder without one is refused
    config = {"model_type": "bert", "hidden_size": width, "num_attention_heads": heads, "num_hidden_layers": layers,
              "intermediate_size": wide, "vocab_size": VOCABULARY, "max_position_embeddings": PLACES}  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    save_file(tensors, folder / "model.safetensors")
    return open_model_folder(str(folder))


@pytest.fixture(params=LAYOUTS, ids=lambda layout: "x".join(map(str, layout)))
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> ModelFolder:
    width, heads, layers, wide = request.param
    return write_random_bert(tmp_path, width=width, heads=heads, layers=layers, wide=wide)


@pytest.fixture
def small(tmp_path: Path) -> ModelFolder:
    return write_random_bert(tmp_path, width=32, heads=4, layers=2, wide=64)


def compile_bert(folder: ModelFolder) -> CompiledBert:
    return CompiledBert(folder, read_bert_weights(folder))


def texts_of(*lengths: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    ids = np.random.default_rng(7).integers(VOCABULARY, size=(len(lengths), max(lengths)))
    mask = (np.arange(max(lengths)) < np.array(lengths)[:, None]).astype(np.int64)
    return ids, mask


def cosines(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    return np.asarray((one * other).sum(axis=-1) / lengths)


def test_each_text_of_a_batch_has_the_vectors_that_plain_float32_gives_it(folder: ModelFolder) -> None:
    lengths = (1, 2, 7, 8, 9, 17, 48, 49, 101, 130)
    ids, mask = texts_of(*lengths)
    hidden = compile_bert(folder).hidden(ids, mask)
    heads = int(folder.config["num_attention_heads"])
    for row, length in enumerate(lengths):
        plain = plain_hidden(read_bert_weights(folder), ids[row, :length], heads=heads, epsilon=1e-12)
        assert cosines(hidden[row, :length].mean(axis=0), plain.mean(axis=0)) > 0.9999
        assert cosines(hidden[row, :length], plain).min() > 0.999
        assert not hidden[row, length:].any()


def test_plain_numpy_and_onnx_runtime_agree(small: ModelFolder) -> None:
    ids, mask = texts_of(12)
    plain = plain_hidden(read_bert_weights(small), ids[0], heads=4, epsilon=1e-12)
    np.testing.assert_allclose(OnnxBert(small, threads=1).hidden(ids, mask)[0], plain, atol=2e-5)


def test_tokens_that_the_mask_leaves_out_anywhere_do_not_count(small: ModelFolder) -> None:
    ids, mask = texts_of(20, 20, 20)
    mask[0, :5] = 0
    mask[1, [3, 8, 9, 19]] = 0
    mask[2] = 0
    hidden, onnx = compile_bert(small).hidden(ids, mask), OnnxBert(small, threads=1).hidden(ids, mask)
    assert cosines(hidden[:2][mask[:2] == 1], onnx[:2][mask[:2] == 1]).min() > 0.999
    assert not hidden[mask == 0].any()
    assert not compile_bert(small).hidden(ids, np.zeros_like(mask)).any()


def test_a_text_has_the_same_vectors_alone_and_in_company_and_from_several_threads(small: ModelFolder) -> None:
    engine = compile_bert(small)
    ids, mask = texts_of(3, 9, 30, 14, 60, 5)
    together = engine.hidden(ids, mask)

    def alone(row: int) -> NDArray[np.float32]:
        return np.asarray(engine.hidden(ids[row : row + 1], mask[row : row + 1])[0])

    with ThreadPoolExecutor(2) as threads:
        for row, found in zip([*range(6)] * 20, threads.map(alone, [*range(6)] * 20), strict=True):
            np.testing.assert_array_equal(found, together[row])


def test_a_token_or_a_length_that_the_weights_do_not_know_is_refused(small: ModelFolder) -> None:
    engine = compile_bert(small)
    one = np.ones((1, 1), dtype=np.int64)
    with pytest.raises(EncoderError, match="token 50, but its weights know 50"):
        engine.hidden(one * VOCABULARY, one)
    with pytest.raises(EncoderError, match="131 tokens are asked for, but it has 130 places; lower max_length"):
        engine.hidden(*texts_of(PLACES + 1))


@pytest.mark.parametrize(
    ("name", "shape"), [("encoder.layer.1.output.dense.weight", (32, 63)), ("embeddings.LayerNorm.bias", (31,))]
)
def test_weights_of_another_shape_than_the_configuration_says_are_refused(
    small: ModelFolder, name: str, shape: tuple[int, ...]
) -> None:
    tensors = read_bert_weights(small)
    tensors[name] = np.zeros(shape, dtype=np.float32)
    with pytest.raises(EncoderError, match=rf"{name} has the shape .* copy the model again"):
        CompiledBert(small, tensors)


def test_a_missing_weight_is_named(small: ModelFolder) -> None:
    tensors = read_bert_weights(small)
    del tensors["encoder.layer.0.intermediate.dense.bias"]
    save_file(tensors, small.path / "model.safetensors")
    recipe = read_recipe(EncoderChoice(model=str(small.path)))
    with pytest.raises(EncoderError, match=r"lack encoder\.layer\.0\.intermediate\.dense\.bias"):
        make_engine(recipe, Runtime(device="cpu"), asked="auto")


def test_an_engine_whose_vectors_stray_gives_way_to_onnx_runtime_and_says_so_once(
    small: ModelFolder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(compiled_engine, "LEAST_COSINE", 1.1)
    monkeypatch.setattr(engines, "has_wide_vectors", lambda: True)
    recipe = read_recipe(EncoderChoice(model=str(small.path)))
    with caplog.at_level(logging.WARNING, logger="encoders"):
        made = [make_engine(recipe, Runtime(device="cpu"), asked="auto") for _ in range(2)]
    assert all(isinstance(engine, OnnxBert) for engine in made)
    assert sum("ONNX Runtime serves it instead" in record.message for record in caplog.records) == 1


def test_a_cpu_without_wide_vectors_gets_onnx_runtime(small: ModelFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "has_wide_vectors", lambda: False)
    recipe = read_recipe(EncoderChoice(model=str(small.path)))
    assert isinstance(make_engine(recipe, Runtime(device="cpu"), asked="auto"), OnnxBert)


def test_an_engine_that_gives_no_numbers_is_not_taken(small: ModelFolder) -> None:
    tensors = read_bert_weights(small)
    broken = {**tensors, "embeddings.LayerNorm.bias": np.full(32, np.nan, dtype=np.float32)}
    assert least_cosine(CompiledBert(small, broken), small, tensors) == 0.0


def test_what_is_compiled_at_installation_is_what_an_engine_calls(small: ModelFolder) -> None:
    if not has_wide_vectors():
        pytest.skip("the compiled engine serves CPUs with AVX-512")
    compile_for_this_machine()
    compile_bert(small).hidden(*texts_of(4, 20))
    assert len(kernels.forward.signatures) == 1


def test_the_built_in_model_keeps_its_promise_to_float32_on_every_engine() -> None:
    if not has_wide_vectors():
        pytest.skip("the compiled engine serves CPUs with AVX-512")
    texts = [
        "red dress",
        "羊毛衫 女 冬季",
        "usb c to hdmi adapter 4k 60hz",
        "Öl für die Küchenmaschine",
        "?",
        "coffee " * 100,
    ]
    exact = text_encoder(EncoderChoice(model="minilm"), runtime=Runtime(precision="fp32")).encode_queries(texts)
    ours = text_encoder(EncoderChoice(model="minilm"), runtime=Runtime(device="cpu", threads=2))
    for vectors in (ours.encode_queries(texts), ours.encode_documents(texts)):
        assert float((exact * vectors).sum(axis=1).min()) > 0.9999
    assert open_compiled_bert(open_model_folder("minilm")) is not None


def test_the_engine_for_matrix_units_agrees_with_the_compiled_one(small: ModelFolder) -> None:
    ids, mask = texts_of(4, 20, 33)
    mine, other = compile_bert(small).hidden(ids, mask), Bf16Bert(small).hidden(ids, mask)
    assert cosines(mine[mask == 1], other[mask == 1]).min() > 0.999
