"""What a person reads when a model cannot be used."""

import json
from pathlib import Path

import huggingface_hub.constants
import pytest
from safetensors.torch import load_file, save_file

from encoders.encoder import EncoderError
from encoders.registry import describe, picture_encoder, text_encoder, words_in_picture_space
from encoders.runtime import Runtime
from plugin_config.catalogue import EncoderChoice
from tests.tiny_models import write_bert, write_clip


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bert")
    write_bert(folder)
    return folder


def choose(model: str | Path, **settings: object) -> EncoderChoice:
    return EncoderChoice.model_validate({"model": str(model), **settings})


def test_a_folder_without_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"no config\.json.*name another folder"):
        describe(choose(tmp_path), role="text")


def test_a_folder_that_is_not_there_is_refused() -> None:
    with pytest.raises(EncoderError, match="there is no such folder"):
        describe(choose("/no/such/model"), role="text")


def test_pickled_weights_are_refused_with_the_way_out(bert: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((bert / "config.json").read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(EncoderError, match=r"pytorch_model\.bin is a pickle.*safe_serialization"):
        text_encoder(choose(tmp_path))


def copied(model: Path, folder: Path) -> Path:
    for file in model.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.5, 0.999])
def test_weights_that_were_cut_off_are_refused_before_anything_loads(bert: Path, tmp_path: Path, kept: float) -> None:
    whole = (bert / "model.safetensors").read_bytes()
    (copied(bert, tmp_path) / "model.safetensors").write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(EncoderError, match="damaged or only partly there"):
        describe(choose(tmp_path), role="text")


def test_a_pointer_in_place_of_the_weights_is_refused(bert: Path, tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 90868376\n"
    (copied(bert, tmp_path) / "model.safetensors").write_text(pointer)
    with pytest.raises(EncoderError, match="git-lfs"):
        describe(choose(tmp_path), role="text")


def test_a_lost_shard_is_named(bert: Path, tmp_path: Path) -> None:
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (copied(bert, tmp_path) / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(EncoderError, match=r"model-00002-of-00002\.safetensors is missing"):
        describe(choose(tmp_path), role="text")


def without(weight: str, folder: Path) -> Path:
    tensors = load_file(folder / "model.safetensors")
    save_file({name: value for name, value in tensors.items() if name != weight}, folder / "model.safetensors")
    return folder


def test_weights_that_lack_a_part_are_refused_and_never_drawn_by_chance(bert: Path, tmp_path: Path) -> None:
    lacking = without("encoder.layer.1.output.dense.weight", copied(bert, tmp_path))
    with pytest.raises(EncoderError, match=r"the weights lack encoder\.layer\.1\.output\.dense\.weight"):
        text_encoder(choose(lacking, runtime="torch")).load()


def test_pictures_are_not_put_into_a_space_that_was_drawn_by_chance(tmp_path: Path) -> None:
    write_clip(tmp_path)
    with pytest.raises(EncoderError, match=r"the weights lack visual_projection\.weight;"):
        picture_encoder(choose(without("visual_projection.weight", tmp_path))).load()


def test_a_sentence_model_saved_without_its_pooler_is_whole(bert: Path, tmp_path: Path) -> None:
    bare = without("pooler.dense.weight", copied(bert, tmp_path))
    whole = text_encoder(choose(bert, runtime="torch")).encode_queries(["blue jacket"])
    assert text_encoder(choose(bare, runtime="torch")).encode_queries(["blue jacket"]) == pytest.approx(whole, abs=1e-6)
    with pytest.raises(EncoderError, match=r"lack pooler\.dense\.weight"):
        text_encoder(choose(bare, pooling="pooler")).load()


def test_a_missing_tokenizer_is_refused_before_anything_loads(bert: Path, tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((bert / name).read_bytes())
    with pytest.raises(EncoderError, match="tokenizer"):
        describe(choose(tmp_path), role="text")
    write_clip(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(EncoderError, match="tokenizer"):
        describe(choose(tmp_path), role="picture")


def test_a_text_model_is_no_picture_encoder_and_the_other_way_round(bert: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="not a shared space of words and pictures"):
        picture_encoder(choose(bert))
    write_clip(tmp_path)
    with pytest.raises(EncoderError, match="not a sentence encoder"):
        text_encoder(choose(tmp_path))
    with pytest.raises(EncoderError, match="is for pictures"):
        text_encoder(choose("colour-edge"))
    with pytest.raises(EncoderError, match="is for pictures"):
        describe(choose("vitrine-picture"), role="text")


def test_a_hub_name_that_nobody_can_give_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderError, match="hub cannot give it"):
        describe(choose("nobody-at-all/nothing-here"), role="text")


def test_what_changes_vectors_changes_the_fingerprint(bert: Path) -> None:
    def mark(template: str | None = None, precision: str = "auto", **settings: object) -> str:
        return describe(
            choose(bert, **settings), role="text", template=template, runtime=Runtime(precision=precision)
        ).fingerprint

    different = [
        mark(), mark("{title}"), mark(pooling="cls"), mark(query_prefix="query: "), mark(document_prefix="passage: "),
        mark(max_length=16), mark(dimension=16), mark(normalize=False), mark(precision="bf16"),
    ]  # fmt: skip
    assert len(set(different)) == len(different)
    assert mark() == mark(precision="fp32") == mark(runtime="torch")


def test_a_shortened_dimension_keeps_the_first_numbers_and_more_than_there_are_is_refused(bert: Path) -> None:
    short = text_encoder(choose(bert, dimension=16)).encode_queries(["blue jacket"])
    whole = text_encoder(choose(bert)).encode_queries(["blue jacket"])[:, :16]
    assert float((short @ whole.T).item()) == pytest.approx(float((whole @ whole.T).item()) ** 0.5, abs=1e-5)
    with pytest.raises(EncoderError, match="have 32"):
        text_encoder(choose(bert, dimension=64))


def test_torch_and_the_onnx_graph_agree(bert: Path) -> None:
    texts = ["blue jacket", "a red shoe with a hood", "rain"]
    by_graph = text_encoder(choose(bert, runtime="onnx")).encode_documents(texts)
    by_torch = text_encoder(choose(bert, runtime="torch")).encode_documents(texts)
    assert float((by_graph * by_torch).sum(axis=1).min()) > 0.9999


def test_bfloat16_and_full_precision_share_no_field_but_nearly_their_vectors(bert: Path) -> None:
    coarse = text_encoder(choose(bert), runtime=Runtime(precision="bf16"))
    fine = text_encoder(choose(bert))
    assert coarse.description.fingerprint != fine.description.fingerprint
    assert float((coarse.encode_queries(["red shoe"]) @ fine.encode_queries(["red shoe"]).T).item()) > 0.99


def test_words_are_refused_by_an_encoder_of_pictures_alone() -> None:
    with pytest.raises(EncoderError, match="puts no words"):
        words_in_picture_space(picture_encoder(choose("colour-edge")))


def test_a_gpu_that_is_not_there_is_refused(bert: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(EncoderError, match="VITRINE_DEVICE=auto"):
        text_encoder(choose(bert), runtime=Runtime(device="cuda")).load()
