"""Texts to token ids with the tokenizer of the model's folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from encoders.model_folder import ModelFolder


@dataclass(frozen=True, slots=True)
class Tokens:
    """Cuts texts at `max_length` tokens; `filler` is the id that padding uses."""

    tokenizer: Any
    filler: int

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        if len(texts) == 1:  # in this thread: a batch is handed to others, and waits for them
            return [self.tokenizer.encode(texts[0]).ids]
        return [encoding.ids for encoding in self.tokenizer.encode_batch_fast(list(texts))]


def load_tokenizer(folder: ModelFolder, *, max_length: int) -> Tokens:
    """Read tokenizer.json, or let transformers build it from the older files. Raises EncoderError."""
    from tokenizers import Tokenizer

    file = folder.path / "tokenizer.json"
    try:
        tokenizer = Tokenizer.from_file(str(file)) if file.is_file() else _from_older_files(folder)
    except Exception as error:
        raise folder.error(f"no usable tokenizer in {folder.path}: {error}; copy the whole model folder") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length)
    filler = folder.config.get("pad_token_id")
    return Tokens(tokenizer, 0 if filler is None else int(filler))


def _from_older_files(folder: ModelFolder) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder.path, local_files_only=True, use_fast=True).backend_tokenizer
