"""A Whisper with made-up weights in the layout that shops bring: it hears, and says something, but nothing that was said."""

import json
from pathlib import Path

from tests.tiny_models import dice

_LANGUAGES = ("en", "zh", "de")


def write_whisper(folder: Path) -> None:
    """Model, feature extractor and tokenizer of some hundred kilobytes."""
    from transformers import (
        GenerationConfig,
        WhisperConfig,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
        WhisperTokenizer,
    )

    folder.mkdir(parents=True, exist_ok=True)
    letters = [*map(chr, range(ord("a"), ord("z") + 1)), "Ġ", "re", "red"]
    (folder / "vocab.json").write_text(json.dumps({token: place for place, token in enumerate(letters)}))
    (folder / "merges.txt").write_text("#version: 0.2\nr e\nre d\n")
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in _LANGUAGES), "<|translate|>",
               "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]  # fmt: skip
    tokenizer = WhisperTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), unk_token="<|endoftext|>", bos_token="<|endoftext|>",
        eos_token="<|endoftext|>", pad_token="<|endoftext|>", additional_special_tokens=special[1:],
    )  # fmt: skip
    tokenizer.save_pretrained(folder)
    ids = {token: int(tokenizer.convert_tokens_to_ids(token)) for token in special}
    end, begin = ids["<|endoftext|>"], ids["<|startoftranscript|>"]
    config = WhisperConfig(
        vocab_size=len(tokenizer), d_model=32, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64, num_mel_bins=80, max_source_positions=1500,
        max_target_positions=48, bos_token_id=end, eos_token_id=end, pad_token_id=end, decoder_start_token_id=begin,
    )  # fmt: skip
    with dice():
        model = WhisperForConditionalGeneration(config)
    model.generation_config = GenerationConfig(
        bos_token_id=end, eos_token_id=end, pad_token_id=end, decoder_start_token_id=begin, max_length=40,
        is_multilingual=True, lang_to_id={f"<|{code}|>": ids[f"<|{code}|>"] for code in _LANGUAGES},
        task_to_id={"transcribe": ids["<|transcribe|>"], "translate": ids["<|translate|>"]},
        no_timestamps_token_id=ids["<|notimestamps|>"], suppress_tokens=[], begin_suppress_tokens=[],
        max_initial_timestamp_index=50,
    )  # fmt: skip
    model.save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=80).save_pretrained(folder)
