"""What a person reads when a model cannot be used."""

from pathlib import Path

import huggingface_hub.constants
import pytest

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


def test_weights_cut_in_half_are_refused_when_loading(bert: Path, tmp_path: Path) -> None:
    for file in bert.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    whole = (bert / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EncoderError, match="damaged"):
        text_encoder(choose(tmp_path)).load()


def test_a_missing_tokenizer_is_refused_when_loading(bert: Path, tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((bert / name).read_bytes())
    with pytest.raises(EncoderError, match="tokenizer"):
        text_encoder(choose(tmp_path)).load()


def test_a_text_model_is_no_picture_encoder_and_the_other_way_round(bert: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="not a shared space of words and pictures"):
        picture_encoder(choose(bert))
    write_clip(tmp_path)
    with pytest.raises(EncoderError, match="not a sentence encoder"):
        text_encoder(choose(tmp_path))
    with pytest.raises(EncoderError, match="is for pictures"):
        text_encoder(choose("colour-edge"))


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
