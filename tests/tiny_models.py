"""Models with made-up weights, the same on every run, in the layouts that shops bring; a few hundred kilobytes each."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

_WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "blue",
    "red",
    "jacket",
    "shoe",
    "a",
    "rain",
    "with",
    "hood",
    "text",
    "##s",
]


SEED = 3


@contextmanager
def dice() -> Iterator[None]:
    """Weights drawn within are the same on every run, whatever was drawn before and whichever tests run."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        yield


def write_bert(folder: Path) -> None:
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=len(_WORDS), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=64,
    )  # fmt: skip
    _save(BertModel, config, folder)


def write_xlm_roberta(folder: Path) -> None:
    from transformers import XLMRobertaConfig, XLMRobertaModel

    config = XLMRobertaConfig(
        vocab_size=len(_WORDS), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=66, pad_token_id=0,
    )  # fmt: skip
    _save(XLMRobertaModel, config, folder)


def write_clip(folder: Path) -> None:
    from transformers import CLIPConfig, CLIPModel

    text = {"vocab_size": len(_WORDS), "max_position_embeddings": 32, "eos_token_id": 3, "bos_token_id": 2}
    config = CLIPConfig(
        text_config={**_tower(), **text},
        vision_config={**_tower(), "image_size": 32, "patch_size": 8},
        projection_dim=24,
    )
    _save(CLIPModel, config, folder)
    _write_preprocessor(folder, "CLIPImageProcessor")


def write_siglip(folder: Path) -> None:
    from transformers import SiglipConfig, SiglipModel

    text = {"vocab_size": len(_WORDS), "max_position_embeddings": 16}
    config = SiglipConfig(
        text_config={**_tower(), **text}, vision_config={**_tower(), "image_size": 32, "patch_size": 8}
    )
    _save(SiglipModel, config, folder)
    _write_preprocessor(folder, "SiglipImageProcessor")


_CHINESE = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"蓝红色的雨衣鞋子防水女男", "jacket", "##s"]


def write_chinese_bert(folder: Path) -> None:
    """As Chinese sentence models come: one token a character, vocab.txt alone, the first token for the whole text."""
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=len(_CHINESE), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=64, initializer_range=0.5,
    )  # fmt: skip
    with dice():
        BertModel(config).save_pretrained(folder)
    _write_chinese_vocabulary(folder)
    (folder / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": 32, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (folder / "1_Pooling/config.json").write_text(json.dumps(pooling), encoding="utf-8")


def write_chinese_clip(folder: Path) -> None:
    """A BERT of characters beside a vision transformer, as OFA-Sys publishes them."""
    from transformers import ChineseCLIPConfig, ChineseCLIPModel

    text = {
        "vocab_size": len(_CHINESE), "max_position_embeddings": 32, "type_vocab_size": 2, "initializer_range": 0.5,
    }  # fmt: skip
    config = ChineseCLIPConfig(
        text_config={**_tower(), **text},
        vision_config={**_tower(), "image_size": 32, "patch_size": 8},
        projection_dim=24,
    )
    with dice():
        ChineseCLIPModel(config).save_pretrained(folder)
    _write_chinese_vocabulary(folder)
    _write_preprocessor(folder, "ChineseCLIPImageProcessor")


def _write_chinese_vocabulary(folder: Path) -> None:
    (folder / "vocab.txt").write_text("\n".join(_CHINESE) + "\n", encoding="utf-8")
    settings = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "tokenize_chinese_chars": True}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def _tower() -> dict[str, Any]:
    return {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 64}


def _save(kind: Any, config: Any, folder: Path) -> None:
    from transformers import PreTrainedTokenizerFast

    with dice():
        kind(config).save_pretrained(folder)
    tokenizer = Tokenizer(models.WordPiece({word: place for place, word in enumerate(_WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)


def _write_preprocessor(folder: Path, kind: str) -> None:
    size = {"shortest_edge": 32} if kind == "CLIPImageProcessor" else {"height": 32, "width": 32}
    settings = {
        "image_processor_type": kind, "do_resize": True, "size": size, "do_normalize": True, "do_rescale": True,
        "rescale_factor": 1 / 255, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
        "do_center_crop": kind.startswith("CLIP"), "crop_size": {"height": 32, "width": 32},
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(settings), encoding="utf-8")
